/** Every kind of step, carried out and taken back. */
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { audit } from '../../../src/audit.ts'
import { failureOf } from '../../../src/aws/failure.ts'
import { type AwsSession, openSession } from '../../../src/aws/session.ts'
import { rootCall } from '../../../src/cli/plans.ts'
import { collect } from '../../../src/collect/collect.ts'
import { type ApplyContext, applyPlan, type Call, STOPS, undoPlan } from '../../../src/fix/apply/apply.ts'
import { Journal } from '../../../src/fix/apply/journal.ts'
import { type Outcome, type Plan, STEP_KINDS, type Step } from '../../../src/model/plan.ts'
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts'
import {
  type Account,
  addAccessKey,
  addAccount,
  addOrganization,
  addRole,
  addUser,
  joinOrganization,
  type World,
} from '../../../src/sandbox/state.ts'
import { ago, DAY, neglectedAccount, planNow, planOf, stateOf } from '../neglected-account.ts'
import { Changes, diskFull, Killed, type Run, type Scenario, type Stage } from './scenario.ts'

const RUNNER = 'plan-runner'

interface Setting {
  world: World
  account: Account
  /** The account that the calls are made from. */
  caller: Account
  sandbox: Sandbox
}

const ALL = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }

async function setting(isRoots = false): Promise<Setting> {
  const { world, account } = neglectedAccount()
  const caller = isRoots ? managed(world, account) : account
  addRole(world, caller, RUNNER, {
    inlinePolicies: { all: ALL },
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: caller.accountId }, Action: 'sts:AssumeRole' }],
    },
  })
  const sandbox = await startSandbox({ world, settings: { credentialReportDelayMs: 0 } })
  return { world, account, caller, sandbox }
}

/** As a member of an organization, and with a key of root. @returns the management account */
function managed(world: World, account: Account): Account {
  addAccessKey(world, account, null, {
    createDate: ago(800),
    lastUsed: { date: ago(700), service: 's3', region: 'us-east-1' },
  })
  const management = addAccount(world, { accountId: '999988887777' })
  addOrganization(world, management).features.add('RootSessions')
  joinOrganization(world, account, { name: 'neglected' })
  return management
}

async function sessionOf({
  endpoint: endpointUrl,
  region,
  accessKeyId,
  secretAccessKey,
}: Sandbox): Promise<AwsSession> {
  const credentials = { accessKeyId, secretAccessKey }
  return openSession({ endpointUrl, region, credentials, userAgent: 'keyreeve-faults/0', maxAttempts: 1 })
}

/** One scenario for each kind of step that the neglected account has, and one for taking it back. */
export async function planScenarios(): Promise<Scenario[]> {
  const [plan, ofRoot] = [await planOfNeglected(), await planOfRootKey()]
  return STEP_KINDS.flatMap((kind) => {
    const step = [...plan.steps, ...ofRoot.steps].find((it) => it.kind === kind)
    if (!step) return []
    if (step.session) return [{ name: kind, prepare: () => stageOf({ ...ofRoot, steps: [step] }, 'apply') }]
    const part = { ...plan, steps: withBefore(step, plan) }
    const forward: Scenario = { name: kind, prepare: () => stageOf(part, 'apply') }
    return step.undo ? [forward, { name: `undo ${kind}`, prepare: () => stageOf(part, 'undo') }] : [forward]
  })
}

async function planOfNeglected(): Promise<Plan> {
  const { sandbox } = await setting()
  const session = await sessionOf(sandbox)
  const plan = await planNow(session)
  session.close()
  await sandbox.close()
  return plan
}

/** Read with credentials of the account, and root's keys with those of the management account. */
async function planOfRootKey(): Promise<Plan> {
  const { sandbox, world, account } = await setting(true)
  const management = await sessionOf(sandbox)
  const reader = addUser(world, account, 'reader', { inlinePolicies: { all: ALL } })
  const session = management.withCredentials(addAccessKey(world, account, reader))
  const snapshot = await collect(session, { toolVersion: '0.0.0', workloads: false, management })
  management.close()
  await sandbox.close()
  const audited = audit([snapshot], { tool: { name: 'keyreeve', version: '0.0.0' } })
  const findings = audited.findings.filter(({ check }) => check === 'root-access-key')
  return planOf({ ...audited, snapshot, findings })
}

