/** A pack: its entries by position, who is whose base, and their bytes. Source: gitformat-pack(5). */
import { type Inflater, SLACK } from './inflate.ts'
import { DamagedObject, OFS_DELTA, REF_DELTA } from './object-type.ts'
import { PackIndex } from './pack-index.ts'
import { PagedFile } from './paged-file.ts'
import { rowsWritten } from './reverse-index.ts'

const MEMORY = 32 * 1024 * 1024
/** Type and size take at most 10 bytes, the base of a delta at most 10, or an object ID. */
const LONGEST_HEADER = 48

/** An entry's base lies in this pack, or: */
export const NO_BASE = -1
/** Its base is given by object ID, and not in this pack. */
export const BASE_ELSEWHERE = -2
/** What its header says makes no sense. */
export const BAD_ENTRY = -3

/** Types that {@link Pack.readBases} gives beside those of objects. */
export const IN_CIRCLE = 254
export const UNKNOWN_TYPE = 255

/** One entry's header, read into the same object each time. */
export interface EntryHeader {
  type: number
  /** Of what inflating gives: the object, or the delta. */
  size: number
  /** Where the compressed bytes begin. */
  data: number
  /** `OFS_DELTA`: where the base's entry begins. */
  baseOffset: number
  /** `REF_DELTA`: the base's object ID. */
  baseOid: Uint8Array
}

export class Pack {
  readonly path: string
  readonly index: PackIndex
  readonly count: number
  readonly file: PagedFile
  /** Of each entry, in the order of the pack: where it begins, and its row in the index. */
  readonly offsets: Float64Array
  readonly rows: Int32Array
  readonly header: EntryHeader
  readonly #inflater: Inflater
  readonly #dataEnd: number
  readonly #oid: Buffer
  #bases: { bases: Int32Array; types: Uint8Array } | null = null

  /**
   * @param path of the `.pack`; the index lies beside it
   * @throws DamagedObject, or a system error
   */
  constructor(path: string, oidBytes: number, inflater: Inflater) {
    this.path = path
    this.#inflater = inflater
    this.index = new PackIndex(path.replace(/\.pack$/, '.idx'), oidBytes)
    try {
      this.file = new PagedFile(path, MEMORY)
    } catch (error) {
      this.index.close()
      throw error
    }
    this.#checkHeader()
    this.count = this.index.count
    this.#dataEnd = Math.max(12, this.file.size - oidBytes)
    this.#oid = Buffer.alloc(oidBytes)
    this.header = { type: 0, size: 0, data: 0, baseOffset: 0, baseOid: this.#oid }
    try {
      const { offsets, rows } = inOrder(this.index, rowsWritten(path.replace(/\.pack$/, '.rev'), this.count, oidBytes))
      this.offsets = offsets
      this.rows = rows
    } catch (error) {
      this.close()
      throw error
    }
  }

  #checkHeader(): void {
    const bytes = this.file.load(0, 12)
    const version = bytes.readUInt32BE(this.file.start + 4)
    if (bytes.toString('latin1', this.file.start, this.file.start + 4) === 'PACK' && (version === 2 || version === 3))
      return
    this.close()
    throw new DamagedObject('it does not begin as a pack')
  }

  oid(entry: number): string {
    return this.index.oid(this.rows[entry]!)
  }

  /** The entry that begins at an offset, or -1. */
  at(offset: number): number {
    return positionOf(offset, this.offsets)
  }

  /** The entry of an object, or -1. */
  find(oid: Uint8Array): number {
    const row = this.index.find(oid)
    return row < 0 ? -1 : this.at(this.index.offset(row))
  }

  /** Where an entry's bytes end: where the next one begins. */
  #end(entry: number): number {
    return entry + 1 < this.count ? Math.min(this.offsets[entry + 1]!, this.#dataEnd) : this.#dataEnd
  }

