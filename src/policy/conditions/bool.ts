/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Boolean */

import { triOf } from '../tri.ts'
import type { Operator } from './operator.ts'
import { textTest } from './string.ts'

export const boolOperators: Operator[] = [
  {
    name: 'Bool',
    negated: false,
    wildcards: false,
    variables: 'unclear',
    compile: (template) =>
      textTest(template, (text) => {
        const wanted = text.toLowerCase()
        return (value) => (wanted === 'true' || wanted === 'false') && value.toLowerCase() === wanted
      }),
  },
]

/** `Null` asks whether the key is absent (`true`) or present (`false`). */
export function nullHolds(values: readonly string[], absent: boolean) {
  return triOf(values.some((value) => value.toLowerCase() === String(absent)))
}
