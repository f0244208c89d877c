/** When a user last showed a sign of life, as far as passwords and access keys tell. */
import type { Dossier } from '../model/dossier.ts'
import type { User } from '../model/snapshot.ts'

export interface Activity {
  /** Whether the user has a password or an active access key. */
  canAct: boolean
  /** When a password or key was last used, in milliseconds; null: never. */
  lastUse: number | null
  /** The latest use, change of password, or new key; else the creation of the user. */
  lastSign: number | null
  /** What is not known of it. */
  unknown: string | null
}

/** @param keys the access keys of the user */
export function activityOf(user: User, keys: readonly Dossier[]): Activity {
  const { password, createDate } = user
  let lastUse = Number.NEGATIVE_INFINITY
  let lastSign = time(createDate)
  let unknown = password === null ? 'the password' : null
  let canAct = password?.enabled ?? false
  if (password) {
    lastUse = Math.max(lastUse, time(password.lastUsed))
    if (password.enabled) lastSign = Math.max(lastSign, time(password.lastChanged))
  }
  for (const { status, lastUsed, lastUsedKnown, createDate: created, subjectId } of keys) {
    if (lastUsed) lastUse = Math.max(lastUse, time(lastUsed.date))
    if (status !== 'active') continue
    canAct = true
    lastSign = Math.max(lastSign, time(created))
    if (!lastUsedKnown) unknown ??= `the last use of key ${subjectId}`
  }
  return { canAct, lastUse: finite(lastUse), lastSign: finite(Math.max(lastSign, lastUse)), unknown }
}

function time(date: string | null): number {
  return date === null ? Number.NEGATIVE_INFINITY : Date.parse(date)
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
