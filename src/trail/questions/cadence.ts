/** How often something comes, of the days on which it was seen. */
import type { Cadence } from '../../model/trail.ts'

const DAY = 86_400_000

/** Days between two times it comes, and how far from that it may be. */
const PERIODS: readonly [Cadence, number, number][] = [
  ['weekly', 7, 1],
  ['fortnightly', 14, 2],
  ['monthly', 30.5, 4],
  ['quarterly', 91, 7],
]

export interface Rhythm {
  cadence: Cadence
  /** The day it is to be seen next; null: that cannot be said. */
  next: string | null
}

/**
 * @param days on which it was seen, sorted: `2026-01-31`
 * @param hoursADay in how many hours of such a day, on average
 */
export function rhythmOf(days: readonly string[], hoursADay: number): Rhythm {
  const numbers = days.map((day) => Math.round(Date.parse(day) / DAY))
  const last = numbers.at(-1)
  if (last === undefined) return { cadence: 'irregular', next: null }
  if (numbers.length === 1) return { cadence: 'once', next: null }
  const gaps = numbers.slice(1).map((day, i) => day - numbers[i]!)
  const span = last - numbers[0]! + 1
  const share = numbers.length / span
  if (numbers.length >= 3 && share >= 0.9)
    return { cadence: hoursADay >= 18 ? 'continuous' : 'daily', next: dayOf(last + 1) }
  const weekend = numbers.filter(isWeekend).length
  const workdays = Array.from({ length: span }, (_, i) => numbers[0]! + i).filter((day) => !isWeekend(day)).length
  if (numbers.length >= 4 && weekend === 0 && numbers.length / workdays >= 0.8)
    return { cadence: 'workdays', next: dayOf(isWeekend(last + 1) ? last + 3 : last + 1) }
  // runs of days that belong to one job count as one
  const starts = numbers.filter((_, i) => i === 0 || gaps[i - 1]! > 3)
  const between = starts.slice(1).map((day, i) => day - starts[i]!)
  for (const [cadence, period, slack] of PERIODS)
    if (between.length > 0 && between.every((gap) => Math.abs(gap - period) <= slack))
      return { cadence, next: dayOf(starts.at(-1)! + Math.ceil(period)) }
  return { cadence: 'irregular', next: null }
}

function dayOf(number: number): string {
  return new Date(number * DAY).toISOString().slice(0, 10)
}

/** 1970-01-01 was a Thursday. */
function isWeekend(day: number): boolean {
  const weekday = (day + 4) % 7
  return weekday === 0 || weekday === 6
}
