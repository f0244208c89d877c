/**
 * Users that nobody uses: denied everything, which can be taken back, and removed after the grace with all that has to
 * go before: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_remove.html
 */
import type { Operation, Step } from '../../model/plan.ts'
import type { User } from '../../model/snapshot.ts'
import { documentDigest } from '../digest.ts'
import { ABSENT, BELONGINGS, factOf, PRESENT } from '../facts.ts'
import { type Kind, type Lookup, stepOf, subjectOf } from '../kind.ts'
import { scheduledUse } from '../scheduled.ts'
import { EMERGENCY, POLICY_NAME, QUARANTINE } from './quarantine.ts'

export const unusedUsers: Kind = {
  checks: ['user-dead', 'user-unused'],
  propose({ subject }, lookup) {
    const user = lookup.user(subject.arn ?? '')
    if (!user) return { cannot: 'the user is not in the snapshot' }
    if (user.inlinePolicies.some(({ policyName }) => policyName === POLICY_NAME))
      return {
        cannot: `it is in quarantine already, by the policy ${POLICY_NAME}: apply the plan that put it there once more, or delete it when nobody has missed it`,
      }
    if (lookup.mayBeAdmin(user.arn)) return { cannot: EMERGENCY }
    const due = dueKey(user.userName, lookup)
    if (due !== null) return { cannot: due }
    const quarantine = quarantineUser(user, subjectOf(subject), lookup)
    const all = belongingsOf(user, lookup)
    if (typeof all === 'string') return { steps: [quarantine], stays: `it is only put into quarantine: ${all}` }
    return { steps: [quarantine, removeUser(user, subjectOf(subject), quarantine.id, all, lookup)] }
  },
}

/** A key of the user that is only silent until its next run, and why; null: there is none. */
function dueKey(userName: string, { keysOf, now }: Lookup): string | null {
  for (const key of keysOf(userName)) {
    const use = scheduledUse(key, now)
    if (use !== null) return `its key ${key.accessKeyId ?? key.subjectId}: ${use}`
  }
  return null
}

const of = ({ userName }: User) => ({ userName, policyName: POLICY_NAME })

function quarantineUser(user: User, subject: Step['subject'], lookup: Lookup): Step {
  const { userName } = user
  const input = { UserName: userName, PolicyName: POLICY_NAME }
  return stepOf({
    id: `quarantine-user:${userName}`,
    kind: 'quarantine-user',
    subject,
    change: `Deny ${userName} everything, by an inline policy`,
    operations: [{ call: 'iam:PutUserPolicy', input: { ...input, PolicyDocument: JSON.stringify(QUARANTINE) } }],
    reliesOn: [
      sameUser(user),
      factOf('user-inline-policy', of(user), ABSENT),
      ...lastSignIn(user),
      ...unusedKeys(userName, lookup),
    ],
    mayBreak: [{ who: userName, evidence: 'its password and keys, if they are still known to somebody' }],
    verify: [factOf('user-inline-policy', of(user), documentDigest(QUARANTINE))],
    undo: {
      operations: [{ call: 'iam:DeleteUserPolicy', input }],
      verify: [factOf('user-inline-policy', of(user), ABSENT)],
    },
  })
}

/** Not one that has got the name since. */
function sameUser({ userName, userId }: User) {
  return userId === '' ? factOf('user', { userName }, PRESENT) : factOf('user-id', { userName }, userId)
}

function lastSignIn({ userName, password }: User) {
  return password?.enabled ? [factOf('user-last-sign-in', { userName }, password.lastUsed ?? 'never')] : []
}

function unusedKeys(userName: string, { keysOf }: Lookup) {
  return keysOf(userName).flatMap(({ accessKeyId, lastUsed, lastUsedKnown, status }) =>
    accessKeyId !== null && lastUsedKnown && status === 'active'
      ? [factOf('access-key-last-used', { accessKeyId }, lastUsed?.date ?? 'never')]
      : [],
  )
}

/** One thing that has to go before the user, and how. */
interface Belonging {
  name: string
  operations: Operation[]
}

