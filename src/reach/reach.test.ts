import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MANAGED, oneOf } from '../../test/made-up-workloads.ts'
import { type AccountSketch, EXAMPLE_ACCOUNT, exampleSnapshot } from '../checks/example.ts'
import { actionNamed } from '../policy/actions/actions.ts'
import { NO, YES } from '../policy/tri.ts'
import { actionList } from './action-bits.ts'
import { bestAnywhere, may } from './ask.ts'
import { boundOn, effectiveOf } from './effective.ts'
import { ESCALATION_ACTIONS, ESCALATIONS, PAIRS } from './escalations.ts'
import { openEstate } from './estate.ts'
import { buildGraph } from './graph.ts'
import { smallestHittingSet } from './hitting-set.ts'
import { hop } from './hops.ts'
import { firstRoute } from './levels.ts'
import { levelsFor, pathsAnswer, search } from './paths.ts'
import { RISKS } from './risks.ts'
import { mayWho, whoCan } from './who-can.ts'

const arn = (what: string) => `arn:aws:iam::${EXAMPLE_ACCOUNT}:${what}`

function statement(Action: unknown, Resource: unknown = '*', more: object = {}) {
  return { Effect: 'Allow', Action, Resource, ...more }
}

function inline(...Statement: object[]) {
  return { policyName: 'inline', policyDocument: { Version: '2012-10-17', Statement } }
}

function trusts(Principal: object) {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }] }
}

function graphOf(account: AccountSketch) {
  return buildGraph(openEstate([exampleSnapshot(account)]))
}

