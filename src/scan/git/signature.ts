/** Who made a commit or a tag, and when: its `author`, `committer` or `tagger` line. */

export interface Signature {
  /** `Name <mail>` */
  author: string
  /** ISO 8601 */
  date: string | null
}

const LONGEST_NAME = 500

/** The line of a header field of a commit or tag; null when there is none, or it is not as git writes it. */
export function signatureOf(bytes: Buffer, field: 'author' | 'tagger'): Signature | null {
  const line = new RegExp(`^${field} (.*?) ?(\\d{1,12})? ?([+-]\\d{4})?$`, 'm').exec(headerOf(bytes))
  if (!line) return null
  const time = line[2] === undefined ? Number.NaN : Number(line[2]) * 1000
  const date = Number.isNaN(time) || time > 8.64e15 ? null : new Date(time).toISOString()
  return { author: line[1]!.slice(0, LONGEST_NAME), date }
}

/** What stands before the message. */
export function headerOf(bytes: Buffer): string {
  const end = bytes.indexOf('\n\n')
  return bytes.toString('utf8', 0, Math.min(end < 0 ? bytes.length : end, 64 * 1024))
}

/** The value of a header field. */
export function headerField(bytes: Buffer, field: string): string | null {
  return new RegExp(`^${field} (.*)$`, 'm').exec(headerOf(bytes))?.[1] ?? null
}

/** The number of the line, from 1, on which the message begins. */
export function messageLine(bytes: Buffer): number {
  const end = bytes.indexOf('\n\n')
  if (end < 0) return Number.POSITIVE_INFINITY
  let lines = 0
  for (let at = bytes.indexOf(10); at >= 0 && at <= end; at = bytes.indexOf(10, at + 1)) lines++
  return lines + 2
}
