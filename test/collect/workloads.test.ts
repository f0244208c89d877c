/** What runs with roles, read over HTTP with the unmodified SDK: every fault is a gap of its own. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AwsSession, openSession } from '../../src/aws/session.ts'
import { nothingTold, type Told } from '../../src/collect/assemble.ts'
import { collect } from '../../src/collect/collect.ts'
import { AuthorizationDetails } from '../../src/collect/iam/authorization-details.ts'
import { Ledger } from '../../src/collect/ledger.ts'
import { Run } from '../../src/collect/run.ts'
import { collectWorkloads, WORKLOAD_CALLS } from '../../src/collect/workloads/collect-workloads.ts'
import { knowledgeOf } from '../../src/model/facts.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { addAccount, addRole, newWorld, serviceTrust } from '../../src/sandbox/state.ts'
import { addFunction, addStateMachine } from '../../src/sandbox/workloads.ts'
import { addWorkloads } from './made-up-workloads.ts'

const REGION = 'us-east-1'
const ACCOUNT = '111122223333'
const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`

/** The sandbox's own user has it. */
const ADMINISTRATOR = [
  {
    policyName: 'AdministratorAccess',
    document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
  },
]

let sandbox: Sandbox
let session: AwsSession
beforeAll(async () => {
  const world = newWorld({ seed: 5, awsManagedPolicies: ADMINISTRATOR })
  const account = addAccount(world, { accountId: ACCOUNT })
  addWorkloads(world, account, REGION)
  sandbox = await startSandbox({ world })
  session = await openSessionTo(sandbox)
})
beforeEach(() => {
  sandbox.setFaults([])
  sandbox.resetCalls()
})
afterAll(async () => {
  session.close()
  await sandbox.close()
})

function openSessionTo({ endpoint, region, accessKeyId, secretAccessKey }: Sandbox): Promise<AwsSession> {
  const credentials = { accessKeyId, secretAccessKey }
  return openSession({ endpointUrl: endpoint, region, credentials, userAgent: 'keyreeve/0.0.0', maxAttempts: 2 })
}

/** Only the workloads; nothing is known of the roles. */
async function read(regions = [REGION], details: Told['details'] = null, from = session) {
  const ledger = new Ledger(() => '2026-11-01T00:00:00Z')
  if (details) ledger.read('iam:GetAccountAuthorizationDetails')
  const run = new Run({
    session: from,
    ledger,
    concurrency: 8,
    abortSignal: undefined,
    onAsked: () => {},
    onPlanned: () => {},
  })
  const told = nothingTold({
    toolVersion: '0.0.0',
    accountId: ACCOUNT,
    partition: 'aws',
    callerArn: null,
    collectedAt: '2026-11-01T00:00:00Z',
    collectedAtFrom: 'clock',
  })
  told.details = details
  await collectWorkloads(run, told, regions)
  return { workloads: told.workloads!, coverage: ledger.lines }
}

function detailsWith(...trustPolicies: unknown[]): AuthorizationDetails {
  const details = new AuthorizationDetails()
  details.add({
    RoleDetailList: trustPolicies.map((AssumeRolePolicyDocument, i) => ({
      Arn: role(`r${i}`),
      RoleName: `r${i}`,
      RoleId: `AROA${i}`,
      Path: '/',
      AssumeRolePolicyDocument,
    })),
  })
  return details
}

