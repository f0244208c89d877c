/** The actions that a principal may do, on something or under conditions. */
import { actionNamed } from '../policy/actions/actions.ts'
import { boundOf, members, policyReader } from './action-bits.ts'
import { allActions } from './can.ts'
import type { EstatePrincipal } from './estate.ts'

/** In IAM's spelling, sorted. */
export function grantedActions(principal: EstatePrincipal): string[] {
  const list = allActions()
  const bound = boundOf(principal.policies, policyReader(list), list, principal.kind === 'root')
  return [...members(bound.maybe)].map((i) => actionNamed(list.names[i]!)?.name ?? list.names[i]!).sort()
}
