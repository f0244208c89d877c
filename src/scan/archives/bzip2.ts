/** bzip2, block by block: of one block there are at most 900,000 bytes before its run lengths are written out. */
import type { ByteReader } from './byte-reader.ts'
import { damaged, Unreadable } from './unreadable.ts'
import type { Walk } from './walk.ts'

const BLOCK_MAGIC = 0x314159265359
const END_MAGIC = 0x177245385090
const RUN_A = 0
const RUN_B = 1
const GROUP = 50
const MAX_BITS = 20
/** What a block holds while it is decoded: four bytes for each of its bytes, and what is written out. */
const HELD_PER_BYTE = 5
const OUTPUT = 256 * 1024

/** All streams in a file: parallel compressors write many. */
export function* bunzip2(reader: ByteReader, walk: Walk): Generator<Uint8Array> {
  do {
    const head = reader.read(4)
    const level = head[3]! - 0x30
    if (head[0] !== 0x42 || head[1] !== 0x5a || head[2] !== 0x68 || !(level >= 1 && level <= 9))
      throw damaged('its bzip2 header is wrong')
    const size = level * 100_000
    yield* walk.holding(size * HELD_PER_BYTE, () => stream(reader, size))
  } while (isBzip2(reader.peek(3)))
}

const isBzip2 = (head: Uint8Array) => head[0] === 0x42 && head[1] === 0x5a && head[2] === 0x68

function* stream(reader: ByteReader, size: number): Generator<Uint8Array> {
  const bits = new BitReader(reader)
  const block = new Uint32Array(size)
  const output = new Uint8Array(OUTPUT)
  for (;;) {
    const magic = bits.read(24) * 2 ** 24 + bits.read(24)
    if (magic === END_MAGIC) break
    if (magic !== BLOCK_MAGIC) throw damaged('a bzip2 block does not begin where it should')
    bits.read(16)
    bits.read(16) // the block's checksum
    if (bits.read(1)) throw damaged('a randomised bzip2 block, which nothing has written since 1996')
    const origin = bits.read(24)
    const length = decodeBlock(bits, block)
    if (origin >= length) throw damaged('a bzip2 block has no beginning')
    yield* writeOut(block, length, origin, output)
  }
  bits.read(16)
  bits.read(16)
  bits.finish()
}

/** Undoes Huffman coding and move-to-front; gives the length, with each byte in the lower 8 bits of its entry. */
function decodeBlock(bits: BitReader, block: Uint32Array): number {
  const front = usedBytes(bits)
  const alphabet = front.length + 2
  const groups = bits.read(3)
  const selectorCount = bits.read(15)
  if (groups < 2 || groups > 6 || selectorCount < 1) throw damaged('a bzip2 block has no coding tables')
  const selectors = readSelectors(bits, selectorCount, groups)
  const tables = Array.from({ length: groups }, () => readTable(bits, alphabet))
  let length = 0
  let run = 0
  let weight = 1
  const end = alphabet - 1
  for (let group = 0; ; group++) {
    if (group >= selectorCount) throw damaged('a bzip2 block is longer than its coding tables')
    const table = tables[selectors[group]!]!
    for (let i = 0; i < GROUP; i++) {
      const symbol = table.next(bits)
      if (symbol <= RUN_B) {
        run += symbol === RUN_A ? weight : weight * 2
        weight *= 2
        if (run > block.length) throw damaged('a bzip2 block is too long')
        continue
      }
      if (run > 0) {
        if (length + run > block.length) throw damaged('a bzip2 block is too long')
        block.fill(front[0]!, length, length + run)
        length += run
        run = 0
        weight = 1
      }
      if (symbol === end) return length
      if (length >= block.length) throw damaged('a bzip2 block is too long')
      const at = symbol - 1
      const byte = front[at]!
      front.copyWithin(1, 0, at)
      front[0] = byte
      block[length++] = byte
    }
  }
}

/** The byte values in a block, in order: which of 16 ranges of 16 are used, then which values of those. */
function usedBytes(bits: BitReader): Uint8Array {
  const ranges = bits.read(16)
  const used: number[] = []
  for (let range = 0; range < 16; range++) {
    if (!(ranges & (0x8000 >> range))) continue
    const values = bits.read(16)
    for (let i = 0; i < 16; i++) if (values & (0x8000 >> i)) used.push(range * 16 + i)
  }
  if (used.length === 0) throw damaged('a bzip2 block uses no bytes')
  return Uint8Array.from(used)
}

function readSelectors(bits: BitReader, count: number, groups: number): Uint8Array {
  const order = Uint8Array.from({ length: groups }, (_, i) => i)
  const selectors = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    let at = 0
    while (bits.read(1)) if (++at >= groups) throw damaged('a bzip2 block chooses a table that is not there')
    const chosen = order[at]!
    order.copyWithin(1, 0, at)
    order[0] = chosen
    selectors[i] = chosen
  }
  return selectors
}

function readTable(bits: BitReader, alphabet: number): HuffmanTable {
  const lengths = new Uint8Array(alphabet)
  let length = bits.read(5)
  for (let i = 0; i < alphabet; i++) {
    for (;;) {
      if (length < 1 || length > MAX_BITS) throw damaged('a bzip2 coding table is wrong')
      if (!bits.read(1)) break
      length += bits.read(1) ? -1 : 1
    }
    lengths[i] = length
  }
  return new HuffmanTable(lengths)
}

