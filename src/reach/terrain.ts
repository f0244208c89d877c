/** What is the same for everybody in an account who looks for a way up: its users and roles, and what runs with these. */
import { knowledgeOf } from '../model/facts.ts'
import { MAYBE, NO, type Tri, YES } from '../policy/tri.ts'
import { chosenIn } from './admin.ts'
import type { UserWay } from './escalations.ts'
import type { EstateAccount, EstatePrincipal } from './estate.ts'
import { type HoldersByKind, holdersOf } from './holders.ts'
import { type Pool, poolOf } from './picks.ts'
import { entrantsOf, entry, isPassedTo } from './trust.ts'

/** What is the same for everybody in an account. */
export interface Terrain {
  account: EstateAccount
  users: Pool
  roles: Pool
  groups: Pool
  policies: Pool
  /** Users by what their credentials leave room for. */
  usersOf: Record<UserWay['of'], Members>
  /** It is not known how many keys, or whether passwords, users have. */
  credentials: { keys: Tri; passwords: Tri }
  /** Roles whose trust policy can be changed. */
  changeable: Members
  /** By service, roles that trust it. */
  trusting: ReadonlyMap<string, Trusting>
  /** What runs with roles. */
  holders: HoldersByKind
  /** Roles that are in an instance profile. */
  inProfile: ReadonlySet<number>
  attachContext: Readonly<Record<string, string>>
}

/** Roles that trust a service, by how sure that is. */
export interface Trusting {
  sure: Members
  perhaps: Members
  /** Of those that are sure, the ones that are in an instance profile, and the others. */
  inProfile: Members
  inNoProfile: Members
}

export interface Members {
  list: readonly number[]
  set: ReadonlySet<number>
}

export function membersOf(list: readonly number[]): Members {
  return { list, set: new Set(list) }
}

export function terrainOf(account: EstateAccount): Terrain {
  const { snapshot, partition, accountId } = account
  const iam = (what: string) => `arn:${partition}:iam::${accountId}:${what}/*`
  const targets = (list: readonly EstatePrincipal[]) => list.map(({ index, arn }) => ({ key: index, arn }))
  const keysOf = new Map<string, number>()
  for (const { userName } of snapshot.accessKeys)
    if (userName !== null) keysOf.set(userName, (keysOf.get(userName) ?? 0) + 1)
  const roleByArn = new Map(account.roles.map(({ arn, index }) => [arn, index]))
  const trusting = new Map<string, { sure: number[]; perhaps: number[] }>()
  for (const role of account.roles)
    for (const entrant of entrantsOf(role.trust)) {
      if (!isPassedTo(entrant)) continue
      const tri = entry(role, entrant)
      if (tri === NO) continue
      let roles = trusting.get(entrant.name)
      if (!roles) {
        roles = { sure: [], perhaps: [] }
        trusting.set(entrant.name, roles)
      }
      ;(tri === YES ? roles.sure : roles.perhaps).push(role.index)
    }
  const keysKnown = knowledgeOf('accessKeys', snapshot).known === 'all' ? YES : MAYBE
  const passwordsKnown = knowledgeOf('passwords', snapshot).known === 'all' ? YES : MAYBE
  const policyArns = [...account.policies.values()].filter(({ awsManaged }) => !awsManaged)
  const profiles = new Map(
    snapshot.instanceProfiles.map(({ arn, roleArns }) => [
      arn,
      roleArns.map((role) => roleByArn.get(role)).filter((role) => role !== undefined),
    ]),
  )
  const inProfile = new Set([...profiles.values()].flat())
  return {
    account,
    users: poolOf(targets(account.users), iam('user')),
    roles: poolOf(targets(account.roles), iam('role')),
    groups: poolOf(
      [...account.groups.values()].map(({ arn }, key) => ({ key, arn })),
      iam('group'),
    ),
    policies: poolOf(
      policyArns.map(({ arn }, key) => ({ key, arn })),
      iam('policy'),
    ),
    usersOf: usersByCredentials(account, keysOf),
    credentials: { keys: keysKnown, passwords: passwordsKnown },
    changeable: membersOf(account.roles.filter(isChangeable).map(({ index }) => index)),
    trusting: new Map(
      [...trusting].map(([service, { sure, perhaps }]) => [
        service,
        {
          sure: membersOf(sure),
          perhaps: membersOf(perhaps),
          inProfile: membersOf(sure.filter((role) => inProfile.has(role))),
          inNoProfile: membersOf(sure.filter((role) => !inProfile.has(role))),
        },
      ]),
    ),
    holders: holdersOf(account),
    inProfile,
    attachContext: chosenIn(partition),
  }
}

function usersByCredentials(
  { users }: EstateAccount,
  keysOf: ReadonlyMap<string, number>,
): Record<UserWay['of'], Members> {
  const withRoom: number[] = []
  const withTwoKeys: number[] = []
  const withoutPassword: number[] = []
  const withPassword: number[] = []
  const withMfa: number[] = []
  for (const { index, name, user } of users) {
    if ((keysOf.get(name) ?? 0) < 2) withRoom.push(index)
    else withTwoKeys.push(index)
    // what is not known may be either
    const password = user?.password?.enabled ?? null
    if (password !== true) withoutPassword.push(index)
    if (password === false) continue
    if (user?.mfaActive === true) withMfa.push(index)
    else withPassword.push(index)
  }
  return {
    'room-for-a-key': membersOf(withRoom),
    'two-keys': membersOf(withTwoKeys),
    'no-password': membersOf(withoutPassword),
    password: membersOf(withPassword),
    'password-and-mfa': membersOf(withMfa),
  }
}

/** Roles of AWS's own can be changed by nobody but the service. */
export function isChangeable({ role }: EstatePrincipal): boolean {
  return role !== null && !/^\/aws-(service-role|reserved)\//.test(role.path)
}
