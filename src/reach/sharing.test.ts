/** Answers are shared between principals of whom the same policies say the same: nobody may get another's answer. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type AccountSketch, EXAMPLE_ACCOUNT, exampleSnapshot } from '../checks/example.ts'
import type { WhoCanAnswer } from '../model/reach.ts'
import type { Organization } from '../model/snapshot.ts'
import { may } from './ask.ts'
import { askOf, canDo } from './can.ts'
import { openEstate } from './estate.ts'
import { buildGraph } from './graph.ts'
import { hop } from './hops.ts'
import { stepTo } from './steps.ts'
import { mayWho, whoCan } from './who-can.ts'

const arn = (what: string) => `arn:aws:iam::${EXAMPLE_ACCOUNT}:${what}`
const some = <T>(items: readonly T[]) => fc.constantFrom(...items)

const ACTIONS = [
  'iam:PassRole',
  'iam:CreateAccessKey',
  'iam:UpdateAssumeRolePolicy',
  'iam:UpdateLoginProfile',
  'lambda:*',
  'ec2:*',
  'ssm:StartSession',
  'sts:AssumeRole',
  's3:GetObject',
  '*',
]
const RESOURCES = [
  '*',
  arn('user/u1'),
  arn('user/u*'),
  arn('role/r1'),
  arn('role/*'),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  arn('user/${aws:username}'),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  arn('role/${aws:PrincipalTag/team}'),
  'arn:aws:s3:::b/*',
]
const CONDITIONS = [
  {},
  {},
  {},
  { StringEquals: { 'aws:PrincipalTag/team': 'r1' } },
  { StringNotEquals: { 'aws:username': 'u1' } },
  { ArnLike: { 'aws:PrincipalArn': arn('user/u?') } },
  { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  { StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } },
]
/** Lets nothing be started outside of one region. */
const ONE_REGION = organizationWith({
  Effect: 'Deny',
  NotAction: ['iam:*', 'sts:*'],
  Resource: '*',
  Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } },
})
const statement = fc
  .record({
    Effect: some(['Allow', 'Allow', 'Allow', 'Deny']),
    Action: fc.uniqueArray(some(ACTIONS), { minLength: 1, maxLength: 3 }),
    Resource: some(RESOURCES),
    Condition: some(CONDITIONS),
  })
  .map(({ Condition, ...rest }) => (Object.keys(Condition).length === 0 ? rest : { ...rest, Condition }))
const document = fc.array(statement, { minLength: 1, maxLength: 2 }).map((Statement) => ({
  Version: '2012-10-17',
  Statement,
}))
const trust = fc
  .record({
    Principal: some<object>([
      { AWS: arn('root') },
      { AWS: '*' },
      { AWS: arn('user/u1') },
      { AWS: [arn('role/r1'), arn('user/u2')] },
      { Service: 'lambda.amazonaws.com' },
      { Service: 'ec2.amazonaws.com' },
    ]),
    // of the region a role's side says perhaps, whoever asks
    Condition: some(CONDITIONS.slice(0, -1)),
    denied: some([null, null, arn('user/u1'), arn('root')]),
  })
  .map(({ Principal, Condition, denied }) => ({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal, Action: 'sts:AssumeRole', Condition },
      ...(denied ? [{ Effect: 'Deny', Principal: { AWS: denied }, Action: 'sts:AssumeRole' }] : []),
    ],
  }))
const holder = fc.record({
  groups: fc.subarray(['g1', 'g2']),
  team: some([null, 'r1', 'r2']),
  /** Has one of the two documents as its own, too. */
  own: some([null, null, 0, 1]),
  isBound: some([false, false, true]),
})

