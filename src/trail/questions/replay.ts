/** `trail replay`: would a proposed policy have denied calls that succeeded? Decided per distinct call, not per event. */

import type { ReplayedCall, ReplayVerdict } from '../../model/trail.ts'
import { principalOf } from '../../policy/principal.ts'
import type { ContextValue, PolicyInput } from '../../policy/request.ts'
import type { Row } from '../engines/engine.ts'
import { askedOf, kindsOf, Verdicts } from './replay-verdicts.ts'
import { ask, IN_DAYS, number, type Question, text } from './scope.ts'
import type { Who } from './who.ts'

/** What a call was asked from, as far as policies can ask for it. Only what some policy reads is told apart. */
export const CONTEXT_COLUMNS: Readonly<Record<string, string>> = {
  'aws:sourceip': "CASE WHEN ip_class <> 'aws-service' AND vpc_endpoint IS NULL THEN source_ip END",
  'aws:requestedregion': 'aws_region',
  'aws:multifactorauthpresent': 'CAST(mfa AS varchar)',
  'aws:sourcevpce': 'vpc_endpoint',
  'aws:useragent': 'user_agent',
  'aws:viaawsservice': "CASE WHEN invoked_by IS NOT NULL THEN 'true' ELSE 'false' END",
}

/** Lines of an answer that come as one row: there may be a million, and to fetch a row takes longer than to find it. */
const BLOCK = 1000

/** What calls have in common that are decided together, beside the context. */
const COMMON = ['action', 'resource_known', 'account_id', 'caller', 'alone', 'several']

/**
 * A row for each distinct call would be too many. A block has the lines of up to a thousand that differ in the resource
 * only, each with its count and its last time before it. A resource that is not one line by itself stands alone.
 */
const CALLS = (filter: string, columns: readonly string[], caller: string) => {
  const context = columns.map((_, i) => `c${i}`)
  const common = [...COMMON, ...context].join(', ')
  return `
WITH seen AS (
  SELECT action, resource, resource_known, account_id, ${caller} AS caller, principal_arn,
    CASE WHEN strpos(resource, chr(10)) > 0 THEN resource END AS alone,
    CASE WHEN cardinality(resources) > 1 THEN array_join(resources, chr(10)) END AS several${columns.map((column, i) => `, ${column} AS c${i}`).join('')},
    event_time
  FROM {{events}}
  WHERE ${IN_DAYS} AND ${filter} AND error_code IS NULL AND action IS NOT NULL
), calls AS (
  SELECT ${common}, resource, min(principal_arn) AS principal, count(*) AS calls, max(event_time) AS last_seen
  FROM seen
  GROUP BY ${common}, resource
), placed AS (
  SELECT calls.*, row_number() OVER (PARTITION BY ${common} ORDER BY resource) AS place FROM calls
)
SELECT ${common}, CAST(floor(place / ${BLOCK}e0) AS bigint) AS block, min(principal) AS principal,
  array_join(array_agg(CAST(calls AS varchar) || ' ' || CAST(last_seen AS varchar) || '|' || coalesce(resource, '') ORDER BY place), chr(10)) AS lines
FROM placed
GROUP BY ${common}, CAST(floor(place / ${BLOCK}e0) AS bigint)`
}

const PASSED = (filter: string) => `
SELECT arn AS resource, min(account_id) AS account_id, min(principal_arn) AS principal, count(*) AS calls,
  max(event_time) AS last_seen
FROM {{events}} CROSS JOIN UNNEST(passed_roles) AS r(arn)
WHERE ${IN_DAYS} AND ${filter} AND error_code IS NULL AND passed_role IS NOT NULL
GROUP BY arn`

export interface Replay {
  principal: string
  calls: ReplayedCall[]
  /** Events, by verdict. */
  totals: Record<ReplayVerdict, number>
}

/**
 * @param policies all identity policies that the principal would have; boundary and organization policies are taken
 *   to stay as they are, since the calls succeeded under them
 */
export async function replay(question: Question, who: Who, policies: readonly PolicyInput[]): Promise<Replay> {
  const read = keysRead(policies)
  const keys = [...read].filter((key) => key in CONTEXT_COLUMNS)
  const columns = keys.map((key) => CONTEXT_COLUMNS[key]!)
  // a policy that does not ask who calls means all principals of a kind and account alike
  const asksWho = [...read].some((key) => /^aws:(principal|user(name|id)$)/.test(key))
  const caller = asksWho ? 'principal_arn' : "split_part(principal_arn, '/', 1)"
  const blocks = await ask(question, CALLS(who.filter, columns, caller), who.params)
  const passed = await ask(question, PASSED(who.filter), who.params)
  const verdicts = new Verdicts(policies)
  const answer = new Answer()
  for (const block of blocks) replayBlock(block, keys, verdicts, answer)
  for (const row of passed) replayPassed(row, verdicts, answer)
  return { principal: who.label, calls: answer.calls(), totals: answer.totals }
}

