/** `trail replay`: would a proposed policy have denied calls that were let through? Decided per distinct call, not per event. */

import { setImmediate } from 'node:timers/promises'
import { partitionOf } from '../../model/partition.ts'
import type { ReplayVerdict } from '../../model/trail.ts'
import { principalOf } from '../../policy/principal.ts'
import type { ContextValue, PolicyInput } from '../../policy/request.ts'
import type { Row } from '../engines/engine.ts'
import { Answer, type DecidedCall, type ReplayedCalls } from './replay-answer.ts'
import { type AlikeCalls, askedOf, kindsOf, type Verdict, Verdicts } from './replay-verdicts.ts'
import { ACTION, ask, IN_DAYS, IS_LET_THROUGH, number, type Question, text } from './scope.ts'
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

const LET_THROUGH = (filter: string) => `${IN_DAYS} AND ${filter} AND ${IS_LET_THROUGH} AND action IS NOT NULL`

/** @param columns the context, and who calls where a policy asks for it */
const DISTINCT_CALLS = (filter: string, columns: readonly string[]) => {
  const context = columns.map((column, i) => ({ column, name: `c${i}` }))
  const several = `CASE WHEN cardinality(resources) > 1 THEN array_join(resources, chr(9)) END`
  return `
SELECT action, resource_known, account_id, ${CALLER} AS caller, resource, ${several} AS several,
  ${context.map(({ column, name }) => `${column} AS ${name}, `).join('')}max(cardinality(resources)) AS resource_count, count(*) AS calls,
  max(event_time) AS last_seen
FROM {{events}}
WHERE ${LET_THROUGH(filter)}
GROUP BY action, resource_known, account_id, ${CALLER}, resource, ${several}${context.map(({ column }) => `, ${column}`).join('')}`
}

const milliseconds = (moment: string) => `date_diff('millisecond', TIMESTAMP '1970-01-01 00:00:00', ${moment})`

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
    `CAST(${milliseconds('last_seen')} AS varchar)`,
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
SELECT CAST(day AS varchar) AS day, action, count(*) AS calls FROM {{events}} WHERE ${LET_THROUGH(filter)}
GROUP BY 1, 2 ORDER BY 1, 2`

/** Some days, or some actions of one day that has too many events. The store is kept by day: each event is read once. */
interface Part {
  from: string
  to: string
  /** The names of the first action and of the last; null: all. */
  actions: { first: string; last: string } | null
  calls: number
  /** How many of each action. */
  counts: Row[]
}

/** @param counts by day and action, in that order */
function partsOf(counts: readonly Row[]): Part[] {
  const parts: Part[] = []
  for (const [day, ofDay] of grouped(counts, 'day')) {
    const pieces = piecesOf(ofDay)
    for (const piece of pieces) {
      const [first, last] = [text(piece[0]!.action)!, text(piece.at(-1)!.action)!]
      const actions = pieces.length > 1 ? { first, last } : null
      const calls = sumOf(piece)
      const before = parts.at(-1)
      if (before && !before.actions && !actions && before.calls + calls <= EVENTS_AT_ONCE) {
        before.to = day
        before.calls += calls
        before.counts.push(...piece)
      } else parts.push({ from: day, to: day, actions, calls, counts: piece })
    }
  }
  return parts
}

/** Of the actions of one day, those that are asked for together. */
function piecesOf(counts: readonly Row[]): Row[][] {
  const pieces: Row[][] = []
  let calls = 0
  for (const row of counts) {
    calls += number(row.calls)
    if (pieces.length > 0 && calls <= EVENTS_AT_ONCE) pieces.at(-1)!.push(row)
    else {
      pieces.push([row])
      calls = number(row.calls)
    }
  }
  return pieces
}

const sumOf = (counts: readonly Row[]): number => counts.reduce((sum, { calls }) => sum + number(calls!), 0)

/** The calls of one action, a row each: where a text has what separates fields or lines. */
const CALLS_OF_ACTION = (filter: string, columns: readonly string[]) => `
SELECT resource_known, account_id, caller, resource, several, ${columns.map((_, i) => `c${i}, `).join('')}
  ${RESOURCES} AS resource_count, calls, ${milliseconds('last_seen')} AS last_seen
FROM (${DISTINCT_CALLS(`${filter} AND action = {{action}}`, columns)})`

const PASSED = (filter: string) => `
SELECT arn AS resource, min(account_id) AS account_id, min(principal_arn) AS principal, count(*) AS calls,
  ${milliseconds('max(event_time)')} AS last_seen
FROM (
  SELECT passed_roles, account_id, principal_arn, event_time
  FROM {{events}}
  WHERE ${IN_DAYS} AND ${filter} AND error_code IS NULL AND passed_role IS NOT NULL
) CROSS JOIN UNNEST(passed_roles) AS r(arn)
GROUP BY arn`

/** Copies in S3: the event is about where to; where from needs a permission of its own. */
const COPIED = (filter: string) => `
SELECT regexp_extract(request_parameters, '"x-amz-copy-source":"((?:[^"\\\\]|\\\\.)*)"', 1) AS source, min(account_id) AS account_id,
  min(principal_arn) AS principal, min(aws_region) AS aws_region, count(*) AS calls, ${milliseconds('max(event_time)')} AS last_seen
