/** When a user last showed a sign of life, as far as passwords and access keys tell. */
import type { Dossier } from '../model/dossier.ts'
import type { User } from '../model/snapshot.ts'

export interface Activity {
  /** Whether the user has a password or an active access key. */
  canAct: boolean
  /** When a password or key was last used; empty: never. */
  lastUse: string
  /** The latest use, change of password, or new key; else the creation of the user; empty: not known. */
  lastSign: string
  /** What is not known of it. */
  unknown: string | null
}

/**
 * Dates are compared as text: they are all ISO 8601 in UTC, and parsing them would be most of the work.
 * @param keys the access keys of the user
 */
export function activityOf(user: User, keys: readonly Dossier[]): Activity {
  const { password, createDate } = user
  let lastUse = ''
  let lastSign = createDate ?? ''
  let unknown = password === null ? 'the password' : null
  let canAct = password?.enabled ?? false
  if (password) {
    lastUse = password.lastUsed ?? ''
    if (password.enabled) lastSign = later(lastSign, password.lastChanged)
  }
  for (const { status, lastUsed, lastUsedKnown, createDate: created, subjectId } of keys) {
    if (lastUsed) lastUse = later(lastUse, lastUsed.date)
    if (status !== 'active') continue
    canAct = true
    lastSign = later(lastSign, created)
    if (!lastUsedKnown) unknown ??= `the last use of key ${subjectId}`
  }
  return { canAct, lastUse, lastSign: later(lastSign, lastUse), unknown }
}

/** The later one of two dates. */
export function later(one: string, other: string | null): string {
  return other !== null && other > one ? other : one
}
