import { expect, it } from 'vitest'
import { Interner } from './interner.ts'

const codeOf = (interner: Interner, text: string, hash?: number) => {
  const bytes = Buffer.from(`<${text}>`)
  return interner.codeOf(bytes, 1, bytes.length - 1, hash)
}

it('gives each text its number, however many there are', () => {
  const interner = new Interner()
  const texts = Array.from({ length: 20_000 }, (_, i) => `é${i.toString(36)}${'x'.repeat(i % 50)}`)
  for (const [i, text] of texts.entries()) expect(codeOf(interner, text)).toBe(i)
  for (const [i, text] of texts.entries()) expect(codeOf(interner, text)).toBe(i)
  expect(Array.from({ length: interner.size }, (_, code) => interner.textOf(code))).toEqual(texts)
  interner.clear()
  expect(codeOf(interner, 'new')).toBe(0)
})

it('orders texts by their bytes', () => {
  const interner = new Interner()
  const texts = ['', 'AKIA', 'AKIAB', 'AKIAA', 'B', 'é', '\u{1f511}', '\uffff']
  const codes = texts.map((text) => codeOf(interner, text))
  const inOrder = [...codes].sort((a, b) => interner.compare(a, b)).map((code) => interner.textOf(code))
  expect(inOrder).toEqual([...texts].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
})

it('tells texts apart that somebody chose to collide', () => {
  const interner = new Interner()
  const texts = Array.from({ length: 5000 }, (_, i) => String(i))
  for (const _ of 'ab') for (const [i, text] of texts.entries()) expect(codeOf(interner, text, 7)).toBe(i)
})
