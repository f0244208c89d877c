import { deflateRawSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { type InflateAtOnce, inflateAtOnce, publicWay, reused } from './inflate-at-once.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const inflateAgain = reused()!
/** Null where it is refused. */
const by =
  (inflate: InflateAtOnce) =>
  (bytes: Uint8Array, most: number, { behind = 0, room = 1 } = {}) => {
    const memory = new Uint8Array(7 + most + room)
    const length = inflate({ bytes, from: 0, to: bytes.length - behind }, most, memory, 7)
    return length < 0 ? null : hex(memory.subarray(7, 7 + length))
  }
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

it('also where there is more room, and more stands behind', () => {
  for (const size of [0, 1, 2, 100, 5000]) {
    const packed = deflateRawSync(content(size))
    const followed = Buffer.concat([packed, Buffer.alloc(40, 'x')])
    for (const room of [1, 300, 1000])
      for (const behind of [0, 1, 39, 40]) {
        expect(again(followed, size, { behind, room })).toBe(hex(content(size)))
        if (size > 0) expect(again(followed, size - 1, { behind, room })).toBeNull()
      }
    // its last byte is not within
    expect(again(followed, size, { behind: 41, room: 1000 })).toBeNull()
    expect(byPublicWay(followed, size, { behind: 41, room: 1000 })).toBeNull()
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
