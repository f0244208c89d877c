import type * as iam from '@aws-sdk/client-iam'
import { AwsError } from '../../aws-error.ts'
import type { Call, Handlers } from '../../call.ts'
import { addInstanceProfile, addRole, nameKey, type Role, randomUuid, serviceTrust } from '../../state.ts'
import {
  alreadyExists,
  deleteConflict,
  findInstanceProfile,
  findPolicy,
  findRole,
  invalidInput,
  limitExceeded,
  noSuchEntity,
  page,
  pageOfList,
  underPath,
} from './find.ts'
import { checkPolicyDocument } from './policy-document.ts'
import { fullRoleShape, instanceProfileShape, profilesOf, roleShape } from './shapes.ts'
import { tagCalls, tagsFrom } from './tags.ts'

export const roles: Handlers<typeof iam> = {
  CreateRole(call, input) {
    const name = input.RoleName!
    if (input.Path?.startsWith('/aws-service-role/'))
      throw new AwsError('AccessDenied', 'Service-linked roles are made with CreateServiceLinkedRole', 403)
    checkPolicyDocument(call.world, input.AssumeRolePolicyDocument!, 'trust')
    if (call.account.roles.has(nameKey(name))) throw alreadyExists(`Role with name ${name} already exists.`)
    const tags = tagsFrom(input.Tags)
    const boundary = input.PermissionsBoundary ? findPolicy(call, input.PermissionsBoundary).arn : null
    const role = addRole(call.world, call.account, name, {
      path: input.Path ?? '/',
      trustPolicy: input.AssumeRolePolicyDocument!,
      permissionsBoundary: boundary,
      maxSessionDuration: input.MaxSessionDuration ?? 3600,
      ...(input.Description !== undefined && { description: input.Description }),
    })
    role.tags = tags
    return { Role: fullRoleShape(role) }
  },

  GetRole: (call, input) => ({ Role: fullRoleShape(findRole(call, input.RoleName)) }),

  ListRoles(call, input) {
    const [found, more] = page(call, call.account.roles, input, underPath(input.PathPrefix))
    return { Roles: found.map(roleShape), ...more }
  },

  UpdateRole(call, input) {
    const role = changeable(call, input.RoleName)
    if (input.Description !== undefined) role.description = input.Description
    if (input.MaxSessionDuration !== undefined) role.maxSessionDuration = input.MaxSessionDuration
    return {}
  },

  UpdateRoleDescription(call, input) {
    const role = changeable(call, input.RoleName)
    role.description = input.Description ?? null
    return { Role: roleShape(role) }
  },

  UpdateAssumeRolePolicy(call, input) {
    const role = changeable(call, input.RoleName)
    checkPolicyDocument(call.world, input.PolicyDocument!, 'trust')
    role.trustPolicy = input.PolicyDocument!
  },

  DeleteRole(call, input) {
    const role = changeable(call, input.RoleName)
    const cannot = (what: string) => deleteConflict(`Cannot delete entity, must ${what} first.`)
    if (profilesOf(call, role).length > 0) throw cannot('remove roles from instance profile')
    if (role.attachedPolicies.size > 0) throw cannot('detach all policies')
    if (role.inlinePolicies.size > 0) throw cannot('delete policies')
    call.account.roles.delete(nameKey(role.roleName))
  },

  CreateServiceLinkedRole(call, input) {
    const service = input.AWSServiceName!
    const suffix = input.CustomSuffix ? `_${input.CustomSuffix}` : ''
    const base = service.replace(/\.amazonaws\.com$/, '').split(/[^a-z0-9]+/)
    const name = `AWSServiceRoleFor${base.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}${suffix}`
    if (!/^[a-z0-9.-]+\.amazonaws\.com$/.test(service)) throw invalidInput(`Service ${service} is not valid.`)
    if (call.account.roles.has(nameKey(name)))
      throw invalidInput(`Service role name ${name} has been taken in this account, please try a different suffix.`)
    const role = addRole(call.world, call.account, name, {
      path: `/aws-service-role/${service}/`,
      trustPolicy: serviceTrust(service),
      ...(input.Description !== undefined && { description: input.Description }),
    })
    return { Role: roleShape(role) }
  },

  DeleteServiceLinkedRole(call, input) {
    const role = findRole(call, input.RoleName)
    if (!isServiceLinked(role)) throw invalidInput(`Role ${role.roleName} is not a service-linked role.`)
    call.account.roles.delete(nameKey(role.roleName))
    return { DeletionTaskId: `task${role.path}${role.roleName}/${randomUuid(call.world.random)}` }
  },

  GetServiceLinkedRoleDeletionStatus(_call, input) {
    if (!input.DeletionTaskId?.startsWith('task/aws-service-role/'))
      throw noSuchEntity(`Deletion task ${input.DeletionTaskId} cannot be found.`)
    return { Status: 'SUCCEEDED' as const }
  },

  ...tagCalls('Role', 'RoleName', findRole),

  PutRolePermissionsBoundary(call, input) {
    changeable(call, input.RoleName).permissionsBoundary = findPolicy(call, input.PermissionsBoundary).arn
  },

  DeleteRolePermissionsBoundary(call, input) {
    changeable(call, input.RoleName).permissionsBoundary = null
  },

  // ---- instance profiles

  CreateInstanceProfile(call, input) {
    const name = input.InstanceProfileName!
    if (call.account.instanceProfiles.has(nameKey(name)))
      throw alreadyExists(`Instance Profile ${name} already exists.`)
    const tags = tagsFrom(input.Tags)
    const profile = addInstanceProfile(call.world, call.account, name, { path: input.Path ?? '/' })
    profile.tags = tags
    return { InstanceProfile: instanceProfileShape(profile) }
  },

  GetInstanceProfile: (call, input) => ({
    InstanceProfile: instanceProfileShape(findInstanceProfile(call, input.InstanceProfileName)),
  }),

  ListInstanceProfiles(call, input) {
    const [found, more] = page(call, call.account.instanceProfiles, input, underPath(input.PathPrefix))
    return { InstanceProfiles: found.map(instanceProfileShape), ...more }
  },

  ListInstanceProfilesForRole(call, input) {
    const [found, more] = pageOfList(profilesOf(call, findRole(call, input.RoleName)), input)
    return { InstanceProfiles: found.map(instanceProfileShape), ...more }
  },

  AddRoleToInstanceProfile(call, input) {
    const profile = findInstanceProfile(call, input.InstanceProfileName)
    const role = changeable(call, input.RoleName)
    if (profile.roles.length > 0) throw limitExceeded('Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1')
    profile.roles.push(role)
  },

  RemoveRoleFromInstanceProfile(call, input) {
    const profile = findInstanceProfile(call, input.InstanceProfileName)
    const role = findRole(call, input.RoleName)
    if (!profile.roles.includes(role))
      throw noSuchEntity(`Role ${role.roleName} is not in instance profile ${profile.instanceProfileName}.`)
    profile.roles = profile.roles.filter((other) => other !== role)
  },

  DeleteInstanceProfile(call, input) {
    const profile = findInstanceProfile(call, input.InstanceProfileName)
    if (profile.roles.length > 0)
      throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
    call.account.instanceProfiles.delete(nameKey(profile.instanceProfileName))
  },

  ...tagCalls('InstanceProfile', 'InstanceProfileName', findInstanceProfile),
}

function isServiceLinked({ path }: Role): boolean {
  return path.startsWith('/aws-service-role/')
}

/** Roles of a service, and of IAM Identity Center, are its own business. */
export function changeable(call: Call, name: string | undefined): Role {
  const role = findRole(call, name)
  if (isServiceLinked(role) || role.path.startsWith('/aws-reserved/'))
    throw new AwsError(
      'UnmodifiableEntity',
      `Cannot perform the operation on the protected role '${role.roleName}' - this role is only modifiable by AWS`,
    )
  return role
}
