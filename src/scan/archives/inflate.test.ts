import { constants, deflateRawSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { ByteReader } from './byte-reader.ts'
import { inflateByMinizlib, inflateRaw } from './inflate.ts'

type Inflate = (reader: ByteReader) => Generator<Uint8Array>

/** Bytes that compress to three quarters. */
function content(size: number): Buffer {
  let state = 1
  return Buffer.from(
    Array.from({ length: size }, () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return state >>> 26
    }),
  )
}

function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** As text, which is compared faster than bytes. */
const text = (parts: readonly Buffer[]) => Buffer.concat(parts).toString('latin1')

/** What comes out, what went wrong, and what is left for the next. */
function outcome(inflate: Inflate, bytes: Uint8Array, pieceSize: number) {
  const reader = new ByteReader(inPieces(bytes, pieceSize))
  const parts: Buffer[] = []
  let failed: string | null = null
  try {
    for (const piece of inflate(reader)) parts.push(Buffer.from(piece))
  } catch (error) {
    failed = (error as Error).message
  }
  const left = failed === null ? text([...reader.rest()].map((part) => Buffer.from(part))) : null
  return { content: text(parts), failed, left }
}

it('gives what minizlib gives, whole, cut off, or with something behind', () => {
  for (const size of [0, 1, 5000, 128 * 1024, 400_000]) {
    const packed = deflateRawSync(content(size))
    for (const bytes of [
      packed,
      packed.subarray(0, packed.length >> 1),
      Buffer.concat([packed, Buffer.from('behind')]),
    ])
      for (const pieceSize of [5000, 1 << 20]) {
        const expected = outcome(inflateByMinizlib, bytes, pieceSize)
        expect(outcome(inflateRaw, bytes, pieceSize)).toEqual(expected)
        if (bytes.length >= packed.length) expect(expected.content === text([content(size)])).toBe(true)
      }
  }
})

it('says of damage what minizlib says, and gives no less before it', () => {
  const good = deflateRawSync(content(400_000), { finishFlush: constants.Z_SYNC_FLUSH })
  const packed = Buffer.concat([good, Buffer.alloc(100, 7)]) // no block is of type 3
  const expected = outcome(inflateByMinizlib, packed, 1 << 20)
  const given = outcome(inflateRaw, packed, 1 << 20)
  expect(given.failed).toBe(expected.failed)
  expect(given.failed).toBe('damaged: its deflate stream is wrong')
  expect(given.content.startsWith(expected.content)).toBe(true)
})

it('streams within streams do not disturb each other', () => {
  const inner = deflateRawSync(content(300_000))
  const outer = deflateRawSync(inner)
  const pieces = [...inflateRaw(new ByteReader(inflateRaw(ByteReader.of(outer))))]
  expect(pieces.reduce((sum, { length }) => sum + length, 0)).toBe(300_000)
  const nested = outcome((reader) => inflateRaw(new ByteReader(inflateRaw(reader))), outer, 1000)
  expect(nested.content === text([content(300_000)])).toBe(true)
})

it('a stream that was left in the middle is begun anew by the next', () => {
  const packed = deflateRawSync(content(900_000))
  for (const _ of inflateRaw(ByteReader.of(packed))) break
  expect(outcome(inflateRaw, packed, 1 << 20).content === text([content(900_000)])).toBe(true)
})
