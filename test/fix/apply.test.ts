/**
 * Plans against the sandbox, which refuses, forgets and breaks off as AWS does. Whatever happens, the account is as it
 * was or as the plan says, and another run goes on from there.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { failureOf } from '../../src/aws/failure.ts'
import { type AwsSession, openSession } from '../../src/aws/session.ts'
import { type ApplyContext, applyPlan, undoPlan } from '../../src/fix/apply/apply.ts'
import { Journal } from '../../src/fix/apply/journal.ts'
import { isUnchanged, makePlan } from '../../src/fix/make-plan.ts'
import { DEFAULT_CONFIG } from '../../src/model/config.ts'
import { KeyreeveError } from '../../src/model/errors.ts'
import { type Plan, planSchema, STEP_KINDS } from '../../src/model/plan.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import type { Account } from '../../src/sandbox/state.ts'
import { ALLOW, auditNow, DAY, NOW, neglectedAccount, planNow, stateOf } from './neglected-account.ts'

let sandbox: Sandbox
let session: AwsSession
let account: Account
let folder: string
let clock: number

beforeEach(async () => {
  const made = neglectedAccount()
  account = made.account
  sandbox = await startSandbox({ world: made.world, settings: { credentialReportDelayMs: 0 } })
  const { endpoint: endpointUrl, region, accessKeyId, secretAccessKey } = sandbox
  session = await openSession({
    endpointUrl,
    region,
    credentials: { accessKeyId, secretAccessKey },
    userAgent: 'keyreeve-test/0',
    maxAttempts: 1,
  })
  folder = mkdtempSync(join(tmpdir(), 'keyreeve-apply-'))
  clock = Date.now()
})
afterEach(async () => {
  session.close()
  await sandbox.close()
})

const journalPath = () => join(folder, 'plan.journal')

/** Runs with a journal that is opened anew, as another process would; time is the test's. */
async function withJournal<T>(run: (context: ApplyContext) => Promise<T>, change: Partial<ApplyContext> = {}) {
  const journal = new Journal(journalPath())
  try {
    return await run({
      journal,
      callFor: async () => (operation, input) => session.call('iam', operation, input),
      now: () => new Date(clock),
      sleep: async (ms) => {
        clock += ms
      },
      failureOf,
      patienceMs: 5_000,
      ...change,
    })
  } finally {
    journal.close()
  }
}

const apply = (plan: Plan, change?: Partial<ApplyContext>) => withJournal((c) => applyPlan(plan, c), change)
const undo = (plan: Plan) => withJournal((c) => undoPlan(plan, c))
const outcomes = (list: { outcome: string }[]) => list.map(({ outcome }) => outcome)

