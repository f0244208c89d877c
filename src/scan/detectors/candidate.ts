/** Whether an anchor is worth a close look: cheap, and never wrong in saying no. */

import { isOfPacked } from './packed.ts'
import { firstRunIn, hasRun } from './runs.ts'
import { decodeForty, lookOf } from './secret.ts'
import { isBase64OfText, joinedBy, plainView, unescaped, type View } from './view.ts'

const QUOTES_AND_JOINTS = new Set([...'"\'`\\%&^=\r\n'].map((c) => c.charCodeAt(0)))

/** @param at where an anchor begins */
export function worthALook(bytes: Uint8Array, at: number): boolean {
  return mayBegin(bytes, at) && mayGoOn(bytes, at)
}

/** The part of the question that the bytes close to the anchor answer: within {@link ANCHOR_END}. */
export function mayBegin(bytes: Uint8Array, at: number): boolean {
  const b0 = bytes[at]!
  if (b0 === 0x41) {
    if (bytes[at + 3] !== 0x41) return true // two-byte text, or ABSK
    const b1 = bytes[at + 1]!
    return b1 === 0x45 || b1 === 0x46 || isIdOrItsBeginning(bytes, at) // AE.A and AF.A are base64
  }
  if (isOfName(b0)) return isSecretWord(bytes, at)
  if (b0 === 0x6b) return isBedrock(bytes, at)
  if (b0 === 0x48 || (b0 === 0x46 && bytes[at + 1] === 0x42)) return isOfPacked(bytes, at)
  return true
}

/** The rest of the question: the name of a secret needs a value, which may stand as far away as {@link VALUE_END}. */
export function mayGoOn(bytes: Uint8Array, at: number): boolean {
  return !isOfName(bytes[at]!) || maySecretFollow(bytes, at + 4)
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

/** `secret` in either case; the anchor is its `cret`. */
function isSecretWord(bytes: Uint8Array, at: number): boolean {
  return (
    ((bytes[at - 1] ?? 0) | 0x20) === 0x65 && ((bytes[at - 2] ?? 0) | 0x20) === 0x73 && (bytes[at + 2]! | 0x20) === 0x65
  )
}

const BEDROCK = Buffer.from('bedrock-ap')

/** The beginning of `bedrock-api-key-`; the anchor is its `k-ap`. */
function isBedrock(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < BEDROCK.length; i++) if (bytes[at - 6 + i] !== BEDROCK[i]) return false
  return true
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

/**
 * Whether a secret may follow its name: in one run, in pieces between quotes and operators, or written with escapes.
 * Bytes are looked at first; only where forty of them could be a value is the text read as it is in the close look.
 */
function maySecretFollow(bytes: Uint8Array, from: number): boolean {
  const end = Math.min(bytes.length, from + VALUE_REACH)
  const inPieces = mayBeInPieces(bytes, from, end)
  if (!inPieces && !hasRun(bytes, from, end, 40, ESCAPED)) return false
  const last = Math.min(bytes.length, end + VALUE_LENGTH)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, last - from).toString('latin1')
  return isKnownValueIn(text, inPieces)
}

/** What was said of texts: the same ones stand in many versions of a file. Whether in pieces, they tell themselves. */
const verdicts = new Map<string, boolean>()
const MOST_VERDICTS = 2048

function isKnownValueIn(text: string, inPieces: boolean): boolean {
  const known = verdicts.get(text)
  if (known !== undefined) return known
  const verdict = isValueIn(plainView(text, 0), inPieces, 0)
  if (verdicts.size === MOST_VERDICTS) verdicts.clear()
  verdicts.set(text, verdict)
  return verdict
}

function isValueIn(view: View, inPieces: boolean, depth: number): boolean {
  if (isFirstRunValue(view.text)) return true
  const plain = depth < DEEPEST ? unescaped(view) : null
  if (plain && isValueIn(plain, inPieces, depth + 1)) return true
  if (!inPieces) return false
  return [false, true].some((commas) => {
    const whole = joinedBy(plain ?? view, commas)
    return whole !== null && isFirstRunValue(whole.text)
  })
}

/**
 * Whether the first run of forty characters or more may be a secret, base64 of one, or base64 of text. What comes
 * after it does not bear the name (see `nameBefore`).
 */
function isFirstRunValue(text: string): boolean {
  const first = firstRunIn(text, 40)
  if (!first) return false
  const run = text.slice(...first)
  if (run.length === 40 && lookOf(run, true) !== 'other') return true
  if (run.length >= 53 && run.length <= 56 && decodeForty(run) !== null) return true
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
