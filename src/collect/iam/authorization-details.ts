/**
 * `iam:GetAccountAuthorizationDetails`: users, groups, roles and policies of an account in one paged answer.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
 */
import type {
  AttachedPolicy,
  Group,
  InlinePolicy,
  InstanceProfile,
  ManagedPolicy,
  PolicyVersion,
  Role,
  User,
} from '../../model/snapshot.ts'
import { type Answer, answer, flag, isAnswer, isoDate, number, Oddities, tagRecord, text } from '../answer.ts'
import { policyDocument } from '../policy-document.ts'

const IAM_ARN = /^arn:(aws[a-z-]*):iam::(\d{12}|aws):/

/** What the pages said, in our words; each entity once, by ARN. */
export class AuthorizationDetails {
  readonly users = new Map<string, User>()
  readonly groups = new Map<string, Group>()
  readonly roles = new Map<string, Role>()
  readonly policies = new Map<string, ManagedPolicy>()
  readonly instanceProfiles = new Map<string, InstanceProfile>()
  readonly odd = new Oddities()
  /** The accounts of the ARNs, and their partitions: one of each, unless somebody mixed files. */
  readonly accountIds = new Set<string>()
  readonly partitions = new Set<string>()
  #prefix = ''

  /** Adds a page, or a whole export. */
  add(page: Answer): void {
    this.#each(page, 'UserDetailList', this.users, (entry, arn) => toUser(entry, arn, this.odd))
    this.#each(page, 'GroupDetailList', this.groups, (entry, arn) => toGroup(entry, arn, this.odd))
    this.#each(page, 'RoleDetailList', this.roles, (entry, arn) => {
      this.#addInstanceProfiles(entry)
      return toRole(entry, arn, this.odd)
    })
    this.#each(page, 'Policies', this.policies, (entry, arn) => toManagedPolicy(entry, arn, this.odd))
  }

  /** Adds what another export of the same account says. */
  addAll(other: AuthorizationDetails): void {
    for (const [arn, user] of other.users) this.users.set(arn, user)
    for (const [arn, group] of other.groups) this.groups.set(arn, group)
    for (const [arn, role] of other.roles) this.roles.set(arn, role)
    for (const [arn, policy] of other.policies) this.policies.set(arn, policy)
    for (const [arn, profile] of other.instanceProfiles) this.instanceProfiles.set(arn, profile)
    this.odd.addAll(other.odd)
  }

  #each<T>(page: Answer, list: string, into: Map<string, T>, convert: (entry: Answer, arn: string) => T | null): void {
    this.odd.at('', -1)
    const entries = this.odd.list(page[list], list)
    for (let index = 0; index < entries.length; index++) {
      const entry = entries[index]
      this.odd.at(list, index)
      if (!isAnswer(entry) || typeof entry.Arn !== 'string' || !this.#isOfAccount(entry.Arn)) {
        this.odd.note(isAnswer(entry) ? 'Arn' : undefined)
        continue
      }
      const converted = convert(entry, entry.Arn)
      if (converted) into.set(entry.Arn, converted)
    }
    this.odd.at('', -1)
  }

  /** Whether it is an ARN of IAM; remembers its account. */
  #isOfAccount(arn: string): boolean {
    // Nearly all of them begin as the last one did.
    if (this.#prefix !== '' && arn.startsWith(this.#prefix)) return true
    const [prefix, partition, accountId] = IAM_ARN.exec(arn) ?? []
    if (!prefix || !partition || !accountId) return false
    this.partitions.add(partition)
    if (accountId !== 'aws') this.accountIds.add(accountId)
    this.#prefix = prefix
    return true
  }

  #addInstanceProfiles(role: Answer): void {
    for (const profile of this.odd.list(role.InstanceProfileList, 'InstanceProfileList')) {
      const { Arn, InstanceProfileName, Roles } = answer(profile)
      if (typeof Arn !== 'string') {
        this.odd.note('InstanceProfileList')
        continue
      }
      const roleArns = this.odd.list(Roles, 'Roles').map((held) => text(answer(held).Arn))
      // The CLI can leave out `Roles` here: the role it hangs on is one of them.
      if (roleArns.length === 0) roleArns.push(text(role.Arn))
      const known = this.instanceProfiles.get(Arn)
      const all = new Set([...(known?.roleArns ?? []), ...roleArns.filter((arn) => arn !== null)])
      this.instanceProfiles.set(Arn, {
        arn: Arn,
        instanceProfileName: text(InstanceProfileName) ?? lastOfArn(Arn),
        roleArns: [...all],
      })
    }
  }

  /**
   * What it mentions and does not hold: attached policies, groups. A filter or a lost page does that, and then no one
   * can say what those give.
   */
  missing(): string[] {
    const missing = new Set<string>()
    const groupNames = new Set<string>()
    for (const { groupName } of this.groups.values()) groupNames.add(groupName)
    for (const { groups } of this.users.values())
      for (const name of groups) if (!groupNames.has(name)) missing.add(`group ${name}`)
    for (const held of [this.users, this.groups, this.roles]) {
      for (const { attachedPolicies } of held.values()) {
        for (const { policyArn } of attachedPolicies) if (!this.policies.has(policyArn)) missing.add(policyArn)
      }
    }
    return [...missing]
  }
}

