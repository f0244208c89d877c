/**
 * Text that is compressed and then written in base64: cloud-init's `gz+b64`, Terraform's `base64gzip`, what Helm keeps of
 * a release, in a Secret that is base64 once more; zips, as Lambda takes code, and as documents are sent by mail.
 */
import { inflateRawSync, constants as zlib } from 'node:zlib'
import { BASE64, standsAt, tableOf } from './runs.ts'

/**
 * As gzip begins in base64 (bytes 1f 8b 08, and of the flags behind them the upper three are zero), and in base64 of
 * that, and a zip (PK 3 4), with the place of the anchor therein.
 */
const FORMS = [
  { begin: Buffer.from('H4sI'), anchor: 0, encodings: ['base64', 'gzip'] },
  { begin: Buffer.from('SDRzSU'), anchor: 1, encodings: ['base64', 'base64', 'gzip'] },
  { begin: Buffer.from('UEsDB'), anchor: 0, encodings: ['base64', 'zip'] },
] as const
const LONGEST_BEGIN = Math.max(...FORMS.map(({ begin }) => begin.length))

/** Longer ones are read so far. Base64 of the largest Secret that Kubernetes keeps is shorter. */
const LONGEST = 2 << 20
/** What unpacks to more than so many times its size, and this, is made to use up memory. */
const MOST_GROWTH = 64
const ALWAYS_ROOM = 4096
const MOST_UNPACKED = 32 << 20

export interface Packed {
  /** Where its base64 begins and ends, line ends within it included. */
  from: number
  to: number
  /** How it is written, outermost first. */
  encodings: readonly string[]
}

/** Whether an anchor is that of something packed. The bytes close to it tell: two before, four behind. */
export function isOfPacked(bytes: Uint8Array, anchor: number): boolean {
  return FORMS.some((form) => beginsAt(bytes, anchor - form.anchor, form))
}

function beginsAt(bytes: Uint8Array, at: number, { begin }: (typeof FORMS)[number]): boolean {
  return at >= 0 && standsAt(bytes, at, begin) && (at === 0 || !isBase64(bytes[at - 1]))
}

/** What an anchor is of, in full length; null when it is of nothing that is packed. */
export function packedAround(bytes: Uint8Array, anchor: number): Packed | null {
  const form = FORMS.find((form) => beginsAt(bytes, anchor - form.anchor, form))
  return form ? packedAt(bytes, anchor - form.anchor, form) : null
}

const packedAt = (bytes: Uint8Array, from: number, { encodings }: (typeof FORMS)[number]): Packed => ({
  from,
  to: endOf(bytes, from),
  encodings,
})

/** All that begins in [from, to), in order, but for what is a part of one before. */
export function* packedIn(bytes: Uint8Array, from: number, to: number): Iterable<Packed> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, to + LONGEST_BEGIN - 1))
  const next = FORMS.map(({ begin }) => text.indexOf(begin, from))
  for (let done = from; ; ) {
    const at = Math.min(...next.filter((place) => place !== -1))
    if (!(at < to)) return
    const which = next.indexOf(at)
    const form = FORMS[which]!
    if (at >= done && beginsAt(bytes, at, form)) {
      const packed = packedAt(bytes, at, form)
      yield packed
      done = packed.to
    }
    next[which] = text.indexOf(form.begin, at + 1)
  }
}

/** What is packed, as far as it is whole; nothing when it is damaged, or made to use up memory. */
export function unpack(bytes: Uint8Array, { from, to, encodings }: Packed): Uint8Array {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')
  let packed = Buffer.from(base64.replaceAll(/\\[nr]/g, ''), 'base64')
  if (encodings[1] === 'base64') packed = Buffer.from(packed.toString('latin1'), 'base64')
  const most = Math.min(MOST_UNPACKED, ALWAYS_ROOM + MOST_GROWTH * packed.length)
  // not gunzipSync: a word on the next line may have been taken for a part of it
  if (encodings.at(-1) === 'zip') return unzip(packed, most)
  return inflate(packed.subarray(headerLength(packed)), most) ?? NOTHING
}

