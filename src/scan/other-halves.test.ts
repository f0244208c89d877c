import { describe, expect, it } from 'vitest'
import { FILE_PLACE, plantedPair, randomKeyId, randomSecret, seeded } from '../../test/scan/generate.ts'
import { assess } from './assess.ts'
import { createLeakCollector } from './collect-leaks.ts'
import { createScanner } from './scanner.ts'
import type { BlobPlace } from './source.ts'

const random = seeded(71)
const scanner = createScanner({ fingerprintKey: new Uint8Array(32).fill(7) })

type Blob = [path: string, content: string, more?: Partial<BlobPlace>]

function leaksIn(blobs: readonly Blob[]) {
  const collector = createLeakCollector(scanner)
  for (const [path, content, more] of blobs) collector.blob(Buffer.from(content), { ...FILE_PLACE, path, ...more })
  return collector.leaks()
}
const halvesIn = (...blobs: Blob[]) => leaksIn(blobs).filter(({ otherHalf }) => otherHalf)

const ID = 's/aws_access_key_id'
const SECRET = 's/aws_secret_access_key'

describe('an ID and a secret in files beside each other', () => {
  it('stay two leaks, each of which tells where the other is', () => {
    const { id, secret } = plantedPair(random)
    const leaks = leaksIn([
      [ID, `${id}\n`],
      [SECRET, `${secret}\n`],
    ])
    const [named, alone] = leaks
    expect(leaks).toHaveLength(2)
    expect(named).toMatchObject({
      kind: 'secret',
      evidence: 'named-secret',
      otherHalf: { fingerprint: alone!.fingerprint, file: 'aws_access_key_id' },
      places: [{ path: SECRET, line: 1, column: 1 }],
    })
    expect(alone).toMatchObject({
      accessKeyId: id,
      evidence: 'id-only',
      hasSecret: false,
      secretFingerprint: null,
      otherHalf: { fingerprint: named!.fingerprint, file: 'aws_secret_access_key' },
    })
    expect(JSON.stringify(leaks)).not.toContain(secret)
  })

  it('are a reason to revoke the key', () => {
    const { id, secret } = plantedPair(random)
    const [first, second] = assess(
      leaksIn([
        [ID, id],
        [SECRET, secret],
      ]),
      { now: '2026-01-01T00:00:00Z' },
    )
    expect(first).toMatchObject({ severity: 'high', nextAction: expect.stringContaining('revoke that key') })
    expect(second).toMatchObject({ severity: 'high', commands: expect.arrayContaining([`keyreeve revoke ${id}`]) })
  })

  it('are told in one archive, and in history apart from the files', () => {
    const { id, secret } = plantedPair(random)
    const inside = (member: string): Partial<BlobPlace> => ({ kind: 'archive', member })
    expect(halvesIn(['a.zip', id, inside(ID)], ['a.zip', secret, inside(SECRET)])).toHaveLength(2)
    expect(halvesIn(['a.zip', id, inside(ID)], ['b.zip', secret, inside(SECRET)])).toEqual([])
    expect(
      halvesIn([ID, id], [SECRET, secret], [ID, randomKeyId(random), { kind: 'git', commit: 'c'.repeat(40) }]),
    ).toHaveLength(2)
  })
})

describe('no other half is told', () => {
  const [a, b] = [plantedPair(random), plantedPair(random)]

  it.each<[string, ...Blob[]]>([
    ['in another folder', [ID, a.id], ['t/aws_secret_access_key', a.secret]],
    ['in a folder of the folder', [ID, a.id], ['s/s/aws_secret_access_key', a.secret]],
    ['of two IDs', [ID, a.id], ['s/other', b.id], [SECRET, a.secret]],
    ['of an ID and a temporary one', [ID, a.id], ['s/other', randomKeyId(random, 'ASIA')], [SECRET, a.secret]],
    ['of a temporary ID', [ID, randomKeyId(random, 'ASIA')], [SECRET, a.secret]],
    ['of two secrets', [ID, a.id], [SECRET, a.secret], [`${SECRET}.old`, b.secret]],
    ['of a secret that may belong to two', [ID, a.id], [SECRET, a.secret], ['t/id', b.id], ['t/aws_secret', a.secret]],
    ['of a placeholder', [ID, `AKIA${'IOSFODNN7'}EXAMPLE`], [SECRET, a.secret]],
    ['of an ID that cannot be', [ID, `AKIAB${a.id.slice(5)}`], [SECRET, a.secret]],
    ['of a canary', [ID, randomKeyId(random, 'AKIA', '534261010715')], [SECRET, a.secret]],
    ['of an example of a secret', [ID, a.id], [SECRET, `wJalrXUtnFEMI/${'K7MDENG'}/bPxRfiCYEXAMPLEKEY`]],
    ['of an ID that has its secret', [ID, `${a.id}:${a.secret}`], [SECRET, b.secret]],
    ['in the same file', ['s/a', `${a.id}${'\n'.repeat(3000)}aws_secret_access_key=${a.secret}`]],
    ['of a secret under another name', [ID, a.id], ['s/checksum', a.secret]],
  ])('%s', (_, ...blobs) => {
    expect(halvesIn(...blobs)).toEqual([])
  })

  it('when not all IDs are kept, as another may lie in the folder', () => {
    const many = Array.from({ length: 50_000 }, () => `${randomKeyId(random)}\n`).join('')
    expect(halvesIn([ID, a.id], [SECRET, a.secret], ['t/many', many])).toEqual([])
  })
})

describe('a file that its name says to hold a secret', () => {
  const NAMES = [
    'aws_secret_access_key',
    'AWS-SECRET-ACCESS-KEY',
    'secret_access_key.txt',
    'SecretAccessKey',
    'AWS_SECRET',
  ]

  it.each(NAMES)('is found: %s', (name) => {
    const secret = randomSecret(random)
    const named = scanner.scan(Buffer.from(`aws_secret_access_key=${secret}`), FILE_PLACE)[0]
    for (const end of ['', '\n', '\r\n'])
      expect(scanner.scan(Buffer.from(secret + end), { ...FILE_PLACE, path: `any/${name}` })).toEqual([
        { ...named, offset: 0, column: 1 },
      ])
  })

  it('is found in archives by the name it has there', () => {
    const bytes = Buffer.from(randomSecret(random))
    const [plain, inside] = ['notes.txt', 'aws/aws_secret_access_key'].map((member) =>
      scanner.scan(bytes, { ...FILE_PLACE, kind: 'archive', path: 'aws_secret_access_key', member }),
    )
    expect(plain).toEqual([])
    expect(inside).toMatchObject([{ evidence: 'named-secret' }])
  })
})