FROM {{events}}
WHERE ${LET_THROUGH(filter)} AND event_source = 's3.amazonaws.com' AND event_name IN ('CopyObject', 'UploadPartCopy')
GROUP BY 1
ORDER BY 1`

/** Calls to AWS of which it is not known what they need. Nobody signs in with a policy of IAM. */
const UNNAMED = (filter: string) => `
SELECT ${ACTION} AS action, count(*) AS calls, ${milliseconds('max(event_time)')} AS last_seen
FROM {{events}}
WHERE ${IN_DAYS} AND ${filter} AND error_code IS NULL AND action IS NULL
  AND coalesce(event_type, 'AwsApiCall') = 'AwsApiCall' AND event_source <> 'signin.amazonaws.com'
GROUP BY 1
ORDER BY 1`

const NO_ACTION: Verdict = { verdict: 'cannot-know', because: 'which IAM action the call needs is not known' }

export interface Replay {
  principal: string
  calls: ReplayedCalls
  /** Events, by verdict. */
  totals: Record<ReplayVerdict, number>
}

/**
 * @param policies all identity policies that the principal would have; boundary and organization policies are taken
 *   to stay as they are, since they let the calls through
 */
export async function replay(question: Question, who: Who, policies: readonly PolicyInput[]): Promise<Replay> {
  // what was asked ahead is to be paid for while it runs
  const stop = new AbortController()
  const signal = question.signal ? AbortSignal.any([question.signal, stop.signal]) : stop.signal
  try {
    return await replayOf({ ...question, signal }, who, policies)
  } catch (error) {
    stop.abort(error)
    throw error
  }
}

async function replayOf(question: Question, who: Who, policies: readonly PolicyInput[]): Promise<Replay> {
  const read = keysRead(policies)
  const keys = [...read].filter((key) => key in CONTEXT_COLUMNS)
  const asksWho = [...read].some((key) => /^aws:(principal|user(name|id)$)/.test(key))
  const columns = [...keys.map((key) => CONTEXT_COLUMNS[key]!), ...(asksWho ? ['principal_arn'] : [])]
  const verdicts = new Verdicts(policies)
  const parts = partsOf(await ask(question, ACTIONS(who.filter), who.params))
  const passed = () => ask(question, PASSED(who.filter), who.params)
  const asking = parts.map((part) => () => callsOf(question, who, columns, part))
  const answer = new Answer()
  let coming = started(asking[0] ?? passed)
  for (const [i, { from, to }] of parts.entries()) {
    const rows = await coming
    coming = started(asking[i + 1] ?? passed)
    for (const [named, ofAction] of grouped(rows, 'action'))
      for (const action of actionsOfCall(named)) {
        const asked = new AskedOf(action, keys, asksWho, verdicts)
        const lists: DecidedCall[][] = []
        for (const row of ofAction) {
          await breathe(question.signal)
          const calls = asked.readLines(row)
          if (calls === null) break
          lists.push(calls)
        }
        if (lists.length === ofAction.length) for (const calls of lists) answer.add(action, calls)
        else {
          const params = { ...who.params, from, to, action: named }
          const rowEach = await ask(question, CALLS_OF_ACTION(who.filter, columns), params)
          answer.add(
            action,
            rowEach.map((row) => asked.callOfRow(row)),
          )
        }
      }
  }
  answer.add(
    PASS_ROLE,
    (await coming).map((row) => passedCall(row, verdicts)),
  )
  for (const [action, calls] of copiesOf(await ask(question, COPIED(who.filter), who.params), verdicts))
    answer.add(action, calls)
  for (const [action, rows] of grouped(await ask(question, UNNAMED(who.filter), who.params), 'action'))
    answer.add(
      action,
      rows.map((row) => ({ resource: null, ...timesOf(row), verdict: NO_ACTION })),
    )
  const calls = await answer.calls(() => breathe(question.signal))
  return { principal: who.label, calls, totals: answer.totals }
}

/** Asks while what came before is being worked on; whether that went well shows when it is waited for. */
function started(asking: () => Promise<Row[]>): Promise<Row[]> {
  const rows = asking()
  rows.catch(() => {})
  return rows
}

/** The distinct calls of a part, as lines. */
function callsOf(
  question: Question,
  { filter, params }: Who,
  columns: readonly string[],
  { from, to, actions, counts }: Part,
): Promise<Row[]> {
  const ofPart = actions ? `${filter} AND action BETWEEN {{first}} AND {{last}}` : filter
  const most = Math.max(...[...grouped(counts, 'action').values()].map(sumOf))
  const sql = CALLS(ofPart, columns, Math.ceil(most / EVENTS_IN_ROW))
  return ask(question, sql, { ...params, from, to, ...actions })
}

/** By a column that has a text in every row. */
function grouped(rows: readonly Row[], column: string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const value = text(row[column])!
    const group = groups.get(value)
    if (group) group.push(row)
    else groups.set(value, [row])
  }
  return groups
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

  /** @returns null: a text has a tab or the end of a line in it, and what the lines say is not certain */
  readLines(row: Row): DecidedCall[] | null {
    const lines = text(row.lines)!
    const calls: DecidedCall[] = []
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
      if (whoEnd > end || resources.length !== Math.max(1, count)) return null
      calls.push({
        resource: count === 0 ? null : resources[0]!,
        calls: Number(lines.slice(from, callsEnd)),
        lastSeen: Number(lines.slice(callsEnd + 1, seenEnd)),
        verdict: this.#alikeOf(lines.slice(countEnd + 1, whoEnd)).on(count === 0 ? [] : resources),
      })
    }
    return calls.length === number(row.calls) ? calls : null
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
  callOfRow(row: Row): DecidedCall {
    const resource = text(row.resource)
    const resources = text(row.several)?.split(TAB) ?? (resource === null ? [] : [resource])
    const context = this.#keys.map((_, i) => text(row[`c${i}`]))
    if (this.#asksWho) context.push(text(row[`c${this.#keys.length}`]))
    // a tab within one of several makes more of them
    const isKnown = row.resource_known === true && resources.length === number(row.resource_count)
    const alike = this.#alikeAs(isKnown, text(row.account_id) ?? '', text(row.caller) ?? '', context)
    return { resource, ...timesOf(row), verdict: alike.on(resources) }
  }
}

