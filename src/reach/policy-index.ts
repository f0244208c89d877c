/**
 * Which policies an action has to do with, and whose they are: made once for an estate, so that a question about one
 * action looks only at the policies that may have an answer.
 */
import type { PolicyInput } from '../policy/request.ts'
import type { Estate, EstateAccount, EstatePrincipal } from './estate.ts'

/** Principals that have the same policies. */
export interface Holders {
  first: EstatePrincipal
  /** Indexes of all of them. */
  members: number[]
}

/** A policy in one account. */
export interface IndexedPolicy {
  input: PolicyInput
  account: EstateAccount
  /** Places in `holders` of those who have it. */
  holders: number[]
}

export interface PolicyIndex {
  holders: readonly Holders[]
  /** Policies that may mean an action of a service. */
  about(action: string): Iterable<IndexedPolicy>
  roots: readonly EstatePrincipal[]
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

function makeIndex(estate: Estate): PolicyIndex {
  const policies: IndexedPolicy[] = []
  const numbers = new Map<EstateAccount, Map<unknown, number>>()
  const numberOf = (input: PolicyInput, account: EstateAccount): number => {
    let here = numbers.get(account)
    if (!here) {
      here = new Map()
      numbers.set(account, here)
    }
    const key = input.policy ?? input.name
    let number = here.get(key)
    if (number === undefined) {
      number = policies.length
      here.set(key, number)
      policies.push({ input, account, holders: [] })
    }
    return number
  }
  const limits = new Map<unknown, number>()
  const limitOf = (limit: unknown) => {
    let number = limits.get(limit)
    if (number === undefined) {
      number = limits.size
      limits.set(limit, number)
    }
    return number
  }
  const holders: Holders[] = []
  const roots: EstatePrincipal[] = []
  const bySignature = new Map<string, Holders>()
  for (const principal of estate.principals) {
    const { kind, account, policies: own, index } = principal
    if (kind === 'root') {
      roots.push(principal)
      continue
    }
    const has = [...new Set(own.identity.map((input) => numberOf(input, account)))].sort((a, b) => a - b)
    const boundary = limitOf(own.boundary)
    const scps = limitOf(own.scps)
    const signature = `${kind} ${account.accountId} ${boundary} ${scps} ${has.join()}`
    const alike = bySignature.get(signature)
    if (alike) {
      alike.members.push(index)
      continue
    }
    const made: Holders = { first: principal, members: [index] }
    bySignature.set(signature, made)
    for (const number of has) policies[number]!.holders.push(holders.length)
    holders.push(made)
  }
  const byService = new Map<string, IndexedPolicy[]>()
  const ofAnyService: IndexedPolicy[] = []
  for (const policy of policies) {
    const services = servicesOf(policy.input)
    if (services === null) ofAnyService.push(policy)
    else
      for (const service of services) {
        const list = byService.get(service)
        if (list) list.push(policy)
        else byService.set(service, [policy])
      }
  }
  return {
    holders,
    roots,
    *about(action) {
      yield* byService.get(action.slice(0, action.indexOf(':')).toLowerCase()) ?? []
      yield* ofAnyService
    },
  }
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
