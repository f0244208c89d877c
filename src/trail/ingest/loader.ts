/** From chunks of records to the Parquet files of the store, through an in-memory database. */
import { mkdir, rename, rm } from 'node:fs/promises'
import type { BlockList } from 'node:net'
import { join } from 'node:path'
import type { DuckDBConnection, DuckDBInstance, DuckDBPreparedStatement } from '@duckdb/node-api'
import { KeyreeveError } from '../../model/errors.ts'
import { literal } from '../engines/engine.ts'
import { openInstance } from '../engines/instance.ts'
import { actionOf, versionActionOf } from '../names/actions.ts'
import { agentFamily } from '../names/agents.ts'
import { networkOf } from '../names/networks.ts'
import { PASSED_ROLES } from '../names/passed-roles.ts'
import { rulesFor } from '../names/resources.ts'
import { servicePrefix } from '../names/services.ts'
import type { StoredFile, StoreWriter } from '../store.ts'
import { Chunk, MOST_RECORDS } from './chunk.ts'
import { giveTables, type Part } from './given-tables.ts'
import { eventsOf, faultsOf, knownOf, LONGEST_TEXT, NAMES } from './record-sql.ts'
import { textWithoutSecrets } from './secrets-sql.ts'
import { Vocabulary } from './vocabulary.ts'

/** The days are sorted by key: of one key, only the row groups that have it are unpacked. */
const FORMAT = 'FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 10240'
/** Node.js has four threads for such work, and one has to be left for reading. */
const MOST_LANES = 3
const DAY = 86_400

export interface LoaderOptions {
  threads: number
  memoryMegabytes: number
  awsRanges: BlockList | null
  chunkBytes: number
  /** A record that the database does not understand: it is not in the store. */
  onFault: (chunk: Chunk, record: number) => void
}

interface Lane {
  connection: DuckDBConnection
  /** Its number, for the table function. */
  number: number
  /** What {@link giveTables} gives. */
  part: Part | null
  /** Planned once: to plan one takes some hundredths of a second. */
  readonly planned: Map<string, DuckDBPreparedStatement>
}

/**
 * Days in a chunk beyond which they are written by one statement, which parts them: that takes longer by the event, but
 * less by the day.
 */
const MANY_DAYS = 3
/** Days that one statement parts: for each, it holds some megabytes. */
const MOST_DAYS = 32

export class Loader {
  private readonly instance: DuckDBInstance
  private readonly main: DuckDBConnection
  private readonly all: readonly Lane[]
  private readonly idle: Lane[]
  private readonly waiting: ((lane: Lane) => void)[] = []
  private readonly store: StoreWriter
  private readonly options: LoaderOptions
  private readonly vocabulary = new Vocabulary()
  /** How much of the vocabulary the database has. */
  private readonly learnt = { calls: 0, addresses: 0, agents: 0 }
  private learning: Promise<void> = Promise.resolve()
  /** Chunks that are full, until they are written. */
  private readonly sealed = new Set<Chunk>()
  private readonly spare: Chunk[] = []
  // what sorting a chunk needs, kept: made anew for each, it would have the garbage collector run all the time
  private readonly order = new Float64Array(MOST_RECORDS)
  private readonly used = new Uint32Array(MOST_RECORDS)
  private rank = new Int32Array(MOST_RECORDS)
  /** Files written so far, by day: those that are not committed yet, too. */
  private readonly absolute = new Map<string, string[]>()
  readonly lanes: number
  events = 0
  duplicates = 0

  private constructor(
    instance: DuckDBInstance,
    main: DuckDBConnection,
    lanes: Lane[],
    store: StoreWriter,
    options: LoaderOptions,
  ) {
    this.instance = instance
    this.main = main
    this.all = lanes
    this.idle = [...lanes]
    this.lanes = lanes.length
    this.store = store
    this.options = options
  }

  static async open(store: StoreWriter, options: LoaderOptions): Promise<Loader> {
    const { threads, memoryMegabytes } = options
    // each statement runs on the thread that waits for it: with others to help, that one would spin
    const instance = await openInstance({ threads: 1, memoryMegabytes, spillFolder: store.staging })
    const main = await instance.connect()
    await main.run(NAMES)
    // each row has one partner at most, and the tables are small: as they stand they keep the order of the rows. What
    // is in the tables when a statement is planned is not what will be
    await main.run(
      "SET GLOBAL disabled_optimizers = 'join_order,build_side_probe_side,statistics_propagation,empty_result_pullup'",
    )
    const lanes: Lane[] = []
    await giveTables(main, (lane) => lanes[lane]!.part!)
    for (let i = 0; i < Math.min(threads, MOST_LANES); i++) {
      const connection = await instance.connect()
      lanes.push({ connection, number: i, part: null, planned: new Map() })
    }
    return new Loader(instance, main, lanes, store, options)
  }

