/** Whom a door lets in from outside, where one must read several statements and keys at once. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exampleSnapshot } from '../checks/example.ts'
import { MAYBE, NO, YES } from '../policy/tri.ts'
import { openEstate } from './estate.ts'
import { doorsOf, type Outsider, outsiderMayEnter, serviceMayEnterForOthers } from './outsiders.ts'

const VENDOR = '444455556666'
const allow = (Condition: object = {}, Principal: unknown = { AWS: VENDOR }) => ({
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
  Condition,
})
const deny = (Condition: object = {}, Principal: unknown = '*') => ({ ...allow(Condition, Principal), Effect: 'Deny' })

function roleTrusting(Statement: object[], tags: Record<string, string> = {}) {
  const trustPolicy = { Version: '2012-10-17', Statement }
  const estate = openEstate([exampleSnapshot({ roles: [{ roleName: 'r', trustPolicy, tags }] })])
  const role = estate.principals.find(({ kind }) => kind === 'role')!
  return { role, doors: doorsOf(role.trust!.policy!) }
}

/** Of each Allow in turn. */
function entering(Statement: object[], outsider: Outsider = { account: VENDOR }, tags?: Record<string, string>) {
  const { role, doors } = roleTrusting(Statement, tags)
  return doors.map((door) => outsiderMayEnter(role, door, outsider))
}

describe('an account that a role trusts', () => {
  it.each<[string, object[], number[]]>([
    ['gets in', [allow()], [YES]],
    ['is kept out by a Deny', [allow(), deny()], [NO]],
    ['is not kept out by a Deny for another account', [allow(), deny({}, { AWS: '777788889999' })], [YES]],
    [
      'gets in by the one of two statements that asks nothing',
      [allow({ Bool: { 'sts:x': 'no' } }), allow()],
      [NO, YES],
    ],
    [
      'is kept out by two conditions that exclude each other',
      [allow({ StringEquals: { 'sts:RoleSessionName': 'a' }, StringLike: { 'STS:rolesessionname': 'b*' } })],
      [NO],
    ],
    [
      'meets two patterns at once',
      [
        allow({ StringLike: { 'sts:RoleSessionName': 'a*c' }, StringNotEquals: { 'sts:SourceIdentity': 'x' } }),
        deny({ StringNotLike: { 'sts:RoleSessionName': '*bc' } }),
      ],
      [YES],
    ],
    [
      'may give its session the name of its user',
      [allow({ StringEquals: { 'sts:RoleSessionName': `\${aws:username}` } })],
      [YES],
    ],
    [
      'cannot give it two names',
      [
        allow({
          StringEquals: { 'sts:RoleSessionName': `\${aws:username}` },
          ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' },
        }),
      ],
      [NO],
    ],
    [
      'chooses a number between two',
      [
        allow({
          NumericLessThan: { 'aws:MultiFactorAuthAge': '10' },
          NumericGreaterThan: { 'AWS:multifactorauthage': '8' },
        }),
      ],
      [YES],
    ],
    ['waits for a day to come', [allow({ DateGreaterThan: { 'aws:CurrentTime': '2030-01-01T00:00:00Z' } })], [YES]],
    ['cannot go back to one', [allow({ DateLessThan: { 'aws:EpochTime': '1600000000' } })], [NO]],
    [
      'is kept out by a Deny with NotPrincipal only if it is not in it',
      [allow(), { Effect: 'Deny', NotPrincipal: { AWS: ['111122223333'] }, Action: 'sts:AssumeRole' }],
      [MAYBE],
    ],
    [
      'has tags and tag keys as it likes',
      [
        allow({
          StringEquals: { 'aws:PrincipalTag/team': 'x' },
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] },
        }),
        deny({ Null: { 'aws:TagKeys': 'true' } }),
      ],
      [YES],
    ],
    [
      'is not decided by an operator that nobody knows',
      [allow({ StringEqualish: { 'sts:ExternalId': 'x' } })],
      [MAYBE],
    ],
    ['makes no request for a resource', [allow({ ArnLike: { 'aws:SourceArn': '*' } })], [NO]],
  ])('%s', (_, statements, expected) => {
    expect(entering(statements)).toEqual(expected)
  })

  it('is told apart by a tag of the role', () => {
    const door = [allow({ StringEquals: { 'aws:ResourceTag/open': 'yes' } })]
    expect(entering(door, { account: VENDOR }, { open: 'yes' })).toEqual([YES])
    expect(entering(door, { account: VENDOR }, { open: 'no' })).toEqual([NO])
    expect(entering(door)).toEqual([NO])
  })

  it('has the name of a role that is asked for, and so may a stranger where no account is', () => {
    const arn = (pattern: string) => [allow({ ArnLike: { 'aws:PrincipalArn': pattern } }, '*')]
    expect(entering(arn(`arn:aws:iam::${VENDOR}:role/ci-?`))).toEqual([YES])
    expect(entering(arn(`arn:aws:iam::${VENDOR}:role/ci-?`), { account: null })).toEqual([NO])
    expect(entering(arn('arn:aws:iam::*:role/x/ci-?'), { account: null })).toEqual([YES])
    expect(entering(arn('arn:aws:iam::4444*:user/a'), { account: null })).toEqual([YES])
    expect(entering(arn(`arn:aws:iam::${VENDOR}:role/ci-?`), { account: VENDOR, isNobodyInParticular: true })).toEqual([
      NO,
    ])
  })
})

