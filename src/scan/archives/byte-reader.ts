import { copyOf } from '../copy-of.ts'
import { Unreadable } from './unreadable.ts'

const NOTHING: Uint8Array = new Uint8Array(0)

/** Reads fields and runs of bytes from pieces that arrive one after the other. A piece is valid until the next is asked for. */
export class ByteReader {
  readonly #pieces: Iterator<Uint8Array>
  #piece: Uint8Array = NOTHING
  #at = 0
  #taken = 0
  #failure: unknown = null

  constructor(pieces: Iterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.iterator]()
  }

  static of(bytes: Uint8Array): ByteReader {
    return new ByteReader([bytes])
  }

  /** Bytes read or skipped so far. */
  get position(): number {
    return this.#taken
  }

  /** Whether nothing is left. */
  get ended(): boolean {
    return !this.#more()
  }

  /** The next `length` bytes without taking them; fewer at the end. */
  peek(length: number): Uint8Array {
    while (this.#piece.length - this.#at < length) {
      // a copy, because the piece that stands there is lost when the next one comes
      const kept = copyOf(this.#piece.subarray(this.#at))
      this.#piece = kept
      this.#at = 0
      const next = this.#pull()
      if (next === null) return kept
      const joined = new Uint8Array(kept.length + next.length)
      joined.set(kept)
      joined.set(next, kept.length)
      this.#piece = joined
      this.#at = 0
    }
    return this.#piece.subarray(this.#at, this.#at + length)
  }

  /** Takes exactly `length` bytes. Meant for headers: they are held in memory. */
  read(length: number): Uint8Array {
    const bytes = this.peek(length)
    if (bytes.length < length) throw this.#failure ?? new Unreadable('truncated')
    this.#advance(length)
    return bytes
  }

  /** Takes what fits into `buffer`, and says how much that was: less than its length only at the end. */
  fill(buffer: Uint8Array): number {
    let filled = 0
    while (filled < buffer.length && this.#more()) {
      const part = this.#piece.subarray(this.#at, this.#at + buffer.length - filled)
      buffer.set(part, filled)
      filled += part.length
      this.#advance(part.length)
    }
    return filled
  }

  /** What is at hand next, at most `most` bytes of it; empty at the end. */
  next(most = Number.POSITIVE_INFINITY): Uint8Array {
    if (!this.#more()) return NOTHING
    const part = this.#piece.subarray(this.#at, Math.min(this.#piece.length, this.#at + most))
    this.#advance(part.length)
    return part
  }

  /** Gives back the last `length` bytes of what `next` has just given. */
  giveBack(length: number): void {
    this.#advance(-length)
  }

  /** The next `length` bytes, as they come. */
  *take(length: number): Generator<Uint8Array> {
    let left = length
    while (left > 0) {
      const part = this.next(left)
      if (part.length === 0) throw new Unreadable('truncated')
      left -= part.length
      yield part
    }
  }

  /** All that is left, as it comes. */
  *rest(): Generator<Uint8Array> {
    for (let part = this.next(); part.length > 0; part = this.next()) yield part
  }

  skip(length: number): void {
    for (let left = length; left > 0; ) {
      const part = this.next(left)
      if (part.length === 0) throw new Unreadable('truncated')
      left -= part.length
    }
  }

  #more(): boolean {
    while (this.#at >= this.#piece.length) {
      const next = this.#pull()
      if (next === null && this.#failure !== null) throw this.#failure
      if (next === null) return false
      this.#piece = next
      this.#at = 0
    }
    return true
  }

  /** null at the end, and where the pieces fail: that is told to who reads on, after what came before it. */
  #pull(): Uint8Array | null {
    if (this.#failure !== null) return null
    try {
      const next = this.#pieces.next()
      return next.done ? null : next.value
    } catch (error) {
      this.#failure = error
      return null
    }
  }

  #advance(length: number): void {
    this.#at += length
    this.#taken += length
  }
}
