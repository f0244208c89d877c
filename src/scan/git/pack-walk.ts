/**
 * Walks the objects of a pack along its trees of deltas: each entry is inflated once, and each object is made from its
 * base while that is still in memory.
 *
 * A base is kept until its last child is made. The child with the most descendants comes last, so whatever is kept
 * while others are walked has at least as many descendants waiting: of n objects, at most log2(n) are in memory.
 */
import type { Arena } from './arena.ts'
import { type Copies, DeltaSizes } from './delta.ts'
import { SLACK } from './inflate.ts'
import { type ObjectType, TAG } from './object-type.ts'
import { BAD_ENTRY, BASE_ELSEWHERE, IN_CIRCLE, NO_BASE, type Pack } from './pack.ts'
import { Shares } from './shares.ts'

/** Larger objects are not made, unless it is said otherwise. */
export const MOST_IN_MEMORY = 48 * 1024 * 1024

export type Failure = 'damaged' | 'circle' | 'large'

/** A second thread leaves larger objects to the first, so that both together stay within memory. */
export const MOST_IN_SECOND = 8 * 1024 * 1024

/** What is to be done with objects. They lie in the arena's bytes at `at`, and are valid until the call returns. */
export interface Visitor<State> {
  /** An object that is no delta. What it returns is given to its deltas, if it is the base of any. */
  whole(entry: number, type: ObjectType, at: number, size: number, isBase: boolean): State
  /** An object made from another one. `copies` says what it has from there. */
  changed(
    entry: number,
    type: ObjectType,
    at: number,
    size: number,
    base: State,
    copies: Copies,
    isBase: boolean,
  ): State
  /** An object that could not be made; and so could none that is a delta of it. */
  failed(entry: number, why: Failure): void
}

export interface WalkOptions {
  wanted: readonly ObjectType[]
  /** Reads an object that is the base of an entry, but not in this pack. */
  elsewhere(oid: Uint8Array): { type: ObjectType; bytes: Uint8Array } | null
  /** In bytes; `MOST_IN_MEMORY` unless given. */
  mostInMemory?: number | undefined
  /** Only the objects that hang on these entries, each given by begin and end; all unless given. */
  rows?: Iterable<readonly [number, number]> | undefined
  /** false: not what hangs on objects of other packs. */
  guests?: boolean | undefined
  /** Takes entries that are no deltas and larger than so many bytes, in place of the visitor. */
  leave?: { above: number; take(entry: number): void } | undefined
}

interface Frame<State> {
  type: ObjectType
  at: number
  size: number
  state: State
  children: number[]
  next: number
}

/** Entries of which each is a delta of the same one, as linked lists. */
interface Family {
  first: Int32Array
  next: Int32Array
  /** How many objects hang on an entry, itself included. */
  weight: Int32Array
}

/** Yields now and then how many entries it has dealt with since, so that whoever asks can do something else. */
export function* walkPack<State>(
  pack: Pack,
  arena: Arena,
  visitor: Visitor<State>,
  options: WalkOptions,
): Generator<number> {
  const walk = new Walk(pack, arena, visitor, options)
  for (const [from, to] of options.rows ?? new Shares(1).rows(0, pack.count)) {
    walk.begin(from, to)
    while (!walk.goOn()) yield walk.takeDone()
  }
  if (options.guests === false) return yield walk.takeDone()
  for (const [oid, entries] of basedElsewhere(pack)) {
    const base = options.elsewhere(Buffer.from(oid, 'hex'))
    if (base && !options.wanted.includes(base.type)) continue
    if (!base || !walk.guest(base, entries)) for (const entry of entries) walk.fail(entry, 'damaged')
    while (!walk.goOn()) yield walk.takeDone()
  }
  yield walk.takeDone()
}

/** A row of one entry. */
export function alone(entry: number): readonly [number, number] {
  return [entry, entry + 1]
}

/** Bytes made since others had their turn. */
const LONG = 16 * 1024 * 1024

