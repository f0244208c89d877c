/**
 * Compiled Android files (ResourceTypes.h of the Android Open Source Project) as text: XML as elements with their
 * attributes, resources as `name = value` lines.
 */
import type { Input } from './input.ts'
import { u16le, u32le } from './numbers.ts'
import { damaged } from './unreadable.ts'
import type { Item, Walk } from './walk.ts'

const STRING_POOL = 0x0001
const TABLE_PACKAGE = 0x0200
const TABLE_TYPE = 0x0201
const XML_START_ELEMENT = 0x0102
const XML_TEXT = 0x0104

const UTF8_POOL = 0x100
const NO_TEXT = 0xffffffff
const TYPE_STRING = 3
const COMPLEX = 1
const MOST_BYTES = 64 * 1024 * 1024

export function androidXml(input: Input, item: Item, walk: Walk): void {
  const bytes = whole(input)
  walk.handText(xmlLines(bytes), item, bytes.length)
}

export function androidResources(input: Input, item: Item, walk: Walk): void {
  const bytes = whole(input)
  walk.handText(resourceLines(bytes), item, bytes.length)
}

function whole(input: Input): Uint8Array {
  if (input.size > MOST_BYTES) throw damaged('it is larger than any such file')
  return input.read(0, input.size)
}

const encoder = new TextEncoder()

function* xmlLines(bytes: Uint8Array): Generator<Uint8Array> {
  let pool = NO_STRINGS
  for (const { type, start, headerSize, end } of chunks(bytes, u16le(bytes, 2), bytes.length)) {
    if (type === STRING_POOL) pool = new StringPool(bytes, start, end)
    else if (type === XML_START_ELEMENT) yield* element(bytes, start + headerSize, end, pool)
    else if (type === XML_TEXT) yield encoder.encode(`${pool.text(u32le(bytes, start + headerSize))}\n`)
  }
  // names that no element uses, and what obfuscators hide
  yield* pool.lines()
}

/** `<name a="1" b="2">`, with those attributes that are text. */
function* element(bytes: Uint8Array, start: number, end: number, pool: StringPool): Generator<Uint8Array> {
  const attributes = start + u16le(bytes, start + 8)
  const size = u16le(bytes, start + 10)
  const count = size < 20 ? 0 : u16le(bytes, start + 12)
  yield encoder.encode(`<${pool.text(u32le(bytes, start + 4))}`)
  for (let i = 0; i < count; i++) {
    const at = attributes + i * size
    if (at + 20 > end) break
    const [name, raw, data] = [u32le(bytes, at + 4), u32le(bytes, at + 8), u32le(bytes, at + 16)]
    const value = raw !== NO_TEXT ? raw : bytes[at + 15] === TYPE_STRING ? data : NO_TEXT
    if (value !== NO_TEXT) yield encoder.encode(` ${pool.text(name)}="${pool.text(value)}"`)
  }
  yield encoder.encode('>\n')
}

function* resourceLines(bytes: Uint8Array): Generator<Uint8Array> {
  let values = NO_STRINGS
  for (const { type, start, headerSize, end } of chunks(bytes, u16le(bytes, 2), bytes.length)) {
    if (type === STRING_POOL) values = new StringPool(bytes, start, end)
    else if (type === TABLE_PACKAGE) yield* packageLines(bytes, start, headerSize, end, values)
  }
  // also those that a style or an array uses
  yield* values.lines()
}

function* packageLines(
  bytes: Uint8Array,
  start: number,
  headerSize: number,
  end: number,
  values: StringPool,
): Generator<Uint8Array> {
  const keyPool = start + u32le(bytes, start + 276)
  let keys = NO_STRINGS
  for (const chunk of chunks(bytes, start + headerSize, end)) {
    if (chunk.type === STRING_POOL && chunk.start === keyPool) keys = new StringPool(bytes, chunk.start, chunk.end)
    else if (chunk.type === TABLE_TYPE) yield* entryLines(bytes, chunk, keys, values)
  }
}

