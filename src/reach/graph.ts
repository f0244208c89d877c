/**
 * Who can become whom: the steps from every principal, in a form that stays small in an account of 10,000.
 *
 * A step leads to one of many alike ("any role that trusts Lambda") far more often than to a certain one. So steps are
 * kept as a set of targets and an answer for all of them but those that a policy singles out, and a search walks over
 * these. Reasons are worked out only for the steps that are shown: see `hops.ts`.
 */

import { knowledgeOf } from '../model/facts.ts'
import type { PolicyInput } from '../policy/request.ts'
import { and, MAYBE, NO, or, type Tri, YES } from '../policy/tri.ts'
import { actionList } from './action-bits.ts'
import { ADMIN_ACTIONS, ALLOW_EVERYTHING, canBecomeAdmin, isAdmin, letIn } from './admin.ts'
import { bestAnywhere, candidateResources, may } from './ask.ts'
import { asAttacker } from './attacker.ts'
import {
  boundOn,
  couldAny,
  couldBe,
  type Effective,
  effectiveOf,
  isPersonalStatement,
  likeness,
  whoAsks,
} from './effective.ts'
import {
  ESCALATION_ACTIONS,
  ESCALATIONS,
  type ExistingWay,
  type GrantWay,
  type PassRoleWay,
  type UserWay,
} from './escalations.ts'
import type { Estate, EstateAccount, EstateGroup, EstatePrincipal } from './estate.ts'
import { existingSteps, ontoSomething, stepsAcross } from './existing.ts'
import { type HoldersByKind, holdersOf } from './holders.ts'
import { at, both, isNothing, NOTHING, type Pick, type Pool, pickOf, poolOf } from './picks.ts'
import { type Entrant, type EntrantKind, entrantsOf, entry, isPassedTo, isPersonal, tellingApart } from './trust.ts'

export interface GraphNode {
  index: number
  /** ARN; for those outside the estate an account, `*`, a provider. */
  name: string
  principal: EstatePrincipal | null
  outsider: EntrantKind | null
}

/** A step to any of these, as far as `pick` says so. */
export interface Step {
  members: readonly number[]
  isMember: ReadonlySet<number>
  pick: Pick
  /** What is needed whatever the target is. */
  cap: Tri
}

export interface Graph {
  estate: Estate
  nodes: readonly GraphNode[]
  /** Whether a node is an administrator as it stands. */
  full: Uint8Array
  /** Whether it can become one by a step of its own. */
  toAdmin: Uint8Array
  steps: readonly (readonly Step[])[]
  ground: Ground
}

export const GRANTS = ESCALATIONS.filter((way): way is GrantWay => way.kind === 'grant')
export const USER_WAYS = ESCALATIONS.filter((way): way is UserWay => way.kind === 'user')
export const PASS_ROLE_WAYS = ESCALATIONS.filter((way): way is PassRoleWay => way.kind === 'pass-role')
export const EXISTING_WAYS = ESCALATIONS.filter((way): way is ExistingWay => way.kind === 'existing')

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
  trusting: ReadonlyMap<string, { sure: Members; perhaps: Members }>
  /** What runs with roles. */
  holders: HoldersByKind
  /** Roles that are in an instance profile. */
  inProfile: ReadonlySet<number>
  attachContext: Readonly<Record<string, string>>
}

export interface Members {
  list: readonly number[]
  set: ReadonlySet<number>
}

export interface Ground {
  effective: Effective
  terrain: ReadonlyMap<string, Terrain>
  /** What was worked out once for all principals that are alike. */
  ceilings: Map<number, Tri>
  giving: Map<number, readonly Giving[]>
  givings: Map<string, readonly Giving[]>
  numbers: Map<Pick, number>
  picks: Map<string, Pick>
  parts: Map<AddSteps, Map<number, readonly Step[]>>
  tris: Map<string, Tri>
}

/** The same number for principals that are alike in everything. */
export function kindOf(principal: EstatePrincipal, { effective }: Ground): number {
  const number = effective.classOf[principal.index]!
  return effective.isShared[number] ? number : -1 - principal.index
}

/** What a principal would be if it had a policy that allows everything. */
export function ceilingOf(principal: EstatePrincipal, ground: Ground): Tri {
  const kind = kindOf(principal, ground)
  let tri = ground.ceilings.get(kind)
  if (tri === undefined) {
    tri = canBecomeAdmin(principal)
    ground.ceilings.set(kind, tri)
  }
  return tri
}

export const EVERYONE_HERE = letIn('*')

