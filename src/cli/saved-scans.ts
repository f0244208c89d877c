/**
 * The workspace's scans: `.keyreeve/leaks/`, one file a scan, for `audit` and `keys` to join. Only its owner may read
 * them; no secret is in them.
 */
import { hash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import type { Command } from 'commander'
import type { AccountScanCoverage } from '../audit.ts'
import { KeyreeveError } from '../model/errors.ts'
import type { Leak } from '../model/leak.ts'
import type { SavedScan, ScanTarget } from '../model/saved-scan.ts'
import { writeOutput } from './outputs.ts'
import { TOOL } from './version.ts'
import { LEAKS, makeWorkspaceFolder } from './workspace.ts'

/** Files of scans are read up to this size. */
const MAX_BYTES = 256 * 2 ** 20

export interface LeaksFlags {
  /** Saved scans to join; true: the workspace's, false: none. */
  leaks?: string[] | boolean
}

/** The flags that say which scans are joined. */
export function addLeaksOptions(command: Command): Command {
  return command
    .option('--leaks <file...>', 'join these saved scans (default: the newest in .keyreeve/leaks/)')
    .option('--no-leaks', 'join no scan')
}

/** The scans that the flags ask for; null: none. */
export async function scansFor({ leaks }: LeaksFlags): Promise<JoinedScans | null> {
  if (leaks === false) return null
  return joinScans(Array.isArray(leaks) ? leaks : undefined)
}

/** What scans of accounts read, for the checks that hang on it. */
export function accountScansOf({ scans }: JoinedScans): AccountScanCoverage[] {
  return scans.flatMap(({ targets, coverage }) =>
    targets.filter(({ kind }) => kind === 'account').map(({ name }) => ({ accountId: name, coverage })),
  )
}

/** Where a scan looked, as the workspace remembers it. */
export function targetsOf(paths: readonly string[], accountId: string | undefined): ScanTarget[] {
  return [
    ...paths.map((path): ScanTarget => {
      return path === '-' ? { kind: 'stdin', name: path } : { kind: 'path', name: resolve(path) }
    }),
    ...(accountId === undefined ? [] : [{ kind: 'account' as const, name: accountId }]),
  ]
}

/** Skipped files that are kept by name. */
const MOST_SKIPPED = 1000

/** Writes a scan and gives the file's name. */
export async function saveScan(
  given: Pick<SavedScan, 'scannedAt' | 'targets' | 'coverage' | 'skipped' | 'leaks'>,
): Promise<string> {
  const scan: SavedScan = {
    kind: 'keyreeve-scan',
    schemaVersion: 1,
    tool: TOOL,
    ...given,
    complete: given.skipped.length === 0,
    skipped: given.skipped.slice(0, MOST_SKIPPED),
  }
  makeWorkspaceFolder(LEAKS)
  const time = scan.scannedAt.replaceAll(/[-:]/g, '')
  const file = join(LEAKS, `${nameOf(scan.targets)}-${time}.json`)
  await writeOutput(file, [`${JSON.stringify(scan, null, 1)}\n`])
  return file
}

/** `account-111122223333`, `path-3f2a91c0`: the same for the same targets. */
function nameOf(targets: readonly ScanTarget[]): string {
  const [first] = targets
  if (targets.length === 1 && first?.kind === 'account') return `account-${first.name.replaceAll(/\D/g, '')}`
  const identity = targets.map(({ kind, name }) => `${kind} ${name}`).sort()
  return `${first?.kind ?? 'scan'}-${hash('sha256', identity.join('\n')).slice(0, 8)}`
}

/** What scans say of keys: all their leaks, and what a reader must know of them. */
export interface JoinedScans {
  leaks: Leak[]
  scans: SavedScan[]
  notes: string[]
}

/**
 * The newest scan of each target, joined; null when there is none.
 * @param files these, instead of the workspace's
 * @throws KeyreeveError for a named file that cannot be read; one of the workspace's is left out, with a note
 */
export async function joinScans(files?: readonly string[]): Promise<JoinedScans | null> {
  const { savedScan } = await import('../model/saved-scan.ts')
  const names = files ?? (await newestFiles())
  const scans: SavedScan[] = []
  const notes: string[] = []
  for (const name of names) {
    const scan = await readScan(name, savedScan)
    if (typeof scan !== 'string') scans.push(scan)
    else if (files)
      throw new KeyreeveError('input', `\`${name}\` ${scan}`, {
        hint: 'name a file of .keyreeve/leaks/; keyreeve scan --save keeps one there',
      })
    else notes.push(`the scan \`${name}\` was left out: it ${scan}`)
  }
  if (scans.length === 0) return notes.length > 0 ? { leaks: [], scans, notes } : null
  const current = scans.filter((scan) => !scans.some((other) => covers(other, scan)))
  const { mergeLeaks } = await import('../scan/merge-leaks.ts')
  return {
    leaks: mergeLeaks(current.map(({ leaks }) => leaks)),
    scans: current,
    notes: [...notes, ...notesOf(current)],
  }
}

/** One file of each target: its name ends with the time. */
async function newestFiles(): Promise<string[]> {
  const names = (await readdir(LEAKS).catch(() => [] as string[])).filter((name) => /-\d{8}T\d{6}Z\.json$/.test(name))
  const newest = new Map<string, string>()
  for (const name of names.sort()) newest.set(name.slice(0, -'-20260101T000000Z.json'.length), name)
  return [...newest.values()].map((name) => join(LEAKS, name))
}

type Schema = typeof import('../model/saved-scan.ts')['savedScan']

/** The scan, or what is wrong with the file. */
async function readScan(file: string, schema: Schema): Promise<SavedScan | string> {
  let text: string
  try {
    const found = await stat(file)
    if (!found.isFile()) return 'is no file'
    if (found.size > MAX_BYTES) return 'is too large'
    text = await readFile(file, 'utf8')
  } catch {
    return 'cannot be read'
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'is no JSON'
  }
  const parsed = schema.safeParse(json)
  return parsed.success ? parsed.data : 'is no saved scan, or of another version'
}

/** Whether a newer scan looked at all that another did. */
function covers(newer: SavedScan, older: SavedScan): boolean {
  if (newer === older || newer.scannedAt < older.scannedAt) return false
  if (newer.scannedAt === older.scannedAt && newer.targets.length <= older.targets.length) return false
  return older.targets.every((target) => newer.targets.some((other) => includes(other, target)))
}

function includes(whole: ScanTarget, part: ScanTarget): boolean {
  if (whole.kind !== part.kind || part.kind === 'stdin') return false
  if (whole.name === part.name) return true
  return whole.kind === 'path' && part.name.startsWith(whole.name.endsWith(sep) ? whole.name : whole.name + sep)
}

function notesOf(scans: readonly SavedScan[]): string[] {
  const what = ({ targets, scannedAt }: SavedScan) =>
    `${targets.map(({ kind, name }) => (kind === 'path' ? name : `${kind} ${name}`)).join(', ')} on ${scannedAt.slice(0, 10)}`
  const shown = scans.slice(0, 3).map(what).join('; ')
  const more = scans.length > 3 ? `; and ${scans.length - 3} more` : ''
  const gaps = scans.filter(({ complete }) => !complete)
  return [
    `leaks are those of ${scans.length === 1 ? 'the scan' : `${scans.length} scans`}: ${shown}${more}`,
    ...(gaps.length > 0
      ? [`not everything could be read in the scan of ${gaps.slice(0, 3).map(what).join('; ')}`]
      : []),
  ]
}
