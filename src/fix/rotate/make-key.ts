/** Creates the new key, finds one whose answer was lost, and proves that it works. */
import { isRefusal, seenTwice } from '../apply/seen.ts'
import type { KeyPair } from '../deliver/destination.ts'
import { type Run, refused, stopped, type Work } from './context.ts'
import { lastUseOf, listKeys, type UserKey } from './user-keys.ts'

/** Who cannot read the answer knows within this that the key is there. */
const LOST_MS = 5 * 60_000
/** How far the clock here and AWS's may be apart; signatures allow no more. */
const SKEW_MS = 5 * 60_000
const LOOKS = 5
const LOOK_AGAIN_MS = 2000

/** Creates the key. null: it is there, and its secret is in memory. */
export async function createKey(work: Work): Promise<Run | null> {
  const { context, rotation } = work
  const { userName } = rotation.terms
  const keys = (await listKeys(context.call, userName)).map(({ accessKeyId }) => accessKeyId)
  work.note({ event: 'creating', keys })
  work.say(`creating a key for ${userName}`)
  let pair: KeyPair
  try {
    const { AccessKey } = await context.call('CreateAccessKey', { UserName: userName })
    pair = pairOf(AccessKey)
  } catch (error) {
    const { kind, code, detail } = context.failureOf(error)
    // a try that the SDK made again may have met the key that the first one made
    if (isRefusal(error, kind) && !code.startsWith('LimitExceeded')) {
      work.note({ event: 'not-created', code })
      return refused(`iam:CreateAccessKey was refused: ${detail}`)
    }
    return (await findLostKey(work)) ?? refused(`iam:CreateAccessKey failed (${detail}); nothing has changed`)
  }
  work.note({ event: 'created', accessKeyId: pair.accessKeyId })
  work.pair = pair
  return null
}

/** @throws what is no key: then nothing is known of it but that it may be there */
function pairOf(answer: unknown): KeyPair {
  const { AccessKeyId, SecretAccessKey } = (answer ?? {}) as Record<string, unknown>
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string')
    throw Object.assign(new Error('the answer has no key'), { name: 'UnreadableAnswer' })
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey }
}

/**
 * After a call whose answer was lost: the key that it made, if it made one, is one that was not there before, and that
 * nobody has used. Its secret is lost, so it is deleted.
 * @returns null when there is none (any more), and the key can be created again
 */
export async function findLostKey(work: Work): Promise<Run | null> {
  const { context, rotation } = work
  const { creating, terms } = rotation
  if (!creating) return null
  const before = new Set(creating.keys)
  let found: UserKey[] = []
  for (let look = 0; look < LOOKS && found.length === 0; look++) {
    // after long enough, everybody knows of it
    if (look > 0 && context.now().getTime() - Date.parse(creating.at) > LOST_MS) break
    if (look > 0) await context.sleep(LOOK_AGAIN_MS)
    found = (await listKeys(context.call, terms.userName)).filter(({ accessKeyId }) => !before.has(accessKeyId))
  }
  const [lost, ...others] = found
  if (!lost) {
    work.note({ event: 'not-created', code: 'none' })
    return null
  }
  const sinceCall = Date.parse(lost.createDate) - Date.parse(creating.at)
  const { date } = await lastUseOf(context.call, lost.accessKeyId)
  if (others.length > 0 || date !== null || sinceCall < -SKEW_MS || sinceCall > LOST_MS + SKEW_MS)
    return stopped(
      `the key ${[lost, ...others].map(({ accessKeyId }) => accessKeyId).join(' and ')} of ${terms.userName} appeared meanwhile: it may be the one whose answer was lost, or somebody else's; delete it if nobody knows it, and run this again`,
    )
  work.note({ event: 'created', accessKeyId: lost.accessKeyId })
  await discardKey(work)
  return null
}

/** Deletes the new key, and looks until it is gone. */
export async function discardKey(work: Work): Promise<void> {
  const { context, rotation } = work
  const accessKeyId = rotation.newKeyId
  if (accessKeyId === null) return
  const { userName } = rotation.terms
  work.note({ event: 'discarding', accessKeyId })
  work.say(`deleting the new key ${accessKeyId}`)
  try {
    await context.call('DeleteAccessKey', { UserName: userName, AccessKeyId: accessKeyId })
  } catch (error) {
    if (context.failureOf(error).kind !== 'missing') throw error
  }
  const isGone = async () => !(await listKeys(context.call, userName)).some((key) => key.accessKeyId === accessKeyId)
  await seenTwice(isGone, context)
  work.note({ event: 'discarded', accessKeyId })
  work.pair = null
}

/**
 * Makes a call with the new key until it works twice running: for some seconds after its creation, AWS's servers do not
 * all know it (InvalidClientTokenId).
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 * @returns why it does not work, or null
 */
export async function proveKey(work: Work): Promise<string | null> {
  const { context, pair, rotation } = work
  if (!pair) throw new Error('there is no key to prove')
  work.say(`proving that ${pair.accessKeyId} works`)
  let last = 'AWS does not know it'
  const isKnown = async () => {
    try {
      const arn = await context.whoIs(pair)
      last = `AWS says that it is ${arn}`
      return arn.includes(`:${rotation.terms.accountId}:user/`) && arn.endsWith(`/${rotation.terms.userName}`)
    } catch (error) {
      last = context.failureOf(error).detail
      return false
    }
  }
  if (!(await seenTwice(isKnown, context))) return `the new key does not work from here: ${last}`
  work.note({ event: 'proven' })
  return null
}
