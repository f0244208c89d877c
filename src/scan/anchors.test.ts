import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CARRIERS, LOOK_ALIKES } from '../../test/scan/carriers.ts'
import { plantedPair, randomText, seeded } from '../../test/scan/generate.ts'
import { createFastFinder } from './anchors.ts'
import { countLineEnds, findAnchors, hasAnchor } from './anchors-plain.ts'
import { mayBegin, mayBeInPieces, mayGoOn, valueEndOf } from './detectors/candidate.ts'

const fast = createFastFinder()!
const FORMS =
  'AKIA ASIA ABIA ACCA ABSK cret CRET cr?t k-ap A\0K A\0K\0 A\0C\0 QUtJ QVNJ QUJJ QUND FLSU FTSU FCSU FDQ0 BS0l BU0l BQkl BQ0N AEkA AEMA AEEA AEsA AFMA AEIA %41%4 x41\\x x41;& 041\\u 101\\1 #65;& 065;& 414b4941 414B4941 41534941 41424941 41434341 4941 4341 H4sI /H4sI H4 SDRzSUFBQU 1SDRzSUFBQU SDRzSUNu DRzS DRzSU A A0 BU QU A"+"KIA AK\'.\'IA AK`+`IA ASI\\\nA AKI","A AB"|"IA AC"&"CA A\0"KIA AK IA \n'.split(
    ' ',
  )
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'))
function both(bytes: Uint8Array, from = 0, to = bytes.length) {
  const results: number[][] = [[], []]
  findAnchors(bytes, from, to, results[0]!)
  fast.find(bytes, from, to, results[1]!)
  return results
}

it('the fast search finds what the plain one finds, in any text and any part of it', () => {
  const piece = fc.oneof(
    fc.constantFrom(...FORMS),
    fc.string({ unit: 'binary-ascii', maxLength: 100 }),
    fc.constantFrom(
      `${'QUtJ'.repeat(19)}\n`,
      `${'BS0l'.repeat(16)}\r\n`,
      `${'A'.repeat(75)}Q\nUtJ`,
      `\n${'b'.repeat(62)}FL\r\nSU`,
      `\n${'b'.repeat(62)}FL\n \t  SU`,
      `\n${'b'.repeat(62)}FL\\\\nSU`,
    ),
    // a line that is broken somewhere, which at most a part of it may be
    fc
      .tuple(fc.constantFrom(48, 60, 64, 76), fc.nat(75), fc.constantFrom(' ', '"', '*', '+', '\r', '\x0d', '\x0e'))
      .map(([length, at, char]) => `\n${'b'.repeat(length - 2)}FL`.replace(/./g, (c, i) => (i === at ? char : c))),
    fc.constantFrom('\nSU', '\r\nSU', '\n  SU', `\n${' '.repeat(27)}SU`, '\\nSU', '\\n SU'),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(50), fc.nat(50), (pieces, before, after) => {
      const bytes = bytesOf(pieces.join(''))
      const from = Math.min(before, bytes.length)
      const to = Math.max(from, bytes.length - after)
      const [plain, wasm] = both(bytes, from, to)
      expect(wasm).toEqual(plain)
      expect(fast.has(bytes, from, to)).toBe(plain!.length > 0)
      expect(hasAnchor(bytes, from, to)).toBe(plain!.length > 0)
    }),
    { numRuns: 500 },
  )
})

it('the end of a line of base64 is an anchor wherever it stands, and none where the line has a blank near its end', () => {
  for (const length of [48, 60, 64, 76])
    for (const lineEnd of ['\n', '\r\n', '\n    ', `\n${'\t'.repeat(26)}`, '\\n', '\\\\n'])
      for (let before = 0; before < 33; before++) {
        const lead = `${'a b '.repeat(9).slice(0, before)}\n`
        const found = (line: string) => both(bytesOf(`${lead}${line}${lineEnd}JJQUFBQQ`))
        const at = lead.length + length + /\n|\\n/.exec(lineEnd)!.index
        const line = `${'b'.repeat(length - 2)}QU`
        expect(found(line)).toEqual([[at], [at]])
        expect(found(` ${line.slice(1)}`)).toEqual([[at], [at]])
        const near = length - 40
        expect(found(`${line.slice(0, near)} ${line.slice(near + 1)}`)).toEqual([[], []])
      }
})

