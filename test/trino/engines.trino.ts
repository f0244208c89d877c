/**
 * One SQL, two engines: every question and every detection gives the same rows on DuckDB here and on a Trino with two workers, asked through
 * the unmodified AWS SDK and a bridge that speaks Athena's API.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runAthenaQuery } from '../../src/aws/athena.ts'
import { type AwsSession, openSession } from '../../src/aws/session.ts'
import { COLUMN_NAMES, COLUMNS } from '../../src/trail/columns.ts'
import { detect } from '../../src/trail/detections/detect.ts'
import type { DetectionContext, EventRule, Scope } from '../../src/trail/detections/detection.ts'
import { DETECTIONS } from '../../src/trail/detections/index.ts'
import { eventSteps, ruleSteps } from '../../src/trail/detections/sql.ts'
import { inOne } from '../../src/trail/detections/steps.ts'
import { openAthena, tableName } from '../../src/trail/engines/athena.ts'
import { parquetTableDdl, rawEvents, rawTableDdl } from '../../src/trail/engines/athena-ddl.ts'
import { openDuckDb } from '../../src/trail/engines/duckdb.ts'
import type { Engine, Row } from '../../src/trail/engines/engine.ts'
import { openStore } from '../../src/trail/store.ts'
import type { MadeUpEvent } from '../trail/made-up-event.ts'
import { ingestFiles } from '../trail/store.ts'
import { ASKED, ODD_EVENTS } from './asked.ts'
import { type AthenaBridge, startAthenaBridge } from './athena-bridge.ts'
import { madeUpMonth } from './made-up-month.ts'
import { startTrino, type Trino, trinoRows } from './trino.ts'

/** The whole of it is one folder: each folder in it is a bucket of S3. */
const lake = mkdtempSync(join(tmpdir(), 'keyreeve-lake-'))
const nodes = mkdtempSync(join(tmpdir(), 'keyreeve-trino-'))
const store = join(lake, 'acme-security', 'keyreeve')
const logs = join(lake, 'acme-trail', 'AWSLogs')

let trino: Trino
let bridge: AthenaBridge
let session: AwsSession
let duckdb: Engine
let athena: Engine

beforeAll(async () => {
  const events = [...madeUpMonth(), ...ODD_EVENTS]
  for (const [path, records] of asLogFiles(events)) {
    mkdirSync(dirname(join(logs, path)), { recursive: true })
    writeFileSync(join(logs, path), gzipSync(JSON.stringify({ Records: records })))
  }
  expect(await ingestFiles(store, logs)).toMatchObject({ events: events.length, bad: 0, skipped: [] })
  duckdb = await openDuckDb(await openStore(store), { threads: 1 })
  trino = await startTrino({ folder: nodes, lake, workers: 2 })
  bridge = await startAthenaBridge(trino.url)
  session = await openSession({
    userAgent: 'keyreeve/test',
    region: 'eu-west-1',
    endpointUrl: bridge.url,
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: randomBytes(20).toString('hex') },
  })
  athena = openAthena((sql, signal) => runAthenaQuery(session, sql, {}, signal), tableName('keyreeve', 'events'))
  const location = 's3://acme-security/keyreeve/events'
  for (const sql of parquetTableDdl({ database: 'keyreeve', table: 'events', location, fromDay: '2026-01-01' }))
    await runAthenaQuery(session, sql)
})

afterAll(async () => {
  session?.close()
  await bridge?.close()
  await trino?.stop()
  await duckdb?.close()
  for (const folder of [lake, nodes]) rmSync(folder, { recursive: true, force: true })
})

/** As CloudTrail lays its files: `111122223333/CloudTrail/eu-west-1/2026/01/05/NAME.json.gz`. */
function asLogFiles(events: readonly MadeUpEvent[]): Map<string, MadeUpEvent[]> {
  const files = new Map<string, MadeUpEvent[]>()
  for (const event of events) {
    const day = String(event.eventTime).slice(0, 10).replaceAll('-', '/')
    const path = `${event.recipientAccountId}/CloudTrail/${event.awsRegion}/${day}/log.json.gz`
    files.set(path, [...(files.get(path) ?? []), event])
  }
  return files
}