describe('the data', () => {
  it('names actions that AWS has', () => {
    const names = [...ESCALATION_ACTIONS, ...Object.values(RISKS).flat()]
    expect(names.filter((name) => actionNamed(name)?.name !== name)).toEqual([])
  })

  it('has every way of pathfinding.cloud', () => {
    const known = [...ESCALATIONS.map(({ id }) => id), ...Object.values(PAIRS)]
    // told by the graph itself
    const own = ['iam-012', 'iam-013', 'sts-001']
    expect(PATHFINDING.filter((id) => !known.includes(id) && !own.includes(id))).toEqual([])
  })

  it('names each way once', () => {
    const ids = ESCALATIONS.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

/** Ids of https://pathfinding.cloud (facts, Apache-2.0). */
const PATHFINDING = [
  ...numbered('apprunner', 2),
  ...numbered('bedrock', 2),
  ...numbered('cloudformation', 5),
  ...numbered('codebuild', 4),
  'datapipeline-001',
  'ec2instanceconnect-003',
  ...numbered('ec2', 4),
  ...numbered('ecs', 5),
  ...numbered('glue', 6),
  ...numbered('iam', 21),
  ...numbered('lambda', 6),
  ...numbered('sagemaker', 5),
  ...numbered('ssm', 2),
  'sts-001',
]

function numbered(service: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${service}-${String(i + 1).padStart(3, '0')}`)
}

const passing = ESCALATIONS.filter((way) => way.kind === 'pass-role')

it.each(passing.map((way) => [way.id, way] as const))(
  '%s is a way up, and none without any of its permissions',
  (_, way) => {
    const needed = ['iam:PassRole', ...way.actions]
    const without = needed.map((left, i) => ({
      userName: `without-${i}`,
      inlinePolicies: [inline(statement(needed.filter((action) => action !== left)))],
    }))
    const graph = graphOf({
      users: [{ userName: 'all', inlinePolicies: [inline(statement(needed))] }, ...without],
      roles: [
        {
          roleName: 'ops',
          trustPolicy: trusts({ Service: way.services[0] }),
          inlinePolicies: [inline(statement('*'))],
        },
      ],
      instanceProfiles: [{ instanceProfileName: 'ops', roleArns: [arn('role/ops')] }],
      ...(way.onto?.holder && { instances: [{ instanceId: 'i-1' }], workloads: [oneOf(way.onto.holder), MANAGED] }),
    })
    const all = graph.estate.byArn.get(arn('user/all'))!
    const { paths } = pathsAnswer(graph, { from: [all], to: 'admin' })
    expect(paths).toHaveLength(1)
    expect(paths[0]!.decision).toBe(way.onto?.holder === null ? 'conditional' : 'allowed')
    expect([paths[0]!.hops[0]!.technique, ...paths[0]!.hops[0]!.alternatives]).toContain(way.id)
    for (const { userName } of without) {
      const principal = graph.estate.byArn.get(arn(`user/${userName}`))!
      const found = pathsAnswer(graph, { from: [principal], to: 'admin' }).paths.flatMap(({ hops }) =>
        hops.flatMap(({ technique, alternatives }) => [technique, ...alternatives]),
      )
      expect(found).not.toContain(way.id)
    }
  },
)

// ---- made-up accounts

const ACTIONS = [
  'iam:PassRole',
  'iam:CreateAccessKey',
  'iam:PutUserPolicy',
  'iam:AttachRolePolicy',
  'iam:*',
  'iam:Create*',
  'iam:AddUserToGroup',
  'iam:UpdateAssumeRolePolicy',
  'iam:CreatePolicyVersion',
  'lambda:*',
  'lambda:CreateFunction',
  'lambda:InvokeFunction',
  'ec2:RunInstances',
  'sts:AssumeRole',
  's3:GetObject',
  '*',
]
const RESOURCES = [
  '*',
  arn('user/*'),
  arn('user/a'),
  arn('role/*'),
  arn('role/r1'),
  arn('role/r*'),
  arn('group/g'),
  arn('policy/p'),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  'arn:aws:iam::*:user/${aws:username}',
]
const CONDITIONS = [
  {},
  {},
  {},
  { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } },
  { Condition: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } } },
]
const some = <T>(items: readonly T[]) => fc.constantFrom(...items)
const grant = fc
  .tuple(fc.uniqueArray(some(ACTIONS), { minLength: 1, maxLength: 3 }), some(RESOURCES), some(CONDITIONS))
  .map(([actions, resource, condition]) => statement(actions, resource, condition))
const policy = fc.array(grant, { maxLength: 2 }).map((list) => inline(...list))
const trust = some([
  trusts({ Service: 'lambda.amazonaws.com' }),
  trusts({ Service: 'ec2.amazonaws.com' }),
  trusts({ AWS: arn('root') }),
  trusts({ AWS: arn('user/a') }),
  trusts({ AWS: arn('role/r1') }),
  trusts({ AWS: '*' }),
])
const accounts = fc.record({
  users: fc.tuple(policy, policy, policy).map(([a, b, c]) => [
    { userName: 'a', groups: ['g'], inlinePolicies: [a] },
    { userName: 'b', inlinePolicies: [b], attachedPolicies: [{ policyName: 'p', policyArn: arn('policy/p') }] },
    { userName: 'c', inlinePolicies: [c], permissionsBoundary: arn('policy/limit') },
  ]),
  groups: policy.map((g) => [{ groupName: 'g', inlinePolicies: [g] }]),
  roles: fc.tuple(trust, policy, trust, policy).map(([t1, p1, t2, p2]) => [
    { roleName: 'r1', trustPolicy: t1, inlinePolicies: [p1] },
    { roleName: 'r2', trustPolicy: t2, inlinePolicies: [p2] },
    { roleName: 'ops', trustPolicy: t1, inlinePolicies: [inline(statement('*'))] },
  ]),
  policies: grant.map((g) => [
    { policyName: 'p', document: inline(g).policyDocument },
    { policyName: 'limit', document: inline(statement(['iam:*', 's3:*'])).policyDocument },
  ]),
}) satisfies fc.Arbitrary<AccountSketch>

const RUNS = { numRuns: 150 }

describe('in any account', () => {
  it('adding a Deny adds no path', () => {
    fc.assert(
      fc.property(accounts, grant, (account, denied) => {
        const deny = { ...denied, Effect: 'Deny' }
        // removing a Deny that one has is a way of its own, so the Deny is where nobody can take it from
        const fenced = {
          ...account,
          users: account.users.map((user) => ({
            ...user,
            inlinePolicies: [
              {
                ...user.inlinePolicies[0]!,
                policyDocument: {
                  ...user.inlinePolicies[0]!.policyDocument,
                  Statement: [...user.inlinePolicies[0]!.policyDocument.Statement, deny],
                },
              },
            ],
          })),
        }
        const before = search(graphOf(account), 'admin')
        const after = search(graphOf(fenced), 'admin')
        for (const kind of ['any', 'sure'] as const)
          for (const [i, level] of after[kind].level.entries())
            if (level >= 0) expect(before[kind].level[i]).toBeGreaterThanOrEqual(0)
      }),
      RUNS,
    )
  })

  it('every step of a shortest path has a technique, as sure as the path', () => {
    fc.assert(
      fc.property(accounts, (account) => {
        const graph = graphOf(account)
        const found = search(graph, 'admin')
        for (const { index } of graph.nodes) {
          const levels = levelsFor(found, index)
          if (!levels || levels.level[index]! <= 0) continue
          const route = firstRoute(graph, levels, index)
          for (let i = 1; i < route.length; i++) {
            const step = hop(graph, route[i - 1] as number, route[i]!)
            expect(step).not.toBeNull()
            if (levels.least === 2) expect(step!.decision).toBe('allowed')
          }
        }
      }),
      RUNS,
    )
  })

  it('the bound never says no to what the engine allows, nor yes to what it denies', () => {
    fc.assert(
      fc.property(accounts, some(ESCALATION_ACTIONS), (account, action) => {
        const estate = openEstate([exampleSnapshot(account)])
        const effective = effectiveOf(estate, actionList(ESCALATION_ACTIONS))
        for (const principal of estate.principals) {
          const bound = boundOn(effective, principal, action)
          const { tri } = bestAnywhere(principal, action)
          if (bound === 0) expect(tri).toBe(0)
          // a role's trust policy has its say in AssumeRole, which the bound leaves to the engine
          if (bound === 2 && action !== 'sts:AssumeRole')
            expect(may(principal, { action, resource: arn('role/any') })).toBe(2)
        }
      }),
      RUNS,
    )
  })

  it('who-can says the same as asking everybody', () => {
    fc.assert(
      fc.property(accounts, some(['iam:PassRole', 'sts:AssumeRole', 's3:GetObject']), (account, action) => {
        const estate = openEstate([exampleSnapshot(account)])
        const resource = action === 's3:GetObject' ? 'arn:aws:s3:::b/k' : arn('role/r1')
        const fast = mayWho(estate, action, resource)
        const told = new Map(whoCan(estate, action, resource).principals.map((it) => [it.principal, it.decision]))
        const words = ['denied', 'conditional', 'allowed']
        for (const { index, arn: name } of estate.principals)
          expect(told.get(name) ?? 'denied').toBe(words[fast[index]!])
      }),
      RUNS,
    )
  })
})

it('the smallest choice has one of every set, and none smaller has', () => {
  const sets = fc.array(fc.uniqueArray(fc.nat(6), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(sets, (given) => {
      const { elements, exact } = smallestHittingSet(given)
      expect(exact).toBe(true)
      expect(given.every((set) => set.some((element) => elements.includes(element)))).toBe(true)
      for (let mask = 0; mask < 128; mask++) {
        const chosen = [...Array(7).keys()].filter((i) => (mask >> i) & 1)
        if (chosen.length < elements.length)
          expect(given.every((set) => set.some((element) => chosen.includes(element)))).toBe(false)
      }
    }),
  )
})

describe('an administrator in an organization that forbids everybody one thing', () => {
  const all = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
  const scp = (name: string, document: object) => ({ id: `p-${name}`, name, arn: `arn:p-${name}`, document })
  const forbidden = {
    ...all,
    Statement: [{ ...all.Statement[0], Effect: 'Deny', Action: 'iam:UpdateAssumeRolePolicy' }],
  }
  const estate = openEstate([
    exampleSnapshot({
      organization: {
        id: 'o-example123',
        arn: 'arn:aws:organizations::999900001111:organization/o-example123',
        managementAccountId: '999900001111',
        path: null,
        accountIds: null,
        features: null,
        serviceControlPolicies: [{ targetId: EXAMPLE_ACCOUNT, policies: [scp('all', all), scp('no', forbidden)] }],
        resourceControlPolicies: [],
      },
      users: [
        { userName: 'ana', inlinePolicies: [{ policyName: 'p', policyDocument: all }] },
        {
          userName: 'ben',
          inlinePolicies: [
            {
              policyName: 'p',
              policyDocument: { ...all, Statement: [{ ...all.Statement[0], Action: 'iam:PassRole' }] },
            },
          ],
        },
      ],
    }),
  ])
  const graph = buildGraph(estate)
  const user = (name: string) => estate.byArn.get(`arn:aws:iam::${EXAMPLE_ACCOUNT}:user/${name}`)!

  it('is one as it stands, and no shadow of one', () => {
    expect(graph.full[user('ana').index]).toBe(YES)
    expect(graph.full[user('ben').index]).toBe(NO)
  })
})
