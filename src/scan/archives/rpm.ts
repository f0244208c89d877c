/** RPM packages: headers (with the scripts that run at installation), then a compressed cpio archive. */
import type { ByteReader } from './byte-reader.ts'
import { u32be } from './numbers.ts'
import { damaged } from './unreadable.ts'
import type { Item, Walk } from './walk.ts'

const LEAD = 96
const HEADER_MAGIC = 0x8eade801
/** What rpm itself takes at most. */
const HEADER_BYTES = 256 * 1024 * 1024
const ENTRIES = 65_536

export function rpm(reader: ByteReader, item: Item, walk: Walk): void {
  reader.skip(LEAD)
  const signature = headerSize(reader)
  reader.skip(signature)
  reader.skip((8 - (signature % 8)) % 8)
  walk.visitPart(reader, headerSize(reader), walk.member(item, 'header'))
  walk.visitPart(reader, Number.POSITIVE_INFINITY, walk.member(item, 'payload'))
}

/** Index and store of the header that comes next, with its 16 bytes of preamble. */
function headerSize(reader: ByteReader): number {
  const preamble = reader.peek(16)
  if (u32be(preamble, 0) !== HEADER_MAGIC) throw damaged('a header is missing')
  const [entries, store] = [u32be(preamble, 8), u32be(preamble, 12)]
  if (entries > ENTRIES || store > HEADER_BYTES) throw damaged('a header is too large')
  return 16 + entries * 16 + store
}
