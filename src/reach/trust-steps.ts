/** Steps into roles that follow from their trust policies. */

import type { PolicyInput } from '../policy/request.ts'
import { MAYBE, NO, or, type Tri, YES } from '../policy/tri.ts'
import { letIn } from './admin.ts'
import { alike, type Ground, kindOf, picksIn } from './alike.ts'
import { type Ask, may } from './ask.ts'
import { boundOn, whoAsks } from './effective.ts'
import type { Estate, EstateAccount, EstatePrincipal } from './estate.ts'
import type { GraphNode } from './graph.ts'
import { isNothing, type Pick, pickOf } from './picks.ts'
import { type Step, stepInto } from './steps.ts'
import { type Members, membersOf } from './terrain.ts'
import { type Entrant, entrantsOf, entry, type InRegion, inBestRegion, isPersonal, tellingApart } from './trust.ts'

const EVERYONE = letIn('*')

/** Steps into roles by their trust policies. */
export interface Trust {
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
export function readTrust(estate: Estate, ground: Ground, nodes: GraphNode[]): Trust {
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
          if (!isTold && !entrant.isByCondition) addTo(here, name, role, entry(role, entrant))
          continue
        }
        if (kind === 'anyone' && !isTold) {
          const from = (id: string, alone: boolean) =>
            entry(role, { ...entrant, principal: { ...principal, account: id } as never }, alone)
          // another statement may leave it to the account, and to who has a policy of its own
          const tri = from(account.accountId, true)
          if (tri !== NO) (tri === YES ? everybody.sure : everybody.perhaps).push(role.index)
          for (const other of estate.accounts.keys())
            if (other !== account.accountId) addTo(here, other, role, from(other, false))
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
  const accounts = new Map<EstateAccount, PolicyInput>()
  /** A role's policy that leaves it to an account. */
  const leftTo = (account: EstateAccount): PolicyInput => {
    let policy = accounts.get(account)
    if (!policy) {
      policy = letIn({ AWS: `arn:${account.partition}:iam::${account.accountId}:root` })
      accounts.set(account, policy)
    }
    return policy
  }
  return (principal) => {
    const steps: Step[] = []
    const enter = (doors: Doors, pick: Pick) => {
      if (isNothing(pick)) return
      const { sure, perhaps } = read(doors)
      if (sure.list.length > 0) steps.push(stepInto(sure, pick, YES))
      if (perhaps.list.length > 0) steps.push(stepInto(perhaps, pick, MAYBE))
    }
    const { accountId } = principal.account
    /** @param from principals that the role's side lets in */
    const picked = (to: EstateAccount, from: PolicyInput, what: string) => {
      const { roles } = terrain.get(to.accountId)!
      return alike(principal, 'sts:AssumeRole', ground, picksIn(roles, what, ground), () =>
        pickOf(principal, roles, {
          action: 'sts:AssumeRole',
          resourcePolicy: from,
          ...(to === terrain.get(accountId)!.account ? {} : { rcps: to.rcps }),
        }),
      )
    }
    if (boundOn(effective, principal, 'sts:AssumeRole') > 0)
      for (const { from, to, doors } of delegated.get(accountId) ?? [])
        enter(doors, picked(to, leftTo(from), 'roles that leave it to their account'))
    const doors = open.get(accountId)
    if (doors) enter(doors, picked(terrain.get(accountId)!.account, EVERYONE, 'roles that let everybody in'))
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
  return inBestRegion(role, (region) => may(principal, askToAssume(principal, role, region))).tri
}

export function askToAssume(principal: EstatePrincipal, role: EstatePrincipal, region: InRegion): Ask {
  return {
    action: 'sts:AssumeRole',
    resource: role.arn,
    resourcePolicy: role.trust,
    ...(role.account === principal.account ? {} : { rcps: role.account.rcps }),
    ...(region ? { context: region } : {}),
  }
}
