/** Ingests log files into the store. */
import type { BlockList } from 'node:net'
import { availableParallelism } from 'node:os'
import { type IngestedSource, openForWriting, type StoredFile, type StoreWriter } from '../store.ts'
import { CHUNK_BYTES, type Chunk, type FileState } from './chunk.ts'
import { Loader } from './loader.ts'
import type { Skipped } from './local-files.ts'
import { CutOffError, type LogFile, open, RefusedError, release } from './log-file.ts'
import { type RecordTaker, readAnyFile, readLogFile } from './read-records.ts'
import { type Record, toLine } from './record.ts'

export interface IngestOptions {
  /** Default: as many as there are cores. */
  threads?: number
  /** Makes what was read part of the store every so often, so that a long ingest goes on where it was cut off. */
  checkpoints?: boolean
  /** The ranges of AWS: only with them an address is known to be of AWS. */
  awsRanges?: BlockList | null
  /** Bytes of records that are sorted and written together; a few times that much is held in memory. */
  chunkBytes?: number
  onProgress?: (done: number, file: string) => void
  signal?: AbortSignal
}

export interface IngestReport {
  /** Read now; `unchanged` were read before, and are the same. */
  files: number
  unchanged: number
  bytes: number
  /** New to the store. */
  events: number
  /** In the store already, or more than once in the files. */
  duplicates: number
  /** Records that could not be kept, and why. */
  bad: number
  badReasons: { reason: string; records: number; first: string }[]
  /** Files or parts of files that could not be read. */
  skipped: Skipped[]
  /** Secret access keys that were taken out, by their shape. */
  painted: number
}

/** How many files are opened ahead of the one that is read. */
const AHEAD = 4
/** And how many bytes they may have, packed: unpacked they take ten times that. */
const AHEAD_BYTES = 4 * 1024 * 1024
/** Bytes of a file that are split at a time. */
const PIECE = 1024 * 1024
/** Chunks from one checkpoint to the next. */
const CHECKPOINT = 4
/** Rejected records that are kept aside one by one; more are only counted. */
const MOST_REJECTED = 10_000

/**
 * Reads log files into the store at `folder`.
 * @throws KeyreeveError when another ingest is running, or the store is damaged
 */
export async function ingest(
  folder: string,
  files: Iterable<LogFile> | AsyncIterable<LogFile>,
  options: IngestOptions = {},
): Promise<IngestReport> {
  const store = await openForWriting(folder)
  try {
    const threads = options.threads ?? availableParallelism()
    const faults: { onFault: (chunk: Chunk, record: number) => void } = { onFault() {} }
    const loader = await Loader.open(store, {
      threads,
      memoryMegabytes: 256 + 64 * threads,
      awsRanges: options.awsRanges ?? null,
      chunkBytes: options.chunkBytes ?? CHUNK_BYTES,
      onFault: (...of) => faults.onFault(...of),
    })
    try {
      const ingesting = new Ingest(store, loader, options)
      faults.onFault = (...of) => ingesting.takeAgain(...of)
      return await ingesting.run(files)
    } finally {
      loader.close()
    }
  } finally {
    await store.close()
  }
}

class Ingest implements RecordTaker {
  private readonly store: StoreWriter
  private readonly loader: Loader
  private readonly options: IngestOptions
  private chunk: Chunk
  /** Chunks to be written. */
  private readonly full: Chunk[] = []
  private readonly writing = new Set<Promise<void>>()
  private written: StoredFile[] = []
  /** A chunk could not be written: its files must not count as read. */
  private failure: { because: unknown } | null = null
  private sinceCheckpoint = 0
  private readonly reasons = new Map<string, { records: number; first: string }>()
  private rejected: object[] = []
  private states: FileState[] = []
  /** Bytes that were read since the last pause. */
  private unpaused = 0
  private readonly report: IngestReport = {
    files: 0,
    unchanged: 0,
    bytes: 0,
    events: 0,
    duplicates: 0,
    bad: 0,
    badReasons: [],
    skipped: [],
    painted: 0,
  }

