/** Whether a key may be stopped: every consumer that is known has moved or is gone, and nobody has used it for long. */
import type { Cadence, Consumer } from '../../model/trail.ts'
import type { Rotation, Uses } from './journal.ts'

export const DAY_MS = 86_400_000

/** How long a silence says that something comes no more, days: a period and what it may be late. */
const QUIET_DAYS: Partial<Record<Cadence, number>> = {
  continuous: 1,
  daily: 2,
  workdays: 4,
  weekly: 8,
  fortnightly: 16,
  monthly: 35,
  quarterly: 98,
}

const MONTH_DAYS = 35

/** Uses of the new key before this has passed since it was proven may be the proof itself. */
const PROOF_MS = 20 * 60_000

export interface LastUse {
  /** ISO 8601; null: never. */
  date: string | null
  service: string | null
}

/** Behind a last use of our own. It counts all the same: AWS keeps no other, and what came before it may be as young. */
export const OWN_USE = "by keyreeve's own `scan --verify`, which hides what came before it"

export interface KeyFacts {
  /** Of the key that goes. */
  old: { uses: Uses; lastUsed: LastUse; isOwnUse?: boolean }
  /** Of the key that takes its place; null: there is none. */
  new: { uses: Uses; lastUsed: LastUse } | null
}

export type ConsumerStanding =
  | { consumer: Consumer; standing: 'moved' | 'gone' }
  /** Not seen on the new key; `until`: when it counts as gone if it stays away. */
  | { consumer: Consumer; standing: 'expected'; until: string }

export interface Readiness {
  isReady: boolean
  consumers: ConsumerStanding[]
  /** The last use that is known of the key that goes; null: none. */
  lastUse: string | null
  /** Whether that was our own `scan --verify`. */
  isLastUseOwn: boolean
  /** How long it has to be silent, days, and why. */
  quietDays: number
  quietBecause: string
  silentUntil: string
  /** Whether use of the new key is still to be seen, where nothing but the last use tells. */
  isNewKeyUnused: boolean
  /** When it can be ready at the earliest, if nothing else happens. */
  until: string
  /** What is not known. */
  caveats: string[]
}

/** @param now ISO 8601 */
export function readinessOf(rotation: Rotation, facts: KeyFacts, now: string): Readiness {
  const { terms, known, switchedAt, broken, reactivatedAt } = rotation
  // a key that is retired has been silent before
  const since = terms.mode === 'retire' ? null : (switchedAt ?? rotation.begunAt)
  const consumers = merged(known?.consumers ?? [], facts.old.uses.consumers)
  const newUses = (facts.new?.uses.consumers ?? []).filter((use) => !isProof(use, rotation.provenAt))
  const quietOf = (consumer: Consumer) => QUIET_DAYS[consumer.cadence] ?? terms.silenceDays
  const standings = consumers.map((consumer): ConsumerStanding => {
    if (isSeenAmong(consumer, newUses, consumers)) return { consumer, standing: 'moved' }
    // what has a rhythm may miss a beat
    const patience = consumer.cadence in QUIET_DAYS ? 2 * quietOf(consumer) : quietOf(consumer)
    const until = plusDays(latest([since, consumer.lastSeen])!, patience)
    return until <= now ? { consumer, standing: 'gone' } : { consumer, standing: 'expected', until }
  })
  const caveats = [...caveatsOf(known, facts), ...youngHistory(rotation)]
  const longest = Math.max(0, ...consumers.map(quietOf))
  const isBlind = caveats.length > 0 || consumers.length === 0
  const quietDays = isBlind ? Math.max(longest, terms.silenceDays) : longest
  const lastUse = latest([
    facts.old.lastUsed.date,
    ...facts.old.uses.consumers.map(({ lastSeen }) => lastSeen),
    ...broken.map(({ time }) => time),
  ])
  const silentSince = latest([since, lastUse, reactivatedAt])
  const silentUntil = silentSince === null ? rotation.begunAt : plusDays(silentSince, quietDays)
  const expected = standings.flatMap((standing) => (standing.standing === 'expected' ? [standing.until] : []))
  const isNewKeyUnused = consumers.length === 0 && isUnused(rotation, facts, now)
  const until = latest([silentUntil, ...expected, ...(isNewKeyUnused ? [plusDays(silentUntil, quietDays)] : [])])!
  return {
    isReady: silentUntil <= now && expected.length === 0 && !isNewKeyUnused,
    consumers: standings,
    lastUse,
    isLastUseOwn: facts.old.isOwnUse === true && lastUse === latest([facts.old.lastUsed.date]),
    quietDays,
    quietBecause: isBlind
      ? 'CloudTrail does not tell all of who uses it, so that this stands on its last use'
      : 'the longest rhythm of what used it',
    silentUntil,
    isNewKeyUnused,
    until,
    caveats,
  }
}

