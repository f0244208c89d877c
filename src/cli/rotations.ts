/** Rotations of the workspace: their journals, whom a run is about, and running them. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { failureOf } from '../aws/failure.ts'
import type { AwsSession } from '../aws/session.ts'
import { AppendLog, readEntries } from '../fix/apply/log.ts'
import type { Destination, KeyPair } from '../fix/deliver/destination.ts'
import { parseDestination } from '../fix/deliver/parse.ts'
import { abort, advance, begin } from '../fix/rotate/advance.ts'
import type { RotateContext, Run } from '../fix/rotate/context.ts'
import { type Rotation, type RotationEntry, type RotationTerms, rotationOf, type Uses } from '../fix/rotate/journal.ts'
import { survey } from '../fix/rotate/preflight.ts'
import { type IamCall, lastUseOf, listKeys } from '../fix/rotate/user-keys.ts'
import type { Config } from '../model/config.ts'
import { KeyreeveError } from '../model/errors.ts'
import type { RotatedKey, UntouchedKey } from '../report/rotations.ts'
import { withLock } from './lock.ts'
import { isAbout, type OwnVerification } from './own-verifications.ts'
import type { RotationEvidence } from './rotation-evidence.ts'
import { makeWorkspaceFolder, WORKSPACE } from './workspace.ts'

const FOLDER = join(WORKSPACE, 'rotations')

export interface SavedRotation {
  file: string
  rotation: Rotation
}

/** Every rotation of the workspace, the ended ones too, by file name. */
export function savedRotations(): SavedRotation[] {
  let names: string[]
  try {
    names = readdirSync(FOLDER)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return names
    .filter((name) => /^\d{12}-[A-Z0-9]+\.journal$/.test(name))
    .sort()
    .flatMap((name) => {
      const file = join(FOLDER, name)
      const rotation = rotationOf(readEntries<RotationEntry>(file))
      return rotation ? [{ file, rotation }] : []
    })
}

/** Two runs at once: the second is refused. */
export function withRotations<Result>(work: () => Promise<Result>): Promise<Result> {
  makeWorkspaceFolder(FOLDER)
  return withLock(FOLDER, 'another run of `keyreeve rotate` is at work here', work)
}

function journalOf(accountId: string, keyId: string): string {
  return join(FOLDER, `${accountId}-${keyId}.journal`)
}

export interface RotateOptions {
  /** Destinations that were given; empty: those of the configuration. */
  to: readonly string[]
  graceDays: number | undefined
  silenceDays: number | undefined
  isDryRun: boolean
  abort: boolean
  again: boolean
  makeRoom: boolean
  keepInactive: boolean
  overwrite: boolean
}

const GRACE_DAYS = 7
/** Longer than a month, for what comes once a month. */
export const SILENCE_DAYS = 35

/** Whom a run is about, and what was found. */
export type Target =
  | { kind: 'open'; file: string; rotation: Rotation }
  | { kind: 'new'; terms: RotationTerms; uses: Uses }
  | { kind: 'no'; key: RotatedKey }

export interface Rotator {
  readonly accountId: string
  /** Looks at a user or key, without a change. */
  target(name: string): Promise<Target>
  /** Does what can be done now. */
  run(target: Target, options?: { isDryRun?: boolean }): Promise<RotatedKey>
  /** Users whose keys are due, and those that cannot be rotated. */
  due(maxAgeDays: number): Promise<{ users: string[]; untouched: UntouchedKey[] }>
}

export interface RotatorParts {
  session: AwsSession
  /** The session's: see {@link accountOf}. */
  accountId: string
  evidence: RotationEvidence
  /** Our own tries of found keys. */
  verifications?: readonly OwnVerification[]
  config: Config
  options: RotateOptions
  onEvent(text: string): void
  /** What a command that a key was delivered to has printed, without the secret. */
  onOutput?(text: string): void
  now(): Date
  /** For tests. */
  sleep?: (ms: number) => Promise<void>
}

export async function openRotator(parts: RotatorParts): Promise<Rotator> {
  const { session, accountId, options, config } = parts
  const clock = { now: parts.now, sleep: parts.sleep ?? ((ms: number) => sleep(ms)) }
  const call: IamCall = (operation, input) => session.call('iam', operation, input)
  const ownKeyId = await ownKey(session)
  const destination = destinations(session, clock.sleep, (text) => parts.onOutput?.(text))
  const whoIs = identityAsker(session)
  const contextFor = (userName: string): RotateContext => ({
    ...clock,
    call,
    failureOf,
    ownKeyId,
    switchTo: ({ accessKeyId, secretAccessKey }) => {
      const own = session.withCredentials({ accessKeyId, secretAccessKey })
      return { call: (operation, input) => own.call('iam', operation, input), ownKeyId: accessKeyId }
    },
    whoIs,
    destination,
    uses: parts.evidence.uses,
    callsSince: parts.evidence.callsSince,
    isOwnUse: (keyId, { date, service }) =>
      date !== null &&
      service === 'sts' &&
      (parts.verifications ?? []).some((own) => own.accessKeyId === keyId && isAbout(date, own)),
    onEvent: (text) => parts.onEvent(`${userName}: ${text}`),
    isDryRun: options.isDryRun,
    again: options.again,
    keepInactive: options.keepInactive,
    overwrite: options.overwrite,
  })
  const settingOf = (userName: string) =>
    config.rotations.find(({ user, account }) => user === userName && (account === undefined || account === accountId))
  // read once: there may be hundreds
  const saved = new Map(savedRotations().map(({ file, rotation }) => [file, rotation]))
  const openRotations = () =>
    [...saved]
      .map(([file, rotation]) => ({ file, rotation }))
      .filter(({ rotation: { phase, terms } }) => phase !== 'ended' && terms.accountId === accountId)

  return {
    accountId,
    async target(name) {
      const isKey = /^A[A-Z0-9]{15,}$/.test(name)
      const open = openRotations().filter(({ rotation: { terms, newKeyId } }) =>
        isKey ? terms.keyId === name || newKeyId === name : terms.userName === name,
      )
      // a key that is retired to make room comes first
      const first = open.find(({ rotation }) => rotation.terms.mode === 'retire') ?? open[0]
      if (first && isElsewhere(options.to, first.rotation.terms))
        return no(
          { accountId, userName: first.rotation.terms.userName },
          `a rotation of ${first.rotation.terms.keyId} is under way, to ${first.rotation.terms.to.join(', ')}: go on with it without \`--to\`, or \`--abort\` it first`,
        )
      if (first) return { kind: 'open', ...first }
      if (options.abort) return no({ accountId, userName: isKey ? null : name }, 'no rotation is under way')
      const userName = isKey ? await ownerOf(call, name) : name
      if (userName === null)
        return no({ accountId, userName: null }, `${name} is a key of root: those are deleted, not rotated`)
      const other = openRotations().find(({ rotation }) => rotation.terms.userName === userName)
      if (other)
        return no({ accountId, userName }, `a rotation of ${other.rotation.terms.keyId} of ${userName} is under way`)
      const setting = settingOf(userName)
      const to = options.to.length > 0 ? [...options.to] : (setting?.to ?? [])
      const silenceDays = options.silenceDays ?? setting?.silenceDays ?? SILENCE_DAYS
      const graceDays = options.graceDays ?? setting?.graceDays ?? GRACE_DAYS
      const wanted = { userName, keyId: isKey ? name : null, to, silenceDays }
      const found = await survey(contextFor(userName), wanted).catch((error: unknown) => unreadable(error, userName))
      const common = { accountId, userName, graceDays, silenceDays }
      if (found.ok)
        return {
          kind: 'new',
          terms: { ...common, keyId: found.keyId, mode: 'rotate', otherKeyId: null, to },
          uses: found.uses,
        }
      if (!found.idle || !options.makeRoom)
        return no({ accountId, userName }, found.hint === null ? found.because : `${found.because}; ${found.hint}`)
      const { accessKeyId: keyId, uses } = found.idle
      const otherKeyId = (await listKeys(call, userName)).find((key) => key.accessKeyId !== keyId)?.accessKeyId ?? null
      return { kind: 'new', terms: { ...common, keyId, mode: 'retire', otherKeyId, to: [] }, uses }
    },

    async run(target, { isDryRun = options.isDryRun } = {}) {
      if (target.kind === 'no') return target.key
      const terms = target.kind === 'new' ? target.terms : target.rotation.terms
      const context = { ...contextFor(terms.userName), isDryRun }
      const file = target.kind === 'open' ? target.file : journalOf(accountId, terms.keyId)
      if (isDryRun && target.kind === 'new') {
        const entries: RotationEntry[] = []
        const kept = { entries, add: (entry: RotationEntry) => void entries.push(entry) }
        begin(kept, terms, target.uses, clock.now())
        return rotatedKey(rotationOf(entries)!, await advance(context, kept), clock.now())
      }
      const journal = new AppendLog<RotationEntry>(file)
      try {
        if (target.kind === 'new') begin(journal, terms, target.uses, clock.now())
        if (options.abort) {
          const { retire, ...run } = await abort(context, journal)
          if (retire) await retireLeftOver(context, terms, retire)
          return rotatedKey(rotationOf(journal.entries)!, run, clock.now())
        }
        let run = await advance(context, journal)
        const isToBeMadeAgain = options.again && rotationOf(journal.entries)?.end?.how === 'taken-back'
        if (isToBeMadeAgain && run.outcome === 'refused' && !isDryRun) {
          begin(journal, terms, await context.uses(terms.keyId, null), clock.now())
          run = await advance({ ...context, again: false }, journal)
        }
        return rotatedKey(rotationOf(journal.entries)!, run, clock.now())
      } finally {
        const rotation = rotationOf(journal.entries)
        if (rotation) saved.set(file, rotation)
        journal.close()
      }
    },

    async due(maxAgeDays) {
      const users: string[] = []
      const untouched: UntouchedKey[] = []
      const isUnderWay = new Set(openRotations().map(({ rotation }) => rotation.terms.userName))
      const names = await userNames(call)
      await inParallel(names, async (userName) => {
        if (isUnderWay.has(userName)) return
        for (const { accessKeyId, isActive, createDate } of await listKeys(call, userName)) {
          const ageDays = Math.floor((clock.now().getTime() - Date.parse(createDate)) / 86_400_000)
          if (!isActive || ageDays <= maxAgeDays) continue
          if (settingOf(userName)) users.push(userName)
          else
            untouched.push({
              userName,
              accessKeyId,
              ageDays,
              because: 'no destination is configured: see `rotations` in keyreeve.yaml',
            })
        }
      })
      const open = [...isUnderWay]
      return {
        users: [...new Set([...open, ...users])].sort(),
        untouched: untouched.sort((a, b) => (a.userName < b.userName ? -1 : 1)),
      }
    },
  }

  /** A new key that somebody uses, after the rotation was aborted: it goes when it is silent. */
  async function retireLeftOver(context: RotateContext, terms: RotationTerms, keyId: string): Promise<void> {
    const journal = new AppendLog<RotationEntry>(journalOf(accountId, keyId))
    try {
      const wanted: RotationTerms = { ...terms, keyId, mode: 'retire', otherKeyId: terms.keyId, to: [] }
      begin(journal, wanted, await context.uses(keyId, null), clock.now())
    } finally {
      journal.close()
    }
  }
}

/** Whether a destination is named that a rotation which replaces a key does not have. */
function isElsewhere(to: readonly string[], { mode, to: agreed }: RotationTerms): boolean {
  return mode === 'rotate' && to.some((uri) => !agreed.includes(uri))
}

/** So many rotations at a time; the request budget says how fast they are. */
const AT_ONCE = 24

export async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker))
}

