/** `scan`: from paths to reports. */
import { readFileSync } from 'node:fs'
import { KeyreeveError } from '../model/errors.ts'
import type { Leak } from '../model/leak.ts'
import type { ScanReport } from '../model/scan-report.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { leaksJson, leaksNdjson } from '../report/leaks/json.ts'
import { leaksTerminal } from '../report/leaks/terminal.ts'
import { type ArchiveOpener, archiveOpener, type Limits } from '../scan/archives/index.ts'
import { assess } from '../scan/assess.ts'
import { createLeakCollector, type LeakCollector } from '../scan/collect-leaks.ts'
import { findRepository, isFolder, repositoryKind } from '../scan/git/repository.ts'
import type { SecondThreadOptions } from '../scan/git/second-thread.ts'
import { createScanner, type Scanner } from '../scan/scanner.ts'
import type { Sink } from '../scan/source.ts'
import { readStdin } from '../scan/sources/stdin.ts'
import { walkTree } from '../scan/sources/tree.ts'
import { builtFile } from './built-file.ts'
import { EXIT } from './errors.ts'
import { type Output, writeOutput } from './outputs.ts'
import { type Progress, startProgress } from './progress.ts'
import { openBaselines } from './scan-baseline.ts'
import type { ScanFlags, ScanFormat } from './scan-options.ts'
import { terminalFor } from './terminal.ts'
import { tuneForScan } from './tune-v8.ts'
import { TOOL } from './version.ts'
import { visible } from './visible.ts'
import { keepsScans } from './workspace.ts'

export async function runScan(
  paths: readonly string[],
  flags: ScanFlags,
  outputs: readonly Output<ScanFormat>[],
): Promise<void> {
  tuneForScan()
  checkCanaries(flags.canaryAccount ?? [])
  checkParts(paths, flags)
  const baselines = openBaselines(flags)
  const verifier = flags.verify ? (await import('./verify.ts')).createVerifier(flags) : null
  const options = { canaryAccounts: flags.canaryAccount ?? [], encodings: flags.encodings }
  const { fingerprintKey } = baselines
  const scanner = createScanner({ ...options, fingerprintKey, ...(verifier ? { handOver: verifier.take } : {}) })
  const collector = createLeakCollector(scanner)
  const scannedAt = now()
  const archives = archiveLimits(flags)
  const opener = archives ? archiveOpener(archives) : undefined
  // a secret that is handed over must not come from another thread
  const program = builtFile('scan/git/walk-thread.js')
  const second = verifier ? undefined : { program, scanner: options, fingerprintKey, archives }
  const { leftOut } = await scanAll(paths, { scanner, collector, flags, second, archives: opener })
  const account = flags.account
    ? await (await import('./scan-account.ts')).scanAccountInto(collector, scanner, flags)
    : null
  const found = verifier ? await verifier.verified(collector.leaks()) : collector.leaks()
  const snapshots = found.some(({ kind }) => kind === 'long-term') ? await snapshotsFor(flags) : []
  const leaks = assess(await joined(found, snapshots), { isAccepted: baselines.isAccepted, now: now() })
  const report: ScanReport = {
    tool: TOOL,
    scanned: { ...collector.counts, leftOut, skipped: collector.skipped },
    leaks,
    comparedWith: snapshots.map(({ accountId, collectedAt }) => ({ accountId, collectedAt })),
  }
  if (flags.writeBaseline !== undefined) {
    const open = leaks.filter(
      ({ status, suppressedBecause }) => status === 'open' || suppressedBecause === 'in the baseline',
    )
    await baselines.write(flags.writeBaseline, open)
    process.stderr.write(`wrote ${visible(flags.writeBaseline)}: ${open.length} accepted\n`)
    return
  }
  process.exitCode = verdict(report)
  // a part of a repository says nothing of the rest, which the last scan of all of it does
  if (!isPartOnly(flags) && (flags.save ?? keepsScans())) {
    const { saveScan, targetsOf } = await import('./saved-scans.ts')
    const { skipped } = collector
    const coverage = account?.coverage ?? []
    const targets = targetsOf(paths, account?.accountId)
    const file = await saveScan({ scannedAt, targets, skipped, coverage, leaks: await joined(found, snapshots) })
    process.stderr.write(`saved to ${visible(file)}\n`)
  }
  for (const { format, file } of outputs) {
    await writeOutput(file, await reportOf(report, format, file, flags))
    if (file !== null) process.stderr.write(`wrote ${visible(file)}\n`)
  }
  const isRead = outputs.some(({ format, file }) => format === 'terminal' && file === null)
  if (isRead && process.exitCode === EXIT.found) await writeOutput(null, [howToGoOn(flags)])
}

