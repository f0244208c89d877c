/**
 * One run of a rotation: does the next safe thing, and the one after that, until there is something to wait for. It can
 * be run any number of times, and be killed at any moment; another run goes on from what the journal says.
 */
import { KeyreeveError } from '../../model/errors.ts'
import { isRefusal, seenTwice } from '../apply/seen.ts'
import { type RotateContext, type RotationJournal, type Run, refused, stopped, Work, would } from './context.ts'
import { deliverKey, putBackAll, recoverPair, takeBack } from './deliver-key.ts'
import type { RotationTerms, SeenCall, Uses } from './journal.ts'
import { createKey, discardKey, findLostKey, proveKey } from './make-key.ts'
import {
  type ConsumerStanding,
  countsAsUse,
  isProof,
  latest,
  OWN_USE,
  plusDays,
  type Readiness,
  readinessOf,
} from './silence.ts'
import { lastUseOf, listKeys } from './user-keys.ts'

/** Begins a rotation that a survey found possible. */
export function begin(journal: RotationJournal, terms: RotationTerms, uses: Uses, now: Date): void {
  const at = now.toISOString()
  journal.add({ at, event: 'begin', ...terms })
  // user agents are hostile text, and of no use here
  const consumers = uses.consumers.slice(0, MOST_CONSUMERS).map((consumer) => ({ ...consumer, userAgent: null }))
  const more = uses.consumers.length - consumers.length
  const gaps = more > 0 ? [...uses.gaps, `${more} more consumers`] : uses.gaps
  journal.add({ at, event: 'known', uses: { ...uses, consumers, gaps } })
}

/** Of consumers that are kept in the journal; a key has some dozens. */
const MOST_CONSUMERS = 500

/** More steps than any rotation has; what needs more is a fault of ours. */
const MOST_STEPS = 40

/** Does what can be done now. */
export async function advance(context: RotateContext, journal: RotationJournal): Promise<Run> {
  const work = new Work(context, journal)
  try {
    for (let step = 0; step < MOST_STEPS; step++) {
      const run = await next(work)
      if (run) return noted(work, run)
    }
    throw new Error('the rotation comes to no end')
  } catch (error) {
    return (await withoutUser(work, error, false)) ?? failed(work, error)
  }
}

/** What a run waits for is in the journal, for `--status`. */
function noted(work: Work, run: Run): Run {
  const { context, rotation } = work
  const isKnown = rotation.waits?.because === run.because && rotation.waits.until === run.until
  const isOpen = run.outcome === 'waits' || run.outcome === 'stopped'
  if (isOpen && !isKnown && !context.isDryRun && rotation.phase !== 'ended')
    work.note({ event: 'waits', because: run.because, until: run.until })
  return run
}

/** A fault of ours, or a file that cannot be written, is no answer of AWS's. */
function failed({ context, rotation }: Work, error: unknown): Run {
  if (error instanceof KeyreeveError) throw error
  const { kind, detail } = context.failureOf(error)
  if (kind === 'aborted') throw new KeyreeveError('interrupted', 'interrupted')
  if (kind === 'unreadable' && !(error instanceof Error && ('$metadata' in error || error.name === 'UnreadableAnswer')))
    throw error
  return rotation.phase === 'begun' ? refused(detail) : stopped(`${detail}; run it again to go on`)
}

/**
 * Where IAM has no user of the name any more: its keys are gone with it, or it has another name, and they work on.
 * @param isAborted whether somebody has said that the rotation is to end, whatever became of the user
 * @returns null: it is another failure
 */
async function withoutUser(work: Work, error: unknown, isAborted: boolean): Promise<Run | null> {
  const { context, rotation } = work
  const { userName, keyId } = rotation.terms
  const isMissing = (cause: unknown) => context.failureOf(cause).kind === 'missing'
  if (error instanceof KeyreeveError || !isMissing(error)) return null
  const answerOf = <T>(answer: Promise<T>) => answer.catch((cause: unknown) => cause as Error)
  if (!((await answerOf(listKeys(context.call, userName))) instanceof Error)) return null
  for (const id of [keyId, rotation.newKeyId ?? keyId]) {
    const use = await answerOf(lastUseOf(context.call, id))
    if (use instanceof Error && (isMissing(use) || isAborted)) continue
    if (use instanceof Error || use.userName === null || use.userName === userName)
      return stopped(
        `IAM has no user ${userName} any more, and does not tell whose ${id} is: \`--abort\` ends the rotation`,
      )
    return stopped(`${userName} is called ${use.userName} now: the rotation goes on when it has its old name again`)
  }
  if (context.isDryRun) return would(`say that the user ${userName} is gone`)
  work.note({ event: 'ended', how: 'gone', because: `the user ${userName} is gone, and its keys with it` })
  return ended(work)
}

