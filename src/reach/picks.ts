/**
 * Which of many targets a principal may do something to, without asking for each.
 *
 * Targets that no policy names are all decided alike: one question answers for them. Only those that a pattern of a
 * relevant statement singles out are asked for one by one.
 */
import { covers, matchesWildcard } from '../policy/match.ts'
import { NO, type Tri } from '../policy/tri.ts'
import { type Ask, may, statementsOn, variablesIn } from './ask.ts'
import type { EstatePrincipal } from './estate.ts'

/** Things of one kind in one account: its users, roles, groups or customer managed policies. */
export interface Pool {
  targets: readonly { key: number; arn: string }[]
  byArn: ReadonlyMap<string, number>
  /** `arn:aws:iam::111122223333:role/*` */
  all: string
  /** One that is in no policy. */
  nobody: string
  scans: Map<string, readonly number[]>
}

export function poolOf(targets: Pool['targets'], all: string): Pool {
  return {
    targets,
    byArn: new Map(targets.map(({ arn }, i) => [arn, i])),
    all,
    nobody: all.replace(/\*$/, 'any~thing'),
    scans: new Map(),
  }
}

/** Answers for a pool: one for all but those that are listed, by key. */
export interface Pick {
  generic: Tri
  specific: ReadonlyMap<number, Tri>
}

export const NOTHING: Pick = { generic: NO, specific: new Map() }

export function at(pick: Pick, key: number): Tri {
  return pick.specific.get(key) ?? pick.generic
}

export function isNothing({ generic, specific }: Pick): boolean {
  if (generic !== NO) return false
  for (const tri of specific.values()) if (tri !== NO) return false
  return true
}

/** Asks for every target of the pool. */
export function pickOf(principal: EstatePrincipal, pool: Pool, ask: Omit<Ask, 'resource'>): Pick {
  const singled = new Set<number>()
  for (const { statement } of statementsOn(principal, ask.action)) {
    for (const text of [...(statement.resource ?? []), ...(statement.notResource ?? [])]) {
      const written = variablesIn(text, principal)
      if (covers(written, pool.all)) continue
      for (const i of scan(pool, written)) singled.add(i)
    }
  }
  const generic = may(principal, { ...ask, resource: pool.nobody })
  const specific = new Map<number, Tri>()
  for (const i of singled) {
    const { key, arn } = pool.targets[i]!
    const tri = may(principal, { ...ask, resource: arn })
    if (tri !== generic) specific.set(key, tri)
  }
  return { generic, specific }
}

/** Places of the targets that a pattern means. A variable that is not known may be anything. */
function scan(pool: Pool, pattern: string): readonly number[] {
  const wide = pattern.replace(/\$\{[^}]*\}/g, (variable) => (/^\$\{[*?$]\}$/.test(variable) ? variable[2]! : '*'))
  if (!/[*?]/.test(wide)) {
    const i = pool.byArn.get(wide)
    return i === undefined ? [] : [i]
  }
  let found = pool.scans.get(wide)
  if (!found) {
    // another service's ARNs, cheaply
    const kind = pool.all.slice(0, pool.all.indexOf('::') + 2)
    const wildcard = wide.search(/[*?]/)
    const start = wide.slice(0, wildcard)
    found =
      kind.startsWith(start.slice(0, kind.length)) || start.startsWith(kind)
        ? pool.targets.flatMap(({ arn }, i) => (matchesWildcard(wide, arn) ? [i] : []))
        : []
    pool.scans.set(wide, found)
  }
  return found
}

/** Both are needed of a target. */
export function both(a: Pick, b: Pick): Pick {
  const specific = new Map<number, Tri>()
  const generic = min(a.generic, b.generic)
  for (const key of a.specific.keys()) specific.set(key, min(at(a, key), at(b, key)))
  for (const key of b.specific.keys()) if (!a.specific.has(key)) specific.set(key, min(a.generic, at(b, key)))
  return { generic, specific }
}

function min(a: Tri, b: Tri): Tri {
  return a < b ? a : b
}
