/** Ways through what is there already: which things a principal may use so, and which roles it gets by that. */
import { and, MAYBE, NO, or, type Tri, YES } from '../policy/tri.ts'
import { type Ground, pickAlike } from './alike.ts'
import { type ExistingWay, namesOfService, type OnSomething, type PassRoleWay } from './escalations.ts'
import type { EstatePrincipal } from './estate.ts'
import type { Holder, Holders } from './holders.ts'
import { at, both, NOTHING, type Pick, pickOf } from './picks.ts'
import { allSomewhere } from './steps.ts'
import type { Members, Terrain } from './terrain.ts'
import { entrantsOf, entry } from './trust.ts'

/** A thing and one of its roles, and how sure it is that the way works on it. */
interface Use {
  holder: number
  role: number
  tri: Tri
}

interface Uses {
  all: readonly Use[]
  sure: readonly Use[]
  perhaps: readonly Use[]
  sureRoles: Members
  perhapsRoles: Members
}

/** Everything that a way could be used on in an account, whoever asks. */
export function usesOf(way: ExistingWay, terrain: Terrain): Uses {
  let byWay = known.get(terrain)
  if (!byWay) {
    byWay = new Map()
    known.set(terrain, byWay)
  }
  let uses = byWay.get(way)
  if (!uses) {
    uses = findUses(way, terrain)
    byWay.set(way, uses)
  }
  return uses
}

const known = new WeakMap<Terrain, Map<ExistingWay, Uses>>()

function findUses(way: ExistingWay, terrain: Terrain): Uses {
  const all: Use[] = []
  if (way.holder !== null) {
    const { list } = terrain.holders(way.holder)
    const most: Tri = way.doubt ? MAYBE : YES
    for (let i = 0; i < list.length; i++) {
      const holder = list[i]!
      if (holder.roles.length === 0) continue
      const has = and(hasAll(holder, way), most)
      if (has === NO) continue
      for (const role of holder.roles) {
        const tri = and(has, trusts(way, holder, role, terrain))
        if (tri !== NO) all.push({ holder: i, role, tri })
      }
    }
  }
  const sure = all.filter(({ tri }) => tri === YES)
  const perhaps = all.filter(({ tri }) => tri === MAYBE)
  return { all, sure, perhaps, sureRoles: rolesIn(sure), perhapsRoles: rolesIn(perhaps) }
}

function rolesIn(uses: readonly Use[]): Members {
  const set = new Set(uses.map(({ role }) => role))
  return { list: [...set], set }
}

export function hasAll(holder: Holder, { needs }: OnSomething): Tri {
  let all: Tri = YES
  if (needs !== undefined) for (const need of needs) all = and(all, holder.has(need))
  return all
}

/** Whether the role still lets the service in; without that, the thing has no credentials of it. */
function trusts({ service }: ExistingWay, { arn }: Holder, role: number, { account, trusting }: Terrain): Tri {
  if (service !== null) {
    const named = namesOfService(service).map((name) => trusting.get(name))
    if (named.some((roles) => roles?.sure.set.has(role))) return YES
    return named.some((roles) => roles?.perhaps.set.has(role)) ? MAYBE : NO
  }
  // the roles of an account follow each other in the estate
  const principal = account.roles[role - account.roles[0]!.index]!
  const entrant = entrantsOf(principal.trust).find(({ name }) => name === arn)
  return entrant ? entry(principal, entrant) : NO
}

/** Steps by one way: to which roles, by which of their things, and what is needed whichever it is. */
export function* existingSteps(
  principal: EstatePrincipal,
  way: ExistingWay,
  terrain: Terrain,
  ground: Ground,
): Iterable<{ members: Members; pick: Pick; cap: Tri }> {
  const { sure, perhaps, sureRoles, perhapsRoles, all } = usesOf(way, terrain)
  if (all.length > 0) {
    const { pick, cap } = usable(principal, way, terrain, ground)
    yield { members: sureRoles, pick: byRole(pick, sure), cap }
    yield { members: perhapsRoles, pick: byRole(pick, perhaps), cap: and(cap, MAYBE) }
  }
  const named = way.service === null ? [] : namesOfService(way.service)
  const trusting = named.map((name) => terrain.trusting.get(name)).filter((roles) => roles !== undefined)
  if (trusting.length === 0 || !isOpen(way, terrain)) return
  const cap = and(allSomewhere(principal, way.actions, ground), MAYBE)
  for (const { sure: certain, perhaps: uncertain } of trusting) {
    yield { members: certain, pick: ANY_OF_THEM, cap }
    yield { members: uncertain, pick: ANY_OF_THEM, cap }
  }
}

