/** Collecting over HTTP, with the unmodified SDK, from an AWS that misbehaves: every fault is a gap, none is a crash. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AwsSession, openSession } from '../../src/aws/session.ts'
import { type CollectOptions, collect } from '../../src/collect/collect.ts'
import { ALL_CALLS } from '../../src/collect/permissions.ts'
import { WORKLOAD_CALLS } from '../../src/collect/workloads/collect-workloads.ts'
import type { Snapshot } from '../../src/model/snapshot.ts'
import { generatedAccount } from '../../src/sandbox/example/generated-account.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import {
  addAccessKey,
  addAccount,
  addMfaDevice,
  addOidcProvider,
  addOrganization,
  addOrganizationalUnit,
  addRole,
  addTrail,
  addUser,
  newPassword,
  newWorld,
  setPasswordPolicy,
} from '../../src/sandbox/state.ts'
import { addWorkloads } from './made-up-workloads.ts'

/** A management account with one of everything that is asked about one by one. */
function world() {
  const world = newWorld({
    seed: 3,
    awsManagedPolicies: [
      {
        policyName: 'AdministratorAccess',
        document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
      },
    ],
  })
  const account = addAccount(world, { accountId: '111122223333' })
  const organization = addOrganization(world, account)
  organization.accounts.get(account.accountId)!.parentId = addOrganizationalUnit(world, 'Platform').id
  organization.trustedServices.set('iam.amazonaws.com', new Date())
  for (const name of ['ana', 'ben', 'cleo']) {
    const user = addUser(world, account, name)
    user.password = newPassword(new Date())
    addAccessKey(world, account, user)
    addMfaDevice(world, account, user, { kind: name === 'cleo' ? 'virtual' : 'hardware' })
  }
  setPasswordPolicy(world, account, { minimumPasswordLength: 14 })
  account.alternateContacts.SECURITY = {
    name: 'Sam',
    title: 'On call',
    emailAddress: 's@example.com',
    phoneNumber: '1',
  }
  addRole(world, account, 'app')
  addOidcProvider(world, account, 'token.actions.githubusercontent.com')
  addTrail(world, account, 'us-east-1', 'main', { isMultiRegionTrail: true })
  addWorkloads(world, account, 'us-east-1')
  return world
}

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ world: world() })
})
afterAll(() => sandbox.close())

async function open(of: Sandbox, abortSignal?: AbortSignal): Promise<AwsSession> {
  const { endpoint, region, accessKeyId, secretAccessKey } = of
  return openSession({
    endpointUrl: endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    userAgent: 'keyreeve/0.0.0',
    maxAttempts: 2,
    ...(abortSignal ? { abortSignal } : {}),
  })
}

async function collectFrom(of: Sandbox, options: Partial<CollectOptions> = {}): Promise<Snapshot> {
  const session = await open(of, options.abortSignal)
  try {
    return await collect(session, { toolVersion: '0.0.0', regions: ['us-east-1'], sshKeys: true, ...options })
  } finally {
    session.close()
  }
}

const gapsOf = ({ coverage }: Snapshot, source: string) =>
  coverage.filter((line) => line.source === source && line.status !== 'read' && line.status !== 'absent')

/** Made by another session, of the management account, for a member: test/fix/root-keys.test.ts has both. */
const FROM_ELSEWHERE = 'sts:AssumeRoot'

describe('without a fault', () => {
  it('everything is read, and every call that the policy allows was made', async () => {
    sandbox.setFaults([])
    sandbox.resetCalls()
    const snapshot = await collectFrom(sandbox)
    expect(snapshot.coverage.filter(({ status }) => status !== 'read' && status !== 'absent')).toEqual([])
    expect(snapshot.complete).toBe(true)
    expect(snapshot.organization!.path!.map(({ name, type }) => [name, type])).toEqual([
      ['Root', 'root'],
      ['Platform', 'organizational-unit'],
      ['111122223333', 'account'],
    ])
    expect(snapshot.mfaDevices.map(({ kind }) => kind).sort()).toEqual(['hardware', 'hardware', 'virtual'])
    expect(snapshot.oidcProviders).toMatchObject([{ clientIds: ['sts.amazonaws.com'] }])
    const made = new Set(Object.keys(sandbox.calls().counts).map((call) => call.split(':')[1]))
    for (const { source, operation } of ALL_CALLS)
      if (source !== FROM_ELSEWHERE) expect(made, operation).toContain(operation)
  })
})