/** Where the next tab is; behind the end: there is none. */
function tabIn(lines: string, from: number, end: number): number {
  const tab = lines.indexOf(TAB, from)
  return tab === -1 || tab > end ? end + 1 : tab
}

function timesOf(row: Row): Pick<DecidedCall, 'calls' | 'lastSeen'> {
  return { calls: number(row.calls), lastSeen: number(row.last_seen) }
}

const PASS_ROLE = 'iam:PassRole'

function passedCall(row: Row, verdicts: Verdicts): DecidedCall {
  const resource = text(row.resource)!
  const alike = verdicts.ofAlike({
    action: PASS_ROLE,
    principal: principalOf(text(row.principal) ?? ''),
    accountId: text(row.account_id) ?? '',
    isKnown: true,
    context: {},
  })
  return { resource, ...timesOf(row), verdict: alike.on([resource]) }
}

/** What a call is asked for, of the action that stands for it. */
function actionsOfCall(action: string): string[] {
  return action === 'kms:ReEncryptFrom' ? [action, 'kms:ReEncryptTo'] : [action]
}

/** The reading half of copies, by action. */
function copiesOf(rows: readonly Row[], verdicts: Verdicts): Map<string, DecidedCall[]> {
  const calls = new Map<string, DecidedCall[]>()
  for (const row of rows) {
    const source = copySourceOf(text(row.source), text(row.aws_region))
    const action = source?.isVersion ? 's3:GetObjectVersion' : 's3:GetObject'
    const alike = verdicts.ofAlike({
      action,
      principal: principalOf(text(row.principal) ?? ''),
      accountId: text(row.account_id) ?? '',
      isKnown: source !== null,
      context: {},
    })
    const call = { resource: source?.arn ?? null, ...timesOf(row), verdict: alike.on(source ? [source.arn] : []) }
    const before = calls.get(action)
    if (before) before.push(call)
    else calls.set(action, [call])
  }
  return calls
}

/** `bucket/key?versionId=ID`, percent-encoded, as it stands in the JSON of the request: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
function copySourceOf(written: string | null, region: string | null): { arn: string; isVersion: boolean } | null {
  const [, path = '', version] = /^\/?([^?]+)(\?versionId=.+)?$/s.exec(written ?? '') ?? []
  let name: string
  try {
    name = decodeURIComponent(JSON.parse(`"${path}"`) as string)
  } catch {
    return null
  }
  if (!name.includes('/')) return null
  return {
    arn: name.startsWith('arn:') ? name : `arn:${partitionOf(region)}:s3:::${name}`,
    isVersion: version !== undefined,
  }
}

/** The resources that the action may be asked for; null: it is asked for one, and which is not known. */
export function resourcesOf(row: Row, action: string): (string | null)[] {
  const arns = (text(row.resources) ?? text(row.resource) ?? '').split('\n').filter((arn) => arn !== '')
  return [...(askedOf(kindsOf(action), row.resource_known === true ? arns : null) ?? [null])]
}

/** What an answer takes for granted. */
export const ASSUMPTIONS: readonly string[] = [
  'permissions boundary, organization policies and the policies of resources stay as they are and let the calls pass',
  'what a resource policy alone allows today is asked of the new policy all the same',
]
