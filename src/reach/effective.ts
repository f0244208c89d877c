/**
 * What each principal may do at most, over a list of actions. Principals whom the same policies say the same of these
 * actions are of one class, and share their answers: policies that say nothing of them do not count.
 */
import type { CompiledPolicy } from '../policy/compile.ts'
import type { Condition } from '../policy/conditions/condition.ts'
import { RequestContext } from '../policy/context.ts'
import type { Statement } from '../policy/parse.ts'
import type { PolicyInput } from '../policy/request.ts'
import { type ActionList, type Bound, boundOf, has, mayMean, type PolicyReader, policyReader } from './action-bits.ts'
import type { Estate, EstatePrincipal } from './estate.ts'

export interface Effective {
  list: ActionList
  /** By the principal's index; the same number means the same class. */
  classOf: Int32Array
  bounds: readonly Bound[]
  /** By class: whether its principals are alike in everything, because no policy speaks of who they are. */
  isShared: readonly boolean[]
  classes: readonly PrincipalClass[]
}

export interface PrincipalClass {
  /** One of its principals. */
  first: EstatePrincipal
  /** Boundary, organization, account, and what their conditions say of its principals. */
  limits: string
  limitsHaveVariables: boolean
  /** Identity policies that speak of the actions, in order. */
  said: readonly Relevance[]
  /** What the conditions of each say of its principals. */
  marks: readonly string[]
}

export function effectiveOf(estate: Estate, list: ActionList): Effective {
  const read = policyReader(list)
  const { classOf, classes } = classify(estate, list, read)
  return {
    list,
    classOf,
    bounds: classes.map(({ first }) => boundOf(first.policies, read, list, first.kind === 'root')),
    isShared: classes.map(
      ({ said, limitsHaveVariables }) => !limitsHaveVariables && !said.some(({ hasVariables }) => hasVariables),
    ),
    classes,
  }
}

/**
 * A text that is the same for principals of whom the same policies say the same of some actions; null: each is its own.
 * @param actions of the list; a list that stays the same is looked up once
 */
export function likeness(
  { list, classes, classOf }: Effective,
  { index }: EstatePrincipal,
  actions: string | readonly string[],
): string | null {
  const bit = typeof actions === 'string' ? list.numberOf(actions) : -1
  const bits = typeof actions === 'string' ? null : list.setOf(actions)
  const { limits, limitsHaveVariables, said, marks } = classes[classOf[index]!]!
  if ((bit === -1 && bits === null) || limitsHaveVariables) return null
  let text = limits
  for (let i = 0; i < said.length; i++) {
    const { number, about, hasVariables } = said[i]!
    if (bits === null ? !has(about, bit) : !overlap(about, bits)) continue
    if (hasVariables) return null
    text += ` ${number}${marks[i]!}`
  }
  return text
}

function overlap(a: Uint32Array, b: Uint32Array): boolean {
  for (let w = 0; w < a.length; w++) if ((a[w]! & b[w]!) !== 0) return true
  return false
}

/** 2: for sure, on everything; 1: in part, or under conditions; 0: no. Unknown actions are never a no. */
export function boundOn(effective: Effective, principal: EstatePrincipal, action: string): 0 | 1 | 2 {
  return boundOnBit(effective, principal, effective.list.numberOf(action))
}

function boundOnBit({ bounds, classOf }: Effective, { index }: EstatePrincipal, bit: number): 0 | 1 | 2 {
  if (bit === -1) return 1
  const { sure, maybe } = bounds[classOf[index]!]!
  return has(sure, bit) ? 2 : has(maybe, bit) ? 1 : 0
}

/** By the bound alone: false rules out that a principal may do all of these. */
export function couldBe(effective: Effective, principal: EstatePrincipal, actions: readonly string[]): boolean {
  for (const bit of effective.list.numbersOf(actions)) if (boundOnBit(effective, principal, bit) === 0) return false
  return true
}

/** By the bound alone: false rules out that a principal may do any of these. */
export function couldAny(effective: Effective, principal: EstatePrincipal, actions: readonly string[]): boolean {
  for (const bit of effective.list.numbersOf(actions)) if (boundOnBit(effective, principal, bit) > 0) return true
  return false
}

/** What a policy has to do with the actions of a list. */
interface Relevance {
  number: number
  /** Actions of which it may say something. */
  about: Uint32Array
  /** Conditions on who asks, that give the same answer whatever it asks for. */
  personal: readonly Condition[]
  /** A statement names what belongs to the one who asks: `user/${aws:username}`. */
  hasVariables: boolean
}

/**
 * Groups principals by the policies that speak of the actions. Where these ask who it is (`aws:PrincipalArn`), those
 * are alike to whom every such condition gives the same answer.
 */
