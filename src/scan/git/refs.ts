/** What keeps objects alive: HEAD, refs, and the heads of worktrees. Source: gitrepository-layout(5). */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { git } from './git-process.ts'
import { type Repository, smallFile } from './repository.ts'

const MOST_REFS = 1_000_000
const PACKED_REFS_BYTES = 256 * 1024 * 1024
const DEEPEST_SYMREF = 5

export interface Refs {
  /** Of HEAD; null: no commit yet. */
  head: string | null
  /** Name and object ID; a stash that `git stash list` shows has the name `stash@{n}`. */
  named: { name: string; oid: string }[]
}

export function readRefs(repository: Repository): Refs {
  return repository.refStorage === 'files' ? fromFiles(repository) : askGit(repository)
}

function fromFiles(repository: Repository): Refs {
  const { commonDir, gitDir, oidBytes } = repository
  const isOid = (text: string) => text.length === oidBytes * 2 && /^[0-9a-f]+$/.test(text)
  const all = packedRefs(commonDir, isOid)
  const look = (folder: string, depth: number) => {
    if (depth > 20) return
    for (const entry of entriesIn(join(commonDir, folder))) {
      const name = `${folder}/${entry.name}`
      if (entry.isDirectory()) look(name, depth + 1)
      else {
        const text = smallFile(join(commonDir, name))?.trim() ?? ''
        if (isOid(text) && all.size < MOST_REFS) all.set(name, text)
      }
    }
  }
  look('refs', 0)
  const resolve = (text: string | null, depth = 0): string | null => {
    const line = text?.trim() ?? ''
    if (isOid(line)) return line
    const target = /^ref: (\S.*)$/.exec(line)?.[1]
    if (target === undefined || depth > DEEPEST_SYMREF) return null
    return all.get(target) ?? (/^refs\/[^.]/.test(target) ? resolve(smallFile(join(gitDir, target)), depth + 1) : null)
  }
  const head = resolve(smallFile(join(gitDir, 'HEAD')))
  const named = [...all].map(([name, oid]) => ({ name, oid }))
  const heads = [join(commonDir, 'HEAD'), ...worktrees(commonDir).map((folder) => join(folder, 'HEAD'))]
  for (const path of heads) {
    const oid = resolve(smallFile(path))
    if (oid) named.push({ name: 'HEAD of a worktree', oid })
  }
  return { head, named: [...named, ...stashes(commonDir, isOid)] }
}

function packedRefs(commonDir: string, isOid: (text: string) => boolean): Map<string, string> {
  const all = new Map<string, string>()
  for (const line of (smallFile(join(commonDir, 'packed-refs'), PACKED_REFS_BYTES) ?? '').split('\n')) {
    const space = line.indexOf(' ')
    const oid = line.slice(0, space)
    if (space > 0 && isOid(oid) && all.size < MOST_REFS) all.set(line.slice(space + 1), oid)
  }
  return all
}

/** All but the newest stash are only in its reflog, where git keeps them until they are dropped. */
function stashes(commonDir: string, isOid: (text: string) => boolean): { name: string; oid: string }[] {
  const lines = (smallFile(join(commonDir, 'logs', 'refs', 'stash')) ?? '').split('\n').filter((line) => line !== '')
  return lines
    .map((line) => line.split(' ')[1] ?? '')
    .reverse()
    .map((oid, number) => ({ name: `stash@{${number}}`, oid }))
    .filter(({ oid }) => isOid(oid))
}

function worktrees(commonDir: string): string[] {
  return entriesIn(join(commonDir, 'worktrees')).map(({ name }) => join(commonDir, 'worktrees', name))
}

function entriesIn(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/** For refs that are kept in another way than files. */
function askGit(repository: Repository): Refs {
  const lines = (args: string[]) => git(repository, args).toString('utf8').split('\n').filter(Boolean)
  const named = lines(['for-each-ref', '--format=%(objectname) %(refname)']).map((line) => {
    const space = line.indexOf(' ')
    return { oid: line.slice(0, space), name: line.slice(space + 1) }
  })
  let head: string | null = null
  try {
    head = lines(['rev-parse', '--verify', '--quiet', 'HEAD'])[0] ?? null
  } catch {
    // no commit yet
  }
  return { head, named }
}
