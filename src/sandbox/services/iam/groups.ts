import type * as iam from '@aws-sdk/client-iam'
import type { Handlers } from '../../call.ts'
import { addGroup, addUserToGroup, iamArn, nameKey, removeUserFromGroup } from '../../state.ts'
import {
  alreadyExists,
  deleteConflict,
  findGroup,
  findUser,
  limitExceeded,
  noSuchEntity,
  page,
  pageOfEntries,
  underPath,
} from './find.ts'
import { groupShape, userShape } from './shapes.ts'

const GROUPS_PER_USER = 10

export const groups: Handlers<typeof iam> = {
  CreateGroup(call, input) {
    const name = input.GroupName!
    if (call.account.groups.has(nameKey(name))) throw alreadyExists(`Group with name ${name} already exists.`)
    return { Group: groupShape(addGroup(call.world, call.account, name, { path: input.Path ?? '/' })) }
  },

  GetGroup(call, input) {
    const group = findGroup(call, input.GroupName)
    const members = [...group.members].map((user) => [nameKey(user.userName), user] as const)
    members.sort(([a], [b]) => (a < b ? -1 : 1))
    const [found, more] = pageOfEntries(members, input)
    return { Group: groupShape(group), Users: found.map(userShape), ...more }
  },

  ListGroups(call, input) {
    const [found, more] = page(call, call.account.groups, input, underPath(input.PathPrefix))
    return { Groups: found.map(groupShape), ...more }
  },

  UpdateGroup(call, input) {
    const group = findGroup(call, input.GroupName)
    const name = input.NewGroupName ?? group.groupName
    const other = call.account.groups.get(nameKey(name))
    if (other && other !== group) throw alreadyExists(`Group with name ${name} already exists.`)
    call.account.groups.delete(nameKey(group.groupName))
    group.groupName = name
    group.path = input.NewPath ?? group.path
    group.arn = iamArn(call.account, 'group', group.path, name)
    call.account.groups.set(nameKey(name), group)
  },

  DeleteGroup(call, input) {
    const group = findGroup(call, input.GroupName)
    const cannot = (what: string) => deleteConflict(`Cannot delete entity, must ${what} first.`)
    if (group.members.size > 0) throw cannot('remove users from group')
    if (group.attachedPolicies.size > 0) throw cannot('detach all policies')
    if (group.inlinePolicies.size > 0) throw cannot('delete policies')
    call.account.groups.delete(nameKey(group.groupName))
  },

  AddUserToGroup(call, input) {
    const group = findGroup(call, input.GroupName)
    const user = findUser(call, input.UserName)
    if (!user.groups.includes(group) && user.groups.length >= GROUPS_PER_USER)
      throw limitExceeded(`Cannot exceed quota for GroupsPerUser: ${GROUPS_PER_USER}`)
    addUserToGroup(call.world, user, group)
  },

  RemoveUserFromGroup(call, input) {
    const group = findGroup(call, input.GroupName)
    const user = findUser(call, input.UserName)
    if (!group.members.has(user)) throw noSuchEntity(`User ${user.userName} is not in group ${group.groupName}.`)
    removeUserFromGroup(call.world, user, group)
  },
}