/** What `--status` and the reports tell of a rotation. */
export function rotatedKey(rotation: Rotation, run: Run | null, now: Date): RotatedKey {
  const { terms, phase, newKeyId, begunAt, switchedAt, deactivatedAt, deliveries, end, waits, broken } = rotation
  const until = run ? run.until : (waits?.until ?? null)
  return {
    accountId: terms.accountId,
    userName: terms.userName,
    accessKeyId: terms.keyId,
    newAccessKeyId: newKeyId,
    mode: terms.mode,
    phase,
    outcome: run?.outcome ?? null,
    because: run?.because ?? end?.because ?? waits?.because ?? null,
    until,
    waitsDays: until === null ? null : Math.max(0, Math.ceil((Date.parse(until) - now.getTime()) / 86_400_000)),
    begunAt,
    switchedAt,
    deactivatedAt,
    endedAt: end?.at ?? null,
    deliveries: terms.to.map((to) => {
      const delivery = deliveries.get(to)
      return { to, state: delivery?.state ?? 'open', verified: delivery?.verified ?? null }
    }),
    brokenCalls: broken.map(({ time, action, address, agent, errorCode }) => ({
      time,
      action,
      address,
      agent,
      errorCode,
    })),
  }
}

/** A key of which a run had to be given up. */
export function givenUp(accountId: string, name: string, because: string): RotatedKey {
  const target = no({ accountId, userName: name }, because)
  return { ...(target as { key: RotatedKey }).key, outcome: 'stopped' }
}

