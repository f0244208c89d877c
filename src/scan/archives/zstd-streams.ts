/** Zstandard without waiting, by streams of node:zlib that are used again. */
import zlib from 'node:zlib'
import { type ReusedStream, StreamPool } from '../zlib-inside.ts'

/** From Node.js 22.15 on; the types are those of the oldest version that is supported. */
const { createZstdDecompress } = zlib as { createZstdDecompress?: () => zlib.Zlib }

const none = () => {
  throw new Error('Node.js does not know zstd')
}

/** Empty where Node.js does not know it. A stream takes windows of up to 128 MiB. */
export const zstdStreams = new StreamPool(createZstdDecompress ?? none, isRight)

const CONTENT = 'keyreeve '.repeat(999)
/** The same as zstd compresses it. */
const COMPRESSED = 'KLUv/WAfIo0AAEhrZXlyZWV2ZSABABODfDkC'

function isRight(stream: ReusedStream): boolean {
  const content = Buffer.from(CONTENT)
  const good = Buffer.from(COMPRESSED, 'base64')
  const output = Buffer.alloc(content.length + 1)
  const gives = (bytes: Uint8Array, taken: number) =>
    stream.write(bytes, 0, bytes.length, false, output) && stream.taken === taken
  const right = () => {
    stream.reset()
    return gives(good, good.length) && stream.room === 1 && output.subarray(0, -1).equals(content)
  }
  const inParts = () => {
    stream.reset()
    if (!gives(good.subarray(0, 9), 9) || stream.room !== output.length) return false
    return gives(good.subarray(9), good.length - 9) && output.subarray(0, -1).equals(content)
  }
  const refuses = (bytes: Uint8Array) => {
    stream.reset()
    return !stream.write(bytes, 0, bytes.length, false, output)
  }
  // that comes last: Node.js 22 does not forget that something was wrong
  return right() && inParts() && right() && refuses(Buffer.from('no frame begins so'))
}
