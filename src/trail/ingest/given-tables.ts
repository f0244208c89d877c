/** The tables that the database asks for, in JavaScript: the records that a lane writes, and what they have in common. */
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import type { Chunk } from './chunk.ts'
import { COMMON, IDS, KINDS, type Kind, RECORDS } from './record-sql.ts'

/** Records in the order in which they are written. */
export interface Part {
  chunk: Chunk
  /** In order. */
  days: string[]
  records: Uint32Array
}

interface Vector {
  setItem(row: number, value: unknown): void
  flush(): void
}
type Vectors = readonly [Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector]

/** Rows, and how to write one to the columns. Bytes are copied when a column is flushed. */
interface Rows {
  count: number
  writer(columns: Vectors): (row: number, at: number) => void
}

interface Given {
  columns: readonly (readonly [name: string, type: 'BLOB' | 'DOUBLE' | 'INTEGER'])[]
  /** Whether the function is asked with a kind, besides the lane. */
  hasKind?: boolean
  rowsOf(part: Part, kind: Kind): Rows
}

const TABLES: { [name: string]: Given } = {
  [RECORDS]: {
    columns: [
      ['record', 'BLOB'],
      ['micros', 'DOUBLE'],
      ['created', 'DOUBLE'],
      ['call', 'INTEGER'],
      ['address', 'INTEGER'],
      ['agent', 'INTEGER'],
      ['caller', 'INTEGER'],
      ['setting', 'INTEGER'],
      ['place', 'INTEGER'],
    ],
    rowsOf({ chunk, records }) {
      const [callerOf, settingOf] = [chunk.commonNumbers('callers'), chunk.commonNumbers('settings')]
      return {
        count: records.length,
        writer:
          ([record, micros, created, call, address, agent, caller, setting, place]) =>
          (row, at) => {
            const number = records[at]!
            record.setItem(row, { bytes: chunk.bytesOf(number) })
            micros.setItem(row, chunk.micros[number]!)
            created.setItem(row, chunk.created[number]!)
            call.setItem(row, chunk.calls[number]!)
            address.setItem(row, chunk.addresses[number]!)
            agent.setItem(row, chunk.agents[number]!)
            caller.setItem(row, callerOf(number))
            setting.setItem(row, settingOf(number))
            place.setItem(row, at)
          },
      }
    },
  },
  [IDS]: {
    columns: [
      ['id', 'BLOB'],
      ['micros', 'DOUBLE'],
      ['place', 'INTEGER'],
    ],
    rowsOf: ({ chunk, records }) => ({
      count: records.length,
      writer:
        ([id, micros, place]) =>
        (row, at) => {
          const number = records[at]!
          id.setItem(row, { bytes: chunk.idOf(number) })
          micros.setItem(row, chunk.micros[number]!)
          place.setItem(row, at)
        },
    }),
  },
  [COMMON]: {
    columns: [
      ['number', 'INTEGER'],
      ['text', 'BLOB'],
    ],
    hasKind: true,
    rowsOf: ({ chunk, records }, kind) => {
      const numbers = distinctNumbers(chunk, records, kind)
      return {
        count: numbers.length,
        writer:
          ([number, text]) =>
          (row, at) => {
            number.setItem(row, numbers[at]!)
            text.setItem(row, { bytes: chunk.commonText(kind, numbers[at]!) })
          },
      }
    },
  },
}

/** Numbers of what the records have in common, each once: a chunk may be written in parts. */
function distinctNumbers(chunk: Chunk, records: Uint32Array, kind: Kind): number[] {
  const numberOf = chunk.commonNumbers(kind)
  const isThere = new Uint8Array(chunk.commonCount(kind))
  const numbers: number[] = []
  for (const record of records) {
    const number = numberOf(record)
    if (isThere[number] === 1) continue
    isThere[number] = 1
    numbers.push(number)
  }
  return numbers
}

/** Rows that the database takes at a time. */
const ROWS = 2048

/** Tells the database of the tables. @param partOf what a lane writes, when it is asked */
export async function giveTables(connection: DuckDBConnection, partOf: (lane: number) => Part): Promise<void> {
  const { DuckDBTableFunction, ...types } = await import('@duckdb/node-api')
  for (const [name, { columns, hasKind, rowsOf }] of Object.entries(TABLES))
    connection.registerTableFunction(
      DuckDBTableFunction.create({
        name,
        parameterTypes: hasKind ? [types.INTEGER, types.INTEGER] : [types.INTEGER],
        bindFunction(info) {
          for (const [column, type] of columns) info.addResultColumn(column, types[type])
          const kind = hasKind ? Number(info.getParameter(1)) : 0
          info.setBindData({ lane: Number(info.getParameter(0)), kind })
        },
        initFunction(info) {
          info.setMaxThreads(1)
          const { lane, kind } = info.getBindData() as { lane: number; kind: number }
          info.setInitData({ rows: rowsOf(partOf(lane), KINDS[kind]!), next: 0 })
        },
        mainFunction(info, output) {
          const scan = info.getInitData() as { rows: Rows; next: number }
          scan.next = give(output, scan.rows, columns.length, scan.next)
        },
      }),
    )
}

/** Hands some rows to the database. @returns where the next begin */
function give(output: DuckDBDataChunk, rows: Rows, columns: number, next: number): number {
  const count = Math.min(ROWS, rows.count - next)
  output.rowCount = count
  if (count === 0) return next
  const vectors = Array.from({ length: columns }, (_, i) => output.getColumnVector(i) as unknown as Vector)
  const write = rows.writer(vectors as unknown as Vectors)
  for (let row = 0; row < count; row++) write(row, next + row)
  for (const vector of vectors) vector.flush()
  return next + count
}
