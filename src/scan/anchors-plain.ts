/** The search for anchors in plain TypeScript: where WebAssembly is missing, and what the fast one is held against. */

/** Appends to `out` the positions in [from, to) where an anchor begins, in order. Bytes outside are looked at, too. */
export function findAnchors(bytes: Uint8Array, from: number, to: number, out: number[]): void {
  for (let i = from; i < to; i++) if (FIRST[bytes[i]!] === 1 && isAnchor(bytes, i)) out.push(i)
}

/** Whether there is any. */
export function hasAnchor(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (FIRST[bytes[i]!] === 1 && isAnchor(bytes, i)) return true
  return false
}

/** How many lines end in [from, to). */
export function countLineEnds(bytes: Uint8Array, from: number, to: number): number {
  let count = 0
  for (let i = from; i < to; i++) if (bytes[i] === 10) count++
  return count
}

const FIRST = new Uint8Array(256)
for (const character of 'AcCQFBk%x014#DHU\n\\') FIRST[character.charCodeAt(0)] = 1

const code = (character: string) => character.charCodeAt(0)
const [A, B, C, I, K, S] = [code('A'), code('B'), code('C'), code('I'), code('K'), code('S')]
const [BACKSLASH, PERCENT, SEMICOLON] = [code('\\'), code('%'), code(';')]

/** The exact test, on four bytes. */
function isAnchor(bytes: Uint8Array, i: number): boolean {
  const b1 = bytes[i + 1] ?? 0
  const b2 = bytes[i + 2] ?? 0
  const b3 = bytes[i + 3] ?? 0
  switch (bytes[i]) {
    case A:
      if (b1 === 0) return b3 === 0 && (b2 === K || b2 === S || b2 === B || b2 === C)
      if (b3 === A)
        return (
          (b2 === I && (b1 === K || b1 === S || b1 === B)) ||
          (b1 === C && b2 === C) ||
          WIDE_BASE64_FORMS.has(fourBytes(A, b1, b2, A))
        )
      return (b1 === B && b2 === S && b3 === K) || isSplitPrefix(bytes, i)
    case 0x63: // c
    case 0x43:
      return (b1 | 0x20) === 0x72 && (b3 | 0x20) === 0x74 // cr?t
    case 0x6b: // k-?p
      return b1 === 0x2d && b3 === 0x70
    case 0x51: // Q
    case 0x46: // F
    case 0x42: // B
      return BASE64_FORMS.has(fourBytes(bytes[i]!, b1, b2, b3))
    case PERCENT:
      return b1 === 0x34 && b2 === 0x31 && b3 === PERCENT
    case 0x30: // the last two digits of \u0041, or of &#065;
      return (b1 === 0x34 && b2 === 0x31 && b3 === BACKSLASH) || (b1 === 0x36 && b2 === 0x35 && b3 === SEMICOLON)
    case 0x31: // \101
      return b1 === 0x30 && b2 === 0x31 && b3 === BACKSLASH
    case 0x78: // x
      return b1 === 0x34 && b2 === 0x31 && (b3 === BACKSLASH || b3 === SEMICOLON)
    case 0x23: // #
      return b1 === 0x36 && b2 === 0x35 && b3 === SEMICOLON
    case 0x34: // 4941 4341
      return (b1 === 0x39 || b1 === 0x33) && b2 === 0x34 && b3 === 0x31
    case 0x48: // H4sI
      return b1 === 0x34 && b2 === 0x73 && b3 === I
    case 0x44: // DRzS
      return b1 === 0x52 && b2 === 0x7a && b3 === S
    case 0x55: // UEsD
      return b1 === 0x45 && b2 === 0x73 && b3 === 0x44
    case 0x0a:
      return endsBase64Line(bytes, i, i + 1)
    case BACKSLASH: // \n, as it is written
      return b1 === 0x6e && endsBase64Line(bytes, i, i + 2)
  }
  return false
}

const fourBytes = (a: number, b: number, c: number, d: number) => a | (b << 8) | (c << 16) | (d << 24)
const formsOf = (list: string) =>
  new Set(
    list
      .split(' ')
      .map((form) => fourBytes(form.charCodeAt(0), form.charCodeAt(1), form.charCodeAt(2), form.charCodeAt(3))),
  )
const BASE64_FORMS = formsOf('QUtJ QVNJ QUJJ QUND FLSU FTSU FCSU FDQ0 BS0l BU0l BQkl BQ0N')
/** A letter between zero bytes: of a prefix in two-byte text. */
const WIDE_BASE64_FORMS = formsOf('AEkA AEMA AEEA AEsA AFMA AEIA')

const PREFIXES = formsOf('AKIA ASIA ABIA ACCA')
const QUOTES = new Set([...'"\'`\\'].map(code))

/** `AK" + "IA`: a prefix in two literals. Its fourth byte, with which most of what is none can be told, is no small letter. */
function isSplitPrefix(bytes: Uint8Array, i: number): boolean {
  const high = (bytes[i + 3] ?? 0) >> 4
  if (high !== 0 && high !== 2 && high !== 4 && high !== 5) return false
  let letters = A
  let shift = 8
  let k = i + 1
  for (; shift < 32 && isUpper(bytes[k]); k++, shift += 8) letters |= bytes[k]! << shift
  if (shift === 32 || !QUOTES.has(bytes[k] ?? 0)) return false
  for (const end = i + 28; k < end && isSign(bytes[k] ?? 0); ) k++
  for (; shift < 32 && isUpper(bytes[k]); k++, shift += 8) letters |= bytes[k]! << shift
  return shift === 32 && PREFIXES.has(letters)
}

const isUpper = (b: number | undefined) => b !== undefined && b >= 0x41 && b <= 0x5a
/** Neither a letter nor a digit, of ASCII. */
const isSign = (b: number) =>
  (b > 0 && b < 0x30) || (b > 0x39 && b < 0x41) || (b > 0x5a && b < 0x61) || (b > 0x7a && b < 0x80)

/** Blanks, quotes and the like: told by one comparison of many bytes at once. */
const isNoBase64 = (b: number) => b >= 0x0e && b <= 0x2a

/**
 * A line of some 47 characters of base64 or more whose last ones and the next line's first could be an anchor.
 * @param next where the next line begins, perhaps with blanks
 */
function endsBase64Line(bytes: Uint8Array, i: number, next: number): boolean {
  for (let k = i - 47; k < i; k++) if (isNoBase64(bytes[k]!)) return false
  const end = bytes[i - 1] === 0x0d || bytes[i - 1] === BACKSLASH ? i - 1 : i
  let first = next
  while (first < i + 28 && (bytes[first] === 0x20 || bytes[first] === 0x09)) first++
  const window: number[] = []
  for (let k = end - 3; k < end; k++) window.push(bytes[k] ?? 0)
  for (let k = first; k < first + 3; k++) window.push(bytes[k] ?? 0)
  for (let k = 0; k < 3; k++)
    if (BASE64_FORMS.has(fourBytes(window[k]!, window[k + 1]!, window[k + 2]!, window[k + 3]!))) return true
  return false
}
