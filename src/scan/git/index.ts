/**
 * A git repository as a source: every object that its database holds, be it in HEAD, in history, stashed, noted, or left
 * behind by an amended commit. Nothing of the repository is run, checked out, written or fetched.
 */
import { InputError, KeyreeveError } from '../../model/errors.ts'
import type { ArchiveOpener } from '../archives/index.ts'
import type { LeakCollector } from '../collect-leaks.ts'
import type { Scanner } from '../scanner.ts'
import type { BlobPlace } from '../source.ts'
import { catFile } from './cat-file.ts'
import { gapOfRefs, gapsOf } from './gaps.ts'
import { NOWHERE, ObjectScanner } from './object-scanner.ts'
import { ObjectStore } from './object-store.ts'
import { MOST_IN_MEMORY } from './pack-walk.ts'
import { Places } from './places.ts'
import { objectsPushed, objectsSince, type RangeObjects } from './range.ts'
import { type Refs, readRefs } from './refs.ts'
import { findRepository, openRepository, type Repository, submodulesOf } from './repository.ts'
import { type ObjectCounts, ObjectsScan } from './scan-objects.ts'
import { type SecondThreadOptions, startSecondThread } from './second-thread.ts'
import { stagedFiles } from './staged.ts'

export interface RepositoryOptions {
  /** Opens archives; without it they are scanned as they are. */
  archives?: ArchiveOpener | undefined
  /** Only what the commits after this revision bring: a revision, or a range `A..B`. */
  since?: string | undefined
  /** Only what a push sends: the remote's name, and what git tells a pre-push hook on standard input. */
  pushed?: { remote: string; refs: string } | undefined
  /** Only the files that the next commit would change, whole, as they are in the index. */
  staged?: boolean | undefined
  /** For the whole history of large repositories, a second thread; without it there is one. */
  second?: SecondThreadOptions | undefined
  /** Objects dealt with, and how many there are. */
  onProgress?: (done: number, total: number) => void
}

/** What was looked at. */
export interface RepositorySummary extends ObjectCounts {
  /** Repositories of submodules that were scanned, too. */
  submodules: number
}

/**
 * Scans all history of repositories, and that of the submodules they keep, each once. A folder that is no repository is
 * passed over; what cannot be read becomes a skip.
 * @param folders each repository, and what is put before the paths of its files
 */
export async function scanRepositories(
  folders: Iterable<{ path: string; prefix: string }>,
  scanner: Scanner,
  collector: LeakCollector,
  options: Pick<RepositoryOptions, 'archives' | 'second' | 'onProgress'> = {},
): Promise<RepositorySummary> {
  const run = new RepositoryScan(scanner, collector, options)
  for (const { path, prefix } of folders) {
    const repository = openRepository(path)
    if (repository) await run.allWithSubmodules(repository, prefix)
  }
  return run.summary
}

/**
 * Scans a repository and the submodules it keeps, and gives what it finds to the collector, with paths and commits.
 * What cannot be read becomes a skip.
 * @param path the repository; with `since` or `staged` also a folder inside one
 * @throws InputError when it is no repository; KeyreeveError when `since` or `staged` needs a git that fails
 */
export async function scanRepository(
  path: string,
  scanner: Scanner,
  collector: LeakCollector,
  options: RepositoryOptions = {},
): Promise<RepositorySummary> {
  const { since, pushed, staged } = options
  const narrow = staged === true || since !== undefined || pushed !== undefined
  const repository = narrow ? findRepository(path) : openRepository(path)
  if (!repository) throw new InputError(`\`${path}\` is no git repository`)
  const run = new RepositoryScan(scanner, collector, options)
  if (staged) await run.staged(repository)
  else if (since !== undefined) await run.range(repository, objectsSince(repository, since))
  else if (pushed) await run.range(repository, objectsPushed(repository, pushed.refs, pushed.remote))
  else await run.allWithSubmodules(repository, '')
  return run.summary
}

class RepositoryScan {
  readonly summary: RepositorySummary = { blobs: 0, commits: 0, tags: 0, bytes: 0, submodules: 0 }
  readonly #scanner: ObjectScanner
  readonly #collector: LeakCollector
  readonly #options: RepositoryOptions
  /** Where the objects of each repository lie that was scanned whole. */
  readonly #done = new Set<string>()

