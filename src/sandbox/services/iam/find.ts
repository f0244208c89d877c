/** Lookups that answer IAM's own `NoSuchEntity`, and the errors that its operations share. */
import { AwsError } from '../../aws-error.ts'
import type { Call } from '../../call.ts'
import { sortedEntries } from '../../derived.ts'
import { pageOf } from '../../paging.ts'
import {
  type AccessKey,
  type Group,
  type InstanceProfile,
  type ManagedPolicy,
  nameKey,
  type PolicyVersion,
  type Role,
  type RootUser,
  type User,
} from '../../state.ts'

export function noSuchEntity(message: string): AwsError {
  return new AwsError('NoSuchEntity', message, 404)
}

export function alreadyExists(message: string): AwsError {
  return new AwsError('EntityAlreadyExists', message, 409)
}

export function deleteConflict(message: string): AwsError {
  return new AwsError('DeleteConflict', message, 409)
}

export function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceeded', message, 409)
}

export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message)
}

export function invalidInput(message: string): AwsError {
  return new AwsError('InvalidInput', message)
}

export function findUser({ account }: Call, name: string | undefined): User {
  const user = name === undefined ? undefined : account.users.get(nameKey(name))
  if (!user) throw noSuchEntity(`The user with name ${name} cannot be found.`)
  return user
}

export function findGroup({ account }: Call, name: string | undefined): Group {
  const group = name === undefined ? undefined : account.groups.get(nameKey(name))
  if (!group) throw noSuchEntity(`The group with name ${name} cannot be found.`)
  return group
}

export function findRole({ account }: Call, name: string | undefined): Role {
  const role = name === undefined ? undefined : account.roles.get(nameKey(name))
  if (!role) throw noSuchEntity(`The role with name ${name} cannot be found.`)
  return role
}

/** A customer managed policy of the account, or one of AWS's. */
export function findPolicy({ account, world }: Call, arn: string | undefined): ManagedPolicy {
  const policy = arn === undefined ? undefined : (account.policies.get(arn) ?? world.awsManagedPolicies.get(arn))
  if (!policy) throw noSuchEntity(`Policy ${arn} was not found.`)
  return policy
}

export function isAwsManaged(policy: ManagedPolicy): boolean {
  return policy.arn.split(':')[4] === 'aws'
}

/** A policy that the account may change. */
export function findOwnPolicy(call: Call, arn: string | undefined): ManagedPolicy {
  const policy = findPolicy(call, arn)
  if (isAwsManaged(policy)) throw new AwsError('AccessDenied', `Cannot change the AWS managed policy ${arn}`, 403)
  return policy
}

export function findVersion(policy: ManagedPolicy, versionId: string | undefined): PolicyVersion {
  const version = policy.versions.find((candidate) => candidate.versionId === versionId)
  if (!version) throw noSuchEntity(`Policy ${policy.arn} version ${versionId} does not exist or is not attachable.`)
  return version
}

export function findInstanceProfile({ account }: Call, name: string | undefined): InstanceProfile {
  const profile = name === undefined ? undefined : account.instanceProfiles.get(nameKey(name))
  if (!profile) throw noSuchEntity(`Instance Profile ${name} cannot be found.`)
  return profile
}

/** Whose things an operation without a `UserName` is about: the caller's own; null: root's. */
export function userOrCaller(call: Call, name: string | undefined): User | null {
  if (name !== undefined) return findUser(call, name)
  const { principal } = call.caller
  if (principal.kind === 'user') return principal.user
  if (principal.kind === 'root') return null
  throw validationError('Must specify userName when calling with non-User credentials')
}

/** As above, where root has none of it. */
export function mustBeUser(call: Call, name: string | undefined): User {
  const user = userOrCaller(call, name)
  if (!user) throw validationError('Must specify userName when calling with root credentials')
  return user
}

/** Whose password it is about: a user's, or root's in a session for a task of root's. */
export function passwordOwner(call: Call, name: string | undefined): { owner: User | RootUser; named: string } {
  if (name === undefined && call.caller.session?.isRootTask) return { owner: call.account.root, named: 'root' }
  const user = mustBeUser(call, name)
  return { owner: user, named: user.userName }
}

export function keysOf({ account }: Call, user: User | null): AccessKey[] {
  return user ? user.accessKeys : account.root.accessKeys
}

// ---- lists

export interface Paged {
  Marker?: string | undefined
  MaxItems?: number | undefined
}

export interface PageMembers {
  IsTruncated: boolean
  Marker?: string
}

/** One page of a map's values, in the order of their names. */
export function page<Value>(
  call: Call,
  map: Map<string, Value>,
  input: Paged,
  filter?: (value: Value) => boolean,
): [Value[], PageMembers] {
  const all = sortedEntries(call.world, map)
  return pageOfEntries(filter ? all.filter(([, value]) => filter(value)) : all, input)
}

/** One page of a list, in its own order. */
export function pageOfList<Value>(list: readonly Value[], input: Paged): [Value[], PageMembers] {
  return pageOfEntries(
    list.map((value, index) => [String(index).padStart(8, '0'), value] as const),
    input,
  )
}

export function pageOfEntries<Value>(
  sorted: readonly (readonly [string, Value])[],
  { Marker, MaxItems = 100 }: Paged,
): [Value[], PageMembers] {
  const { items, next } = pageOf(sorted, Marker, MaxItems, () => validationError('Invalid Marker.'))
  return [items, next === null ? { IsTruncated: false } : { IsTruncated: true, Marker: next }]
}

export function underPath(prefix: string | undefined): ((value: { path: string }) => boolean) | undefined {
  return prefix === undefined || prefix === '/' ? undefined : ({ path }) => path.startsWith(prefix)
}