/** The next thing. null: there may be more to do. */
async function next(work: Work): Promise<Run | null> {
  const { context, rotation } = work
  if (rotation.phase === 'ended') return ended(work)
  if (rotation.phase === 'begun' && rotation.end === null && rotation.takingBack !== null) {
    // the new key is deleted, and a crash came before that was said
    if (context.isDryRun) return would('say that it was taken back')
    work.note({ event: 'ended', how: 'taken-back', because: rotation.takingBack })
    return refused(`${rotation.takingBack}; what was done is taken back, and nothing has changed`)
  }
  const surprise = await surpriseOf(work)
  if (surprise) return surprise.run
  switch (work.rotation.phase) {
    case 'begun':
      return make(work)
    case 'creating':
      if (context.isDryRun) return would('look for the key whose answer was lost')
      return findLostKey(work)
    case 'made':
      return deliver(work)
    case 'taking-back':
      return goOnTakingBack(work)
    case 'waiting':
      return waitOrDeactivate(work)
    case 'deactivating':
      return goOnDeactivating(work)
    case 'inactive':
      return watchOrDelete(work)
    case 'reactivating':
      return reactivate(work, null)
    case 'deleting':
      return goOnDeleting(work)
    default:
      return ended(work)
  }
}

function ended({ rotation }: Work): Run {
  const { how, because } = rotation.end!
  return {
    outcome: how === 'done' || how === 'gone' ? 'done' : how === 'aborted' ? 'aborted' : 'refused',
    because,
    until: null,
  }
}

/** What somebody else has done to the keys meanwhile. null: nothing. `run: null`: it was noted, and all goes on. */
async function surpriseOf(work: Work): Promise<{ run: Run | null } | null> {
  const { context, rotation } = work
  const { userName, keyId } = rotation.terms
  const { phase, newKeyId } = rotation
  if (phase === 'creating' || phase === 'begun' || phase === 'deleting') return null
  // the key was made a moment ago, by this run, and may not be listed yet
  if ((phase === 'made' || phase === 'waiting') && work.pair !== null) return null
  const keys = await listKeys(context.call, userName)
  const old = keys.find(({ accessKeyId }) => accessKeyId === keyId)
  const isOver = phase === 'waiting' || phase === 'inactive' || phase === 'deactivating' || phase === 'reactivating'
  const successor = newKeyId === null ? null : (keys.find(({ accessKeyId }) => accessKeyId === newKeyId) ?? null)
  const isSuccessorDead = newKeyId !== null && !successor?.isActive
  if (isOver && isSuccessorDead) {
    const what = `somebody else has ${successor ? 'deactivated' : 'deleted'} the new key ${newKeyId}`
    if (!old) return { run: stopped(`${what}, and the old key ${keyId} is gone: ${userName} has no key that works`) }
    if (context.isDryRun) return { run: stopped(what) }
    if (!old.isActive) await activate(work, what, [])
    return { run: stopped(`${what}; the old key ${keyId} is active. \`--abort\` goes back to it`) }
  }
  if (!old) {
    if (phase === 'made' || phase === 'taking-back')
      return { run: stopped(`somebody else has deleted the key ${keyId}`) }
    if (context.isDryRun) return { run: would(`say that somebody else has deleted ${keyId}`) }
    work.note({ event: 'ended', how: 'gone', because: `somebody else has deleted ${keyId}` })
    return { run: ended(work) }
  }
  if (context.isDryRun) return null
  if (phase === 'waiting' && !old.isActive) {
    work.note({ event: 'deactivated', bySomebodyElse: true })
    work.say(`somebody else has deactivated ${keyId}`)
  } else if (phase === 'inactive' && old.isActive) {
    work.note({ event: 'reactivated', bySomebodyElse: true })
    work.say(`somebody else has activated ${keyId} again`)
  } else if (phase === 'made' && !old.isActive) work.say(`somebody else has deactivated ${keyId}`)
  return null
}

