/** Looks a log file through many records at a time: {@link ScannedRecord} in WebAssembly. */
import { instanceIn, wasmMemory } from '../../model/wasm.ts'
import { STRUCTURE } from './record-sql.ts'
import { RECORDS_MODULE } from './records-module.ts'
import { type Found, Span } from './scan-record.ts'
import { LONGEST_RECORD } from './split.ts'

/** Bytes that are looked through at a time: what the caches of a core hold. */
const WINDOW = 256 * 1024
/** Records, likewise. */
const MOST = 1024
/** As in assembly/records.ts: numbers of each record. */
const WIDTH = 28
const SPANS = 7
const AGENT = 5
const RECORD = 1

/** Tables of the module come first. */
const ROWS = 16_384
const BYTES = ROWS + MOST * WIDTH * 4
/** What is looked at, or written, beyond the end. */
const MARGIN = 64
const COPIES = BYTES + LONGEST_RECORD + WINDOW + MARGIN
const END = COPIES + LONGEST_RECORD + WINDOW + MARGIN

interface Exports {
  prepare(): void
  keep(object: number, name: number, length: number, whose: number): void
  scan(at: number, end: number, out: number, most: number, copies: number): number
  reached(): number
  hasKey(from: number, to: number): number
}

/** Types by name, as in {@link STRUCTURE}. */
interface Structure {
  [name: string]: string | Structure | Structure[]
}

/** Where in {@link LogScanner.copies} the copy of a record stands, and in that its ID. */
export interface Copy {
  from: number
  to: number
  id: number
}

export class LogScanner {
  private readonly bytes: Buffer
  private readonly rows: Int32Array
  private readonly exports: Exports
  /** How many objects have numbers. */
  private objects = RECORD
  private at = 0
  /** How many bytes the records take that the last scan found. */
  reached = 0
  private readonly record: Found & { copy: Copy } = {
    copy: { from: 0, to: 0, id: 0 },
    from: 0,
    to: 0,
    seconds: 0,
    id: new Span(),
    source: new Span(),
    name: new Span(),
    address: new Span(),
    agent: new Span(),
    key: new Span(),
  }
  /** In the order of the module; the second is the time. */
  private readonly spans = [
    this.record.id,
    new Span(),
    this.record.source,
    this.record.name,
    this.record.address,
    this.record.agent,
    this.record.key,
  ]

  private constructor(memory: ArrayBuffer, exports: Exports) {
    this.bytes = Buffer.from(memory)
    this.rows = new Int32Array(memory)
    this.exports = exports
    exports.prepare()
    this.keep(STRUCTURE, RECORD)
  }

  /** Says which members of an object are copied. */
  private keep(members: Structure, object: number): void {
    const inner: [Structure, number][] = []
    // the identity comes first: the module knows its number
    for (const [name, type] of Object.entries(members)) {
      const isObject = typeof type === 'object' && !Array.isArray(type)
      if (isObject) inner.push([type, ++this.objects])
      const length = this.bytes.write(name, BYTES, 'latin1')
      this.exports.keep(object, BYTES, length, isObject ? this.objects : 0)
    }
    for (const [type, number] of inner) this.keep(type, number)
  }

  /** Null: this machine has no WebAssembly. */
  static make(): LogScanner | null {
    const memory = wasmMemory(END)
    const exports = memory && instanceIn(memory, RECORDS_MODULE)
    return exports && new LogScanner(memory.buffer, exports as unknown as Exports)
  }

  /** Looks for records in [at, end) of a file. @returns how many there are; 0: the first is out of the ordinary */
  scan(file: Uint8Array, at: number, end: number): number {
    this.at = at
    let found = this.scanWindow(file, at, Math.min(end, at + WINDOW))
    // the first may be longer than the window
    if (found === 0 && end - at > WINDOW) found = this.scanWindow(file, at, Math.min(end, at + LONGEST_RECORD + WINDOW))
    return found
  }

  private scanWindow(file: Uint8Array, at: number, end: number): number {
    const length = end - at
    this.bytes.set(file.subarray(at, end), BYTES)
    this.bytes.fill(0, BYTES + length, BYTES + length + MARGIN)
    const found = this.exports.scan(BYTES, BYTES + length, ROWS, MOST, COPIES)
    this.reached = this.exports.reached() - BYTES
    return found
  }

  /** What the store is made of of the first so many records that were found, one behind the other. */
  copies(records: number): Buffer {
    return this.bytes.subarray(COPIES, this.rows[ROWS / 4 + (records - 1) * WIDTH + 5]!)
  }

  /** Whether what was scanned may have a secret access key in it. */
  mayHaveKey(): boolean {
    return this.exports.hasKey(BYTES, BYTES + this.reached) !== 0
  }

  /** What was found, by number, with places in the file. Valid until the next is asked for. */
  found(number: number): Found & { copy: Copy } {
    const { record, rows } = this
    const shift = this.at - BYTES
    let row = ROWS / 4 + number * WIDTH
    record.from = rows[row]! + shift
    record.to = rows[row + 1]! + shift
    record.seconds = rows[row + 2]! >>> 0
    record.copy.from = rows[row + 4]! - COPIES
    record.copy.to = rows[row + 5]! - COPIES
    record.copy.id = rows[row + 6]! - COPIES
    record.agent.isEscaped = (rows[row + 3]! & (1 << AGENT)) !== 0
    row += SPANS
    for (const span of this.spans) {
      const from = rows[row]!
      span.from = from === 0 ? 0 : from + shift
      span.to = from === 0 ? 0 : rows[row + 1]! + shift
      span.hash = rows[row + 2]!
      row += 3
    }
    return record
  }
}

let scanner: LogScanner | null | undefined

/** The one of this process. */
export function logScanner(): LogScanner | null {
  if (scanner === undefined) scanner = LogScanner.make()
  return scanner
}
