/** Whatever the bytes are: no crash, no endless loop, no secret out, and the same finds however the bytes come. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLeakCollector } from '../../src/scan/collect-leaks.ts'
import { createScanner } from '../../src/scan/scanner.ts'
import { CARRIERS } from './carriers.ts'
import { FILE_PLACE, plantedPair, randomKeyId, randomSecret, seeded } from './generate.ts'

const scanner = createScanner({ fingerprintKey: new Uint8Array(32) })
const scan = (text: string | Uint8Array) =>
  scanner.scan(typeof text === 'string' ? Buffer.from(text, 'latin1') : text, FILE_PLACE)
const random = seeded(11)
const carriers = CARRIERS.map(({ plant }) => {
  const pair = plantedPair(random)
  return { pair, bytes: Buffer.from(plant(pair, random)) }
})

it('any bytes are scanned, and hits lie within them', () => {
  const words = fc.constantFrom(
    'AKIA',
    'ASIA',
    'secret',
    '"',
    '" + "',
    '\\',
    '%41%4',
    '\n',
    'QUtJ',
    '\0',
    '=',
    '{',
    '[x]\n',
    'A'.repeat(40),
  )
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc
      .array(fc.oneof(words, fc.string({ maxLength: 30 })), { maxLength: 60 })
      .map((parts) => Buffer.from(parts.join(''))),
  )
  fc.assert(
    fc.property(bytes, (input) => {
      for (const { offset, line, column } of scan(input)) {
        expect(offset).toBeGreaterThanOrEqual(0)
        expect(offset).toBeLessThan(input.length)
        expect(line).toBeGreaterThan(0)
        expect(column).toBeGreaterThan(0)
      }
    }),
    { numRuns: 300 },
  )
})

it('carriers cut off or changed anywhere are scanned, and no secret leaves', () => {
  fc.assert(
    fc.property(fc.constantFrom(...carriers), fc.nat(), fc.nat(), fc.nat(255), ({ pair, bytes }, cutAt, at, value) => {
      const changed = Buffer.from(bytes.subarray(0, cutAt % (bytes.length + 1)))
      if (changed.length > 0) changed[at % changed.length] = value
      expect(JSON.stringify(scan(changed))).not.toContain(pair.secret)
    }),
    { numRuns: 500 },
  )
})

it('every carrier gives the same leaks in one piece and in single bytes', () => {
  for (const { bytes } of carriers) {
    const [whole, inPieces] = [createLeakCollector(scanner), createLeakCollector(scanner)]
    whole.blob(bytes, FILE_PLACE)
    const pieces = inPieces.open(FILE_PLACE)
    for (let i = 0; i < bytes.length; i++) pieces.write(bytes.subarray(i, i + 1))
    pieces.end()
    expect(inPieces.leaks()).toEqual(whole.leaks())
  }
})

describe('a quarter of a megabyte of what is hardest to read ends in good time', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  let nested = `aws_access_key_id=${randomKeyId(random)}\naws_secret_access_key=${randomSecret(random)}\n`
  for (let depth = 0; depth < 12; depth++) nested = base64(nested)
  const pair = () => `${randomKeyId(random)},${randomSecret(random)}\n`
  it.each([
    ['backslashes', () => `secret${'\\'.repeat(1000)}`],
    ['spaces after quotes', () => `AKIA"${' '.repeat(1000)}`],
    ['quotes', () => `secret"'"'"`],
    ['the word alone', () => 'secret'],
    ['the word and random text', () => `secret ${randomSecret(random).slice(0, 39)} `],
    ['beginnings of base64', () => 'QUtJFLSUBS0l'],
    ['beginnings of wide base64', () => 'AEkAAEEA'],
    ['base64 in base64', () => `kind: Secret ${nested} `],
    ['prefixes', () => 'AKIA'],
    ['IDs', () => `${randomKeyId(random)} `],
    ['IDs between slashes', () => `/${randomKeyId(random)}`],
    ['a list of pairs', pair],
    ['pairs on one line', () => pair().replace('\n', ' ')],
    [
      'temporary IDs and tokens',
      () => `${randomKeyId(random, 'ASIA')} session_token=${randomSecret(random).repeat(3)} `,
    ],
    ['two-byte text', () => Buffer.from(pair(), 'utf16le').toString('latin1').padEnd(200, '\xff')],
    ['percent signs', () => '%41%4b%49%41%25'],
    ['line ends', () => `${randomSecret(random)}${randomSecret(random).slice(0, 36)}\n`],
    ['opened and closed', () => `{"AKIA":"secret"},}`],
  ])('%s', (_, part) => {
    let text = ''
    while (text.length < 1 << 18) text += part()
    scan(text)
  })
})

it('a key that stands somewhere twenty thousand times keeps ten thousand places', () => {
  const collector = createLeakCollector(scanner)
  const id = randomKeyId(random)
  collector.blob(Buffer.from(`${id}\n`.repeat(20_000)), FILE_PLACE)
  expect(collector.leaks()).toHaveLength(1)
  expect(collector.leaks()[0]!.places.length).toBe(10_000)
})
