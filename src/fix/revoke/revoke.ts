/**
 * The emergency, from the first call to the second look. Whatever is refused or breaks off, the rest goes on.
 *
 * What AWS shows is late by seconds (eventual consistency), and CloudTrail by minutes: so sessions are cut twice, the
 * second time with the moment at which the key was surely dead, and a later run looks again.
 */
import { KeyreeveError } from '../../model/errors.ts'
import type { KeyEvent, Proof } from '../../model/incident.ts'
import { pages, type Read } from '../facts.ts'
import { Chain } from './chain.ts'
import type { Opening } from './journal.ts'
import type { Measure } from './measures.ts'
import { prove } from './prove.ts'
import { userArn, within } from './resolve.ts'
import { Work, type WorkContext } from './work.ts'

/** Where events come from; the command has the store and CloudTrail's event history. */
export interface Evidence {
  /** Of these keys, in any order; never throws but when it is told to stop. */
  eventsOf(keys: readonly string[]): AsyncIterable<KeyEvent>
  /** What is known of sessions by the name of the user or role, whose keys are not known. */
  eventsOfPrincipal(subject: Opening['subject']): AsyncIterable<KeyEvent>
  /** What could not be read so far. */
  gaps(): string[]
}

export interface RevokeContext extends WorkContext {
  opening: Opening
  /** IAM of the account. */
  iam: Read
  evidence: Evidence
  /** Only the key and the sessions; the user goes on with its other key and its password. */
  keepUser: boolean
  /** A service control policy first. */
  scp: boolean
  /** The role that makes the calls, which is not cut under the feet of this run; null: it is none. */
  ownRole: string | null
  /** How long after it was stopped a key may still work here and there, ms. */
  windowMs: number
  onPhase?(phase: Phase): void
  /** After each phase, so that a crash leaves what is known. */
  save(found: Found): Promise<void>
}

export type Phase = 'stopping' | 'following' | 'waiting' | 'proving' | 'looking'

export interface Found {
  work: Work
  chain: Chain
  proofs: Proof[]
  /** Roles of other accounts, and the run's own: not cut. */
  notCut: { arn: string; because: 'other-account' | 'own' }[]
  gaps: string[]
  /** When the key was surely dead. */
  deadAt: string | null
}

/** Stops the key and what came of it. */
export async function revoke(context: RevokeContext): Promise<Found> {
  const work = new Work(context)
  const { subject } = context.opening
  const chain = new Chain(subject.accessKeyIds)
  const found: Found = { work, chain, proofs: [], notCut: [], gaps: [], deadAt: null }
  context.onPhase?.('stopping')
  await stop(work, context, found)
  await context.save(found)
  context.onPhase?.('following')
  const [, deadAt] = await Promise.all([follow(found, context), settle(work, context)])
  await context.save(found)
  context.onPhase?.('waiting')
  found.deadAt = deadAt
  await cutAgain(work, found.deadAt)
  await context.save(found)
  context.onPhase?.('proving')
  found.proofs.push(
    ...(await prove(
      work.measures.filter((measure) => isInForce(work, measure)),
      context,
    )),
  )
  context.onPhase?.('looking')
  await follow(found, context)
  await work.settle()
  found.gaps.push(...chain.gaps, ...context.evidence.gaps())
  return found
}

function isInForce(work: Work, measure: Measure): boolean {
  return ['done', 'made', 'already'].includes(work.stateOf(measure) ?? '')
}

/** What is done at once, as far as it is known before. */
export function planned(
  opening: Opening,
  options: Pick<RevokeContext, 'scp' | 'keepUser'> & { now(): Date },
): Measure[] {
  const { partition, accountId, subject } = opening
  const own = { partition, accountId }
  const before = cutoff(options)
  const measures = scpsOf(opening, options.scp)
  if (subject.kind === 'root-key') return [...measures, { kind: 'delete-root-key', ...own, accessKeyId: subject.id }]
  if (subject.roleName !== null) return [...measures, roleCut(subject.roleName, opening, before)]
  const userName = subject.userName!
  if (subject.kind !== 'session')
    for (const accessKeyId of subject.accessKeyIds)
      measures.push({ kind: 'deactivate-key', ...own, userName, accessKeyId })
  if (isDeniedWhole(opening, options.keepUser))
    measures.push({ kind: 'deny-user', ...own, userName, policyName: policyName(opening) })
  return [...measures, userCut(userName, opening, before)]
}

function scpsOf(opening: Opening, wanted: boolean): Measure[] {
  const { partition, accountId, subject } = opening
  if (!wanted || subject.arn === null) return []
  return [{ kind: 'deny-by-scp', partition, accountId, policyName: policyName(opening), principalArns: [subject.arn] }]
}

/** Whether a user or root is denied everything. Whoever has one session is not the user, and a role goes on. */
export function isDeniedWhole({ subject }: Pick<Opening, 'subject'>, keepUser: boolean): boolean {
  if (subject.kind === 'root-key') return true
  return !keepUser && subject.kind !== 'session' && subject.userName !== null
}

