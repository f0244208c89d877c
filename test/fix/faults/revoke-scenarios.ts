/**
 * Revocations as scenarios: of a key whose thief has opened every kind of session with it, in the account itself and
 * from the management account, of a key of root, and taking one back.
 */
import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { failureOf } from '../../../src/aws/failure.ts'
import { renewingSession } from '../../../src/aws/renewing-session.ts'
import type { AwsSession } from '../../../src/aws/session.ts'
import { evidenceOf } from '../../../src/cli/incident-evidence.ts'
import { rootCall } from '../../../src/cli/plans.ts'
import type { Read } from '../../../src/fix/facts.ts'
import { incidentOf } from '../../../src/fix/revoke/incident.ts'
import { IncidentJournal, type Opening } from '../../../src/fix/revoke/journal.ts'
import { callsOf, type Measure } from '../../../src/fix/revoke/measures.ts'
import { resolve } from '../../../src/fix/revoke/resolve.ts'
import { type Found, policyName, revoke } from '../../../src/fix/revoke/revoke.ts'
import { Work, type WorkContext } from '../../../src/fix/revoke/work.ts'
import { KeyreeveError } from '../../../src/model/errors.ts'
import { type Incident, incident as incidentSchema } from '../../../src/model/incident.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { addAccessKey, addRole, nameKey } from '../../../src/sandbox/state.ts'
import { accountOf } from '../../../src/scan/detectors/key-id.ts'
import {
  ACCOUNT,
  ADMIN,
  ALLOW_ALL,
  type Credentials,
  type Leaky,
  leakyAccount,
  openingOf,
  stateOf,
  steal,
  works,
} from '../revoke-account.ts'
import { MANAGEMENT, manage } from '../revoke-organization.ts'
import { Changes, diskFull, Killed, type Run, type Scenario, type Stage } from './scenario.ts'

interface Kind {
  /** From the management account, by a service control policy and a role in the member. */
  fromManagement?: true
  /** Of root's key. */
  root?: true
  /** Whose key it is, is known from a snapshot: that matters at one call only. */
  snapshot?: true
  undo?: true
}

export async function revokeScenarios(): Promise<Scenario[]> {
  const kinds: Record<string, Kind> = {
    'revoke: in the account': {},
    'revoke: with a snapshot': { snapshot: true },
    'revoke: from the management account': { fromManagement: true },
    'revoke: a key of root': { fromManagement: true, root: true },
    'undo revoke: in the account': { undo: true },
    'undo revoke: from the management account': { fromManagement: true, undo: true },
  }
  return Object.entries(kinds).map(([name, kind]) => ({
    name,
    prepare: () => prepare(kind),
    ...(kind.snapshot && { isKilled: false as const }),
  }))
}

