/**
 * Whole and decimal numbers.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Numeric
 */
import { MAYBE, NO, triOf } from '../tri.ts'
import type { Operator, Test } from './operator.ts'

function comparing(holds: (order: number) => boolean, whenNoNumber: typeof NO | typeof MAYBE) {
  return ({ text }: { text: string }): Test => {
    const limit = decimalOf(text)
    // a policy's value that is no number would not have been accepted
    if (!limit) return () => MAYBE
    return (value) => {
      const number = decimalOf(value)
      return number ? triOf(holds(compareDecimals(number, limit))) : whenNoNumber
    }
  }
}

/** Digits as a whole number, and how many of them are behind the point. */
interface Decimal {
  digits: bigint
  scale: number
}

const DECIMAL = /^\s*([+-]?)(\d{1,400})(?:\.(\d{1,400}))?\s*$/

export function decimalOf(text: string): Decimal | null {
  const match = DECIMAL.exec(text)
  if (!match) return null
  const fraction = match[3] ?? ''
  const digits = BigInt(match[2]! + fraction)
  return { digits: match[1] === '-' ? -digits : digits, scale: fraction.length }
}

/** Exact: beyond 2^53 a double would take neighbours for equal. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale)
  const [x, y] = [a.digits * 10n ** BigInt(scale - a.scale), b.digits * 10n ** BigInt(scale - b.scale)]
  return x < y ? -1 : x > y ? 1 : 0
}

const NUMERIC = { wildcards: false, variables: false } as const

export const numericOperators: Operator[] = [
  { ...NUMERIC, name: 'NumericEquals', negated: false, compile: comparing((order) => order === 0, NO) },
  // AWS doesn't say whether what is no number differs from a number
  { ...NUMERIC, name: 'NumericNotEquals', negated: true, compile: comparing((order) => order === 0, MAYBE) },
  { ...NUMERIC, name: 'NumericLessThan', negated: false, compile: comparing((order) => order < 0, NO) },
  { ...NUMERIC, name: 'NumericLessThanEquals', negated: false, compile: comparing((order) => order <= 0, NO) },
  { ...NUMERIC, name: 'NumericGreaterThan', negated: false, compile: comparing((order) => order > 0, NO) },
  { ...NUMERIC, name: 'NumericGreaterThanEquals', negated: false, compile: comparing((order) => order >= 0, NO) },
]
