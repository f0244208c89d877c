/**
 * Rules as queries, in the SQL that means the same on DuckDB (with our macros) and on Trino: flat columns only, no JSON
 * functions, no integer division, lists only by functions that both have.
 */
import { COLUMN_NAMES } from '../columns.ts'
import type { DetectionContext, EventRule, FirstSeenRule, HabitRule, Rule, Scope, WindowRule } from './detection.ts'
import { SUBJECT } from './detection.ts'

/** A hit lists this many events at most, and counts the rest. */
export const MAX_EVENT_IDS = 100

/** A text as an SQL literal, for what is not known to be harmless. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** `('a', 'b')`, for `IN`. */
export function listOf(texts: readonly string[]): string {
  return `(${texts.map(literal).join(', ')})`
}

/**
 * Whether a column is one of these. Beside a list, DuckDB unpacks every column of every row; the same within a function
 * it asks before that.
 */
export function isOneOf(column: string, texts: readonly string[]): string {
  return `${column} IN ${listOf(texts)} AND coalesce(${column}, '') IN ${listOf(texts)}`
}

/** Refused for want of permission, in the words of the different services. */
export const DENIED =
  "(error_code IN ('AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'Client.UnauthorizedOperation') OR strpos(error_code, 'UnauthorizedAccess') > 0)"

export const SUCCEEDED = 'error_code IS NULL'

/** A person's or a program's own call: neither AWS for itself nor a service in someone's name. */
export const DIRECT =
  "invoked_by IS NULL AND ip_class <> 'aws-service' AND coalesce(event_type, '') <> 'AwsServiceEvent'"

/** Made for someone else than the caller. */
export const FOR_ANOTHER_USER =
  "target_user IS NOT NULL AND NOT (identity_type = 'IAMUser' AND lower(user_name) = lower(target_user))"

/** The bounds of what is reported. */
export function reported({ since }: Scope, time = 'event_time'): string {
  // the day is the partition: without a bound on it every file would be opened
  return since === null
    ? 'TRUE'
    : `${time === 'event_time' ? `day >= DATE '${since.slice(0, 10)}' AND ` : ''}${time} >= ${timestamp(since)}`
}

/** The bounds of what is read, by rules that look back. */
export function read({ fromDay }: Scope): string {
  return fromDay === null ? 'TRUE' : `day >= DATE '${fromDay}'`
}

/** An ISO time in UTC, whose form was checked, as a literal. */
export function timestamp(iso: string): string {
  return `TIMESTAMP '${new Date(iso).toISOString().slice(0, 23).replace('T', ' ')}'`
}

/** None, one, or several: to count them all would take most of the time of many a query, and nobody asks. */
const SOME = (column: string) =>
  `CASE WHEN min(${column}) = max(${column}) THEN 1 WHEN min(${column}) IS NULL THEN 0 ELSE 2 END`

/** What a query must give of a group of events, in this order. Aggregates over rows of events. */
export const AGGREGATES = `count(DISTINCT source_ip) AS addresses, ${SOME('network')} AS networks,
  ${SOME('user_agent')} AS agents, ${SOME('session_name')} AS sessions,
  min(event_time) AS first_time, max(event_time) AS last_time, count(*) AS n,
  array_join(min(date_format(event_time, '%Y-%m-%d %H:%i:%s') || ' ' || event_id, ${MAX_EVENT_IDS}), chr(10)) AS event_ids`

/** The facts of a group that need not be the same in all of it. */
const ANY = (columns: readonly string[]) => columns.map((column) => `min(${column}) AS ${column}`).join(', ')

const COLUMNS = [
  'account_id',
  'principal_arn',
  'access_key_id',
  'identity_type',
  'session_name',
  'event_source',
  'event_name',
  'source_ip',
  'user_agent',
  'aws_region',
  'error_code',
] as const

/**
 * The columns of a group of events, for a query's SELECT: those that the group has in common, any of the others.
 * @param by the columns of the GROUP BY
 * @param subject what the hit is about, as an SQL expression over the group
 * @param distinct what is counted, as an SQL expression over the group
 */
