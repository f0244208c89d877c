import { deflateRawSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { type InflateAtOnce, inflateAtOnce, publicWay, reused } from './inflate-at-once.ts'

const hex = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('hex')
const inflateAgain = reused()!
const by = (inflate: InflateAtOnce) => (bytes: Uint8Array, most: number) =>
  hex(inflate(bytes, most, new Uint8Array(most + 1)))
const again = by(inflateAgain)
const byPublicWay = by(publicWay)
/** Bytes that compress to about half. */
const content = (size: number) => Buffer.from(Array.from({ length: size }, (_, i) => (i * i * 7919) & 0x3f))

it('a stream that is used again gives what the public way gives', () => {
  for (const size of [0, 1, 2, 100, 5000, 300_000]) {
    const packed = deflateRawSync(content(size))
    expect(again(packed, size)).toBe(hex(content(size)))
    for (const [bytes, most] of [
      [packed, size],
      [packed, size + 1],
      [packed, size + 5000],
      [packed, Math.max(1, size - 1)],
      [packed.subarray(0, -1), size + 100],
      [packed.subarray(0, packed.length >> 1), size + 100],
      [Buffer.concat([packed, Buffer.from('what follows')]), size + 100],
    ] as const)
      expect(again(bytes, most)).toBe(byPublicWay(bytes, most))
  }
})

it('also of what is damaged, which leaves nothing behind for the next', () => {
  const packed = deflateRawSync(content(2000))
  for (let at = 0; at < packed.length; at++) {
    const bytes = Buffer.from(packed)
    bytes[at]! ^= 0x55
    expect(again(bytes, 2000)).toBe(byPublicWay(bytes, 2000))
    expect(again(packed, 2000)).toBe(hex(content(2000)))
  }
})

it('what is in use stays as it is when the next is inflated', () => {
  const texts: string[] = []
  const inflate = (text: string, then: () => void) =>
    inflateAtOnce(deflateRawSync(Buffer.from(text)), text.length, (bytes) => {
      then()
      texts.push(Buffer.from(bytes).toString())
    })
  expect(inflate('outer', () => inflate('first, within', () => {}) && inflate('then', () => {}))).toBe(true)
  expect(inflate('another', () => {})).toBe(true)
  expect(texts).toEqual(['first, within', 'then', 'outer', 'another'])
})

it('gives nothing to use of what is damaged', () => {
  const never = () => expect.unreachable()
  expect(inflateAtOnce(Buffer.from([7, 0]), 100, never)).toBe(false)
  expect(inflateAtOnce(deflateRawSync(content(100)), 99, never)).toBe(false)
})
