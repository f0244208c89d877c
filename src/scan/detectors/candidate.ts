/** Whether an anchor is worth a close look: cheap, and never wrong in saying no. */

import { isOfPacked } from './packed.ts'
import { remembering } from './remembering.ts'
import { firstRunIn, hasRun, standsAt, tableOf } from './runs.ts'
import { decodeForty, lookOf, NAME_LINES, reachesOver } from './secret.ts'
import { isBase64OfText, joinedBy, plainView, unescaped, type View } from './view.ts'

const [NEWLINE, HASH, ZERO, BACKSLASH] = [0x0a, 0x23, 0x30, 0x5c]
const QUOTES_AND_JOINTS = new Set([...'"\'`\\%&^=\r\n'].map((c) => c.charCodeAt(0)))

/** @param at where an anchor begins */
export function worthALook(bytes: Uint8Array, at: number): boolean {
  return mayBegin(bytes, at) && mayGoOn(bytes, at)
}

/** The part of the question that the bytes close to the anchor answer: within {@link ANCHOR_END}. */
export function mayBegin(bytes: Uint8Array, at: number): boolean {
  const b0 = bytes[at]!
  if (b0 === 0x41) {
    const b1 = bytes[at + 1]
    if (b1 === 0) return at + 4 <= bytes.length
    if (bytes[at + 3] !== 0x41) return true // ABSK
    return b1 === 0x45 || b1 === 0x46 || isIdOrItsBeginning(bytes, at) // AE.A and AF.A are base64
  }
  if (isOfName(b0)) return isSecretWord(bytes, at)
  if (b0 === 0x6b) return isBedrock(bytes, at)
  if (b0 === 0x34) return isHexPrefix(bytes, at)
  if (b0 === 0x44 || b0 === 0x48 || b0 === 0x55) return isOfPacked(bytes, at)
  return true
}

/**
 * The rest of the question, for which more is read: the name of a secret needs a value, and an ID its other pieces. They
 * may stand as far away as {@link VALUE_END}.
 */
export function mayGoOn(bytes: Uint8Array, at: number): boolean {
  const b0 = bytes[at]!
  if (isOfName(b0)) return maySecretFollow(bytes, at + 4)
  switch (b0) {
    case 0x41: // AKIA, not AE.A or AF.A
      return bytes[at + 3] !== 0x41 || bytes[at + 1] === 0x45 || bytes[at + 1] === 0x46 || mayIdFollow(bytes, at + 4)
    case 0x30: // \u0041, &#065;
      return bytes[at - 1] === ZERO || bytes[at - 1] === HASH
    case 0x31: // \101
      return bytes[at - 1] === BACKSLASH
  }
  return true
}

/** The `c` of `secret`. */
const isOfName = (byte: number) => (byte | 0x20) === 0x63

/** A whole ID, or a beginning that a quote, an escape or a line's end breaks off. */
function isIdOrItsBeginning(bytes: Uint8Array, at: number): boolean {
  for (let i = at + 4; i < at + 20; i++) {
    const b = bytes[i] ?? 0
    if ((b >= 0x41 && b <= 0x5a) || (b >= 0x32 && b <= 0x37)) continue
    return QUOTES_AND_JOINTS.has(b)
  }
  return true
}