export function buildGraph(of: Estate): Graph {
  const list = actionList([...ESCALATION_ACTIONS, ...ADMIN_ACTIONS])
  const estate = asAttacker(of, list)
  const effective = effectiveOf(estate, list)
  const terrain = new Map([...estate.accounts].map(([id, account]) => [id, terrainOf(account)]))
  const ground: Ground = {
    effective,
    terrain,
    ceilings: new Map(),
    giving: new Map(),
    givings: new Map(),
    numbers: new Map(),
    picks: new Map(),
    parts: new Map(),
    tris: new Map(),
  }
  const nodes: GraphNode[] = estate.principals.map(({ index, arn }, i) => ({
    index,
    name: arn,
    principal: estate.principals[i]!,
    outsider: null,
  }))
  const steps: (readonly Step[])[] = nodes.map(() => NO_STEPS)
  const full = new Uint8Array(nodes.length)
  const trust = readTrust(estate, ground, nodes)
  const byClass = new Map<number, { full: Tri; steps: readonly Step[] }>()
  for (const principal of estate.principals) {
    if (principal.kind === 'root') {
      full[principal.index] = YES
      continue
    }
    const kind = kindOf(principal, ground)
    let known = byClass.get(kind)
    if (!known) {
      known = {
        full: couldBe(effective, principal, ADMIN_ACTIONS) ? isAdmin(principal) : NO,
        steps: [...stepsOf(principal, ground), ...trust.stepsOf(principal)],
      }
      byClass.set(kind, known)
    }
    full[principal.index] = known.full
    steps[principal.index] = known.steps
  }
  for (const [from, targets] of trust.single) {
    const step: Step = { ...listed([...targets.keys()]), pick: { generic: NO, specific: targets }, cap: YES }
    steps[from] = [...(steps[from] ?? NO_STEPS), step]
  }
  for (const { index } of nodes) steps[index] ??= NO_STEPS
  const graph: Graph = {
    estate,
    nodes,
    full: grow(full, nodes.length),
    toAdmin: new Uint8Array(nodes.length),
    steps,
    ground,
  }
  const through: Through = new Map()
  for (const principal of estate.principals)
    if (principal.kind !== 'root') graph.toAdmin[principal.index] = waysToAdmin(graph, principal, through)
  return graph
}

const NO_STEPS: readonly Step[] = []

function grow(array: Uint8Array, length: number): Uint8Array {
  const grown = new Uint8Array(length)
  grown.set(array)
  return grown
}

// ---- the terrain

function membersOf(list: readonly number[]): Members {
  return { list, set: new Set(list) }
}

function listed(members: readonly number[]): Omit<Step, 'pick' | 'cap'> {
  return { members, isMember: new Set(members) }
}

function terrainOf(account: EstateAccount): Terrain {
  const { snapshot, partition, accountId } = account
  const iam = (what: string) => `arn:${partition}:iam::${accountId}:${what}/*`
  const targets = (list: readonly EstatePrincipal[]) => list.map(({ index, arn }) => ({ key: index, arn }))
  const keysOf = new Map<string, number>()
  for (const { userName } of snapshot.accessKeys)
    if (userName !== null) keysOf.set(userName, (keysOf.get(userName) ?? 0) + 1)
  const users = (is: (principal: EstatePrincipal) => boolean) =>
    membersOf(account.users.filter(is).map(({ index }) => index))
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
  const password = ({ user }: EstatePrincipal) => user?.password?.enabled ?? null
  const policyArns = [...account.policies.values()].filter(({ awsManaged }) => !awsManaged)
  const profiles = new Map(
    snapshot.instanceProfiles.map(({ arn, roleArns }) => [
      arn,
      roleArns.map((role) => roleByArn.get(role)).filter((role) => role !== undefined),
    ]),
  )
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
    usersOf: {
      'room-for-a-key': users(({ name }) => (keysOf.get(name) ?? 0) < 2),
      'two-keys': users(({ name }) => (keysOf.get(name) ?? 0) >= 2),
      'no-password': users((user) => password(user) !== true),
      password: users((user) => password(user) !== false && user.user?.mfaActive !== true),
      'password-and-mfa': users((user) => password(user) !== false && user.user?.mfaActive === true),
    },
    credentials: { keys: keysKnown, passwords: passwordsKnown },
    changeable: membersOf(account.roles.filter(isChangeable).map(({ index }) => index)),
    trusting: new Map(
      [...trusting].map(([service, { sure, perhaps }]) => [
        service,
        { sure: membersOf(sure), perhaps: membersOf(perhaps) },
      ]),
    ),
    holders: holdersOf(account),
    inProfile: new Set([...profiles.values()].flat()),
    attachContext: { 'iam:policyarn': `arn:${partition}:iam::aws:policy/AdministratorAccess` },
  }
}

