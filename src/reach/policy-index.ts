/**
 * Which policies an action has to do with, and whose they are: made once for an estate, so that a question about one
 * action looks only at the policies that may have an answer.
 */

import { isServiceLinked } from '../policy/principal.ts'
import type { PolicyInput, PolicyLevel, RequestPolicies } from '../policy/request.ts'
import { statementsAbout } from './ask.ts'
import { isPersonalStatement } from './effective.ts'
import type { Estate, EstateAccount, EstatePrincipal } from './estate.ts'

/** Principals that have the same policies. */
export interface Holders {
  first: EstatePrincipal
  /** Indexes of all of them. */
  members: number[]
  /** Place in `limits`. */
  limits: number
}

/** A policy in one account. */
export interface IndexedPolicy {
  /** Its place among all policies of the index. */
  number: number
  input: PolicyInput
  account: EstateAccount
  /** Places in `holders` of those who have it. */
  holders: number[]
}

/** A policy that speaks of an action. */
export interface Speaker extends IndexedPolicy {
  /** It asks who makes the request, so its answer is not the same for all who have it. */
  isPersonal: boolean
}

/** What bounds principals from outside: their boundary, and the organization. */
export interface Limits {
  /** One of the principals. */
  first: EstatePrincipal
  /** Whether a statement about an action asks who makes the request. */
  isPersonal(action: string): boolean
}

export interface PolicyIndex {
  holders: readonly Holders[]
  /** Places in `limits`, by the place in `holders`. */
  limitsOfHolders: Int32Array
  limits: readonly Limits[]
  policies: readonly IndexedPolicy[]
  /** Policies that speak of an action. */
  about(action: string): readonly Speaker[]
  roots: readonly EstatePrincipal[]
  /** Indexes of all principals, in the order of their ARNs. */
  byArn: readonly number[]
}

const known = new WeakMap<Estate, PolicyIndex>()

export function policyIndexOf(estate: Estate): PolicyIndex {
  let index = known.get(estate)
  if (!index) {
    index = makeIndex(estate)
    known.set(estate, index)
  }
  return index
}

/** Speakers are remembered for so many actions. */
const MOST_ACTIONS = 64

function makeIndex(estate: Estate): PolicyIndex {
  const policies: IndexedPolicy[] = []
  const numberOf = numbering(policies)
  const limits: Limits[] = []
  const limitsOf = limitsNumbering(limits)
  const holders: Holders[] = []
  const roots: EstatePrincipal[] = []
  const bySignature = new Map<string, Holders>()
  for (const principal of estate.principals) {
    if (principal.kind === 'root') {
      roots.push(principal)
      continue
    }
    const { account, policies: own, index } = principal
    const has = [...new Set(own.identity.map((input) => numberOf(input, account)))].sort((a, b) => a - b)
    const limit = limitsOf(principal)
    const signature = `${limit} ${has.join()}`
    const alike = bySignature.get(signature)
    if (alike) {
      alike.members.push(index)
      continue
    }
    const made: Holders = { first: principal, members: [index], limits: limit }
    bySignature.set(signature, made)
    for (const number of has) policies[number]!.holders.push(holders.length)
    holders.push(made)
  }
  const candidatesFor = byService(policies)
  const speakers = new Map<string, readonly Speaker[]>()
  return {
    holders,
    limitsOfHolders: Int32Array.from(holders, (holder) => holder.limits),
    limits,
    policies,
    roots,
    byArn: estate.principals
      .map(({ arn, index }) => ({ arn, index }))
      .sort((a, b) => (a.arn < b.arn ? -1 : a.arn > b.arn ? 1 : 0))
      .map(({ index }) => index),
    about(action) {
      let found = speakers.get(action)
      if (!found) {
        found = candidatesFor(action).flatMap((policy) => speakerOf(policy, action) ?? [])
        if (speakers.size >= MOST_ACTIONS) speakers.clear()
        speakers.set(action, found)
      }
      return found
    },
  }
}