describe('without a fault', () => {
  it('every kind is read with its roles, and nothing of what it runs', async () => {
    const { workloads, coverage } = await collect(session, { toolVersion: '0.0.0', regions: [REGION] })
    expect(coverage.filter(({ status }) => status !== 'read' && status !== 'absent')).toEqual([])
    const told = workloads!.map(({ kind, name, roleArns, features }) => [kind, name, roleArns, features])
    const tasks = role('for-ecs-tasks')
    const sagemaker = role('for-sagemaker')
    expect(told).toEqual([
      ['amplify-app', 'site', [role('for-amplify')], []],
      ['app-runner-service', 'shop', [role('for-tasks.apprunner')], []],
      // of revisions with the same role the newest
      ['batch-job-definition', 'nightly', [tasks], []],
      ['build-project', 'release', [role('for-codebuild')], []],
      ['container-service', 'shop', [tasks], ['execute-command']],
      // two tasks that are alike
      ['container-task', 'service:shop', [tasks], ['execute-command']],
      ['glue-dev-endpoint', 'dev', [role('for-glue')], []],
      ['glue-job', 'load', [role('for-glue')], []],
      ['glue-session', 's-1', [role('for-glue')], []],
      ['lambda-function', 'report', [role('for-lambda')], []],
      ['launch-template', 'web', [role('web')], []],
      ['managed-instance', 'mi-0123456789abcdef0', [role('for-ssm')], ['running']],
      ['notebook-instance', 'research', [sagemaker], ['lifecycle-config', 'running']],
      ['stack', 'network', [role('for-cloudformation')], []],
      ['stack-set', 'baseline', [role('for-cloudformation-2')], []],
      ['state-machine', 'orders', [role('for-states')], []],
      ['studio-domain', 'lab', [sagemaker], []],
      // without a role of its own
      ['studio-user-profile', 'anna', [sagemaker], []],
      ['task-definition', 'shop', [tasks], []],
      ['task-definition', 'shop', [], []],
    ])
    expect(workloads!.find(({ kind }) => kind === 'batch-job-definition')!.arn).toMatch(/:job-definition\/nightly:2$/)
  })

  it('one call a source and region tells that there is nothing', async () => {
    await read(['eu-west-1'])
    const { total } = sandbox.calls()
    // lists alone: what they name is asked about
    expect(total).toBe(
      WORKLOAD_CALLS.filter(({ operation }) =>
        /^(List|GetJobs|GetDev)|Describe(Stacks|Job|Inst|Launch)/.test(operation),
      ).length - 2,
    )
  })

  it('a service that no role trusts is not asked, and the ledger says why', async () => {
    const { workloads, coverage } = await read([REGION], detailsWith(serviceTrust('lambda.amazonaws.com')))
    expect(workloads.map(({ kind }) => kind)).toEqual(['lambda-function'])
    expect(Object.keys(sandbox.calls().counts)).toEqual(['lambda:ListFunctions'])
    expect(coverage.find(({ source }) => source === 'glue:GetJobs')).toMatchObject({
      status: 'read',
      detail: 'not asked: no role trusts glue, so nothing there can run with one',
    })
  })

  it.each([
    ['a regional name', serviceTrust('states.eu-west-1.amazonaws.com'), 'states:ListStateMachines'],
    ['a policy that is no JSON', '{', 'glue:GetJobs'],
    ['capitals', serviceTrust('CodeBuild.amazonaws.com'), 'codebuild:ListProjects'],
  ])('%s in a trust policy counts', async (_, trust, call) => {
    await read([REGION], detailsWith(trust))
    expect(sandbox.calls().counts).toHaveProperty([call])
  })

  it('can be left out', async () => {
    const snapshot = await collect(session, { toolVersion: '0.0.0', regions: [REGION], workloads: false })
    expect(snapshot).not.toHaveProperty('workloads')
    expect(snapshot.complete).toBe(true)
    expect(knowledgeOf('functions', snapshot)).toMatchObject({ known: 'none', notAsked: true })
    expect(Object.keys(sandbox.calls().counts).filter((call) => call.startsWith('lambda:'))).toEqual([])
  })
})

const LISTS = WORKLOAD_CALLS.filter(({ operation }) =>
  /^(List|GetJobs|GetDev)|Describe(Stacks|Job|Inst|Launch)/.test(operation),
)
const DETAILS = WORKLOAD_CALLS.filter((call) => !LISTS.includes(call))
/** Every other one, so that half of them go on. */
const half = (calls: typeof LISTS, rest: number) => calls.filter((_, i) => i % 2 === rest)

