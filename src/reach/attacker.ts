/** The estate as an attacker finds it, who chooses what a request leaves open: above all the region. */
import type { PolicyInput } from '../policy/request.ts'
import { YES } from '../policy/tri.ts'
import { type ActionList, mayMean } from './action-bits.ts'
import { ALLOW_EVERYTHING } from './admin.ts'
import { may } from './ask.ts'
import type { Estate, EstateAccount, EstatePrincipal } from './estate.ts'

/** @param list the actions that an attacker is after; what policies say of others does not matter */
export function asAttacker(estate: Estate, list: ActionList): Estate {
  const accounts = new Map<string, EstateAccount>()
  const principals: EstatePrincipal[] = []
  const speaks = new Map<PolicyInput, boolean>()
  const speaksOfRegion = (input: PolicyInput): boolean => {
    let answer = speaks.get(input)
    if (answer === undefined) {
      answer = (input.policy?.parsed.statements ?? []).some(
        (statement) =>
          statement.conditions.length > 0 &&
          statement.conditions.some(({ key }) => /^aws:requestedregion$/i.test(key)) &&
          mayMean(statement, list),
      )
      speaks.set(input, answer)
    }
    return answer
  }
  const regions = new Map([...estate.accounts].map(([id, account]) => [id, freeRegion(account, speaksOfRegion)]))
  if ([...regions.values()].every((region) => region === null)) return estate
  const known = new Map<EstatePrincipal['context'], EstatePrincipal['context']>()
  const inRegion = (context: EstatePrincipal['context'], region: string) => {
    let made = known.get(context)
    if (!made) {
      made = { ...context, 'aws:requestedregion': region }
      known.set(context, made)
    }
    return made
  }
  for (const [id, account] of estate.accounts) {
    const region = regions.get(id)!
    const copy: EstateAccount = { ...account, users: [], roles: [] }
    const chosen = (principal: EstatePrincipal): EstatePrincipal => {
      const { identity, boundary } = principal.policies
      const isFree =
        region !== null && !identity.some(speaksOfRegion) && !(Array.isArray(boundary) && boundary.some(speaksOfRegion))
      return { ...principal, account: copy, context: isFree ? inRegion(principal.context, region) : principal.context }
    }
    copy.root = chosen(account.root)
    copy.users = account.users.map(chosen)
    copy.roles = account.roles.map(chosen)
    accounts.set(id, copy)
    for (const principal of [copy.root, ...copy.users, ...copy.roles]) principals[principal.index] = principal
  }
  const byArn = new Map<string, EstatePrincipal>()
  for (const principal of principals) byArn.set(principal.arn, principal)
  return {
    ...estate,
    accounts,
    principals,
    byArn,
  }
}

/** A region in which the organization lets things be started; null: it has nothing to say about regions. */
function freeRegion(account: EstateAccount, speaksOfRegion: (input: PolicyInput) => boolean): string | null {
  const { scps, snapshot, users, roles } = account
  if (scps === 'unknown' || !scps.some(({ policies }) => policies.some(speaksOfRegion))) return null
  const named = scps.flatMap(({ policies }) =>
    policies.flatMap(({ policy }) =>
      (policy?.statements ?? []).flatMap(({ statement }) =>
        statement.conditions.filter(({ key }) => /^aws:requestedregion$/i.test(key)).flatMap(({ values }) => values),
      ),
    ),
  )
  const somebody = users[0] ?? roles.find(({ policies }) => policies.scps === scps)
  if (!somebody) return null
  const regions = [...new Set([...named, ...snapshot.regions])].filter((name) => /^[a-z]+(-[a-z]+)+-\d$/.test(name))
  return (
    regions.find(
      (region) =>
        may(somebody, {
          action: 'ec2:RunInstances',
          resource: '*',
          identity: [ALLOW_EVERYTHING],
          boundary: null,
          context: { 'aws:requestedregion': region },
        }) === YES,
    ) ?? null
  )
}
