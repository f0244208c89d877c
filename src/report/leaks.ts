/** Leaks: what `scan` found. */
import type { Leak } from '../model/leak.ts'
import { printable } from './escape.ts'
import { REPORT_SCHEMA_VERSION } from './format.ts'

export interface Scanned {
  files: number
  blobs: number
  bytes: number
  skipped: readonly { what: string; why: string }[]
}

/** `scan --json`. */
export function* leaksJson(leaks: readonly Leak[], scanned: Scanned): Iterable<string> {
  yield `${JSON.stringify({ schemaVersion: REPORT_SCHEMA_VERSION, scanned, leaks }, null, 2)}\n`
}

/** `scan`. */
export function* leaksText(leaks: readonly Leak[], scanned: Scanned): Iterable<string> {
  for (const leak of leaks) {
    yield `${leak.accessKeyId ?? leak.kind} ${leak.class}: ${leak.reason} (${leak.evidence})\n`
    for (const { path, line, column } of leak.places) yield `  ${printable(path)}:${line}:${column}\n`
  }
  yield `${leaks.length} found in ${scanned.files} files\n`
}