  /** A chunk to be filled. */
  newChunk(): Chunk {
    return this.spare.pop() ?? new Chunk(this.vocabulary, this.sealed, this.options.chunkBytes)
  }

  /** The chunk is full: what is in it is known to all that are filled from now on. */
  seal(chunk: Chunk): void {
    this.sealed.add(chunk)
  }

  /** Whether the vocabulary has grown so large that {@link forget} should be called. */
  get isFull(): boolean {
    return this.vocabulary.isLarge
  }

  /** Forgets all texts. No chunk may have records. */
  async forget(): Promise<void> {
    this.vocabulary.clear()
    for (const table of ['calls', 'addresses', 'agents'] as const) {
      this.learnt[table] = 0
      await this.main.run(`DELETE FROM ${table}`)
    }
  }

  /**
   * Writes the records of a sealed chunk to files, sorted, each event once. The chunk is no longer the caller's.
   * @returns the files; they are to be committed
   */
  async write(chunk: Chunk): Promise<StoredFile[]> {
    this.duplicates += chunk.duplicates
    // one after the other: what one has learnt, the next relies on
    this.learning = this.learning.then(() => this.learnNames())
    await this.learning
    const writing = this.partsOf(chunk).map((part) => this.writePart(part))
    // when one fails, the database may be closed only after the others have ended
    await Promise.allSettled(writing)
    const written = await Promise.all(writing)
    this.sealed.delete(chunk)
    chunk.clear()
    this.spare.push(chunk)
    return written.flat()
  }

  /** By day, and within by access key and time. */
  private partsOf(chunk: Chunk): Part[] {
    const { micros, keys, records } = chunk
    this.rankKeys(chunk)
    const { order, rank } = this
    const counts = new Map<number, number>()
    for (let record = 0; record < records; record++) {
      const date = dateOf(micros[record]!)
      counts.set(date, (counts.get(date) ?? 0) + 1)
    }
    const dates = [...counts.keys()].sort((a, b) => a - b)
    const ends = new Map<number, number>()
    let start = 0
    for (const date of dates) {
      ends.set(date, start)
      start += counts.get(date)!
    }
    for (let record = 0; record < records; record++) {
      const date = dateOf(micros[record]!)
      const second = Math.floor(micros[record]! / 1e6) - date * DAY
      const end = ends.get(date)!
      // one number says it all: rank, second and record have 18, 17 and 17 bits
      order[end] = (rank[keys[record]!]! * 2 ** 17 + second) * 2 ** 17 + record
      ends.set(date, end + 1)
    }
    const parts = dates.map((date) => {
      const end = ends.get(date)!
      const inOrder = order.subarray(end - counts.get(date)!, end).sort()
      const numbers = new Uint32Array(inOrder.length)
      for (let i = 0; i < numbers.length; i++) numbers[i] = inOrder[i]! % 2 ** 17
      return { chunk, days: [dayOf(date * DAY * 1e6)], records: numbers }
    })
    if (parts.length <= MANY_DAYS) return parts
    const joined: Part[] = []
    for (let at = 0; at < parts.length; at += MOST_DAYS) joined.push(together(parts.slice(at, at + MOST_DAYS)))
    return joined
  }

  /** Sets where each access key of the chunk comes in their order, no key last. */
  private rankKeys({ keys, records }: Chunk): void {
    const texts = this.vocabulary.keys
    if (this.rank.length < texts.size) this.rank = new Int32Array(texts.size * 2)
    const { rank, used } = this
    let count = 0
    for (let record = 0; record < records; record++) rank[keys[record]!] = -1
    for (let record = 0; record < records; record++) {
      const key = keys[record]!
      if (rank[key] !== -1 || key === 0) continue
      rank[key] = 0
      used[count++] = key
    }
    const inOrder = used.subarray(0, count).sort((a, b) => texts.compare(a, b))
    for (let place = 0; place < count; place++) rank[inOrder[place]!] = place
    rank[0] = count
  }

  private async writePart(part: Part): Promise<StoredFile[]> {
    try {
      return await this.writeInLane(part)
    } catch (error) {
      if (NO_SPACE.test(String(error)))
        throw new KeyreeveError('output', 'there is no space left for the store', {
          cause: error,
          hint: 'make room and ingest again: what is in the store stays',
        })
      if (!IS_TOO_LARGE.test(String(error))) throw error
      if (part.records.length === 1)
        throw new KeyreeveError('output', `an event of ${part.days[0]} takes more memory than there is for it`, {
          cause: error,
          hint: 'what was read before is kept',
        })
      const [first, rest] = halvesOf(part)
      return [...(await this.writePart(first)), ...(await this.writePart(rest))]
    }
  }

