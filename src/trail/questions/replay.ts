/** `trail replay`: would a proposed policy have denied calls that succeeded? Decided per distinct call, not per event. */

import { setImmediate } from 'node:timers/promises'
import type { ReplayedCall, ReplayVerdict } from '../../model/trail.ts'
import { principalOf } from '../../policy/principal.ts'
import type { ContextValue, PolicyInput } from '../../policy/request.ts'
import type { Row } from '../engines/engine.ts'
import { type AlikeCalls, askedOf, kindsOf, Verdicts } from './replay-verdicts.ts'
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

/** Between lines, and between the fields of one. */
const [LINE, TAB] = ['\n', '\t']

/**
 * Who calls, as far as a policy tells principals apart that does not ask for their names: all of a kind and account, the
 * slash kept: `arn:aws:iam::123456789012:user/`.
 */
const CALLER =
  "CASE WHEN strpos(principal_arn, '/') > 0 THEN substr(principal_arn, 1, strpos(principal_arn, '/')) ELSE principal_arn END"

const SUCCEEDED = (filter: string) => `${IN_DAYS} AND ${filter} AND error_code IS NULL AND action IS NOT NULL`

/** @param columns the context, and who calls where a policy asks for it */
const DISTINCT_CALLS = (filter: string, columns: readonly string[]) => {
  const context = columns.map((column, i) => ({ column, name: `c${i}` }))
  const several = `CASE WHEN cardinality(resources) > 1 THEN array_join(resources, chr(9)) END`
  return `
SELECT action, resource_known, account_id, ${CALLER} AS caller, resource, ${several} AS several,
  ${context.map(({ column, name }) => `${column} AS ${name}, `).join('')}max(cardinality(resources)) AS resource_count, count(*) AS calls,
  max(event_time) AS last_seen
FROM {{events}}
WHERE ${SUCCEEDED(filter)}
GROUP BY action, resource_known, account_id, ${CALLER}, resource, ${several}${context.map(({ column }) => `, ${column}`).join('')}`
}

/** How many resources a call has. */
const RESOURCES = 'CASE WHEN several IS NOT NULL THEN resource_count WHEN resource IS NULL THEN 0 ELSE 1 END'

/**
 * Distinct calls, a line each, all of an action in few rows: there may be a million, and to fetch a row takes longer than
 * to find it. Fields of a line: number of calls, last time, number of resources, then who asks from where (whether the
 * resources are known, account, caller, context), then the resources.
 * @param parts into how many rows an action is divided, to keep each short
 */
const CALLS = (filter: string, columns: readonly string[], parts: number) => {
  const fields = [
    'CAST(calls AS varchar)',
    "to_iso8601(last_seen) || 'Z'",
    `CAST(${RESOURCES} AS varchar)`,
    "CASE WHEN resource_known THEN '1' ELSE '0' END",
    "coalesce(account_id, '')",
    "coalesce(caller, '')",
    ...columns.map((_, i) => `coalesce('=' || c${i}, '')`),
    "coalesce(several, resource, '')",
  ]
  const part = `CAST(to_unixtime(last_seen) AS bigint) % ${parts}`
  return `
SELECT action, count(*) AS calls, array_join(array_agg(concat_ws(chr(9), ${fields.join(', ')}) ORDER BY resource), chr(10)) AS lines
FROM (${DISTINCT_CALLS(filter, columns)})
GROUP BY action, ${part}`
}

/** The events of one action that are put into one row, about; a row of Athena's may have 32 MB. */
const EVENTS_IN_ROW = 150_000

/** The events that are asked for at once: what is distinct of them must fit in memory. */
const EVENTS_AT_ONCE = 2_000_000

const ACTIONS = (filter: string) => `
SELECT action, count(*) AS calls FROM {{events}} WHERE ${SUCCEEDED(filter)} GROUP BY action ORDER BY action`

/** Actions that are asked for together, by their names; and the most events of one of them. */
interface ActionRange {
  first: string
  last: string
  calls: number
  most: number
}

/** @param actions in the order of their names */
function rangesOf(actions: readonly Row[]): ActionRange[] {
  const ranges: ActionRange[] = []
  for (const row of actions) {
    const [action, calls] = [text(row.action)!, number(row.calls)]
    const range = ranges.at(-1)
    if (range && range.calls + calls <= EVENTS_AT_ONCE) {
      range.last = action
      range.calls += calls
      range.most = Math.max(range.most, calls)
    } else ranges.push({ first: action, last: action, calls, most: calls })
  }
  return ranges
}

