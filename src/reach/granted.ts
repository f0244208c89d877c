/** The actions that a principal may do, on something or under conditions. */
import { boundOf, members, policyReader } from './action-bits.ts'
import { allActions } from './can.ts'
import type { EstatePrincipal } from './estate.ts'

/** In IAM's spelling, sorted. */
export function grantedActions(principal: EstatePrincipal): string[] {
  const list = allActions()
  const bound = boundOf(principal.policies, policyReader(list), list, principal.kind === 'root')
  return [...members(bound.maybe)].map((i) => list.names[i]!).sort()
}
