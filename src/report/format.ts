/** What the reports have in common. Each format is one file: data in, text out. */
import type { Severity } from '../model/finding.ts'

export const REPORT_FORMATS = ['terminal', 'json', 'ndjson', 'csv', 'markdown', 'sarif', 'ocsf', 'html'] as const
export type ReportFormat = (typeof REPORT_FORMATS)[number]

export interface TerminalOptions {
  /** Columns; no line is wider. Less than 40 counts as 40. Infinity: nothing is wrapped or cut. */
  width: number
  color: boolean
  /** Every subject with its commands, instead of the first of each check. */
  verbose?: boolean
  /** Findings below this are counted, not listed. */
  minSeverity?: Severity
}

/** Raised when a field of the JSON documents goes away or changes its meaning. */
export const REPORT_SCHEMA_VERSION = 1

const CHUNK = 64 * 1024

/** Joins small strings into chunks worth a write each, so that a report of any size streams in constant memory. */
export function* inChunks(parts: Iterable<string>): Iterable<string> {
  let chunk = ''
  for (const part of parts) {
    chunk += part
    if (chunk.length < CHUNK) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}
