/**
 * `ArnEquals` and `ArnLike` are the same: the six parts of an ARN are compared one by one, each with wildcards.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
import { fixedCodes, matchCodes, resolve, type Template } from '../pattern.ts'
import { MAYBE, NO, triOf } from '../tri.ts'
import type { Operator, Test } from './operator.ts'

const COLON = 58

function like(template: Template): Test {
  if (!template.hasVariables) {
    const parts = partsOfPattern(fixedCodes(template))
    // AWS doesn't say what a pattern means that is no ARN, e.g. a lone `*`
    if (!parts) return () => MAYBE
    return (value) => triOf(matchParts(parts, value))
  }
  return (value, context) => {
    const codes = resolve(template, context)
    if (codes === undefined) return MAYBE
    if (codes === null) return NO
    const parts = partsOfPattern(codes)
    return parts ? triOf(matchParts(parts, value)) : MAYBE
  }
}

/** The last part may hold colons. */
function partsOfPattern(codes: readonly number[]): (readonly number[])[] | null {
  const parts: (readonly number[])[] = []
  let start = 0
  for (let i = 0; i < codes.length && parts.length < 5; i++)
    if (codes[i] === COLON) {
      parts.push(codes.slice(start, i))
      start = i + 1
    }
  if (parts.length < 5) return null
  parts.push(codes.slice(start))
  return parts
}

function matchParts(parts: readonly (readonly number[])[], value: string): boolean {
  let start = 0
  for (let i = 0; i < 5; i++) {
    const end = value.indexOf(':', start)
    if (end === -1 || !matchCodes(parts[i]!, value.slice(start, end))) return false
    start = end + 1
  }
  return matchCodes(parts[5]!, value.slice(start))
}

const ARN = { wildcards: true, variables: true, compile: like } as const

export const arnOperators: Operator[] = [
  { ...ARN, name: 'ArnEquals', negated: false },
  { ...ARN, name: 'ArnLike', negated: false },
  { ...ARN, name: 'ArnNotEquals', negated: true },
  { ...ARN, name: 'ArnNotLike', negated: true },
]