  private async writeInLane(part: Part): Promise<StoredFile[]> {
    const lane = this.idle.pop() ?? (await new Promise<Lane>((take) => this.waiting.push(take)))
    try {
      return await this.copy(lane, part).catch(async (error: unknown) => {
        if (IS_FAULT.test(String(error))) throw error
        const sound = await this.withoutFaults(lane, part)
        // nothing was wrong with the records
        if (sound.records.length === part.records.length) throw error
        return this.copy(lane, sound)
      })
    } finally {
      lane.part = null
      const next = this.waiting.shift()
      if (next) next(lane)
      else this.idle.push(lane)
    }
  }

  private async copy(lane: Lane, all: Part): Promise<StoredFile[]> {
    const part = await this.withoutKnown(lane, all)
    if (part.records.length > 0) lane.part = part
    const stored =
      part.records.length === 0
        ? []
        : await (part.days.length === 1 ? this.writeDay(lane, part.days[0]!) : this.writeDays(lane))
    this.duplicates += all.records.length - part.records.length
    this.events += part.records.length
    return stored
  }

  private async writeDay(lane: Lane, day: string): Promise<StoredFile[]> {
    const file = join(this.store.staging, `lane-${lane.number}.parquet`)
    const statement = await planned(
      lane,
      `COPY (SELECT * EXCLUDE (day) FROM (${eventsOf(lane.number)})) TO ${literal(file)} (${FORMAT})`,
    )
    const { rowsChanged } = await statement.run()
    const { path, absolute } = await this.store.newFile(day)
    await rename(file, absolute)
    return [this.stored(day, path, absolute, rowsChanged)]
  }

  private async writeDays(lane: Lane): Promise<StoredFile[]> {
    const folder = join(this.store.staging, `lane-${lane.number}`)
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { mode: 0o700 })
    const statement = await planned(
      lane,
      `COPY (${eventsOf(lane.number)}) TO ${literal(folder)} (${FORMAT}, PARTITION_BY (day), RETURN_STATS true)`,
    )
    const files: StoredFile[] = []
    for (const [file, count] of textsOf((await statement.runAndReadAll()).getRows())) {
      const day = /day=(\d{4}-\d\d-\d\d)[/\\][^/\\]*$/.exec(file!)![1]!
      const { path, absolute } = await this.store.newFile(day)
      await rename(file!, absolute)
      files.push(this.stored(day, path, absolute, Number(count)))
    }
    return files
  }

  private stored(day: string, path: string, absolute: string, events: number): StoredFile {
    this.absolute.set(day, [...(this.absolute.get(day) ?? []), absolute])
    return { path, day, events }
  }

  /** Leaves out what is in files already. */
  private async withoutKnown(lane: Lane, part: Part): Promise<Part> {
    const { chunk, days, records } = part
    const files = days.flatMap((day) => [...this.store.filesOf(day), ...(this.absolute.get(day) ?? [])])
    if (files.length === 0 || records.length === 0) return part
    let [first, last] = [Number.POSITIVE_INFINITY, 0]
    for (const record of records) {
      first = Math.min(first, chunk.micros[record]!)
      last = Math.max(last, chunk.micros[record]!)
    }
    lane.part = part
    const rows = await rowsOf(lane.connection, knownOf(lane.number, files, first, last))
    if (rows.length === 0) return part
    const known = new Set(rows.map(([place]) => Number(place)))
    return { ...part, records: records.filter((_, place) => !known.has(place)) }
  }

  /** What JavaScript takes for JSON and the database does not. */
  private async withoutFaults(lane: Lane, part: Part): Promise<Part> {
    const rows = await rowsOf(lane.connection, faultsOf(lane.number))
    const faults = new Set(rows.map(([place]) => Number(place)))
    for (const place of faults) this.options.onFault(part.chunk, part.records[place]!)
    return { ...part, records: part.records.filter((_, place) => !faults.has(place)) }
  }

  /** All files are committed: the store knows them now. No chunk may be being written. */
  committed(): void {
    this.absolute.clear()
  }

  /** Works out what each new call, address and agent means. */
  private async learnNames(): Promise<void> {
    const { calls, addresses, agents } = this.vocabulary
    await this.learn('calls', calls.length, (number) => {
      const [source, name] = calls[number]!
      const action = actionOf(source, name)
      const passes = action === null ? undefined : PASSED_ROLES[action]
      const service = servicePrefix(source)
      return {
        event_source: source || null,
        event_name: name || null,
        service,
        rules: rulesFor(service, action),
        action,
        version_action: versionActionOf(action),
        passes: passes ? passes.map((path) => `$.${path}`) : null,
      }
    })
    await this.learn('addresses', addresses.size, (number) => {
      const source = start(addresses.textOf(number)) || null
      const { network, ipClass } = networkOf(source, this.options.awsRanges)
      return { source_ip: source, network, ip_class: ipClass }
    })
    await this.learn('agents', agents.size, (number) => {
      const agent = start(agents.textOf(number)) || null
      return { user_agent: agent && textWithoutSecrets(agent), agent_family: agentFamily(agent) }
    })
  }

  private async learn(table: keyof typeof TABLES, size: number, meaningOf: (number: number) => object): Promise<void> {
    const first = this.learnt[table]
    if (size === first) return
    this.learnt[table] = size
    const rows = Array.from({ length: size - first }, (_, i) => ({ number: first + i, ...meaningOf(first + i) }))
    await this.main.run(
      `INSERT INTO ${table} SELECT unnest(json_transform($1, ${literal(JSON.stringify([TABLES[table]]))}), max_depth := 2)`,
      [JSON.stringify(rows)],
    )
  }

  close(): void {
    for (const { planned } of this.all) for (const statement of planned.values()) statement.destroySync()
    for (const connection of [this.main, ...this.all.map((lane) => lane.connection)]) connection.closeSync()
    this.instance.closeSync()
  }
}