// ---- create and deliver

async function make(work: Work): Promise<Run | null> {
  const { context, rotation } = work
  const { userName, keyId, to, mode } = rotation.terms
  if (mode === 'retire') {
    if (context.isDryRun) return would(`wait until ${keyId} is silent, and deactivate it`)
    work.note({ event: 'switched' })
    return null
  }
  if (context.isDryRun) return would(`create a key for ${userName}, and deliver it to ${to.join(', ')}`)
  const keys = await listKeys(context.call, userName)
  const other = keys.find(({ accessKeyId }) => accessKeyId !== keyId)
  if (other) return refused(`${userName} has another key meanwhile, ${other.accessKeyId}: somebody else is at work`)
  const run = await createKey(
    work,
    keys.map(({ accessKeyId }) => accessKeyId),
  )
  if (run || !work.pair) return run
  const problem = await proveKey(work)
  return problem ? takeBack(work, problem) : null
}

async function deliver(work: Work): Promise<Run | null> {
  const { context, rotation } = work
  const { newKeyId, terms } = rotation
  if (context.isDryRun) return would(`go on delivering the new key ${newKeyId}`)
  work.pair ??= await recoverPair(work)
  if (!work.pair) return takeBack(work, `the secret of the new key ${newKeyId} was lost when an earlier run ended`)
  if (rotation.provenAt === null) {
    const problem = await proveKey(work)
    if (problem) return takeBack(work, problem)
  }
  const run = await deliverKey(work)
  if (run) return run
  if (context.ownKeyId === terms.keyId) Object.assign(work.context, context.switchTo(work.pair))
  return null
}

async function goOnTakingBack(work: Work): Promise<Run | null> {
  const { context, rotation } = work
  const because = rotation.takingBack ?? 'an earlier run stopped'
  if (context.isDryRun) return would(`go on taking back: ${because}`)
  if (context.again) {
    await discardKey(work)
    work.note({ event: 'ended', how: 'taken-back', because })
    return refused(`${because}; the new key is deleted, run it again to make another one at once`)
  }
  const run = await takeBack(work, because)
  if (run.outcome !== 'stopped') return run
  // a destination that cannot be put back may tell the secret, so that the others can have it too
  work.pair = await recoverPair(work)
  if (!work.pair || work.rotation.deliveries.size === 0) return run
  work.note({ event: 'going-on' })
  return null
}

// ---- wait and deactivate

/** Events come this much later: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html */
const TRAIL_DELAY_MS = 5 * 60_000

/** What AWS and CloudTrail say of both keys now. */
export async function readReadiness(work: Work): Promise<Readiness> {
  const { context, rotation } = work
  const { keyId, otherKeyId } = rotation.terms
  const newKeyId = rotation.newKeyId ?? otherKeyId
  const since = rotation.switchedAt ?? rotation.begunAt
  // there is nothing to be seen yet, and CloudTrail answers two questions a second
  const isFresh =
    rotation.known !== null &&
    newKeyId === rotation.newKeyId &&
    Date.parse(work.now) - Date.parse(since) < TRAIL_DELAY_MS
  const factsOf = async (id: string) => ({
    lastUsed: await lastUseOf(context.call, id),
    uses: isFresh ? { ...rotation.known!, consumers: [] } : await context.uses(id, since),
  })
  const old = await factsOf(keyId)
  const isOwnUse = context.isOwnUse?.(keyId, old.lastUsed) ?? false
  const successor = newKeyId === null ? null : await factsOf(newKeyId)
  return readinessOf(rotation, { old: { ...old, isOwnUse }, new: successor }, work.now)
}

async function waitOrDeactivate(work: Work): Promise<Run | null> {
  const { context, rotation } = work
  const { keyId } = rotation.terms
  if (context.ownKeyId === keyId)
    return {
      outcome: 'waits',
      because: `this run itself uses the key ${keyId}: run it with the new key, or with other credentials`,
      until: null,
    }
  const readiness = await readReadiness(work)
  if (!readiness.isReady) return { outcome: 'waits', because: waitingText(readiness, work.now), until: readiness.until }
  if (context.isDryRun) return would(`deactivate ${keyId}: ${readyText(readiness)}`)
  work.say(`${keyId}: ${readyText(readiness)}`)
  return deactivate(work)
}

