/**
 * Mistakes that users of other tools have complained of for years, about trust, federation, policies and completeness.
 * Each test is a mistake that ours must not make.
 */
import { describe, expect, it } from 'vitest'
import { buildDossiers } from '../dossiers.ts'
import { DEFAULT_CONFIG } from '../model/config.ts'
import type { Snapshot } from '../model/snapshot.ts'
import type { Check } from './check.ts'
import { type AccountSketch, EXAMPLE_ACCOUNT, exampleSnapshot } from './example.ts'
import { CHECKS } from './index.ts'
import { type CheckResults, runChecks } from './run.ts'

const check = (id: string): Check => CHECKS.find((candidate) => candidate.id === id)!

function run(id: string, account: AccountSketch, change: (snapshot: Snapshot) => void = () => {}): CheckResults {
  const snapshot = exampleSnapshot(account)
  change(snapshot)
  return runChecks(
    [check(id)],
    { snapshot, dossiers: buildDossiers(snapshot) },
    { ...DEFAULT_CONFIG, checks: { [id]: true } },
    () => ({}),
  )
}

const subjects = (results: CheckResults) => results.findings.map(({ subject }) => subject.name).sort()

const ALL = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
const EXTERNAL = 'arn:aws:iam::444455556666:root'
const trusting = (principal: unknown, condition: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', Condition: condition }],
})
const administrator = { policyName: 'AdministratorAccess', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }

describe('access across accounts', () => {
  it('is found whatever the policies of the role are called', () => {
    const results = run('role-trust-unknown-account', {
      roles: [
        { roleName: 'reader', trustPolicy: trusting({ AWS: EXTERNAL }) },
        { roleName: 'writer', trustPolicy: trusting({ AWS: EXTERNAL }), attachedPolicies: [administrator] },
      ],
    })
    expect(subjects(results)).toEqual(['reader', 'writer'])
  })

  it('is told for each account, so that accepting one does not accept the next', () => {
    const { findings } = run('role-trust-unknown-account', {
      roles: [{ roleName: 'shared', trustPolicy: trusting({ AWS: [EXTERNAL, '777788889999'] }) }],
    })
    expect(findings).toHaveLength(2)
    expect(new Set(findings.map(({ fingerprint }) => fingerprint)).size).toBe(2)
  })

  it('is not a finding when a Deny keeps the account out', () => {
    const trustPolicy = {
      Statement: [
        { Effect: 'Allow', Principal: { AWS: EXTERNAL }, Action: 'sts:AssumeRole' },
        { Effect: 'Deny', Principal: { AWS: '444455556666' }, Action: 'sts:AssumeRole' },
      ],
    }
    for (const id of ['role-trust-unknown-account', 'role-trust-third-party-without-external-id'])
      expect(run(id, { roles: [{ roleName: 'closed', trustPolicy }] }).findings).toEqual([])
  })

  it('is not decided on an account of the organization when the organization was not read', () => {
    const account: AccountSketch = {
      roles: [{ roleName: 'shared', trustPolicy: trusting({ AWS: EXTERNAL }) }],
      denied: ['organizations:DescribeOrganization'],
    }
    const externalId = run('role-trust-third-party-without-external-id', account)
    expect(externalId.findings).toEqual([])
    expect(externalId.notEvaluated).toMatchObject([
      { extent: 'part', because: expect.stringContaining('444455556666') },
    ])
    expect(run('role-trust-unknown-account', account).findings).toMatchObject([{ severity: 'low' }])
  })

  it('is not a public role because its principal is * within the organization', () => {
    const trustPolicy = trusting('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-example123' } })
    expect(run('role-trust-public', { roles: [{ roleName: 'org', trustPolicy }] }).findings).toEqual([])
  })

  it('is public when a condition on the organization is alternative, not required', () => {
    const trustPolicy = {
      Statement: [
        ...trusting('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-example123' } }).Statement,
        ...trusting('*', { StringEquals: { 'aws:PrincipalTag/team': 'web' } }).Statement,
      ],
    }
    expect(subjects(run('role-trust-public', { roles: [{ roleName: 'half', trustPolicy }] }))).toEqual(['half'])
  })

  it('is as bad as its worst statement, whatever their order', () => {
    const half = trusting('*', { StringEquals: { 'sts:ExternalId': 'f3a9-55' } }).Statement
    const open = trusting('*').Statement
    for (const Statement of [
      [...half, ...open],
      [...open, ...half],
    ])
      expect(
        run('role-trust-public', { roles: [{ roleName: 'x', trustPolicy: { Statement } }] }).findings,
      ).toMatchObject([{ severity: 'critical' }])
  })

  it('shows no external ID', () => {
    const trustPolicy = trusting('*', { StringEquals: { 'sts:ExternalId': 'f3a9-55' } })
    const account = { roles: [{ roleName: 'x', trustPolicy }] }
    for (const { id } of CHECKS.filter(({ group }) => group === 'trust'))
      expect(JSON.stringify(run(id, account))).not.toContain('f3a9-55')
  })

  it('is public when the Deny that should limit it needs a second condition to hold', () => {
    const trustPolicy = {
      Statement: [
        ...trusting('*').Statement,
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'sts:AssumeRole',
          Condition: {
            StringNotEquals: { 'aws:PrincipalOrgID': 'o-example123' },
            IpAddress: { 'aws:SourceIp': '203.0.113.0/24' },
          },
        },
      ],
    }
    expect(subjects(run('role-trust-public', { roles: [{ roleName: 'half', trustPolicy }] }))).toEqual(['half'])
  })

  it('names the right account in another partition', () => {
    const results = run('role-trust-unknown-account', {
      partition: 'aws-us-gov',
      roles: [{ roleName: 'shared', trustPolicy: trusting({ AWS: 'arn:aws-us-gov:iam::444455556666:role/x' }) }],
    })
    expect(results.findings).toMatchObject([{ because: expect.stringContaining('444455556666') }])
  })
})

