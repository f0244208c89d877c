/** `trail replay`: would a proposed policy have denied calls that succeeded? Decided per distinct call, not per event. */

import { setImmediate } from 'node:timers/promises'
import type { ReplayedCall, ReplayVerdict } from '../../model/trail.ts'
import { type Principal, principalOf } from '../../policy/principal.ts'
import type { ContextValue, PolicyInput } from '../../policy/request.ts'
import type { Row } from '../engines/engine.ts'
import { askedOf, kindsOf, Verdicts } from './replay-verdicts.ts'
import { ask, IN_DAYS, number, type Question, text } from './scope.ts'
import type { Who } from './who.ts'

/**
 * What a call was asked from, as far as policies can ask for it. Only what some policy reads is told apart. An empty text
 * says that the request had no such key, null that it is not known: see {@link contextValue}.
 */
export const CONTEXT_COLUMNS: Readonly<Record<string, string>> = {
  'aws:sourceip': "CASE WHEN ip_class <> 'aws-service' AND vpc_endpoint IS NULL THEN source_ip END",
  'aws:requestedregion': 'aws_region',
  // no request that is signed with a long-term key says anything of MFA:
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
  'aws:multifactorauthpresent':
    "CASE WHEN mfa IS NULL AND key_kind = 'long-term' THEN '' ELSE CAST(mfa AS varchar) END",
  'aws:sourcevpce': 'vpc_endpoint',
  'aws:useragent': 'user_agent',
  'aws:viaawsservice': "CASE WHEN invoked_by IS NOT NULL THEN 'true' ELSE 'false' END",
}

/** The value of a condition key, null where the request had none; undefined: not known. */
export function contextValue(text: string | null): string | null | undefined {
  return text === null ? undefined : text === '' ? null : text
}

/** Lines of an answer that come as one row: there may be a million, and to fetch a row takes longer than to find it. */
const BLOCK = 1000

/** Between the parts of a line, between lines, and in place of null. */
const [TAB, LINE, NOTHING] = ['\t', '\n', '\u001b']

/**
 * Distinct calls. Those of an action come a thousand at a time as `lines`, in the order of their resources: number of
 * calls, last time, whether the resource is known, account, caller, one such principal, context, resource. A call with
 * several resources, or with a text that does not fit into a line, comes as it is.
 * @param columns the context, and who calls where a policy asks for it
 */
const CALLS = (filter: string, columns: readonly string[]) => {
  const context = columns.map((_, i) => `c${i}`)
  const named = columns.map((column, i) => `${column} AS c${i}, `).join('')
  const texts = ['account_id', 'caller', 'principal', ...context]
  const special = texts.map((c) => `strpos(${c}, chr(9)) > 0 OR strpos(${c}, chr(10)) > 0 OR ${c} = chr(27) OR `)
  const parts = [
    'CAST(calls AS varchar)',
    'CAST(last_seen AS varchar)',
    "CASE WHEN resource_known THEN '1' ELSE '0' END",
  ]
  for (const column of [...texts, 'resource']) parts.push(`coalesce(${column}, chr(27))`)
  return `
WITH calls AS (
  SELECT action, resource_known, account_id, ${CALLER} AS caller, resource, ${named}
    CASE WHEN cardinality(resources) > 1 THEN array_join(resources, chr(10)) END AS several,
    min(principal_arn) AS principal, count(*) AS calls, max(event_time) AS last_seen
  FROM {{events}}
  WHERE ${IN_DAYS} AND ${filter} AND error_code IS NULL AND action IS NOT NULL
  GROUP BY action, resource_known, account_id, ${CALLER}, resource, ${columns.map((column) => `${column}, `).join('')}
    CASE WHEN cardinality(resources) > 1 THEN array_join(resources, chr(10)) END
), judged AS (
  SELECT calls.*, coalesce(several IS NOT NULL OR ${special.join('')}strpos(resource, chr(10)) > 0 OR resource = chr(27), FALSE) AS is_special
  FROM calls
), placed AS (
  SELECT judged.*, row_number() OVER (PARTITION BY action ORDER BY resource NULLS FIRST) AS place
  FROM judged WHERE NOT is_special
)
SELECT action, min(place) AS place,
  array_join(array_agg(${parts.join(' || chr(9) || ')} ORDER BY place), chr(10)) AS lines,
  CAST(NULL AS boolean) AS resource_known, CAST(NULL AS varchar) AS account_id, CAST(NULL AS varchar) AS principal,
  CAST(NULL AS varchar) AS resource, ${context.map((c) => `CAST(NULL AS varchar) AS ${c}, `).join('')}CAST(NULL AS varchar) AS several,
  CAST(NULL AS bigint) AS calls, CAST(NULL AS varchar) AS last_seen
FROM placed
GROUP BY action, CAST(floor(place / ${BLOCK}e0) AS bigint)
UNION ALL
SELECT action, 0 AS place, CAST(NULL AS varchar) AS lines, resource_known, account_id, principal,
  resource, ${context.map((c) => `${c}, `).join('')}several, calls, CAST(last_seen AS varchar) AS last_seen
FROM judged WHERE is_special`
}

/** A policy that does not ask who calls means all principals of a kind and account alike: `arn:aws:iam::123456789012:user`. */
const CALLER = "split_part(principal_arn, '/', 1)"