/** Roles of AWS's own can be changed by nobody but the service. */
export function isChangeable({ role }: EstatePrincipal): boolean {
  return role !== null && !/^\/aws-(service-role|reserved)\//.test(role.path)
}

// ---- steps that follow from a principal's policies

function stepsOf(principal: EstatePrincipal, ground: Ground): Step[] {
  const { effective } = ground
  const steps = [
    ...stepsLike(principal, USER_ACTIONS, ground, addUsers),
    ...stepsLike(principal, TRUST_ACTIONS, ground, addRewrittenTrust),
    ...stepsLike(principal, EXISTING_ACTIONS, ground, addExisting),
  ]
  if (boundOn(effective, principal, 'iam:PassRole') > 0)
    steps.push(...stepsLike(principal, PASS_ROLE_ACTIONS, ground, addPassRole))
  return steps
}

const USER_ACTIONS = USER_WAYS.flatMap(({ actions }) => actions)
const TRUST_ACTIONS = ['iam:UpdateAssumeRolePolicy', 'sts:AssumeRole']
const EXISTING_ACTIONS = EXISTING_WAYS.flatMap(({ actions }) => actions)
const PASS_ROLE_ACTIONS = [
  'iam:PassRole',
  'iam:CreateInstanceProfile',
  'iam:AddRoleToInstanceProfile',
  ...PASS_ROLE_WAYS.flatMap(({ actions }) => actions),
]

type AddSteps = (principal: EstatePrincipal, terrain: Terrain, ground: Ground, some: Somewhere, add: Add) => void

/** Steps that hang on some actions, worked out once for all whom the same policies say the same of these. */
function stepsLike(
  principal: EstatePrincipal,
  actions: readonly string[],
  ground: Ground,
  addSteps: AddSteps,
): readonly Step[] {
  if (!couldAny(ground.effective, principal, actions)) return NO_STEPS
  const like = likeness(ground.effective, principal, actions)
  let parts = ground.parts.get(addSteps)
  if (!parts) {
    parts = new Map()
    ground.parts.set(addSteps, parts)
  }
  const known = like === null ? undefined : parts.get(like)
  if (known) return known
  const steps: Step[] = []
  const add: Add = (members, pick, cap = YES) => {
    if (cap === NO || members.list.length === 0 || isNothing(pick)) return
    // several techniques often come to the same
    if (steps.some((step) => step.isMember === members.set && step.pick === pick && step.cap >= cap)) return
    steps.push({ members: members.list, isMember: members.set, pick, cap })
  }
  const tried = new Map<string, Tri>()
  const some: Somewhere = (action) => {
    let tri = tried.get(action)
    if (tri === undefined) {
      tri = somewhereLike(principal, action, ground)
      tried.set(action, tri)
    }
    return tri
  }
  addSteps(principal, ground.terrain.get(principal.account.accountId)!, ground, some, add)
  if (like !== null) parts.set(like, steps)
  return steps
}

const addUsers: AddSteps = (principal, terrain, ground, _, add) => {
  for (const { of, actions } of USER_WAYS) {
    if (!couldBe(ground.effective, principal, actions)) continue
    const cap = of === 'room-for-a-key' || of === 'two-keys' ? terrain.credentials.keys : terrain.credentials.passwords
    const picks = actions.map((action) => pickLike(principal, terrain.users, action, ground))
    add(terrain.usersOf[of], picks.reduce(both), cap)
  }
}

const addRewrittenTrust: AddSteps = (principal, terrain, ground, _, add) => {
  const rewriting = pickLike(principal, terrain.roles, 'iam:UpdateAssumeRolePolicy', ground)
  if (!isNothing(rewriting)) add(terrain.changeable, both(rewriting, welcomeIn(principal, terrain.roles)))
}

/** Whether the principal may do an action somewhere. */
type Somewhere = (action: string) => Tri

type Add = (members: Members, pick: Pick, cap?: Tri) => void

/** What remains in the way of a principal that a role's trust policy names: Deny, and the organization. */
export function welcomeIn(principal: EstatePrincipal, pool: Pool): Pick {
  return pickOf(principal, pool, {
    action: 'sts:AssumeRole',
    resourcePolicy: letIn({ AWS: principal.arn }),
  })
}

