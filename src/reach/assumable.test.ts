import { expect, it } from 'vitest'
import { EXAMPLE_ACCOUNT, exampleSnapshot } from '../checks/example.ts'
import { assumableRoles, isOnlyAdmin } from './assumable.ts'
import { openEstate } from './estate.ts'

const arn = (path: string) => `arn:aws:iam::${EXAMPLE_ACCOUNT}:${path}`

function allow(Action: string, Resource: unknown = '*') {
  const policyDocument = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] }
  return [{ policyName: 'inline', policyDocument }]
}

const trusts = (AWS: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }],
})

const estate = openEstate([
  exampleSnapshot({
    users: [
      { userName: 'ana', inlinePolicies: allow('*') },
      { userName: 'ci', inlinePolicies: allow('sts:AssumeRole', arn('role/build')) },
    ],
    roles: [
      { roleName: 'build', trustPolicy: trusts(arn('root')) },
      { roleName: 'ship', trustPolicy: trusts(arn('role/build')) },
      { roleName: 'other', trustPolicy: trusts(arn('root')) },
    ],
  }),
])

it('follows roles that let each other in, and those alone', () => {
  expect(assumableRoles(estate, arn('user/ci'))).toEqual([arn('role/build'), arn('role/ship')])
  expect(assumableRoles(estate, arn('role/build'))).toEqual([arn('role/ship')])
  expect(assumableRoles(estate, arn('user/nobody'))).toBeNull()
})

it('tells the last administrator', () => {
  expect(isOnlyAdmin(estate, arn('user/ana'))).toBe(true)
  expect(isOnlyAdmin(estate, arn('user/ci'))).toBe(false)
})
