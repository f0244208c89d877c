import { expect, it } from 'vitest'
import { remembering } from './remembering.ts'

it('a text is asked of once, until too many others came', () => {
  const asked: string[] = []
  const lengthOf = remembering((text) => {
    asked.push(text)
    return text.length
  })
  const long = 'x'.repeat(1000)
  expect([lengthOf(long.slice(0, 40)), lengthOf('é'), lengthOf(long.slice(1, 41)), lengthOf('é')]).toEqual([
    40, 1, 40, 1,
  ])
  expect(asked).toEqual(['x'.repeat(40), 'é'])
  for (let i = 0; i < 5000; i++) expect(lengthOf(`${i}`)).toBe(`${i}`.length)
  expect(lengthOf('é')).toBe(1)
  expect(asked).toHaveLength(5003)
})
