/** Ages in days. The only clock is the snapshot's. */

const DAY = 86_400_000

/**
 * Whole days from a date until `now` (milliseconds); negative for a date to come. Throws when it is no date: a
 * comparison with NaN is always false, and a check would pass what it cannot judge.
 */
export function daysSince(date: string, now: number): number {
  const count = Math.floor((now - Date.parse(date)) / DAY)
  if (Number.isNaN(count)) throw new RangeError('not a date')
  return count
}

/** `2026-11-01`, the day of an ISO date. */
export function day(date: string): string {
  return date.slice(0, 10)
}

/** `1 day`, `12 days`. */
export function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`
}

/** `today`, `1 day ago`, `12 days ago`; a date to come, by clocks that disagree, is today. */
export function ago(count: number): string {
  return count <= 0 ? 'today' : `${days(count)} ago`
}
