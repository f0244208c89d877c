/**
 * Root's keys of a member account are deleted from outside, by a session for that one task, which may delete and not
 * deactivate: so only those go that nobody uses. Elsewhere only root itself can, when a person has signed in.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/security-iam-awsmanpol.html
 */
import type { Dossier } from '../../model/dossier.ts'
import { consolePage, rootSignsIn } from '../../model/partition.ts'
import { ABSENT, factOf } from '../facts.ts'
import { type Kind, type Lookup, type Proposal, stepOf, subjectOf } from '../kind.ts'
import { mayBreak, useOf } from './keys.ts'

export const rootKeys: Kind = {
  checks: ['root-access-key'],
  propose({ subject }, lookup) {
    const { snapshot } = lookup
    const { accountId, organization } = snapshot
    const key = lookup.key(subject.id)
    if (!organization)
      return byRoot('the account is in no organization: only root can delete its keys, when signed in', key, lookup)
    if (organization.managementAccountId === accountId)
      return byRoot('no session reaches root of the management account: only root can delete its keys', key, lookup)
    if (!key || key.accessKeyId === null) return unknownId(lookup)
    const use = key.status === 'active' ? useOf(key, lookup) : null
    if (use !== null)
      return {
        cannot: `${use === 'new' ? 'it is new, and may be waiting for its first use' : use}, and a session of root can only delete it, which cannot be taken back`,
        byHand: [
          `Find out what uses it, and give that a role: keyreeve keys ${key.accessKeyId}; keyreeve trail key ${key.accessKeyId}`,
          ...(rootSignsIn(lookup.snapshot.partition) ? deactivated(key, lookup) : []),
          'Once it has been silent for long, or is inactive, another plan deletes it.',
        ],
      }
    return { steps: [deleteStep(key, key.accessKeyId, subjectOf(subject), lookup)] }
  },
}

function deleteStep(key: Dossier, id: string, subject: ReturnType<typeof subjectOf>, lookup: Lookup) {
  const { accountId } = lookup.snapshot
  const { status, lastUsed, lastUsedKnown } = key
  const of = { accessKeyId: id }
  return stepOf({
    id: `delete-root-key:${id}`,
    kind: 'delete-root-key',
    subject,
    change: `Delete the ${status} access key ${id} of root of ${accountId}, from the management account`,
    session: { rootOf: accountId, task: 'IAMDeleteRootUserCredentials' },
    operations: [{ call: 'iam:DeleteAccessKey', input: { AccessKeyId: id } }],
    reliesOn: [
      factOf('access-key-status', of, status === 'active' ? 'Active' : 'Inactive'),
      ...(lastUsedKnown ? [factOf('access-key-last-used', of, lastUsed?.date ?? 'never')] : []),
    ],
    mayBreak: status === 'active' ? mayBreak(key, lookup) : [],
    verify: [factOf('access-key-status', of, ABSENT)],
  })
}

function unknownId({ snapshot: { organization } }: Lookup): Proposal {
  const isOff = organization?.features != null && !organization.features.includes('RootSessions')
  return {
    cannot: 'the ID of the key is not known: the account itself cannot be asked for it',
    byHand: [
      ...(isOff
        ? [
            'In the management account, turn on root sessions: aws iam enable-organizations-root-credentials-management; aws iam enable-organizations-root-sessions',
          ]
        : []),
      'Plan again with credentials of the management account, or of the one that IAM is delegated to: keyreeve plan --root-keys --management-profile NAME',
    ],
  }
}

function byRoot(cannot: string, key: Dossier | undefined, lookup: Lookup): Proposal {
  if (!rootSignsIn(lookup.snapshot.partition)) return { cannot, byHand: withItself(key, lookup) }
  const isActive = key?.status !== 'inactive'
  return {
    cannot,
    byHand: [
      ...(isActive
        ? [
            ...deactivated(key, lookup),
            `Wait ${lookup.graceDays} days. If something breaks, activate it again in the same place.`,
          ]
        : [signIn(lookup)]),
      `In Security credentials, Access keys: Actions, Delete${named(key)}. Deleted keys cannot be brought back.`,
    ],
  }
}

/** https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-account-root-user.html */
function withItself(key: Dossier | undefined, { snapshot: { accountId, partition } }: Lookup): string[] {
  const id = key?.accessKeyId ?? 'ID'
  return [
    `Root of ${accountId} cannot sign in: the partition ${partition} has no console for it. Let the AWS CLI use an active access key of root`,
    `Look again whether somebody uses it: aws iam get-access-key-last-used --access-key-id ${id}`,
    `aws iam delete-access-key --access-key-id ${id}. Deleted keys cannot be brought back; one that is deactivated cannot delete itself, nor come back without another.`,
  ]
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user_manage_delete-key.html */
function deactivated(key: Dossier | undefined, lookup: Lookup): string[] {
  return [
    signIn(lookup),
    `Open the menu under the account’s name, Security credentials, Access keys: Actions, Deactivate${named(key)}.`,
  ]
}

function signIn({ snapshot: { accountId, partition } }: Lookup): string {
  return `Sign in as root of ${accountId}, with its e-mail address and MFA: ${consolePage(partition, '')}`
}

function named(key: Dossier | undefined): string {
  return key?.accessKeyId == null ? '' : ` ${key.accessKeyId}`
}