/**
 * Steps into other accounts that were read, through things whose own policies may let this one in. These are not read:
 * every such step is perhaps one.
 */
export function* stepsAcross(
  principal: EstatePrincipal,
  way: ExistingWay,
  ground: Ground,
): Iterable<{ members: Members; pick: Pick; cap: Tri }> {
  for (const [accountId, terrain] of ground.terrain) {
    if (accountId === principal.account.accountId) continue
    const { sure, perhaps, sureRoles, perhapsRoles, all } = usesOf(way, terrain)
    if (all.length === 0) continue
    const { pool } = terrain.holders(way.holder!)
    const { rcps } = terrain.account
    const pick = way.actions
      .map((action) => pickOf(principal, pool, { action, resourcePolicy: 'unknown', rcps }))
      .reduce(both)
    yield { members: sureRoles, pick: byRole(pick, sure), cap: MAYBE }
    yield { members: perhapsRoles, pick: byRole(pick, perhaps), cap: MAYBE }
  }
}

const ANY_OF_THEM: Pick = { generic: YES, specific: new Map() }

/** Whether there may be more things of the kind than are known. */
export function isOpen({ holder }: OnSomething, { holders }: Terrain): boolean {
  return holder === null || holders(holder).known !== 'all'
}

/** Whether a principal can do what a way to pass a role takes, on a thing that is there. */
export function ontoSomething(
  principal: EstatePrincipal,
  { actions, onto }: PassRoleWay & { onto: OnSomething },
  terrain: Terrain,
  ground: Ground,
): Tri {
  let best: Tri = isOpen(onto, terrain) ? and(allSomewhere(principal, actions, ground), MAYBE) : NO
  if (onto.holder === null) return best
  const { list } = terrain.holders(onto.holder)
  if (list.length === 0) return best
  const { pick, cap } = usable(principal, { ...onto, actions }, terrain, ground)
  if (pick.specific.size === 0 && !onto.needs) return or(best, and(pick.generic, cap))
  for (let i = 0; i < list.length; i++) {
    const usable = and(at(pick, i), cap)
    if (usable > best) best = or(best, and(usable, hasAll(list[i]!, onto)))
    if (best === YES) break
  }
  return best
}

/** On which things it may do all that is done on them, and whether it may do the rest. */
function usable(
  principal: EstatePrincipal,
  way: OnSomething & { actions: readonly string[] },
  terrain: Terrain,
  ground: Ground,
): { pick: Pick; cap: Tri } {
  const { actions, elsewhere = [], onCluster = [] } = way
  const holders = terrain.holders(way.holder!)
  const cap = allSomewhere(principal, elsewhere, ground)
  if (cap === NO) return { pick: NOTHING, cap }
  const onIt = actions
    .filter((action) => !elsewhere.includes(action))
    .map((action) => pickAlike(principal, holders.pool, action, ground))
  const clusters = onCluster.map((action) => pickAlike(principal, holders.clusters, action, ground))
  const pick = onIt.reduce(both, { generic: YES, specific: new Map() })
  return { pick: clusters.length === 0 ? pick : inClusters(pick, clusters.reduce(both), holders), cap }
}

/** What is allowed on a thing and on its cluster. */
function inClusters(onIt: Pick, onCluster: Pick, { list, clusters }: Holders): Pick {
  if (onCluster.specific.size === 0) return both(onIt, onCluster)
  const specific = new Map<number, Tri>()
  for (const [i, { clusterArn }] of list.entries()) {
    const cluster = clusters.byArn.get(clusterArn ?? '')
    specific.set(i, and(at(onIt, i), cluster === undefined ? onCluster.generic : at(onCluster, cluster)))
  }
  return { generic: NO, specific }
}

/** From answers for things to answers for their roles: the best of each role's things. */
function byRole(onThing: Pick, uses: readonly Use[]): Pick {
  if (onThing.specific.size === 0) return onThing
  let byUses = picksByRole.get(onThing)
  if (!byUses) {
    byUses = new Map()
    picksByRole.set(onThing, byUses)
  }
  let pick = byUses.get(uses)
  if (!pick) {
    const specific = new Map<number, Tri>()
    for (const { holder, role } of uses) specific.set(role, or(specific.get(role) ?? NO, at(onThing, holder)))
    pick = { generic: NO, specific }
    byUses.set(uses, pick)
  }
  return pick
}

const picksByRole = new WeakMap<Pick, Map<readonly Use[], Pick>>()
