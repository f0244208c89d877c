/**
 * Revoking against the sandbox, which decides every call by policies: what is really refused afterwards, what still
 * works, and what becomes of it when AWS refuses, breaks off or the process is killed.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Chain } from '../../src/fix/revoke/chain.ts'
import { incidentOf } from '../../src/fix/revoke/incident.ts'
import { IncidentJournal } from '../../src/fix/revoke/journal.ts'
import { measureId } from '../../src/fix/revoke/measures.ts'
import { type Found, type RevokeContext, refuseSelf } from '../../src/fix/revoke/revoke.ts'
import { measuresAgainst } from '../../src/fix/revoke/what-it-made.ts'
import { Work } from '../../src/fix/revoke/work.ts'
import { type Incident, incident as incidentSchema, type KeyEvent } from '../../src/model/incident.ts'
import { incidentMarkdown, incidentText } from '../../src/report/incident.ts'
import { addAccessKey, addOrganizationPolicy, addRole, addUser, type World } from '../../src/sandbox/state.ts'
import {
  ADMIN,
  ALLOW_ALL,
  assume,
  type Credentials,
  contextOf,
  type Leaky,
  leakyAccount,
  newFolder,
  openingOf,
  run,
  stateOf,
  steal,
  works,
} from './revoke-account.ts'
import { manage } from './revoke-organization.ts'

let leaky: Leaky
let stolen: Record<string, Credentials>
let path: string

async function begin(options: Parameters<typeof leakyAccount>[0] = {}) {
  leaky = await leakyAccount(options)
  stolen = await steal(leaky)
  path = join(newFolder(), 'journal')
}
beforeEach(() => begin())
afterEach(() => leaky.close())

const states = ({ work }: Found) => Object.fromEntries(work.records.map(({ id, state }) => [id, state]))

async function whatWorks(names: readonly string[] = Object.keys(stolen)): Promise<string[]> {
  const still: string[] = []
  for (const name of names) if (await works(leaky, stolen[name]!)) still.push(name)
  return still
}

/** The first and the last of the chain, where it is asked often. */
const ENDS = ['key', 'chained role']

function undo(only: string[] | null = null, change: Partial<RevokeContext> = {}): Promise<ReturnType<typeof states>> {
  return inJournal(async (work) => {
    await work.takeBack(only && new Set(only))
    return Object.fromEntries(work.records.map(({ id, state }) => [id, state]))
  }, change)
}

async function inJournal<T>(act: (work: Work) => Promise<T>, change: Partial<RevokeContext> = {}): Promise<T> {
  const journal = new IncidentJournal(path)
  try {
    return await act(new Work(contextOf(leaky, journal, change)))
  } finally {
    journal.close()
  }
}

const KEY = () => `deactivate-key:${leaky.key.accessKeyId}`

