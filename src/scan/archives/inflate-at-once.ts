/**
 * Inflates a small member in one call. An archive has thousands of them, and `inflateRawSync` makes a stream for each,
 * which takes as long as inflating; so one stream is used for all, where that works.
 */
import { inflateRawSync } from 'node:zlib'
import { anchorFinder, WINDOW_SIZE } from '../anchors.ts'
import { rawInflaters } from './raw-inflater.ts'

/** A whole stream of raw deflate: bytes[from, to). What stands behind it is none of it. */
export interface Deflated {
  bytes: Uint8Array
  from: number
  to: number
}

/**
 * Inflates it into `room`, from `at` on: there is room for `most` bytes and one more.
 * @returns how many bytes come out; -1 when it is damaged, or gives more than `most`
 */
export type InflateAtOnce = (deflated: Deflated, most: number, room: Uint8Array, at: number) => number

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
  // what lies there is searched where it is; in an archive that lies in another, both need room
  const lent = most < WINDOW_SIZE ? anchorFinder().borrowWindow() : null
  const room = lent?.bytes ?? (spare && spare.length > most ? spare : Buffer.allocUnsafeSlow(Math.max(ROOM, most + 1)))
  if (!lent) spare = null
  try {
    const length = inflateInto({ bytes, from: 0, to: bytes.length }, most, room, 0)
    if (length >= 0) use(room.subarray(0, length))
    return length >= 0
  } finally {
    if (lent) lent.giveBack()
    else spare = room
  }
}

export const inflateInto: InflateAtOnce = (deflated, most, room, at) => {
  chosen ??= reused() ?? publicWay
  return chosen(deflated, most, room, at)
}

export const publicWay: InflateAtOnce = ({ bytes, from, to }, most, room, at) => {
  try {
    // with room for one byte more, it is not asked twice
    const options = { chunkSize: Math.max(64, most + 1), maxOutputLength: Math.max(1, most) }
    const content = inflateRawSync(bytes.subarray(from, to), options)
    room.set(content, at)
    return content.length
  } catch (error) {
    if (error instanceof Error && 'code' in error) return -1
    throw error
  }
}

/** Where there is so much room behind the last byte, and so many bytes behind the stream, zlib takes its fast way to the end. */
const BEHIND_OUTPUT = 512
const BEHIND_INPUT = 16

/** Null where it does not work. */
export function reused(): InflateAtOnce | null {
  const inflater = rawInflaters.take()
  if (!inflater) return null
  return ({ bytes, from, to }, most, room, at) => {
    const length = Math.min(bytes.length, to + BEHIND_INPUT) - from
    const space = Math.min(room.length - at, most + BEHIND_OUTPUT)
    inflater.reset()
    const isGood = inflater.write(bytes, from, length, true, room, at, space)
    const made = space - inflater.room
    return isGood && made <= most && from + inflater.taken <= to ? made : -1
  }
}
