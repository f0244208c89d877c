/** Two accounts at once, and the ways to name who is meant. */
import { describe, expect, it } from 'vitest'
import { audit } from '../../src/audit.ts'
import { type AccountSketch, EXAMPLE_ACCOUNT, exampleSnapshot } from '../../src/checks/example.ts'
import type { Snapshot } from '../../src/model/snapshot.ts'
import { canDo } from '../../src/reach/can.ts'
import { findPrincipals, openEstate } from '../../src/reach/estate.ts'
import { buildGraph } from '../../src/reach/graph.ts'
import { worldOf } from '../../src/reach/key-reach.ts'
import { pathsAnswer } from '../../src/reach/paths.ts'
import { whoCan } from '../../src/reach/who-can.ts'

const OTHER = '444455556666'

/** An account with another number; `HERE` in the sketch is the example's. */
function otherSnapshot(sketch: AccountSketch): Snapshot {
  const text = JSON.stringify(exampleSnapshot(sketch))
  return JSON.parse(text.replaceAll(EXAMPLE_ACCOUNT, OTHER).replaceAll('HERE', EXAMPLE_ACCOUNT)) as Snapshot
}

const allow = (Action: string, Resource = '*') => ({
  policyName: 'inline',
  policyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] },
})
const trusting = (AWS: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }],
})

const here = exampleSnapshot({
  users: [
    { userName: 'deploy', path: '/ci/', inlinePolicies: [allow('sts:AssumeRole', `arn:aws:iam::${OTHER}:role/*`)] },
    { userName: 'idle' },
  ],
  accessKeys: [
    { userName: 'deploy', accessKeyId: 'AKIAEXAMPLE000000001' },
    { userName: 'idle', accessKeyId: 'AKIAEXAMPLE000000002' },
  ],
})
const there = otherSnapshot({
  users: [{ userName: 'deploy' }],
  roles: [
    { roleName: 'ops', path: '/deep/', trustPolicy: trusting('arn:aws:iam::HERE:root'), inlinePolicies: [allow('*')] },
    { roleName: 'closed', inlinePolicies: [allow('*')] },
  ],
})

describe('two accounts at once', () => {
  const estate = openEstate([here, there])
  const one = (text: string) => {
    const [principal, ...more] = findPrincipals(estate, text)
    expect(more).toEqual([])
    return principal!
  }

  it('a key of one reaches administrator in the other, where both sides let it', () => {
    const { paths } = pathsAnswer(buildGraph(estate), { from: [one('AKIAEXAMPLE000000001')], to: 'admin' })
    expect(paths.map(({ decision, hops }) => [decision, hops.map(({ to }) => to)])).toEqual([
      ['allowed', [`arn:aws:iam::${OTHER}:role/deep/ops`]],
    ])
  })

  it('and not where the role does not trust it, nor where it has no right to ask', () => {
    const ask = (who: string, role: string) =>
      canDo(estate, one(who), 'sts:AssumeRole', `arn:aws:iam::${OTHER}:role/${role}`).decision
    expect(ask('AKIAEXAMPLE000000001', 'deep/ops')).toBe('allowed')
    expect(ask('AKIAEXAMPLE000000001', 'closed')).toBe('denied')
    expect(ask('idle', 'deep/ops')).toBe('denied')
  })

  it('who-can looks into both', () => {
    const { principals } = whoCan(estate, 'sts:AssumeRole', `arn:aws:iam::${OTHER}:role/deep/ops`)
    expect(principals.map(({ principal, decision }) => [principal, decision])).toContainEqual([
      `arn:aws:iam::${EXAMPLE_ACCOUNT}:user/deploy`,
      'allowed',
    ])
  })

  it('the dossier of the key names the other account and the way', () => {
    const reach = worldOf([here, there]).reachOf(`arn:aws:iam::${EXAMPLE_ACCOUNT}:user/deploy`)
    expect(reach).toMatchObject({
      reachesAdmin: 'yes',
      hops: 1,
      path: [`arn:aws:iam::${OTHER}:role/deep/ops`],
      otherAccounts: [OTHER],
    })
  })

  it('the audit says so of the key, once, and of the role that lets a whole account in', () => {
    const { findings } = audit([here, there], {
      tool: { name: 'keyreeve', version: '0.0.0' },
      only: ['key-cross-account', 'privilege-escalation'],
    })
    expect(findings.map(({ check, subject }) => [check, subject.id])).toEqual([
      ['privilege-escalation', `arn:aws:iam::${EXAMPLE_ACCOUNT}:user/deploy`],
      ['key-cross-account', 'AKIAEXAMPLE000000001'],
    ])
  })

  it('says nothing of a key that an account which was read does not let in', () => {
    const closed = otherSnapshot({ roles: [{ roleName: 'closed', inlinePolicies: [allow('*')] }] })
    const { findings } = audit([here, closed], {
      tool: { name: 'keyreeve', version: '0.0.0' },
      only: ['key-cross-account'],
    })
    expect(findings).toEqual([])
  })
})

