/**
 * How many calls a scan may make: a token bucket for each account and service.
 *
 * AWS's limits for IAM are unpublished, cannot be raised, and count for the whole account: who uses them up stops the
 * account's own automation. A scanner that asks one question after the other makes about ten calls a second; twice that
 * ends in half the time and still leaves room, and when AWS says "slow down" the rate halves, down to one, and comes
 * back slowly. On this machine (the sandbox, a stand-in) nobody starves, so there is no limit but one that was asked for.
 */

/** Calls a second to one service of one account. */
export const DEFAULT_MAX_RPS = 20

export class Budget {
  readonly #max: number
  #rate: number
  #tokens: number
  #filledAt: number
  #line: Promise<void> = Promise.resolve()
  readonly #now: () => number

  constructor(maxRps: number, now: () => number = () => performance.now()) {
    this.#max = maxRps
    this.#rate = maxRps
    this.#tokens = Math.max(1, maxRps)
    this.#now = now
    this.#filledAt = now()
  }

  /** Calls a second, as things are. */
  get rate(): number {
    return this.#rate
  }

  /** Waits for a turn; first come, first served. Rejects when the signal is aborted. */
  take(signal?: AbortSignal): Promise<void> {
    const turn = this.#line.then(() => this.#takeToken(signal))
    // One who gave up must not stop those behind.
    this.#line = turn.catch(() => {})
    return turn
  }

  /** AWS said "slow down". */
  throttled(): void {
    this.#rate = Math.max(Math.min(1, this.#max), this.#rate / 2)
    this.#tokens = Math.min(this.#tokens, 0)
  }

  /** AWS answered: a little faster again. */
  answered(): void {
    this.#rate = Math.min(this.#max, this.#rate + this.#max / 200)
  }

  async #takeToken(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      signal?.throwIfAborted()
      const now = this.#now()
      this.#tokens = Math.min(Math.max(1, this.#rate), this.#tokens + ((now - this.#filledAt) / 1000) * this.#rate)
      this.#filledAt = now
      if (this.#tokens >= 1) {
        this.#tokens--
        return
      }
      await pause(Math.ceil(((1 - this.#tokens) / this.#rate) * 1000), signal)
    }
  }
}

/** Waits, unless the signal is aborted. */
export function pause(millis: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const done = () => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }
    const timer = setTimeout(done, millis)
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
}