function classify(estate: Estate, list: ActionList, read: PolicyReader): Pick<Effective, 'classOf' | 'classes'> {
  const known = new Map<CompiledPolicy | string, Relevance | null>()
  let count = 0
  /** null: it says nothing of the actions. */
  const relevanceOf = ({ policy, name }: PolicyInput): Relevance | null => {
    const key = policy ?? name
    let relevance = known.get(key)
    if (relevance === undefined) {
      relevance = policy && !mayBeAbout(policy, list) ? null : relevanceIn(policy, list, read, count++)
      known.set(key, relevance)
    }
    return relevance
  }
  const limits = new Map<unknown, { text: string; all: Relevance[] }>()
  /** Of a boundary, or of the organization. What they say nothing of they take away, so they are told apart as such. */
  const limitOf = (limit: EstatePrincipal['policies']['boundary' | 'scps']) => {
    let found = limits.get(limit)
    if (!found) {
      const inputs: PolicyInput[] = []
      if (limit !== null && limit !== 'unknown')
        for (const item of limit)
          if ('level' in item) inputs.push(...item.policies)
          else inputs.push(item)
      found = { text: `${limits.size}`, all: inputs.map(relevanceOf).filter((relevance) => relevance !== null) }
      limits.set(limit, found)
    }
    return found
  }
  const classOf = new Int32Array(estate.principals.length)
  const bySignature = new Map<string, number>()
  const classes: PrincipalClass[] = []
  for (const principal of estate.principals) {
    const { kind, account, policies } = principal
    const said: Relevance[] = []
    for (const input of policies.identity) {
      const relevance = relevanceOf(input)
      if (relevance !== null && !said.includes(relevance)) said.push(relevance)
    }
    if (said.length > 1) said.sort((a, b) => a.number - b.number)
    const boundary = limitOf(policies.boundary)
    const scps = limitOf(policies.scps)
    let context: RequestContext | null = null
    const markOf = ({ personal }: Relevance): string => {
      if (personal.length === 0) return ''
      context ??= whoAsks(principal)
      let mark = ':'
      for (const condition of personal) mark += condition.holds(context)
      return mark
    }
    let limitText = `${kind} ${account.accountId} ${boundary.text} ${scps.text} ${policies.managementAccount}`
    for (const { all } of [boundary, scps]) for (const relevance of all) limitText += markOf(relevance)
    const marks = said.map(markOf)
    let signature = limitText
    for (let i = 0; i < said.length; i++) signature += ` ${said[i]!.number}${marks[i]!}`
    let number = bySignature.get(signature)
    if (number === undefined) {
      number = classes.length
      bySignature.set(signature, number)
      const limitsHaveVariables = [...boundary.all, ...scps.all].some(({ hasVariables }) => hasVariables)
      classes.push({ first: principal, limits: limitText, limitsHaveVariables, said, marks })
    }
    classOf[principal.index] = number
  }
  return { classOf, classes }
}

/** What is known of a principal whatever it asks for. */
export function whoAsks({ principal, account: { accountId }, context }: EstatePrincipal): RequestContext {
  return new RequestContext({
    principal,
    action: '',
    resource: '*',
    resourceAccount: accountId,
    context,
    contextIs: 'open',
  })
}

/** Whether a policy may say anything of the actions; a look at its patterns, without compiling it. */
function mayBeAbout({ parsed }: CompiledPolicy, list: ActionList): boolean {
  return !parsed.understood || parsed.statements.some((statement) => mayMean(statement, list))
}

const PERSONAL_KEY = /^aws:(principal(arn|tag|type)|username|userid|federatedprovider)/i

function relevanceIn(policy: CompiledPolicy | null, list: ActionList, read: PolicyReader, number: number): Relevance {
  const { allowMaybe, denyMaybe } = read(policy)
  const about = new Uint32Array(list.words)
  for (let w = 0; w < about.length; w++) about[w] = (allowMaybe?.[w] ?? 0) | (denyMaybe?.[w] ?? 0)
  return { number, about, ...personalIn(policy, list) }
}

/** Whether a statement asks who it is that makes a request. */
export function isPersonalStatement({
  resource,
  notResource,
  conditions,
  principal,
  notPrincipal,
}: Statement): boolean {
  return (
    notPrincipal !== null ||
    (principal !== null && !principal.everyone) ||
    (resource?.some((text) => text.includes('${')) ?? false) ||
    (notResource?.some((text) => text.includes('${')) ?? false) ||
    conditions.some(({ key, values }) => PERSONAL_KEY.test(key) || values.some((text) => text.includes('${')))
  )
}

function personalIn(policy: CompiledPolicy | null, list: ActionList): Pick<Relevance, 'personal' | 'hasVariables'> {
  const personal: Condition[] = []
  let hasVariables = false
  for (const { statement, conditions } of policy?.statements ?? []) {
    const { resource, notResource } = statement
    if (!mayMean(statement, list)) continue
    hasVariables ||=
      [...(resource ?? []), ...(notResource ?? [])].some((text) => text.includes('${')) ||
      conditions.some(({ clause }) => clause.values.some((value) => value.includes('${')))
    for (const condition of conditions) if (PERSONAL_KEY.test(condition.key)) personal.push(condition)
  }
  return { personal, hasVariables }
}