/** The targets of an action, worked out once for all whom the same policies say the same of it. */
function pickLike(
  principal: EstatePrincipal,
  pool: Pool,
  action: string,
  ground: Ground,
  context?: Readonly<Record<string, string>>,
): Pick {
  if (boundOn(ground.effective, principal, action) === 0) return NOTHING
  const what = context ? Object.values(context).join() : ''
  return likeOthers(ground.picks, principal, action, what, ground, () =>
    pickOf(principal, pool, { action, ...(context ? { context } : {}) }),
  )
}

/** Which roles of its account a principal may pass to a service, by their index. */
export function passable({ ground }: Graph, principal: EstatePrincipal, service: string): Pick {
  const { roles } = ground.terrain.get(principal.account.accountId)!
  return pickLike(principal, roles, 'iam:PassRole', ground, { 'iam:passedtoservice': service })
}

function somewhereLike(principal: EstatePrincipal, action: string, ground: Ground): Tri {
  return likeOthers(ground.tris, principal, action, 'somewhere', ground, () =>
    somewhere(ground.effective, principal, action),
  )
}

/** An answer that hangs on one action, worked out once for all whom the same policies say the same of it. */
function likeOthers<T>(
  answers: Map<string, T>,
  principal: EstatePrincipal,
  action: string,
  what: string,
  { effective }: Ground,
  make: () => T,
): T {
  const like = likeness(effective, principal, action)
  if (like === null) return make()
  const key = `${what} ${action} ${like}`
  let answer = answers.get(key)
  if (answer === undefined) {
    answer = make()
    answers.set(key, answer)
  }
  return answer
}

/** Whether it may do something to some resource, whichever. */
export function somewhere(effective: Effective, principal: EstatePrincipal, action: string): Tri {
  const bound = boundOn(effective, principal, action)
  return bound === 0 ? NO : bound === 2 ? YES : bestAnywhere(principal, action).tri
}

function addPassRole(principal: EstatePrincipal, terrain: Terrain, ground: Ground, some: Somewhere, add: Add): void {
  const { effective } = ground
  if (boundOn(effective, principal, 'iam:PassRole') === 0) return
  const best = new Map<string, Tri>()
  for (const way of PASS_ROLE_WAYS) {
    const { services, actions, instanceProfile, onto } = way
    if (!services.some((service) => terrain.trusting.has(service))) continue
    if (!couldBe(effective, principal, actions)) continue
    const tri = onto ? ontoSomething(principal, { ...way, onto }, terrain, ground, some) : actions.map(some).reduce(and)
    if (tri === NO) continue
    const makesProfiles = instanceProfile ? makesInstanceProfiles(effective, principal) : YES
    for (const service of services) {
      const inProfile = `${service} in profile`
      const others = `${service} others`
      best.set(inProfile, or(best.get(inProfile) ?? NO, tri))
      best.set(others, or(best.get(others) ?? NO, and(tri, or(makesProfiles, MAYBE))))
    }
  }
  for (const [service, { sure, perhaps }] of terrain.trusting) {
    const tri = best.get(`${service} in profile`) ?? NO
    if (tri === NO) continue
    const pass = pickLike(principal, terrain.roles, 'iam:PassRole', ground, { 'iam:passedtoservice': service })
    if (isNothing(pass)) continue
    const other = best.get(`${service} others`) ?? NO
    if (other === tri) add(sure, pass, tri)
    else {
      add(membersOf(sure.list.filter((role) => terrain.inProfile.has(role))), pass, tri)
      add(membersOf(sure.list.filter((role) => !terrain.inProfile.has(role))), pass, other)
    }
    add(perhaps, pass, and(tri, MAYBE))
  }
}

export function makesInstanceProfiles(effective: Effective, principal: EstatePrincipal): Tri {
  return and(
    somewhere(effective, principal, 'iam:CreateInstanceProfile'),
    somewhere(effective, principal, 'iam:AddRoleToInstanceProfile'),
  )
}

function addExisting(principal: EstatePrincipal, terrain: Terrain, ground: Ground, some: Somewhere, add: Add): void {
  // a role of AWS's own does what its service does, and nothing else
  if (principal.role?.path.startsWith('/aws-service-role/')) return
  for (const way of EXISTING_WAYS) {
    if (!couldBe(ground.effective, principal, way.actions)) continue
    const documents = documentsLike(principal, way.actions, ground)
    if (documents === NO) continue
    for (const { members, pick, cap } of existingSteps(principal, way, terrain, ground, some))
      add(members, pick, and(cap, documents))
    if (way.acrossAccounts && ground.terrain.size > 1)
      for (const { members, pick, cap } of stepsAcross(principal, way, ground)) add(members, pick, cap)
  }
}

