/** Loose objects: one file each, `objects/ab/cdef…`. Source: gitformat-loose(5), and the Git book's "Git Objects". */
import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync, constants as zlib } from 'node:zlib'
import { DamagedObject, type ObjectType, TYPE_OF_NAME } from './object-type.ts'

/** `commit 12345\0`: a type, a size and a zero byte. */
const LONGEST_HEADER = 32

export interface LooseHeader {
  type: ObjectType
  size: number
  /** Where the content begins in what inflates. */
  start: number
}

/**
 * The IDs of all loose objects in a folder of objects, as hexadecimal digits.
 * @param unreadable is told of folders that cannot be read
 */
export function* looseObjects(
  objects: string,
  oidBytes: number,
  unreadable: (folder: string, code: string) => void,
): Generator<string> {
  for (let first = 0; first < 256; first++) {
    const name = first.toString(16).padStart(2, '0')
    const folder = join(objects, name)
    let rest: string[] = []
    try {
      if (existsSync(folder)) rest = readdirSync(folder)
    } catch (error) {
      unreadable(folder, (error as NodeJS.ErrnoException).code ?? 'unknown error')
    }
    for (const digits of rest) if (digits.length === oidBytes * 2 - 2 && /^[0-9a-f]+$/.test(digits)) yield name + digits
  }
}

export function loosePath(objects: string, oid: string): string {
  return join(objects, oid.slice(0, 2), oid.slice(2))
}

/**
 * The compressed bytes of a loose object; null when there is none.
 * @throws DamagedObject when it is no regular file, larger than `most`, or cannot be read
 */
export function readLooseFile(path: string, most: number): Buffer | null {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw new DamagedObject(`it cannot be read (${code})`)
  }
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw new DamagedObject('it is no regular file')
    if (stat.size > most) throw new DamagedObject('too large')
    return readFileSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Reads the header of a loose object from the beginning of its file. @throws DamagedObject */
export function looseHeader(compressed: Uint8Array): LooseHeader {
  const head = partlyInflated(compressed.subarray(0, 512))
  const end = head.subarray(0, LONGEST_HEADER).indexOf(0)
  const match = /^(commit|tree|blob|tag) (0|[1-9][0-9]{0,15})$/.exec(head.toString('latin1', 0, Math.max(0, end)))
  if (!match) throw new DamagedObject('it does not begin as an object')
  return { type: TYPE_OF_NAME[match[1]!]!, size: Number(match[2]), start: end + 1 }
}

/** What the beginning of a stream inflates to; the end of the input is no error. */
function partlyInflated(bytes: Uint8Array): Buffer {
  try {
    // at most a thousandfold: 512 bytes stay small
    return inflateSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH })
  } catch {
    throw new DamagedObject('its compression is damaged')
  }
}