function inflate(deflated: Uint8Array, most: number): Uint8Array | null {
  try {
    // the rest may be cut off
    return inflateRawSync(deflated, { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: most })
  } catch {
    return null
  }
}

const NOTHING = new Uint8Array()
const END_OF_DIRECTORY = Buffer.from('PK\x05\x06')
const DIRECTORY_ENTRY = 0x02014b50
const [STORED, DEFLATED] = [0, 8]
/** Between the members. */
const LINE_END = Buffer.from('\n')

/**
 * All members that its directory tells of, one after the other.
 * Source: APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
 */
function unzip(zip: Buffer, most: number): Uint8Array {
  const members: Uint8Array[] = []
  const end = zip.lastIndexOf(END_OF_DIRECTORY)
  if (end < 0 || end + 20 > zip.length) return NOTHING
  let at = zip.readUInt32LE(end + 16)
  while (at + 46 <= end && zip.readUInt32LE(at) === DIRECTORY_ENTRY) {
    const member = memberAt(zip, zip.readUInt32LE(at + 42), zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), most)
    // thousands of members may share what is made to use up time
    if (member === null) break
    most -= member.length
    members.push(member, LINE_END)
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return Buffer.concat(members)
}

/** Null: it is damaged, or too large. */
function memberAt(zip: Buffer, header: number, method: number, size: number, most: number): Uint8Array | null {
  if (header + 30 > zip.length) return null
  const from = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28)
  const content = zip.subarray(from, from + size)
  if (method === STORED) return content.length <= most ? content : null
  return method === DEFLATED && most > 0 ? inflate(content, most) : NOTHING
}

const [FHCRC, FEXTRA, FNAME, FCOMMENT] = [2, 4, 8, 16]

/** Source: RFC 1952, section 2.3. */
function headerLength(gzip: Uint8Array): number {
  const flags = gzip[3] ?? 0
  let length = 10
  if (flags & FEXTRA) length += 2 + (gzip[10] ?? 0) + ((gzip[11] ?? 0) << 8)
  for (const flag of [FNAME, FCOMMENT]) if (flags & flag) length = gzip.indexOf(0, length) + 1 || gzip.length
  return flags & FHCRC ? length + 2 : length
}

const isBase64 = (byte: number | undefined) => byte !== undefined && BASE64[byte] === 1
/** With what the other alphabet has instead of `+` and `/`. */
const OF_EITHER = tableOf(/[A-Za-z0-9+/_-]/)

const [TAB, NEWLINE, RETURN, SPACE, EQUALS, BACKSLASH] = [0x09, 0x0a, 0x0d, 0x20, 0x3d, 0x5c]

/** Behind the last character, over the ends of lines that are wrapped, indented, or written `\n`. */
function endOf(bytes: Uint8Array, from: number): number {
  const most = Math.min(bytes.length, from + LONGEST)
  let at = from
  for (;;) {
    while (at < most && OF_EITHER[bytes[at]!] === 1) at++
    const next = afterLineEnd(bytes, at)
    if (next >= most || !isBase64(bytes[next])) break
    at = next
  }
  while (bytes[at] === EQUALS && at < most) at++
  return at
}

/** Where the next line's text begins when a line ends at `at`; otherwise past the end. */
function afterLineEnd(bytes: Uint8Array, at: number): number {
  let next = at
  if (bytes[next] === RETURN) next++
  if (bytes[next] === NEWLINE) next++
  else {
    while (bytes[next] === BACKSLASH && (bytes[next + 1] === 0x72 || bytes[next + 1] === 0x6e)) next += 2
    return next > at ? next : bytes.length
  }
  while (bytes[next] === SPACE || bytes[next] === TAB) next++
  return next
}
