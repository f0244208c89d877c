import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adminsOf } from './admin.ts'
import { type AccountSketch, exampleSnapshot } from './example.ts'
import { lookupOf } from './lookup.ts'

const patterns = ['*', '*:*', 'iam:*', 'IAM:*', 'iam:Attach*', 'iam:Get*', 's3:*', 'i*', '?*', 'iam:PutUserPolicy']
const resources = ['*', 'arn:aws:*', 'arn:aws:iam::*:user/*', 'arn:aws:iam::111122223333:*', 'arn:aws:s3:::logs/*']
const list = (values: string[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 })

const statement = (effect: 'Allow' | 'Deny') =>
  fc
    .record({
      action: fc.record({ name: fc.constantFrom('Action', 'NotAction'), values: list(patterns) }),
      resource: fc.record({ name: fc.constantFrom('Resource', 'NotResource'), values: list(resources) }),
      condition: fc.constantFrom({}, {}, { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
    })
    .map(({ action, resource, condition }) => ({
      Effect: effect,
      [action.name]: action.values,
      [resource.name]: resource.values,
      ...condition,
    }))
const statements = fc.array(fc.oneof(statement('Allow'), statement('Allow'), statement('Deny')), { maxLength: 5 })

const BOUNDARY = 'arn:aws:iam::111122223333:policy/limit'

function isAdmin(own: object[], group: object[] = [], boundary?: object[]): boolean {
  const account: AccountSketch = {
    users: [
      {
        userName: 'ana',
        groups: ['team'],
        inlinePolicies: [{ policyName: 'own', policyDocument: { Version: '2012-10-17', Statement: own } }],
        permissionsBoundary: boundary ? BOUNDARY : null,
      },
    ],
    groups: [
      {
        groupName: 'team',
        inlinePolicies: [{ policyName: 'team', policyDocument: { Version: '2012-10-17', Statement: group } }],
      },
    ],
    policies: boundary ? [{ policyName: 'limit', document: { Version: '2012-10-17', Statement: boundary } }] : [],
  }
  const snapshot = exampleSnapshot(account)
  const { admins, unknown } = adminsOf(snapshot, lookupOf(snapshot))
  expect(unknown).toEqual([])
  return admins.length === 1
}

describe('who is an administrator', () => {
  it('is not decided by the order of statements', () => {
    fc.assert(fc.property(statements, (own) => isAdmin(own) === isAdmin([...own].reverse())))
  })

  it('is not decided by which policy holds a statement', () => {
    fc.assert(fc.property(statements, statements, (own, group) => isAdmin(own, group) === isAdmin([...own, ...group])))
  })

  it('nobody becomes one by a Deny', () => {
    fc.assert(fc.property(statements, statement('Deny'), (own, deny) => isAdmin(own) || !isAdmin([...own, deny])))
  })

  it('nobody becomes one by a boundary', () => {
    fc.assert(fc.property(statements, statements, (own, boundary) => isAdmin(own) || !isAdmin(own, [], boundary)))
  })

  it('nobody stops being one by an Allow more', () => {
    fc.assert(fc.property(statements, statement('Allow'), (own, allow) => !isAdmin(own) || isAdmin([...own, allow])))
  })

  it('a boundary that allows everything changes nothing', () => {
    const all = [{ Effect: 'Allow', Action: '*', Resource: '*' }]
    fc.assert(fc.property(statements, (own) => isAdmin(own) === isAdmin(own, [], all)))
  })

  it('a Deny of everything ends it, whatever else is allowed', () => {
    const deny = { Effect: 'Deny', Action: '*', Resource: '*' }
    fc.assert(fc.property(statements, (own) => !isAdmin([...own, deny])))
  })

  it('the made-up policies make some, and not all', () => {
    const sample = fc.sample(statements, { numRuns: 300, seed: 1 }).map((own) => isAdmin(own))
    expect(sample.filter(Boolean).length).toBeGreaterThan(20)
    expect(sample.filter((admin) => !admin).length).toBeGreaterThan(20)
  })
})
