import { describe, expect, it } from 'vitest'
import {
  FILE_PLACE as PLACE,
  plantedPair,
  randomKeyId,
  randomSecret,
  randomSessionToken,
  seeded,
} from '../../test/scan/generate.ts'
import { createScanner } from './scanner.ts'
import type { Hit } from './source.ts'

const scanner = createScanner({ fingerprintKey: new Uint8Array(32).fill(7) })
const scan = (text: string | Uint8Array): Hit[] =>
  scanner.scan(typeof text === 'string' ? Buffer.from(text) : text, PLACE)
const random = seeded(1)
const pair = () => plantedPair(random)

describe('a scanner', () => {
  it('finds an ID and its secret in an INI file, with place and account', () => {
    const { id, secret } = { id: randomKeyId(random, 'AKIA', '123456789012'), secret: randomSecret(random) }
    const hits = scan(`[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`)
    expect(hits).toMatchObject([
      {
        accessKeyId: id,
        accountId: '123456789012',
        class: 'plausible',
        evidence: 'pair',
        line: 2,
        column: 21,
        offset: 30,
      },
    ])
    expect(hits[0]!.secretFingerprint).toMatch(/^[0-9a-f]{32}$/)
  })

  it('gives the same secret the same fingerprint, and another under another key', () => {
    const { id, secret } = pair()
    const text = `key: ${id}\nsecret: ${secret}`
    const other = createScanner({ fingerprintKey: new Uint8Array(32).fill(8) })
    expect(scan(text)[0]!.secretFingerprint).toBe(scan(`${secret}\n${id}`)[0]!.secretFingerprint)
    expect(other.scan(Buffer.from(text), PLACE)[0]!.secretFingerprint).not.toBe(scan(text)[0]!.secretFingerprint)
  })

  it('tells temporary credentials with their token and expiration', () => {
    const id = randomKeyId(random, 'ASIA')
    const answer = {
      Credentials: {
        AccessKeyId: id,
        SecretAccessKey: randomSecret(random),
        SessionToken: randomSessionToken(random),
        Expiration: '2026-11-28T17:00:00+00:00',
      },
    }
    expect(scan(JSON.stringify(answer, null, 2))).toMatchObject([
      {
        kind: 'temporary',
        accessKeyId: id,
        evidence: 'pair',
        hasSessionToken: true,
        expiration: '2026-11-28T17:00:00Z',
      },
    ])
  })

  it('finds a named secret alone, and not an unnamed one', () => {
    const { secret } = pair()
    expect(scan(`AWS_SECRET_ACCESS_KEY=${secret}`)).toMatchObject([
      { kind: 'secret', accessKeyId: null, evidence: 'named-secret', class: 'plausible' },
    ])
    expect(scan(`checksum=${secret}`)).toEqual([])
  })

  it('takes each secret once, the nearest', () => {
    const keys = [pair(), pair(), pair()]
    const hits = scan(keys.map(({ id, secret }) => `id: ${id}\nsecret: ${secret}\n`).join(''))
    const prints = keys.map(({ id, secret }) => [id, scan(`${id}:${secret}`)[0]!.secretFingerprint])
    expect(hits.map(({ accessKeyId, secretFingerprint }) => [accessKeyId, secretFingerprint])).toEqual(prints)
  })

  it.each([
    ['EXAMPLE at the end', () => `AKIA${'IOSFODNN7'}EXAMPLE`, 'placeholder'],
    ['a fifth character AWS does not use', () => `AKIAB${randomKeyId(random).slice(5)}`, 'impossible'],
    ['an account above twelve digits', () => `AKIA7777${randomKeyId(random).slice(8)}`, 'impossible'],
    ['an account of a canary service', () => randomKeyId(random, 'AKIA', '534261010715'), 'canary'],
    ['an ID from before 2019', () => `AKIAI${randomKeyId(random).slice(5)}`, 'plausible'],
  ])('%s', (_, id, expected) => {
    expect(scan(`key = "${id()}"`)).toMatchObject([{ class: expected }])
  })

  it('takes an ID in a signature for an identifier', () => {
    const id = randomKeyId(random)
    expect(
      scan(`https://b.s3.amazonaws.com/o?X-Amz-Credential=${id}%2F20260101%2Fus-east-1%2Fs3%2Faws4_request`),
    ).toMatchObject([{ class: 'identifier' }])
  })

  it('sees an allow comment only with a reason', () => {
    const id = randomKeyId(random)
    expect(scan(`k = "${id}" # keyreeve:allow used by the public demo`)).toMatchObject([
      { allowed: 'used by the public demo' },
    ])
    expect(scan(`# keyreeve:allow revoked in May\nk = "${id}"`)).toMatchObject([{ allowed: 'revoked in May' }])
    expect(scan(`k = "${id}" # keyreeve:allow`)).toMatchObject([{ allowed: null }])
  })

  it('says which windows may hold something', () => {
    const text = Buffer.from(`${'x'.repeat(100)}${randomKeyId(random)}`)
    expect(scanner.mayHold(text)).toBe(true)
    expect(scanner.mayHold(text, 0, 100)).toBe(false)
  })
})
