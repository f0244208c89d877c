/**
 * Reads trees. One that is a delta of another, as nearly all of them are, has most of its entries from there: they are
 * taken over, and only what changed is read.
 */
import type { Copies } from './delta.ts'

/** Where each entry of a tree begins, in its order; then where the last one ends: `numbers[from, to]`. */
export interface EntryStarts {
  numbers: Int32Array
  from: number
  to: number
}

/** Those of some hundred trees. */
const AT_ONCE = 4096

/** An entry that does not matter. */
export const NO_TARGET = -0x80000000

/** Says what an entry means, by its object ID at `bytes[oid]`; `NO_TARGET` when it does not matter. */
export type TargetOf = (isTree: boolean, bytes: Uint8Array, oid: number) => number
/** Gives the name at `bytes[at, at + length)` a number. */
export type NumberOfName = (bytes: Uint8Array, at: number, length: number) => number

/** Is told of entries that matter, and of entries of the base, by their index in the tree. */
export interface EntryTaker {
  entry(index: number, name: number, target: number): void
  copy(index: number, indexInBase: number, count: number): void
}

export class TreeReader {
  readonly #oidBytes: number
  readonly #targetOf: TargetOf
  readonly #numberOfName: NumberOfName
  readonly #taker: EntryTaker
  /** From `#from` on, those of the tree that is read, as far as it was; before that, of trees that were kept. */
  #starts = new Int32Array(AT_ONCE)
  #from = 0
  #count = 0

  constructor(oidBytes: number, targetOf: TargetOf, numberOfName: NumberOfName, taker: EntryTaker) {
    this.#oidBytes = oidBytes
    this.#targetOf = targetOf
    this.#numberOfName = numberOfName
    this.#taker = taker
  }

  /**
   * Reads the tree at `bytes[at, at + size)`; as far as it makes sense when it is damaged. {@link keep} tells of it until
   * the next one is read.
   * @param base the tree that it was made from, and what it has from there
   */
  read(bytes: Uint8Array, at: number, size: number, base: { starts: EntryStarts; copies: Copies } | null): void {
    this.#count = 0
    this.#makeRoom(0)
    this.#starts[this.#from] = 0
    let position = 0
    let copy = 0
    while (position < size) {
      let next = -1
      if (base) {
        const { at: starts, length, count } = base.copies
        while (copy < count && starts[copy]! + length[copy]! <= position) copy++
        if (copy < count && starts[copy]! <= position) next = this.#takeOver(position, base.starts, base.copies, copy)
      }
      if (next < 0) next = this.#parse(bytes, at, position, size)
      if (next < 0) break
      position = next
    }
  }

  /** Keeps those of the tree that was read last, for the trees that are made from it. */
  keep(): EntryStarts {
    const from = this.#from
    const to = from + this.#count
    this.#from = to + 1
    return { numbers: this.#starts, from, to }
  }

  /** Takes over the entries from `position` on that one copy has whole. Where they end; -1: there is none. */
  #takeOver(position: number, base: EntryStarts, copies: Copies, copy: number): number {
    const by = copies.at[copy]! - copies.from[copy]!
    const first = lastAtOrBefore(position - by, base)
    if (first < base.from || base.numbers[first] !== position - by) return -1
    const end = lastAtOrBefore(copies.from[copy]! + copies.length[copy]!, base)
    const count = end - first
    if (count <= 0) return -1
    this.#makeRoom(count)
    const starts = this.#starts
    const own = this.#from + this.#count
    this.#taker.copy(this.#count, first - base.from, count)
    this.#count += count
    for (let i = 0; i <= count; i++) starts[own + i] = base.numbers[first + i]! + by
    return starts[own + count]!
  }

  /** Reads one entry. Source: git's tree format, "MODE NAME\0OID" one behind the other. Where it ends; -1: nowhere. */
  #parse(bytes: Uint8Array, begin: number, position: number, size: number): number {
    const end = begin + size
    let at = begin + position
    const isTree = bytes[at] === 0x34 || (bytes[at] === 0x30 && bytes[at + 1] === 0x34) // 40000, in old ones 040000
    while (at < end && bytes[at] !== 0x20) at++
    const name = ++at
    while (at < end && bytes[at] !== 0) at++
    const oid = at + 1
    const next = oid + this.#oidBytes
    if (next > end) return -1
    const target = this.#targetOf(isTree, bytes, oid)
    if (target !== NO_TARGET) this.#taker.entry(this.#count, this.#numberOfName(bytes, name, at - name), target)
    this.#makeRoom(1)
    this.#starts[this.#from + ++this.#count] = next - begin
    return next - begin
  }

  #makeRoom(more: number): void {
    const needed = this.#count + more + 1
    if (this.#from + needed <= this.#starts.length) return
    const starts = new Int32Array(Math.max(AT_ONCE, needed * 2))
    starts.set(this.#starts.subarray(this.#from, this.#from + this.#count + 1))
    this.#starts = starts
    this.#from = 0
  }
}

/**
 * Where in `numbers` the last of all entries and their end stands that is at or before a place; less than `from`: none is.
 */
function lastAtOrBefore(place: number, { numbers, from, to }: EntryStarts): number {
  let low = from
  let high = to
  while (low <= high) {
    const middle = (low + high) >> 1
    if (numbers[middle]! <= place) low = middle + 1
    else high = middle - 1
  }
  return high
}
