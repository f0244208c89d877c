import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COLUMNS } from '../columns.ts'
import { openDuckDb } from './duckdb.ts'
import { type Engine, literal, overEvents, render } from './engine.ts'
import { openInstance } from './instance.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyreeve-duckdb-'))
let engine: Engine

beforeAll(async () => {
  engine = await openDuckDb({ files: [await parquetFile()] })
})
afterAll(() => engine.close())

/** One event of two days, as the store has them. */
async function parquetFile(date = '2026-01-05'): Promise<string> {
  const day = join(folder, `day=${date}`)
  mkdirSync(day)
  const file = join(day, 'part.parquet')
  const instance = await openInstance({ memoryMegabytes: 200, threads: 1, spillFolder: null })
  const connection = await instance.connect()
  const values: Record<string, string> = {
    event_id: "'e1'",
    event_time: "TIMESTAMP '2026-01-05 10:20:30'",
    resources: "['arn:aws:s3:::b', 'arn:aws:s3:::b/k']",
    mfa: 'true',
  }
  const columns = COLUMNS.filter(({ name }) => name !== 'day')
    .map(({ name, duckdb }) => `CAST(${values[name] ?? 'NULL'} AS ${duckdb}) AS ${name}`)
    .join(', ')
  await connection.run(`COPY (SELECT ${columns}) TO ${literal(file)} (FORMAT parquet)`)
  connection.closeSync()
  instance.closeSync()
  return file
}

describe('the engine', () => {
  it('is closed only after the queries under way have ended, however many there are', async () => {
    const busy = await openDuckDb({ files: [] })
    const long = () => busy.query('SELECT sum(a.range * b.range) AS n FROM range(1000000) a, range(100000) b')
    const queries = Array.from({ length: 6 }, long)
    const ends = Promise.allSettled(queries)
    await busy.close()
    expect(new Set((await ends).map(({ status }) => status))).toEqual(new Set(['rejected']))
    await expect(long()).rejects.toThrow('the engine is closed')
    await busy.close()
  })

  it('gives times as ISO 8601, days as dates, counts as numbers', async () => {
    const [row] = await engine.query(
      'SELECT event_time, day, mfa, error_code, count(*) AS events FROM {{events}} GROUP BY 1, 2, 3, 4',
    )
    expect(row).toEqual({
      event_time: '2026-01-05T10:20:30.000Z',
      day: '2026-01-05',
      mfa: true,
      error_code: null,
      events: 1,
    })
  })

  it('keeps the rows of queries side by side, until they are dropped', async () => {
    const count = async (table: string) => (await engine.query(`SELECT count(*) AS n FROM ${table}`))[0]!.n
    const [one, none] = ['e1', 'e2'].map(
      (id) => () => engine.keep!('SELECT * FROM {{events}} WHERE event_id = {{id}}', { id }),
    )
    const first = (await one!())!
    const second = (await none!())!
    expect([first.rows, second.rows]).toEqual([1, 0])
    expect([await count(first.table), await count(second.table), await count('{{events}}')]).toEqual([1, 0, 1])
    await first.drop()
    await expect(count(first.table)).rejects.toThrow('cannot be read')
    expect(await count(second.table)).toBe(0)
    await second.drop()
  })

  it('keeps nothing that does not fit in memory, and goes on', async () => {
    const small = await openDuckDb({ files: [await parquetFile('2026-01-06')] }, { memoryMegabytes: 40, threads: 1 })
    const many =
      "SELECT event_id || repeat('x', 4000) || CAST(i AS varchar) AS id FROM {{events}}, range(100000) AS r(i) ORDER BY 1"
    expect(await small.keep!(many)).toBeNull()
    expect(await small.query('SELECT count(*) AS n FROM {{events}}')).toEqual([{ n: 1 }])
    await small.close()
  })

  it('over some of the events sees and keeps no others', async () => {
    const none = overEvents(engine, '(SELECT * FROM {{events}} WHERE false)')
    expect(await none.query('SELECT count(*) AS n FROM {{events}}')).toEqual([{ n: 0 }])
    const kept = (await none.keep!('SELECT event_id FROM {{events}}'))!
    expect(kept.rows).toBe(0)
    await kept.drop()
  })

  it('has every column of the list, with its type, also without any file', async () => {
    const empty = await openDuckDb({ files: [] })
    const describe = 'SELECT column_name AS name, column_type AS type FROM (DESCRIBE {{events}})'
    const expected = COLUMNS.map(({ name, duckdb }) => ({ name, type: duckdb }))
    expect(await empty.query(describe)).toEqual(expected)
    expect(await engine.query(describe)).toEqual(expected)
    expect(await empty.query('SELECT count(*) AS n FROM {{events}}')).toEqual([{ n: 0 }])
    await empty.close()
  })

  it('takes resources apart with UNNEST', async () => {
    const rows = await engine.query('SELECT arn FROM {{events}} CROSS JOIN UNNEST(resources) AS r(arn) ORDER BY arn')
    expect(rows.map(({ arn }) => arn)).toEqual(['arn:aws:s3:::b', 'arn:aws:s3:::b/k'])
  })

  it('a parameter is a value whatever it holds', async () => {
    const hostile = "x' OR 1=1 --{{events}}"
    expect(await engine.query('SELECT {{name}} AS name', { name: hostile })).toEqual([{ name: hostile }])
    expect(() => render('SELECT {{missing}}', {}, 'events')).toThrow('no value for {{missing}}')
  })

  it('stops when it is told to', async () => {
    const control = new AbortController()
    const long = engine.query(
      'SELECT count(*) FROM UNNEST(sequence(1, 100000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 1000000)) AS b(y) WHERE x * y = 7',
      {},
      control.signal,
    )
    setTimeout(() => control.abort(new Error('enough')), 50)
    await expect(long).rejects.toThrow('enough')
  })

  it('does not quote the data in a fault', async () => {
    await expect(engine.query("SELECT CAST('canary' AS integer)")).rejects.toThrow(/^the events cannot be read/)
  })

  it('loads no extension', async () => {
    await expect(engine.query("SELECT * FROM read_parquet('s3://bucket/key')")).rejects.toThrow()
  })
})