/** Journals wait for the disk at every line, which some thousand runs need not. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

const RUNNER = 'incident-runner'
const MEMBER_ROLE = 'OrganizationAccountAccessRole'

const trusts = (AWS: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }],
})

async function prepare(kind: Kind): Promise<Stage> {
  const leaky = await leakyAccount()
  const stolen = await steal(leaky)
  const management = kind.fromManagement ? await manage(leaky) : null
  const { world, account } = leaky
  const caller = management ? world.accounts.get(MANAGEMENT)! : account
  addRole(world, caller, RUNNER, { trustPolicy: trusts(caller.accountId), inlinePolicies: { all: ALLOW_ALL } })
  addRole(world, account, MEMBER_ROLE, {
    trustPolicy: trusts(`arn:aws:iam::${caller.accountId}:root`),
    attachedPolicies: [ADMIN],
  })
  if (kind.root) {
    world.organization!.features.add('RootSessions')
    Object.assign(leaky, { key: addAccessKey(world, account, null) })
  }
  const stage = new RevokeStage(leaky, kind, kind.root ? { key: leaky.key } : stolen, management ?? leaky.session)
  if (kind.undo) await stage.revoked()
  return stage
}

class RevokeStage implements Stage {
  readonly #leaky: Leaky
  readonly #kind: Kind
  readonly #stolen: Record<string, Credentials>
  readonly #session: AwsSession
  readonly #before: string
  readonly #folder = mkdtempSync(join(MEMORY, 'keyreeve-faults-'))
  /** As it would be in the file. */
  #incident: Incident | null = null

  get calls(): RegExp {
    return this.#kind.snapshot
      ? /^iam:GetAccessKeyLastUsed$/
      : /^(iam|organizations|cloudtrail):|^sts:(AssumeRole|AssumeRoot|GetCallerIdentity)$/
  }

  constructor(leaky: Leaky, kind: Kind, stolen: Record<string, Credentials>, session: AwsSession) {
    this.#leaky = leaky
    this.#kind = kind
    this.#stolen = stolen
    this.#session = session
    this.#before = this.#state()
  }

  get sandbox(): Sandbox {
    return this.#leaky.sandbox
  }

  /** Everything of the organization that revoking may change. */
  #state(): string {
    const { account, world } = this.#leaky
    return JSON.stringify([stateOf(account), [...(world.organization?.policies.keys() ?? [])].sort()])
  }

  async revoked(): Promise<void> {
    const ended = await this.#runs({}, (session, journal) => this.#revoke(session, journal))
    if (ended !== 'done') throw new Error(`the stage could not be set: ${ended}`)
  }

  run(how: Run = {}): Promise<string> {
    return this.#runs(how, (session, journal) =>
      this.#kind.undo ? this.#undo(session, journal) : this.#revoke(session, journal),
    )
  }

  async #runs(
    { killedAt, torn, fullAt, expireAt, renewable }: Run,
    work: (session: AwsSession, journal: IncidentJournal) => Promise<string>,
  ): Promise<string> {
    const path = join(this.#folder, 'journal')
    const journal = new IncidentJournal(path)
    let lines = 0
    const told = journal.entries.length
    const changes = new Changes(this.sandbox)
    const add = journal.add.bind(journal)
    journal.add = (entry) => {
      lines++
      if (fullAt !== undefined && lines >= fullAt) throw diskFull()
      // a process that is dead writes nothing more
      if (killedAt !== undefined && lines >= killedAt) {
        if (torn && lines === killedAt) appendFileSync(path, JSON.stringify(entry).slice(0, -5))
        throw new Killed('killed')
      }
      add(entry)
    }
    try {
      const session = expireAt === undefined ? this.#session : await this.#expiring(expireAt, renewable === true)
      return await work(session, journal)
    } catch (error) {
      if (error instanceof Killed || !(error instanceof KeyreeveError)) throw error
      // one line on the screen says that nothing, or not everything, was done
      return error.code
    } finally {
      // what is under way when the disk is full was told before
      const calls = journal.entries.slice(told).filter(({ event }) => event === 'call').length
      if (fullAt !== undefined && changes.made.length > calls) this.#blind = changes.made.join(', ')
      journal.close()
    }
  }

  /** Calls of which the journal does not tell. */
  #blind: string | null = null

  /** Credentials that AWS takes no more from that call on. */
  async #expiring(expireAt: string, renewable: boolean): Promise<AwsSession> {
    let ends: string | undefined = expireAt
    const open = async () => {
      const own = await this.#newRunner()
      const call = own.call.bind(own)
      own.call = (service, operation, ...rest) => {
        if (`${service}:${operation}` === ends) {
          ends = undefined
          this.#endOf(own)
        }
        return call(service, operation, ...rest)
      }
      return own
    }
    return renewingSession(await open(), {
      reopen: () => (renewable ? open() : Promise.reject(new Error('there are none'))),
    })
  }

  readonly #ids = new WeakMap<AwsSession, string>()

  #endOf(session: AwsSession): void {
    const made = this.#leaky.world.sessions.get(this.#ids.get(session)!)
    if (made) made.expiration = new Date(0)
  }

  async #newRunner(): Promise<AwsSession> {
    const account = this.#kind.fromManagement ? MANAGEMENT : ACCOUNT
    const input = { RoleArn: `arn:aws:iam::${account}:role/${RUNNER}`, RoleSessionName: 'faults' }
    const ask = () => this.#session.call('sts', 'AssumeRole', input)
    // the stage is no part of what faults happen to
    const { Credentials: given } = await ask().catch(ask).catch(ask)
    const { AccessKeyId, SecretAccessKey, SessionToken } = given as Record<string, string>
    const session = this.#session.withCredentials({
      accessKeyId: AccessKeyId!,
      secretAccessKey: SecretAccessKey!,
      sessionToken: SessionToken!,
    })
    this.#ids.set(session, AccessKeyId!)
    return session
  }

  /** The calls of a measure, as the command makes them. */
  #callsWith(session: AwsSession): (measure: Measure) => Promise<Read> {
    const { fromManagement } = this.#kind
    const member = fromManagement ? session.withRole(`arn:aws:iam::${ACCOUNT}:role/${MEMBER_ROLE}`) : session
    const iam: Read = async (operation, input) => (await member).call('iam', operation, input)
    return async (measure) => {
      if (callsOf(measure) === 'root')
        return rootCall(session, { rootOf: ACCOUNT, task: 'IAMDeleteRootUserCredentials' })
      return callsOf(measure) === 'account'
        ? iam
        : (operation, input) => session.call('organizations', operation, input)
    }
  }

  #patience(): Pick<WorkContext, 'now' | 'sleep' | 'patienceMs' | 'failureOf'> {
    let clock = Date.now()
    return {
      now: () => new Date(Math.max(clock, Date.now())),
      sleep: async (ms) => {
        clock += ms
      },
      patienceMs: 5_000,
      failureOf,
    }
  }

  async #revoke(session: AwsSession, journal: IncidentJournal): Promise<string> {
    const { key } = this.#leaky
    const callFor = this.#callsWith(session)
    const iam = await callFor({ kind: 'deny-user', userName: '', policyName: '', partition: 'aws', accountId: ACCOUNT })
    const { Account } = await session.call('sts', 'GetCallerIdentity', {}).catch((error: unknown) => {
      throw new KeyreeveError('credentials', failureOf(error).detail)
    })
    const { subject } =
      journal.opening ??
      (await resolve(key.accessKeyId, {
        accountOfKey: accountOf,
        callerAccount: String(Account),
        partition: 'aws',
        iamOf: async () => iam,
        eventOf: async () => null,
        ownerKnownBefore: async () => (this.#kind.snapshot ? 'deploy' : null),
        failureOf,
      }))
    const opening = journal.opening ?? openingOf(this.#leaky, { subject })
    if (!journal.opening) journal.add({ at: opening.startedAt, event: 'opened', opening })
    const evidence = evidenceOf(await this.#member(session), {
      since: opening.since,
      regions: [this.sandbox.region],
      trail: join(this.#folder, 'none'),
      millisecondsBetween: 0,
      abortSignal: new AbortController().signal,
    })
    const save = async (found: Found, complete = false) => {
      this.#incident = this.#documented(journal, opening, found, complete)
    }
    const found = await revoke({
      ...this.#patience(),
      journal,
      opening,
      iam,
      callFor,
      evidence,
      keepUser: false,
      scp: this.#kind.fromManagement === true,
      ownRole: null,
      windowMs: 0,
      save,
    })
    await save(found, true)
    return this.#incident!.state === 'contained' ? 'done' : 'incomplete'
  }

  async #member(session: AwsSession): Promise<AwsSession> {
    return this.#kind.fromManagement ? session.withRole(`arn:aws:iam::${ACCOUNT}:role/${MEMBER_ROLE}`) : session
  }

  #documented(journal: IncidentJournal, opening: Opening, found: Found, complete: boolean): Incident {
    const incident = incidentOf({
      tool: { name: 'keyreeve', version: '0' },
      opening,
      journal,
      found,
      records: found.work.records,
      couldAssume: [],
      newSince: [],
      places: [],
      firstDenyMs: null,
      warnings: [],
      updatedAt: new Date().toISOString(),
      complete,
    })
    return incidentSchema.parse(incident)
  }

  async #undo(session: AwsSession, journal: IncidentJournal): Promise<string> {
    const work = new Work({ ...this.#patience(), journal, callFor: this.#callsWith(session) })
    await work.takeBack(null)
    const open = () => work.records.filter(({ state }) => !/^(undone|already|gone)$/.test(state))
    // a key of which nobody knows whether it was active before is activated by name only
    const unknown = open().filter(({ id, because }) => because?.includes(`not known: \`--measure ${id}\``))
    if (unknown.length > 0) await work.takeBack(new Set(unknown.map(({ id }) => id)))
    const left = open()
    for (const { id, because } of left) if (because === null) throw new Error(`no word why ${id} is left`)
    return left.length === 0 ? 'done' : 'incomplete'
  }

  async check(when: 'stopped' | 'settled'): Promise<string | null> {
    // a fault that is left over is not the thief's
    this.sandbox.setFaults([])
    if (this.#blind) return `it went on without a journal: ${this.#blind}`
    const others = this.#othersTouched()
    if (others) return others
    if (this.#kind.undo) {
      if (when === 'stopped') return null
      return this.#state() === this.#before ? null : 'the account is not as it was before'
    }
    const wrong = await this.#untrue()
    if (wrong || when === 'stopped') return wrong
    const still = await this.#whatWorks()
    if (still.length > 0) return `it is contained, and there still works: ${still.join(', ')}`
    return this.#kind.root ? null : this.#takenBack()
  }

  /** What is said to be done and is not. */
  async #untrue(): Promise<string | null> {
    const incident = this.#incident
    if (incident === null) return null
    for (const { id, state, because, command } of incident.measures) {
      if ((state === 'done' || state === 'already') && !this.#isDone(id))
        return `${id} is said to be ${state}, and is not`
      if (state !== 'done' && state !== 'already' && state !== 'open' && because === null)
        return `no word why ${id} is ${state}`
      if (state === 'refused' && command === null) return `nothing says how ${id} is done by hand`
    }
    const still = await this.#whatWorks()
    if (incident.state === 'contained' && still.length > 0) return `said to be contained: ${still.join(', ')}`
    if (still.includes('key') && incident.leftToDo.length === 0) return 'the key works, and nothing is left to do'
    return null
  }

  #isDone(id: string): boolean {
    const { account, world } = this.#leaky
    const [kind, name = ''] = id.split(':')
    const ours = policyName(openingOf(this.#leaky))
    const user = account.users.get(nameKey(name))
    switch (kind) {
      case 'deactivate-key':
        return world.accessKeys.get(name)?.key.status !== 'Active'
      case 'delete-root-key':
        return !world.accessKeys.has(name)
      case 'deny-user':
        return user?.inlinePolicies.has(ours) ?? true
      case 'deny-user-managed':
        return [...(user?.attachedPolicies ?? [])].some((arn) => arn.endsWith('/AWSDenyAll'))
      case 'cut-user-sessions':
        return user?.inlinePolicies.has(`${ours}-sessions`) ?? true
      case 'cut-role-sessions':
        return account.roles.get(nameKey(name))?.inlinePolicies.has(ours) ?? true
      case 'deny-by-scp': {
        const { policies, attachments } = world.organization!
        return [...policies.values()].some((it) => it.name === ours && attachments.get(ACCOUNT)?.has(it.id))
      }
      default:
        return false
    }
  }

  async #whatWorks(): Promise<string[]> {
    const still: string[] = []
    for (const [name, credentials] of Object.entries(this.#stolen))
      if (await works(this.#leaky, credentials)) still.push(name)
    return still
  }

  #othersTouched(): string | null {
    const { roles, users } = this.#leaky.account
    for (const name of ['untouched', MEMBER_ROLE])
      if (roles.get(nameKey(name))!.inlinePolicies.size > 0) return `the role ${name} has nothing to do with it`
    const admin = users.get('sandbox-administrator')
    return admin && admin.inlinePolicies.size > 0 ? 'the administrator was changed' : null
  }

  async #takenBack(): Promise<string | null> {
    const journal = new IncidentJournal(join(this.#folder, 'journal'))
    try {
      const ended = await this.#undo(this.#session, journal)
      if (ended !== 'done') return 'it is not taken back'
      return this.#state() === this.#before ? null : 'it was taken back, and the account is not as it was'
    } finally {
      journal.close()
    }
  }

  async close(): Promise<void> {
    if (this.#kind.fromManagement) this.#session.close()
    await this.#leaky.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
