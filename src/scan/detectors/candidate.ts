/** Whether an anchor is worth a close look: cheap, and never wrong in saying no. */

import { hasRun, runsIn } from './runs.ts'
import { decodeForty, lookOf } from './secret.ts'
import { isBase64OfText, joinedBy, plainView, unescaped, type View } from './view.ts'

const QUOTES_AND_JOINTS = new Set([...'"\'`\\%&^\r\n'].map((c) => c.charCodeAt(0)))

/** @param at where an anchor begins */
export function worthALook(bytes: Uint8Array, at: number): boolean {
  const b0 = bytes[at]!
  if (b0 === 0x41) {
    if (bytes[at + 3] !== 0x41) return true // two-byte text, or ABSK
    const b1 = bytes[at + 1]!
    return b1 === 0x45 || b1 === 0x46 || isIdOrItsBeginning(bytes, at) // AE.A and AF.A are base64
  }
  if ((b0 | 0x20) === 0x63) return isSecretWord(bytes, at) && maySecretFollow(bytes, at + 4)
  if (b0 === 0x6b) return isBedrock(bytes, at)
  return true
}

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
/** Escapes within escapes, at most. */
const DEEPEST = 5
const ALPHANUMERIC = 1
const JOINT = 2
const CLASS = new Uint8Array(256)
/** What a value written with escapes consists of. */
const ESCAPED = new Uint8Array(256)
for (let c = 0; c < 256; c++) if (/[A-Za-z0-9+/]/.test(String.fromCharCode(c))) CLASS[c] = ESCAPED[c] = 1
for (const c of ' \t\r\n"\'`\\+.&|%#;x~^<>(){}$,=@-_') if (CLASS[c.charCodeAt(0)] === 0) CLASS[c.charCodeAt(0)] = JOINT
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
  return isValueIn(plainView(text, 0), inPieces, 0)
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
  const [start, end] = runsIn(text, 40)
  if (start === undefined || end === undefined) return false
  const run = text.slice(start, end)
  if (run.length === 40 && lookOf(run, true) !== 'other') return true
  if (run.length >= 53 && run.length <= 56 && decodeForty(run) !== null) return true
  // a line of wrapped base64 may begin anywhere in a group of four
  for (let skip = 0; skip < 4; skip++) if (isBase64OfText(run.slice(skip, skip + 36))) return true
  return false
}

/** Words enough for a secret, some of them in neighbouring literals. */
function mayBeInPieces(bytes: Uint8Array, from: number, to: number): boolean {
  let run = 0
  let pieces = 0
  for (let i = from; i < to; i++) {
    if (CLASS[bytes[i]!] === ALPHANUMERIC) run++
    else {
      // a piece of a split secret is longer than most words
      if (run >= 5) pieces += run
      run = 0
    }
  }
  return pieces + run >= 40 && longPieces(bytes, from, to)
}

/** Two neighbouring literals, or a line that goes on, with characters enough between them. */
function longPieces(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i++) {
    const b = bytes[i]!
    if (b !== 0x22 && b !== 0x27 && b !== 0x60 && b !== 0x5c && b !== 0x5e) continue
    if (CLASS[bytes[i - 1]!] !== ALPHANUMERIC) continue
    // a quote or backslash right after a word, and another word within a few characters of joints only
    let k = i + 1
    while (k < to && k < i + 40 && CLASS[bytes[k]!] !== ALPHANUMERIC && CLASS[bytes[k]!] === JOINT) k++
    if (k < to && k > i && mixed(bytes, Math.max(from, i - 40), i) && mixed(bytes, k, Math.min(to, k + 40))) return true
  }
  return false
}

/** A capital or a digit beside small letters: what random text has and words mostly do not. */
function mixed(bytes: Uint8Array, from: number, to: number): boolean {
  let upper = false
  let lower = false
  let digit = false
  for (let i = from; i < to; i++) {
    const b = bytes[i]!
    if (b >= 0x41 && b <= 0x5a) upper = true
    else if (b >= 0x61 && b <= 0x7a) lower = true
    else if (b >= 0x30 && b <= 0x39) digit = true
  }
  return (upper && lower) || (digit && (upper || lower))
}

/** How far around an anchor the text is looked at: far where an ID may be, as its secret need not be near. */
export function reachOf(bytes: Uint8Array, at: number, reach: number): number {
  return (bytes[at]! | 0x20) === 0x63 ? NAME_REACH : reach
}

/** A name, its value, and what is said around them. */
const NAME_REACH = 800