export function hitColumns({
  by,
  subject = 'CAST(NULL AS varchar)',
  distinct = 'count(DISTINCT source_ip)',
}: {
  by: readonly string[]
  subject?: string
  distinct?: string
}): string {
  const columns = COLUMNS.map((column) => (by.includes(column) ? column : `min(${column}) AS ${column}`))
  return `${columns.join(', ')}, ${subject} AS subject, ${distinct} AS distinct_count, ${AGGREGATES}`
}

/** One query for all single-event rules, one row a hit, with the code of its rule. */
export function eventSql(rules: readonly (readonly [code: string, rule: EventRule])[], scope: Scope): string {
  const named = rules.filter(([, { names }]) => names)
  const names = [...new Set(named.flatMap(([, rule]) => rule.names ?? []))]
  const cases = named.map(
    ([code, rule]) => `CASE WHEN event_name IN ${listOf(rule.names!)} AND (${rule.where}) THEN '${code}' END`,
  )
  // each of the others by itself: a plain condition lets an engine pass over what it need not unpack
  const hits = rules
    .filter(([, rule]) => !rule.names)
    .map(
      ([code, rule]) =>
        `SELECT ${COLUMN_NAMES.join(', ')}, '${code}' AS code FROM {{events}} WHERE ${reported(scope)} AND (${anyNameWhere(rule, scope)})`,
    )
  if (named.length > 0)
    hits.unshift(`SELECT ${COLUMN_NAMES.join(', ')}, code FROM (
    SELECT *, ARRAY[${cases.join(',\n      ')}] AS codes
    FROM {{events}}
    WHERE ${reported(scope)} AND event_name IN ${listOf(names)}
  ) AS candidates CROSS JOIN UNNEST(codes) AS u(code) WHERE code IS NOT NULL`)
  const perCode = (value: (rule: EventRule) => string | null, other: string) => {
    const whens = rules.flatMap(([code, rule]) => {
      const text = value(rule)
      return text === null ? [] : [`WHEN '${code}' THEN ${text}`]
    })
    return whens.length === 0 ? other : `CASE code ${whens.join(' ')} ELSE ${other} END`
  }
  const by = ['code', 'account_id', 'principal_arn', 'access_key_id', 'identity_type']
  const columns = COLUMNS.filter((column) => !by.includes(column))
  const apart = ['call_source', 'call_name', 'call_error', 'subject', 'request']
  const perCall = (column: string) => perCode(({ anyCall }) => (anyCall ? 'CAST(NULL AS varchar)' : null), column)
  return `WITH hits AS (
  ${hits.join('\n  UNION ALL\n  ')}
), described AS (
  SELECT *, ${perCode((rule) => rule.subject ?? null, SUBJECT)} AS subject,
    ${perCode((rule) => (rule.needsRequest ? 'request_parameters' : null), 'CAST(NULL AS varchar)')} AS request,
    ${perCall('event_source')} AS call_source, ${perCall('event_name')} AS call_name, ${perCall('error_code')} AS call_error
  FROM hits
)
SELECT ${by.join(', ')}, subject, request, ${ANY(columns)},
  count(DISTINCT source_ip) AS distinct_count, ${AGGREGATES}
FROM described
GROUP BY ${[...by, ...apart].join(', ')}`
}

/** User agents are many times fewer than events: the pattern is looked for in each once. */
function anyNameWhere({ where, agent }: EventRule, scope: Scope): string {
  if (agent === undefined) return where
  return `${where} AND user_agent IN (
      SELECT user_agent FROM (SELECT user_agent FROM {{events}} WHERE ${reported(scope)} GROUP BY user_agent) AS agents
      WHERE regexp_like(lower(user_agent), ${literal(agent)}))`
}

/** The query of any other rule. */
export function ruleSql(rule: Exclude<Rule, EventRule>, scope: Scope, context: DetectionContext): string {
  switch (rule.form) {
    case 'window':
      return windowSql(rule, scope)
    case 'first-seen':
      return newPairsSql(rule, scope)
    case 'habit':
      return habitSql(rule, scope)
    case 'query':
      return rule.sql(scope, context)
  }
}

/**
 * Windows start every half of their length, so that what happens within half a window is never cut in two. Windows
 * that overlap are put together by the caller. Two steps: the windows are found with the fewest columns, and only of
 * those that are meant everything is read.
 */
