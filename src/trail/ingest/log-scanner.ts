/**
 * Looks the records of a log file through once, many at a time, in WebAssembly: whether each is JSON, and where in it
 * the few values stand that are needed before the database reads it. Whatever is out of the ordinary is left to
 * JSON.parse. What the store is made of is copied; what many records have in common, who called and in which setting,
 * apart from the rest, so that it is read once for all of them.
 */
import { instanceIn, wasmMemory } from '../../model/wasm.ts'
import { CALLER, CREATION_DATE, RECORD_PARTS, SETTING } from './record-sql.ts'
import { RECORDS_MODULE } from './records-module.ts'
import { LONGEST_RECORD, RECORD_START } from './split.ts'

/** Bytes that are looked through at a time: what the caches of a core hold. */
const WINDOW = 256 * 1024
/** Records, likewise. */
const MOST = 1024
/** As in assembly/records.ts: numbers of each record, and of its objects; what becomes of members. */
const WIDTH = 8 + 9 * 3
const SPANS = 8
const AGENT = 5
const RECORD = 1
const AS_IT_STANDS = 0
const TO_SETTING = -2
const AS_NUMBER = -3

/** Tables of the module come first. */
const ROWS = 16_384
const BYTES = ROWS + MOST * WIDTH * 4
/** What is looked at, or written, beyond the end. */
const MARGIN = 64
/** What a window takes, which may be one long record; its copies take no more. */
const ROOM = LONGEST_RECORD + WINDOW + MARGIN
const COPIES = BYTES + ROOM
const CALLERS = COPIES + ROOM
const SETTINGS = CALLERS + ROOM
/** Texts that have numbers. */
const TEXTS = SETTINGS + ROOM
const END = TEXTS + 4 * ROOM

interface Exports {
  prepare(table: number, bytes: number): void
  forget(): void
  isFull(records: number, bytes: number): number
  keep(object: number, name: number, length: number, fate: number): void
  scan(at: number, end: number, out: number, most: number, copies: number, callers: number, settings: number): number
  reached(): number
  hasKey(from: number, to: number): number
}

/** Types by name, as in {@link RECORD_PARTS}. */
interface Structure {
  [name: string]: string | Structure | Structure[]
}

/** Where a value's text begins and ends, without its quotes; both 0: the record has none. */
export class Span {
  from = 0
  to = 0
  /** The number of the text among those of its kind, see {@link Found.since}; of an ID, its hash. */
  number = 0
}

/** Of a record: where in the file it stands, and what was found in it. The number of the key does not count. */
export interface Found {
  from: number
  to: number
  /** Since 1970. */
  seconds: number
  id: Span
  source: Span
  name: Span
  address: Span
  agent: Span
  isAgentEscaped: boolean
  key: Span
  /** Changes when texts are forgotten, because they are too many: then their numbers begin anew. */
  since: number
  /** In seconds since 1970; 0: not said, or only in the copy of the caller. */
  sessionCreated: number
  /** Where in {@link LogScanner.copies} its copy stands, and in that its ID. */
  copy: { from: number; to: number; id: number }
  /** Where in {@link LogScanner.bytes} who called stands, and in which setting. */
  caller: Span
  setting: Span
}

