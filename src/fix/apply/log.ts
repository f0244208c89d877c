/** A file of JSON lines that are on the disk before the next thing happens, and that a crash may cut off anywhere. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { InputError, KeyreeveError } from '../../model/errors.ts'

export class AppendLog<Entry extends object> {
  readonly path: string
  readonly #file: number
  readonly #entries: Entry[]
  /** Why a line did not get onto the disk: there is none after it. */
  #broken: KeyreeveError | null = null

  /**
   * Opens the file, or begins one. A last line that a crash cut off never happened.
   * @throws {InputError} when a line in the middle is not readable
   */
  constructor(path: string) {
    this.path = path
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const { entries, bytes } = readLines<Entry>(path)
    this.#entries = entries
    this.#file = openSync(path, 'a', 0o600)
    // what was cut off must not run into the next line
    if (bytes.length > 0 && bytes.at(-1) !== NEWLINE) this.#write('\n')
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  /**
   * @throws {KeyreeveError} (`output`) when it is not on the disk: nothing may happen then that it should have told of,
   * and no other line is taken
   */
  add(entry: Entry): void {
    this.#write(`${JSON.stringify(entry)}\n`)
    this.#entries.push(entry)
  }

  close(): void {
    closeSync(this.#file)
  }

  #write(line: string): void {
    if (this.#broken) throw this.#broken
    try {
      const bytes = Buffer.from(line)
      // a disk that gets full takes the beginning of a line, and says so only at the next one
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written)
      fsyncSync(this.#file)
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      this.#broken = new KeyreeveError('output', `the journal \`${this.path}\` cannot be written (${code}): stopped`, {
        cause,
        hint: 'make room and run it again: it goes on where the journal ends',
      })
      throw this.#broken
    }
  }
}

/** Lets an error of {@link AppendLog.add} through: without its journal nothing could be taken back. */
export function throwIfUnwritten(error: unknown): void {
  if (error instanceof KeyreeveError && error.code === 'output') throw error
}

const NEWLINE = 10

/** What is in such a file; nothing, when it is not there. */
export function readEntries<Entry>(path: string): Entry[] {
  return readLines<Entry>(path).entries
}

function readLines<Entry>(path: string): { entries: Entry[]; bytes: Buffer } {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { entries: [], bytes: Buffer.alloc(0) }
    throw error
  }
  const entries: Entry[] = []
  const lines = bytes.toString('utf8').split('\n')
  lines.forEach((line, i) => {
    if (line === '') return
    try {
      entries.push(JSON.parse(line) as Entry)
    } catch (cause) {
      // only a line after which nothing was written can be one that a crash cut off
      if (lines.slice(i + 1).some((later) => later !== '') && !isCutOff(line))
        throw new InputError(`line ${i + 1} of the journal ${path} is not readable`, { cause })
    }
  })
  return { entries, bytes }
}

/** Cut off by an earlier crash, and ended by the run that went on from there. */
function isCutOff(line: string): boolean {
  return line.startsWith('{') && !line.endsWith('}')
}