describe('what somebody did since the plan was made', () => {
  const only = (plan: Plan, ...ids: string[]) => withJournal((c) => applyPlan(plan, c, new Set(ids)))

  it('a user or role that was made again under the name is another one, and stays', async () => {
    const plan = await planNow(session)
    const user = account.users.get('gone')!
    user.userId = 'AIDAANOTHERPERSON0000'
    account.roles.get('forgotten')!.roleId = 'AROAANOTHERROLE000000'
    for (const id of ['quarantine-user:gone', 'quarantine-role:forgotten']) {
      const [outcome] = await only(plan, id)
      expect(outcome).toMatchObject({ outcome: 'refused', because: expect.stringContaining('the ID of the') })
    }
    expect(user.inlinePolicies.has('keyreeve-quarantine')).toBe(false)
  })

  it('nor is one removed that got the name while the quarantine lasted', async () => {
    const plan = await planNow(session)
    await only(plan, 'quarantine-user:gone')
    clock += 15 * DAY
    account.users.get('gone')!.userId = 'AIDAANOTHERPERSON0000'
    expect(await only(plan, 'remove-user:gone')).toMatchObject([{ outcome: 'refused' }])
    expect(account.users.has('gone')).toBe(true)
  })

  it('a role that got another policy since keeps its quarantine: it could not be removed whole', async () => {
    const plan = await planNow(session)
    await only(plan, 'quarantine-role:forgotten')
    clock += 15 * DAY
    const role = account.roles.get('forgotten')!
    role.inlinePolicies.set('since', JSON.stringify(ALLOW('s3:*')))
    const [outcome] = await only(plan, 'remove-role:forgotten')
    expect(outcome).toMatchObject({ outcome: 'refused', because: expect.stringContaining('inline-policy since') })
    expect(role.inlinePolicies.has('keyreeve-quarantine')).toBe(true)
  })

  it('a policy that got another version keeps them all', async () => {
    const plan = await planNow(session)
    const { id, subject } = plan.steps.find(({ kind }) => kind === 'delete-policy')!
    const policy = account.policies.get(subject.arn!)!
    await session.call('iam', 'CreatePolicyVersion', {
      PolicyArn: policy.arn,
      PolicyDocument: JSON.stringify(ALLOW('s3:*')),
    })
    const versions = policy.versions.length
    expect(await only(plan, id)).toMatchObject([
      { outcome: 'refused', because: expect.stringContaining('the versions of') },
    ])
    expect(policy.versions).toHaveLength(versions)
  })

  it('who has signed in is not denied everything', async () => {
    const plan = await planNow(session)
    account.users.get('gone')!.password!.lastUsed = new Date()
    expect(await only(plan, 'quarantine-user:gone')).toMatchObject([
      { outcome: 'refused', because: expect.stringContaining('the last sign-in of gone') },
    ])
  })

  it('policies leave no user for a group that has lost them', async () => {
    const plan = await planNow(session)
    const move = plan.steps.find(({ kind }) => kind === 'move-policies-to-group')!
    const before = (step: typeof move) => plan.steps.find(({ id }) => id === step.waitsFor[0]!.step)!
    const create = before(before(move))
    expect(await only(plan, create.id, before(move).id)).toMatchObject([{ outcome: 'done' }, { outcome: 'done' }])
    const made = [...account.groups.values()].find(({ groupName }) => groupName === create.subject.name)!
    made.attachedPolicies.clear()
    const user = account.users.get(move.subject.name!)!
    const policies = [...user.attachedPolicies]
    expect(await only(plan, move.id)).toMatchObject([{ outcome: 'refused' }])
    expect([...user.attachedPolicies]).toEqual(policies)
  })
})

// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
it('a user is seen in the group before a policy leaves it', async () => {
  const plan = await planNow(session)
  for (const move of plan.steps.filter(({ kind }) => kind === 'move-policies-to-group')) {
    expect(new Set(move.operations.map(({ call }) => call))).toEqual(new Set(['iam:DetachUserPolicy']))
    const join = plan.steps.find(({ id }) => id === move.waitsFor[0]!.step)!
    expect(join).toMatchObject({ kind: 'join-group', verify: [{ fact: 'group-member', value: 'present' }] })
  }
})

describe('a plan', () => {
  it('has a step for each kind there is, is valid, and stands on its own digest', async () => {
    const plan = await planNow(session)
    expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan)
    expect(isUnchanged(plan)).toBe(true)
    expect(isUnchanged({ ...plan, accountId: '444455556666' })).toBe(false)
    // root's keys need an organization
    expect(new Set(plan.steps.map(({ kind }) => kind))).toEqual(
      new Set(STEP_KINDS.filter((kind) => kind !== 'delete-root-key')),
    )
  })

  it('leaves alone a key in use, and an administrator that nobody has used', async () => {
    const plan = await planNow(session)
    const reasons = Object.fromEntries(
      plan.cannot.map(({ check, subject, because }) => [`${check} ${subject}`, because]),
    )
    expect(plan.handOvers.map(({ subject }) => subject.name)).toEqual(['half-retired'])
    expect(reasons['user-unused break-glass']).toContain('administrator')
    expect(plan.steps.map(({ id }) => id)).not.toContain('quarantine-user:break-glass')
  })
})

