/** Both ways to follow a delta do the same, for good ones and bad ones. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFastFinder } from '../../src/scan/anchors.ts'
import { Arena } from '../../src/scan/git/arena.ts'

const SIZE = 1 << 20
const fast = new Arena(SIZE, createFastFinder()!.borrow())
const plain = new Arena(SIZE)

const BASE_AT = 1000
const DELTA_AT = 200_000
const OUT_AT = 400_000

/** What one way makes of it: null when it refuses. */
function follow(arena: Arena, base: Uint8Array, delta: Uint8Array, size: number) {
  arena.bytes.fill(0xee, 0, 700_000)
  arena.bytes.set(base, BASE_AT)
  arena.bytes.set(delta, DELTA_AT)
  if (!arena.applyDelta(DELTA_AT, DELTA_AT + delta.length, BASE_AT, base.length, OUT_AT, size)) return null
  const { count, at, from, length } = arena.copies
  return {
    bytes: arena.bytes.toString('latin1', OUT_AT, OUT_AT + size),
    copies: Array.from({ length: count }, (_, i) => [at[i], from[i], length[i]]),
  }
}

/** gitformat-pack(5): a byte that says which bytes of offset and length follow, and those that are not zero. */
function copyOf(from: number, length: number): number[] {
  let op = 128
  const numbers: number[] = []
  for (let i = 0; i < 4; i++) {
    const byte = (from >>> (8 * i)) & 255
    if (byte === 0) continue
    op |= 1 << i
    numbers.push(byte)
  }
  for (let i = 0; i < 3; i++) {
    const byte = (length >>> (8 * i)) & 255
    if (byte === 0) continue
    op |= 16 << i
    numbers.push(byte)
  }
  return [op, ...numbers]
}

const base = fc.uint8Array({ minLength: 1, maxLength: 3000 })

describe('following a delta', () => {
  it('makes the same in both ways, and tells of the same copies', () => {
    const step = fc.oneof(
      fc.record({ from: fc.nat(3000), length: fc.integer({ min: 1, max: 2000 }) }),
      fc.record({ insert: fc.uint8Array({ minLength: 1, maxLength: 127 }) }),
    )
    fc.assert(
      fc.property(base, fc.array(step, { maxLength: 30 }), (base, steps) => {
        const delta: number[] = []
        const expected: number[] = []
        for (const one of steps) {
          if ('insert' in one) {
            delta.push(one.insert.length, ...one.insert)
            expected.push(...one.insert)
            continue
          }
          const from = one.from % base.length
          const length = Math.min(one.length, base.length - from)
          delta.push(...copyOf(from, length))
          expected.push(...base.subarray(from, from + length))
        }
        const results = [fast, plain].map((arena) => follow(arena, base, Uint8Array.from(delta), expected.length))
        expect(results[0]).toEqual(results[1])
        expect(results[0]?.bytes).toBe(Buffer.from(expected).toString('latin1'))
      }),
      { numRuns: 200 },
    )
  })

  it('tells the same parts near a change in both ways', () => {
    const copy = fc.record({ skip: fc.nat(3), from: fc.nat(300), length: fc.integer({ min: 1, max: 300 }) })
    const margin = fc.constantFrom(0, 1, 7, 40, 1000)
    fc.assert(
      fc.property(fc.array(copy, { maxLength: 20 }), fc.nat(3), margin, margin, (copies, tail, before, behind) => {
        const base = Buffer.alloc(600, 'abcdefgh')
        const delta: number[] = []
        let size = 0
        for (const { skip, from, length } of copies) {
          if (skip > 0) delta.push(skip, ...base.subarray(0, skip))
          delta.push(...copyOf(from, length))
          size += skip + length
        }
        if (tail > 0) delta.push(tail, ...base.subarray(0, tail))
        size += tail
        const [one, other] = [fast, plain].map((arena) => {
          follow(arena, base, Uint8Array.from(delta), size)
          const { count, ends } = arena.changedParts(size, base.length, before, behind)
          return [...ends.subarray(0, 2 * count)]
        })
        expect(one).toEqual(other)
      }),
      { numRuns: 500 },
    )
  })

  it('refuses the same in both ways, and writes nowhere else', () => {
    fc.assert(
      fc.property(base, fc.uint8Array({ maxLength: 60 }), fc.nat(5000), (base, delta, size) => {
        const results = [fast, plain].map((arena) => follow(arena, base, delta, size))
        expect(results[0]).toEqual(results[1])
        const written = fast.bytes.subarray(OUT_AT + size + 16, OUT_AT + size + 100_000)
        expect(fast.bytes.subarray(OUT_AT - 100_000, OUT_AT).every((byte) => byte === 0xee)).toBe(true)
        expect(written.every((byte) => byte === 0xee)).toBe(true)
        expect(fast.bytes.toString('latin1', BASE_AT, BASE_AT + base.length)).toBe(Buffer.from(base).toString('latin1'))
      }),
      { numRuns: 300 },
    )
  })

  it('takes the other way where there are more copies than the fast one tells of', () => {
    const base = Uint8Array.from([1, 2, 3])
    // every other byte, so that no two copies belong together
    const delta = Uint8Array.from(
      Array.from({ length: 140_000 }, () => copyOf(1, 1))
        .flat()
        .slice(0, 199_998),
    )
    const count = delta.length / 3
    expect(count).toBe(66_666)
    const many = Buffer.concat([delta, delta])
    const size = count * 2
    fast.bytes.set(base, BASE_AT)
    fast.bytes.set(many, 500_000)
    const made = fast.applyDelta(500_000, 500_000 + many.length, BASE_AT, base.length, 200_000, size)
    expect([made, fast.copies.count]).toEqual([true, size])
    expect(fast.bytes.subarray(200_000, 200_000 + size).every((byte) => byte === 2)).toBe(true)
    // and back again
    expect(follow(fast, base, Uint8Array.from(copyOf(0, 3)), 3)).toEqual({ bytes: '\x01\x02\x03', copies: [[0, 0, 3]] })
  })
})
