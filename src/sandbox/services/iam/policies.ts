/** Managed policies with their versions, inline policies, and what is attached where. */
import type * as iam from '@aws-sdk/client-iam'
import { AwsError } from '../../aws-error.ts'
import type { Call, Handlers } from '../../call.ts'
import { derived } from '../../derived.ts'
import { addPolicy, addPolicyVersion, type Group, iamArn, nameKey, type Role, type User } from '../../state.ts'
import {
  alreadyExists,
  deleteConflict,
  findGroup,
  findOwnPolicy,
  findPolicy,
  findRole,
  findUser,
  findVersion,
  isAwsManaged,
  limitExceeded,
  noSuchEntity,
  type PageMembers,
  pageOfEntries,
  pageOfList,
} from './find.ts'
import { checkInlineSize, checkManagedSize, checkPolicyDocument, encodeDocument } from './policy-document.ts'
import { changeable } from './roles.ts'
import { attachedShapes, fullPolicyShape, policyShape, usageOf } from './shapes.ts'
import { tagCalls, tagList, tagsFrom } from './tags.ts'

const VERSIONS_PER_POLICY = 5
const POLICIES_PER_IDENTITY = 10

type Holder = User | Group | Role

export const policies: Handlers<typeof iam> = {
  CreatePolicy(call, input) {
    const name = input.PolicyName!
    const path = input.Path ?? '/'
    checkPolicyDocument(call.world, input.PolicyDocument!, 'identity')
    checkManagedSize(input.PolicyDocument!)
    const taken = [...call.account.policies.values()].some(({ policyName }) => nameKey(policyName) === nameKey(name))
    if (taken)
      throw alreadyExists(
        `A policy called ${name} already exists. Duplicate names are not allowed. (${iamArn(call.account, 'policy', path, name)})`,
      )
    const tags = tagsFrom(input.Tags)
    const policy = addPolicy(call.world, call.account, name, input.PolicyDocument!, {
      path,
      ...(input.Description !== undefined && { description: input.Description }),
    })
    policy.tags = tags
    return { Policy: { ...policyShape(call, policy), ...(tags.size > 0 && { Tags: tagList(tags) }) } }
  },

  GetPolicy: (call, input) => ({ Policy: fullPolicyShape(call, findPolicy(call, input.PolicyArn)) }),

  ListPolicies(call, input) {
    const { Scope = 'All', OnlyAttached, PathPrefix, PolicyUsageFilter } = input
    const { world, account } = call
    const sorted = derived(world, account, `policies ${Scope}`, () => {
      const all = [
        ...(Scope === 'AWS' ? [] : account.policies.values()),
        ...(Scope === 'Local' ? [] : world.awsManagedPolicies.values()),
      ]
      return all.map((policy) => [policy.arn, policy] as const).sort(([a], [b]) => (a < b ? -1 : 1))
    })
    const wanted = sorted.filter(([arn, policy]) => {
      if (PathPrefix !== undefined && !policy.path.startsWith(PathPrefix)) return false
      const { attachments, boundaries } = usageOf(call, arn)
      if (OnlyAttached && attachments + (PolicyUsageFilter === 'PermissionsPolicy' ? 0 : boundaries) === 0) return false
      if (PolicyUsageFilter === 'PermissionsBoundary') return boundaries > 0
      return PolicyUsageFilter !== 'PermissionsPolicy' || attachments > 0
    })
    const [found, more] = pageOfEntries(wanted, input)
    return { Policies: found.map((policy) => policyShape(call, policy)), ...more }
  },

  DeletePolicy(call, input) {
    const policy = findOwnPolicy(call, input.PolicyArn)
    const { attachments, boundaries } = usageOf(call, policy.arn)
    if (attachments > 0) throw deleteConflict('Cannot delete a policy attached to entities.')
    if (boundaries > 0) throw deleteConflict('Cannot delete a policy in use as a permissions boundary.')
    if (policy.versions.length > 1)
      throw deleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      )
    call.account.policies.delete(policy.arn)
  },

  CreatePolicyVersion(call, input) {
    const policy = findOwnPolicy(call, input.PolicyArn)
    checkPolicyDocument(call.world, input.PolicyDocument!, 'identity')
    checkManagedSize(input.PolicyDocument!)
    if (policy.versions.length >= VERSIONS_PER_POLICY)
      throw limitExceeded(
        `A managed policy can have up to ${VERSIONS_PER_POLICY} versions. Before you create a new version, you must delete an existing version.`,
      )
    const setAsDefault = input.SetAsDefault ?? false
    const version = addPolicyVersion(call.world, policy, input.PolicyDocument!, { setAsDefault })
    return {
      PolicyVersion: { VersionId: version.versionId, IsDefaultVersion: setAsDefault, CreateDate: version.createDate },
    }
  },

  GetPolicyVersion(call, input) {
    const policy = findPolicy(call, input.PolicyArn)
    const { versionId, document, createDate } = findVersion(policy, input.VersionId)
    return {
      PolicyVersion: {
        Document: encodeDocument(document),
        VersionId: versionId,
        IsDefaultVersion: versionId === policy.defaultVersionId,
        CreateDate: createDate,
      },
    }
  },

  ListPolicyVersions(call, input) {
    const policy = findPolicy(call, input.PolicyArn)
    const [found, more] = pageOfList(policy.versions.toReversed(), input)
    const Versions = found.map(({ versionId, createDate }) => ({
      VersionId: versionId,
      IsDefaultVersion: versionId === policy.defaultVersionId,
      CreateDate: createDate,
    }))
    return { Versions, ...more }
  },

  DeletePolicyVersion(call, input) {
    const policy = findOwnPolicy(call, input.PolicyArn)
    const { versionId } = findVersion(policy, input.VersionId)
    if (versionId === policy.defaultVersionId) throw deleteConflict('Cannot delete the default version of a policy.')
    policy.versions = policy.versions.filter((version) => version.versionId !== versionId)
  },

  SetDefaultPolicyVersion(call, input) {
    const policy = findOwnPolicy(call, input.PolicyArn)
    policy.defaultVersionId = findVersion(policy, input.VersionId).versionId
    policy.updateDate = call.now
  },

  ...tagCalls('Policy', 'PolicyArn', findOwnPolicy),

  /** AWS's own policies, too. */
  ListPolicyTags(call, input) {
    const [found, more] = pageOfList(tagList(findPolicy(call, input.PolicyArn).tags), input)
    return { Tags: found, ...more }
  },

  ListEntitiesForPolicy(call, input) {
    const { arn } = findPolicy(call, input.PolicyArn)
    const { account } = call
    const wants = (filter: 'User' | 'Role' | 'Group') =>
      input.EntityFilter === undefined || input.EntityFilter === filter
    const holds = (holder: Holder) =>
      holder.path.startsWith(input.PathPrefix ?? '/') &&
      ((input.PolicyUsageFilter !== 'PermissionsBoundary' && holder.attachedPolicies.has(arn)) ||
        (input.PolicyUsageFilter !== 'PermissionsPolicy' &&
          'permissionsBoundary' in holder &&
          holder.permissionsBoundary === arn))
    const entries: [string, Holder][] = []
    if (wants('Group')) for (const [key, group] of account.groups) if (holds(group)) entries.push([`0${key}`, group])
    if (wants('User')) for (const [key, user] of account.users) if (holds(user)) entries.push([`1${key}`, user])
    if (wants('Role')) for (const [key, role] of account.roles) if (holds(role)) entries.push([`2${key}`, role])
    entries.sort(([a], [b]) => (a < b ? -1 : 1))
    const [found, more] = pageOfEntries(entries, input)
    return {
      PolicyGroups: found.flatMap((h) => ('groupId' in h ? [{ GroupName: h.groupName, GroupId: h.groupId }] : [])),
      PolicyUsers: found.flatMap((h) => ('userId' in h ? [{ UserName: h.userName, UserId: h.userId }] : [])),
      PolicyRoles: found.flatMap((h) => ('roleId' in h ? [{ RoleName: h.roleName, RoleId: h.roleId }] : [])),
      ...more,
    }
  },

  // ---- attached

  AttachUserPolicy: (call, input) => attach(call, findUser(call, input.UserName), input.PolicyArn, 'user'),
  AttachGroupPolicy: (call, input) => attach(call, findGroup(call, input.GroupName), input.PolicyArn, 'group'),
  AttachRolePolicy: (call, input) => attach(call, changeable(call, input.RoleName), input.PolicyArn, 'role'),
  DetachUserPolicy: (_call, input) => detach(findUser(_call, input.UserName), input.PolicyArn),
  DetachGroupPolicy: (_call, input) => detach(findGroup(_call, input.GroupName), input.PolicyArn),
  DetachRolePolicy: (_call, input) => detach(changeable(_call, input.RoleName), input.PolicyArn),
  ListAttachedUserPolicies: (call, input) => listAttached(call, findUser(call, input.UserName), input),
  ListAttachedGroupPolicies: (call, input) => listAttached(call, findGroup(call, input.GroupName), input),
  ListAttachedRolePolicies: (call, input) => listAttached(call, findRole(call, input.RoleName), input),

  // ---- inline

  PutUserPolicy(call, input) {
    const user = findUser(call, input.UserName)
    put(call, user, input.PolicyName!, input.PolicyDocument!, 'user', user.userName)
  },
  PutGroupPolicy(call, input) {
    const group = findGroup(call, input.GroupName)
    put(call, group, input.PolicyName!, input.PolicyDocument!, 'group', group.groupName)
  },
  PutRolePolicy(call, input) {
    const role = changeable(call, input.RoleName)
    put(call, role, input.PolicyName!, input.PolicyDocument!, 'role', role.roleName)
  },
  GetUserPolicy(call, input) {
    const user = findUser(call, input.UserName)
    return { UserName: user.userName, ...inline(user, input.PolicyName!, 'user') }
  },
  GetGroupPolicy(call, input) {
    const group = findGroup(call, input.GroupName)
    return { GroupName: group.groupName, ...inline(group, input.PolicyName!, 'group') }
  },
  GetRolePolicy(call, input) {
    const role = findRole(call, input.RoleName)
    return { RoleName: role.roleName, ...inline(role, input.PolicyName!, 'role') }
  },
  ListUserPolicies: (call, input) => listInline(findUser(call, input.UserName), input),
  ListGroupPolicies: (call, input) => listInline(findGroup(call, input.GroupName), input),
  ListRolePolicies: (call, input) => listInline(findRole(call, input.RoleName), input),
  DeleteUserPolicy: (call, input) => deleteInline(findUser(call, input.UserName), input.PolicyName!, 'user'),
  DeleteGroupPolicy: (call, input) => deleteInline(findGroup(call, input.GroupName), input.PolicyName!, 'group'),
  DeleteRolePolicy: (call, input) => deleteInline(changeable(call, input.RoleName), input.PolicyName!, 'role'),
}

