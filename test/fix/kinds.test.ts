/**
 * Every kind of step end to end: a finding makes a step, the step is applied, a new audit has the finding no more, and
 * taken back it is there again.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { failureOf } from '../../src/aws/failure.ts'
import { type AwsSession, openSession } from '../../src/aws/session.ts'
import { exampleConsumer, exampleUsage } from '../../src/checks/example-usage.ts'
import { type ApplyContext, applyPlan, undoPlan } from '../../src/fix/apply/apply.ts'
import { Journal } from '../../src/fix/apply/journal.ts'
import { mfaPolicy } from '../../src/fix/kinds/mfa.ts'
import { makePlan } from '../../src/fix/make-plan.ts'
import { DEFAULT_CONFIG } from '../../src/model/config.ts'
import type { Plan, Step } from '../../src/model/plan.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import { evaluate, parsePolicy, principalOf } from '../../src/policy/index.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import {
  type Account,
  addAccessKey,
  addGroup,
  addRole,
  addUser,
  addUserToGroup,
  attachPolicy,
  putInlinePolicy,
  removeUserFromGroup,
  serviceTrust,
} from '../../src/sandbox/state.ts'
import { ALLOW, auditNow, DAY, neglectedAccount, planNow, planOf, recordedUpTo, stateOf } from './neglected-account.ts'

let sandbox: Sandbox
let session: AwsSession
let account: Account
let clock: number

beforeEach(async () => {
  const made = neglectedAccount()
  account = made.account
  sandbox = await startSandbox({ world: made.world, settings: { credentialReportDelayMs: 0 } })
  const { endpoint: endpointUrl, region, accessKeyId, secretAccessKey } = sandbox
  const credentials = { accessKeyId, secretAccessKey }
  session = await openSession({ endpointUrl, region, credentials, userAgent: 'keyreeve-test/0', maxAttempts: 1 })
  clock = Date.now()
})
afterEach(async () => {
  session.close()
  await sandbox.close()
})

function contextOf(): ApplyContext {
  return {
    journal: new Journal(join(mkdtempSync(join(tmpdir(), 'keyreeve-kinds-')), 'plan.journal')),
    callFor: async () => (operation, input) => session.call('iam', operation, input),
    now: () => new Date(clock),
    sleep: async (ms) => {
      clock += ms
    },
    failureOf,
    patienceMs: 5_000,
  }
}

/** What a new audit finds, without when it looked. */
async function openFindings(): Promise<Set<string>> {
  const { findings } = await auditNow(session)
  return new Set(findings.map(({ fingerprint }) => fingerprint))
}

const closed = (plan: Plan, steps: readonly Step[] = plan.steps) => steps.flatMap(({ closes }) => closes)
const stepOf = (plan: Plan, id: string) => plan.steps.find((step) => step.id.startsWith(id))!
const documentOf = (step: Step) => JSON.parse(String(step.operations.at(-1)!.input.PolicyDocument))
const reasonFor = (plan: Plan, check: string, subject: string) =>
  plan.cannot.find((it) => it.check === check && it.subject === subject)?.because

describe('end to end', () => {
  it('every finding that a step closes is gone in a new audit', async () => {
    const plan = await planNow(session)
    const context = contextOf()
    await applyPlan(plan, context)
    clock += 15 * DAY
    const last = await applyPlan(plan, context)
    expect(last.filter(({ outcome }) => outcome !== 'done' && outcome !== 'was-done')).toEqual([])
    const open = await openFindings()
    expect(closed(plan).length).toBeGreaterThan(15)
    expect(closed(plan).filter((fingerprint) => open.has(fingerprint))).toEqual([])
    for (const gone of ['gone', 'idle-bot']) expect(account.users.has(gone)).toBe(false)
  })

  it('every finding that a step closes comes back when the step is taken back, and so does the account', async () => {
    const before = stateOf(account)
    const found = await openFindings()
    const plan = await planNow(session)
    const steps = plan.steps.filter(
      ({ kind, undo, waitsFor }) =>
        (undo || kind === 'drop-policy-version') && waitsFor.every(({ days }) => days === 0),
    )
    const context = contextOf()
    const only = new Set(steps.map(({ id }) => id))
    for (const { outcome } of await applyPlan(plan, context, only)) expect(outcome).toBe('done')
    const open = await openFindings()
    expect(closed(plan, steps).filter((fingerprint) => open.has(fingerprint))).toEqual([])
    for (const { step, outcome } of await undoPlan(plan, context))
      expect(outcome).toBe(step.startsWith('drop-') ? 'refused' : 'undone')
    const again = await openFindings()
    expect(closed(plan, steps).filter((fingerprint) => !again.has(fingerprint))).toEqual([])
    expect(again).toEqual(found)
    expect(stateOf(account)).toEqual(before)
  })
})

