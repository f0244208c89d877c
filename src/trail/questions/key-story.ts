/** `trail KEY`: what did this key do, from where, what did it touch, who else used it. */
import type { KeyStory } from '../../model/trail.ts'
import { COLUMN_NAMES } from '../columns.ts'
import { type Kept, overEvents } from '../engines/engine.ts'
import type { AwsPlaces } from '../names/aws-places.ts'
import { consumersOf } from './consumers.ts'
import { type AlarmSettings, keyAlarms, REQUEST_IS_READ } from './key-alarms.ts'
import { keyActivities } from './keys.ts'
import { ACTION, ask, IN_DAYS, inList, number, type Question, text } from './scope.ts'
import { usedActions } from './usage.ts'
import type { Who } from './who.ts'

const CHANGES_SHOWN = 200

const CHANGES = `
SELECT event_time, ${ACTION} AS action, resource, aws_region, network, event_id
FROM {{events}}
WHERE ${IN_DAYS} AND access_key_id = {{key}} AND read_only = false AND error_code IS NULL
ORDER BY event_time DESC, event_id
LIMIT ${CHANGES_SHOWN}`

const CHANGED_BY = `
SELECT ${ACTION} AS action, count(*) AS calls, count(DISTINCT resource) AS resources, min(resource) AS example,
  min(event_time) AS first_seen, max(event_time) AS last_seen
FROM {{events}}
WHERE ${IN_DAYS} AND access_key_id = {{key}} AND read_only = false AND error_code IS NULL
GROUP BY ${ACTION}
ORDER BY action`

const MADE = (list: string) => `
SELECT new_access_key, min(${ACTION}) AS action, min(coalesce(target_role_arn, target_user)) AS target
FROM {{events}}
WHERE ${IN_DAYS} AND access_key_id IN ${list} AND new_access_key IS NOT NULL
GROUP BY new_access_key
ORDER BY new_access_key
LIMIT 1000`

const USED = (list: string) => `
SELECT access_key_id, count(*) AS calls, max(event_time) AS last_seen, min(principal_arn) AS principal
FROM {{events}}
WHERE ${IN_DAYS} AND access_key_id IN ${list}
GROUP BY access_key_id
ORDER BY access_key_id`

const OTHER_KEYS = `
WITH mine AS (
  SELECT DISTINCT principal_arn, network, ip_class FROM {{events}} WHERE ${IN_DAYS} AND access_key_id = {{key}}),
others AS (
  SELECT access_key_id, principal_arn, network, count(*) AS calls
  FROM {{events}}
  WHERE ${IN_DAYS} AND access_key_id <> {{key}} AND key_kind = 'long-term'
  GROUP BY access_key_id, principal_arn, network)
SELECT access_key_id, min(others.principal_arn) AS principal, sum(calls) AS calls,
  max(CASE WHEN others.principal_arn IN (SELECT principal_arn FROM mine WHERE principal_arn IS NOT NULL) THEN 1 ELSE 0 END) AS same_principal
FROM others
WHERE others.principal_arn IN (SELECT principal_arn FROM mine WHERE principal_arn IS NOT NULL)
  OR others.network IN (SELECT network FROM mine WHERE ip_class IN ('public', 'aws') AND network IS NOT NULL)
GROUP BY access_key_id
ORDER BY same_principal DESC, calls DESC, access_key_id
LIMIT 50`

export interface StoryOptions {
  /** Where AWS's addresses are. */
  awsPlaces?: AwsPlaces | null
  /** Default: nothing is allowed for. */
  settings?: AlarmSettings
}

