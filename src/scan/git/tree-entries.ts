/**
 * Reads trees. One that is a delta of another, as nearly all of them are, has most of its entries from there: they are
 * taken over, and only what changed is read.
 */
import type { Copies } from './delta.ts'

/**
 * The entries of a tree, in its order, three numbers each: where it begins in the tree, what it means, and the number of
 * its name (0 when it does not matter); then where the last one ends. One array, as there are very many trees.
 */
export type TreeEntries = Int32Array
export const PER_ENTRY = 3

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
  /** As far as they were read. */
  #entries = new Int32Array(4096)
  #used = 0

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
    this.#used = 0
    this.#entries[0] = 0
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
    return this.#entries.slice(0, this.#used + 1)
  }

  /** Takes over the entries from `position` on that one copy has whole. Where they end; -1: there is none. */
  #takeOver(position: number, from: TreeEntries, copies: Copies, copy: number): number {
    const by = copies.at[copy]! - copies.from[copy]!
    const first = lastAtOrBefore(position - by, from)
    if (first < 0 || from[first] !== position - by) return -1
    const end = lastAtOrBefore(copies.from[copy]! + copies.length[copy]!, from)
    if (end <= first) return -1
    this.#makeRoom(end - first)
    const entries = this.#entries
    const own = this.#used
    entries.set(from.subarray(first, end + 1), own)
    this.#used = own + end - first
    if (by !== 0) for (let i = own; i <= this.#used; i += PER_ENTRY) entries[i]! += by
    return entries[this.#used]!
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
    this.#makeRoom(PER_ENTRY)
    const target = this.#targetOf(isTree, bytes, oid)
    const entries = this.#entries
    entries[this.#used++] = position
    entries[this.#used++] = target
    entries[this.#used++] = target === NO_TARGET ? 0 : this.#numberOfName(bytes, name, at - name)
    entries[this.#used] = next - begin
    return next - begin
  }

  #makeRoom(more: number): void {
    const needed = this.#used + more + 1
    if (needed <= this.#entries.length) return
    const larger = new Int32Array(Math.max(needed, this.#entries.length * 2))
    larger.set(this.#entries)
    this.#entries = larger
  }
}

/** The index of the last of all entries and their end that is at or before a place; -1: none is. */
function lastAtOrBefore(place: number, entries: TreeEntries): number {
  let low = 0
  let high = (entries.length - 1) / PER_ENTRY
  while (low <= high) {
    const middle = (low + high) >> 1
    if (entries[middle * PER_ENTRY]! <= place) low = middle + 1
    else high = middle - 1
  }
  return high * PER_ENTRY
}
