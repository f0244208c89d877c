import type { Snapshot, User } from '../model/snapshot.ts'
import { byUser, keysByUser } from './by-user.ts'
import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { deleteKey } from './key-commands.ts'
import { shell } from './shell.ts'
import { keySource, REPORT } from './sources.ts'
import { userSubject } from './subjects.ts'
import { days, daysSince } from './time.ts'

export const userDead: Check = {
  id: 'user-dead',
  title: 'User has no credential left',
  severity: 'low',
  group: 'users',
  why: 'Nobody can act as this user, but its permissions are still there: whoever may make a key or a password for it gets them, and no one will notice.',
  fix: 'Look whether a bucket policy or trust policy names the user, then take its policies and groups away and delete it.',
  needs: ['users', 'passwords', 'accessKeys'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_remove.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html',
  ],
  *run({ snapshot, dossiers, thresholds, now, knowledge }) {
    const keys = keysByUser(dossiers)
    const sshKeys = byUser(snapshot.sshPublicKeys)
    const certificates = byUser(snapshot.signingCertificates)
    const others = byUser(snapshot.serviceSpecificCredentials)
    const isActive = ({ status }: { status: string }) => status === 'Active'
    const missing = (['sshPublicKeys', 'signingCertificates', 'serviceSpecificCredentials'] as const)
      .map((fact) => knowledge(fact))
      .filter(({ known }) => known !== 'all')
    const gaps = missing.flatMap((answer) => answer.gaps)
    let unsure = 0
    let passwordUnknown = false
    for (const user of snapshot.users) {
      const { userName, password, createDate } = user
      if (password?.enabled) continue
      // a user made this week may still be waiting for its first credential
      if (createDate !== null && daysSince(createDate, now) <= thresholds.keyNeverUsedGraceDays) continue
      const own = keys.get(userName) ?? []
      if (own.some(({ status }) => status === 'active')) continue
      if (
        sshKeys.get(userName)?.some(isActive) ||
        others.get(userName)?.some(isActive) ||
        certificates.get(userName)?.some(({ active }) => active)
      )
        continue
      if (password === null || gaps.length > 0) {
        passwordUnknown ||= password === null
        unsure++
        continue
      }
      yield {
        subject: userSubject(user),
        because: `no password, no active access key and no other credential${createDate === null ? '' : `; created ${days(daysSince(createDate, now))} ago`}`,
        evidence: [
          { fact: 'password enabled', value: false, source: REPORT },
          { fact: 'active access keys', value: 0, source: own[0] ? keySource(own[0].accessKeyId) : REPORT },
          { fact: 'active service credentials', value: 0, source: 'iam:ListServiceSpecificCredentials' },
          { fact: 'active SSH keys', value: 0, source: 'iam:ListSSHPublicKeys' },
        ],
        commands: [...own.flatMap(deleteKey), ...deleteUser(user, snapshot)],
      }
    }
    if (unsure > 0)
      yield {
        unknown: `whether ${unsure === 1 ? '1 user has' : `${unsure} users have`} a credential left is not known${gaps.length > 0 ? `: ${gaps.join(', ')}` : ''}`,
        notAsked: !passwordUnknown && missing.every(({ notAsked }) => notAsked),
      }
  },
  examples: {
    flagged: [
      {
        name: 'only the user without any credential',
        account: {
          users: [{ userName: 'left' }, { userName: 'deploy' }],
          accessKeys: [{ userName: 'deploy' }],
        },
        flags: ['arn:aws:iam::111122223333:user/left'],
      },
      {
        name: 'a user whose keys and credentials are all inactive',
        account: {
          users: [{ userName: 'left', groups: ['staff'] }],
          groups: [{ groupName: 'staff' }],
          accessKeys: [{ userName: 'left', status: 'Inactive' }],
          sshPublicKeys: [{ userName: 'left', status: 'Inactive' }],
          serviceSpecificCredentials: [{ userName: 'left', serviceName: 'bedrock.amazonaws.com', status: 'Expired' }],
          signingCertificates: [{ userName: 'left', active: false }],
        },
      },
      { name: 'a user of 8 days', account: { users: [{ userName: 'new', createDate: daysAgo(8) }] } },
    ],
    clean: [
      {
        name: 'a user with a password',
        account: {
          users: [
            { userName: 'ana', password: { enabled: true, lastUsed: null, lastChanged: null, nextRotation: null } },
          ],
        },
      },
      {
        name: 'a user with nothing but a Bedrock API key',
        account: {
          users: [{ userName: 'bot' }],
          serviceSpecificCredentials: [{ userName: 'bot', serviceName: 'bedrock.amazonaws.com' }],
        },
      },
      {
        name: 'a user with nothing but an SSH key',
        account: { users: [{ userName: 'git' }], sshPublicKeys: [{ userName: 'git' }] },
      },
      {
        name: 'a user with nothing but a signing certificate',
        account: { users: [{ userName: 'old' }], signingCertificates: [{ userName: 'old' }] },
      },
      { name: 'a user of 7 days', account: { users: [{ userName: 'new', createDate: daysAgo(7) }] } },
    ],
  },
}

/** What AWS wants to be gone before a user can be deleted, and the deletion. */
function deleteUser(user: User, snapshot: Snapshot): string[] {
  const { userName, groups, attachedPolicies, inlinePolicies } = user
  const own = <T extends { userName: string | null }>(list: readonly T[]) => byUser(list).get(userName) ?? []
  return [
    ...own(snapshot.sshPublicKeys).map(
      ({ sshPublicKeyId }) =>
        shell`aws iam delete-ssh-public-key --user-name ${userName} --ssh-public-key-id ${sshPublicKeyId}`,
    ),
    ...own(snapshot.serviceSpecificCredentials).map(
      ({ serviceSpecificCredentialId }) =>
        shell`aws iam delete-service-specific-credential --user-name ${userName} --service-specific-credential-id ${serviceSpecificCredentialId}`,
    ),
    ...own(snapshot.mfaDevices).map(
      ({ serialNumber }) =>
        shell`aws iam deactivate-mfa-device --user-name ${userName} --serial-number ${serialNumber}`,
    ),
    ...(own(snapshot.signingCertificates).length > 0
      ? [shell`aws iam list-signing-certificates --user-name ${userName} --query ${'Certificates[].CertificateId'}`]
      : []),
    ...groups.map((name) => shell`aws iam remove-user-from-group --user-name ${userName} --group-name ${name}`),
    ...attachedPolicies.map(
      ({ policyArn }) => shell`aws iam detach-user-policy --user-name ${userName} --policy-arn ${policyArn}`,
    ),
    ...inlinePolicies.map(
      ({ policyName }) => shell`aws iam delete-user-policy --user-name ${userName} --policy-name ${policyName}`,
    ),
    shell`aws iam delete-user --user-name ${userName}`,
  ]
}
