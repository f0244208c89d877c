/** How far each node is from a target, by the fewest steps. */
import type { Tri } from '../policy/tri.ts'
import { YES } from '../policy/tri.ts'
import type { Graph } from './graph.ts'
import { type Step, stepTo } from './steps.ts'

export type Target = 'admin' | number

export interface Levels {
  target: Target
  /** Steps that count: only those that are sure, or also those that may be. */
  least: Tri
  /** By node; -1: there is no path. 0: it is the target, or an administrator. */
  level: Int32Array
}

/**
 * Walks back from the target, level by level: whoever has a step to somebody of the last level is of the next. Nodes
 * that are found are not asked again, and a step to many looks only at those of the last level.
 */
export function levelsTo(graph: Graph, target: Target, least: Tri): Levels {
  const { nodes, full, toAdmin, steps } = graph
  const level = new Int32Array(nodes.length).fill(-1)
  let last: number[] = []
  if (target === 'admin') {
    for (let i = 0; i < nodes.length; i++) if (full[i] === YES && nodes[i]!.principal?.kind !== 'root') last.push(i)
  } else last = [target]
  for (const i of last) level[i] = 0
  let left: number[] = []
  for (let i = 0; i < nodes.length; i++) if (level[i] === -1 && nodes[i]!.principal?.kind !== 'root') left.push(i)
  for (let k = 1; left.length > 0; k++) {
    const isLast = new Set(last)
    const inLast = new Map<ReadonlySet<number>, number[]>()
    const found: number[] = []
    const rest: number[] = []
    for (let at = 0; at < left.length; at++) {
      const i = left[at]!
      let isNext = k === 1 && target === 'admin' && toAdmin[i]! >= least
      const those = steps[i]!
      for (let s = 0; s < those.length && !isNext; s++) isNext = leadsTo(those[s]!, i, isLast, inLast, least)
      if (isNext) found.push(i)
      else rest.push(i)
    }
    if (found.length === 0) break
    for (const i of found) level[i] = k
    last = found
    left = rest
  }
  return { target, least, level }
}

function leadsTo(
  step: Step,
  from: number,
  isLast: ReadonlySet<number>,
  inLast: Map<ReadonlySet<number>, number[]>,
  least: Tri,
): boolean {
  if (step.cap < least) return false
  const { generic, specific } = step.pick
  if (generic >= least) {
    let members = inLast.get(step.isMember)
    if (!members) {
      members =
        isLast.size < step.members.length
          ? [...isLast].filter((i) => step.isMember.has(i))
          : step.members.filter((i) => isLast.has(i))
      inLast.set(step.isMember, members)
    }
    for (let k = 0; k < members.length; k++) {
      const i = members[k]!
      if (i !== from && stepTo(step, i) >= least) return true
    }
    return false
  }
  if (specific.size === 0) return false
  for (const [i, tri] of specific) if (tri >= least && isLast.has(i) && step.isMember.has(i) && i !== from) return true
  return false
}

/** Where the shortest paths go on from a node; `admin` when it is one step away by itself. */
export function nextOf(
  graph: Graph,
  { target, least, level }: Levels,
  from: number,
): { to: number[]; toAdmin: boolean } {
  const wanted = level[from]! - 1
  const to = new Set<number>()
  for (const step of graph.steps[from]!) {
    if (step.cap < least) continue
    const { generic, specific } = step.pick
    if (generic >= least) {
      for (const i of step.members) if (level[i] === wanted && i !== from && stepTo(step, i) >= least) to.add(i)
    } else
      for (const [i, tri] of specific)
        if (tri >= least && level[i] === wanted && step.isMember.has(i) && i !== from) to.add(i)
  }
  return {
    to: [...to].sort((a, b) => a - b),
    toAdmin: wanted === 0 && target === 'admin' && graph.toAdmin[from]! >= least,
  }
}

interface Memory {
  /** By node: where the first of its shortest paths goes on; -2: not looked up, -1: to administrator by itself. */
  next: Int32Array
  /** By set of members and level, the members of that level. */
  members: Map<ReadonlySet<number>, Map<number, number[]>>
}

const memories = new WeakMap<Levels, Memory>()

/** One shortest path from a node: each step is looked up once, however many paths it is part of. */
export function firstRoute(graph: Graph, levels: Levels, from: number): (number | 'admin')[] {
  let memory = memories.get(levels)
  if (!memory) {
    memory = { next: new Int32Array(graph.nodes.length).fill(-2), members: new Map() }
    memories.set(levels, memory)
  }
  const route: (number | 'admin')[] = [from]
  for (let here = from; levels.level[here]! > 0; ) {
    let next = memory.next[here]!
    if (next === -2) {
      next = firstNext(graph, levels, here, memory)
      memory.next[here] = next
    }
    route.push(next === -1 ? 'admin' : next)
    if (next === -1) break
    here = next
  }
  return route
}

function firstNext(graph: Graph, { target, least, level }: Levels, from: number, { members }: Memory): number {
  const wanted = level[from]! - 1
  if (wanted === 0 && target === 'admin' && graph.toAdmin[from]! >= least) return -1
  for (const step of graph.steps[from]!) {
    if (step.cap < least) continue
    const { generic, specific } = step.pick
    if (generic < least) {
      for (const [i, tri] of specific)
        if (tri >= least && level[i] === wanted && step.isMember.has(i) && i !== from) return i
      continue
    }
    let byLevel = members.get(step.isMember)
    if (!byLevel) {
      byLevel = new Map()
      for (const i of step.members) {
        const same = byLevel.get(level[i]!)
        if (same) same.push(i)
        else byLevel.set(level[i]!, [i])
      }
      members.set(step.isMember, byLevel)
    }
    const found = byLevel.get(wanted)?.find((i) => i !== from && stepTo(step, i) >= least)
    if (found !== undefined) return found
  }
  throw new Error('a level without a step')
}