/** null: the policy says nothing of the action. */
function speakerOf(indexed: IndexedPolicy, action: string): Speaker | null {
  const { policy } = indexed.input
  if (policy === null) return { ...indexed, isPersonal: false }
  const isPersonal = asksWho([indexed.input], action)
  return isPersonal || !policy.parsed.understood || statementsAbout(policy, action).length > 0
    ? { ...indexed, isPersonal }
    : null
}

/** Whether a statement about the action asks who makes the request. */
function asksWho(inputs: readonly PolicyInput[], action: string): boolean {
  return inputs.some(
    ({ policy }) =>
      policy?.parsed.statements.some(isPersonalStatement) &&
      statementsAbout(policy, action).some(({ statement }) => isPersonalStatement(statement)),
  )
}

/** Numbers policies by account, each under its own name: two of the same text are two. */
function numbering(policies: IndexedPolicy[]) {
  const numbers = new Map<EstateAccount, Map<unknown, number>>()
  return (input: PolicyInput, account: EstateAccount): number => {
    let here = numbers.get(account)
    if (!here) {
      here = new Map()
      numbers.set(account, here)
    }
    const key = input.policy === null ? input.name : input
    let number = here.get(key)
    if (number === undefined) {
      number = policies.length
      here.set(key, number)
      policies.push({ number, input, account, holders: [] })
    }
    return number
  }
}

/** Numbers what bounds a principal, beside its own policies. */
function limitsNumbering(limits: Limits[]) {
  const parts = new Map<unknown, number>()
  const partOf = (part: unknown): number => {
    let number = parts.get(part)
    if (number === undefined) {
      number = parts.size
      parts.set(part, number)
    }
    return number
  }
  const numbers = new Map<string, number>()
  return (principal: EstatePrincipal): number => {
    const { kind, account, policies } = principal
    const { boundary, scps, rcps, managementAccount } = policies
    const signature = [
      kind,
      isServiceLinked(principal.principal),
      ...[account, boundary, scps, rcps, managementAccount].map(partOf),
    ].join(' ')
    let number = numbers.get(signature)
    if (number === undefined) {
      number = limits.length
      numbers.set(signature, number)
      limits.push(limitsOf(principal))
    }
    return number
  }
}

function limitsOf(first: EstatePrincipal): Limits {
  const { boundary, scps, rcps } = first.policies
  const inputs = [boundary, scps, rcps].flatMap((limit) => inputsOf(limit))
  const known = new Map<string, boolean>()
  return {
    first,
    isPersonal(action) {
      let answer = known.get(action)
      if (answer === undefined) {
        answer = asksWho(inputs, action)
        if (known.size >= MOST_ACTIONS) known.clear()
        known.set(action, answer)
      }
      return answer
    },
  }
}

function inputsOf(limit: RequestPolicies['boundary' | 'scps']): readonly PolicyInput[] {
  if (limit === null || limit === 'unknown') return []
  return limit.flatMap((item: PolicyInput | PolicyLevel) => ('level' in item ? item.policies : [item]))
}

/** Policies that may mean an action, by the service that it is of. */
function byService(policies: readonly IndexedPolicy[]): (action: string) => readonly IndexedPolicy[] {
  const named = new Map<string, IndexedPolicy[]>()
  const ofAnyService: IndexedPolicy[] = []
  for (const policy of policies) {
    const services = servicesOf(policy.input)
    if (services === null) ofAnyService.push(policy)
    else
      for (const service of services) {
        const list = named.get(service)
        if (list) list.push(policy)
        else named.set(service, [policy])
      }
  }
  return (action) => [...(named.get(action.slice(0, action.indexOf(':')).toLowerCase()) ?? []), ...ofAnyService]
}

/** Services that a policy names, in lower case; null: it may mean any. */
function servicesOf({ policy }: PolicyInput): Set<string> | null {
  if (!policy?.parsed.understood) return null
  const services = new Set<string>()
  for (const { action, notAction, doubtful } of policy.parsed.statements) {
    if (action === null || notAction !== null || doubtful.includes('Action')) return null
    for (const pattern of action) {
      const service = pattern.slice(0, pattern.indexOf(':')).toLowerCase()
      if (service === '' || /[*?]/.test(service)) return null
      services.add(service)
    }
  }
  return services
}
