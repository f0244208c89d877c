/** What comes seldom is not gone: CloudTrail knows how often it came. */
import type { Dossier } from '../model/dossier.ts'
import { daysBefore } from './kind.ts'

/** What is longer overdue than this does not come any more. */
const OVERDUE_DAYS = 7

/**
 * What is still to come with a key that looks unused, as a sentence; null: nothing that is known.
 * @param now ms
 */
export function scheduledUse({ status, usage }: Dossier, now: number): string | null {
  const due = usage?.consumers.find(
    ({ nextExpected }) => nextExpected !== null && daysBefore(nextExpected, now) <= OVERDUE_DAYS,
  )
  if (!due || status !== 'active') return null
  return `it is silent, but ${due.agent ?? 'what uses it'} comes ${due.cadence} and is due on ${due.nextExpected}`
}