/** A hook with this stops what a person wanted to do, and says nothing itself. */
function howToGoOn({ staged, pushed }: ScanFlags): string {
  const what = staged ? 'commit' : 'push'
  const goOn = [
    '',
    'No real key? A comment on its line lets it through: keyreeve:allow REASON',
    `For once, git ${what} --no-verify goes on without this.`,
    '',
  ].join('\n')
  if (staged) return goOn
  if (pushed === undefined) return ''
  return `
Where nobody else has these commits, it is enough to take the key out of them before you push: git rebase -i.${goOn}`
}

/** What all paths of one scan share. */
interface PathScan {
  scanner: Scanner
  collector: LeakCollector
  archives: ArchiveOpener | undefined
  second: SecondThreadOptions | undefined
  flags: ScanFlags
  progress: Progress
}

/** Hands everything under the paths to the collector; of a repository also its history, or only a part of that. */
async function scanAll(paths: readonly string[], shared: Omit<PathScan, 'progress'>): Promise<{ leftOut: number }> {
  const { scanner, collector, archives, flags } = shared
  const progress = startProgress()
  const scan = { ...shared, progress }
  let leftOut = 0
  try {
    for (const path of paths)
      if (path === '-') readStdin(collector, archives)
      else if (isPartOnly(flags)) await scanPart(path, scan)
      // the files of the only repository need not be told from others
      else leftOut += await scanPath(path, paths.length === 1 ? '' : inFolder(path), scan)
    if (flags.host) await scanThisHost(scanner, collector, archives)
  } finally {
    progress.stop()
  }
  return { leftOut }
}

/** Whether only a part of a repository is looked at. */
function isPartOnly({ staged, since, pushed }: ScanFlags): boolean {
  return staged === true || since !== undefined || pushed !== undefined
}

async function scanPart(path: string, { scanner, collector, archives, flags, progress }: PathScan): Promise<void> {
  const { since, staged, pushed } = flags
  const { scanRepository } = await import('../scan/git/index.ts')
  try {
    await scanRepository(path, scanner, collector, {
      archives,
      since,
      staged,
      pushed: pushed === undefined ? undefined : { remote: pushed, refs: readFileSync(0, 'utf8') },
      onProgress: objectsOf(progress),
    })
  } catch (error) {
    throw since === undefined ? error : withRevisionHint(error)
  }
}

/** In CI, the branch to compare with is often not there. */
function withRevisionHint(error: unknown): unknown {
  if (!(error instanceof KeyreeveError) || !/bad revision|unknown revision|no upstream/.test(error.message))
    return error
  return new KeyreeveError(error.code, error.message, {
    cause: error,
    hint: 'git branch -a names the branches that are here; git fetch brings others, git fetch --unshallow all commits',
  })
}

/**
 * @param prefix put before the paths of the repository that `path` is
 * @returns how many files and folders .gitignore has left out
 */
async function scanPath(
  path: string,
  prefix: string,
  { scanner, collector, archives, second, flags, progress }: PathScan,
): Promise<number> {
  const kind = flags.history ? repositoryKind(path) : null
  if (flags.history && kind === null) noteHistoryAround(path)
  const repositories = kind === null ? [] : [{ path, prefix }]
  let leftOut = 0
  if (kind !== 'bare')
    ({ leftOut } = walkTree([path], collector, {
      gitignore: flags.gitignore,
      archives,
      pipes: true,
      onRepository: (found) => {
        if (found !== path) repositories.push({ path: found, prefix: inFolder(found) })
      },
      onProgress: (done) => progress.update({ done, total: null, what: 'files' }),
    }))
  if (flags.history && repositories.length > 0) {
    const { scanRepositories } = await import('../scan/git/index.ts')
    await scanRepositories(repositories, scanner, collector, { archives, second, onProgress: objectsOf(progress) })
  }
  return leftOut
}

/** Of a folder in a repository only the files are scanned, which looks like an answer for the whole. */
function noteHistoryAround(path: string): void {
  if (!isFolder(path)) return
  const worktree = findRepository(path)?.worktree
  if (worktree)
    process.stderr.write(
      `note: only the files of ${visible(path)} are scanned; for the history, scan the repository: ${visible(worktree)}\n`,
    )
}

const inFolder = (path: string) => (path === '.' ? '' : path.endsWith('/') ? path : `${path}/`)

const objectsOf = (progress: Progress) => (done: number, total: number) =>
  progress.update({ done, total, what: 'objects of git history' })

