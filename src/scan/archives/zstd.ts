/**
 * Zstandard (RFC 8878), block by block: by Node.js where it knows it (from 22.15 on), else by fzstd, which takes several
 * times as long.
 */
import { createRequire } from 'node:module'
import type { Decompress } from 'fzstd'
import { copyOf } from '../copy-of.ts'
import type { ReusedStream } from '../zlib-inside.ts'
import type { ByteReader } from './byte-reader.ts'
import { u16le, u32le, u64le } from './numbers.ts'
import { damaged, unsupported } from './unreadable.ts'
import type { Walk } from './walk.ts'
import { zstdStreams } from './zstd-streams.ts'

const MAGIC = 0xfd2fb528
const SKIPPABLE = 0x184d2a50
const BLOCK_BYTES = 128 * 1024
/** What is decompressed comes in pieces of at most this size. */
const OUTPUT = BLOCK_BYTES
/** What most frames ask for. */
const KEPT_WINDOW = 8 * 1024 * 1024

/** Loaded for the first frame. */
let fzstd: typeof import('fzstd') | undefined

/** All frames; what follows them and is no frame ends it. */
export function* unzstd(reader: ByteReader, walk: Walk): Generator<Uint8Array> {
  for (let head = reader.peek(8); head.length >= 4; head = reader.peek(8)) {
    const magic = u32le(head, 0)
    if (magic === MAGIC) yield* frame(reader, walk)
    else if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) reader.skip(8 + u32le(head, 4))
    else return
  }
}

/** The decompressor would allocate whatever window a frame asks for; the walk says what may be held. */
function* frame(reader: ByteReader, walk: Walk): Generator<Uint8Array> {
  const { length, ...rest } = frameHeader(reader.peek(18))
  const opened = { ...rest, header: copyOf(reader.read(length)), count: () => walk.countInflated(rest.window >> 8) }
  yield* walk.holding(opened.window + BLOCK_BYTES, () => blocks(reader, opened))
  if (opened.checksum) reader.skip(Math.min(4, reader.peek(4).length))
}

interface Frame {
  header: Uint8Array
  /** In bytes. */
  window: number
  checksum: boolean
  /** To be called for each block: thousands of tiny ones cost more than what they hold. */
  count(): void
}

function* blocks(reader: ByteReader, frame: Frame): Generator<Uint8Array> {
  const stream = zstdStreams.take()
  if (!stream) {
    yield* blocksByFzstd(reader, frame)
    return
  }
  let isWhole = false
  try {
    const output = new Uint8Array(OUTPUT)
    yield* decompressed(stream, frame.header, output)
    for (const { bytes } of eachBlock(reader)) {
      frame.count()
      yield* decompressed(stream, bytes, output)
    }
    isWhole = true
  } finally {
    // it keeps its window; and Node.js 22 does not forget that something was wrong
    if (isWhole && frame.window <= KEPT_WINDOW) zstdStreams.giveBack(stream)
    else stream.close()
  }
}

/** What comes out, which is there until the next is asked for. */
function* decompressed(stream: ReusedStream, bytes: Uint8Array, output: Uint8Array): Generator<Uint8Array> {
  let used = 0
  do {
    if (!stream.write(bytes, used, bytes.length - used, false, output)) throw wrong()
    used += stream.taken
    if (stream.room < output.length) yield output.subarray(0, output.length - stream.room)
  } while (stream.room === 0)
}

function* blocksByFzstd(reader: ByteReader, frame: Frame): Generator<Uint8Array> {
  const output: Uint8Array[] = []
  fzstd ??= createRequire(import.meta.url)('fzstd') as typeof import('fzstd')
  const stream = new fzstd.Decompress((bytes) => output.push(bytes))
  push(stream, frame.header)
  for (const { bytes, last } of eachBlock(reader)) {
    // it moves its whole window for each block, however small
    frame.count()
    // a copy: it keeps what it cannot use yet
    push(stream, copyOf(bytes))
    // it waits for more until it has seen 18 bytes, unless told that these are all
    if (last && output.length === 0) push(stream, new Uint8Array(frame.checksum ? 4 : 0), true)
    yield* output.splice(0)
  }
}

/** Each block with its head, which is there until the next is asked for. */
function* eachBlock(reader: ByteReader): Generator<{ bytes: Uint8Array; last: boolean }> {
  for (let last = false; !last; ) {
    const preamble = reader.peek(3)
    const value = preamble.length === 3 ? u16le(preamble, 0) | (preamble[2]! << 16) : 0
    last = (value & 1) === 1
    const isRle = (value & 6) === 2
    const size = value >> 3
    if (size > BLOCK_BYTES) throw damaged('a block is too large')
    yield { bytes: reader.read(3 + (isRle ? 1 : size)), last }
  }
}

function frameHeader(head: Uint8Array): { length: number; window: number; checksum: boolean } {
  const descriptor = head[4] ?? 0
  if (descriptor & 8) throw unsupported('a zstd frame with reserved bits')
  const single = (descriptor & 0x20) !== 0
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!
  const length = 5 + (single ? 0 : 1) + dictionaryBytes + sizeBytes
  if (head.length < length) throw damaged('truncated')
  if (dictionaryBytes > 0 && head.subarray(length - sizeBytes - dictionaryBytes, length - sizeBytes).some(Boolean)) {
    throw unsupported('zstd with a dictionary')
  }
  return {
    length,
    window: single ? contentSize(head, length - sizeBytes, sizeBytes) : windowSize(head[5]!),
    checksum: (descriptor & 4) !== 0,
  }
}

function contentSize(head: Uint8Array, at: number, bytes: number): number {
  if (bytes === 1) return head[at]!
  if (bytes === 2) return u16le(head, at) + 256
  return bytes === 4 ? u32le(head, at) : u64le(head, at)
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function push(stream: Decompress, bytes: Uint8Array, final = false): void {
  try {
    stream.push(bytes, final)
  } catch {
    throw wrong()
  }
}

const wrong = () => damaged('its zstd stream is wrong')
