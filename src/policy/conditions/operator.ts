/** What every condition operator is. */
import type { RequestContext } from '../context.ts'
import type { Template } from '../pattern.ts'
import type { Tri } from '../tri.ts'

/**
 * A value of the policy, compiled, asked about one value of the request: whether the *positive* test holds
 * (`StringEquals` for `StringNotEquals`); the negation is not its business.
 */
export type Test = (value: string, context: RequestContext) => Tri

export interface Operator {
  /** In AWS's spelling. */
  name: string
  /** `…Not…`: true where the positive test is not, and where the key is absent. */
  negated: boolean
  /** What `*` and `?` are in the policy's values. */
  wildcards: boolean
  /** Whether policy variables may be used; `unclear`: AWS's pages contradict each other. */
  variables: boolean | 'unclear'
  compile(value: Template): Test
}
