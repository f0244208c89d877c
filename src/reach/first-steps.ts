/**
 * Who can become administrator, gathered by the policy that makes the first step possible: a group of 300 developers
 * with one policy too many is one thing to mend, not 300.
 */
import type { Hop } from '../model/reach.ts'
import { NO, YES } from '../policy/tri.ts'
import { kindOf } from './alike.ts'
import { policiesSpeaking } from './effective.ts'
import type { EstateAccount, EstatePrincipal } from './estate.ts'
import type { Graph } from './graph.ts'
import { bestHop, isOwnAllow } from './hops.ts'
import { firstRoute } from './levels.ts'
import { levelsFor, type Search } from './paths.ts'

/** What lets somebody take a first step towards administrator. */
export interface FirstStep {
  /** The trust policy of a role, or an identity policy by its name in the estate; null: none that could be cut. */
  by: { trustOf: EstatePrincipal } | { policy: string } | null
  /** The statement that allows the step to most of them; null: not a single one. */
  statement: { index: number | null; sid: string | null } | null
  /** Users and roles, the nearest to administrator first. */
  sources: readonly EstatePrincipal[]
  /** Anyone with an AWS account can take it. */
  isPublic: boolean
  decision: 'allowed' | 'conditional'
  /** Of the first source. */
  step: Omit<Hop, 'alternatives'>
  /** Of the first source: everybody on the way, `admin` at the end. */
  route: readonly string[]
}

/** Steps that are explained at most; explaining one takes a millisecond. */
const MOST_EXPLAINED = 400

interface Candidate {
  sources: EstatePrincipal[]
  isPublic: boolean
  step: FirstStep['step'] | null
  route: readonly string[]
  certain: boolean
  /** Policies that allow the step, with their statement. */
  policies: Map<string, { index: number | null; sid: string | null }>
  trustOf: EstatePrincipal | null
}

/**
 * @param found the search for administrator
 * @returns `steps`: the one that most need first; `unexplained`: who has a path that was not looked into
 */
export function firstSteps(
  graph: Graph,
  found: Search,
  account: EstateAccount,
): { steps: FirstStep[]; unexplained: EstatePrincipal[] } {
  const { candidates, unexplained } = candidatesOf(graph, found, account)
  const steps: FirstStep[] = []
  const byTrust = new Map<EstatePrincipal, Candidate[]>()
  for (const candidate of candidates)
    if (candidate.trustOf) byTrust.set(candidate.trustOf, [...(byTrust.get(candidate.trustOf) ?? []), candidate])
  for (const [trustOf, those] of byTrust) {
    const together = gathered(those)
    steps.push(asStep(together, { trustOf }, [...together.policies.values()][0] ?? null))
  }
  let open = candidates.filter(({ trustOf }) => trustOf === null)
  while (open.length > 0) {
    const policy = mostNeeded(open)
    if (policy === null) break
    const closed = open.filter(({ policies }) => policies.has(policy))
    open = open.filter(({ policies }) => !policies.has(policy))
    const together = gathered(closed)
    steps.push(asStep(together, { policy }, together.policies.get(policy)!))
  }
  for (const candidate of open) steps.push(asStep(candidate, null, null))
  return { steps, unexplained }
}

/** Several that one change closes, as the nearest of them. */
function gathered(candidates: readonly Candidate[]): Candidate {
  const sorted = [...candidates].sort((a, b) => a.route.length - b.route.length)
  return {
    ...sorted[0]!,
    sources: sorted.flatMap(({ sources }) => sources),
    isPublic: sorted.some(({ isPublic }) => isPublic),
    certain: sorted.some(({ certain }) => certain),
  }
}

function asStep(candidate: Candidate, by: FirstStep['by'], statement: FirstStep['statement']): FirstStep {
  const { sources, isPublic, step, route, certain } = candidate
  return { by, statement, sources, isPublic, decision: certain ? 'allowed' : 'conditional', step: step!, route }
}

function mostNeeded(candidates: readonly Candidate[]): string | null {
  const counts = new Map<string, number>()
  for (const { policies, sources } of candidates)
    for (const policy of policies.keys()) counts.set(policy, (counts.get(policy) ?? 0) + sources.length)
  let best: string | null = null
  for (const [policy, count] of counts)
    if (best === null || count > counts.get(best)! || (count === counts.get(best)! && policy < best)) best = policy
  return best
}

