import { expect, it } from 'vitest'
import { FILE_PLACE as PLACE, plantedPair, randomText, seeded } from '../../test/scan/generate.ts'
import { createLeakCollector } from './collect-leaks.ts'
import { createScanner } from './scanner.ts'

const random = seeded(2)
const collector = () => createLeakCollector(createScanner({ fingerprintKey: new Uint8Array(32).fill(7) }))

it('gathers a key once with its places, and with the places of its secret alone', () => {
  const { id, secret } = plantedPair(random)
  const sink = collector()
  sink.blob(Buffer.from(`only ${id}`), { ...PLACE, path: 'b' })
  sink.blob(Buffer.from(`${id}:${secret}`), { ...PLACE, path: 'a' })
  sink.blob(Buffer.from(`aws_secret_access_key=${secret}`), { ...PLACE, path: 'c' })
  sink.skip('d', 'permission denied')
  const leaks = sink.leaks()
  expect(leaks).toMatchObject([{ accessKeyId: id, evidence: 'pair', hasSecret: true }])
  expect(leaks[0]!.places.map(({ path }) => path)).toEqual(['a', 'b', 'c'])
  expect(sink.counts).toMatchObject({ files: 3, blobs: 3 })
  expect(sink.skipped).toEqual([{ what: 'd', why: 'permission denied' }])
})

it('of a key that lies somewhere, places where its ID is public are none, in whatever order they come', () => {
  const { id, secret } = plantedPair(random)
  const published = `{"accessKeyId": "${id}", "secretFingerprint": null}`
  const blobs = { 'baseline.json': published, 'real.env': `key=${id}\nsecret=${secret}`, 'report.json': published }
  const sink = collector()
  for (const [path, text] of Object.entries(blobs)) sink.blob(Buffer.from(text), { ...PLACE, path })
  expect(sink.leaks()).toMatchObject([{ class: 'plausible', places: [{ path: 'real.env' }] }])
  expect(sink.leaks()[0]!.places).toHaveLength(1)
  const publicOnly = collector()
  for (const path of ['baseline.json', 'report.json'])
    publicOnly.blob(Buffer.from(blobs[path as keyof typeof blobs]), { ...PLACE, path })
  expect(publicOnly.leaks()[0]).toMatchObject({ class: 'identifier', places: [{}, {}] })
})

it('puts pairs before IDs alone, and placeholders last', () => {
  const [alone, both] = [plantedPair(random), plantedPair(random)]
  const sink = collector()
  sink.blob(Buffer.from(`${'AKIA'}IOSFODNN7EXAMPLE\n`), PLACE)
  sink.blob(Buffer.from(alone.id), PLACE)
  sink.blob(Buffer.from(`${both.id}:${both.secret}`), PLACE)
  expect(sink.leaks().map(({ accessKeyId }) => accessKeyId?.slice(-7))).toEqual([
    both.id.slice(-7),
    alone.id.slice(-7),
    'EXAMPLE',
  ])
})

it('finds in pieces what it finds in the whole, at the same places', () => {
  const block = randomText(random, 'abc def\n', 50_000)
  const filler = () => `${block.repeat(1 + Math.floor(random() * 14))}${block.slice(Math.floor(random() * 50_000))}\n`
  let text = filler()
  for (let i = 0; i < 40; i++) {
    const { id, secret } = plantedPair(random)
    text += `access: ${id}\nsecret: ${secret}\n${filler()}`
  }
  const bytes = Buffer.from(text)
  const whole = collector()
  whole.blob(bytes, PLACE)
  const inPieces = collector()
  const pieces = inPieces.open(PLACE)
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + Math.floor(random() * 3_000_000)
    pieces.write(bytes.subarray(at, at + size))
    at += size
  }
  pieces.end()
  expect(whole.leaks()).toHaveLength(40)
  expect(inPieces.leaks()).toEqual(whole.leaks())
  expect(inPieces.counts).toEqual(whole.counts)
})

it('finds the same in two blobs that come at once, piece by piece', () => {
  const [one, other] = ['a', 'b'].map((path) => ({ path, pair: plantedPair(random) }))
  const filler = 'abc def\n'.repeat(200_000)
  const sink = collector()
  const both = [one!, other!].map(({ path, pair }) => ({
    text: `${filler}${pair.id}:${pair.secret}\n${filler}`,
    blob: sink.open({ ...PLACE, path }),
  }))
  for (let at = 0; at < both[0]!.text.length; at += 100_000)
    for (const { text, blob } of both) blob.write(Buffer.from(text.slice(at, at + 100_000)))
  for (const { blob } of both) blob.end()
  const found = sink.leaks().map(({ accessKeyId, evidence, places }) => [accessKeyId, evidence, places[0]!.line])
  expect(found.sort()).toEqual([one!, other!].map(({ pair }) => [pair.id, 'pair', 200_001]).sort())
})

it('keeps each place once, however many there are', () => {
  const { id } = plantedPair(random)
  const sink = collector()
  for (let round = 0; round < 2; round++)
    for (let i = 0; i < 30; i++) sink.blob(Buffer.from(id), { ...PLACE, path: `${i % 15}`, commit: i < 15 ? 'a' : 'b' })
  expect(sink.leaks()[0]!.places).toHaveLength(30)
})

it('keeps so many leaks and places that memory has a bound, and says that there are more', () => {
  const sink = collector()
  const [hit] = createScanner({ fingerprintKey: new Uint8Array(32) }).scan(Buffer.from(plantedPair(random).id), PLACE)
  for (let i = 0; i < 100_002; i++) sink.add([{ ...hit!, accessKeyId: `${i}` }], { ...PLACE, path: `file ${i}` })
  expect(sink.leaks()).toHaveLength(50_000)
  expect(sink.skipped).toEqual([{ what: 'leaks beyond the first 50,000', why: expect.any(String) }])
  for (let i = 0; i < 160_000; i++) sink.add([{ ...hit!, accessKeyId: `${i % 20}` }], { ...PLACE, path: `more ${i}` })
  expect(sink.leaks().reduce((sum, { places }) => sum + places.length, 0)).toBe(200_000)
  expect(sink.skipped.map(({ what }) => what)).toContain('places beyond the first 200,000')
})
