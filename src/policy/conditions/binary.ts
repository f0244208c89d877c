/**
 * Bytes, in base64 both in the policy and in the request's context.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_BinaryEquals
 */
import { MAYBE, triOf } from '../tri.ts'
import type { Operator } from './operator.ts'

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

export const binaryOperators: Operator[] = [
  {
    name: 'BinaryEquals',
    negated: false,
    wildcards: false,
    variables: false,
    compile({ text }) {
      if (!BASE64.test(text)) return () => MAYBE
      const bytes = unpadded(text)
      return (value) => triOf(BASE64.test(value) && unpadded(value) === bytes)
    },
  },
]

function unpadded(base64: string): string {
  return base64.replace(/=+$/, '')
}
