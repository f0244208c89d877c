/**
 * Inflates the zlib streams of objects straight into memory that is already there.
 *
 * Node's public way, `inflateSync`, makes a new stream and a new buffer for each call: 10 µs for an object of 100 bytes,
 * of which a repository has hundreds of thousands. One stream that is reset takes 2 µs, but only Node's own modules are
 * meant to do so. So that way is tried out once, and taken only where it gives the right bytes and refuses the wrong ones.
 */
import { constants, createInflate, deflateSync, inflateSync } from 'node:zlib'
import { ReusedStream } from '../zlib-inside.ts'
import type { PagedFile } from './paged-file.ts'

/** The largest stream that the public way takes: it needs the compressed bytes in one piece. */
const MOST_COMPRESSED = 64 * 1024 * 1024
/**
 * Room behind what is inflated, to notice a stream that gives more than was said; with so much of it, zlib takes its fast
 * way to the end, where deltas of a few lines are all end.
 */
export const SLACK = 272

export interface Inflater {
  /**
   * Inflates the stream that begins at `from` and ends before `to`, into `out[at, at + size)`; the {@link SLACK} bytes
   * behind are overwritten. False when it is damaged, or does not give exactly `size` bytes.
   */
  inflate(file: PagedFile, from: number, to: number, out: Uint8Array, at: number, size: number): boolean
}

class OneStream implements Inflater {
  readonly #stream: ReusedStream

  constructor(stream: ReusedStream) {
    this.#stream = stream
  }

  inflate(file: PagedFile, from: number, to: number, out: Uint8Array, at: number, size: number): boolean {
    this.#stream.reset()
    let position = from
    let written = 0
    let isGood = true
    const room = size + SLACK
    while (position < to && isGood) {
      const { bytes, length } = file.piece(position, to - position)
      const last = position + length >= to
      isGood = this.#stream.write(bytes, file.start, length, last, out, at + written, room - written)
      written = room - this.#stream.room
      if (written > size) return false
      position += length
    }
    return isGood && written === size
  }

  /** Whether a stream of known content comes out right, and damaged ones are refused. */
  works(): boolean {
    const content = Buffer.from('keyreeve '.repeat(999))
    const good = deflateSync(content)
    const out = Buffer.alloc(content.length + SLACK)
    const run = (input: Uint8Array) => {
      this.#stream.reset()
      return this.#stream.write(input, 0, input.length, true, out) && this.#stream.room === SLACK
    }
    const wrong = Buffer.from(good)
    wrong[wrong.length - 1]! ^= 1
    const right = () => run(good) && out.subarray(0, content.length).equals(content)
    return right() && !run(wrong) && !run(good.subarray(0, -4)) && right()
  }
}

class PublicWay implements Inflater {
  inflate(file: PagedFile, from: number, to: number, out: Uint8Array, at: number, size: number): boolean {
    if (to - from > MOST_COMPRESSED) return false
    const bytes = file.load(from, to - from)
    const content = inflateOrNull(bytes.subarray(file.start, file.start + to - from), size)
    if (content?.length !== size) return false
    out.set(content, at)
    return true
  }
}

/** Inflates a whole stream of at most `most` bytes; null when it is damaged or gives more. */
export function inflateOrNull(bytes: Uint8Array, most: number): Buffer | null {
  try {
    return inflateSync(bytes, { maxOutputLength: Math.max(1, most), finishFlush: constants.Z_FINISH })
  } catch {
    return null
  }
}

/** @param publicOnly for tests, and for a Node.js where the other way does not work */
export function createInflater(publicOnly = false): Inflater {
  return (publicOnly ? null : oneStream()) ?? new PublicWay()
}

function oneStream(): OneStream | null {
  try {
    const stream = ReusedStream.of(createInflate())
    if (stream === null) return null
    const one = new OneStream(stream)
    return one.works() ? one : null
  } catch {
    return null
  }
}
