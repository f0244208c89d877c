import { expect, it } from 'vitest'
import { finding, userSubject } from '../../test/made-up-audit.ts'
import { CHECKS } from '../checks/index.ts'
import type { Finding } from '../model/finding.ts'
import { mostUrgent, ORDER } from './most-urgent.ts'

const worst = (check: string, name: string, more: Partial<Finding> = {}) => ({
  ...finding('key-age', userSubject(name), { severity: 'critical', ...more }),
  check,
})

it('what strangers hold comes before what they can take, and that before what a stolen secret opens', () => {
  const things = mostUrgent([
    worst('admin-mfa', 'ana'),
    worst('key-quarantined', 'deploy'),
    worst('oidc-trust-wide', 'github'),
    worst('role-trust-public', 'feed'),
    worst('root-access-key', 'root'),
  ])
  expect(things.map(({ finding }) => finding.check)).toEqual([
    'key-quarantined',
    'role-trust-public',
    'oidc-trust-wide',
    'root-access-key',
    'admin-mfa',
  ])
})

it('severity comes before the kind of finding, and what is unknown here comes last of its severity', () => {
  const things = mostUrgent([
    worst('made-up', 'ana'),
    worst('admin-mfa', 'ben'),
    worst('key-quarantined', 'deploy', { severity: 'high' }),
    worst('low-one', 'eve', { severity: 'low' }),
  ])
  expect(things.map(({ finding }) => finding.check)).toEqual(['admin-mfa', 'made-up', 'key-quarantined'])
})

it('a subject is one thing to do; a check that only has such subjects left is not said again', () => {
  const things = mostUrgent([
    worst('admin-mfa', 'ana'),
    worst('user-console-mfa', 'ana', { severity: 'high' }),
    worst('user-console-mfa', 'ben', { severity: 'high' }),
    worst('admin-user', 'ana', { severity: 'high' }),
    worst('user-console-mfa', 'eve', { severity: 'high', status: 'accepted' }),
  ])
  expect(things.map(({ finding, alike }) => [finding.check, finding.subject.name, alike])).toEqual([
    ['admin-mfa', 'ana', 1],
    ['user-console-mfa', 'ben', 2],
  ])
})

it('every check that has a place in the order exists', () => {
  const known = CHECKS.map(({ id }) => id)
  for (const check of ORDER) expect(known).toContain(check)
})
