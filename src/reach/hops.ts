/** One step in full: which permissions it takes, and which statements give them. */
import type { AccessCondition, AccessReason, Hop } from '../model/reach.ts'
import type { Decision } from '../policy/request.ts'
import { MAYBE, NO, type Tri } from '../policy/tri.ts'
import { adminActionsOf, isAdmin, letIn } from './admin.ts'
import { ceilingOf } from './alike.ts'
import { type Ask, bestAnywhere, candidateResources, decide, may, NOBODY, witnessOf } from './ask.ts'
import { boundOn, couldBe } from './effective.ts'
import { namesOfService, type OnSomething, PAIRS, type PassRoleWay } from './escalations.ts'
import type { EstatePrincipal } from './estate.ts'
import { hasAll, isOpen, usesOf } from './existing.ts'
import type { Graph, GraphNode } from './graph.ts'
import type { Holder, HolderKind } from './holders.ts'
import { ASSIGN, askToAssign, isOfIdentityCenter, managedFrom } from './identity-center.ts'
import { EXISTING_WAYS, makesInstanceProfiles, PASS_ROLE_WAYS, stepTo, USER_WAYS } from './steps.ts'
import { isChangeable, type Terrain } from './terrain.ts'
import { type Giving, gives, givingOf, ownWays } from './to-admin.ts'
import { type Entrant, entrantsOf, entry, entryDecision, inBestRegion, isPassedTo } from './trust.ts'
import { askToAssume } from './trust-steps.ts'

/** Whether a reason is a statement of one's own that allows; a Deny is one, too, where its conditions decide. */
export function isOwnAllow({ policies }: EstatePrincipal, { source, policy, statement }: AccessReason): boolean {
  if (source !== 'identity-policy') return false
  const input = policies.identity.find(({ name }) => name === policy)
  return (input?.policy?.statements ?? []).some(
    ({ statement: { index }, effect }) => index === statement && effect === 'Allow',
  )
}

/** A technique that makes a step, tried. */
interface Trial {
  technique: string
  title: string
  permissions: Hop['permissions']
  decision: 'allowed' | 'conditional'
  conditions: AccessCondition[]
  unknown: string[]
  because: AccessReason[]
}

/** A call that a technique needs, and what was answered. */
interface Call {
  action: string
  resource: string
  decision: Decision
}

/** null: no technique makes this step. */
export function hop(graph: Graph, from: number, to: number | 'admin'): Hop | null {
  const sorted = [...trialsOf(graph, from, to)]
    .filter((trial) => trial !== null)
    .map((trial, i) => ({ trial, i }))
    .sort((a, b) => rank(a.trial) - rank(b.trial) || a.i - b.i)
    .map(({ trial }) => trial)
  const [best, ...others] = sorted
  if (!best) return null
  return {
    ...endsOf(graph, from, to),
    ...best,
    alternatives: [...new Set(others.map(({ technique }) => technique))].filter((id) => id !== best.technique),
  }
}

/** The same technique as `hop` names, without its alternatives: nothing is tried after the first that is sure. */
export function bestHop(graph: Graph, from: number, to: number | 'admin'): Omit<Hop, 'alternatives'> | null {
  let best: Trial | null = null
  // where there is a sure way, what is not sure is not looked into
  const least = to === 'admin' ? (graph.toAdmin[from] as Tri) : MAYBE
  for (const trial of trialsOf(graph, from, to, least)) {
    if (trial !== null && (best === null || rank(trial) < rank(best))) best = trial
    if (best?.decision === 'allowed') break
  }
  return best && { ...endsOf(graph, from, to), ...best }
}

function endsOf({ nodes }: Graph, from: number, to: number | 'admin'): Pick<Hop, 'from' | 'to'> {
  return { from: nodes[from]!.name, to: to === 'admin' ? 'admin' : nodes[to]!.name }
}

/** Techniques are tried one by one, as they are asked for. */
function trialsOf(graph: Graph, from: number, to: number | 'admin', least: Tri = MAYBE): Iterable<Trial | null> {
  const source = graph.nodes[from]!
  return to === 'admin' ? trialsToAdmin(graph, source, least) : trialsTo(graph, source, graph.nodes[to]!)
}

