/**
 * Values of condition keys that tell requests apart: what lies between them is decided alike. With one of each kind
 * tried, "it hangs on these keys" becomes yes or no.
 */
import type { CompiledStatement } from '../policy/compile.ts'
import { operatorNamed } from '../policy/conditions/condition.ts'
import { timeOf } from '../policy/conditions/date.ts'
import { addressOf, rangeOf } from '../policy/conditions/ip-address.ts'
import { RequestContext } from '../policy/context.ts'
import { commonText } from '../policy/match.ts'
import type { ContextValue, Request } from '../policy/request.ts'

/** One clause that asks about a key. */
interface Clause {
  values: readonly string[]
  kind: 'text' | 'number' | 'date' | 'address' | 'bool'
  wildcards: boolean
  /** `ForAllValues:` and `ForAnyValue:`. */
  isOfMany: boolean
}

/** What some statements ask about requests, by key in lower case. */
export type AskedKeys = ReadonlyMap<string, readonly Clause[]>

/** A value that no policy names; no name, ID or text of AWS has such a character in it. */
export const UNNAMED = '~anything~'

/** Keys that the statements ask about; those that stand in variables first, as others take their values. */
export function keysAsked(statements: readonly CompiledStatement[]): AskedKeys {
  const inVariables = new Map<string, Clause[]>()
  const asked = new Map<string, Clause[]>()
  for (const { statement, conditions } of statements) {
    const texts = [...(statement.resource ?? []), ...(statement.notResource ?? [])]
    for (const { clause, key } of conditions) {
      texts.push(...clause.values)
      const list = asked.get(key)
      const read = clauseOf(clause)
      if (list) list.push(read)
      else asked.set(key, [read])
    }
    for (const text of texts)
      for (const [, key] of text.matchAll(VARIABLE))
        if (key && !/^[*?$]/.test(key)) inVariables.set(key.toLowerCase(), [])
  }
  for (const key of inVariables.keys()) inVariables.set(key, asked.get(key) ?? [])
  return new Map([...inVariables, ...asked])
}

const VARIABLE = /\$\{\s*([^\s},]+)\s*(?:,\s*'([^']*)'\s*)?\}/g

function clauseOf({ operator, values }: { operator: string; values: readonly string[] }): Clause {
  const named = operatorNamed(operator)
  const name = named?.operator?.name ?? ''
  const kind = /^Numeric/.test(name)
    ? 'number'
    : /^Date/.test(name)
      ? 'date'
      : /IpAddress$/.test(name)
        ? 'address'
        : name === 'Bool'
          ? 'bool'
          : 'text'
  return {
    // `Null` asks for no value
    values: named !== null && named.operator === null ? [] : values,
    kind,
    wildcards: named?.operator?.wildcards ?? false,
    isOfMany: named !== null && named.qualifier !== null,
  }
}

/**
 * How free the one who asks is in the value of a key. `any`: to take each that policies name. `own`: it has some value
 * or none, but none that is somebody else's, so only what a wildcard leaves open can be its own. A list: these.
 */
export type Freedom = 'any' | 'own' | { anyAnd: readonly ContextValue[] } | readonly ContextValue[]

/** The values of one key to try, absence included. @param request with the keys that are settled so far */
export function valuesToTry(clauses: readonly Clause[], freedom: Freedom, request: Request): readonly ContextValue[] {
  if (typeof freedom === 'object')
    return 'anyAnd' in freedom ? [...valuesToTry(clauses, 'any', request), ...freedom.anyAnd] : freedom
  const context = new RequestContext(request)
  const single = new Set<string>([UNNAMED])
  const patterns: string[] = []
  for (const { values, kind, wildcards } of clauses)
    for (const written of values) {
      const text = filledIn(written, context)
      if (text === null) continue
      const isPattern = wildcards && /[*?]/.test(text)
      if (isPattern) patterns.push(text)
      // what follows from the request itself is no secret
      const isOthers = freedom === 'own' && kind === 'text' && !isPattern && text === written
      if (!isOthers) for (const value of isPattern ? matching(text) : around(text, kind)) single.add(plain(value))
    }
  for (const [i, pattern] of patterns.slice(0, MOST_PATTERNS).entries())
    for (const other of patterns.slice(0, i)) {
      const both = commonText(pattern, other)
      if (both !== null) single.add(plain(both))
    }
  const several = clauses.some(({ isOfMany }) => isOfMany) && single.size > 2
  return [null, ...single, ...(several ? [[...single].filter((value) => value !== UNNAMED)] : [])]
}

