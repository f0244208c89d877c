/** The IAM policy language. */
export { type CompiledPolicy, compilePolicy } from './compile.ts'
export { evaluate } from './evaluate.ts'
export { covers, matchesAction, matchesWildcard } from './match.ts'
export type { ConditionClause, ParsedPolicy, PolicyProblem, Principals, Statement } from './parse.ts'
export { parsePolicy } from './parse.ts'
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
