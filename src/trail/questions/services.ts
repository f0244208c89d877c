/** `trail services`: which services are in use, in each account. */
import type { ServiceUse } from '../../model/trail.ts'
import { ACTION, ask, IN_DAYS, number, type Question, text, words } from './scope.ts'

const SERVICES = `
SELECT account_id, service, count(*) AS calls, count_if(error_code IS NOT NULL) AS errors,
  count(DISTINCT ${ACTION}) AS actions, count(DISTINCT principal_arn) AS principals,
  array_join(array_agg(DISTINCT aws_region ORDER BY aws_region), ' ') AS regions,
  min(event_time) AS first_seen, max(event_time) AS last_seen
FROM {{events}}
WHERE ${IN_DAYS}
GROUP BY account_id, service
ORDER BY account_id, calls DESC, service`

export async function servicesInUse(question: Question): Promise<ServiceUse[]> {
  return (await ask(question, SERVICES)).map((row) => ({
    accountId: text(row.account_id),
    service: text(row.service) ?? '',
    calls: number(row.calls),
    errors: number(row.errors),
    actions: number(row.actions),
    principals: number(row.principals),
    regions: words(row.regions),
    firstSeen: text(row.first_seen)!,
    lastSeen: text(row.last_seen)!,
  }))
}
