/** Line and column of places in a blob; nothing is counted before somebody asks. */
import { lowerBound } from './lower-bound.ts'

export class LineIndex {
  readonly #bytes: Uint8Array
  /** Offsets of line ends, as far as they were looked for. */
  readonly #ends: number[] = []
  readonly #from: number
  #done: number

  /** @param from the lines are counted from here, and so are the columns of the first */
  constructor(bytes: Uint8Array, from = 0) {
    this.#bytes = bytes
    this.#from = from
    this.#done = from
  }

  /** From 1. */
  lineOf(offset: number): number {
    return this.#endsBefore(offset) + 1
  }

  /** In bytes, from 1. */
  columnOf(offset: number): number {
    const ends = this.#endsBefore(offset)
    return offset - (ends === 0 ? this.#from - 1 : this.#ends[ends - 1]!)
  }

  #endsBefore(offset: number): number {
    const ends = this.#ends
    while (this.#done < offset) {
      const end = this.#bytes.indexOf(10, this.#done)
      if (end === -1) {
        this.#done = Number.POSITIVE_INFINITY
        break
      }
      ends.push(end)
      this.#done = end + 1
    }
    return lowerBound(ends, offset)
  }
}
