/**
 * One clause of a `Condition`: an operator, a key, values.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
 */
import type { RequestContext } from '../context.ts'
import type { ConditionClause } from '../parse.ts'
import { parseTemplate } from '../pattern.ts'
import { MAYBE, NO, not, type Tri, YES } from '../tri.ts'
import { arnOperators } from './arn.ts'
import { binaryOperators } from './binary.ts'
import { boolOperators, nullHolds } from './bool.ts'
import { dateOperators } from './date.ts'
import { ipAddressOperators } from './ip-address.ts'
import { numericOperators } from './numeric.ts'
import type { Operator, Test } from './operator.ts'
import { stringOperators } from './string.ts'

/** A clause, ready to be asked. */
export interface Condition {
  clause: ConditionClause
  /** In lower case. */
  key: string
  /** Why it can't be decided even with the key known; null: it can. */
  doubt: string | null
  holds(context: RequestContext): Tri
}

const OPERATORS = new Map<string, Operator>(
  [
    ...stringOperators,
    ...numericOperators,
    ...dateOperators,
    ...boolOperators,
    ...binaryOperators,
    ...ipAddressOperators,
    ...arnOperators,
  ].map((operator) => [operator.name.toLowerCase(), operator]),
)

/** An operator's name, taken apart. */
export interface OperatorName {
  qualifier: 'all' | 'any' | null
  /** null: `Null`, which tests no values. */
  operator: Operator | null
  ifExists: boolean
}

/** Reads `ForAllValues:StringLikeIfExists`, in any case; null when there is no such operator. */
export function operatorNamed(name: string): OperatorName | null {
  const match = /^(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?$/.exec(name.toLowerCase())
  if (!match) return null
  const qualifier = match[1] === 'forallvalues' ? 'all' : match[1] === 'foranyvalue' ? 'any' : null
  const ifExists = match[3] !== undefined
  if (match[2] === 'null') return qualifier === null && !ifExists ? { qualifier, operator: null, ifExists } : null
  const operator = OPERATORS.get(match[2]!)
  return operator ? { qualifier, operator, ifExists } : null
}

/** Names of all operators, in AWS's spelling, without qualifier and `IfExists`. */
export const OPERATOR_NAMES: readonly string[] = [...[...OPERATORS.values()].map(({ name }) => name), 'Null']

/** @param variables whether the document's version has policy variables */
export function compileCondition(clause: ConditionClause, variables: boolean): Condition {
  const key = clause.key.toLowerCase()
  const doubtful = (doubt: string): Condition => ({ clause, key, doubt, holds: () => MAYBE })
  const named = operatorNamed(clause.operator)
  if (!named) return doubtful(`the condition operator \`${clause.operator}\``)
  const { qualifier, operator, ifExists } = named
  if (!operator)
    return {
      clause,
      key,
      doubt: null,
      holds(context) {
        const values = context.values(key)
        return values === undefined ? MAYBE : nullHolds(clause.values, isAbsent(values))
      },
    }
  const tests: Test[] = []
  for (const text of clause.values) {
    const template = parseTemplate(text, { variables, wildcards: operator.wildcards })
    if (!template.understood) return doubtful(`a policy variable in \`${text}\``)
    if (template.hasVariables && operator.variables === 'unclear')
      return doubtful(`whether \`${operator.name}\` takes the variable in \`${text}\``)
    // not supported there: it compares with nothing
    if (template.hasVariables && !operator.variables) return { clause, key, doubt: null, holds: () => NO }
    tests.push(operator.compile(template))
  }
  const { negated } = operator
  const one = (value: string, context: RequestContext): Tri => {
    let result: Tri = NO
    for (const test of tests) {
      const holds = test(value, context)
      if (holds > result) result = holds
      if (result === YES) break
    }
    return negated ? not(result) : result
  }
  return {
    clause,
    key,
    doubt: null,
    holds(context) {
      const values = context.values(key)
      if (values === undefined) return MAYBE
      if (qualifier !== null) return ofMany(qualifier, ifExists, values, one, context)
      if (isAbsent(values)) return ifExists || negated ? YES : NO
      return values.length === 1 ? one(values[0]!, context) : unqualified(values, one, context)
    },
  }
}

function isAbsent(values: readonly string[] | null): values is null {
  return values === null || values.length === 0
}

/**
 * `ForAllValues` holds, and `ForAnyValue` does not, where there are no values: key absent, or nothing but empty texts.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
function ofMany(
  qualifier: 'all' | 'any',
  ifExists: boolean,
  values: readonly string[] | null,
  one: Test,
  context: RequestContext,
): Tri {
  if (isAbsent(values)) return qualifier === 'all' ? YES : ifExists ? MAYBE : NO
  if (values.every((value) => value === '')) return qualifier === 'all' ? YES : NO
  let result: Tri = qualifier === 'all' ? YES : NO
  for (const value of values) {
    const holds = one(value, context)
    if (qualifier === 'all' ? holds < result : holds > result) result = holds
  }
  return result
}

/** AWS doesn't say what an operator without a qualifier makes of several values; where all agree, it does not matter. */
function unqualified(values: readonly string[], one: Test, context: RequestContext): Tri {
  const first = one(values[0]!, context)
  return values.every((value) => one(value, context) === first) ? first : MAYBE
}
