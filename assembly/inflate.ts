// Inflates zlib streams: many small ones, of which setting up costs more than inflating. Sources: RFC 1950, RFC 1951.
// This is AssemblyScript: scripts/build-anchors.mjs compiles it.

/** So many bits of a code are looked up at once; longer codes, which are rare, are followed bit by bit. */
const LITERAL_BITS: u32 = 10
const DISTANCE_BITS: u32 = 8

// where tables lie in the memory: below what others use of it
const CODES: usize = 0x8000
/** Of each code: the table; how many symbols there are of each length; the symbols, shortest first. */
const TABLE_SIZE: usize = 4 << LITERAL_BITS
const COUNTS: usize = TABLE_SIZE
const SYMBOLS: usize = COUNTS + 4 * 16
const CODE_SIZE: usize = SYMBOLS + 2 * 288
const LITERALS = CODES
const DISTANCES = CODES + CODE_SIZE
const FIXED_LITERALS = CODES + 2 * CODE_SIZE
const FIXED_DISTANCES = CODES + 3 * CODE_SIZE
/** The lengths of codes, as they are read; a byte each. */
const LENGTHS = CODES + 4 * CODE_SIZE
/** Where the symbols of each length begin among all, while a code is made. */
const PLACES = LENGTHS + 320

// an entry of a table: bits 0-3 how many bits the code has, 4-7 how many follow it, 8-9 what it is, 16-31 its value
const LITERAL: u32 = 0
const LENGTH: u32 = 1 << 8
const END: u32 = 2 << 8
const BAD: u32 = 3 << 8
const KIND: u32 = 3 << 8

/** What lengths begin at, and how many bits follow: symbols 257 to 285. */
const LENGTH_BASES = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
])
const LENGTH_BITS = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
])
/** The order in which the lengths of the code for lengths are written. */
const ORDER = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])
const WEIGHTS = memory.data<u16>([16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])

let hasFixed = false

// the reader: bits not yet used, how many, and the place of the next byte
let buffer: u64 = 0
let bits: u32 = 0
let next: usize = 0

/** At least 56 bits. What lies behind the end of the input counts, until that is noticed. */
// @ts-ignore: decorator
@inline function refill(): void {
  buffer |= load<u64>(next) << <u64>bits
  next += (63 - bits) >> 3
  bits |= 56
}

// @ts-ignore: decorator
@inline function take(count: u32): u32 {
  const value = <u32>buffer & ((1 << count) - 1)
  buffer >>= <u64>count
  bits -= count
  return value
}

/**
 * Inflates the stream in [at, end) to [out, outEnd). 32 bytes behind `end` must be readable, and fifteen behind
 * `outEnd` may be overwritten.
 * @returns whether the stream is whole and gives exactly as much
 */
export function inflate(at: usize, end: usize, out: usize, outEnd: usize): bool {
  if (end < at + 8) return false
  const header = (<u32>load<u8>(at) << 8) | <u32>load<u8>(at, 1)
  // deflate with a window of 32 KB at most, and no dictionary
  if ((header >> 8 & 15) != 8 || header >> 12 > 7 || header % 31 != 0 || (header & 32) != 0) return false
  buffer = 0
  bits = 0
  next = at + 2
  let target = out
  let isLast = false
  while (!isLast) {
    refill()
    if (next - (bits >> 3) > end) return false
    isLast = take(1) == 1
    const kind = take(2)
    if (kind == 0) target = stored(target, end, outEnd)
    else {
      if (kind == 3) return false
      if (kind == 1 && !hasFixed) makeFixed()
      if (kind == 2 && !readCodes(end)) return false
      target = kind == 1
        ? block(FIXED_LITERALS, FIXED_DISTANCES, out, target, end, outEnd)
        : block(LITERALS, DISTANCES, out, target, end, outEnd)
    }
    if (target == 0) return false
  }
  // the checksum begins at the next whole byte
  const sum = next - (bits >> 3)
  return target == outEnd && sum + 4 <= end && bswap(load<u32>(sum)) == adler32(out, outEnd)
}

/** Bytes as they are. @returns where they end in the output; 0 when something is wrong */
function stored(target: usize, end: usize, outEnd: usize): usize {
  const from = next - (bits >> 3)
  if (from + 4 > end) return 0
  const length = <usize>load<u16>(from)
  if (length != <usize>(load<u16>(from, 2) ^ 0xffff)) return 0
  if (from + 4 + length > end || target + length > outEnd) return 0
  memory.copy(target, from + 4, length)
  buffer = 0
  bits = 0
  next = from + 4 + length
  return target + length
}

