/** Small changes of statements, and the places that findings are about. */
import type { Subject } from '../model/finding.ts'
import { isRecord } from '../policy/parse.ts'
import type { Lookup, Place, PolicyObject } from './kind.ts'

export type StatementObject = PolicyObject['Statement'][number]

/** The value or values of an element, as a list. */
export function valuesOf(element: unknown): string[] {
  const list = Array.isArray(element) ? element : element === undefined ? [] : [element]
  return list.filter((value) => typeof value === 'string')
}

/** One value stands alone, as people write it. */
export function asElement(values: readonly string[]): string | string[] {
  return values.length === 1 ? values[0]! : [...values]
}

/** The condition keys of a statement, in lower case. */
export function conditionKeys({ Condition }: StatementObject): Set<string> {
  if (!isRecord(Condition)) return new Set()
  return new Set(
    Object.values(Condition)
      .flatMap((keys) => (isRecord(keys) ? Object.keys(keys) : []))
      .map(lower),
  )
}

const lower = (text: string): string => text.toLowerCase()

/** The statement with one more condition; as it is when it has one on that key. */
export function withCondition(
  statement: StatementObject,
  operator: string,
  key: string,
  value: string | string[],
): StatementObject {
  if (conditionKeys(statement).has(key.toLowerCase())) return statement
  const conditions = isRecord(statement.Condition) ? statement.Condition : {}
  // operators, too, are written in any case
  const written = Object.keys(conditions).find((name) => name.toLowerCase() === operator.toLowerCase()) ?? operator
  const own = conditions[written]
  return { ...statement, Condition: { ...conditions, [written]: { ...(isRecord(own) ? own : {}), [key]: value } } }
}

/** Replaces each statement by none, one or several. */
export function mapStatements(
  document: PolicyObject,
  change: (statement: StatementObject) => StatementObject[],
): PolicyObject {
  return { ...document, Statement: document.Statement.flatMap(change) }
}

export const isAllow = ({ Effect }: StatementObject): boolean => Effect === 'Allow'

/** A split-off statement must not have the Sid of the one it came from: Sids are unique. */
export function withoutSid({ Sid: _, ...statement }: StatementObject): StatementObject {
  return statement
}

/** The documents that a finding about a policy may mean: the managed one, or all inline ones of the holder. */
export function placesOf({ kind, id, arn, name }: Subject, lookup: Lookup): Place[] {
  if (kind === 'policy') return [{ kind: 'managed', policyArn: arn ?? id }]
  if ((kind !== 'user' && kind !== 'group' && kind !== 'role') || name === null) return []
  const holder =
    kind === 'user' ? lookup.userNamed(name) : kind === 'role' ? lookup.roleNamed(name) : lookup.group(name)
  return (holder?.inlinePolicies ?? []).map(({ policyName }) => ({ kind: 'inline', holder: kind, name, policyName }))
}

/** ARNs of the users and roles whose rights a document changes. */
export function principalsOf(place: Place, lookup: Lookup): string[] {
  if (place.kind === 'trust') return []
  if (place.kind === 'managed') return lookup.principalsWith(place.policyArn)
  if (place.holder === 'group') return lookup.membersOf(place.name).map(({ arn }) => arn)
  const holder = place.holder === 'user' ? lookup.userNamed(place.name) : lookup.roleNamed(place.name)
  return holder ? [holder.arn] : []
}