class Walk<State> {
  readonly #pack: Pack
  readonly #arena: Arena
  readonly #visitor: Visitor<State>
  readonly #bases: Int32Array
  readonly #types: Uint8Array
  readonly #family: Family
  /** 1 for each type that is. */
  readonly #wanted = new Uint8Array(256)
  readonly #leave: WalkOptions['leave']
  readonly #most: number
  readonly #stack: Frame<State>[] = []
  readonly #sizes = new DeltaSizes()
  /** The entries that are not looked at yet, of those that were given. */
  #next = 0
  #end = 0
  #done = 0
  #sinceYield = 0

  constructor(pack: Pack, arena: Arena, visitor: Visitor<State>, options: WalkOptions) {
    this.#pack = pack
    this.#arena = arena
    this.#visitor = visitor
    const { bases, types } = pack.readBases()
    this.#bases = bases
    this.#types = types
    this.#family = familyIn(pack, bases)
    for (const type of options.wanted) this.#wanted[type] = 1
    this.#leave = options.leave
    this.#most = options.mostInMemory ?? MOST_IN_MEMORY
  }

  /** Gives it entries. */
  begin(from: number, to: number): void {
    this.#next = from
    this.#end = to
  }

  /**
   * Visits all that hangs on what is on the stack, and on the entries that were given.
   * @returns false: it is time to let others have their turn, and there is more
   */
  goOn(): boolean {
    const stack = this.#stack
    for (;;) {
      if (this.#sinceYield > LONG) return false
      if (stack.length > 0) this.#nextDelta(stack[stack.length - 1]!)
      else if (this.#next < this.#end) this.#entry(this.#next++)
      else return true
    }
  }

  #nextDelta(base: Frame<State>): void {
    const entry = base.children[base.next++]!
    const last = base.next === base.children.length
    if (last) this.#stack.pop()
    this.#delta(entry, base, last)
  }

  /** Visits an entry that is no delta; passes over one that is, as its base leads to it. */
  #entry(entry: number): void {
    const type = this.#types[entry]!
    const base = this.#bases[entry]!
    const isWanted = this.#wanted[type] === 1
    if (type <= TAG && !isWanted) this.#done++
    else if (base === NO_BASE) {
      if (isWanted && !this.#isLeft(entry)) this.#root(entry, type as ObjectType)
    } else if (base === BAD_ENTRY) this.fail(entry, 'damaged')
    else if (type === IN_CIRCLE) this.#visitor.failed(entry, 'circle')
  }

  /** Whether somebody else takes an entry, who is told then. */
  #isLeft(entry: number): boolean {
    const leave = this.#leave
    if (!leave || !this.#pack.readHeader(entry) || this.#pack.header.size <= leave.above) return false
    leave.take(entry)
    return true
  }

  #root(entry: number, type: ObjectType): void {
    const at = this.#read(entry)
    if (at < 0) this.fail(entry, whyNot(at))
    else {
      const { size } = this.#pack.header
      this.#done++
      this.#sinceYield += size
      this.#goOn(entry, type, at, size, this.#visitor.whole(entry, type, at, size, this.#isBase(entry)))
    }
  }

  /** Inflates an entry. Where that lies, or `NO_ROOM`, or `DAMAGED`. */
  #read(entry: number): number {
    const pack = this.#pack
    if (!pack.readHeader(entry)) return DAMAGED
    const { size } = pack.header
    const at = size > this.#most ? NO_ROOM : this.#arena.take(size + SLACK)
    if (at < 0) return NO_ROOM
    if (pack.inflate(entry, this.#arena.bytes, at)) return at
    this.#arena.give(at)
    return DAMAGED
  }

  /** Puts an object that is not of this pack where its deltas find it. */
  guest({ type, bytes }: { type: ObjectType; bytes: Uint8Array }, children: number[]): boolean {
    const at = this.#arena.take(bytes.length + SLACK)
    if (at < 0) return false
    this.#arena.bytes.set(bytes, at)
    const state = this.#visitor.whole(-1, type, at, bytes.length, true)
    this.#stack.push({ type, at, size: bytes.length, state, children: this.#heaviestLast(children), next: 0 })
    return true
  }

  /** How many entries were dealt with since it was asked last. */
  takeDone(): number {
    const done = this.#done
    this.#done = 0
    this.#sinceYield = 0
    return done
  }

  #delta(entry: number, base: Frame<State>, last: boolean): void {
    const at = this.#make(entry, base)
    const size = this.#sizes.result
    const state =
      at < 0
        ? null
        : this.#visitor.changed(entry, base.type, at, size, base.state, this.#arena.copies, this.#isBase(entry))
    if (last) this.#arena.give(base.at)
    if (at < 0) this.fail(entry, whyNot(at))
    else {
      this.#done++
      this.#sinceYield += size + 256
      this.#goOn(entry, base.type, at, size, state as State)
    }
  }

