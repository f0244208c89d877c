/** What the store says of each key, worked out at the end of an ingest, so that an audit need not ask again. */
import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../model/errors.ts'
import type { AccountUsage } from '../model/usage.ts'
import { openDuckDb } from './engines/duckdb.ts'
import { accountUsages } from './questions/account-usage.ts'
import { openStore } from './store.ts'

const FILE = 'usage.json'
const VERSION = 1

/** Asks the store and saves the answer beside it. */
export async function saveUsage(folder: string): Promise<void> {
  const store = await openStore(folder)
  if (store.days === null) return
  const engine = await openDuckDb(store)
  try {
    const accounts = await accountUsages({ engine, within: store.days })
    const partial = join(folder, `${FILE}.${randomUUID()}.partial`)
    await writeFile(partial, JSON.stringify({ version: VERSION, accounts }), { mode: 0o600 })
    await rename(partial, join(folder, FILE))
  } finally {
    await engine.close()
  }
}

/**
 * What was saved; null: nothing was ingested there.
 * @throws InputError when the file is not what {@link saveUsage} writes
 */
export async function savedUsage(folder: string): Promise<AccountUsage[] | null> {
  const file = join(folder, FILE)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  })
  if (text === null) return null
  try {
    const saved = JSON.parse(text) as { version?: unknown; accounts?: AccountUsage[] }
    if (saved.version === VERSION && Array.isArray(saved.accounts)) return saved.accounts
  } catch {
    // said below
  }
  throw new InputError(`\`${file}\` is not what \`keyreeve trail ingest\` writes`, {
    hint: 'remove it, and ingest again',
  })
}