const PASSED = (filter: string) => `
SELECT 'iam:PassRole' AS action, arn AS resource, true AS resource_known, min(account_id) AS account_id, min(principal_arn) AS principal, count(*) AS calls,
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
  const asksWho = [...read].some((key) => /^aws:(principal|user(name|id)$)/.test(key))
  const columns = [...keys.map((key) => CONTEXT_COLUMNS[key]!), ...(asksWho ? ['principal_arn'] : [])]
  const verdicts = new Verdicts(policies)
  const answer = new Answer()
  const callers = new Map<string, Principal | null>()
  const rows = await ask(question, CALLS(who.filter, columns), who.params)
  const passed = ask(question, PASSED(who.filter), who.params)
  passed.catch(() => {}) // it is waited for below
  rows.sort((a, b) => number(a.place) - number(b.place))
  for (const [i, row] of rows.entries()) {
    if (i % OFTEN === OFTEN - 1) await breathe(question.signal)
    if (row.lines === null) replayRow(row, keys, verdicts, answer)
    else replayBlock(row, keys, asksWho, callers, verdicts, answer)
  }
  for (const row of await passed) replayRow(row, [], verdicts, answer)
  await breathe(question.signal)
  return { principal: who.label, calls: answer.calls(), totals: answer.totals }
}

/** After so many rows, most of them of a thousand calls. */
const OFTEN = 16

/** Lets an interrupt come through, which waits while there is work to do. */
async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate()
  signal?.throwIfAborted()
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

/** @param callers those that lines speak of, by what they have in common: see {@link CALLER} */
function replayBlock(
  block: Row,
  keys: readonly string[],
  asksWho: boolean,
  callers: Map<string, Principal | null>,
  verdicts: Verdicts,
  answer: Answer,
): void {
  const action = text(block.action)!
  for (const line of text(block.lines)!.split(LINE)) {
    let from = 0
    const next = (): string | null => {
      const end = line.indexOf(TAB, from)
      const part = line.slice(from, end)
      from = end + 1
      return part === NOTHING ? null : part
    }
    const calls = Number(next())
    const lastSeen = next()!
    const isKnown = next() === '1'
    const accountId = next() ?? ''
    const caller = next() ?? ''
    const example = next() ?? ''
    let principal = callers.get(caller)
    if (principal === undefined) {
      principal = principalOf(example)
      callers.set(caller, principal)
    }
    const context: Record<string, ContextValue> = {}
    for (const key of keys) {
      const value = contextValue(next())
      if (value !== undefined) context[key] = value
    }
    if (asksWho) principal = principalOf(next() ?? '')
    const rest = line.slice(from)
    const resource = rest === NOTHING ? null : rest
    const resources = resource === null ? [] : [resource]
    const { verdict, because } = verdicts.on({ action, principal, accountId, resources, isKnown, context })
    answer.add({ action, resource, calls, lastSeen, verdict, because })
  }
}

/** A call that has a row to itself. */
function replayRow(row: Row, keys: readonly string[], verdicts: Verdicts, answer: Answer): void {
  const call = { action: text(row.action)!, resource: text(row.resource) }
  const { verdict, because } = verdicts.on({
    action: call.action,
    principal: principalOf(text(row.principal) ?? ''),
    accountId: text(row.account_id) ?? '',
    resources: text(row.several)?.split(LINE) ?? (call.resource === null ? [] : [call.resource]),
    isKnown: row.resource_known === true,
    context: contextOf(row, keys),
  })
  answer.add({ ...call, calls: number(row.calls), lastSeen: text(row.last_seen)!, verdict, because })
}

function contextOf(row: Row, keys: readonly string[]): Record<string, ContextValue> {
  return Object.fromEntries(
    keys.flatMap((key, i) => {
      const value = contextValue(text(row[`c${i}`]))
      return value === undefined ? [] : [[key, value]]
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
    const take = (call: ReplayedCall) => {
      call.lastSeen = isoOf(call.lastSeen)
      const group = groups[RANKED.indexOf(call.verdict)]!
      const alike = group.get(call.calls)
      if (alike) alike.push(call)
      else group.set(call.calls, [call])
    }
    for (const [, ofAction] of [...this.#byAction].sort(([a], [b]) => compare(a, b))) eachMerged(ofAction, take)
    return groups.flatMap((group) => [...group].sort(([a], [b]) => b - a).flatMap(([, alike]) => alike))
  }
}

/** In the order of their resources, and of what is said of each. */
function eachMerged(calls: ReplayedCall[], take: (call: ReplayedCall) => void): void {
  const inOrder = (a: ReplayedCall, b: ReplayedCall) => compare(a.resource ?? '', b.resource ?? '')
  // nearly all come in order, and to sort as many takes seconds
  if (calls.some((call, i) => i > 0 && inOrder(calls[i - 1]!, call) > 0)) calls.sort(inOrder)
  for (let from = 0; from < calls.length; ) {
    const { resource } = calls[from]!
    let to = from + 1
    while (to < calls.length && calls[to]!.resource === resource) to++
    if (to === from + 1) take(calls[from]!)
    else for (const call of merged(calls.slice(from, to))) take(call)
    from = to
  }
}

/** Calls that differ only in what nobody asks for are one. */
function merged(calls: readonly ReplayedCall[]): ReplayedCall[] {
  const different: ReplayedCall[] = []
  for (const call of calls) {
    const same = different.find(({ verdict, because }) => verdict === call.verdict && because === call.because)
    if (!same) different.push(call)
    else {
      same.calls += call.calls
      if (call.lastSeen > same.lastSeen) same.lastSeen = call.lastSeen
    }
  }
  return different.sort((a, b) => compare(a.because, b.because))
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
