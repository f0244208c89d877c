/** What `trail ingest` left in the workspace, for the commands that join it. */
import type { Command } from 'commander'
import type { AccountUsage, RecordedUse } from '../model/usage.ts'
import type { Question } from '../trail/questions/scope.ts'

export interface TrailFlags {
  trail: string
}

const DEFAULT_STORE = '.keyreeve/trail'

export function addTrailOption(command: Command): void {
  command.option(
    '--trail <folder>',
    'what `keyreeve trail ingest` read of CloudTrail, joined when it is there',
    DEFAULT_STORE,
  )
}

/** null: none was ingested there. */
export async function savedTrail(folder: string): Promise<AccountUsage[] | null> {
  const { savedUsage } = await import('../trail/saved-usage.ts')
  return savedUsage(folder)
}

/** Asks the store there; null: none was ingested. */
export async function withTrail<T>(folder: string, ask: (question: Question) => Promise<T>): Promise<T | null> {
  const { openStore } = await import('../trail/store.ts')
  const store = await openStore(folder)
  if (store.days === null) return null
  const { openDuckDb } = await import('../trail/engines/duckdb.ts')
  const engine = await openDuckDb(store)
  try {
    return await ask({ engine, within: store.days })
  } finally {
    await engine.close()
  }
}

/** What the store there says of who did what in the account; null: nothing was ingested. */
export function recordedUseOf(accountId: string, folder: string): Promise<RecordedUse | null> {
  return withTrail(folder, async (question) => {
    const { recordedUse } = await import('../trail/questions/recorded-use.ts')
    return recordedUse(question, accountId)
  })
}
