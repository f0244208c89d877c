/**
 * One block of memory from which objects get their room, so that a delta's copies are moves within one array. Walking
 * the largest subtree of deltas last keeps the number of live objects at once to a handful: see `pack-walk.ts`.
 */
import { anchorFinder, type Borrowed } from '../anchors.ts'
import type { Parts } from '../parts.ts'
import { changedParts } from './changed-parts.ts'
import { applyDelta, Copies } from './delta.ts'
import { FastDelta } from './fast-delta.ts'

/** Memory for objects that deltas are made of. Only what is used of it counts. */
const SIZE = 192 * 1024 * 1024

export class Arena {
  readonly bytes: Buffer
  /** What the delta that was followed last took from its base. */
  readonly copies = new Copies()
  readonly #borrowed: Borrowed | null
  readonly #fast: FastDelta | null
  readonly #parts: Parts = { count: 0, ends: new Uint32Array(64) }
  /** Live pieces, by position: start, end, start, end ... */
  readonly #live: number[] = []

  /**
   * @param size in bytes; only what is used takes memory
   * @param borrowed where it lies, when what lies there can be searched in place
   */
  constructor(size: number, borrowed: Borrowed | null = null) {
    this.#borrowed = borrowed
    this.#fast = borrowed && FastDelta.in(borrowed)
    this.bytes = borrowed?.bytes.subarray(0, size) ?? Buffer.allocUnsafeSlow(size)
  }

  /** Of the usual size, in the memory where anchors are looked for, when that is free. Must be closed. */
  static open(): Arena {
    return new Arena(SIZE, anchorFinder().borrow())
  }

  close(): void {
    this.#borrowed?.giveBack()
  }

  /** Like {@link applyDelta} in {@link bytes}, and with {@link copies}. */
  applyDelta(at: number, end: number, base: number, baseSize: number, out: number, outSize: number): boolean {
    const done = this.#fast?.apply(at, end, base, baseSize, out, outSize, this.copies) ?? null
    return done ?? applyDelta(this.bytes, at, end, base, baseSize, out, outSize, this.copies)
  }

  /** Like {@link changedParts} of {@link copies}. Valid until it is asked again. */
  changedParts(size: number, baseSize: number, before: number, behind: number): Parts {
    const parts = this.#fast?.changedParts(this.copies, size, baseSize, before, behind)
    if (parts) return parts
    changedParts(this.copies, size, baseSize, before, behind, this.#parts)
    return this.#parts
  }

  /** Where `size` bytes are free; -1 when there is no such room. */
  take(size: number): number {
    const live = this.#live
    let from = 0
    for (let i = 0; i < live.length; i += 2) {
      if (live[i]! - from >= size) {
        this.#insert(i, from, from + size)
        return from
      }
      from = live[i + 1]!
    }
    if (this.bytes.length - from < size) return -1
    live.push(from, from + size)
    return from
  }

  /** By hand: there are few, and `splice` makes an array each time. */
  #insert(place: number, start: number, end: number): void {
    const live = this.#live
    live.push(start, end)
    for (let k = live.length - 1; k >= place + 2; k--) live[k] = live[k - 2]!
    live[place] = start
    live[place + 1] = end
  }

  give(start: number): void {
    const live = this.#live
    for (let i = live.length - 2; i >= 0; i -= 2) {
      if (live[i] === start) {
        for (let k = i + 2; k < live.length; k++) live[k - 2] = live[k]!
        live.pop()
        live.pop()
        return
      }
    }
  }

  clear(): void {
    this.#live.length = 0
  }
}
