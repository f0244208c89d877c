/**
 * Patient where AWS is busy, short where something is broken. The SDK's standard strategy has one number for both; but
 * an answer of "slow down" is worth eight tries over half a minute, a server error or a dead connection is not: with
 * twenty regions behind it, nobody would wait for the end.
 */
import { KeyreeveError } from '../model/errors.ts'
import { pause } from './budget.ts'
import { isConflict } from './failure.ts'

/** Tries of a call that AWS throttles: some half a minute in all. */
const THROTTLED_ATTEMPTS = 8
/** Tries of a call that fails by itself. */
const BROKEN_ATTEMPTS = 3

/** The first wait; each further one is twice as long, up to the longest, and shortened at random. */
const THROTTLED_WAIT_MS = 500
const BROKEN_WAIT_MS = 100
const LONGEST_WAIT_MS = 20_000

type Settings = Readonly<Record<string, string | undefined>>

/**
 * How often a throttled call is tried, where the user has set it: `AWS_MAX_ATTEMPTS`, or `max_attempts` of the profile.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 * @throws KeyreeveError when it is no whole number of at least 1
 */
export function attemptsSet(env: Settings, profile: Settings): number | undefined {
  const set = env.AWS_MAX_ATTEMPTS || profile.max_attempts
  if (!set) return undefined
  if (/^[1-9]\d{0,2}$/.test(set)) return Number(set)
  const name = env.AWS_MAX_ATTEMPTS ? 'AWS_MAX_ATTEMPTS' : 'max_attempts in the profile'
  throw new KeyreeveError('usage', `${name} is no number of tries`, { hint: 'a whole number from 1 to 999' })
}

/** The SDK's strategy with our waits, which end when the signal is aborted: its own would keep the process alive. */
export async function createRetryStrategy(throttledAttempts = THROTTLED_ATTEMPTS, signal?: AbortSignal) {
  const { StandardRetryStrategy } = await import('@smithy/core/retry')
  const noWait = { setDelayBase() {}, computeNextBackoffDelay: () => 0 }
  const strategy = new StandardRetryStrategy({ maxAttempts: throttledAttempts, backoff: noWait, baseDelay: 0 })
  const refresh = strategy.refreshRetryTokenForRetry.bind(strategy)
  strategy.refreshRetryTokenForRetry = async (token, told) => {
    // two who change one thing at once: AWS asks for patience, and the SDK takes it for a refusal
    const isConflicting = told.error instanceof Error && isConflict(told.error.name)
    const error = isConflicting ? { ...told, errorType: 'THROTTLING' as const } : told
    const isThrottled = error.errorType === 'THROTTLING'
    const retries = token.getRetryCount()
    if (!isThrottled && retries + 1 >= BROKEN_ATTEMPTS) throw new Error('no more tries')
    const next = await refresh(token, error)
    const wait = Math.min(LONGEST_WAIT_MS, (isThrottled ? THROTTLED_WAIT_MS : BROKEN_WAIT_MS) * 2 ** retries)
    await pause(wait * (0.5 + Math.random() / 2), signal)
    return next
  }
  return strategy
}
