/** What AWS is asked before and after a step: each fact is one or a few readings, with one answer as text. */
import { InputError } from '../model/errors.ts'
import type { Fact } from '../model/plan.ts'
import { digestOf, documentDigest } from './digest.ts'

/** One call to IAM; throws what AWS answers. */
export type Read = (operation: string, input: Record<string, unknown>) => Promise<Record<string, unknown>>

export const ABSENT = 'absent'
export const PRESENT = 'present'

type Of = Record<string, string>

interface FactKind {
  /** What it is about, in words: `the status of AKIA...`. */
  words(of: Of): string
  /** The answer; `absent` for what does not exist. */
  read(read: Read, of: Of): Promise<string>
}

const FACTS = {
  'access-key-status': {
    words: ({ accessKeyId }) => `the status of ${accessKeyId}`,
    async read(read, { userName, accessKeyId }) {
      const keys = await listed(read, 'ListAccessKeys', userName ? { UserName: userName } : {}, 'AccessKeyMetadata')
      const key = keys.find(({ AccessKeyId }) => AccessKeyId === accessKeyId)
      return key ? String(key.Status) : ABSENT
    },
  },
  'access-key-last-used': {
    words: ({ accessKeyId }) => `the last use of ${accessKeyId}`,
    async read(read, { accessKeyId }) {
      const { AccessKeyLastUsed } = await read('GetAccessKeyLastUsed', { AccessKeyId: accessKeyId })
      const date = (AccessKeyLastUsed as { LastUsedDate?: Date } | undefined)?.LastUsedDate
      return date ? isoSeconds(date) : 'never'
    },
  },
  user: {
    words: ({ userName }) => `the user ${userName}`,
    read: (read, { userName }) => presence(read, 'GetUser', { UserName: userName }),
  },
  /** A user of the name that was made again is another one. */
  'user-id': {
    words: ({ userName }) => `the ID of the user ${userName}`,
    read: (read, { userName }) => idOf(read, 'GetUser', { UserName: userName }, 'User', 'UserId'),
  },
  'user-last-sign-in': {
    words: ({ userName }) => `the last sign-in of ${userName}`,
    async read(read, { userName }) {
      const user = await orAbsent(() => read('GetUser', { UserName: userName }))
      if (!user) return ABSENT
      const date = (user.User as { PasswordLastUsed?: Date }).PasswordLastUsed
      return date ? isoSeconds(date) : 'never'
    },
  },
  'user-inline-policy': {
    words: ({ userName, policyName }) => `the inline policy ${policyName} of ${userName}`,
    read: (read, { userName, policyName }) =>
      document(read, 'GetUserPolicy', { UserName: userName, PolicyName: policyName }),
  },
  /** What the user has beyond what a step removes: what it would leave, or take unseen. */
  'user-beyond': {
    words: ({ userName }) => `what ${userName} has beyond what the plan knows`,
    async read(read, { userName, known }) {
      const expected = new Set((known ?? '').split('\n'))
      const more = (await belongings(read, userName!)).filter((thing) => !expected.has(thing))
      return more.length === 0 ? 'nothing' : more.sort().join(', ')
    },
  },
  role: {
    words: ({ roleName }) => `the role ${roleName}`,
    read: (read, { roleName }) => presence(read, 'GetRole', { RoleName: roleName }),
  },
  'role-id': {
    words: ({ roleName }) => `the ID of the role ${roleName}`,
    read: (read, { roleName }) => idOf(read, 'GetRole', { RoleName: roleName }, 'Role', 'RoleId'),
  },
  /** What the role has beyond what a step removes: it would stay, and the role with it, no more denied. */
  'role-beyond': {
    words: ({ roleName }) => `what the role ${roleName} has beyond what the plan knows`,
    async read(read, { roleName, known }) {
      const expected = new Set((known ?? '').split('\n'))
      const RoleName = roleName!
      const more = [
        ...(await listed(read, 'ListAttachedRolePolicies', { RoleName }, 'AttachedPolicies')).map((it) =>
          BELONGINGS.attached(String(it.PolicyArn)),
        ),
        ...(await listed(read, 'ListRolePolicies', { RoleName }, 'PolicyNames')).map((name) =>
          BELONGINGS.inline(String(name)),
        ),
        ...(await listed(read, 'ListInstanceProfilesForRole', { RoleName }, 'InstanceProfiles')).map((it) =>
          BELONGINGS.profile(String(it.InstanceProfileName)),
        ),
      ].filter((thing) => !expected.has(thing))
      return more.length === 0 ? 'nothing' : more.sort().join(', ')
    },
  },
  'role-inline-policy': {
    words: ({ roleName, policyName }) => `the inline policy ${policyName} of the role ${roleName}`,
    read: (read, { roleName, policyName }) =>
      document(read, 'GetRolePolicy', { RoleName: roleName, PolicyName: policyName }),
  },
  'role-policy-attached': {
    words: ({ roleName, policyArn }) => `whether ${policyArn} is attached to the role ${roleName}`,
    async read(read, { roleName, policyArn }) {
      const attached = await listed(read, 'ListAttachedRolePolicies', { RoleName: roleName }, 'AttachedPolicies')
      return attached.some(({ PolicyArn }) => PolicyArn === policyArn) ? PRESENT : ABSENT
    },
  },
  'role-trust': {
    words: ({ roleName }) => `the trust policy of ${roleName}`,
    async read(read, { roleName }) {
      const role = await orAbsent(() => read('GetRole', { RoleName: roleName }))
      return role
        ? documentDigest((role.Role as { AssumeRolePolicyDocument?: unknown }).AssumeRolePolicyDocument)
        : ABSENT
    },
  },
  'role-last-used': {
    words: ({ roleName }) => `the last use of the role ${roleName}`,
    async read(read, { roleName }) {
      const role = await orAbsent(() => read('GetRole', { RoleName: roleName }))
      if (!role) return ABSENT
      const date = (role.Role as { RoleLastUsed?: { LastUsedDate?: Date } }).RoleLastUsed?.LastUsedDate
      return date ? isoSeconds(date) : 'never'
    },
  },
  policy: {
    words: ({ policyArn }) => `the policy ${policyArn}`,
    read: (read, { policyArn }) => presence(read, 'GetPolicy', { PolicyArn: policyArn }),
  },
  'policy-document': {
    words: ({ policyArn }) => `the document of ${policyArn}`,
    async read(read, { policyArn }) {
      const policy = await orAbsent(() => read('GetPolicy', { PolicyArn: policyArn }))
      if (!policy) return ABSENT
      const { DefaultVersionId } = policy.Policy as { DefaultVersionId: string }
      const version = await read('GetPolicyVersion', { PolicyArn: policyArn, VersionId: DefaultVersionId })
      return documentDigest((version.PolicyVersion as { Document?: unknown }).Document)
    },
  },
  'policy-version': {
    words: ({ policyArn, versionId }) => `the version ${versionId} of ${policyArn}`,
    read: (read, { policyArn, versionId }) =>
      presence(read, 'GetPolicyVersion', { PolicyArn: policyArn, VersionId: versionId }),
  },
  'policy-versions': {
    words: ({ policyArn }) => `the versions of ${policyArn}`,
    async read(read, { policyArn }) {
      const versions = await listed(read, 'ListPolicyVersions', { PolicyArn: policyArn }, 'Versions')
      if (versions.length === 0) return ABSENT
      return versionsText(
        versions.map(({ VersionId, IsDefaultVersion }) => ({
          versionId: String(VersionId),
          isDefaultVersion: IsDefaultVersion === true,
        })),
      )
    },
  },
  'policy-attachments': {
    words: ({ policyArn }) => `how often ${policyArn} is attached or a boundary`,
    async read(read, { policyArn }) {
      const answer = await orAbsent(() => read('GetPolicy', { PolicyArn: policyArn }))
      if (!answer) return ABSENT
      const policy = answer.Policy as { AttachmentCount?: number; PermissionsBoundaryUsageCount?: number }
      return String((policy.AttachmentCount ?? 0) + (policy.PermissionsBoundaryUsageCount ?? 0))
    },
  },
  'user-policy-attached': {
    words: ({ userName, policyArn }) => `whether ${policyArn} is attached to ${userName}`,
    async read(read, { userName, policyArn }) {
      const attached = await listed(read, 'ListAttachedUserPolicies', { UserName: userName }, 'AttachedPolicies')
      return attached.some(({ PolicyArn }) => PolicyArn === policyArn) ? PRESENT : ABSENT
    },
  },
  group: {
    words: ({ groupName }) => `the group ${groupName}`,
    read: (read, { groupName }) => presence(read, 'GetGroup', { GroupName: groupName }),
  },
  'group-inline-policy': {
    words: ({ groupName, policyName }) => `the inline policy ${policyName} of the group ${groupName}`,
    read: (read, { groupName, policyName }) =>
      document(read, 'GetGroupPolicy', { GroupName: groupName, PolicyName: policyName }),
  },
  'group-policy-attached': {
    words: ({ groupName, policyArn }) => `whether ${policyArn} is attached to the group ${groupName}`,
    async read(read, { groupName, policyArn }) {
      const attached = await listed(read, 'ListAttachedGroupPolicies', { GroupName: groupName }, 'AttachedPolicies')
      return attached.some(({ PolicyArn }) => PolicyArn === policyArn) ? PRESENT : ABSENT
    },
  },
  'group-members': {
    words: ({ groupName }) => `the number of members of the group ${groupName}`,
    async read(read, { groupName }) {
      const users = await listed(read, 'GetGroup', { GroupName: groupName }, 'Users')
      return users.length === 0 ? 'none' : String(users.length)
    },
  },
  'group-member': {
    words: ({ userName, groupName }) => `whether ${userName} is in the group ${groupName}`,
    async read(read, { userName, groupName }) {
      const groups = await listed(read, 'ListGroupsForUser', { UserName: userName }, 'Groups')
      return groups.some(({ GroupName }) => GroupName === groupName) ? PRESENT : ABSENT
    },
  },
  'password-policy': {
    words: () => 'the password policy',
    async read(read) {
      const answer = await orAbsent(() => read('GetAccountPasswordPolicy', {}))
      return answer ? passwordPolicyDigest(answer.PasswordPolicy as object) : ABSENT
    },
  },
} satisfies Record<string, FactKind>