/** Many who share few policies. */
const accounts = fc
  .record({
    users: fc.array(holder, { minLength: 3, maxLength: 5 }),
    policies: fc.tuple(document, document),
    roles: fc.array(fc.tuple(trust, fc.boolean()), { minLength: 1, maxLength: 3 }),
    organization: some([null, ONE_REGION]),
  })
  .map(
    ({ users, policies, roles, organization }): AccountSketch => ({
      organization,
      policies: [{ policyName: 'bound', document: policies[1] }],
      users: users.map(({ groups, team, own, isBound }, i) => ({
        userName: `u${i + 1}`,
        groups,
        permissionsBoundary: isBound ? arn('policy/bound') : null,
        inlinePolicies: own === null ? [] : [{ policyName: 'p', policyDocument: policies[own] }],
        tags: team === null ? {} : { team },
      })),
      groups: policies.map((policyDocument, i) => ({
        groupName: `g${i + 1}`,
        inlinePolicies: [{ policyName: 'p', policyDocument }],
      })),
      roles: roles.map(([trustPolicy, isAlike], i) => ({
        roleName: `r${i + 1}`,
        trustPolicy,
        inlinePolicies: isAlike ? [{ policyName: 'p', policyDocument: policies[0] }] : [],
      })),
    }),
  )

const RANK = { allowed: 2, conditional: 1 } as const

it('the steps of the graph are those that each principal can take by its own policies', () => {
  fc.assert(
    fc.property(accounts, (account) => {
      const graph = buildGraph(openEstate([exampleSnapshot(account)]))
      for (const from of graph.estate.principals)
        for (const to of graph.estate.principals) {
          if (from === to || from.kind === 'root' || to.kind === 'root') continue
          const step = Math.max(0, ...graph.steps[from.index]!.map((it) => stepTo(it, to.index)))
          const alone = hop(graph, from.index, to.index)
          expect(`${from.name} ${to.name} ${step}`).toBe(`${from.name} ${to.name} ${alone ? RANK[alone.decision] : 0}`)
        }
    }),
    { numRuns: 200 },
  )
})

it('who-can puts together what the engine says of each', () => {
  const asks = some([
    ['s3:GetObject', 'arn:aws:s3:::b/k'],
    ['iam:CreateAccessKey', arn('user/u1')],
    ['iam:PassRole', arn('role/r1')],
    ['sts:AssumeRole', arn('role/r1')],
    ['lambda:InvokeFunction', `arn:aws:lambda:us-east-1:${EXAMPLE_ACCOUNT}:function:f`],
    ['sts:GetCallerIdentity', '*'],
  ] as const)
  fc.assert(
    fc.property(accounts, asks, (account, [action, resource]) => {
      const estate = openEstate([exampleSnapshot(account)])
      const told = mayWho(estate, action, resource)
      for (const principal of estate.principals)
        expect(`${principal.name} ${told[principal.index]}`).toBe(
          `${principal.name} ${may(principal, askOf(estate, principal, action, resource))}`,
        )
    }),
    { numRuns: 300 },
  )
})

it('whom the region is open for is not taken for one who can choose it', () => {
  const user = (userName: string, groups: string[]) => ({ userName, groups })
  const graph = buildGraph(
    openEstate([
      exampleSnapshot({
        organization: ONE_REGION,
        users: [user('ana', ['both']), user('ben', ['instances'])],
        groups: [
          group('both', ['ec2:*'], {}),
          group('instances', ['ec2:*'], {}, { Action: ['ssm:StartSession'], Condition: CONDITIONS.at(-1) }),
        ],
        roles: [{ roleName: 'r1' }],
      }),
    ]),
  )
  for (const from of graph.estate.accounts.get(EXAMPLE_ACCOUNT)!.users) {
    const role = graph.estate.byArn.get(arn('role/r1'))!
    const step = Math.max(0, ...graph.steps[from.index]!.map((it) => stepTo(it, role.index)))
    expect(step).toBe(RANK[hop(graph, from.index, role.index)!.decision])
  }
})

function group(groupName: string, Action: string[], Condition: object, ...more: object[]) {
  const statements = [{ Action, Condition }, ...more].map((it) => ({ Effect: 'Allow', Resource: '*', ...it }))
  const document = { Version: '2012-10-17', Statement: statements }
  return { groupName, inlinePolicies: [{ policyName: 'p', policyDocument: document }] }
}