const VARIABLE = /\$\{\s*([^\s,'{}]+)/g

/** Condition keys, in lower case, that the policies ask for or name as variables. */
function keysRead(policies: readonly PolicyInput[]): Set<string> {
  const statements = policies.flatMap(({ policy }) => policy?.statements ?? []).map(({ statement }) => statement)
  const keys = statements.flatMap(({ conditions, resource, notResource }) => [
    ...conditions.map(({ key }) => key),
    ...[...(resource ?? []), ...(notResource ?? []), ...conditions.flatMap(({ values }) => values)].flatMap((written) =>
      [...written.matchAll(VARIABLE)].map(([, key]) => key!),
    ),
  ])
  return new Set(keys.map((key) => key.toLowerCase()))
}

function replayBlock(block: Row, keys: readonly string[], verdicts: Verdicts, answer: Answer): void {
  const action = text(block.action)!
  const verdictOn = verdicts.of({
    action,
    principal: principalOf(text(block.principal) ?? ''),
    accountId: text(block.account_id) ?? '',
    resourceKnown: block.resource_known === true,
    context: contextOf(block, keys),
  })
  const several = text(block.several)?.split('\n')
  const alone = text(block.alone)
  const lines = text(block.lines)!
  for (const line of alone === null ? lines.split('\n') : [lines]) {
    const blank = line.indexOf(' ')
    const bar = line.indexOf('|', blank)
    const resource = bar + 1 < line.length ? line.slice(bar + 1) : null
    const { verdict, because } = verdictOn(several ?? (resource === null ? [] : [resource]))
    const lastSeen = line.slice(blank + 1, bar)
    answer.add({ action, resource, calls: Number(line.slice(0, blank)), lastSeen, verdict, because })
  }
}

function replayPassed(row: Row, verdicts: Verdicts, answer: Answer): void {
  const call = { action: 'iam:PassRole', resource: text(row.resource)! }
  const { verdict, because } = verdicts.of({
    ...call,
    principal: principalOf(text(row.principal) ?? ''),
    accountId: text(row.account_id) ?? '',
    resourceKnown: true,
    context: {},
  })([call.resource])
  answer.add({ ...call, calls: number(row.calls), lastSeen: text(row.last_seen)!, verdict, because })
}

function contextOf(row: Row, keys: readonly string[]): Record<string, ContextValue> {
  return Object.fromEntries(
    keys.flatMap((key, i) => {
      const value = text(row[`c${i}`])
      return value === null ? [] : [[key, value]]
    }),
  )
}

/** The resources that the action may be asked for; null: it is asked for one, and which is not known. */
export function resourcesOf(row: Row, action: string): (string | null)[] {
  const arns = (text(row.resources) ?? text(row.resource) ?? '').split('\n').filter((arn) => arn !== '')
  return [...(askedOf(kindsOf(action), row.resource_known === true ? arns : null) ?? [null])]
}

const RANKED: readonly ReplayVerdict[] = ['would-be-denied', 'cannot-know', 'still-allowed']

/** One line for what differs only in the context, and has one verdict. */
class Answer {
  readonly totals: Replay['totals'] = { 'still-allowed': 0, 'would-be-denied': 0, 'cannot-know': 0 }
  readonly #byAction = new Map<string, ReplayedCall[]>()

  add(call: ReplayedCall): void {
    this.totals[call.verdict] += call.calls
    const ofAction = this.#byAction.get(call.action)
    if (ofAction) ofAction.push(call)
    else this.#byAction.set(call.action, [call])
  }

  /** What would be denied first, the most frequent first; then by action and resource. */
  calls(): ReplayedCall[] {
    const groups = RANKED.map(() => new Map<number, ReplayedCall[]>())
    for (const [, ofAction] of [...this.#byAction].sort(([a], [b]) => compare(a, b)))
      for (const call of merged(ofAction)) {
        const group = groups[RANKED.indexOf(call.verdict)]!
        const alike = group.get(call.calls)
        if (alike) alike.push(call)
        else group.set(call.calls, [call])
      }
    return groups.flatMap((group) => [...group].sort(([a], [b]) => b - a).flatMap(([, alike]) => alike))
  }
}

/** In the order of their resources, and of what is said of each. */
function* merged(calls: ReplayedCall[]): Iterable<ReplayedCall> {
  // the lines of a block are in order already, which makes this far cheaper than it looks
  calls.sort((a, b) => compare(a.resource ?? '', b.resource ?? ''))
  let alike: ReplayedCall[] = []
  for (const call of calls) {
    if (alike.length > 0 && alike[0]!.resource !== call.resource) {
      yield* finished(alike)
      alike = []
    }
    const same = alike.find(({ verdict, because }) => verdict === call.verdict && because === call.because)
    if (!same) alike.push(call)
    else {
      same.calls += call.calls
      if (call.lastSeen > same.lastSeen) same.lastSeen = call.lastSeen
    }
  }
  yield* finished(alike)
}

function finished(alike: ReplayedCall[]): ReplayedCall[] {
  for (const call of alike) call.lastSeen = isoOf(call.lastSeen)
  return alike.length === 1 ? alike : alike.sort((a, b) => compare(a.because, b.because))
}

/** A moment as an engine writes it as text, `2026-01-31 10:20:30` with or without a fraction, or ISO 8601 already. */
function isoOf(moment: string): string {
  return `${moment.slice(0, 10)}T${moment.slice(11, 19)}.${moment.slice(20, 23).padEnd(3, '0')}Z`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** What an answer takes for granted. */
export const ASSUMPTIONS: readonly string[] = [
  'permissions boundary, organization policies and the policies of resources stay as they are and let the calls pass',
  'what a resource policy alone allows today is asked of the new policy all the same',
]
