/** gzip (RFC 1952) and raw deflate (RFC 1951), piece by piece and without waiting. */
import { createRequire } from 'node:module'
import type { InflateRaw } from 'minizlib'
import type { ReusedStream } from '../zlib-inside.ts'
import type { ByteReader } from './byte-reader.ts'
import { u16le } from './numbers.ts'
import { rawInflaters } from './raw-inflater.ts'
import { damaged, Unreadable, unsupported } from './unreadable.ts'
import type { Walk } from './walk.ts'

const PIECE = 16 * 1024
/** What is inflated comes in pieces of this size. */
const OUTPUT = 128 * 1024

/** One deflate stream; the reader stands behind it afterwards. */
export function* inflateRaw(reader: ByteReader): Generator<Uint8Array> {
  const inflater = rawInflaters.take()
  if (!inflater) {
    yield* inflateByMinizlib(reader)
    return
  }
  try {
    yield* inflateBy(inflater, reader)
  } finally {
    rawInflaters.giveBack(inflater)
  }
}

function* inflateBy(inflater: ReusedStream, reader: ByteReader): Generator<Uint8Array> {
  const output = new Uint8Array(OUTPUT)
  for (;;) {
    const piece = reader.next(PIECE)
    const isEnd = piece.length === 0
    let used = 0
    do {
      const isGood = inflater.write(piece, used, piece.length - used, isEnd, output)
      if (!isGood) throw isEnd ? new Unreadable('truncated') : damaged('its deflate stream is wrong')
      used += inflater.taken
      if (inflater.room < OUTPUT) yield output.subarray(0, OUTPUT - inflater.room)
    } while (inflater.room === 0)
    if (isEnd) return
    // zlib stops at the end of its stream, and says how far it got
    if (used < piece.length) {
      reader.giveBack(piece.length - used)
      return
    }
  }
}

/** The types of minizlib leave out what it hands on to node:zlib. */
const OPTIONS: ConstructorParameters<typeof InflateRaw>[0] & { chunkSize: number } = { chunkSize: OUTPUT }

/** Loaded where no stream of node:zlib can be used again. */
let minizlib: typeof import('minizlib') | undefined

/** The same by minizlib. Deflate puts out up to 1,032 bytes for one, and what a piece becomes is held in memory. */
export function* inflateByMinizlib(reader: ByteReader): Generator<Uint8Array> {
  minizlib ??= createRequire(import.meta.url)('minizlib') as typeof import('minizlib')
  const inflate = new minizlib.InflateRaw(OPTIONS)
  const output: Uint8Array[] = []
  let failed: unknown = null
  inflate.on('data', (bytes: Uint8Array) => output.push(bytes))
  inflate.on('error', (error: unknown) => {
    failed = error
  })
  try {
    for (;;) {
      const piece = reader.next(PIECE)
      if (piece.length === 0) {
        inflate.end()
        yield* output.splice(0)
        if (failed !== null) throw new Unreadable('truncated')
        return
      }
      inflate.write(piece as Buffer)
      // zlib stops at the end of its stream, and says how far it got
      const used = failed === null ? (inflate.handle?.bytesWritten ?? 0) : piece.length
      yield* output.splice(0)
      if (failed !== null) throw damaged('its deflate stream is wrong')
      if (used < piece.length) {
        reader.giveBack(piece.length - used)
        return
      }
    }
  } finally {
    inflate.close()
  }
}

/** Each member takes time to begin, and a file can have millions: it counts as so many bytes more. */
const MEMBER_COST = 64 * 1024

const RESERVED = 0xe0
const FHCRC = 2
const FEXTRA = 4
const FNAME = 8
const FCOMMENT = 16

/** All members of a gzip file. What follows them is no part of it, as for gzip itself. */
export function* gunzip(reader: ByteReader, walk: Walk): Generator<Uint8Array> {
  do {
    walk.countInflated(MEMBER_COST)
    skipHeader(reader)
    yield* inflateRaw(reader)
    if (reader.peek(8).length < 8) throw new Unreadable('truncated')
    reader.skip(8) // its checksum and length: what was inflated has been looked at either way
  } while (isGzip(reader.peek(3)))
}

const isGzip = (head: Uint8Array) => head.length === 3 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8

function skipHeader(reader: ByteReader): void {
  const flags = reader.read(10)[3]!
  if (flags & RESERVED) throw unsupported('a gzip file with unknown flags')
  if (flags & FEXTRA) reader.skip(u16le(reader.read(2), 0))
  if (flags & FNAME) skipText(reader)
  if (flags & FCOMMENT) skipText(reader)
  if (flags & FHCRC) reader.skip(2)
}

function skipText(reader: ByteReader): void {
  for (let length = 0; reader.read(1)[0] !== 0; length++) {
    if (length > 65_535) throw damaged('its header does not end')
  }
}
