/**
 * Secret access keys by their shape: 40 characters of base64 that look random and stand alone. They are painted over
 * in place, before anything parses the bytes.
 */

const LENGTH = 40
const PAINT = 0x2a // *
const BACKSLASH = 0x5c
const SMALL_U = 0x75

/** Kinds of base64 characters by byte: capital, small letter, digit, sign; 0 is none of them. */
const KIND = new Uint8Array(256)
for (let byte = 0; byte < 128; byte++) {
  const c = String.fromCharCode(byte)
  KIND[byte] = /[A-Z]/.test(c) ? 1 : /[a-z]/.test(c) ? 2 : /\d/.test(c) ? 3 : /[/+]/.test(c) ? 4 : 0
}

/**
 * Paints over what looks like a secret access key.
 * @returns how many there were
 */
export function paintSecrets(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let painted = 0
  // a run of 40 has one of every 40th byte
  for (let i = from + LENGTH - 1; i < to; ) {
    if (KIND[bytes[i]!] === 0) {
      i += LENGTH
      continue
    }
    let start = i
    while (start > from && KIND[bytes[start - 1]!] !== 0) start--
    if (start > from && bytes[start - 1] === BACKSLASH) start = pastEscape(bytes, start, from)
    let end = i + 1
    while (end < to && KIND[bytes[end]!] !== 0) end++
    if (end - start === LENGTH && looksRandom(bytes, start, end)) {
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

/**
 * Random base64 changes its kind of character 25 times in 40, give or take 3; names and paths, even in camel case,
 * stay below 12. A hexadecimal digest has only two kinds.
 */
function looksRandom(bytes: Uint8Array, start: number, end: number): boolean {
  let changes = 0
  let kinds = 0
  for (let i = start; i < end; i++) {
    const kind = KIND[bytes[i]!]!
    kinds |= 1 << kind
    if (i > start && kind !== KIND[bytes[i - 1]!]) changes++
  }
  const ALL_BUT_SIGNS = 0b1110
  return changes >= 12 && (kinds & ALL_BUT_SIGNS) === ALL_BUT_SIGNS
}
