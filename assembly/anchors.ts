// Where in memory an AWS credential could begin: one pass, 16 bytes at a step. The list of anchors, and the same search
// in plain TypeScript, are in src/scan/anchors.ts. This is AssemblyScript: scripts/build-anchors.mjs compiles it.
//
// Each step asks a coarse question of 16 places at once, cheap enough to be asked everywhere, and the exact one of the
// few places that are left. 80 bytes before `from` must be readable, and 32 after `end`.

/** The place where the search stopped because `out` was full; `end` when it did not. */
export let stopped: usize = 0

// @ts-ignore: decorator
@inline function is(bytes: v128, char: v128): v128 { return i8x16.eq(bytes, char) }
// @ts-ignore: decorator
@inline function and(a: v128, b: v128): v128 { return v128.and(a, b) }
// @ts-ignore: decorator
@inline function or(a: v128, b: v128): v128 { return v128.or(a, b) }
/** Four characters as they are loaded. */
// @ts-ignore: decorator
@inline function word(a: u32, b: u32, c: u32, d: u32): u32 { return a | (b << 8) | (c << 16) | (d << 24) }

/**
 * For the coarse question, anchors are of eight kinds, a bit each, told by their first byte, second and fourth:
 *
 *   01  A, zero or one of KSBCEF or a literal's end, no small letter    AKIA ASIA ABIA ACCA ABSK AEkA AFMA ... AK" +,
 *                                             and two-byte text, whose fourth is zero
 *   02  C, R, T                               cret, in either case
 *   04  k, -, p                               k-ap
 *   08  B or H, one of SUQ4, one of lNI       BS0l BU0l BQkl BQ0N H4sI
 *   10  one of QU%#, one of UVE46, one of JD%;
 *                                             QUtJ QVNJ QUJJ QUND UEsD %41% #65;
 *   20  F or D, one of LTCDR, one of US0      FLSU FTSU FCSU FDQ0 DRzS
 *   40  one of 01x, one of 406, \ or ;        041\ 101\ x41\ 065; x41;
 *   80  4, 9 or 3, 1                          4941 4341
 *
 * A table has, for each value of half a byte, the kinds that it may be of; what all of them agree on is a candidate.
 */
const TABLES = memory.data<u8>([
  // the low half of the first byte, and its high half
  0x40, 0x51, 0x08, 0x12, 0xa0, 0x10, 0x20, 0x00, 0x48, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00,
  0x00, 0x00, 0x10, 0xc0, 0x2b, 0x10, 0x06, 0x40, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
  // the low half of the second
  0x41, 0x08, 0x23, 0xa9, 0x78, 0x19, 0x51, 0x01, 0x00, 0x80, 0x00, 0x01, 0x21, 0x04, 0x00, 0x00,
  // the low half of the fourth, and its high half
  0x25, 0x81, 0x01, 0x21, 0x13, 0x31, 0x01, 0x01, 0x01, 0x09, 0x11, 0x51, 0x49, 0x01, 0x09, 0x01,
  0x01, 0x00, 0x11, 0xf0, 0x19, 0x63, 0x08, 0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
  // what is compared with
  0x0f, 0x0a, 0x0e, 0x1c, 0x5c,
])
// @ts-ignore: decorator
@inline function table(index: usize): v128 { return v128.load(TABLES + (index << 4)) }
// @ts-ignore: decorator
@inline function halfBytes(): v128 { return v128.load8_splat(TABLES, 80) }
// @ts-ignore: decorator
@inline function newlines(): v128 { return v128.load8_splat(TABLES, 81) }
// @ts-ignore: decorator
@inline function backslashes(): v128 { return v128.load8_splat(TABLES, 84) }
/** The first of the characters from \x0e to *, and the distance to the last: blanks, quotes, and no base64. */
// @ts-ignore: decorator
@inline function firstBreaks(): v128 { return v128.load8_splat(TABLES, 82) }
// @ts-ignore: decorator
@inline function toLastBreak(): v128 { return v128.load8_splat(TABLES, 83) }
// @ts-ignore: decorator
@inline function byLow(bytes: v128, kinds: v128, half: v128): v128 { return i8x16.swizzle(kinds, and(bytes, half)) }
// @ts-ignore: decorator
@inline function byHigh(bytes: v128, kinds: v128, half: v128): v128 {
  return i8x16.swizzle(kinds, and(i16x8.shr_u(bytes, 4), half))
}

