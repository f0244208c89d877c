/** `who-can`: which principals may do something. */
import type { WhoCanAnswer } from '../model/reach.ts'
import { actionNamed } from '../policy/actions/actions.ts'
import { serviceOf } from '../policy/compile.ts'
import { weigh } from '../policy/evaluate.ts'
import type { PolicyInput, PolicyLevel, RequestPolicies } from '../policy/request.ts'
import { and, MAYBE, NO, or, type Tri, YES } from '../policy/tri.ts'
import { actionList } from './action-bits.ts'
import { type Ask, accountOfArn, may, requestOf, statementsAbout } from './ask.ts'
import { askOf, canDo } from './can.ts'
import { boundOn, effectiveOf, isPersonalStatement } from './effective.ts'
import type { Estate, EstateAccount, EstatePrincipal } from './estate.ts'
import { policyIndexOf } from './policy-index.ts'

/** Who may do an action, and who may under conditions, each with its reasons. */
export function whoCan(estate: Estate, action: string, resource: string | null): WhoCanAnswer {
  const effective = effectiveOf(estate, actionList([action]))
  const answers = resource === null ? null : mayWho(estate, action, resource)
  // a role's trust policy tells apart those whose own policies are the same
  const isAlike = resource === null || !isOfSts(action)
  const known = new Map<number, ReturnType<typeof canDo>>()
  const principals: WhoCanAnswer['principals'] = []
  for (const principal of estate.principals) {
    if (answers ? answers[principal.index] === NO : boundOn(effective, principal, action) === 0) continue
    const number = effective.classOf[principal.index]!
    const isShared = isAlike && effective.isShared[number]!
    let answer = isShared ? known.get(number) : undefined
    if (!answer) {
      answer = canDo(estate, principal, action, resource)
      if (isShared) known.set(number, answer)
    }
    const { principal: _, action: __, resource: ___, ...access } = answer
    if (access.decision !== 'denied') principals.push({ principal: principal.arn, ...access })
  }
  const rank = { allowed: 0, conditional: 1, denied: 2 }
  principals.sort(
    (a, b) =>
      rank[a.decision] - rank[b.decision] || (a.principal < b.principal ? -1 : a.principal > b.principal ? 1 : 0),
  )
  return { action: actionNamed(action)?.name ?? action, resource, principals }
}

/** Of these, a role's trust policy has a part in most, and some no policy decides. */
function isOfSts(action: string): boolean {
  return serviceOf(action.toLowerCase()) === 'sts:'
}

/**
 * The same question about one resource, answered by yes, no or perhaps only: by the principal's index.
 *
 * What each policy says is asked once, and put together for everybody who has it, as `weigh` would: within an account,
 * where the resource has no say of its own. Where it has, and where a policy asks who it is, each is asked about.
 */
