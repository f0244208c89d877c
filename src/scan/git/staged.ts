/** What the next commit would add: the files in the index that are not as in HEAD, as they are in the index. */
import { resolve } from 'node:path'
import { git } from './git-process.ts'
import { readRefs } from './refs.ts'
import type { Repository } from './repository.ts'

/** git knows the empty tree without having it. */
const EMPTY_TREE = {
  20: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  32: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
}
const SUBMODULE = '160000'

export interface StagedFile {
  path: string
  oid: string
}

/** @throws KeyreeveError when git cannot tell */
export function stagedFiles(repository: Repository): StagedFile[] {
  const base = readRefs(repository).head === null ? EMPTY_TREE[repository.oidBytes] : 'HEAD'
  const args = ['diff-index', '--cached', '--raw', '-z', '--no-abbrev', '--no-renames', '--no-ext-diff', base, '--']
  const parts = git(repository, args, indexUnderWay()).toString('utf8').split('\0')
  const files: StagedFile[] = []
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [, mode, , oid, status] = parts[i]!.split(' ')
    if (status !== 'D' && status !== 'U' && mode !== SUBMODULE) files.push({ path: parts[i + 1]!, oid: oid! })
  }
  return files
}

/** `git commit FILE` and `git commit -a` make an index of their own, and name it to their hooks. */
function indexUnderWay(): Record<string, string> {
  const file = process.env.GIT_INDEX_FILE
  return file ? { GIT_INDEX_FILE: resolve(file) } : {}
}
