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