function toUser(entry: Answer, arn: string, odd: Oddities): User | null {
  const userName = text(entry.UserName) ?? lastOfArn(arn)
  return {
    userName,
    userId: text(entry.UserId) ?? '',
    arn,
    path: text(entry.Path) ?? '/',
    createDate: isoDate(entry.CreateDate),
    tags: tagRecord(entry.Tags, odd),
    groups: names(entry.GroupList, 'GroupList', odd),
    attachedPolicies: attachedPolicies(entry.AttachedManagedPolicies, odd),
    inlinePolicies: inlinePolicies(entry.UserPolicyList, 'UserPolicyList', odd),
    permissionsBoundary: boundary(entry.PermissionsBoundary),
    password: null,
    mfaActive: null,
  }
}

function toGroup(entry: Answer, arn: string, odd: Oddities): Group {
  return {
    groupName: text(entry.GroupName) ?? lastOfArn(arn),
    groupId: text(entry.GroupId) ?? '',
    arn,
    path: text(entry.Path) ?? '/',
    createDate: isoDate(entry.CreateDate),
    attachedPolicies: attachedPolicies(entry.AttachedManagedPolicies, odd),
    inlinePolicies: inlinePolicies(entry.GroupPolicyList, 'GroupPolicyList', odd),
  }
}

function toRole(entry: Answer, arn: string, odd: Oddities): Role {
  return {
    roleName: text(entry.RoleName) ?? lastOfArn(arn),
    roleId: text(entry.RoleId) ?? '',
    arn,
    path: text(entry.Path) ?? '/',
    createDate: isoDate(entry.CreateDate),
    tags: tagRecord(entry.Tags, odd),
    trustPolicy: policyDocument(entry.AssumeRolePolicyDocument),
    attachedPolicies: attachedPolicies(entry.AttachedManagedPolicies, odd),
    inlinePolicies: inlinePolicies(entry.RolePolicyList, 'RolePolicyList', odd),
    permissionsBoundary: boundary(entry.PermissionsBoundary),
    // `RoleLastUsed: {}` says: not used in the 400 days AWS looks back; no `RoleLastUsed` says nothing.
    lastUsed: isAnswer(entry.RoleLastUsed)
      ? { date: isoDate(entry.RoleLastUsed.LastUsedDate), region: text(entry.RoleLastUsed.Region) }
      : null,
  }
}

function toManagedPolicy(entry: Answer, arn: string, odd: Oddities): ManagedPolicy {
  const versions: PolicyVersion[] = []
  for (const version of odd.list(entry.PolicyVersionList, 'PolicyVersionList')) {
    const { VersionId, IsDefaultVersion, CreateDate, Document } = answer(version)
    if (typeof VersionId !== 'string') odd.note('PolicyVersionList')
    else
      versions.push({
        versionId: VersionId,
        isDefaultVersion: flag(IsDefaultVersion) ?? VersionId === entry.DefaultVersionId,
        createDate: isoDate(CreateDate),
        document: policyDocument(Document),
      })
  }
  const defaultVersion = versions.find(({ isDefaultVersion }) => isDefaultVersion)
  // Without its default version nobody can say what a policy allows.
  if (!defaultVersion) odd.note('PolicyVersionList')
  return {
    arn,
    // Some stand-ins for AWS leave out the name.
    policyName: text(entry.PolicyName) ?? lastOfArn(arn),
    policyId: text(entry.PolicyId) ?? '',
    path: text(entry.Path) ?? '/',
    awsManaged: arn.split(':', 5)[4] === 'aws',
    createDate: isoDate(entry.CreateDate),
    updateDate: isoDate(entry.UpdateDate),
    attachmentCount: number(entry.AttachmentCount),
    permissionsBoundaryUsageCount: number(entry.PermissionsBoundaryUsageCount),
    defaultVersionId: text(entry.DefaultVersionId) ?? defaultVersion?.versionId ?? '',
    versions,
  }
}

function attachedPolicies(value: unknown, odd: Oddities): AttachedPolicy[] {
  const attached: AttachedPolicy[] = []
  for (const policy of odd.list(value, 'AttachedManagedPolicies')) {
    const { PolicyArn, PolicyName } = answer(policy)
    if (typeof PolicyArn !== 'string') odd.note('AttachedManagedPolicies')
    else attached.push({ policyName: text(PolicyName) ?? lastOfArn(PolicyArn), policyArn: PolicyArn })
  }
  return attached
}

function inlinePolicies(value: unknown, field: string, odd: Oddities): InlinePolicy[] {
  const policies: InlinePolicy[] = []
  for (const policy of odd.list(value, field)) {
    if (!isAnswer(policy)) odd.note(field)
    else
      policies.push({
        policyName: text(policy.PolicyName) ?? '',
        policyDocument: policyDocument(policy.PolicyDocument),
      })
  }
  return policies
}

function names(value: unknown, field: string, odd: Oddities): string[] {
  const all: string[] = []
  for (const name of odd.list(value, field)) {
    if (typeof name === 'string') all.push(name)
    else odd.note(field)
  }
  return all
}

function boundary(value: unknown): string | null {
  return text(answer(value).PermissionsBoundaryArn)
}

function lastOfArn(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1)
}
