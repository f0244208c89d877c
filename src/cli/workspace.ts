/** The workspace folder of the current directory. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { makeWorkspace } from '../scan/fingerprint-key.ts'

export const WORKSPACE = '.keyreeve'
/** Where scans are kept. */
export const LEAKS = join(WORKSPACE, 'leaks')

/**
 * Makes a folder of the workspace, for its owner only. git is told to leave the workspace alone, so that neither a
 * commit nor a scan takes up the key IDs of our own files.
 */
export function makeWorkspaceFolder(folder: string): void {
  makeWorkspace(WORKSPACE)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}

/** Whether somebody keeps snapshots or scans here: then a scan is kept as well. */
export function keepsScans(): boolean {
  return existsSync(LEAKS) || existsSync(join(WORKSPACE, 'snapshots'))
}

/** The newest snapshot of each account that `collect` has put there; none when there is no workspace. */
export function newestSnapshots(workspace = WORKSPACE): string[] {
  const folder = join(workspace, 'snapshots')
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return []
  }
  const newest = new Map<string, string>()
  for (const name of names.sort()) {
    // named ACCOUNT-TIME.json, so that the last in order is the newest
    const account = /^(\d{12})-\d{8}T\d{6}Z\.json$/.exec(name)?.[1]
    if (account) newest.set(account, join(folder, name))
  }
  return [...newest.values()]
}