describe('after revoking', () => {
  it('the key and all that came of it are refused, and new sessions of the roles work', async () => {
    expect(await whatWorks()).toEqual(Object.keys(stolen))
    const found = await run(leaky, path)
    expect(states(found)).toEqual({
      [KEY()]: 'done',
      'deny-user:deploy': 'done',
      'cut-user-sessions:deploy': 'done',
      'cut-role-sessions:build': 'done',
      'cut-role-sessions:ship': 'done',
    })
    expect(found.proofs.map(({ result }) => result)).toEqual(found.proofs.map(() => 'proven'))
    expect(await whatWorks()).toEqual([])
    // the second of the cut has to be over
    await sleep(1_100)
    const build = await assume(leaky.session, 'build')
    expect(await works(leaky, build)).toBe(true)
    expect(await works(leaky, await assume(leaky.as(build), 'ship'))).toBe(true)
  })

  it('with --keep-user the other key of the user still works, and its sessions do not', async () => {
    const found = await run(leaky, path, { keepUser: true })
    expect(states(found)).not.toHaveProperty('deny-user:deploy')
    expect(await whatWorks()).toEqual(['new key'])
  })

  it('the chain says what came of what, and what it made is stopped when that is wanted', async () => {
    const found = await run(leaky, path, { keepUser: true })
    const { derived } = found.chain
    expect(derived.map(({ how, kind }) => `${how} ${kind}`).sort()).toEqual([
      'iam:CreateAccessKey access-key',
      'sts:AssumeRole session',
      'sts:AssumeRole session',
      'sts:GetFederationToken session',
      'sts:GetSessionToken session',
    ])
    const ship = derived.find(({ role }) => role?.endsWith('/ship'))!
    expect(ship.madeBy).toBe(stolen['assumed role']!.accessKeyId)
    expect(found.chain.made).toMatchObject([{ what: 'access-key', name: stolen['new key']!.accessKeyId }])
    await inJournal(async (work) => {
      for (const measure of measuresAgainst(found.chain, openingOf(leaky))) await work.make(measure)
    })
    expect(await whatWorks()).toEqual([])
  })

  it('sessions that begin while the key still works here and there are cut as well', async () => {
    // time passes only where it is waited for, so that what is late is late on a slow machine, too
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)
    await leaky.close()
    await begin({ settings: { consistencyDelayMs: 1500 } })
    pass(1600)
    // the seen world is late: the thief goes on
    let late: Promise<Credentials> | null = null
    const found = await run(leaky, path, {
      windowMs: 2500,
      patienceMs: 20_000,
      sleep: async (ms) => {
        await late
        pass(ms)
      },
      onPhase: (phase) => {
        if (phase !== 'following') return
        // after the second of the first cut
        pass(1_100)
        late = assume(leaky.as(leaky.key), 'build')
      },
    })
    expect(new Set(Object.values(states(found)))).toEqual(new Set(['done']))
    pass(1600)
    expect(await works(leaky, await late!)).toBe(false)
    expect(await whatWorks()).toEqual([])
  })

  it('all keys of a user are deactivated, however long AWS takes to list them', async () => {
    const opening = openingOf(leaky)
    const user = { ...opening.subject, kind: 'user' as const, id: opening.subject.arn!, accessKeyIds: [] }
    const iam: RevokeContext['iam'] = async (operation, input) => {
      if (operation === 'ListAccessKeys') await sleep(1000)
      return leaky.session.call('iam', operation, input)
    }
    const found = await run(leaky, path, { iam, opening: { ...opening, subject: user } })
    expect(states(found)).toMatchObject({ [`deactivate-key:${leaky.key.accessKeyId}`]: 'done' })
    expect(leaky.key.status).toBe('Inactive')
  })

  it('a key of a user whose policies leave no room is denied by the policy AWSDenyAll', async () => {
    leaky.sandbox.setFaults(['deny:iam:PutUserPolicy'])
    const found = await run(leaky, path)
    expect(states(found)).toMatchObject({ 'deny-user:deploy': 'refused', 'deny-user-managed:deploy': 'done' })
    expect(await whatWorks()).toEqual([])
  })
})

describe('whose key it is', () => {
  it('a user that has another name by now: its key is stopped, and it is denied', async () => {
    const { subject } = openingOf(leaky)
    const found = await run(leaky, path, {
      opening: openingOf(leaky, { subject: { ...subject, userName: 'before' } }),
    })
    expect(leaky.key.status).toBe('Inactive')
    expect(states(found)).toMatchObject({ [KEY()]: 'done', 'deny-user:deploy': 'done', 'deny-user:before': 'gone' })
    expect(await whatWorks()).toEqual([])
  })

  it('a user that was named by mistake, where AWS does not tell: nothing is taken for done', async () => {
    addUser(leaky.world, leaky.account, 'innocent', {})
    leaky.sandbox.setFaults(['deny:iam:GetAccessKeyLastUsed'])
    const { subject } = openingOf(leaky)
    const found = await run(leaky, path, {
      opening: openingOf(leaky, { subject: { ...subject, userName: 'innocent' } }),
    })
    expect(documentOf(found)).toMatchObject({ state: 'incomplete' })
    expect(found.gaps).toEqual([
      `${leaky.key.accessKeyId} is no key of innocent, and AWS does not tell whose it is: it may work`,
    ])
  })
})

