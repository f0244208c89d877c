/** Records on their way into the database: as many as are sorted and written together, in blocks of some megabytes. */
import type { LogFile } from './log-file.ts'
import type { Found, Span } from './log-scanner.ts'
import { KINDS, type Kind } from './record-sql.ts'
import { Codes, UNKNOWN, type Vocabulary } from './vocabulary.ts'

/** How a log file is doing. */
export interface FileState {
  file: LogFile
  events: number
  bad: number
}

const BLOCK_BYTES = 8 * 1024 * 1024
/** Bytes of a chunk: what an ingest holds in memory is a few of them. */
export const CHUNK_BYTES = 24 * 1024 * 1024
/** Records of a chunk: 17 bits. */
export const MOST_RECORDS = 131_072
const SLOTS = MOST_RECORDS * 2

/** What stands in a record that JSON.parse has read. */
export interface Particulars {
  eventID: string
  micros: number
  eventSource: string
  eventName: string
  sourceIPAddress: string
  userAgent: string
  accessKeyId: string
}

/** The record has its caller, or its setting, itself. */
const ITSELF = -1

/** Texts of a chunk that several of its records have in common, with numbers from 0 on. */
interface Common {
  /** By record: numbers, or {@link ITSELF}. */
  numbers: Int32Array
  texts: Buffer[]
  /** Numbers by those of the scanner. */
  known: Codes
}

/** Records of one file, from this on. */
interface Piece {
  state: FileState
  first: number
}

export class Chunk {
  /** What records are copied to. */
  private readonly blocks: Buffer[] = []
  /** Blocks of chunks before, to be used again. */
  private readonly spare: Buffer[] = []
  /** Which of the blocks is copied to; -1: none yet. */
  private block = -1
  /** How much of that is filled. */
  private used = 0
  private bytes = 0
  /** Bytes that it takes. */
  private readonly most: number
  private readonly vocabulary: Vocabulary
  /** Others whose events are not in files yet. */
  private readonly others: ReadonlySet<Chunk>
  /** Records so far, those that were there before left out. */
  records = 0
  duplicates = 0
  /** The times of the first and the last of them. */
  private first = Number.POSITIVE_INFINITY
  private last = 0
  readonly micros = new Float64Array(MOST_RECORDS)
  readonly calls = new Int32Array(MOST_RECORDS)
  readonly addresses = new Int32Array(MOST_RECORDS)
  readonly agents = new Int32Array(MOST_RECORDS)
  readonly keys = new Int32Array(MOST_RECORDS)
  /** When the session began, in microseconds; 0: not known, or the caller says it. */
  readonly created = new Float64Array(MOST_RECORDS)
  private readonly callers: Common = { numbers: new Int32Array(MOST_RECORDS), texts: [], known: new Codes() }
  private readonly settings: Common = { numbers: new Int32Array(MOST_RECORDS), texts: [], known: new Codes() }
  /** As {@link Found.since}. */
  private knownSince = UNKNOWN
  private readonly blockOf = new Uint16Array(MOST_RECORDS)
  private readonly from = new Uint32Array(MOST_RECORDS)
  private readonly to = new Uint32Array(MOST_RECORDS)
  private readonly idFrom = new Uint32Array(MOST_RECORDS)
  private readonly idTo = new Uint32Array(MOST_RECORDS)
  /** Where each stands in its file, and how long it is there. */
  private readonly offsets = new Float64Array(MOST_RECORDS)
  private readonly lengths = new Uint32Array(MOST_RECORDS)
  private readonly pieces: Piece[] = []
  private readonly slots = new Int32Array(SLOTS)
  private readonly hashes = new Int32Array(SLOTS)
  /** Times and IDs that found no slot: somebody may choose some that collide. */
  private readonly crowded = new Set<string>()

  constructor(vocabulary: Vocabulary, others: ReadonlySet<Chunk>, most: number) {
    this.most = most
    this.vocabulary = vocabulary
    this.others = others
  }

  /** Empties it, to be used again: to get its memory anew would take as long as to sort it. */
  clear(): void {
    for (const block of this.blocks) if (block.length === BLOCK_BYTES) this.spare.push(block)
    // records do not fill a block to its end
    this.spare.length = Math.min(this.spare.length, CHUNK_BYTES / BLOCK_BYTES + 1)
    this.blocks.length = 0
    this.block = -1
    this.used = 0
    this.bytes = 0
    this.records = 0
    this.duplicates = 0
    this.first = Number.POSITIVE_INFINITY
    this.last = 0
    this.pieces.length = 0
    for (const kind of KINDS) this[kind].texts.length = 0
    this.knownSince = UNKNOWN
    this.slots.fill(0)
    this.crowded.clear()
  }

