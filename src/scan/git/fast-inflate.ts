/** Inflates small objects in WebAssembly: of those, a history has most, and zlib takes longest to begin one. */

import { instanceIn } from '../../model/wasm.ts'
import type { Borrowed } from '../anchors.ts'
import { INFLATE_MODULE } from './inflate-module.ts'

/** Like `inflate` in assembly/inflate.ts. */
type Inflate = (at: number, end: number, out: number, outEnd: number) => number

/** So many bytes behind a stream are read. */
const AHEAD = 32

export class FastInflate {
  /** What is longer while it is compressed, zlib takes less time for. */
  static readonly most = 16 * 1024
  readonly #inflate: Inflate
  readonly #start: number
  /** Where a stream is copied to. */
  readonly #input: Buffer
  readonly #inputAt: number

  private constructor(inflate: Inflate, { bytes }: Borrowed, room: number) {
    this.#inflate = inflate
    this.#start = bytes.byteOffset
    this.#input = bytes.subarray(room, room + FastInflate.most + AHEAD)
    this.#inputAt = this.#input.byteOffset
  }

  /** Null where WebAssembly is missing. @param room where in the memory nobody else uses {@link most} bytes and some more */
  static in(borrowed: Borrowed, room: number): FastInflate | null {
    const inflate = instanceIn(borrowed.memory, INFLATE_MODULE)?.inflate
    return inflate ? new FastInflate(inflate as Inflate, borrowed, room) : null
  }

  /**
   * Inflates the stream in `from[begin, end)` to [at, at + size) of the memory, 15 bytes behind which may be overwritten.
   * False when it is damaged, does not give exactly as much, or is too large for this way.
   */
  inflate(from: Buffer, begin: number, end: number, at: number, size: number): boolean {
    if (end - begin > FastInflate.most) return false
    from.copy(this.#input, 0, begin, end)
    const out = this.#start + at
    return this.#inflate(this.#inputAt, this.#inputAt + end - begin, out, out + size) === 1
  }
}