/** Null: archives are not opened. */
function archiveLimits({ archives, maxDepth }: ScanFlags): Partial<Limits> | null {
  const depth = maxDepth === undefined ? undefined : Number(maxDepth)
  if (depth !== undefined && !(Number.isInteger(depth) && depth >= 1 && depth <= 20))
    throw new KeyreeveError('usage', '`--max-depth` is a number from 1 to 20', { hint: 'leave it out for 5' })
  return archives ? (depth === undefined ? {} : { depth }) : null
}

async function scanThisHost(
  scanner: Scanner,
  collector: LeakCollector,
  archives: ArchiveOpener | undefined,
): Promise<void> {
  const { scanHost } = await import('../scan/sources/host.ts')
  const walk = (paths: string[], sink: Sink) => walkTree(paths, sink, { gitignore: false, archives })
  const { instanceRole } = await scanHost(collector, { scanner, walk })
  if (instanceRole?.status === 'role')
    process.stderr.write(
      `note: this instance has the role \`${instanceRole.name}\`: programs on it can use that in place of access keys\n`,
    )
  if (instanceRole?.status === 'none')
    process.stderr.write('note: this instance has no role; with one, programs on it would need no access keys\n')
}

/** At most one part of a repository is asked for. */
function checkParts(paths: readonly string[], { staged, since, pushed, history }: ScanFlags): void {
  const parts = [
    staged && '`--staged`',
    since !== undefined && '`--since`',
    pushed !== undefined && '`--pushed`',
  ].filter((part) => typeof part === 'string')
  if (parts.length > 1) throw new KeyreeveError('usage', `${parts.join(' and ')} are different parts of a repository`)
  if (parts.length > 0 && !history) throw new KeyreeveError('usage', `\`--no-history\` leaves nothing for ${parts[0]}`)
  if (parts.length > 0 && paths.includes('-'))
    throw new KeyreeveError('usage', 'standard input is no repository', { hint: `leave out - or ${parts[0]}` })
}

/** What was found comes first: an incident must not look like a mere gap. */
function verdict({ leaks, scanned }: ScanReport): number {
  if (leaks.some(({ status }) => status === 'open')) return EXIT.found
  return scanned.skipped.length > 0 ? EXIT.incomplete : EXIT.ok
}

function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`
}

async function joined(leaks: Leak[], snapshots: readonly Snapshot[]): Promise<Leak[]> {
  if (snapshots.length === 0) return leaks
  const { joinAccounts } = await import('../scan/in-account.ts')
  return joinAccounts(leaks, snapshots)
}

/** The snapshots that were given, or the newest of each account in the workspace. */
async function snapshotsFor({ snapshot }: ScanFlags): Promise<Snapshot[]> {
  if (snapshot === false) return []
  if (Array.isArray(snapshot)) return loaded(snapshot)
  const { newestSnapshots } = await import('./workspace.ts')
  const snapshots: Snapshot[] = []
  // nobody has asked for these: one that cannot be read must not keep back what was found
  for (const file of newestSnapshots()) snapshots.push(...(await loaded([file]).catch(notCompared)))
  return snapshots
}

async function loaded(files: string[]): Promise<Snapshot[]> {
  const { loadSnapshots } = await import('../collect/saved/load.ts')
  const { snapshots, notes } = await loadSnapshots(files, { toolVersion: TOOL.version })
  for (const note of notes) process.stderr.write(`note: ${visible(note)}\n`)
  return snapshots
}

function notCompared(error: unknown): Snapshot[] {
  if (!(error instanceof KeyreeveError)) throw error
  process.stderr.write(`note: not compared with an account: ${visible(error.message)}\n`)
  return []
}

/** Whatever was typed is not repeated: it may be a secret, pasted by mistake. */
function checkCanaries(accounts: readonly string[]): void {
  if (accounts.every((account) => /^\d{12}$/.test(account))) return
  throw new KeyreeveError('usage', 'that is no account ID', { hint: '`--canary-account` takes IDs of 12 digits' })
}

async function reportOf(
  report: ScanReport,
  format: ScanFormat,
  file: string | null,
  { verbose = false }: ScanFlags,
): Promise<Iterable<string>> {
  switch (format) {
    case 'terminal':
      return [leaksTerminal(report, { ...terminalFor(file), verbose })]
    case 'json':
      return leaksJson(report)
    case 'ndjson':
      return leaksNdjson(report)
    case 'csv':
      return (await import('../report/leaks/csv.ts')).leaksCsv(report)
    case 'markdown':
      return (await import('../report/leaks/markdown.ts')).leaksMarkdown(report)
    case 'sarif':
      return (await import('../report/leaks/sarif.ts')).leaksSarif(report)
  }
}