/** Everything up to a block's end. @returns where that is in the output; 0 when something is wrong */
function block(
  literals: usize, distances: usize, out: usize, target: usize, end: usize, outEnd: usize,
): usize {
  while (true) {
    refill()
    if (next > end + 8) return 0
    let entry = lookUp(literals, LITERAL_BITS, true)
    // two more literals need 30 bits at most, and a length with its distance 48
    if ((entry & KIND) == LITERAL) {
      if (target == outEnd) return 0
      store<u8>(target++, entry >> 16)
      entry = lookUp(literals, LITERAL_BITS, true)
      if ((entry & KIND) == LITERAL) {
        if (target == outEnd) return 0
        store<u8>(target++, entry >> 16)
        continue
      }
      refill()
    }
    if ((entry & KIND) != LENGTH) return (entry & KIND) == END ? target : 0
    const length = <usize>((entry >> 16) + take(entry >> 4 & 15))
    const far = lookUp(distances, DISTANCE_BITS, false)
    if ((far & KIND) == BAD) return 0
    const distance = <usize>((far >> 16) + take(far >> 4 & 15))
    if (distance > target - out || length > outEnd - target) return 0
    repeat(target, distance, length)
    target += length
  }
  return 0
}

/** Copies what was written `distance` before, which may be nearer than it is long. */
// @ts-ignore: decorator
@inline function repeat(target: usize, distance: usize, length: usize): void {
  const stop = target + length
  let from = target - distance
  if (distance >= 16) {
    for (; target < stop; target += 16, from += 16) v128.store(target, v128.load(from))
  } else if (distance >= 8) {
    for (; target < stop; target += 8, from += 8) store<u64>(target, load<u64>(from))
  } else if (distance == 1) {
    const byte = i8x16.splat(load<u8>(from))
    for (; target < stop; target += 16) v128.store(target, byte)
  } else {
    for (; target < stop; target++, from++) store<u8>(target, load<u8>(from))
  }
}

/** The symbol that comes next, as an entry of a table. */
// @ts-ignore: decorator
@inline function lookUp(code: usize, tableBits: u32, isLiterals: bool): u32 {
  let entry = load<u32>(code + ((<usize>buffer & ((1 << tableBits) - 1)) << 2))
  if (entry == 0) entry = follow(code, isLiterals)
  take(entry & 15)
  return entry
}

/** A symbol whose code is longer than a table looks up, or that does not exist. */
function follow(code: usize, isLiterals: bool): u32 {
  let value: u32 = 0, first: u32 = 0, index: u32 = 0
  let ahead = <u32>buffer
  for (let length: u32 = 1; length <= 15; length++) {
    value |= ahead & 1
    ahead >>= 1
    const count = load<u32>(code + COUNTS + (<usize>length << 2))
    if (value < first + count) {
      const symbol = <u32>load<u16>(code + SYMBOLS + (<usize>(index + value - first) << 1))
      return (isLiterals ? literalEntry(symbol) : distanceEntry(symbol)) | length
    }
    index += count
    first = (first + count) << 1
    value <<= 1
  }
  return BAD
}

function literalEntry(symbol: u32): u32 {
  if (symbol < 256) return LITERAL | (symbol << 16)
  if (symbol == 256) return END
  if (symbol > 285) return BAD
  const i = <usize>symbol - 257
  return LENGTH | (<u32>load<u8>(LENGTH_BITS + i) << 4) | (<u32>load<u16>(LENGTH_BASES + (i << 1)) << 16)
}

function distanceEntry(symbol: u32): u32 {
  if (symbol > 29) return BAD
  if (symbol < 2) return LENGTH | ((symbol + 1) << 16)
  const more = (symbol >> 1) - 1
  return LENGTH | (more << 4) | ((((2 | (symbol & 1)) << more) + 1) << 16)
}

/** The codes of symbols for lengths, of which there are nineteen, are looked up by themselves. */
function lengthEntry(symbol: u32): u32 {
  return LENGTH | (symbol << 16)
}

/**
 * Makes a code from the lengths in [lengths, lengths + count). A code must be complete, or have one symbol of one bit, or
 * none.
 * @param kind 0 for literals, 1 for distances, 2 for lengths of codes, which must be complete
 */
function makeCode(lengths: usize, count: u32, code: usize, tableBits: u32, kind: i32): bool {
  memory.fill(code + COUNTS, 0, 4 * 16)
  for (let i: u32 = 0; i < count; i++) {
    const at = code + COUNTS + (<usize>load<u8>(lengths + i) << 2)
    store<u32>(at, load<u32>(at) + 1)
  }
  store<u32>(code + COUNTS, 0)
  let left: i32 = 1
  let longest: u32 = 0
  let place: u32 = 0
  for (let length: u32 = 1; length <= 15; length++) {
    const having = load<u32>(code + COUNTS + (<usize>length << 2))
    left = (left << 1) - <i32>having
    if (left < 0) return false
    if (having > 0) longest = length
    store<u32>(PLACES + (<usize>length << 2), place)
    place += having
  }
  if (left > 0 && (kind == 2 || longest > 1)) return false
  for (let i: u32 = 0; i < count; i++) {
    const length = <usize>load<u8>(lengths + i)
    if (length == 0) continue
    const at = PLACES + (length << 2)
    const where = load<u32>(at)
    store<u32>(at, where + 1)
    store<u16>(code + SYMBOLS + (<usize>where << 1), <u16>i)
  }
  fillTable(code, tableBits, kind)
  return true
}

