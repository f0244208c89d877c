/** `trail errors`: what failed, whose, and why. */
import type { ErrorUse } from '../../model/trail.ts'
import { ACTION, ask, IN_DAYS, number, type Question, text } from './scope.ts'

const ERRORS = `
SELECT principal_arn, access_key_kept, action_name, error_code, count(*) AS calls,
  min(event_time) AS first_seen, max(event_time) AS last_seen,
  max_by(error_message, CAST(event_time AS varchar) || event_id) AS message
FROM (
  SELECT principal_arn, CASE WHEN key_kind = 'long-term' THEN access_key_id END AS access_key_kept,
    ${ACTION} AS action_name, error_code, event_time, error_message, event_id
  FROM {{events}}
  WHERE ${IN_DAYS} AND error_code IS NOT NULL) AS failed
GROUP BY principal_arn, access_key_kept, action_name, error_code
ORDER BY calls DESC, principal_arn, access_key_kept, action_name, error_code`

/** The most frequent first. Of temporary keys only the principal is told: each is another. */
export async function errorUses(question: Question): Promise<ErrorUse[]> {
  return (await ask(question, ERRORS)).map((row) => ({
    principal: text(row.principal_arn),
    accessKeyId: text(row.access_key_kept),
    action: text(row.action_name)!,
    errorCode: text(row.error_code)!,
    calls: number(row.calls),
    firstSeen: text(row.first_seen)!,
    lastSeen: text(row.last_seen)!,
    message: text(row.message),
  }))
}