function rank({ decision, unknown }: Trial): number {
  return decision === 'allowed' ? 0 : unknown.length === 0 ? 1 : 2
}

function tried(technique: string, title: string, calls: readonly Call[], doubts: readonly string[] = []): Trial | null {
  if (calls.some(({ decision }) => decision.decision === 'denied')) return null
  const conditions = new Map<string, AccessCondition>()
  const because = new Map<string, AccessReason>()
  const unknown = new Set(doubts)
  for (const { decision } of calls) {
    for (const condition of decision.conditions) conditions.set(JSON.stringify(condition), condition)
    for (const reason of decision.because) because.set(JSON.stringify(reason), reason)
    for (const phrase of decision.unknown) unknown.add(phrase)
  }
  const isSure = doubts.length === 0 && calls.every(({ decision }) => decision.decision === 'allowed')
  return {
    technique,
    title,
    permissions: calls.map(({ action, resource }) => ({ action, resource: resource.replaceAll(NOBODY, '*') })),
    decision: isSure ? 'allowed' : 'conditional',
    conditions: [...conditions.values()],
    unknown: [...unknown],
    because: [...because.values()],
  }
}

function call(principal: EstatePrincipal, ask: Ask): Call {
  return { action: ask.action, resource: ask.resource, decision: decide(principal, ask) }
}

/** A call on whatever resource it is best on. */
function callSomewhere(principal: EstatePrincipal, action: string): Call {
  const { resource: pattern } = bestAnywhere(principal, action)
  const found = candidateResources(principal, action).find((candidate) => candidate.pattern === pattern)
  const resource = found?.resource ?? witnessOf(pattern, principal)
  return { action, resource: pattern, decision: decide(principal, { action, resource }) }
}

function* trialsTo(graph: Graph, from: GraphNode, to: GraphNode): Iterable<Trial> {
  const target = to.principal
  if (!target) return
  if (from.principal) yield* taking(graph, from.principal, target)
  else yield* entering(from, target)
}

function* taking(graph: Graph, principal: EstatePrincipal, target: EstatePrincipal): Iterable<Trial> {
  yield* assuming(principal, target)
  for (const trial of becoming(graph, principal, target)) if (trial !== null) yield withoutMadeUp(trial)
}

function entering(from: GraphNode, role: EstatePrincipal): Trial[] {
  return entrantsOf(role.trust)
    .filter(({ name }) => name === from.name)
    .flatMap((entrant) => {
      const decision = entryDecision(role, entrant)
      const made = tried('assume-role', TITLES[entrant.kind] ?? 'assumes the role', [
        { action: entrant.action, resource: role.arn, decision },
      ])
      return made ? [made] : []
    })
}

const TITLES: Record<string, string> = {
  oidc: 'signs in through the OIDC provider',
  saml: 'signs in through the SAML provider',
  'roles-anywhere': 'signs in with a certificate',
  anyone: 'assumes the role from any AWS account',
}

function assuming(principal: EstatePrincipal, target: EstatePrincipal): Trial[] {
  if (target.kind !== 'role') return []
  const { region } = inBestRegion(target, (it) => may(principal, askToAssume(principal, target, it)))
  const made = tried('assume-role', 'assumes the role', [call(principal, askToAssume(principal, target, region))])
  return made ? [made] : []
}

/** Everything but assuming a role that lets one in. */
function* becoming(graph: Graph, principal: EstatePrincipal, target: EstatePrincipal): Iterable<Trial | null> {
  const terrain = graph.ground.terrain.get(target.account.accountId)!
  if (target.account !== principal.account) {
    if (target.kind === 'role') {
      yield* using(graph, principal, target, terrain)
      yield assigning(graph, principal, target)
    }
    return
  }
  if (target.kind === 'user') yield* takingUser(graph, principal, target, terrain)
  if (target.kind !== 'role') return
  if (isChangeable(target) && boundOn(graph.ground.effective, principal, 'iam:UpdateAssumeRolePolicy') > 0)
    yield tried('iam-012', 'lets itself into the role, and assumes it', [
      call(principal, { action: 'iam:UpdateAssumeRolePolicy', resource: target.arn }),
      call(principal, {
        action: 'sts:AssumeRole',
        resource: target.arn,
        resourcePolicy: letIn({ AWS: principal.arn }),
      }),
    ])
  yield* passing(graph, principal, target, terrain)
  yield* using(graph, principal, target, terrain)
}