/** After a crash: what took effect stays, else all is judged anew. */
async function goOnDeactivating(work: Work): Promise<Run | null> {
  const { context, rotation } = work
  const { userName, keyId } = rotation.terms
  if (context.isDryRun) return would(`go on deactivating ${keyId}`)
  const key = (await listKeys(context.call, userName)).find(({ accessKeyId }) => accessKeyId === keyId)
  work.note(key?.isActive === false ? { event: 'deactivated', bySomebodyElse: false } : { event: 'not-deactivated' })
  return null
}

async function deactivate(work: Work): Promise<Run | null> {
  const { context } = work
  const { userName, keyId, mode } = work.rotation.terms
  // who is to go on must be able to, whatever was so when the deliveries were made
  const keys = await listKeys(context.call, userName)
  const others = keys.filter(({ accessKeyId, isActive }) => accessKeyId !== keyId && isActive)
  if (mode === 'rotate' && others.length === 0)
    return stopped(`${userName} has no other active key: ${keyId} is not deactivated`)
  work.note({ event: 'deactivating' })
  const refusal = await setStatus(work, 'Inactive')
  if (refusal) {
    work.note({ event: 'not-deactivated' })
    return stopped(refusal)
  }
  work.note({ event: 'deactivated', bySomebodyElse: false })
  work.say(`${keyId} is inactive`)
  return null
}

/** Sets the status of the key that goes, and looks until it is seen. What AWS refused, or null. */
async function setStatus(work: Work, Status: 'Active' | 'Inactive'): Promise<string | null> {
  const { context, rotation } = work
  const { userName, keyId } = rotation.terms
  try {
    await context.call('UpdateAccessKey', { UserName: userName, AccessKeyId: keyId, Status })
  } catch (error) {
    const { kind, detail } = context.failureOf(error)
    if (isRefusal(error, kind)) return `iam:UpdateAccessKey was refused: ${detail}`
    throw error
  }
  const isSeen = async () =>
    (await listKeys(context.call, userName)).some(
      ({ accessKeyId, isActive }) => accessKeyId === keyId && isActive === (Status === 'Active'),
    )
  if (await seenTwice(isSeen, context)) return null
  throw Object.assign(new Error('not seen'), { name: 'UnreadableAnswer' })
}

// ---- watch, activate again, delete

/** Calls that came through before the deactivation was known everywhere say nothing. */
const SETTLED_MS = 60_000

async function watchOrDelete(work: Work): Promise<Run | null> {
  const { context, rotation } = work
  const { keyId, graceDays } = rotation.terms
  const since = new Date(Date.parse(rotation.deactivatedAt!) + SETTLED_MS).toISOString()
  const { calls: all, gaps } = await missedCalls(work, since)
  const calls = all.filter((call) => !isStranger(call, rotation.known))
  if (calls.length > 0) {
    const text = brokenText(keyId, calls)
    if (context.isDryRun) return would(`activate ${keyId} again: ${text}`)
    if (context.keepInactive) return stopped(`${text}; it stays inactive, as \`--keep-inactive\` says`)
    return reactivate(work, { because: text, calls })
  }
  const until = plusDays(rotation.deactivatedAt!, graceDays)
  const strange = all.length > 0 ? `${strangersText(all)}; ` : ''
  const blind = gaps.length > 0 ? ` (what is not watched: ${gaps.join('; ')})` : ''
  if (work.now < until)
    return {
      outcome: 'waits',
      because: `${strange}${keyId} is inactive, and nobody who used it has called with it${blind}`,
      until,
    }
  if (context.isDryRun)
    return would(`delete ${keyId}: inactive since ${rotation.deactivatedAt}, and nobody missed it${blind}`)
  return remove(work)
}

/**
 * Whether a call comes from another network and another program than all that were known to use the key. For such a
 * one the key does not begin to work again: it may be whoever stole it.
 */
export function isStranger({ network, agent }: SeenCall, known: Uses | null): boolean {
  if (network === null || agent === null || !known || known.consumers.length === 0) return false
  return !known.consumers.some((consumer) => consumer.network === network || consumer.agent === agent)
}