  constructor(scanner: Scanner, collector: LeakCollector, options: RepositoryOptions) {
    this.#scanner = new ObjectScanner(scanner, options.archives, (what, why) => collector.skip(what, why))
    this.#collector = collector
    this.#options = options
  }

  /** @param prefix put before each path */
  async allWithSubmodules(repository: Repository, prefix: string): Promise<void> {
    await this.#all(repository, prefix)
    for (const { name, repository: submodule } of submodulesOf(repository)) {
      if (await this.#all(submodule, `${prefix}${name}/`)) this.summary.submodules++
    }
  }

  /** Null: git, which is asked where they are not kept as files, cannot tell. */
  #refsOf(repository: Repository): Refs | null {
    try {
      return readRefs(repository)
    } catch (error) {
      if (!(error instanceof KeyreeveError)) throw error
      this.#collector.skip(repository.path, `its refs cannot be read: ${error.message}`)
      return null
    }
  }

  /** @returns false: it was scanned before */
  async #all(repository: Repository, prefix: string): Promise<boolean> {
    if (this.#done.has(repository.commonDir)) return false
    this.#done.add(repository.commonDir)
    for (const missing of repository.missingAlternates)
      this.#collector.skip(missing, 'objects are borrowed from it, but it is not there')
    for (const gap of await gapsOf(repository)) this.#collector.skip(repository.path, gap)
    // before packs are opened: what a ref names was written before the ref
    const refs = this.#refsOf(repository)
    await this.#withStore(repository, async (store, scan) => {
      const gap = refs && gapOfRefs(refs, store)
      if (gap !== null) this.#collector.skip(repository.path, gap)
      await scan.all()
      if (scan.found.size > 0) await this.#places(store, scan, prefix, refs ?? readRefs(repository)).addAll(scan.found)
    })
    return true
  }

  async range(repository: Repository, { oids, missing }: RangeObjects): Promise<void> {
    if (missing > 0) this.#collector.skip(repository.path, `${missing} objects of the range are not there`)
    await this.#withStore(repository, async (store, scan) => {
      await scan.some(oids)
      if (scan.found.size > 0) await this.#places(store, scan, '', readRefs(repository)).addAll(scan.found, oids)
    })
  }

  async staged(repository: Repository): Promise<void> {
    const store = new ObjectStore(repository, MOST_IN_MEMORY)
    const large = new Map<string, BlobPlace>()
    try {
      for (const { path, oid } of stagedFiles(repository)) {
        const place = { ...NOWHERE, path, reachable: true }
        const object = store.read(oid)
        if (object) {
          this.summary.blobs++
          this.summary.bytes += object.bytes.length
          this.#scanner.scan(object.bytes, place, (hits, inside) => this.#collector.add(hits, inside))
        } else large.set(oid, place)
      }
      const { counts } = this.#collector
      counts.blobs += this.summary.blobs
      counts.bytes += this.summary.bytes
      if (large.size > 0)
        await catFile(repository, [...large.keys()], {
          begin: (oid) => this.#collector.open(large.get(oid)!),
          failed: (oid, why) => this.#collector.skip(large.get(oid)!.path, `its staged content: ${why}`),
        })
    } finally {
      store.close()
    }
  }

  async #withStore(
    repository: Repository,
    look: (store: ObjectStore, scan: ObjectsScan) => Promise<void>,
  ): Promise<void> {
    const { onProgress, second } = this.#options
    const skip = (what: string, why: string) => this.#collector.skip(what, why)
    const store = new ObjectStore(repository, MOST_IN_MEMORY)
    const scan = new ObjectsScan(store, this.#scanner, {
      onProgress,
      skip,
      second: second && ((packs, shares) => startSecondThread(repository, packs, shares, skip, second)),
    })
    try {
      await look(store, scan)
      const { summary } = this
      const { counts } = this.#collector
      for (const field of ['blobs', 'commits', 'tags', 'bytes'] as const) summary[field] += scan.counts[field]
      counts.blobs += scan.counts.blobs
      counts.bytes += scan.counts.bytes
    } finally {
      scan.second?.stop()
      store.close()
    }
  }

  #places(store: ObjectStore, scan: ObjectsScan, prefix: string, refs: Refs): Places {
    return new Places(store, this.#scanner, this.#collector, scan.identities, prefix, refs, scan)
  }
}
