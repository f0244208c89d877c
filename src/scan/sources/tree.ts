/** Files and folders of this machine. */
import {
  closeSync,
  constants,
  type Dirent,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { InputError } from '../../model/errors.ts'
import { anchorFinder, INPUT_SIZE } from '../anchors.ts'
import type { ArchiveOpener } from '../archives/index.ts'
import { copyOf } from '../copy-of.ts'
import { reasonOf } from '../read-failure.ts'
import type { BlobPlace, Sink } from '../source.ts'
import { IgnoreRules } from './gitignore.ts'

export interface TreeOptions {
  /** false: look also at what .gitignore leaves out. */
  gitignore?: boolean
  /** Opens archives; without it they are looked at as they are. */
  archives?: ArchiveOpener | undefined
  /** One of the paths may be a named pipe, whose writer is waited for: only what a person has named. */
  pipes?: boolean
  /**
   * Told of each repository within the paths: the folder that has a `.git`, or a bare one. Those of submodules are told
   * of, too.
   */
  onRepository?: ((path: string) => void) | undefined
  /** Called now and then. */
  onProgress?: (files: number) => void
}

/** What is read of a large file at once: it is still in the processor's cache when it is looked at. */
const PIECE = 256 * 1024

/** Folders within folders, at most: a loop that the file system itself has would never end. */
const DEEPEST = 200

// non-blocking: what was a file when the folder was listed may be a pipe by now, and nobody may ever write to it
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)
const READ_WAITING = constants.O_RDONLY | (constants.O_NOCTTY ?? 0)

/**
 * Hands the content of all files under the paths to the sink. Links within folders are not followed; a path that was
 * given is. What cannot be read is told to the sink as skipped; of a repository, its objects are left out, which only
 * git can read.
 * @returns how many files and folders .gitignore has left out
 * @throws InputError when one of the paths is not there
 */
export function walkTree(paths: readonly string[], sink: Sink, options: TreeOptions = {}): { leftOut: number } {
  const walker = new Walker(sink, options)
  for (const path of paths) walker.start(path)
  return walker
}

class Walker {
  leftOut = 0
  readonly #sink: Sink
  readonly #options: TreeOptions
  /** A file that fits is read whole; larger ones go to the sink in pieces. */
  readonly #buffer = readBuffer()
  #files = 0

  constructor(sink: Sink, options: TreeOptions) {
    this.#sink = sink
    this.#options = options
  }

  start(path: string): void {
    let stat: Stats
    try {
      stat = statSync(path)
    } catch (error) {
      throw new InputError(`cannot look at \`${path}\`: ${reasonOf(error)}`, { cause: error })
    }
    if (!stat.isDirectory()) this.#file(path, this.#options.pipes && stat.isFIFO() ? READ_WAITING : READ)
    else this.#folder(path, this.#options.gitignore === false ? null : IgnoreRules.of(path), 0)
  }

  /** @param rules those of the folder, without the ones that it has itself */
  #folder(path: string, rules: IgnoreRules | null, depth: number): void {
    if (depth > DEEPEST) {
      this.#sink.skip(path, 'folders nested too deeply')
      return
    }
    let entries: Dirent[]
    try {
      entries = readdirSync(path, { withFileTypes: true })
    } catch (error) {
      this.#sink.skip(path, reasonOf(error))
      return
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    const isRepository = entries.some(({ name }) => name === '.git')
    if (isRepository) this.#options.onRepository?.(path)
    const own = depth === 0 ? rules : this.#withOwn(rules, path, isRepository, entries)
    const prefix = path.endsWith('/') ? path : path === '.' ? '' : `${path}/`
    for (const entry of entries) {
      if (own?.leavesOut(entry.name, entry.isDirectory()) || this.#isWorkspace(entry, prefix)) this.leftOut++
      else this.#entry(entry, prefix + entry.name, own, depth)
    }
  }

  /** Our own folder says in its .gitignore that nothing in it counts: that holds outside of repositories, too. */
  #isWorkspace(entry: Dirent, prefix: string): boolean {
    if (entry.name !== '.keyreeve' || this.#options.gitignore === false) return false
    return entry.isDirectory() && existsSync(`${prefix}${entry.name}/.gitignore`)
  }

  /** A repository within the tree has rules of its own, and a folder may add to those around it. */
  #withOwn(
    rules: IgnoreRules | null,
    path: string,
    isRepository: boolean,
    entries: readonly Dirent[],
  ): IgnoreRules | null {
    if (this.#options.gitignore === false) return null
    if (isRepository) return IgnoreRules.root(path)
    return rules && entries.some(({ name }) => name === '.gitignore') ? rules.withOwn(path) : rules
  }

  #entry(entry: Dirent, path: string, rules: IgnoreRules | null, depth: number): void {
    if (entry.isFile()) this.#file(path)
    else if (entry.isDirectory()) {
      if (entry.name === 'objects' && isGitFolder(path)) {
        this.#options.onRepository?.(dirname(path))
        return
      }
      this.#folder(path, entry.name === '.git' ? null : (rules?.inside(entry.name) ?? null), depth + 1)
    } else if (!entry.isSymbolicLink()) this.#sink.skip(path, 'no regular file')
  }

