/**
 * Dates in the W3C's profile of ISO 8601 (`2026-01-31T12:00:00Z`) or as seconds since 1970.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
 */
import { MAYBE, NO, triOf } from '../tri.ts'
import type { Operator, Test } from './operator.ts'

function comparing(holds: (order: number) => boolean, whenNoDate: typeof NO | typeof MAYBE) {
  return ({ text }: { text: string }): Test => {
    const limit = timeOf(text)
    if (limit === null) return () => MAYBE
    return (value) => {
      const time = timeOf(value)
      return time === null ? whenNoDate : triOf(holds(time - limit))
    }
  }
}

const W3C_DATE =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?(?:(Z)|([+-])(\d{2}):(\d{2})))?)?)?$/
const EPOCH = /^\d{5,12}(\.\d{1,9})?$/

/** Milliseconds since 1970; null when it is no date. */
export function timeOf(text: string): number | null {
  if (EPOCH.test(text)) return Number(text) * 1000
  const match = W3C_DATE.exec(text)
  if (!match) return null
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = ''] = match
  const milliseconds = fraction === '' ? 0 : Number(`0${fraction}`) * 1000
  const fields = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const
  const time = Date.UTC(...fields)
  const date = new Date(time)
  // refuses a 31st of February, which would become a day in March
  if (date.getUTCMonth() !== fields[1] || date.getUTCDate() !== fields[2]) return null
  if (fields[3] > 23 || fields[4] > 59 || fields[5] > 59) return null
  const offset = match[9] ? (match[9] === '-' ? -1 : 1) * (Number(match[10]) * 60 + Number(match[11])) : 0
  return time + milliseconds - offset * 60_000
}

const DATE = { wildcards: false, variables: false } as const

export const dateOperators: Operator[] = [
  { ...DATE, name: 'DateEquals', negated: false, compile: comparing((order) => order === 0, NO) },
  { ...DATE, name: 'DateNotEquals', negated: true, compile: comparing((order) => order === 0, MAYBE) },
  { ...DATE, name: 'DateLessThan', negated: false, compile: comparing((order) => order < 0, NO) },
  { ...DATE, name: 'DateLessThanEquals', negated: false, compile: comparing((order) => order <= 0, NO) },
  { ...DATE, name: 'DateGreaterThan', negated: false, compile: comparing((order) => order > 0, NO) },
  { ...DATE, name: 'DateGreaterThanEquals', negated: false, compile: comparing((order) => order >= 0, NO) },
]
