/** Measures against what a key made: nothing is deleted, for it is evidence; all of it can be taken back. */
import type { Chain } from './chain.ts'
import type { Opening } from './journal.ts'
import type { Measure } from './measures.ts'
import { policyName } from './revoke.ts'

/** Its new keys are stopped, its new users and roles denied everything. What it made in other accounts is not reached. */
export function measuresAgainst(chain: Chain, opening: Opening): Measure[] {
  const { partition, accountId, subject } = opening
  const own = { partition, accountId }
  const measures: Measure[] = []
  for (const { action, principal, userName, targetUser, newAccessKeyId, role, resources } of chain.changes) {
    // a name means somebody else in another account
    if (principal !== null && principal.split(':')[4] !== accountId) continue
    const keyOwner = targetUser ?? userName
    if (action === 'iam:CreateAccessKey' && newAccessKeyId !== null && keyOwner !== null)
      measures.push({ kind: 'deactivate-key', ...own, userName: keyOwner, accessKeyId: newAccessKeyId })
    const roleName = (role ?? resources[0])?.split('/').at(-1)
    if (action === 'iam:CreateUser' && targetUser !== null && targetUser !== subject.userName)
      measures.push({ kind: 'deny-user', ...own, userName: targetUser, policyName: policyName(opening) })
    if (action === 'iam:CreateRole' && roleName !== undefined)
      measures.push({ kind: 'deny-role', ...own, roleName, policyName: `${policyName(opening)}-all` })
  }
  return measures
}