  #file(path: string, flags = READ): void {
    let file: number
    try {
      file = openSync(path, flags)
    } catch (error) {
      this.#sink.skip(path, reasonOf(error))
      return
    }
    try {
      const length = readFull(file, this.#buffer)
      const bytes = this.#buffer.subarray(0, length)
      const { archives } = this.#options
      if (archives?.isArchive(bytes, path)) this.#archive(file, length, path, archives)
      else if (length < this.#buffer.length) this.#sink.blob(bytes, placeOf(path))
      else this.#inPieces(file, length, path)
    } catch (error) {
      this.#sink.skip(path, reasonOf(error))
    } finally {
      closeSync(file)
    }
    if ((++this.#files & 255) === 0) this.#options.onProgress?.(this.#files)
  }

  #archive(file: number, length: number, path: string, archives: ArchiveOpener): void {
    // members are searched in the same buffer, so that what is open must not lie in it
    if (length < this.#buffer.length)
      archives.expand(copyOf(this.#buffer.subarray(0, length)), placeOf(path), this.#sink)
    else if (fstatSync(file).isFile()) archives.expandFile(path, placeOf(path), this.#sink)
    else archives.expandPieces(copies(this.#pieces(file, length)), placeOf(path), this.#sink)
  }

  /** The buffer is full of the file's beginning. */
  #inPieces(file: number, length: number, path: string): void {
    const pieces = this.#sink.open(placeOf(path))
    try {
      for (const piece of this.#pieces(file, length)) pieces.write(piece)
    } finally {
      pieces.end()
    }
  }

  /** What has been read, and then the rest. */
  *#pieces(file: number, length: number): Generator<Uint8Array> {
    yield this.#buffer.subarray(0, length)
    const part = this.#buffer.subarray(0, PIECE)
    for (let got = readFull(file, part); got > 0; got = readFull(file, part)) yield part.subarray(0, got)
  }
}

function* copies(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const piece of pieces) yield copyOf(piece)
}

/** What is read there can be searched without being copied, where that is possible. */
function readBuffer(): Uint8Array {
  return anchorFinder().input ?? new Uint8Array(INPUT_SIZE)
}

/** A `.git` folder, or a bare repository. */
function isGitFolder(objects: string): boolean {
  const folder = dirname(objects)
  return existsSync(`${folder}/HEAD`) && existsSync(`${folder}/refs`)
}

/** Reads until the buffer is full or the file ends. */
function readFull(file: number, buffer: Uint8Array): number {
  let length = 0
  for (;;) {
    const got = readSync(file, buffer, length, buffer.length - length, null)
    if (got === 0) return length
    length += got
    if (length === buffer.length) return length
  }
}

export function placeOf(path: string): BlobPlace {
  // field by field: there is one for every file, and this is several times as fast as to copy NO_DETAILS
  return {
    kind: 'file',
    path,
    member: null,
    commit: null,
    author: null,
    date: null,
    lastCommit: null,
    inHead: null,
    reachable: null,
    region: null,
  }
}
