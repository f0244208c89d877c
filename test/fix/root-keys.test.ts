/**
 * Root's keys of a member account: listed and deleted from the management account, by sessions of root for one task.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { audit } from '../../src/audit.ts'
import { type AwsSession, openSession } from '../../src/aws/session.ts'
import { applyContext } from '../../src/cli/plans.ts'
import { rehearse } from '../../src/cli/rehearsal.ts'
import { collect } from '../../src/collect/collect.ts'
import { applyPlan } from '../../src/fix/apply/apply.ts'
import { Journal } from '../../src/fix/apply/journal.ts'
import { makePlan } from '../../src/fix/make-plan.ts'
import { DEFAULT_CONFIG } from '../../src/model/config.ts'
import type { Outcome, Plan } from '../../src/model/plan.ts'
import type { Snapshot } from '../../src/model/snapshot.ts'
import { planText } from '../../src/report/plan.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import {
  type AccessKey,
  type Account,
  addAccessKey,
  addAccount,
  addOrganization,
  addUser,
  joinOrganization,
  newWorld,
  type World,
} from '../../src/sandbox/state.ts'

const DAY = 86_400_000
const ago = (days: number) => new Date(Math.floor((Date.now() - days * DAY) / 1000) * 1000)
const usedAgo = (days: number) => ({ date: ago(days), service: 's3', region: 'us-east-1' })
const ALL = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }

let world: World
let member: Account
let key: AccessKey
let sandbox: Sandbox
let own: AwsSession
let management: AwsSession

beforeEach(async () => {
  world = newWorld({ seed: 5 })
  member = addAccount(world, { accountId: '111122223333', createDate: ago(900) })
  key = addAccessKey(world, member, null, { createDate: ago(800), lastUsed: usedAgo(700) })
  const managing = addAccount(world, { accountId: '999988887777' })
  addOrganization(world, managing)
  joinOrganization(world, member, { name: 'production' })
  world.organization!.features.add('RootCredentialsManagement').add('RootSessions')
  // whoever has a password makes the password policy matter
  addUser(world, member, 'ana', { password: {} })
  const keyIn = (account: Account) =>
    addAccessKey(world, account, addUser(world, account, 'runner', { inlinePolicies: { all: ALL } }))
  const keys = [keyIn(member), keyIn(managing)]
  sandbox = await startSandbox({ world, settings: { credentialReportDelayMs: 0 } })
  ;[own, management] = (await Promise.all(keys.map(sessionWith))) as [AwsSession, AwsSession]
})
afterEach(async () => {
  own.close()
  management.close()
  await sandbox.close()
})

const sessionWith = ({ accessKeyId, secretAccessKey }: AccessKey) =>
  openSession({
    endpointUrl: sandbox.endpoint,
    region: sandbox.region,
    credentials: { accessKeyId, secretAccessKey },
    userAgent: 'keyreeve-test/0',
    maxAttempts: 1,
  })

const read = (withRoot = true): Promise<Snapshot> =>
  collect(own, { toolVersion: '0.0.0', workloads: false, ...(withRoot && { management }) })

const audited = (snapshot: Snapshot) => audit([snapshot], { tool: { name: 'keyreeve', version: '0.0.0' } })

function planOf(snapshot: Snapshot): Plan {
  const { findings, keys } = audited(snapshot)
  return makePlan(
    findings.filter(({ check }) => check === 'root-access-key' || check === 'password-policy-missing'),
    { snapshot, dossiers: keys, thresholds: DEFAULT_CONFIG.thresholds, graceDays: 14 },
  )
}

const aboutRoot = (plan: Plan) => plan.cannot.find(({ check }) => check === 'root-access-key')
const rootSteps = (plan: Plan) => plan.steps.filter(({ kind }) => kind === 'delete-root-key')

async function applied(plan: Plan, by: AwsSession | null, callerAccount = '111122223333'): Promise<Outcome[]> {
  const journal = new Journal(join(mkdtempSync(join(tmpdir(), 'keyreeve-root-')), 'plan.journal'))
  try {
    const accounts = { accountId: plan.accountId, callerAccount, management: by }
    return await applyPlan(plan, {
      ...applyContext(callerAccount === plan.accountId ? own : management, journal, { accounts, patienceMs: 3000 }),
      sleep: async () => undefined,
    })
  } finally {
    journal.close()
  }
}

describe('the ID of a key of root', () => {
  it('is learnt by a session of root’s that may only look, and the plan deletes that key', async () => {
    const plan = planOf(await read())
    expect(rootSteps(plan)).toMatchObject([
      {
        id: `delete-root-key:${key.accessKeyId}`,
        session: { rootOf: '111122223333', task: 'IAMDeleteRootUserCredentials' },
        undo: null,
      },
    ])
    const outcomes = await applied(plan, management)
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'done'])
    expect(member.root.accessKeys).toEqual([])
    const after = await read()
    expect(audited(after).findings.filter(({ check }) => check === 'root-access-key')).toEqual([])
  })

  it('is not known without that, and the plan says how to learn it', async () => {
    const plan = planOf(await read(false))
    expect(rootSteps(plan)).toEqual([])
    expect(aboutRoot(plan)!.because).toContain('is not known')
    expect(aboutRoot(plan)!.byHand!.join()).toContain('--root-keys --management-profile')
  })

  it('is a gap where root sessions are not turned on, and says so', async () => {
    world.organization!.features.delete('RootSessions')
    const snapshot = await read()
    expect(snapshot.coverage.find(({ source }) => source === 'sts:AssumeRoot')).toMatchObject({ status: 'denied' })
    expect(snapshot.complete).toBe(false)
    expect(rootSteps(planOf(snapshot))).toEqual([])
    // the rest was read as ever
    expect(snapshot.users.map(({ userName }) => userName)).toContain('runner')
  })
})

describe('a session of root’s that cannot be had', () => {
  it.each([
    ['deny', 'denied'],
    ['throttle', 'throttled'],
    ['error', 'truncated'],
    ['cut', 'truncated'],
    ['truncate', 'truncated'],
  ])('%s is a gap that says so', async (kind, status) => {
    sandbox.setFaults([`${kind}:sts:AssumeRoot`])
    const snapshot = await read()
    expect(snapshot.coverage.find(({ source }) => source === 'sts:AssumeRoot')).toMatchObject({ status })
    expect(snapshot.complete).toBe(false)
    expect(snapshot.users.map(({ userName }) => userName)).toContain('runner')
  })
})

describe('a key of root', () => {
  it('that is in use is not deleted, for that cannot be taken back', async () => {
    key.lastUsed = usedAgo(2)
    const plan = planOf(await read())
    expect(rootSteps(plan)).toEqual([])
    expect(aboutRoot(plan)!.because).toContain('it was used 2 days before the snapshot')
    expect(aboutRoot(plan)!.byHand!.join('\n')).toContain(`Deactivate ${key.accessKeyId}`)
  })

  it('that is inactive is deleted, whenever it was used', async () => {
    key.status = 'Inactive'
    key.lastUsed = usedAgo(2)
    const plan = planOf(await read())
    expect((await applied(plan, management))[0]).toMatchObject({ outcome: 'done' })
    expect(member.root.accessKeys).toEqual([])
  })

  it('each has its own step', async () => {
    const second = addAccessKey(world, member, null, { createDate: ago(400), lastUsed: usedAgo(1) })
    const plan = planOf(await read())
    expect(rootSteps(plan).map(({ id }) => id)).toEqual([`delete-root-key:${key.accessKeyId}`])
    expect(aboutRoot(plan)!.byHand!.join()).toContain(second.accessKeyId)
  })

  it('that was used since is left alone', async () => {
    const plan = planOf(await read())
    key.lastUsed = usedAgo(0)
    expect((await applied(plan, management))[0]).toMatchObject({ outcome: 'refused' })
    expect(member.root.accessKeys).toHaveLength(1)
  })

  it('that somebody has deleted since was deleted already', async () => {
    const plan = planOf(await read())
    member.root.accessKeys = []
    world.accessKeys.delete(key.accessKeyId)
    expect((await applied(plan, management))[0]).toMatchObject({ outcome: 'already' })
  })

  it('waits for the right credentials, and stops nothing else', async () => {
    const plan = planOf(await read())
    const [root, policy] = await applied(plan, null)
    expect(root).toMatchObject({ outcome: 'waits', for: expect.stringContaining('--management-profile') })
    expect(policy).toMatchObject({ outcome: 'done' })
    expect(member.root.accessKeys).toHaveLength(1)
  })

  it('is deleted with credentials of the management account alone, and the rest waits', async () => {
    const plan = planOf(await read())
    const [root, policy] = await applied(plan, null, '999988887777')
    expect(root).toMatchObject({ outcome: 'done' })
    expect(policy).toMatchObject({ outcome: 'waits', for: 'credentials of account 111122223333' })
    expect(member.passwordPolicy).toBeNull()
  })

  it('is deleted in the rehearsal, which closes the finding', async () => {
    const snapshot = await read()
    const plan = planOf(snapshot)
    const result = await rehearse({
      plan,
      snapshot,
      config: DEFAULT_CONFIG,
      scans: null,
      usage: null,
      trail: join(tmpdir(), 'keyreeve-no-trail'),
    })
    expect(result.steps.map(({ outcome }) => outcome)).toEqual(['done', 'done'])
    expect(result.findings.closed.map(({ check }) => check)).toContain('root-access-key')
    expect(result.findings.promised).toEqual([])
  })
})

describe('where no session of root is to be had', () => {
  it('the plan says what a person does: in the management account', async () => {
    const managing = world.accounts.get('999988887777')!
    addAccessKey(world, managing, null, { createDate: ago(800), lastUsed: usedAgo(700) })
    const plan = planOf(await collect(management, { toolVersion: '0.0.0', workloads: false }))
    const left = aboutRoot(plan)!
    expect(left.because).toContain('no session reaches root of the management account')
    expect(left.byHand!.join('\n')).toMatch(
      /Sign in as root of 999988887777[\s\S]*Deactivate[\s\S]*14 days[\s\S]*Delete/,
    )
    const text = planText(plan, { color: false, width: 80, file: null })
    expect(text).toContain('by hand')
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  // https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-account-root-user.html
  it('in AWS GovCloud (US), where root cannot sign in', async () => {
    world.organization = null
    const left = aboutRoot(planOf({ ...(await read(false)), partition: 'aws-us-gov' }))!
    expect(left.byHand!.join('\n')).toMatch(/Root of 111122223333 cannot sign in[\s\S]*aws iam delete-access-key/)
    expect(left.byHand!.join('\n')).not.toMatch(/Sign in as root|https:/)
  })

  it('and in an account of no organization', async () => {
    world.organization = null
    const left = aboutRoot(planOf(await read(false)))!
    expect(left.because).toContain('in no organization')
    expect(left.byHand!.join()).toContain('Sign in as root of 111122223333')
  })
})