describe('apply', () => {
  it('does what can be done now, waits for the rest, and another run does nothing twice', async () => {
    const plan = await planNow(session)
    const first = await apply(plan)
    expect(new Set(outcomes(first))).toEqual(new Set(['done', 'waits']))
    const after = stateOf(account)
    sandbox.resetCalls()
    const second = await apply(plan)
    expect(new Set(outcomes(second))).toEqual(new Set(['was-done', 'waits']))
    expect(sandbox.calls().total).toBe(0)
    clock += 15 * DAY
    const third = await apply(plan)
    expect(new Set(outcomes(third))).toEqual(new Set(['was-done', 'done']))
    expect(stateOf(account)).not.toEqual(after)
    expect(account.roles.has('forgotten')).toBe(false)
    expect(account.users.has('idle-bot')).toBe(false)
  })

  it('is taken back to what was before, the last step first', async () => {
    const before = stateOf(account)
    const plan = await planNow(session)
    const gone = new Set(plan.steps.filter((step) => step.undo === null).map(({ id }) => id))
    const only = new Set(plan.steps.map(({ id }) => id).filter((id) => !gone.has(id)))
    await withJournal((context) => applyPlan(plan, context, only))
    expect(stateOf(account)).not.toEqual(before)
    expect(new Set(outcomes(await undo(plan)))).toEqual(new Set(['undone']))
    expect(stateOf(account)).toEqual(before)
  })

  it('refuses where somebody has changed something since, and changes nothing', async () => {
    const plan = await planNow(session)
    const key = account.users.get('idle-bot')!.accessKeys[0]!
    key.lastUsed = { date: new Date(NOW.getTime() - 1000), service: 's3', region: 'eu-west-1' }
    const before = stateOf(account)
    const [outcome] = await apply(plan)
    expect(outcome).toMatchObject({ outcome: 'refused' })
    expect((outcome as { because: string }).because).toContain('the last use of')
    expect(stateOf(account)).toEqual(before)
  })

  it('leaves as it is what was so already, and does not take that back', async () => {
    const plan = await planNow(session)
    const [step] = plan.steps.filter(({ kind }) => kind === 'deactivate-key')
    account.users.get('idle-bot')!.accessKeys[0]!.status = 'Inactive'
    const only = new Set([step!.id])
    const done = await withJournal((context) => applyPlan(plan, context, only))
    expect(outcomes(done)).toEqual(['already'])
    expect(outcomes(await undo(plan))).toEqual(['refused'])
    expect(account.users.get('idle-bot')!.accessKeys[0]!.status).toBe('Inactive')
  })

  it('a plan with a call or a fact that none of ours has is refused', async () => {
    const plan = await planNow(session)
    const [step] = plan.steps
    const wicked = { ...step!, operations: [{ call: 'iam:CreateAccessKey', input: {} }] }
    await expect(apply({ ...plan, steps: [wicked] })).rejects.toThrow('is no call that a plan makes')
    const strange = { ...step!, verify: [{ fact: 'constructor', of: {}, value: '' }] }
    await expect(apply({ ...plan, steps: [strange] })).rejects.toThrow('is no fact')
  })
})

