/** Log files on this machine, oldest first where their names tell. */
import { createReadStream, readFileSync } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { InputError } from '../../model/errors.ts'
import type { LogFile } from './log-file.ts'

export interface Skipped {
  what: string
  why: string
}

const LOG_FILE = /\.(?:json|jsonl|ndjson|log)(?:\.gz)?$|\.gz$/i

/**
 * @param paths files of any name, and folders, of which every file that may be a log is taken
 * @throws InputError when a path is not there
 */
export async function localFiles(paths: readonly string[]): Promise<{ files: LogFile[]; skipped: Skipped[] }> {
  const found = new Map<string, LogFile>()
  const skipped: Skipped[] = []
  for (const path of paths) {
    const there = await stat(path).catch(() => null)
    if (!there)
      throw new InputError(`there is no \`${path}\``, { hint: 'give a folder, a file, or s3://bucket/prefix' })
    if (there.isDirectory()) await walk(path, found, skipped)
    else await add(path, found, skipped)
  }
  return { files: [...found.values()].sort(byTime), skipped }
}

async function walk(folder: string, found: Map<string, LogFile>, skipped: Skipped[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    skipped.push({ what: folder, why: error.code ?? error.name })
    return []
  })
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!isOtherKind(entry.name)) await walk(path, found, skipped)
    } else if (LOG_FILE.test(entry.name) && !OTHER_KIND.test(entry.name)) await add(path, found, skipped)
  }
}

/** Their names say it, too, when somebody has put all files into one folder: `111122223333_CloudTrail-Digest_...` */
const OTHER_KIND = /^\d{12}_CloudTrail-(?:Digest|Insight|Aggregated)_/

/** Digests and Insights lie beside the logs, under their own names. */
export function isOtherKind(folder: string): boolean {
  return folder === 'CloudTrail-Digest' || folder === 'CloudTrail-Insight' || folder === 'CloudTrail-Aggregated'
}

async function add(path: string, found: Map<string, LogFile>, skipped: Skipped[]): Promise<void> {
  try {
    const real = await realpath(path)
    const { size, mtimeMs } = await stat(real)
    found.set(real, {
      name: resolve(path),
      version: `${size}:${mtimeMs}`,
      size,
      // at once: a promise for each of 10,000 small files takes longer than reading them
      read: async () => readFileSync(real),
      stream: () => createReadStream(real, { highWaterMark: 1024 * 1024 }),
    })
  } catch (error) {
    skipped.push({ what: path, why: (error as NodeJS.ErrnoException).code ?? 'unknown error' })
  }
}

/** `123456789012_CloudTrail_us-east-1_20260105T1020Z_abc.json.gz` */
const TIME_IN_NAME = /_(\d{8}T\d{4}Z)_/

/** Order by time keeps a batch within a day or two, and so the files of the store few. */
export function byTime(a: { name: string }, b: { name: string }): number {
  const [timeA, timeB] = [TIME_IN_NAME.exec(a.name)?.[1] ?? '', TIME_IN_NAME.exec(b.name)?.[1] ?? '']
  if (timeA !== timeB) return timeA < timeB ? -1 : 1
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