describe('a plan', () => {
  it('is the same in whatever order findings come', async () => {
    const { snapshot, findings, keys } = await auditNow(session)
    const input = {
      snapshot,
      dossiers: keys,
      thresholds: DEFAULT_CONFIG.thresholds,
      graceDays: 14,
      recorded: recordedUpTo(snapshot),
    }
    const wanted = JSON.stringify(makePlan(findings, input))
    fc.assert(
      fc.property(fc.shuffledSubarray(findings, { minLength: findings.length }), (shuffled) => {
        expect(JSON.stringify(makePlan(shuffled, input))).toBe(wanted)
      }),
      { numRuns: 30, seed: 1 },
    )
  })

  it('of a part of the findings holds no step that another part needs, and none twice', async () => {
    const { snapshot, findings, keys } = await auditNow(session)
    const input = { snapshot, dossiers: keys, thresholds: DEFAULT_CONFIG.thresholds, graceDays: 14 }
    fc.assert(
      fc.property(fc.subarray(findings), (some) => {
        const plan = makePlan(some, input)
        const ids = plan.steps.map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        for (const { waitsFor } of plan.steps) for (const { step } of waitsFor) expect(ids).toContain(step)
        // each finding is closed, handed over, or there is a reason: nothing is lost
        const said = new Set([
          ...closed(plan),
          ...plan.handOvers.flatMap(({ closes }) => closes),
          ...plan.cannot.map(({ fingerprint }) => fingerprint),
        ])
        expect(some.filter(({ fingerprint, status }) => status === 'open' && !said.has(fingerprint))).toEqual([])
      }),
      { numRuns: 60, seed: 1 },
    )
  })

  it('hands a key in use over to `keyreeve rotate`, and does not pretend to do it', async () => {
    const plan = await planNow(session)
    const [key] = account.users.get('half-retired')!.accessKeys.filter(({ status }) => status === 'Active')
    expect(plan.handOvers.map(({ command }) => command)).toEqual([['keyreeve', 'rotate', key!.accessKeyId]])
    expect(JSON.stringify(plan.steps)).not.toContain(key!.accessKeyId)
  })

  it('changes one document once, for all findings about it', async () => {
    const plan = await planNow(session)
    const step = stepOf(plan, 'change-policy:arn:aws:iam::111122223333:policy/deploy')
    // iam:PassRole and kms:*, which two checks speak of
    expect(step.closes.length).toBe(3)
    const [first, passing] = documentOf(step).Statement
    expect(first.Action).toContain('ec2:RunInstances')
    expect(first.Action).toContain('kms:DescribeKey')
    expect(first.Action).not.toContain('kms:*')
    expect(first.Action).not.toContain('kms:ScheduleKeyDeletion')
    expect(passing.Condition.StringEquals['iam:PassedToService']).toContain('ec2.amazonaws.com')
    const room = stepOf(plan, 'drop-policy-version')
    expect(room.operations).toMatchObject([{ call: 'iam:DeletePolicyVersion', input: { VersionId: 'v1' } }])
    expect(step.waitsFor).toEqual([{ step: room.id, days: 0 }])
    expect(step.mayBreak.map(({ who }) => who).join()).toContain('deployers')
  })

  it('does nothing to what another step removes', async () => {
    const plan = await planNow(session)
    const ids = plan.steps.map(({ id }) => id)
    expect(ids).toContain('remove-user:gone')
    for (const id of ids)
      expect(id).not.toMatch(/^(move-policies-to-group|require-mfa|change-policy:user).*(gone|idle-bot)/)
  })

  it('narrows nothing without proof', async () => {
    const { snapshot, findings, keys } = await auditNow(session)
    const input = { snapshot, dossiers: keys, thresholds: DEFAULT_CONFIG.thresholds, graceDays: 14 }
    const full = recordedUpTo(snapshot)
    const young = { ...full, from: snapshot.collectedAt.slice(0, 10) }
    const unlogged = { ...snapshot, trails: [] }
    const because = (plan: Plan) => reasonFor(plan, 'policy-full-kms', 'deploy')
    expect(because(makePlan(findings, input))).toContain('no CloudTrail was read')
    expect(because(makePlan(findings, { ...input, recorded: young }))).toContain('90 are needed')
    expect(because(makePlan(findings, { ...input, snapshot: unlogged, recorded: full }))).toContain('no trail')
    // the roles of the account were used in eu-west-1
    const oneRegion = (region: string) => makePlan(findings, { ...input, recorded: { ...full, regions: [region] } })
    expect(because(oneRegion('us-east-1'))).toMatch(/without an event of eu-west-1, where something was used on \d/)
    expect(because(oneRegion('eu-west-1'))).toContain('without an event of us-east-1, where those of IAM are')
    const strange = structuredClone(full)
    strange.principals[0]!.actions.push({ action: 'kms:NoSuchThing', calls: 1, lastSeen: snapshot.collectedAt })
    expect(because(makePlan(findings, { ...input, recorded: strange }))).toContain('kms:NoSuchThing')
  })

  it('keeps what a call that is used asks for within itself, and what those use whose boundary the policy is', async () => {
    const { world } = sandbox
    const arn = `arn:aws:iam::${account.accountId}:policy/deploy`
    const bounded = addRole(world, account, 'bounded', { lastUsed: { date: new Date(), region: 'eu-west-1' } })
    bounded.permissionsBoundary = arn
    const { snapshot, findings, keys } = await auditNow(session)
    const recorded = recordedUpTo(snapshot)
    const lastSeen = snapshot.collectedAt
    recorded.principals.push({
      principalArn: bounded.arn,
      actions: ['kms:CreateKey', 'kms:ScheduleKeyDeletion'].map((action) => ({ action, calls: 9, lastSeen })),
      passedRoles: [],
    })
    const thresholds = DEFAULT_CONFIG.thresholds
    const plan = makePlan(findings, { snapshot, dossiers: keys, thresholds, graceDays: 14, recorded })
    const [first] = documentOf(stepOf(plan, `change-policy:${arn}`)).Statement
    expect(first.Action).toEqual(
      expect.arrayContaining(['kms:CreateKey', 'kms:ScheduleKeyDeletion', 'kms:TagResource', 'kms:PutKeyPolicy']),
    )
    expect(first.Action).not.toContain('kms:UntagResource')
    expect(first.Action).not.toContain('kms:DisableKey')
  })

  it('fences off only the roles that a pattern is about: others are passed as before, to other services', async () => {
    const { world } = sandbox
    const role = (name: string) => `arn:aws:iam::${account.accountId}:role/${name}`
    addRole(world, account, 'glue-load', { trustPolicy: serviceTrust('glue.amazonaws.com') })
    addRole(world, account, 'app-flow', {
      trustPolicy: serviceTrust('states.eu-west-1.amazonaws.com'),
      attachedPolicies: ['arn:aws:iam::aws:policy/AdministratorAccess'],
    })
    const inlinePolicies = {
      own: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'iam:Pass*', Resource: role('app*') },
          {
            Effect: 'Allow',
            Action: 'iam:PassRole',
            Resource: role('glue-*'),
            Condition: { StringEquals: { 'iam:PassedToService': 'glue.amazonaws.com' } },
          },
        ],
      },
    }
    addUserToGroup(
      world,
      addUser(world, account, 'flow-dev', { password: { lastUsed: new Date() } }),
      addGroup(world, account, 'flow', { inlinePolicies }),
    )
    const plan = await planNow(session)
    const deny = documentOf(stepOf(plan, 'change-policy:group/flow/own')).Statement.at(-1)
    expect(deny).toMatchObject({ Effect: 'Deny', Resource: role('app*') })
    expect(deny.Condition.StringNotEquals['iam:PassedToService']).toEqual([
      'ec2.amazonaws.com',
      'states.amazonaws.com',
      'states.eu-west-1.amazonaws.com',
    ])
  })

  it('narrows inline policies of users, groups and roles the same way, and puts back the old ones', async () => {
    const { world } = sandbox
    const wide = { inlinePolicies: { own: ALLOW(['kms:*', 'sqs:SendMessage']) } }
    const svc = addUser(world, account, 'svc', wide)
    addAccessKey(world, account, svc, { lastUsed: { date: new Date(), service: 'kms', region: 'eu-west-1' } })
    addRole(world, account, 'svc-role', { ...wide, lastUsed: { date: new Date(), region: 'eu-west-1' } })
    addUserToGroup(world, addUser(world, account, 'member'), addGroup(world, account, 'svc-group', wide))
    const before = stateOf(account)
    const { snapshot, findings, keys } = await auditNow(session)
    const lastSeen = snapshot.collectedAt
    const recorded = recordedUpTo(snapshot)
    for (const who of ['user/svc', 'role/svc-role', 'user/member'])
      recorded.principals.push({
        principalArn: `arn:aws:iam::${account.accountId}:${who}`,
        actions: [{ action: 'kms:DescribeKey', calls: 9, lastSeen }],
        passedRoles: [],
      })
    const thresholds = DEFAULT_CONFIG.thresholds
    const plan = makePlan(findings, { snapshot, dossiers: keys, thresholds, graceDays: 14, recorded })
    const steps = ['user/svc', 'role/svc-role', 'group/svc-group'].map((of) => stepOf(plan, `change-policy:${of}/own`))
    expect(steps.map(({ operations }) => operations[0]!.call)).toEqual([
      'iam:PutUserPolicy',
      'iam:PutRolePolicy',
      'iam:PutGroupPolicy',
    ])
    for (const step of steps) {
      const { Action } = documentOf(step).Statement[0]
      expect(Action).toEqual(expect.arrayContaining(['sqs:SendMessage', 'kms:DescribeKey']))
      expect(Action).not.toContain('kms:*')
      expect(Action).not.toContain('kms:ScheduleKeyDeletion')
      expect(step.change).toMatch(/kms:\* becomes \d+ actions?: 1 that was used/)
    }
    expect(
      stepOf(plan, 'change-policy:group/svc-group/own')
        .mayBreak.map(({ who }) => who)
        .join(),
    ).toContain('member')
    const context = contextOf()
    const only = new Set(steps.map(({ id }) => id))
    for (const { outcome } of await applyPlan(plan, context, only)) expect(outcome).toBe('done')
    const open = await openFindings()
    expect(closed(plan, steps).filter((fingerprint) => open.has(fingerprint))).toEqual([])
    for (const { outcome } of await undoPlan(plan, context)) expect(outcome).toBe('undone')
    expect(stateOf(account)).toEqual(before)
  })

  it('tells what a program that is an administrator was seen to use, and detaches nothing', async () => {
    const { world } = sandbox
    const role = addRole(world, account, 'pipeline', {
      attachedPolicies: ['arn:aws:iam::aws:policy/AdministratorAccess'],
      trustPolicy: serviceTrust('codebuild.amazonaws.com'),
      lastUsed: { date: new Date(), region: 'eu-west-1' },
    })
    const { snapshot, findings, keys } = await auditNow(session)
    const recorded = recordedUpTo(snapshot)
    const lastSeen = snapshot.collectedAt
    const actions = ['s3:CreateBucket', 'ec2:RunInstances', 'made:Up'].map((action) => ({ action, calls: 3, lastSeen }))
    recorded.principals.push({ principalArn: role.arn, actions, passedRoles: [] })
    const thresholds = DEFAULT_CONFIG.thresholds
    const input = { snapshot, dossiers: keys, thresholds, graceDays: 14 }
    const about = (plan: Plan) =>
      plan.cannot.find((it) => it.check === 'policy-full-admin' && it.subject === 'pipeline')!
    const plan = makePlan(findings, { ...input, recorded })
    expect(plan.steps.map(({ id }) => id).join()).not.toContain('role/pipeline')
    const said = about(plan).byHand!.join('\n')
    expect(said).toContain('saw it use 2 actions: ec2:RunInstances, s3:CreateBucket')
    expect(said).toContain('made:Up')
    expect(said).toContain(`generate-service-last-accessed-details --arn ${role.arn}`)
    // and without proof nothing is told
    expect(about(makePlan(findings, input)).byHand!.join()).toContain('no CloudTrail was read')
  })

  it('does not detach the policy of the last human administrator, nor of one in use', async () => {
    for (const name of ['ana', 'break-glass']) account.users.get(name)!.password = null
    const plan = await planNow(session)
    expect(plan.steps.map(({ id }) => id)).not.toContain('detach-policy:role/old-pipeline/AdministratorAccess')
    expect(reasonFor(plan, 'policy-full-admin', 'old-pipeline')).toContain('locked out')
    expect(reasonFor(plan, 'policy-full-admin', 'sandbox-administrator')).toContain('in use')
  })

  it('demands no MFA of a user whose keys are in use', async () => {
    const bot = addUser(sandbox.world, account, 'bot', {
      createDate: new Date(0),
      inlinePolicies: { iam: ALLOW('iam:*') },
    })
    addAccessKey(sandbox.world, account, bot, { lastUsed: { date: new Date(), service: 's3', region: 'eu-west-1' } })
    const plan = await planNow(session)
    const [key] = bot.accessKeys
    expect(reasonFor(plan, 'key-without-mfa-condition', 'bot')).toContain(`${key!.accessKeyId} is in use`)
    // nor of who applies it
    expect(reasonFor(plan, 'admin-mfa', 'sandbox-administrator')).toContain('who made the plan')
    const ids = plan.steps.map(({ id }) => id)
    for (const name of ['bot', 'sandbox-administrator']) expect(ids).not.toContain(`require-mfa:${name}`)
  })

  it('leaves a user alone whose key is only silent until the next run of its job', async () => {
    const audited = await auditNow(session)
    const [key] = account.users.get('idle-bot')!.accessKeys
    const stepsOn = (plan: Plan) =>
      plan.steps.filter(({ id }) => id.includes('idle-bot') || id.includes(key!.accessKeyId)).map(({ kind }) => kind)
    expect(stepsOn(planOf(audited))).toContain('quarantine-user')
    const due = new Date(Date.parse(audited.snapshot.collectedAt) + 20 * DAY).toISOString().slice(0, 10)
    const usage = exampleUsage({ consumers: [exampleConsumer({ cadence: 'quarterly', nextExpected: due })] }).keys[0]!
    const keys = audited.keys.map((dossier) =>
      dossier.accessKeyId === key!.accessKeyId ? { ...dossier, usage } : dossier,
    )
    const plan = planOf({ ...audited, keys })
    expect(stepsOn(plan).filter((kind) => !/group$/.test(kind))).toEqual([])
    expect(reasonFor(plan, 'user-unused', 'idle-bot')).toContain(`is due on ${due}`)
    expect(plan.handOvers.map(({ command }) => command)).toContainEqual(['keyreeve', 'rotate', key!.accessKeyId])
  })

  it('invents no external ID', async () => {
    const { snapshot, findings, keys } = await auditNow(session)
    const input = { snapshot, dossiers: keys, thresholds: DEFAULT_CONFIG.thresholds, graceDays: 14 }
    const because = reasonFor(makePlan(findings, input), 'role-trust-third-party-without-external-id', 'vendor')
    expect(because).toContain('comes from the third party')
  })
})

