/**
 * `GetAccountAuthorizationDetails`: users, groups, roles and policies as one list, in pages.
 *
 * Of AWS's own policies only those in use are in it: attached somewhere, or a boundary.
 */
import type * as iam from '@aws-sdk/client-iam'
import type { Call, Handlers } from '../../call.ts'
import { derived, sortedEntries } from '../../derived.ts'
import type { Group, ManagedPolicy, Role, User } from '../../state.ts'
import { pageOfEntries } from './find.ts'
import { encodeDocument } from './policy-document.ts'
import {
  attachedShapes,
  boundaryShape,
  instanceProfileShape,
  policyShape,
  profilesOf,
  roleLastUsed,
  usages,
} from './shapes.ts'
import { tagList } from './tags.ts'

type Detail = User | Group | Role | ManagedPolicy

const KINDS = ['User', 'Group', 'Role', 'LocalManagedPolicy', 'AWSManagedPolicy'] as const

type Kind = (typeof KINDS)[number]

export const authorizationDetails: Handlers<typeof iam> = {
  GetAccountAuthorizationDetails(call, input) {
    const filter = input.Filter?.length ? KINDS.filter((kind) => input.Filter!.includes(kind)) : KINDS
    const limit = Math.min(input.MaxItems ?? 100, call.settings.maxAuthorizationDetails)
    const [found, more] = pageOfEntries(details(call, filter), { Marker: input.Marker, MaxItems: limit })
    return {
      UserDetailList: found.flatMap((detail) => ('userId' in detail ? [userDetail(call, detail)] : [])),
      GroupDetailList: found.flatMap((detail) => ('groupId' in detail ? [groupDetail(call, detail)] : [])),
      RoleDetailList: found.flatMap((detail) => ('roleId' in detail ? [roleDetail(call, detail)] : [])),
      Policies: found.flatMap((detail) => ('policyId' in detail ? [policyDetail(call, detail)] : [])),
      ...more,
    }
  },
}

function details(call: Call, kinds: readonly Kind[]): (readonly [string, Detail])[] {
  const { world, account } = call
  return derived(world, account, `details ${kinds.join()}`, () =>
    kinds.flatMap((kind) =>
      entriesOf(call, kind).map(([key, detail]) => [`${KINDS.indexOf(kind)} ${key}`, detail] as const),
    ),
  )
}

function entriesOf(call: Call, kind: Kind): [string, Detail][] {
  const { world, account } = call
  switch (kind) {
    case 'User':
      return sortedEntries<Detail>(world, account.users)
    case 'Group':
      return sortedEntries<Detail>(world, account.groups)
    case 'Role':
      return sortedEntries<Detail>(world, account.roles)
    case 'LocalManagedPolicy':
      return sortedEntries<Detail>(world, account.policies)
    case 'AWSManagedPolicy': {
      const used = usages(call)
      return sortedEntries<Detail>(world, world.awsManagedPolicies).filter(([arn]) => used.has(arn))
    }
  }
}

function inlineList(policies: Map<string, string>) {
  return [...policies].map(([PolicyName, document]) => ({ PolicyName, PolicyDocument: encodeDocument(document) }))
}

function userDetail(call: Call, user: User) {
  return {
    Path: user.path,
    UserName: user.userName,
    UserId: user.userId,
    Arn: user.arn,
    CreateDate: user.createDate,
    ...(user.inlinePolicies.size > 0 && { UserPolicyList: inlineList(user.inlinePolicies) }),
    GroupList: user.groups.map(({ groupName }) => groupName),
    AttachedManagedPolicies: attachedShapes(call, user.attachedPolicies),
    ...boundaryShape(user.permissionsBoundary),
    Tags: tagList(user.tags),
  }
}

function groupDetail(call: Call, group: Group) {
  return {
    Path: group.path,
    GroupName: group.groupName,
    GroupId: group.groupId,
    Arn: group.arn,
    CreateDate: group.createDate,
    GroupPolicyList: inlineList(group.inlinePolicies),
    AttachedManagedPolicies: attachedShapes(call, group.attachedPolicies),
  }
}

function roleDetail(call: Call, role: Role) {
  return {
    Path: role.path,
    RoleName: role.roleName,
    RoleId: role.roleId,
    Arn: role.arn,
    CreateDate: role.createDate,
    AssumeRolePolicyDocument: encodeDocument(role.trustPolicy),
    InstanceProfileList: profilesOf(call, role).map(instanceProfileShape),
    RolePolicyList: inlineList(role.inlinePolicies),
    AttachedManagedPolicies: attachedShapes(call, role.attachedPolicies),
    ...boundaryShape(role.permissionsBoundary),
    Tags: tagList(role.tags),
    RoleLastUsed: roleLastUsed(role),
  }
}

function policyDetail(call: Call, policy: ManagedPolicy) {
  return {
    ...policyShape(call, policy),
    ...(policy.description !== null && { Description: policy.description }),
    PolicyVersionList: policy.versions.toReversed().map(({ versionId, document, createDate }) => ({
      Document: encodeDocument(document),
      VersionId: versionId,
      IsDefaultVersion: versionId === policy.defaultVersionId,
      CreateDate: createDate,
    })),
  }
}