describe('roles that AWS keeps', () => {
  const path = '/aws-service-role/x.amazonaws.com/'

  it.each(CHECKS.filter(({ group }) => ['trust', 'workloads', 'policies', 'tags', 'federation'].includes(group)))(
    'are never flagged by $id',
    ({ id }) => {
      const results = run(id, {
        policies: [{ policyName: 'AdministratorAccess', awsManaged: true, document: ALL }],
        roles: [
          {
            roleName: 'AWSServiceRoleForX',
            path,
            trustPolicy: trusting('*'),
            attachedPolicies: [
              administrator,
              { policyName: 'C', policyArn: 'arn:aws:iam::aws:policy/AWSCloudShellFullAccess' },
            ],
            lastUsed: { date: null, region: null },
          },
        ],
      })
      expect(results.findings).toEqual([])
    },
  )
})

describe('full administrators', () => {
  it('are all named: user, group, and every role, whoever may assume it', () => {
    const roles = Array.from({ length: 28 }, (_, i) => ({
      roleName: `role-${String(i).padStart(2, '0')}`,
      attachedPolicies: [administrator],
      trustPolicy: i % 2 ? trusting({ AWS: EXTERNAL }) : trusting({ Service: 'ec2.amazonaws.com' }),
    }))
    const results = run('policy-full-admin', {
      policies: [{ policyName: 'AdministratorAccess', awsManaged: true, document: ALL }],
      users: [{ userName: 'ana', attachedPolicies: [administrator] }],
      groups: [{ groupName: 'ops', attachedPolicies: [administrator] }],
      roles,
    })
    expect(subjects(results)).toEqual(['ana', 'ops', ...roles.map(({ roleName }) => roleName)])
  })

  it('are milder behind a boundary, and the boundary is named', () => {
    const { findings } = run('policy-full-admin', {
      policies: [
        { policyName: 'AdministratorAccess', awsManaged: true, document: ALL },
        { policyName: 'fence', document: { Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] } },
      ],
      roles: [
        {
          roleName: 'ci',
          attachedPolicies: [administrator],
          permissionsBoundary: `arn:aws:iam::${EXAMPLE_ACCOUNT}:policy/fence`,
        },
      ],
    })
    expect(findings).toMatchObject([{ severity: 'low', because: expect.stringContaining('fence') }])
  })

  it('are not made milder by a boundary that was not read', () => {
    const { findings } = run('policy-full-admin', {
      policies: [{ policyName: 'AdministratorAccess', awsManaged: true, document: ALL }],
      roles: [{ roleName: 'ci', attachedPolicies: [administrator], permissionsBoundary: 'arn:aws:iam::aws:policy/X' }],
    })
    expect(findings).toMatchObject([{ severity: 'high' }])
  })

  it('say so when a Deny or a condition takes something away', () => {
    const severityOf = (Statement: object[]) =>
      run('policy-full-admin', { policies: [{ policyName: 'p', document: { Statement } }] }).findings[0]?.severity
    const allow = { Effect: 'Allow', Action: '*', Resource: '*' }
    expect(severityOf([allow])).toBe('high')
    expect(severityOf([{ ...allow, Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }])).toBe('medium')
    expect(severityOf([allow, { Effect: 'Deny', Action: 'iam:*', Resource: '*' }])).toBe('medium')
    expect(severityOf([allow, { Effect: 'Deny', Action: '*', Resource: '*' }])).toBeUndefined()
    // a Deny that holds only sometimes takes nothing away for sure
    expect(
      severityOf([
        allow,
        { Effect: 'Deny', Action: '*', Resource: '*', Condition: { Bool: { 'aws:ViaAWSService': 'false' } } },
      ]),
    ).toBe('high')
    // one that spares a bucket neither
    expect(severityOf([allow, { Effect: 'Deny', Action: '*', NotResource: 'arn:aws:s3:::shop/*' }])).toBe('high')
  })
})