  constructor(store: StoreWriter, loader: Loader, options: IngestOptions) {
    this.store = store
    this.loader = loader
    this.options = options
    this.chunk = loader.newChunk()
  }

  async run(files: Iterable<LogFile> | AsyncIterable<LogFile>): Promise<IngestReport> {
    try {
      await this.readAll(this.unseen(files))
    } catch (error) {
      // credentials that expire, Ctrl-C: what came so far is not asked for again
      if (this.options.checkpoints && this.failure === null) await this.finish()
      // the database must not be closed, nor its files removed, while it writes
      await Promise.allSettled(this.writing)
      throw error
    }
    await this.finish().catch(async (error: unknown) => {
      await Promise.allSettled(this.writing)
      throw error
    })
    const { report } = this
    report.events = this.loader.events
    report.duplicates = this.loader.duplicates
    report.badReasons = [...this.reasons]
      .map(([reason, of]) => ({ reason, ...of }))
      .sort((a, b) => b.records - a.records)
    return report
  }

  private async readAll(files: AsyncIterable<LogFile>): Promise<void> {
    for await (const { file, content } of openedAhead(files)) {
      this.options.signal?.throwIfAborted()
      await this.read(file, content)
      this.options.onProgress?.(this.report.files, file.name)
    }
  }

  private async finish(): Promise<void> {
    // what the database does not understand comes back and is tried once more
    do {
      this.nextChunk()
      await this.drain()
    } while (this.chunk.records + this.chunk.duplicates > 0)
    await this.commit()
  }

  private async *unseen(files: Iterable<LogFile> | AsyncIterable<LogFile>): AsyncIterable<LogFile> {
    for await (const file of files) {
      if (this.store.has(file.name, file.version)) this.report.unchanged++
      else yield file
    }
  }

  private async read(file: LogFile, content: Opened['content']): Promise<void> {
    if (content instanceof Error) {
      this.report.skipped.push({ what: file.name, why: reasonOf(content) })
      return
    }
    const state: FileState = { file, events: 0, bad: 0 }
    this.report.files++
    this.report.bytes += file.size
    let whole = true
    if (!Buffer.isBuffer(content)) whole = await this.readPieces(content, state)
    else if (!(await readLogFile(content, state, this))) whole = await this.readPieces(piecesOf(content), state)
    if (Buffer.isBuffer(content)) release(content)
    // what is cut off may be whole another time
    if (whole) this.states.push(state)
    this.unpaused += file.size
    if (this.unpaused > PIECE / 8) await this.pause()
  }

  private async readPieces(pieces: Iterable<Buffer> | AsyncIterable<Buffer>, state: FileState): Promise<boolean> {
    const splitter = readAnyFile(state, this)
    try {
      for await (const piece of pieces) {
        splitter.write(piece)
        await this.pause()
      }
    } catch (error) {
      const why = reasonOf(error)
      splitter.end(why)
      this.report.skipped.push({ what: `${state.file.name}, what follows event ${state.events}`, why })
      return false
    }
    splitter.end()
    return true
  }

  room(bytes: number, records?: number): Chunk {
    if (!this.chunk.fits(bytes, records)) this.nextChunk()
    return this.chunk
  }

  private nextChunk(): void {
    this.loader.seal(this.chunk)
    this.full.push(this.chunk)
    this.chunk = this.loader.newChunk()
  }

  painted(count: number): void {
    this.report.painted += count
  }

  /** Writes what can be written, and waits while there is more than is good. */
  async pause(): Promise<void> {
    this.unpaused = 0
    while (this.full.length > 0) {
      if (this.writing.size >= this.loader.lanes) await this.oneWritten()
      else this.start(this.full.shift()!)
    }
    this.throwFailure()
    if (this.loader.isFull) await this.forget()
    if (this.options.checkpoints && this.sinceCheckpoint >= CHECKPOINT) await this.checkpoint()
    // the database asks for records in between
    if (this.writing.size > 0) await new Promise((resolve) => setImmediate(resolve))
  }

