/**
 * Rules as queries, in the SQL that means the same on DuckDB (with our macros) and on Trino: flat columns only, no JSON
 * functions, no integer division, lists only by functions that both have.
 */
import { literal } from '../engines/engine.ts'
import type {
  DetectionContext,
  EventRule,
  FirstSeenRule,
  HabitRule,
  Rule,
  Scope,
  Steps,
  WindowRule,
} from './detection.ts'
import { SUBJECT } from './detection.ts'

/** A hit lists this many events at most, and counts the rest. */
export const MAX_EVENT_IDS = 100

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

/** Two values as one text, to be looked for in a table. */
export function pairOf(one: string, other: string): string {
  return `${one} || ' ' || CAST(${other} AS varchar)`
}

/** Refused for want of permission, in the words of the different services. */
export const DENIED = `(${['AccessDenied', 'UnauthorizedOperation', 'UnauthorizedAccess', 'AuthorizationError']
  .map((code) => `strpos(error_code, '${code}') > 0`)
  .join(' OR ')})`

/** How the root user is called where a request names it: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html */
export const ROOT_NAMES = "('root', '<root_account>', 'AWS ROOT USER')"

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

/** One question for all single-event rules, one row a hit, with the code of its rule. */
export function eventSteps(rules: readonly (readonly [code: string, rule: EventRule])[], scope: Scope): Steps {
  const names = [...new Set(rules.flatMap(([, rule]) => rule.names ?? []))]
  const anyName = rules.filter(([, rule]) => !rule.names)
  const agents = rules.filter(([, { agent }]) => agent !== undefined)
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
  const cases = rules.map(([code, rule]) => `CASE WHEN ${eventWhere(code, rule)} THEN '${code}' END`)
  return {
    tables: Object.fromEntries(agents.map(([code, { agent }]) => [agentsOf(code), agentsLike(agent!, scope)])),
    picked: [
      ...(names.length > 0 ? [`event_name IN ${listOf(names)}`] : []),
      ...anyName.map(([code, rule]) => eventWhere(code, rule)),
    ].join(' OR '),
    hits: `SELECT ${by.join(', ')}, subject, request, ${ANY(columns)},
  count(DISTINCT source_ip) AS distinct_count, ${AGGREGATES}
FROM (
  SELECT *, ${perCode((rule) => rule.subject ?? null, SUBJECT)} AS subject,
    ${perCode((rule) => (rule.needsRequest ? 'request_parameters' : null), 'CAST(NULL AS varchar)')} AS request,
    ${perCall('event_source')} AS call_source, ${perCall('event_name')} AS call_name, ${perCall('error_code')} AS call_error
  FROM (SELECT *, ARRAY[${cases.join(',\n      ')}] AS codes FROM {{picked}}) AS candidates
    CROSS JOIN UNNEST(codes) AS u(code)
  WHERE code IS NOT NULL
) AS described
GROUP BY ${[...by, ...apart].join(', ')}`,
  }
}

function eventWhere(code: string, { names, where, agent }: EventRule): string {
  const isNamed = names ? `event_name IN ${listOf(names)} AND ` : ''
  const isAgent = agent === undefined ? '' : ` AND user_agent IN (SELECT user_agent FROM {{${agentsOf(code)}}})`
  return `(${isNamed}(${where})${isAgent})`
}

const agentsOf = (code: string) => `${code.toLowerCase()}_agents`

/** User agents are many times fewer than events: the pattern is looked for in each once. */
function agentsLike(pattern: string, scope: Scope): string {
  return `SELECT user_agent FROM (SELECT user_agent FROM {{events}} WHERE ${reported(scope)} GROUP BY user_agent) AS agents
WHERE regexp_like(lower(user_agent), ${literal(pattern)})`
}

/** The questions of any other rule. */
export function ruleSteps(rule: Exclude<Rule, EventRule>, scope: Scope, context: DetectionContext): Steps[] {
  switch (rule.form) {
    case 'window':
      return windowSteps(rule, scope)
    case 'first-seen':
      return [newPairs(rule, scope)]
    case 'habit':
      return [habitSteps(rule, scope)]
    case 'query':
      return rule.steps(scope, context)
  }
}