export class LogScanner {
  /** What the copies of {@link Found.caller} and {@link Found.setting} are in. */
  readonly bytes: Buffer
  private readonly rows: Int32Array
  private readonly exports: Exports
  /** How many objects have numbers. */
  private objects = RECORD
  private at = 0
  /** How many bytes the records take that the last scan found. */
  reached = 0
  private readonly record: Found = {
    from: 0,
    to: 0,
    seconds: 0,
    id: new Span(),
    source: new Span(),
    name: new Span(),
    address: new Span(),
    agent: new Span(),
    isAgentEscaped: false,
    key: new Span(),
    since: 0,
    sessionCreated: 0,
    copy: { from: 0, to: 0, id: 0 },
    caller: new Span(),
    setting: new Span(),
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
  private readonly copied = [this.record.caller, this.record.setting]

  private constructor(memory: ArrayBuffer, exports: Exports) {
    this.bytes = Buffer.from(memory)
    this.rows = new Int32Array(memory)
    this.exports = exports
    exports.prepare(TEXTS, END - TEXTS)
    this.forget()
    // the identity comes first: the module knows its number
    this.keep(CALLER, RECORD)
    this.keep(RECORD_PARTS, RECORD)
    this.keep(SETTING, RECORD, TO_SETTING)
  }

  /** Says what becomes of the members of an object. */
  private keep(members: Structure, object: number, fate = AS_IT_STANDS): void {
    const inner: [Structure, number][] = []
    for (const [name, type] of Object.entries(members)) {
      const isObject = typeof type === 'object' && !Array.isArray(type)
      if (isObject) inner.push([type, ++this.objects])
      const length = this.bytes.write(name, BYTES, 'latin1')
      this.exports.keep(object, BYTES, length, isObject ? this.objects : name === CREATION_DATE ? AS_NUMBER : fate)
    }
    for (const [type, number] of inner) this.keep(type, number)
  }

  /** Null: this machine has no WebAssembly. */
  static make(): LogScanner | null {
    const memory = wasmMemory(END)
    const exports = memory && instanceIn(memory, RECORDS_MODULE)
    return exports && new LogScanner(memory.buffer, exports as unknown as Exports)
  }

  private forget(): void {
    this.record.since++
    this.exports.forget()
  }

  /** Looks for records in [at, end) of a file. @returns how many there are; 0: the first is out of the ordinary */
  scan(file: Buffer, at: number, end: number): number {
    this.at = at
    if (this.exports.isFull(MOST, ROOM) !== 0) this.forget()
    let found = this.scanWindow(file, at, Math.min(end, at + WINDOW))
    // the first may be longer than the window, where no other begins in it
    const isLonger = end - at > WINDOW && found === 0 && !file.subarray(at + 1, at + WINDOW).includes(RECORD_START)
    if (isLonger) found = this.scanWindow(file, at, Math.min(end, at + LONGEST_RECORD + WINDOW))
    return found
  }

  private scanWindow(file: Uint8Array, at: number, end: number): number {
    const length = end - at
    this.bytes.set(file.subarray(at, end), BYTES)
    this.bytes.fill(0, BYTES + length, BYTES + length + MARGIN)
    const found = this.exports.scan(BYTES, BYTES + length, ROWS, MOST, COPIES, CALLERS, SETTINGS)
    this.reached = this.exports.reached() - BYTES
    return found
  }

  /** What the store is made of of the first so many records that were found, one behind the other. */
  copies(records: number): Buffer {
    return this.bytes.subarray(COPIES, this.rows[ROWS / 4 + (records - 1) * WIDTH + 5]!)
  }

  /** Bytes of their callers and settings. */
  commonBytes(records: number): number {
    const last = ROWS / 4 + (records - 1) * WIDTH + SPANS + 3 * this.spans.length
    return this.rows[last + 1]! - CALLERS + this.rows[last + 4]! - SETTINGS
  }

  /** Whether what was scanned may have a secret access key in it. */
  mayHaveKey(): boolean {
    return this.exports.hasKey(BYTES, BYTES + this.reached) !== 0
  }

  /** What was found, by number, with places in the file. Valid until the next is asked for. */
  found(number: number): Found {
    const { record, rows } = this
    const shift = this.at - BYTES
    let row = ROWS / 4 + number * WIDTH
    record.from = rows[row]! + shift
    record.to = rows[row + 1]! + shift
    record.seconds = rows[row + 2]! >>> 0
    record.copy.from = rows[row + 4]! - COPIES
    record.copy.to = rows[row + 5]! - COPIES
    record.copy.id = rows[row + 6]! - COPIES
    record.isAgentEscaped = (rows[row + 3]! & (1 << AGENT)) !== 0
    record.sessionCreated = rows[row + 7]! >>> 0
    row += SPANS
    for (const span of this.spans) {
      const from = rows[row]!
      span.from = from === 0 ? 0 : from + shift
      span.to = from === 0 ? 0 : rows[row + 1]! + shift
      span.number = rows[row + 2]!
      row += 3
    }
    for (const span of this.copied) {
      span.from = rows[row]!
      span.to = rows[row + 1]!
      span.number = rows[row + 2]!
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
