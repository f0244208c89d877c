/** A store made of events, or of files, for a test. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { openDuckDb } from '../../src/trail/engines/duckdb.ts'
import type { Engine } from '../../src/trail/engines/engine.ts'
import { type IngestReport, ingest } from '../../src/trail/ingest/ingest.ts'
import { localFiles } from '../../src/trail/ingest/local-files.ts'
import { openStore } from '../../src/trail/store.ts'
import type { MadeUpEvent } from './made-up-event.ts'

/** A folder for a test, with these files; events become a log file as CloudTrail writes it. */
export function folderWith(files: Record<string, string | Buffer | readonly MadeUpEvent[]>): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyreeve-logs-'))
  for (const [name, content] of Object.entries(files)) {
    const bytes = Array.isArray(content) ? logFile(content) : (content as string | Buffer)
    writeFileSync(join(folder, name), name.endsWith('.gz') && Array.isArray(content) ? gzipSync(bytes) : bytes)
  }
  return folder
}

export function logFile(events: readonly MadeUpEvent[]): string {
  return JSON.stringify({ Records: events })
}

export function newStore(): string {
  return join(mkdtempSync(join(tmpdir(), 'keyreeve-store-')), 'trail')
}

export async function ingestFiles(store: string, ...paths: string[]): Promise<IngestReport> {
  const { files } = await localFiles(paths)
  return ingest(store, files, { threads: 1 })
}

/** The engine over a store of these events. */
export async function engineOf(events: readonly MadeUpEvent[]): Promise<Engine> {
  const store = newStore()
  await ingestFiles(store, folderWith({ 'log.json': [...events] }))
  return openDuckDb(await openStore(store), { threads: 1 })
}

/** Rows of a question about a store. */
export async function ask(store: string, sql: string): Promise<Record<string, unknown>[]> {
  const engine = await openDuckDb(await openStore(store), { threads: 1 })
  try {
    return await engine.query(sql)
  } finally {
    await engine.close()
  }
}

/** Every byte below a folder, to look for what must not be there. */
export function everythingIn(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}
