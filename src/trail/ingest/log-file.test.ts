import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { constants, gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { CutOffError, type LogFile, open } from './log-file.ts'

/** Of eight hexadecimal digits a byte, so that it unpacks to about twice as much. */
const TEXT = randomBytes(3 << 20).toString('hex')
const PACKED = gzipSync(TEXT, { level: 1 })

function fileOf(bytes: Buffer, size = bytes.length): LogFile {
  const read = async () => Buffer.from(bytes)
  return { name: 'a', version: '1', size, read, stream: () => Readable.from([bytes]) }
}

/** What can be read, and why that is not all. */
async function readAll(file: LogFile): Promise<{ text: string; why: string | null }> {
  const pieces: Buffer[] = []
  try {
    const opened = await open(file)
    if (Buffer.isBuffer(opened)) return { text: opened.toString('latin1'), why: null }
    for await (const piece of opened) {
      pieces.push(Buffer.from(piece))
      await new Promise((resolve) => setTimeout(resolve)) // whoever reads takes time
    }
    return { text: Buffer.concat(pieces).toString('latin1'), why: null }
  } catch (error) {
    expect(error).toBeInstanceOf(CutOffError)
    return { text: Buffer.concat(pieces).toString('latin1'), why: (error as Error).message }
  }
}

const STREAMED = 1 << 30

it.each([1, STREAMED])('of UTF-16 is read as UTF-8, wherever its pieces end', async (size) => {
  const text = '{"userAgent":"\u00e4\ud83d\ude00"}'
  for (const bytes of [Buffer.from(`\ufeff${text}`, 'utf16le'), Buffer.from(`\ufeff${text}`, 'utf16le').swap16()]) {
    const source = () =>
      Readable.from([bytes.subarray(0, 2), ...Array.from(bytes.subarray(2), (byte) => Buffer.of(byte))])
    const { text: read, why } = await readAll({ ...fileOf(bytes, size), stream: source })
    expect({ read: Buffer.from(read, 'latin1').toString(), why }).toEqual({ read: text, why: null })
  }
})

describe('a gzip file', () => {
  it.each([PACKED.length, STREAMED])('is unpacked whole', async (size) => {
    expect(await readAll(fileOf(PACKED, size))).toEqual({ text: TEXT, why: null })
  })

  it('of several members is all of them', async () => {
    const file = fileOf(Buffer.concat([PACKED, gzipSync('more')]), STREAMED)
    expect(await readAll(file)).toEqual({ text: `${TEXT}more`, why: null })
  })

  it.each([PACKED.length, STREAMED])('that is cut off is read to its end', async (size) => {
    const cut = PACKED.subarray(0, PACKED.length - (PACKED.length >> 2))
    const expected = gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH }).toString('latin1')
    expect(await readAll(fileOf(cut, size))).toEqual({ text: expected, why: 'the compressed data is cut off' })
  })

  it.each([PACKED.length, STREAMED])('that is damaged is read to the damage, in every run the same', async (size) => {
    const damaged = Buffer.from(PACKED)
    const at = damaged.length >> 1
    damaged.fill(0xff, at, at + 64)
    const runs = await Promise.all(Array.from({ length: 4 }, () => readAll(fileOf(damaged, size))))
    const [first] = runs
    for (const run of runs) expect(run).toEqual(first)
    expect(first!.why).toBe('the compressed data is damaged')
    const sure = TEXT.length / 2 - (512 << 10) // near the damage is what it makes of the bytes before it is seen
    expect(first!.text.slice(0, sure)).toBe(TEXT.slice(0, sure))
  })

  it('whose source fails is read as far as it came', async () => {
    const source = async function* failing() {
      yield PACKED.subarray(0, 1 << 20)
      throw Object.assign(new Error('gone'), { code: 'ECONNRESET' })
    }
    const { text, why } = await readAll({ ...fileOf(PACKED, STREAMED), stream: () => Readable.from(source()) })
    const expected = gunzipSync(PACKED.subarray(0, 1 << 20), { finishFlush: constants.Z_SYNC_FLUSH })
    expect(why).toBe('reading it failed (ECONNRESET)')
    expect(text).toBe(expected.toString('latin1'))
  })
})
