import { describe, expect, it } from 'vitest'
import { plantedPair, seeded } from '../../../test/scan/generate.ts'
import { fingerprintOf, pairsIn } from '../../../test/scan/pairs.ts'

const random = seeded(32)

describe('with nothing between them, or a sign that base64 has, too', () => {
  const keys = [plantedPair(random), plantedPair(random), plantedPair(random)]
  const expected = keys.map(({ id, secret }) => [id, fingerprintOf(secret)])
  const lines = (join: string) => keys.map(({ id, secret }) => `${id}${join}${secret}\n`).join('')

  it('lines of ID and secret are no wrapped base64', () => {
    expect(pairsIn(lines('/'))).toEqual(expected)
    expect(pairsIn(lines(''))).toEqual(expected)
  })

  it('an ID may be the name of its secret', () => {
    expect(pairsIn(lines('='))).toEqual(expected)
  })

  it('lines that a patch takes out hold pairs', () => {
    expect(pairsIn(`--- a/keys\n${keys.map(({ id, secret }) => `-${id}\n-${secret}\n`).join('')}`)).toEqual(expected)
  })

  it('pairs stand behind each other in a program', () => {
    const program = `\x7fELF${'\0'.repeat(60)}text of a message${lines('').replaceAll('\n', '')}another one${'\0'.repeat(60)}`
    expect(pairsIn(program)).toEqual(expected)
  })

  it('IDs stand behind each other in a program, and in a column', () => {
    const ids = keys.map(({ id }) => [id, null])
    const column = ids.map(([id]) => id).join('')
    expect(pairsIn(`\x7fELF${'\0'.repeat(60)}maxheaders${column}floating point${'\0'.repeat(60)}`)).toEqual(ids)
    expect(pairsIn(`\0\0${column}\0\0`)).toEqual(ids)
  })
})
