/**
 * What the faults are tried on. A scenario is one thing that changes AWS: a kind of step, taking it back, a rotation, a
 * revocation. To add one, say how to set the stage, run it as a new process would, and tell whether all is well.
 */
import { KeyreeveError } from '../../../src/model/errors.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'

export interface Scenario {
  name: string
  /** false: only the calls are of interest, and not the lines of the journal. */
  isKilled?: false
  /** A new account in a sandbox of its own, each time the same. */
  prepare(): Promise<Stage>
}

export interface Stage {
  sandbox: Sandbox
  /** The calls that faults happen to, such as `iam:PutUserPolicy`. */
  calls: RegExp
  /**
   * One run, as another process would make it: what it knows it reads from the disk. A word for how it ended: `done`, or
   * why it stopped. Throws `Killed` when it was killed.
   */
  run(how?: Run): Promise<string>
  /**
   * What is wrong, in words; null: all is well. After a run that stopped, the account is as it was or as it is to be, or
   * in between with the way on in the journal; after `settled`, one without faults, it is as it is to be.
   */
  check(when: 'stopped' | 'settled'): Promise<string | null>
  close(): Promise<void>
}

export interface Run {
  /** Dies instead of writing this line of the journal, the first is 1; `torn`: in the middle of the line. */
  killedAt?: number
  torn?: boolean
  /** The disk is full from this line of the journal on. */
  fullAt?: number
  /** The credentials end just before this call, such as `iam:PutUserPolicy`, is made for the first time. */
  expireAt?: string
  /** Whether new credentials are to be had then. */
  renewable?: boolean
}

export class Killed extends Error {}

/** As the journal throws when the disk is full. */
export function diskFull(): KeyreeveError {
  return new KeyreeveError('output', 'the journal cannot be written (ENOSPC): stopped')
}

/** Tells what was changed in AWS since a moment. */
export class Changes {
  readonly #sandbox: Sandbox
  #since: number

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox
    this.#since = sandbox.calls().records.length
  }

  /** Calls of the services that plans, rotations and revocations change; those that were refused, too. */
  get made(): string[] {
    return this.#sandbox
      .calls()
      .records.slice(this.#since)
      .flatMap(({ service, action, readOnly }) => (readOnly || service === 'sts' ? [] : [`${service}:${action}`]))
  }
}
