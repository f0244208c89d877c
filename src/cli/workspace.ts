/** The workspace folder of the current directory. */
import { accessSync, constants, existsSync, mkdirSync, opendirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { KeyreeveError } from '../model/errors.ts'
import { makeWorkspace } from '../scan/fingerprint-key.ts'

export const WORKSPACE = '.keyreeve'
/** Where scans are kept. */
export const LEAKS = join(WORKSPACE, 'leaks')

/**
 * Makes a folder of the workspace, for its owner only. git is told to leave the workspace alone, so that neither a
 * commit nor a scan takes up the key IDs of our own files.
 */
export function makeWorkspaceFolder(folder: string): void {
  try {
    makeWorkspace(WORKSPACE)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw notWritable(folder, cause, '')
  }
}

/**
 * Whether a folder of the workspace could be made and written: asked before long work whose result goes there, unless
 * `--output` names another place.
 */
export function checkWorkspaceFolder(folder: string): void {
  const nearest = [folder, WORKSPACE].find((path) => existsSync(path)) ?? '.'
  try {
    opendirSync(nearest).closeSync()
    accessSync(nearest, constants.W_OK)
  } catch (cause) {
    throw notWritable(folder, cause, ', or name a file with `--output`')
  }
}

function notWritable(folder: string, cause: unknown, orElse: string): KeyreeveError {
  const { code } = cause as NodeJS.ErrnoException
  return new KeyreeveError('output', `the folder \`${folder}\` cannot be written (${code})`, {
    cause,
    hint: `run it in a folder that you may write${orElse}`,
  })
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
    // named ACCOUNT-TIME.json, so that the last in order is the newest; what was collected in part is named otherwise
    const account = /^(\d{12})-\d{8}T\d{6}Z\.json$/.exec(name)?.[1]
    if (account) newest.set(account, join(folder, name))
  }
  return [...newest.values()]
}
