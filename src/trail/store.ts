/**
 * The store: Parquet files in the workspace, a folder for each day. `manifest.json` names the files that count; it is
 * replaced whole, so an ingest that does not come to its end changes nothing.
 *
 *   .keyreeve/trail/manifest.json
 *                   events/day=2026-01-31/ID.parquet
 *                   sources/ID.ndjson     what was ingested: name and version of each log file
 *                   rejected/ID.ndjson    what was not, and why
 */
import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { InputError, KeyreeveError } from '../model/errors.ts'
import { COLUMN_NAMES } from './columns.ts'

export const DEFAULT_STORE = join('.keyreeve', 'trail')

/** Raised when what is in the files changes. */
const STORE_VERSION = 1

const storedFile = z.object({
  /** Below the store's folder, with `/`. */
  path: z.string().regex(/^events\/day=\d{4}-\d\d-\d\d\/[\w-]+\.parquet$/),
  day: z.string(),
  events: z.int().nonnegative(),
})
export type StoredFile = z.infer<typeof storedFile>

const manifestFile = z.object({
  version: z.literal(STORE_VERSION),
  columns: z.array(z.string()),
  files: z.array(storedFile),
  /** Names below `sources/`. */
  sources: z.array(z.string().regex(/^[\w-]+\.ndjson$/)),
})
type Manifest = z.infer<typeof manifestFile>

const EMPTY: Manifest = { version: STORE_VERSION, columns: [...COLUMN_NAMES], files: [], sources: [] }

export interface TrailStore {
  folder: string
  /** Absolute or relative as the folder is. */
  files: string[]
  stored: readonly StoredFile[]
  events: number
  /** First and last day with events; null: there are none. */
  days: { from: string; to: string } | null
}

/**
 * @param within only the days from and to these, inclusive
 * @throws InputError when the manifest is damaged or of another version
 */
export async function openStore(
  folder: string,
  within: { from?: string | undefined; to?: string | undefined } = {},
): Promise<TrailStore> {
  const manifest = await readManifest(folder)
  const stored = manifest.files.filter(
    ({ day }) => (within.from === undefined || day >= within.from) && (within.to === undefined || day <= within.to),
  )
  const days = stored.map(({ day }) => day).sort()
  return {
    folder,
    stored,
    files: stored.map(({ path }) => join(folder, path)),
    events: stored.reduce((sum, { events }) => sum + events, 0),
    days: days.length === 0 ? null : { from: days[0]!, to: days.at(-1)! },
  }
}

async function readManifest(folder: string): Promise<Manifest> {
  const file = join(folder, 'manifest.json')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return EMPTY
  const parsed = manifestFile.safeParse(parseJson(text))
  if (!parsed.success)
    throw new InputError(`\`${file}\` is not the manifest of a store of this version`, {
      hint: 'use that version, or ingest the log files again into another folder (--store)',
    })
  if (parsed.data.columns.join() !== COLUMN_NAMES.join())
    throw new InputError(`the store \`${folder}\` was made by another version of keyreeve`, {
      hint: 'use that version, or ingest the log files again into another folder (--store)',
    })
  return parsed.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What was ingested of one log file. */
export interface IngestedSource {
  name: string
  /** Tells two states of the file apart: size and time, or the ETag of an object. */
  version: string
  events: number
  bad: number
}

/** The store while an ingest adds to it. One at a time. */
export interface StoreWriter {
  /** For files that are not part of the store yet. */
  staging: string
  /** Whether this state of a log file is in the store. */
  has(name: string, version: string): boolean
  /** Files of the store that have events of this day. */
  filesOf(day: string): string[]
  /** A new file for a day, in the staging folder. */
  newFile(day: string): Promise<{ path: string; absolute: string }>
  /** Makes the staged files and sources part of the store, all or none. May be called several times. */
  commit(files: readonly StoredFile[], sources: readonly IngestedSource[], rejected: readonly object[]): Promise<void>
  /** Releases the store; what was not committed is gone. */
  close(): Promise<void>
}

/** @throws KeyreeveError when another ingest is running, or the folder cannot be written */
export async function openForWriting(folder: string): Promise<StoreWriter> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    throw new KeyreeveError('output', `the folder \`${folder}\` cannot be made (${cause.code})`, {
      cause,
      hint: 'run it in a folder that you may write, or name another with `--store`',
    })
  })
  const unlock = await lock(folder)
  try {
    return await writerOf(folder, await readManifest(folder), unlock)
  } catch (error) {
    await unlock()
    throw error
  }
}

