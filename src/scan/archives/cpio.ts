/** cpio: the new ASCII formats (with and without checksum), the old ASCII and the binary one. */
import type { ByteReader } from './byte-reader.ts'
import { damaged } from './unreadable.ts'
import type { Item, Walk } from './walk.ts'

interface Header {
  nameSize: number
  size: number
  mode: number
  /** Name and content are padded to a multiple of it. */
  align: number
  headerSize: number
}

const END = 'TRAILER!!!'
const NAME_BYTES = 65_536
const LINK = 0o120000
const TYPE = 0o170000
const LATIN = new TextDecoder('latin1')
const UTF8 = new TextDecoder()

export function cpio(reader: ByteReader, item: Item, walk: Walk): void {
  for (;;) {
    if (!skipZeros(reader)) return
    const header = readHeader(reader)
    if (header.nameSize === 0 || header.nameSize > NAME_BYTES) throw damaged('a name has no sensible length')
    const name = UTF8.decode(reader.read(header.nameSize)).replace(/\0.*$/s, '')
    skipPadding(reader, header.headerSize + header.nameSize, header.align)
    if (name !== END) visit(reader, header, name, item, walk)
  }
}

function visit(reader: ByteReader, header: Header, name: string, item: Item, walk: Walk): void {
  const end = reader.position + header.size
  if (header.size > 0 && (header.mode & TYPE) !== LINK) {
    walk.visitPart(reader, header.size, walk.member(item, name))
  }
  reader.skip(end - reader.position)
  skipPadding(reader, header.size, header.align)
}

/** Archives are padded with zeros, and put one after the other. False at the end. */
function skipZeros(reader: ByteReader): boolean {
  while (!reader.ended) {
    const piece = reader.next()
    const used = piece.findIndex((byte) => byte !== 0)
    if (used >= 0) {
      reader.giveBack(piece.length - used)
      return true
    }
  }
  return false
}

function skipPadding(reader: ByteReader, size: number, align: number): void {
  const padding = (align - (size % align)) % align
  reader.skip(Math.min(padding, reader.peek(padding).length))
}

function readHeader(reader: ByteReader): Header {
  const magic = LATIN.decode(reader.peek(6))
  if (/^07070[12]$/.test(magic)) {
    const fields = LATIN.decode(reader.read(110))
    const hex = (at: number) => parse(fields.slice(at, at + 8), /^[0-9A-Fa-f]{8}$/, 16)
    return { mode: hex(14), size: hex(54), nameSize: hex(94), align: 4, headerSize: 110 }
  }
  if (magic === '070707') {
    const fields = LATIN.decode(reader.read(76))
    const octal = (at: number, length: number) => parse(fields.slice(at, at + length), /^[0-7]+$/, 8)
    return { mode: octal(18, 6), nameSize: octal(59, 6), size: octal(65, 11), align: 1, headerSize: 76 }
  }
  return binaryHeader(reader.read(26))
}

function parse(digits: string, valid: RegExp, base: number): number {
  if (!valid.test(digits)) throw damaged('a header holds no number where one should be')
  return Number.parseInt(digits, base)
}

/** Sixteen-bit words in the order of the machine that wrote them; of 32-bit numbers the higher word comes first. */
function binaryHeader(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const little = view.getUint16(0, true) === 0o070707
  if (!little && view.getUint16(0) !== 0o070707) throw damaged('no header where a member should begin')
  const word = (at: number) => view.getUint16(at, little)
  return { mode: word(6), nameSize: word(20), size: word(22) * 65_536 + word(24), align: 2, headerSize: 26 }
}
