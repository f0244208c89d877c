/** The example's dates: all relative to now, and at hours at which people and machines do such things. */
import { newRandom, nextInteger, type Random } from '../state.ts'

const MINUTE = 60_000
const DAY = 86_400_000

/**
 * When something happened: so many days ago; hours or minutes ago; or on the first day of this month or quarter, as
 * monthly and quarterly jobs do.
 */
export type When = number | { hours: number } | { minutes: number } | 'first-of-month' | 'first-of-quarter'

export interface Calendar {
  now: Date
  /** While people work (weekdays, 07:30 to 18:00 UTC). */
  atWork(when: When): Date
  /** When a scheduled job ran: every call has its own minute, between 01:00 and 05:00 UTC. */
  atNight(when: When): Date
}

export function newCalendar(now: Date, seed: number): Calendar {
  const random = newRandom(seed ^ 0x5eed)
  const end = Math.floor(now.getTime() / 1000) * 1000
  const moment = (when: When, onDay: (days: number) => number): Date => {
    if (typeof when === 'number') return new Date(Math.min(onDay(when), end))
    if (typeof when === 'string') return firstOf(when, end)
    const ago = 'hours' in when ? when.hours * 60 : when.minutes
    return new Date(end - ago * MINUTE - nextInteger(random, 60) * 1000)
  }
  return {
    now: new Date(end),
    atWork: (when) => moment(when, (days) => weekday(end - days * DAY) + within(random, 450, 1080)),
    atNight: (when) => moment(when, (days) => midnight(end - days * DAY) + within(random, 60, 300)),
  }
}

function within(random: Random, fromMinute: number, toMinute: number): number {
  return (fromMinute * 60 + nextInteger(random, (toMinute - fromMinute) * 60)) * 1000
}

function midnight(time: number): number {
  return Math.floor(time / DAY) * DAY
}

/** That day, or the Friday before it. */
function weekday(time: number): number {
  const day = new Date(time).getUTCDay()
  return midnight(time) - (day === 6 ? DAY : day === 0 ? 2 * DAY : 0)
}

/** 04:12:09 UTC on the latest first day of a month or quarter. */
function firstOf(which: 'first-of-month' | 'first-of-quarter', end: number): Date {
  const date = new Date(end)
  const months = which === 'first-of-month' ? 1 : 3
  const month = Math.floor(date.getUTCMonth() / months) * months
  const at = (m: number) => new Date(Date.UTC(date.getUTCFullYear(), m, 1, 4, 12, 9))
  return at(month).getTime() <= end ? at(month) : at(month - months)
}
