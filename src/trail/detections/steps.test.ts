/** The rows are the same whichever way an engine gets them. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MadeUpEvent } from '../../../test/trail/made-up-event.ts'
import { engineOf } from '../../../test/trail/store.ts'
import type { Engine } from '../engines/engine.ts'
import type { Detection, DetectionContext, EventRule, Scope, Steps } from './detection.ts'
import { keyOf } from './example.ts'
import { DETECTIONS } from './index.ts'
import { eventSteps, ruleSteps } from './sql.ts'
import { type AnswerOptions, answers, inOne } from './steps.ts'

let engine: Engine
beforeAll(async () => {
  const events = DETECTIONS.flatMap(({ examples }) => examples.flagged.flatMap((example) => example.events))
  engine = await engineOf(events as MadeUpEvent[])
}, 180_000)
afterAll(() => engine.close())

const ALL: Scope = { fromDay: null, since: null }
const LATER: Scope = { fromDay: '2026-01-01', since: '2026-01-06T00:00:00.000Z' }

const isSingle = (detection: Detection): detection is Detection & { rule: EventRule } => detection.rule.form === 'event'

function everything(scope: Scope): Steps[] {
  const context: DetectionContext = { trustedAccounts: [], decoyKeys: [keyOf('old')] }
  return [
    eventSteps(
      DETECTIONS.filter(isSingle).map(({ code, rule }) => [code, rule]),
      scope,
    ),
    ...DETECTIONS.flatMap(({ rule }) => (rule.form === 'event' ? [] : ruleSteps(rule, scope, context))),
  ]
}

async function rowsOf(asked: Engine, scope: Scope, more: Partial<AnswerOptions> = {}): Promise<string[][]> {
  const rows = await answers(asked, everything(scope), { scope, ...more })
  return rows.map((found) => found.map((row) => JSON.stringify(row)).sort())
}

/** The engine, with a note of all that it is asked. */
function watched(): { asked: Engine; queries: string[] } {
  const queries: string[] = []
  const asked: Engine = {
    ...engine,
    query: (sql, params, signal) => {
      queries.push(sql)
      return engine.query(sql, params, signal)
    },
    keep: (sql, params, signal) => {
      queries.push(sql)
      return engine.keep!(sql, params, signal)
    },
  }
  return { asked, queries }
}

it.each([
  ['all days', ALL],
  ['since a day', LATER],
])('one pass over the events of all questions gives the rows of each by itself, %s', async (_, scope) => {
  const { keep, ...plain } = engine
  const each = await rowsOf(plain, scope)
  expect(each.filter((rows) => rows.length > 0).length).toBeGreaterThan(9)
  expect(await rowsOf(engine, scope)).toEqual(each)
  const { asked, queries } = watched()
  await rowsOf(asked, scope)
  expect(queries.filter((sql) => sql.includes('LIMIT'))).toHaveLength(1)
})

it('reads the events of fewer questions at once where they are too many, with the same rows', async () => {
  const whole = await rowsOf(engine, ALL)
  const { asked, queries } = watched()
  expect(await rowsOf(asked, ALL, { mostKept: 20 })).toEqual(whole)
  expect(queries.filter((sql) => sql.includes('LIMIT 21')).length).toBeGreaterThan(2)
  expect(await rowsOf(engine, ALL, { mostKept: 0 })).toEqual(whole)
})

it('asks each by itself when a table does not fit in memory', async () => {
  expect(await rowsOf({ ...engine, keep: async () => null }, ALL)).toEqual(await rowsOf(engine, ALL))
})

it('leaves no table behind, whatever happens', async () => {
  const open = new Set<string>()
  const counting: Engine = {
    ...engine,
    query: () => Promise.reject(new Error('broken')),
    keep: async (sql, params, signal) => {
      const kept = (await engine.keep!(sql, params, signal))!
      open.add(kept.table)
      return { ...kept, drop: async () => void (open.delete(kept.table) && (await kept.drop())) }
    },
  }
  await expect(rowsOf(counting, ALL)).rejects.toThrow('broken')
  expect([...open]).toEqual([])
})

it('keeps the parameters of requests only for those who read them', async () => {
  const request = (where: string): Steps => ({
    picked: where,
    hits: 'SELECT event_id, request_parameters FROM {{picked}} AS e',
  })
  const plain = (where: string): Steps => ({ picked: where, hits: 'SELECT event_id FROM {{picked}} AS e' })
  const { asked, queries } = watched()
  const [users] = await answers(
    asked,
    [request("event_name = 'CreateUser'"), plain("event_name = 'CreateAccessKey'")],
    {
      scope: ALL,
    },
  )
  expect(users!.length).toBeGreaterThan(0)
  expect(users!.every(({ request_parameters }) => request_parameters !== null)).toBe(true)
  expect(queries[0]).toMatch(/CASE WHEN \(event_name = 'CreateUser'\) THEN request_parameters END/)
})

it('asks nothing more where nothing is meant', async () => {
  const nothing: Steps = {
    tables: { none: 'SELECT event_id FROM {{events}} WHERE FALSE' },
    picked: 'TRUE',
    among: { value: 'event_id', table: 'none', values: 'event_id' },
    hits: 'SELECT event_id FROM {{picked}} AS e',
  }
  const { asked, queries } = watched()
  expect(await answers(asked, [nothing], { scope: ALL })).toEqual([[]])
  expect(queries).toHaveLength(1)
  expect(await engine.query(inOne([nothing], ALL))).toEqual([])
})
