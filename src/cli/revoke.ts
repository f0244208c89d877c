/**
 * `keyreeve revoke`: whose key it is, the question, and everything that the work needs from outside. What is not
 * needed for the first denying call is loaded after it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { awsClock } from '../aws/clock.ts'
import { failureOf } from '../aws/failure.ts'
import { isLoopback } from '../aws/proxy.ts'
import { renewingSession } from '../aws/renewing-session.ts'
import type { AwsSession } from '../aws/session.ts'
import type { Read } from '../fix/facts.ts'
import type { IncidentJournal, Opening } from '../fix/revoke/journal.ts'
import { callsOf, changeOf, type Measure, measureId } from '../fix/revoke/measures.ts'
import { type Resolving, resolve, type Target, userArn } from '../fix/revoke/resolve.ts'
import { type Found, isDeniedWhole, planned, type RevokeContext, refuseSelf, revoke } from '../fix/revoke/revoke.ts'
import { Work } from '../fix/revoke/work.ts'
import { KeyreeveError } from '../model/errors.ts'
import type { Incident, LeftToDo, Made, Planned } from '../model/incident.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { accountOf } from '../scan/detectors/key-id.ts'
import { awsOptionsOf, withSession } from './account-data.ts'
import type { RevokeFlags } from './commands/revoke.ts'
import { EXIT } from './errors.ts'
import { evidenceOf, firstEventOf } from './incident-evidence.ts'
import {
  alone,
  incidentFiles,
  incidentNamed,
  newIncidentId,
  openIncident,
  openJournal,
  savedIncident,
  saveIncident,
  slugOf,
} from './incidents.ts'
import { writeOutput } from './outputs.ts'
import { askYes } from './prompt.ts'
import { terminalFor } from './terminal.ts'
import { TOOL } from './version.ts'
import { visible } from './visible.ts'
import { newestSnapshots } from './workspace.ts'

const DAY_MS = 86_400_000
/** The longest session is of 36 hours; what a key made lies back longer. */
const LOOK_BACK_DAYS = 7

interface Caller {
  accountId: string
  arn: string
  /** Of the credentials of the run. */
  accessKeyId: string | null
}

export async function runRevoke(key: string | undefined, flags: RevokeFlags): Promise<void> {
  if (key === undefined)
    throw new KeyreeveError('usage', 'which key?', { hint: 'keyreeve revoke AKIA..., or --undo INCIDENT' })
  if (flags.roles !== 'assumed' && flags.roles !== 'all-reachable')
    throw new KeyreeveError('usage', '`--roles` is assumed or all-reachable')
  if (flags.organization && flags.keepUser)
    throw new KeyreeveError('usage', '`--organization` denies the user everything, and `--keep-user` does not', {
      hint: 'leave one of them out',
    })
  if (flags.proveWithStdin && !flags.yes)
    throw new KeyreeveError(
      'usage',
      '`--prove-with-stdin` needs `--yes`: standard input can be used for one thing only',
    )
  const leaked = flags.proveWithStdin ? await leakedCredentials(key) : null
  await withSession(flags, async (opened, { abortSignal }) => {
    const own: Own = { accountId: null }
    const session = renewable(opened, flags, abortSignal, own)
    // whose it is was found out once: a key that is gone by now cannot be asked about
    const known = knownTarget(key)
    // the first questions do not wait for each other
    const owner =
      known === null && key.startsWith('AKIA')
        ? session.call('iam', 'GetAccessKeyLastUsed', { AccessKeyId: key })
        : null
    owner?.catch(() => undefined)
    const now = await awsClock(session, 'sts')
    const caller = await callerOf(session)
    own.accountId = caller.accountId
    const accounts = new Accounts(session, caller, flags.memberRole)
    const resolving = {
      accountOfKey: accountOf,
      callerAccount: caller.accountId,
      partition: session.partition,
      iamOf: async (accountId: string): Promise<Read> => {
        const iam = await accounts.iam(accountId)
        if (accountId !== caller.accountId || owner === null) return iam
        return (operation, input) => (operation === 'GetAccessKeyLastUsed' ? owner : iam(operation, input))
      },
      // the events of a session are in the account of its role
      eventOf: async (id: string) =>
        firstEventOf(
          id,
          await accounts.session(accountOf(id) ?? caller.accountId),
          evidenceOptions(flags, since(flags, now()), abortSignal),
        ),
      ownerKnownBefore: (id: string) => (flags.user === undefined ? ownerInSnapshots(id) : Promise.resolve(flags.user)),
      failureOf,
    } satisfies Resolving
    const target = known ?? (await resolve(key, resolving))
    refuseSelf({ subject: target.subject, callerArn: caller.arn }, caller.accessKeyId, flags.evenMe === true)
    const run = new Run({ key, flags, session, abortSignal, now, caller, accounts, target, leaked })
    if (flags.dryRun) await run.dryRun()
    else await run.revoke()
  })
}