/** What may stand between two pieces of an ID: literals' ends, operators, blanks, and what begins an escape. */
const JOINS = tableOf(/["'`()+.&|~<>\\^,=%#;@${}[ \t\r\n\x1b]/)
const BEGINS_ESCAPE = tableOf(/[\\%&=\x1b]/)
/** Escapes of escapes are as long. */
const LONGEST_ESCAPE = 32

/** Whether sixteen characters of base32 may follow: in one piece, or in several with joints and escapes between. */
function mayIdFollow(bytes: Uint8Array, from: number): boolean {
  const end = Math.min(bytes.length, from + VALUE_REACH + VALUE_LENGTH)
  let length = 0
  let escaped = from - LONGEST_ESCAPE - 1
  for (let i = from; i < end; i++) {
    const b = bytes[i]!
    const beginsEscape = BEGINS_ESCAPE[b] === 1
    if (beginsEscape) escaped = i
    // an escape may stand for one of them, whatever it is written with
    if (beginsEscape || (b >= 0x41 && b <= 0x5a) || (b >= 0x32 && b <= 0x37)) {
      if (++length === 16) return true
    } else if (JOINS[b] === 0 && i - escaped > LONGEST_ESCAPE && !isPrefixOfLiteral(bytes, i)) return false
  }
  return end < bytes.length // further away, nobody looks
}

const PREFIXES = tableOf(/[frbu]/)

/** As in `f"` and `r'`, where the quote may be an escape. */
function isPrefixOfLiteral(bytes: Uint8Array, at: number): boolean {
  return PREFIXES[bytes[at]!] === 1 && QUOTES_AND_JOINTS.has(bytes[at + 1] ?? 0)
}

/** `secret` in either case; the anchor is its `cret`. */
function isSecretWord(bytes: Uint8Array, at: number): boolean {
  return (
    ((bytes[at - 1] ?? 0) | 0x20) === 0x65 && ((bytes[at - 2] ?? 0) | 0x20) === 0x73 && (bytes[at + 2]! | 0x20) === 0x65
  )
}

const HEX_PREFIXES = ['414b4941', '414B4941', '41534941', '41424941', '41434341'].map((digits) => Buffer.from(digits))

/** A prefix in hexadecimal; the anchor is its second half. */
function isHexPrefix(bytes: Uint8Array, at: number): boolean {
  return HEX_PREFIXES.some((digits) => standsAt(bytes, at - 4, digits))
}

const BEDROCK = Buffer.from('bedrock-ap')

/** The beginning of `bedrock-api-key-`; the anchor is its `k-ap`. */
function isBedrock(bytes: Uint8Array, at: number): boolean {
  return standsAt(bytes, at - 6, BEDROCK)
}

/** How far after its name a value may begin, and be written with escapes. */
const VALUE_REACH = 360
/** A value that begins within reach is read to its end: forty characters in pieces, or written with escapes. */
const VALUE_LENGTH = 400
/** What stands further behind an anchor than this has no bearing on whether it is worth a look. */
export const VALUE_END = 4 + VALUE_REACH + VALUE_LENGTH
/** Nor on whether something may begin there at all. */
export const ANCHOR_END = 40
/** Escapes within escapes, at most. */
const DEEPEST = 5

/** Classes of bytes between a name and its value: what makes up a value ... */
const PIECE = 1
/** ... what follows its first piece, a quote, an escape or the sign of a line that goes on ... */
const JOINT = 2
/** ... and what may come behind that, before the next piece. */
const BETWEEN = 3
const CLASS = new Uint8Array(256)
/** What a value written with escapes consists of. */
const ESCAPED = new Uint8Array(256)
for (let c = 0; c < 256; c++) if (/[A-Za-z0-9+/]/.test(String.fromCharCode(c))) CLASS[c] = ESCAPED[c] = PIECE
for (const c of '"\'`\\^%&=') CLASS[c.charCodeAt(0)] = JOINT
for (const c of ' \t\r\n.|#;x~<>(){}$,=@-_') CLASS[c.charCodeAt(0)] ||= BETWEEN
for (const c of '\\%&#;{}[\x1b') ESCAPED[c.charCodeAt(0)] = 1

/** Where the forty bytes of a value end at the latest, of which {@link mayGoOn} asks; -1: the anchor is no name of one. */
export function valueEndOf(bytes: Uint8Array, at: number): number {
  return isOfName(bytes[at]!) ? Math.min(bytes.length, at + 4 + VALUE_REACH) : -1
}

/**
 * Whether a secret may follow its name: in one run, in pieces between quotes and operators, or written with escapes.
 * Bytes are looked at first; only where forty of them could be a value is the text read as it is in the close look.
 */
function maySecretFollow(bytes: Uint8Array, from: number): boolean {
  const end = Math.min(bytes.length, from + VALUE_REACH)
  let last = Math.min(bytes.length, end + VALUE_LENGTH)
  let inPieces = mayBeInPieces(bytes, from, end)
  const inOne = hasRun(bytes, from, end, 40, ESCAPED)
  if (inPieces) {
    const named = endOfNamed(bytes, from, last)
    inPieces = named >= end || mayBeInPieces(bytes, from, named)
    if (!inOne) last = named
  }
  if (!inPieces && !inOne) return false
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, last - from).toString('latin1')
  return inPieces ? mayHoldPieces(text) : mayHoldRun(text)
}

const mayHoldPieces = remembering((text) => isValueIn(plainView(text, 0), true, 0))
const mayHoldRun = remembering((text) => isValueIn(plainView(text, 0), false, 0))

/** Where so many lines have ended behind a name that what stands further away is not its value, as base64 of text may. */
function endOfNamed(bytes: Uint8Array, from: number, to: number): number {
  let lines = 0
  for (let at = from; at < to; at++)
    if (bytes[at] === NEWLINE && endsLine(bytes, from, at) && ++lines === NAME_LINES) return at
  return to
}

/** What may stand between a literal's end and the end of its line, when it goes on in the next. */
const BEHIND_LITERAL = tableOf(/[ \t\r\n+.|~<>),]/)
/** What an escape consists of, but for its first character. */
const IN_ESCAPE = tableOf(/[A-Za-z0-9#;{}[]/)
const ENDS_SOFTLY = tableOf(/["'`^\\%&=\x1b]/)

/** Whether a line's end is one in every reading: no sign that the line goes on stands before it, nor a literal's end. */
function endsLine(bytes: Uint8Array, from: number, at: number): boolean {
  let k = at - 1
  while (k >= from && BEHIND_LITERAL[bytes[k]!] === 1) k--
  // the sign may be written as an escape
  const least = Math.max(from - 1, k - LONGEST_ESCAPE)
  while (k > least && IN_ESCAPE[bytes[k]!] === 1) k--
  return k < from || (ENDS_SOFTLY[bytes[k]!] === 0 && IN_ESCAPE[bytes[k]!] === 0)
}

function isValueIn(view: View, inPieces: boolean, depth: number): boolean {
  const first = firstRunIn(view.text, 40)
  if (first && (isNamedValue(view.text, first) || isOfText(view.text.slice(...first)))) return true
  const plain = depth < DEEPEST ? unescaped(view) : null
  if (plain && isValueIn(plain, inPieces, depth + 1)) return true
  if (!inPieces) return false
  return [false, true].some((commas) => {
    const whole = joinedBy(plain ?? view, commas)
    const run = whole && firstRunIn(whole.text, 40)
    return run ? isNamedValue(whole.text, run) : false
  })
}

/**
 * Whether the first run of forty characters or more may be a secret, or base64 of one, and `secret` its name. What comes
 * after it does not bear the name (see `nameBefore`).
 */
function isNamedValue(text: string, [start, end]: [number, number]): boolean {
  const length = end - start
  if (length !== 40 && (length < 53 || length > 56)) return false
  if (!reachesOver(`secret${text.slice(0, start)}`)) return false
  const run = text.slice(start, end)
  return length === 40 ? lookOf(run, true) !== 'other' : decodeForty(run) !== null
}

/** Whether a run may be base64 of text, in which there is more to find. */
function isOfText(run: string): boolean {
  // a line of wrapped base64 may begin anywhere in a group of four
  for (let skip = 0; skip < 4; skip++) if (isBase64OfText(run.slice(skip, skip + 36))) return true
  return false
}

/**
 * Whether neighbouring literals, a line that goes on, or pieces with escapes between have forty characters together.
 * Something that ends whatever came before it stands after nearly every word, so it is looked for backwards from where
 * forty characters would end at the earliest: most text is passed over in a few looks.
 */
export function mayBeInPieces(bytes: Uint8Array, from: number, to: number): boolean {
  let start = from
  while (start + 40 <= to) {
    let k = start + 39
    while (k >= start && !endsPieces(bytes, from, k)) k--
    if (k >= start) {
      start = k + 1
      continue
    }
    let length = 0
    for (k = start; k < to && !endsPieces(bytes, from, k); k++)
      if (CLASS[bytes[k]!] === PIECE && ++length >= 40) return true
    start = k + 1
  }
  return false
}

/** One or two may be an operator (`+`), or what stands before a literal (`f`); behind more, only a joint goes on. */
function endsPieces(bytes: Uint8Array, from: number, at: number): boolean {
  const kind = CLASS[bytes[at]!]!
  if (kind === PIECE || kind === JOINT) return false
  return (
    kind === 0 ||
    (at - from >= 3 &&
      CLASS[bytes[at - 1]!] === PIECE &&
      CLASS[bytes[at - 2]!] === PIECE &&
      CLASS[bytes[at - 3]!] === PIECE)
  )
}

/** How far around an anchor the text is looked at: far where an ID may be, as its secret need not be near. */
export function reachOf(bytes: Uint8Array, at: number, reach: number): number {
  return isOfName(bytes[at]!) ? NAME_REACH : reach
}

/** A name, its value, and what is said around them. */
const NAME_REACH = 800