describe('whatever goes wrong', () => {
  const FAULTS = {
    denied: (call: string) => `deny:iam:${call}`,
    'failed before it took effect': (call: string) => `error:iam:${call}:times=1`,
    'failed after it took effect': (call: string) => `error:iam:${call}:times=1:when=after`,
    'cut off before it took effect': (call: string) => `cut:iam:${call}:times=1`,
    'cut off after it took effect': (call: string) => `cut:iam:${call}:times=1:when=after`,
    throttled: (call: string) => `throttle:iam:${call}:times=1`,
  }

  it.each(Object.entries(FAULTS))('every call %s: old state or new, and the next run goes on', async (name, rule) => {
    const plan = await planNow(session)
    const calls = new Set(plan.steps.flatMap(({ operations }) => operations.map(({ call }) => call.slice(4))))
    // the first run meets the fault at one call after the other; between two, everything is as it was or is resumed
    for (const call of calls) {
      const before = stateOf(account)
      sandbox.setFaults([rule(call)])
      const met = await apply(plan)
      const stopped = met.at(-1)!
      if (stopped.outcome === 'refused') {
        const step = plan.steps.find(({ id }) => id === stopped.step)!
        expect(step.operations.map((operation) => operation.call)).toContain(`iam:${call}`)
        if (met.every(({ outcome }) => outcome !== 'done')) expect(stateOf(account), `${name} ${call}`).toEqual(before)
      }
      sandbox.setFaults([])
    }
    const last = await apply(plan)

    for (const { outcome } of last) expect(['was-done', 'done', 'waits', 'already']).toContain(outcome)
    clock += 15 * DAY
    for (const { outcome } of await apply(plan)) expect(['was-done', 'done', 'already']).toContain(outcome)
    expect(account.users.has('idle-bot')).toBe(false)
  })

  it('a crash at every line of the journal: the next run ends where one without crashes ends', async () => {
    const whole = await planNow(session)
    // one call, several calls, and one after the other
    const group = whole.steps.find(({ kind, id }) => kind === 'create-group' && id.includes('with-'))!
    const steps = whole.steps.filter(
      ({ id, kind, waitsFor }) => kind === 'deactivate-key' || id === group.id || waitsFor[0]?.step === group.id,
    )
    const plan = { ...whole, steps }
    const before = stateOf(account)
    expect(new Set(outcomes(await apply(plan)))).toEqual(new Set(['done']))
    const wanted = stateOf(account)
    const lines = readFileSync(journalPath(), 'utf8').trimEnd().split('\n').length
    await undo(plan)
    expect(stateOf(account)).toEqual(before)
    for (let crashAt = 1; crashAt < lines; crashAt++) {
      writeFileSync(journalPath(), '')
      await expect(apply(plan, crashingAfter(crashAt))).rejects.toThrow('killed')
      for (const { outcome } of await apply(plan)) expect(['was-done', 'done']).toContain(outcome)
      expect(stateOf(account), `killed at line ${crashAt}`).toEqual(wanted)
      await undo(plan)
      expect(stateOf(account), `undone after line ${crashAt}`).toEqual(before)
    }
  }, 180_000)

  it('a step that cannot be taken back, refused half-way, is no unchanged one, and goes on where it was refused', async () => {
    const plan = await planNow(session)
    await apply(plan)
    clock += 15 * DAY
    sandbox.setFaults(['deny:iam:DeleteRole'])
    const met = (await apply(plan)).at(-1)!
    expect(met).toMatchObject({ step: 'remove-role:forgotten', outcome: 'interrupted' })
    expect(account.roles.get('forgotten')!.attachedPolicies.size).toBe(0)
    sandbox.setFaults([])
    for (const { outcome } of await apply(plan)) expect(['was-done', 'done']).toContain(outcome)
    expect(account.roles.has('forgotten')).toBe(false)
  })

  it('a journal whose last line was cut off is read as if that line had not been begun', async () => {
    const plan = await planNow(session)
    await apply(plan)
    const text = readFileSync(journalPath(), 'utf8')
    const lines = text.trimEnd().split('\n')
    writeFileSync(journalPath(), `${lines.slice(0, -1).join('\n')}\n${lines.at(-1)!.slice(0, 20)}`)
    const again = await apply(plan)
    for (const { outcome } of again) expect(['was-done', 'done', 'waits', 'already']).toContain(outcome)
    expect(readFileSync(journalPath(), 'utf8').trimEnd().split('\n').at(-1)).toMatch(/^\{.*\}$/)
  })
})

/** A journal that dies instead of writing its nth line. */
function crashingAfter(lines: number): Partial<ApplyContext> {
  const journal = new Journal(journalPath())
  let written = 0
  const add = journal.add.bind(journal)
  journal.add = (entry) => {
    if (++written > lines) throw new Error('killed')
    add(entry)
  }
  return { journal }
}

describe('credentials that end half-way', () => {
  const expired = Object.assign(new Error('no'), { name: 'ExpiredToken', $metadata: { httpStatusCode: 403 } })

  it('are renewed where that can be, and the run goes on as if nothing had been', async () => {
    const plan = await planNow(session)
    let calls = 0
    let isOld = true
    const context: Partial<ApplyContext> = {
      callFor: async () => async (operation, input) => {
        if (isOld && ++calls > 9) throw expired
        return session.call('iam', operation, input)
      },
      renew: async () => {
        isOld = false
        return true
      },
    }
    expect(new Set(outcomes(await apply(plan, context)))).toEqual(new Set(['done', 'waits']))
    expect(isOld).toBe(false)
  })

  it('stop the run where they cannot, which says what to do and goes on after that', async () => {
    const plan = await planNow(session)
    let calls = 0
    const callFor: ApplyContext['callFor'] = async () => async (operation, input) => {
      if (++calls > 9) throw expired
      return session.call('iam', operation, input)
    }
    const stopped = (await apply(plan, { callFor, renew: async () => false })).at(-1)!
    expect(stopped).toMatchObject({ because: expect.stringContaining('sign in again') })
    const hint = new KeyreeveError('credentials', 'the single sign-on session has expired', {
      hint: 'run `aws sso login`',
    })
    const renew = () => Promise.reject(hint)
    calls = 0
    const again = (await apply(plan, { callFor, renew })).at(-1)!
    expect(again).toMatchObject({ because: expect.stringContaining('aws sso login') })
    for (const { outcome } of await apply(plan)) expect(['was-done', 'done', 'waits']).toContain(outcome)
  })
})

