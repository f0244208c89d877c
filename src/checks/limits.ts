/**
 * What the conditions of a policy limit a key to. Reads conditions as far as checks need it; it does not evaluate
 * requests.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { covers, matchesAction } from '../policy/match.ts'
import type { ConditionClause, ParsedPolicy, Statement } from '../policy/parse.ts'

/** The values that a key may have for a statement to let a request through. */
export interface Limit {
  values: string[]
  /** Whether `*` and `?` in the values are wildcards; under `StringEquals` they are plain characters. */
  wildcards: boolean
  /** Whether the limit is also kept by a request that lacks the key: `…IfExists`, `ForAllValues:`. */
  passesWhenMissing: boolean
}

interface Operator {
  base: string
  set: 'all' | 'any' | null
  ifExists: boolean
}

/** The text and ARN operators, with what they say of a value. Others (`Null`, `Bool`, dates) limit to no list of values. */
const TEXT_OPERATORS: Record<string, { negated: boolean; wildcards: boolean }> = {
  stringequals: { negated: false, wildcards: false },
  stringequalsignorecase: { negated: false, wildcards: false },
  stringlike: { negated: false, wildcards: true },
  arnequals: { negated: false, wildcards: true },
  arnlike: { negated: false, wildcards: true },
  stringnotequals: { negated: true, wildcards: false },
  stringnotequalsignorecase: { negated: true, wildcards: false },
  stringnotlike: { negated: true, wildcards: true },
  arnnotequals: { negated: true, wildcards: true },
  arnnotlike: { negated: true, wildcards: true },
}

function operatorOf(text: string): Operator {
  let base = text.toLowerCase()
  const set = base.startsWith('forallvalues:') ? 'all' : base.startsWith('foranyvalue:') ? 'any' : null
  if (set) base = base.slice(base.indexOf(':') + 1)
  const ifExists = base.endsWith('ifexists')
  return { base: ifExists ? base.slice(0, -'ifexists'.length) : base, set, ifExists }
}

/**
 * The limits on a key: from the statement's own conditions, and from Deny statements of the same policy that take
 * away every other value. All of them hold at once; none: the key is not limited.
 */
export function limitsOn(key: string, statement: Statement, policy: ParsedPolicy, action: string): Limit[] {
  const limits: Limit[] = []
  for (const clause of statement.conditions) {
    if (!isOn(key, clause)) continue
    const { base, set, ifExists } = operatorOf(clause.operator)
    const text = TEXT_OPERATORS[base]
    if (!text || text.negated) continue
    const mustExist = statement.conditions.some((other) => isOn(key, other) && demandsKey(other))
    limits.push({
      values: clause.values,
      wildcards: text.wildcards,
      passesWhenMissing: (ifExists || set === 'all') && !mustExist,
    })
  }
  for (const deny of policy.statements) {
    if (deny.effect !== 'Deny' || !deny.understood || deny.conditions.length === 0) continue
    if (!appliesTo(deny, action) || !coversPrincipalsOf(deny, statement) || !coversResourcesOf(deny, statement))
      continue
    const [clause, ...others] = deny.conditions.filter((clause) => !isAboutPeople(clause))
    if (!clause || others.length > 0 || !isOn(key, clause)) continue
    const { base, set } = operatorOf(clause.operator)
    const text = TEXT_OPERATORS[base]
    if (!text?.negated) continue
    // a missing key makes a negated operator true, so the Deny applies; under ForAnyValue it makes it false
    limits.push({ values: clause.values, wildcards: text.wildcards, passesWhenMissing: set === 'any' })
  }
  return limits
}

function isOn(key: string, clause: ConditionClause): boolean {
  return clause.key.toLowerCase() === key.toLowerCase()
}

/** `Null: false`. */
function demandsKey({ operator, values }: ConditionClause): boolean {
  return operator.toLowerCase() === 'null' && values.length === 1 && values[0]?.toLowerCase() === 'false'
}

/** The clause that keeps AWS services out of a Deny; it says nothing of anyone else. */
function isAboutPeople({ operator, key, values }: ConditionClause): boolean {
  return (
    operatorOf(operator).base === 'bool' &&
    key.toLowerCase() === 'aws:principalisawsservice' &&
    values.length === 1 &&
    values[0]?.toLowerCase() === 'false'
  )
}

/** Whether a statement is about an action. */
export function appliesTo({ action, notAction }: Statement, name: string): boolean {
  if (action) return action.some((pattern) => coversAction(pattern, name))
  return notAction !== null && !notAction.some((pattern) => coversAction(pattern, name))
}

/** Whether a pattern covers an action; most are plain names, which takes no search. */
export function coversAction(pattern: string, action: string): boolean {
  if (pattern === action) return true
  return (pattern.length === action.length || hasWildcard(pattern)) && matchesAction(pattern, action)
}

/** Whether a Deny is about everyone whom an Allow lets in. In identity policies, which name no principal, it is. */
function coversPrincipalsOf(deny: Statement, allow: Statement): boolean {
  if (!deny.principal) return deny.notPrincipal === null
  if (deny.principal.everyone) return true
  const { principal } = allow
  if (!principal) return false
  const { aws, federated, service } = deny.principal
  return (
    principal.aws.every((name) => aws.includes(name)) &&
    principal.federated.every((name) => federated.includes(name)) &&
    principal.service.every((name) => service.includes(name))
  )
}

/** Whether a Deny is about all that an Allow is about. Trust policies name no resource. */
function coversResourcesOf(deny: Statement, allow: Statement): boolean {
  if (deny.notResource) return false
  const { resource } = deny
  return !resource || (allow.resource?.every((narrow) => resource.some((wide) => covers(wide, narrow))) ?? false)
}

/** Whether a pattern has a wildcard. */
export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?')
}