/** Rows that are on one side only; a query that does not sort promises no order. */
function difference(rows: readonly Row[], others: readonly Row[]): string[] {
  const left = new Map<string, number>()
  for (const row of others) left.set(JSON.stringify(row), (left.get(JSON.stringify(row)) ?? 0) + 1)
  return rows
    .map((row) => JSON.stringify(row))
    .filter((row) => {
      const count = left.get(row) ?? 0
      left.set(row, count - 1)
      return count <= 0
    })
}

function expectSameRows(there: readonly Row[], here: readonly Row[]): void {
  expect({ onlyThere: difference(there, here).slice(0, 2), onlyHere: difference(here, there).slice(0, 2) }).toEqual({
    onlyThere: [],
    onlyHere: [],
  })
}

/** @returns how many rows both give */
async function expectEqual(sql: string): Promise<number> {
  const [here, there] = await Promise.all([duckdb.query(sql), athena.query(sql)])
  expectSameRows(there, here)
  return here.length
}

const CONTEXT: DetectionContext = { trustedAccounts: ['999988887777'], decoyKeys: ['AKIAEXAMPLEDECOYXXXX'] }
const ALL: Scope = { fromDay: null, since: null }
const LATER: Scope = { fromDay: '2026-01-01', since: '2026-01-05T10:30:00.000Z' }

describe('the same rows on both engines', () => {
  it('of the events themselves, column by column', async () => {
    const columns = COLUMNS.map(({ name, trino: type }) =>
      type.startsWith('array') ? `array_join(${name}, ' ') AS ${name}` : name,
    )
    expect(await expectEqual(`SELECT ${columns.join(', ')} FROM {{events}}`)).toBeGreaterThan(1000)
  })

  const single = DETECTIONS.flatMap(({ code, rule }) =>
    rule.form === 'event' ? [[code, rule] as [string, EventRule]] : [],
  )
  it.each([
    ['all days', ALL],
    ['since a day', LATER],
  ] as const)('of the single-event detections, %s', async (_, scope) => {
    expect(await expectEqual(inOne([eventSteps(single, scope)], scope))).toBeGreaterThan(0)
  })

  const others = DETECTIONS.filter(({ rule }) => rule.form !== 'event')
  it.each(others.map((detection) => [detection.code, detection] as const))('of %s', async (_, { rule }) => {
    if (rule.form === 'event') return
    expect(await expectEqual(inOne(ruleSteps(rule, ALL, CONTEXT), ALL))).toBeGreaterThan(0)
  })

  it('and so the same detections, also since a day', async () => {
    const options = { detections: DETECTIONS, since: LATER.since, allowances: [], ...CONTEXT }
    const [here, there] = [await detect(duckdb, options), await detect(athena, options)]
    expect(there).toEqual(here)
    expect(here.detections.length).toBeGreaterThan(10)
  })

  it('over events in which every detection finds something', async () => {
    const { detections } = await detect(duckdb, { detections: DETECTIONS, since: null, allowances: [], ...CONTEXT })
    const found = new Set(detections.map(({ code }) => code))
    expect(DETECTIONS.map(({ code }) => code).filter((code) => !found.has(code))).toEqual([])
  })
})

describe('the same answers on both engines', () => {
  const within = { from: '2026-01-01', to: '2026-06-30' }
  it.each(Object.entries(ASKED))('of %s', async (_, ask) => {
    const here = await ask({ engine: duckdb, within })
    expect(await ask({ engine: athena, within })).toEqual(here)
    expect(JSON.stringify(here).length).toBeGreaterThan(2)
  })
})

