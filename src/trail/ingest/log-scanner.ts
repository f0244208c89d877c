/** Looks a log file through many records at a time: {@link ScannedRecord} in WebAssembly. */
import { instanceIn, wasmMemory } from '../../model/wasm.ts'
import { IDENTITY, PARAMETERS, REST, TRAITS } from './record-sql.ts'
import { RECORDS_MODULE } from './records-module.ts'
import { type Found, Span } from './scan-record.ts'
import { LONGEST_RECORD } from './split.ts'

/** Bytes that are looked through at a time: what the caches of a core hold. */
const WINDOW = 256 * 1024
/** Records, likewise. */
const MOST = 1024
/** As in assembly/records.ts: numbers of each record. */
const WIDTH = 37
const SPANS = 13
const AGENT = 5
const RECORD = 1
/** Parts of a record, likewise. */
const PARTS = { rest: 0, traits: 1, identity: 2, parameters: 3 }

/** Tables of the module come first. */
const ROWS = 16_384
const BYTES = ROWS + MOST * WIDTH * 4
/** What is looked at, or written, beyond the end. */
const MARGIN = 64
const LENGTH = LONGEST_RECORD + WINDOW + MARGIN
const COPIES = BYTES + LENGTH
const ALL_TRAITS = COPIES + LENGTH
const IDENTITIES = ALL_TRAITS + LENGTH
const END = IDENTITIES + LENGTH

interface Exports {
  prepare(): void
  keep(object: number, name: number, length: number, whose: number, part: number): void
  scan(at: number, end: number, out: number, most: number, rests: number, traits: number, identities: number): number
  reached(): number
  hasKey(from: number, to: number): number
}

/** Types by name, as in {@link REST}. */
interface Structure {
  [name: string]: string | Structure | Structure[]
}

/**
 * What the store is made of of a record. Where in {@link LogScanner.copies} the rest of it begins and ends, and where the
 * ID and the parameters that follow end; and where in `bytes` its traits and its identity stand.
 */
export interface Copy {
  from: number
  to: number
  idTo: number
  parametersTo: number
  bytes: Uint8Array
  traits: Span
  identity: Span
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
  private readonly record: Found & { copy: Copy }
  /** In the order of the module; the second is the time. */
  private readonly spans: Span[]

  private constructor(memory: ArrayBuffer, exports: Exports) {
    this.bytes = Buffer.from(memory)
    this.rows = new Int32Array(memory)
    this.exports = exports
    const [id, time, source, name, address, agent, key] = Array.from({ length: 7 }, () => new Span()) as Seven
    this.spans = [id, time, source, name, address, agent, key]
    const [traits, identity] = [new Span(), new Span()]
    const copy = { from: 0, to: 0, idTo: 0, parametersTo: 0, bytes: this.bytes, traits, identity }
    this.record = { copy, from: 0, to: 0, seconds: 0, id, source, name, address, agent, key }
    exports.prepare()
    // the identity comes first: the module knows its number
    this.keep({ userIdentity: IDENTITY }, RECORD, PARTS.identity)
    this.keep(TRAITS, RECORD, PARTS.traits)
    this.keep(REST, RECORD, PARTS.rest)
    this.keep({ [PARAMETERS]: 'JSON' }, RECORD, PARTS.parameters)
  }

  /** Says which members of an object are copied. */
  private keep(members: Structure, object: number, part: number): void {
    const inner: [Structure, number][] = []
    for (const [name, type] of Object.entries(members)) {
      const isObject = typeof type === 'object' && !Array.isArray(type)
      if (isObject) inner.push([type, ++this.objects])
      const length = this.bytes.write(name, BYTES, 'latin1')
      this.exports.keep(object, BYTES, length, isObject ? this.objects : 0, part)
    }
    for (const [type, number] of inner) this.keep(type, number, part)
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
    const found = this.exports.scan(BYTES, BYTES + length, ROWS, MOST, COPIES, ALL_TRAITS, IDENTITIES)
    this.reached = this.exports.reached() - BYTES
    return found
  }

  /** Of the first so many records that were found: the rest, the ID and the parameters, one record behind the other. */
  copies(records: number): Buffer {
    return this.bytes.subarray(COPIES, this.rows[this.rowOf(records - 1) + 6]!)
  }

  /** Bytes that these records take at most: their copies, traits and identities. */
  bytesOf(records: number): number {
    const row = this.rowOf(records - 1)
    return this.rows[row + 6]! - COPIES + this.rows[row + 8]! - ALL_TRAITS + this.rows[row + 11]! - IDENTITIES
  }

  private rowOf(record: number): number {
    return ROWS / 4 + record * WIDTH
  }

  /** Whether what was scanned may have a secret access key in it. */
  mayHaveKey(): boolean {
    return this.exports.hasKey(BYTES, BYTES + this.reached) !== 0
  }

  /** What was found, by number, with places in the file. Valid until the next is asked for. */
  found(number: number): Found & { copy: Copy } {
    const { record, rows } = this
    const { copy } = record
    const shift = this.at - BYTES
    let row = this.rowOf(number)
    record.from = rows[row]! + shift
    record.to = rows[row + 1]! + shift
    record.seconds = rows[row + 2]! >>> 0
    copy.from = rows[row + 4]! - COPIES
    copy.to = rows[row + 5]! - COPIES
    copy.parametersTo = rows[row + 6]! - COPIES
    setSpan(copy.traits, rows, row + 7)
    setSpan(copy.identity, rows, row + 10)
    record.agent.isEscaped = (rows[row + 3]! & (1 << AGENT)) !== 0
    row += SPANS
    for (const span of this.spans) {
      const from = rows[row]!
      span.from = from === 0 ? 0 : from + shift
      span.to = from === 0 ? 0 : rows[row + 1]! + shift
      span.hash = rows[row + 2]!
      row += 3
    }
    copy.idTo = copy.to + record.id.to - record.id.from
    return record
  }
}

function setSpan(span: Span, rows: Int32Array, at: number): void {
  span.from = rows[at]!
  span.to = rows[at + 1]!
  span.hash = rows[at + 2]!
}

type Seven = [Span, Span, Span, Span, Span, Span, Span]

let scanner: LogScanner | null | undefined

/** The one of this process. */
export function logScanner(): LogScanner | null {
  if (scanner === undefined) scanner = LogScanner.make()
  return scanner
}