/** Calls with a deactivated key, as CloudTrail and the key's last use tell. */
async function missedCalls({ context, rotation }: Work, since: string): Promise<{ calls: SeenCall[]; gaps: string[] }> {
  const { keyId } = rotation.terms
  const [seen, lastUsed] = [await context.callsSince(keyId, since), await lastUseOf(context.call, keyId)]
  if (seen.calls.length > 0 || lastUsed.date === null || lastUsed.date <= since) return seen
  const { date: time, service, region } = lastUsed
  const call = { time, action: `${service ?? 'unknown'}:*`, address: null, network: null, agent: null, region }
  return { ...seen, calls: [{ ...call, errorCode: null }] }
}

/** The key works again; the run says why. */
async function reactivate(work: Work, found: { because: string; calls: SeenCall[] } | null): Promise<Run> {
  const { context, rotation } = work
  if (context.isDryRun) return would(`activate ${rotation.terms.keyId} again`)
  const because = found?.because ?? 'a call with the key failed'
  const refusal = await activate(work, because, found?.calls ?? [])
  if (refusal) return stopped(`${because}; and ${refusal}`)
  return stopped(`${because}. ${rotation.terms.keyId} is active again, and its silence counts from now on`)
}

async function activate(work: Work, because: string, calls: SeenCall[]): Promise<string | null> {
  if (work.rotation.phase !== 'reactivating')
    work.note({ event: 'reactivating', because, calls: calls.slice(0, MOST_CALLS) })
  const refusal = await setStatus(work, 'Active')
  if (refusal === null) work.note({ event: 'reactivated', bySomebodyElse: false })
  return refusal
}

/** After a crash: what took effect stays, else all is judged anew. */
async function goOnDeleting(work: Work): Promise<Run | null> {
  const { context, rotation } = work
  const { userName, keyId } = rotation.terms
  if (context.isDryRun) return would(`go on deleting ${keyId}`)
  const isThere = (await listKeys(context.call, userName)).some(({ accessKeyId }) => accessKeyId === keyId)
  work.note(isThere ? { event: 'not-deleted' } : { event: 'ended', how: 'done', because: `${keyId} is deleted` })
  return null
}

async function remove(work: Work): Promise<Run | null> {
  const { context, rotation } = work
  const { userName, keyId } = rotation.terms
  if (context.isDryRun) return would(`delete ${keyId}`)
  if (context.ownKeyId === keyId) return refused(`this run itself uses the key ${keyId}`)
  const key = (await listKeys(context.call, userName)).find(({ accessKeyId }) => accessKeyId === keyId)
  if (key?.isActive) {
    work.note({ event: 'reactivated', bySomebodyElse: true })
    return stopped(`somebody else has activated ${keyId} again: it is not deleted`)
  }
  work.note({ event: 'deleting' })
  try {
    if (key) await context.call('DeleteAccessKey', { UserName: userName, AccessKeyId: keyId })
  } catch (error) {
    const { kind, detail } = context.failureOf(error)
    if (kind !== 'missing') {
      if (!isRefusal(error, kind)) throw error
      // it may be missed until it can be deleted
      work.note({ event: 'not-deleted' })
      return stopped(`iam:DeleteAccessKey was refused: ${detail}`)
    }
  }
  const isGone = async () => !(await listKeys(context.call, userName)).some(({ accessKeyId }) => accessKeyId === keyId)
  if (!(await seenTwice(isGone, context))) return stopped(`${keyId} is still to be seen; run it again to look again`)
  work.note({ event: 'ended', how: 'done', because: `${keyId} is deleted` })
  return null
}

// ---- going back

/**
 * Goes back to the old key. A new key that somebody has used stays active, for its user must not be locked out.
 * @returns `retire`: a key that is left over, to be retired like any other
 */
export async function abort(context: RotateContext, journal: RotationJournal): Promise<Run & { retire?: string }> {
  const work = new Work(context, journal)
  const { rotation } = work
  const { keyId, userName } = rotation.terms
  try {
    if (rotation.phase === 'ended') return { ...ended(work), outcome: 'refused' }
    if (context.isDryRun) return would(`go back to ${keyId}`)
    if (rotation.phase === 'creating') {
      const run = await findLostKey(work)
      if (run) return run
    }
    const old = (await listKeys(context.call, userName)).find(({ accessKeyId }) => accessKeyId === keyId)
    if (!old) return refused(`${keyId} is gone: there is no way back`)
    if (!old.isActive) {
      const refusal = await activate(work, 'the rotation is aborted', [])
      if (refusal) return stopped(refusal)
    }
    return await leaveNewKey(work)
  } catch (error) {
    return (await withoutUser(work, error, true)) ?? failed(work, error)
  }
}