describe('what the key made in another account', () => {
  it('is not taken for what has the same name in this one', async () => {
    const made = (action: string, account: string, more: Partial<KeyEvent>): KeyEvent => ({
      eventId: `${action} in ${account}`,
      time: new Date().toISOString(),
      region: 'us-east-1',
      action,
      readOnly: false,
      errorCode: null,
      accessKeyId: leaky.key.accessKeyId,
      principal: `arn:aws:iam::${account}:role/build`,
      identityType: 'AssumedRole',
      userName: null,
      sourceIp: null,
      network: null,
      agent: null,
      resources: [],
      role: null,
      targetUser: null,
      newAccessKeyId: null,
      ...more,
    })
    const chain = new Chain([leaky.key.accessKeyId])
    for (const account of [MEMBER, '999988887777']) {
      chain.add(made('iam:CreateUser', account, { targetUser: `helper-${account}` }))
      chain.add(made('iam:CreateRole', account, { resources: [`arn:aws:iam::${account}:role/back-${account}`] }))
      chain.add(
        made('iam:CreateAccessKey', account, {
          targetUser: 'ana',
          newAccessKeyId: account === MEMBER ? 'AKIAIOSFODNN7EXAMPLE' : 'AKIAI44QH8DHBEXAMPLE',
        }),
      )
    }
    expect(measuresAgainst(chain, openingOf(leaky)).map(measureId).sort()).toEqual([
      'deactivate-key:AKIAIOSFODNN7EXAMPLE',
      `deny-role:back-${MEMBER}`,
      `deny-user:helper-${MEMBER}`,
    ])
  })
})

describe('a service control policy', () => {
  it('denies a user with a path, though AWS does not tell the path', async () => {
    const management = await manage(leaky)
    const user = addUser(leaky.world, leaky.account, 'hidden', { path: '/teams/build/', attachedPolicies: [ADMIN] })
    const key = addAccessKey(leaky.world, leaky.account, user)
    leaky.sandbox.setFaults(['deny:iam:Put*', 'deny:iam:Update*', 'deny:iam:Attach*', 'deny:iam:GetUser'])
    const organizations = (operation: string, input: object) => management.call('organizations', operation, input)
    const { subject } = openingOf(leaky)
    const iam = (operation: string, input: object) => leaky.session.call('iam', operation, input)
    await run(leaky, path, {
      scp: true,
      opening: openingOf(leaky, {
        subject: {
          ...subject,
          id: key.accessKeyId,
          accessKeyIds: [key.accessKeyId],
          userName: 'hidden',
          arn: `arn:aws:iam::${MEMBER}:user/hidden`,
        },
      }),
      callFor: async ({ kind }: { kind: string }) => (kind === 'deny-by-scp' ? organizations : iam),
    })
    expect(await works(leaky, key)).toBe(false)
    expect(await works(leaky, leaky.key)).toBe(true)
    management.close()
  })

  it('denies the user of a member account, and is taken back', async () => {
    const management = await manage(leaky)
    const organizations = (operation: string, input: object) => management.call('organizations', operation, input)
    const policies = async () =>
      (await organizations('ListPolicies', { Filter: 'SERVICE_CONTROL_POLICY' })).Policies as object[]
    const before = await policies()
    // everything in the account itself is refused
    leaky.sandbox.setFaults(['deny:iam:Put*', 'deny:iam:Update*', 'deny:iam:Attach*'])
    const iam = (operation: string, input: object) => leaky.session.call('iam', operation, input)
    const change = {
      scp: true,
      callFor: async ({ kind }: { kind: string }) => (kind === 'deny-by-scp' ? organizations : iam),
    }
    const found = await run(leaky, path, change)
    expect(states(found)).toMatchObject({ [`deny-by-scp:${MEMBER}`]: 'done', 'deny-user:deploy': 'refused' })
    // of the user's own ARN: a federated user and roles have others
    expect(await whatWorks()).toEqual(['federation token', 'assumed role', 'chained role'])
    expect(await policies()).toHaveLength(before.length + 1)
    leaky.sandbox.setFaults([])
    expect((await undo(null, change))[`deny-by-scp:${MEMBER}`]).toBe('undone')
    expect(await policies()).toEqual(before)
    management.close()
  })
})