it('the fast search finds what the plain one finds in all carriers, and over the ends of its pieces', () => {
  const random = seeded(8)
  let text = ''
  for (const { plant } of CARRIERS) text += Buffer.from(plant(plantedPair(random), random)).toString('latin1')
  for (const { write } of LOOK_ALIKES) text += Buffer.from(write(random)).toString('latin1')
  text += FORMS.join(' ').repeat(2000) + randomText(random, 'QUtJF\nLSB0lA', 300_000)
  const [plain, wasm] = both(bytesOf(text))
  expect(plain!.length).toBeGreaterThan(10_000)
  expect(wasm).toEqual(plain)
})

it('what is read into its memory is found without a copy, and nothing of what was there before', () => {
  const lent = fast.borrowWindow()!
  for (const memory of [fast.input!, lent.bytes]) {
    const blob = (text: string) => {
      memory.set(bytesOf(text))
      return memory.subarray(0, text.length)
    }
    expect(both(blob(`${'x'.repeat(200)}AKIA`))).toEqual([[200], [200]])
    expect(both(blob(`${'x'.repeat(200)}AK`))).toEqual([[], []])
    expect(both(blob(`${'A'.repeat(75)}Q\nUtJ`))).toEqual([[76], [76]])
    memory.fill(0x78)
    memory.set(bytesOf('AKIA'), memory.length - 4)
    expect(both(memory)).toEqual([[memory.length - 4], [memory.length - 4]])
  }
  lent.giveBack()
})

it('the window is lent to one at a time', () => {
  const lent = fast.borrowWindow()!
  expect(fast.borrowWindow()).toBeNull()
  lent.giveBack()
  const again = fast.borrowWindow()
  expect(again).not.toBeNull()
  again!.giveBack()
})

it('lines are counted alike, wherever the bytes lie', () => {
  const lent = fast.borrowWindow()!
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('\n', 'a', '\r') }),
      fc.nat(30),
      fc.nat(30),
      (text, before, after) => {
        const bytes = bytesOf(text)
        const from = Math.min(before, bytes.length)
        const to = Math.max(from, bytes.length - after)
        const lines = text.slice(from, to).split('\n').length - 1
        lent.bytes.set(bytes)
        expect(countLineEnds(bytes, from, to)).toBe(lines)
        expect(fast.lineEnds(bytes, from, to)).toBe(lines)
        expect(fast.lineEnds(lent.bytes, from, to)).toBe(lines)
      },
    ),
  )
  lent.giveBack()
})

it('what lies among other blobs in the memory that is lent is found as if it were alone', () => {
  const borrowed = fast.borrow()!
  expect(fast.borrow()).toBeNull()
  const piece = fc.oneof(fc.constantFrom(...FORMS), fc.string({ unit: 'binary-ascii', maxLength: 100 }))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.nat(50), fc.nat(50), (pieces, before, after) => {
      const bytes = bytesOf(pieces.join(''))
      const from = Math.min(before, bytes.length)
      const to = Math.max(from, bytes.length - after)
      borrowed.bytes.fill(`${'b'.repeat(75)}Q\nUtJAKI`, 0, 10_000)
      const blob = borrowed.bytes.subarray(5000, 5000 + bytes.length)
      blob.set(bytes)
      const [alone, among]: number[][] = [[], []]
      findAnchors(bytes, from, to, alone!)
      fast.find(blob, from, to, among!)
      expect(among).toEqual(alone)
    }),
  )
  borrowed.giveBack()
  const again = fast.borrow()
  expect(again).not.toBeNull()
  again!.giveBack()
})

