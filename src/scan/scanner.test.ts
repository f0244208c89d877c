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

  it('pairs a secret of few characters, as one of thousands is, with the ID beside it', () => {
    const id = randomKeyId(seeded(2))
    const few = 'Qk7dWm+xRb3tYs9vLp'
    const secret = Array.from({ length: 40 }, (_, i) => few[(i * 5) % few.length]).join('')
    for (const text of [`${id}:${secret}`, `"${id}","${secret}"`, `+${id}\n+${secret}\n`, `${secret}\t${id}`])
      expect(scan(text)).toMatchObject([{ accessKeyId: id, secretFingerprint: expect.any(String) }])
    expect(scan(`a list of ${id} and, elsewhere, ${secret}`)).toMatchObject([{ evidence: 'id-only' }])
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

  it('takes nothing in a CloudTrail record for a secret that has no name', () => {
    const { id, secret } = pair()
    const record = { userIdentity: { accessKeyId: id }, requestParameters: { key: secret } }
    expect(scan(JSON.stringify(record))).toMatchObject([{ class: 'identifier', evidence: 'id-only' }])
    const named = { userIdentity: { accessKeyId: id }, requestParameters: { secretAccessKey: secret } }
    expect(scan(JSON.stringify(named))).toMatchObject([{ class: 'plausible', evidence: 'pair' }])
  })

  it('sees an allow comment only with a reason', () => {
    const id = randomKeyId(random)
    expect(scan(`k = "${id}" # keyreeve:allow used by the public demo`)).toMatchObject([
      { allowed: 'used by the public demo' },
    ])
    expect(scan(`# keyreeve:allow revoked in May\nk = "${id}"`)).toMatchObject([{ allowed: 'revoked in May' }])
    expect(scan(`k = "${id}" # keyreeve:allow`)).toMatchObject([{ allowed: null }])
  })

  it('shows of what stands behind an allow comment nothing that may be of a secret', () => {
    const { id, secret } = { id: randomKeyId(random), secret: `ab+/cd1E${randomSecret(random).slice(8)}` }
    for (const written of [secret.slice(0, 38), encodeURIComponent(secret), secret.replace('/', '\\/')]) {
      const line = `{"key":"${id}","note":"keyreeve:allow demo of SEC-12","secret":"${written}"}`
      const { allowed } = scan(line).find(({ accessKeyId }) => accessKeyId === id)!
      expect(allowed).toMatch(/^demo of SEC-12/)
      expect(allowed).not.toContain(written.slice(9, 30))
    }
  })

  it('says where in a window something may begin', () => {
    const text = Buffer.from(`${'x'.repeat(100)} ${randomKeyId(random)}`)
    const anchorsIn = (from: number, to: number) => {
      const anchors: number[] = []
      scanner.anchors(text, { count: 1, ends: Uint32Array.of(from, to) }, anchors)
      return anchors
    }
    expect(anchorsIn(0, text.length)).toEqual([101])
    expect(anchorsIn(0, 101)).toEqual([])
  })

  it('finds the same in a core whatever stands around it', () => {
    const { id, secret } = plantedPair(random)
    const text = `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`
    const [alone, within] = ['', 'a line like any other\n'.repeat(500)].map((around) => {
      const bytes = Buffer.from(around + text + around)
      const anchors: number[] = []
      scanner.anchors(bytes, { count: 1, ends: Uint32Array.of(0, bytes.length) }, anchors)
      const hits = scanner.cores(bytes, anchors).flatMap((core) => [...scanner.scanCore(bytes, core)].flat())
      const withoutLine = (hit: Hit) => ({ ...hit, line: 0, column: 0 })
      expect(hits.map(withoutLine)).toEqual(scanner.scan(bytes, PLACE).map(withoutLine))
      return hits.map((hit) => ({ ...withoutLine(hit), offset: hit.offset - around.length }))
    })
    expect(alone).toMatchObject([{ accessKeyId: id, evidence: 'pair' }])
    expect(within).toEqual(alone)
  })
})

