/** The last step: how a principal makes itself an administrator, or somebody whom it can become at once. */
import { isServiceLinked, principalOf } from '../policy/principal.ts'
import type { PolicyInput } from '../policy/request.ts'
import { and, NO, or, type Tri, YES } from '../policy/tri.ts'
import { ALLOW_EVERYTHING, isAdmin, letIn } from './admin.ts'
import { alikeInAll, ceilingOf, type Ground, kindOf, pickAlike, remembered } from './alike.ts'
import { type Ask, accountOfArn, candidateResources, may, NOBODY } from './ask.ts'
import { boundOn, couldAny, couldBe, isPersonalStatement } from './effective.ts'
import { ESCALATIONS, type GrantWay, type UserWay } from './escalations.ts'
import type { EstateAccount, EstateGroup, EstatePrincipal } from './estate.ts'
import type { GraphNode } from './graph.ts'
import { at, both, isNothing, type Pick, type Pool } from './picks.ts'
import { type Step, USER_WAYS } from './steps.ts'
import { isChangeable, type Terrain } from './terrain.ts'

const GRANTS = ESCALATIONS.filter((way): way is GrantWay => way.kind === 'grant')

/** What a principal can give to others: by what, and to whom. */
export interface Giving {
  way: GrantWay
  pick: Pick
}

export function givingOf(principal: EstatePrincipal, ground: Ground): readonly Giving[] {
  const known = remembered<number, readonly Giving[]>(ground, givingOf)
  return alikeInAll(principal, ground, known, () => sameList(findGiving(principal, ground), ground))
}

/** One list for those who can give the same. */
function sameList(giving: Giving[], ground: Ground): readonly Giving[] {
  const numbers = remembered<Pick, number>(ground, 'numbers of picks')
  const lists = remembered<string, readonly Giving[]>(ground, sameList)
  const key = giving
    .map(({ way, pick }) => {
      let number = numbers.get(pick)
      if (number === undefined) {
        number = numbers.size
        numbers.set(pick, number)
      }
      return `${way.id} ${number}`
    })
    .join()
  const known = lists.get(key)
  if (!known) lists.set(key, giving)
  return known ?? giving
}

function findGiving(principal: EstatePrincipal, ground: Ground): Giving[] {
  const { users, roles, groups, policies, attachContext } = ground.terrain.get(principal.account.accountId)!
  const pools = { user: users, role: roles, group: groups, policy: policies }
  return GRANTS.map((way) => ({
    way,
    pick: pickAlike(principal, pools[way.on], way.action, ground, way.attaches ? attachContext : undefined),
  })).filter(({ pick }) => !isNothing(pick))
}

/** Whether a principal's gift reaches another: the thing given to is it, its group, or a policy it has. */
export function gives({ way, pick }: Giving, to: EstatePrincipal, terrain: Terrain): { tri: Tri; arn: string } {
  let best: { tri: Tri; arn: string } = { tri: NO, arn: to.arn }
  const consider = (tri: Tri, arn: string) => {
    if (tri > best.tri) best = { tri, arn }
  }
  if (way.on === 'user') {
    if (to.kind === 'user') consider(at(pick, to.index), to.arn)
  } else if (way.on === 'role') {
    if (isChangeable(to)) consider(at(pick, to.index), to.arn)
  } else if (way.on === 'group') for (const { arn } of to.groups) consider(at(pick, keyIn(terrain.groups, arn)), arn)
  else if (to.kind === 'user' || isChangeable(to))
    for (const arn of to.attached) {
      const key = terrain.policies.byArn.get(arn)
      if (key !== undefined) consider(at(pick, key), arn)
    }
  return best
}

function keyIn(pool: Pool, arn: string): number {
  return pool.byArn.get(arn) ?? -1
}

