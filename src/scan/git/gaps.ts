/** What a repository does not have: a clone may be shallow, or partial, or damaged. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawnGit } from './git-process.ts'
import type { History, Missing } from './history.ts'
import type { ObjectStore } from './object-store.ts'
import { isEmptyTree } from './object-type.ts'
import type { Refs } from './refs.ts'
import { type Repository, smallFile } from './repository.ts'

/** Of what tells which commits' parents are left out. */
const CUT_OFF_BYTES = 64 * 1024 * 1024

/** git lists all objects of all history; for so long at most. */
const LONGEST_MS = 10 * 60_000

/** Why not all of a repository's history can be scanned, and what brings the rest; empty when all of it may be there. */
export async function gapsOf(repository: Repository): Promise<string[]> {
  const gaps: string[] = []
  if (isShallow(repository))
    gaps.push('a shallow clone: older commits are not there; `git fetch --unshallow` brings them')
  if (repository.partial) {
    const missing = await countMissing(repository)
    const how = '`git fetch --refetch --no-filter` brings them'
    if (missing === null) gaps.push(`a partial clone: objects may not be there; ${how}`)
    else if (missing > 0)
      gaps.push(`a partial clone: ${missing} ${missing === 1 ? 'object is' : 'objects are'} not there; ${how}`)
  }
  return gaps
}

/** Source: https://git-scm.com/docs/gitrepository-layout, "shallow". */
function isShallow({ commonDir }: Repository): boolean {
  try {
    return readFileSync(join(commonDir, 'shallow')).length > 0
  } catch {
    return false
  }
}

/** What HEAD and refs name that is not there; null: nothing. Of a partial clone, {@link gapsOf} tells it. */
export function gapOfRefs({ head, named }: Refs, store: ObjectStore): string | null {
  if (store.repository.partial) return null
  const oids = new Set(named.map(({ oid }) => oid))
  if (head !== null) oids.add(head)
  // in order, as indexes have them; git writes zeros while it makes a worktree
  const lost = [...oids].sort().filter((oid) => !/^0+$/.test(oid) && !isEmptyTree(oid) && !store.has(oid))
  return lost.length === 0 ? null : told({ count: lost.length, oid: lost[0]! }, 'refs lead to')
}

/**
 * What commits lead to that is not there; null: nothing. Of a partial clone, {@link gapsOf} tells it.
 * @param commits by their numbers; 0: not these
 */
export function gapOfHistory(history: History, commits: Uint8Array, repository: Repository): string | null {
  if (repository.partial) return null
  const missing = history.missing(commits, commitsWithoutParents(repository))
  return missing.count === 0 ? null : told(missing, 'commits lead to')
}

function told({ count, oid }: Missing, why: string): string {
  const objects = count === 1 ? `an object that ${why} is` : `${count} objects that ${why} are`
  return `${objects} not there or cannot be read, ${count === 1 ? '' : 'e.g. '}${oid}: run \`git fsck\``
}

/** Those whose parents are left out on purpose. Source: gitrepository-layout(5), "shallow" and "info/grafts". */
function commitsWithoutParents({ commonDir }: Repository): string[] {
  return [join(commonDir, 'shallow'), join(commonDir, 'info', 'grafts')]
    .flatMap((path) => (smallFile(path, CUT_OFF_BYTES) ?? '').split('\n'))
    .map((line) => line.split(' ')[0]!.trim())
}

/** Null: git cannot tell. */
function countMissing(repository: Repository): Promise<number | null> {
  return new Promise((resolve) => {
    const args = ['rev-list', '--objects', '--no-object-names', '--missing=print', '--all']
    const child = spawnGit(repository, args)
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS)
    let missing = 0
    // only a missing object's line has a question mark
    child.stdout.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(0x3f); at !== -1; at = chunk.indexOf(0x3f, at + 1)) missing++
    })
    child.on('error', () => resolve(null))
    child.stdin.on('error', () => {}) // it may end before its input is closed
    child.stdin.end()
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve(code === 0 ? missing : null)
    })
  })
}
