import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasRun, runsIn } from './runs.ts'

const text = fc
  .array(fc.tuple(fc.constantFrom('A', 'z9', '/+', 'Q', '-', ' ', '\n', '=', '\xff'), fc.integer({ min: 1, max: 30 })))
  .map((parts) => parts.map(([part, times]) => part.repeat(times)).join(''))

describe('runs', () => {
  it('are those a regular expression finds', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 60 }), (value, least) => {
        const expected = [...value.matchAll(new RegExp(`[A-Za-z0-9+/]{${least},}`, 'g'))]
        expect(runsIn(value, least)).toEqual(expected.flatMap(({ index, 0: run }) => [index, index + run.length]))
      }),
    )
  })

  it('are found in bytes of any class', () => {
    const letters = new Uint8Array(256).fill(1, 0x41, 0x5b)
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 60 }), fc.nat(10), (value, least, from) => {
        const part = value.slice(from)
        expect(hasRun(Buffer.from(value, 'latin1'), Math.min(from, value.length), value.length, least, letters)).toBe(
          new RegExp(`[A-Z]{${least}}`).test(part),
        )
      }),
    )
  })
})
