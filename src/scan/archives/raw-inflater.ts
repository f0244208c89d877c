/**
 * Raw deflate (RFC 1951) without waiting, by streams of node:zlib that are used again: a new one takes as long as inflating
 * a small file.
 */
import { createInflateRaw } from 'node:zlib'
import { type ReusedStream, StreamPool } from '../zlib-inside.ts'

export const rawInflaters = new StreamPool(createInflateRaw, isRight)

const CONTENT = 'keyreeve '.repeat(999)
/** The same as zlib deflates it: to do that here would take longer than all the rest. */
const DEFLATED = '7cahDQBACASwVVjuFO7FJ2zPHqRV7cxLfqpFRERERERERERERERERERERM5lAQ=='

function isRight(inflater: ReusedStream): boolean {
  const content = Buffer.from(CONTENT)
  const good = Buffer.from(DEFLATED, 'base64')
  const output = Buffer.alloc(content.length + 1)
  const inflates = (bytes: Uint8Array) => {
    inflater.reset()
    return inflater.write(bytes, 0, bytes.length, true, output) && inflater.room === 1
  }
  const right = () => inflates(good) && output.subarray(0, -1).equals(content)
  const inParts = () => {
    inflater.reset()
    const half = good.length >> 1
    if (!inflater.write(good, 0, half, false, output) || inflater.taken !== half) return false
    const first = output.length - inflater.room
    const behind = Buffer.concat([good, Buffer.from('what follows')])
    if (!inflater.write(behind, half, behind.length - half, false, output, first, inflater.room)) return false
    return inflater.taken === good.length - half && output.subarray(0, -1).equals(content)
  }
  const wrong = [good.subarray(0, -4), Buffer.from([7, 0]), Buffer.alloc(0)]
  return right() && wrong.every((bytes) => !inflates(bytes)) && inParts() && right()
}