interface RunParts {
  key: string
  flags: RevokeFlags
  session: AwsSession
  abortSignal: AbortSignal
  now: () => Date
  caller: Caller
  accounts: Accounts
  target: Target
  leaked: Leaked | null
}

class Run {
  readonly #parts: RunParts
  /** When the work began: of the process, or of the person's yes. */
  #beganAt = performance.timeOrigin

  constructor(parts: RunParts) {
    this.#parts = parts
  }

  async dryRun(): Promise<void> {
    const { flags } = this.#parts
    const opening = this.#opening('20000101T000000Z-dry-run')
    const scp = this.#wantsScp
    await this.#fill(opening)
    const measures = planned(opening, { scp, keepUser: flags.keepUser === true, now: this.#parts.now })
    const warnings = await this.#warnings(opening)
    if (flags.json) return writeOutput(null, [`${JSON.stringify(plannedAs(opening, measures, warnings), null, 1)}\n`])
    const { plannedText } = await import('../report/incident.ts')
    const title = 'This would be done, and each role cut that CloudTrail says was assumed:'
    await writeOutput(null, [plannedText(measures.map(changeOf), warnings, { ...terminalFor(null), title })])
  }

  async revoke(): Promise<void> {
    const { key, flags } = this.#parts
    const slug = slugOf(key)
    if (!flags.yes) await this.#ask()
    await alone(slug, async () => {
      const id = openIncident(slug) ?? newIncidentId(slug, new Date())
      const journal = openJournal(id)
      try {
        await this.#withJournal(journal, id)
      } finally {
        journal.close()
      }
    })
  }

  async #ask(): Promise<void> {
    const opening = this.#opening('20000101T000000Z-question')
    const { flags, now } = this.#parts
    await this.#fill(opening)
    const { plannedText } = await import('../report/incident.ts')
    const measures = planned(opening, { scp: this.#wantsScp, keepUser: flags.keepUser === true, now })
    const title = `${opening.subject.id} in account ${opening.accountId}: this is done at once, and each role cut that CloudTrail says was assumed`
    process.stderr.write(
      plannedText(measures.map(changeOf), await this.#warnings(opening), { ...terminalFor(null), title }),
    )
    if (!(await askYes('Do this?'))) throw new KeyreeveError('interrupted', 'nothing was changed')
    this.#beganAt = Date.now()
  }

  async #withJournal(journal: IncidentJournal, id: string): Promise<void> {
    const { flags, abortSignal, now, caller, accounts, target } = this.#parts
    const isNew = journal.opening === null
    const opening = journal.opening ?? this.#opening(id)
    if (isNew) journal.add({ at: new Date().toISOString(), event: 'opened', opening })
    const account = await accounts.session(target.accountId)
    const evidence = evidenceOf(account, evidenceOptions(flags, since(flags, now(), opening.since), abortSignal))
    const role = /^arn:[^:]+:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(caller.arn)
    const memberRole = caller.accountId === target.accountId ? null : flags.memberRole
    let found: Found | null = null
    const write = (part: Found, more: Partial<Written> = {}) => this.#write(journal, opening, part, isNew, more)
    const context: RevokeContext = {
      journal,
      opening,
      iam: await accounts.iam(target.accountId),
      callFor: (measure) => accounts.callFor(measure),
      evidence,
      keepUser: flags.keepUser === true,
      scp: this.#wantsScp && !(await this.#isManagement(opening)),
      ownRole: flags.evenMe ? null : (memberRole ?? (role?.[1] === target.accountId ? role[2]! : null)),
      windowMs: flags.window * 1000,
      now,
      sleep: (ms) => sleep(ms, undefined, { signal: abortSignal }),
      failureOf,
      onEvent: progress(),
      onPhase: (phase) => say(PHASES[phase]),
      save: async (part) => {
        found = part
        await write(part)
      },
    }
    try {
      found = await revoke(context)
      const look = await this.#secondLook(opening, found, context)
      await this.#whatItMade(opening, found)
      if (this.#parts.leaked) found.proofs.push(await proofWith(this.#parts.leaked, account, now))
      const incident = await write(found, { ...look, complete: true })
      await this.#report(incident)
    } catch (error) {
      if (found !== null && abortSignal.aborted) await write(found)
      if (abortSignal.aborted)
        throw new KeyreeveError('interrupted', 'interrupted: what was begun is not finished', {
          cause: error,
          hint: 'run it again: it goes on where it stopped',
        })
      throw error
    }
  }

  async #report(incident: Incident): Promise<void> {
    const { flags } = this.#parts
    const { incidentJson, incidentText } = await import('../report/incident.ts')
    const { json, markdown } = incidentFiles(incident.incidentId)
    await writeOutput(null, [
      flags.json ? incidentJson(incident) : incidentText(incident, { ...terminalFor(null), files: [markdown, json] }),
    ])
    process.exitCode = incident.state === 'incomplete' ? EXIT.incomplete : EXIT.ok
  }

  /** What is new in the account, and which roles the key could have assumed. */
  async #secondLook(opening: Opening, found: Found, context: RevokeContext): Promise<Partial<Written>> {
    const { flags, accounts } = this.#parts
    const arn = opening.subject.arn
    if (!flags.secondLook) return {}
    say('reading the account for what is new in it')
    const snapshot = await this.#snapshot(await accounts.session(opening.accountId)).catch((error: unknown) => {
      this.#parts.abortSignal.throwIfAborted()
      found.gaps.push(
        `the account was not read again: ${error instanceof KeyreeveError ? error.message : failureOf(error).detail}`,
      )
      return null
    })
    if (!snapshot) return {}
    // what nobody asked for, or what there is none of, is not missing
    for (const { source, status, detail } of snapshot.coverage)
      if (SECOND_LOOK.test(source) && !/^(read|absent|unsupported)$/.test(status))
        found.gaps.push(`${source}: ${status}${detail === null ? '' : ` (${detail})`}`)
    const [{ newSince }, { openEstate }, { assumableRoles, isOnlyAdmin }, { cutRoles }] = await Promise.all([
      import('../fix/revoke/new-since.ts'),
      import('../reach/estate.ts'),
      import('../reach/assumable.ts'),
      import('../fix/revoke/revoke.ts'),
    ])
    // what it could do before we denied it everything
    const estate = openEstate([withoutOurs(snapshot, opening)])
    const couldAssume = arn === null ? null : assumableRoles(estate, arn)
    if (flags.roles === 'all-reachable' && couldAssume)
      await cutRoles(
        couldAssume.flatMap((role) => (role.split(':')[4] === opening.accountId ? role.split('/').at(-1)! : [])),
        found.work,
        context,
      )
    const warnings = arn !== null && isOnlyAdmin(estate, arn) ? [LAST_ADMIN] : []
    return { newSince: newSince(snapshot, context.opening.since), couldAssume, warnings }
  }

