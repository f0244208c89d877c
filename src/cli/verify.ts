/**
 * `scan --verify`: asks AWS whether a found key works, with the key itself. Off unless asked for, because the owner of
 * the key sees the call. Secrets come from the scanner by its one way out, stay in this file, and are gone afterwards.
 */
import { pause } from '../aws/budget.ts'
import { failureOf } from '../aws/failure.ts'
import type { Leak, LeakVerification } from '../model/leak.ts'
import type { HandOver } from '../scan/detectors/hits.ts'
import type { AwsFlags } from './account-data.ts'
import { MARKED, noteVerification } from './own-verifications.ts'
import { startProgress } from './progress.ts'
import { TOOL } from './version.ts'

export interface Verifier {
  /** For the scanner. */
  take: HandOver
  /** The same leaks; those that were tried say what AWS answered. */
  verified(leaks: readonly Leak[]): Promise<Leak[]>
}

/** More keys than these are not tried in one run, nor more secrets of one key. */
const MOST_KEYS = 1000
const MOST_SECRETS = 3
/**
 * After a wrong secret, AWS refuses the right one as well for some seconds: so the secrets of one key are tried one
 * after the other, this far apart.
 */
const BETWEEN_SECRETS = 6000
/** Keys tried a second. */
const PER_SECOND = 5

interface Candidate {
  secretAccessKey: string
  sessionToken: string | null
}

type Flags = Pick<AwsFlags, 'region' | 'endpointUrl'>

interface Trying extends Flags {
  note: typeof noteVerification
  betweenSecrets: number
}

/**
 * @param note writes down that a key is tried
 * @param betweenSecrets milliseconds; for tests
 */
export function createVerifier(flags: Flags, note = noteVerification, betweenSecrets = BETWEEN_SECRETS): Verifier {
  const trying = { ...flags, note, betweenSecrets }
  const candidates = new Map<string, Candidate[]>()
  return {
    take(accessKeyId, secretAccessKey, token) {
      const sessionToken = token && plain(token)
      const known = candidates.get(accessKeyId)
      if (!known) {
        if (candidates.size < MOST_KEYS) candidates.set(accessKeyId, [{ secretAccessKey, sessionToken }])
        return
      }
      const same = known.find((candidate) => candidate.secretAccessKey === secretAccessKey)
      if (same) same.sessionToken ??= sessionToken
      else if (known.length < MOST_SECRETS) known.push({ secretAccessKey, sessionToken })
    },
    async verified(leaks) {
      const ids = leaks.filter((leak) => mayBeTried(leak, candidates)).map(({ accessKeyId }) => accessKeyId!)
      if (ids.length > 0)
        process.stderr.write(
          `verifying ${ids.length} ${ids.length === 1 ? 'key' : 'keys'}: calling sts:GetCallerIdentity with each; the owner can see it in CloudTrail\n`,
        )
      const answers = new Map<string, LeakVerification>()
      const progress = startProgress()
      try {
        for (const [index, id] of ids.entries()) {
          progress.update({ done: index, total: ids.length, what: 'keys tried' })
          if (index > 0) await pause(1000 / PER_SECOND)
          answers.set(id, await tryKey(id, candidates.get(id)!, trying))
        }
      } finally {
        progress.stop()
        candidates.clear()
      }
      return leaks.map((leak) => {
        const verified = leak.accessKeyId === null ? undefined : answers.get(leak.accessKeyId)
        return verified ? { ...leak, verified } : leak
      })
    },
  }
}

/** Tokens lie in URLs, too. */
function plain(token: string): string {
  try {
    return decodeURIComponent(token)
  } catch {
    return token
  }
}

/** Never a canary's, an example or what stands in public; temporary credentials need their session token. */
function mayBeTried({ class: leakClass, accessKeyId, places }: Leak, candidates: Map<string, Candidate[]>): boolean {
  if (leakClass !== 'plausible' || accessKeyId === null) return false
  if (places.every(({ allowed }) => allowed !== null)) return false
  const known = candidates.get(accessKeyId) ?? []
  return known.some(({ sessionToken }) => !accessKeyId.startsWith('ASIA') || sessionToken !== null)
}

/** Tries the secrets of a key until one works; else says what is known best. */
async function tryKey(accessKeyId: string, secrets: readonly Candidate[], trying: Trying): Promise<LeakVerification> {
  let answer: LeakVerification | null = null
  for (const candidate of secrets) {
    if (answer) await pause(trying.betweenSecrets)
    answer = await ask(accessKeyId, candidate, trying)
    // What does not hang on the secret need not be asked again.
    if (answer.status !== 'wrong-secret') return answer
  }
  return answer!
}

async function ask(
  accessKeyId: string,
  candidate: Candidate,
  { region, endpointUrl, note }: Trying,
): Promise<LeakVerification> {
  const { openSession } = await import('../aws/session.ts')
  const { secretAccessKey, sessionToken } = candidate
  const { at, mark } = note(accessKeyId)
  const endpoint = endpointUrl ?? process.env.AWS_ENDPOINT_URL
  const session = await openSession({
    userAgent: `${TOOL.name}/${TOOL.version} ${MARKED}${mark}`,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === null ? {} : { sessionToken }) },
    maxAttempts: 3,
    ...(region ? { region } : {}),
    ...(endpoint ? { endpointUrl: endpoint } : {}),
  })
  try {
    const { Arn, Account } = await session.call('sts', 'GetCallerIdentity', {})
    return {
      status: 'works',
      arn: typeof Arn === 'string' ? Arn : null,
      accountId: typeof Account === 'string' ? Account : null,
      code: null,
      at,
    }
  } catch (error) {
    // Only the code: AWS quotes the whole request when a signature is wrong.
    const { code } = failureOf(error)
    return { status: statusOf(code), arn: null, accountId: null, code, at }
  } finally {
    session.close()
  }
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
function statusOf(code: string): LeakVerification['status'] {
  if (/^SignatureDoesNotMatch$/.test(code)) return 'wrong-secret'
  if (/^(InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClient(Exception)?)$/.test(code)) return 'refused'
  if (/^ExpiredToken(Exception)?$/.test(code)) return 'expired'
  return 'not-known'
}