describe('who is meant', () => {
  const estate = openEstate([here, there])
  const arnsOf = (text: string) => findPrincipals(estate, text).map(({ arn }) => arn)
  const deploy = `arn:aws:iam::${EXAMPLE_ACCOUNT}:user/deploy`

  it.each([
    ['an ARN', deploy, [deploy]],
    ['the ID of an access key', 'AKIAEXAMPLE000000001', [deploy]],
    ['a name in one account', 'idle', [`arn:aws:iam::${EXAMPLE_ACCOUNT}:user/idle`]],
    ['a name in both accounts', 'deploy', [deploy, `arn:aws:iam::${OTHER}:user/deploy`]],
    ['a name with its kind', 'role/ops', [`arn:aws:iam::${OTHER}:role/deep/ops`]],
    ['a name with its path', 'role/deep/ops', [`arn:aws:iam::${OTHER}:role/deep/ops`]],
    ['a session of a role', `arn:aws:sts::${OTHER}:assumed-role/ops/ana`, [`arn:aws:iam::${OTHER}:role/deep/ops`]],
    ['a key of nobody here', 'AKIAEXAMPLE000000009', []],
    ['a name of nobody', 'nobody', []],
    ['a name of the wrong kind', 'role/idle', []],
  ])('%s', (_, text, expected) => {
    expect(arnsOf(text)).toEqual(expected)
  })
})

// https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateAccountAssignment.html
describe('from the management account by IAM Identity Center', () => {
  const organization = {
    id: 'o-example123',
    arn: `arn:aws:organizations::${EXAMPLE_ACCOUNT}:organization/o-example123`,
    managementAccountId: EXAMPLE_ACCOUNT,
    path: null,
    accountIds: null,
    serviceControlPolicies: null,
    resourceControlPolicies: null,
    features: null,
  }
  const kept = { roleName: 'AWSReservedSSO_Admin_0', path: '/aws-reserved/sso.amazonaws.com/' }
  const managing = (...Resource: string[]) =>
    exampleSnapshot({
      users: [
        {
          userName: 'helper',
          inlinePolicies: Resource.map((resource, i) => ({
            ...allow('sso:CreateAccountAssignment', resource),
            policyName: `p${i}`,
          })),
        },
      ],
      roles: [{ ...kept, inlinePolicies: [allow('*')] }],
      organization,
    })
  const member = { ...otherSnapshot({ roles: [{ ...kept, inlinePolicies: [allow('*')] }] }), organization }
  const pathsOf = (...snapshots: Snapshot[]) => {
    const estate = openEstate(snapshots)
    return pathsAnswer(buildGraph(estate), { from: findPrincipals(estate, 'helper'), to: 'admin' }).paths
  }

  it('who may assign people to an account is perhaps whoever Identity Center lets in there', () => {
    const paths = pathsOf(managing('*'), member)
    expect(paths.map(({ decision, hops }) => [decision, hops[0]!.technique, hops[0]!.to])).toEqual([
      [
        'conditional',
        'sso-account-assignment',
        `arn:aws:iam::${OTHER}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0`,
      ],
    ])
    expect(paths[0]!.hops[0]!.unknown).toEqual(['a user of IAM Identity Center as whom it can sign in'])
    const set = 'arn:aws:sso:::permissionSet/*'
    expect(pathsOf(managing('arn:aws:sso:::instance/*', set, `arn:aws:sso:::account/${OTHER}`), member)).toHaveLength(1)
  })

  it('nobody is who may assign to another account only, who asks from a member, or is of no organization', () => {
    expect(pathsOf(managing('arn:aws:sso:::instance/*', 'arn:aws:sso:::account/777788889999'), member)).toEqual([])
    expect(pathsOf(managing('*'), { ...member, organization: null })).toEqual([])
    const elsewhere = { ...organization, managementAccountId: '777788889999' }
    expect(pathsOf({ ...managing('*'), organization: elsewhere }, { ...member, organization: elsewhere })).toEqual([])
  })

  it('the management account itself is not opened by it: that takes rights in IAM', () => {
    expect(pathsOf(managing('*'))).toEqual([])
  })
})
