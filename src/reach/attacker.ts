/** The estate as an attacker finds it, who chooses what a request leaves open: above all the region. */
import type { PolicyInput } from '../policy/request.ts'
import { YES } from '../policy/tri.ts'
import { ALLOW_EVERYTHING } from './admin.ts'
import { may } from './ask.ts'
import type { Estate, EstateAccount, EstatePrincipal } from './estate.ts'

export function asAttacker(estate: Estate): Estate {
  const accounts = new Map<string, EstateAccount>()
  const principals: EstatePrincipal[] = []
  const speaks = new Map<PolicyInput, boolean>()
  const speaksOfRegion = (input: PolicyInput): boolean => {
    let answer = speaks.get(input)
    if (answer === undefined) {
      answer = (input.policy?.statements ?? []).some(({ statement: { conditions } }) =>
        conditions.some(({ key }) => /^aws:requestedregion$/i.test(key)),
      )
      speaks.set(input, answer)
    }
    return answer
  }
  for (const [id, account] of estate.accounts) {
    const region = freeRegion(account, speaksOfRegion)
    const copy: EstateAccount = { ...account, users: [], roles: [] }
    const chosen = (principal: EstatePrincipal): EstatePrincipal => {
      const { identity, boundary } = principal.policies
      const limited = identity.some(speaksOfRegion) || (Array.isArray(boundary) && boundary.some(speaksOfRegion))
      return {
        ...principal,
        account: copy,
        context:
          region === null || limited ? principal.context : { ...principal.context, 'aws:requestedregion': region },
      }
    }
    copy.root = chosen(account.root)
    copy.users = account.users.map(chosen)
    copy.roles = account.roles.map(chosen)
    accounts.set(id, copy)
    for (const principal of [copy.root, ...copy.users, ...copy.roles]) principals[principal.index] = principal
  }
  return {
    ...estate,
    accounts,
    principals,
    byArn: new Map(principals.map((principal) => [principal.arn, principal])),
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
