import { deflateRawSync, gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { zip } from '../../../test/scan/archives-build.ts'
import { plantedPair, randomText, seeded } from '../../../test/scan/generate.ts'
import { createScanner } from '../scanner.ts'
import { packedIn, unpack } from './packed.ts'

const scanner = createScanner({ fingerprintKey: Buffer.alloc(16, 1) })
const place = { kind: 'file', path: 'a' } as never
const scan = (text: string, options = scanner) => options.scan(Buffer.from(text), place)
const packed = (text: string) => gzipSync(text).toString('base64')
const { id, secret } = plantedPair(seeded(31))
const ini = `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`

it('what is packed in base64 is found where that begins, with all that was undone', () => {
  const [hit, ...others] = scan(`a:\n  b: ${packed(ini)}\n`)
  expect(others).toEqual([])
  expect(hit).toMatchObject({ accessKeyId: id, evidence: 'pair', line: 2, column: 6, encodings: ['base64', 'gzip'] })
})

it('packed in packed is unpacked three times, and no more', () => {
  let text = ini
  for (let depth = 1; depth <= 4; depth++) {
    text = `x: ${packed(text)}\n`
    expect(scan(text)).toHaveLength(depth <= 3 ? 1 : 0)
  }
})

it('the pairs in one packed text are kept apart', () => {
  const random = seeded(32)
  const pairs = Array.from({ length: 5 }, () => plantedPair(random))
  const hits = scan(packed(pairs.map((pair) => `id ${pair.id}\nsecret ${pair.secret}\n\n`).join('\n'.repeat(50))))
  expect(hits.map(({ accessKeyId }) => accessKeyId)).toEqual(pairs.map((pair) => pair.id))
  expect(new Set(hits.map(({ secretFingerprint }) => secretFingerprint)).size).toBe(5)
})

it('what is cut off is read as far as it goes', () => {
  const random = seeded(33)
  const cut = packed(ini + randomText(random, 'abcdefgh \n', 20_000)).slice(0, 4000)
  expect(scan(cut)).toHaveLength(1)
})

it('a file name in its header, a checksum and a word on the next line are no obstacle', () => {
  const gzip = gzipSync(ini)
  gzip[3] = 8 | 2 | 4
  const head = Buffer.concat([
    gzip.subarray(0, 10),
    Buffer.from([3, 0, 1, 2, 3]),
    Buffer.from('name.env\0'),
    Buffer.of(9, 9),
  ])
  const text = Buffer.concat([head, gzip.subarray(10)])
    .toString('base64')
    .replace(/=+$/, '')
  expect(scan(`${text}\nEOT\n`)).toHaveLength(1)
})

it.each([
  ['no time, as Helm has it', 0, 0],
  ['a time', 0, 0x6543_21f0],
  ['a file name', 8, 0x0102_0304],
  ['all that may be there', 1 | 2 | 4 | 8 | 16, 0xffff_ffff],
])('base64 of base64 of gzip is seen through with %s', (_, flags, time) => {
  const gzip = gzipSync(ini)
  const fields = [
    flags & 4 ? Buffer.from([1, 0, 9]) : Buffer.of(),
    flags & 8 ? Buffer.from('n\0') : Buffer.of(),
    flags & 16 ? Buffer.from('c\0') : Buffer.of(),
    flags & 2 ? Buffer.of(1, 2) : Buffer.of(),
  ]
  gzip[3] = flags
  gzip.writeUInt32LE(time, 4)
  const release = Buffer.concat([gzip.subarray(0, 10), ...fields, gzip.subarray(10)]).toString('base64')
  expect(scan(`release: ${Buffer.from(release).toString('base64')}\n`)).toMatchObject([
    { accessKeyId: id, evidence: 'pair', encodings: ['base64', 'base64', 'gzip'] },
  ])
})

it('without encodings it is left alone', () => {
  expect(scan(packed(ini), createScanner({ fingerprintKey: Buffer.alloc(16, 1), encodings: false }))).toEqual([])
})

it('a bomb is not unpacked', () => {
  const bomb = Buffer.from(packed('\0'.repeat(50 << 20) + ini))
  const [found] = [...packedIn(bomb, 0, bomb.length)]
  expect(unpack(bomb, found!)).toHaveLength(0)
})

it('many that begin within one another are read once', () => {
  // each line begins as packed text does, and goes on in the next
  const text = Buffer.from(`H4sIAAAA${'A'.repeat(68)}\n`.repeat(100_000))
  expect([...packedIn(text, 0, text.length)].length).toBeLessThan(10)
  expect(scanner.scan(text, place)).toEqual([])
})

it('of a zip, all members are read up to a damaged one', () => {
  const [first, second] = [plantedPair(seeded(34)), plantedPair(seeded(35))]
  const bytes = zip([
    { name: 'a', data: `${first.id} ${first.secret}`, stored: true },
    { name: 'b', data: `${second.id} ${second.secret}` },
  ])
  const idsIn = (text: string) => scan(text).map(({ accessKeyId }) => accessKeyId)
  expect(idsIn(bytes.toString('base64'))).toEqual([first.id, second.id])
  expect(scan(bytes.toString('base64'))[0]).toMatchObject({ evidence: 'pair', encodings: ['base64', 'zip'] })
  bytes.fill(0xff, bytes.indexOf('b', 60) + 1, bytes.indexOf('b', 60) + 20)
  expect(idsIn(bytes.toString('base64'))).toEqual([first.id])
})

it('a zip that is a bomb is not unpacked, and costs no more than one member', () => {
  const data = '\0'.repeat(40 << 20)
  const compressedSize = deflateRawSync(data).length
  const many = Array.from({ length: 2000 }, (_, i) =>
    i === 0 ? { name: 'a', data } : { name: 'b', data: 'x', sameOffsetAs: 0, compressedSize },
  )
  const bytes = Buffer.from(zip(many).toString('base64'))
  const [found] = [...packedIn(bytes, 0, bytes.length)]
  const before = process.cpuUsage().user
  expect(unpack(bytes, found!)).toHaveLength(0)
  expect(process.cpuUsage(undefined).user - before).toBeLessThan(2_000_000)
})