const isRoots = ({ steps }: Plan): boolean => steps.every(({ session }) => session !== null)

/** A step with those that it waits for. */
function withBefore(step: Step, plan: Plan): Step[] {
  const before = step.waitsFor.flatMap(({ step: id }) => withBefore(plan.steps.find((it) => it.id === id)!, plan))
  return [...before, step]
}

/** States of the account by how many steps are done, worked out once for each plan. */
const states = new WeakMap<Plan, Promise<unknown[]>>()

function statesOf(plan: Plan): Promise<unknown[]> {
  let known = states.get(plan)
  if (!known) {
    known = onWay(plan)
    states.set(plan, known)
  }
  return known
}

async function onWay(plan: Plan): Promise<unknown[]> {
  const stage = new PlanStage(plan, 'apply', await setting(isRoots(plan)))
  try {
    const found: unknown[] = [stateOf(stage.account)]
    for (const step of plan.steps) {
      await stage.only(step)
      found.push(stateOf(stage.account))
    }
    return found
  } finally {
    await stage.close()
  }
}

async function stageOf(plan: Plan, way: 'apply' | 'undo'): Promise<Stage> {
  const expected = await statesOf(plan)
  const stage = new PlanStage(plan, way, await setting(isRoots(plan)), expected)
  if (way === 'undo') await stage.applied()
  return stage
}

class PlanStage implements Stage {
  readonly calls = /^iam:|^sts:AssumeRoot$/
  readonly sandbox: Sandbox
  readonly account: Account
  readonly #world: World
  readonly #caller: Account
  readonly #keys: number
  readonly #plan: Plan
  readonly #way: 'apply' | 'undo'
  readonly #expected: readonly unknown[]
  readonly #folder = mkdtempSync(join(tmpdir(), 'keyreeve-faults-'))
  #clock = Date.now()
  #session: AwsSession | undefined
  #last: readonly Outcome[] = []
  /** Whether the last run came to an end, with or without success. */
  #ended = true
  /** Since the disk was full. */
  #changes: Changes | null = null

  constructor(
    plan: Plan,
    way: 'apply' | 'undo',
    { world, account, caller, sandbox }: Setting,
    expected: readonly unknown[] = [],
  ) {
    this.#caller = caller
    this.#keys = keysOf(account)
    this.#plan = plan
    this.#way = way
    this.#world = world
    this.account = account
    this.sandbox = sandbox
    this.#expected = expected
  }

  async applied(): Promise<void> {
    await this.#runs('apply', {})
  }

  async only(step: Step): Promise<void> {
    this.#clock += 15 * DAY
    await this.#withContext({}, (context) => applyPlan(this.#plan, context, new Set([step.id])))
  }

