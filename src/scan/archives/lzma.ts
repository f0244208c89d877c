/** LZMA streams and LZMA2 chunks, piece by piece. */
import { copyOf } from '../copy-of.ts'
import type { ByteReader } from './byte-reader.ts'
import { LzmaDecoder, type LzmaProperties, lzmaProperties } from './lzma-decoder.ts'
import { u16be, u32le, u64le } from './numbers.ts'
import { damaged } from './unreadable.ts'
import type { Walk } from './walk.ts'

const INPUT = 64 * 1024

/** A .lzma file: properties, size of the dictionary, size of the content (all ones: a mark ends it). */
export function unlzma(reader: ByteReader, walk: Walk): Iterable<Uint8Array> {
  const header = reader.read(13)
  const unknown = u32le(header, 5) === 0xffffffff && u32le(header, 9) === 0xffffffff
  const size = unknown ? Number.POSITIVE_INFINITY : u64le(header, 5)
  return lzma(reader, lzmaProperties(header[0]!), u32le(header, 1), size, walk)
}

/** As in zip (APPNOTE.TXT 5.8.8): a version, the length of the properties, and those. */
export function unlzmaZip(reader: ByteReader, walk: Walk, size: number): Iterable<Uint8Array> {
  const header = reader.read(9)
  return lzma(reader, lzmaProperties(header[4]!), u32le(header, 5), size, walk)
}

/** One LZMA stream, up to `size` bytes of content or the mark that ends it. */
export function lzma(
  reader: ByteReader,
  properties: LzmaProperties,
  dictionaryBytes: number,
  size: number,
  walk: Walk,
): Iterable<Uint8Array> {
  const dictionary = Math.min(dictionaryBytes, size)
  return walk.holding(dictionary, () => lzmaStream(reader, properties, dictionary, size))
}

function* lzmaStream(
  reader: ByteReader,
  properties: LzmaProperties,
  dictionary: number,
  size: number,
): Generator<Uint8Array> {
  const decoder = new LzmaDecoder(dictionary)
  decoder.setProperties(properties)
  decoder.resetState()
  decoder.begin(() => reader.next(INPUT))
  for (let left = size; left > 0; ) {
    const piece = decoder.decode(left)
    left -= piece.length
    if (piece.length > 0) yield piece
    if (decoder.ended) break
  }
  reader.giveBack(decoder.unused)
}

/** LZMA2 chunks up to the zero that ends them. Compressed, a chunk has 64 KiB at most. */
export function lzma2(reader: ByteReader, dictionaryBytes: number, walk: Walk): Iterable<Uint8Array> {
  return walk.holding(dictionaryBytes, () => lzma2Chunks(reader, dictionaryBytes))
}

/** 40 is 4 GiB; the others are 2 or 3 times a power of two. */
export function lzma2Dictionary(byte: number): number {
  if (byte > 40) throw damaged('its LZMA2 properties are wrong')
  return byte === 40 ? 2 ** 32 - 1 : (2 | (byte & 1)) * 2 ** ((byte >> 1) + 11)
}

function* lzma2Chunks(reader: ByteReader, dictionaryBytes: number): Generator<Uint8Array> {
  const decoder = new LzmaDecoder(dictionaryBytes)
  let ready = false
  for (;;) {
    const control = reader.read(1)[0]!
    if (control === 0) return
    if (control === 1 || control >= 0xe0) decoder.resetDictionary()
    if (control < 0x80) {
      if (control > 2) throw damaged('its LZMA2 stream is wrong')
      yield* decoder.store(reader.take(u16be(reader.read(2), 0) + 1))
      continue
    }
    const header = reader.read(4)
    const size = ((control & 0x1f) << 16) + u16be(header, 0) + 1
    const compressedSize = u16be(header, 2) + 1
    if (control >= 0xc0) decoder.setProperties(lzmaProperties(reader.read(1)[0]!))
    if (control >= 0xc0) ready = true
    if (!ready) throw damaged('its LZMA2 stream is wrong')
    if (control >= 0xa0) decoder.resetState()
    yield* chunk(decoder, copyOf(reader.read(compressedSize)), size)
  }
}

function* chunk(decoder: LzmaDecoder, compressed: Uint8Array, size: number): Generator<Uint8Array> {
  let given = false
  decoder.begin(() => {
    const input = given ? new Uint8Array(0) : compressed
    given = true
    return input
  })
  for (let left = size; left > 0; ) {
    const piece = decoder.decode(left)
    if (decoder.ended || piece.length === 0) throw damaged('its LZMA2 stream is wrong')
    left -= piece.length
    yield piece
  }
}