const OWN_ACTIONS: readonly string[] = [
  'iam:AddUserToGroup',
  'iam:SetDefaultPolicyVersion',
  'iam:DeleteUserPermissionsBoundary',
  'iam:DeleteRolePermissionsBoundary',
  'iam:PutUserPermissionsBoundary',
  'iam:PutRolePermissionsBoundary',
  'iam:CreatePolicyVersion',
  'iam:CreateRole',
  'iam:CreateUser',
  'iam:RemoveUserFromGroup',
  'iam:DetachUserPolicy',
  'iam:DetachRolePolicy',
  'iam:DetachGroupPolicy',
  'iam:DeleteUserPolicy',
  'iam:DeleteRolePolicy',
  'iam:DeleteGroupPolicy',
]

const GRANT_ACTIONS: readonly string[] = GRANTS.map(({ action }) => action)

/** What a principal's own policies make of it, and its steps. */
interface Standing {
  full: Uint8Array
  nodes: readonly GraphNode[]
  steps: readonly (readonly Step[])[]
  ground: Ground
}

/** Whether a principal can make itself, or somebody it can become at once, an administrator. */
export function waysToAdmin(standing: Standing, principal: EstatePrincipal): Tri {
  const { ground, full } = standing
  const { effective } = ground
  let best = full[principal.index] as Tri
  if (best === YES) return YES
  const giving = couldAny(effective, principal, GRANT_ACTIONS) ? givingOf(principal, ground) : []
  if (giving.length > 0) {
    const given = toOther(principal, giving, ground)
    if (given > best) best = or(best, and(given, ceilingOf(principal, ground)))
    if (best !== YES) best = or(best, throughOthers(standing, principal, giving))
  }
  if (best !== YES && couldAny(effective, principal, OWN_ACTIONS))
    for (const { tri } of ownWays(principal, ground, () => best)) {
      best = or(best, tri)
      if (best === YES) break
    }
  return best
}

/** Gives somebody everything whom it can become at once. */
function throughOthers(standing: Standing, principal: EstatePrincipal, giving: readonly Giving[]): Tri {
  // many have both in common: what they can give, and a step
  const known = remembered<Pick, { step: Step; tri: Tri }[]>(standing.ground, giving)
  let best: Tri = NO
  for (const step of standing.steps[principal.index]!) {
    if (step.cap <= best) continue
    let answers = known.get(step.pick)
    if (!answers) {
      answers = []
      known.set(step.pick, answers)
    }
    let answer = answers.find((it) => it.step.isMember === step.isMember && it.step.cap === step.cap)
    if (!answer) {
      answer = { step, tri: bestThrough(standing, principal.account, step, giving) }
      answers.push(answer)
    }
    best = or(best, answer.tri)
    if (best === YES) break
  }
  return best
}

function bestThrough(standing: Standing, account: EstateAccount, step: Step, giving: readonly Giving[]): Tri {
  const { nodes, ground } = standing
  const { cap, pick, members, isMember } = step
  if (pick.specific.size === 0) return and(and(cap, pick.generic), bestGiven(standing, account, step, giving))
  let best = NO as Tri
  const consider = (index: number) => {
    const reached = and(cap, at(pick, index))
    if (reached <= best) return
    const target = nodes[index]!.principal!
    if (target.account !== account) return
    const given = toOther(target, giving, ground)
    if (and(reached, given) > best) best = or(best, and(and(reached, given), ceilingOf(target, ground)))
  }
  if (pick.generic === NO)
    // only those that are singled out can be reached
    for (const index of pick.specific.keys()) {
      if (isMember.has(index)) consider(index)
      if (best === YES) break
    }
  else
    for (let i = 0; i < members.length; i++) {
      consider(members[i]!)
      if (best === YES) break
    }
  return best
}

/** The best that can be made of any member of a step. */
function bestGiven({ nodes, ground }: Standing, account: EstateAccount, step: Step, giving: readonly Giving[]): Tri {
  const byGiving = remembered<readonly Giving[], Map<EstateAccount, Tri>>(ground, step.isMember)
  let byAccount = byGiving.get(giving)
  if (!byAccount) {
    byAccount = new Map()
    byGiving.set(giving, byAccount)
  }
  const known = byAccount.get(account)
  if (known !== undefined) return known
  const { most, onlyTo } = extentOf(giving, account, ground)
  const members = onlyTo ?? step.members
  let best = NO as Tri
  for (let i = 0; i < members.length && best < most; i++) {
    if (onlyTo !== null && !step.isMember.has(members[i]!)) continue
    const target = nodes[members[i]!]!.principal!
    if (target.account !== account) continue
    const given = toOther(target, giving, ground)
    if (given > best) best = or(best, and(given, ceilingOf(target, ground)))
  }
  byAccount.set(account, best)
  return best
}