describe('what cannot be judged', () => {
  const POLICY_CHECKS = CHECKS.filter(
    ({ group, id }) => group === 'policies' && !['policy-unattached', 'policy-cloudshell-full'].includes(id),
  )

  it.each(POLICY_CHECKS)('$id never calls a document clean that is no policy', ({ id }) => {
    const results = run(id, {
      policies: [{ policyName: 'broken', document: '{"Statement": [' }],
      users: [{ userName: 'ana', inlinePolicies: [{ policyName: 'odd', policyDocument: { Statement: 'x' } }] }],
    })
    expect(results.findings).toEqual([])
    expect(results.notEvaluated).toMatchObject([
      { check: id, extent: 'part', because: expect.stringContaining('broken') },
    ])
    expect(results.notEvaluated[0]?.because).toContain('ana/odd')
  })

  it.each(CHECKS.filter(({ group, id }) => group === 'trust' || id === 'oidc-trust-wide'))(
    '$id never calls a trust policy clean that it did not understand',
    ({ id }) => {
      const { findings, notEvaluated } = run(id, { roles: [{ roleName: 'odd', trustPolicy: 'not JSON' }] })
      expect(findings).toEqual([])
      expect(notEvaluated).toMatchObject([{ check: id, extent: 'part', because: expect.stringContaining('odd') }])
    },
  )

  it('a missing default version is not a policy without wildcards', () => {
    const { notEvaluated } = run('policy-full-admin', { policies: [{ policyName: 'gone', versions: [] }] })
    expect(notEvaluated).toMatchObject([{ extent: 'part', because: expect.stringContaining('gone') }])
  })

  it('a role whose last use is not known is neither used nor unused', () => {
    const { findings, notEvaluated } = run('role-unused', { roles: [{ roleName: 'app', lastUsed: null }] })
    expect(findings).toEqual([])
    expect(notEvaluated).toMatchObject([{ extent: 'part', because: expect.stringContaining('app') }])
  })

  it('a region that was denied is a gap, not a region without analyzer', () => {
    const { findings, notEvaluated } = run(
      'access-analyzer-missing',
      { regions: ['us-east-1', 'eu-west-1'], analyzers: [{ region: 'us-east-1' }] },
      (snapshot) => {
        const ledger = snapshot.coverage.filter(({ source }) => source !== 'access-analyzer:ListAnalyzers')
        const line = { source: 'access-analyzer:ListAnalyzers', asOf: null, detail: null }
        snapshot.coverage = [
          ...ledger,
          { ...line, region: 'us-east-1', status: 'read' },
          { ...line, region: 'eu-west-1', status: 'denied' },
        ]
      },
    )
    expect(findings).toEqual([])
    expect(notEvaluated).toMatchObject([{ extent: 'part', because: expect.stringContaining('eu-west-1') }])
  })

  it('regions that nobody asked for do not hide those without an analyzer', () => {
    const { findings, notEvaluated } = run('access-analyzer-missing', { regions: ['us-east-1'] }, (snapshot) => {
      snapshot.coverage.push({
        source: 'access-analyzer:ListAnalyzers',
        region: null,
        status: 'absent',
        asOf: null,
        detail: 'not asked in eu-west-1',
      })
    })
    expect(findings).toHaveLength(1)
    expect(notEvaluated).toMatchObject([{ extent: 'part', because: expect.stringContaining('eu-west-1') }])
  })

  it('a trail whose state was not read is neither good nor missing', () => {
    const { findings, notEvaluated } = run('trail-missing', { trails: [{ name: 'main', isLogging: null }] })
    expect(findings).toEqual([])
    expect(notEvaluated).toMatchObject([{ extent: 'part', because: expect.stringContaining('main') }])
  })

  it('a policy whose attachments are not counted is not unattached', () => {
    const { findings, notEvaluated } = run('policy-unattached', {
      policies: [{ policyName: 'p', attachmentCount: null }],
    })
    expect(findings).toEqual([])
    expect(notEvaluated).toMatchObject([{ extent: 'part' }])
  })
})

describe('the confused deputy', () => {
  it.each(['ec2', 'lambda', 'ecs-tasks', 'pods.eks', 'apigateway', 'glue', 'backup'])(
    'is no matter for %s, which takes roles only of its own account',
    (service) => {
      const trustPolicy = trusting({ Service: `${service}.amazonaws.com` })
      expect(run('role-confused-deputy', { roles: [{ roleName: 'app', trustPolicy }] }).findings).toEqual([])
    },
  )
})

describe('PassRole, which never shows as used', () => {
  it('is found inside iam:* and in any spelling', () => {
    for (const Action of ['iam:*', 'IAM:PASSROLE', 'iam:Pass?ole', 'i*:P*'])
      expect(
        run('policy-passrole-wildcard', {
          policies: [{ policyName: 'p', document: { Statement: { Effect: 'Allow', Action, Resource: '*' } } }],
        }).findings,
        Action,
      ).toHaveLength(1)
  })
})