describe('the policy that demands MFA', () => {
  const all = compilePolicy(parsePolicy({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }))
  const mfa = compilePolicy(parsePolicy(mfaPolicy('aws')))
  const decide = (action: string, resource: string, present: string | null) =>
    evaluate(
      {
        principal: principalOf('arn:aws:iam::111122223333:user/ana')!,
        action,
        resource,
        resourceAccount: '111122223333',
        context: { 'aws:multifactorauthpresent': present, 'aws:username': 'ana' },
        contextIs: 'closed',
      },
      {
        identity: [
          { name: 'all', policy: all },
          { name: 'mfa', policy: mfa },
        ],
        boundary: null,
        session: null,
        scps: [],
        rcps: [],
        resource: null,
        endpoint: null,
      },
    ).decision
  const user = 'arn:aws:iam::111122223333:user/ana'

  it('lets a user without MFA register a device, and nothing else', () => {
    for (const present of ['false', null]) {
      expect(decide('iam:EnableMFADevice', user, present)).toBe('allowed')
      expect(decide('iam:CreateVirtualMFADevice', 'arn:aws:iam::111122223333:mfa/phone', present)).toBe('allowed')
      expect(decide('s3:ListAllMyBuckets', '*', present)).toBe('denied')
      expect(decide('iam:DeactivateMFADevice', user, present)).toBe('denied')
      expect(decide('iam:CreateAccessKey', user, present)).toBe('denied')
    }
  })

  it('takes nothing from a user with MFA', () => {
    expect(decide('s3:ListAllMyBuckets', '*', 'true')).toBe('allowed')
  })
})

