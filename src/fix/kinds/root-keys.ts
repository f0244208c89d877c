/**
 * Root's keys of a member account are deleted from outside, by a session for that one task.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html
 */
import { ABSENT, factOf } from '../facts.ts'
import { type Kind, stepOf, subjectOf } from '../kind.ts'

export const rootKeys: Kind = {
  checks: ['root-access-key'],
  propose({ subject }, { snapshot, dossiers }) {
    const { accountId, organization } = snapshot
    if (!organization)
      return { cannot: 'the account is in no organization: only root can delete its keys, when signed in' }
    if (organization.managementAccountId === accountId)
      return { cannot: 'no session reaches root of the management account: sign in as root and delete the key' }
    const ids = dossiers.flatMap((key) => (key.owner.kind === 'root' && key.accessKeyId !== null ? [key] : []))
    if (ids.length === 0)
      return { cannot: "the key's ID is not known; a session for the task IAMAuditRootUserCredentials lists it" }
    return {
      steps: ids.map(({ accessKeyId, lastUsed }) => {
        const id = accessKeyId!
        return stepOf({
          id: `delete-root-key:${id}`,
          kind: 'delete-root-key',
          subject: subjectOf(subject),
          change: `Delete the access key ${id} of root of ${accountId}`,
          session: { rootOf: accountId, task: 'IAMDeleteRootUserCredentials' },
          operations: [{ call: 'iam:DeleteAccessKey', input: { AccessKeyId: id } }],
          reliesOn: [factOf('access-key-last-used', { accessKeyId: id }, lastUsed?.date ?? 'never')],
          mayBreak: lastUsed
            ? [{ who: 'whoever uses root’s key', evidence: `its last use was on ${lastUsed.date.slice(0, 10)}` }]
            : [],
          verify: [factOf('access-key-status', { accessKeyId: id }, ABSENT)],
        })
      }),
    }
  },
}
