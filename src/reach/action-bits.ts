/**
 * Sets of actions as bits, so that what a principal may do at most is a few machine words per policy.
 *
 * A policy has four sets: actions it allows for sure (on every resource, without conditions), those it may allow, those
 * it denies for sure, and those it may deny. From these follows a bound; what lies between "sure" and "may" is left to
 * the engine.
 */
import type { CompiledPolicy } from '../policy/compile.ts'
import { matchesWildcard } from '../policy/match.ts'
import type { Statement } from '../policy/parse.ts'
import type { PolicyInput, RequestPolicies } from '../policy/request.ts'

/** A list of actions, in which each has a bit. */
export interface ActionList {
  /** In lower case, sorted. */
  names: readonly string[]
  /** As AWS writes them. */
  written: readonly string[]
  /** How many 32-bit words a set takes. */
  words: number
  number: ReadonlyMap<string, number>
  /** The bit of an action, in any case; -1: it is not in the list. */
  numberOf(action: string): number
  /** The same of several; worked out once for a list that stays the same. */
  numbersOf(actions: readonly string[]): Int32Array
  /** The bits of several; null: one of them is not in the list. Worked out once, likewise. */
  setOf(actions: readonly string[]): Uint32Array | null
  /** An empty set. Sets are cut from large pieces: memory in many small ones makes the garbage collector run. */
  newSet(): Uint32Array
  /** The bits of an action pattern; shared, not to be changed. */
  bitsOf(pattern: string): Uint32Array
}

export function actionList(actions: Iterable<string>): ActionList {
  const written = [...new Map([...actions].map((name) => [name.toLowerCase(), name]))]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, name]) => name)
  const names = written.map((name) => name.toLowerCase())
  const number = new Map(names.map((name, i) => [name, i]))
  for (const [i, name] of written.entries()) number.set(name, i)
  const numberOf = (action: string) => number.get(action) ?? number.get(action.toLowerCase()) ?? -1
  const together = new WeakMap<readonly string[], Int32Array>()
  const numbersOf = (actions: readonly string[]) => {
    let numbers = together.get(actions)
    if (!numbers) {
      numbers = Int32Array.from(actions, numberOf)
      together.set(actions, numbers)
    }
    return numbers
  }
  const words = (names.length + 31) >>> 5
  const sets = new WeakMap<readonly string[], Uint32Array | null>()
  const setOf = (actions: readonly string[]) => {
    let bits = sets.get(actions)
    if (bits === undefined) {
      bits = new Uint32Array(words)
      for (const i of numbersOf(actions))
        if (i === -1) bits = null
        else if (bits) set(bits, i)
      sets.set(actions, bits)
    }
    return bits
  }
  const everything = new Uint32Array(words)
  for (let i = 0; i < names.length; i++) set(everything, i)
  const known = new Map<string, Uint32Array>([['*', everything]])
  const bitsOf = (pattern: string): Uint32Array => {
    let bits = known.get(pattern)
    if (!bits) {
      const lower = pattern.toLowerCase()
      bits = known.get(lower) ?? read(lower, names, number, words)
      known.set(lower, bits)
      known.set(pattern, bits)
    }
    return bits
  }
  let piece = new Uint32Array(0)
  let used = 0
  const newSet = (): Uint32Array => {
    if (used + words > piece.length) {
      // larger and larger, so that a few sets take little
      piece = new Uint32Array(words * Math.min(SETS_AT_ONCE, Math.max(8, (2 * piece.length) / words)))
      used = 0
    }
    used += words
    return piece.subarray(used - words, used)
  }
  return { names, written, words, number, numberOf, numbersOf, setOf, newSet, bitsOf }
}

/** 11 MB for all actions of AWS. */
const SETS_AT_ONCE = 4096

/** What comes before the first wildcard narrows the search to a run of the sorted names. */
function read(
  pattern: string,
  names: readonly string[],
  number: ReadonlyMap<string, number>,
  words: number,
): Uint32Array {
  const bits = new Uint32Array(words)
  const wildcard = pattern.search(/[*?]/)
  if (wildcard === -1) {
    const i = number.get(pattern)
    if (i !== undefined) set(bits, i)
    return bits
  }
  const prefix = pattern.slice(0, wildcard)
  for (let i = firstAtOrAfter(names, prefix); i < names.length && names[i]!.startsWith(prefix); i++)
    if (matchesWildcard(pattern, names[i]!)) set(bits, i)
  return bits
}

