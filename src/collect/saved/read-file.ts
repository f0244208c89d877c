/** Bytes from the files a person names: bounded, unpacked, decoded. */
import { constants, isAscii } from 'node:buffer'
import { createReadStream, fstatSync, readFileSync, type Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { InputError } from '../../model/errors.ts'
import { redactSecrets } from '../redact.ts'

/**
 * More than that cannot be a JavaScript string (V8 ends at 512 MB), so `JSON.parse` cannot read it. An account of
 * 100,000 users has 280 MB.
 */
export const MAX_FILE_BYTES = Math.min(500_000_000, constants.MAX_STRING_LENGTH)

const MAX_FILES = 10_000

export interface SavedFile {
  /** The path as the person gave it, in backticks, safe to print. */
  name: string
  path: string
  text: string
  /** ISO 8601; null for a pipe. */
  modifiedAt: string | null
  /** Found in a folder, not named by the person. */
  fromFolder: boolean
}

/** The path in backticks, with control characters made visible. */
export function quoted(path: string): string {
  return `\`${path.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}\``
}

/** The files that the paths name: files, `-` for the standard input, folders (their files, not their folders). */
export async function* readSavedFiles(paths: readonly string[]): AsyncGenerator<SavedFile> {
  for (const path of paths) {
    const stats = await statOf(path)
    if (!stats.isDirectory()) yield await readSaved(path, stats, false)
    else for (const file of await filesIn(path)) yield await readSaved(file, await statOf(file), true)
  }
}

async function statOf(path: string): Promise<Stats> {
  try {
    return path === '-' ? fstatSync(0) : await stat(path)
  } catch (error) {
    throw cannotRead(path, error)
  }
}

async function filesIn(folder: string): Promise<string[]> {
  let entries: { name: string; isFile(): boolean }[]
  try {
    entries = await readdir(folder, { withFileTypes: true })
  } catch (error) {
    throw cannotRead(folder, error)
  }
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => name)
  if (files.length === 0) throw new InputError(`${quoted(folder)} has no files in it`)
  if (files.length > MAX_FILES) throw new InputError(`${quoted(folder)} has more than ${MAX_FILES} files in it`)
  return files.sort().map((name) => join(folder, name))
}

async function readSaved(path: string, stats: Stats, fromFolder: boolean): Promise<SavedFile> {
  const name = path === '-' ? 'the standard input' : quoted(path)
  const bytes = await readBounded(path, name, stats)
  return {
    name,
    path,
    text: withoutSecrets(decode(await unpack(bytes, name), name)),
    modifiedAt: stats.isFile() ? `${stats.mtime.toISOString().slice(0, 19)}Z` : null,
    fromFolder,
  }
}

/** A credential report still in base64 is left as it is: a line of it may look like a secret. */
function withoutSecrets(text: string): string {
  return text.startsWith(REPORT_IN_BASE64) ? text : redactSecrets(text)
}

/** How `user,arn,` begins in base64. */
export const REPORT_IN_BASE64 = 'dXNlcixhcm4s'

async function readBounded(path: string, name: string, stats: Stats): Promise<Buffer> {
  if (stats.isFile() && stats.size > MAX_FILE_BYTES) throw tooLarge(name)
  try {
    // at once: the asynchronous way reads half a megabyte at a time, and waits in between
    if (stats.isFile() && path !== '-') return readFileSync(path)
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of path === '-' ? process.stdin : createReadStream(path)) {
      chunks.push(chunk as Buffer)
      size += (chunk as Buffer).length
      if (size > MAX_FILE_BYTES) throw tooLarge(name)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    throw error instanceof InputError ? error : cannotRead(path, error)
  }
}

async function unpack(bytes: Buffer, name: string): Promise<Buffer> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: MAX_FILE_BYTES })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(name)
    throw new InputError(`${name} is gzip, but cut off or damaged`)
  }
}

/** UTF-8, or the UTF-16 that PowerShell's `>` writes. */
function decode(bytes: Buffer, name: string): string {
  if (bytes.length === 0) throw new InputError(`${name} is empty`)
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    const swapped = Buffer.from(bytes.subarray(2, bytes.length - (bytes.length % 2)))
    return swapped.swap16().toString('utf16le')
  }
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  if (bytes.subarray(0, 4096).includes(0)) throw new InputError(`${name} is binary, neither JSON nor CSV`)
  // Nearly always so, and then twice as fast.
  return isAscii(bytes) ? bytes.toString('latin1', start) : bytes.toString('utf8', start)
}

function tooLarge(name: string): InputError {
  return new InputError(`${name} is larger than ${MAX_FILE_BYTES / 1e6} MB`, {
    hint: 'save the account in parts with `--filter`, one file each, and name them all',
  })
}

function cannotRead(path: string, error: unknown): InputError {
  const reasons: Record<string, string> = {
    ENOENT: 'does not exist',
    EACCES: 'may not be read',
    EPERM: 'may not be read',
    EISDIR: 'is a folder',
    ELOOP: 'is a link that leads to itself',
    ENAMETOOLONG: 'is too long a name',
    ENOTDIR: 'does not exist',
  }
  const { code } = error as NodeJS.ErrnoException
  return new InputError(`${quoted(path)} ${reasons[code ?? ''] ?? `cannot be read (${code ?? 'unknown error'})`}`)
}