/** How far a giving goes in an account. */
interface Extent {
  /** Nobody is given more than this. */
  most: Tri
  /** Indexes of all to whom it may go; null: anybody. */
  onlyTo: readonly number[] | null
}

function extentOf(giving: readonly Giving[], account: EstateAccount, ground: Ground): Extent {
  const known = remembered<EstateAccount, Extent>(ground, giving[0]!)
  let extent = known.get(account)
  if (!extent) {
    const here = ground.terrain.get(account.accountId)!
    const onlyTo = new Set<number>()
    let most: Tri = NO
    let isWide = false
    for (const { way, pick } of giving) {
      if (pick.generic !== NO) isWide = true
      most = or(most, pick.generic)
      for (const [key, tri] of pick.specific) {
        most = or(most, tri)
        if (isWide || tri === NO) continue
        if (way.on === 'user' || way.on === 'role') onlyTo.add(key)
        else for (const index of withThing(way.on, key, here)) onlyTo.add(index)
      }
    }
    extent = { most, onlyTo: isWide ? null : [...onlyTo] }
    known.set(account, extent)
  }
  return extent
}

const NONE: readonly number[] = []
const holding = new WeakMap<Terrain, Record<'group' | 'policy', ReadonlyMap<number, readonly number[]>>>()

/** Who is in a group, or has a policy, by the place of these in their pool. */
function withThing(on: 'group' | 'policy', key: number, here: Terrain): readonly number[] {
  let known = holding.get(here)
  if (!known) {
    const group = new Map<number, number[]>()
    const policy = new Map<number, number[]>()
    const add = (to: Map<number, number[]>, place: number | undefined, index: number) => {
      if (place === undefined) return
      const list = to.get(place)
      if (list) list.push(index)
      else to.set(place, [index])
    }
    for (const principals of [here.account.users, here.account.roles])
      for (const { index, groups, attached } of principals) {
        for (const { arn } of groups) add(group, here.groups.byArn.get(arn), index)
        for (const arn of attached) add(policy, here.policies.byArn.get(arn), index)
      }
    known = { group, policy }
    holding.set(here, known)
  }
  return known[on].get(key) ?? NONE
}

function toOther(target: EstatePrincipal, giving: readonly Giving[], { terrain }: Ground): Tri {
  const here = terrain.get(target.account.accountId)!
  let best: Tri = NO
  for (const gift of giving) {
    best = or(best, gives(gift, target, here).tri)
    if (best === YES) break
  }
  return best
}

/** A way of one's own to more: the calls it takes, all on a known resource. */
export interface OwnWay {
  technique: string
  title: string
  tri: Tri
  calls: Ask[]
}

/**
 * Ways that hang on what one has already: groups, versions, a boundary, a Deny to get rid of; and on what one can make.
 * @param floor only ways that are surer than this are looked for
 */
export function* ownWays(principal: EstatePrincipal, ground: Ground, floor: () => Tri = () => NO): Iterable<OwnWay> {
  const { effective, terrain } = ground
  const { policies } = principal
  const here = terrain.get(principal.account.accountId)!
  const can = (action: string) => boundOn(effective, principal, action) > 0
  if (principal.kind === 'user' && can('iam:AddUserToGroup')) yield* byJoining(principal, ground, here, floor)
  if (can('iam:AddUserToGroup')) yield* byAddingAnother(principal, ground, here, floor)
  if (can('iam:SetDefaultPolicyVersion')) yield* byOldVersions(principal, floor)
  if (policies.boundary !== null) yield* byUnbinding(principal, ground, here, floor)
  for (const [i, { policy, name }] of policies.identity.entries()) {
    if (!policy?.parsed.statements.some(({ effect }) => effect === 'Deny')) continue
    const identity = policies.identity.filter((_, k) => k !== i)
    for (const call of removals(principal, name))
      if (can(call.action))
        yield* ownWay(
          principal,
          'iam-remove-deny',
          `gets rid of a policy that denies: ${name}`,
          [call],
          () => adminOrGrant(principal, { identity }, here),
          floor,
        )
  }
  // nobody but its service has a service-linked role
  if (isServiceLinked(principal.principal) === YES) return
  for (const kind of ['role', 'user'] as const)
    if (can(kind === 'role' ? 'iam:CreateRole' : 'iam:CreateUser'))
      yield* byNewcomer(principal, kind, ground, here, floor)
}

