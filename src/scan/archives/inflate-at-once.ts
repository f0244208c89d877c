/**
 * Inflates a small member in one call. An archive has thousands of them, and `inflateRawSync` makes a stream for each,
 * which takes as long as inflating; so one stream is used for all, where that works.
 */
import { constants, createInflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib'
import { insideOf } from '../zlib-inside.ts'

/** Inflates a whole stream of raw deflate; null when it is damaged, or gives more than `most` bytes. */
export type InflateAtOnce = (bytes: Uint8Array, most: number) => Uint8Array | null

let chosen: InflateAtOnce | undefined

export const inflateAtOnce: InflateAtOnce = (bytes, most) => {
  chosen ??= reused() ?? publicWay
  return chosen(bytes, most)
}

export const publicWay: InflateAtOnce = (bytes, most) => {
  try {
    // with room for one byte more, it is not asked twice
    return inflateRawSync(bytes, { chunkSize: Math.max(64, most + 1), maxOutputLength: Math.max(1, most) })
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}

/** Null where it does not work. */
export function reused(): InflateAtOnce | null {
  try {
    const inside = insideOf(createInflateRaw())
    if (inside === null) return null
    const { handle, state } = inside
    let failed = false
    handle.onerror = () => {
      failed = true
    }
    const inflate: InflateAtOnce = (bytes, most) => {
      const out = Buffer.allocUnsafe(most + 1)
      failed = false
      handle.reset()
      handle.writeSync(constants.Z_FINISH, bytes, 0, bytes.length, out, 0, out.length)
      const room = state[0]!
      return failed || room === 0 ? null : out.subarray(0, out.length - room)
    }
    return works(inflate) ? inflate : null
  } catch {
    return null
  }
}

/** Whether content that is known comes out right, and what is wrong is refused. */
function works(inflate: InflateAtOnce): boolean {
  const content = Buffer.from('keyreeve '.repeat(999))
  const good = deflateRawSync(content)
  const right = () => inflate(good, content.length)?.toString() === content.toString()
  const refused = [good.subarray(0, -4), Buffer.from([7, 0]), Buffer.alloc(0)]
  return (
    right() &&
    inflate(good, content.length - 1) === null &&
    refused.every((bytes) => inflate(bytes, content.length) === null) &&
    right()
  )
}
