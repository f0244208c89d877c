/**
 * What each principal may do at most, over a list of actions. Principals of whom the same statements say the same of
 * these actions are of one class, and share their answers, whatever policies the statements are in: what is copied from
 * policy to policy counts once, and what says nothing of the actions does not count.
 */
import type { CompiledPolicy } from '../policy/compile.ts'
import type { Condition } from '../policy/conditions/condition.ts'
import { RequestContext } from '../policy/context.ts'
import type { Statement } from '../policy/parse.ts'
import type { PolicyInput } from '../policy/request.ts'
import {
  type ActionList,
  actionsMeant,
  type Bound,
  type Effect,
  has,
  internedSets,
  isMeant,
  isWithin,
  type Limits,
  leftOf,
  limitsOf,
  mayMean,
  overlap,
  partsMeant,
  policyReader,
  weightOf,
} from './action-bits.ts'
import type { Estate, EstatePrincipal } from './estate.ts'

export interface Effective {
  list: ActionList
  /** By the principal's index; the same number means the same class. */
  classOf: Int32Array
  bounds: readonly Bound[]
  /** By class: whether its principals are alike in everything, because no policy speaks of who they are. */
  isShared: readonly boolean[]
  classes: readonly PrincipalClass[]
  rules: Rules
  /** Which classes are alike in what is said of some actions; see `likeness`. */
  likes: Map<string | readonly string[], Likes>
}

interface PrincipalClass {
  /** One of its principals. */
  first: EstatePrincipal
  /** Boundary, organization, account, and what their conditions say of its principals. */
  limits: number
  /** Of its boundary and organization alone. */
  limitNumber: number
  limitsHaveVariables: boolean
  /** What identity policies say of the actions, in order. */
  said: readonly Rule[]
  /** By place in `said`: the rule, and what its conditions say of the class's principals. */
  marks: readonly number[]
}

/** A statement of some policies, as far as it speaks of the actions of the list. */
interface Rule {
  number: number
  /** null: a whole policy, which may say anything of them all. */
  statement: Statement | null
  /** Conditions on who asks, that give the same answer whatever it asks for. */
  personal: readonly Condition[]
  /** A number for the rule, where nothing in it is personal; otherwise one for each that its conditions may say. */
  marks: number | Map<string, number>
  /** It names what belongs to the one who asks: `user/${aws:username}`. */
  hasVariables: boolean
  /** Actions of which it may say something; made when first asked for. */
  about: Uint32Array | null
  /** What it does to them, likewise. */
  weight: Weight | null
}

/** The classes that are alike in what is said of some actions. */
interface Likes {
  /** null: one of the actions is not in the list. */
  bits: Uint32Array | null
  /** By class: the same number for those that are alike; -1: each principal is its own; -2: not looked up. */
  byClass: Int32Array
}

export function effectiveOf(estate: Estate, list: ActionList): Effective {
  const rules = new Rules(list)
  const { classOf, classes } = classify(estate, rules)
  return {
    list,
    classOf,
    bounds: boundsOf(classes, rules, list),
    isShared: classes.map(
      ({ said, limitsHaveVariables }) => !limitsHaveVariables && !said.some(({ hasVariables }) => hasVariables),
    ),
    classes,
    rules,
    likes: new Map(),
  }
}

