/**
 * Questions in two steps: what is meant is found with the fewest columns, and only of that everything is read. Where an
 * engine keeps tables, the second step of all questions is one pass over the events; elsewhere each is one query.
 */
import { COLUMN_NAMES } from '../columns.ts'
import type { Engine, Kept, Row } from '../engines/engine.ts'
import type { Scope, Steps } from './detection.ts'
import { reported } from './sql.ts'

/** Events that are kept at once, if there is room: most rules pick few, and each further table is one more pass. */
const MOST_KEPT = 2_000_000

/** The longest column: only questions that name it get it. */
const REQUEST = 'request_parameters'

/** Steps as one query; all must give the same columns. */
export function inOne(all: readonly Steps[], scope: Scope): string {
  const queries = all.map((steps) => {
    const entries = Object.entries(steps.tables ?? {})
    const same = new Map(entries.map(([name]) => [name, name]))
    const hits = hitsIn('{{events}}', { steps, tables: same }, scope)
    if (entries.length === 0) return hits
    const tables = entries.map(([name, sql]) => `${name} AS (\n${placed(sql, same)}\n)`)
    return `WITH ${tables.join(', ')}\nSELECT * FROM (\n${hits}\n) AS found`
  })
  if (queries.length === 1) return queries[0]!
  return queries.map((query, i) => `SELECT * FROM (\n${query}\n) AS part${i}`).join('\nUNION ALL\n')
}

export interface AnswerOptions {
  scope: Scope
  signal?: AbortSignal | undefined
  /** Before each part of the work. */
  onStep?: (question: number) => void
  /** Default: {@link MOST_KEPT}. */
  mostKept?: number
}

/** The rows of each, in the order of the questions. */
export async function answers(engine: Engine, all: readonly Steps[], options: AnswerOptions): Promise<Row[][]> {
  const { keep } = engine
  if (!keep) return inTurn(engine, all, options)
  const kept: Kept[] = []
  const keepRows = async (sql: string): Promise<Kept | null> => {
    const table = await keep(sql, {}, options.signal)
    if (table) kept.push(table)
    return table
  }
  try {
    const questions: Question[] = []
    for (const [i, steps] of all.entries()) {
      options.onStep?.(i)
      const tables = new Map<string, string>()
      let isEmpty = false
      for (const [name, sql] of Object.entries(steps.tables ?? {})) {
        const table = await keepRows(placed(sql, tables))
        if (!table) return await inTurn(engine, all, options)
        tables.set(name, table.table)
        isEmpty ||= table.rows === 0 && name === steps.among?.table
      }
      if (!isEmpty) questions.push({ steps, tables })
    }
    const found = await together(engine, questions, options)
    const rows = new Map(questions.map(({ steps }, i) => [steps, found[i]!]))
    return all.map((steps) => rows.get(steps) ?? [])
  } finally {
    for (const { drop } of kept) await drop()
  }
}

/** With the tables of its first step made. */
interface Question {
  steps: Steps
  tables: ReadonlyMap<string, string>
}

/** Reads the events of all questions at once, or of half of them where these are too many. */
async function together(engine: Engine, questions: readonly Question[], options: AnswerOptions): Promise<Row[][]> {
  const { scope, signal, mostKept = MOST_KEPT } = options
  const rowsIn = async (events: string): Promise<Row[][]> => {
    const rows: Row[][] = []
    for (const question of questions) rows.push(await engine.query(hitsIn(events, question, scope), {}, signal))
    return rows
  }
  if (questions.length < 2) return rowsIn('{{events}}')
  const picked = await engine.keep!(pickedBy(questions, scope, mostKept + 1), {}, signal)
  try {
    if (picked && picked.rows <= mostKept) return await rowsIn(picked.table)
  } finally {
    // what is too much must not be in the way of the halves
    await picked?.drop()
  }
  const half = questions.length >> 1
  const first = await together(engine, questions.slice(0, half), options)
  return [...first, ...(await together(engine, questions.slice(half), options))]
}

async function inTurn(
  engine: Engine,
  all: readonly Steps[],
  { scope, signal, onStep }: AnswerOptions,
): Promise<Row[][]> {
  const rows: Row[][] = []
  for (const [i, steps] of all.entries()) {
    onStep?.(i)
    rows.push(await engine.query(inOne([steps], scope), {}, signal))
  }
  return rows
}

/** The events that some questions are about, with the columns that they name. */
function pickedBy(questions: readonly Question[], scope: Scope, limit: number): string {
  const texts = questions.map(({ steps: { picked, among, hits } }) =>
    [reported(scope), picked, among?.value, hits].join(' '),
  )
  const isNamed = (name: string, text: string) => new RegExp(`\\b${name}\\b`).test(text)
  const conditions = questions.map(({ steps: { picked, among }, tables }) => {
    if (!among) return `(${placed(picked, tables)})`
    // what is looked for in a table is looked for of every row: most have nothing to look for
    return `CASE WHEN ${picked} THEN ${among.value} END IN (SELECT ${among.values} FROM ${tables.get(among.table)})`
  })
  const asking = conditions.filter((_, i) => isNamed(REQUEST, texts[i]!))
  const columns = COLUMN_NAMES.filter((name) => texts.some((text) => isNamed(name, text))).map((name) =>
    name === REQUEST ? `CASE WHEN ${asking.join('\n  OR ')} THEN ${REQUEST} END AS ${REQUEST}` : name,
  )
  return `SELECT ${columns.join(', ')}
FROM {{events}}
WHERE ${reported(scope)} AND (${conditions.join('\n  OR ')})
LIMIT ${limit}`
}

function hitsIn(events: string, { steps, tables }: Question, scope: Scope): string {
  const { picked, among, hits } = steps
  const isAmong = among ? ` AND ${among.value} IN (SELECT ${among.values} FROM ${tables.get(among.table)})` : ''
  const these = `(SELECT * FROM ${events} WHERE ${reported(scope)} AND (${placed(picked, tables)})${isAmong})`
  return placed(hits, new Map([...tables, ['picked', these]]))
}

/** Puts the names of tables where they stand; those that are not known stay. */
function placed(sql: string, tables: ReadonlyMap<string, string>): string {
  return sql.replace(/\{\{(\w+)\}\}/g, (place, name: string) => tables.get(name) ?? place)
}
