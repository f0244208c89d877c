/**
 * A git repository as a source: every object that its database holds, be it in HEAD, in history, stashed, noted, or left
 * behind by an amended commit. Nothing of the repository is run, checked out, written or fetched.
 */
import { InputError } from '../../model/errors.ts'
import type { LeakCollector } from '../collect-leaks.ts'
import type { Scanner } from '../scanner.ts'
import { ObjectStore } from './object-store.ts'
import { MOST_IN_MEMORY } from './pack-walk.ts'
import { Places } from './places.ts'
import { openRepository, type Repository, submodulesOf } from './repository.ts'
import { type ObjectCounts, ObjectsScan } from './scan-objects.ts'

export { findRepository, openRepository, type Repository } from './repository.ts'

export interface RepositoryOptions {
  /** Objects dealt with, and how many there are. */
  onProgress?: (done: number, total: number) => void
}

/** What was looked at. */
export interface RepositorySummary extends ObjectCounts {
  /** Submodules' repositories that were scanned, too. */
  submodules: number
  /** Objects are missing on purpose: a partial or shallow clone. What is missing was not scanned. */
  partial: boolean
}

/**
 * Scans a repository and the submodules it keeps, and gives what it finds to the collector, with paths and commits.
 * What cannot be read becomes a skip.
 * @throws InputError when `path` is no repository
 */
export async function scanRepository(
  path: string,
  scanner: Scanner,
  collector: LeakCollector,
  options: RepositoryOptions = {},
): Promise<RepositorySummary> {
  const repository = openRepository(path)
  if (!repository) throw new InputError(`\`${path}\` is no git repository`)
  const summary: RepositorySummary = { blobs: 0, commits: 0, tags: 0, bytes: 0, submodules: 0, partial: false }
  await scanOne(repository, '', scanner, collector, options, summary)
  for (const { name, repository: submodule } of submodulesOf(repository)) {
    summary.submodules++
    await scanOne(submodule, `${name}/`, scanner, collector, options, summary)
  }
  return summary
}

async function scanOne(
  repository: Repository,
  prefix: string,
  scanner: Scanner,
  collector: LeakCollector,
  { onProgress }: RepositoryOptions,
  summary: RepositorySummary,
): Promise<void> {
  for (const missing of repository.missingAlternates)
    collector.skip(missing, 'objects are borrowed from it, but it is not there')
  const store = new ObjectStore(repository, MOST_IN_MEMORY)
  try {
    const scan = new ObjectsScan(store, scanner, { onProgress, skip: (what, why) => collector.skip(what, why) })
    await scan.all()
    const { blobs, commits, tags, bytes } = scan.counts
    summary.blobs += blobs
    summary.commits += commits
    summary.tags += tags
    summary.bytes += bytes
    summary.partial ||= repository.partial
    if (scan.found.size > 0) await new Places(store, scanner, collector, scan.identities, prefix).addAll(scan.found)
  } finally {
    store.close()
  }
}
