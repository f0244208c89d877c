/** The IAM policy language. */
export {
  type ActionInfo,
  type ActionResourceType,
  actionNamed,
  actionNames,
  actionsOf,
  askedResource,
  type ResourceType,
  resourceTypesOf,
  serviceNames,
} from './actions/actions.ts'
export { type CaseResult, type Outcome, outcomeOf, type PolicyCase, readCases, runCase } from './case.ts'
export { type CompiledPolicy, compilePolicy } from './compile.ts'
export { evaluate } from './evaluate.ts'
export type { Place } from './json-text.ts'
export { LINT_RULES, type LintLevel, type LintRule, lintPolicy, type Mistake, type PolicyKind } from './lint.ts'
export { covers, matchesAction, matchesWildcard } from './match.ts'
export type { ConditionClause, ParsedPolicy, PolicyProblem, Principals, Statement } from './parse.ts'
export { parsePolicy } from './parse.ts'
export { type PolicyText, parsePolicyText } from './policy-text.ts'
export { type Principal, principalOf } from './principal.ts'
export type {
  ContextValue,
  Decision,
  Dependency,
  PolicyInput,
  PolicyLevel,
  Reason,
  Request,
  RequestPolicies,
  Source,
} from './request.ts'
