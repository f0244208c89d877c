/** `trail root`: what the root users did. */
import type { RootUse } from '../../model/trail.ts'
import { ACTION, ask, IN_DAYS, number, type Question, text } from './scope.ts'

/** What a service does on its own in the name of the root user is not its use. */
export const BY_ROOT = "identity_type = 'Root' AND invoked_by IS NULL AND coalesce(event_type, '') <> 'AwsServiceEvent'"

const ROOT = `
SELECT account_id, ${ACTION} AS action, access_key_id, network, agent_family, mfa, count(*) AS calls,
  count_if(error_code IS NOT NULL OR console_login_result = 'Failure') AS errors,
  min(event_time) AS first_seen, max(event_time) AS last_seen
FROM {{events}}
WHERE ${IN_DAYS} AND ${BY_ROOT}
GROUP BY account_id, ${ACTION}, access_key_id, network, agent_family, mfa
ORDER BY last_seen DESC, account_id, action, network, agent_family, access_key_id, mfa`

/** The latest first. */
export async function rootUses(question: Question): Promise<RootUse[]> {
  return (await ask(question, ROOT)).map((row) => ({
    accountId: text(row.account_id),
    action: text(row.action)!,
    accessKeyId: text(row.access_key_id),
    network: text(row.network),
    agent: text(row.agent_family),
    mfa: typeof row.mfa === 'boolean' ? row.mfa : null,
    calls: number(row.calls),
    errors: number(row.errors),
    firstSeen: text(row.first_seen)!,
    lastSeen: text(row.last_seen)!,
  }))
}
