/** Engines answer questions in one SQL, in Trino's dialect, over the columns of `../columns.ts`. */

/** Timestamps are ISO 8601 in UTC, days `2026-01-31`; numbers are those that JavaScript can hold exactly. */
export type Value = string | number | boolean | null
export type Row = Record<string, Value>
export type Params = Readonly<Record<string, string | number | null>>

export interface Engine {
  readonly name: 'duckdb' | 'athena'
  /**
   * @param sql in Trino's dialect; `{{events}}` stands for the table of events, `{{name}}` for the parameter `name`
   * @param signal stops the query; the promise then rejects with its reason
   */
  query(sql: string, params?: Params, signal?: AbortSignal): Promise<Row[]>
  /**
   * Keeps the rows of a query as a table, for many further queries. Absent: the engine has nothing to gain by it.
   * @returns null: they do not fit in memory
   */
  keep?(sql: string, params?: Params, signal?: AbortSignal): Promise<Kept | null>
  close(): Promise<void>
}

export interface Kept {
  /** How further queries call it. */
  table: string
  rows: number
  drop(): Promise<void>
}

/**
 * The same engine over some of the events only.
 * @param events a table, or a query in brackets
 */
export function overEvents(engine: Engine, events: string): Engine {
  const narrowed = (sql: string) => sql.replaceAll('{{events}}', events)
  return {
    ...engine,
    query: (sql, params, signal) => engine.query(narrowed(sql), params, signal),
    ...(engine.keep ? { keep: (sql, params, signal) => engine.keep!(narrowed(sql), params, signal) } : {}),
  }
}

const PLACE = /\{\{(\w+)\}\}/g

/**
 * The text that goes to an engine. Parameters become literals: strings in quotes, quotes within doubled. That is all
 * that both dialects need, as neither knows escapes in a plain string literal.
 * @param events how the engine calls the table
 */
export function render(sql: string, params: Params, events: string): string {
  return sql.replace(PLACE, (_, name: string) => {
    if (name === 'events') return events
    if (!Object.hasOwn(params, name)) throw new TypeError(`no value for {{${name}}}`)
    return literal(params[name] ?? null)
  })
}

/** A value as it is written in SQL, on both engines. */
export function literal(value: string | number | null): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return `'${value.replaceAll('\0', '').replaceAll("'", "''")}'`
  if (!Number.isFinite(value)) throw new TypeError('a parameter must be a finite number')
  return Number.isInteger(value) ? String(value) : `${value}e0`
}