it('says what became of the steps before a disk got full, and goes on once there is room', async () => {
  const plan = await planNow(session)
  const all = await withJournal((context) => {
    const { journal } = context
    const add = journal.add.bind(journal)
    let lines = 0
    journal.add = (entry) => {
      if (++lines > 9) throw new KeyreeveError('output', 'cannot be written (ENOSPC)', { hint: 'make room' })
      add(entry)
    }
    return applyPlan(plan, context)
  })
  expect(all.length).toBeGreaterThan(1)
  expect(all.at(-1)).toMatchObject({ outcome: 'interrupted', because: expect.stringContaining('make room') })
  for (const { outcome } of await apply(plan)) expect(['was-done', 'done', 'waits']).toContain(outcome)
})

describe('Ctrl-C', () => {
  it('stops between two calls, wherever it comes, and the next run goes on', async () => {
    const plan = await planNow(session)
    let stops = 0
    for (let at = 1; at < 400; at += 7) {
      const controller = new AbortController()
      let calls = 0
      const last = (
        await apply(plan, {
          stop: controller.signal,
          callFor: async () => (operation, input) => {
            if (++calls === at) controller.abort()
            return session.call('iam', operation, input)
          },
        })
      ).at(-1)!
      if (last.outcome === 'stopped') stops++
      // what was called was answered, and that is in the journal
      const line = readFileSync(journalPath(), 'utf8').trimEnd().split('\n').at(-1)!
      if (line !== '') expect(JSON.parse(line).event).not.toBe('call')
    }
    expect(stops).toBeGreaterThan(3)
    for (const { outcome } of await apply(plan)) expect(['was-done', 'done', 'waits']).toContain(outcome)
  })
})

describe('what is taken back', () => {
  it('is not said to be undone before it can be seen', async () => {
    const plan = await planNow(session)
    const group = plan.steps.find(({ kind, id }) => kind === 'create-group' && id.includes('with-'))!
    sandbox.setFaults(['deny:iam:AttachGroupPolicy'])
    // the group that was deleted again is still to be seen, as with AWS's other servers
    let isMade = false
    const callFor: ApplyContext['callFor'] = async () => (operation, input) => {
      isMade ||= operation === 'CreateGroup'
      return operation === 'GetGroup' && isMade ? Promise.resolve({ Group: {} }) : session.call('iam', operation, input)
    }
    const one = (change: Partial<ApplyContext>) => withJournal((c) => applyPlan(plan, c, new Set([group.id])), change)
    const [unseen] = await one({ callFor })
    expect(unseen).toMatchObject({ outcome: 'interrupted', because: expect.stringContaining('taken back') })
    expect(readFileSync(journalPath(), 'utf8')).not.toContain('"undone"')
    const [seen] = await one({})
    expect(seen).toMatchObject({ outcome: 'undone' })
    sandbox.setFaults([])
    const [done] = await one({})
    expect(done).toMatchObject({ outcome: 'done' })
  })

  // AttachGroupPolicy would give what the members of somebody else's group never had
  it('nor is a group taken over that has got the name since', async () => {
    const plan = await planNow(session)
    const group = plan.steps.find(({ id }) => id === 'create-group:with-ReadOnlyAccess')!
    await session.call('iam', 'CreateGroup', { GroupName: 'with-ReadOnlyAccess' })
    await session.call('iam', 'AddUserToGroup', { UserName: 'ben', GroupName: 'with-ReadOnlyAccess' })
    const [outcome] = await withJournal((c) => applyPlan(plan, c, new Set([group.id])))
    expect(outcome).toMatchObject({ outcome: 'refused' })
    expect(stateOf(account).groups.find(({ name }) => name === 'with-ReadOnlyAccess')!.attached).toEqual([])
  })
})