/** A key that was in use, whose successor nobody but us has used, and which has not been silent for twice as long. */
function isUnused({ provenAt, terms, switchedAt, begunAt }: Rotation, { old, new: successor }: KeyFacts, now: string) {
  if (terms.mode === 'retire' || old.lastUsed.date === null) return false
  const isUsed = successor !== null && countsAsUse(successor.lastUsed, provenAt)
  return !isUsed && plusDays(latest([switchedAt ?? begunAt, old.lastUsed.date])!, 2 * terms.silenceDays) > now
}

/** Whether somebody but us has used the new key, as far as its last use tells. */
export function countsAsUse({ date, service }: LastUse, provenAt: string | null): boolean {
  if (date === null) return false
  return service !== 'sts' || provenAt === null || Date.parse(date) > Date.parse(provenAt) + PROOF_MS
}

function caveatsOf(known: Uses | null, { old, new: successor }: KeyFacts): string[] {
  const all = [known, old.uses, successor?.uses].filter((uses) => uses !== null && uses !== undefined)
  const blind = all.some(({ source }) => source === 'none') ? ['CloudTrail could not be read'] : []
  return [...new Set([...blind, ...all.flatMap(({ gaps }) => gaps)])]
}

/** A history that is shorter than what comes once a month needs. */
function youngHistory({ known, begunAt, terms }: Rotation): string[] {
  if (known === null || known.source === 'none' || known.from === null || terms.mode === 'retire') return []
  const days = Math.floor((Date.parse(begunAt) - Date.parse(known.from)) / DAY_MS)
  return days >= MONTH_DAYS ? [] : [`CloudTrail is known of ${days} days only: what comes once a month may be missing`]
}

/** Our own call by which the new key was proven. */
export function isProof({ agent, lastSeen }: Consumer, provenAt: string | null): boolean {
  return agent === 'keyreeve' && provenAt !== null && Date.parse(lastSeen) <= Date.parse(provenAt) + PROOF_MS
}

/** Told apart as `trail consumers` does. */
export function consumerId({ network, agent, invokedBy }: Consumer): string {
  return [network, agent, invokedBy].join('|')
}

/**
 * Seen from the same network with the same agent; or with the same agent, for some of the same services, from a network
 * that is no other consumer's: addresses change.
 */
function isSeenAmong(consumer: Consumer, uses: readonly Consumer[], consumers: readonly Consumer[]): boolean {
  const id = consumerId(consumer)
  const others = new Set(consumers.map(consumerId))
  return uses.some((use) => {
    if (consumerId(use) === id) return true
    if (use.agent !== consumer.agent || use.invokedBy !== consumer.invokedBy || others.has(consumerId(use)))
      return false
    return use.services.some((service) => consumer.services.includes(service))
  })
}

function merged(before: readonly Consumer[], now: readonly Consumer[]): Consumer[] {
  const all = new Map(before.map((consumer) => [consumerId(consumer), consumer]))
  for (const consumer of now) {
    const earlier = all.get(consumerId(consumer))
    // the rhythm from before the change is the one that counts; what is seen later may be cut short by it
    all.set(
      consumerId(consumer),
      earlier ? { ...earlier, lastSeen: latest([earlier.lastSeen, consumer.lastSeen])! } : consumer,
    )
  }
  return [...all.values()]
}

export function latest(dates: readonly (string | null | undefined)[]): string | null {
  let last: string | null = null
  for (const date of dates)
    if (date !== null && date !== undefined && (last === null || Date.parse(date) > Date.parse(last))) last = date
  return last === null ? null : new Date(last).toISOString()
}

export function plusDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString()
}