  /** Makes the object of a delta. Where it lies, or `NO_ROOM`, or `DAMAGED`. */
  #make(entry: number, base: Frame<State>): number {
    const delta = this.#read(entry)
    if (delta < 0) return delta
    const at = this.#follow(delta, delta + this.#pack.header.size, base)
    this.#arena.give(delta)
    return at
  }

  #follow(delta: number, end: number, base: Frame<State>): number {
    const arena = this.#arena
    const sizes = this.#sizes
    if (!sizes.read(arena.bytes, delta, end) || sizes.base !== base.size) return DAMAGED
    if (sizes.result > this.#most) return NO_ROOM
    const at = arena.take(sizes.result + SLACK)
    if (at < 0) return NO_ROOM
    if (arena.applyDelta(sizes.at, end, base.at, base.size, at, sizes.result)) return at
    arena.give(at)
    return DAMAGED
  }

  /** Keeps an object for its deltas, if it has any. */
  #goOn(entry: number, type: ObjectType, at: number, size: number, state: State): void {
    if (!this.#isBase(entry)) this.#arena.give(at)
    else this.#stack.push({ type, at, size, state, children: this.#heaviestLast(this.#childrenOf(entry)), next: 0 })
  }

  #isBase(entry: number): boolean {
    return this.#family.first[entry]! >= 0
  }

  #childrenOf(entry: number): number[] {
    const { first, next } = this.#family
    const children: number[] = []
    for (let child = first[entry]!; child >= 0; child = next[child]!) children.push(child)
    return children
  }

  #heaviestLast(children: number[]): number[] {
    const { weight } = this.#family
    let heaviest = children.length - 1
    for (let i = 0; i < children.length; i++) if (weight[children[i]!]! > weight[children[heaviest]!]!) heaviest = i
    const last = children.length - 1
    const entry = children[heaviest]!
    children[heaviest] = children[last]!
    children[last] = entry
    return children
  }

  /** An entry could not be made, so nothing that hangs on it can. */
  fail(entry: number, why: Failure): void {
    const failed = [entry]
    while (failed.length > 0) {
      const next = failed.pop()!
      this.#done++
      this.#visitor.failed(next, why)
      for (const child of this.#childrenOf(next)) failed.push(child)
    }
  }
}

const NO_ROOM = -1
const DAMAGED = -2

function whyNot(at: number): Failure {
  return at === NO_ROOM ? 'large' : 'damaged'
}

const families = new WeakMap<Pack, Family>()

/** The same pack is walked several times. */
function familyIn(pack: Pack, bases: Int32Array): Family {
  const family = families.get(pack) ?? familyOf(bases)
  families.set(pack, family)
  return family
}

function familyOf(bases: Int32Array): Family {
  const first = new Int32Array(bases.length).fill(-1)
  const next = new Int32Array(bases.length).fill(-1)
  const weight = new Int32Array(bases.length).fill(1)
  for (let entry = bases.length - 1; entry >= 0; entry--) {
    const base = bases[entry]!
    if (base < 0) continue
    next[entry] = first[base]!
    first[base] = entry
    // exact where bases come before their deltas, as git writes them; else only a guess, and only memory depends on it
    weight[base]! += weight[entry]!
  }
  return { first, next, weight }
}

function basedElsewhere(pack: Pack): Map<string, number[]> {
  const { bases } = pack.readBases()
  const groups = new Map<string, number[]>()
  for (let entry = 0; entry < bases.length; entry++) {
    if (bases[entry] !== BASE_ELSEWHERE || !pack.readHeader(entry)) continue
    const oid = Buffer.from(pack.header.baseOid).toString('hex')
    const group = groups.get(oid)
    if (group) group.push(entry)
    else groups.set(oid, [entry])
  }
  return groups
}
