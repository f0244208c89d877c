/** Files and folders of this machine. */
import { closeSync, constants, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../../model/errors.ts'
import { reasonOf } from '../read-failure.ts'
import type { BlobPlace, Sink } from '../source.ts'

export interface TreeOptions {
  /** false: look also at what .gitignore leaves out. */
  gitignore?: boolean
  /** Called now and then. */
  onProgress?: (files: number) => void
}

/** A file up to this size is read whole; larger ones go to the sink in pieces. */
const WHOLE = 8 << 20
/** Folders within folders, at most: a loop that the file system itself has would never end. */
const DEEPEST = 200

// non-blocking: what was a file when the folder was listed may be a pipe by now, and nobody may ever write to it
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/**
 * Hands the content of all files under the paths to the sink. Links within folders are not followed; a path that was
 * given is. What cannot be read is told to the sink as skipped.
 * @throws InputError when one of the paths is not there
 */
export function walkTree(paths: readonly string[], sink: Sink, options: TreeOptions = {}): void {
  const walker = new Walker(sink, options)
  for (const path of paths) walker.start(path)
}

class Walker {
  readonly #sink: Sink
  readonly #options: TreeOptions
  readonly #buffer = Buffer.allocUnsafeSlow(WHOLE + 1)
  #files = 0

  constructor(sink: Sink, options: TreeOptions) {
    this.#sink = sink
    this.#options = options
  }

  start(path: string): void {
    let folder: boolean
    try {
      folder = statSync(path).isDirectory()
    } catch (error) {
      throw new InputError(`cannot look at \`${path}\`: ${reasonOf(error)}`, { cause: error })
    }
    if (folder) this.#folder(path, 0)
    else this.#file(path)
  }

  #folder(path: string, depth: number): void {
    if (depth > DEEPEST) {
      this.#sink.skip(path, 'folders nested too deeply')
      return
    }
    let entries: import('node:fs').Dirent[]
    try {
      entries = readdirSync(path, { withFileTypes: true })
    } catch (error) {
      this.#sink.skip(path, reasonOf(error))
      return
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    for (const entry of entries) {
      const inside = join(path, entry.name)
      if (entry.isFile()) this.#file(inside)
      else if (entry.isDirectory()) this.#folder(inside, depth + 1)
      else if (entry.isFIFO() || entry.isSocket() || entry.isBlockDevice() || entry.isCharacterDevice())
        this.#sink.skip(inside, 'no regular file')
    }
  }

  #file(path: string): void {
    let file: number
    try {
      file = openSync(path, READ)
    } catch (error) {
      this.#sink.skip(path, reasonOf(error))
      return
    }
    try {
      const length = readFull(file, this.#buffer)
      if (length <= WHOLE) this.#sink.blob(this.#buffer.subarray(0, length), placeOf(path))
      else this.#inPieces(file, length, path)
    } catch (error) {
      this.#sink.skip(path, reasonOf(error))
    } finally {
      closeSync(file)
    }
    if ((++this.#files & 255) === 0) this.#options.onProgress?.(this.#files)
  }

  #inPieces(file: number, length: number, path: string): void {
    const pieces = this.#sink.open(placeOf(path))
    try {
      for (let got = length; got > 0; got = readFull(file, this.#buffer)) pieces.write(this.#buffer.subarray(0, got))
    } finally {
      pieces.end()
    }
  }
}

/** Reads until the buffer is full or the file ends. */
function readFull(file: number, buffer: Buffer): number {
  let length = 0
  for (;;) {
    const got = readSync(file, buffer, length, buffer.length - length, null)
    if (got === 0) return length
    length += got
    if (length === buffer.length) return length
  }
}

export function placeOf(path: string): BlobPlace {
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
