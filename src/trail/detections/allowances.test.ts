import { describe, expect, it } from 'vitest'
import type { Allowance } from '../../model/config.ts'
import { allowanceFor, checkAllowances } from './allowances.ts'
import type { Hit } from './detection.ts'
import { DETECTIONS } from './index.ts'
import { keyForOtherUser } from './key-for-other-user.ts'

const hit = {
  accountId: '111122223333',
  principal: 'arn:aws:iam::111122223333:role/ci/rotate-keys',
  accessKeyId: 'ASIAEXAMPLEEXAMPLE00',
  sessionName: 'nightly-17',
  sourceIp: '203.0.113.10',
  userAgent: 'Boto3/1.40',
  addresses: 1,
  networks: 1,
  agents: 1,
  sessions: 1,
} as Hit

const allows = (allowance: Partial<Allowance>, changed: Partial<Hit> = {}) =>
  allowanceFor(
    keyForOtherUser,
    { ...hit, ...changed },
    [{ detection: 'key-for-other-user', reason: 'rotation', ...allowance }],
    '2026-01-31T23:00:00.000Z',
  ) !== null

describe('an allowance covers', () => {
  it.each<[string, Partial<Allowance>]>([
    ['a principal by ARN', { principal: 'arn:aws:iam::111122223333:role/ci/rotate-keys' }],
    ['a principal by name', { principal: 'rotate-keys' }],
    ['a principal with a wildcard', { principal: 'arn:aws:iam::*:role/ci/*' }],
    ['a code and an account', { detection: 'CT13', account: '111122223333' }],
    ['every detection', { detection: '*', accessKey: 'ASIAEXAMPLEEXAMPLE00' }],
    ['a session', { session: 'nightly-*' }],
    ['a user agent', { userAgent: 'Boto3/*' }],
    ['a network', { network: '203.0.113.0/24' }],
    ['an address', { network: '203.0.113.10' }],
    ['its last day', { principal: 'rotate-keys', expires: '2026-01-31' }],
  ])('%s', (_, allowance) => {
    expect(allows(allowance)).toBe(true)
  })
})

describe('an allowance does not cover', () => {
  it.each<[string, Partial<Allowance>, Partial<Hit>?]>([
    ['another detection', { detection: 'key-new-network', principal: 'rotate-keys' }],
    ['another principal', { principal: 'rotate' }],
    ['a part of a name', { principal: 'role/ci/rotate-keys' }],
    ['one field of two', { principal: 'rotate-keys', account: '999999999999' }],
    ['another network', { network: '198.51.100.0/24' }],
    ['a network that only some events came from', { network: '203.0.113.0/24' }, { addresses: 2, networks: 2 }],
    ['an address that only some events came from', { network: '203.0.113.10' }, { addresses: 2 }],
    ['a user agent that only some events had', { userAgent: 'Boto3/*' }, { agents: 2 }],
    ['a session that was one of several', { session: 'nightly-*' }, { sessions: 2 }],
    ['a service', { network: '203.0.113.0/24' }, { sourceIp: 'ec2.amazonaws.com' }],
    ['nobody known', { principal: '*' }, { principal: null }],
    ['a time after its end', { principal: 'rotate-keys', expires: '2026-01-30' }],
  ])('%s', (_, allowance, changed) => {
    expect(allows(allowance, changed)).toBe(false)
  })
})

it('an allowance for a detection that does not exist is refused, with the nearest that does', () => {
  const check = (detection: string) =>
    checkAllowances([{ detection, principal: 'x', reason: 'y' }], DETECTIONS, () => 'key-for-other-user')
  expect(() => check('key-for-other-users')).toThrow('`key-for-other-users`, which does not exist')
  for (const name of ['*', 'CT13', 'key-for-other-user']) expect(() => check(name)).not.toThrow()
})