/** All that is known of the user, or why it is not enough to remove it. */
function belongingsOf({ userName: UserName, ...user }: User, lookup: Lookup): Belonging[] | string {
  const { snapshot } = lookup
  const keys = lookup.keysOf(UserName)
  if (keys.some(({ accessKeyId }) => accessKeyId === null)) return 'the IDs of its keys were not read'
  if (snapshot.signingCertificates.some(({ userName }) => userName === UserName))
    return 'the IDs of its signing certificates are not in a snapshot; delete them first'
  const one = (name: string, operation: string, input: Record<string, unknown>): Belonging => ({
    name,
    operations: [{ call: `iam:${operation}`, input: { UserName, ...input } }],
  })
  const mine = <T extends { userName: string | null }>(list: readonly T[]) =>
    list.filter(({ userName }) => userName === UserName)
  return [
    ...(user.password?.enabled === false ? [] : [one(BELONGINGS.password(), 'DeleteLoginProfile', {})]),
    ...keys.map(({ accessKeyId }) =>
      one(BELONGINGS.key(accessKeyId!), 'DeleteAccessKey', { AccessKeyId: accessKeyId }),
    ),
    ...mine(snapshot.mfaDevices).map(({ serialNumber, kind }) => mfaDevice(UserName, serialNumber, kind)),
    ...mine(snapshot.sshPublicKeys).map(({ sshPublicKeyId }) =>
      one(BELONGINGS.sshKey(sshPublicKeyId), 'DeleteSSHPublicKey', { SSHPublicKeyId: sshPublicKeyId }),
    ),
    ...mine(snapshot.serviceSpecificCredentials).map(({ serviceSpecificCredentialId: id }) =>
      one(BELONGINGS.credential(id), 'DeleteServiceSpecificCredential', { ServiceSpecificCredentialId: id }),
    ),
    ...user.groups.map((GroupName) => one(BELONGINGS.group(GroupName), 'RemoveUserFromGroup', { GroupName })),
    ...user.attachedPolicies.map(({ policyArn: PolicyArn }) =>
      one(BELONGINGS.attached(PolicyArn), 'DetachUserPolicy', { PolicyArn }),
    ),
    // the quarantine goes last: until then nobody can use what is left
    ...[...user.inlinePolicies.map(({ policyName }) => policyName), POLICY_NAME].map((PolicyName) =>
      one(BELONGINGS.inline(PolicyName), 'DeleteUserPolicy', { PolicyName }),
    ),
  ]
}

function mfaDevice(UserName: string, SerialNumber: string, kind: string): Belonging {
  return {
    name: BELONGINGS.mfa(SerialNumber),
    operations: [
      { call: 'iam:DeactivateMFADevice', input: { UserName, SerialNumber } },
      ...(kind === 'virtual' ? [{ call: 'iam:DeleteVirtualMFADevice', input: { SerialNumber } }] : []),
    ],
  }
}

/** A user made again has another ID, and no secret of the old one: so this cannot be taken back. */
function removeUser(
  user: User,
  subject: Step['subject'],
  after: string,
  belongings: readonly Belonging[],
  { graceDays }: Lookup,
): Step {
  const { userName } = user
  const known = belongings.map(({ name }) => name).sort()
  return stepOf({
    id: `remove-user:${userName}`,
    kind: 'remove-user',
    subject,
    change: `Delete the user ${userName} with its ${known.length} credentials, groups and policies`,
    operations: [
      ...belongings.flatMap(({ operations }) => operations),
      { call: 'iam:DeleteUser', input: { UserName: userName } },
    ],
    reliesOn: [
      sameUser(user),
      // whoever missed the user has taken the quarantine away
      factOf('user-inline-policy', of(user), documentDigest(QUARANTINE)),
      factOf('user-beyond', { userName, known: known.join('\n') }, 'nothing'),
    ],
    mayBreak: [
      {
        who: `policies of resources and roles that name ${userName}`,
        evidence: 'a new user of the name is another one',
      },
    ],
    verify: [factOf('user', { userName }, ABSENT)],
    waitsFor: [{ step: after, days: graceDays }],
  })
}
