/**
 * 7z (7zFormat.txt of the LZMA SDK, public domain), with the methods that nearly all archives use: LZMA, LZMA2,
 * deflate, bzip2, zstd and stored. Others are skipped with their name.
 */
import { copyOf } from '../copy-of.ts'
import { ByteReader } from './byte-reader.ts'
import { bunzip2 } from './bzip2.ts'
import { inflateRaw } from './inflate.ts'
import type { Input } from './input.ts'
import { lzma, lzma2, lzma2Dictionary } from './lzma.ts'
import { lzmaProperties } from './lzma-decoder.ts'
import { u32le, u64le } from './numbers.ts'
import { type Folder, parseArchive, parseStreams, type Streams } from './seven-zip-header.ts'
import { damaged, Unreadable, unsupported } from './unreadable.ts'
import type { Item, Walk } from './walk.ts'
import { unzstd } from './zstd.ts'

const SIGNATURE_BYTES = 32
const HEADER_BYTES = 16 * 1024 * 1024
const ENCODED_HEADER = 0x17

export function sevenZip(input: Input, item: Item, walk: Walk): void {
  const start = input.read(0, SIGNATURE_BYTES)
  const [offset, size] = [u64le(start, 12), u64le(start, 20)]
  if (size === 0) return
  if (size > HEADER_BYTES) throw damaged('its header is too large')
  let header = copyOf(input.read(SIGNATURE_BYTES + offset, size))
  for (let layers = 0; header[0] === ENCODED_HEADER; layers++) {
    if (layers === 4) throw damaged('its header is packed too often')
    header = unpackHeader(input, parseStreams(header), walk)
  }
  const { streams, names } = parseArchive(header, walk.limits.members)
  let file = 0
  for (const { folder, packStart, sizes } of folders(streams)) {
    // one damaged folder does not keep the others from being read
    const first = file
    file += sizes.length
    visitFolder(input, folder, packStart, sizes, (i) => names[first + i] ?? `member ${first + i + 1}`, item, walk)
  }
}

function visitFolder(
  input: Input,
  folder: Folder,
  packStart: number,
  sizes: number[],
  nameOf: (index: number) => string,
  item: Item,
  walk: Walk,
): void {
  let reader: ByteReader | null = null
  let failure: Unreadable | null = null
  for (const [i, size] of sizes.entries()) {
    if (size === 0) continue
    const child = walk.member(item, nameOf(i))
    walk.visitAlone(child, () => {
      if (failure !== null) throw failure
      try {
        reader ??= new ByteReader(unpack(input, folder, packStart, walk))
        const end: number = reader.position + size
        walk.visitPart(reader, size, child)
        reader.skip(end - reader.position)
      } catch (error) {
        if (error instanceof Unreadable) failure = error
        throw error
      }
    })
  }
}

function unpackHeader(input: Input, streams: Streams, walk: Walk): Uint8Array<ArrayBuffer> {
  for (const { folder, packStart, sizes } of folders(streams)) {
    const size = sizes.reduce((sum, next) => sum + next, 0)
    if (size > HEADER_BYTES) throw damaged('its header is too large')
    return copyOf(new ByteReader(unpack(input, folder, packStart, walk)).read(size))
  }
  throw damaged('its header is missing')
}

function* folders(streams: Streams): Generator<{ folder: Folder; packStart: number; sizes: number[] }> {
  let packStart = SIGNATURE_BYTES + streams.packPosition
  let pack = 0
  for (const [i, folder] of streams.folders.entries()) {
    folder.packSize = streams.packSizes[pack] ?? 0
    yield { folder, packStart, sizes: streams.sizes[i]! }
    for (let n = 0; n < folder.packedStreams; n++) packStart += streams.packSizes[pack++] ?? 0
  }
}

/** What a folder's coders make of its bytes, one after the other. */
function unpack(input: Input, folder: Folder, packStart: number, walk: Walk): Iterable<Uint8Array> {
  if (folder.coders.some(({ id }) => id === '06f10701')) throw new Unreadable('encrypted')
  if (folder.packedStreams !== 1) throw unsupported('the BCJ2 filter of 7z')
  if (packStart + folder.packSize > input.size) throw new Unreadable('truncated')
  const packed = new ByteReader(input.pieces(packStart, packStart + folder.packSize))
  let reader = packed
  for (const { id, properties, size } of folder.coders) {
    const decoded = decode(id, properties, size, reader, walk)
    if (decoded !== null) reader = new ByteReader(walk.measured(decoded, () => packed.position))
  }
  return reader.rest()
}

/** null: the coder changes nothing that is looked for. */
function decode(
  id: string,
  properties: Uint8Array,
  size: number,
  reader: ByteReader,
  walk: Walk,
): Iterable<Uint8Array> | null {
  switch (id) {
    case '00':
      return null
    case '030101':
      return lzma(reader, lzmaProperties(properties[0] ?? 255), u32le(properties, 1), size, walk)
    case '21': {
      const dictionary = Math.min(lzma2Dictionary(properties[0] ?? 255), size)
      return lzma2(reader, dictionary, walk)
    }
    case '040108':
      return inflateRaw(reader)
    case '040202':
      return bunzip2(reader, walk)
    case '04f71101':
      return unzstd(reader, walk)
    case '030401':
      throw unsupported('the PPMd method of 7z')
    case '03':
      throw unsupported('the delta filter of 7z')
    case '040109':
      throw unsupported('deflate64')
  }
  // filters for executables (x86, PowerPC, ARM ...) change addresses in machine code, and no text
  if (/^0303(?!011b)|^0[4-9a]$/.test(id)) return null
  throw unsupported(`method ${id} of 7z`)
}