function organizationWith(Statement: object) {
  const policy = (name: string, statement: object) => ({
    id: `p-${name}`,
    name,
    arn: `arn:aws:organizations::999900001111:policy/o-1/service_control_policy/p-${name}`,
    document: { Version: '2012-10-17', Statement: [statement] },
  })
  return {
    id: 'o-1',
    arn: 'arn:aws:organizations::999900001111:organization/o-1',
    managementAccountId: '999900001111',
    path: null,
    accountIds: null,
    features: null,
    serviceControlPolicies: [
      {
        targetId: 'r-1',
        policies: [policy('all', { Effect: 'Allow', Action: '*', Resource: '*' }), policy('region', Statement)],
      },
    ],
    resourceControlPolicies: [],
  }
}

/** A level of the organization, with what a property makes up. */
function organizationOf(scp: unknown, rcp: unknown): Organization {
  const level = (documents: readonly unknown[]) => [
    {
      targetId: EXAMPLE_ACCOUNT,
      policies: documents.map((document, i) => ({ id: `p-${i}`, name: `p-${i}`, arn: `arn:p-${i}`, document })),
    },
  ]
  const all = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
  return {
    id: 'o-example123',
    arn: 'arn:aws:organizations::999900001111:organization/o-example123',
    managementAccountId: '999900001111',
    path: null,
    accountIds: null,
    features: null,
    serviceControlPolicies: level([all, scp]),
    resourceControlPolicies: rcp === null ? [] : level([rcp]),
  }
}

/** An RCP only denies, and speaks of everybody. */
const rcps = some([
  null,
  null,
  { Effect: 'Deny', Action: 's3:*', Condition: { StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-example123' } } },
  { Effect: 'Deny', Action: 's3:*', Condition: { ArnLike: { 'aws:PrincipalArn': arn('user/u1') } } },
  { Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
])

it('who-can tells of each what the engine tells of it alone, for the same reasons', () => {
  const asks = some([
    ['s3:GetObject', 'arn:aws:s3:::b/k'],
    ['s3:GetObject', null],
    ['s3:ListAllMyBuckets', 'arn:aws:s3:::b'],
    ['iam:CreateAccessKey', arn('user/u1')],
    ['iam:PassRole', null],
    ['sts:AssumeRole', arn('role/r1')],
    ['sts:AssumeRole', null],
    ['kms:Decrypt', `arn:aws:kms:us-east-1:${EXAMPLE_ACCOUNT}:key/k`],
    ['iam:PassRole', 'arn:aws:iam::444455556666:role/r1'],
  ] as const)
  fc.assert(
    fc.property(accounts, asks, document, rcps, (account, [action, resource], scp, rcp) => {
      const organization = organizationOf(
        scp,
        rcp && { Version: '2012-10-17', Statement: [{ ...rcp, Principal: '*', Resource: '*' }] },
      )
      const estate = openEstate([exampleSnapshot({ ...account, organization })])
      const told = new Map(whoCan(estate, action, resource).principals.map((answer) => [answer.principal, answer]))
      for (const principal of estate.principals) {
        const { action: _, resource: __, ...alone } = canDo(estate, principal, action, resource)
        const answer = told.get(principal.arn)
        if (alone.decision === 'denied') expect(answer).toBeUndefined()
        // a key or role whose policy was not read may let anybody in: told are those with a policy of their own
        else if (answer || !(action.startsWith('kms:') || (action.startsWith('sts:') && resource === null)))
          expect(inOrder(answer)).toEqual(inOrder(alone))
      }
    }),
    { numRuns: 400 },
  )
})

/** The order of reasons is that of the policies, which differs between principals. */
function inOrder(answer: WhoCanAnswer['principals'][number] | undefined) {
  const sorted = (list: readonly unknown[] | undefined | null) => list?.map((it) => JSON.stringify(it)).sort()
  return (
    answer && {
      ...answer,
      because: sorted(answer.because),
      conditions: sorted(answer.conditions),
      unknown: sorted(answer.unknown),
      on: sorted(answer.on),
    }
  )
}