/** Classes that say the same of the actions share a bound; what is sure is the same for most. */
function boundsOf(classes: readonly PrincipalClass[], { sequences }: Rules, list: ActionList): Bound[] {
  const read = policyReader(list)
  const everything = list.bitsOf('*')
  const isSmall = list.words < 64
  const limits = new Map<number, Limits>()
  const numbers = new Map<string, number>()
  const weigh = (rule: Rule): Weight => {
    if (rule.weight) return rule.weight
    const { statement } = rule
    const { allow, deny, isSure } =
      statement === null ? { allow: true, deny: true, isSure: false } : weightOf(statement)
    rule.weight = {
      number: isSmall ? rule.number : remembered(numbers, textOf(rule, { allow, deny, isSure }), () => numbers.size),
      acts: statement === null ? [everything] : partsMeant(statement, list),
      allow,
      deny,
      isSure,
    }
    return rule.weight
  }
  const boundOf = (
    { first, limitNumber }: PrincipalClass,
    weights: readonly Weight[],
    side: keyof Bound,
    left: Uint32Array,
  ) => leftOf(weights, side, limitFor(first, limitNumber)[side], left, first.kind === 'root' ? everything : null)
  const limitFor = (first: EstatePrincipal, number: number): Limits =>
    remembered(limits, number, () => limitsOf(first.policies, read, list))
  // small sets are made faster than found again
  if (isSmall)
    return classes.map((it) => {
      const weights = it.said.map(weigh)
      return {
        sure: boundOf(it, weights, 'sure', list.newSet()),
        maybe: boundOf(it, weights, 'maybe', list.newSet()),
      }
    })
  const interned = internedSets(list)
  const bounds = new Map<number, Bound>()
  return classes.map((it) => {
    let sequence = sequences.next(it.limitNumber, it.first.kind === 'root' ? 1 : 0)
    const weights = it.said.map(weigh)
    for (const { number } of weights.toSorted((a, b) => a.number - b.number))
      sequence = sequences.next(sequence, number)
    return remembered(bounds, sequence, () => ({
      sure: interned((left) => boundOf(it, weights, 'sure', left)),
      maybe: boundOf(it, weights, 'maybe', list.newSet()),
    }))
  })
}

/** The same for rules that do the same to the same actions. */
function textOf({ statement }: Rule, { allow, deny, isSure }: Pick<Weight, 'allow' | 'deny' | 'isSure'>): string {
  const acts = statement && (statement.action ?? ['!', ...(statement.notAction ?? [])]).join(' ')
  return `${allow} ${deny} ${isSure} ${acts}`
}

/** What a statement does to the actions it means. */
interface Weight extends Effect {
  /** The same for statements that do the same to the same. */
  number: number
}

function remembered<K, T>(answers: Map<K, T>, key: K, make: () => T): T {
  let answer = answers.get(key)
  if (answer === undefined) {
    answer = make()
    answers.set(key, answer)
  }
  return answer
}

/**
 * The same number for principals of whom the same statements say the same of some actions; null: each is its own.
 * @param actions of the list; a list that stays the same is looked up once
 */
export function likeness(
  effective: Effective,
  { index }: EstatePrincipal,
  actions: string | readonly string[],
): number | null {
  const { list, classes, classOf, rules } = effective
  let likes = effective.likes.get(actions)
  if (!likes) {
    const bits = list.setOf(typeof actions === 'string' ? [actions] : actions)
    likes = { bits, byClass: new Int32Array(classes.length).fill(bits === null ? -1 : -2) }
    effective.likes.set(actions, likes)
  }
  const number = classOf[index]!
  let like = likes.byClass[number]!
  if (like === -2) {
    like = rules.likenessOf(classes[number]!, likes.bits!)
    likes.byClass[number] = like
  }
  return like === -1 ? null : like
}