/** Some days as one part, in the same order. */
function together(parts: readonly Part[]): Part {
  const records = new Uint32Array(parts.reduce((sum, part) => sum + part.records.length, 0))
  let at = 0
  for (const part of parts) {
    records.set(part.records, at)
    at += part.records.length
  }
  return { chunk: parts[0]!.chunk, days: parts.flatMap(({ days }) => days), records }
}

/** Half the days, or half the records of a day, take half the memory. */
function halvesOf(part: Part): [Part, Part] {
  const { days, records } = part
  if (days.length > 1) {
    const half = days.length >> 1
    return [onlyDays(part, days.slice(0, half)), onlyDays(part, days.slice(half))]
  }
  const half = records.length >> 1
  return [
    { ...part, records: records.subarray(0, half) },
    { ...part, records: records.subarray(half) },
  ]
}

function onlyDays({ chunk, records }: Part, days: string[]): Part {
  const wanted = new Set(days)
  return { chunk, days, records: records.filter((record) => wanted.has(dayOf(chunk.micros[record]!))) }
}

function dateOf(micros: number): number {
  return Math.floor(micros / 1e6 / DAY)
}

function dayOf(micros: number): string {
  return new Date(dateOf(micros) * DAY * 1000).toISOString().slice(0, 10)
}

const TABLES = {
  calls: {
    number: 'INTEGER',
    event_source: 'VARCHAR',
    event_name: 'VARCHAR',
    service: 'VARCHAR',
    rules: 'VARCHAR',
    action: 'VARCHAR',
    version_action: 'VARCHAR',
    passes: ['VARCHAR'],
  },
  addresses: { number: 'INTEGER', source_ip: 'VARCHAR', network: 'VARCHAR', ip_class: 'VARCHAR' },
  agents: { number: 'INTEGER', user_agent: 'VARCHAR', agent_family: 'VARCHAR' },
}

function start(text: string): string {
  return text.length <= LONGEST_TEXT ? text : [...text].slice(0, LONGEST_TEXT).join('')
}

const IS_TOO_LARGE = /^Error: Out of Memory Error/i
const NO_SPACE = /No space left on device|not enough space on the disk/i
/** DuckDB's errors that do not come from the records. */
const IS_FAULT = /^Error: (?:Out of Memory|IO|INTERNAL|FATAL|INTERRUPT|Connection|TransactionContext|Binder) Error/i

/** The statement, which is planned when it is asked for first. */
async function planned({ connection, planned }: Lane, sql: string): Promise<DuckDBPreparedStatement> {
  const known = planned.get(sql)
  if (known) return known
  const statement = await connection.prepare(sql)
  planned.set(sql, statement)
  return statement
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<(string | null)[][]> {
  return textsOf((await connection.runAndReadAll(sql)).getRows())
}

function textsOf(rows: readonly (readonly unknown[])[]): (string | null)[][] {
  return rows.map((row) => row.map((value) => (value === null ? null : String(value))))
}
