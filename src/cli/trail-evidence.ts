/** What `trail ingest` left in the workspace, for the commands that join it. */
import type { Command } from 'commander'
import type { AccountUsage } from '../model/usage.ts'

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
