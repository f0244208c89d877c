import { describe, expect, it } from 'vitest'
import { attemptsSet, createRetryStrategy } from './retry.ts'

describe('trying again', () => {
  it('gives a broken call three tries, and a throttled one as many as it is told', async () => {
    const strategy = await createRetryStrategy(4)
    const triesOf = async (errorType: 'TRANSIENT' | 'THROTTLING') => {
      let token = await strategy.acquireInitialRetryToken('')
      for (let tries = 1; ; tries++) {
        try {
          token = await strategy.refreshRetryTokenForRetry(token, { errorType })
        } catch {
          return tries
        }
      }
    }
    expect(await triesOf('TRANSIENT')).toBe(3)
    expect(await triesOf('THROTTLING')).toBe(4)
  })

  it('is as patient with somebody else’s change as with AWS', async () => {
    const strategy = await createRetryStrategy(4)
    const conflict = Object.assign(new Error('busy'), { name: 'ConcurrentModificationException' })
    let token = await strategy.acquireInitialRetryToken('')
    for (let tries = 1; tries < 4; tries++)
      token = await strategy.refreshRetryTokenForRetry(token, { errorType: 'CLIENT_ERROR', error: conflict as never })
    await expect(
      strategy.refreshRetryTokenForRetry(token, { errorType: 'CLIENT_ERROR', error: conflict as never }),
    ).rejects.toThrow()
  })

  it('waits longer for AWS than for a connection', async () => {
    const strategy = await createRetryStrategy()
    const waitOf = async (errorType: 'TRANSIENT' | 'THROTTLING') => {
      const started = performance.now()
      await strategy.refreshRetryTokenForRetry(await strategy.acquireInitialRetryToken(''), { errorType })
      return performance.now() - started
    }
    expect(await waitOf('THROTTLING')).toBeGreaterThan(240)
    // the shortest of several: a busy machine makes any of them longer
    const waits: number[] = []
    for (let i = 0; i < 5; i++) waits.push(await waitOf('TRANSIENT'))
    expect(Math.min(...waits)).toBeLessThan(240)
  })

  it('tries as often as the environment or the profile says', () => {
    expect(attemptsSet({}, {})).toBeUndefined()
    expect(attemptsSet({ AWS_MAX_ATTEMPTS: '2' }, { max_attempts: '5' })).toBe(2)
    expect(attemptsSet({ AWS_MAX_ATTEMPTS: '' }, { max_attempts: '5' })).toBe(5)
    for (const set of ['0', '-1', 'many', '1.5', '1000'])
      expect(() => attemptsSet({ AWS_MAX_ATTEMPTS: set }, {})).toThrow('AWS_MAX_ATTEMPTS is no number of tries')
  })

  it('ends its wait when it is interrupted', async () => {
    const stop = new AbortController()
    const strategy = await createRetryStrategy(8, stop.signal)
    const token = await strategy.acquireInitialRetryToken('')
    const waiting = strategy.refreshRetryTokenForRetry(token, { errorType: 'THROTTLING' })
    stop.abort()
    await expect(waiting).rejects.toThrow('aborted')
  })
})