function firstAtOrAfter(names: readonly string[], text: string): number {
  let low = 0
  let high = names.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (names[middle]! < text) low = middle + 1
    else high = middle
  }
  return low
}

export function set(bits: Uint32Array, i: number): void {
  bits[i >>> 5]! |= 1 << (i & 31)
}

export function has(bits: Uint32Array, i: number): boolean {
  return ((bits[i >>> 5]! >>> (i & 31)) & 1) === 1
}

export function count(bits: Uint32Array): number {
  let total = 0
  for (let w = 0; w < bits.length; w++) {
    let x = bits[w]!
    x -= (x >>> 1) & 0x55555555
    x = (x & 0x33333333) + ((x >>> 2) & 0x33333333)
    total += Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
  }
  return total
}

export function* members(bits: Uint32Array): Iterable<number> {
  for (let w = 0; w < bits.length; w++) {
    let word = bits[w]!
    while (word !== 0) {
      const bit = 31 - Math.clz32(word & -word)
      yield w * 32 + bit
      word &= word - 1
    }
  }
}

/** What one policy says of every action. `…Maybe` holds what it says for sure, too. null: of none. */
export interface PolicyBits {
  allow: Uint32Array | null
  allowMaybe: Uint32Array | null
  deny: Uint32Array | null
  denyMaybe: Uint32Array | null
}

/** Reads policies into bits, each once. */
export type PolicyReader = (policy: CompiledPolicy | null) => PolicyBits

export function policyReader(list: ActionList): PolicyReader {
  const known = new WeakMap<CompiledPolicy, PolicyBits>()
  const everything = list.bitsOf('*')
  const nothingKnown: PolicyBits = { allow: null, allowMaybe: everything, deny: null, denyMaybe: everything }
  return (policy) => {
    if (policy === null) return nothingKnown
    let bits = known.get(policy)
    if (!bits) {
      bits = policy.parsed.understood ? readPolicy(policy, list) : nothingKnown
      known.set(policy, bits)
    }
    return bits
  }
}

/** Reads the document, not the compiled policy: most policies are never asked about anything else. */
function readPolicy({ parsed }: CompiledPolicy, list: ActionList): PolicyBits {
  const bits: PolicyBits = { allow: null, allowMaybe: null, deny: null, denyMaybe: null }
  for (const statement of parsed.statements) {
    if (!mayMean(statement, list)) continue
    const acts = actionsMeant(statement, list)
    const { allow, deny, isSure } = weightOf(statement)
    if (allow) {
      bits.allowMaybe = add(bits.allowMaybe, acts)
      if (isSure) bits.allow = add(bits.allow, acts)
    }
    if (deny) {
      bits.denyMaybe = add(bits.denyMaybe, acts)
      if (isSure) bits.deny = add(bits.deny, acts)
    }
  }
  return bits
}

/** What a statement may do with the actions it means, and whether it does so for sure: on everything, always. */
export function weightOf(statement: Statement): { allow: boolean; deny: boolean; isSure: boolean } {
  const { resource, notResource, principal, notPrincipal, conditions, understood, doubtful } = statement
  const effect = doubtful.includes('Effect') ? null : statement.effect
  return {
    allow: effect !== 'Deny',
    deny: effect !== 'Allow',
    isSure:
      effect !== null &&
      understood &&
      !isUnclear(statement) &&
      (resource?.some((text) => /^\*+$/.test(text)) ?? false) &&
      notResource === null &&
      principal === null &&
      notPrincipal === null &&
      conditions.length === 0,
  }
}

function add(to: Uint32Array | null, bits: Uint32Array): Uint32Array {
  if (to === null) return bits.slice()
  or(to, bits)
  return to
}

/** Sets of so few words are gone through word by word. */
const FEW_WORDS = 64

/** Most policies are about a service or two, so that most words of their sets are empty. */
const filled = new WeakMap<Uint32Array, Uint16Array>()

function filledWords(bits: Uint32Array): Uint16Array {
  let words = filled.get(bits)
  if (!words) {
    const found: number[] = []
    for (let w = 0; w < bits.length; w++) if (bits[w] !== 0) found.push(w)
    words = Uint16Array.from(found)
    filled.set(bits, words)
  }
  return words
}

/** Whether a statement may mean an action of the list; a look at its patterns only. */
export function mayMean(statement: Statement, list: ActionList): boolean {
  const { action, notAction } = statement
  if (action === null || notAction !== null || isUnclear(statement)) return true
  for (let i = 0; i < action.length; i++) if (isMeant(action[i]!, list)) return true
  return false
}

