/**
 * Backups of PostgreSQL in the custom format (`pg_dump -Fc`): a table of contents, then the rows of each table and each
 * large object in pieces, compressed.
 * Source: PostgreSQL's source, pg_backup_archiver.c and pg_backup_custom.c.
 */
import { ByteReader } from './byte-reader.ts'
import { inflateRaw } from './inflate.ts'
import { u32le } from './numbers.ts'
import { damaged } from './unreadable.ts'
import type { Item, Walk } from './walk.ts'

const [ROWS, LARGE_OBJECTS] = [1, 3]
/** A number is written as its sign and four bytes. */
const INT = 5
const ZLIB_HEADER = 2
/** The beginning of a block: its kind, its entry's number, perhaps that of a large object, a length, and content. */
const LONGEST_BEGIN = 1 + 3 * INT + 4

/**
 * By its version, the width of its numbers, and the kind of archive. What is not compressed is read as it is: its level is
 * zero, or since version 1.15 its method.
 */
export function isPgDump(head: Uint8Array): boolean {
  if (!/^PGDMP\x01..\x04[\x04\x08]\x01/s.test(String.fromCharCode(...head.subarray(0, 11)))) return false
  return head.length > 16 && (head[6]! >= 15 ? head[11] !== 0 : u32le(head, 12) !== 0)
}

export function pgDump(reader: ByteReader, item: Item, walk: Walk): void {
  // the contents are no part of any member
  walk.hand(new ByteReader(untilBlock(reader)), item.place)
  while (!reader.ended) {
    const kind = reader.read(1)[0]!
    const entry = number(reader)
    if (kind === ROWS) visitContent(reader, walk.member(item, `entry ${entry}`), walk)
    else if (kind === LARGE_OBJECTS) {
      for (let object = number(reader); object !== 0; object = number(reader))
        visitContent(reader, walk.member(item, `large object ${object}`), walk)
    } else throw damaged('no rows where they should begin')
  }
}

function visitContent(reader: ByteReader, item: Item, walk: Walk): void {
  const content = new ByteReader(piecesOf(reader))
  walk.visitAlone(item, () => {
    if (!isZlib(content.peek(2), 0)) return walk.visit(content, item)
    content.skip(ZLIB_HEADER)
    walk.visit(new ByteReader(walk.measured(inflateRaw(content), () => content.position)), item)
  })
  for (const _ of content.rest()); // to the next one, however far this was read
}

/** Each with its length before it; the last has none. */
function* piecesOf(reader: ByteReader): Generator<Uint8Array> {
  for (let length = number(reader); length !== 0; length = number(reader)) yield* reader.take(length)
}

const number = (reader: ByteReader) => u32le(reader.read(INT), 1)

const WINDOW = 64 * 1024

/** What comes before the first block whose content is compressed. Nothing but that tells where the contents end. */
function* untilBlock(reader: ByteReader): Generator<Uint8Array> {
  for (;;) {
    const window = reader.peek(WINDOW)
    const at = blockIn(window)
    const isLast = window.length < WINDOW
    yield* reader.take(at ?? (isLast ? window.length : WINDOW - LONGEST_BEGIN))
    if (at !== null || isLast) return
  }
}

function blockIn(bytes: Uint8Array): number | null {
  for (let at = 0; at + LONGEST_BEGIN <= bytes.length; at++) {
    const numbers = bytes[at] === ROWS ? 2 : bytes[at] === LARGE_OBJECTS ? 3 : 0
    if (numbers === 0) continue
    const content = at + 1 + numbers * INT
    const length = u32le(bytes, content - 4)
    if (bytes[at + 1] === 0 && bytes[content - INT] === 0 && length > 0 && isCompressed(bytes, content)) return at
  }
  return null
}

const isZlib = (bytes: Uint8Array, at: number) =>
  bytes[at] === 0x78 && (bytes[at + 1]! & 0x20) === 0 && (0x7800 + bytes[at + 1]!) % 31 === 0

/** With zlib; with zstd or lz4, which newer versions can use. */
const isCompressed = (bytes: Uint8Array, at: number) =>
  isZlib(bytes, at) || [0xfd2fb528, 0x184d2204].includes(u32le(bytes, at))
