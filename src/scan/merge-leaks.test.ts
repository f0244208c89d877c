import { expect, it } from 'vitest'
import type { Leak, LeakPlace } from '../model/leak.ts'
import { mergeLeaks } from './merge-leaks.ts'

const place = (path: string, more: Partial<LeakPlace> = {}): LeakPlace => ({
  kind: 'file',
  path,
  line: 1,
  column: 1,
  member: null,
  encodings: [],
  commit: null,
  author: null,
  date: null,
  lastCommit: null,
  inHead: null,
  reachable: null,
  region: null,
  allowed: null,
  ...more,
})

const leak = (fingerprint: string, more: Partial<Leak> = {}): Leak => ({
  fingerprint,
  kind: 'long-term',
  accessKeyId: null,
  accountId: null,
  class: 'plausible',
  reason: '',
  evidence: 'id-only',
  hasSecret: false,
  secretFingerprint: null,
  hasSessionToken: false,
  expiration: null,
  inAccount: null,
  places: [place('a')],
  ...more,
})

it('joins the places of a leak and keeps the more serious judgement', () => {
  const alone = leak('one', { class: 'identifier', reason: 'in a log' })
  const withSecret = leak('one', { evidence: 'pair', hasSecret: true, secretFingerprint: 'f', places: [place('b')] })
  const [merged, ...others] = mergeLeaks([[alone], [withSecret]])
  expect(others).toEqual([])
  expect(merged).toMatchObject({ class: 'plausible', evidence: 'pair', hasSecret: true, secretFingerprint: 'f' })
  expect(merged!.places.map(({ path }) => path)).toEqual(['a', 'b'])
  expect(alone.places).toHaveLength(1)
})

it('keeps what AWS said to the key, and where its secret probably is until that was found', () => {
  const otherHalf = { fingerprint: 'of the secret', file: 'aws_secret_access_key' }
  const verified = { status: 'works' as const, arn: 'arn:aws:iam::111122223333:user/ci', accountId: '111122223333' }
  const plain = leak('one', { accessKeyId: 'AKIAEXAMPLEONE' })
  const half = { ...plain, otherHalf, verified: { ...verified, code: null, at: '2026-01-02T03:04:05Z' } }
  expect(mergeLeaks([[plain], [half]])[0]).toMatchObject({ otherHalf, verified })
  expect(mergeLeaks([[half], [{ ...plain, hasSecret: true }]])[0]).toMatchObject({ verified, otherHalf: undefined })
})

it('counts the same place once, and different leaks apart', () => {
  const merged = mergeLeaks([
    [leak('one'), leak('two')],
    [leak('one', { places: [place('a'), place('a', { line: 2 })] })],
  ])
  expect(merged.map(({ fingerprint, places }) => [fingerprint, places.length])).toEqual([
    ['one', 2],
    ['two', 1],
  ])
})
