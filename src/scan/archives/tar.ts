/** tar: POSIX ustar and pax, GNU long names and sparse files, old v7 ones. */
import { copyOf } from '../copy-of.ts'
import type { ByteReader } from './byte-reader.ts'
import { hasMoreSparseMap, isTarHeader, parseTarHeader, TAR_BLOCK, type TarHeader } from './tar-header.ts'
import { damaged, Unreadable } from './unreadable.ts'
import type { Item, Walk } from './walk.ts'

export interface TarMember {
  name: string
  /** Bytes of content; 0 for folders, links and devices. */
  size: number
}

/** Extended headers are short; a longer one is an attack. */
const EXTENDED_BYTES = 1024 * 1024
const NAME_LENGTH = 4096
const UTF8 = new TextDecoder()

export function tar(reader: ByteReader, item: Item, walk: Walk): void {
  const { deletions } = item
  for (const { name, size } of tarMembers(reader)) {
    deletions?.note(name)
    if (size > 0) walk.visitPart(reader, size, walk.member(item, deletions?.label(name) ?? name))
  }
}

/** The members in order. What the consumer does not read of one is skipped. */
export function* tarMembers(reader: ByteReader): Generator<TarMember> {
  let long: { name?: string; size?: number } = {}
  const common: { name?: string; size?: number } = {}
  for (;;) {
    const block = nextHeader(reader)
    if (block === null) return
    const header = parseTarHeader(block)
    if (!(header.size >= 0 && header.size <= Number.MAX_SAFE_INTEGER)) throw damaged('a member has no size')
    if (header.type === 'x' || header.type === 'g') {
      const records = paxRecords(readExtended(reader, header.size))
      if (header.type === 'x') long = { ...long, ...records }
      else Object.assign(common, records)
      continue
    }
    if (header.type === 'L') {
      long.name = UTF8.decode(readExtended(reader, header.size)).replace(/\0.*$/s, '')
      continue
    }
    if (header.type === 'K') {
      reader.skip(padded(header.size)) // the target of a link
      continue
    }
    if (header.isGnuSparse) skipSparseMap(reader, block)
    const size = contentSize(header, long.size ?? common.size, reader)
    const end = reader.position + padded(size)
    yield { name: (long.name ?? common.name ?? header.name).slice(0, NAME_LENGTH), size }
    // the last member of a cut off tar may lack its padding
    reader.skip(Math.max(0, end - (padded(size) - size) - reader.position))
    reader.skip(Math.min(Math.max(0, end - reader.position), reader.peek(TAR_BLOCK).length))
    long = {}
  }
}

export const padded = (size: number) => Math.ceil(size / TAR_BLOCK) * TAR_BLOCK

/** The next header. Blocks of zeros end a tar, but tars are also put one after the other. */
function nextHeader(reader: ByteReader): Uint8Array | null {
  for (;;) {
    const block = reader.peek(TAR_BLOCK)
    if (block.length < TAR_BLOCK) {
      if (block.every((byte) => byte === 0)) return null
      throw new Unreadable('truncated')
    }
    if (isTarHeader(block)) return copyOf(reader.read(TAR_BLOCK))
    if (!block.every((byte) => byte === 0)) {
      throw damaged('no header where a member should begin; the rest was looked at as plain bytes')
    }
    reader.skip(TAR_BLOCK)
  }
}

/** Links, devices and folders have no content, whatever size their header gives; a hard link may. */
function contentSize(header: TarHeader, paxSize: number | undefined, reader: ByteReader): number {
  if ('23456'.includes(header.type)) return 0
  if (header.type === '1' && isTarHeader(reader.peek(TAR_BLOCK))) return 0
  return paxSize ?? header.size
}

function readExtended(reader: ByteReader, size: number): Uint8Array {
  if (size > EXTENDED_BYTES) throw damaged('an extended header is too long')
  return copyOf(reader.read(padded(size)).subarray(0, size))
}

/** Records of the form `LENGTH NAME=VALUE\n`. */
function paxRecords(bytes: Uint8Array): { name?: string; size?: number } {
  const records: { name?: string; size?: number } = {}
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const length = space < 0 ? Number.NaN : Number(UTF8.decode(bytes.subarray(at, Math.min(space, at + 20))))
    if (!(Number.isInteger(length) && length > space - at + 1)) break
    const record = UTF8.decode(bytes.subarray(space + 1, at + length)).replace(/\n$/, '')
    const [name, value] = [record.slice(0, record.indexOf('=')), record.slice(record.indexOf('=') + 1)]
    if (name === 'path' || name === 'GNU.sparse.name') records.name = value
    if (name === 'size' && /^\d{1,15}$/.test(value)) records.size = Number(value)
    at += length
  }
  return records
}

/** The map says where holes are; the bytes that follow it are all the content there is. */
function skipSparseMap(reader: ByteReader, header: Uint8Array): void {
  for (let more = hasMoreSparseMap(header, true); more; ) {
    more = hasMoreSparseMap(reader.read(TAR_BLOCK), false)
  }
}