function attach(call: Call, to: Holder, arn: string | undefined, type: string): void {
  const policy = findPolicy(call, arn)
  if (isAwsManaged(policy) && policy.path === '/aws-service-role/')
    throw new AwsError('PolicyNotAttachable', `Cannot attach a Service Role Policy to a Customer Role.`)
  if (!to.attachedPolicies.has(policy.arn) && to.attachedPolicies.size >= POLICIES_PER_IDENTITY)
    throw limitExceeded(
      `Cannot exceed quota for PoliciesPer${type.charAt(0).toUpperCase()}${type.slice(1)}: ${POLICIES_PER_IDENTITY}`,
    )
  to.attachedPolicies.add(policy.arn)
}

function detach(from: Holder, arn: string | undefined): void {
  if (!arn || !from.attachedPolicies.delete(arn)) throw noSuchEntity(`Policy ${arn} was not found.`)
}

interface Paged {
  Marker?: string | undefined
  MaxItems?: number | undefined
  PathPrefix?: string | undefined
}

function listAttached(call: Call, holder: Holder, input: Paged) {
  const arns = [...holder.attachedPolicies].filter((arn) => pathOf(arn).startsWith(input.PathPrefix ?? '/'))
  const [found, more] = pageOfList(arns, input)
  return { AttachedPolicies: attachedShapes(call, found), ...more }
}

