import { describe, expect, it } from 'vitest'
import { COLUMN_NAMES } from '../columns.ts'
import { costOf, openAthena, tableName } from './athena.ts'
import { parquetTableDdl, rawEvents, rawTableDdl } from './athena-ddl.ts'

describe('the engine', () => {
  it('puts the table and the parameters into the text, and gives values as the other engine does', async () => {
    const asked: string[] = []
    const engine = openAthena(
      async (sql) => {
        asked.push(sql)
        const columns = ['varchar', 'bigint', 'boolean', 'timestamp', 'date', 'double', 'array'].map((type) => ({
          name: type,
          type,
        }))
        const row = ['x', '12', 'true', '2026-01-05 10:20:30.123', '2026-01-05', '0.5', '[a, b]']
        return { columns, rows: [row, row.map(() => null)], bytesScanned: 1000 }
      },
      tableName('keyreeve', 'events'),
    )
    const rows = await engine.query("SELECT * FROM {{events}} WHERE a = {{name}} AND b = '{}'", { name: "O'Hara" })
    expect(asked).toEqual([`SELECT * FROM "keyreeve"."events" WHERE a = 'O''Hara' AND b = '{}'`])
    expect(rows[0]).toEqual({
      varchar: 'x',
      bigint: 12,
      boolean: true,
      timestamp: '2026-01-05T10:20:30.123Z',
      date: '2026-01-05',
      double: 0.5,
      array: '[a, b]',
    })
    expect(Object.values(rows[1]!)).toEqual(Array(7).fill(null))
    expect(engine.scanned).toEqual({ queries: 1, bytes: 1000 })
  })

  it('counts a query that was given up, and none that failed', async () => {
    const engine = openAthena(async () => {
      throw new Error('failed')
    }, 'events')
    await expect(engine.query('SELECT 1')).rejects.toThrow('failed')
    expect(engine.scanned).toEqual({ queries: 0, bytes: 0 })
    engine.count(5000)
    expect(engine.scanned).toEqual({ queries: 1, bytes: 5000 })
  })

  it('tells the cost, with ten megabytes a query as the least', () => {
    expect(costOf({ queries: 1, bytes: 500 })).toBe('1 query scanned 500 B, about 0.0000 USD at 5 USD a terabyte')
    expect(costOf({ queries: 30, bytes: 2 * 1024 ** 4 })).toBe(
      '30 queries scanned 2.2 TB, about 10.00 USD at 5 USD a terabyte',
    )
  })
})

describe('the tables', () => {
  const parquet = {
    database: 'keyreeve',
    table: 'events',
    location: 's3://acme/keyreeve/events',
    fromDay: '2026-01-01',
  }
  it('of Parquet have every column, and days that Athena works out', () => {
    const [, table = ''] = parquetTableDdl(parquet)
    for (const name of COLUMN_NAMES) expect(table).toContain(`\`${name}\``)
    expect(table).toContain("'projection.day.range' = '2026-01-01,NOW'")
    expect(table).toContain(`'storage.location.template' = 's3://acme/keyreeve/events/day=\${day}/'`)
  })

  it.each([
    [{ location: "s3://acme/x' --" }, 'no place in S3'],
    [{ location: 'https://acme/x' }, 'no place in S3'],
    [{ table: 'a b' }, 'another name'],
    [{ fromDay: 'yesterday' }, 'no day'],
  ])('with %j are refused', (wrong, message) => {
    expect(() => parquetTableDdl({ ...parquet, ...wrong })).toThrow(message)
  })

  it('of raw logs need accounts and regions', () => {
    const raw = { ...parquet, location: 's3://acme/AWSLogs/', accounts: ['111122223333'], regions: ['eu-west-1'] }
    expect(rawTableDdl(raw)[1]).toContain(`'s3://acme/AWSLogs/\${account}/CloudTrail/\${region}/\${day}/'`)
    expect(() => rawTableDdl({ ...raw, accounts: ["1'"] })).toThrow('account IDs')
    expect(() => rawTableDdl({ ...raw, regions: [] })).toThrow('regions')
  })

  it('of raw logs are asked for every column, and within the limit of a query in Athena', () => {
    const query = rawEvents({ table: tableName('raw', 'logs'), dayColumn: 'day', fromDay: '2026-01-01' })
    for (const name of COLUMN_NAMES) expect(query).toMatch(new RegExp(` AS ${name}\\b`))
    // in AWS GovCloud (US) and China ARNs begin otherwise
    expect(query).not.toContain("'arn:aws:")
    expect(query).not.toContain('undefined')
    expect(query).toContain("day >= '2026/01/01'")
    // 262,144 bytes: https://docs.aws.amazon.com/athena/latest/ug/service-limits.html; the questions name it a few times
    expect(query.length).toBeLessThan(262_144 / 8)
  })
})
