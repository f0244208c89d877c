import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ByteReader } from './byte-reader.ts'

/** As a decompressor gives them: all in the same memory, a Buffer, of which `slice` copies nothing. */
function* inSameMemory(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  const memory = Buffer.alloc(Math.max(...sizes))
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const piece = bytes.subarray(at, at + sizes[i % sizes.length]!)
    memory.fill(0xee).set(piece)
    yield memory.subarray(0, piece.length)
    at += piece.length
  }
}

it('gives every byte of pieces that are valid until the next is asked for', () => {
  const ask = fc.record({ how: fc.constantFrom('peek', 'read', 'fill', 'next', 'skip'), length: fc.nat(40) })
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 300, maxLength: 400 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
      fc.array(ask, { maxLength: 60 }),
      (bytes, sizes, asks) => {
        const reader = new ByteReader(inSameMemory(bytes, sizes))
        for (const { how, length } of asks) {
          const at = reader.position
          const wanted = [...bytes.subarray(at, at + length)]
          if (how === 'peek') expect([...reader.peek(length)]).toEqual(wanted)
          else if (how === 'next') {
            const given = [...reader.next(length)]
            expect(given).toEqual(wanted.slice(0, given.length))
            expect(given.length > 0 || wanted.length === 0).toBe(true)
          } else if (how === 'fill') {
            const buffer = new Uint8Array(length)
            expect([...buffer.subarray(0, reader.fill(buffer))]).toEqual(wanted)
          } else if (wanted.length < length) expect(() => reader.read(length)).toThrow('truncated')
          else if (how === 'read') expect([...reader.read(length)]).toEqual(wanted)
          else reader.skip(length)
        }
      },
    ),
    { numRuns: 500 },
  )
})