/** The calls of one action, a row each: where a text has what separates fields or lines. */
const CALLS_OF_ACTION = (filter: string, columns: readonly string[]) => `
SELECT resource_known, account_id, caller, resource, several, ${columns.map((_, i) => `c${i}, `).join('')}
  ${RESOURCES} AS resource_count, calls, last_seen
FROM (${DISTINCT_CALLS(`${filter} AND action = {{action}}`, columns)})`

const PASSED = (filter: string) => `
SELECT arn AS resource, min(account_id) AS account_id, min(principal_arn) AS principal, count(*) AS calls,
  max(event_time) AS last_seen
FROM (
  SELECT passed_roles, account_id, principal_arn, event_time
  FROM {{events}}
  WHERE ${IN_DAYS} AND ${filter} AND error_code IS NULL AND passed_role IS NOT NULL
) CROSS JOIN UNNEST(passed_roles) AS r(arn)
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
  const ranges = rangesOf(await ask(question, ACTIONS(who.filter), who.params))
  const passed = () => ask(question, PASSED(who.filter), who.params)
  const asking = ranges.map(({ first, last, most }) => () => {
    const filter = `${who.filter} AND action BETWEEN {{first}} AND {{last}}`
    const sql = CALLS(filter, columns, Math.ceil(most / EVENTS_IN_ROW))
    return ask(question, sql, { ...who.params, first, last })
  })
  const answer = new Answer()
  let coming = started(asking[0] ?? passed)
  for (const i of asking.keys()) {
    const rows = await coming
    coming = started(asking[i + 1] ?? passed)
    for (const [action, ofAction] of byAction(rows)) {
      const asked = new AskedOf(action, keys, asksWho, verdicts)
      const calls: ReplayedCall[] = []
      let isCertain = true
      for (const row of ofAction) {
        await breathe(question.signal)
        isCertain &&= asked.readLines(row, calls)
      }
      if (isCertain) answer.add(calls)
      else {
        const rowEach = await ask(question, CALLS_OF_ACTION(who.filter, columns), { ...who.params, action })
        answer.add(rowEach.map((row) => asked.callOfRow(row)))
      }
    }
  }
  answer.add((await coming).map((row) => passedCall(row, verdicts)))
  await breathe(question.signal)
  return { principal: who.label, calls: answer.calls(), totals: answer.totals }
}

/** Asks while what came before is being worked on; whether that went well shows when it is waited for. */
function started(asking: () => Promise<Row[]>): Promise<Row[]> {
  const rows = asking()
  rows.catch(() => {})
  return rows
}

function byAction(rows: readonly Row[]): Map<string, Row[]> {
  const actions = new Map<string, Row[]>()
  for (const row of rows) {
    const action = text(row.action)!
    const ofAction = actions.get(action)
    if (ofAction) ofAction.push(row)
    else actions.set(action, [row])
  }
  return actions
}

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

/** What was asked of one action. */
class AskedOf {
  readonly #action: string
  readonly #keys: readonly string[]
  readonly #asksWho: boolean
  readonly #verdicts: Verdicts
  /** By who asks from where, as lines say it. */
  readonly #alike = new Map<string, AlikeCalls>()

  /** @param keys the context that is told apart  @param asksWho whether principals are, too */
  constructor(action: string, keys: readonly string[], asksWho: boolean, verdicts: Verdicts) {
    this.#action = action
    this.#keys = keys
    this.#asksWho = asksWho
    this.#verdicts = verdicts
  }

  /** @returns false: a text has a tab or the end of a line in it, and what the lines say is not certain */
  readLines(row: Row, calls: ReplayedCall[]): boolean {
    const lines = text(row.lines)!
    const before = calls.length
    const fieldsOfWho = 3 + this.#keys.length + (this.#asksWho ? 1 : 0)
    for (let from = 0, end = 0; from < lines.length; from = end + 1) {
      const lineEnd = lines.indexOf(LINE, from)
      end = lineEnd === -1 ? lines.length : lineEnd
      const callsEnd = tabIn(lines, from, end)
      const seenEnd = tabIn(lines, callsEnd + 1, end)
      const countEnd = tabIn(lines, seenEnd + 1, end)
      let whoEnd = countEnd
      for (let i = 0; i < fieldsOfWho; i++) whoEnd = tabIn(lines, whoEnd + 1, end)
      const count = Number(lines.slice(seenEnd + 1, countEnd))
      const rest = lines.slice(whoEnd + 1, end)
      const resources = rest.includes(TAB) ? rest.split(TAB) : [rest]
      if (whoEnd > end || resources.length !== Math.max(1, count)) return false
      const resource = count === 0 ? null : resources[0]!
      const { verdict, because } = this.#alikeOf(lines.slice(countEnd + 1, whoEnd)).on(count === 0 ? [] : resources)
      calls.push({
        action: this.#action,
        resource,
        calls: Number(lines.slice(from, callsEnd)),
        lastSeen: lines.slice(callsEnd + 1, seenEnd),
        verdict,
        because,
      })
    }
    return calls.length - before === number(row.calls)
  }

  #alikeOf(who: string): AlikeCalls {
    let alike = this.#alike.get(who)
    if (!alike) {
      const [isKnown, accountId, caller, ...context] = who.split(TAB)
      const values = context.map((value) => (value === '' ? null : value.slice(1)))
      alike = this.#alikeAs(isKnown === '1', accountId!, caller!, values)
      this.#alike.set(who, alike)
    }
    return alike
  }

  /** @param context with the principal as the last, where policies ask for it */
  #alikeAs(isKnown: boolean, accountId: string, caller: string, context: readonly (string | null)[]): AlikeCalls {
    const known: Record<string, ContextValue> = {}
    for (const [i, key] of this.#keys.entries()) {
      const value = contextValue(context[i]!)
      if (value !== undefined) known[key] = value
    }
    const principal = this.#asksWho ? (context.at(-1) ?? '') : caller.endsWith('/') ? `${caller}any/session` : caller
    return this.#verdicts.ofAlike({
      action: this.#action,
      principal: principalOf(principal),
      accountId,
      isKnown,
      context: known,
    })
  }

  /** A call that has a row to itself. */
  callOfRow(row: Row): ReplayedCall {
    const resource = text(row.resource)
    const resources = text(row.several)?.split(TAB) ?? (resource === null ? [] : [resource])
    const context = this.#keys.map((_, i) => text(row[`c${i}`]))
    if (this.#asksWho) context.push(text(row[`c${this.#keys.length}`]))
    // a tab within one of several makes more of them
    const isKnown = row.resource_known === true && resources.length === number(row.resource_count)
    const alike = this.#alikeAs(isKnown, text(row.account_id) ?? '', text(row.caller) ?? '', context)
    return { action: this.#action, resource, ...timesOf(row), ...alike.on(resources) }
  }
}