  fits(bytes: number, records = 1): boolean {
    return this.records + records <= MOST_RECORDS && (this.bytes + bytes <= this.most || this.records === 0)
  }

  /**
   * Adds a record of the file that `bytes` are a part of, from `base` on. What was copied of it is in `memory`; its own
   * copy is held already, from `held` on.
   */
  add(state: FileState, bytes: Buffer, base: number, found: Found, memory: Uint8Array, held: number): void {
    const { id, copy } = found
    const micros = found.seconds * 1e6
    state.events++
    if (this.isKnown(bytes, id.from, id.to, id.number, micros)) {
      this.duplicates++
      return
    }
    const record = this.next(state, base + found.from, found.to - found.from, micros)
    const { vocabulary } = this
    vocabulary.follow(found)
    this.calls[record] = vocabulary.callOf(bytes, found)
    this.addresses[record] = vocabulary.addressOf(bytes, found)
    this.agents[record] = vocabulary.agentOf(bytes, found)
    this.keys[record] = vocabulary.keyOf(bytes, found)
    this.created[record] = found.sessionCreated * 1e6
    this.place(record, held + copy.from, held + copy.to)
    this.placeId(record, held + copy.id, id.to - id.from)
    this.remember(record, id.number)
    this.follow(found)
    this.callers.numbers[record] = this.numberOf(this.callers, memory, found.caller)
    this.settings.numbers[record] = this.numberOf(this.settings, memory, found.setting)
  }

  private follow({ since }: Found): void {
    if (since === this.knownSince) return
    for (const kind of KINDS) this[kind].known.clear()
    this.knownSince = since
  }

  private numberOf({ texts, known }: Common, memory: Uint8Array, { from, to, number }: Span): number {
    const code = known.of(number)
    if (code !== UNKNOWN) return code
    this.bytes += to - from
    return known.set(number, texts.push(Buffer.from(memory.subarray(from, to))) - 1)
  }

  /** Adds a record that JSON.parse has read and JSON.stringify written. */
  addParsed(state: FileState, line: Buffer, offset: number, of: Particulars): void {
    const { vocabulary } = this
    const id = Buffer.from(of.eventID)
    state.events++
    const hash = hashOf(id)
    if (this.isKnown(id, 0, id.length, hash, of.micros)) {
      this.duplicates++
      return
    }
    const record = this.next(state, offset, line.length, of.micros)
    this.placeLine(record, line, id, hash)
    this.calls[record] = vocabulary.callOfTexts(of.eventSource, of.eventName)
    this.addresses[record] = vocabulary.addresses.codeOf(Buffer.from(of.sourceIPAddress))
    this.agents[record] = vocabulary.agents.codeOf(Buffer.from(of.userAgent))
    this.keys[record] = vocabulary.keys.codeOf(Buffer.from(of.accessKeyId))
    this.created[record] = 0
    for (const kind of KINDS) this[kind].numbers[record] = ITSELF
  }

  /** Adds a record of another chunk that is written anew. */
  addAgain(of: Chunk, number: number, line: Buffer, id: Buffer): void {
    const { state, offset } = of.originOf(number)
    const hash = hashOf(id)
    if (this.isKnown(id, 0, id.length, hash, of.micros[number]!)) {
      this.duplicates++
      return
    }
    const record = this.next(state, offset, of.lengths[number]!, of.micros[number]!)
    for (const column of ['calls', 'addresses', 'agents', 'keys', 'created'] as const)
      this[column][record] = of[column][number]!
    for (const kind of KINDS) this[kind].numbers[record] = ITSELF
    this.placeLine(record, line, id, hash)
  }

  bytesOf(record: number): Buffer {
    return this.blocks[this.blockOf[record]!]!.subarray(this.from[record]!, this.to[record]!)
  }

  idOf(record: number): Buffer {
    return this.blocks[this.blockOf[record]!]!.subarray(this.idFrom[record]!, this.idTo[record]!)
  }

  /** Of each record, the number of the text that has its caller, or its setting. */
  commonNumbers(kind: Kind): (record: number) => number {
    const { numbers, texts } = this[kind]
    const own = texts.length
    return (record) => (numbers[record] === ITSELF ? own + record : numbers[record]!)
  }

  /** Such numbers are below this. */
  commonCount(kind: Kind): number {
    return this[kind].texts.length + this.records
  }

  /** The text of such a number. */
  commonText(kind: Kind, number: number): Buffer {
    const { texts } = this[kind]
    return texts[number] ?? this.bytesOf(number - texts.length)
  }

