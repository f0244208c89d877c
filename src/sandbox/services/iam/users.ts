import type * as iam from '@aws-sdk/client-iam'
import type { Handlers } from '../../call.ts'
import { addUser, iamArn, nameKey, removeUserFromGroup } from '../../state.ts'
import { checkPassword } from './credentials.ts'
import {
  alreadyExists,
  deleteConflict,
  findPolicy,
  findUser,
  mustBeUser,
  page,
  pageOfList,
  underPath,
  userOrCaller,
  validationError,
} from './find.ts'
import { fullUserShape, userShape } from './shapes.ts'
import { tagCalls, tagsFrom } from './tags.ts'

export const users: Handlers<typeof iam> = {
  CreateUser(call, input) {
    const name = input.UserName!
    if (name.length > 64) throw validationError(tooLong('userName', name, 64))
    if (call.account.users.has(nameKey(name))) throw alreadyExists(`User with name ${name} already exists.`)
    const tags = tagsFrom(input.Tags)
    const boundary = input.PermissionsBoundary ? findPolicy(call, input.PermissionsBoundary).arn : null
    const user = addUser(call.world, call.account, name, { path: input.Path ?? '/', permissionsBoundary: boundary })
    user.tags = tags
    return { User: fullUserShape(user) }
  },

  GetUser(call, input) {
    const user = userOrCaller(call, input.UserName)
    if (user) return { User: fullUserShape(user) }
    const { account } = call
    return {
      User: {
        Path: '/',
        UserName: account.alias ?? account.accountId,
        UserId: account.accountId,
        Arn: `arn:${account.partition}:iam::${account.accountId}:root`,
        CreateDate: account.createDate,
        ...(account.root.password?.lastUsed && { PasswordLastUsed: account.root.password.lastUsed }),
      },
    }
  },

  ListUsers(call, input) {
    const [found, more] = page(call, call.account.users, input, underPath(input.PathPrefix))
    return { Users: found.map(userShape), ...more }
  },

  UpdateUser(call, input) {
    const user = findUser(call, input.UserName)
    const name = input.NewUserName ?? user.userName
    const other = call.account.users.get(nameKey(name))
    if (other && other !== user) throw alreadyExists(`User with name ${name} already exists.`)
    call.account.users.delete(nameKey(user.userName))
    user.userName = name
    user.path = input.NewPath ?? user.path
    user.arn = iamArn(call.account, 'user', user.path, name)
    call.account.users.set(nameKey(name), user)
  },

  DeleteUser(call, input) {
    const user = findUser(call, input.UserName)
    const cannot = (what: string) => deleteConflict(`Cannot delete entity, must ${what} first.`)
    if (user.groups.length > 0) throw cannot('remove users from group')
    if (user.attachedPolicies.size > 0) throw cannot('detach all policies')
    if (user.inlinePolicies.size > 0) throw cannot('delete policies')
    if (user.accessKeys.length > 0) throw cannot('delete access keys')
    if (user.password) throw cannot('delete login profile')
    if (user.mfaDevices.length > 0) throw cannot('delete MFA device')
    if (user.signingCertificates.length > 0) throw cannot('delete signing certificates')
    if (user.sshPublicKeys.length > 0) throw cannot('delete SSH public keys')
    if (user.serviceSpecificCredentials.length > 0) throw cannot('delete service specific credentials')
    for (const group of user.groups) removeUserFromGroup(call.world, user, group)
    call.account.users.delete(nameKey(user.userName))
  },

  ListGroupsForUser(call, input) {
    const groups = [...findUser(call, input.UserName).groups].sort((a, b) => (a.groupName < b.groupName ? -1 : 1))
    const [found, more] = pageOfList(groups, input)
    return {
      Groups: found.map(({ path, groupName, groupId, arn, createDate }) => ({
        Path: path,
        GroupName: groupName,
        GroupId: groupId,
        Arn: arn,
        CreateDate: createDate,
      })),
      ...more,
    }
  },

  ...tagCalls('User', 'UserName', findUser),

  PutUserPermissionsBoundary(call, input) {
    findUser(call, input.UserName).permissionsBoundary = findPolicy(call, input.PermissionsBoundary).arn
  },

  DeleteUserPermissionsBoundary(call, input) {
    findUser(call, input.UserName).permissionsBoundary = null
  },

  ChangePassword(call, input) {
    const user = mustBeUser(call, undefined)
    checkPassword(call.account.passwordPolicy, input.NewPassword!)
    if (user.password) user.password = { ...user.password, lastChanged: call.now, resetRequired: false }
  },
}

function tooLong(member: string, value: string, max: number): string {
  return `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must have length less than or equal to ${max}`
}
