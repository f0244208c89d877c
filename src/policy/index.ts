/** The IAM policy language. */
export { covers, matchesAction, matchesWildcard } from './match.ts'
export type { ConditionClause, ParsedPolicy, PolicyProblem, Principals, Statement } from './parse.ts'
export { parsePolicy } from './parse.ts'
