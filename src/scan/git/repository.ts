/**
 * Where the parts of a repository lie: gitrepository-layout(5). Nothing is run, and no configuration is obeyed; of the
 * configuration, only what tells the format is read.
 */
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'

export interface Repository {
  /** As it is shown: the working tree, or the bare repository. */
  path: string
  /** Where HEAD and the index are: those of a worktree, if this is one. */
  gitDir: string
  /** Where refs, packed-refs and worktrees are. */
  commonDir: string
  /** The folder of objects, and those of other repositories that it borrows from. */
  objectDirs: string[]
  /** Of an object ID: 20 (SHA-1) or 32 (SHA-256). */
  oidBytes: 20 | 32
  /** null: bare */
  worktree: string | null
  refStorage: 'files' | 'other'
  /** Objects may be missing on purpose. */
  partial: boolean
  /** Alternates that are named but not there. */
  missingAlternates: string[]
}

const MOST_ALTERNATES = 100
const DEEPEST_ALTERNATE = 5
const MOST_MODULES = 1000
const DEEPEST_MODULE = 8
const SMALL_FILE = 1024 * 1024

/** The repository that `path` is, be it a working tree, a worktree, a bare repository or a `.git` folder; else null. */
export function openRepository(path: string): Repository | null {
  const folder = resolve(path)
  const inside = gitDirOf(join(folder, '.git'))
  if (inside) return describe(folder, inside, folder)
  if (!isGitDir(folder)) return null
  return basename(folder) === '.git'
    ? describe(dirname(folder), folder, dirname(folder))
    : describe(folder, folder, null)
}

/** `worktree`: a folder with files and a repository; `bare`: a repository alone, or a `.git` folder; null: neither. */
export function repositoryKind(path: string): 'worktree' | 'bare' | null {
  const repository = openRepository(path)
  if (!repository) return null
  return repository.worktree === resolve(path) ? 'worktree' : 'bare'
}

/** Like {@link openRepository}, of the nearest folder from `path` upwards that is one. */
export function findRepository(path: string): Repository | null {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const repository = openRepository(folder)
    if (repository || dirname(folder) === folder) return repository
  }
}

/** The folder that `.git` is, or that it names as `gitdir: PATH`. */
function gitDirOf(path: string): string | null {
  if (isGitDir(path)) return path
  const text = smallFile(path)
  const match = /^gitdir: ([^\n]+)/.exec(text ?? '')
  if (!match) return null
  const target = resolve(dirname(path), match[1]!.trim())
  return isGitDir(target) ? target : null
}

function isGitDir(path: string): boolean {
  if (!exists(join(path, 'HEAD'))) return false
  const common = commonDirOf(path)
  return isFolder(join(common, 'objects')) && (isFolder(join(common, 'refs')) || isFolder(join(common, 'reftable')))
}

function commonDirOf(gitDir: string): string {
  const named = smallFile(join(gitDir, 'commondir'))?.trim()
  return named ? resolve(gitDir, named) : gitDir
}

function describe(path: string, gitDir: string, worktree: string | null): Repository {
  const commonDir = commonDirOf(gitDir)
  const config = smallFile(join(commonDir, 'config')) ?? ''
  const missingAlternates: string[] = []
  return {
    path,
    gitDir,
    commonDir,
    objectDirs: withAlternates(join(commonDir, 'objects'), missingAlternates),
    oidBytes: /^sha256$/i.test(setting(config, 'objectformat') ?? '') ? 32 : 20,
    worktree,
    refStorage: /^(files)?$/i.test(setting(config, 'refstorage') ?? '') ? 'files' : 'other',
    partial: /^\s*(promisor\s*=\s*true|partialclone\s*=)/im.test(config),
    missingAlternates,
  }
}

/** The value of a key that only the section `extensions` has. */
function setting(config: string, key: string): string | undefined {
  return new RegExp(`^\\s*(?:\\[extensions\\]\\s*)?${key}\\s*=\\s*"?([\\w-]*)`, 'im').exec(config)?.[1]
}

function withAlternates(objects: string, missing: string[]): string[] {
  const seen = new Set<string>()
  const add = (folder: string, depth: number) => {
    const real = realFolder(folder)
    if (real === null) {
      missing.push(folder)
      return
    }
    if (seen.has(real) || seen.size >= MOST_ALTERNATES) return
    seen.add(real)
    if (depth === DEEPEST_ALTERNATE) return
    for (const line of (smallFile(join(real, 'info', 'alternates')) ?? '').split('\n')) {
      if (line === '' || line.startsWith('#')) continue
      const name = line.startsWith('"') ? unquoted(line) : line
      add(isAbsolute(name) ? name : join(real, name), depth + 1)
    }
  }
  add(objects, 0)
  return [...seen]
}

/** A path that git wrote in quotes, as C writes strings. */
export function unquoted(text: string): string {
  const SHORT: Record<string, string> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' }
  const bytes = text
    .replace(/^"|"$/g, '')
    .replace(/\\([0-7]{3}|.)/g, (_, c: string) =>
      c.length === 3 ? String.fromCharCode(Number.parseInt(c, 8) & 255) : (SHORT[c] ?? c),
    )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** The repositories of submodules, which git keeps below `.git/modules`, with the submodules' names. */
export function submodulesOf(repository: Repository): { name: string; repository: Repository }[] {
  const found: { name: string; repository: Repository }[] = []
  const look = (folder: string, name: string, depth: number) => {
    if (depth > DEEPEST_MODULE || found.length >= MOST_MODULES) return
    if (isGitDir(folder)) {
      found.push({ name, repository: describe(folder, folder, null) })
      folder = join(folder, 'modules')
    }
    for (const child of foldersIn(folder))
      look(join(folder, child), name === '' ? child : `${name}/${child}`, depth + 1)
  }
  look(join(repository.commonDir, 'modules'), '', 0)
  return found
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort()
  } catch {
    return []
  }
}

/** The text of a file of moderate size; null when there is none, or it is something else. */
export function smallFile(path: string, most = SMALL_FILE): string | null {
  try {
    const stat = statSync(path)
    return stat.isFile() && stat.size <= most ? readFileSync(path, 'utf8') : null
  } catch {
    return null
  }
}

function exists(path: string): boolean {
  try {
    // a symbolic link counts: HEAD was one in old repositories, and its target may not exist yet
    lstatSync(path)
    return true
  } catch {
    return false
  }
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function realFolder(path: string): string | null {
  try {
    return statSync(path).isDirectory() ? realpathSync(path) : null
  } catch {
    return null
  }
}
