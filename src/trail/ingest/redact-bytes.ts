/**
 * Secret access keys by their shape: 40 characters of base64 that look random and stand alone. They are painted over
 * in place, before anything parses the bytes.
 */

import { endsInArn, isBase64, SECRET_LENGTH as LENGTH, LONGEST_ARN, looksRandom } from '../../model/secret-shape.ts'
import { BACKSLASH } from './json-bytes.ts'

const PAINT = 0x2a // *
const SMALL_U = 0x75

/**
 * Paints over what looks like a secret access key.
 * @returns how many there were
 */
export function paintSecrets(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let painted = 0
  // a run of 40 has one of every 40th byte
  for (let i = from + LENGTH - 1; i < to; ) {
    if (!isBase64(bytes[i]!)) {
      i += LENGTH
      continue
    }
    let start = i
    while (start > from && isBase64(bytes[start - 1]!)) start--
    if (start > from && bytes[start - 1] === BACKSLASH) start = pastEscape(bytes, start, from)
    let end = i + 1
    while (end < to && isBase64(bytes[end]!)) end++
    if (end - start === LENGTH && looksRandom(bytes, start, end, () => isName(bytes, start, from))) {
      bytes.fill(PAINT, start, end)
      painted++
    }
    i = end + LENGTH - 1
  }
  return painted
}

/** What follows a backslash belongs to it, unless that is escaped itself: painted over, the JSON would be none. */
function pastEscape(bytes: Uint8Array, start: number, from: number): number {
  let slash = start
  while (slash > from && bytes[slash - 1] === BACKSLASH) slash--
  if ((start - slash) % 2 === 0) return start
  return start + (bytes[start] === SMALL_U ? 5 : 1)
}

/** What stands before a name, path or ID of somebody or something in JSON. */
const NAME_BEFORE = /(?:Arn|ARN|Name|Id|ID|Path)\\?"\s*:\s*\\?"[^"\\]*$/

/** Whether what begins here belongs to an ARN or a name. */
function isName(bytes: Uint8Array, start: number, from: number): boolean {
  const before = Buffer.from(bytes.subarray(Math.max(from, start - LONGEST_ARN), start)).toString('latin1')
  return endsInArn(before) || NAME_BEFORE.test(before)
}