async function leaveNewKey(work: Work): Promise<Run & { retire?: string }> {
  const { context } = work
  const { newKeyId, terms, provenAt } = work.rotation
  const because = `the rotation of ${terms.keyId} was aborted`
  const end = (more = '') => {
    work.note({ event: 'ended', how: 'aborted', because: because + more })
    return { outcome: 'aborted' as const, because: because + more, until: null }
  }
  if (newKeyId === null) return end()
  const kept = (await putBackAll(work)).filter(({ uri }) => !context.again || work.context.destination(uri).isReadable)
  if (kept.length > 0)
    return stopped(
      `${kept.map(({ name }) => name).join(' and ')} could not be put back (${kept[0]!.because}). Both keys are active; put the old key there, and run \`--abort --again\``,
    )
  const lastUsed = await lastUseOf(context.call, newKeyId)
  // of several uses in a quarter of an hour AWS keeps the first, which may be the proof
  const { consumers } = await context.uses(newKeyId, work.rotation.begunAt)
  const seen = latest(consumers.filter((use) => !isProof(use, provenAt)).map(({ lastSeen }) => lastSeen))
  const used = countsAsUse(lastUsed, provenAt) ? lastUsed.date : seen
  if (used !== null) {
    const more = `; the new key ${newKeyId} was used on ${used.slice(0, 10)}, and is retired when it is silent`
    return { ...end(more), retire: newKeyId }
  }
  await discardKey(work)
  return end()
}

// ---- words

const MOST_CALLS = 20

function brokenText(keyId: string, calls: readonly SeenCall[]): string {
  const [first] = calls
  const { action, address, agent, errorCode, time } = first!
  const more = calls.length > 1 ? `, and ${calls.length - 1} more` : ''
  return `${keyId} is still used: ${action} from ${address ?? 'an unknown address'} by ${agent ?? 'an unknown agent'} at ${time}${errorCode ? ` (${errorCode})` : ''}${more}`
}

function strangersText(calls: readonly SeenCall[]): string {
  const places = [...new Set(calls.map(({ address, agent }) => `${agent} from ${address ?? 'an unknown address'}`))]
  const who = places.slice(0, 3).join(', ')
  return `${calls.length === 1 ? 'a call was' : `${calls.length} calls were`} refused of who never used it before (${who}): if that is not yours, \`keyreeve revoke\` looks for what else it did`
}

export function consumerText({ consumer }: ConsumerStanding): string {
  const { network, agent, services } = consumer
  const calls = services.length > 0 ? `, which calls ${services.slice(0, 3).join(', ')}` : ''
  return `${agent ?? 'an unknown agent'} from ${network ?? 'an unknown network'}${calls}`
}

function waitingText(readiness: Readiness, now: string): string {
  const { consumers, silentUntil, quietDays, quietBecause, lastUse, isLastUseOwn, isNewKeyUnused, caveats } = readiness
  const expected = consumers.filter(({ standing }) => standing === 'expected')
  const parts: string[] = []
  if (expected.length > 0)
    parts.push(
      `not seen with the new key yet: ${expected.slice(0, 3).map(consumerText).join('; ')}${expected.length > 3 ? ` and ${expected.length - 3} more` : ''} (what stays away that long is taken for gone)`,
    )
  if (isNewKeyUnused) parts.push('nobody has used the new key yet')
  if (silentUntil > now)
    parts.push(
      `the old key, ${lastUse === null ? 'never used' : `last used ${lastUse.slice(0, 16)}Z${isLastUseOwn ? ` ${OWN_USE}` : ''}`}, has to be silent for ${quietDays} days: ${quietBecause}`,
    )
  if (caveats.length > 0) parts.push(`not known: ${caveats.join('; ')}`)
  return parts.join('; ')
}

function readyText({ consumers, quietDays, caveats }: Readiness): string {
  const moved = consumers.filter(({ standing }) => standing === 'moved').length
  const gone = consumers.length - moved
  const who =
    consumers.length === 0 ? 'no consumer is known' : `${moved} of ${consumers.length} consumers moved, ${gone} gone`
  return `${who}, silent for ${quietDays} days${caveats.length > 0 ? ` (not known: ${caveats.join('; ')})` : ''}`
}
