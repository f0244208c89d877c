/** Ways through things that are there: on the thing itself, on none, on one that was not read. */
import { describe, expect, it } from 'vitest'
import { ARNS, MANAGED, oneOf } from '../../test/made-up-workloads.ts'
import { type AccountSketch, EXAMPLE_ACCOUNT, exampleSnapshot } from '../checks/example.ts'
import type { AttackPath } from '../model/reach.ts'
import { ESCALATIONS, type ExistingWay } from './escalations.ts'
import { openEstate } from './estate.ts'
import { buildGraph } from './graph.ts'
import { pathsAnswer } from './paths.ts'

const OPS = `arn:aws:iam::${EXAMPLE_ACCOUNT}:role/ops`
const WAYS = ESCALATIONS.filter((way): way is ExistingWay => way.kind === 'existing')
const READ = WAYS.filter(({ holder }) => holder !== null)
const UNREAD = WAYS.filter(({ holder }) => holder === null)

function may(...Statement: object[]) {
  return [{ policyName: 'inline', policyDocument: { Version: '2012-10-17', Statement } }]
}

function allow(Action: readonly string[], Resource: unknown = '*') {
  return { Effect: 'Allow', Action, Resource }
}

/** The administrator whose role the thing has. */
function strongRole({ service }: Pick<ExistingWay, 'service'>) {
  const Principal = service === null ? { Federated: ARNS['saml-provider'] } : { Service: service }
  const Action = service === null ? 'sts:AssumeRoleWithSAML' : 'sts:AssumeRole'
  return {
    roleName: 'ops',
    trustPolicy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action }] },
    inlinePolicies: may(allow(['*'])),
  }
}

/** An account in which the thing of a way has the role. */
function accountWith(way: ExistingWay, users: AccountSketch['users'], more: AccountSketch = {}): AccountSketch {
  return {
    users: users!,
    roles: [strongRole(way)],
    instanceProfiles: [{ instanceProfileName: 'app', roleArns: [OPS] }],
    instances: [{ instanceId: 'i-1' }],
    workloads: [oneOf(way.holder!, { roleArns: [OPS] }), MANAGED],
    ...more,
  }
}

function pathsIn(account: AccountSketch): (userName: string) => AttackPath[] {
  const graph = buildGraph(openEstate([exampleSnapshot(account)]))
  return (userName) => {
    const from = graph.estate.byArn.get(`arn:aws:iam::${EXAMPLE_ACCOUNT}:user/${userName}`)!
    return pathsAnswer(graph, { from: [from], to: 'admin' }).paths
  }
}

const techniques = (paths: readonly AttackPath[]) =>
  paths.flatMap(({ hops }) => hops.flatMap(({ technique, alternatives }) => [technique, ...alternatives]))

describe.each(READ.map((way) => [way.id, way] as const))('%s', (id, way) => {
  const { actions, holder, elsewhere = [], onCluster = [], doubt } = way
  const onIt = actions.filter((action) => !elsewhere.includes(action))
  const arn = ARNS[holder!]
  const cluster = oneOf(holder!).clusterArn
  const exactly = (resource: string) =>
    may(
      allow(onIt, resource),
      ...(onCluster.length > 0 ? [allow(onCluster, cluster)] : []),
      ...(elsewhere.length > 0 ? [allow(elsewhere)] : []),
      ...(actions.includes('ssm:SendCommand') ? [allow(['ssm:SendCommand'], 'arn:aws:ssm:*:*:document/*')] : []),
    )

  it('is a way with its permissions on that thing, and none without any of them', () => {
    const without = actions.map((left, i) => ({
      userName: `without-${i}`,
      inlinePolicies: may(...actions.filter((action) => action !== left).map((action) => allow([action]))),
    }))
    const paths = pathsIn(
      accountWith(way, [
        { userName: 'exactly', inlinePolicies: exactly(arn) },
        { userName: 'another', inlinePolicies: exactly(`${arn}-2`) },
        { userName: 'all', inlinePolicies: may(allow(actions)) },
        ...without,
      ]),
    )
    const [path] = paths('exactly')
    expect(techniques([path!])).toContain(id)
    expect(path!.decision).toBe(doubt ? 'conditional' : 'allowed')
    const hop = path!.hops.find(({ technique }) => technique === id)
    if (hop) expect(hop.permissions.map(({ resource }) => resource)).toContain(arn)
    expect(techniques(paths('all'))).toContain(id)
    expect(techniques(paths('another'))).not.toContain(id)
    for (const { userName } of without) expect(techniques(paths(userName))).not.toContain(id)
  })

  it('is none where a thing of that kind has another role, or there is none', () => {
    const users = [{ userName: 'all', inlinePolicies: may(allow(actions)) }]
    const noThing: AccountSketch = {
      workloads: [],
      instances: [],
      roles: holder === 'saml-provider' ? [] : [strongRole(way)],
    }
    expect(techniques(pathsIn(accountWith(way, users, noThing))('all'))).not.toContain(id)
    if (holder === 'instance' || holder === 'saml-provider') return
    const otherRole: AccountSketch = { workloads: [oneOf(holder!, { roleArns: [`${OPS}-2`] })] }
    expect(techniques(pathsIn(accountWith(way, users, otherRole))('all'))).not.toContain(id)
  })

  it('is none where the role no longer trusts the service', () => {
    const users = [{ userName: 'all', inlinePolicies: may(allow(actions)) }]
    const roles = [strongRole({ service: 'config.amazonaws.com' })]
    expect(techniques(pathsIn(accountWith(way, users, { roles }))('all'))).not.toContain(id)
  })

  it.skipIf(holder === 'saml-provider')('is perhaps one where the kind was not read, and says so', () => {
    const users = [{ userName: 'all', inlinePolicies: may(allow(actions)) }]
    const { workloads: _, ...account } = accountWith(way, users)
    const [path] = pathsIn({
      ...account,
      ...(holder === 'instance' ? { denied: ['ec2:DescribeInstances'], instances: [] } : {}),
    })('all')
    expect(path!.decision).toBe('conditional')
    expect(techniques([path!])).toContain(id)
    expect(path!.hops.flatMap(({ unknown }) => unknown).join()).toContain('has role ops')
  })
})

