/** Paths from principals to administrator, or to another principal. */
import type { AttackPath, Hop, PathsAnswer } from '../model/reach.ts'
import { MAYBE, NO, YES } from '../policy/tri.ts'
import { unknownOf } from './can.ts'
import type { EstatePrincipal } from './estate.ts'
import type { Graph, GraphNode } from './graph.ts'
import { hop } from './hops.ts'
import { type Levels, levelsTo, nextOf, type Target } from './levels.ts'

export interface PathsQuery {
  /** null: from everybody. */
  from: readonly EstatePrincipal[] | null
  to: 'admin' | EstatePrincipal
  /** Paths listed for each source at most. */
  perSource?: number
  /** Paths listed at most. */
  most?: number
}

/** Both searches to one target: by steps that are sure, and by all. */
export interface Search {
  sure: Levels
  any: Levels
}

export function search(graph: Graph, target: Target): Search {
  return { sure: levelsTo(graph, target, YES), any: levelsTo(graph, target, MAYBE) }
}

/** The better search for a node: a path that is sure counts before a shorter one that may be. */
export function levelsFor({ sure, any }: Search, from: number): Levels | null {
  return sure.level[from]! >= 0 ? sure : any.level[from]! >= 0 ? any : null
}

export function pathsAnswer(graph: Graph, query: PathsQuery): Omit<PathsAnswer, 'cut' | 'cutIs'> {
  const { from, to, perSource = from ? 100 : 10, most = from ? 1000 : 2000 } = query
  const target: Target = to === 'admin' ? 'admin' : to.index
  const found = search(graph, target)
  const sources = from ? from.map(({ index }) => graph.nodes[index]!) : graph.nodes
  const paths: AttackPath[] = []
  const hops = new Map<string, Hop | null>()
  const counts = { allowed: 0, conditional: 0 }
  let omitted = 0
  const withPaths = sources
    .map((node) => ({ node, levels: levelsFor(found, node.index) }))
    .filter((source): source is { node: GraphNode; levels: Levels } => source.levels !== null)
    .filter(({ node, levels }) => levels.level[node.index]! > 0)
    // an administrator under conditions is no news where nobody asked for it
    .filter(({ node }) => from !== null || target !== 'admin' || graph.full[node.index] === NO)
    .sort(
      (a, b) =>
        b.levels.least - a.levels.least ||
        a.levels.level[a.node.index]! - b.levels.level[b.node.index]! ||
        (a.node.name < b.node.name ? -1 : 1),
    )
  for (const { node, levels } of withPaths) {
    counts[levels.least === YES ? 'allowed' : 'conditional']++
    const room = Math.min(perSource, most - paths.length)
    if (room <= 0) {
      omitted++
      continue
    }
    const routes = routesFrom(graph, levels, node.index, room + 1)
    if (routes.length > room) omitted++
    for (const route of routes.slice(0, room)) {
      const path = pathOf(graph, route, to === 'admin' ? 'admin' : to.arn, hops)
      if (path) paths.push(path)
    }
  }
  const { admins, shadowAdmins } = adminsOf(graph)
  return { admins, shadowAdmins, paths, omitted, sources: counts }
}

/** Who can do everything, and who can grant it to itself. */
export function adminsOf({ nodes, full, toAdmin }: Graph): { admins: string[]; shadowAdmins: string[] } {
  const admins: string[] = []
  const shadowAdmins: string[] = []
  for (const { index, name, principal } of nodes) {
    if (!principal || principal.kind === 'root') continue
    // what is not known makes nobody an administrator
    if (full[index] === YES || (full[index] === MAYBE && unknownOf(principal).length === 0)) admins.push(name)
    else if (toAdmin[index] === YES) {
      admins.push(name)
      shadowAdmins.push(name)
    }
  }
  return { admins: admins.sort(), shadowAdmins: shadowAdmins.sort() }
}

type Route = (number | 'admin')[]

/** All shortest routes from a node, as many as asked for. */
export function routesFrom(graph: Graph, levels: Levels, from: number, most: number): Route[] {
  const routes: Route[] = []
  const known = new Map<number, ReturnType<typeof nextOf>>()
  const walk = (route: number[]): void => {
    const here = route.at(-1)!
    if (levels.level[here] === 0) {
      routes.push(route)
      return
    }
    let next = known.get(here)
    if (!next) {
      next = nextOf(graph, levels, here)
      known.set(here, next)
    }
    if (next.toAdmin) routes.push([...route, 'admin'])
    for (const to of next.to) {
      if (routes.length >= most) return
      walk([...route, to])
    }
  }
  walk([from])
  return routes.slice(0, most)
}

function pathOf(graph: Graph, route: Route, to: string, known: Map<string, Hop | null>): AttackPath | null {
  const hops: Hop[] = []
  for (let i = 1; i < route.length; i++) {
    const key = `${route[i - 1]} ${route[i]}`
    let step = known.get(key)
    if (step === undefined) {
      step = hop(graph, route[i - 1] as number, route[i]!)
      known.set(key, step)
    }
    if (!step) return null
    hops.push(step)
  }
  return {
    from: graph.nodes[route[0] as number]!.name,
    to,
    decision: hops.every(({ decision }) => decision === 'allowed') ? 'allowed' : 'conditional',
    hops,
  }
}
