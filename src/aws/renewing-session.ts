/** A session that goes on when its credentials end: with new ones, from where the old ones came from. */
import { failureOf, isExpired } from './failure.ts'
import type { AwsSession } from './session.ts'

export interface Renewing {
  /** Opens a session anew, with what the profile or its process says by now; throws why not. */
  reopen(): Promise<AwsSession>
  onRenew?(): void
}

/**
 * When AWS says that the credentials have expired it has done nothing: they are renewed, once for all calls that are
 * under way, and each call is made once more. Where there are none to be had, AWS's error is thrown.
 */
export function renewingSession(first: AwsSession, renewing: Renewing): AwsSession {
  return new RenewingSession(first, renewing)
}

class RenewingSession implements AwsSession {
  readonly #renewing: Renewing
  readonly #opened: AwsSession[]
  #current: AwsSession
  #next: Promise<AwsSession> | null = null

  constructor(first: AwsSession, renewing: Renewing) {
    this.#renewing = renewing
    this.#current = first
    this.#opened = [first]
  }

  get region() {
    return this.#current.region
  }

  get partition() {
    return this.#current.partition
  }

  get calls() {
    return this.#current.calls
  }

  async call(...args: Parameters<AwsSession['call']>): Promise<Record<string, unknown>> {
    const used = this.#current
    try {
      return await used.call(...args)
    } catch (error) {
      if (!isExpired(failureOf(error).code)) throw error
      const next = await this.#renewed(used, error)
      return next.call(...args)
    }
  }

  async #renewed(used: AwsSession, error: unknown): Promise<AwsSession> {
    // another call was quicker
    if (used !== this.#current) return this.#current
    this.#next ??= this.#open().finally(() => {
      this.#next = null
    })
    return this.#next.catch(() => {
      throw error
    })
  }

  async #open(): Promise<AwsSession> {
    this.#renewing.onRenew?.()
    this.#current = await this.#renewing.reopen()
    this.#opened.push(this.#current)
    return this.#current
  }

  client: AwsSession['client'] = (...args) => this.#current.client(...args)

  download: AwsSession['download'] = (...args) => this.#current.download(...args)

  /** The role is assumed with the credentials of the day, again when those have ended. */
  async withRole(...args: Parameters<AwsSession['withRole']>): Promise<AwsSession> {
    const open = () => this.#current.withRole(...args)
    const used = this.#current
    return new RenewingSession(await open(), {
      reopen: async () => {
        // its own end, or that of what it was assumed with
        if (used === this.#current) await this.#open().catch(() => undefined)
        return open()
      },
    })
  }

  withCredentials: AwsSession['withCredentials'] = (credentials) => this.#current.withCredentials(credentials)

  close(): void {
    for (const session of this.#opened) session.close()
  }
}