/** From the management account, to a role that IAM Identity Center keeps in another. */
function assigning({ ground }: Graph, principal: EstatePrincipal, target: EstatePrincipal): Trial | null {
  if (!isOfIdentityCenter(target) || !managedFrom(principal.account, ground).includes(target.account)) return null
  return tried(
    'sso-account-assignment',
    'assigns a user of IAM Identity Center to the role, and signs in as that user',
    [callSomewhere(principal, ASSIGN), call(principal, askToAssign(principal, target.account))],
    ['a user of IAM Identity Center as whom it can sign in'],
  )
}

/** The trust policy that the technique would write is no reason that a reader could look up. */
function withoutMadeUp(trial: Trial): Trial {
  return { ...trial, because: trial.because.filter(({ policy }) => policy !== 'trust' && policy !== 'everything') }
}

function* takingUser(
  { ground: { effective } }: Graph,
  principal: EstatePrincipal,
  target: EstatePrincipal,
  { usersOf, credentials }: Terrain,
): Iterable<Trial | null> {
  for (const { id, title, actions, of } of USER_WAYS) {
    if (!usersOf[of].set.has(target.index) || !couldBe(effective, principal, actions)) continue
    const isKey = of === 'room-for-a-key' || of === 'two-keys'
    const doubts =
      (isKey ? credentials.keys : credentials.passwords) === 2
        ? []
        : [isKey ? 'how many access keys the user has' : 'whether the user has a password']
    yield tried(
      id,
      title,
      actions.map((action) => call(principal, { action, resource: target.arn })),
      doubts,
    )
  }
}

function* passing(
  { ground }: Graph,
  principal: EstatePrincipal,
  target: EstatePrincipal,
  terrain: Terrain,
): Iterable<Trial | null> {
  const { effective } = ground
  if (boundOn(effective, principal, 'iam:PassRole') === 0) return
  const services = entrantsOf(target.trust).filter(isPassedTo)
  const passed = new Map<string, Call>()
  for (const way of PASS_ROLE_WAYS) {
    const service = services.find(({ name }) => way.services.includes(name))
    if (!service || !couldBe(effective, principal, way.actions)) continue
    if (entry(target, service) === NO) continue
    let pass = passed.get(service.name)
    if (!pass) {
      pass = call(principal, {
        action: 'iam:PassRole',
        resource: target.arn,
        context: { 'iam:passedtoservice': service.name },
      })
      passed.set(service.name, pass)
    }
    const found = way.onto
      ? bestOnto(principal, { ...way, onto: way.onto }, terrain)
      : { calls: way.actions.map((action) => callSomewhere(principal, action)), doubts: [] }
    if (!found) continue
    const lacksProfile =
      way.instanceProfile && !terrain.inProfile.has(target.index) && makesInstanceProfiles(principal, ground) !== 2
    yield withTrust(way.id, way.title, [pass, ...found.calls], { role: target, entrant: service }, [
      ...found.doubts,
      ...(lacksProfile ? [`an instance profile that holds role ${target.name}`] : []),
    ])
  }
}

/** Things of one role, or things to give it to, are alike mostly: more are not tried. */
const MOST_TRIED = 200

