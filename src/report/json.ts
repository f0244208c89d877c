/** The JSON documents that other programs rely on; their schemas are in `schemas/`. One list item per line. */
import type { Audit } from '../model/audit.ts'
import type { KeyRow } from '../model/dossier.ts'
import { inChunks, REPORT_SCHEMA_VERSION } from './format.ts'

/** `audit --json`, in chunks. */
export function jsonReport(audit: Audit): Iterable<string> {
  return inChunks(auditParts(audit))
}

function* auditParts(audit: Audit): Iterable<string> {
  const { tool, collectedAt, accounts, findings, notEvaluated, notes, checks, summary } = audit
  yield '{\n'
  yield `"schemaVersion": ${REPORT_SCHEMA_VERSION},\n`
  yield `"tool": ${JSON.stringify(tool)},\n`
  yield `"collectedAt": ${JSON.stringify(collectedAt === '' ? null : collectedAt)},\n`
  yield* listParts('accounts', accounts)
  yield* listParts('findings', findings)
  yield* listParts('notEvaluated', notEvaluated)
  yield* listParts('notes', notes)
  yield* listParts('checks', Object.values(checks))
  yield `"summary": ${JSON.stringify(summary)}\n}\n`
}

function* listParts(name: string, items: readonly unknown[], last = false): Iterable<string> {
  yield `${JSON.stringify(name)}: [`
  let separator = '\n'
  for (const item of items) {
    yield separator + JSON.stringify(item)
    separator = ',\n'
  }
  yield `${items.length > 0 ? '\n' : ''}]${last ? '' : ','}\n`
}

/** `keys --json`, in chunks. */
export function keysJson(rows: readonly KeyRow[]): Iterable<string> {
  return inChunks(keysParts(rows))
}

function* keysParts(rows: readonly KeyRow[]): Iterable<string> {
  yield `{\n"schemaVersion": ${REPORT_SCHEMA_VERSION},\n`
  yield* listParts('keys', rows, true)
  yield '}\n'
}
