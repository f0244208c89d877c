/** The calls of one key since some moment, failed ones too. */
import { ACTION, ask, IN_DAYS, type Question, text } from './scope.ts'

export interface KeyCall {
  eventId: string
  time: string
  service: string
  action: string
  sourceIp: string | null
  userAgent: string | null
  invokedBy: string | null
  region: string | null
  errorCode: string | null
}

const MOST_CALLS = 1000

const CALLS = `
SELECT event_id, event_time, service, ${ACTION} AS action_name, source_ip, user_agent, invoked_by, aws_region, error_code
FROM {{events}}
WHERE ${IN_DAYS} AND access_key_id = {{key}} AND event_time >= CAST({{since}} AS timestamp)
ORDER BY event_time, event_id
LIMIT ${MOST_CALLS}`

/** @param since ISO 8601 */
export async function keyCalls(question: Question, accessKeyId: string, since: string): Promise<KeyCall[]> {
  // both engines take a moment without `T` and `Z`
  const moment = new Date(since).toISOString().replace('T', ' ').replace('Z', '')
  const rows = await ask(question, CALLS, { key: accessKeyId, since: moment })
  return rows.map((row) => ({
    eventId: text(row.event_id)!,
    time: text(row.event_time)!,
    service: text(row.service) ?? '',
    action: text(row.action_name)!,
    sourceIp: text(row.source_ip),
    userAgent: text(row.user_agent),
    invokedBy: text(row.invoked_by),
    region: text(row.aws_region),
    errorCode: text(row.error_code),
  }))
}