/** Takes its own permissions boundary away, exchanges it, or rewrites its policy. */
function* byUnbinding(principal: EstatePrincipal, ground: Ground, here: Terrain, floor: () => Tri): Iterable<OwnWay> {
  const { kind, account, arn, user, role } = principal
  const whose = kind === 'user' ? 'User' : 'Role'
  const ways: [string, string, OwnWay['calls'][number]][] = []
  if (kind === 'user' || isChangeable(principal))
    ways.push(
      [
        'iam-delete-permissions-boundary',
        'takes its own permissions boundary away',
        { action: `iam:Delete${whose}PermissionsBoundary`, resource: arn },
      ],
      [
        'iam-put-permissions-boundary',
        'exchanges its own permissions boundary for one that allows everything',
        {
          action: `iam:Put${whose}PermissionsBoundary`,
          resource: arn,
          context: { 'iam:permissionsboundary': here.attachContext['iam:policyarn']! },
        },
      ],
    )
  const boundary = (user ?? role)?.permissionsBoundary
  if (boundary && accountOfArn(boundary) === account.accountId)
    ways.push([
      'iam-rewrite-permissions-boundary',
      'makes a new version of the policy that is its own permissions boundary',
      { action: 'iam:CreatePolicyVersion', resource: boundary },
    ])
  for (const [technique, title, call] of ways)
    if (boundOn(ground.effective, principal, call.action) > 0)
      yield* ownWay(principal, technique, title, [call], () => adminOrGrant(principal, { boundary: null }, here), floor)
}

const NO_BOUNDARY = { 'iam:permissionsboundary': null }

/** Makes a role or a user of its own, without a boundary, gives it everything, and becomes it. */
function* byNewcomer(
  principal: EstatePrincipal,
  kind: 'role' | 'user',
  ground: Ground,
  here: Terrain,
  floor: () => Tri,
): Iterable<OwnWay> {
  const { account } = principal
  const can = (action: string) => boundOn(ground.effective, principal, action) > 0
  const gifts = GRANTS.filter(({ on, action }) => on === kind && can(action))
  const groups = kind === 'user' && can('iam:AddUserToGroup') ? strongGroups(here) : []
  const entries = kind === 'role' ? [] : ['iam:CreateAccessKey', 'iam:CreateLoginProfile'].filter(can)
  if (gifts.length + groups.length === 0 || (kind === 'user' && entries.length === 0)) return
  const create = kind === 'role' ? 'iam:CreateRole' : 'iam:CreateUser'
  for (const resource of newcomers(principal, create, kind, here)) {
    const making: OwnWay['calls'][number] = { action: create, resource, context: NO_BOUNDARY }
    if (may(principal, making) <= floor()) continue
    const becoming: OwnWay['calls'] =
      kind === 'role'
        ? [{ action: 'sts:AssumeRole', resource, resourcePolicy: letIn({ AWS: principal.arn }) }]
        : entries.map((action) => ({ action, resource }))
    const become = kind === 'role' ? 'assumes it' : 'takes credentials of it'
    for (const last of becoming) {
      for (const { action, attaches } of gifts)
        yield* ownWay(
          principal,
          `iam-create-${kind}`,
          `creates a ${kind} of its own, gives it everything, and ${become}`,
          [
            making,
            { action, resource, context: attaches ? { ...NO_BOUNDARY, ...here.attachContext } : NO_BOUNDARY },
            last,
          ],
          () => isAdmin(newcomer(account, kind, resource, [ALLOW_EVERYTHING])),
          floor,
        )
      for (const group of groups)
        yield* ownWay(
          principal,
          'iam-create-user-iam-013',
          `creates a user of its own in group ${group.name}, and ${become}`,
          [making, { action: 'iam:AddUserToGroup', resource: group.arn }, last],
          () => isAdmin(newcomer(account, kind, resource, group.inputs)),
          floor,
        )
    }
  }
}

