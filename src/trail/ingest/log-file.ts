/** A log file, wherever it lies, and its bytes unpacked. */
import type { Readable } from 'node:stream'
import { promisify, TextDecoder } from 'node:util'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { createGunzip, gunzip, gunzipSync } from 'node:zlib'

export interface LogFile {
  /** A path, or `s3://bucket/key`. */
  name: string
  /** Tells two states of the file apart: what is unchanged is not read again. */
  version: string
  /** Bytes as it is stored. */
  size: number
  /** Bytes that nobody else holds: they are gone when they have been read. */
  read(): Promise<Buffer>
  /** For files too large to hold. */
  stream(): Readable | Promise<Readable>
}

/** Files up to this size are read whole. */
const HELD = 16 * 1024 * 1024
/** Unpacked, they may be this large; what is larger is streamed. */
const HELD_UNPACKED = 64 * 1024 * 1024
const SMALLEST_BUFFER = 16 * 1024
const SPARE = 64
/** Below this, unpacking at once is quicker than handing it to another thread. */
const SMALL = 128 * 1024

const unpack = promisify(gunzip)

/**
 * The bytes of a file: whole when it is small enough, else in pieces.
 * @throws what reading throws
 */
export async function open(file: LogFile): Promise<Buffer | AsyncIterable<Buffer>> {
  const content = await unpacked(file)
  if (!Buffer.isBuffer(content)) return recoded(content)
  const encoding = encodingOf(content)
  return encoding === null ? content : Buffer.from(new TextDecoder(encoding).decode(content))
}

/** In Windows PowerShell, `aws ... > file` writes UTF-16. */
function encodingOf(bytes: Buffer): 'utf-16le' | 'utf-16be' | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null
}

async function* recoded(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let decoder: TextDecoder | null | undefined
  for await (const piece of source) {
    if (decoder === undefined) {
      const encoding = encodingOf(piece)
      decoder = encoding === null ? null : new TextDecoder(encoding)
    }
    yield decoder === null ? piece : Buffer.from(decoder.decode(piece, { stream: true }))
  }
}

async function unpacked(file: LogFile): Promise<Buffer | AsyncIterable<Buffer>> {
  if (file.size > HELD) return pieces(file)
  const bytes = await file.read()
  if (!isGzip(bytes)) return bytes
  const options = { maxOutputLength: HELD_UNPACKED, chunkSize: unpackedSize(bytes) }
  try {
    const whole = bytes.length < SMALL ? gunzipSync(bytes, options) : await unpack(bytes, options)
    release(bytes)
    return whole
  } catch {
    // too large, or damaged: piece by piece, so that what is whole is read
    return gunzipped([bytes])
  }
}

/**
 * What a file says of its length unpacked: with a buffer of that size, nothing is copied. It may lie.
 * https://datatracker.ietf.org/doc/html/rfc1952#page-5 has the last four bytes.
 */
function unpackedSize(bytes: Buffer): number {
  const said = bytes.length < 18 ? 0 : bytes.readUInt32LE(bytes.length - 4)
  // DEFLATE makes a thousandth of it at best; some bytes more, or the end is looked for in another buffer
  return Math.max(Math.min(said, bytes.length * 1032, HELD_UNPACKED) + SPARE, SMALLEST_BUFFER)
}

let nowhere: MessagePort | undefined

/**
 * Gives the memory of a file's bytes back at once; nobody may need them any more. Left to the garbage collector, each
 * few files would have it look through all that is in memory.
 */
export function release(bytes: Buffer): void {
  // what is small may share its memory with others
  if (bytes.length < SMALLEST_BUFFER || bytes.buffer.byteLength > bytes.length + SPARE) return
  nowhere ??= closedPort()
  nowhere.postMessage(null, [bytes.buffer as ArrayBuffer])
}

/** What is sent to it is dropped. */
function closedPort(): MessagePort {
  const { port1, port2 } = new MessageChannel()
  port2.close()
  return port1
}

/** Why a file must not be read. Its message is for people. */
export class RefusedError extends Error {}

/** Why the bytes of a file ended before their time. What came before stays valid. */
export class CutOffError extends Error {}

async function* pieces(file: LogFile): AsyncIterable<Buffer> {
  const source = (await file.stream())[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const first = await source.next()
  if (first.done) return
  const all = (async function* whole() {
    yield first.value
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value
  })()
  yield* isGzip(first.value) ? gunzipped(all) : all
}

/** Of input: what it gives is held, and is at most a thousand times as much. */
const PIECE = 16 * 1024

/**
 * Bytes unpacked, all of those before damage or the end of a file that is cut off. (Of a stream that fails, what it had
 * ready would be lost, more or less of it by chance.)
 */
async function* gunzipped(source: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const unpacker = createGunzip({ chunkSize: 256 * 1024 })
  let ready: Buffer[] = []
  unpacker.on('data', (piece: Buffer) => ready.push(piece))
  const failure = new Promise<unknown>((resolve) => unpacker.on('error', resolve))
  const ended = new Promise<null>((resolve) => unpacker.on('end', () => resolve(null)))
  let error: unknown = null
  const taken = () => {
    const pieces = ready
    ready = []
    return pieces
  }
  try {
    for await (const bytes of source)
      for (let at = 0; at < bytes.length && error === null; at += PIECE) {
        const written = new Promise<null>((resolve) => {
          unpacker.write(bytes.subarray(at, at + PIECE), (failed) => failed || resolve(null))
        })
        error = await Promise.race([failure, written])
        yield* taken()
      }
    if (error === null) {
      unpacker.end()
      error = await Promise.race([failure, ended])
      yield* taken()
    }
  } catch (failed) {
    error = failed
  } finally {
    unpacker.destroy()
  }
  if (error !== null) throw new CutOffError(reasonOf(error), { cause: error })
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'Z_BUF_ERROR') return 'the compressed data is cut off'
  if (code === 'Z_DATA_ERROR') return 'the compressed data is damaged'
  return `reading it failed (${code ?? 'unknown error'})`
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}
