/** Follows deltas in WebAssembly: a delta is many short moves, each of which costs a call otherwise. */

import { instanceIn } from '../../model/wasm.ts'
import type { Borrowed } from '../anchors.ts'
import type { Copies } from './delta.ts'
import { DELTA_MODULE } from './delta-module.ts'

/** So many copies of one delta are told at most; there are three numbers for each. */
const MOST_COPIES = 1 << 17

/** Like `apply` in assembly/delta.ts. */
type Apply = (
  at: number,
  end: number,
  base: number,
  baseSize: number,
  out: number,
  outSize: number,
  lists: number,
  most: number,
) => number

const TOO_MANY = -2

export class FastDelta {
  readonly #apply: Apply
  readonly #start: number
  readonly #lists: number
  readonly #at: Int32Array<ArrayBuffer>
  readonly #from: Int32Array<ArrayBuffer>
  readonly #length: Int32Array<ArrayBuffer>

  private constructor(apply: Apply, { bytes, memory }: Borrowed) {
    this.#apply = apply
    this.#start = bytes.byteOffset
    // at the end of the memory, where no object lies
    this.#lists = Math.floor((bytes.byteOffset + bytes.length) / 4) * 4 - 3 * 4 * MOST_COPIES
    const list = (i: number) => new Int32Array(memory.buffer, this.#lists + i * 4 * MOST_COPIES, MOST_COPIES)
    this.#at = list(0)
    this.#from = list(1)
    this.#length = list(2)
  }

  /** Null where WebAssembly is missing. @param borrowed memory whose last 1.5 MB nobody else uses */
  static in(borrowed: Borrowed): FastDelta | null {
    const apply = instanceIn(borrowed.memory, DELTA_MODULE)?.apply
    return apply ? new FastDelta(apply as Apply, borrowed) : null
  }

  /** Like `applyDelta`. Null: there are too many copies for this way. */
  apply(
    at: number,
    end: number,
    base: number,
    baseSize: number,
    out: number,
    outSize: number,
    copies: Copies,
  ): boolean | null {
    const start = this.#start
    const count = this.#apply(
      start + at,
      start + end,
      start + base,
      baseSize,
      start + out,
      outSize,
      this.#lists,
      MOST_COPIES,
    )
    if (count === TOO_MANY) return null
    copies.at = this.#at
    copies.from = this.#from
    copies.length = this.#length
    copies.count = Math.max(0, count)
    return count >= 0
  }
}
