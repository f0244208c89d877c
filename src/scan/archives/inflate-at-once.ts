/**
 * Inflates a small member in one call. An archive has thousands of them, and `inflateRawSync` makes a stream for each,
 * which takes as long as inflating; so one stream is used for all, where that works.
 */
import { inflateRawSync } from 'node:zlib'
import { takeInflater } from './raw-inflater.ts'

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
  const inflater = takeInflater()
  if (!inflater) return null
  return (bytes, most) => {
    const out = Buffer.allocUnsafe(most + 1)
    inflater.reset()
    const isGood = inflater.write(bytes, 0, out, true)
    return isGood && inflater.room > 0 ? out.subarray(0, out.length - inflater.room) : null
  }
}
