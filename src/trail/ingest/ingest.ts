/** Ingests log files into the store. */
import type { BlockList } from 'node:net'
import { availableParallelism } from 'node:os'
import { type IngestedSource, openForWriting, type StoreWriter } from '../store.ts'
import { Batch, type FileState } from './batch.ts'
import { Loader } from './loader.ts'
import type { Skipped } from './local-files.ts'
import { CutOffError, type LogFile, open, RefusedError } from './log-file.ts'
import { addParsed, type RecordTaker, readAnyFile, readLogFile } from './read-records.ts'
import { paintSecrets } from './redact-bytes.ts'
import { RecordSplitter } from './split.ts'

export interface IngestOptions {
  /** Default: as many as there are cores. */
  threads?: number
  /** Makes what was read part of the store every so often, so that a long ingest goes on where it was cut off. */
  checkpoints?: boolean
  /** The ranges of AWS: only with them an address is known to be of AWS. */
  awsRanges?: BlockList | null
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
    const loader = await Loader.open(store, {
      threads,
      memoryMegabytes: 256 + 128 * threads,
      awsRanges: options.awsRanges ?? null,
    })
    try {
      return await new Ingest(store, loader, options).run(files)
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
  private batch = new Batch()
  /** A batch could not be loaded: its files must not count as read. */
  private hasLost = false
  /** Batches that wait, or are being loaded. */
  private readonly queue: Batch[] = []
  private readonly loading = new Set<Promise<void>>()
  private readonly reasons = new Map<string, { records: number; first: string }>()
  private rejected: object[] = []
  private states: FileState[] = []
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
  }

  async run(files: Iterable<LogFile> | AsyncIterable<LogFile>): Promise<IngestReport> {
    try {
      await this.readAll(this.unseen(files))
    } catch (error) {
      // credentials that expire, Ctrl-C: what came so far is not asked for again
      if (this.options.checkpoints && !this.hasLost) await this.finish()
      throw error
    }
    await this.finish()
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
    this.enqueue()
    await this.drain()
    await this.checkpoint()
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
    else if (!readLogFile(content, state, this)) {
      const splitter = readAnyFile(state, this)
      splitter.write(content)
      splitter.end()
    }
    // what is cut off may be whole another time
    if (whole) this.states.push(state)
    await this.makeRoom()
  }

  private async readPieces(pieces: AsyncIterable<Buffer>, state: FileState): Promise<boolean> {
    const splitter = readAnyFile(state, this)
    try {
      for await (const piece of pieces) {
        splitter.write(piece)
        await this.makeRoom()
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

  room(bytes: number): Batch {
    if (!this.batch.fits(bytes)) {
      this.enqueue()
      this.batch = new Batch(bytes)
    }
    return this.batch
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

  private enqueue(): void {
    if (this.batch.records > 0) this.queue.push(this.batch)
    this.batch = new Batch()
  }

  /** Starts what can be started, and waits while there is more than is good. */
  private async makeRoom(): Promise<void> {
    while (this.queue.length > 0) {
      if (this.loader.full) {
        await Promise.all(this.loading)
        await this.flush()
      }
      if (this.loading.size >= this.loader.lanes) await Promise.race(this.loading)
      else this.start(this.queue.shift()!)
    }
  }

  private async drain(): Promise<void> {
    await this.makeRoom()
    await Promise.all(this.loading)
    await this.loader.flush()
  }

  private async flush(): Promise<void> {
    await this.loader.flush()
    if (this.options.checkpoints) await this.checkpoint()
  }

  private start(batch: Batch): void {
    const loading = this.load(batch).finally(() => this.loading.delete(loading))
    // a failure is met where the load is waited for
    loading.catch(() => {
      this.hasLost = true
    })
    this.loading.add(loading)
  }

  private async load(batch: Batch): Promise<void> {
    const list = batch.list()
    this.report.painted += paintSecrets(list)
    if ((await this.loader.load(list, batch.records)) === 'loaded') return
    await this.loadCarefully(batch)
  }

  /** Something in the batch is wrong: each record is parsed, and what is wrong is set aside. */
  private async loadCarefully(batch: Batch): Promise<void> {
    const clean: Batch[] = [new Batch()]
    const taker: RecordTaker = {
      room(bytes) {
        if (!clean.at(-1)!.fits(bytes)) clean.push(new Batch(bytes))
        return clean.at(-1)!
      },
      reject: (...of) => this.reject(...of),
    }
    for (const piece of batch.pieces) {
      const { state, offset, records } = piece
      state.events -= records
      const splitter = new RecordSplitter({
        record: (bytes, at) => addParsed(bytes, offset + at, state, taker),
        bad: (reason, at, bytes) => this.reject(state, reason, offset + at, bytes, {}),
      })
      splitter.write(batch.recordsOf(piece))
      splitter.end()
    }
    for (const part of clean) await this.loadHalving(part, part.pieces)
  }

  /** What JavaScript takes for JSON and the database does not: found by halving. */
  private async loadHalving(batch: Batch, pieces: Batch['pieces']): Promise<void> {
    if (pieces.length === 0) return
    if ((await this.loader.load(batch.list(pieces), pieces.length)) === 'loaded') return
    if (pieces.length === 1) {
      const { state, offset, from, to } = pieces[0]!
      state.events--
      this.reject(state, 'not understood by the database', offset, to - from, {})
      return
    }
    const half = pieces.length >> 1
    await this.loadHalving(batch, pieces.slice(0, half))
    await this.loadHalving(batch, pieces.slice(half))
  }

  private async checkpoint(): Promise<void> {
    const sources: IngestedSource[] = this.states.map(({ file, events, bad }) => ({
      name: file.name,
      version: file.version,
      events,
      bad,
    }))
    await this.store.commit(this.loader.takeFiles(), sources, this.rejected)
    this.states = []
    this.rejected = []
  }
}

interface Opened {
  file: LogFile
  content: Buffer | AsyncIterable<Buffer> | Error
}

/** Opens some files ahead, and gives them in order; those that are open also when there come no more. */
async function* openedAhead(files: AsyncIterable<LogFile>): AsyncIterable<Opened> {
  const ahead: Promise<Opened>[] = []
  let ended: { because: unknown } | null = null
  try {
    for await (const file of files) {
      ahead.push(
        open(file).then(
          (content) => ({ file, content }),
          (error: unknown) => ({ file, content: error instanceof Error ? error : new Error('unknown error') }),
        ),
      )
      if (ahead.length >= AHEAD) yield await ahead.shift()!
    }
  } catch (error) {
    ended = { because: error }
  }
  for (const opened of ahead) yield await opened
  if (ended) throw ended.because
}

function reasonOf(error: unknown): string {
  if (error instanceof CutOffError || error instanceof RefusedError) return error.message
  const { code, name } = error as NodeJS.ErrnoException
  return `reading it failed (${code ?? name})`
}
