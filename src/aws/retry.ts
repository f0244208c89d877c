/**
 * Patient where AWS is busy, short where something is broken. The SDK's standard strategy has one number for both; but
 * an answer of "slow down" is worth eight tries over half a minute, a server error or a dead connection is not: with
 * twenty regions behind it, nobody would wait for the end.
 */

/** Tries of a call that AWS throttles: the waits are half a second, one, two, four, ... with jitter. */
const THROTTLED_ATTEMPTS = 8
/** Tries of a call that fails by itself. */
const BROKEN_ATTEMPTS = 3

export async function createRetryStrategy(throttledAttempts = THROTTLED_ATTEMPTS) {
  const { StandardRetryStrategy } = await import('@smithy/core/retry')
  const strategy = new StandardRetryStrategy(throttledAttempts)
  const refresh = strategy.refreshRetryTokenForRetry.bind(strategy)
  strategy.refreshRetryTokenForRetry = async (token, error) => {
    if (error.errorType === 'TRANSIENT' && token.getRetryCount() + 1 >= BROKEN_ATTEMPTS) {
      throw new Error('no more tries')
    }
    return refresh(token, error)
  }
  return strategy
}