function windowSql({ where, per, minutes, distinct, atLeast, or }: WindowRule, scope: Scope): string {
  const slot = `CAST(floor(to_unixtime(event_time) / ${minutes * 30}) AS bigint)`
  const counted = distinct ? `count(DISTINCT ${distinct})` : 'count(*)'
  const isMeant = `${reported(scope)} AND (${where})`
  return per
    .map((by, place) => {
      const named = by.map((column, i) => `${column} AS by${i}`).join(', ')
      const names = by.map((_, i) => `by${i}`).join(', ')
      return `SELECT * FROM (
WITH crowded AS (
  SELECT ${named}, window_start
  FROM (SELECT *, ${slot} AS slot FROM {{events}} WHERE ${isMeant}) AS slotted
    CROSS JOIN UNNEST(ARRAY[slot, slot - 1]) AS w(window_start)
  WHERE ${by.map((column) => `${column} IS NOT NULL`).join(' AND ')}
  GROUP BY window_start, ${by.join(', ')}
  HAVING ${counted} >= ${atLeast}${or ? ` OR ${or}` : ''}
), alarms AS (
  SELECT ${names}, window_start, in_slot
  FROM crowded CROSS JOIN UNNEST(ARRAY[window_start, window_start + 1]) AS s(in_slot)
)
SELECT ${hitColumns({ by, distinct: counted, subject: literal(by.join(', ')) })}
FROM (
  SELECT *, ${slot} AS slot FROM {{events}} WHERE ${isMeant} AND ${by.at(-1)} IN (SELECT by${by.length - 1} FROM crowded)
) AS e JOIN alarms ON alarms.in_slot = e.slot AND ${by.map((column, i) => `alarms.by${i} = e.${column}`).join(' AND ')}
GROUP BY window_start, ${by.join(', ')}
) AS windows${place}`
    })
    .join('\nUNION ALL\n')
}

/**
 * Pairs of a caller and of what it did that were never seen before, one row each. Two steps: the pairs are found with
 * the fewest columns, and only of the new ones everything is read.
 */
export function newPairsSql(rule: Omit<FirstSeenRule, 'form'> & { subject?: string }, scope: Scope): string {
  const { where, who, what, knownDays, since, atMost, having, subject = 'fresh.what' } = rule
  const known =
    since === 'caller'
      ? 'min(first_seen) OVER (PARTITION BY who)'
      : `(SELECT min(event_time) FROM {{events}} WHERE ${read(scope)})`
  return `SELECT * FROM (
WITH fresh AS (
  SELECT who, what, first_seen FROM (
    SELECT seen.*, ${known} AS known_since, row_number() OVER (PARTITION BY who ORDER BY first_seen, what) AS place
    FROM (
      SELECT ${who} AS who, ${what} AS what, min(event_time) AS first_seen${having ? `, (${having}) AS is_meant` : ''}
      FROM {{events}} WHERE ${read(scope)} AND (${where})
      GROUP BY ${who}, ${what}
    ) AS seen
    WHERE who IS NOT NULL AND what IS NOT NULL
  ) AS ranked
  WHERE first_seen >= known_since + INTERVAL '${knownDays}' DAY AND ${reported(scope, 'first_seen')}${
    atMost ? ` AND place <= ${atMost}` : ''
  }${having ? ' AND is_meant' : ''}
)
SELECT fresh.who, ${hitColumns({ by: [], subject })}
FROM (
  SELECT * FROM {{events}}
  WHERE ${reported(scope)} AND (${where}) AND ${who} IN (SELECT who FROM fresh) AND ${what} IN (SELECT what FROM fresh)
) AS e JOIN fresh ON ${who} = fresh.who AND ${what} = fresh.what
GROUP BY fresh.who, fresh.what
) AS pairs`
}

function habitSql({ where, who, what, settledDays, always }: HabitRule, scope: Scope): string {
  return `WITH done AS (
  SELECT *, min(event_time) OVER (PARTITION BY who, what) AS first_done
  FROM (SELECT *, ${who} AS who, ${what} AS what FROM {{events}} WHERE ${read(scope)} AND (${where})) AS events
)
SELECT who, ${hitColumns({ by: [], subject: 'what' })}
FROM done
WHERE (event_time < first_done + INTERVAL '${settledDays}' DAY${always ? ` OR ${always}` : ''}) AND ${reported(scope)}
GROUP BY who, what`
}