export type FactName = keyof typeof FACTS

export function factOf(fact: FactName, of: Of, value: string): Fact {
  return { fact, of, value }
}

function kindOf({ fact }: Fact): FactKind {
  if (!Object.hasOwn(FACTS, fact)) throw new InputError(`\`${fact}\` is no fact that a plan relies on`)
  return FACTS[fact as FactName]
}

/** @throws {InputError} for a fact that is none of ours */
export function checkFact(fact: Fact): void {
  kindOf(fact)
}

/** What AWS says of it now. Throws what AWS answers to the reading. */
export function readFact(read: Read, fact: Fact): Promise<string> {
  return kindOf(fact).read(read, fact.of)
}

/** `the status of AKIA...`. */
export function wordsOf(fact: Fact): string {
  return kindOf(fact).words(fact.of)
}

/** What a password policy says, whether AWS or a snapshot tells it. */
export function passwordPolicyDigest(policy: object): string {
  const { ExpirePasswords: _, HardExpiry, ...rest } = policy as Record<string, unknown>
  return digestOf({ ...rest, ...(HardExpiry ? { HardExpiry } : {}) })
}

/** Everything that has to go before a user or role can, each by one word of its kind and its name. */
export const BELONGINGS = {
  password: () => 'password',
  key: (id: string) => `key ${id}`,
  mfa: (serial: string) => `mfa ${serial}`,
  certificate: (id: string) => `certificate ${id}`,
  sshKey: (id: string) => `ssh-key ${id}`,
  credential: (id: string) => `credential ${id}`,
  group: (name: string) => `group ${name}`,
  attached: (arn: string) => `policy ${arn}`,
  inline: (name: string) => `inline-policy ${name}`,
  profile: (name: string) => `instance-profile ${name}`,
} as const

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_remove.html */
async function belongings(read: Read, UserName: string): Promise<string[]> {
  const of = async (operation: string, member: string, name: (item: Record<string, unknown>) => string) =>
    (await listed(read, operation, { UserName }, member)).map(name)
  return [
    ...((await orAbsent(() => read('GetLoginProfile', { UserName }))) ? [BELONGINGS.password()] : []),
    ...(await of('ListAccessKeys', 'AccessKeyMetadata', (it) => BELONGINGS.key(String(it.AccessKeyId)))),
    ...(await of('ListMFADevices', 'MFADevices', (it) => BELONGINGS.mfa(String(it.SerialNumber)))),
    ...(await of('ListSigningCertificates', 'Certificates', (it) => BELONGINGS.certificate(String(it.CertificateId)))),
    ...(await of('ListSSHPublicKeys', 'SSHPublicKeys', (it) => BELONGINGS.sshKey(String(it.SSHPublicKeyId)))),
    ...(await of('ListServiceSpecificCredentials', 'ServiceSpecificCredentials', (it) =>
      BELONGINGS.credential(String(it.ServiceSpecificCredentialId)),
    )),
    ...(await of('ListGroupsForUser', 'Groups', (it) => BELONGINGS.group(String(it.GroupName)))),
    ...(await of('ListAttachedUserPolicies', 'AttachedPolicies', (it) => BELONGINGS.attached(String(it.PolicyArn)))),
    ...(await of('ListUserPolicies', 'PolicyNames', (name) => BELONGINGS.inline(String(name)))),
  ]
}

