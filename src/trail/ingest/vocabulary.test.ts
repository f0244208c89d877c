import { expect, it } from 'vitest'
import { Codes, Texts, UNKNOWN } from './vocabulary.ts'

const codeOf = (texts: Texts, text: string) => {
  const bytes = Buffer.from(`<${text}>`)
  return texts.codeOf(bytes, 1, bytes.length - 1)
}

it('gives each text its number, and no text 0', () => {
  const texts = new Texts()
  const all = ['', ...Array.from({ length: 2000 }, (_, i) => `é${i.toString(36)}${'x'.repeat(i % 50)}`)]
  for (const _ of 'ab') for (const [i, text] of all.entries()) expect(codeOf(texts, text)).toBe(i)
  expect(Array.from({ length: texts.size }, (_, code) => texts.textOf(code))).toEqual(all)
  texts.clear()
  expect(codeOf(texts, 'new')).toBe(1)
})

it('orders texts by their bytes', () => {
  const texts = new Texts()
  const all = ['', 'AKIA', 'AKIAB', 'AKIAA', 'B', 'é', '\u{1f511}', '\uffff']
  const codes = all.map((text) => codeOf(texts, text))
  const inOrder = codes.sort((a, b) => texts.compare(a, b)).map((code) => texts.textOf(code))
  expect(inOrder).toEqual([...all].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
})

it('knows what the numbers of a scanner stand for until it forgets', () => {
  const codes = new Codes()
  for (const number of [3, 5000, 0]) expect(codes.set(number, number + 7)).toBe(number + 7)
  expect([0, 1, 3, 4999, 5000, 5001, 1e6].map((number) => codes.of(number))).toEqual([
    7,
    UNKNOWN,
    10,
    UNKNOWN,
    5007,
    UNKNOWN,
    UNKNOWN,
  ])
  codes.clear()
  codes.set(4000, 1)
  expect([0, 3, 3999, 4000, 5000].map((number) => codes.of(number))).toEqual([UNKNOWN, UNKNOWN, UNKNOWN, 1, UNKNOWN])
})