describe('a change by somebody else between plan and apply is seen, and the step refused:', () => {
  const CHANGES: Record<string, [step: string, change: (account: Account) => void]> = {
    'another version of the policy': [
      'change-policy:arn',
      ({ policies }) => {
        const policy = [...policies.values()].find(({ policyName }) => policyName === 'deploy')!
        policy.defaultVersionId = 'v4'
      },
    ],
    'the policy attached to one more': [
      'change-policy:arn',
      ({ users, policies }) => {
        const policy = [...policies.values()].find(({ policyName }) => policyName === 'deploy')!
        attachPolicy(sandbox.world, users.get('ben')!, policy)
      },
    ],
    'another inline policy': [
      'change-policy:group/deployers/pass',
      ({ groups }) => putInlinePolicy(sandbox.world, groups.get('deployers')!, 'pass', { Statement: [] }),
    ],
    'another trust policy': [
      'change-trust:vendor',
      ({ roles }) => {
        roles.get('vendor')!.trustPolicy = JSON.stringify({ Statement: [] })
      },
    ],
    'the other administrator gone': [
      'detach-policy:role',
      ({ users, groups }) => {
        removeUserFromGroup(sandbox.world, users.get('ana')!, groups.get('admins')!)
      },
    ],
    'the role used again': [
      'detach-policy:role',
      ({ roles }) => {
        roles.get('old-pipeline')!.lastUsed = { date: new Date(), region: 'eu-west-1' }
      },
    ],
    'somebody in the empty group': [
      'detach-policy:group',
      ({ users, groups }) => addUserToGroup(sandbox.world, users.get('ben')!, groups.get('old-admins')!),
    ],
    'a policy of the name that demands MFA': [
      'create-policy',
      ({ policies }) => {
        const policy = [...policies.values()].find(({ policyName }) => policyName === 'deploy')!
        const arn = 'arn:aws:iam::111122223333:policy/keyreeve-require-mfa'
        policies.set(arn, { ...policy, arn, policyName: 'keyreeve-require-mfa' })
      },
    ],
    'the user who must have MFA gone': ['require-mfa:dev', ({ users }) => void users.delete('dev')],
  }

  it.each(Object.entries(CHANGES))('%s', async (_, [id, change]) => {
    const plan = await planNow(session)
    const step = stepOf(plan, id)
    const context = contextOf()
    const before = (of: Step): string[] => of.waitsFor.flatMap(({ step: id }) => [...before(stepOf(plan, id)), id])
    await applyPlan(plan, context, new Set(before(step)))
    change(account)
    sandbox.world.revision++
    const changed = stateOf(account)
    const [outcome] = await applyPlan(plan, context, new Set([step.id]))
    expect(outcome).toMatchObject({ outcome: 'refused' })
    expect(stateOf(account)).toEqual(changed)
  })

  it('a credential that the user got since: it is not removed', async () => {
    const plan = await planNow(session)
    const context = contextOf()
    await applyPlan(plan, context)
    clock += 15 * DAY
    addUserToGroup(sandbox.world, account.users.get('gone')!, account.groups.get('deployers')!)
    const [outcome] = await applyPlan(plan, context, new Set(['remove-user:gone']))
    expect(outcome).toMatchObject({ outcome: 'refused', because: expect.stringContaining('group deployers') })
    expect(account.users.has('gone')).toBe(true)
  })
})