function no({ accountId, userName }: { accountId: string; userName: string | null }, because: string): Target {
  return {
    kind: 'no',
    key: {
      accountId,
      userName,
      accessKeyId: null,
      newAccessKeyId: null,
      mode: null,
      phase: null,
      outcome: 'refused',
      because,
      until: null,
      waitsDays: null,
      begunAt: null,
      switchedAt: null,
      deactivatedAt: null,
      endedAt: null,
      deliveries: [],
      brokenCalls: [],
    },
  }
}

/** What AWS did not answer to a question, before anything was changed. */
function unreadable(error: unknown, userName: string): Awaited<ReturnType<typeof survey>> {
  const { kind, detail } = failureOf(error)
  if (error instanceof KeyreeveError) throw error
  if (kind === 'aborted') throw new KeyreeveError('interrupted', 'interrupted')
  if (kind === 'unreadable' && !(error instanceof Error && '$metadata' in error)) throw error
  if (kind === 'missing')
    return { ok: false, because: `the account has no user ${userName}`, hint: 'a name, or the ID of a key', idle: null }
  return { ok: false, because: `what a rotation needs to know could not be read: ${detail}`, hint: null, idle: null }
}

async function ownerOf(call: IamCall, keyId: string): Promise<string | null> {
  try {
    return (await lastUseOf(call, keyId)).userName
  } catch (error) {
    const { detail } = failureOf(error)
    throw new KeyreeveError('usage', `AWS does not tell whose key \`${keyId}\` is: ${detail}`, {
      cause: error,
      hint: 'is it of this account? give the name of its user',
    })
  }
}