  async #snapshot(session: AwsSession): Promise<Snapshot> {
    const { collect } = await import('../collect/collect.ts')
    const { regions } = this.#parts.flags
    return collect(session, {
      toolVersion: TOOL.version,
      abortSignal: this.#parts.abortSignal,
      workloads: false,
      ...(regions ? { regions } : {}),
    })
  }

  async #whatItMade(opening: Opening, { chain, work }: Found): Promise<void> {
    const { flags } = this.#parts
    if (!flags.andWhatItMade) return
    const { measuresAgainst } = await import('../fix/revoke/what-it-made.ts')
    const measures = measuresAgainst(chain, opening)
    if (measures.length === 0) return
    if (!flags.yes) {
      const { plannedText } = await import('../report/incident.ts')
      const title = 'What the key made: this can be taken back, and nothing is deleted'
      process.stderr.write(plannedText(measures.map(changeOf), [], { ...terminalFor(null, process.stderr), title }))
      if (!(await askYes('Do this, too?'))) return
    }
    await Promise.all(measures.map((measure) => work.make(measure)))
    await work.settle()
  }

  #opening(incidentId: string): Opening {
    const { target, caller, session, now, flags } = this.#parts
    return {
      incidentId,
      accountId: target.accountId,
      partition: session.partition,
      subject: { ...target.subject },
      callerArn: caller.arn,
      startedAt: now().toISOString(),
      since: since(flags, now()),
    }
  }

  /**
   * From the management account a member is reached by a policy that the attacker cannot touch. It denies everything, so
   * where only sessions are to end it is for a person to ask for it.
   */
  get #wantsScp(): boolean {
    const { flags, caller, target } = this.#parts
    if (flags.organization !== undefined) return flags.organization
    return caller.accountId !== target.accountId && isDeniedWhole(target, flags.keepUser === true)
  }

  /** SCPs never bind the management account: one would give a feeling of safety. */
  async #isManagement({ accountId }: Opening): Promise<boolean> {
    const { caller, session } = this.#parts
    if (accountId !== caller.accountId) return false
    try {
      const { Organization } = await session.call('organizations', 'DescribeOrganization', {})
      const isManagement = (Organization as { MasterAccountId?: string }).MasterAccountId === accountId
      if (isManagement) say('service control policies do not bind the management account: none is made')
      return isManagement
    } catch {
      return false
    }
  }

  /** What is only found out while it is done, for a person to see before. */
  async #fill({ subject, accountId }: Opening): Promise<void> {
    if (subject.userName === null) return
    const iam = await this.#parts.accounts.iam(accountId)
    subject.arn = await userArn(iam, subject.userName, subject.arn)
    if (subject.kind !== 'user') return
    try {
      const { AccessKeyMetadata } = await iam('ListAccessKeys', { UserName: subject.userName })
      subject.accessKeyIds = (AccessKeyMetadata as { AccessKeyId: string }[]).map(({ AccessKeyId }) => AccessKeyId)
    } catch {
      // they are listed again when it is done, and what then fails is said
    }
  }

  /** What the newest snapshot of the workspace says against it; nothing, where there is none. */
  async #warnings({ subject, accountId }: Opening): Promise<string[]> {
    if (subject.userName === null || subject.arn === null) return []
    try {
      const file = newestSnapshots().find((name) => name.includes(accountId))
      if (file === undefined) return []
      const [{ loadSnapshots }, { openEstate }, { isOnlyAdmin }] = await Promise.all([
        import('../collect/saved/load.ts'),
        import('../reach/estate.ts'),
        import('../reach/assumable.ts'),
      ])
      const { snapshots } = await loadSnapshots([file], { toolVersion: TOOL.version })
      return isOnlyAdmin(openEstate(snapshots), subject.arn) ? [LAST_ADMIN.what] : []
    } catch {
      return []
    }
  }

  async #write(
    journal: IncidentJournal,
    opening: Opening,
    found: Found,
    isNew: boolean,
    more: Partial<Written>,
  ): Promise<Incident> {
    const { incidentOf } = await import('../fix/revoke/incident.ts')
    const before = await savedIncident(opening.incidentId)
    const firstDeny = journal.firstDenyAt
    const incident = incidentOf({
      tool: TOOL,
      opening,
      journal,
      found,
      records: found.work.records,
      couldAssume: more.couldAssume ?? null,
      newSince: more.newSince ?? [],
      places: more.complete ? await placesOf(opening) : [],
      firstDenyMs:
        isNew && firstDeny !== null ? Date.parse(firstDeny) - Math.round(this.#beganAt) : (before?.firstDenyMs ?? null),
      warnings: more.warnings ?? [],
      updatedAt: this.#parts.now().toISOString(),
      complete: more.complete ?? false,
    })
    await saveIncident(incident)
    return incident
  }
}

