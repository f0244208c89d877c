/**
 * From the management account into the others by IAM Identity Center: who may assign its users to a role that it keeps in
 * an account is that role once, if it has a user to assign. The management account itself is another matter: there
 * Identity Center does only what the one who asks may do in IAM, and whoever may do that needs no Identity Center.
 * https://docs.aws.amazon.com/singlesignon/latest/userguide/howtodelegatessoaccess.html
 */
import { and, NO, type Tri } from '../policy/tri.ts'
import type { Ground } from './alike.ts'
import { type Ask, bestAnywhere, may } from './ask.ts'
import type { EstateAccount, EstatePrincipal } from './estate.ts'
import { type Members, membersOf } from './terrain.ts'

export const ASSIGN = 'sso:CreateAccountAssignment'

export const isOfIdentityCenter = ({ role }: EstatePrincipal): boolean =>
  role?.path.startsWith('/aws-reserved/sso.amazonaws.com/') === true

/** The other accounts of the organization that its management account gives people access to. */
export function managedFrom(account: EstateAccount, ground: Ground): EstateAccount[] {
  if (account.managementAccount !== account.accountId) return []
  return [...ground.terrain.values()]
    .map((other) => other.account)
    .filter((other) => other !== account && other.managementAccount === account.accountId)
}

/** What an assignment is made on, beside the instance and the permission set, whose IDs are not known. */
export function askToAssign({ account }: EstatePrincipal, to: EstateAccount): Ask {
  return { action: ASSIGN, resource: `arn:${account.partition}:sso:::account/${to.accountId}` }
}

export function mayAssign(principal: EstatePrincipal, to: EstateAccount): Tri {
  const here = may(principal, askToAssign(principal, to))
  return here === NO ? NO : and(here, bestAnywhere(principal, ASSIGN).tri)
}

const kept = new WeakMap<EstateAccount, Members>()

/** Roles that Identity Center keeps in an account. */
export function keptIn(account: EstateAccount): Members {
  let members = kept.get(account)
  if (!members) {
    members = membersOf(account.roles.filter(isOfIdentityCenter).map(({ index }) => index))
    kept.set(account, members)
  }
  return members
}