describe('Bedrock API keys', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64')

  it('are found with their account', () => {
    const key = `ABSK${base64(`BedrockAPIKey-a1b2-at-123456789012:${randomSecret(random)}${randomSecret(random)}`)}`
    expect(scan(`AWS_BEARER_TOKEN_BEDROCK=${key}\n`)).toMatchObject([
      { kind: 'bedrock-api-key', accountId: '123456789012', class: 'plausible', evidence: 'token', accessKeyId: null },
    ])
  })

  it('are found when short-term, and the ID in them is not told twice', () => {
    const id = randomKeyId(random, 'ASIA')
    const url = `bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${id}%2F20260101%2Fus-east-1%2Fbedrock%2Faws4_request&X-Amz-Security-Token=${randomSessionToken(random)}`
    expect(scan(`token: bedrock-api-key-${base64(url)}`)).toMatchObject([
      { kind: 'bedrock-api-key', class: 'plausible', accessKeyId: id },
    ])
  })

  it('are shown as impossible when they do not decode, and not at all when short', () => {
    expect(scan(`k=ABSK${randomSecret(random).repeat(3)}`)).toMatchObject([{ class: 'impossible' }])
    expect(scan(`k=ABSK${randomSecret(random)}`)).toEqual([])
  })
})

it('a placeholder beside a real secret does not hide it', () => {
  const secret = randomSecret(random)
  const hits = scan(`aws_access_key_id = AKIA${'X'.repeat(16)}\naws_secret_access_key = ${secret}\n`)
  expect(hits.map(({ class: c, evidence }) => [c, evidence])).toEqual([
    ['placeholder', 'id-only'],
    ['plausible', 'named-secret'],
  ])
})

it('no secret is in what leaves the scanner', () => {
  const { id, secret } = pair()
  const token = randomSessionToken(random)
  const text = `${id}\n${secret} keyreeve:allow ${secret} is public\nAWS_SESSION_TOKEN=${token}\nexpiration: "${secret}"`
  const out = JSON.stringify(scan(text))
  expect(out).not.toContain(secret)
  expect(out).not.toContain(token.slice(0, 60))
})

describe('a long list of pairs', () => {
  type Form = (id: string, secret: string) => string
  const FORMS: [string, Form][] = [
    ['CSV', (id, secret) => `${id},${secret}\n`],
    ['CSV, secrets first', (id, secret) => `${secret},${id}\n`],
    ['lines', (id, secret) => `${id}\n${secret}\n`],
    ['INI', (id, secret) => `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`],
    ['INI, secrets first', (id, secret) => `aws_secret_access_key = ${secret}\naws_access_key_id = ${id}\n`],
  ]
  const fingerprintOf = (secret: string) => scan(`aws_secret_access_key = ${secret}`)[0]?.secretFingerprint

  it.each(FORMS)('gives each ID its own secret: %s', (_, form) => {
    const pairs = Array.from({ length: 3000 }, pair)
    const own = new Map(pairs.map(({ id, secret }) => [id, fingerprintOf(secret)]))
    const wrong = scan(pairs.map(({ id, secret }) => form(id, secret)).join('')).filter(
      // one in a thousand random secrets looks like none
      ({ accessKeyId, secretFingerprint }) => secretFingerprint !== null && own.get(accessKeyId!) !== secretFingerprint,
    )
    expect(wrong).toHaveLength(0)
  })

  it('is handed over some at a time', () => {
    const text = Buffer.from(Array.from({ length: 20_000 }, () => `${randomKeyId(random)}\n`).join(''))
    const batches = [...scanner.batches(text, PLACE)]
    expect(batches.flat()).toHaveLength(20_000)
    expect(Math.max(...batches.map((hits) => hits.length))).toBeLessThan(4000)
  })
})