  /** The texts that many events have in common have become too many. */
  private async forget(): Promise<void> {
    this.nextChunk()
    await this.drain()
    if (this.chunk.records === 0) await this.loader.forget()
  }

  reject(state: FileState, reason: string, offset: number, bytes: number, facts: object): void {
    state.bad++
    this.report.bad++
    const file = state.file.name
    const known = this.reasons.get(reason)
    if (known) known.records++
    else this.reasons.set(reason, { records: 1, first: file })
    if (this.report.bad <= MOST_REJECTED) this.rejected.push({ file, offset, bytes, reason, ...facts })
  }

  private async drain(): Promise<void> {
    while (this.full.length > 0 || this.writing.size > 0) {
      if (this.full.length > 0 && this.writing.size < this.loader.lanes) this.start(this.full.shift()!)
      else await this.oneWritten()
    }
    this.throwFailure()
  }

  private async oneWritten(): Promise<void> {
    // it may have failed before anybody waited for it
    await Promise.race(this.writing).catch(() => {})
    this.throwFailure()
  }

  private throwFailure(): void {
    if (this.failure) throw this.failure.because
  }

  private start(chunk: Chunk): void {
    this.sinceCheckpoint++
    const writing = this.write(chunk).finally(() => this.writing.delete(writing))
    writing.catch((error: unknown) => {
      this.failure ??= { because: error }
    })
    this.writing.add(writing)
  }

  private async write(chunk: Chunk): Promise<void> {
    this.written.push(...(await this.loader.write(chunk)))
  }

  /** A record that the database does not understand is written anew, if that makes it another. */
  takeAgain(chunk: Chunk, record: number): void {
    const kept = chunk.bytesOf(record)
    const id = Buffer.from(chunk.idOf(record))
    chunk.forgetId(record)
    const line = Buffer.from(toLine(chunk.wholeOf(record) as Record))
    if (!line.equals(kept)) {
      this.room(line.length).addAgain(chunk, record, line, id)
      return
    }
    const { state, offset, bytes } = chunk.originOf(record)
    state.events--
    this.reject(state, 'not understood by the database', offset, bytes, {})
  }

  /** Makes what was read so far part of the store, but for the chunk that is being filled and its files. */
  private async checkpoint(): Promise<void> {
    this.nextChunk()
    await this.drain()
    await this.commit()
  }

  private async commit(): Promise<void> {
    this.sinceCheckpoint = 0
    const sources: IngestedSource[] = this.states.map(({ file, events, bad }) => ({
      name: file.name,
      version: file.version,
      events,
      bad,
    }))
    await this.store.commit(this.written.splice(0), sources, this.rejected)
    this.loader.committed()
    this.states = []
    this.rejected = []
  }
}

function* piecesOf(content: Buffer): Iterable<Buffer> {
  for (let from = 0; from < content.length; from += PIECE) yield content.subarray(from, from + PIECE)
}

interface Opened {
  file: LogFile
  content: Buffer | AsyncIterable<Buffer> | Error
}

/** Opens some files ahead, and gives them in order; those that are open also when there come no more. */
async function* openedAhead(files: AsyncIterable<LogFile>): AsyncIterable<Opened> {
  const ahead: Promise<Opened>[] = []
  const sizes: number[] = []
  let ended: { because: unknown } | null = null
  try {
    for await (const file of files) {
      ahead.push(
        open(file).then(
          (content) => ({ file, content }),
          (error: unknown) => ({ file, content: error instanceof Error ? error : new Error('unknown error') }),
        ),
      )
      sizes.push(file.size)
      while (ahead.length >= AHEAD || (ahead.length > 1 && sum(sizes) > AHEAD_BYTES)) {
        sizes.shift()
        yield await ahead.shift()!
      }
    }
  } catch (error) {
    ended = { because: error }
  }
  for (const opened of ahead) yield await opened
  if (ended) throw ended.because
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function reasonOf(error: unknown): string {
  if (error instanceof CutOffError || error instanceof RefusedError) return error.message
  const { code, name } = error as NodeJS.ErrnoException
  return `reading it failed (${code ?? name})`
}
