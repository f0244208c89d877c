/** What a rotation works with, and what becomes of a run. */
import type { Failure } from '../../aws/failure.ts'
import type { Patience } from '../apply/seen.ts'
import type { Destination, KeyPair } from '../deliver/destination.ts'
import type { Rotation, RotationEntry, RotationEvent, SeenCall, Uses } from './journal.ts'
import { rotationOf } from './journal.ts'
import type { LastUse } from './silence.ts'
import type { IamCall } from './user-keys.ts'

export interface RotationJournal {
  readonly entries: readonly RotationEntry[]
  add(entry: RotationEntry): void
}

export interface RotateContext extends Patience {
  call: IamCall
  failureOf(error: unknown): Failure
  /** The access key ID that the calls are signed with. */
  ownKeyId: string
  /** Goes on with the new key, where the rest would be signed with the one that goes. */
  switchTo(key: KeyPair): { call: IamCall; ownKeyId: string }
  /** Who AWS says that a key belongs to: the ARN. Throws what AWS answers. */
  whoIs(key: KeyPair): Promise<string>
  destination(uri: string): Destination
  /** What is known of the use of a key, or of what was seen of it since then. */
  uses(accessKeyId: string, since: string | null): Promise<Uses>
  /** Calls with a key since then, failed ones too; and what this does not tell. */
  callsSince(accessKeyId: string, since: string): Promise<{ calls: SeenCall[]; gaps: string[] }>
  /** Whether a last use is that of our own `scan --verify`, which hides the one before it. */
  isOwnUse?(accessKeyId: string, lastUsed: LastUse): boolean
  onEvent?(text: string): void
  /** Says what would be done next, and does nothing. */
  isDryRun?: boolean
  /** Makes the key again although a destination has the new one, whose secret is lost. */
  again?: boolean
  /** Replaces another key that a destination holds. */
  overwrite?: boolean
  /** Does not activate a key again when calls with it fail; only says so. */
  keepInactive?: boolean
}

export type RunOutcome =
  | 'done'
  /** Nothing to do before a day, or until something is seen. */
  | 'waits'
  /** Nothing was changed, or what was changed is taken back. */
  | 'refused'
  /** Something is to be looked at, or it is to be run again. */
  | 'stopped'
  | 'would'
  | 'aborted'

export interface Run {
  outcome: RunOutcome
  because: string
  /** Of `waits`: the earliest moment that something may be done; null: that cannot be said. */
  until: string | null
}

/** One rotation under way: its journal, the state that it makes, and the secret while there is one. */
export class Work {
  readonly context: RotateContext
  readonly journal: RotationJournal
  rotation: Rotation
  /** The new key, from AWS or read from a destination. In memory only. */
  pair: KeyPair | null = null

  /** @throws when nothing was begun in the journal */
  constructor(context: RotateContext, journal: RotationJournal) {
    const rotation = rotationOf(journal.entries)
    if (!rotation) throw new Error('no rotation was begun')
    this.context = { ...context }
    this.journal = journal
    this.rotation = rotation
  }

  get now(): string {
    return this.context.now().toISOString()
  }

  note(event: RotationEvent): void {
    this.journal.add({ at: this.now, ...event })
    this.rotation = rotationOf(this.journal.entries)!
  }

  say(text: string): void {
    this.context.onEvent?.(text)
  }
}

export const refused = (because: string): Run => ({ outcome: 'refused', because, until: null })
export const stopped = (because: string): Run => ({ outcome: 'stopped', because, until: null })
export const would = (because: string): Run => ({ outcome: 'would', because, until: null })