/** Canonical Huffman codes: short ones by one look into a table, the others by their length's first code. */
class HuffmanTable {
  static readonly quickBits = 10
  readonly #quick = new Uint16Array(1 << HuffmanTable.quickBits)
  /** Of each length: the code after its last, aligned to `MAX_BITS`; what to add to a code for its place; the symbols in order. */
  readonly #limit = new Int32Array(MAX_BITS + 2)
  readonly #offset = new Int32Array(MAX_BITS + 2)
  readonly #symbols: Uint16Array

  constructor(lengths: Uint8Array) {
    const order: number[] = []
    let code = 0
    for (let length = 1; length <= MAX_BITS; length++) {
      this.#offset[length] = order.length - code
      for (let symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] !== length) continue
        order.push(symbol)
        this.#fillQuick(code, length, symbol)
        code++
      }
      this.#limit[length] = code << (MAX_BITS - length)
      code <<= 1
    }
    this.#symbols = Uint16Array.from(order)
  }

  next(bits: BitReader): number {
    const ahead = bits.peek(MAX_BITS)
    const quick = this.#quick[ahead >> (MAX_BITS - HuffmanTable.quickBits)]!
    if (quick !== 0) {
      bits.drop(quick & 31)
      return quick >> 5
    }
    for (let length = 1; length <= MAX_BITS; length++) {
      if (ahead >= this.#limit[length]!) continue
      bits.drop(length)
      const symbol = this.#symbols[(ahead >> (MAX_BITS - length)) + this.#offset[length]!]
      if (symbol !== undefined) return symbol
      break
    }
    throw damaged('a bzip2 code that no table has')
  }

  #fillQuick(code: number, length: number, symbol: number): void {
    const spare = HuffmanTable.quickBits - length
    if (spare < 0) return
    const first = code << spare
    this.#quick.fill((symbol << 5) | length, first, Math.min(first + (1 << spare), this.#quick.length))
  }
}

/** Follows the transform's permutation, and writes runs out: four equal bytes are followed by how many more there are. */
function* writeOut(block: Uint32Array, length: number, origin: number, output: Uint8Array): Generator<Uint8Array> {
  const writer = new BlockWriter(block, length, origin)
  for (let written = writer.write(output); written > 0; written = writer.write(output)) {
    yield output.subarray(0, written)
  }
}

class BlockWriter {
  readonly #block: Uint32Array
  #entry: number
  #left: number
  #repeated = 0
  #last = -1

  constructor(block: Uint32Array, length: number, origin: number) {
    const starts = new Uint32Array(256)
    for (let i = 0; i < length; i++) starts[block[i]! & 255]!++
    for (let i = 0, sum = 0; i < 256; i++) {
      const count = starts[i]!
      starts[i] = sum
      sum += count
    }
    // the upper 24 bits of an entry: which entry comes after it
    for (let i = 0; i < length; i++) {
      const at = starts[block[i]! & 255]!++
      block[at] = block[at]! | (i << 8)
    }
    this.#block = block
    this.#left = length
    this.#entry = block[origin]! >>> 8
  }

  /** How much it has written; nothing at the end. */
  write(output: Uint8Array): number {
    const block = this.#block
    const room = output.length - 255
    let entry = this.#entry
    let repeated = this.#repeated
    let last = this.#last
    let left = this.#left
    let written = 0
    for (; left > 0 && written < room; left--) {
      const value = block[entry]!
      const byte = value & 255
      entry = value >>> 8
      if (repeated === 4) {
        output.fill(last, written, written + byte)
        written += byte
        repeated = 0
        last = -1
        continue
      }
      repeated = byte === last ? repeated + 1 : 1
      last = byte
      output[written++] = byte
    }
    this.#entry = entry
    this.#repeated = repeated
    this.#last = last
    this.#left = left
    return written
  }
}

/** Bits, most significant first. */
class BitReader {
  readonly #reader: ByteReader
  #piece: Uint8Array = new Uint8Array(0)
  #at = 0
  #bits = 0
  #count = 0

  constructor(reader: ByteReader) {
    this.#reader = reader
  }

  /** Up to 24. */
  read(count: number): number {
    if (this.#count < count) this.#fill(count)
    if (this.#count < count) throw new Unreadable('truncated')
    this.#count -= count
    return (this.#bits >>> this.#count) & ((1 << count) - 1)
  }

  /** The next bits, zeros behind the end; up to 24. */
  peek(count: number): number {
    if (this.#count < count) this.#fill(count)
    const mask = (1 << count) - 1
    if (this.#count >= count) return (this.#bits >>> (this.#count - count)) & mask
    return (this.#bits << (count - this.#count)) & mask
  }

  drop(count: number): void {
    if (this.#count < count) throw new Unreadable('truncated')
    this.#count -= count
  }

  /** Gives back the whole bytes that have not been used. */
  finish(): void {
    this.#reader.giveBack(this.#piece.length - this.#at + (this.#count >> 3))
    this.#piece = new Uint8Array(0)
    this.#at = 0
    this.#count = 0
  }

  #fill(count: number): void {
    while (this.#count < count) {
      if (this.#at === this.#piece.length) {
        this.#piece = this.#reader.next(4096)
        this.#at = 0
        if (this.#piece.length === 0) return
      }
      this.#bits = (this.#bits << 8) | this.#piece[this.#at++]!
      this.#count += 8
    }
  }
}
