/**
 * Where the objects lie in which something was found: paths, the first and the last commit that has them there, and
 * whether HEAD or any ref still leads to them.
 *
 * A tree is reduced to the entries that lead to such objects, and equal reduced trees are one `part`. Commits differ in
 * everything else, but a repository has few different parts: so each is looked at once, with the first and last of all
 * commits that have it.
 */
import { randomBytes } from 'node:crypto'
import type { History } from './history.ts'
import type { Refs } from './refs.ts'

/** So many steps, and paths, at most from commits to paths: a few trees can name one blob at more paths than atoms. */
const MOST_STEPS = 5_000_000
const MOST_PATHS = 200_000
const LONGEST_PATH = 4096

/** The commits that have something, as positions in the order of history; -1: none. */
export interface Range {
  /** Of those that a ref leads to. */
  first: number
  last: number
  /** Of all others. */
  firstDangling: number
  lastDangling: number
  inHead: boolean
}

export interface Placed {
  path: string
  blob: number
  range: Range
}

/** What is known of commits without their trees. */
export interface Commits {
  /** In the order of history: number in the history, by position. */
  order: Int32Array
  /** Of each: 0 not reachable, 1 from a ref, 2 only from notes. */
  reachable: Uint8Array
}

export interface Attribution extends Commits {
  placed: Placed[]
  /** Not all paths were followed. */
  cutShort: boolean
}

export const REACHABLE = 1
export const FROM_NOTES = 2

/** @param allReachable the history holds only commits of a range, all of which are known to be reachable */
export function commitsIn(history: History, refs: Refs, allReachable = false): Commits {
  const reachable = allReachable
    ? new Uint8Array(history.commits.count).fill(REACHABLE)
    : reachableCommits(history, refs)
  return { order: inOrder(history), reachable }
}

export function attribute(history: History, refs: Refs, { order, reachable }: Commits): Attribution {
  const parts = new Parts(history)
  const head = refs.head === null ? -1 : history.commit(refs.head)
  const roots = new Map<number, Range>()
  order.forEach((commit, position) => {
    const part = parts.of(history.commitTree[commit]!)
    if (part === NOTHING) return
    const range = roots.get(part) ?? newRange()
    roots.set(part, range)
    if (reachable[commit] === 0) {
      if (range.firstDangling < 0) range.firstDangling = position
      range.lastDangling = position
    } else {
      if (range.first < 0) range.first = position
      range.last = position
    }
    if (commit === head) range.inHead = true
  })
  return { ...follow(history, parts, roots), order, reachable }
}

function newRange(): Range {
  return { first: -1, last: -1, firstDangling: -1, lastDangling: -1, inHead: false }
}

/** Makes `range` include another one. */
export function include(range: Range, other: Range): void {
  range.first = firstOf(range.first, other.first)
  range.last = Math.max(range.last, other.last)
  range.firstDangling = firstOf(range.firstDangling, other.firstDangling)
  range.lastDangling = Math.max(range.lastDangling, other.lastDangling)
  range.inHead ||= other.inHead
}

function firstOf(a: number, b: number): number {
  return a < 0 ? b : b < 0 ? a : Math.min(a, b)
}

/** Parents before children, and otherwise by the committer's time. */
function inOrder(history: History): Int32Array {
  const { count } = history.commits
  const waitsFor = new Int32Array(count)
  const ready = new TimeQueue(history.commitTime)
  // the children of each as linked lists, in the order of their numbers
  const firstChild = new Int32Array(count).fill(-1)
  const links = new Int32Array(2 * history.parentCount)
  let used = 0
  let present = 0
  for (let commit = count - 1; commit >= 0; commit--) {
    if (!history.hasCommit(commit)) continue
    present++
    history.eachParent(commit, (parent) => {
      waitsFor[commit]!++
      links[used] = commit
      links[used + 1] = firstChild[parent]!
      firstChild[parent] = used
      used += 2
    })
  }
  for (let commit = 0; commit < count; commit++)
    if (waitsFor[commit] === 0 && history.hasCommit(commit)) ready.add(commit)
  const order = new Int32Array(present)
  let position = 0
  for (let commit = ready.take(); commit >= 0; commit = ready.take()) {
    order[position++] = commit
    for (let link = firstChild[commit]!; link >= 0; link = links[link + 1]!) {
      const child = links[link]!
      if (--waitsFor[child]! === 0) ready.add(child)
    }
  }
  // a circle of commits, which only a forged repository has, is left out
  return order.subarray(0, position)
}

/** A heap of commits: the oldest comes first. */
class TimeQueue {
  readonly #times: Float64Array
  readonly #heap: number[] = []

  constructor(times: Float64Array) {
    this.#times = times
  }

  add(commit: number): void {
    const heap = this.#heap
    let at = heap.push(commit) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#times[heap[parent]!]! <= this.#times[commit]!) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = commit
  }