/** Whether a pattern means any action of the list. */
export function isMeant(pattern: string, list: ActionList): boolean {
  // a set for every action would take more than all the rest
  if (!pattern.includes('*') && !pattern.includes('?')) return list.numberOf(pattern) !== -1
  return !isEmpty(list.bitsOf(pattern))
}

/** The actions of the list that a statement may mean. */
export function actionsMeant(statement: Statement, list: ActionList): Uint32Array {
  const parts = partsMeant(statement, list)
  const [first] = parts
  if (parts.length === 1 && typeof first === 'object') return first
  const bits = new Uint32Array(list.words)
  for (const part of parts) addPart(bits, part)
  return bits
}

/** One action, or a set that is shared. */
export type Part = number | Uint32Array

/** The same in parts. */
export function partsMeant(statement: Statement, list: ActionList): readonly Part[] {
  const { action, notAction } = statement
  if (isUnclear(statement)) return [list.bitsOf('*')]
  if (action !== null)
    return action
      .map((pattern) => (/[*?]/.test(pattern) ? list.bitsOf(pattern) : list.numberOf(pattern)))
      .filter((part) => part !== -1)
  const bits = list.bitsOf('*').slice()
  for (const pattern of notAction ?? []) without(bits, list.bitsOf(pattern))
  return [bits]
}

function addPart(to: Uint32Array, part: Part): void {
  if (typeof part === 'number') set(to, part)
  else or(to, part)
}

/** It says nothing readable about actions. */
function isUnclear({ action, notAction, doubtful }: Statement): boolean {
  if ((action === null) === (notAction === null)) return true
  return doubtful.length > 0 && (doubtful.includes('Action') || doubtful.includes('NotAction'))
}

export function isWithin(part: Uint32Array, whole: Uint32Array): boolean {
  for (let w = 0; w < part.length; w++) if ((part[w]! & ~whole[w]!) !== 0) return false
  return true
}

export function overlap(a: Uint32Array, b: Uint32Array): boolean {
  for (let w = 0; w < a.length; w++) if ((a[w]! & b[w]!) !== 0) return true
  return false
}

/** @param bits not changed any more */
function isEmpty(bits: Uint32Array): boolean {
  if (bits.length < FEW_WORDS) {
    for (let w = 0; w < bits.length; w++) if (bits[w] !== 0) return false
    return true
  }
  return filledWords(bits).length === 0
}

/** @param bits not changed any more */
function or(to: Uint32Array, bits: Uint32Array): void {
  if (bits.length < FEW_WORDS) {
    for (let w = 0; w < bits.length; w++) to[w]! |= bits[w]!
    return
  }
  const words = filledWords(bits)
  for (let i = 0; i < words.length; i++) {
    const w = words[i]!
    to[w]! |= bits[w]!
  }
}

/** What policies together leave of every action. */
export interface Bound {
  /** Allowed on every resource, whatever the conditions. */
  sure: Uint32Array
  /** Allowed on some resources, or under conditions, or perhaps; `sure` is part of it. */
  maybe: Uint32Array
}

/** @param isRoot the root user, whom only the organization limits */
export function boundOf(policies: RequestPolicies, read: PolicyReader, list: ActionList, isRoot = false): Bound {
  const said = policies.identity.map(({ policy }) => read(policy))
  const limits = limitsOf(policies, read, list)
  const everything = isRoot ? list.bitsOf('*') : null
  const effects = said.flatMap(effectsOf)
  return {
    sure: leftOf(effects, 'sure', limits.sure, list.newSet(), everything),
    maybe: leftOf(effects, 'maybe', limits.maybe, list.newSet(), everything),
  }
}

function effectsOf({ allow, allowMaybe, deny, denyMaybe }: PolicyBits): Effect[] {
  const of = (bits: Uint32Array | null, rest: Omit<Effect, 'acts'>): Effect[] =>
    bits ? [{ acts: [bits], ...rest }] : []
  return [
    ...of(allow, { allow: true, deny: false, isSure: true }),
    ...of(allowMaybe, { allow: true, deny: false, isSure: false }),
    ...of(deny, { allow: false, deny: true, isSure: true }),
    ...of(denyMaybe, { allow: false, deny: true, isSure: false }),
  ]
}

/** What boundary and organization leave, whatever identity policies say: of what may be, and of what is sure. */
export interface Limits {
  sure: Uint32Array
  maybe: Uint32Array
}