/**
 * Writes the address of every anchor in [from, end) to [out, outEnd), as u32, in order.
 * @returns the end of what was written
 */
export function anchors(from: usize, end: usize, out: usize, outEnd: usize): usize {
  return search(from, end, 0, usize.MAX_VALUE, false, out, outEnd)
}

/**
 * Writes the places in an object where something may begin, and that lie in one of its `count` parts, to [out, outEnd),
 * as u32, in order. What lies around the object in memory is not seen. The parts are pairs of u32: where each begins and
 * ends.
 * @returns the end of what was written; 0 when there is not room for all
 */
export function beginnings(
  object: usize, size: u32, parts: usize, count: u32, out: usize, outEnd: usize,
): usize {
  // an object begins a line
  const before = load<u8>(object - 1)
  store<u8>(object - 1, 0x0a)
  const end = object + size
  const partsEnd = parts + (<usize>count << 3)
  const first = out
  for (; parts < partsEnd; parts += 8) {
    const to = object + load<u32>(parts, 4)
    out = search(object + load<u32>(parts), to, object, end, true, out, outEnd)
    if (stopped != to) { out = 0; break }
  }
  store<u8>(object - 1, before)
  for (let at = first; at < out; at += 4) store<u32>(at, load<u32>(at) - <u32>object)
  return out
}

/**
 * Classes of bytes behind a name: what makes up a value, what goes on with it in any reading, and what ends it only behind
 * three characters of a value; all else ends it. Of the characters of each class with the same low half, the high halves,
 * a bit each; then those bits.
 */
const CLASSES = memory.data<u8>([
  // A-Z a-z 0-9 + /
  0xa8, 0xf8, 0xf8, 0xf8, 0xf8, 0xf8, 0xf8, 0xf8, 0xf8, 0xf8, 0xf0, 0x54, 0x50, 0x50, 0x50, 0x54,
  // those, and the joints and escapes of src/scan/detectors/candidate.ts
  0xe8, 0xf8, 0xfc, 0xfc, 0xf8, 0xfc, 0xfc, 0xfc, 0xf8, 0xf8, 0xf0, 0xfe, 0x70, 0xd8, 0x70, 0x54,
  // what may stand between joints
  0x14, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x04, 0x05, 0x01, 0x00, 0x8c, 0x05, 0x8c, 0x20,
  0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
])
// @ts-ignore: decorator
@inline function ofClass(index: usize, low: v128, high: v128): u32 {
  const both = and(i8x16.swizzle(v128.load(CLASSES + (index << 4)), low), high)
  return i8x16.bitmask(i8x16.ne(both, i8x16.splat(0)))
}

/** Which of 16 bytes surely end a value. */
// @ts-ignore: decorator
@inline function endsIn(at: usize, half: v128): u32 {
  const bytes = v128.load(at)
  const low = and(bytes, half)
  const high = i8x16.swizzle(v128.load(CLASSES + 48), and(i16x8.shr_u(bytes, 4), half))
  const value = ofClass(0, low, high), goesOn = ofClass(1, low, high), between = ofClass(2, low, high)
  return ((between & (value << 1) & (value << 2) & (value << 3)) | ~(goesOn | between)) & 0xffff
}

/**
 * Whether forty bytes in a row of [from, end) may be, or hold, the value of a name: false only where neither
 * `mayBeInPieces` nor `hasRun` of src/scan/detectors/ is true. What ends a value is looked for backwards from where forty
 * bytes would end at the earliest.
 */
export function mayHoldValue(from: usize, end: usize): bool {
  const HALF = halfBytes()
  while (from + 40 <= end) {
    let at = from + 24
    let ends = endsIn(at, HALF)
    if (!ends) ends = endsIn(at = from + 8, HALF)
    if (!ends) ends = endsIn(at = from, HALF)
    if (!ends) return true
    from = at + 32 - clz(ends)
  }
  return false
}