async function presence(read: Read, operation: string, input: Record<string, unknown>): Promise<string> {
  return (await orAbsent(() => read(operation, input))) ? PRESENT : ABSENT
}

async function idOf(
  read: Read,
  operation: string,
  input: Record<string, unknown>,
  member: string,
  id: string,
): Promise<string> {
  const answer = await orAbsent(() => read(operation, input))
  return answer ? String((answer[member] as Record<string, unknown>)[id]) : ABSENT
}

async function document(read: Read, operation: string, input: Record<string, unknown>): Promise<string> {
  const answer = await orAbsent(() => read(operation, input))
  return answer ? documentDigest(answer.PolicyDocument) : ABSENT
}

/** What is listed of something; nothing, when that does not exist. */
async function listed(read: Read, operation: string, input: Record<string, unknown>, member: string) {
  const items = await orAbsent(() => pages(read, operation, input, member))
  return (items ?? []) as Record<string, unknown>[]
}

/** More pages than anything of one user or policy can have. */
const MOST_PAGES = 1000

/** All that is listed: a page may be empty, and another come after it. */
export async function pages(read: Read, operation: string, input: Record<string, unknown>, member: string) {
  const items: unknown[] = []
  let marker: unknown
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await read(operation, marker === undefined ? input : { ...input, Marker: marker })
    items.push(...((answer[member] as unknown[] | undefined) ?? []))
    if (!answer.IsTruncated) return items
    marker = answer.Marker
  }
  throw new InputError(`iam:${operation} has no end`)
}

async function orAbsent<Answer>(read: () => Promise<Answer>): Promise<Answer | null> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchEntityException') return null
    throw error
  }
}

/** As snapshots say it. */
export function isoSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

/** `v2 v3*`: oldest first, the default version with a star. */
export function versionsText(versions: readonly { versionId: string; isDefaultVersion: boolean }[]): string {
  return [...versions]
    .sort((a, b) => Number(a.versionId.slice(1)) - Number(b.versionId.slice(1)))
    .map(({ versionId, isDefaultVersion }) => `${versionId}${isDefaultVersion ? '*' : ''}`)
    .join(' ')
}