describe('policies that were moved to a group', () => {
  const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  const GROUP = 'with-ReadOnlyAccess'
  let plan: Plan
  const rightsOf = (name: string) => {
    const { users, groups } = stateOf(account)
    const user = users.find((it) => it.name === name)!
    const byGroup = groups.filter((it) => user.groups.includes(it.name)).flatMap(({ attached }) => attached)
    return [...user.attached, ...byGroup]
  }
  const undone = (only?: ReadonlySet<string>) => withJournal((c) => undoPlan(plan, c, only))

  beforeEach(async () => {
    plan = await planNow(session)
    const ids = [`create-group:${GROUP}`, 'join-group:half-retired', 'move-policies-to-group:half-retired']
    const made = await withJournal((c) => applyPlan(plan, c, new Set(ids)))
    expect(outcomes(made)).toEqual(['done', 'done', 'done'])
  })

  it('stay with the user when only its place in the group is taken back', async () => {
    const [outcome] = await undone(new Set(['join-group:half-retired']))
    expect(outcome).toMatchObject({
      outcome: 'refused',
      because: expect.stringContaining('move-policies-to-group:half-retired'),
    })
    expect(rightsOf('half-retired')).toEqual([READ_ONLY])
  })

  it('stay with the user that could not be given all of them back', async () => {
    const leave = plan.steps.find(({ id }) => id === 'move-policies-to-group:half-retired')!
    // of two policies somebody has attached one again
    const other = 'arn:aws:iam::aws:policy/BillingAccess'
    leave.verify.push({
      fact: 'user-policy-attached',
      of: { userName: 'half-retired', policyArn: other },
      value: 'absent',
    })
    await session.call('iam', 'AttachUserPolicy', { UserName: 'half-retired', PolicyArn: other })
    expect(outcomes(await undone())).toEqual(['refused', 'refused', 'refused'])
    expect(rightsOf('half-retired')).toContain(READ_ONLY)
  })

  it('are taken back to the end where somebody has attached them again', async () => {
    await session.call('iam', 'AttachUserPolicy', { UserName: 'half-retired', PolicyArn: READ_ONLY })
    expect(outcomes(await undone())).toEqual(['undone', 'undone', 'undone'])
    expect(rightsOf('half-retired')).toEqual([READ_ONLY])
    expect(account.groups.has(GROUP)).toBe(false)
  })

  it('stay with who was put into the group since', async () => {
    await session.call('iam', 'AddUserToGroup', { UserName: 'ben', GroupName: GROUP })
    const [, , group] = await undone()
    expect(group).toMatchObject({
      step: `create-group:${GROUP}`,
      outcome: 'refused',
      because: expect.stringContaining('number of members'),
    })
    expect(rightsOf('half-retired')).toEqual([READ_ONLY])
    expect(rightsOf('ben')).toEqual([READ_ONLY])
  })
})

describe('a plan of little', () => {
  const input = { dossiers: [], thresholds: DEFAULT_CONFIG.thresholds, graceDays: 14 }

  it('of no findings has no step', async () => {
    const { snapshot } = await auditNow(session)
    expect(makePlan([], { snapshot, ...input })).toMatchObject({ steps: [], handOvers: [], cannot: [] })
  })

  it('where every reading is denied: nothing is done, and nothing is lost', async () => {
    const plan = await planNow(session)
    const before = stateOf(account)
    sandbox.setFaults(['deny:iam:Get*', 'deny:iam:List*'])
    const [outcome] = await apply(plan)
    expect(outcome).toMatchObject({ outcome: 'refused', because: expect.stringContaining('AccessDenied') })
    expect(stateOf(account)).toEqual(before)
    // and of an account that nobody may read there is a plan all the same
    const { snapshot, findings, keys } = await auditNow(session)
    const blind = makePlan(findings, { snapshot, ...input, dossiers: keys })
    expect(blind.steps).toEqual([])
    expect(planSchema.parse(blind)).toEqual(blind)
  })
})