  /** Reads an entry's header into {@link header}; false when it makes no sense. */
  readHeader(entry: number): boolean {
    const { header } = this
    const offset = this.offsets[entry]!
    if (!(offset >= 12) || offset >= this.#dataEnd) return false
    const bytes = this.file.load(offset, LONGEST_HEADER)
    const begin = this.file.start
    let at = begin
    let byte = bytes[at++]!
    header.type = (byte >> 4) & 7
    let size = byte & 15
    let weight = 16
    while (byte > 127) {
      if (weight > 2 ** 46) return false
      byte = bytes[at++]!
      size += (byte & 127) * weight
      weight *= 128
    }
    header.size = size
    if (header.type === OFS_DELTA) {
      byte = bytes[at++]!
      let back = byte & 127
      while (byte > 127) {
        if (back > 2 ** 45) return false
        byte = bytes[at++]!
        back = (back + 1) * 128 + (byte & 127)
      }
      header.baseOffset = offset - back
      if (back === 0 || header.baseOffset < 12) return false
    } else if (header.type === REF_DELTA) {
      bytes.copy(this.#oid, 0, at, at + this.#oid.length)
      at += this.#oid.length
    } else if (header.type === 0 || header.type > 4) return false
    header.data = offset + at - begin
    return header.data < this.#dataEnd
  }

  /**
   * Inflates the entry whose header was read last into `out[at, at + header.size)`; false when that fails. `SLACK` bytes
   * behind are overwritten.
   */
  inflate(entry: number, out: Uint8Array, at: number): boolean {
    return this.#inflater.inflate(this.file, this.header.data, this.#end(entry), out, at, this.header.size)
  }

  /** Like {@link inflate}, into a buffer of its own. Null when it fails. */
  inflated(entry: number): Buffer | null {
    const out = Buffer.allocUnsafe(this.header.size + SLACK)
    return this.inflate(entry, out, 0) ? out.subarray(0, this.header.size) : null
  }

  /** The compressed bytes of the entry whose header was read last, piece by piece. Each is valid until the next. */
  *compressed(entry: number): Generator<Uint8Array> {
    const end = this.#end(entry)
    for (let at = this.header.data; at < end; ) {
      const { bytes, length } = this.file.piece(at, end - at)
      yield bytes.subarray(this.file.start, this.file.start + length)
      at += length
    }
  }

  /**
   * The index of the entry that each entry is a delta of, or `NO_BASE`, `BASE_ELSEWHERE`, `BAD_ENTRY`; and the type of
   * each, `UNKNOWN_TYPE` where its base is elsewhere or makes no sense, `IN_CIRCLE` where deltas lead back to themselves.
   */
  readBases(): { bases: Int32Array; types: Uint8Array } {
    this.#bases ??= this.#readBases()
    return this.#bases
  }

  #readBases(): { bases: Int32Array; types: Uint8Array } {
    const bases = new Int32Array(this.count).fill(NO_BASE)
    const types = new Uint8Array(this.count)
    for (let entry = 0; entry < this.count; entry++) {
      if (!this.readHeader(entry)) bases[entry] = BAD_ENTRY
      else if (this.header.type === OFS_DELTA) bases[entry] = orBad(this.at(this.header.baseOffset))
      else if (this.header.type === REF_DELTA) {
        const base = this.find(this.header.baseOid)
        bases[entry] = base < 0 ? BASE_ELSEWHERE : base
      } else types[entry] = this.header.type
    }
    spreadTypes(bases, types)
    return { bases, types }
  }

  close(): void {
    this.file.close()
    this.index.close()
  }
}

function orBad(entry: number): number {
  return entry < 0 ? BAD_ENTRY : entry
}

/** A delta has its base's type. Bases by object ID may come later in the pack, and, in a hostile one, form a circle. */
function spreadTypes(bases: Int32Array, types: Uint8Array): void {
  const chain: number[] = []
  for (let entry = 0; entry < bases.length; entry++) {
    let at = entry
    while (types[at] === 0 && bases[at]! >= 0) {
      chain.push(at)
      types[at] = IN_CIRCLE // when it is met again on the way
      at = bases[at]!
    }
    if (types[at] === 0) types[at] = UNKNOWN_TYPE
    const type = types[at]!
    while (chain.length > 0) types[chain.pop()!] = type
  }
}

/**
 * Sorts the entries of an index by where they lie in the pack, unless they are written down in that order. Each loop here
 * and below has a function of its own: one that V8 compiles while its first loop runs knows nothing of the types in the
 * next, and would be compiled anew for each.
 */
function inOrder(index: PackIndex, written: Int32Array | null): { offsets: Float64Array; rows: Int32Array } {
  const unsorted = index.offsets()
  if (written) {
    const offsets = picked(unsorted, written)
    // where they go up, each row is there, and once
    if (goUp(offsets)) return { offsets, rows: written }
  }
  const rows = rowsInOrder(unsorted)
  const offsets = picked(unsorted, rows)
  if (!goUp(offsets)) throw new DamagedObject('its index has two objects in one place')
  return { offsets, rows }
}

function picked(numbers: Float64Array, rows: Int32Array): Float64Array {
  const picked = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) picked[i] = numbers[rows[i]!]!
  return picked
}

/** False where something is no number, too. */
function goUp(numbers: Float64Array): boolean {
  for (let i = 1; i < numbers.length; i++) if (!(numbers[i - 1]! < numbers[i]!)) return false
  return !Number.isNaN(numbers[0])
}

const DIGIT = 2 ** 16

/** Sorts by digits, the lowest first: nothing is compared, and no row is looked for afterwards. */
function rowsInOrder(offsets: Float64Array): Int32Array {
  let rows = new Int32Array(offsets.length)
  let spare = new Int32Array(offsets.length)
  for (let row = 0; row < rows.length; row++) rows[row] = row
  const largest = largestOf(offsets)
  for (let weight = 1; weight <= largest; weight *= DIGIT) {
    const places = placesOf(offsets, weight)
    sortByDigit(rows, offsets, weight, places, spare)
    const sorted = spare
    spare = rows
    rows = sorted
  }
  return rows
}

function largestOf(numbers: Float64Array): number {
  let largest = 0
  for (let i = 0; i < numbers.length; i++) if (numbers[i]! > largest) largest = numbers[i]!
  return largest
}

/** Of a number of any size, the operator takes the lowest digit. */
const digitOf = (offset: number, weight: number) => (offset / weight) & (DIGIT - 1)

/** Where the rows of each digit begin, once they are sorted by it. */
function placesOf(offsets: Float64Array, weight: number): Int32Array {
  const places = new Int32Array(DIGIT + 1)
  countDigits(offsets, weight, places)
  for (let digit = 0; digit < DIGIT; digit++) places[digit + 1]! += places[digit]!
  return places
}

/** Counts each digit one place further on. */
function countDigits(offsets: Float64Array, weight: number, counts: Int32Array): void {
  for (let i = 0; i < offsets.length; i++) counts[digitOf(offsets[i]!, weight) + 1]!++
}

function sortByDigit(rows: Int32Array, offsets: Float64Array, weight: number, places: Int32Array, sorted: Int32Array) {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    sorted[places[digitOf(offsets[row]!, weight)]!++] = row
  }
}

/** Where a number stands among sorted ones, or -1. */
function positionOf(wanted: number, sorted: Float64Array): number {
  let low = 0
  let high = sorted.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const value = sorted[middle]!
    if (value === wanted) return middle
    if (value < wanted) low = middle + 1
    else high = middle - 1
  }
  return -1
}
