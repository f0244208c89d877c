import { expect, it } from 'vitest'
import { FILE_PLACE, plantedPair, seeded } from '../../test/scan/generate.ts'
import { acceptedBy, baselineText, emptyBaseline, parseBaseline } from './baseline.ts'
import { createLeakCollector } from './collect-leaks.ts'
import { createScanner } from './scanner.ts'

const random = seeded(3)
const { fingerprintKey } = emptyBaseline()
const leaksIn = (...texts: string[]) => {
  const collector = createLeakCollector(createScanner({ fingerprintKey }))
  for (const [i, text] of texts.entries()) collector.blob(Buffer.from(text), { ...FILE_PLACE, path: `f${i}` })
  return collector.leaks()
}
const baselineOf = (...texts: string[]) => parseBaseline(baselineText(leaksIn(...texts), fingerprintKey), 'b')

it('what is in a baseline is accepted, wherever it moves', () => {
  const { id, secret } = plantedPair(random)
  const accepted = acceptedBy(baselineOf(`${id}:${secret}`))
  expect(leaksIn('', `elsewhere\nkey=${id}\nsecret=${secret}`).every(accepted)).toBe(true)
  expect(leaksIn(`aws_secret_access_key=${secret}`).every(accepted)).toBe(true)
})

it('an accepted pair of which only the ID is left stays accepted', () => {
  const { id, secret } = plantedPair(random)
  expect(leaksIn(id).every(acceptedBy(baselineOf(`${id}:${secret}`)))).toBe(true)
})

it('a secret that turns up beside an accepted ID is news, and so is another key', () => {
  const { id, secret } = plantedPair(random)
  const accepted = acceptedBy(baselineOf(id))
  expect(leaksIn(`${id}:${secret}`).some(accepted)).toBe(false)
  expect(leaksIn(plantedPair(random).id).some(accepted)).toBe(false)
})

it('a baseline holds no secret and is the same for the same leaks', () => {
  const pairs = [plantedPair(random), plantedPair(random)]
  const texts = pairs.map(({ id, secret }) => `${id}:${secret}`)
  const text = baselineText(leaksIn(...texts), fingerprintKey)
  expect(text).toBe(baselineText(leaksIn(...texts.reverse()), fingerprintKey))
  for (const { secret } of pairs) expect(text).not.toContain(secret)
})

it.each([
  ['no JSON', 'x', 'is no JSON'],
  ['another document', '{"leaks":[]}', 'is no baseline'],
  ['null', 'null', 'is no baseline'],
  ['a later version', '{"kind":"keyreeve-scan-baseline","schemaVersion":9,"leaks":[]}', 'another version'],
  ['no key', '{"kind":"keyreeve-scan-baseline","schemaVersion":1,"leaks":[]}', 'no fingerprint key'],
  [
    'a number for an ID',
    `{"kind":"keyreeve-scan-baseline","schemaVersion":1,"fingerprintKey":"${'a'.repeat(64)}","leaks":[{"accessKeyId":1}]}`,
    'is no text',
  ],
])('%s is refused', (_, text, message) => {
  expect(() => parseBaseline(text, 'b.json')).toThrow(message)
})
