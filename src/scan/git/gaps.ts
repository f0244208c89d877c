/** What a repository says of itself that it does not have: a clone may be shallow, or partial. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawnGit } from './git-process.ts'
import type { Repository } from './repository.ts'

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