/** The calls that stop it, all at once. */
async function stop(work: Work, context: RevokeContext, found: Found): Promise<void> {
  const { opening } = context
  const { subject } = opening
  if (subject.userName === null) {
    await Promise.all(planned(opening, context).map((measure) => work.make(measure)))
    return
  }
  const { userName } = subject
  const scps = scpsOf(opening, context.scp).map((measure) => work.make(measure))
  const named = userArn(context.iam, userName, subject.arn).then((arn) => {
    subject.arn = arn
  })
  // nothing waits for the answer what was so before, but the call that would hide it
  const keys = keysToStop(userName, context, found).then((list) =>
    Promise.all(list.map((key) => stopKey(key, userName, work, context, found))),
  )
  const denies = isDeniedWhole(opening, context.keepUser) ? [denyUser(userName, work, opening)] : []
  await Promise.all([keys, ...scps, ...denies, cutUser(userName, work, context), named])
}

interface Key {
  accessKeyId: string
  /** null: not known. */
  status: string | null
}

/** How long the answer what was so before is waited for, ms. */
const BEFORE_MS = 700

async function keysToStop(userName: string, { iam, opening }: RevokeContext, found: Found): Promise<Key[]> {
  const { subject } = opening
  // who has a session's secret does not have the key's
  const wanted = subject.kind === 'session' ? [] : subject.accessKeyIds
  try {
    const answer = pages(iam, 'ListAccessKeys', { UserName: userName }, 'AccessKeyMetadata')
    // of a user, it is the answer that tells what to deactivate; the deny does not wait for it
    const all = await (subject.kind === 'user' ? answer : within(BEFORE_MS, answer))
    const listed = all as { AccessKeyId?: string; Status?: string }[]
    const keys = listed.flatMap(({ AccessKeyId, Status }) =>
      AccessKeyId === undefined ? [] : [{ accessKeyId: AccessKeyId, status: Status ?? null }],
    )
    if (subject.kind === 'user') {
      subject.accessKeyIds = keys.map(({ accessKeyId }) => accessKeyId)
      for (const id of subject.accessKeyIds) found.chain.follow(id)
      return keys
    }
    return wanted.map((id) => keys.find(({ accessKeyId }) => accessKeyId === id) ?? { accessKeyId: id, status: null })
  } catch {
    if (subject.kind === 'user')
      found.gaps.push(`the keys of ${userName} could not be listed, and were not deactivated`)
    return wanted.map((accessKeyId) => ({ accessKeyId, status: null }))
  }
}

async function stopKey(
  { accessKeyId, status }: Key,
  userName: string,
  work: Work,
  context: RevokeContext,
  found: Found,
): Promise<void> {
  const { partition, accountId } = context.opening
  const bare: Measure = { kind: 'deactivate-key', partition, accountId, userName, accessKeyId }
  const state = work.stateOf(bare)
  // what it was before we came is asked of the first run only
  const isUnsure = state === null ? status === null : status !== 'Active' && work.isUnsure(bare)
  const measure: Measure = { ...bare, ...(isUnsure && { isUnsure }) }
  if (status === 'Inactive' && state === null) work.already(measure)
  // somebody has switched it on again
  else if (status === 'Active' && state !== null) await work.again(measure)
  else await work.make(measure)
  if (state === null && work.stateOf(measure) === 'gone') await stopElsewhere(measure, work, context, found)
}

/** A key that its user does not have is deleted, or somebody else's: the user has another name now, or it was a mistake. */
async function stopElsewhere(
  measure: Extract<Measure, { kind: 'deactivate-key' }>,
  work: Work,
  context: RevokeContext,
  found: Found,
): Promise<void> {
  const { accessKeyId } = measure
  let owner: unknown
  try {
    owner = (await context.iam('GetAccessKeyLastUsed', { AccessKeyId: accessKeyId })).UserName
  } catch (error) {
    if (context.failureOf(error).kind === 'missing') return
  }
  if (typeof owner !== 'string' || owner === measure.userName) {
    found.gaps.push(`${accessKeyId} is no key of ${measure.userName}, and AWS does not tell whose it is: it may work`)
    return
  }
  const { opening } = context
  opening.subject.userName = owner
  await Promise.all([
    work.again({ ...measure, userName: owner, isUnsure: true }),
    ...(isDeniedWhole(opening, context.keepUser) ? [denyUser(owner, work, opening)] : []),
    cutUser(owner, work, context),
  ])
}

/** By a policy of ours; where that is refused, for want of room or of rights, by AWS's. */
async function denyUser(userName: string, work: Work, opening: Opening): Promise<void> {
  const { partition, accountId } = opening
  const own: Measure = { kind: 'deny-user', partition, accountId, userName, policyName: policyName(opening) }
  await work.make(own)
  if (work.stateOf(own) !== 'refused') return
  const managed: Measure = { kind: 'deny-user-managed', partition, accountId, userName }
  if (work.stateOf(managed) === null && (await work.isSo(managed))) work.already(managed)
  else await work.make(managed)
}

async function cutUser(userName: string, work: Work, context: RevokeContext): Promise<void> {
  await work.make(userCut(userName, context.opening, cutoff(context)))
}