/** How many lines end in [from, end). */
export function lineEnds(from: usize, end: usize): u32 {
  const NEWLINE = newlines()
  let count: u32 = 0
  for (const last = end - ((end - from) & 15); from < last; from += 16)
    count += popcnt<u32>(i8x16.bitmask(is(v128.load(from), NEWLINE)))
  for (; from < end; from++) if (load<u8>(from) == 0x0a) count++
  return count
}

/**
 * @param begin of the object in which [from, end) lies, and `last` its end: what lies outside counts as zeros
 * @param narrow whether only those anchors are wanted where something may begin
 */
function search(
  from: usize, end: usize, begin: usize, last: usize, narrow: bool, out: usize, outEnd: usize,
): usize {
  // loaded, not written as constants: V8 makes constants anew in every step, and the search takes half as long again
  const LOW_0 = table(0), HIGH_0 = table(1), LOW_1 = table(2), LOW_3 = table(3), HIGH_3 = table(4)
  const HALF = halfBytes(), NEWLINE = newlines(), BACKSLASH = backslashes(), FIRST = firstBreaks(), LAST = toLastBreak()
  // how many steps before this one have brought nothing that base64 has not: of the first, that is not known
  let unbroken = 2
  while (from < end) {
    const b0 = v128.load(from), b1 = v128.load(from, 1), b3 = v128.load(from, 3)
    const kinds = and(
      and(and(byLow(b0, LOW_0, HALF), byHigh(b0, HIGH_0, HALF)), byLow(b1, LOW_1, HALF)),
      and(byLow(b3, LOW_3, HALF), byHigh(b3, HIGH_3, HALF)),
    )
    let any = kinds
    // in nearly all text there is no base64
    if (unbroken >= 2) any = or(kinds, or(is(b0, NEWLINE), is(b0, BACKSLASH)))
    unbroken = v128.any_true(i8x16.le_u(i8x16.sub(b0, FIRST), LAST)) ? 0 : unbroken + 1
    if (v128.any_true(any)) {
      let bits = i8x16.bitmask(i8x16.ne(any, i8x16.splat(0)))
      do {
        const at = from + ctz(bits)
        if (at < end && isAnchor(at, last) && (!narrow || mayBegin(at, begin, last))) {
          if (out == outEnd) { stopped = at; return out }
          store<u32>(out, <u32>at)
          out += 4
        }
        bits &= bits - 1
      } while (bits)
    }
    from += 16
  }
  stopped = end
  return out
}

/** Four bytes; those from `last` on count as zeros. */
// @ts-ignore: decorator
@inline function fourAt(at: usize, last: usize): u32 {
  const four = load<u32>(at)
  const there = last - at
  return there < 4 ? four & ((1 << (<u32>there << 3)) - 1) : four
}

/** The exact question. */
function isAnchor(at: usize, last: usize): bool {
  const four = fourAt(at, last)
  switch (four & 0xff) {
    case 0x41: // A
      if ((four & 0xff00) == 0) {
        const c = (four >> 16) & 0xff
        return four >> 24 == 0 && (c == 0x4b || c == 0x53 || c == 0x42 || c == 0x43)
      }
      return (
        isPrefix(four) || four == word(0x41, 0x42, 0x53, 0x4b) || // ABSK
        isWideBase64(four) || isSplitPrefix(at, four, last)
      )
    case 0x63: case 0x43: // c
      return ((four >> 8) & 0xdf) == 0x52 && (four >> 24 & 0xdf) == 0x54
    case 0x6b: // k-?p
      return ((four >> 8) & 0xff) == 0x2d && four >> 24 == 0x70
    case 0x51: case 0x46: case 0x42:
      return isBase64(four)
    case 0x25: // %41%
      return four == word(0x25, 0x34, 0x31, 0x25)
    case 0x31: // 101\
      return four == word(0x31, 0x30, 0x31, 0x5c)
    case 0x30: // 041\ 065;
      return four == word(0x30, 0x34, 0x31, 0x5c) || four == word(0x30, 0x36, 0x35, 0x3b)
    case 0x78: // x41\ x41;
      return four == word(0x78, 0x34, 0x31, 0x5c) || four == word(0x78, 0x34, 0x31, 0x3b)
    case 0x23: // #65;
      return four == word(0x23, 0x36, 0x35, 0x3b)
    case 0x34: // 4941 4341
      return four == word(0x34, 0x39, 0x34, 0x31) || four == word(0x34, 0x33, 0x34, 0x31)
    case 0x48: // H4sI
      return four == word(0x48, 0x34, 0x73, 0x49)
    case 0x44: // DRzS
      return four == word(0x44, 0x52, 0x7a, 0x53)
    case 0x55: // UEsD
      return four == word(0x55, 0x45, 0x73, 0x44)
    case 0x0a:
      return endsBase64Line(at, at + 1, last)
    case 0x5c: // \n, as it is written
      return ((four >> 8) & 0xff) == 0x6e && endsBase64Line(at, at + 2, last)
  }
  return false
}

