/**
 * Where a new key goes. A destination is asked first (`look`) and changed after; what it holds is compared in memory.
 * The secret is in no message, no argument, no environment and no temporary file.
 */
import { KeyreeveError } from '../../model/errors.ts'

export interface KeyPair {
  accessKeyId: string
  secretAccessKey: string
}

/** A key on its way, and whose it is. */
export interface Delivery {
  key: KeyPair
  userName: string
  accountId: string
  /** The key that it replaces. */
  previousKeyId: string
}

/** How it is known that a destination has the key: it was read there, or it was taken without an error. */
export type Verified = 'read-back' | 'accepted'

/** What a destination held before. `pair` is null where that is not known: it cannot be read, or is no key. */
export interface Held {
  pair: KeyPair | null
  /** For `putBack`, in this process only: it may hold a secret. */
  before?: unknown
}

export interface Destination {
  /** As the user wrote it. */
  readonly uri: string
  /** In words: `the secret prod/s3 of Secrets Manager`. */
  readonly name: string
  /** Whether it tells what it holds. One that does not is delivered to last. */
  readonly isReadable: boolean
  /**
   * Asks whether a delivery would work, as far as that can be told without a change; and what is held.
   * @throws {DeliveryError}
   */
  look(): Promise<Held>
  /**
   * Asks, before a rotation begins, whether somebody else changes what is held there.
   * @throws {DeliveryError} when that is so, or cannot be told
   */
  isOurs?(): Promise<void>
  /**
   * Puts the key there, and reads it back where possible.
   * @param note keeps what `putBack` needs after a crash; never a secret
   * @throws {DeliveryError}
   */
  deliver(delivery: Delivery, held: Held, note: (undo: string) => void): Promise<Verified>
  /**
   * Puts back what was held before.
   * @param held null after a crash
   * @param undo what `deliver` noted
   * @throws {DeliveryError} when that is not possible
   */
  putBack(held: Held | null, undo: string | null): Promise<void>
  /** Removes what a delivery that did not come to its end has left behind. @throws {DeliveryError} */
  tidy?(newKeyId: string): Promise<void>
}

/** Why a destination did not take a key. Its message quotes nothing that a destination answered. */
export class DeliveryError extends KeyreeveError {
  /** Whether a destination that cannot be read has surely stayed as it was. */
  readonly isUnchanged: boolean

  constructor(message: string, { isUnchanged = false, ...options }: DeliveryOptions = {}) {
    super('output', message, options)
    this.name = 'DeliveryError'
    this.isUnchanged = isUnchanged
  }
}

interface DeliveryOptions {
  isUnchanged?: boolean
  hint?: string
  cause?: unknown
}

/** Whether it is the same key. */
export function isSame(a: KeyPair | null, b: KeyPair): boolean {
  return a?.accessKeyId === b.accessKeyId && a.secretAccessKey === b.secretAccessKey
}