function pathOf(arn: string): string {
  return arn.slice(arn.indexOf(':policy/') + 7, arn.lastIndexOf('/') + 1)
}

type HolderType = 'user' | 'group' | 'role'

function put(call: Call, on: Holder, name: string, document: string, type: HolderType, holderName: string): void {
  checkPolicyDocument(call.world, document, 'identity')
  const others = [...on.inlinePolicies].filter(([other]) => other !== name).map(([, text]) => text)
  checkInlineSize(type, holderName, [...others, document])
  on.inlinePolicies.set(name, document)
}

function inline(of: Holder, name: string, type: HolderType) {
  const document = of.inlinePolicies.get(name)
  if (document === undefined) throw noInline(name, type)
  return { PolicyName: name, PolicyDocument: encodeDocument(document) }
}

function listInline(of: Holder, input: Paged): PageMembers & { PolicyNames: string[] } {
  const [found, more] = pageOfList([...of.inlinePolicies.keys()].sort(), input)
  return { PolicyNames: found, ...more }
}

function deleteInline(from: Holder, name: string, type: HolderType): void {
  if (!from.inlinePolicies.delete(name)) throw noInline(name, type)
}

function noInline(name: string, type: HolderType): AwsError {
  return noSuchEntity(`The ${type} policy with name ${name} cannot be found.`)
}
