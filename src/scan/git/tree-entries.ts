/**
 * Reads trees. One that is a delta of another, as nearly all of them are, has most of its entries from there: they are
 * taken over, and only what changed is read.
 */
import type { Copies } from './delta.ts'

/** The entries of a tree, in its order. */
export interface TreeEntries {
  count: number
  /** Where each begins in the tree; and, behind the last, where that one ends. */
  starts: Int32Array
  /** What each means, and the number of its name; 0 when it does not matter. */
  targets: Int32Array
  names: Int32Array
}

/** An entry that does not matter. */
export const NO_TARGET = -0x80000000

/** Says what an entry means, by its object ID at `bytes[oid]`; `NO_TARGET` when it does not matter. */
export type TargetOf = (isTree: boolean, bytes: Uint8Array, oid: number) => number
/** Gives the name at `bytes[at, at + length)` a number. */
export type NumberOfName = (bytes: Uint8Array, at: number, length: number) => number

export class TreeReader {
  readonly #oidBytes: number
  readonly #targetOf: TargetOf
  readonly #numberOfName: NumberOfName
  #count = 0
  #starts = new Int32Array(1024)
  #targets = new Int32Array(1024)
  #names = new Int32Array(1024)

  constructor(oidBytes: number, targetOf: TargetOf, numberOfName: NumberOfName) {
    this.#oidBytes = oidBytes
    this.#targetOf = targetOf
    this.#numberOfName = numberOfName
  }

  /**
   * The entries of the tree at `bytes[at, at + size)`; as far as they make sense when it is damaged.
   * @param base the tree that it was made from, and what it has from there
   */
  read(
    bytes: Uint8Array,
    at: number,
    size: number,
    base: { entries: TreeEntries; copies: Copies } | null,
  ): TreeEntries {
    this.#count = 0
    let position = 0
    let copy = 0
    while (position < size) {
      let next = -1
      if (base) {
        const { at: starts, length, count } = base.copies
        while (copy < count && starts[copy]! + length[copy]! <= position) copy++
        if (copy < count && starts[copy]! <= position) next = this.#takeOver(position, base.entries, base.copies, copy)
      }
      if (next < 0) next = this.#parse(bytes, at, position, size)
      if (next < 0) break
      position = next
    }
    return {
      count: this.#count,
      starts: this.#starts.slice(0, this.#count + 1),
      targets: this.#targets.slice(0, this.#count),
      names: this.#names.slice(0, this.#count),
    }
  }

  /** Takes over the entries from `position` on that one copy has whole. Where they end; -1: there is none. */
  #takeOver(position: number, from: TreeEntries, copies: Copies, copy: number): number {
    const by = copies.at[copy]! - copies.from[copy]!
    const first = lastAtOrBefore(position - by, from)
    if (first < 0 || first >= from.count || from.starts[first] !== position - by) return -1
    const end = lastAtOrBefore(copies.from[copy]! + copies.length[copy]!, from)
    const more = end - first
    if (more <= 0) return -1
    this.#makeRoom(more)
    const starts = this.#starts
    const own = this.#count
    for (let i = 0; i <= more; i++) starts[own + i] = from.starts[first + i]! + by
    this.#targets.set(from.targets.subarray(first, end), own)
    this.#names.set(from.names.subarray(first, end), own)
    this.#count += more
    return starts[this.#count]!
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
    this.#makeRoom(1)
    const target = this.#targetOf(isTree, bytes, oid)
    this.#targets[this.#count] = target
    this.#names[this.#count] = target === NO_TARGET ? 0 : this.#numberOfName(bytes, name, at - name)
    this.#starts[this.#count++] = position
    this.#starts[this.#count] = next - begin
    return next - begin
  }

  #makeRoom(more: number): void {
    const needed = this.#count + more + 1
    if (needed <= this.#starts.length) return
    const grown = (old: Int32Array) => {
      const larger = new Int32Array(Math.max(needed, old.length * 2))
      larger.set(old)
      return larger
    }
    this.#starts = grown(this.#starts)
    this.#targets = grown(this.#targets)
    this.#names = grown(this.#names)
  }
}

/** The last of all entries and their end that is at or before a place; -1: none is. */
function lastAtOrBefore(place: number, { starts, count }: TreeEntries): number {
  let low = 0
  let high = count
  while (low <= high) {
    const middle = (low + high) >> 1
    if (starts[middle]! <= place) low = middle + 1
    else high = middle - 1
  }
  return high
}
