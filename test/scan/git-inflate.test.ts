/** The fast way to inflate gives what zlib gives, and takes nothing that zlib refuses. */
import { constants, deflateSync, inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFastFinder } from '../../src/scan/anchors.ts'
import { FastInflate } from '../../src/scan/git/fast-inflate.ts'

const borrowed = createFastFinder()!.borrow()!
const ROOM = 192 << 20
const fast = FastInflate.in(borrowed, ROOM)!
const OUT_AT = 100_000

/** What the fast way makes of a stream; null when it refuses. */
function inflated(stream: Uint8Array, size: number): Buffer | null {
  borrowed.bytes.fill(0xee, 0, OUT_AT + size + 1000)
  const padded = Buffer.concat([Buffer.from('before'), stream, Buffer.from('behind')])
  const done = fast.inflate(padded, 6, 6 + stream.length, OUT_AT, size)
  const around = [borrowed.bytes.subarray(0, OUT_AT), borrowed.bytes.subarray(OUT_AT + size + 15, OUT_AT + size + 1000)]
  expect(around.every((part) => part.every((byte) => byte === 0xee))).toBe(true)
  return done ? Buffer.from(borrowed.bytes.subarray(OUT_AT, OUT_AT + size)) : null
}

function byZlib(stream: Uint8Array, size: number): Buffer | null {
  try {
    const content = inflateSync(stream, { maxOutputLength: size + 16, finishFlush: constants.Z_FINISH })
    return content.length === size ? content : null
  } catch {
    return null
  }
}

const text = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 200 }),
      fc
        .constantFrom('the same words again ', 'a', '\n', 'aws_secret_access_key = ')
        .chain((word) => fc.integer({ min: 1, max: 400 }).map((times) => word.repeat(times))),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
      // letters of which each is half as frequent as the one before it have the longest codes
      fc
        .integer({ min: 8, max: 15 })
        .map((most) => Array.from({ length: most }, (_, i) => String.fromCharCode(97 + i).repeat(2 ** i)).join('')),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.from(parts.join(''), 'latin1'))
const how = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FIXED,
    constants.Z_HUFFMAN_ONLY,
    constants.Z_RLE,
    constants.Z_FILTERED,
  ),
  memLevel: fc.constantFrom(1, 8, 9),
  windowBits: fc.integer({ min: 9, max: 15 }),
})

describe('inflating', () => {
  it('gives what was compressed, however that was done, and nothing for another size', () => {
    fc.assert(
      fc.property(text, how, (content, options) => {
        const stream = deflateSync(content, options)
        fc.pre(stream.length <= FastInflate.most)
        expect(inflated(stream, content.length)?.equals(content)).toBe(true)
        expect(inflated(stream, content.length + 1)).toBeNull()
        if (content.length > 0) expect(inflated(stream, content.length - 1)).toBeNull()
      }),
      { numRuns: 400 },
    )
  })

  it('gives for what is damaged or cut short nothing that zlib does not give', () => {
    fc.assert(
      fc.property(text, how, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(3), (content, options, at, by, cut) => {
        const stream = deflateSync(content, options).subarray(0, FastInflate.most)
        const damaged = Buffer.from(stream)
        damaged[at % damaged.length]! ^= by
        const short = stream.subarray(0, Math.max(0, stream.length - cut))
        for (const one of [damaged, short]) {
          const expected = byZlib(one, content.length)
          const actual = inflated(one, content.length)
          expect(actual?.toString('latin1')).toBe(expected?.toString('latin1'))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('gives for any bytes what zlib gives', () => {
    // a true header, so that what follows is looked at; the sum hardly ever fits, which is no reason to run on
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(2000), (bytes, size) => {
        const stream = Buffer.concat([Uint8Array.of(0x78, 0x9c), bytes])
        expect(inflated(stream, size)?.toString('latin1')).toBe(byZlib(stream, size)?.toString('latin1'))
      }),
      { numRuns: 1000 },
    )
  })

  it('leaves what is large to zlib', () => {
    const content = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * i * 2654435761) >>> 13))
    expect(inflated(deflateSync(content, { level: 0 }), content.length)).toBeNull()
  })
})
