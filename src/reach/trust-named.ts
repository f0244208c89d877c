/** Whom a role's trust policy names, told fast: to leave out those whom it can't mean. */
import { matchPrincipal, type Principal } from '../policy/principal.ts'
import type { PolicyInput } from '../policy/request.ts'
import { NO } from '../policy/tri.ts'
import { statementsAbout } from './ask.ts'

/** `alone`: the trust policy may be enough; `account`: it may leave the decision to the caller's own policies. */
export type Trusted = 'no' | 'account' | 'alone'

/** How a trust policy may mean a caller, conditions aside; null: it is not known, or not understood. */
export function trustMayMean({ policy }: PolicyInput, action: string): ((principal: Principal) => Trusted) | null {
  if (!policy?.parsed.understood) return null
  const allowing = statementsAbout(policy, action).filter(({ effect }) => effect !== 'Deny')
  if (allowing.some(({ principals, notPrincipal }) => principals === null || notPrincipal)) return null
  return (principal) => {
    let trusted: Trusted = 'no'
    for (const { principals } of allowing) {
      const { direct, role, account } = matchPrincipal(principals!, principal)
      if (direct !== NO || role !== NO) return 'alone'
      if (account !== NO) trusted = 'account'
    }
    return trusted
  }
}
