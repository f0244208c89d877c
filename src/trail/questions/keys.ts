/** `trail keys`: every access key, when it was seen, from where and with what. */
import type { KeyActivity } from '../../model/trail.ts'
import type { Row } from '../engines/engine.ts'
import type { AwsPlaces } from '../names/aws-places.ts'
import { placesOfGroups } from './aws-places.ts'
import { ask, IN_DAYS, IS_DENIED, number, type Question, text, words } from './scope.ts'

const OVERVIEW = (filter: string) => `
SELECT access_key_id, min(key_kind) AS key_kind, max_by(account_id, event_id) AS account_id,
  max_by(principal_arn, event_id) AS principal,
  min(event_time) AS first_seen, max(event_time) AS last_seen, count(DISTINCT day) AS days_active,
  count(*) AS calls, count_if(error_code IS NOT NULL) AS errors, count_if(${IS_DENIED}) AS denied,
  array_join(array_agg(DISTINCT service ORDER BY service), ' ') AS services,
  array_join(array_agg(DISTINCT aws_region ORDER BY aws_region), ' ') AS regions,
  array_join(array_agg(DISTINCT agent_family ORDER BY agent_family), ' ') AS agents,
  count(DISTINCT CASE WHEN ip_class <> 'aws-service' THEN network END) AS networks,
  count(DISTINCT CASE WHEN ip_class <> 'aws-service' THEN source_ip END) AS addresses,
  count(DISTINCT user_agent) AS user_agents,
  count_if(invoked_by IS NOT NULL OR ip_class = 'aws-service') AS through_service,
  count_if(ec2_delivery) AS from_instance, count_if(ip_class = 'aws') AS from_aws, count_if(mfa) AS with_mfa
FROM {{events}}
WHERE ${IN_DAYS} AND ${filter}
GROUP BY access_key_id
ORDER BY access_key_id`

const AT_ONCE = (filter: string) => `
WITH hours AS (
  SELECT access_key_id, date_trunc('hour', event_time) AS hour_start, count(DISTINCT network) AS networks
  FROM {{events}}
  WHERE ${IN_DAYS} AND ${filter} AND ip_class IN ('public', 'aws', 'private')
  GROUP BY access_key_id, date_trunc('hour', event_time))
SELECT access_key_id, max(networks) AS networks FROM hours GROUP BY access_key_id ORDER BY access_key_id`

export interface KeysOptions {
  /** Keys of STS, too. */
  temporary?: boolean
  /** Only this one. */
  accessKeyId?: string
  /** Where AWS's addresses are. */
  awsPlaces?: AwsPlaces | null
}

/** In the order of their IDs. */
export async function keyActivities(
  question: Question,
  { temporary, accessKeyId, awsPlaces = null }: KeysOptions = {},
): Promise<KeyActivity[]> {
  const filter =
    accessKeyId !== undefined
      ? 'access_key_id = {{key}}'
      : temporary
        ? 'access_key_id IS NOT NULL'
        : "key_kind = 'long-term'"
  const params: Record<string, string> = accessKeyId === undefined ? {} : { key: accessKeyId }
  const rows = await ask(question, OVERVIEW(filter), params)
  const atOnce = new Map(
    (await ask(question, AT_ONCE(filter), params)).map((row) => [row.access_key_id, number(row.networks)]),
  )
  const keys = rows.map((row) => activityOf(row, atOnce.get(row.access_key_id!) ?? 0))
  if (!awsPlaces) return keys
  const placesOf = await placesOfGroups(question, awsPlaces, ['access_key_id'], { filter, params })
  return keys.map((key) => ({ ...key, aws: placesOf({ access_key_id: key.accessKeyId }) }))
}

function activityOf(row: Row, networksAtOnce: number): KeyActivity {
  return {
    accessKeyId: text(row.access_key_id)!,
    keyKind: text(row.key_kind) as KeyActivity['keyKind'],
    accountId: text(row.account_id),
    principal: text(row.principal),
    firstSeen: text(row.first_seen)!,
    lastSeen: text(row.last_seen)!,
    daysActive: number(row.days_active),
    calls: number(row.calls),
    errors: number(row.errors),
    denied: number(row.denied),
    services: words(row.services),
    regions: words(row.regions),
    agents: words(row.agents),
    networks: number(row.networks),
    addresses: number(row.addresses),
    userAgents: number(row.user_agents),
    networksAtOnce,
    throughService: number(row.through_service),
    fromInstance: number(row.from_instance),
    fromAws: number(row.from_aws),
    withMfa: number(row.with_mfa),
  }
}
