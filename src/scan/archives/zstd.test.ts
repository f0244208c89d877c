import zlib from 'node:zlib'
import { expect, it } from 'vitest'
import type { Sink } from '../source.ts'
import { ByteReader } from './byte-reader.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { Walk } from './walk.ts'
import { unzstd } from './zstd.ts'

type Compress = (content: Uint8Array, options?: { params: Record<number, number> }) => Buffer

const { zstdCompressSync, constants } = zlib as unknown as {
  zstdCompressSync?: Compress
  constants: Record<string, number>
}
const missing = zstdCompressSync ? '' : ' (Node.js has no zstd before 22.15: skipped)'

/** Words that come again, and bytes that do not. */
function content(size: number): Buffer {
  let state = 1
  return Buffer.from(
    Array.from({ length: size }, (_, at) => {
      if (at % 8192 < 4096) return 97 + ((at >> 3) % 26)
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return state >>> 24
    }),
  )
}

function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function outcome(bytes: Uint8Array, pieceSize: number) {
  const walk = new Walk({ skip() {} } as unknown as Sink, DEFAULT_LIMITS)
  const parts: Buffer[] = []
  const reader = new ByteReader(inPieces(bytes, pieceSize))
  try {
    for (const piece of unzstd(reader, walk)) parts.push(Buffer.from(piece))
  } catch (error) {
    return { content: Buffer.concat(parts), failed: (error as Error).message, left: null }
  }
  const left = Buffer.concat([...reader.rest()].map((part) => Buffer.from(part))).toString()
  return { content: Buffer.concat(parts), failed: null, left }
}

it.skipIf(missing)(`decompresses what zstd itself makes, of every window${missing}`, () => {
  for (const size of [0, 1, 5000, 128 * 1024, 1_000_000]) {
    const plain = content(size)
    for (const [level, windowLog, checksumFlag] of [
      [1, 10, 0],
      [3, 17, 1],
      [19, 25, 1],
    ]) {
      const params = {
        [constants.ZSTD_c_compressionLevel!]: level!,
        [constants.ZSTD_c_windowLog!]: windowLog!,
        [constants.ZSTD_c_checksumFlag!]: checksumFlag!,
      }
      const frame = zstdCompressSync!(plain, { params })
      for (const pieceSize of [777, 1 << 20]) {
        const twice = outcome(Buffer.concat([frame, frame, Buffer.from('behind')]), pieceSize)
        expect(twice.failed).toBe(null)
        expect(twice.left).toBe('behind')
        expect(twice.content.equals(Buffer.concat([plain, plain]))).toBe(true)
      }
    }
  }
})

it.skipIf(missing)(`gives what lies before damage, and is whole for the next frame${missing}`, () => {
  const plain = content(600_000)
  const frame = zstdCompressSync!(plain)
  const cut = outcome(frame.subarray(0, frame.length >> 1), 1 << 20)
  expect(cut.failed).toBe('truncated')
  expect(cut.content.length).toBeGreaterThan(0)
  expect(plain.subarray(0, cut.content.length).equals(cut.content)).toBe(true)
  const wrong = Buffer.from(frame)
  wrong.fill(0xff, frame.length >> 1)
  expect(outcome(wrong, 1 << 20).failed).toMatch(/^damaged: /)
  expect(outcome(frame, 1 << 20).content.equals(plain)).toBe(true)
})
