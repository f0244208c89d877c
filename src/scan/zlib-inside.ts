/**
 * A stream of node:zlib that is used for one content after the other. That takes a fraction of the time that a new one
 * does, but only Node's own modules are meant to look inside: whoever does tries out first whether it gives the right bytes.
 */
import { constants, type Zlib } from 'node:zlib'

interface Handle {
  reset(): void
  close(): void
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void
  onerror: (message: string, errno: number, code: string) => void
}

const EMPTY = new Uint8Array(0)

export class ReusedStream {
  /** What the last write has taken of its input, and how much room it has left in the output. */
  taken = 0
  room = 0
  readonly #handle: Handle
  /** After a write: how much room is left in the output, and how much input was not taken. */
  readonly #state: Uint32Array
  #failed = false

  private constructor(handle: Handle, state: Uint32Array) {
    this.#handle = handle
    this.#state = state
    handle.onerror = () => {
      this.#failed = true
    }
  }

  /** Null where the stream is not as it is known to be. It may throw there, too. */
  static of(stream: Zlib): ReusedStream | null {
    const { _handle: handle, _writeState: state } = stream as { _handle?: Handle; _writeState?: unknown }
    if (typeof handle?.writeSync !== 'function' || typeof handle.reset !== 'function') return null
    if (!(state instanceof Uint32Array)) return null
    handle.writeSync(constants.Z_NO_FLUSH, EMPTY, 0, 0, Buffer.alloc(8), 0, 8)
    return new ReusedStream(handle, state)
  }

  /** Forgets what was written. */
  reset(): void {
    this.#handle.reset()
  }

  /** Frees its memory; it cannot be used any more. */
  close(): void {
    this.#handle.close()
  }

  /**
   * Inflates as much of `input[at, at + length)` as there is room for in `output[outputAt, outputAt + outputLength)`.
   * @param last no more input follows
   * @returns false: it is damaged, or ends too early
   */
  write(
    input: Uint8Array,
    at: number,
    length: number,
    last: boolean,
    output: Uint8Array,
    outputAt = 0,
    outputLength = output.length,
  ): boolean {
    this.#failed = false
    const flush = last ? constants.Z_FINISH : constants.Z_NO_FLUSH
    this.#handle.writeSync(flush, input, at, length, output, outputAt, outputLength)
    this.room = this.#state[0]!
    this.taken = length - this.#state[1]!
    return !this.#failed
  }
}

/** Streams of one kind: several may be in use at a time, within one another. */
export class StreamPool {
  readonly #make: () => Zlib
  readonly #isRight: (stream: ReusedStream) => boolean
  readonly #free: ReusedStream[] = []
  #works: boolean | undefined

  /** @param isRight whether content that is known comes out right, and what is wrong is refused. */
  constructor(make: () => Zlib, isRight: (stream: ReusedStream) => boolean) {
    this.#make = make
    this.#isRight = isRight
  }

  /** One that nobody uses, for content from its beginning; null where there is none. To be given back. */
  take(): ReusedStream | null {
    this.#works ??= this.#tried()
    if (!this.#works) return null
    const stream = this.#free.pop() ?? ReusedStream.of(this.#make())
    stream?.reset()
    return stream
  }

  giveBack(stream: ReusedStream): void {
    this.#free.push(stream)
  }

  #tried(): boolean {
    try {
      const stream = ReusedStream.of(this.#make())
      return stream !== null && this.#isRight(stream)
    } catch {
      return false
    }
  }
}