/** Paths in which only AWS makes roles. */
const AWS_ONLY = ['aws-service-role/', 'aws-reserved/']

/** ARNs that one who is created could have: one for each pattern that a policy names. */
function newcomers(principal: EstatePrincipal, create: string, kind: 'role' | 'user', here: Terrain): string[] {
  const { partition, accountId } = principal.account
  const start = `arn:${partition}:iam::${accountId}:${kind}/`
  const there = kind === 'role' ? here.roles.byArn : here.users.byArn
  const arns = candidateResources(principal, create).map(({ resource }) =>
    resource === '*' ? `${start}${NOBODY}` : resource,
  )
  return [...new Set(arns)].filter(
    (arn) => arn.startsWith(start) && !AWS_ONLY.some((path) => arn.startsWith(path, start.length)) && !there.has(arn),
  )
}

/** One who is not there yet. */
function newcomer(
  account: EstateAccount,
  kind: 'role' | 'user',
  arn: string,
  identity: readonly PolicyInput[],
): EstatePrincipal {
  const { root, context } = account
  return {
    ...root,
    kind,
    arn,
    name: arn.slice(arn.lastIndexOf('/') + 1),
    principal: principalOf(arn)!,
    policies: { ...root.policies, identity },
    context,
  }
}

/** @param after what it is then */
function* ownWay(
  principal: EstatePrincipal,
  technique: string,
  title: string,
  calls: OwnWay['calls'],
  after: () => Tri,
  floor: () => Tri,
): Iterable<OwnWay> {
  let tri: Tri = YES
  for (const call of calls) if (tri > floor()) tri = and(tri, may(principal, call))
  if (tri > floor()) tri = and(tri, after())
  if (tri > floor()) yield { technique, title, tri, calls }
}

function* byJoining(principal: EstatePrincipal, ground: Ground, here: Terrain, floor: () => Tri): Iterable<OwnWay> {
  const joining = pickAlike(principal, here.groups, 'iam:AddUserToGroup', ground)
  if (isNothing(joining)) return
  const joins = (group: EstateGroup) => ({ action: 'iam:AddUserToGroup', resource: group.arn })
  for (const group of strongGroups(here)) {
    if (at(joining, keyIn(here.groups, group.arn)) <= floor() || principal.groups.includes(group)) continue
    const [way] = ownWay(
      principal,
      'iam-013',
      `adds itself to group ${group.name}`,
      [joins(group)],
      () => asMemberOf(group, principal, ground),
      floor,
    )
    if (!way) continue
    yield way
    if (way.tri === YES) break
  }
  const gifts = givingOf(principal, ground).filter(({ way }) => way.on === 'group')
  if (gifts.length === 0 || ceilingOf(principal, ground) === NO) return
  for (const { way, pick } of gifts) {
    const group = bestGroup(principal, here, pick, joining)
    if (!group) continue
    const calls = [
      { action: way.action, resource: group.arn, ...(way.attaches ? { context: here.attachContext } : {}) },
      joins(group),
    ]
    yield* ownWay(
      principal,
      `${way.id}-iam-013`,
      `${way.title}, and adds itself to it`,
      calls,
      () => ceilingOf(principal, ground),
      floor,
    )
  }
}