describe('raw logs', () => {
  const raw = rawEvents({ table: tableName('raw', 'cloudtrail_logs'), dayColumn: 'day', fromDay: '2026-01-01' })

  beforeAll(async () => {
    const accounts = [...new Set(madeUpMonth().map(({ recipientAccountId }) => String(recipientAccountId)))]
    const regions = [...new Set(madeUpMonth().map(({ awsRegion }) => String(awsRegion)))]
    const table = {
      database: 'raw',
      table: 'cloudtrail_logs',
      location: 's3://acme-trail/AWSLogs/',
      fromDay: '2026-01-01',
    }
    for (const sql of rawTableDdl({ ...table, accounts, regions })) await runAthenaQuery(session, sql)
  })

  /** What raw logs cannot tell is in the docstring of `rawEvents`. */
  const LESS = [
    'action',
    'from_console',
    'resources',
    'resource',
    'resource_known',
    'passed_role',
    'passed_roles',
    'external_account',
  ]
  it('give the columns of the store', async () => {
    const overRaw = openAthena((sql, signal) => runAthenaQuery(session, sql, {}, signal), raw)
    // how a table of raw logs spells odd characters in JSON is its own affair
    const sql = `SELECT ${COLUMN_NAMES.filter((name) => !LESS.includes(name)).join(', ')} FROM {{events}}
      WHERE coalesce(user_name, '') <> 'odd'`
    expectSameRows(await overRaw.query(sql), await duckdb.query(sql))
    const names = new Set((await overRaw.query('SELECT * FROM {{events}} LIMIT 1')).flatMap((row) => Object.keys(row)))
    expect([...names].sort()).toEqual([...COLUMN_NAMES].sort())
  })

  it('give the same detections, of every form', async () => {
    const overRaw = openAthena((sql, signal) => runAthenaQuery(session, sql, {}, signal), raw)
    // every query reads every file of JSON: one of each form is enough here
    const others = ['CT25', 'CT28', 'CT37', 'CT39']
    const detections = DETECTIONS.filter(({ code, rule }) => rule.form === 'event' || others.includes(code))
    const options = { detections, since: null, allowances: [], ...CONTEXT }
    expect((await detect(overRaw, options)).detections).toEqual((await detect(duckdb, options)).detections)
  })
})

describe('Athena', () => {
  it('pages through an answer of many pages', async () => {
    const rows = await athena.query('SELECT event_id, event_time FROM {{events}} ORDER BY event_time, event_id')
    expect(rows.length).toBeGreaterThan(1000)
    expect(rows).toEqual(
      await duckdb.query('SELECT event_id, event_time FROM {{events}} ORDER BY event_time, event_id'),
    )
  })

  it('tells the bytes it scanned', async () => {
    const { bytesScanned } = await runAthenaQuery(session, 'SELECT max(user_agent) FROM keyreeve.events')
    expect(bytesScanned).toBeGreaterThan(1000)
  })

  it('says why a query failed', async () => {
    const failing = (sql: string) =>
      runAthenaQuery(session, sql).catch((error: Error & { hint?: string }) => `${error.message}: ${error.hint}`)
    expect(await failing('SELECT * FROM keyreeve.nothing')).toMatch(
      /the table does not exist \(TABLE_NOT_FOUND\): make it/,
    )
    expect(await failing('SELECT no_such FROM keyreeve.events')).toMatch(
      /lacks a column \(COLUMN_NOT_FOUND\): make it anew/,
    )
    expect(await failing('SELEKT 1')).toMatch(/does not understand the query \(SYNTAX_ERROR\)/)
  })

  it('stops a query that nobody waits for any more', async () => {
    const controller = new AbortController()
    const slow =
      'SELECT count(*) AS n FROM {{events}} a CROSS JOIN {{events}} b CROSS JOIN {{events}} c WHERE a.event_id < b.event_id || c.event_id'
    const query = athena.query(slow, {}, controller.signal)
    setTimeout(() => controller.abort(new Error('enough')), 1500)
    await expect(query).rejects.toThrow('enough')
    expect(bridge.stopped).toHaveLength(1)
  })

  it('works with both workers', async () => {
    const [row] = await trinoRows(
      trino.url,
      "SELECT count(DISTINCT node_id) FROM system.runtime.tasks WHERE node_id LIKE 'worker%'",
    )
    expect(row).toEqual([2])
  })
})
