/** What a policy document allows far and wide, read statement by statement. */
import type { Severity } from '../model/finding.ts'
import { covers } from '../policy/match.ts'
import type { ParsedPolicy, Statement } from '../policy/parse.ts'

/** `*`, `*:*` and the like: every action of every service. */
export function isEveryAction(pattern: string): boolean {
  if (pattern[0] !== '*' && pattern[0] !== '?') return false
  return pattern.includes('*') && /^[*?]*:?[*?]*$/.test(pattern) && !pattern.replace(':', '').includes('??')
}

/**
 * Whether a resource may stand for everything of a service, or for every role. No narrower one can be of interest to
 * `isOnAll`, as all its patterns end in `:*` or `:role/*`.
 */
export function isWide(resource: string): boolean {
  if (resource === '*') return true
  let at = -1
  for (let part = 0; part < 5; part++) {
    at = resource.indexOf(':', at + 1)
    if (at === -1) return resource.includes('*')
  }
  return /^(r(o(l(e\/?)?)?)?)?[*?]/.test(resource.slice(at + 1))
}

/** Whether a statement is about every resource that the pattern stands for. */
export function isOnAll({ resource, notResource }: Statement, pattern: string): boolean {
  // Allow with NotResource leaves everything but a list
  if (resource) return resource.some((wide) => covers(wide, pattern))
  return notResource !== null && !notResource.some((excluded) => covers(excluded, pattern))
}

/** Whether a Deny without conditions takes all of it away again. Both are patterns; actions in any case. */
export function isTakenAway(action: string, resource: string, policy: ParsedPolicy): boolean {
  const pattern = action.toLowerCase()
  return policy.statements.some((deny) => {
    // NotResource spares something, so it never takes away all
    if (deny.effect !== 'Deny' || !deny.understood || deny.conditions.length > 0 || !deny.resource) return false
    if (!isOnAll(deny, resource)) return false
    if (deny.action) return deny.action.some((wide) => covers(wide.toLowerCase(), pattern))
    return deny.notAction?.every((spared) => areApart(spared.toLowerCase(), pattern)) ?? false
  })
}

/** Whether two action patterns have surely nothing in common: they are of different services. */
function areApart(a: string, b: string): boolean {
  const [service, other] = [a.split(':', 1)[0]!, b.split(':', 1)[0]!]
  return a.includes(':') && b.includes(':') && !covers(service, other) && !covers(other, service)
}

/** How far a document goes towards allowing everything. */
export interface FullAccess {
  /** Whether the Allow has conditions, each named once. */
  conditionKeys: string[]
  /** What Deny statements take away: their patterns, and whether only on some resources or under conditions. */
  denied: string[]
  /** Whether what is taken away includes all of IAM, so that it cannot give itself the rest. */
  withoutIam: boolean
}

const fullAccess = new WeakMap<ParsedPolicy, FullAccess | { none: true }>()

/** Whether a document allows every action on every resource; null: it does not. */
export function fullAccessOf(policy: ParsedPolicy, partition: string): FullAccess | null {
  let known = fullAccess.get(policy)
  if (!known) {
    known = findFullAccess(policy, partition) ?? { none: true }
    fullAccess.set(policy, known)
  }
  return 'none' in known ? null : known
}

function findFullAccess(policy: ParsedPolicy, partition: string): FullAccess | null {
  const everything = everyArn(partition)
  const all = policy.statements.filter(
    (statement) =>
      statement.effect === 'Allow' &&
      statement.understood &&
      (statement.action?.some(isEveryAction) || statement.notAction?.length === 0) &&
      isOnAll(statement, everything),
  )
  // the widest: one without conditions
  const allow = all.find(({ conditions }) => conditions.length === 0) ?? all[0]
  if (!allow || isTakenAway('*', everything, policy)) return null
  const denies = policy.statements.filter(({ effect }) => effect === 'Deny')
  // Deny with NotAction on everything leaves only what it lists
  const leavesAList = (deny: Statement) =>
    deny.understood &&
    deny.notAction !== null &&
    deny.notAction.length > 0 &&
    deny.conditions.length === 0 &&
    deny.resource !== null &&
    isOnAll(deny, everything)
  if (denies.some(leavesAList)) return null
  return {
    conditionKeys: [...new Set(allow.conditions.map(({ key }) => key))],
    denied: denies.flatMap((deny) => {
      const where = deny.resource && isOnAll(deny, everything) ? '' : ' on some resources'
      const when = deny.conditions.length === 0 ? '' : underConditions(deny.conditions.map(({ key }) => key))
      const what = deny.action ?? (deny.notAction ? ['all but a list'] : [])
      return what.map((pattern) => `${pattern}${where}${when}`)
    }),
    withoutIam: isTakenAway('iam:*', `arn:${partition}:iam::*:*`, policy),
  }
}

/** A pattern for every ARN of a partition. */
export function everyArn(partition: string): string {
  return `arn:${partition}:*:*:*:*`
}

/** One step milder, for what is limited by conditions. */
export function milder(severity: Severity): Severity {
  const steps: Record<Severity, Severity> = {
    critical: 'high',
    high: 'medium',
    medium: 'low',
    low: 'info',
    info: 'info',
  }
  return steps[severity]
}

/** `, under conditions on aws:SourceIp`, or nothing. */
export function underConditions(keys: readonly string[]): string {
  return keys.length === 0 ? '' : `, under a condition on ${[...new Set(keys)].join(', ')}`
}