function userCut(userName: string, opening: Opening, before: string): Measure {
  const { partition, accountId } = opening
  return {
    kind: 'cut-user-sessions',
    partition,
    accountId,
    userName,
    policyName: `${policyName(opening)}-sessions`,
    before,
  }
}

async function cutRole(roleName: string, work: Work, context: RevokeContext): Promise<void> {
  await work.make(roleCut(roleName, context.opening, cutoff(context)))
}

function roleCut(roleName: string, opening: Opening, before: string): Measure {
  const { partition, accountId } = opening
  return { kind: 'cut-role-sessions', partition, accountId, roleName, policyName: policyName(opening), before }
}

/** The incident's own: two incidents do not take each other's away. */
export function policyName({ incidentId }: Opening): string {
  return `keyreeve-revoke-${incidentId.slice(0, 16)}`
}

/** The next whole second: AWS cuts the time at which a session began down to the second. */
function cutoff({ now }: { now(): Date }): string {
  return `${new Date((Math.floor(now().getTime() / 1000) + 1) * 1000).toISOString().slice(0, 19)}Z`
}

/** Follows the key through CloudTrail, and cuts each role as soon as it is found. */
async function follow(found: Found, context: RevokeContext): Promise<void> {
  const { chain, work } = found
  const { evidence, opening } = context
  const cutting = new Map<string, Promise<void>>()
  const cut = (arn: string) => {
    if (cutting.has(arn)) return
    const done = cutAssumed(arn, found, context)
    // a fault is thrown at the end, where it is waited for
    done.catch(() => undefined)
    cutting.set(arn, done)
  }
  const seen = async (events: AsyncIterable<KeyEvent>): Promise<string[]> => {
    const next: string[] = []
    for await (const event of events) {
      next.push(...chain.add(event))
      if (event.role !== null) chain.roles.forEach(cut)
    }
    return next
  }
  let open = [...chain.keys]
  if (opening.subject.accessKeyIds.length === 0 || opening.subject.kind === 'user')
    open.push(...(await seen(evidence.eventsOfPrincipal(opening.subject))))
  while (open.length > 0) open = await seen(evidence.eventsOf(open))
  await Promise.all(cutting.values())
  await work.settle()
}

async function cutAssumed(arn: string, found: Found, context: RevokeContext): Promise<void> {
  const { work, notCut } = found
  const [, , , , account, path = ''] = arn.split(':')
  const roleName = path.split('/').at(-1)!
  if (notCut.some((role) => role.arn === arn)) return
  if (account !== context.opening.accountId) notCut.push({ arn, because: 'other-account' })
  else if (roleName === context.ownRole) notCut.push({ arn, because: 'own' })
  else await cutRole(roleName, work, context)
}

/** Cuts the sessions of roles that somebody names. */
export async function cutRoles(roleNames: readonly string[], work: Work, context: RevokeContext): Promise<void> {
  await Promise.all(
    roleNames.filter((name) => name !== context.ownRole).map((roleName) => cutRole(roleName, work, context)),
  )
  await work.settle()
}

/** Waits until everything is seen, and until a key that was stopped works nowhere any more. @returns when that was */
async function settle(work: Work, context: RevokeContext): Promise<string> {
  const from = context.now().getTime()
  await work.settle()
  const rest = context.windowMs - (context.now().getTime() - from)
  if (rest > 0) await context.sleep(rest)
  return context.now().toISOString()
}

/** What began between the first cut and the end of the key is cut as well. */
async function cutAgain(work: Work, deadAt: string): Promise<void> {
  const before = cutoff({ now: () => new Date(deadAt) })
  await Promise.all(
    work.measures.map(async (measure) => {
      if (measure.kind !== 'cut-role-sessions' && measure.kind !== 'cut-user-sessions') return
      if (!isInForce(work, measure)) return
      await work.again({ ...measure, before })
    }),
  )
  await work.settle()
}

/**
 * @throws {KeyreeveError} (`usage`) when it would stop the caller itself
 */
export function refuseSelf(
  { subject, callerArn }: Pick<Opening, 'subject' | 'callerArn'>,
  ownKeyId: string | null,
  evenMe: boolean,
): void {
  if (evenMe) return
  const isOwnKey = ownKeyId !== null && subject.accessKeyIds.includes(ownKeyId)
  const caller = /^arn:[^:]+:(?:iam|sts)::\d{12}:(user|assumed-role)\/(.+)$/.exec(callerArn ?? '')
  const path = caller?.[2]?.split('/') ?? []
  const isOwnUser = caller?.[1] === 'user' && subject.userName !== null && path.at(-1) === subject.userName
  const isOwnRole = caller?.[1] === 'assumed-role' && subject.roleName !== null && path[0] === subject.roleName
  const isSameAccount = subject.arn === null || subject.arn.split(':')[4] === callerArn?.split(':')[4]
  if (!isOwnKey && !((isOwnUser || isOwnRole) && isSameAccount)) return
  throw new KeyreeveError('usage', 'these are the credentials that this very run calls with', {
    hint: 'use other credentials, so that you can go on afterwards; `--even-me` does it all the same',
  })
}