describe('where the organization does not take a service control policy', () => {
  async function fromManagement(faults: readonly string[], prepare: (world: World) => void = () => undefined) {
    const management = await manage(leaky)
    prepare(leaky.world)
    const organizations = (operation: string, input: object) => management.call('organizations', operation, input)
    const iam = (operation: string, input: object) => leaky.session.call('iam', operation, input)
    leaky.sandbox.setFaults(faults)
    const found = await run(leaky, path, {
      scp: true,
      callFor: async ({ kind }: { kind: string }) => (kind === 'deny-by-scp' ? organizations : iam),
    })
    management.close()
    return found
  }
  const own = () =>
    [...leaky.world.organization!.policies.values()].filter(({ name }) => name.startsWith('keyreeve-revoke'))
  const record = (found: Found) => found.work.records.find(({ kind }) => kind === 'deny-by-scp')!

  it.each([
    ['it is not allowed to attach one', ['deny:organizations:AttachPolicy'], 'AccessDenied'],
    ['it is not allowed to make one', ['deny:organizations:CreatePolicy'], 'AccessDenied'],
    ['nothing of the organization may be read', ['deny:organizations:*'], 'AccessDenied'],
  ])(
    'as %s, the policy in the account denies, nothing is left lying about, and it is said',
    async (_, faults, code) => {
      const found = await fromManagement(faults)
      expect(record(found)).toMatchObject({ state: 'refused', because: expect.stringContaining(code) })
      expect(states(found)).toMatchObject({ 'deny-user:deploy': 'done', [KEY()]: 'done' })
      expect(own()).toEqual([])
      expect(await whatWorks()).toEqual([])
      const incident = documentOf(found)
      expect(incident.state).toBe('incomplete')
      expect(incident.leftToDo.map(({ why }) => why).join()).toContain('only a policy in the account denies')
    },
  )

  it('as the account has as many as there can be, the reason is told', async () => {
    const found = await fromManagement([], (world) => {
      for (let i = 0; i < 4; i++) addOrganizationPolicy(world, `theirs-${i}`, ALLOW_ALL, { targets: [MEMBER] })
    })
    expect(record(found)).toMatchObject({
      state: 'refused',
      because: 'ConstraintViolationException: MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
    })
    expect(own()).toEqual([])
    expect(await whatWorks()).toEqual([])
  })

  it('as somebody else is changing it, it is tried again', async () => {
    const found = await fromManagement(['conflict:organizations:AttachPolicy:times=1'])
    expect(record(found)).toMatchObject({ state: 'done' })
  })
})

const MEMBER = '111122223333'

describe('taking back', () => {
  it('leaves the account as it was', async () => {
    const before = stateOf(leaky.account)
    await run(leaky, path)
    expect(stateOf(leaky.account)).not.toEqual(before)
    expect(new Set(Object.values(await undo()))).toEqual(new Set(['undone']))
    expect(stateOf(leaky.account)).toEqual(before)
  })

  it('takes back one measure, when asked for one', async () => {
    await run(leaky, path)
    expect((await undo(['deny-user:deploy']))['deny-user:deploy']).toBe('undone')
    // sessions stay cut, and the key stays inactive
    expect(await whatWorks()).toEqual(['new key'])
  })

  it('leaves alone what somebody has changed since, and a key that was inactive before', async () => {
    leaky.key.status = 'Inactive'
    const found = await run(leaky, path)
    expect(states(found)[KEY()]).toBe('already')
    leaky.account.roles.get('build')!.inlinePolicies.set('keyreeve-revoke-20261128T195000Z', JSON.stringify(ALLOW_ALL))
    const undone = await undo()
    expect(undone).toMatchObject({ 'cut-role-sessions:build': 'unsure', [KEY()]: 'already' })
    expect(leaky.key.status).toBe('Inactive')
    expect(leaky.account.roles.get('build')!.inlinePolicies.size).toBe(1)
  })
})