/**
 * The account that a session calls in.
 * @throws KeyreeveError when its credentials are of no use
 */
export async function accountOf(session: AwsSession): Promise<string> {
  try {
    return String((await session.call('sts', 'GetCallerIdentity', {})).Account)
  } catch (error) {
    if (error instanceof KeyreeveError) throw error
    throw new KeyreeveError('credentials', `no use of these credentials: ${failureOf(error).detail}`, { cause: error })
  }
}

/** The ID of the key that calls are signed with. */
async function ownKey(session: AwsSession): Promise<string> {
  const { config } = await session.client('sts')
  return (await config.credentials()).accessKeyId
}

function identityAsker(session: AwsSession): RotateContext['whoIs'] {
  const sessions = new Map<string, AwsSession>()
  return async (pair: KeyPair) => {
    let own = sessions.get(pair.accessKeyId)
    if (!own) {
      own = session.withCredentials({ accessKeyId: pair.accessKeyId, secretAccessKey: pair.secretAccessKey })
      sessions.set(pair.accessKeyId, own)
    }
    return String((await own.call('sts', 'GetCallerIdentity', {})).Arn)
  }
}

function destinations(
  session: AwsSession,
  sleep: (ms: number) => Promise<void>,
  onOutput: (text: string) => void,
): (uri: string) => Destination {
  const made = new Map<string, Destination>()
  const access = {
    aws: {
      call: (service: 'secretsmanager' | 'ssm', operation: string, input: object, region: string | undefined) =>
        session.call(service, operation, input, region === undefined ? {} : { region }),
      failureOf,
      sleep,
    },
    env: process.env,
    onOutput,
  }
  return (uri) => {
    let destination = made.get(uri)
    if (!destination) {
      destination = parseDestination(uri)(access)
      made.set(uri, destination)
    }
    return destination
  }
}

async function userNames(call: IamCall): Promise<string[]> {
  const names: string[] = []
  let marker: unknown
  for (let page = 0; page < 1000; page++) {
    const answer = await call('ListUsers', { MaxItems: 1000, ...(marker === undefined ? {} : { Marker: marker }) })
    names.push(...((answer.Users ?? []) as { UserName: string }[]).map(({ UserName }) => UserName))
    if (!answer.IsTruncated) return names
    marker = answer.Marker
  }
  throw new KeyreeveError('aws', 'iam:ListUsers has no end')
}
