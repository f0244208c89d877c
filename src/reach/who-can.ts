/** `who-can`: which principals may do something. */
import type { WhoCanAnswer } from '../model/reach.ts'
import { actionNamed, askedResource } from '../policy/actions/actions.ts'
import { serviceOf } from '../policy/compile.ts'
import { identitySays, questionOf, type Says, weigh } from '../policy/evaluate.ts'
import type { PolicyInput } from '../policy/request.ts'
import { and, MAYBE, NO, or, type Tri, YES } from '../policy/tri.ts'
import { type Ask, accountOfArn, may, NO_POLICIES, requestOf } from './ask.ts'
import { askOf, canDo } from './can.ts'
import type { Estate, EstateAccount, EstatePrincipal } from './estate.ts'
import { type Limits, type PolicyIndex, policyIndexOf, type Speaker } from './policy-index.ts'
import { trustMayMean } from './trust-named.ts'

/** Who may do an action, and who may under conditions, each with its reasons. */
export function whoCan(estate: Estate, action: string, resource: string | null): WhoCanAnswer {
  const asked = resource === null ? null : askedResource(action, resource)
  const { answers, alike } = asked === null ? everySpeaker(estate, action) : ballot(estate, action, asked)
  const known = new Map<number, ReturnType<typeof canDo>>()
  const allowed: WhoCanAnswer['principals'] = []
  const conditional: WhoCanAnswer['principals'] = []
  for (const i of policyIndexOf(estate).byArn) {
    if (answers[i] === NO) continue
    const principal = estate.principals[i]!
    const number = alike[i]!
    let answer = number === NOBODY_ELSE ? undefined : known.get(number)
    if (!answer) {
      answer = canDo(estate, principal, action, resource)
      if (number !== NOBODY_ELSE) known.set(number, answer)
    }
    const { decision, explicitDeny, blockedBy, conditions, unknown, because, on } = answer
    if (decision === 'denied') continue
    const list = decision === 'allowed' ? allowed : conditional
    list.push({ principal: principal.arn, decision, explicitDeny, blockedBy, conditions, unknown, because, on })
  }
  return { action: actionNamed(action)?.name ?? action, resource, principals: [...allowed, ...conditional] }
}

/** Of these, a role's trust policy has a part in most, and some no policy decides. */
function isOfSts(action: string): boolean {
  return serviceOf(action.toLowerCase()) === 'sts:'
}

/** The same question about one resource, answered by yes, no or perhaps only: by the principal's index. */
export function mayWho(estate: Estate, action: string, resource: string): Uint8Array {
  return ballot(estate, action, resource).answers
}

/** Answers by the principal's index. */
interface Ballot {
  answers: Uint8Array
  /** Those of the same number have their answer for the same reasons; `NOBODY_ELSE`: for reasons of its own. */
  alike: Int32Array
}

const NOBODY_ELSE = -1

function newBallot({ principals }: Estate): Ballot {
  return { answers: new Uint8Array(principals.length), alike: new Int32Array(principals.length).fill(NOBODY_ELSE) }
}

/**
 * What each policy says is asked once, and put together for everybody who has it, as `weigh` would: within an account,
 * where the resource has no say of its own. Where it has, one is asked for all who have the same policies. Policies
 * that ask who it is are asked about each.
 */
function ballot(estate: Estate, action: string, resource: string): Ballot {
  const made = newBallot(estate)
  const { answers, alike } = made
  const index = policyIndexOf(estate)
  const ask = (principal: EstatePrincipal) => may(principal, askOf(estate, principal, action, resource))
  if (isOfSts(action)) {
    for (const principal of mayBeTrusted(estate, index, action, resource)) answers[principal.index] = ask(principal)
    return made
  }
  for (const root of index.roots) answers[root.index] = ask(root)
  const speech = heard(index, action, resource)
  const limitsOf = limitsSay(estate, index, { action, resource })
  for (const holder of speech.touched) {
    const { members, limits: number } = index.holders[holder]!
    const personal = speech.personal.get(holder)
    if (speech.allows[holder] === NO && !personal) continue
    const limits = limitsOf(number)
    const answerOf = (member: EstatePrincipal): Tri => {
      let allow = speech.allows[holder] as Tri
      let deny = speech.denies[holder] as Tri
      if (personal) {
        const own = personalSays(personal, member, { action, resource })
        allow = or(allow, own.allow)
        deny = or(deny, own.deny)
      }
      if (allow === NO || deny === YES) return NO
      return limits === ASK_WHOLE ? ask(member) : triOf(and(allow, limits.allow), or(deny, limits.deny))
    }
    if (personal || limitsOf.arePersonal(number)) {
      for (const member of members) answers[member] = answerOf(estate.principals[member]!)
      continue
    }
    const answer = answerOf(estate.principals[members[0]!]!)
    if (answer === NO) continue
    for (const member of members) {
      answers[member] = answer
      alike[member] = speech.state[holder]!
    }
  }
  return made
}