describe('what was so before', () => {
  it('is not known of a key whose status AWS does not tell: it is activated only when it is named', async () => {
    leaky.sandbox.setFaults(['deny:iam:ListAccessKeys:times=1'])
    await run(leaky, path)
    leaky.sandbox.setFaults([])
    // another run sees what the first one did, and learns nothing of before
    await run(leaky, path)
    expect(await undo()).toMatchObject({ [KEY()]: 'unsure', 'deny-user:deploy': 'undone' })
    expect(leaky.key.status).toBe('Inactive')
    expect((await undo([KEY()]))[KEY()]).toBe('undone')
    expect(leaky.key.status).toBe('Active')
  })

  it('AWSDenyAll that somebody has attached before stays', async () => {
    const denyAll = 'arn:aws:iam::aws:policy/AWSDenyAll'
    leaky.account.users.get('deploy')!.attachedPolicies.add(denyAll)
    leaky.sandbox.setFaults(['deny:iam:PutUserPolicy'])
    expect(states(await run(leaky, path))).toMatchObject({ 'deny-user-managed:deploy': 'already' })
    await undo()
    expect(leaky.account.users.get('deploy')!.attachedPolicies.has(denyAll)).toBe(true)
  })
})

describe('whatever goes wrong', () => {
  const FAULTS = {
    denied: (call: string) => `deny:iam:${call}`,
    throttled: (call: string) => `throttle:iam:${call}:times=1`,
    'failed before it took effect': (call: string) => `error:iam:${call}:times=1`,
    'failed after it took effect': (call: string) => `error:iam:${call}:times=1:when=after`,
    'cut off before it took effect': (call: string) => `cut:iam:${call}:times=1`,
    'cut off after it took effect': (call: string) => `cut:iam:${call}:times=1:when=after`,
  }
  const CALLS = [
    'UpdateAccessKey',
    'PutUserPolicy',
    'PutRolePolicy',
    'GetUserPolicy',
    'ListAccessKeys',
    'GetRolePolicy',
    'SimulatePrincipalPolicy',
    'GetUser',
    'GetRole',
  ]

  /** What CloudTrail says, asked once. */
  async function remembered(): Promise<RevokeContext['evidence']> {
    const journal = new IncidentJournal(join(newFolder(), 'journal'))
    const { evidence } = contextOf(leaky, journal)
    journal.close()
    const events: KeyEvent[] = []
    for await (const event of evidence.eventsOf(Object.values(stolen).map(({ accessKeyId }) => accessKeyId)))
      events.push(event)
    return {
      async *eventsOf(keys) {
        yield* events.filter(({ accessKeyId }) => accessKeyId !== null && keys.includes(accessKeyId))
      },
      async *eventsOfPrincipal() {},
      gaps: () => [],
    }
  }

  it.each(Object.entries(FAULTS))('every call %s: the others go on, and the next run ends it', async (name, rule) => {
    const evidence = await remembered()
    for (const call of name === 'denied' ? CALLS : CALLS.slice(0, 4)) {
      leaky.sandbox.setFaults([rule(call)])
      const met = await run(leaky, path, { evidence })
      // what the fault did not touch was done
      const touched: Record<string, RegExp> = {
        UpdateAccessKey: /^deactivate-key/,
        ListAccessKeys: /^deactivate-key/,
        PutUserPolicy: /-user/,
        GetUserPolicy: /-user/,
        PutRolePolicy: /-role-/,
        GetRolePolicy: /-role-/,
      }
      for (const record of met.work.records.filter(({ state }) => state !== 'undone')) {
        if (!(touched[call]?.test(record.id) ?? false))
          expect(record.state, `${name} ${call} ${record.id}`).toBe('done')
        if (record.state !== 'done') {
          expect(record.because).not.toBeNull()
          expect(record.command).toMatch(/^aws /)
        }
      }
      leaky.sandbox.setFaults([])
      const last = await run(leaky, path, { evidence })
      for (const { id, state } of last.work.records)
        if (!id.startsWith('deny-user-managed')) expect(state, `${name} ${call} ${id}`).toBe('done')
      expect(await whatWorks(), `${name} ${call}`).toEqual([])
      await undo()
      expect(await whatWorks(), `undone after ${name} ${call}`).toEqual(Object.keys(stolen))
    }
  })

  it('where CloudTrail cannot be asked, the key is stopped all the same, and it is said', async () => {
    leaky.sandbox.setFaults(['deny:cloudtrail:LookupEvents'])
    const found = await run(leaky, path)
    // sessions of roles may go on
    expect(documentOf(found).state).toBe('incomplete')
    expect(states(found)).toMatchObject({ [KEY()]: 'done', 'deny-user:deploy': 'done' })
    expect(found.gaps.join()).toContain('LookupEvents')
    expect(await works(leaky, stolen.key!)).toBe(false)
  })

  it('killed at every line of the journal: the next run ends it, and it can be taken back', async () => {
    const before = stateOf(leaky.account)
    const evidence = await remembered()
    await run(leaky, path, { evidence })
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n').length
    await undo()
    expect(stateOf(leaky.account)).toEqual(before)
    for (let killedAt = 1; killedAt < lines; killedAt++) {
      writeFileSync(path, '')
      const journal = new IncidentJournal(path)
      let written = 0
      const add = journal.add.bind(journal)
      journal.add = (entry) => {
        if (++written > killedAt) throw new Error('killed')
        add(entry)
      }
      await run(leaky, path, { journal, evidence }).catch((error: Error) => expect(error.message).toBe('killed'))
      journal.close()
      const found = await run(leaky, path, { evidence })
      expect(new Set(Object.values(states(found))), `killed at line ${killedAt}`).toEqual(new Set(['done']))
      expect(await whatWorks(ENDS), `killed at line ${killedAt}`).toEqual([])
      await undo()
      expect(stateOf(leaky.account), `taken back after line ${killedAt}`).toEqual(before)
    }
  })

  it('a deny that somebody took away is made again by the next run', async () => {
    await run(leaky, path)
    leaky.account.users.get('deploy')!.inlinePolicies.clear()
    leaky.key.status = 'Active'
    expect(await whatWorks()).not.toEqual([])
    await run(leaky, path)
    expect(await whatWorks()).toEqual([])
  })
})