/** AKIA ASIA ABIA ACCA */
function isPrefix(four: u32): bool {
  return (
    four == word(0x41, 0x4b, 0x49, 0x41) || four == word(0x41, 0x53, 0x49, 0x41) ||
    four == word(0x41, 0x42, 0x49, 0x41) || four == word(0x41, 0x43, 0x43, 0x41)
  )
}

/** AK" + "IA */
function isSplitPrefix(at: usize, four: u32, last: usize): bool {
  const high = four >> 28
  if (high != 0 && high != 2 && high != 4 && high != 5) return false
  let letters: u32 = 0x41, shift: u32 = 8
  let k = at + 1
  for (; shift < 32 && isUpper(byteAt(k, last)); k++, shift += 8) letters |= byteAt(k, last) << shift
  const quote = byteAt(k, last)
  if (shift == 32 || (quote != 0x22 && quote != 0x27 && quote != 0x60 && quote != 0x5c)) return false
  for (const end = at + 28; k < end && isSign(byteAt(k, last)); ) k++
  for (; shift < 32 && isUpper(byteAt(k, last)); k++, shift += 8) letters |= byteAt(k, last) << shift
  return shift == 32 && isPrefix(letters)
}

// @ts-ignore: decorator
@inline function byteAt(at: usize, last: usize): u32 { return at < last ? load<u8>(at) : 0 }
// @ts-ignore: decorator
@inline function isBlank(b: u32): bool { return b == 0x20 || b == 0x09 }
// @ts-ignore: decorator
@inline function isUpper(b: u32): bool { return b >= 0x41 && b <= 0x5a }
/** Neither a letter nor a digit, of ASCII. */
function isSign(b: u32): bool {
  return (b > 0 && b < 0x30) || (b > 0x39 && b < 0x41) || (b > 0x5a && b < 0x61) || (b > 0x7a && b < 0x80)
}

function isBase64(four: u32): bool {
  return (
    four == word(0x51, 0x55, 0x74, 0x4a) || four == word(0x51, 0x56, 0x4e, 0x4a) || // QUtJ QVNJ
    four == word(0x51, 0x55, 0x4a, 0x4a) || four == word(0x51, 0x55, 0x4e, 0x44) || // QUJJ QUND
    four == word(0x46, 0x4c, 0x53, 0x55) || four == word(0x46, 0x54, 0x53, 0x55) || // FLSU FTSU
    four == word(0x46, 0x43, 0x53, 0x55) || four == word(0x46, 0x44, 0x51, 0x30) || // FCSU FDQ0
    four == word(0x42, 0x53, 0x30, 0x6c) || four == word(0x42, 0x55, 0x30, 0x6c) || // BS0l BU0l
    four == word(0x42, 0x51, 0x6b, 0x6c) || four == word(0x42, 0x51, 0x30, 0x4e) // BQkl BQ0N
  )
}

/** AEkA AEMA AEEA AEsA AFMA AEIA */
function isWideBase64(four: u32): bool {
  if (four >> 24 != 0x41) return false
  const middle = (four >> 8) & 0xffff
  return (
    middle == 0x6b45 || middle == 0x4d45 || middle == 0x4545 || middle == 0x7345 || middle == 0x4d46 || middle == 0x4945
  )
}

