/** Steps to somebody else that follow from a principal's own policies. */
import { and, MAYBE, NO, or, type Tri, YES } from '../policy/tri.ts'
import { type ActionList, isWithin } from './action-bits.ts'
import { letIn } from './admin.ts'
import { alike, type Ground, pickAlike, remembered, somewhere } from './alike.ts'
import { candidateResources, may, statementsOn } from './ask.ts'
import { couldBe } from './effective.ts'
import { ESCALATIONS, type ExistingWay, type PassRoleWay, type UserWay } from './escalations.ts'
import type { EstatePrincipal } from './estate.ts'
import { existingSteps, ontoSomething, stepsAcross } from './existing.ts'
import { ASSIGN, keptIn, managedFrom, mayAssign } from './identity-center.ts'
import { at, both, isNothing, type Pick, type Pool, pickOf } from './picks.ts'
import type { Members, Terrain } from './terrain.ts'

/** A step to any of these, as far as `pick` says so. */
export interface Step {
  members: readonly number[]
  isMember: ReadonlySet<number>
  pick: Pick
  /** What is needed whatever the target is. */
  cap: Tri
}

export function stepTo(step: Step, index: number): Tri {
  return step.isMember.has(index) ? and(step.cap, at(step.pick, index)) : NO
}

export function stepInto({ list, set }: Members, pick: Pick, cap: Tri): Step {
  return { members: list, isMember: set, pick, cap }
}

export const USER_WAYS = ESCALATIONS.filter((way): way is UserWay => way.kind === 'user')
export const PASS_ROLE_WAYS = ESCALATIONS.filter((way): way is PassRoleWay => way.kind === 'pass-role')
export const EXISTING_WAYS = ESCALATIONS.filter((way): way is ExistingWay => way.kind === 'existing')

/** One thing to try, and all the actions that decide on it. */
interface Attempt {
  /** Without all of these there is no step. */
  needs: readonly string[]
  hangsOn: readonly string[]
  steps(principal: EstatePrincipal, terrain: Terrain, ground: Ground): Iterable<Step>
}

const ATTEMPTS: readonly Attempt[] = [
  ...USER_WAYS.map((way) => ({
    needs: way.actions,
    hangsOn: way.actions,
    steps: (...where: Where) => ontoUsers(way, ...where),
  })),
  {
    needs: ['iam:UpdateAssumeRolePolicy'],
    hangsOn: ['iam:UpdateAssumeRolePolicy', 'sts:AssumeRole'],
    steps: byRewrittenTrust,
  },
  ...EXISTING_WAYS.map((way) => ({
    needs: way.actions,
    hangsOn: way.actions,
    steps: (...where: Where) => throughExisting(way, ...where),
  })),
  {
    needs: ['iam:PassRole'],
    hangsOn: [
      'iam:PassRole',
      'iam:CreateInstanceProfile',
      'iam:AddRoleToInstanceProfile',
      ...PASS_ROLE_WAYS.flatMap(({ actions }) => actions),
    ],
    steps: byPassingRoles,
  },
  { needs: [ASSIGN], hangsOn: [ASSIGN], steps: byAssignment },
]

/** Whether it has a user to assign, nobody here knows. */
function* byAssignment(...[principal, , ground]: Where): Iterable<Step> {
  for (const account of managedFrom(principal.account, ground)) {
    const tri = mayAssign(principal, account)
    if (tri !== NO) yield stepInto(keptIn(account), { generic: tri, specific: new Map() }, MAYBE)
  }
}

type Where = [principal: EstatePrincipal, terrain: Terrain, ground: Ground]

export function ownSteps(principal: EstatePrincipal, ground: Ground): Step[] {
  const { bounds, classOf, list } = ground.effective
  const { maybe } = bounds[classOf[principal.index]!]!
  const needed = neededIn(list)
  const steps: Step[] = []
  for (let i = 0; i < ATTEMPTS.length; i++) {
    // most are not possible: this is all that they cost
    if (needed[i] !== null && !isWithin(needed[i]!, maybe)) continue
    const found = stepsBy(ATTEMPTS[i]!, principal, ground)
    // several techniques often come to the same
    for (const step of found) if (!steps.some((other) => comesToTheSame(step, other))) steps.push(step)
  }
  return steps
}

const needs = new WeakMap<ActionList, readonly (Uint32Array | null)[]>()

/** What each attempt needs, in bits; null: an action that is not in the list, so that nothing rules it out. */
function neededIn(list: ActionList): readonly (Uint32Array | null)[] {
  let found = needs.get(list)
  if (!found) {
    found = ATTEMPTS.map((attempt) => list.setOf(attempt.needs))
    needs.set(list, found)
  }
  return found
}

function stepsBy(attempt: Attempt, principal: EstatePrincipal, ground: Ground): readonly Step[] {
  if (!couldBe(ground.effective, principal, attempt.needs)) return NO_STEPS
  const known = remembered<number, readonly Step[]>(ground, attempt)
  return alike(principal, attempt.hangsOn, ground, known, () => {
    const terrain = ground.terrain.get(principal.account.accountId)!
    return [...attempt.steps(principal, terrain, ground)].filter(
      ({ members, pick, cap }) => cap !== NO && members.length > 0 && !isNothing(pick),
    )
  })
}

const NO_STEPS: readonly Step[] = []