function candidatesOf(
  graph: Graph,
  found: Search,
  account: EstateAccount,
): { candidates: Candidate[]; unexplained: EstatePrincipal[] } {
  const { nodes, full, ground } = graph
  const byKey = new Map<string, Candidate>()
  const unexplained: EstatePrincipal[] = []
  let explained = 0
  const enter = (key: string, from: number, next: number, route: readonly string[], certain: boolean) => {
    let candidate = byKey.get(key)
    if (candidate) return candidate
    if (explained++ >= MOST_EXPLAINED) return null
    candidate = { ...explain(graph, from, next), sources: [], isPublic: false, route, certain }
    byKey.set(key, candidate)
    return candidate
  }
  const open = publicRoles(graph)
  for (const { role, node, tri } of open.values()) {
    if (role.account.accountId !== account.accountId) continue
    const levels = levelsFor(found, role.index)
    if (!levels) continue
    const certain = tri === YES && levels.least === YES
    const route = [nodes[node]!.name, ...namesOf(graph, firstRoute(graph, levels, role.index))]
    const candidate = enter(`role ${role.index}`, node, role.index, route, certain)
    if (candidate) candidate.isPublic = true
  }
  const own = nodes.filter(({ principal }) => principal?.account.accountId === account.accountId)
  for (const { index, principal } of own) {
    if (principal!.kind === 'root' || full[index] !== NO) continue
    // nobody but AWS's own services can use them
    if (principal!.role?.path.startsWith('/aws-service-role/')) continue
    const levels = levelsFor(found, index)
    if (!levels || levels.level[index]! <= 0) continue
    const route = firstRoute(graph, levels, index)
    const next = route[1]!
    // who can grant it to itself is an administrator already: see `adminsOf`
    if (next === 'admin') continue
    const isOpen = open.get(next)?.tri === YES
    const key = isOpen
      ? `role ${next}`
      : `${kindOf(principal!, ground)} ${policiesSpeaking(ground.effective, principal!)} ${next} ${levels.least}`
    const candidate = enter(key, index, next, namesOf(graph, route), levels.least === YES)
    if (candidate) ownCandidate(byKey, key, candidate, principal!, () => namesOf(graph, route)).sources.push(principal!)
    else unexplained.push(principal!)
  }
  return { candidates: [...byKey.values()].filter(({ step }) => step !== null), unexplained }
}

/**
 * What explains the step of one explains that of the others, but each has inline policies of its own: those with the
 * same text are still to be changed one by one.
 */
function ownCandidate(
  byKey: Map<string, Candidate>,
  key: string,
  candidate: Candidate,
  principal: EstatePrincipal,
  route: () => string[],
): Candidate {
  const [first] = candidate.sources
  if (!first || candidate.trustOf || !candidate.step) return candidate
  const own = new Map<string, string>()
  for (const name of candidate.policies.keys()) {
    if (principal.policies.identity.some((input) => input.name === name)) continue
    const meant = first.policies.identity.find((input) => input.name === name)?.policy
    const same = meant && principal.policies.identity.find(({ policy }) => policy === meant)
    if (same) own.set(name, same.name)
  }
  if (own.size === 0) return candidate
  const ownKey = `${key}\n${[...own.values()].join('\n')}`
  let made = byKey.get(ownKey)
  if (!made) {
    const named = (name: string) => own.get(name) ?? name
    made = {
      ...candidate,
      sources: [],
      route: route(),
      policies: new Map([...candidate.policies].map(([name, statement]) => [named(name), statement])),
      step: {
        ...candidate.step,
        because: candidate.step.because.map((reason) => ({
          ...reason,
          policy: reason.policy === null ? null : named(reason.policy),
        })),
      },
    }
    byKey.set(ownKey, made)
  }
  return made
}

function namesOf({ nodes }: Graph, route: readonly (number | 'admin')[]): string[] {
  return route.map((step) => (step === 'admin' ? step : nodes[step]!.name))
}

/** Roles that let in anyone with an AWS account, for sure or perhaps, by index. */
function publicRoles({ nodes, steps }: Graph) {
  const found = new Map<number, { role: EstatePrincipal; node: number; tri: number }>()
  for (const { index, outsider } of nodes)
    if (outsider === 'anyone')
      for (const { pick } of steps[index]!)
        for (const [role, tri] of pick.specific) found.set(role, { role: nodes[role]!.principal!, node: index, tri })
  return found
}

/** The step, and what allows it. */
function explain(graph: Graph, from: number, to: number): Pick<Candidate, 'step' | 'policies' | 'trustOf'> {
  const step = bestHop(graph, from, to)
  const policies: Candidate['policies'] = new Map()
  let trustOf: EstatePrincipal | null = null
  const { principal } = graph.nodes[from]!
  for (const reason of step?.because ?? []) {
    const { source, policy, statement, sid } = reason
    if (source === 'trust-policy') trustOf = graph.nodes[to]!.principal
    else if (policy !== null && !policies.has(policy) && principal && isOwnAllow(principal, reason))
      policies.set(policy, { index: statement, sid })
  }
  // where its own policies have a part in it, they are what is too wide; a role that trusts a service does so rightly
  if (policies.size > 0) trustOf = null
  else
    for (const { source, statement, sid } of step?.because ?? [])
      if (source === 'trust-policy') policies.set('trust', { index: statement, sid })
  return { step, policies, trustOf }
}