  async run(run: Run = {}): Promise<string> {
    this.#ended = false
    this.#last = []
    this.#changes = null
    this.#last = await this.#runs(this.#way, run)
    this.#ended = true
    // to take back what cannot be is refused, and that is that
    const final = new Set(this.#plan.steps.filter(({ undo }) => undo === null).map(({ id }) => id))
    const stopped = this.#last.find(
      ({ step, outcome }) => STOPS.has(outcome) && !(this.#way === 'undo' && final.has(step)),
    )
    return stopped?.outcome ?? 'done'
  }

  /** A plan is run again on the day on which a step has waited long enough. */
  async #runs(way: 'apply' | 'undo', run: Run): Promise<Outcome[]> {
    return this.#withContext(run, async (context) => {
      for (;;) {
        const outcomes = await (way === 'apply' ? applyPlan : undoPlan)(this.#plan, context)
        if (outcomes.some(({ outcome }) => STOPS.has(outcome)) || outcomes.every(({ outcome }) => outcome !== 'waits'))
          return outcomes
        this.#clock += 15 * DAY
      }
    })
  }

  async #withContext<T>(
    { killedAt, torn, fullAt, expireAt, renewable }: Run,
    work: (context: ApplyContext) => Promise<T>,
  ): Promise<T> {
    this.#session ??= await sessionOf(this.sandbox)
    const session = this.#session
    const path = join(this.#folder, 'plan.journal')
    const journal = new Journal(path)
    let lines = 0
    const add = journal.add.bind(journal)
    journal.add = (entry) => {
      if (fullAt !== undefined && lines + 1 >= fullAt) {
        this.#changes ??= new Changes(this.sandbox)
        throw diskFull()
      }
      if (++lines === killedAt) {
        if (torn) appendFileSync(path, JSON.stringify(entry).slice(0, -5))
        throw new Killed('killed')
      }
      add(entry)
    }
    // temporary credentials only where they are to end: asking for them is a call
    let ends = expireAt
    let runner = expireAt === undefined ? session : await this.#newRunner(session)
    const about = (call: string) => {
      if (ends !== call) return
      ends = undefined
      for (const made of this.#world.sessions.values()) made.expiration = new Date(0)
    }
    const context: ApplyContext = {
      journal,
      async callFor({ session: root }) {
        if (root) about('sts:AssumeRoot')
        const own: Call = root
          ? await rootCall(runner, root)
          : (operation, input) => runner.call('iam', operation, input)
        return async (operation, input) => {
          about(`iam:${operation}`)
          return own(operation, input)
        }
      },
      ...(renewable && {
        renew: async () => {
          runner = await this.#newRunner(session)
          return true
        },
      }),
      now: () => new Date(this.#clock),
      sleep: async (ms) => {
        this.#clock += ms
      },
      failureOf,
      patienceMs: 5_000,
    }
    try {
      return await work(context)
    } finally {
      journal.close()
    }
  }

  async #newRunner(session: AwsSession): Promise<AwsSession> {
    const RoleArn = `arn:aws:iam::${this.#caller.accountId}:role/${RUNNER}`
    const { Credentials } = await session.call('sts', 'AssumeRole', { RoleArn, RoleSessionName: 'faults' })
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials as Record<string, string>
    return session.withCredentials({
      accessKeyId: AccessKeyId!,
      secretAccessKey: SecretAccessKey!,
      sessionToken: SessionToken!,
    })
  }

  async check(when: 'stopped' | 'settled'): Promise<string | null> {
    const safety = this.#safety()
    if (safety) return safety
    const blind = this.#changes?.made ?? []
    if (blind.length > 0) return `it went on without a journal: ${blind.join(', ')}`
    const now = JSON.stringify(stateOf(this.account))
    const expected = this.#expected.map((state) => JSON.stringify(state))
    if (when === 'settled') {
      const wanted = this.#way === 'apply' ? expected.at(-1) : expected[0]
      return now === wanted ? null : 'the account is not as it is to be'
    }
    // one that refused has changed nothing, or taken it back: the account is at one of the stations
    const refused = this.#ended && this.#last.some(({ outcome }) => outcome === 'refused')
    if (refused && !expected.includes(now)) return 'it refused, and the account is neither as it was nor as it is to be'
    const done = this.#ended && this.#last.every(({ outcome }) => !STOPS.has(outcome))
    return done && !expected.includes(now) ? 'it says that it is done, and it is not' : null
  }

  /** What must hold at any moment: nobody new has a key, and who runs the account still can. */
  #safety(): string | null {
    const { users, groups } = this.account
    for (const user of users.values()) if (user.accessKeys.length > 2) return `${user.userName} has too many keys`
    const keys = keysOf(this.account)
    if (keys > this.#keys) return `there are ${keys} keys, and there were ${this.#keys}`
    const admin = users.get('ana')
    const isAdmin = admin?.groups.some((group) => group === groups.get('admins') && group.attachedPolicies.size > 0)
    return isAdmin && admin?.password ? null : 'the administrator is locked out'
  }

  async close(): Promise<void> {
    this.#session?.close()
    await this.sandbox.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function keysOf({ root, users }: Account): number {
  return [root, ...users.values()].flatMap(({ accessKeys }) => accessKeys).length
}
