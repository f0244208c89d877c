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
  expect(interner.texts).toEqual(texts)
  interner.clear()
  expect(codeOf(interner, 'new')).toBe(0)
})

it('tells texts apart that somebody chose to collide', () => {
  const interner = new Interner()
  const texts = Array.from({ length: 5000 }, (_, i) => String(i))
  for (const _ of 'ab') for (const [i, text] of texts.entries()) expect(codeOf(interner, text, 7)).toBe(i)
})