/**
 * Windows start every half of their length, so that what happens within half a window is never cut in two. Windows
 * that overlap are put together by the caller.
 */
function windowSteps({ where, per, minutes, distinct, atLeast, or }: WindowRule, scope: Scope): Steps[] {
  const slot = `CAST(floor(to_unixtime(event_time) / ${minutes * 30}) AS bigint)`
  const counted = distinct ? `count(DISTINCT ${distinct})` : 'count(*)'
  return per.map((by) => ({
    tables: {
      crowded: `SELECT ${by.map((column, i) => `${column} AS by${i}`).join(', ')}, window_start
FROM (SELECT *, ${slot} AS slot FROM {{events}} WHERE ${reported(scope)} AND (${where})) AS slotted
  CROSS JOIN UNNEST(ARRAY[slot, slot - 1]) AS w(window_start)
WHERE ${by.map((column) => `${column} IS NOT NULL`).join(' AND ')}
GROUP BY window_start, ${by.join(', ')}
HAVING ${counted} >= ${atLeast}${or ? ` OR ${or}` : ''}`,
    },
    picked: where,
    among: { value: by.at(-1)!, table: 'crowded', values: `by${by.length - 1}` },
    hits: `SELECT ${hitColumns({ by, distinct: counted, subject: literal(by.join(', ')) })}
FROM (SELECT *, ${slot} AS slot FROM {{picked}}) AS e
  JOIN (
    SELECT crowded.*, in_slot
    FROM {{crowded}} AS crowded CROSS JOIN UNNEST(ARRAY[window_start, window_start + 1]) AS s(in_slot)
  ) AS alarms ON alarms.in_slot = e.slot AND ${by.map((column, i) => `alarms.by${i} = e.${column}`).join(' AND ')}
GROUP BY window_start, ${by.join(', ')}`,
  }))
}

/** Pairs of a caller and of what it did that were never seen before, one row each. */
export function newPairs(rule: Omit<FirstSeenRule, 'form'> & { subject?: string }, scope: Scope): Steps {
  const { where, who, what, knownDays, since, atMost, having, subject = 'fresh.what' } = rule
  const known =
    since === 'caller'
      ? 'min(first_seen) OVER (PARTITION BY who)'
      : `(SELECT min(event_time) FROM {{events}} WHERE ${read(scope)})`
  return {
    tables: {
      fresh: `SELECT who, what, first_seen FROM (
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
      }${having ? ' AND is_meant' : ''}`,
    },
    picked: where,
    among: { value: pairOf(who, what), table: 'fresh', values: pairOf('who', 'what') },
    hits: `SELECT ${hitColumns({ by: [], subject })}
FROM {{picked}} AS e JOIN {{fresh}} AS fresh ON ${who} = fresh.who AND ${what} = fresh.what
GROUP BY fresh.who, fresh.what`,
  }
}

function habitSteps({ where, who, what, settledDays, always }: HabitRule, scope: Scope): Steps {
  // who calls may not be known, and is one caller then
  const known = (expression: string) => `coalesce(${expression}, '')`
  return {
    tables: {
      begun: `SELECT ${known(who)} AS who, ${what} AS what, min(event_time) AS first_done
FROM {{events}} WHERE ${read(scope)} AND (${where})
GROUP BY ${known(who)}, ${what}`,
    },
    picked: where,
    among: { value: what, table: 'begun', values: 'what' },
    hits: `SELECT ${hitColumns({ by: [], subject: 'begun.what' })}
FROM {{picked}} AS e JOIN {{begun}} AS begun ON ${known(who)} = begun.who AND ${what} = begun.what
WHERE event_time < first_done + INTERVAL '${settledDays}' DAY${always ? ` OR ${always}` : ''}
GROUP BY begun.who, begun.what`,
  }
}