export function limitsOf(
  { boundary, scps }: Pick<RequestPolicies, 'boundary' | 'scps'>,
  read: PolicyReader,
  list: ActionList,
): Limits {
  const everything = list.bitsOf('*')
  const sure = everything.slice()
  const maybe = everything.slice()
  let deny: Uint32Array | null = null
  let denyMaybe: Uint32Array | null = null
  const limit = (inputs: readonly PolicyInput[]) => {
    const all = inputs.map(({ policy }) => read(policy))
    for (let w = 0; w < sure.length; w++) {
      let allowed = 0
      let perhaps = 0
      for (const { allow, allowMaybe } of all) {
        if (allow) allowed |= allow[w]!
        if (allowMaybe) perhaps |= allowMaybe[w]!
      }
      sure[w]! &= allowed
      maybe[w]! &= perhaps
    }
    for (const bits of all) {
      if (bits.deny) deny = add(deny, bits.deny)
      if (bits.denyMaybe) denyMaybe = add(denyMaybe, bits.denyMaybe)
    }
  }
  if (boundary === 'unknown') sure.fill(0)
  else if (boundary !== null) limit(boundary)
  if (scps === 'unknown') sure.fill(0)
  else for (const { policies: level } of scps) limit(level)
  without(sure, denyMaybe)
  without(maybe, deny)
  return { sure, maybe }
}

/** What a statement, or a whole policy, does to some actions. */
export interface Effect {
  acts: readonly Part[]
  allow: boolean
  deny: boolean
  isSure: boolean
}

/**
 * What is left of that which statements allow, after what others deny, within a limit.
 * @param side of a bound: `sure` is allowed for sure, and surely not denied
 * @param left where to write it; empty
 * @param everything allowed beside; null: nothing is
 */
export function leftOf(
  said: readonly Effect[],
  side: keyof Bound,
  limit: Uint32Array,
  left: Uint32Array,
  everything: Uint32Array | null,
): Uint32Array {
  // this runs for every class, so it makes no iterators
  if (everything) or(left, everything)
  for (let i = 0; i < said.length; i++) {
    const { acts, allow, isSure } = said[i]!
    if (allow && (isSure || side === 'maybe')) for (let k = 0; k < acts.length; k++) addPart(left, acts[k]!)
  }
  for (let i = 0; i < said.length; i++) {
    const { acts, deny, isSure } = said[i]!
    if (deny && (isSure || side === 'sure')) for (let k = 0; k < acts.length; k++) removePart(left, acts[k]!)
  }
  // nothing else can be in it
  if (everything) within(left, everything, limit)
  for (let i = 0; i < said.length; i++) {
    const { acts, allow, isSure } = said[i]!
    if (allow && (isSure || side === 'maybe')) for (let k = 0; k < acts.length; k++) withinPart(left, acts[k]!, limit)
  }
  return left
}

function removePart(from: Uint32Array, part: Part): void {
  if (typeof part === 'number') from[part >>> 5]! &= ~(1 << (part & 31))
  else without(from, part)
}

function withinPart(bound: Uint32Array, part: Part, limit: Uint32Array): void {
  if (typeof part === 'number') bound[part >>> 5]! &= limit[part >>> 5]!
  else within(bound, part, limit)
}

/** Sets of which few are different: each once. */
export function internedSets(list: ActionList): (make: (left: Uint32Array) => Uint32Array) => Uint32Array {
  const known = new Map<string, Uint32Array>()
  const scratch = new Uint32Array(list.words)
  return (make) => {
    scratch.fill(0)
    const made = make(scratch)
    let text = ''
    for (let w = 0; w < made.length; w++) if (made[w] !== 0) text += `${w}:${made[w]} `
    let bits = known.get(text)
    if (!bits) {
      bits = made.slice()
      known.set(text, bits)
    }
    return bits
  }
}

/** Takes away what is not in the limit, where a set has anything at all. */
function within(bound: Uint32Array, bits: Uint32Array, limit: Uint32Array): void {
  if (bits.length < FEW_WORDS) {
    for (let w = 0; w < bits.length; w++) if (bits[w] !== 0) bound[w]! &= limit[w]!
    return
  }
  const words = filledWords(bits)
  for (let i = 0; i < words.length; i++) {
    const w = words[i]!
    bound[w]! &= limit[w]!
  }
}

function without(from: Uint32Array, bits: Uint32Array | null): void {
  if (bits === null) return
  for (let w = 0; w < from.length; w++) from[w]! &= ~bits[w]!
}