/** The simple text values among the entries of one type. */
function* entryLines(bytes: Uint8Array, chunk: Chunk, keys: StringPool, values: StringPool): Generator<Uint8Array> {
  const { start, headerSize, end } = chunk
  const [flags, count, first] = [bytes[start + 9]!, u32le(bytes, start + 12), start + u32le(bytes, start + 16)]
  // sparse and short offsets: their texts go out with all others
  if (flags !== 0) return
  for (let i = 0; i < count; i++) {
    const offsetAt = start + headerSize + i * 4
    if (offsetAt + 4 > end) return
    const offset = u32le(bytes, offsetAt)
    const at = first + offset
    if (offset === NO_TEXT || at + 16 > end) continue
    const isSimple = (u16le(bytes, at + 2) & COMPLEX) === 0
    if (!isSimple || bytes[at + 11] !== TYPE_STRING) continue
    yield encoder.encode(`${keys.text(u32le(bytes, at + 4))} = ${values.text(u32le(bytes, at + 12))}\n`)
  }
}

interface Chunk {
  type: number
  start: number
  headerSize: number
  end: number
}

function* chunks(bytes: Uint8Array, from: number, until: number): Generator<Chunk> {
  for (let start = from; start + 8 <= until; ) {
    const size = u32le(bytes, start + 4)
    if (size < 8 || start + size > until) throw damaged('a chunk lies outside it')
    yield { type: u16le(bytes, start), headerSize: u16le(bytes, start + 2), start, end: start + size }
    start += size
  }
}

class StringPool {
  readonly #bytes: Uint8Array
  readonly #start: number
  readonly #end: number
  readonly #count: number
  readonly #strings: number
  readonly #isUtf8: boolean
  readonly #offsets: number
  readonly #told: Uint8Array

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.#start = start
    this.#end = end
    this.#offsets = start + u16le(bytes, start + 2)
    this.#count = Math.min(u32le(bytes, start + 8), Math.floor((end - start) / 4))
    this.#told = new Uint8Array(this.#count)
    this.#isUtf8 = (u32le(bytes, start + 16) & UTF8_POOL) !== 0
    this.#strings = u32le(bytes, start + 20)
  }

  /** Empty where there is none. */
  text(index: number): string {
    if (!(index < this.#count)) return ''
    this.#told[index] = 1
    const at = this.#start + this.#strings + u32le(this.#bytes, this.#offsets + index * 4)
    return this.#isUtf8 ? this.#utf8(at) : this.#utf16(at)
  }

  /** Those that have not been asked for. */
  *lines(): Generator<Uint8Array> {
    for (let i = 0; i < this.#count; i++) if (!this.#told[i]) yield encoder.encode(`${this.text(i)}\n`)
  }

  /** Its length in characters, its length in bytes, each of one byte or two. */
  #utf8(at: number): string {
    const bytesAt = at + (this.#bytes[at]! & 0x80 ? 2 : 1)
    const first = this.#bytes[bytesAt]!
    const isLong = (first & 0x80) !== 0
    const length = isLong ? ((first & 0x7f) << 8) | this.#bytes[bytesAt + 1]! : first
    const from = bytesAt + (isLong ? 2 : 1)
    return new TextDecoder().decode(this.#bytes.subarray(from, Math.min(from + length, this.#end)))
  }

  #utf16(at: number): string {
    const first = u16le(this.#bytes, at)
    const isLong = (first & 0x8000) !== 0
    const length = isLong ? (first & 0x7fff) * 65_536 + u16le(this.#bytes, at + 2) : first
    const from = at + (isLong ? 4 : 2)
    return new TextDecoder('utf-16le').decode(this.#bytes.subarray(from, Math.min(from + length * 2, this.#end)))
  }
}

const NO_STRINGS = new StringPool(new Uint8Array(28), 0, 0)
