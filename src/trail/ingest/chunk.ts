/** Records on their way into the database: as many as are sorted and written together, in blocks of some megabytes. */
import { hashOf, Interner, latin1 } from './interner.ts'
import type { LogFile } from './log-file.ts'
import type { Copy } from './log-scanner.ts'
import { EARLIEST, latest } from './record.ts'
import type { Found } from './scan-record.ts'

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
/** Texts that are remembered from one chunk to the next. */
const REMEMBERED = 300_000

/** The texts that many events have in common, each with a number. Number 0 is no text. */
export class Vocabulary {
  readonly addresses = new Interner()
  readonly agents = new Interner()
  readonly keys = new Interner()
  private readonly sources = new Interner()
  private readonly names = new Interner()
  private readonly pairs = new Map<number, number>()
  /** Event source and event name, by number. */
  readonly calls: [source: string, name: string][] = []

  constructor() {
    this.clear()
  }

  get isLarge(): boolean {
    return [this.addresses, this.agents, this.keys, this.names].some(({ size }) => size > REMEMBERED)
  }

  clear(): void {
    this.pairs.clear()
    this.calls.length = 0
    this.calls.push(['', ''])
    for (const texts of [this.addresses, this.agents, this.keys, this.sources, this.names]) {
      texts.clear()
      texts.codeOf(new Uint8Array(0), 0, 0)
    }
  }

  callOf(source: number, name: number): number {
    const pair = source * 2 ** 24 + name
    const known = this.pairs.get(pair)
    if (known !== undefined) return known
    this.pairs.set(pair, this.calls.length)
    return this.calls.push([this.sources.textOf(source), this.names.textOf(name)]) - 1
  }

  sourceOf(bytes: Uint8Array, from: number, to: number, hash?: number): number {
    return this.sources.codeOf(bytes, from, to, hash)
  }

