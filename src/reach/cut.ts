/**
 * The cheapest cut: the fewest statements without which nobody but administrators reaches administrator.
 *
 * Of every path that is still open, at least one statement that allows one of its steps must go. The smallest choice
 * that has one of each path is tried: the graph is built again without these statements, and what is still open adds to
 * what must be cut. When nothing is open any more, the choice is a cut, and as each demand was necessary, none is
 * smaller. Only when choosing takes too long is the answer a good one instead of the best, and when trying does, it is
 * what was found so far, which closes most paths but maybe not all.
 */
import type { CutStatement, PathsAnswer } from '../model/reach.ts'
import type { Snapshot } from '../model/snapshot.ts'
import type { PolicyInput } from '../policy/request.ts'
import { NO } from '../policy/tri.ts'
import type { Documents } from './documents.ts'
import { type Estate, openEstate, statementId } from './estate.ts'
import { buildGraph, type Graph } from './graph.ts'
import { smallestHittingSet } from './hitting-set.ts'
import { hop } from './hops.ts'
import { firstRoute } from './levels.ts'
import { levelsFor, search } from './paths.ts'

/** Rounds of choosing and trying. */
const MOST_ROUNDS = 60
/** Paths that are looked at in one round. */
const MOST_PATHS = 300
/** Beyond this, what each statement closes is not told apart by trying. */
const MOST_TRIED = 12

interface Place {
  policy: string
  statement: number
  sid: string | null
}

/**
 * @param keepGoing asked before every trial, which takes as long as the graph took; false: the best so far is the answer
 */
export function cheapestCut(
  snapshots: readonly Snapshot[],
  graph: Graph,
  keepGoing: () => boolean = () => true,
): Pick<PathsAnswer, 'cut' | 'cutIs'> {
  const trying: Trying = { snapshots, documents: graph.estate.documents, keepGoing }
  const places: Place[] = []
  const numberOf = new Map<string, number>()
  const sets: number[][] = []
  /** Who is an administrator stays one, and needs no cutting off. */
  const isSource = graph.nodes.map(({ principal, index }) => principal !== null && graph.full[index] === NO)
  let chosen: number[] = []
  let exact = true
  let current = graph
  let isClosed = false
  for (let round = 0; round < MOST_ROUNDS && !isClosed; round++) {
    const open = openPaths(current, isSource, (place) => {
      const id = statementId(place.policy, place.statement)
      let number = numberOf.get(id)
      if (number === undefined) {
        number = places.length
        places.push(place)
        numberOf.set(id, number)
      }
      return number
    })
    if (open.length === 0) {
      isClosed = true
      break
    }
    const possible = open.filter(({ length }) => length > 0)
    if (possible.length === 0) break
    sets.push(...possible)
    const choice = smallestHittingSet(sets)
    exact &&= choice.exact
    chosen = choice.elements
    if (!keepGoing()) break
    current = graphWithout(
      trying,
      chosen.map((i) => places[i]!),
    )
  }
  const cut = describe(
    trying,
    graph,
    isSource,
    chosen.map((i) => places[i]!),
  )
  return { cut, cutIs: !isClosed ? 'incomplete' : exact ? 'exact' : 'greedy' }
}

/** What a trial of some statements needs. */
interface Trying {
  snapshots: readonly Snapshot[]
  documents: Documents
  keepGoing: () => boolean
}

function graphWithout({ snapshots, documents }: Trying, places: readonly Place[]): Graph {
  const without = new Set(places.map(({ policy, statement }) => statementId(policy, statement)))
  return buildGraph(openEstate(snapshots, { without, documents }))
}

/** For paths that are open, the statements that allow their steps. Empty: a path that no statement can close. */
function openPaths(graph: Graph, isSource: readonly boolean[], numberOf: (place: Place) => number): number[][] {
  const found = search(graph, 'admin')
  const sets = new Map<string, number[]>()
  const hops = new Map<string, number[]>()
  const policies = policiesByName(graph.estate)
  for (const { index } of graph.nodes) {
    if (sets.size >= MOST_PATHS) break
    if (!isSource[index]) continue
    const levels = levelsFor(found, index)
    if (!levels || levels.level[index]! <= 0) continue
    const route = firstRoute(graph, levels, index)
    const set = new Set<number>()
    for (let i = 1; i < route.length; i++) {
      const key = `${route[i - 1]} ${route[i]}`
      let numbers = hops.get(key)
      if (!numbers) {
        const step = hop(graph, route[i - 1] as number, route[i]!)
        numbers = (step?.because ?? []).flatMap(({ source, policy, sid, statement }) =>
          (source === 'identity-policy' || source === 'trust-policy') && allows(policies, policy, statement)
            ? [numberOf({ policy: policy!, sid, statement: statement! })]
            : [],
        )
        hops.set(key, numbers)
      }
      for (const number of numbers) set.add(number)
    }
    const numbers = [...set].sort((a, b) => a - b)
    sets.set(numbers.join(), numbers)
  }
  return [...sets.values()]
}

/** A Deny is a reason, too, where its conditions decide; nobody wants it to go. */
function allows(policies: ReadonlyMap<string, PolicyInput>, policy: string | null, index: number | null): boolean {
  const statements = policies.get(policy ?? '')?.policy?.statements ?? []
  return statements.some(({ statement, effect }) => statement.index === index && effect === 'Allow')
}

function policiesByName({ principals }: Estate): Map<string, PolicyInput> {
  const byName = new Map<string, PolicyInput>()
  for (const { policies, trust } of principals)
    for (const input of trust ? [...policies.identity, trust] : policies.identity) byName.set(input.name, input)
  return byName
}

/** The statements with their holders; where there is time to try, the one that closes most first. */
function describe(
  trying: Trying,
  graph: Graph,
  isSource: readonly boolean[],
  places: readonly Place[],
): CutStatement[] {
  const holders = holdersOf(graph.estate)
  const reaching = (of: Graph) => {
    const { any } = search(of, 'admin')
    return isSource.reduce((count, source, i) => count + (source && any.level[i]! > 0 ? 1 : 0), 0)
  }
  const described = (place: Place, closes: number | null): CutStatement => ({
    ...place,
    principal: holders.get(place.policy) ?? null,
    closes,
  })
  const untold = places.map((place) => described(place, null))
  if (places.length > MOST_TRIED) return untold
  const alone: { place: Place; after: number }[] = []
  for (const place of places) {
    if (!trying.keepGoing()) return untold
    alone.push({ place, after: reaching(graphWithout(trying, [place])) })
  }
  const order = alone.sort((a, b) => a.after - b.after).map(({ place }) => place)
  const cut: CutStatement[] = []
  let left = reaching(graph)
  for (const [i, place] of order.entries()) {
    if (!trying.keepGoing()) return untold
    const after = reaching(graphWithout(trying, order.slice(0, i + 1)))
    cut.push(described(place, left - after))
    left = after
  }
  return cut
}

/** By policy name: who has it, the first by ARN. */
function holdersOf({ principals }: Estate): Map<string, string> {
  const holders = new Map<string, string>()
  for (const { arn, policies, trust } of principals)
    for (const { name } of trust ? [...policies.identity, trust] : policies.identity) {
      const known = holders.get(name)
      if (known === undefined || arn < known) holders.set(name, arn)
    }
  return holders
}
