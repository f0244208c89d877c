/** Plans rehearsed: the same outcome as for real, on a sandbox made from the snapshot, with no call to anything else. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type AwsSession, openSession } from '../../src/aws/session.ts'
import { rehearse } from '../../src/cli/rehearsal.ts'
import { replayCalls } from '../../src/fix/rehearse/replay-calls.ts'
import { DEFAULT_CONFIG } from '../../src/model/config.ts'
import type { Plan } from '../../src/model/plan.ts'
import { rehearsalSchema } from '../../src/model/rehearsal.ts'
import type { Snapshot } from '../../src/model/snapshot.ts'
import type { RecordedCall } from '../../src/model/trail.ts'
import { rehearsalText } from '../../src/report/rehearsal.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { worldOfSnapshot } from '../../src/sandbox/world-of-snapshot.ts'
import { snapshotOfWorld } from '../sandbox/snapshot-of-world.ts'
import { auditNow, neglectedAccount, planOf } from './neglected-account.ts'

let sandbox: Sandbox
let session: AwsSession
let snapshot: Snapshot
let plan: Plan
/** Where AWS would be: whatever calls it is wrong. */
let canary: Server
let canaryCalls = 0

beforeAll(async () => {
  sandbox = await startSandbox({ world: neglectedAccount().world, settings: { credentialReportDelayMs: 0 } })
  const { endpoint: endpointUrl, region, accessKeyId, secretAccessKey } = sandbox
  const credentials = { accessKeyId, secretAccessKey }
  session = await openSession({ endpointUrl, region, credentials, userAgent: 'keyreeve-test/0', maxAttempts: 1 })
  const audited = await auditNow(session)
  snapshot = audited.snapshot
  plan = planOf(audited)
  await sandbox.close()
  canary = createServer((_, response) => {
    canaryCalls++
    response.writeHead(500).end()
  })
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(canary.address() as AddressInfo).port}`
  const configFile = join(mkdtempSync(join(tmpdir(), 'keyreeve-config-')), 'config')
  writeFileSync(configFile, '[default]\ncredential_process = /bin/false\n')
  vi.stubEnv('AWS_ENDPOINT_URL', url)
  vi.stubEnv('AWS_ENDPOINT_URL_IAM', url)
  vi.stubEnv('AWS_CONFIG_FILE', configFile)
})
afterEach(() => expect(canaryCalls).toBe(0))
afterAll(() => {
  session.close()
  canary.close()
  vi.unstubAllEnvs()
})

const rehearsed = (of: Plan = plan, on: Snapshot = snapshot) =>
  rehearse({ plan: of, snapshot: on, config: DEFAULT_CONFIG, scans: null, usage: null, trail: '/no/such/folder' })

describe('a rehearsal', () => {
  it('carries out every step, closes what the plan says, and tells what opens', async () => {
    const result = await rehearsed()
    expect(rehearsalSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(result)
    expect(result.steps.filter(({ outcome }) => outcome !== 'done')).toEqual([])
    expect(result.findings.promised).toEqual([])
    // which it tells beforehand: a policy without expiry, and groups that nobody is in any more
    expect(new Set(result.findings.opened.map(({ check }) => check))).toEqual(
      new Set(['password-policy-expiry', 'group-empty']),
    )
    const promised = new Set(plan.steps.flatMap(({ closes }) => closes))
    const closed = new Set(result.findings.closed.map(({ fingerprint }) => fingerprint))
    expect([...promised].filter((fingerprint) => !closed.has(fingerprint))).toEqual([])
    expect(result.replay).toBeNull()
    const text = rehearsalText(result, { width: 80, color: false })
    expect(text).toContain('Nothing was changed in AWS')
    expect(text).toContain('No CloudTrail was read')
  })

  it('stops where the plan would stop', async () => {
    const changed = structuredClone(plan)
    const step = changed.steps.find(({ kind }) => kind === 'change-trust')!
    step.reliesOn[0]!.value = 'something else'
    const result = await rehearsed(changed)
    expect(result.steps.find((it) => it.step === step.id)).toMatchObject({ outcome: 'refused' })
    expect(result.steps.at(-1)).toMatchObject({ outcome: 'waits', because: 'an earlier step stopped the plan' })
  })

  it('is refused on another snapshot', async () => {
    await expect(rehearsed(plan, { ...snapshot, alias: 'other' })).rejects.toThrow('from another snapshot')
  })
})

describe('a world made from a snapshot', () => {
  it('is the one of which the snapshot was made', () => {
    const { world, account } = neglectedAccount()
    const before = snapshotOfWorld(world, account)
    const made = worldOfSnapshot(before)
    const after = snapshotOfWorld(made.world, made.account)
    const iam = ({
      users,
      groups,
      roles,
      policies,
      accessKeys,
      mfaDevices,
      passwordPolicy,
      serviceSpecificCredentials,
      sshPublicKeys,
    }: Snapshot) => ({
      users: users.filter(({ userName }) => !userName.startsWith('keyreeve-rehearsal')),
      accessKeys: accessKeys.filter(({ userName }) => !userName?.startsWith('keyreeve-rehearsal')),
      groups,
      roles,
      policies,
      mfaDevices,
      passwordPolicy,
      serviceSpecificCredentials,
      sshPublicKeys,
    })
    expect(iam(after)).toEqual(iam(before))
  })
})

describe('recorded calls, replayed', () => {
  const call = (fields: Partial<RecordedCall>): RecordedCall => ({
    principal: 'arn:aws:iam::111122223333:user/dev',
    principalAccount: '111122223333',
    accessKeyId: null,
    action: 'kms:DescribeKey',
    resources: null,
    context: {},
    calls: 3,
    lastSeen: '2026-10-30T08:00:00.000Z',
    ...fields,
  })

  it('tell what would be denied, by whom, how often and by which statement', () => {
    const after = structuredClone(snapshot)
    for (const { policyName, versions } of after.policies)
      if (policyName === 'deploy')
        for (const version of versions)
          version.document = {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: 'kms:ListKeys', Resource: '*' }],
          }
    const key = after.accessKeys.find(({ userName, status }) => userName === 'half-retired' && status === 'Active')!
    key.status = 'Inactive'
    after.users = after.users.filter(({ userName }) => userName !== 'ben')
    after.groups.find(({ groupName }) => groupName === 'admins')!.inlinePolicies = [
      {
        policyName: 'no-queues',
        policyDocument: { Statement: [{ Sid: 'NoQueues', Effect: 'Deny', Action: 'sqs:*', Resource: '*' }] },
      },
    ]
    const summary = replayCalls(snapshot, after, [
      call({}),
      call({ action: 'kms:ListKeys', resources: ['*'] }),
      call({
        principal: 'arn:aws:iam::111122223333:user/half-retired',
        accessKeyId: key.accessKeyId,
        action: 's3:GetObject',
      }),
      call({
        principal: 'arn:aws:iam::111122223333:user/ana',
        action: 'sqs:ListQueues',
        resources: ['arn:aws:sqs:eu-west-1:111122223333:*'],
      }),
      // never allowed by what the snapshot holds: no judgement
      call({ action: 'rds:DescribeDBInstances', resources: ['*'] }),
    ])
    expect(summary.calls).toBe(15)
    expect(summary.unexplained).toBe(3)
    const said = summary.denied.map(
      ({ principal, action, because }) => `${principal.split('/')[1]} ${action}: ${because}`,
    )
    expect(said).toContain('dev kms:DescribeKey: nothing allows it on any resource')
    expect(said).toContain(`half-retired s3:GetObject: the access key ${key.accessKeyId} is inactive`)
    expect(said.find((text) => text.startsWith('ana sqs'))).toContain('NoQueues')
    expect(said).toHaveLength(3)
  })

  it('tell of other accounts that take a role which the plan closes to them', () => {
    const after = structuredClone(snapshot)
    const role = after.roles.find(({ roleName }) => roleName === 'vendor')!
    role.trustPolicy = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::999988887777:root' },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'sts:ExternalId': 'x1' } },
        },
      ],
    }
    const takes = call({
      principal: null,
      principalAccount: '999988887777',
      action: 'sts:AssumeRole',
      resources: [role.arn],
    })
    const summary = replayCalls(snapshot, after, [takes])
    expect(summary.unsure).toMatchObject([
      { principal: 'account 999988887777', because: expect.stringContaining('sts:ExternalId') },
    ])
    // whoever it was may be the one that is left; a pattern of names does not mean somebody of no name
    for (const AWS of ['arn:aws:iam::999988887777:role/ci', 'arn:aws:iam::999988887777:user/a']) {
      role.trustPolicy = {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }],
      }
      expect(replayCalls(snapshot, after, [takes]).unsure).toMatchObject([{ because: 'who called is not known' }])
    }
    role.trustPolicy = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: '*',
          Action: 'sts:AssumeRole',
          Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::999988887777:user/a*' } },
        },
      ],
    }
    expect(replayCalls(snapshot, after, [takes]).unsure).toHaveLength(1)
    role.trustPolicy = { Version: '2012-10-17', Statement: [] }
    expect(replayCalls(snapshot, after, [takes]).denied).toHaveLength(1)
  })
})
