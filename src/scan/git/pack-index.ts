/**
 * The index of a pack, versions 1 and 2: which objects it has, and where.
 * Source: gitformat-pack(5), "pack-*.idx files".
 */
import { DamagedObject } from './object-type.ts'
import { PagedFile } from './paged-file.ts'

const FANOUT = 256 * 4
const MEMORY = 16 * 1024 * 1024
/** In version 2, offsets from here on are places in a table of larger ones. */
const LARGE = 2 ** 31

export class PackIndex {
  readonly count: number
  readonly oidBytes: number
  readonly #file: PagedFile
  readonly #fanout: Uint32Array
  readonly #version: 1 | 2
  /** Of the first row, and how far rows are apart. */
  readonly #names: { at: number; step: number }
  readonly #offsets: { at: number; step: number }

  /** @throws DamagedObject when the file is no index of either version; a system error when it cannot be read */
  constructor(path: string, oidBytes: number) {
    this.#file = new PagedFile(path, MEMORY)
    this.oidBytes = oidBytes
    try {
      this.#version = this.#readVersion()
      const tables = this.#version === 1 ? FANOUT : 8 + FANOUT
      if (this.#file.size < tables + 2 * oidBytes) throw new DamagedObject('its index is cut short')
      this.#fanout = this.#readFanout(tables - FANOUT)
      this.count = this.#fanout[255]!
      // the smallest row of either version has an offset of 4 bytes and a name
      if (this.count * (4 + oidBytes) + tables + 2 * oidBytes > this.#file.size)
        throw new DamagedObject('its index is cut short')
      this.#names = this.#version === 1 ? { at: tables + 4, step: 4 + oidBytes } : { at: tables, step: oidBytes }
      this.#offsets =
        this.#version === 1 ? { at: tables, step: 4 + oidBytes } : { at: tables + this.count * (oidBytes + 4), step: 4 }
    } catch (error) {
      this.#file.close()
      throw error
    }
  }

  #readVersion(): 1 | 2 {
    const bytes = this.#file.load(0, 8)
    const at = this.#file.start
    if (bytes.readUInt32BE(at) !== 0xff744f63) return 1 // version 1 has no header
    if (bytes.readUInt32BE(at + 4) !== 2) throw new DamagedObject('its index has an unknown version')
    return 2
  }

  #readFanout(at: number): Uint32Array {
    const bytes = this.#file.load(at, FANOUT)
    const fanout = new Uint32Array(256)
    for (let i = 0; i < 256; i++) {
      fanout[i] = bytes.readUInt32BE(this.#file.start + i * 4)
      if (i > 0 && fanout[i]! < fanout[i - 1]!) throw new DamagedObject('its index is out of order')
    }
    return fanout
  }

  /** The object ID of a row, as hexadecimal digits. */
  oid(row: number): string {
    const bytes = this.#file.load(this.#names.at + row * this.#names.step, this.oidBytes)
    return bytes.toString('hex', this.#file.start, this.#file.start + this.oidBytes)
  }

  /** Copies the object ID of a row to `target[at…]`. */
  copyOid(row: number, target: Uint8Array, at: number): void {
    const bytes = this.#file.load(this.#names.at + row * this.#names.step, this.oidBytes)
    // twenty bytes take longer to ask for than to copy
    const { start } = this.#file
    for (let i = 0; i < this.oidBytes; i++) target[at + i] = bytes[start + i]!
  }

  /** The row of an object, or -1. */
  find(oid: Uint8Array): number {
    const first = oid[0]!
    let low = first === 0 ? 0 : this.#fanout[first - 1]!
    let high = this.#fanout[first]! - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const bytes = this.#file.load(this.#names.at + middle * this.#names.step, this.oidBytes)
      const order = orderOf(bytes, this.#file.start, oid, this.oidBytes)
      if (order === 0) return middle
      if (order < 0) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  /** Like {@link offset}, of all rows. */
  offsets(): Float64Array {
    const { at, step } = this.#offsets
    const offsets = new Float64Array(this.count)
    for (let row = 0; row < this.count; ) {
      const { bytes, length } = this.#file.piece(at + row * step, (this.count - row) * step)
      const whole = Math.floor(length / step)
      readNumbers(bytes, this.#file.start, step, offsets.subarray(row, row + whole))
      row += whole
      if (whole === 0) offsets[row] = this.offset(row++) // it lies across two pages
    }
    for (let row = 0; row < this.count; row++) if (offsets[row]! >= LARGE) offsets[row] = this.offset(row)
    return offsets
  }

  /** Where in the pack the object of a row begins. NaN when the index does not say anything sensible. */
  offset(row: number): number {
    const bytes = this.#file.load(this.#offsets.at + row * this.#offsets.step, 4)
    const offset = bytes.readUInt32BE(this.#file.start)
    if (this.#version === 1 || offset < LARGE) return offset
    // beyond 2 GB: a row of the table of 8-byte offsets
    const at = this.#offsets.at + this.count * 4 + (offset - LARGE) * 8
    if (at + 8 > this.#file.size) return Number.NaN
    const large = this.#file.load(at, 8).readBigUInt64BE(this.#file.start)
    return large > BigInt(Number.MAX_SAFE_INTEGER) ? Number.NaN : Number(large)
  }

  close(): void {
    this.#file.close()
  }
}

/** Below zero: the object ID at `at` comes before `oid`. By hand, as most differ in their first bytes. */
function orderOf(bytes: Uint8Array, at: number, oid: Uint8Array, length: number): number {
  for (let i = 0; i < length; i++) {
    const order = bytes[at + i]! - oid[i]!
    if (order !== 0) return order
  }
  return 0
}

/** Reads numbers of 32 bits, the highest byte first, each `step` bytes behind the one before. */
function readNumbers(bytes: Uint8Array, start: number, step: number, numbers: Float64Array): void {
  for (let i = 0, at = start; i < numbers.length; i++, at += step)
    numbers[i] = bytes[at]! * 2 ** 24 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
}