async function writerOf(folder: string, start: Manifest, unlock: () => Promise<void>): Promise<StoreWriter> {
  let manifest = start
  const staging = join(folder, 'staging')
  await rm(staging, { recursive: true, force: true })
  await mkdir(staging, { recursive: true, mode: 0o700 })
  const seen = new Set<string>()
  for (const name of manifest.sources) for (const key of await sourceKeys(join(folder, 'sources', name))) seen.add(key)
  return {
    staging,
    has: (name, version) => seen.has(sourceKey(name, version)),
    filesOf: (day) => manifest.files.filter((file) => file.day === day).map(({ path }) => join(folder, path)),
    async newFile(day) {
      const path = `events/day=${day}/${randomUUID()}.parquet`
      const absolute = join(staging, path)
      await mkdir(join(staging, `events/day=${day}`), { recursive: true, mode: 0o700 })
      return { path, absolute }
    },
    async commit(files, sources, rejected) {
      for (const { path, day } of files) {
        await mkdir(join(folder, `events/day=${day}`), { recursive: true, mode: 0o700 })
        await moveDurably(join(staging, path), join(folder, path))
      }
      const id = randomUUID()
      if (rejected.length > 0) await writeLines(join(folder, 'rejected'), `${id}.ndjson`, rejected)
      if (sources.length > 0) await writeLines(join(folder, 'sources'), `${id}.ndjson`, sources)
      manifest = {
        ...manifest,
        files: [...manifest.files, ...files].sort((a, b) => (a.path < b.path ? -1 : 1)),
        sources: sources.length > 0 ? [...manifest.sources, `${id}.ndjson`] : manifest.sources,
      }
      await replace(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`)
      for (const { name, version } of sources) seen.add(sourceKey(name, version))
    },
    async close() {
      await rm(staging, { recursive: true, force: true })
      await unlock()
    },
  }
}

function sourceKey(name: string, version: string): string {
  return `${name}\n${version}`
}

async function sourceKeys(file: string): Promise<string[]> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  return lines.flatMap((line) => {
    const source = parseJson(line) as Partial<IngestedSource> | undefined
    return typeof source?.name === 'string' ? [sourceKey(source.name, String(source.version))] : []
  })
}

async function writeLines(folder: string, name: string, rows: readonly object[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await replace(join(folder, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}

/** Writes a file so that, whenever the machine stops, the old or the new one is there. */
async function replace(file: string, text: string): Promise<void> {
  const partial = `${file}.${randomUUID()}.partial`
  await writeFile(partial, text, { mode: 0o600, flush: true })
  await rename(partial, file)
}

async function moveDurably(from: string, to: string): Promise<void> {
  const file = await open(from, 'r+')
  try {
    await file.chmod(0o600)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(from, to)
}

/** Takes the store for this process; a lock whose process is gone does not count. */
async function lock(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, 'ingest.lock')
  const mine = JSON.stringify({ pid: process.pid, host: hostname() })
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await writeFile(file, mine, { flag: 'wx', mode: 0o600 })
      return () => rm(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (await isHeld(file)) break
    await rm(file, { force: true })
  }
  throw new KeyreeveError('input', `another ingest is writing to \`${folder}\``, {
    hint: `wait for it; if there is none, remove \`${file}\``,
  })
}

async function isHeld(file: string): Promise<boolean> {
  const holder = parseJson(await readFile(file, 'utf8').catch(() => '')) as
    | { pid?: unknown; host?: unknown }
    | undefined
  if (typeof holder?.pid !== 'number')
    return Date.now() - (await stat(file).catch(() => ({ mtimeMs: 0 }))).mtimeMs < 5_000
  if (holder.host !== hostname()) return true
  if (holder.pid === process.pid) return true
  try {
    process.kill(holder.pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
