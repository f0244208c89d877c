/**
 * Reads trees. One that is a delta of another, as nearly all of them are, has most of its entries from there: they are
 * taken over, and only what changed is read.
 */
import type { Copies } from './delta.ts'

/** Where each entry of a tree begins, in its order; then where the last one ends. */
export type EntryStarts = Int32Array

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
  /** As far as they were read. */
  #starts = new Int32Array(4096)
  #count = 0

  constructor(oidBytes: number, targetOf: TargetOf, numberOfName: NumberOfName, taker: EntryTaker) {
    this.#oidBytes = oidBytes
    this.#targetOf = targetOf
    this.#numberOfName = numberOfName
    this.#taker = taker
  }

  /**
   * Reads the tree at `bytes[at, at + size)`; as far as it makes sense when it is damaged. {@link starts} tells of it
   * until the next one is read.
   * @param base the tree that it was made from, and what it has from there
   */
  read(bytes: Uint8Array, at: number, size: number, base: { starts: EntryStarts; copies: Copies } | null): void {
    this.#count = 0
    this.#starts[0] = 0
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

  /** Of the tree that was read last. */
  starts(): EntryStarts {
    return this.#starts.slice(0, this.#count + 1)
  }

  /** Takes over the entries from `position` on that one copy has whole. Where they end; -1: there is none. */
  #takeOver(position: number, from: EntryStarts, copies: Copies, copy: number): number {
    const by = copies.at[copy]! - copies.from[copy]!
    const first = lastAtOrBefore(position - by, from)
    if (first < 0 || from[first] !== position - by) return -1
    const end = lastAtOrBefore(copies.from[copy]! + copies.length[copy]!, from)
    if (end <= first) return -1
    this.#makeRoom(end - first)
    const starts = this.#starts
    const own = this.#count
    this.#taker.copy(own, first, end - first)
    starts.set(from.subarray(first, end + 1), own)
    this.#count = own + end - first
    if (by !== 0) for (let i = own; i <= this.#count; i++) starts[i]! += by
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
    const target = this.#targetOf(isTree, bytes, oid)
    if (target !== NO_TARGET) this.#taker.entry(this.#count, this.#numberOfName(bytes, name, at - name), target)
    this.#makeRoom(1)
    this.#starts[++this.#count] = next - begin
    return next - begin
  }

  #makeRoom(more: number): void {
    const needed = this.#count + more + 1
    if (needed <= this.#starts.length) return
    const larger = new Int32Array(Math.max(needed, this.#starts.length * 2))
    larger.set(this.#starts)
    this.#starts = larger
  }
}

/** The index of the last of all entries and their end that is at or before a place; -1: none is. */
function lastAtOrBefore(place: number, starts: EntryStarts): number {
  let low = 0
  let high = starts.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (starts[middle]! <= place) low = middle + 1
    else high = middle - 1
  }
  return high
}