/** Puts another user, whose credentials it can take, into a group that is strong or that it can make so. */
function* byAddingAnother(
  principal: EstatePrincipal,
  ground: Ground,
  here: Terrain,
  floor: () => Tri,
): Iterable<OwnWay> {
  const joining = pickAlike(principal, here.groups, 'iam:AddUserToGroup', ground)
  if (isNothing(joining)) return
  const gifts = givingOf(principal, ground).filter(({ way }) => way.on === 'group')
  if (gifts.length + strongGroups(here).length === 0) return
  // each way is shown where it is surest
  let best = floor()
  const isBetter = (tri: Tri) => tri > best && tri > floor()
  for (const way of USER_WAYS) {
    if (!couldBe(ground.effective, principal, way.actions)) continue
    const taking = way.actions.map((action) => pickAlike(principal, here.users, action, ground)).reduce(both)
    const known = way.of.endsWith('key') || way.of === 'two-keys' ? here.credentials.keys : here.credentials.passwords
    if (isNothing(taking) || !isBetter(known)) continue
    for (const user of usersToTry(way, taking, here, ground)) {
      if (user === principal) continue
      const taken = and(known, at(taking, user.index))
      if (!isBetter(taken)) continue
      const into = (group: EstateGroup, first: Ask[], after: () => Tri, title: string, technique: string) =>
        ownWay(
          principal,
          technique,
          title,
          [
            ...first,
            { action: 'iam:AddUserToGroup', resource: group.arn },
            ...way.actions.map((action) => ({ action, resource: user.arn })),
          ],
          () => and(taken, after()),
          () => best,
        )
      const ways: Iterable<OwnWay>[] = []
      for (const group of strongGroups(here))
        if (isBetter(at(joining, keyIn(here.groups, group.arn))) && !user.groups.includes(group))
          ways.push(
            into(
              group,
              [],
              () => asMemberOf(group, user, ground),
              `adds user ${user.name} to group ${group.name}, and ${way.title}`,
              `iam-013-${way.id}`,
            ),
          )
      for (const gift of gifts) {
        const group = bestGroup(user, here, gift.pick, joining)
        if (!group) continue
        const context = gift.way.attaches ? { context: here.attachContext } : {}
        ways.push(
          into(
            group,
            [{ action: gift.way.action, resource: group.arn, ...context }],
            () => ceilingOf(user, ground),
            `${gift.way.title} (${group.name}), adds user ${user.name} to it, and ${way.title}`,
            `${gift.way.id}-iam-013-${way.id}`,
          ),
        )
      }
      for (const found of ways)
        for (const own of found) {
          yield own
          best = own.tri > best ? own.tri : best
          if (best === YES) return
        }
    }
  }
}

/** Of users who are alike one is enough, unless some are singled out. */
function usersToTry(
  { of }: UserWay,
  { generic, specific }: Pick,
  here: Terrain,
  ground: Ground,
): readonly EstatePrincipal[] {
  const { users } = here.account
  const members = here.usersOf[of].set
  if (generic === NO) return users.filter(({ index }) => specific.has(index) && members.has(index))
  const known = remembered<Terrain, readonly EstatePrincipal[]>(ground, here.usersOf[of])
  let unlike = known.get(here)
  if (!unlike) {
    const kinds = new Map<number, EstatePrincipal>()
    for (const user of users)
      if (members.has(user.index) && !kinds.has(kindOf(user, ground))) kinds.set(kindOf(user, ground), user)
    unlike = [...kinds.values()]
    known.set(here, unlike)
  }
  return specific.size === 0 ? unlike : users.filter(({ index }) => members.has(index))
}

/** The first of the groups that it is not in yet for which both answers are best. */
function bestGroup({ account, groups }: EstatePrincipal, here: Terrain, a: Pick, b: Pick): EstateGroup | null {
  const isSame = a.specific.size + b.specific.size === 0
  const most = and(a.generic, b.generic)
  if (isSame && most === NO) return null
  let best: { group: EstateGroup | null; tri: Tri } = { group: null, tri: NO }
  for (const group of account.groups.values()) {
    if (isSame) {
      if (!groups.includes(group)) return group
      continue
    }
    const key = keyIn(here.groups, group.arn)
    const tri = and(at(a, key), at(b, key))
    if (tri > best.tri && !groups.includes(group)) best = { group, tri }
    if (best.tri === YES) break
  }
  return best.group
}

