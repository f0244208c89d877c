/**
 * Raw deflate (RFC 1951) without waiting, by one stream of node:zlib that is used for one content after the other: a new
 * one takes as long as inflating a small file.
 */
import { constants, createInflateRaw, deflateRawSync } from 'node:zlib'
import { insideOf, type ZlibInside } from '../zlib-inside.ts'

export class RawInflater {
  /** What the last write has taken of its input, and how much room it has left in the output. */
  taken = 0
  room = 0
  readonly #handle: ZlibInside['handle']
  readonly #state: Uint32Array
  #failed = false

  constructor({ handle, state }: ZlibInside) {
    this.#handle = handle
    this.#state = state
    handle.onerror = () => {
      this.#failed = true
    }
  }

  /** Forgets what was written. */
  reset(): void {
    this.#handle.reset()
  }

  /**
   * Inflates as much as there is input, or room for.
   * @param last no more input follows
   * @returns false: it is damaged, or ends too early
   */
  write(input: Uint8Array, at: number, output: Uint8Array, last: boolean): boolean {
    this.#failed = false
    const length = input.length - at
    const flush = last ? constants.Z_FINISH : constants.Z_NO_FLUSH
    this.#handle.writeSync(flush, input, at, length, output, 0, output.length)
    this.room = this.#state[0]!
    this.taken = length - this.#state[1]!
    return !this.#failed
  }
}

let works: boolean | undefined
const free: RawInflater[] = []

/** One that nobody uses, for content from its beginning; null where there is none. To be given back. */
export function takeInflater(): RawInflater | null {
  works ??= tried()
  if (!works) return null
  const inflater = free.pop() ?? newInflater()
  inflater?.reset()
  return inflater
}

export function giveInflaterBack(inflater: RawInflater): void {
  free.push(inflater)
}

function newInflater(): RawInflater | null {
  const inside = insideOf(createInflateRaw())
  return inside && new RawInflater(inside)
}

function tried(): boolean {
  try {
    const inflater = newInflater()
    return inflater !== null && isRight(inflater)
  } catch {
    return false
  }
}

/** Whether content that is known comes out right, and what is wrong is refused. */
function isRight(inflater: RawInflater): boolean {
  const content = Buffer.from('keyreeve '.repeat(999))
  const good = deflateRawSync(content)
  const output = Buffer.alloc(content.length + 1)
  const inflates = (bytes: Uint8Array) => {
    inflater.reset()
    return inflater.write(bytes, 0, output, true) && inflater.room === 1
  }
  const right = () => inflates(good) && output.subarray(0, -1).equals(content)
  const inParts = () => {
    inflater.reset()
    const half = good.length >> 1
    if (!inflater.write(good.subarray(0, half), 0, output, false) || inflater.taken !== half) return false
    const first = output.subarray(0, output.length - inflater.room)
    const rest = output.subarray(first.length)
    const behind = Buffer.concat([good, Buffer.from('what follows')])
    if (!inflater.write(behind, half, rest, false) || inflater.taken !== good.length - half) return false
    return output.subarray(0, -1).equals(content)
  }
  const wrong = [good.subarray(0, -4), Buffer.from([7, 0]), Buffer.alloc(0)]
  return right() && wrong.every((bytes) => !inflates(bytes)) && inParts() && right()
}