function* using(
  { ground: { effective } }: Graph,
  principal: EstatePrincipal,
  target: EstatePrincipal,
  terrain: Terrain,
): Iterable<Trial | null> {
  const entrants = entrantsOf(target.trust)
  const isAcross = target.account !== principal.account
  const other = isAcross ? { resourcePolicy: 'unknown' as const, rcps: target.account.rcps } : {}
  for (const way of EXISTING_WAYS) {
    if (isAcross && !way.acrossAccounts) continue
    const { id, title, service, actions, holder, what, doubt } = way
    if (!couldBe(effective, principal, actions)) continue
    const names = service === null ? [] : namesOfService(service)
    const entrant = entrants.find(({ name }) => names.includes(name))
    if (service !== null && (!entrant || entry(target, entrant) === NO)) continue
    const uses = usesOf(way, terrain).all.filter(({ role }) => role === target.index)
    let isSure = false
    for (const use of uses.slice(0, MOST_TRIED)) {
      const thing = terrain.holders(holder!).list[use.holder]!
      const through = entrant ?? entrants.find(({ name }) => name === thing.arn)!
      const calls = callsOn(principal, way, actions, thing, other)
      const made = withTrust(id, title, calls, { role: target, entrant: through }, [
        ...lacking(thing, way),
        ...(doubt ? [`${doubt} ${thing.name}`] : []),
      ])
      yield made
      isSure = made?.decision === 'allowed'
      if (isSure) break
    }
    if (isSure || isAcross || !entrant || !isOpen(way, terrain)) continue
    const gap = holder === null ? '' : gapsIn(terrain, holder)
    yield withTrust(id, title, callsOn(principal, way, actions, null), { role: target, entrant }, [
      `whether ${what} has role ${target.name}${gap}`,
    ])
  }
}

/** The calls of a way on a thing; null: on one that is not known. */
function callsOn(
  principal: EstatePrincipal,
  { elsewhere = [], onCluster = [] }: OnSomething,
  actions: readonly string[],
  thing: Holder | null,
  other: Partial<Ask> = {},
): Call[] {
  return actions.flatMap((action) => {
    if (thing === null || elsewhere.includes(action)) return [callSomewhere(principal, action)]
    const onIt = call(principal, { action, resource: thing.arn, ...other })
    return onCluster.includes(action) && thing.clusterArn !== null
      ? [onIt, call(principal, { action, resource: thing.clusterArn })]
      : [onIt]
  })
}

/** Tries a way whose last condition is that the role lets the service in; that is no permission of the principal's. */
function withTrust(
  id: string,
  title: string,
  calls: readonly Call[],
  { role, entrant }: { role: EstatePrincipal; entrant: Entrant },
  doubts: readonly string[],
): Trial | null {
  const trust = { action: entrant.action, resource: role.arn, decision: entryDecision(role, entrant) }
  const made = tried(id, title, [...calls, trust], doubts)
  return made && { ...made, permissions: made.permissions.slice(0, -1) }
}

/** What is not known of a thing, and the way needs. */
function lacking(thing: Holder, { needs = [] }: OnSomething): string[] {
  return needs
    .filter((need) => thing.has(need) === MAYBE)
    .map((need) =>
      need === 'managed' ? `whether Systems Manager reaches ${thing.name}` : `whether ${thing.name} has ${need}`,
    )
}

function gapsIn({ holders }: Terrain, kind: HolderKind): string {
  const [gap] = holders(kind).gaps
  return gap ? `: ${gap}` : ''
}

/** The thing on which a way to pass a role works best, and what is not known about it; null: on none. */
function bestOnto(
  principal: EstatePrincipal,
  { actions, onto }: PassRoleWay & { onto: OnSomething },
  terrain: Terrain,
): { calls: Call[]; doubts: string[] } | null {
  let best: { calls: Call[]; doubts: string[] } | null = null
  if (onto.holder !== null)
    for (const thing of terrain.holders(onto.holder).list.slice(0, MOST_TRIED)) {
      if (hasAll(thing, onto) === NO) continue
      const calls = callsOn(principal, onto, actions, thing)
      if (calls.some(({ decision }) => decision.decision === 'denied')) continue
      const doubts = lacking(thing, onto)
      best ??= { calls, doubts }
      if (doubts.length === 0 && calls.every(({ decision }) => decision.decision === 'allowed'))
        return { calls, doubts }
    }
  if (best || !isOpen(onto, terrain)) return best
  const gap = onto.holder === null ? '' : gapsIn(terrain, onto.holder)
  return { calls: callsOn(principal, onto, actions, null), doubts: [`whether there is ${onto.what}${gap}`] }
}

