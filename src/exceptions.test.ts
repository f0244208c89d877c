import { expect, it } from 'vitest'
import { acceptExceptions } from './exceptions.ts'
import type { Finding } from './model/finding.ts'

const finding: Finding = {
  fingerprint: 'f',
  check: 'key-age',
  title: 'old',
  severity: 'medium',
  status: 'open',
  accountId: '111122223333',
  region: null,
  subject: { kind: 'access-key', id: 'AKIAEXAMPLE', arn: 'arn:aws:iam::111122223333:user/ana', name: 'ana' },
  because: 'old',
  evidence: [],
  remedy: { text: '', commands: [] },
  frameworks: {},
  accepted: null,
}
const exception = { check: 'key-age', subject: 'ana', reason: 'r', owner: 'o', expires: '2026-11-30' }
const statusOf = (change: object, now = '2026-11-01T00:00:00Z') =>
  acceptExceptions([finding], [{ ...exception, ...change }], now)[0]!.status

it('an exception accepts a finding by id, ARN, name or pattern, and keeps it visible', () => {
  for (const subject of ['AKIAEXAMPLE', 'AKIA*', 'arn:aws:iam::111122223333:user/*', 'ana'])
    expect(statusOf({ subject })).toBe('accepted')
  expect(acceptExceptions([finding], [exception], '2026-11-01T00:00:00Z')[0]!.accepted).toEqual({
    reason: 'r',
    owner: 'o',
    expires: '2026-11-30',
  })
})

it('an exception of another check, subject or account accepts nothing', () => {
  expect(statusOf({ check: 'key-unused' })).toBe('open')
  expect(statusOf({ subject: 'anabel' })).toBe('open')
  expect(statusOf({ account: '999999999999' })).toBe('open')
  expect(statusOf({ check: '*', account: '111122223333' })).toBe('accepted')
})

it('a finding comes back on the day after its exception expires', () => {
  expect(statusOf({}, '2026-11-30T23:59:59Z')).toBe('accepted')
  expect(statusOf({}, '2026-12-01T00:00:00Z')).toBe('open')
})
