/** What an access key opens, in a few lines: for the dossier. */
import { knowledgeOf } from '../model/facts.ts'
import { type Reach, RISK_CLASSES } from '../model/reach.ts'
import type { Snapshot } from '../model/snapshot.ts'
import type { PolicyInput } from '../policy/request.ts'
import { MAYBE, NO, YES } from '../policy/tri.ts'
import { type ActionList, actionList, has } from './action-bits.ts'
import { letIn } from './admin.ts'
import { may, statementsAbout, witnessOf } from './ask.ts'
import { allActions, levelsOf, stoppedBy, unknownOf } from './can.ts'
import { type Documents, newDocuments } from './documents.ts'
import { type Effective, effectiveOf } from './effective.ts'
import { type Estate, type EstatePrincipal, openEstate } from './estate.ts'
import { buildGraph, type Graph } from './graph.ts'
import { firstRoute } from './levels.ts'
import { levelsFor, type Search, search } from './paths.ts'
import { RISKS } from './risks.ts'

/** Everything about reach in some accounts, worked out when it is first asked for. */
export interface World {
  /** The documents of all policies, read once for everybody. */
  documents: Documents
  estate(): Estate
  /** What each principal may do at most, of the actions of a list; worked out once for a list. */
  effective(list: ActionList): Effective
  graph(): Graph
  toAdmin(): Search
  /** null: what the owner may do was not read. */
  reachOf(ownerArn: string): Reach | null
}

const SENSITIVE: ActionList = actionList(Object.values(RISKS).flat())

export function worldOf(snapshots: readonly Snapshot[]): World {
  const documents = newDocuments()
  const estate = lazy(() => openEstate(snapshots, { documents }))
  const graph = lazy(() => buildGraph(estate()))
  const toAdmin = lazy(() => search(graph(), 'admin'))
  const bounds = new Map<ActionList, Effective>()
  const effective = (list: ActionList) => {
    let found = bounds.get(list)
    if (!found) {
      found = effectiveOf(estate(), list)
      bounds.set(list, found)
    }
    return found
  }
  // principals with the same rights have these in common
  const taken = new Map<number, Reach['stoppedBy']>()
  const levels = new Map<number, Reach['levels']>()
  const known = new Map(snapshots.map((snapshot) => [snapshot.accountId, isRead(snapshot)]))
  return {
    documents,
    estate,
    effective,
    graph,
    toAdmin,
    reachOf(ownerArn) {
      if (![...known.values()].includes(true)) return null
      const principal = graph().estate.byArn.get(ownerArn)
      if (!principal || !known.get(principal.account.accountId)) return null
      const number = effective(SENSITIVE).classOf[principal.index]!
      const stopped = remember(taken, number, () => stoppedBy(principal, SENSITIVE))
      return {
        ...wayToAdmin(graph(), toAdmin(), principal),
        otherAccounts: otherAccounts(principal),
        levels: remember(levels, effective(allActions()).classOf[principal.index]!, () => levelsOf(principal)),
        sensitiveActions: sensitiveActions(effective(SENSITIVE), principal),
        stoppedBy: stopped,
        unknown: [...unknownOf(principal), ...graph().estate.assumptions],
      }
    },
  }
}

function remember<T>(answers: Map<number, T>, number: number, make: () => T): T {
  let answer = answers.get(number)
  if (answer === undefined) {
    answer = make()
    answers.set(number, answer)
  }
  return answer
}

function isRead(snapshot: Snapshot): boolean {
  return (['users', 'roles', 'policies'] as const).every((fact) => knowledgeOf(fact, snapshot).known !== 'none')
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function wayToAdmin(
  graph: Graph,
  found: Search,
  { index, kind }: EstatePrincipal,
): Pick<Reach, 'reachesAdmin' | 'hops' | 'path'> {
  if (kind === 'root') return { reachesAdmin: 'yes', hops: 0, path: [] }
  const levels = levelsFor(found, index)
  if (!levels) return { reachesAdmin: 'no', hops: null, path: [] }
  const hops = levels.level[index]!
  const route = firstRoute(graph, levels, index)
  return {
    reachesAdmin: levels.least === YES ? 'yes' : 'conditional',
    hops,
    path: route.slice(1).map((step) => (step === 'admin' ? 'admin' : graph.nodes[step]!.name)),
  }
}

function sensitiveActions({ bounds, classOf }: Effective, { index }: EstatePrincipal): Reach['sensitiveActions'] {
  const { sure, maybe } = bounds[classOf[index]!]!
  return Object.fromEntries(
    RISK_CLASSES.map((risk) => {
      const found = { allowed: 0, restricted: 0, examples: [] as string[] }
      for (const action of RISKS[risk]) {
        const bit = SENSITIVE.number.get(action.toLowerCase())!
        if (!has(maybe, bit)) continue
        if (has(sure, bit)) found.allowed++
        else found.restricted++
        if (found.examples.length < 3) found.examples.push(action)
      }
      return [risk, found]
    }),
  ) as Reach['sensitiveActions']
}

/**
 * Accounts whose roles it may assume, as far as its own side says: those that its policies name. Whether the roles let
 * it in is known to those accounts. `*`: a role of that name in any account.
 */
export function otherAccounts(principal: EstatePrincipal): string[] {
  const { account, arn, policies } = principal
  const found = new Set<string>()
  let resourcePolicy: PolicyInput | null = null
  for (const { policy } of policies.identity)
    for (const { statement, effect } of policy ? statementsAbout(policy, 'sts:AssumeRole') : [])
      for (const pattern of effect === 'Deny' ? [] : (statement.resource ?? [])) {
        const [, , service, , owner = ''] = pattern.split(':')
        if (service !== 'iam' || owner === account.accountId || !/^(\d{12}|\*)$/.test(owner)) continue
        const other = owner === '*' ? '000000000000' : owner
        const resource = witnessOf(pattern.replace(':*:', `:${other}:`), principal)
        resourcePolicy ??= letIn({ AWS: arn })
        if (may(principal, { action: 'sts:AssumeRole', resource, resourcePolicy, rcps: [] }) !== NO) found.add(owner)
      }
  return [...found].sort()
}

/** Whether a principal reaches administrator for sure, or perhaps. */
export function reaches({ sure, any }: Search, index: number): 0 | 1 | 2 {
  return sure.level[index]! >= 0 ? YES : any.level[index]! >= 0 ? MAYBE : NO
}
