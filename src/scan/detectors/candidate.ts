/** Whether an anchor is worth a close look: cheap, and never wrong in saying no. */

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

/** How far after its name a value may begin, and be written with escapes. */
const VALUE_REACH = 360
const ALPHANUMERIC = 1
const JOINT = 2
const CLASS = new Uint8Array(256)
for (let c = 0; c < 256; c++) if (/[A-Za-z0-9+/]/.test(String.fromCharCode(c))) CLASS[c] = ALPHANUMERIC
for (const c of ' \t\r\n"\'`\\+.&|%#;x~^<>(){}$,=@-_') if (CLASS[c.charCodeAt(0)] === 0) CLASS[c.charCodeAt(0)] = JOINT

/**
 * Whether 40 characters of base64 may begin within reach: in one run, in pieces between quotes and operators, or
 * written with escapes.
 */
function maySecretFollow(bytes: Uint8Array, from: number): boolean {
  const end = Math.min(bytes.length, from + VALUE_REACH)
  let run = 0
  let escapes = 0
  let pieces = 0
  for (let i = from; i < end; i++) {
    const b = bytes[i]!
    if (CLASS[b] === ALPHANUMERIC) {
      run++
      continue
    }
    if (run >= 40 && mixed(bytes, i - run, i)) return true
    // a piece of a split secret is longer than most words, and two of them are enough
    if (run >= 5) pieces += run
    if (b === 0x5c || b === 0x25 || b === 0x26) if (++escapes >= 20) return true
    run = 0
  }
  if (run >= 40 && mixed(bytes, end - run, end)) return true
  return run >= 5 && pieces + run >= 40 && longPieces(bytes, from, end)
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
