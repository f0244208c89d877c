/**
 * Inflates a small member in one call. An archive has thousands of them, and `inflateRawSync` makes a stream for each,
 * which takes as long as inflating; so one stream is used for all, where that works.
 */
import { inflateRawSync } from 'node:zlib'
import { anchorFinder, WINDOW_SIZE } from '../anchors.ts'
import { takeInflater } from './raw-inflater.ts'

/**
 * Inflates a whole stream of raw deflate; null when it is damaged, or gives more than `most` bytes.
 * @param room for `most` bytes and one more, where it may be put
 */
export type InflateAtOnce = (bytes: Uint8Array, most: number, room: Uint8Array) => Uint8Array | null

let chosen: InflateAtOnce | undefined

/** Most members fit into so much. */
const ROOM = 1024 * 1024

/** What nobody uses now: new memory for each member would have to be cleared by the system, and collected. */
let spare: Uint8Array | null = null

/**
 * Inflates a whole stream of raw deflate.
 * @param use is given what comes out, which is there until it returns
 * @returns false when it is damaged, or gives more than `most` bytes: then there was nothing to use
 */
export function inflateAtOnce(bytes: Uint8Array, most: number, use: (content: Uint8Array) => void): boolean {
  chosen ??= reused() ?? publicWay
  // what lies there is searched where it is; in an archive that lies in another, both need room
  const lent = most < WINDOW_SIZE ? anchorFinder().borrowWindow() : null
  const room = lent?.bytes ?? (spare && spare.length > most ? spare : Buffer.allocUnsafeSlow(Math.max(ROOM, most + 1)))
  if (!lent) spare = null
  try {
    const content = chosen(bytes, most, room)
    if (content) use(content)
    return content !== null
  } finally {
    if (lent) lent.giveBack()
    else spare = room
  }
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
  return (bytes, most, room) => {
    const output = room.subarray(0, most + 1)
    inflater.reset()
    const isGood = inflater.write(bytes, 0, bytes.length, true, output)
    return isGood && inflater.room > 0 ? output.subarray(0, output.length - inflater.room) : null
  }
}
