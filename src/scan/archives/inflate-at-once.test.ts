import { deflateRawSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { publicWay, reused } from './inflate-at-once.ts'

const hex = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('hex')
const inflateAgain = reused()!
const again = (bytes: Uint8Array, most: number) => hex(inflateAgain(bytes, most))
const byPublicWay = (bytes: Uint8Array, most: number) => hex(publicWay(bytes, most))
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

it('what it gave stays as it was when it is used again', () => {
  const first = inflateAgain(deflateRawSync(Buffer.from('first')), 5)
  inflateAgain(deflateRawSync(Buffer.from('other')), 5)
  expect(hex(first)).toBe(hex(Buffer.from('first')))
})
