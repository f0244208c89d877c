/** Measures against what a key made: nothing is deleted, for it is evidence; all of it can be taken back. */
import type { Chain } from './chain.ts'
import type { Opening } from './journal.ts'
import type { Measure } from './measures.ts'
import { policyName } from './revoke.ts'

/** Its new keys are stopped, its new users and roles denied everything. */
export function measuresAgainst(chain: Chain, opening: Opening): Measure[] {
  const { partition, accountId, subject } = opening
  const own = { partition, accountId }
  const measures: Measure[] = []
  for (const { accessKeyId, kind, userName } of chain.derived)
    if (kind === 'access-key' && userName !== null)
      measures.push({ kind: 'deactivate-key', ...own, userName, accessKeyId })
  for (const { action, targetUser, role, resources } of chain.changes) {
    const roleName = (role ?? resources[0])?.split('/').at(-1)
    if (action === 'iam:CreateUser' && targetUser !== null && targetUser !== subject.userName)
      measures.push({ kind: 'deny-user', ...own, userName: targetUser, policyName: policyName(opening) })
    if (action === 'iam:CreateRole' && roleName !== undefined)
      measures.push({ kind: 'deny-role', ...own, roleName, policyName: `${policyName(opening)}-all` })
  }
  return measures
}
