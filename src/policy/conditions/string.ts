/**
 * `StringEquals` compares character by character, in their case; its `*` is a character. `StringLike` has wildcards.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String
 */
import { fixedGlob, fixedText, matchCodes, resolve, type Template, textOf } from '../pattern.ts'
import { MAYBE, NO, triOf } from '../tri.ts'
import type { Operator, Test } from './operator.ts'

function equals(template: Template): Test {
  return textTest(template, (wanted) => (value) => value === wanted)
}

function equalsIgnoreCase(template: Template): Test {
  return textTest(template, (text) => {
    const wanted = text.toLowerCase()
    return (value) => value.toLowerCase() === wanted
  })
}

/** Prepares a test once, or at each request for a template with variables. One without a value matches nothing. */
export function textTest(template: Template, prepare: (wanted: string) => (value: string) => boolean): Test {
  if (!template.hasVariables) {
    const test = prepare(fixedText(template))
    return (value) => triOf(test(value))
  }
  return (value, context) => {
    const codes = resolve(template, context)
    if (codes === undefined) return MAYBE
    return codes === null ? NO : triOf(prepare(textOf(codes))(value))
  }
}

function like(template: Template): Test {
  if (!template.hasVariables) {
    const test = fixedGlob(template)
    return (value) => triOf(test(value))
  }
  return (value, context) => {
    const codes = resolve(template, context)
    if (codes === undefined) return MAYBE
    return codes === null ? NO : triOf(matchCodes(codes, value))
  }
}

const STRING = { wildcards: false, variables: true } as const

export const stringOperators: Operator[] = [
  { ...STRING, name: 'StringEquals', negated: false, compile: equals },
  { ...STRING, name: 'StringNotEquals', negated: true, compile: equals },
  { ...STRING, name: 'StringEqualsIgnoreCase', negated: false, compile: equalsIgnoreCase },
  { ...STRING, name: 'StringNotEqualsIgnoreCase', negated: true, compile: equalsIgnoreCase },
  { ...STRING, name: 'StringLike', negated: false, wildcards: true, compile: like },
  { ...STRING, name: 'StringNotLike', negated: true, wildcards: true, compile: like },
]
