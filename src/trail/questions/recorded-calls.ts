/** What an account did, call by distinct call, to be asked again of policies that are to come. */
import type { RecordedCall } from '../../model/trail.ts'
import type { Row } from '../engines/engine.ts'
import { CONTEXT_COLUMNS, contextValue, resourcesOf } from './replay.ts'
import { ask, IN_DAYS, IS_LET_THROUGH, number, type Question, text } from './scope.ts'

const MOST = 200_000

const CALLS = (columns: readonly string[]) => `
SELECT principal_arn, identity_account, CASE WHEN key_kind = 'long-term' THEN access_key_id END AS key_id, action, resource,
  resource_known, array_join(resources, chr(10)) AS resources, account_id, target_role_arn${columns.map((column, i) => `, ${column} AS c${i}`).join('')},
  count(*) AS calls, max(event_time) AS last_seen
FROM {{events}}
WHERE ${IN_DAYS} AND ${IS_LET_THROUGH} AND action IS NOT NULL
  AND (identity_account = {{account}} OR (account_id = {{account}} AND target_role_arn IS NOT NULL AND event_source = 'sts.amazonaws.com'))
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9${columns.map((column) => `, ${column}`).join('')}
ORDER BY calls DESC, action, 1, 5, 2, 3, 6, 7, 8, 9${columns.map((_, i) => `, c${i}`).join('')}
LIMIT ${MOST}`

const PASSED = `
SELECT principal_arn, identity_account, CASE WHEN key_kind = 'long-term' THEN access_key_id END AS key_id,
  'iam:PassRole' AS action, arn AS resource, count(*) AS calls, max(event_time) AS last_seen
FROM {{events}} CROSS JOIN UNNEST(passed_roles) AS r(arn)
WHERE ${IN_DAYS} AND passed_role IS NOT NULL AND ${IS_LET_THROUGH} AND identity_account = {{account}}
GROUP BY 1, 2, 3, 4, 5
ORDER BY calls DESC, 1, 5, 2, 3`

/**
 * Calls of the account's principals, and those by which others took its roles. The busiest first.
 * @param conditionKeys what policies ask for, in lower case: only that is told apart
 * @param complete whether there were no more distinct calls than are given
 */
export async function recordedCalls(
  question: Question,
  accountId: string,
  conditionKeys: readonly string[],
): Promise<{ calls: RecordedCall[]; complete: boolean }> {
  const keys = conditionKeys.filter((key) => key in CONTEXT_COLUMNS)
  const columns = keys.map((key) => CONTEXT_COLUMNS[key]!)
  const rows = await ask(question, CALLS(columns), { account: accountId })
  const passed = await ask(question, PASSED, { account: accountId })
  return {
    calls: [
      ...rows.map((row) => callOf(row, keys, resourcesOfCall(row))),
      ...passed.map((row) => callOf(row, [], [text(row.resource)!])),
    ],
    complete: rows.length < MOST,
  }
}

function callOf(row: Row, keys: readonly string[], resources: string[] | null): RecordedCall {
  const accessKeyId = text(row.key_id)
  const context: RecordedCall['context'] = {}
  for (const [i, key] of keys.entries()) {
    const value = contextValue(text(row[`c${i}`]))
    if (value !== undefined) context[key] = value
  }
  return {
    principal: text(row.principal_arn),
    principalAccount: text(row.identity_account),
    accessKeyId,
    action: text(row.action)!,
    resources,
    context,
    calls: number(row.calls),
    lastSeen: text(row.last_seen)!,
  }
}

function resourcesOfCall(row: Row): string[] | null {
  const action = text(row.action)!
  const role = text(row.target_role_arn)
  if (role !== null && /^sts:AssumeRole/i.test(action)) return [role]
  const known = resourcesOf(row, action).filter((resource) => resource !== null)
  return known.length > 0 ? known : null
}