/** A command needs a document beside the instance; AWS's own will do. */
function documentsLike(principal: EstatePrincipal, actions: readonly string[], ground: Ground): Tri {
  if (!actions.includes('ssm:SendCommand')) return YES
  return likeOthers(ground.tris, principal, 'ssm:SendCommand', 'document', ground, () => documentFor(principal))
}

function documentFor(principal: EstatePrincipal): Tri {
  const { partition } = principal.account
  let best = may(principal, {
    action: 'ssm:SendCommand',
    resource: `arn:${partition}:ssm:us-east-1::document/AWS-RunShellScript`,
  })
  for (const { resource } of candidateResources(principal, 'ssm:SendCommand')) {
    if (best === YES) break
    if (resource.includes(':document/')) best = or(best, may(principal, { action: 'ssm:SendCommand', resource }))
  }
  return best
}

// ---- steps that follow from trust policies

/** Steps into roles by their trust policies. */
interface Trust {
  /** Those that principals of a class have in common. */
  stepsOf(principal: EstatePrincipal): Step[]
  /** From whom to whom, where a trust policy tells principals apart. */
  single: ReadonlyMap<number, ReadonlyMap<number, Tri>>
}

/** Roles by how sure it is that they let somebody in. */
interface Doors {
  sure: number[]
  perhaps: number[]
}

/** @param nodes outsiders that trust policies name are added */
function readTrust(estate: Estate, ground: Ground, nodes: GraphNode[]): Trust {
  const outsiders = new Map<string, number>()
  const outsider = ({ kind, name }: Entrant): number => {
    let index = outsiders.get(name)
    if (index === undefined) {
      index = nodes.length
      outsiders.set(name, index)
      nodes.push({ index, name, principal: null, outsider: kind })
    }
    return index
  }
  const single = new Map<number, Map<number, Tri>>()
  const addSingle = (from: number, to: number, tri: Tri) => {
    if (tri === NO || from === to) return
    const targets = single.get(from)
    if (targets) targets.set(to, or(targets.get(to) ?? NO, tri))
    else single.set(from, new Map([[to, tri]]))
  }
  /** By the account whose principals are let in, roles of an account that leave the choice to their own policies. */
  const delegated = new Map<string, { from: EstateAccount; to: EstateAccount; doors: Doors }[]>()
  /** By account, roles that let everybody in it in. */
  const open = new Map<string, Doors>()
  for (const { account } of ground.terrain.values()) {
    const here = new Map<string, Doors>()
    const everybody: Doors = { sure: [], perhaps: [] }
    for (const role of account.roles) {
      const isTold = isPersonal(role.trust)
      if (isTold) for (const [index, tri] of enteringInPerson(estate, ground, role)) addSingle(index, role.index, tri)
      for (const entrant of entrantsOf(role.trust)) {
        const { kind, name, principal } = entrant
        if (kind === 'service') continue
        if (kind === 'principal') {
          const known = principalNamed(estate, entrant)
          if (known) addSingle(known.index, role.index, assumeRole(known, role))
          // somebody who is gone from an account that was read comes no more
          else if (!('account' in principal && estate.accounts.has(principal.account)))
            addSingle(outsider(entrant), role.index, entry(role, entrant))
          continue
        }
        if (kind === 'account' && estate.accounts.has(name)) {
          if (!isTold) addTo(here, name, role, entry(role, entrant))
          continue
        }
        if (kind === 'anyone' && !isTold) {
          const from = (id: string) => entry(role, { ...entrant, principal: { ...principal, account: id } as never })
          const tri = from(account.accountId)
          if (tri !== NO) (tri === YES ? everybody.sure : everybody.perhaps).push(role.index)
          for (const other of estate.accounts.keys())
            if (other !== account.accountId) addTo(here, other, role, from(other))
        }
        addSingle(outsider(entrant), role.index, entry(role, entrant))
      }
    }
    if (everybody.sure.length + everybody.perhaps.length > 0) open.set(account.accountId, everybody)
    for (const [id, doors] of here) {
      const list = delegated.get(id)
      const entry = { from: estate.accounts.get(id)!, to: account, doors }
      if (list) list.push(entry)
      else delegated.set(id, [entry])
    }
  }
  return { stepsOf: trustSteps(ground, delegated, open), single }
}

