/** The events of some keys, for an incident: first those that made sessions and keys or changed something. */
import type { KeyEvent } from '../../model/incident.ts'
import { ACTION, ask, IN_DAYS, inList, type Question, text } from './scope.ts'

const MOST = 20_000
/** Of an event. */
export const MOST_RESOURCES = 20

const COLUMNS = `event_id, event_time, aws_region, ${ACTION} AS action, read_only, error_code, access_key_id, principal_arn,
  identity_type, user_name, source_ip, network, agent_family, array_join(resources, chr(10)) AS resources,
  target_role_arn, target_user, new_access_key`

const OF_KEYS = (list: string) => `
SELECT ${COLUMNS}
FROM {{events}}
WHERE ${IN_DAYS} AND access_key_id IN ${list}
ORDER BY CASE WHEN new_access_key IS NOT NULL THEN 0 WHEN read_only THEN 2 ELSE 1 END, event_time DESC, event_id
LIMIT ${MOST}`

/** 20,000 at most: @returns whether there were more, as well */
export async function keyEvents(
  question: Question,
  keys: readonly string[],
): Promise<{ events: KeyEvent[]; cut: boolean }> {
  const { sql, params } = inList(keys)
  const rows = await ask(question, OF_KEYS(sql), params)
  return { events: rows.map(asEvent), cut: rows.length === MOST }
}

function asEvent(row: Awaited<ReturnType<typeof ask>>[number]): KeyEvent {
  return {
    eventId: text(row.event_id)!,
    time: text(row.event_time)!,
    region: text(row.aws_region),
    action: text(row.action)!,
    readOnly: row.read_only === true,
    errorCode: text(row.error_code),
    accessKeyId: text(row.access_key_id),
    principal: text(row.principal_arn),
    identityType: text(row.identity_type),
    userName: text(row.user_name),
    sourceIp: text(row.source_ip),
    network: text(row.network),
    agent: text(row.agent_family),
    resources: (text(row.resources) ?? '')
      .split('\n')
      .filter((arn) => arn !== '')
      .slice(0, MOST_RESOURCES),
    role: text(row.target_role_arn),
    targetUser: text(row.target_user),
    newAccessKeyId: text(row.new_access_key),
  }
}
