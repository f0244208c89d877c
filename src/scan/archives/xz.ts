/** xz (The .xz File Format 1.2): streams of blocks of LZMA2. Checksums are not verified: what is read is looked at. */
import type { ByteReader } from './byte-reader.ts'
import { lzma2, lzma2Dictionary } from './lzma.ts'
import { damaged, unsupported } from './unreadable.ts'
import type { Walk } from './walk.ts'

const HEADER = 12
const FOOTER = 12
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64]
const LZMA2 = 0x21
const DELTA = 0x03
const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]

export function* unxz(reader: ByteReader, walk: Walk): Generator<Uint8Array> {
  do {
    const header = reader.read(HEADER)
    if (MAGIC.some((byte, i) => header[i] !== byte)) throw damaged('its xz header is wrong')
    const checkBytes = CHECK_BYTES[header[7]! & 15]!
    while (reader.peek(1)[0] !== 0) yield* block(reader, checkBytes, walk)
    skipIndex(reader)
    reader.skip(FOOTER)
    while (isZeros(reader.peek(4))) reader.skip(4)
  } while (reader.peek(1)[0] === MAGIC[0])
}

const isZeros = (bytes: Uint8Array) => bytes.length === 4 && bytes.every((byte) => byte === 0)

function* block(reader: ByteReader, checkBytes: number, walk: Walk): Generator<Uint8Array> {
  const dictionary = blockDictionary(reader.read((reader.read(1)[0]! + 1) * 4 - 1))
  const start = reader.position
  yield* lzma2(reader, dictionary, walk)
  reader.skip((4 - ((reader.position - start) % 4)) % 4)
  reader.skip(checkBytes)
}

/**
 * From a block's header, without its first byte. Filters for executables (BCJ) are not undone: they change addresses
 * in machine code, and no text.
 */
function blockDictionary(header: Uint8Array): number {
  const flags = header[0]!
  let at = 1
  const number = () => multibyte(() => header[at++] ?? 0xff)
  if (flags & 0x40) number()
  if (flags & 0x80) number()
  for (let filter = 0; filter <= (flags & 3); filter++) {
    const id = number()
    const length = number()
    if (id === LZMA2) return lzma2Dictionary(header[at] ?? 255)
    if (id === DELTA) throw unsupported('the delta filter of xz')
    at += length
  }
  throw unsupported('an unknown filter of xz')
}

function skipIndex(reader: ByteReader): void {
  const start = reader.position
  reader.skip(1)
  const number = () => multibyte(() => reader.read(1)[0]!)
  const records = number()
  for (let i = 0; i < records; i++) {
    number()
    number()
  }
  reader.skip((4 - ((reader.position - start) % 4)) % 4)
  reader.skip(4)
}

/** Seven bits a byte, lowest first; the last has its highest bit clear. */
function multibyte(next: () => number): number {
  let value = 0
  for (let i = 0; i < 9; i++) {
    const byte = next()
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return value
  }
  throw damaged('a number in its headers does not end')
}