  /** -1: none is left. */
  take(): number {
    const heap = this.#heap
    const first = heap[0] ?? -1
    const last = heap.pop()
    if (heap.length === 0 || last === undefined) return first
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#times[heap[child + 1]!]! < this.#times[heap[child]!]!) child++
      if (this.#times[heap[child]!]! >= this.#times[last]!) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}

function reachableCommits(history: History, refs: Refs): Uint8Array {
  const reachable = new Uint8Array(history.commits.count)
  const isNotes = (name: string) => name.startsWith('refs/notes/')
  const from = (oids: string[], mark: number) => {
    const waiting = oids.map((oid) => history.commitOf(oid)).filter((commit) => commit >= 0)
    const wait = (parent: number) => {
      if (reachable[parent] === 0) waiting.push(parent)
    }
    while (waiting.length > 0) {
      const commit = waiting.pop()!
      if (reachable[commit] !== 0) continue
      reachable[commit] = mark
      history.eachParent(commit, wait)
    }
  }
  from([...refs.named.filter(({ name }) => !isNotes(name)).map(({ oid }) => oid), refs.head ?? ''], REACHABLE)
  from(
    refs.named.filter(({ name }) => isNotes(name)).map(({ oid }) => oid),
    FROM_NOTES,
  )
  return reachable
}

/** Nobody can make a repository all of whose parts have the same hash. */
const SEED = randomBytes(4).readInt32LE()

const NOTHING = 0
const UNKNOWN = -1
const IN_PROGRESS = -2

/** Trees reduced to what matters. A part is a list of names, each with a blob as `~number`, or another part. */
class Parts {
  readonly #history: History
  readonly #ofTree: Int32Array
  /** By a number made from their entries, the last part that has it, and of each part the one before. */
  readonly #byHash = new Map<number, number>()
  readonly #before: number[] = [NOTHING]
  readonly #entries: Int32Array[] = [new Int32Array(0)]
  /** Of the part that is being made: a name and a target each. */
  #made = new Int32Array(256)
  #length = 0

  constructor(history: History) {
    this.#history = history
    this.#ofTree = new Int32Array(history.trees.count).fill(UNKNOWN)
  }

  /** A name and a target each. */
  entries(part: number): Int32Array {
    return this.#entries[part]!
  }

  of(root: number): number {
    if (this.#ofTree[root]! >= 0) return this.#ofTree[root]!
    const stack = [root]
    const visit = (_: number, target: number) => {
      if (target >= 0 && this.#ofTree[target] === UNKNOWN) stack.push(target)
    }
    while (stack.length > 0) {
      const tree = stack[stack.length - 1]!
      if (this.#ofTree[tree]! >= 0) stack.pop()
      else if (this.#ofTree[tree] === UNKNOWN) {
        // a tree that contains itself, which only a forged repository has, contains nothing
        this.#ofTree[tree] = IN_PROGRESS
        this.#history.eachEntry(tree, visit)
      } else {
        stack.pop()
        this.#ofTree[tree] = this.#number(tree)
      }
    }
    return this.#ofTree[root]!
  }

  #number(tree: number): number {
    this.#length = 0
    this.#history.eachEntry(tree, this.#take)
    return this.#length === 0 ? NOTHING : this.#numberOf(this.#made.subarray(0, this.#length))
  }

  readonly #take = (name: number, target: number): void => {
    const part = target < 0 ? target : Math.max(NOTHING, this.#ofTree[target]!)
    if (part === NOTHING) return
    if (this.#length === this.#made.length) {
      const larger = new Int32Array(this.#length * 2)
      larger.set(this.#made)
      this.#made = larger
    }
    this.#made[this.#length++] = name
    this.#made[this.#length++] = part
  }

  #numberOf(entries: Int32Array): number {
    let hash = SEED
    for (const number of entries) hash = Math.imul(hash ^ number, 0x01000193) ^ (hash >>> 15)
    const last = this.#byHash.get(hash) ?? NOTHING
    for (let part = last; part !== NOTHING; part = this.#before[part]!)
      if (isEqual(this.#entries[part]!, entries)) return part
    const part = this.#entries.push(entries.slice()) - 1
    this.#before.push(last)
    this.#byHash.set(hash, part)
    return part
  }
}

function isEqual(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** From the parts of commits' trees to the paths of blobs, a level of folders at a time. */
function follow(history: History, parts: Parts, roots: Map<number, Range>): Pick<Attribution, 'placed' | 'cutShort'> {
  const placed = new Map<string, Placed>()
  let steps = 0
  let paths = 0
  let level = new Map([['', roots]])
  while (level.size > 0) {
    const next = new Map<string, Map<number, Range>>()
    for (const [path, ranges] of level)
      for (const [part, range] of ranges)
        for (let i = 0, entries = parts.entries(part); i < entries.length; i += 2) {
          const name = entries[i]!
          const target = entries[i + 1]!
          if (++steps > MOST_STEPS || paths > MOST_PATHS) return { placed: [...placed.values()], cutShort: true }
          const full = path === '' ? history.names.text(name) : `${path}/${history.names.text(name)}`
          if (full.length > LONGEST_PATH) continue
          if (target < 0) {
            const key = `${~target} ${full}`
            const known = placed.get(key)
            if (known) include(known.range, range)
            else {
              paths++
              placed.set(key, { path: full, blob: ~target, range: { ...range } })
            }
          } else {
            const folder = next.get(full) ?? new Map<number, Range>()
            next.set(full, folder)
            const known = folder.get(target)
            if (known) include(known, range)
            else {
              paths++
              folder.set(target, { ...range })
            }
          }
        }
    level = next
  }
  return { placed: [...placed.values()], cutShort: false }
}