function trustSteps(
  ground: Ground,
  delegated: ReadonlyMap<string, readonly { from: EstateAccount; to: EstateAccount; doors: Doors }[]>,
  open: ReadonlyMap<string, Doors>,
): Trust['stepsOf'] {
  const { effective, terrain } = ground
  const membersOfDoors = new Map<Doors, { sure: Members; perhaps: Members }>()
  const read = (doors: Doors) => {
    let read = membersOfDoors.get(doors)
    if (!read) {
      read = { sure: membersOf(doors.sure), perhaps: membersOf(doors.perhaps) }
      membersOfDoors.set(doors, read)
    }
    return read
  }
  return (principal) => {
    const steps: Step[] = []
    const enter = (doors: Doors, pick: Pick) => {
      if (isNothing(pick)) return
      const { sure, perhaps } = read(doors)
      push(steps, sure, pick, YES)
      push(steps, perhaps, pick, MAYBE)
    }
    const { accountId } = principal.account
    /** @param from principals that the role's side lets in */
    const picked = (to: EstateAccount, from: PolicyInput, what: string) =>
      likeOthers(ground.picks, principal, 'sts:AssumeRole', `${what} of ${to.accountId}`, ground, () =>
        pickOf(principal, terrain.get(to.accountId)!.roles, {
          action: 'sts:AssumeRole',
          resourcePolicy: from,
          ...(to === terrain.get(accountId)!.account ? {} : { rcps: to.rcps }),
        }),
      )
    if (boundOn(effective, principal, 'sts:AssumeRole') > 0)
      for (const { from, to, doors } of delegated.get(accountId) ?? [])
        enter(doors, picked(to, letIn({ AWS: `arn:${from.partition}:iam::${accountId}:root` }), 'delegated roles'))
    const doors = open.get(accountId)
    if (doors) enter(doors, picked(terrain.get(accountId)!.account, EVERYONE_HERE, 'open roles'))
    return steps
  }
}

/**
 * Who may assume a role whose trust policy asks who they are: the whole question for each, but only once for those of
 * a class to whom its conditions give the same answers.
 */
function* enteringInPerson(
  estate: Estate,
  ground: Ground,
  role: EstatePrincipal,
): Iterable<readonly [index: number, tri: Tri]> {
  const { conditions, names } = tellingApart(role.trust)
  const known = new Map<string, Tri>()
  const needsOwn = !entrantsOf(role.trust).some(({ kind }) => kind === 'anyone')
  for (const principal of estate.principals) {
    if (principal.kind === 'root') continue
    const isNamed = conditions === null || names(principal)
    if (!isNamed && needsOwn && boundOn(ground.effective, principal, 'sts:AssumeRole') === 0) continue
    if (isNamed) {
      yield [principal.index, assumeRole(principal, role)]
      continue
    }
    const context = whoAsks(principal)
    const key = `${kindOf(principal, ground)} ${conditions.map((condition) => condition.holds(context)).join('')}`
    let tri = known.get(key)
    if (tri === undefined) {
      tri = assumeRole(principal, role)
      known.set(key, tri)
    }
    yield [principal.index, tri]
  }
}

/** Who is meant in the estate; for a session its role. */
function principalNamed(estate: Estate, { name, principal }: Entrant): EstatePrincipal | undefined {
  if (principal.type !== 'AssumedRole') return estate.byArn.get(name)
  return estate.accounts.get(principal.account)?.roles.find((role) => role.name === principal.roleName)
}

function push(steps: Step[], members: Members, pick: Pick, cap: Tri): void {
  if (members.list.length > 0) steps.push({ members: members.list, isMember: members.set, pick, cap })
}

function addTo(lists: Map<string, Doors>, key: string, role: EstatePrincipal, tri: Tri): void {
  if (tri === NO) return
  let list = lists.get(key)
  if (!list) {
    list = { sure: [], perhaps: [] }
    lists.set(key, list)
  }
  ;(tri === YES ? list.sure : list.perhaps).push(role.index)
}

/** The whole question: both sides, with everything between them. */
export function assumeRole(principal: EstatePrincipal, role: EstatePrincipal): Tri {
  return may(principal, {
    action: 'sts:AssumeRole',
    resource: role.arn,
    resourcePolicy: role.trust,
    ...(role.account === principal.account ? {} : { rcps: role.account.rcps }),
  })
}

// ---- the last step, to administrator

export function stepTo(step: Step, index: number): Tri {
  return step.isMember.has(index) ? and(step.cap, at(step.pick, index)) : NO
}

/** What a principal can give to others: by what, and to whom. */
export interface Giving {
  way: GrantWay
  pick: Pick
}

export function givingOf(principal: EstatePrincipal, ground: Ground): readonly Giving[] {
  const kind = kindOf(principal, ground)
  let giving = ground.giving.get(kind)
  if (!giving) {
    giving = alike(findGiving(principal, ground), ground)
    ground.giving.set(kind, giving)
  }
  return giving
}