function plannedAs({ accountId, subject }: Opening, measures: readonly Measure[], warnings: string[]): Planned {
  const planned = measures.map((measure) => ({ id: measureId(measure), change: changeOf(measure) }))
  // the constant would load zod, which the first denying call need not wait for
  return { schemaVersion: 1, accountId, subject, planned, warnings }
}

interface Written {
  couldAssume: string[] | null
  newSince: Made[]
  warnings: LeftToDo[]
  complete: boolean
}

const SECOND_LOOK = /^(iam|ec2):/

const LAST_ADMIN: LeftToDo = {
  what: 'It is the only administrator of the account: make another one, or keep the way in as root',
  why: 'nobody else can do everything',
  command: null,
}

/** The account without what the incident put there: what could be done before it. */
function withoutOurs(snapshot: Snapshot, { incidentId }: Opening): Snapshot {
  const ours = `keyreeve-revoke-${incidentId.slice(0, 16)}`
  const without = <T extends { inlinePolicies: { policyName: string }[] }>(holder: T): T => ({
    ...holder,
    inlinePolicies: holder.inlinePolicies.filter(({ policyName }) => !policyName.startsWith(ours)),
  })
  return { ...snapshot, users: snapshot.users.map(without), roles: snapshot.roles.map(without) }
}