describe('what is not collected at all', () => {
  it.each(UNREAD.map((way) => [way.id, way] as const))('%s is perhaps a way, and says what is not known', (id, way) => {
    const paths = pathsIn({
      users: [{ userName: 'all', inlinePolicies: may(allow(way.actions)) }],
      roles: [strongRole(way)],
      workloads: [],
    })
    const [path] = paths('all')
    expect(path!.decision).toBe('conditional')
    expect(techniques([path!])).toContain(id)
    expect(path!.hops[0]!.unknown.join()).toContain('has role ops')
  })
})

describe('in another account', () => {
  const OTHER = '444455556666'
  const lambda = WAYS.find(({ id }) => id === 'lambda-004')!
  const arn = ARNS['lambda-function'].replace(EXAMPLE_ACCOUNT, OTHER)

  /** The same account under another number. */
  function elsewhere(account: AccountSketch) {
    const text = JSON.stringify(exampleSnapshot(account)).replaceAll(EXAMPLE_ACCOUNT, OTHER)
    return JSON.parse(text) as ReturnType<typeof exampleSnapshot>
  }

  function pathsTo(...Statement: object[]) {
    const here = exampleSnapshot({ users: [{ userName: 'kim', inlinePolicies: may(...Statement) }], workloads: [] })
    const graph = buildGraph(openEstate([here, elsewhere(accountWith(lambda, []))]))
    const kim = graph.estate.byArn.get(`arn:aws:iam::${EXAMPLE_ACCOUNT}:user/kim`)!
    return pathsAnswer(graph, { from: [kim], to: 'admin' }).paths
  }

  it("a function's own policy is not known, so a way through it is perhaps one", () => {
    const [path] = pathsTo(allow(lambda.actions, arn))
    expect(path!.decision).toBe('conditional')
    expect(path!.hops[0]).toMatchObject({ to: OPS.replace(EXAMPLE_ACCOUNT, OTHER), technique: 'lambda-003' })
    expect(path!.hops[0]!.unknown.length).toBeGreaterThan(0)
  })

  it('whoever may not do it here may not do it there', () => {
    expect(pathsTo(allow(['s3:GetObject']))).toEqual([])
    expect(pathsTo(allow(lambda.actions, ARNS['lambda-function']))).toEqual([])
  })
})

describe('in part', () => {
  const lambda = WAYS.find(({ id }) => id === 'lambda-004')!
  const users = [{ userName: 'all', inlinePolicies: may(allow(lambda.actions)) }]

  it('a region that was not read makes other roles perhaps, and names the region', () => {
    const account = accountWith(lambda, users, { workloads: [] })
    const snapshot = exampleSnapshot(account)
    snapshot.coverage.push({
      source: 'lambda:ListFunctions',
      region: 'eu-west-1',
      status: 'denied',
      asOf: null,
      detail: 'AccessDeniedException',
    })
    const graph = buildGraph(openEstate([snapshot]))
    const from = graph.estate.byArn.get(`arn:aws:iam::${EXAMPLE_ACCOUNT}:user/all`)!
    const [path] = pathsAnswer(graph, { from: [from], to: 'admin' }).paths
    expect(path!.hops[0]!.unknown).toEqual([
      'whether a Lambda function has role ops: lambda:ListFunctions in eu-west-1 was denied (AccessDeniedException)',
    ])
  })

  it('a region where the service is not offered changes nothing', () => {
    const snapshot = exampleSnapshot(accountWith(lambda, users, { workloads: [] }))
    snapshot.coverage.push({
      source: 'lambda:ListFunctions',
      region: null,
      status: 'unsupported',
      asOf: null,
      detail: 'in eu-north-1',
    })
    const graph = buildGraph(openEstate([snapshot]))
    expect(pathsAnswer(graph, { from: null, to: 'admin' }).paths).toEqual([])
  })

  it('an instance that Systems Manager does not reach takes no session; one of which that is not known perhaps', () => {
    const way = WAYS.find(({ id }) => id === 'ssm-001')!
    const user = [{ userName: 'all', inlinePolicies: may(allow(way.actions)) }]
    expect(pathsIn(accountWith(way, user, { workloads: [] }))('all')).toEqual([])
    const offline = { ...MANAGED, features: [] }
    const [path] = pathsIn(accountWith(way, user, { workloads: [offline] }))('all')
    expect(path!.hops[0]!.unknown).toEqual(['whether Systems Manager reaches i-1'])
  })
})
