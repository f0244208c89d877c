/** The embedded engine: DuckDB over the Parquet files of the store. */
import { availableParallelism, totalmem } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import {
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBListValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { KeyreeveError } from '../../model/errors.ts'
import { COLUMNS, PARTITION } from '../columns.ts'
import { type Engine, literal, type Row, render, type Value } from './engine.ts'
import { openInstance } from './instance.ts'
import { MACROS } from './macros.ts'

/** What an engine needs to know of a store. */
export interface EventFiles {
  /** Absolute paths of Parquet files, each in a folder `day=2026-01-31`. */
  files: readonly string[]
}

export interface DuckDbOptions {
  /** Default: as many as there are cores. */
  threads?: number
  /** For the queries, in megabytes. Default: a quarter of what there is, and 2,000 at least. */
  memoryMegabytes?: number
  /** Where what does not fit goes. Default: nowhere. */
  spillFolder?: string
}

/** Opens the events of a store for questions. */
export async function openDuckDb(store: EventFiles, options: DuckDbOptions = {}): Promise<Engine> {
  const instance = await openInstance({
    threads: options.threads ?? availableParallelism(),
    memoryMegabytes: options.memoryMegabytes ?? quarterOfMemory(),
    spillFolder: options.spillFolder ?? null,
  })
  const connection = await instance.connect()
  const close = () => {
    connection.closeSync()
    instance.closeSync()
  }
  try {
    await connection.run(`CREATE VIEW ${EVENTS} AS ${selectFrom(store.files)};${MACROS}`)
  } catch (error) {
    close()
    throw queryFault(error)
  }
  return engineOver(connection, close)
}

/** A limit, not what is used: most questions need some hundred megabytes, those over tens of millions of events more. */
function quarterOfMemory(): number {
  // of a container; 0, or more than the machine has: there is no such limit
  const constrained = process.constrainedMemory() || Number.POSITIVE_INFINITY
  return Math.max(2000, Math.floor(Math.min(constrained, totalmem()) / 4e6))
}

/** What queries call the view over the files. */
const EVENTS = 'events'

/**
 * An engine over a connection that has a table or view {@link EVENTS}.
 * @param close ends what the connection belongs to
 */
export function engineOver(connection: DuckDBConnection, close: () => void): Engine {
  const underWay = new Set<Promise<unknown>>()
  let isClosed = false
  const interrupt = () => connection.interrupt()
  const interruptible = async <T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> => {
    signal?.throwIfAborted()
    if (isClosed) throw new Error('the engine is closed')
    signal?.addEventListener('abort', interrupt, { once: true })
    const working = work()
    underWay.add(working)
    try {
      return await working
    } catch (error) {
      signal?.throwIfAborted()
      throw queryFault(error)
    } finally {
      underWay.delete(working)
      signal?.removeEventListener('abort', interrupt)
    }
  }
  let tables = 0
  return {
    name: 'duckdb',
    query: (sql, params = {}, signal): Promise<Row[]> =>
      interruptible(signal, async () => {
        const reader = await connection.runAndReadAll(render(sql, params, EVENTS))
        return reader.getRowObjects().map(plainRow)
      }),
    keep: (sql, params = {}, signal) =>
      interruptible(signal, async () => {
        const table = `kept${tables++}`
        try {
          const made = await connection.runAndReadAll(`CREATE TEMP TABLE ${table} AS ${render(sql, params, EVENTS)}`)
          const rows = Number(made.getRows()[0]?.[0])
          const drop = () => interruptible(undefined, async () => void (await connection.run(`DROP TABLE ${table}`)))
          return { table, rows, drop }
        } catch (error) {
          if (error instanceof Error && OUT_OF_MEMORY.test(error.message)) return null
          throw error
        }
      }),
    async close() {
      if (isClosed) return
      isClosed = true
      // a query that finds its connection gone takes the process down; and of those that wait, only one is interrupted
      while (underWay.size > 0) {
        interrupt()
        await Promise.race([Promise.allSettled(underWay), setTimeout(20)])
      }
      close()
    },
  }
}

/** The files as one table; without files, an empty one. A file of an older version may lack the newer columns. */
function selectFrom(files: readonly string[]): string {
  if (files.length === 0)
    return `SELECT ${COLUMNS.map(({ name, duckdb }) => `CAST(NULL AS ${duckdb}) AS ${name}`).join(', ')} WHERE false`
  return `SELECT ${COLUMNS.map(({ name }) => name).join(', ')} FROM read_parquet([${files.map(literal).join(', ')}],
    hive_partitioning = true, hive_types = {'${PARTITION}': DATE})`
}

/** In place: answers may have a million rows. */
function plainRow(row: Record<string, DuckDBValue>): Row {
  const plainer = row as Row
  for (const name in row) plainer[name] = plain(row[name]!)
  return plainer
}

function plain(value: DuckDBValue): Value {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof DuckDBTimestampValue) return new Date(Number(value.micros / 1000n)).toISOString()
  if (value instanceof DuckDBDateValue) return new Date(value.days * 86_400_000).toISOString().slice(0, 10)
  if (value instanceof DuckDBListValue) return value.items.map((item) => String(plain(item))).join('\n')
  const number = Number(String(value))
  return Number.isFinite(number) ? number : String(value)
}

const OUT_OF_MEMORY = /out of memory/i

/** DuckDB's message may quote the data, the first line of an error of ours may not: only its kind is told. */
function queryFault(error: unknown): KeyreeveError {
  const message = error instanceof Error ? error.message : ''
  const kind = /^([A-Za-z -]+Error)/.exec(message)?.[1] ?? 'unknown error'
  if (OUT_OF_MEMORY.test(message))
    return new KeyreeveError('input', 'the question needs more memory than it may use', {
      cause: error,
      hint: 'ask about fewer days, with --since and --until',
    })
  return new KeyreeveError('input', `the events cannot be read (DuckDB: ${kind})`, {
    cause: error,
    hint: 'if a file of the store is damaged or gone, remove the store and ingest again',
  })
}
