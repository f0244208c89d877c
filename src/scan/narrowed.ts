/** Two-byte text (UTF-16) as one byte for each character: what is looked for is ASCII. */

export interface Narrowed {
  bytes: Uint8Array
  encoding: 'utf-16le' | 'utf-16be'
  /** Where the text begins in the original; character `i` stands at `start + 2 * i`. */
  start: number
}

const SAMPLE = 512

/** The blob narrowed when it is UTF-16 by its byte order mark, or as every other byte at its start is zero; else null. */
export function narrowed(bytes: Uint8Array): Narrowed | null {
  const order = orderOf(bytes)
  if (order === null) return null
  const marked = bytes[0]! >= 0xfe && bytes[1]! >= 0xfe
  const start = marked ? 2 : 0
  const [low, high] = order === 'utf-16le' ? [0, 1] : [1, 0]
  const length = (bytes.length - start) >> 1
  const narrow = new Uint8Array(length)
  for (let i = 0, at = start; i < length; i++, at += 2)
    // what is no ASCII is marked by a zero byte, which ends every word
    narrow[i] = bytes[at + high] === 0 ? bytes[at + low]! : 0
  return { bytes: narrow, encoding: order, start }
}

/** Whether what begins with these two bytes may be such text. */
export const mayBeNarrowed = (b0: number, b1: number) => b0 === 0 || b1 === 0 || b0 >= 0xfe

function orderOf(bytes: Uint8Array): Narrowed['encoding'] | null {
  if (bytes.length < 4) return null
  // by their index: it is asked of every blob, and to take an array apart takes several times as long
  const b0 = bytes[0]
  const b1 = bytes[1]
  if (b0 === 0xff && b1 === 0xfe && !(bytes[2] === 0 && bytes[3] === 0)) return 'utf-16le'
  if (b0 === 0xfe && b1 === 0xff) return 'utf-16be'
  if (b0 !== 0 && b1 !== 0) return null
  const zeros = [0, 0]
  const end = Math.min(bytes.length & ~1, SAMPLE)
  for (let i = 0; i < end; i++) if (bytes[i] === 0) zeros[i & 1]!++
  const half = end / 2
  if (zeros[1]! >= half * 0.9 && zeros[0] === 0) return 'utf-16le'
  if (zeros[0]! >= half * 0.9 && zeros[1] === 0) return 'utf-16be'
  return null
}