/** Each with Trino's answer, from https://trino.io/docs/current/functions.html; tried on Trino 476. */
const TRINO: [string, string | number | boolean | null][] = [
  ["date_diff('day', TIMESTAMP '2026-01-05 23:59:59', TIMESTAMP '2026-01-06 00:00:01')", 0],
  ["date_diff('hour', TIMESTAMP '2026-01-05 10:00:00', TIMESTAMP '2026-01-05 12:00:00')", 2],
  ["split_part('a.b.c', '.', 9)", null],
  ["split_part('a.b.c', '.', 2)", 'b'],
  ["regexp_extract('zzz', 'i-([0-9a-f]+)', 1)", null],
  ["regexp_extract('i-0abc', 'i-([0-9a-f]+)', 1)", '0abc'],
  ["regexp_replace('a1b2', '[0-9]', 'x')", 'axbx'],
  ["regexp_like('AbC', '(?i)abc')", true],
  ['greatest(1, NULL)', null],
  ["concat('a', NULL)", null],
  ["array_join(ARRAY['a', 'b'], ',')", 'a,b'],
  ["cardinality(ARRAY['a', 'b'])", 2],
  ["date_format(TIMESTAMP '2026-01-05 10:20:30', '%Y-%m-%d %H:%i:%s')", '2026-01-05 10:20:30'],
  ["day_of_week(DATE '2026-01-04')", 7],
  ["CAST(date_add('day', -7, DATE '2026-01-08') AS date)", '2026-01-01'],
  ["arrays_overlap(ARRAY['a'], ARRAY['a', 'b'])", true],
]

describe("Trino's meaning of", () => {
  it.each(TRINO)('%s is %s', async (expression, expected) => {
    expect(await engine.query(`SELECT ${expression} AS x`)).toEqual([{ x: expected }])
  })
})