/** null: the key is in no event of these days. */
export async function keyStory(
  question: Question,
  accessKeyId: string,
  options: StoryOptions = {},
): Promise<KeyStory | null> {
  const [key] = await keyActivities(question, { accessKeyId, awsPlaces: options.awsPlaces ?? null })
  if (!key) return null
  const kept = key.calls > MOST_KEPT ? null : await keptEvents(question, accessKeyId)
  try {
    const own = await ownStory(
      kept ? { ...question, engine: overEvents(question.engine, kept.table) } : question,
      accessKeyId,
      options,
    )
    const otherKeys = await ask(question, OTHER_KEYS, { key: accessKeyId })
    return {
      key,
      ...own,
      descendants: await descendantsOf(question, accessKeyId),
      otherKeys: otherKeys.map((row) => ({
        accessKeyId: text(row.access_key_id)!,
        principal: text(row.principal),
        calls: number(row.calls),
        why: number(row.same_principal) === 1 ? 'same-principal' : 'same-network',
      })),
    }
  } finally {
    await kept?.drop()
  }
}

/** Events of a key that are held in memory for the questions about them, if there is room. */
const MOST_KEPT = 2_000_000

/** The longest columns, of which nothing is asked here. */
const NOT_KEPT = ['additional', 'error_message']

async function keptEvents({ engine, within, signal }: Question, key: string): Promise<Kept | null> {
  const columns = COLUMN_NAMES.filter((name) => !NOT_KEPT.includes(name)).map((name) =>
    name === 'request_parameters' ? `CASE WHEN ${REQUEST_IS_READ} THEN ${name} END AS ${name}` : name,
  )
  const sql = `SELECT ${columns.join(', ')} FROM {{events}} WHERE ${IN_DAYS} AND access_key_id = {{key}}`
  return (await engine.keep?.(sql, { ...within, key }, signal)) ?? null
}

/** What is in the events of the key itself. */
async function ownStory(
  question: Question,
  accessKeyId: string,
  { awsPlaces = null, settings }: StoryOptions,
): Promise<Omit<KeyStory, 'key' | 'descendants' | 'otherKeys'>> {
  const who: Who = { filter: 'access_key_id = {{who}}', params: { who: accessKeyId }, label: accessKeyId, kind: 'key' }
  const params = { key: accessKeyId }
  const changes = await ask(question, CHANGES, params)
  const changedBy = (await ask(question, CHANGED_BY, params)).map((row) => ({
    action: text(row.action)!,
    calls: number(row.calls),
    resources: number(row.resources),
    example: text(row.example),
    firstSeen: text(row.first_seen)!,
    lastSeen: text(row.last_seen)!,
  }))
  return {
    alarms: await keyAlarms(question, accessKeyId, settings),
    actions: await usedActions(question, who, awsPlaces),
    consumers: await consumersOf(question, who, awsPlaces),
    changes: changes.reverse().map((row) => ({
      time: text(row.event_time)!,
      action: text(row.action)!,
      resource: text(row.resource),
      region: text(row.aws_region),
      network: text(row.network),
    })),
    changesInAll: changedBy.reduce((sum, { calls }) => sum + calls, 0),
    changedBy,
  }
}

/** Keys that a key made, those that they made, and so on: four steps at most, 1,000 keys in each. */
async function descendantsOf(question: Question, accessKeyId: string): Promise<KeyStory['descendants']> {
  const found = new Map<string, KeyStory['descendants'][number]>()
  let makers = [accessKeyId]
  for (let step = 0; step < 4 && makers.length > 0; step++) {
    const { sql, params } = inList(makers)
    const rows = await ask(question, MADE(sql), params)
    makers = []
    for (const row of rows) {
      const id = text(row.new_access_key)!
      if (found.has(id) || id === accessKeyId) continue
      const target = text(row.target)
      found.set(id, {
        accessKeyId: id,
        how: `${text(row.action)}${target === null ? '' : ` ${target}`}`,
        principal: null,
        calls: 0,
        lastSeen: null,
      })
      makers.push(id)
    }
  }
  const keys = [...found.keys()]
  for (let i = 0; i < keys.length; i += 1_000) {
    const { sql, params } = inList(keys.slice(i, i + 1_000))
    for (const row of await ask(question, USED(sql), params))
      Object.assign(found.get(text(row.access_key_id)!)!, {
        principal: text(row.principal),
        calls: number(row.calls),
        lastSeen: text(row.last_seen),
      })
  }
  return [...found.values()]
}