/** The table doubles with each bit of length: what has a shorter code is in both halves. */
function fillTable(code: usize, tableBits: u32, kind: i32): void {
  store<u32>(code, 0)
  let size: usize = 4
  let symbols = code + SYMBOLS
  let reversed: u32 = 0
  for (let length: u32 = 1; length <= tableBits; length++) {
    memory.copy(code + size, code, size)
    size <<= 1
    for (let count = load<u32>(code + COUNTS + (<usize>length << 2)); count > 0; count--) {
      const symbol = <u32>load<u16>(symbols)
      symbols += 2
      const entry = kind == 0 ? literalEntry(symbol) : kind == 1 ? distanceEntry(symbol) : lengthEntry(symbol)
      store<u32>(code + (<usize>reversed << 2), entry | length)
      // codes count upwards, and are written from their highest bit on
      let bit: u32 = 1 << (length - 1)
      while ((reversed & bit) != 0) bit >>= 1
      reversed = bit == 0 ? 0 : (reversed & (bit - 1)) | bit
    }
  }
}

/** Reads the two codes of a block. */
function readCodes(end: usize): bool {
  refill()
  const literals = take(5) + 257
  const distances = take(5) + 1
  const given = take(4) + 4
  if (literals > 286 || distances > 30) return false
  memory.fill(LENGTHS, 0, 19)
  for (let i: u32 = 0; i < given; i++) {
    if (bits < 3) refill()
    store<u8>(LENGTHS + <usize>load<u8>(ORDER + <usize>i), <u8>take(3))
  }
  if (!makeCode(LENGTHS, 19, DISTANCES, 7, 2)) return false
  const all = literals + distances
  for (let i: u32 = 0; i < all;) {
    refill()
    if (next > end + 8) return false
    const entry = load<u32>(DISTANCES + ((<usize>buffer & 127) << 2))
    if (entry == 0) return false
    take(entry & 15)
    const symbol = entry >> 16
    if (symbol < 16) {
      store<u8>(LENGTHS + <usize>i, <u8>symbol)
      i++
      continue
    }
    if (symbol == 16 && i == 0) return false
    const value: u8 = symbol == 16 ? load<u8>(LENGTHS + <usize>(i - 1)) : 0
    const times = symbol == 16 ? 3 + take(2) : symbol == 17 ? 3 + take(3) : 11 + take(7)
    if (i + times > all) return false
    memory.fill(LENGTHS + <usize>i, value, <usize>times)
    i += times
  }
  if (load<u8>(LENGTHS + 256) == 0) return false // a block without an end
  return (
    makeCode(LENGTHS, literals, LITERALS, LITERAL_BITS, 0) &&
    makeCode(LENGTHS + <usize>literals, distances, DISTANCES, DISTANCE_BITS, 1)
  )
}

function makeFixed(): void {
  memory.fill(LENGTHS, 8, 288)
  memory.fill(LENGTHS + 144, 9, 112)
  memory.fill(LENGTHS + 256, 7, 24)
  makeCode(LENGTHS, 288, FIXED_LITERALS, LITERAL_BITS, 0)
  memory.fill(LENGTHS, 5, 32)
  makeCode(LENGTHS, 32, FIXED_DISTANCES, DISTANCE_BITS, 1)
  hasFixed = true
}

/** So many bytes can be added up before the sums must be reduced. */
const MOST: usize = 5536

function adler32(from: usize, end: usize): u32 {
  const high = v128.load(WEIGHTS), low = v128.load(WEIGHTS, 16)
  let a: u32 = 1, b: u32 = 0
  while (from < end) {
    const stop = end - from > MOST ? from + MOST : end
    const vectors = (stop - from) >> 4
    if (vectors > 0) {
      const wide = from + (vectors << 4)
      let sums = i32x4.splat(0), before = i32x4.splat(0), weighted = i32x4.splat(0)
      b += a * <u32>(vectors << 4)
      for (; from < wide; from += 16) {
        const bytes = v128.load(from)
        before = i32x4.add(before, sums)
        sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes)))
        weighted = i32x4.add(weighted, i32x4.add(
          i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(bytes), high),
          i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(bytes), low),
        ))
      }
      a += total(sums)
      b += (total(before) << 4) + total(weighted)
    }
    for (; from < stop; from++) { a += load<u8>(from); b += a }
    a %= 65521
    b %= 65521
  }
  return (b << 16) | a
}

// @ts-ignore: decorator
@inline function total(sums: v128): u32 {
  return (
    i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3)
  )
}