/** Where the next tab is; behind the end: there is none. */
function tabIn(lines: string, from: number, end: number): number {
  const tab = lines.indexOf(TAB, from)
  return tab === -1 || tab > end ? end + 1 : tab
}

function timesOf(row: Row): Pick<ReplayedCall, 'calls' | 'lastSeen'> {
  return { calls: number(row.calls), lastSeen: text(row.last_seen)! }
}

function passedCall(row: Row, verdicts: Verdicts): ReplayedCall {
  const call = { action: 'iam:PassRole', resource: text(row.resource)! }
  const alike = verdicts.ofAlike({
    action: call.action,
    principal: principalOf(text(row.principal) ?? ''),
    accountId: text(row.account_id) ?? '',
    isKnown: true,
    context: {},
  })
  return { ...call, ...timesOf(row), ...alike.on([call.resource]) }
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

  /** @param calls of one action */
  add(calls: ReplayedCall[]): void {
    for (const { verdict, calls: count } of calls) this.totals[verdict] += count
    const action = calls[0]?.action
    if (action === undefined) return
    const others = this.#byAction.get(action)
    this.#byAction.set(action, others ? [...others, ...calls] : calls)
  }

  /** What would be denied first, the most frequent first; then by action and resource. */
  calls(): ReplayedCall[] {
    const groups = RANKED.map(() => new Map<number, ReplayedCall[]>())
    const take = (call: ReplayedCall) => {
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
  // nearly all come in order, and to sort as many takes seconds
  if (calls.some((call, i) => i > 0 && (calls[i - 1]!.resource ?? '') > (call.resource ?? '')))
    calls.sort((a, b) => compare(a.resource ?? '', b.resource ?? ''))
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

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** What an answer takes for granted. */
export const ASSUMPTIONS: readonly string[] = [
  'permissions boundary, organization policies and the policies of resources stay as they are and let the calls pass',
  'what a resource policy alone allows today is asked of the new policy all the same',
]