function* byOldVersions(principal: EstatePrincipal, floor: () => Tri): Iterable<OwnWay> {
  const { account, policies } = principal
  for (const arn of principal.attached) {
    const policy = account.policies.get(arn)
    if (!policy || policy.awsManaged) continue
    for (const { versionId, input } of policy.others)
      if (isStrong({ inputs: [input] }))
        yield* ownWay(
          principal,
          'iam-set-default-policy-version',
          `goes back to version ${versionId} of an attached policy, which allowed more`,
          [{ action: 'iam:SetDefaultPolicyVersion', resource: arn }],
          () =>
            isAdmin(principal, {
              identity: policies.identity.map((own) => (own === policy.input ? input : own)),
            }),
          floor,
        )
  }
}

/** Whether it would be an administrator if it were in the group. */
function asMemberOf(group: EstateGroup, principal: EstatePrincipal, ground: Ground): Tri {
  const make = () => isAdmin(principal, { identity: [...principal.policies.identity, ...group.inputs] })
  if (group.inputs.some(({ policy }) => policy?.parsed.statements.some(isPersonalStatement))) return make()
  // groups of which the same is said are alike, too
  const said = `in a group with ${ground.effective.rules.numbersIn(group.inputs)}`
  return alikeInAll(principal, ground, remembered(ground, said), make)
}

const strongIn = new WeakMap<Terrain, readonly EstateGroup[]>()

/** Groups that can make an administrator, in order. */
function strongGroups(here: Terrain): readonly EstateGroup[] {
  let groups = strongIn.get(here)
  if (!groups) {
    groups = [...here.account.groups.values()].filter(isStrong)
    strongIn.set(here, groups)
  }
  return groups
}

/** Only policies that allow a grant or everything can make an administrator; a cheap look before the engine's. */
function isStrong({ inputs }: { inputs: readonly PolicyInput[] }): boolean {
  return inputs.some(
    ({ policy }) =>
      policy === null ||
      policy.statements.some(
        ({ effect, actions }) =>
          effect !== 'Deny' && (actions === null || actions.matches('iam:putrolepolicy', 'iam:')),
      ),
  )
}

function adminOrGrant(
  principal: EstatePrincipal,
  rights: Parameters<typeof isAdmin>[1] & object,
  { attachContext }: Terrain,
): Tri {
  const straight = isAdmin(principal, rights)
  if (straight === YES) return straight
  const on = principal.kind
  const self = GRANTS.filter((way) => way.on === on)
    .map((way) =>
      may(principal, {
        action: way.action,
        resource: principal.arn,
        ...(way.attaches ? { context: attachContext } : {}),
        ...rights,
      }),
    )
    .reduce(or, NO)
  const identity = rights.identity ?? principal.policies.identity
  const ceiling = isAdmin(principal, {
    identity: [...identity, ALLOW_EVERYTHING],
    boundary: rights.boundary === undefined ? principal.policies.boundary : rights.boundary,
  })
  return or(straight, and(self, ceiling))
}

/** Calls that take a policy from a principal, by the policy's name in the estate. */
function removals(principal: EstatePrincipal, name: string): OwnWay['calls'] {
  const isUser = principal.kind === 'user'
  const calls: OwnWay['calls'] = []
  if (name.startsWith('arn:')) {
    const context = { 'iam:policyarn': name }
    const own = isUser ? principal.user?.attachedPolicies : principal.role?.attachedPolicies
    if (own?.some(({ policyArn }) => policyArn === name))
      calls.push({ action: isUser ? 'iam:DetachUserPolicy' : 'iam:DetachRolePolicy', resource: principal.arn, context })
    for (const group of principal.groups)
      if (group.attached.includes(name))
        calls.push(
          { action: 'iam:DetachGroupPolicy', resource: group.arn, context },
          { action: 'iam:RemoveUserFromGroup', resource: group.arn },
        )
  } else {
    const group = principal.groups.find(({ inputs }) => inputs.some((input) => input.name === name))
    if (group)
      calls.push(
        { action: 'iam:DeleteGroupPolicy', resource: group.arn },
        { action: 'iam:RemoveUserFromGroup', resource: group.arn },
      )
    else calls.push({ action: isUser ? 'iam:DeleteUserPolicy' : 'iam:DeleteRolePolicy', resource: principal.arn })
  }
  return calls
}
