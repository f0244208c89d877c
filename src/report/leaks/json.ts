/** `scan --format json` and `ndjson`. */
import type { ScanReport } from '../../model/scan-report.ts'
import { inChunks, REPORT_SCHEMA_VERSION } from '../format.ts'

/** One document, in chunks. */
export function leaksJson(report: ScanReport): Iterable<string> {
  return inChunks(document(report))
}

function* document({ tool, scanned, comparedWith, leaks }: ScanReport): Iterable<string> {
  const { skipped, ...counts } = scanned
  yield `{\n  "schemaVersion": ${REPORT_SCHEMA_VERSION},\n  "tool": ${JSON.stringify(tool)},\n`
  yield `  "comparedWith": ${JSON.stringify(comparedWith)},\n`
  yield `  "scanned": { ${JSON.stringify(counts).slice(1, -1)}, "skipped": [`
  yield* list(skipped, '\n    ')
  yield '] },\n  "leaks": ['
  yield* list(leaks, '\n    ')
  yield ']\n}\n'
}

function* list(items: readonly object[], indent: string): Iterable<string> {
  let separator = indent
  for (const item of items) {
    yield separator + JSON.stringify(item)
    separator = `,${indent}`
  }
  if (items.length > 0) yield indent.slice(0, -2)
}

/** One object for each line, told apart by `kind`: leaks, what was skipped, and at last the sum. */
export function leaksNdjson(report: ScanReport): Iterable<string> {
  return inChunks(lines(report))
}

function* lines({ tool, scanned, comparedWith, leaks }: ScanReport): Iterable<string> {
  const { skipped, ...counts } = scanned
  for (const { kind, ...leak } of leaks) yield line({ kind: 'leak', credential: kind, ...leak })
  for (const skip of skipped) yield line({ kind: 'skipped', ...skip })
  const open = leaks.filter(({ status }) => status === 'open').length
  const sum = { schemaVersion: REPORT_SCHEMA_VERSION, tool, comparedWith, ...counts, skipped: skipped.length }
  yield line({ kind: 'summary', ...sum, open, suppressed: leaks.length - open })
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`
}