/** A text that is the same for principals of one class who have the same policies that speak of the actions. */
export function policiesSpeaking({ rules }: Effective, { policies }: EstatePrincipal): string {
  const numbers = new Set<number>()
  for (const input of policies.identity) {
    const number = rules.policyNumber(input)
    if (number !== null) numbers.add(number)
  }
  return [...numbers].sort((a, b) => a - b).join()
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
export function couldBe(effective: Effective, { index }: EstatePrincipal, actions: readonly string[]): boolean {
  const { bounds, classOf, list } = effective
  const { maybe } = bounds[classOf[index]!]!
  const bits = list.setOf(actions)
  if (bits !== null) return isWithin(bits, maybe)
  return list.numbersOf(actions).every((bit) => bit === -1 || has(maybe, bit))
}

/** By the bound alone: false rules out that a principal may do any of these. */
export function couldAny(effective: Effective, { index }: EstatePrincipal, actions: readonly string[]): boolean {
  const { bounds, classOf, list } = effective
  const bits = list.setOf(actions)
  return bits === null || overlap(bounds[classOf[index]!]!.maybe, bits)
}

/** Numbers sequences of numbers, step by step: the same number for the same sequence. */
class Sequences {
  readonly #known = new Map<number, number>()

  /** The number of a sequence with one more at its end. Both are below 2 to the 26th. */
  next(sequence: number, item: number): number {
    const key = sequence * 0x4000000 + item
    let number = this.#known.get(key)
    if (number === undefined) {
      number = this.#known.size + 1
      this.#known.set(key, number)
    }
    return number
  }
}

const NO_RULES: readonly Rule[] = []

/** Everything that the policies of an estate say of the actions of a list, each statement once. */
class Rules {
  readonly #list: ActionList
  readonly #byText = new Map<string, Rule>()
  readonly #byPolicy = new Map<CompiledPolicy | string, { number: number; rules: readonly Rule[] }>()
  readonly sequences = new Sequences()
  #rules = 0
  #marks = 0

  constructor(list: ActionList) {
    this.#list = list
  }

  /** What a policy says of the actions. */
  of(input: PolicyInput): readonly Rule[] {
    return this.#read(input).rules
  }

  /** The same for policies with the same document; null: it says nothing of the actions. */
  policyNumber(input: PolicyInput): number | null {
    const { number, rules } = this.#read(input)
    return rules.length === 0 ? null : number
  }

  /** A text that is the same for policies that say the same together. */
  numbersIn(inputs: readonly PolicyInput[]): string {
    const numbers = new Set(inputs.flatMap((input) => this.of(input).map(({ number }) => number)))
    return [...numbers].sort((a, b) => a - b).join()
  }

  #read({ policy, name }: PolicyInput): { number: number; rules: readonly Rule[] } {
    const key = policy ?? name
    let known = this.#byPolicy.get(key)
    if (!known) {
      known = { number: this.#byPolicy.size, rules: this.#rulesOf(policy) }
      this.#byPolicy.set(key, known)
    }
    return known
  }

  #rulesOf(policy: CompiledPolicy | null): readonly Rule[] {
    if (!policy?.parsed.understood) return [this.#ruleWith(null, personalIn(policy, this.#list))]
    let rules: Rule[] | null = null
    const { statements } = policy.parsed
    for (let i = 0; i < statements.length; i++) {
      const statement = statements[i]!
      if (!mayMean(statement, this.#list)) continue
      const rule = this.#ruleOf(policy, statement, i)
      rules ??= []
      if (!rules.includes(rule)) rules.push(rule)
    }
    return rules ?? NO_RULES
  }

  #ruleOf(policy: CompiledPolicy, statement: Statement, place: number): Rule {
    const { effect, action, notAction, resource, notResource, principal, notPrincipal } = statement
    const { conditions, understood, doubtful } = statement
    const hasVariables = hasVariable(statement)
    const text = JSON.stringify([
      effect,
      notAction === null && action !== null && !doubtful.includes('Action')
        ? action.filter((pattern) => isMeant(pattern, this.#list)).sort()
        : [action, notAction],
      resource,
      notResource,
      principal,
      notPrincipal,
      conditions,
      understood ? 0 : doubtful,
      // variables have no meaning before 2012
      hasVariables ? policy.parsed.version : 0,
    ])
    let rule = this.#byText.get(text)
    if (!rule) {
      const isPersonal = conditions.some(({ key }) => PERSONAL_KEY.test(key))
      const personal = isPersonal
        ? policy.statements[place]!.conditions.filter(({ key }) => PERSONAL_KEY.test(key))
        : NO_CONDITIONS
      rule = this.#ruleWith(statement, { personal, hasVariables })
      this.#byText.set(text, rule)
    }
    return rule
  }

  #ruleWith(statement: Statement | null, of: Pick<Rule, 'personal' | 'hasVariables'>): Rule {
    const { personal, hasVariables } = of
    const marks = personal.length === 0 ? this.#marks++ : new Map<string, number>()
    return { number: this.#rules++, statement, personal, hasVariables, marks, about: null, weight: null }
  }

  /** A number for a rule and what its conditions say of somebody. */
  markOf({ personal, marks }: Rule, context: () => RequestContext): number {
    if (typeof marks === 'number') return marks
    let said = ''
    for (const condition of personal) said += condition.holds(context())
    let mark = marks.get(said)
    if (mark === undefined) {
      mark = this.#marks++
      marks.set(said, mark)
    }
    return mark
  }

  /** See `likeness`; -1: each is its own. */
  likenessOf({ limits, limitsHaveVariables, said, marks }: PrincipalClass, bits: Uint32Array): number {
    if (limitsHaveVariables) return -1
    let like = limits
    for (let i = 0; i < said.length; i++) {
      const rule = said[i]!
      rule.about ??= aboutOf(rule, this.#list)
      if (!overlap(rule.about, bits)) continue
      if (rule.hasVariables) return -1
      like = this.sequences.next(like, marks[i]!)
    }
    return like
  }
}

const NO_CONDITIONS: readonly Condition[] = []

function aboutOf({ statement }: Rule, list: ActionList): Uint32Array {
  return statement === null ? list.bitsOf('*') : actionsMeant(statement, list)
}

/** Into a list in the order of numbers, once. */
function insert(rules: Rule[], rule: Rule): void {
  let place = rules.length
  while (place > 0 && rules[place - 1]!.number > rule.number) place--
  if (place > 0 && rules[place - 1] === rule) return
  rules.push(rule)
  for (let i = rules.length - 1; i > place; i--) rules[i] = rules[i - 1]!
  rules[place] = rule
}

const KINDS: Record<EstatePrincipal['kind'], number> = { user: 0, role: 1, root: 2 }

/**
 * Groups principals by what is said of the actions. Where a statement asks who it is (`aws:PrincipalArn`), those are
 * alike to whom every such condition gives the same answer.
 */
function classify(estate: Estate, rules: Rules): Pick<Effective, 'classOf' | 'classes'> {
  const { sequences } = rules
  const accounts = new Map([...estate.accounts.keys()].map((id, i) => [id, sequences.next(0, i)]))
  const limits = new Map<unknown, { number: number; all: readonly Rule[]; personal: readonly Rule[] }>()
  /** Of a boundary, or of the organization. What they say nothing of they take away, so they are told apart as such. */
  const limitOf = (limit: EstatePrincipal['policies']['boundary' | 'scps']) => {
    let found = limits.get(limit)
    if (!found) {
      const inputs: PolicyInput[] = []
      if (limit !== null && limit !== 'unknown')
        for (const item of limit)
          if ('level' in item) inputs.push(...item.policies)
          else inputs.push(item)
      const all = inputs.flatMap((input) => rules.of(input))
      found = { number: limits.size, all, personal: all.filter(({ personal }) => personal.length > 0) }
      limits.set(limit, found)
    }
    return found
  }
  /** The region may be chosen for one, and left open for another: see `asAttacker`. */
  const regions = new Map<unknown, number>([[undefined, 0]])
  const regionOf = ({ context }: EstatePrincipal): number => {
    const region = context['aws:requestedregion']
    let number = regions.get(region)
    if (number === undefined) {
      number = regions.size
      regions.set(region, number)
    }
    return number
  }
  const classOf = new Int32Array(estate.principals.length)
  const start = sequences.next(0, accounts.size)
  const bySequence = new Map<number, number>()
  const classes: PrincipalClass[] = []
  // used again for every principal; a class keeps copies
  const said: Rule[] = []
  const marks: number[] = []
  let asking: EstatePrincipal
  let context: RequestContext | null = null
  const whoIsAsking = () => {
    context ??= whoAsks(asking)
    return context
  }
  const markOf = (rule: Rule): number => rules.markOf(rule, whoIsAsking)
  // what limits somebody is mostly what limits the one before
  let before: { principal: EstatePrincipal; region: number; limit: number } | null = null
  for (const principal of estate.principals) {
    const { kind, account, policies } = principal
    asking = principal
    context = null
    said.length = 0
    // this loop runs for everybody: it allocates nothing
    for (let i = 0; i < policies.identity.length; i++) {
      const those = rules.of(policies.identity[i]!)
      for (let j = 0; j < those.length; j++) insert(said, those[j]!)
    }
    const boundary = limitOf(policies.boundary)
    const scps = limitOf(policies.scps)
    const region = regionOf(principal)
    let limit: number
    if (
      before !== null &&
      before.region === region &&
      before.principal.kind === kind &&
      before.principal.account === account &&
      before.principal.policies.boundary === policies.boundary &&
      before.principal.policies.scps === policies.scps
    )
      limit = before.limit
    else {
      limit = sequences.next(accounts.get(account.accountId)!, KINDS[kind])
      limit = sequences.next(sequences.next(sequences.next(limit, region), boundary.number), scps.number)
      before = { principal, region, limit }
    }
    for (const rule of boundary.personal) limit = sequences.next(limit, markOf(rule))
    for (const rule of scps.personal) limit = sequences.next(limit, markOf(rule))
    marks.length = 0
    let sequence = limit
    for (let i = 0; i < said.length; i++) {
      const mark = markOf(said[i]!)
      marks.push(mark)
      sequence = sequences.next(sequence, mark)
    }
    let number = bySequence.get(sequence)
    if (number === undefined) {
      number = classes.length
      bySequence.set(sequence, number)
      const limitsHaveVariables = [...boundary.all, ...scps.all].some(({ hasVariables }) => hasVariables)
      const limitNumber = sequences.next(sequences.next(start, boundary.number), scps.number)
      classes.push({
        first: principal,
        limits: limit,
        limitNumber,
        limitsHaveVariables,
        said: said.slice(),
        marks: marks.slice(),
      })
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
    contextKeys: 'lower',
  })
}

const PERSONAL_KEY = /^aws:(principal(arn|tag|type)|username|userid|federatedprovider)/i

/** Whether a statement asks who it is that makes a request. */
export function isPersonalStatement(statement: Statement): boolean {
  const { conditions, principal, notPrincipal } = statement
  return (
    notPrincipal !== null ||
    (principal !== null && !principal.everyone) ||
    hasVariable(statement) ||
    conditions.some(({ key }) => PERSONAL_KEY.test(key))
  )
}

function hasVariable({ resource, notResource, conditions }: Statement): boolean {
  return (
    (resource?.some((text) => text.includes('${')) ?? false) ||
    (notResource?.some((text) => text.includes('${')) ?? false) ||
    conditions.some(({ values }) => values.some((text) => text.includes('${')))
  )
}

/** Of all statements of a policy together. */
function personalIn(policy: CompiledPolicy | null, list: ActionList): Pick<Rule, 'personal' | 'hasVariables'> {
  const about = (policy?.parsed.statements ?? []).filter((statement) => mayMean(statement, list))
  const isPersonal = about.some(({ conditions }) => conditions.some(({ key }) => PERSONAL_KEY.test(key)))
  return {
    personal: isPersonal
      ? policy!.statements
          .filter(({ statement }) => about.includes(statement))
          .flatMap(({ conditions }) => conditions.filter(({ key }) => PERSONAL_KEY.test(key)))
      : NO_CONDITIONS,
    hasVariables: about.some(hasVariable),
  }
}