describe('a service that acts for others', () => {
  const forOthers = (Condition: object, ...more: object[]) => {
    const { role, doors } = roleTrusting([allow(Condition, { Service: 'states.amazonaws.com' }), ...more])
    return doors.map((door) => serviceMayEnterForOthers(role, door, 'states.amazonaws.com'))
  }

  it.each<[string, object, number]>([
    ['nothing', {}, YES],
    ['the account', { StringEquals: { 'aws:SourceAccount': '111122223333' } }, NO],
    ['the account, under StringLike', { StringLike: { 'aws:SourceAccount': '111122223333' } }, NO],
    ['an account of which only the beginning counts', { StringLike: { 'aws:SourceAccount': '1111*' } }, YES],
    ['an ARN of the account', { ArnLike: { 'aws:SourceArn': 'arn:aws:states:*:111122223333:*' } }, NO],
    ['an ARN under StringLike', { StringLike: { 'aws:SourceArn': 'arn:aws:states:*:111122223333:*' } }, NO],
    ['an ARN of any account', { ArnLike: { 'aws:SourceArn': 'arn:aws:states:us-east-1:*:stateMachine:x' } }, YES],
    ['an ARN that ends early', { StringLike: { 'aws:SourceArn': 'arn:aws:states:*' } }, YES],
    ['a bucket', { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::ours-*' } }, NO],
    ['an ARN, or none', { ArnLikeIfExists: { 'aws:SourceArn': 'arn:aws:states:*:111122223333:*' } }, YES],
    ['the service, by name', { StringEquals: { 'aws:PrincipalServiceName': 'states.amazonaws.com' } }, YES],
    ['an organization of the caller, which a service has not', { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }, NO],
  ])('may enter where the door asks for %s', (_, condition, expected) => {
    expect(forOthers(condition)).toEqual([expected])
  })

  it('is kept out by a Deny that demands the account', () => {
    const fence = deny(
      { StringNotEquals: { 'aws:SourceAccount': '111122223333' } },
      { Service: 'states.amazonaws.com' },
    )
    expect(forOthers({}, fence)).toEqual([NO])
    expect(forOthers({}, { ...fence, Principal: { Service: 'ec2.amazonaws.com' } })).toEqual([YES])
  })
})

describe('whatever a door asks', () => {
  const keys = [
    'sts:ExternalId',
    'aws:PrincipalOrgID',
    'sts:RoleSessionName',
    'aws:SourceIp',
    'aws:PrincipalArn',
  ] as const
  const operators = [
    'StringEquals',
    'StringLike',
    'StringNotLike',
    'StringEqualsIfExists',
    'ForAllValues:StringLike',
  ] as const
  const condition = fc
    .tuple(fc.constantFrom(...operators), fc.constantFrom(...keys), fc.constantFrom('a', 'a*', '*', '*a'))
    .map(([operator, key, value]) => ({ [operator]: { [key]: value } }))
  const outsiders: Outsider[] = [
    { account: VENDOR },
    { account: VENDOR, knowsExternalId: true },
    { account: VENDOR, knowsExternalId: true, isInNetwork: true },
    { account: null, isInNetwork: true },
  ]

  it('a further Deny lets nobody in, and a further condition neither', () => {
    fc.assert(
      fc.property(condition, condition, fc.constantFrom(...outsiders), (first, second, outsider) => {
        const [before] = entering([allow(first, '*')], outsider)
        const [fenced] = entering([allow(first, '*'), deny(second)], outsider)
        expect(fenced).toBeLessThanOrEqual(before!)
        const [operator, keys] = Object.entries(second)[0]!
        const both = operator in first ? first : { ...first, [operator]: keys }
        expect(entering([allow(both, '*')], outsider)[0]).toBeLessThanOrEqual(before!)
      }),
    )
  })

  it('who knows or has more gets in wherever one with less does', () => {
    fc.assert(
      fc.property(condition, condition, (first, second) => {
        const statements = [allow(first, '*'), deny(second)]
        const [less, more, most] = outsiders.slice(0, 3).map((outsider) => entering(statements, outsider)[0]!)
        expect(less).toBeLessThanOrEqual(more!)
        expect(more).toBeLessThanOrEqual(most!)
      }),
    )
  })
})