function triOf(allow: Tri, deny: Tri): Tri {
  return deny === YES || allow === NO ? NO : allow === YES && deny === NO ? YES : MAYBE
}

/** Whom a policy speaks of that says anything of the action, on whatever resource. */
function everySpeaker(estate: Estate, action: string): Ballot {
  const made = newBallot(estate)
  const index = policyIndexOf(estate)
  for (const { index: root } of index.roots) made.answers[root] = MAYBE
  const isPersonal = new Uint8Array(index.holders.length)
  const states = new States(index)
  const touched = new Set<number>()
  for (const speaker of index.about(action))
    for (const holder of speaker.holders) {
      touched.add(holder)
      states.add(holder, speaker)
      if (speaker.isPersonal) isPersonal[holder] = 1
    }
  for (const holder of touched) {
    const { members, limits } = index.holders[holder]!
    // a role's trust policy tells apart those whose own policies are the same
    const isAlike = isPersonal[holder] === 0 && !isOfSts(action) && !index.limits[limits]!.isPersonal(action)
    for (const member of members) {
      made.answers[member] = MAYBE
      if (isAlike) made.alike[member] = states.of[holder]!
    }
  }
  return made
}

/** What identity policies say, by the place of those who have them. */
interface Speech {
  /** Places of those of whom any policy says anything. */
  touched: readonly number[]
  /** By policies that say the same to all. */
  allows: Uint8Array
  denies: Uint8Array
  /** Policies that ask who it is. */
  personal: ReadonlyMap<number, readonly Speaker[]>
  /** The same number: the same policies said something, within the same limits. */
  state: Int32Array
}

function heard(index: PolicyIndex, action: string, resource: string): Speech {
  const { holders } = index
  const allows = new Uint8Array(holders.length)
  const denies = new Uint8Array(holders.length)
  const isTouched = new Uint8Array(holders.length)
  const personal = new Map<number, Speaker[]>()
  const touched: number[] = []
  const states = new States(index)
  const says = policiesSay({ action, resource })
  for (const speaker of index.about(action)) {
    const { isPersonal } = speaker
    const { allow, deny } = isPersonal ? SILENT : says(speaker.input, speaker.account)
    if (!isPersonal && allow === NO && deny === NO) continue
    for (const holder of speaker.holders) {
      if (isTouched[holder] === 0) touched.push(holder)
      isTouched[holder] = 1
      if (isPersonal) {
        const others = personal.get(holder)
        if (others) others.push(speaker)
        else personal.set(holder, [speaker])
        continue
      }
      states.add(holder, speaker)
      if (allow > allows[holder]!) allows[holder] = allow
      if (deny > denies[holder]!) denies[holder] = deny
    }
  }
  return { touched, allows, denies, personal, state: states.of }
}

const SILENT: Says = { allow: NO, deny: NO }

/** Numbers sets of policies: two holders to whom the same ones were added, in this order, get the same number. */
class States {
  readonly of: Int32Array
  readonly #policies: number
  readonly #next = new Map<number, number>()
  #count: number

  constructor({ limitsOfHolders, limits, policies }: PolicyIndex) {
    this.of = limitsOfHolders.slice()
    this.#policies = policies.length
    this.#count = limits.length
  }

  add(holder: number, { number }: Speaker): void {
    const step = this.of[holder]! * this.#policies + number
    let state = this.#next.get(step)
    if (state === undefined) {
      state = this.#count++
      this.#next.set(step, state)
    }
    this.of[holder] = state
  }
}

