/** Moments as people write them: `7d`, `24h`, `2026-01-31`, or a time in ISO 8601. */
import { InvalidArgumentError } from 'commander'

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 }

/** @returns ISO 8601 in UTC */
export function parseMoment(text: string, now = Date.now()): string {
  const ago = /^(\d{1,5})([mhdw])$/.exec(text)
  if (ago) return new Date(now - Number(ago[1]) * UNITS[ago[2]!]!).toISOString()
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text)
  const time = isTime ? Date.parse(/T.*(Z|[+-]\d\d:?\d\d)$|^[^T]*$/.test(text) ? text : `${text}Z`) : Number.NaN
  if (Number.isNaN(time) || !isDay(text.slice(0, 10)))
    throw new InvalidArgumentError('\nGive a day (2026-01-31), a time, or how long ago: 7d, 24h.')
  return new Date(time).toISOString()
}

/** Whether the calendar has such a day: `Date.parse` takes the 31st of February for one of March. */
export function isDay(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}
