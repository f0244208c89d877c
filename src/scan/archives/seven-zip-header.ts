/** The header of a 7z archive: where packed streams lie, how they are decoded, and the files that come out. */
import { damaged, unsupported } from './unreadable.ts'

export interface Coder {
  /** In hexadecimal. */
  id: string
  properties: Uint8Array
  /** Bytes that it puts out. */
  size: number
}

export interface Folder {
  /** In the order in which they are applied. */
  coders: Coder[]
  packedStreams: number
  packSize: number
}

export interface Streams {
  packPosition: number
  packSizes: number[]
  folders: Folder[]
  /** Of the files in each folder. */
  sizes: number[][]
  /** Whether each folder has a checksum: its only file then has none of its own. */
  hasDigest: ArrayLike<number>
}

const ID = {
  end: 0,
  header: 1,
  archiveProperties: 2,
  mainStreams: 4,
  files: 5,
  packInfo: 6,
  unpackInfo: 7,
  subStreams: 8,
  size: 9,
  digests: 0x0a,
  folder: 0x0b,
  unpackSizes: 0x0c,
  streamCount: 0x0d,
  emptyStream: 0x0e,
  names: 0x11,
}

/** Counts in a header that is at most 16 MiB long; more is an attack on memory. */
const MOST = 1_000_000

const NO_STREAMS: Streams = { packPosition: 0, packSizes: [], folders: [], sizes: [], hasDigest: [] }

/** From a header that is packed itself. */
export function parseStreams(header: Uint8Array): Streams {
  const fields = new Fields(header)
  fields.byte()
  return streamsInfo(fields)
}

/** Streams, and the names of the files that have content, in the order of their content. */
export function parseArchive(header: Uint8Array, mostFiles: number): { streams: Streams; names: string[] } {
  const fields = new Fields(header)
  if (fields.byte() !== ID.header) throw damaged('its header is missing')
  let streams: Streams = { ...NO_STREAMS }
  let names: string[] = []
  for (let id = fields.byte(); id !== ID.end; id = fields.byte()) {
    if (id === ID.archiveProperties) fields.skipProperties()
    else if (id === ID.mainStreams) streams = streamsInfo(fields)
    else if (id === ID.files) names = filesInfo(fields, mostFiles)
    else throw damaged('its header is wrong')
  }
  return { streams, names }
}

function streamsInfo(fields: Fields): Streams {
  const streams: Streams = { ...NO_STREAMS }
  for (let id = fields.byte(); id !== ID.end; id = fields.byte()) {
    if (id === ID.packInfo) packInfo(fields, streams)
    else if (id === ID.unpackInfo) unpackInfo(fields, streams)
    else if (id === ID.subStreams) subStreams(fields, streams)
    else throw damaged('its header is wrong')
  }
  return streams
}

function packInfo(fields: Fields, streams: Streams): void {
  streams.packPosition = fields.number()
  const count = fields.count()
  for (let id = fields.byte(); id !== ID.end; id = fields.byte()) {
    if (id === ID.size) streams.packSizes = fields.numbers(count)
    else if (id === ID.digests) fields.digests(count)
    else throw damaged('its header is wrong')
  }
}

function unpackInfo(fields: Fields, streams: Streams): void {
  let raw: RawFolder[] = []
  for (let id = fields.byte(); id !== ID.end; id = fields.byte()) {
    if (id === ID.folder) {
      const count = fields.count()
      fields.notExternal()
      raw = Array.from({ length: count }, () => readFolder(fields))
    } else if (id === ID.unpackSizes) {
      streams.folders = raw.map((folder) => ordered(folder, fields.numbers(folder.outputs)))
    } else if (id === ID.digests) streams.hasDigest = fields.digests(raw.length)
    else throw damaged('its header is wrong')
  }
  streams.sizes = streams.folders.map((folder) => [folder.coders.at(-1)!.size])
}

interface RawFolder {
  coders: { id: string; properties: Uint8Array; inputs: number }[]
  outputs: number
  /** Which coder's input takes which coder's output. */
  pairs: { input: number; output: number }[]
  packed: number[]
}

function readFolder(fields: Fields): RawFolder {
  const count = fields.number()
  if (count < 1 || count > 32) throw damaged('a folder has no coders')
  let inputs = 0
  let outputs = 0
  const coders = Array.from({ length: count }, () => {
    const flags = fields.byte()
    const id = Buffer.from(fields.bytes(flags & 15)).toString('hex')
    const [ins, outs] = flags & 0x10 ? [fields.number(), fields.number()] : [1, 1]
    const properties = flags & 0x20 ? fields.bytes(fields.number()) : new Uint8Array(0)
    inputs += ins
    outputs += outs
    if (inputs > 32 || outputs > 32) throw damaged('a folder has too many streams')
    return { id, properties, inputs: ins }
  })
  const pairs = Array.from({ length: outputs - 1 }, () => ({ input: fields.number(), output: fields.number() }))
  const packed = inputs - pairs.length
  if (packed < 1) throw damaged('a folder has no packed stream')
  const packedInputs =
    packed === 1
      ? Array.from({ length: inputs }, (_, i) => i).filter((i) => !pairs.some(({ input }) => input === i))
      : Array.from({ length: packed }, () => fields.number())
  return { coders, outputs, pairs, packed: packedInputs }
}