/** @param next where the next line begins */
function endsBase64Line(at: usize, next: usize, last: usize): bool {
  const b = load<u8>(at - 1)
  const end = b == 0x0d || b == 0x5c ? at - 1 : at
  while (next < at + 28 && isBlank(byteAt(next, last))) next++
  // the last three of the line and the first three of the next, without what parts them
  const before = load<u32>(end - 3) & 0xffffff
  const after = next < last ? fourAt(next, last) : 0
  if (
    !isBase64(before | (after << 24)) && !isBase64((before >> 8) | (after << 16)) && !isBase64((before >> 16) | (after << 8))
  )
    return false
  // INVARIANT: as many as two steps before the one with the line's end have of it, wherever that stands in its own
  for (let k = at - 47; k < at; k++) if (<u32>load<u8>(k) - 0x0e <= 0x1c) return false
  return true
}

/** The same question as `mayBegin` in src/scan/detectors/candidate.ts asks. */
function mayBegin(at: usize, begin: usize, last: usize): bool {
  const four = fourAt(at, last)
  switch (four & 0xff) {
    case 0x41: { // A
      const b1 = (four >> 8) & 0xff
      if (b1 == 0) return at + 4 <= last
      if (four >> 24 != 0x41) return true
      return b1 == 0x45 || b1 == 0x46 || isIdOrItsBeginning(at + 4, last)
    }
    case 0x63: case 0x43: // se, before cret
      return (
        at - begin >= 2 && (load<u8>(at - 2) | 0x20) == 0x73 && (load<u8>(at - 1) | 0x20) == 0x65 &&
        (((four >> 16) & 0xff) | 0x20) == 0x65
      )
    case 0x6b: // bedrock-ap
      return (
        at - begin >= 6 && load<u32>(at - 6) == word(0x62, 0x65, 0x64, 0x72) &&
        load<u16>(at - 2) == 0x636f && four == word(0x6b, 0x2d, 0x61, 0x70)
      )
    case 0x34: // 414b 4153 4142, before 4941; 4143, before 4341
      return at - begin >= 4 && isHexBeginning(load<u32>(at - 4) | 0x20000000, four)
    case 0x48: // H4sI
      return at == begin || !isInBase64(load<u8>(at - 1))
    case 0x55: // UEsDB
      return at + 4 < last && load<u8>(at, 4) == 0x42 && (at == begin || !isInBase64(load<u8>(at - 1)))
    case 0x44: // SDRzSU, of which it is the DRzS
      return (
        at + 4 < last && load<u8>(at, 4) == 0x55 && at > begin && load<u8>(at - 1) == 0x53 &&
        (at - begin == 1 || !isInBase64(load<u8>(at - 2)))
      )
  }
  return true
}

/** @param four with b in lower case */
function isHexBeginning(four: u32, next: u32): bool {
  if (next == word(0x34, 0x33, 0x34, 0x31)) return four == word(0x34, 0x31, 0x34, 0x33)
  return (
    four == word(0x34, 0x31, 0x34, 0x62) || four == word(0x34, 0x31, 0x35, 0x33) || four == word(0x34, 0x31, 0x34, 0x32)
  )
}

function isInBase64(b: u32): bool {
  return (b >= 0x41 && b <= 0x5a) || (b >= 0x61 && b <= 0x7a) || (b >= 0x2f && b <= 0x39) || b == 0x2b
}

function isIdOrItsBeginning(at: usize, last: usize): bool {
  for (const end = at + 16; at < end; at++) {
    const b: u32 = at < last ? load<u8>(at) : 0
    if ((b >= 0x41 && b <= 0x5a) || (b >= 0x32 && b <= 0x37)) continue
    return (
      b == 0x22 || b == 0x27 || b == 0x60 || b == 0x5c || b == 0x25 || b == 0x26 || b == 0x5e || b == 0x3d ||
      b == 0x0d || b == 0x0a // "'`\\%&^= and a line's end
    )
  }
  return true
}
