/**
 * Decides a call by policies, as AWS does: everything that a call asks for must be allowed.
 *
 * Decided here: identity policies, groups, boundaries, session policies, SCPs, RCPs and role trust, by the project's
 * own engine. What a call asks for, beside its own action: `ask.ts`.
 */
import { evaluate } from '../../policy/index.ts'
import type { Authorize } from '../call.ts'
import { asksOf } from './ask.ts'
import { denialOf } from './denial.ts'
import { limitOf } from './session-limits.ts'

export const authorizeByPolicies: Authorize = (call, service, input) => {
  const limit = limitOf(call, service)
  if (limit !== null) return limit
  for (const { request, policies } of asksOf(call, service, input)) {
    const decision = evaluate(request, policies)
    if (decision.decision !== 'allowed') return denialOf(call, request, decision)
  }
  return null
}
