/** ar, which Debian packages and static libraries are. */
import type { ByteReader } from './byte-reader.ts'
import { damaged } from './unreadable.ts'
import type { Item, Walk } from './walk.ts'

const MAGIC = 8
const HEADER = 60
const LATIN = new TextDecoder('latin1')
const UTF8 = new TextDecoder()

export function ar(reader: ByteReader, item: Item, walk: Walk): void {
  reader.skip(MAGIC)
  let longNames = ''
  while (!reader.ended) {
    const header = LATIN.decode(reader.read(HEADER))
    const sizeText = header.slice(48, 58).trim()
    if (!header.endsWith('`\n') || !/^\d+$/.test(sizeText)) throw damaged('no header where a member should begin')
    const size = Number(sizeText)
    const name = header.slice(0, 16).trimEnd()
    const end = reader.position + size
    if (name === '//' && size <= 1024 * 1024) longNames = UTF8.decode(reader.read(size))
    else if (size > 0) {
      const { name: full, taken } = fullName(name, size, reader, longNames)
      walk.visitPart(reader, size - taken, walk.member(item, full))
    }
    reader.skip(end - reader.position)
    if (size % 2 === 1 && !reader.ended) reader.skip(1)
  }
}

/** GNU keeps long names in a table (`/OFFSET`), BSD before the content (`#1/LENGTH`). */
function fullName(name: string, size: number, reader: ByteReader, table: string): { name: string; taken: number } {
  const bsd = /^#1\/(\d+)$/.exec(name)
  if (bsd) {
    const length = Number(bsd[1])
    if (length > Math.min(size, 65_536)) throw damaged('a name is longer than its member')
    return { name: UTF8.decode(reader.read(length)).replace(/\0+$/, ''), taken: length }
  }
  const gnu = /^\/(\d+)$/.exec(name)
  if (gnu) return { name: table.slice(Number(gnu[1])).split('\n', 1)[0]!.replace(/\/$/, ''), taken: 0 }
  return { name: name.length > 1 ? name.replace(/\/$/, '') : name, taken: 0 }
}
