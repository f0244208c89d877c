/** `trail consumers`: who uses a key. That is who breaks when it goes. */
import type { Consumer, TrailScope } from '../../model/trail.ts'
import type { Row } from '../engines/engine.ts'
import type { AwsPlaces } from '../names/aws-places.ts'
import { placesOfGroups } from './aws-places.ts'
import { rhythmOf } from './cadence.ts'
import { ask, IN_DAYS, number, type Question, text, words } from './scope.ts'
import type { Who } from './who.ts'

const OF_ALL_KEYS = "key_kind = 'long-term'"

const GROUPED = (filter: string) => `
SELECT access_key_id, network, ip_class, agent_family, invoked_by, max(user_agent) AS user_agent,
  array_join(array_agg(DISTINCT service ORDER BY service), ' ') AS services,
  count(*) AS calls, count_if(error_code IS NOT NULL) AS errors, count(DISTINCT source_ip) AS addresses,
  count(DISTINCT day) AS days_active, count(DISTINCT date_trunc('hour', event_time)) AS hours_active,
  array_join(array_agg(DISTINCT CAST(day AS varchar) ORDER BY CAST(day AS varchar)), ' ') AS days,
  min(event_time) AS first_seen, max(event_time) AS last_seen
FROM (SELECT ${filter === OF_ALL_KEYS ? 'access_key_id' : 'CAST(NULL AS varchar) AS access_key_id'}, network, ip_class, agent_family, invoked_by, user_agent,
    service, error_code, source_ip, day, event_time, event_id
  FROM {{events}}
  WHERE ${IN_DAYS} AND ${filter}) AS calls
GROUP BY access_key_id, network, ip_class, agent_family, invoked_by`

const CONSUMERS = (filter: string) => `${GROUPED(filter)}
ORDER BY calls DESC, network, agent_family, invoked_by`

const OF_EACH_KEY = `
WITH grouped AS (${GROUPED(OF_ALL_KEYS)}),
ranked AS (
  SELECT grouped.*, row_number() OVER (PARTITION BY access_key_id ORDER BY calls DESC, network, agent_family, invoked_by) AS place
  FROM grouped)
SELECT * FROM ranked WHERE place <= 50 ORDER BY access_key_id, place`

const GROUP = ['network', 'agent_family', 'invoked_by'] as const

/**
 * The most active first.
 * @param awsPlaces where AWS's addresses are; null: not known
 */
export async function consumersOf(
  question: Question,
  who: Who,
  awsPlaces: AwsPlaces | null = null,
): Promise<Consumer[]> {
  const rows = await ask(question, CONSUMERS(who.filter), who.params)
  if (!awsPlaces) return rows.map(consumerOf)
  const placesOf = await placesOfGroups(question, awsPlaces, GROUP, who)
  return rows.map((row) => ({ ...consumerOf(row), aws: placesOf(row) }))
}

/** Those of every long-term key, 50 at most of each. */
export async function allConsumers(question: Question): Promise<Map<string, Consumer[]>> {
  const byKey = new Map<string, Consumer[]>()
  for (const row of await ask(question, OF_EACH_KEY)) {
    const key = text(row.access_key_id)!
    const consumers = byKey.get(key)
    if (consumers) consumers.push(consumerOf(row))
    else byKey.set(key, [consumerOf(row)])
  }
  return byKey
}

function consumerOf(row: Row): Consumer {
  const daysActive = number(row.days_active)
  const { cadence, next } = rhythmOf(words(row.days), number(row.hours_active) / Math.max(1, daysActive))
  return {
    network: text(row.network),
    ipClass: text(row.ip_class),
    agent: text(row.agent_family),
    userAgent: text(row.user_agent),
    invokedBy: text(row.invoked_by),
    services: words(row.services),
    calls: number(row.calls),
    errors: number(row.errors),
    addresses: number(row.addresses),
    daysActive,
    firstSeen: text(row.first_seen)!,
    lastSeen: text(row.last_seen)!,
    cadence,
    nextExpected: next,
  }
}

/** What the time that was ingested cannot tell: a job that comes once a month needs two months to be seen twice. */
export function horizonOf({ from, to }: TrailScope): string | null {
  if (from === null || to === null) return null
  const days = Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1
  if (days >= 95) return null
  const unseen = days >= 35 ? 'once a quarter' : days >= 8 ? 'once a month' : 'once a week'
  return `The events are of ${days} day${days === 1 ? '' : 's'}: whatever comes ${unseen} may not be among these.`
}