describe.each(['deny', 'throttle', 'error', 'cut', 'truncate'])('%s', (kind) => {
  const expected = { deny: 'denied', throttle: 'throttled' }[kind] ?? 'truncated'

  it.each([
    ['these lists', half(LISTS, 0)],
    ['the other lists', half(LISTS, 1)],
    ['what is asked about each', half(DETAILS, 0)],
    ['what else is asked about each', half(DETAILS, 1)],
  ])('at %s is a gap that says so, in its region', async (_, struck) => {
    const sources = struck.map(({ source }) => source)
    sandbox.setFaults(sources.map((source) => `${kind}:${source}`))
    const { workloads, coverage } = await read()
    const gaps = coverage.filter(({ status }) => status !== 'read')
    for (const gap of gaps)
      expect(gap).toMatchObject({ source: expect.stringMatching(sources.join('|')), region: REGION })
    // a thing that was not listed is not asked about
    const asked = sources.filter((source) =>
      coverage.some((line) => line.source === source && line.detail !== '0 clusters'),
    )
    for (const source of asked)
      expect(
        gaps.filter((gap) => gap.source === source).map(({ status }) => status),
        source,
      ).toContain(expected)
    expect(asked.length).toBeGreaterThan(sources.length - 3)
    // what has nothing to do with it was read all the same
    const lists = LISTS.filter((call) => !struck.includes(call)).map(({ source }) => source)
    for (const source of lists)
      expect(coverage.find((line) => line.source === source)).toMatchObject({ status: 'read' })
    expect(workloads.length).toBeGreaterThan(4)
  })
})

describe('many', () => {
  let large: Sandbox
  beforeAll(async () => {
    const world = newWorld({ seed: 6, awsManagedPolicies: ADMINISTRATOR })
    const account = addAccount(world, { accountId: ACCOUNT })
    const { arn } = addRole(world, account, 'worker')
    for (let i = 0; i < 120; i++) addFunction(world, account, REGION, `f-${i}`, { Role: arn })
    for (let i = 0; i < 1_003; i++) addStateMachine(world, account, REGION, `m-${i}`, { roleArn: arn })
    large = await startSandbox({ world })
  })
  afterAll(() => large.close())

  it('pages are followed, and what is asked one by one has an end', async () => {
    const visitor = await openSessionTo(large)
    const { workloads, coverage } = await read(
      [REGION],
      detailsWith(serviceTrust('lambda.amazonaws.com'), serviceTrust('states.amazonaws.com')),
      visitor,
    )
    visitor.close()
    const count = (kind: string) => workloads.filter((workload) => workload.kind === kind).length
    expect(count('lambda-function')).toBe(120)
    expect(count('state-machine')).toBe(1_000)
    expect(coverage.find(({ status }) => status === 'truncated')).toMatchObject({
      source: 'states:DescribeStateMachine',
      region: REGION,
      detail: '3 more state machines not asked about',
    })
  })

  it('a cut list keeps its first pages', async () => {
    large.setFaults(['cut:lambda:ListFunctions:after=1'])
    const visitor = await openSessionTo(large)
    const { workloads, coverage } = await read([REGION], detailsWith(serviceTrust('lambda.amazonaws.com')), visitor)
    visitor.close()
    expect(workloads).toHaveLength(50)
    expect(coverage.find(({ status }) => status === 'truncated')!.detail).toMatch(/after 1 page$/)
  })

  it('where a service is not offered is one line', async () => {
    const regions = ['eu-north-1', 'eu-west-1', 'eu-west-2']
    const stub = {
      region: REGION,
      call: async () => {
        throw Object.assign(new Error('x'), { name: 'UnknownOperationException' })
      },
    } as unknown as AwsSession
    const { coverage } = await read(regions, detailsWith(serviceTrust('lambda.amazonaws.com')), stub)
    expect(coverage.filter(({ source }) => source === 'lambda:ListFunctions')).toMatchObject([
      { status: 'unsupported', region: null, detail: 'in eu-north-1, eu-west-1, eu-west-2' },
    ])
  })
})