/** The same list for those who can give the same. */
function alike(giving: Giving[], { numbers, givings }: Ground): readonly Giving[] {
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
  const known = givings.get(key)
  if (!known) givings.set(key, giving)
  return known ?? giving
}

function findGiving(principal: EstatePrincipal, ground: Ground): Giving[] {
  const { users, roles, groups, policies, attachContext } = ground.terrain.get(principal.account.accountId)!
  const pools = { user: users, role: roles, group: groups, policy: policies }
  return GRANTS.filter(({ action }) => boundOn(ground.effective, principal, action) > 0)
    .map((way) => ({
      way,
      pick: pickLike(principal, pools[way.on], way.action, ground, way.attaches ? attachContext : undefined),
    }))
    .filter(({ pick }) => !isNothing(pick))
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

const OWN_WAYS = [
  'iam:AddUserToGroup',
  'iam:SetDefaultPolicyVersion',
  'iam:DeleteUserPermissionsBoundary',
  'iam:DeleteRolePermissionsBoundary',
  'iam:RemoveUserFromGroup',
  'iam:DetachUserPolicy',
  'iam:DetachRolePolicy',
  'iam:DetachGroupPolicy',
  'iam:DeleteUserPolicy',
  'iam:DeleteRolePolicy',
  'iam:DeleteGroupPolicy',
] as const

const GRANT_ACTIONS: readonly string[] = GRANTS.map(({ action }) => action)

/** Whether a principal can make itself, or somebody it can become at once, an administrator. */
function waysToAdmin(graph: Graph, principal: EstatePrincipal, through: Through): Tri {
  const { ground, full } = graph
  const { effective } = ground
  if (full[principal.index] === YES) return YES
  let best: Tri = full[principal.index] as Tri
  const gives = couldAny(effective, principal, GRANT_ACTIONS)
  const own = couldAny(effective, principal, OWN_WAYS)
  if (!gives && !own) return best
  const giving = gives ? givingOf(principal, ground) : []
  if (giving.length > 0) {
    const given = toOther(principal, giving, ground)
    if (given > best) best = or(best, and(given, ceilingOf(principal, ground)))
  }
  if (best !== YES && giving.length > 0) best = or(best, throughOthers(graph, principal, giving, through))
  if (best !== YES && own) for (const { tri } of ownWays(principal, ground)) best = or(best, tri)
  return best
}

/** What comes of a step, for those who can give the same: many have both in common. */
type Through = Map<readonly Giving[], Map<Pick, { step: Step; tri: Tri }[]>>

/** Gives somebody everything whom it can become at once. */
function throughOthers(graph: Graph, principal: EstatePrincipal, giving: readonly Giving[], through: Through): Tri {
  let byPick = through.get(giving)
  if (!byPick) {
    byPick = new Map()
    through.set(giving, byPick)
  }
  let best: Tri = NO
  for (const step of graph.steps[principal.index]!) {
    if (step.cap <= best) continue
    let known = byPick.get(step.pick)
    if (!known) {
      known = []
      byPick.set(step.pick, known)
    }
    let answer = known.find((it) => it.step.isMember === step.isMember && it.step.cap === step.cap)
    if (!answer) {
      answer = { step, tri: bestThrough(graph, principal.account, step, giving) }
      known.push(answer)
    }
    best = or(best, answer.tri)
    if (best === YES) break
  }
  return best
}

function bestThrough(graph: Graph, account: EstateAccount, step: Step, giving: readonly Giving[]): Tri {
  let best: Tri = NO
  for (const index of step.members) {
    const reached = stepTo(step, index)
    if (reached <= best) continue
    const target = graph.nodes[index]!.principal!
    if (target.account !== account) continue
    const given = toOther(target, giving, graph.ground)
    if (and(reached, given) > best) best = or(best, and(and(reached, given), ceilingOf(target, graph.ground)))
    if (best === YES) break
  }
  return best
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
  calls: { action: string; resource: string; context?: Readonly<Record<string, string>> }[]
}

/** Ways that hang on what one has already: groups, versions, a boundary, a Deny to get rid of. */
export function ownWays(principal: EstatePrincipal, ground: Ground): OwnWay[] {
  const { effective, terrain } = ground
  const here = terrain.get(principal.account.accountId)!
  const { account, policies } = principal
  const found: OwnWay[] = []
  const can = (action: string) => boundOn(effective, principal, action) > 0
  const add = (technique: string, title: string, calls: OwnWay['calls'], after: () => Tri) => {
    let tri = calls
      .map(({ action, resource, context }) => may(principal, { action, resource, ...(context ? { context } : {}) }))
      .reduce(and)
    if (tri !== NO) tri = and(tri, after())
    if (tri !== NO) found.push({ technique, title, tri, calls })
  }
  const isUser = principal.kind === 'user'
  const kind = isUser ? 'User' : 'Role'
  if (isUser && can('iam:AddUserToGroup')) {
    const joining = pickOf(principal, here.groups, { action: 'iam:AddUserToGroup' })
    const gifts = givingOf(principal, ground).filter(({ way }) => way.on === 'group')
    const others = isNothing(joining)
      ? []
      : [...account.groups.values()].filter((group) => !principal.groups.includes(group))
    for (const group of others) {
      if (at(joining, keyIn(here.groups, group.arn)) === NO || !isStrong(group)) continue
      const call = { action: 'iam:AddUserToGroup', resource: group.arn }
      add('iam-013', `adds itself to group ${group.name}`, [call], () => asMemberOf(group, principal, ground))
      if (found.at(-1)?.tri === YES) break
    }
    if (gifts.length > 0 && others.length > 0 && ceilingOf(principal, ground) !== NO)
      for (const { way, pick } of gifts) {
        const group = others
          .map(({ arn }) => ({ arn, key: keyIn(here.groups, arn) }))
          .map(({ arn, key }) => ({ arn, tri: and(at(pick, key), at(joining, key)) }))
          .reduce((a, b) => (b.tri > a.tri ? b : a))
        if (group.tri === NO) continue
        const calls = [
          { action: way.action, resource: group.arn, ...(way.attaches ? { context: here.attachContext } : {}) },
          { action: 'iam:AddUserToGroup', resource: group.arn },
        ]
        add(`${way.id}-iam-013`, `${way.title}, and adds itself to it`, calls, () => ceilingOf(principal, ground))
      }
  }
  if (can('iam:SetDefaultPolicyVersion'))
    for (const arn of principal.attached) {
      const policy = account.policies.get(arn)
      if (!policy || policy.awsManaged) continue
      for (const { versionId, input } of policy.others)
        if (isStrong({ inputs: [input] }))
          add(
            'iam-set-default-policy-version',
            `goes back to version ${versionId} of an attached policy, which allowed more`,
            [{ action: 'iam:SetDefaultPolicyVersion', resource: arn }],
            () =>
              isAdmin(principal, {
                identity: policies.identity.map((own) => (own === policy.input ? input : own)),
              }),
          )
    }
  if (policies.boundary !== null && can(`iam:Delete${kind}PermissionsBoundary`))
    add(
      'iam-delete-permissions-boundary',
      'takes its own permissions boundary away',
      [{ action: `iam:Delete${kind}PermissionsBoundary`, resource: principal.arn }],
      () => adminOrGrant(principal, { boundary: null }, here),
    )
  for (const [i, { policy, name }] of policies.identity.entries()) {
    if (!policy?.statements.some(({ effect }) => effect === 'Deny')) continue
    const identity = policies.identity.filter((_, k) => k !== i)
    for (const call of removals(principal, name)) {
      if (!can(call.action)) continue
      add('iam-remove-deny', `gets rid of a policy that denies: ${name}`, [call], () =>
        adminOrGrant(principal, { identity }, here),
      )
    }
  }
  return found
}

/** Whether it would be an administrator if it were in the group. */
function asMemberOf(group: EstateGroup, principal: EstatePrincipal, ground: Ground): Tri {
  const make = () => isAdmin(principal, { identity: [...principal.policies.identity, ...group.inputs] })
  if (group.inputs.some(({ policy }) => policy?.parsed.statements.some(isPersonalStatement))) return make()
  const key = `in ${group.arn} ${kindOf(principal, ground)}`
  let tri = ground.tris.get(key)
  if (tri === undefined) {
    tri = make()
    ground.tris.set(key, tri)
  }
  return tri
}

const strong = new WeakMap<object, boolean>()

/** Only policies that allow a grant or everything can make an administrator; a cheap look before the engine's. */
function isStrong(group: { inputs: readonly PolicyInput[] }): boolean {
  let answer = strong.get(group)
  if (answer === undefined) {
    answer = group.inputs.some(
      ({ policy }) =>
        policy === null ||
        policy.statements.some(
          ({ effect, actions }) =>
            effect !== 'Deny' && (actions === null || actions.matches('iam:putrolepolicy', 'iam:')),
        ),
    )
    strong.set(group, answer)
  }
  return answer
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