const MOST_PATTERNS = 8

/** In texts of a document with policy variables, `${*}` is a character; here it gets another one until it is used. */
const ESCAPED: Record<string, string> = { '*': '\uE000', '?': '\uE001', $: '$' }

function plain(text: string): string {
  return text.replaceAll('\uE000', '*').replaceAll('\uE001', '?')
}

/** A text with its variables' values; null: one has none, or none yet. */
function filledIn(text: string, context: RequestContext): string | null {
  if (!text.includes('${')) return text
  let isWhole = true
  const filled = text
    .replace(/\$\{([*?$])\}/g, (_, character: string) => ESCAPED[character]!)
    .replace(VARIABLE, (_, key: string, fallback: string | undefined) => {
      const values = context.values(key.toLowerCase())
      const value = values?.length === 1 ? values[0] : values === null ? fallback : undefined
      if (value === undefined) isWhole = false
      return value ?? ''
    })
  return isWhole ? filled : null
}

/** Texts that a pattern matches: the shortest, and some that others are unlikely to name. */
function matching(pattern: string): string[] {
  return ['', 'x', UNNAMED].map((text) => pattern.replaceAll('*', text).replaceAll('?', 'x'))
}

/** A value, and those on both sides of it where there are such. */
function around(text: string, kind: Clause['kind']): string[] {
  switch (kind) {
    case 'number': {
      const number = Number(text)
      return Number.isFinite(number) ? [text, String(number - 1), String(number + 1)] : []
    }
    case 'date': {
      const time = timeOf(text)
      return time === null ? [] : [-1000, 0, 1000].map((by) => isoOf(time + by))
    }
    case 'address':
      return [firstAddress(text)]
    case 'bool':
      return ['true', 'false']
    default:
      return [text]
  }
}

function isoOf(time: number): string {
  return new Date(time).toISOString()
}

function firstAddress(range: string): string {
  return range.split('/', 1)[0]!
}

/** Moments from now on, on both sides of each that is named. @param now in milliseconds */
export function momentsToTry(clauses: readonly Clause[], now: number, inSeconds: boolean): string[] {
  const times = clauses.flatMap(({ values }) =>
    values.flatMap((text) => {
      const time = timeOf(text)
      return time === null ? [] : [time - 1000, time, time + 1000]
    }),
  )
  return [now, ...times.filter((time) => time > now)].map((time) => (inSeconds ? String(time / 1000) : isoOf(time)))
}

/** Addresses all over the internet, of which somebody has one that a network does not hold. */
const SOMEWHERE = ['8.8.4.4', '45.33.32.9', '93.184.216.7', '203.0.114.9', '2a00:1450::7', '2606:4700::9']

/** So short a prefix leaves room for anybody. */
const ANYBODYS = { v4: 7, v6: 15 }

/** Addresses that somebody may have who is in none of the networks that are named. */
export function addressesOfOthers(clauses: readonly Clause[]): ContextValue[] {
  const named = clauses.flatMap(({ values }) => values)
  const isNetwork = (range: string) => {
    const read = rangeOf(range)
    return read !== null && read.bits > (read.address.length === 4 ? ANYBODYS.v4 : ANYBODYS.v6)
  }
  const networks = named.filter(isNetwork).map((range) => rangeOf(range)!)
  const isInside = (text: string) => {
    const address = addressOf(text)!
    return networks.some(
      (network) =>
        network.address.length === address.length &&
        network.address.every((byte, i) => {
          const bits = Math.min(8, Math.max(0, network.bits - 8 * i))
          return byte >> (8 - bits) === address[i]! >> (8 - bits)
        }),
    )
  }
  // through an endpoint of one's own, the key is not there
  return [
    null,
    ...[...SOMEWHERE, ...named.filter((range) => rangeOf(range) && !isNetwork(range)).map(firstAddress)].filter(
      (text) => !isInside(text),
    ),
  ]
}
