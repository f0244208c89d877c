import { describe, expect, it } from 'vitest'
import { type PlantedPair, plantedPair, randomKeyId, randomSecret, seeded } from '../../../test/scan/generate.ts'
import { pairsIn as allIn, fingerprintOf } from '../../../test/scan/pairs.ts'

const random = seeded(31)
/** Without secrets that stand alone. */
const pairsIn = (text: string) => allIn(text).filter(([id]) => id !== null)
const expected = (keys: readonly PlantedPair[]) => keys.map(({ id, secret }) => [id, fingerprintOf(secret)])

describe('IDs in a column and secrets in another belong together by their order', () => {
  const NAMES = ['DEV', 'STAGING', 'PROD']
  const lines = (keys: readonly PlantedPair[], line: (key: PlantedPair, name: string) => string) =>
    keys.map((key, i) => line(key, NAMES[i]!)).join('')
  const FORMS: [string, (keys: readonly PlantedPair[]) => string][] = [
    [
      'variables by kind',
      (keys) =>
        lines(keys, ({ id }, name) => `AWS_ACCESS_KEY_ID_${name}=${id}\n`) +
        lines(keys, ({ secret }, name) => `AWS_SECRET_ACCESS_KEY_${name}=${secret}\n`),
    ],
    [
      'variables by kind, secrets first',
      (keys) =>
        lines(keys, ({ secret }, name) => `${name}_SECRET="${secret}"\n`) +
        lines(keys, ({ id }, name) => `${name}_KEY="${id}"\n`),
    ],
    [
      'maps in YAML',
      (keys) =>
        `access_keys:\n${lines(keys, ({ id }, name) => `  ${name}: ${id}\n`)}secret_keys:\n${lines(keys, ({ secret }, name) => `  ${name}: ${secret}\n`)}`,
    ],
    [
      'lists in Python',
      (keys) =>
        `IDS = [${keys.map(({ id }) => `"${id}"`).join(', ')}]\nSECRETS = [${keys.map(({ secret }) => `"${secret}"`).join(', ')}]\n`,
    ],
    [
      'lists in JSON',
      (keys) => JSON.stringify({ ids: keys.map(({ id }) => id), secrets: keys.map(({ secret }) => secret) }, null, 2),
    ],
    [
      'a table on its side',
      (keys) => `key,${keys.map(({ id }) => id).join(',')}\nsecret,${keys.map(({ secret }) => secret).join(',')}\n`,
    ],
    [
      'texts with their lengths',
      (keys) =>
        `${keys.map(({ id }) => `\x14\0\0\0${id}`).join('')}${keys.map(({ secret }) => `(\0\0\0${secret}`).join('')}\0`,
    ],
  ]
  it.each(FORMS)('%s', (_, write) => {
    for (const count of [2, 3]) {
      const keys = Array.from({ length: count }, () => plantedPair(random))
      expect(pairsIn(write(keys)).sort()).toEqual(expected(keys).sort())
    }
  })
})

describe('the nearest secret is the ID’s', () => {
  it('where another ID stands before it and another secret behind', () => {
    const key = plantedPair(random)
    const retired = `OLD_ACCESS_KEY_ID=${randomKeyId(random)}\n`
    const other = `DJANGO_TOKEN=${randomSecret(random)}\n`
    const text = `${retired}AWS_ACCESS_KEY_ID=${key.id}\nAWS_SECRET_ACCESS_KEY=${key.secret}\n${other}`
    expect(pairsIn(text)).toContainEqual(expected([key])[0])
  })

  it('where another secret stands before it and another ID behind', () => {
    const key = plantedPair(random)
    const other = `DJANGO_SECRET=${randomSecret(random)}\n`
    const further = `BACKUP_ACCESS_KEY_ID=${randomKeyId(random)}\n`
    const text = `${other}AWS_ACCESS_KEY_ID=${key.id}\nAWS_SECRET_ACCESS_KEY=${key.secret}\n${further}`
    expect(pairsIn(text)).toContainEqual(expected([key])[0])
  })

  it('where it stands in the same object, and something else behind that', () => {
    const keys = [plantedPair(random), plantedPair(random)]
    const text = keys
      .map(({ id, secret }) => JSON.stringify({ secretKey: secret, region: 'x', accessKey: id }, null, 2))
      .map((object) => `${object}\nAPI_TOKEN=${randomSecret(random)}\n`)
    expect(pairsIn(text.join(''))).toEqual(expected(keys))
  })

  it('where nothing but a line’s end is between, and a secret with another name behind', () => {
    const key = plantedPair(random)
    expect(pairsIn(`${key.id}\n${key.secret}\nSECRET_TOKEN=${randomSecret(random)}\n`)).toEqual(expected([key]))
    expect(pairsIn(`ann,${key.id},${key.secret}\nSECRET_TOKEN=${randomSecret(random)}\n`)).toEqual(expected([key]))
  })

  it('where secrets stand before and behind IDs', () => {
    const [a, b, c] = [plantedPair(random), plantedPair(random), plantedPair(random)]
    const text = `secret: ${a.secret}\nid: ${a.id}\n\nid: ${b.id}\nsecret: ${b.secret}\n\nsecret: ${c.secret}\nid: ${c.id}\n`
    expect(pairsIn(text)).toEqual(expected([a, b, c]))
  })
})

it('an object is the ID’s own, however far away its secret stands in it', () => {
  const keys = [plantedPair(random), plantedPair(random), plantedPair(random)]
  const options = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`option${i}`, `value ${i}`]))
  const text = JSON.stringify(
    keys.map(({ id, secret }) => ({ accessKey: id, ...options, secretKey: secret })),
    null,
    1,
  )
  expect(pairsIn(text)).toEqual(expected(keys))
})

it('variables are told in ten lines each', () => {
  const keys = [plantedPair(random), plantedPair(random)]
  const variable = (key: string, value: string) => ({
    variable_type: 'env_var',
    key,
    value,
    hidden: false,
    protected: false,
    masked: false,
    raw: false,
    environment_scope: '*',
    description: null,
  })
  const all = keys.flatMap(({ id, secret }) => [
    variable('AWS_ACCESS_KEY_ID', id),
    variable('AWS_SECRET_ACCESS_KEY', secret),
  ])
  expect(pairsIn(JSON.stringify(all, null, 2))).toEqual(expected(keys))
})

it('parameters of several applications, by name, are told in nine lines each, with others between', () => {
  const keys = [plantedPair(random), plantedPair(random)]
  const parameter = (name: string, value: string) => ({
    Name: name,
    Type: 'SecureString',
    Value: value,
    Version: 1,
    LastModifiedDate: '2026-01-01T00:00:00+00:00',
    ARN: `arn:aws:ssm:eu-west-1:111122223333:parameter${name}`,
    DataType: 'text',
  })
  const all = keys.flatMap(({ id, secret }, i) => [
    parameter(`/${i}/AWS_ACCESS_KEY_ID`, id),
    parameter(`/${i}/AWS_REGION`, 'eu-west-1'),
    parameter(`/${i}/AWS_SECRET_ACCESS_KEY`, secret),
  ])
  expect(pairsIn(JSON.stringify({ Parameters: all }, null, 4))).toEqual(expected(keys))
})
