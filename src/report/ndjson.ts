/** One JSON object per line, told apart by `kind`: findings as they come, then what could not be said, then the sum. */
import type { Audit } from '../model/audit.ts'
import { inChunks, REPORT_SCHEMA_VERSION } from './format.ts'

/** `audit --format ndjson`, in chunks. A file without its `summary` line was cut off. */
export function ndjsonReport(audit: Audit): Iterable<string> {
  return inChunks(lines(audit))
}

function* lines({ tool, collectedAt, accounts, findings, notEvaluated, notes, summary }: Audit): Iterable<string> {
  for (const finding of findings) yield line({ kind: 'finding', ...finding })
  for (const gap of notEvaluated) yield line({ kind: 'not-evaluated', ...gap })
  for (const account of accounts) yield line({ kind: 'account', ...account })
  yield line({
    kind: 'summary',
    schemaVersion: REPORT_SCHEMA_VERSION,
    tool,
    collectedAt: collectedAt || null,
    notes,
    ...summary,
  })
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`
}
