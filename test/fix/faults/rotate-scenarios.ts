/** A rotation as a scenario: while the key is made and delivered, and all the way until the old one is gone. */
import { appendFileSync } from 'node:fs'
import { AppendLog } from '../../../src/fix/apply/log.ts'
import type { RotatedKey } from '../../../src/report/rotations.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { PARAMETER, RotateAccount, SECRET } from '../rotate-account.ts'
import { Changes, diskFull, Killed, type Run, type Scenario, type Stage } from './scenario.ts'

/** More days than the silence and the grace take. */
const MOST_DAYS = 9

export async function rotateScenarios(): Promise<Scenario[]> {
  return [
    { name: 'rotate: a new key is made and delivered', prepare: () => prepare(false) },
    { name: 'rotate: until the old key is gone', prepare: () => prepare(true) },
  ]
}

async function prepare(toTheEnd: boolean): Promise<Stage> {
  const at = await new RotateAccount().start()
  // twice a day apart, so that the consumer has a rhythm
  for (let day = 0; day < 3; day++) {
    await at.consume()
    at.pass(1)
  }
  return new RotateStage(at, toTheEnd)
}

class RotateStage implements Stage {
  readonly calls = /^iam:/
  readonly #at: RotateAccount
  readonly #toTheEnd: boolean
  /** Since the disk was full. */
  #changes: Changes | null = null

  constructor(at: RotateAccount, toTheEnd: boolean) {
    this.#at = at
    this.#toTheEnd = toTheEnd
  }

  get sandbox(): Sandbox {
    return this.#at.sandbox
  }

  async run(how: Run = {}): Promise<string> {
    this.#changes = null
    const onFull = () => {
      this.#changes ??= new Changes(this.sandbox)
    }
    return withFaults(how, onFull, async () => {
      const expiring = how.expireAt === undefined ? undefined : await this.#expiring(how.expireAt)
      for (let day = 0; ; day++) {
        const key = await this.#rotate(expiring)
        if (typeof key === 'string') return key
        // no rotation is under way any more: a run without a destination begins none
        if (key.outcome === 'refused' && this.#isOver()) return 'done'
        if (key.outcome === 'done' || (!this.#toTheEnd && key.phase === 'waiting')) return 'done'
        if (key.outcome !== 'waits' || day === MOST_DAYS) return key.outcome ?? 'stands'
        this.#at.pass(1.01)
        await this.#at.consume()
      }
    })
  }

  #isOver(): boolean {
    const [[id] = [], ...more] = this.#at.keys()
    return this.#toTheEnd && more.length === 0 && id !== this.#at.oldKeyId
  }

  /** What became of the key, or the kind of failure that ended the run. */
  async #rotate(session: RotateAccount['session'] | undefined): Promise<RotatedKey | string> {
    const isBegun = this.#at.keys().length > 1 || this.#at.keys()[0]?.[0] !== this.#at.oldKeyId
    const options = { to: isBegun ? [] : [SECRET, PARAMETER], silenceDays: 2, graceDays: 1 }
    try {
      return await this.#at.rotate('bot', options, session && { session })
    } catch (error) {
      if (error instanceof Killed || !(error instanceof Error) || !('code' in error)) throw error
      return String(error.code)
    }
  }

  /** Credentials that AWS takes no more from that call on. */
  async #expiring(expireAt: string): Promise<RotateAccount['session']> {
    const RoleArn = `arn:aws:iam::${this.#at.account.accountId}:role/runner`
    const { session } = this.#at
    const { Credentials } = await session.call('sts', 'AssumeRole', { RoleArn, RoleSessionName: 'faults' })
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials as Record<string, string>
    const made = session.withCredentials({
      accessKeyId: AccessKeyId!,
      secretAccessKey: SecretAccessKey!,
      sessionToken: SessionToken!,
    })
    const call = made.call.bind(made)
    made.call = (service, operation, input, options) => {
      if (`${service}:${operation}` === expireAt)
        for (const open of this.#at.world.sessions.values()) open.expiration = new Date(0)
      return call(service, operation, input, options)
    }
    return made
  }

  async check(when: 'stopped' | 'settled'): Promise<string | null> {
    const blind = this.#changes?.made ?? []
    if (blind.length > 0) return `it went on without a journal: ${blind.join(', ')}`
    const at = this.#at
    const keys = at.keys()
    if (keys.length > 2) return 'the user has more than two keys'
    // a fault that is left over is not the consumer's
    at.sandbox.setFaults([])
    const answer = await at.consume()
    if (answer !== 'ok') return `its consumer cannot call AWS: ${answer}`
    if (when === 'stopped') return null
    const [current, stages] = [at.current().accessKeyId, at.secretStages()]
    if (current === at.oldKeyId) return 'the secret holds the old key'
    if (stages.AWSPENDING !== undefined) return 'a version of the secret is pending'
    const wanted = this.#toTheEnd ? 1 : 2
    return keys.length === wanted && keys.some(([id, status]) => id === current && status === 'Active')
      ? null
      : `the keys are ${keys.map(([, status]) => status).join(' and ')}`
  }

  close(): Promise<void> {
    return this.#at.stop()
  }
}

/** Dies at a line of the journal. */
async function withFaults<T>({ killedAt, torn, fullAt }: Run, onFull: () => void, work: () => Promise<T>): Promise<T> {
  const { add } = AppendLog.prototype
  let lines = 0
  AppendLog.prototype.add = function (this: AppendLog<object>, entry: object) {
    if (fullAt !== undefined && lines + 1 >= fullAt) {
      onFull()
      throw diskFull()
    }
    if (++lines === killedAt) {
      if (torn) appendFileSync(this.path, JSON.stringify(entry).slice(0, -5))
      throw new Killed('killed')
    }
    add.call(this, entry)
  }
  try {
    return await work()
  } finally {
    AppendLog.prototype.add = add
  }
}
