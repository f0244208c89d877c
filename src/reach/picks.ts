/**
 * Which of many targets a principal may do something to, without asking for each.
 *
 * Targets that no policy names are all decided alike: one question answers for them. Only those that a pattern of a
 * relevant statement singles out are asked for one by one.
 */
import type { CompiledPolicy, CompiledStatement } from '../policy/compile.ts'
import { covers, matchesWildcard } from '../policy/match.ts'
import { NO, type Tri } from '../policy/tri.ts'
import { type Ask, limitsOn, may, NOBODY, statementsAbout, variablesIn } from './ask.ts'
import type { EstatePrincipal } from './estate.ts'

/** Things of one kind in one account: its users, roles, groups or customer managed policies. */
export interface Pool {
  targets: readonly { key: number; arn: string }[]
  byArn: ReadonlyMap<string, number>
  /** `arn:aws:iam::111122223333:role/*` */
  all: string
  /** One that is in no policy. */
  nobody: string
  /** What all ARNs of the pool begin with. */
  prefix: string
  /** Patterns that were looked up before. */
  read: Map<string, PatternInPool>
}

export function poolOf(targets: Pool['targets'], all: string): Pool {
  return {
    targets,
    byArn: placesOf(targets),
    all,
    nobody: all.replace(/\*$/, NOBODY),
    prefix: beforeWildcard(all),
    read: new Map(),
  }
}

function placesOf(targets: Pool['targets']): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  for (let i = 0; i < targets.length; i++) places.set(targets[i]!.arn, i)
  return places
}

function beforeWildcard(pattern: string): string {
  const at = pattern.search(/[*?]/)
  return at === -1 ? pattern : pattern.slice(0, at)
}

/** Answers for a pool: one for all but those that are listed, by key. */
export interface Pick {
  generic: Tri
  specific: ReadonlyMap<number, Tri>
}

const NONE: ReadonlyMap<number, Tri> = new Map()
export const NOTHING: Pick = { generic: NO, specific: NONE }

export function at({ generic, specific }: Pick, key: number): Tri {
  return specific.size === 0 ? generic : (specific.get(key) ?? generic)
}

export function isNothing({ generic, specific }: Pick): boolean {
  if (generic !== NO) return false
  for (const tri of specific.values()) if (tri !== NO) return false
  return true
}

/** Asks for every target of the pool. */
export function pickOf(principal: EstatePrincipal, pool: Pool, ask: Omit<Ask, 'resource'>): Pick {
  /** Targets that patterns single out, and by which: those that the same patterns mean are decided alike. */
  let singled: Map<number, string> | null = null
  let heard: Set<string> | null = null
  /** Whether any statement of its own may allow it on a target that nobody singles out. */
  let isWide = ask.resourcePolicy !== undefined || principal.policies.identity.some(({ policy }) => isDoubtful(policy))
  const hear = ({ statement, effect, resources }: CompiledStatement, isOwn: boolean) => {
    const { resource, notResource } = statement
    if (isOwn && effect !== 'Deny' && (resources === null || notResource !== null)) isWide = true
    if (resource !== null) hearPatterns(resource, isOwn && effect !== 'Deny')
    if (notResource !== null) hearPatterns(notResource, isOwn && effect !== 'Deny')
  }
  const hearPatterns = (patterns: readonly string[], mayAllow: boolean) => {
    for (let i = 0; i < patterns.length; i++) {
      const written = variablesIn(patterns[i]!, principal)
      const { wide, places } = readPattern(pool, written)
      if (wide && mayAllow) isWide = true
      if (places.length === 0 || heard?.has(written)) continue
      heard ??= new Set()
      heard.add(written)
      singled ??= new Map()
      // what a variable stands for may tell them apart
      const isOpen = written.includes('${')
      for (const place of places)
        singled.set(place, `${singled.get(place) ?? ''} ${heard.size}${isOpen ? `:${place}` : ''}`)
    }
  }
  const { action } = ask
  const { identity } = principal.policies
  for (let i = 0; i < identity.length; i++) {
    const { policy } = identity[i]!
    if (policy === null) continue
    const statements = statementsAbout(policy, action)
    for (let k = 0; k < statements.length; k++) hear(statements[k]!, true)
  }
  if (!isWide && singled === null) return NOTHING
  for (const statement of limitsOn(principal, action)) hear(statement, false)
  const generic = isWide ? may(principal, { ...ask, resource: pool.nobody }) : NO
  if (singled === null) return generic === NO ? NOTHING : { generic, specific: NONE }
  const specific = new Map<number, Tri>()
  const alike = new Map<string, Tri>()
  for (const [place, patterns] of singled as ReadonlyMap<number, string>) {
    const { key, arn } = pool.targets[place]!
    let tri = alike.get(patterns)
    if (tri === undefined) {
      tri = may(principal, { ...ask, resource: arn })
      alike.set(patterns, tri)
    }
    if (tri !== generic) specific.set(key, tri)
  }
  return generic === NO && specific.size === 0 ? NOTHING : { generic, specific }
}

function isDoubtful(policy: CompiledPolicy | null): boolean {
  return policy === null || !policy.parsed.understood
}

/** What a pattern means in the pool: those that nobody names, too, or only targets in certain places. */
interface PatternInPool {
  wide: boolean
  /** Empty for a pattern that means them all. */
  places: readonly number[]
}

/** A variable that is not known may be anything. */
function readPattern(pool: Pool, text: string): PatternInPool {
  let read = pool.read.get(text)
  if (read) return read
  const pattern = text.replace(/\$\{[^}]*\}/g, (variable) => (/^\$\{[*?$]\}$/.test(variable) ? variable[2]! : '*'))
  if (pattern === text && covers(pattern, pool.all)) read = { wide: true, places: [] }
  else if (!/[*?]/.test(pattern)) {
    const place = pool.byArn.get(pattern)
    // literals are found as fast as they are remembered
    return place === undefined ? NO_PLACES : { wide: false, places: [place] }
  } else if (!mayBegin(beforeWildcard(pattern), pool.prefix)) read = NO_PLACES
  else
    read = {
      wide: matchesWildcard(pattern, pool.nobody),
      places: pool.targets.flatMap(({ arn }, place) => (matchesWildcard(pattern, arn) ? [place] : [])),
    }
  pool.read.set(text, read)
  return read
}

const NO_PLACES: PatternInPool = { wide: false, places: [] }

/** Whether a text can begin with both. */
function mayBegin(a: string, b: string): boolean {
  return a.length < b.length ? b.startsWith(a) : a.startsWith(b)
}

/** Both are needed of a target. */
export function both(a: Pick, b: Pick): Pick {
  const generic = min(a.generic, b.generic)
  if (a.specific.size + b.specific.size === 0) return { generic, specific: NONE }
  const specific = new Map<number, Tri>()
  for (const key of a.specific.keys()) specific.set(key, min(at(a, key), at(b, key)))
  for (const key of b.specific.keys()) if (!a.specific.has(key)) specific.set(key, min(a.generic, at(b, key)))
  return { generic, specific }
}

function min(a: Tri, b: Tri): Tri {
  return a < b ? a : b
}