/** Takes back what an incident changed. */
export async function runUndo(named: string, key: string | undefined, flags: RevokeFlags): Promise<void> {
  if (key !== undefined) throw new KeyreeveError('usage', 'name the incident or the key, not both')
  const id = incidentNamed(named)
  await withSession(flags, async (opened, { abortSignal }) => {
    const own: Own = { accountId: null }
    const session = renewable(opened, flags, abortSignal, own)
    await alone(id.slice(17), async () => {
      const journal = openJournal(id)
      try {
        const { opening } = journal
        if (!opening)
          throw new KeyreeveError('input', `the incident \`${id}\` was never begun: there is nothing to take back`)
        const caller = await callerOf(session)
        own.accountId = caller.accountId
        const accounts = new Accounts(session, caller, flags.memberRole)
        const work = new Work({
          journal,
          callFor: (measure) => accounts.callFor(measure),
          now: () => new Date(),
          sleep: (ms) => sleep(ms, undefined, { signal: abortSignal }),
          failureOf,
        })
        const known = new Set(work.measures.map(measureId))
        for (const measure of flags.measure ?? [])
          if (!known.has(measure)) throw new KeyreeveError('usage', `the incident has no measure \`${measure}\``)
        const wanted = work.measures.filter((measure) => flags.measure?.includes(measureId(measure)) ?? true)
        if (!flags.yes) {
          const { plannedText } = await import('../report/incident.ts')
          const title = 'This is taken back:'
          process.stderr.write(plannedText(wanted.map(changeOf), [], { ...terminalFor(null, process.stderr), title }))
          if (!(await askYes('Take it back?'))) throw new KeyreeveError('interrupted', 'nothing was changed')
        }
        await work.takeBack(flags.measure ? new Set(flags.measure) : null)
        await reportUndo(id, opening, journal, work, flags)
      } finally {
        journal.close()
      }
    })
  })
}

async function reportUndo(
  id: string,
  opening: Opening,
  journal: IncidentJournal,
  work: Work,
  flags: RevokeFlags,
): Promise<void> {
  const before = await savedIncident(id)
  const [{ incidentOf }, { Chain }, report] = await Promise.all([
    import('../fix/revoke/incident.ts'),
    import('../fix/revoke/chain.ts'),
    import('../report/incident.ts'),
  ])
  const bare = incidentOf({
    tool: TOOL,
    opening,
    journal,
    found: { chain: new Chain([]), proofs: [], notCut: [], gaps: [], deadAt: null },
    records: work.records,
    couldAssume: null,
    newSince: [],
    places: [],
    firstDenyMs: null,
    warnings: [],
    updatedAt: new Date().toISOString(),
    complete: false,
  })
  const { measures, state, updatedAt, timeline } = bare
  // what was found out stays, only what was changed is told anew
  const incident: Incident = before
    ? {
        ...before,
        measures,
        updatedAt,
        state: state === 'undone' ? state : before.state,
        proofs: [],
        timeline: joinedTimeline(before, timeline),
      }
    : bare
  await saveIncident(incident)
  const { json, markdown } = incidentFiles(id)
  await writeOutput(null, [
    flags.json
      ? report.incidentJson(incident)
      : report.incidentText(incident, { ...terminalFor(null), files: [markdown, json] }),
  ])
  const wanted = measures.filter((measure) => flags.measure?.includes(measure.id) ?? true)
  process.exitCode = wanted.every((measure) => /^(undone|already|gone)$/.test(measure.state))
    ? EXIT.ok
    : EXIT.incomplete
}

