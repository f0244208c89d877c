/** Who did what, for plans that take rights away: per account, with roles that were passed and roles that were taken. */
import type { PrincipalUse, RecordedUse } from '../../model/usage.ts'
import type { Row } from '../engines/engine.ts'
import { coveredDays, daysOf } from './covered-days.ts'
import { ask, IN_DAYS, IS_LET_THROUGH, number, type Question, text } from './scope.ts'

// an action that IAM does not have is told by its service all the same: a plan must know that it was there
const USED = `
SELECT principal_arn, coalesce(action, coalesce(service, event_source) || ':' || event_name) AS action,
  count(*) AS calls, max(event_time) AS last_seen
FROM {{events}}
WHERE ${IN_DAYS} AND identity_account = {{account}} AND ${IS_LET_THROUGH} AND principal_arn IS NOT NULL
  AND event_type = 'AwsApiCall'
GROUP BY 1, 2
ORDER BY 1, 2`

const PASSED = `
SELECT principal_arn, arn AS role_arn, count(*) AS calls, max(event_time) AS last_seen
FROM {{events}} CROSS JOIN UNNEST(passed_roles) AS r(arn)
WHERE ${IN_DAYS} AND passed_role IS NOT NULL AND identity_account = {{account}} AND ${IS_LET_THROUGH} AND principal_arn IS NOT NULL
GROUP BY 1, 2
ORDER BY 1, 2`

const ASSUMED = `
SELECT target_role_arn AS role_arn, principal_arn, identity_account, count(*) AS calls, max(event_time) AS last_seen
FROM {{events}}
WHERE ${IN_DAYS} AND account_id = {{account}} AND error_code IS NULL AND target_role_arn IS NOT NULL
  AND event_source = 'sts.amazonaws.com' AND event_name LIKE 'AssumeRole%'
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3`

const REGIONS = `
SELECT DISTINCT aws_region
FROM {{events}}
WHERE ${IN_DAYS} AND account_id = {{account}} AND aws_region IS NOT NULL
ORDER BY 1`

export async function recordedUse(question: Question, accountId: string): Promise<RecordedUse> {
  const params = { account: accountId }
  const used = await ask(question, USED, params)
  const passed = await ask(question, PASSED, params)
  const assumed = await ask(question, ASSUMED, params)
  const regions = await ask(question, REGIONS, params)
  const covered = await coveredDays(question)
  const principals = new Map<string, PrincipalUse>()
  const of = (row: Row): PrincipalUse => {
    const principalArn = text(row.principal_arn)!
    const known = principals.get(principalArn) ?? { principalArn, actions: [], passedRoles: [] }
    principals.set(principalArn, known)
    return known
  }
  for (const row of used) of(row).actions.push({ action: text(row.action)!, ...times(row) })
  for (const row of passed) of(row).passedRoles.push({ roleArn: text(row.role_arn)!, ...times(row) })
  return {
    accountId,
    ...daysOf(covered, accountId, question.within),
    regions: regions.map((row) => text(row.aws_region)!),
    principals: [...principals.values()].sort((a, b) => (a.principalArn < b.principalArn ? -1 : 1)),
    assumptions: assumed.map((row) => ({
      roleArn: text(row.role_arn)!,
      by: text(row.principal_arn),
      byAccount: text(row.identity_account),
      ...times(row),
    })),
  }
}

function times(row: Row): { calls: number; lastSeen: string } {
  return { calls: number(row.calls), lastSeen: text(row.last_seen)! }
}