function documentOf(found: Found, complete = true): Incident {
  const journal = new IncidentJournal(path)
  try {
    return incidentOf({
      tool: { name: 'keyreeve', version: '0' },
      opening: openingOf(leaky),
      journal,
      found,
      records: found.work.records,
      couldAssume: [`arn:aws:iam::${MEMBER}:role/untouched`, `arn:aws:iam::${MEMBER}:role/build`],
      newSince: [],
      places: ['src/app.py, line 3'],
      firstDenyMs: 412,
      warnings: [],
      updatedAt: new Date().toISOString(),
      complete,
    })
  } finally {
    journal.close()
  }
}

describe('the incident', () => {
  it('says what the key did, what was done and what is left, as its schema has it, without a secret', async () => {
    const found = await run(leaky, path)
    const incident = documentOf(found)
    expect(incidentSchema.parse(incident)).toEqual(incident)
    expect(incident.state).toBe('contained')
    expect(incident.roles).toEqual([
      { arn: `arn:aws:iam::${MEMBER}:role/build`, because: 'assumed', cut: true },
      { arn: `arn:aws:iam::${MEMBER}:role/ship`, because: 'assumed', cut: true },
      { arn: `arn:aws:iam::${MEMBER}:role/untouched`, because: 'could-assume', cut: false },
    ])
    expect(incident.leftToDo.map(({ what }) => what).join()).toContain('untouched')
    expect(incident.activity.actions.map(({ action }) => action)).toContain('iam:CreateAccessKey')
    const all = JSON.stringify(incident) + incidentMarkdown(incident) + readFileSync(path, 'utf8')
    for (const { secretAccessKey, sessionToken } of Object.values(stolen)) {
      expect(all).not.toContain(secretAccessKey)
      if (sessionToken) expect(all).not.toContain(sessionToken)
    }
  })

  it('is incomplete where something was refused, with the command that does it', async () => {
    leaky.sandbox.setFaults(['deny:iam:PutRolePolicy'])
    const incident = documentOf(await run(leaky, path))
    expect(incident.state).toBe('incomplete')
    const [cut] = incident.leftToDo.filter(({ command }) => command?.startsWith('aws iam put-role-policy'))
    expect(cut!.command).toContain('aws:TokenIssueTime')
  })

  it('of a role of IAM Identity Center, which nobody else may change, tells what ends its sessions', async () => {
    const roleName = 'AWSReservedSSO_Admin_0123456789abcdef'
    const arn = `arn:aws:iam::${MEMBER}:role/aws-reserved/sso.amazonaws.com/eu-west-1/${roleName}`
    addRole(leaky.world, leaky.account, roleName, {
      path: '/aws-reserved/sso.amazonaws.com/eu-west-1/',
      trustPolicy: JSON.parse(leaky.account.roles.get('build')!.trustPolicy as string),
    })
    const subject = { kind: 'role' as const, id: arn, accessKeyIds: [], userName: null, roleName, arn }
    const found = await run(leaky, path, { opening: openingOf(leaky, { subject }) })
    expect(states(found)).toEqual({ [`cut-role-sessions:${roleName}`]: 'refused' })
    const { state, leftToDo } = documentOf(found)
    expect(state).toBe('incomplete')
    const [command] = leftToDo.flatMap((it) => (it.command?.includes('TokenIssueTime') ? [it.command] : []))
    expect(command).toContain('aws organizations create-policy')
    expect(command).toContain(`role/*/${roleName}`)
    expect(leftToDo.map(({ what }) => what).join()).toContain('In IAM Identity Center')
  })

  it('shows hostile names, and does not obey them', async () => {
    const found = await run(leaky, path)
    const incident = documentOf(found)
    const hostile = {
      ...incident,
      gaps: ['\u001b[2J\u202eevil'],
      made: [{ ...incident.made[0]!, name: '<img src=x onerror=alert(1)>\u001b]0;x' }],
    }
    const text = incidentText(hostile, { width: 80, color: false, files: [] }) + incidentMarkdown(hostile)
    expect(text).not.toMatch(/[\u001b\u202e]/)
    expect(incidentMarkdown(hostile)).not.toMatch(/^[^`]*<img/m)
    for (const line of incidentText(hostile, { width: 60, color: false, files: [] }).split('\n'))
      expect(line.length).toBeLessThanOrEqual(60)
  })
})

describe('whose credentials make the calls', () => {
  const caller = (arn: string) => ({ subject: openingOf(leaky).subject, callerArn: arn })

  it('one does not revoke oneself by mistake', () => {
    const own = `arn:aws:iam::${MEMBER}:user/deploy`
    expect(() => refuseSelf(caller(own), null, false)).toThrow('this very run')
    expect(() => refuseSelf(caller(`arn:aws:iam::${MEMBER}:user/ana`), leaky.key.accessKeyId, false)).toThrow(
      'this very run',
    )
    expect(() => refuseSelf(caller(own), null, true)).not.toThrow()
    expect(() => refuseSelf(caller('arn:aws:iam::444455556666:user/deploy'), null, false)).not.toThrow()
    expect(() => refuseSelf(caller(`arn:aws:iam::${MEMBER}:user/ana`), 'AKIAOTHER', false)).not.toThrow()
  })

  it('the role that makes the calls is not cut under its feet, and that is left to do', async () => {
    const found = await run(leaky, path, { ownRole: 'ship' })
    expect(found.notCut).toEqual([{ arn: `arn:aws:iam::${MEMBER}:role/ship`, because: 'own' }])
    expect(states(found)).not.toHaveProperty('cut-role-sessions:ship')
  })

  it('every measure has an ID of its own', async () => {
    const found = await run(leaky, path)
    const ids = found.work.measures.map(measureId)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