export function mayWho(estate: Estate, action: string, resource: string): Uint8Array {
  const answers = new Uint8Array(estate.principals.length)
  const index = policyIndexOf(estate)
  const ask = (principal: EstatePrincipal) => may(principal, askOf(estate, principal, action, resource))
  if (isOfSts(action)) {
    for (const principal of estate.principals) answers[principal.index] = ask(principal)
    return answers
  }
  for (const root of index.roots) answers[root.index] = ask(root)
  const allows = new Uint8Array(index.holders.length)
  const denies = new Uint8Array(index.holders.length)
  const askEach = new Uint8Array(index.holders.length)
  const touched: number[] = []
  const says = policiesSay(action, resource)
  for (const policy of index.about(action)) {
    const { input, account, holders } = policy
    const isPersonal = asksWho([input], action)
    const { allow, deny } = isPersonal ? MAYBE_BOTH : says.identity(input, account)
    if (allow === NO && deny === NO) continue
    for (const holder of holders) {
      if (allows[holder] === NO && denies[holder] === NO) touched.push(holder)
      if (allow > allows[holder]!) allows[holder] = allow
      if (deny > denies[holder]!) denies[holder] = deny
      if (isPersonal) askEach[holder] = 1
    }
  }
  const owner = accountOfArn(resource)
  const isKey = serviceOf(action.toLowerCase()) === 'kms:'
  for (const holder of touched) {
    if (allows[holder] === NO) continue
    const { first, members } = index.holders[holder]!
    const { account, policies } = first
    const isElsewhere = owner !== null && owner !== account.accountId
    const hasRcps = policies.rcps === 'unknown' || policies.rcps.length > 0
    if (askEach[holder] === 1 || says.limitsAskWho(first) || isElsewhere || isKey || hasRcps) {
      for (const member of members) answers[member] = ask(estate.principals[member]!)
      continue
    }
    const limits = says.limits(first)
    const allow = and(allows[holder] as Tri, limits.allow)
    const deny = or(denies[holder] as Tri, limits.deny)
    const tri = deny === YES || allow === NO ? NO : allow === YES && deny === NO ? YES : MAYBE
    if (tri !== NO) for (const member of members) answers[member] = tri
  }
  return answers
}

/** Whether a statement about the action asks who makes the request. */
function asksWho(inputs: readonly PolicyInput[], action: string): boolean {
  return inputs.some(
    ({ policy }) =>
      policy?.parsed.statements.some(isPersonalStatement) &&
      statementsAbout(policy, action).some(({ statement }) => isPersonalStatement(statement)),
  )
}

interface Says {
  allow: Tri
  deny: Tri
}

const MAYBE_BOTH: Says = { allow: MAYBE, deny: MAYBE }

/** What single policies say to a request, each asked once. Not for those that ask who it is. */
function policiesSay(action: string, resource: string) {
  const ask: Ask = { action, resource }
  const byLimit = new Map<unknown, Map<unknown, Says>>()
  const asking = new Map<unknown, boolean>()
  const asks = (limit: EstatePrincipal['policies']['boundary' | 'scps']): boolean => {
    let answer = asking.get(limit)
    if (answer === undefined) {
      const inputs = limit === null || limit === 'unknown' ? [] : limit.flatMap(inputsOf)
      answer = asksWho(inputs, action)
      asking.set(limit, answer)
    }
    return answer
  }
  const somebody = ({ users, roles, root }: EstateAccount) => users[0] ?? roles[0] ?? root
  return {
    identity(input: PolicyInput, account: EstateAccount): Says {
      const { identity } = weigh(requestOf(somebody(account), ask), { ...NOTHING, identity: [input] })
      return identity
    },
    limitsAskWho({ policies: { boundary, scps } }: EstatePrincipal): boolean {
      return asks(boundary) || asks(scps)
    },
    /** Boundary and organization. */
    limits(principal: EstatePrincipal): Says {
      const { boundary, scps, managementAccount } = principal.policies
      let byScps = byLimit.get(boundary)
      if (!byScps) {
        byScps = new Map()
        byLimit.set(boundary, byScps)
      }
      let said = byScps.get(scps)
      if (!said) {
        const policies = {
          ...NOTHING,
          boundary,
          scps,
          ...(managementAccount === undefined ? {} : { managementAccount }),
        }
        const verdict = weigh(requestOf(principal, ask), policies)
        said = {
          allow: verdict.scps.map(({ allow }) => allow).reduce(and, verdict.boundary.allow),
          deny: verdict.scps.map(({ deny }) => deny).reduce(or, verdict.boundary.deny),
        }
        byScps.set(scps, said)
      }
      return said
    },
  }
}

function inputsOf(item: PolicyInput | PolicyLevel): readonly PolicyInput[] {
  return 'level' in item ? item.policies : [item]
}

const NOTHING: RequestPolicies = {
  identity: [],
  boundary: null,
  session: null,
  scps: [],
  rcps: [],
  resource: null,
  endpoint: null,
}
