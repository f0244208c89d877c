/** What every question has in common: the days it is about, and how rows become answers. */
import type { Engine, Row, Value } from '../engines/engine.ts'

/** Days, inclusive: `2026-01-31`. */
export interface Within {
  from: string
  to: string
}

/** Bounds the partitions that are read. To be put behind WHERE, with {@link within} as parameters. */
export const IN_DAYS = 'day BETWEEN CAST({{from}} AS date) AND CAST({{to}} AS date)'

/** Errors that say that a permission is missing: `AccessDenied`, `Client.UnauthorizedOperation` ... */
export const IS_DENIED =
  "coalesce(error_code LIKE '%AccessDenied%' OR error_code LIKE '%UnauthorizedOperation%' OR error_code LIKE '%NotAuthorized%' OR error_code LIKE '%AuthorizationError%' OR error_code = 'UnauthorizedAccess', false)"

/**
 * What policies let through, also where it failed for another reason: a program that asks for what is not always there
 * (NoSuchBucketPolicy, DryRunOperation) needs that permission, too.
 */
export const IS_LET_THROUGH = `NOT ${IS_DENIED}`

/** The IAM action, or what stands for it. */
export const ACTION = "coalesce(action, event_source || ':' || event_name)"

export interface Question {
  engine: Engine
  within: Within
  signal?: AbortSignal
}

/** Asks within the days of the question. */
export function ask(
  { engine, within, signal }: Question,
  sql: string,
  params: Record<string, string> = {},
): Promise<Row[]> {
  return engine.query(sql, { from: within.from, to: within.to, ...params }, signal)
}

export const text = (value: Value | undefined): string | null => (typeof value === 'string' ? value : null)
export const number = (value: Value | undefined): number => Number(value ?? 0)
/** Of a list that `array_join(..., ' ')` made. */
export const words = (value: Value | undefined): string[] =>
  (text(value) ?? '').split(' ').filter((word) => word !== '')

/** A text that LIKE takes as it stands, with ESCAPE '\'. */
export const plainLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

/** The values as they stand in an IN list; never empty. */
export function inList(values: readonly string[]): { sql: string; params: Record<string, string> } {
  const params = Object.fromEntries((values.length > 0 ? values : ['']).map((value, i) => [`v${i}`, value]))
  return {
    sql: `(${Object.keys(params)
      .map((name) => `{{${name}}}`)
      .join(', ')})`,
    params,
  }
}