function joinedTimeline(before: Incident, ours: Incident['timeline']): Incident['timeline'] {
  const theirs = before.timeline.filter(({ who }) => who !== 'keyreeve')
  return [...theirs, ...ours].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

/** Calls in the key's account, in the organization, and as root of a member. */
class Accounts {
  readonly #session: AwsSession
  readonly #caller: Caller
  readonly #memberRole: string
  readonly #sessions = new Map<string, Promise<AwsSession>>()

  constructor(session: AwsSession, caller: Caller, memberRole: string) {
    this.#session = session
    this.#caller = caller
    this.#memberRole = memberRole
  }

  session(accountId: string): Promise<AwsSession> {
    if (accountId === this.#caller.accountId) return Promise.resolve(this.#session)
    let session = this.#sessions.get(accountId)
    if (!session) {
      session = this.#session.withRole(`arn:${this.#session.partition}:iam::${accountId}:role/${this.#memberRole}`)
      this.#sessions.set(accountId, session)
      session.catch(() => this.#sessions.delete(accountId))
    }
    return session
  }

  async iam(accountId: string): Promise<Read> {
    const session = await this.session(accountId)
    // a role that does not let us in shows at the first call; it is asked here, so that it is told apart
    if (session !== this.#session) await session.call('sts', 'GetCallerIdentity', {})
    return (operation, input) => session.call('iam', operation, input)
  }

  async callFor(measure: Measure): Promise<Read> {
    switch (callsOf(measure)) {
      case 'account':
        return this.iam(measure.accountId)
      case 'organization':
        return (operation, input) => this.#session.call('organizations', operation, input)
      case 'root': {
        const { rootCall } = await import('./plans.ts')
        return rootCall(this.#session, { rootOf: measure.accountId, task: 'IAMDeleteRootUserCredentials' })
      }
    }
  }
}

/** Goes on with what the profile or its process gives out by the time at which the credentials end. */
function renewable(first: AwsSession, flags: RevokeFlags, abortSignal: AbortSignal, own: Own): AwsSession {
  return renewingSession(first, {
    onRenew: () => say('the credentials have expired: getting new ones'),
    async reopen() {
      const { openSession } = await import('../aws/session.ts')
      const next = await openSession(awsOptionsOf(flags, abortSignal))
      const { Account } = await next.call('sts', 'GetCallerIdentity', {})
      if (own.accountId === null || Account === own.accountId) return next
      next.close()
      throw new KeyreeveError(
        'credentials',
        `the new credentials are of account ${Account}, and not of ${own.accountId}`,
      )
    },
  })
}

/** The account of the run's credentials, once it is known. */
interface Own {
  accountId: string | null
}

async function callerOf(session: AwsSession): Promise<Caller> {
  const { whoAmI } = await import('../collect/caller.ts')
  const { accountId, callerArn } = await whoAmI(session, undefined)
  const client = await session.client('sts')
  const { accessKeyId } = await client.config.credentials()
  return { accountId, arn: callerArn, accessKeyId: accessKeyId ?? null }
}

function evidenceOptions(flags: RevokeFlags, from: string, abortSignal: AbortSignal) {
  const endpoint = flags.endpointUrl ?? process.env.AWS_ENDPOINT_URL ?? ''
  const isLocal = URL.canParse(endpoint) && isLoopback(new URL(endpoint).hostname)
  return {
    since: from,
    regions: flags.regions,
    trail: flags.trail,
    millisecondsBetween: isLocal ? 0 : 500,
    abortSignal,
  }
}

function since(flags: RevokeFlags, now: Date, otherwise?: string): string {
  return flags.since ?? otherwise ?? new Date(now.getTime() - LOOK_BACK_DAYS * DAY_MS).toISOString()
}

/** What an incident of the same name that is still open is about; null: there is none. */
function knownTarget(key: string): Target | null {
  const id = openIncident(slugOf(key))
  if (id === null) return null
  const journal = openJournal(id)
  const { opening } = journal
  journal.close()
  return opening && { accountId: opening.accountId, subject: opening.subject }
}

/** The owner of a key, by the workspace's snapshots. */
async function ownerInSnapshots(accessKeyId: string): Promise<string | null> {
  try {
    const { loadSnapshots } = await import('../collect/saved/load.ts')
    const files = newestSnapshots()
    if (files.length === 0) return null
    const { snapshots } = await loadSnapshots(files, { toolVersion: TOOL.version })
    const key = snapshots.flatMap(({ accessKeys }) => accessKeys).find((known) => known.accessKeyId === accessKeyId)
    return key?.userName ?? null
  } catch {
    return null
  }
}

/** Where the workspace's scans found the key. */
async function placesOf({ subject }: Opening): Promise<string[]> {
  const [{ joinScans }, { leakPlaceName }] = await Promise.all([
    import('./saved-scans.ts'),
    import('../report/leak-place.ts'),
  ])
  const scans = await joinScans().catch(() => null)
  const leaks = scans?.leaks.filter(
    // where an ID is public, or in a report of ours, there is nothing to clean
    ({ accessKeyId, class: leakClass }) =>
      leakClass !== 'identifier' && accessKeyId !== null && subject.accessKeyIds.includes(accessKeyId),
  )
  return [...new Set((leaks ?? []).flatMap(({ places }) => places.map(leakPlaceName)))].sort()
}

interface Leaked {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/** From standard input: the secret alone, or JSON as AWS gives credentials out. In memory only. */
async function leakedCredentials(key: string): Promise<Leaked> {
  const { text } = await import('node:stream/consumers')
  const given = (await text(process.stdin)).trim()
  const wrong = () => new KeyreeveError('input', 'standard input holds no credentials of that key')
  if (given.length === 0 || given.length > 8192) throw wrong()
  if (!given.startsWith('{')) {
    if (!/^[A-Za-z0-9/+]{40}$/.test(given) || !key.startsWith('AKIA')) throw wrong()
    return { accessKeyId: key, secretAccessKey: given }
  }
  let parsed: Record<string, unknown>
  try {
    parsed = JSON.parse(given) as Record<string, unknown>
  } catch {
    // no word of what was there
    throw wrong()
  }
  const { AccessKeyId, SecretAccessKey, SessionToken } = (parsed.Credentials ?? parsed) as Record<string, unknown>
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string') throw wrong()
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(typeof SessionToken === 'string' ? { sessionToken: SessionToken } : {}),
  }
}

/** One call that only reads and that a Deny stops. */
async function proofWith(leaked: Leaked, session: AwsSession, now: () => Date): Promise<Incident['proofs'][number]> {
  const claim = `calls with ${/^A[KS]IA[A-Z2-7]{16}$/.test(leaked.accessKeyId) ? leaked.accessKeyId : 'the key'} are refused`
  const how = 's3:ListBuckets with the key itself'
  const at = now().toISOString()
  try {
    await session.withCredentials(leaked).call('s3', 'ListBuckets', {})
    return { claim, how, at, result: 'disproven', detail: 'the call worked' }
  } catch (error) {
    const { kind, detail } = failureOf(error)
    const isRefused = kind === 'denied' || (kind === 'credentials' && !/Signature|Skew|Expired/.test(detail))
    return { claim, how, at, result: isRefused ? 'proven' : 'unknown', detail }
  }
}

const PHASES = {
  stopping: 'stopping it',
  following: 'following it through CloudTrail',
  waiting: 'cutting again what began meanwhile',
  proving: 'proving that calls are denied',
  looking: 'looking again',
}

function say(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${visible(text)} ...\n`)
}

function progress(): NonNullable<RevokeContext['onEvent']> {
  return (event) => {
    if (event.event === 'made') say(`made: ${changeOf(event.measure)}`)
    if (event.event === 'refused') say(`refused: ${changeOf(event.measure)}: ${event.because}`)
  }
}