  /** All that is kept of a record, as JSON. */
  wholeOf(record: number): object {
    const texts = KINDS.map((kind) => this.commonText(kind, this.commonNumbers(kind)(record)))
    return Object.assign({}, ...[this.bytesOf(record), ...texts].map((text) => JSON.parse(text.toString('utf8'))))
  }

  /** Where a record came from. */
  originOf(record: number): { state: FileState; offset: number; bytes: number } {
    let [low, high] = [0, this.pieces.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.pieces[middle]!.first <= record) low = middle
      else high = middle - 1
    }
    return { state: this.pieces[low]!.state, offset: this.offsets[record]!, bytes: this.lengths[record]! }
  }

  /** The record counts no longer: another with its ID and time is no duplicate. */
  forgetId(record: number): void {
    this.crowded.delete(this.crowdedNameOf(record))
    this.idTo[record] = this.idFrom[record]!
  }

  private crowdedNameOf(record: number): string {
    const block = this.blocks[this.blockOf[record]!]!
    return crowdedName(block, this.idFrom[record]!, this.idTo[record]!, this.micros[record]!)
  }

  private next(state: FileState, offset: number, length: number, micros: number): number {
    const record = this.records++
    this.micros[record] = micros
    if (micros < this.first) this.first = micros
    if (micros > this.last) this.last = micros
    this.offsets[record] = offset
    this.lengths[record] = length
    if (this.pieces.at(-1)?.state !== state) this.pieces.push({ state, first: record })
    return record
  }

  /** The ID stands behind the record, as it may be written otherwise within. */
  private placeLine(record: number, line: Buffer, id: Buffer, hash: number): void {
    const start = this.hold(Buffer.concat([line, id]))
    this.place(record, start, start + line.length)
    this.placeId(record, start + line.length, id.length)
    this.remember(record, hash)
  }

  private place(record: number, from: number, to: number): void {
    this.blockOf[record] = this.block
    this.from[record] = from
    this.to[record] = to
  }

  private placeId(record: number, from: number, length: number): void {
    this.idFrom[record] = from
    this.idTo[record] = from + length
  }

  /** Copies bytes to the current block. @returns where they are in it */
  hold(bytes: Uint8Array): number {
    const { length } = bytes
    this.bytes += length
    if (this.block === -1 || this.used + length > this.blocks[this.block]!.length) {
      const block = length > BLOCK_BYTES ? undefined : this.spare.pop()
      this.block = this.blocks.push(block ?? Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, length))) - 1
      this.used = 0
    }
    this.blocks[this.block]!.set(bytes, this.used)
    this.used += length
    return this.used - length
  }

  /** Whether there is an event with this ID and this time. */
  private isKnown(id: Buffer, from: number, to: number, hash: number, micros: number): boolean {
    if (this.hasId(id, from, to, hash, micros)) return true
    for (const other of this.others)
      if (micros >= other.first && micros <= other.last && other.hasId(id, from, to, hash, micros)) return true
    return false
  }

  private hasId(id: Buffer, from: number, to: number, hash: number, micros: number): boolean {
    for (let slot = hash & (SLOTS - 1), step = 0; step < MOST_STEPS; slot = (slot + 1) & (SLOTS - 1), step++) {
      const record = this.slots[slot]! - 1
      if (record === -1) return false
      if (this.hashes[slot] === hash && this.micros[record] === micros && this.isId(record, id, from, to)) return true
    }
    return this.crowded.size > 0 && this.crowded.has(crowdedName(id, from, to, micros))
  }

  private isId(record: number, id: Buffer, from: number, to: number): boolean {
    const start = this.idFrom[record]!
    const length = to - from
    if (this.idTo[record]! - start !== length) return false
    const block = this.blocks[this.blockOf[record]!]!
    for (let i = 0; i < length; i++) if (block[start + i] !== id[from + i]) return false
    return true
  }

  private remember(record: number, hash: number): void {
    for (let slot = hash & (SLOTS - 1), step = 0; step < MOST_STEPS; slot = (slot + 1) & (SLOTS - 1), step++) {
      if (this.slots[slot] !== 0) continue
      this.slots[slot] = record + 1
      this.hashes[slot] = hash
      return
    }
    this.crowded.add(this.crowdedNameOf(record))
  }
}

function crowdedName(id: Buffer, from: number, to: number, micros: number): string {
  return `${micros} ${id.toString('latin1', from, to)}`
}

/** The same as in assembly/records.ts. */
export function hashOf(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let hash = 0x811c9dc5
  let i = from
  for (; i + 4 <= to; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    hash = Math.imul(hash ^ word, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  for (; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  // low bits alone choose the slot
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b3c6d) ^ (hash >>> 12)
}

const MOST_STEPS = 64