it('what begins in parts of a lent blob is found as if it were alone, and only where something may begin', () => {
  const borrowed = fast.borrow()!
  const { id, secret } = plantedPair(seeded(9))
  const piece = fc.oneof(
    fc.constantFrom(...FORMS, 'se', 'secret', 'SECRET', 'bedroc', 'bedrock-api-key-', id, id.slice(0, 9), secret),
    fc.constantFrom(
      `${'QUtJ'.repeat(19)}\n`,
      `${'BS0l'.repeat(16)}\r\n`,
      `${'A'.repeat(75)}Q\nUtJ`,
      `${id.slice(0, 7)}"`,
    ),
    fc.string({ unit: 'binary-ascii', maxLength: 100 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.array(fc.nat(1200), { maxLength: 8 }), (pieces, places) => {
      const bytes = bytesOf(pieces.join(''))
      const ends = Uint32Array.from([...new Set(places.map((place) => Math.min(place, bytes.length)))]).sort()
      const parts = { count: ends.length >> 1, ends }
      borrowed.bytes.fill(`${'b'.repeat(75)}Q\nUtJAKIsecret`, 0, 10_000)
      const before = Buffer.from(borrowed.bytes.subarray(0, 10_000))
      const blob = borrowed.bytes.subarray(5000, 5000 + bytes.length)
      blob.set(bytes)
      const alone: number[] = []
      for (let i = 0; i < 2 * parts.count; i += 2) findAnchors(bytes, ends[i]!, ends[i + 1]!, alone)
      const among: number[] = []
      expect(fast.beginnings(blob, parts, among)).toBe(true)
      expect(among).toEqual(alone.filter((anchor) => mayBegin(bytes, anchor)))
      expect(borrowed.bytes.subarray(0, 5000).equals(before.subarray(0, 5000))).toBe(true)
    }),
    { numRuns: 500 },
  )
  const whole = (length: number) => ({ count: 1, ends: Uint32Array.of(0, length) })
  // more than there is room for, and what is not in the memory: it is left to the other way
  borrowed.bytes.fill(id, 0, 1_000_000)
  expect(fast.beginnings(borrowed.bytes.subarray(0, 1_000_000), whole(1_000_000), [])).toBe(false)
  expect(fast.beginnings(bytesOf(id), whole(20), [])).toBe(false)
  borrowed.giveBack()
})

it('where a value may follow its name, forty characters may be', () => {
  const borrowed = fast.borrow()!
  const piece = fc.oneof(
    fc.string({
      unit: fc.constantFrom('a', 'B', '7', '+', '/', '"', '\\', '%', ' ', '.', '\n', '{', '[', '!', '\x1b', '\xe4'),
    }),
    fc.string({ unit: 'binary-ascii', maxLength: 12 }),
    fc.constantFrom('a'.repeat(39), 'b'.repeat(40), `${'c'.repeat(20)}" + "${'d'.repeat(20)}`, '%41'.repeat(14)),
  )
  let followed = 0
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.nat(20), (pieces, before) => {
      const bytes = bytesOf(`${'x'.repeat(before)}secret${pieces.join('')}`)
      borrowed.bytes.fill('a', 0, 10_000)
      const blob = borrowed.bytes.subarray(5000, 5000 + bytes.length)
      blob.set(bytes)
      const anchor = before + 2
      const end = valueEndOf(blob, anchor)
      if (mayGoOn(blob, anchor) || mayBeInPieces(blob, anchor + 4, end)) {
        followed++
        expect(fast.mayHoldValue(blob, anchor + 4, end)).toBe(true)
      }
    }),
    { numRuns: 2000 },
  )
  expect(followed).toBeGreaterThan(100)
  const words = bytesOf(`secret = find the words in a text that has no value at all ${'words '.repeat(80)}`)
  expect(fast.mayHoldValue(words, 6, words.length)).toBe(true)
  borrowed.bytes.set(words)
  expect(fast.mayHoldValue(borrowed.bytes.subarray(0, words.length), 6, words.length)).toBe(false)
  borrowed.giveBack()
})

it('the modules are made from their sources', () => {
  const script = fileURLToPath(new URL('../../scripts/build-anchors.mjs', import.meta.url))
  expect(() => execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' })).not.toThrow()
})
