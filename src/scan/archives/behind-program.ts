/**
 * A program or script with an archive behind it: executable jars, Windows' installers and extensions of Chrome (zips), and
 * what Makeself makes (mostly a tar.gz). The zip is known by its directory, the other by its first bytes on a line of its own.
 */
import { ByteReader } from './byte-reader.ts'
import type { Input } from './input.ts'
import type { Item, Walk } from './walk.ts'
import { startOfZip, zip } from './zip.ts'

/** gzip, bzip2, xz and zstd. */
const COMPRESSED = /(?<=\n)(?:\x1f\x8b\x08|BZh[1-9]1AY&SY|\xfd7zXZ\0|\x28\xb5\x2f\xfd)/
/** A script that unpacks the rest of itself is shorter. */
const LONGEST_SCRIPT = 128 * 1024

export function behindProgram(input: Input, item: Item, walk: Walk): void {
  const start = startOfZip(input, walk)
  if (start !== null) {
    walk.hand(new ByteReader(input.pieces(0, start)), item.place)
    zip(input, item, walk)
    return
  }
  const at = compressedAt(input)
  walk.hand(new ByteReader(input.pieces(0, at)), item.place)
  if (at < input.size) walk.visit(new ByteReader(input.pieces(at)), item)
}

/** Where compressed bytes begin behind the lines of a script; the end: nowhere. */
function compressedAt(input: Input): number {
  const head = input.read(0, Math.min(input.size, LONGEST_SCRIPT))
  if (head[0] !== 0x23) return input.size
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1')
  return COMPRESSED.exec(text)?.index ?? input.size
}

/** What is too large to be held is looked at as any other program is. */
export function asItIs(reader: ByteReader, item: Item, walk: Walk): void {
  walk.hand(reader, item.place)
}
