/** What each principal may do at most, over a list of actions; principals with the same policies share their answer. */
import type { CompiledPolicy } from '../policy/compile.ts'
import type { PolicyInput } from '../policy/request.ts'
import { type ActionList, type Bound, boundOf, has, policyReader } from './action-bits.ts'
import type { Estate, EstatePrincipal } from './estate.ts'

export interface Effective {
  list: ActionList
  /** By the principal's index; the same number means the same policies. */
  classOf: Int32Array
  bounds: readonly Bound[]
  /** By class: whether its principals are alike in everything, because no policy speaks of who they are. */
  isShared: readonly boolean[]
}

export function effectiveOf(estate: Estate, list: ActionList): Effective {
  const read = policyReader(list)
  const { classOf, first } = classesOf(estate)
  return {
    list,
    classOf,
    bounds: first.map((p) => boundOf(p.policies, read, list, p.kind === 'root')),
    isShared: first.map((p) => !isPersonalClass(p)),
  }
}

/** 2: for sure, on everything; 1: in part, or under conditions; 0: no. Unknown actions are never a no. */
export function boundOn(effective: Effective, principal: EstatePrincipal, action: string): 0 | 1 | 2 {
  const bit = effective.list.number.get(action.toLowerCase())
  if (bit === undefined) return 1
  const bound = effective.bounds[effective.classOf[principal.index]!]!
  return has(bound.sure, bit) ? 2 : has(bound.maybe, bit) ? 1 : 0
}

interface Classes {
  classOf: Int32Array
  /** One principal of each class. */
  first: EstatePrincipal[]
}

const classesByEstate = new WeakMap<Estate, Classes>()

/** Groups principals by the texts of all their policies; who belongs to which account counts only for its SCPs. */
export function classesOf(estate: Estate): Classes {
  let classes = classesByEstate.get(estate)
  if (!classes) {
    classes = classify(estate)
    classesByEstate.set(estate, classes)
  }
  return classes
}

function classify(estate: Estate): Classes {
  const numbers = new Map<unknown, number>()
  const numberOf = (thing: unknown): number => {
    let number = numbers.get(thing)
    if (number === undefined) {
      number = numbers.size
      numbers.set(thing, number)
    }
    return number
  }
  const namesOf = (inputs: readonly PolicyInput[]) =>
    [...new Set(inputs.map(({ policy, name }) => numberOf(policy ?? name)))].sort((a, b) => a - b).join()
  const classOf = new Int32Array(estate.principals.length)
  const bySignature = new Map<string, number>()
  const first: EstatePrincipal[] = []
  for (const principal of estate.principals) {
    const { identity, boundary, scps, managementAccount } = principal.policies
    const limit = boundary === null ? '-' : boundary === 'unknown' ? '?' : namesOf(boundary)
    const signature = `${principal.kind === 'root'}|${namesOf(identity)}|${limit}|${numberOf(scps)}|${managementAccount}`
    let number = bySignature.get(signature)
    if (number === undefined) {
      number = first.length
      bySignature.set(signature, number)
      first.push(principal)
    }
    classOf[principal.index] = number
  }
  return { classOf, first }
}

const personalPolicies = new WeakMap<CompiledPolicy, boolean>()

/** Whether principals with the same policies may still differ, because a policy speaks of who they are. */
function isPersonalClass({ policies: { identity, boundary, scps } }: EstatePrincipal): boolean {
  const inputs: PolicyInput[] = [...identity]
  if (boundary !== null && boundary !== 'unknown') inputs.push(...boundary)
  if (scps !== 'unknown') for (const { policies } of scps) inputs.push(...policies)
  return inputs.some(({ policy }) => policy !== null && isPersonalPolicy(policy))
}

function isPersonalPolicy(policy: CompiledPolicy): boolean {
  let personal = personalPolicies.get(policy)
  if (personal === undefined) {
    personal = policy.statements.some(
      ({ statement: { resource, notResource, conditions } }) =>
        [...(resource ?? []), ...(notResource ?? [])].some((text) => text.includes('${')) ||
        conditions.some(
          ({ key, values }) =>
            /^aws:(principal(arn|tag|type)|username|userid|federatedprovider)/i.test(key) ||
            values.some((value) => value.includes('${')),
        ),
    )
    personalPolicies.set(policy, personal)
  }
  return personal
}