/** Ways through others that are tried when none of one's own is sure. */
const MOST_THROUGH_OTHERS = 40

/** @param least how sure the steps must be that lead through others */
function* trialsToAdmin(graph: Graph, from: GraphNode, least: Tri): Iterable<Trial | null> {
  const { principal } = from
  if (!principal) return
  const { ground } = graph
  const terrain = ground.terrain.get(principal.account.accountId)!
  const giving = givingOf(principal, ground)
  let count = 0
  let isSure = false
  for (const trial of trialsAlone(ground, principal, giving, terrain)) {
    count++
    isSure ||= trial?.decision === 'allowed'
    yield trial
  }
  if (giving.length === 0 || isSure) return
  for (const step of graph.steps[from.index]!)
    for (const index of step.members) {
      const target = graph.nodes[index]!.principal
      if (!target || target === principal || target.account !== principal.account) continue
      if (count > MOST_THROUGH_OTHERS || isSure) return
      if (stepTo(step, index) < least) continue
      if (!giving.some((gift) => gives(gift, target, terrain).tri >= Math.max(least, MAYBE))) continue
      for (const way of taking(graph, principal, target))
        for (const trial of giftsTo(ground, principal, target, giving, terrain, way)) {
          count++
          isSure = trial?.decision === 'allowed'
          yield trial
        }
    }
}

/** Without becoming anybody else first. */
function* trialsAlone(
  ground: Graph['ground'],
  principal: EstatePrincipal,
  giving: readonly Giving[],
  terrain: Terrain,
): Iterable<Trial | null> {
  if (isAdmin(principal) === 1)
    yield tried(
      'admin-rights',
      'uses its rights as an administrator',
      adminActionsOf(principal).map((action) => {
        const on = /User/.test(action) ? 'user' : /Version/.test(action) ? 'policy' : 'role'
        const { partition, accountId } = principal.account
        return {
          ...call(principal, { action, resource: `arn:${partition}:iam::${accountId}:${on}/${NOBODY}` }),
          resource: '*',
        }
      }),
    )
  yield* giftsTo(ground, principal, principal, giving, terrain, null)
  for (const own of ownWays(principal, ground)) {
    const made = tried(
      own.technique,
      own.title,
      own.calls.map((ask) => call(principal, ask)),
      own.tri === 2 ? [] : own.calls.some((ask) => may(principal, ask) !== 2) ? [] : ['conditions on what it gets'],
    )
    yield made && withoutMadeUp(made)
  }
}

/** Gives a target everything; `taking`: how the giver then becomes it. */
function* giftsTo(
  ground: Graph['ground'],
  principal: EstatePrincipal,
  target: EstatePrincipal,
  giving: readonly Giving[],
  terrain: Terrain,
  taking: Trial | null,
): Iterable<Trial | null> {
  const ceiling = ceilingOf(target, ground)
  if (ceiling === NO) return
  for (const gift of giving) {
    const { tri, arn } = gives(gift, target, terrain)
    if (tri === NO) continue
    const { way } = gift
    const given = tried(
      way.id,
      taking ? `${way.title} (${target.kind} ${target.name})` : `${way.title}: its own`,
      [
        call(principal, {
          action: way.action,
          resource: arn,
          ...(way.attaches ? { context: terrain.attachContext } : {}),
        }),
      ],
      ceiling === 2 ? [] : [`what then still limits ${target.name}`],
    )
    if (!given || !taking) {
      yield given
      continue
    }
    const pair = `${way.id} + ${taking.technique}`
    yield {
      technique: PAIRS[pair] ?? pair.replace(' + ', '-'),
      title: `${given.title}, and ${taking.title}`,
      permissions: [...given.permissions, ...taking.permissions],
      decision: given.decision === 'allowed' && taking.decision === 'allowed' ? 'allowed' : 'conditional',
      conditions: [...given.conditions, ...taking.conditions],
      unknown: [...given.unknown, ...taking.unknown],
      because: [...given.because, ...taking.because],
    }
  }
}