/** From the coder that takes the packed bytes to the one whose output is the content. */
function ordered(folder: RawFolder, sizes: number[]): Folder {
  const coders: Coder[] = []
  const isLine = folder.coders.every(({ inputs }) => inputs === 1) && folder.packed.length === 1
  // in a tree of coders only their names count: see which of them cannot be read
  let next = isLine ? folder.packed[0]! : 0
  for (let i = 0; i < folder.coders.length; i++) {
    const at = isLine ? next : i
    const coder = folder.coders[at]
    if (!coder) throw damaged('a folder is wrong')
    coders.push({ id: coder.id, properties: coder.properties, size: sizes[at] ?? 0 })
    next = folder.pairs.find(({ output }) => output === at)?.input ?? -1
    if (isLine && next === -1 && i + 1 < folder.coders.length) throw damaged('a folder is wrong')
  }
  return { coders, packedStreams: isLine ? 1 : folder.packed.length, packSize: 0 }
}

function subStreams(fields: Fields, streams: Streams): void {
  let counts = streams.folders.map(() => 1)
  let id = fields.byte()
  if (id === ID.streamCount) {
    counts = counts.map(() => fields.count())
    if (counts.reduce((sum, count) => sum + count, 0) > MOST) throw damaged('it has too many files')
    id = fields.byte()
  }
  const hasSizes = id === ID.size
  streams.sizes = streams.folders.map((folder, i) => {
    const total = folder.coders.at(-1)!.size
    const count = counts[i]!
    if (count === 0) return []
    // the last size is what is left
    const sizes = hasSizes ? fields.numbers(count - 1) : []
    const left = total - sizes.reduce((sum, size) => sum + size, 0)
    if (left < 0) throw damaged('its files are larger than what they are packed in')
    return [...sizes, left]
  })
  if (hasSizes) id = fields.byte()
  if (id === ID.digests) {
    const own = counts.map((count, i) => (count === 1 && streams.hasDigest[i] ? 0 : count))
    fields.digests(own.reduce((sum, count) => sum + count, 0))
    id = fields.byte()
  }
  if (id !== ID.end) throw damaged('its header is wrong')
}

function filesInfo(fields: Fields, mostFiles: number): string[] {
  const count = fields.count()
  let names: string[] = []
  let empty = new Uint8Array(0)
  for (let id = fields.byte(); id !== ID.end; id = fields.byte()) {
    const size = fields.number()
    const property = new Fields(fields.bytes(size))
    if (id === ID.names) {
      property.notExternal()
      names = property.names(Math.min(count, mostFiles + 1))
    }
    if (id === ID.emptyStream) empty = property.bits(count)
  }
  return names.filter((_, i) => !(empty[i] ?? 0))
}

class Fields {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw damaged('its header is cut off')
    return byte
  }

  bytes(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw damaged('its header is cut off')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  /** The first byte's leading ones say how many bytes follow; its other bits are the highest. */
  number(): number {
    const first = this.byte()
    let value = 0
    for (let i = 0, mask = 0x80; i < 8; i++, mask >>= 1) {
      if ((first & mask) === 0) return value + (first & (mask - 1)) * 2 ** (8 * i)
      value += this.byte() * 2 ** (8 * i)
    }
    return value
  }

  count(): number {
    const count = this.number()
    if (count > MOST) throw damaged('a count in its header is too large')
    return count
  }

  numbers(count: number): number[] {
    return Array.from({ length: count }, () => this.number())
  }

  bits(count: number): Uint8Array<ArrayBuffer> {
    const bits = new Uint8Array(count)
    for (let i = 0, byte = 0; i < count; i++) {
      if (i % 8 === 0) byte = this.byte()
      bits[i] = (byte >> (7 - (i % 8))) & 1
    }
    return bits
  }

  /** UTF-16 that ends with a zero. */
  names(count: number): string[] {
    const decoder = new TextDecoder('utf-16le')
    return Array.from({ length: count }, () => {
      const start = this.#at
      while (this.byte() | this.byte());
      return decoder.decode(this.#bytes.subarray(start, this.#at - 2))
    })
  }

  notExternal(): void {
    if (this.byte() !== 0) throw unsupported('a 7z header that lies elsewhere')
  }

  /** Skips checksums, which are not verified; says which there are. */
  digests(count: number): Uint8Array {
    const defined = this.byte() === 0 ? this.bits(count) : new Uint8Array(count).fill(1)
    this.bytes(defined.reduce((sum, bit) => sum + bit, 0) * 4)
    return defined
  }

  skipProperties(): void {
    while (this.byte() !== ID.end) this.bytes(this.number())
  }
}