/** What single policies say to a request, each text asked once. Not for those that ask who it is. */
function policiesSay(ask: Ask): (input: PolicyInput, account: EstateAccount) => Says {
  const byAccount = new Map<EstateAccount, (input: PolicyInput) => Says>()
  return (input, account) => {
    let says = byAccount.get(account)
    if (!says) {
      const somebody = account.users[0] ?? account.roles[0] ?? account.root
      const question = questionOf(requestOf(somebody, ask), NO_POLICIES)
      const known = new Map<unknown, Says>()
      says = (said) => {
        let answer = known.get(said.policy)
        if (!answer) {
          answer = identitySays(question, [said])
          known.set(said.policy, answer)
        }
        return answer
      }
      byAccount.set(account, says)
    }
    return says(input)
  }
}

/** What the policies of one principal say that ask who it is. */
function personalSays(personal: readonly Speaker[], principal: EstatePrincipal, ask: Ask): Says {
  const question = questionOf(requestOf(principal, ask), principal.policies)
  return identitySays(
    question,
    personal.map(({ input }) => input),
  )
}

/** More than boundary and service control policies has a say: the whole question has to be asked. */
const ASK_WHOLE = 'ask-whole'

interface LimitsSay {
  (number: number): Says | typeof ASK_WHOLE
  /** Not the same for all of the same limits. */
  arePersonal(number: number): boolean
}

/** What boundary and organization say, by the place of the limits, each asked once. */
function limitsSay(estate: Estate, { limits }: PolicyIndex, ask: Ask): LimitsSay {
  const owner = accountOfArn(ask.resource)
  const isKey = serviceOf(ask.action.toLowerCase()) === 'kms:'
  const isElsewhere = ({ account }: EstatePrincipal) => owner !== null && owner !== account.accountId
  const says = ({ first }: Limits): Says | typeof ASK_WHOLE => {
    const { rcps } = first.policies
    if (isElsewhere(first) || isKey || rcps === 'unknown' || rcps.length > 0) return ASK_WHOLE
    const verdict = weigh(requestOf(first, ask), { ...first.policies, identity: [] })
    return {
      allow: verdict.scps.map(({ allow }) => allow).reduce(and, verdict.boundary.allow),
      deny: verdict.scps.map(({ deny }) => deny).reduce(or, verdict.boundary.deny),
    }
  }
  const known: { says: Says | typeof ASK_WHOLE; isPersonal: boolean }[] = []
  const knowledgeOf = (number: number) => {
    let knowledge = known[number]
    if (!knowledge) {
      const limit = limits[number]!
      // the organization of the resource's account may ask who comes
      const meetsOthers = isElsewhere(limit.first) && estate.accounts.has(owner!)
      const isPersonal = limit.isPersonal(ask.action) || meetsOthers
      knowledge = { says: isPersonal ? ASK_WHOLE : says(limit), isPersonal }
      known[number] = knowledge
    }
    return knowledge
  }
  return Object.assign((number: number) => knowledgeOf(number).says, {
    arePersonal: (number: number) => knowledgeOf(number).isPersonal,
  })
}

const ASSUMING: ReadonlySet<string> = new Set(['sts:assumerole', 'sts:tagsession', 'sts:setsourceidentity'])

/** Those whom the trust policy of a role may mean; everybody, where it has no say. */
function* mayBeTrusted(
  estate: Estate,
  index: PolicyIndex,
  action: string,
  resource: string,
): Iterable<EstatePrincipal> {
  const role = ASSUMING.has(action.toLowerCase()) ? estate.byArn.get(resource) : undefined
  const ways = role?.trust && trustMayMean(role.trust, action)
  if (!role || !ways) {
    yield* estate.principals
    return
  }
  const speaks = new Set<number>()
  for (const { holders } of index.about(action))
    for (const holder of holders) for (const member of index.holders[holder]!.members) speaks.add(member)
  for (const principal of estate.principals) {
    const way = ways(principal.principal)
    // one whom only the account's name means, or who comes from another account, needs a policy of its own
    const isEnough = way === 'alone' && principal.account === role.account
    if (way !== 'no' && (isEnough || principal.kind === 'root' || speaks.has(principal.index))) yield principal
  }
}