  nameOf(bytes: Uint8Array, from: number, to: number, hash?: number): number {
    return this.names.codeOf(bytes, from, to, hash)
  }
}

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
    this.slots.fill(0)
    this.crowded.clear()
  }

  fits(bytes: number, records = 1): boolean {
    return this.records + records <= MOST_RECORDS && (this.bytes + bytes <= this.most || this.records === 0)
  }

  /**
   * Adds a record that stands at `offset` of its file, as it stands there.
   * @returns false: JSON.parse is to judge it
   */
  add(state: FileState, bytes: Buffer, found: Found, offset: number): boolean {
    const record = this.addFound(state, bytes, found, offset)
    if (record < 0) return record === KNOWN
    const start = this.hold(bytes.subarray(found.from, found.to))
    this.place(record, start, start + found.to - found.from)
    this.placeId(record, start + found.id.from - found.from, found.id.to - found.id.from)
    this.remember(record, found.id.hash)
    return true
  }

  /** As {@link add}; its copy is among those that `held` is the place of. */
  addCopy(state: FileState, bytes: Buffer, found: Found & { copy: Copy }, held: number): boolean {
    const record = this.addFound(state, bytes, found, found.from)
    if (record < 0) return record === KNOWN
    const { copy, id } = found
    this.place(record, held + copy.from, held + copy.to)
    this.placeId(record, held + copy.id, id.to - id.from)
    this.remember(record, id.hash)
    return true
  }

  /** Adds all but the copy. @returns its number, {@link KNOWN} or {@link ODD} */
  private addFound(state: FileState, bytes: Buffer, found: Found, offset: number): number {
    const micros = found.seconds * 1e6
    if (micros < EARLIEST || micros > latest()) return ODD
    const { vocabulary } = this
    const { id, source, name, address, agent, key } = found
    let agentCode: number
    if (agent.isEscaped) {
      const text = Buffer.from(JSON.parse(bytes.toString('utf8', agent.from - 1, agent.to + 1)) as string)
      agentCode = vocabulary.agents.codeOf(text, 0, text.length)
    } else agentCode = vocabulary.agents.codeOf(bytes, agent.from, agent.to, agent.hash)
    state.events++
    if (this.isKnown(bytes, id.from, id.to, id.hash, micros)) {
      this.duplicates++
      return KNOWN
    }
    const record = this.next(state, offset, found.to - found.from, micros)
    this.calls[record] = vocabulary.callOf(
      vocabulary.sourceOf(bytes, source.from, source.to, source.hash),
      vocabulary.nameOf(bytes, name.from, name.to, name.hash),
    )
    this.addresses[record] = vocabulary.addresses.codeOf(bytes, address.from, address.to, address.hash)
    this.agents[record] = agentCode
    this.keys[record] = vocabulary.keys.codeOf(bytes, key.from, key.to, key.hash)
    return record
  }

  /** Adds a record that JSON.parse has read and JSON.stringify written. */
  addParsed(state: FileState, line: Buffer, offset: number, of: Particulars): void {
    const { vocabulary } = this
    const id = Buffer.from(of.eventID)
    state.events++
    const hash = hashOf(id, 0, id.length)
    if (this.isKnown(id, 0, id.length, hash, of.micros)) {
      this.duplicates++
      return
    }
    const record = this.next(state, offset, line.length, of.micros)
    this.placeLine(record, line, id, hash)
    const codeOf = (texts: Interner, text: string) => {
      const bytes = Buffer.from(text)
      return texts.codeOf(bytes, 0, bytes.length)
    }
    const [source, name] = [Buffer.from(of.eventSource), Buffer.from(of.eventName)]
    this.calls[record] = vocabulary.callOf(
      vocabulary.sourceOf(source, 0, source.length),
      vocabulary.nameOf(name, 0, name.length),
    )
    this.addresses[record] = codeOf(vocabulary.addresses, of.sourceIPAddress)
    this.agents[record] = codeOf(vocabulary.agents, of.userAgent)
    this.keys[record] = codeOf(vocabulary.keys, of.accessKeyId)
  }

  /** Adds a record of another chunk that is written anew. */
  addAgain(of: Chunk, number: number, line: Buffer, id: Buffer): void {
    const { state, offset } = of.originOf(number)
    const hash = hashOf(id, 0, id.length)
    if (this.isKnown(id, 0, id.length, hash, of.micros[number]!)) {
      this.duplicates++
      return
    }
    const record = this.next(state, offset, of.lengths[number]!, of.micros[number]!)
    for (const column of ['calls', 'addresses', 'agents', 'keys'] as const) this[column][record] = of[column][number]!
    this.placeLine(record, line, id, hash)
  }

  bytesOf(record: number): Buffer {
    return this.blocks[this.blockOf[record]!]!.subarray(this.from[record]!, this.to[record]!)
  }

  idOf(record: number): Buffer {
    return this.blocks[this.blockOf[record]!]!.subarray(this.idFrom[record]!, this.idTo[record]!)
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
  private isKnown(id: Uint8Array, from: number, to: number, hash: number, micros: number): boolean {
    if (this.hasId(id, from, to, hash, micros)) return true
    for (const other of this.others)
      if (micros >= other.first && micros <= other.last && other.hasId(id, from, to, hash, micros)) return true
    return false
  }

  private hasId(id: Uint8Array, from: number, to: number, hash: number, micros: number): boolean {
    for (let slot = hash & (SLOTS - 1), step = 0; step < MOST_STEPS; slot = (slot + 1) & (SLOTS - 1), step++) {
      const record = this.slots[slot]! - 1
      if (record === -1) return false
      if (this.hashes[slot] === hash && this.micros[record] === micros && this.isId(record, id, from, to)) return true
    }
    return this.crowded.size > 0 && this.crowded.has(crowdedName(id, from, to, micros))
  }

  private isId(record: number, id: Uint8Array, from: number, to: number): boolean {
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

function crowdedName(id: Uint8Array, from: number, to: number, micros: number): string {
  return `${micros} ${latin1(id, from, to)}`
}

const MOST_STEPS = 64
/** A record that is there already. */
const KNOWN = -1
/** One that JSON.parse has to judge. */
const ODD = -2
