/** From batches of records to the Parquet files of the store, through an in-memory database. */
import type { BlockList } from 'node:net'
import type { DuckDBConnection, DuckDBInstance, DuckDBPreparedStatement } from '@duckdb/node-api'
import { literal } from '../engines/engine.ts'
import { openInstance } from '../engines/instance.ts'
import { actionOf } from '../names/actions.ts'
import { agentFamily } from '../names/agents.ts'
import { networkOf } from '../names/networks.ts'
import { PASSED_ROLES } from '../names/passed-roles.ts'
import { servicePrefix } from '../names/services.ts'
import type { StoredFile, StoreWriter } from '../store.ts'
import { EVENTS, LOAD, LOADED_TABLE } from './record-sql.ts'
import { textWithoutSecrets } from './secrets-sql.ts'

/** Events that are sorted and written together. */
const CHUNK = 150_000
/** Names, addresses and agents that are remembered from one chunk to the next. */
const REMEMBERED = 300_000
/** Days in a chunk beyond which its rows are made before they are parted. */
const MANY_DAYS = 3

export interface LoaderOptions {
  threads: number
  memoryMegabytes: number
  awsRanges: BlockList | null
}

/** A connection, and the statement that loads a batch on it: it is large, and planned once. */
interface Lane {
  connection: DuckDBConnection
  insert: DuckDBPreparedStatement
}

/** What a batch turned out to be. */
export type Loaded = 'loaded' | 'bad'

export class Loader {
  private readonly instance: DuckDBInstance
  private readonly main: DuckDBConnection
  private readonly idle: Lane[]
  private readonly store: StoreWriter
  private readonly awsRanges: BlockList | null
  private waiting = 0
  /** Files written so far and not yet committed, by day. */
  private readonly written: StoredFile[] = []
  private readonly absolute = new Map<string, string[]>()
  events = 0
  duplicates = 0

  private constructor(instance: DuckDBInstance, lanes: Lane[], store: StoreWriter, awsRanges: BlockList | null) {
    this.instance = instance
    this.main = lanes[0]!.connection
    this.idle = lanes
    this.store = store
    this.awsRanges = awsRanges
  }

  static async open(store: StoreWriter, { threads, memoryMegabytes, awsRanges }: LoaderOptions): Promise<Loader> {
    const instance = await openInstance({ threads, memoryMegabytes, spillFolder: store.staging })
    const main = await instance.connect()
    await main.run(LOADED_TABLE)
    await main.run(`
      CREATE TABLE names (event_source VARCHAR, event_name VARCHAR, service VARCHAR, action VARCHAR, passes VARCHAR[]);
      CREATE TABLE addresses (source_ip VARCHAR, network VARCHAR, ip_class VARCHAR);
      CREATE TABLE agents (user_agent VARCHAR, agent_family VARCHAR, shown VARCHAR);`)
    const lanes: Lane[] = []
    for (let i = 0; i < threads; i++) {
      const connection = i === 0 ? main : await instance.connect()
      lanes.push({ connection, insert: await connection.prepare(LOAD) })
    }
    return new Loader(instance, lanes, store, awsRanges)
  }

  /** How many batches may be loaded at the same time. */
  get lanes(): number {
    return this.idle.length
  }

  /**
   * Loads records, a list in JSON, all or none.
   * @returns `bad`: one of them is not JSON, or lacks what an event needs; nothing was loaded
   */
  async load(content: Uint8Array, records: number): Promise<Loaded> {
    const lane = this.idle.pop()!
    try {
      lane.insert.bindBlob(1, content)
      if ((await lane.insert.run()).rowsChanged !== records) throw new Error('a record was lost')
      this.waiting += records
      return 'loaded'
    } catch (error) {
      if (IS_FAULT.test(String(error))) throw error
      return 'bad'
    } finally {
      this.idle.push(lane)
    }
  }

  /** Whether it is time for {@link flush}. */
  get full(): boolean {
    return this.waiting >= CHUNK
  }

  /** Writes what was loaded to files, sorted, each event once. No load may be running. */
  async flush(): Promise<void> {
    if (this.waiting === 0) return
    await this.dropRepeated()
    await this.learnNames()
    const days = await rowsOf(this.main, DAYS)
    // the statement is large: of many days it is worth making the rows once
    const kind = days.length > MANY_DAYS ? 'TABLE' : 'VIEW'
    await this.main.run(`CREATE TEMP ${kind} ready AS ${EVENTS}`)
    for (const [day, count, from, to] of days) await this.writeDay(day!, Number(count), from!, to!)
    await this.main.run(`DROP ${kind} ready; DROP TABLE loaded; ${LOADED_TABLE}`)
    this.waiting = 0
  }

