/** The state in the words of IAM's answers. */
import type { Call } from '../../call.ts'
import { derived } from '../../derived.ts'
import type { Group, InstanceProfile, ManagedPolicy, Role, User } from '../../state.ts'
import { encodeDocument } from './policy-document.ts'
import { tagList } from './tags.ts'

export function boundaryShape(arn: string | null) {
  return arn === null
    ? {}
    : {
        PermissionsBoundary: {
          PermissionsBoundaryType: 'PermissionsBoundaryPolicy' as const,
          PermissionsBoundaryArn: arn,
        },
      }
}

/** As in a list: without tags and boundary, which only `GetUser` tells. */
export function userShape(user: User) {
  return {
    Path: user.path,
    UserName: user.userName,
    UserId: user.userId,
    Arn: user.arn,
    CreateDate: user.createDate,
    ...(user.password?.lastUsed && { PasswordLastUsed: user.password.lastUsed }),
  }
}

export function fullUserShape(user: User) {
  return {
    ...userShape(user),
    ...boundaryShape(user.permissionsBoundary),
    ...(user.tags.size > 0 && { Tags: tagList(user.tags) }),
  }
}

export function groupShape(group: Group) {
  return {
    Path: group.path,
    GroupName: group.groupName,
    GroupId: group.groupId,
    Arn: group.arn,
    CreateDate: group.createDate,
  }
}

export function roleShape(role: Role) {
  return {
    Path: role.path,
    RoleName: role.roleName,
    RoleId: role.roleId,
    Arn: role.arn,
    CreateDate: role.createDate,
    AssumeRolePolicyDocument: encodeDocument(role.trustPolicy),
    ...(role.description !== null && { Description: role.description }),
    MaxSessionDuration: role.maxSessionDuration,
  }
}

export function fullRoleShape(role: Role) {
  return {
    ...roleShape(role),
    ...boundaryShape(role.permissionsBoundary),
    ...(role.tags.size > 0 && { Tags: tagList(role.tags) }),
    RoleLastUsed: roleLastUsed(role),
  }
}

export function roleLastUsed({ lastUsed }: Role) {
  return lastUsed === null ? {} : { LastUsedDate: lastUsed.date, Region: lastUsed.region }
}

export function instanceProfileShape(profile: InstanceProfile) {
  return {
    Path: profile.path,
    InstanceProfileName: profile.instanceProfileName,
    InstanceProfileId: profile.instanceProfileId,
    Arn: profile.arn,
    CreateDate: profile.createDate,
    Roles: profile.roles.map(roleShape),
    ...(profile.tags.size > 0 && { Tags: tagList(profile.tags) }),
  }
}

/** As in a list: without description and tags. */
export function policyShape(call: Call, policy: ManagedPolicy) {
  const { attachments, boundaries } = usageOf(call, policy.arn)
  return {
    PolicyName: policy.policyName,
    PolicyId: policy.policyId,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: attachments,
    PermissionsBoundaryUsageCount: boundaries,
    IsAttachable: true,
    CreateDate: policy.createDate,
    UpdateDate: policy.updateDate,
  }
}

export function fullPolicyShape(call: Call, policy: ManagedPolicy) {
  return {
    ...policyShape(call, policy),
    ...(policy.description !== null && { Description: policy.description }),
    Tags: tagList(policy.tags),
  }
}

export function attachedShapes(call: Call, arns: Iterable<string>) {
  return [...arns].map((arn) => ({
    PolicyName:
      (call.account.policies.get(arn) ?? call.world.awsManagedPolicies.get(arn))?.policyName ?? arn.split('/').at(-1)!,
    PolicyArn: arn,
  }))
}

interface PolicyUsage {
  attachments: number
  boundaries: number
}

const UNUSED: PolicyUsage = { attachments: 0, boundaries: 0 }

/** How often each policy is attached, and how often it is a boundary, in this account. */
export function usages({ world, account }: Call): Map<string, PolicyUsage> {
  return derived(world, account, 'policy usages', () => {
    const map = new Map<string, PolicyUsage>()
    const of = (arn: string) => {
      const usage = map.get(arn) ?? { attachments: 0, boundaries: 0 }
      map.set(arn, usage)
      return usage
    }
    for (const identities of [account.users, account.groups, account.roles])
      for (const identity of identities.values()) {
        for (const arn of identity.attachedPolicies) of(arn).attachments++
        if ('permissionsBoundary' in identity && identity.permissionsBoundary !== null)
          of(identity.permissionsBoundary).boundaries++
      }
    return map
  })
}

export function usageOf(call: Call, arn: string): PolicyUsage {
  return usages(call).get(arn) ?? UNUSED
}

/** The instance profiles that hold a role. */
export function profilesOf({ world, account }: Call, role: Role): InstanceProfile[] {
  const index = derived(world, account, 'profiles by role', () => {
    const map = new Map<Role, InstanceProfile[]>()
    for (const profile of account.instanceProfiles.values())
      for (const held of profile.roles) map.set(held, [...(map.get(held) ?? []), profile])
    return map
  })
  return index.get(role) ?? []
}
