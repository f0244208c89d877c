/** The engine beyond one machine: Amazon Athena over the same Parquet in S3, or over the raw log files of a trail. */
import { type Engine, type Params, type Row, render, type Value } from './engine.ts'

/** Runs one statement; `src/aws/athena.ts` is the one that calls AWS. */
export type AthenaRunner = (
  sql: string,
  signal?: AbortSignal,
) => Promise<{ columns: { name: string; type: string }[]; rows: (string | null)[][]; bytesScanned: number }>

export interface AthenaEngine extends Engine {
  /** What was asked so far, and what AWS charges by. */
  readonly scanned: { queries: number; bytes: number }
  /** Counts a query that gave no answer and is to be paid for. */
  count(bytes: number): void
}

/**
 * @param events how the SQL calls the table of events: a name (see {@link tableName}), or a query in brackets
 */
export function openAthena(run: AthenaRunner, events: string): AthenaEngine {
  const scanned = { queries: 0, bytes: 0 }
  const count = (bytes: number) => {
    scanned.queries++
    scanned.bytes += bytes
  }
  return {
    name: 'athena',
    scanned,
    count,
    async query(sql: string, params: Params = {}, signal?: AbortSignal): Promise<Row[]> {
      signal?.throwIfAborted()
      const { columns, rows, bytesScanned } = await run(render(sql, params, events), signal)
      count(bytesScanned)
      return rows.map((row) =>
        Object.fromEntries(columns.map(({ name, type }, i) => [name, parsed(row[i] ?? null, type)])),
      )
    },
    async close() {},
  }
}

/** `database.table`, quoted. */
export function tableName(database: string, table: string): string {
  return `"${database.replaceAll('"', '""')}"."${table.replaceAll('"', '""')}"`
}

/** The value of a text as Athena writes it, as the other engine gives it. */
function parsed(text: string | null, type: string): Value {
  if (text === null) return null
  switch (type.toLowerCase()) {
    case 'boolean':
      return text === 'true'
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'int':
    case 'bigint':
    case 'float':
    case 'real':
    case 'double':
    case 'decimal':
      return Number(text)
    case 'timestamp':
      return new Date(`${text.replace(' ', 'T').slice(0, 23)}Z`).toISOString()
    default:
      return text
  }
}

/** US dollars a terabyte scanned, in most regions: https://aws.amazon.com/athena/pricing/ */
const DOLLARS_A_TERABYTE = 5
/** Each query counts for ten megabytes at least. */
const LEAST_BYTES = 10 * 1024 * 1024

/** `3 queries scanned 41.3 MB, about 0.0003 USD`; prices differ by region. */
export function costOf({ queries, bytes }: AthenaEngine['scanned']): string {
  const charged = Math.max(bytes, queries * LEAST_BYTES)
  const dollars = (charged / 1024 ** 4) * DOLLARS_A_TERABYTE
  const price = dollars < 0.01 ? dollars.toFixed(4) : dollars.toFixed(2)
  return `${queries} ${queries === 1 ? 'query' : 'queries'} scanned ${sizeOf(bytes)}, about ${price} USD at ${DOLLARS_A_TERABYTE} USD a terabyte`
}

function sizeOf(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let size = bytes
  let unit = 0
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000
    unit++
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`
}