  /** Of events that are in this chunk twice, one stays. */
  private async dropRepeated(): Promise<void> {
    const [repeated] = await rowsOf(this.main, 'SELECT count(*) - count(DISTINCT event_id) FROM loaded')
    const count = Number(repeated![0])
    if (count === 0) return
    this.duplicates += count
    await this.main.run('DELETE FROM loaded WHERE rowid NOT IN (SELECT min(rowid) FROM loaded GROUP BY event_id)')
  }

  private async writeDay(day: string, offered: number, from: string, to: string): Promise<void> {
    const known = [...this.store.filesOf(day), ...(this.absolute.get(day) ?? [])]
    const { path, absolute } = await this.store.newFile(day)
    const times = `event_time >= CAST(${literal(from)} AS TIMESTAMP) AND event_time <= CAST(${literal(to)} AS TIMESTAMP)`
    // their own times say which of the files can have any of these events
    const unknown =
      known.length === 0
        ? ''
        : `ANTI JOIN (SELECT event_id FROM read_parquet([${known.map(literal).join(', ')}], hive_partitioning = false)
            WHERE ${times}) known ON known.event_id = ready.event_id`
    const { rowsChanged: events } =
      await this.main.run(`COPY (SELECT * EXCLUDE (day) FROM ready ${unknown} WHERE ${times} ORDER BY access_key_id, event_time, event_id)
      TO ${literal(absolute)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 30720)`)
    this.duplicates += offered - events
    this.events += events
    if (events === 0) return
    this.written.push({ path, day, events })
    this.absolute.set(day, [...(this.absolute.get(day) ?? []), absolute])
  }

  /** The files written since the last call. They are to be committed, or the next chunks do not find them. */
  takeFiles(): StoredFile[] {
    this.absolute.clear()
    return this.written.splice(0)
  }

  /** Works out what each new name, address and agent means. */
  private async learnNames(): Promise<void> {
    await this.learn('names', ['event_source', 'event_name'], ([source, name]) => {
      const action = actionOf(source!, name!)
      const passes = action === null ? undefined : PASSED_ROLES[action]
      return {
        event_source: source,
        event_name: name,
        service: servicePrefix(source!),
        action,
        passes: passes ? passes.map((path) => `$.${path}`) : null,
      }
    })
    await this.learn('addresses', ['source_ip'], ([source]) => {
      const { network, ipClass } = networkOf(source!, this.awsRanges)
      return { source_ip: source, network, ip_class: ipClass }
    })
    await this.learn('agents', ['user_agent'], ([agent]) => ({
      user_agent: agent,
      agent_family: agentFamily(agent!),
      shown: textWithoutSecrets(agent!),
    }))
  }

  private async learn(table: string, keys: string[], meaning: (row: (string | null)[]) => object): Promise<void> {
    const [known] = await rowsOf(this.main, `SELECT count(*) FROM ${table}`)
    if (Number(known![0]) > REMEMBERED) await this.main.run(`DELETE FROM ${table}`)
    const columns = keys.join(', ')
    const rows = await rowsOf(
      this.main,
      `SELECT DISTINCT ${columns} FROM loaded l ANTI JOIN ${table} t USING (${columns}) WHERE ${keys.at(-1)} IS NOT NULL`,
    )
    if (rows.length === 0) return
    const types = { ...Object.fromEntries(TABLES[table]!.map((name) => [name, 'VARCHAR'])), passes: ['VARCHAR'] }
    const structure = [Object.fromEntries(TABLES[table]!.map((name) => [name, types[name as keyof typeof types]]))]
    await this.main.run(
      `INSERT INTO ${table} SELECT unnest(json_transform($1, ${literal(JSON.stringify(structure))}), max_depth := 2)`,
      [JSON.stringify(rows.map(meaning))],
    )
  }

  close(): void {
    for (const { connection, insert } of this.idle) {
      insert.destroySync()
      connection.closeSync()
    }
    this.instance.closeSync()
  }
}

const TABLES: Record<string, string[]> = {
  names: ['event_source', 'event_name', 'service', 'action', 'passes'],
  addresses: ['source_ip', 'network', 'ip_class'],
  agents: ['user_agent', 'agent_family', 'shown'],
}

/** DuckDB's errors that do not come from the records. */
const IS_FAULT =
  /^Error: (?:a record was lost|(?:Out of Memory|IO|INTERNAL|FATAL|INTERRUPT|Connection|TransactionContext|Binder) Error)/i

const DAYS = `SELECT CAST(CAST(event_time AS DATE) AS VARCHAR), count(*), CAST(min(event_time) AS VARCHAR), CAST(max(event_time) AS VARCHAR)
  FROM loaded GROUP BY 1 ORDER BY 1`

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<(string | null)[][]> {
  const reader = await connection.runAndReadAll(sql)
  return reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value))))
}