function comesToTheSame(step: Step, { isMember, pick, cap }: Step): boolean {
  return isMember === step.isMember && pick === step.pick && cap >= step.cap
}

function* ontoUsers({ of, actions }: UserWay, ...[principal, terrain, ground]: Where): Iterable<Step> {
  const cap = of === 'room-for-a-key' || of === 'two-keys' ? terrain.credentials.keys : terrain.credentials.passwords
  const picks = actions.map((action) => pickAlike(principal, terrain.users, action, ground))
  yield stepInto(terrain.usersOf[of], picks.reduce(both), cap)
}

function* byRewrittenTrust(...[principal, terrain, ground]: Where): Iterable<Step> {
  const rewriting = pickAlike(principal, terrain.roles, 'iam:UpdateAssumeRolePolicy', ground)
  if (!isNothing(rewriting))
    yield stepInto(terrain.changeable, both(rewriting, welcomeIn(principal, terrain.roles)), YES)
}

/** What remains in the way of a principal that a role's trust policy names: Deny, and the organization. */
function welcomeIn(principal: EstatePrincipal, pool: Pool): Pick {
  return pickOf(principal, pool, {
    action: 'sts:AssumeRole',
    resourcePolicy: letIn({ AWS: principal.arn }),
  })
}

/** Which roles of its account a principal may pass to a service, by their index. */
export function passable(ground: Ground, principal: EstatePrincipal, service: string): Pick {
  const { roles } = ground.terrain.get(principal.account.accountId)!
  // where no policy asks for the service, they are the same for all
  const known = remembered<number, { all: boolean }>(ground, asksForService)
  const { all } = alike(principal, 'iam:PassRole', ground, known, () => ({ all: !asksForService(principal) }))
  return pickAlike(principal, roles, 'iam:PassRole', ground, { 'iam:passedtoservice': all ? ALL_SERVICES : service })
}

const ALL_SERVICES = 'all~services.amazonaws.com'

function asksForService(principal: EstatePrincipal): boolean {
  return statementsOn(principal, 'iam:PassRole').some(({ statement: { resource, notResource, conditions } }) =>
    /passedtoservice/i.test(JSON.stringify([resource, notResource, conditions])),
  )
}

function* byPassingRoles(...[principal, terrain, ground]: Where): Iterable<Step> {
  const best = new Map<string, { inProfile: Tri; others: Tri }>()
  for (const way of PASS_ROLE_WAYS) {
    const { services, instanceProfile } = way
    if (!services.some((service) => terrain.trusting.has(service))) continue
    const tri = canRun(way, principal, terrain, ground)
    if (tri === NO) continue
    const makesProfiles = instanceProfile ? makesInstanceProfiles(principal, ground) : YES
    for (const service of services) {
      const before = best.get(service) ?? { inProfile: NO, others: NO }
      best.set(service, {
        inProfile: or(before.inProfile, tri),
        others: or(before.others, and(tri, or(makesProfiles, MAYBE))),
      })
    }
  }
  for (const [service, { sure, perhaps, inProfile, inNoProfile }] of terrain.trusting) {
    const tri = best.get(service)
    if (!tri) continue
    const pass = passable(ground, principal, service)
    if (tri.others === tri.inProfile) yield stepInto(sure, pass, tri.inProfile)
    else {
      yield stepInto(inProfile, pass, tri.inProfile)
      yield stepInto(inNoProfile, pass, tri.others)
    }
    yield stepInto(perhaps, pass, and(tri.inProfile, MAYBE))
  }
}

/** Whether a principal can do what a way to pass a role takes, but for passing the role. */
function canRun(way: PassRoleWay, ...[principal, terrain, ground]: Where): Tri {
  const { actions, onto } = way
  if (!couldBe(ground.effective, principal, actions)) return NO
  return alike(principal, actions, ground, remembered(ground, way), () =>
    onto ? ontoSomething(principal, { ...way, onto }, terrain, ground) : allSomewhere(principal, actions, ground),
  )
}

export function allSomewhere(principal: EstatePrincipal, actions: readonly string[], ground: Ground): Tri {
  let all: Tri = YES
  for (const action of actions) {
    all = and(all, somewhere(principal, action, ground))
    if (all === NO) break
  }
  return all
}

export function makesInstanceProfiles(principal: EstatePrincipal, ground: Ground): Tri {
  return allSomewhere(principal, PROFILE_ACTIONS, ground)
}

const PROFILE_ACTIONS = ['iam:CreateInstanceProfile', 'iam:AddRoleToInstanceProfile']

function* throughExisting(way: ExistingWay, ...[principal, terrain, ground]: Where): Iterable<Step> {
  // a role of AWS's own does what its service does, and nothing else
  if (principal.role?.path.startsWith('/aws-service-role/')) return
  // a command needs a document beside the instance
  const documents = way.actions.includes('ssm:SendCommand')
    ? alike(principal, 'ssm:SendCommand', ground, remembered<number, Tri>(ground, documentFor), () =>
        documentFor(principal),
      )
    : YES
  if (documents === NO) return
  for (const { members, pick, cap } of existingSteps(principal, way, terrain, ground))
    yield stepInto(members, pick, and(cap, documents))
  if (way.acrossAccounts && ground.terrain.size > 1)
    for (const { members, pick, cap } of stepsAcross(principal, way, ground)) yield stepInto(members, pick, cap)
}

/** AWS's own will do. */
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