describe.each(['deny', 'throttle', 'error', 'cut', 'truncate'])('%s', (kind) => {
  const expected = { deny: 'denied', throttle: 'throttled' }[kind] ?? 'truncated'

  // those of workloads have a test of their own
  const calls = ALL_CALLS.filter((call) => !WORKLOAD_CALLS.includes(call) && call.source !== FROM_ELSEWHERE)

  it.each(calls.map(({ source }) => source))('at %s is a gap that says so', async (source) => {
    sandbox.setFaults([`${kind}:${source}`])
    const snapshot = await collectFrom(sandbox, { workloads: false })
    const statuses = gapsOf(snapshot, source).map(({ status }) => status)
    expect(statuses).toContain(expected)
    expect(snapshot.complete).toBe(false)
    // What has nothing to do with it was read all the same.
    if (!source.startsWith('iam:Get')) expect(snapshot.users).toHaveLength(4)
    if (source !== 'ec2:DescribeInstances') expect(gapsOf(snapshot, 'ec2:DescribeInstances')).toEqual([])
  })
})

describe('at the first call', () => {
  it.each([
    ['deny', 'credentials', /^AWS denies every call with these credentials/],
    ['throttle', 'aws', /^AWS does not answer as it should \(Throttling\)$/],
    ['cut', 'aws', /^AWS cannot be reached/],
    ['truncate', 'aws', /^AWS/],
  ])('%s is one clear line', async (kind, code, message) => {
    sandbox.setFaults([`${kind}:sts:GetCallerIdentity`])
    await expect(collectFrom(sandbox)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('a wrong secret is one clear line', async () => {
    sandbox.setFaults([])
    await expect(collectFrom({ ...sandbox, secretAccessKey: 'wrong' })).rejects.toMatchObject({
      code: 'credentials',
      message: 'the AWS credentials are not valid (SignatureDoesNotMatch)',
    })
    await expect(collectFrom({ ...sandbox, endpoint: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'aws',
      message: 'AWS cannot be reached at http://127.0.0.1:9 (ECONNREFUSED)',
    })
  })
})

describe('a large account', () => {
  let large: Sandbox
  beforeAll(async () => {
    large = await startSandbox({ world: generatedAccount({ now: new Date(), users: 1_200 }) })
  })
  afterAll(() => large.close())

  it('is read in its few calls', async () => {
    const session = await open(large)
    const snapshot = await collect(session, { toolVersion: '0.0.0', regions: ['us-east-1'] })
    const { users, roles, groups, policies, accessKeys, mfaDevices } = snapshot
    const iamCalls = [...session.calls]
      .filter(([call]) => call.startsWith('iam:'))
      .reduce((sum, [, count]) => sum + count, 0)
    session.close()
    const entities = users.length + roles.length + groups.length + policies.length
    const withKeys = new Set(accessKeys.map(({ userName }) => userName)).size
    const withoutVirtual = new Set(mfaDevices.filter(({ kind }) => kind !== 'virtual').map(({ userName }) => userName))
      .size
    expect(users.length).toBeGreaterThan(1_199)
    expect(iamCalls).toBeLessThanOrEqual(Math.ceil(entities / 1_000) + 16 + withKeys + withoutVirtual)
    expect(snapshot.complete).toBe(true)
  })

  it('whose second page is cut keeps the first', async () => {
    large.setFaults(['cut:iam:GetAccountAuthorizationDetails:after=1'])
    const snapshot = await collectFrom(large, { sshKeys: false })
    expect(snapshot.users.length).toBe(1_000)
    expect(gapsOf(snapshot, 'iam:GetAccountAuthorizationDetails')[0]!.detail).toMatch(
      /^the connection failed \(\w+\) after 1 page$/,
    )
    // Users of the lost pages are known from the report, and so are their keys.
    expect(new Set(snapshot.accessKeys.map(({ userName }) => userName)).size).toBeGreaterThan(0)
  })

  it('that is interrupted keeps what was read, at once', async () => {
    large.setFaults(['delay:iam:ListAccessKeys:ms=100'])
    const stop = new AbortController()
    const started = performance.now()
    const snapshot = await collectFrom(large, {
      sshKeys: false,
      abortSignal: stop.signal,
      onProgress: ({ what }) => what === 'iam:ListAccessKeys' && stop.abort(),
    })
    expect(performance.now() - started).toBeLessThan(20_000)
    expect(snapshot.users.length).toBeGreaterThan(1_199)
    expect(snapshot.complete).toBe(false)
    expect(gapsOf(snapshot, 'iam:ListAccessKeys')[0]!.detail).toMatch(/interrupted$/)
  })
})
