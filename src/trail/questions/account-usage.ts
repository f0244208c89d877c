/** What the dossiers and checks are told of CloudTrail: every long-term key, and the root users. */
import type { Consumer } from '../../model/trail.ts'
import type { AccountUsage, KeyUsage } from '../../model/usage.ts'
import { allConsumers } from './consumers.ts'
import { coveredDays, daysOf } from './covered-days.ts'
import { keyActivities } from './keys.ts'
import { rootUses } from './root.ts'
import { ask, IN_DAYS, number, type Question, text, words } from './scope.ts'

const ELSEWHERE = `
SELECT access_key_id, min(identity_account) AS identity_account,
  array_join(array_agg(DISTINCT CASE WHEN account_id <> identity_account THEN account_id END
    ORDER BY CASE WHEN account_id <> identity_account THEN account_id END), ' ') AS other_accounts,
  count_if(vpc_endpoint IS NOT NULL OR ip_class = 'aws' OR user_agent LIKE '%exec-env/AWS_%' OR user_agent LIKE '%exec-env/EC2%'
    OR agent_family IN ('ssm-agent', 'ecs-agent')) AS from_workloads
FROM {{events}}
WHERE ${IN_DAYS} AND key_kind = 'long-term'
GROUP BY access_key_id
ORDER BY access_key_id`

const ACCOUNTS = `
SELECT account_id FROM {{events}} WHERE ${IN_DAYS} AND account_id IS NOT NULL GROUP BY account_id ORDER BY account_id`

/** An entry for each account that has events. */
export async function accountUsages(question: Question): Promise<AccountUsage[]> {
  const activities = await keyActivities(question)
  const consumers = await allConsumers(question)
  const elsewhere = new Map((await ask(question, ELSEWHERE)).map((row) => [text(row.access_key_id), row]))
  const roots = await rootUses(question)
  const covered = await coveredDays(question)
  const accounts = new Set((await ask(question, ACCOUNTS)).map((row) => text(row.account_id)!))
  const keys = activities.map((key): KeyUsage => {
    const mine = consumers.get(key.accessKeyId) ?? []
    const row = elsewhere.get(key.accessKeyId)
    return {
      accessKeyId: key.accessKeyId,
      accountId: text(row?.identity_account) ?? key.accountId,
      principalArn: key.principal,
      firstSeen: key.firstSeen,
      lastSeen: key.lastSeen,
      daysActive: key.daysActive,
      calls: key.calls,
      errors: key.errors,
      services: key.services,
      regions: key.regions,
      networks: networksOf(mine),
      userAgents: key.agents,
      networksAtOnce: key.networksAtOnce,
      fromWorkloads: number(row?.from_workloads),
      otherAccounts: words(row?.other_accounts),
      consumers: mine,
    }
  })
  for (const { accountId } of keys) if (accountId !== null) accounts.add(accountId)
  return [...accounts].sort().map((accountId) => ({
    accountId,
    ...daysOf(covered, accountId, question.within),
    keys: keys.filter((key) => key.accountId === accountId),
    root: roots
      .filter((use) => use.accountId === accountId)
      .slice(0, 50)
      .map(({ action, calls, lastSeen }) => ({ action, calls, lastSeen })),
  }))
}

function networksOf(consumers: readonly Consumer[]): string[] {
  const networks = consumers.filter(({ ipClass }) => ipClass !== 'aws-service').flatMap(({ network }) => network ?? [])
  return [...new Set(networks)]
}
