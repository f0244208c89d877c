/** Which secret belongs to which ID: the nearest in the same section, each secret used once. */
import type { FoundId, FoundSecret } from './find.ts'

export interface Lines {
  /** Line of a byte offset, from 1. */
  lineOf(offset: number): number
}

/** ID and secret further apart than this many lines do not belong together, */
const MOST_LINES = 10
/** unless its name says what it is: tools that list variables write ten lines of each. */
const MOST_LINES_NAMED = 24
/** So many secrets on either side of an ID are thought of: in a list of keys, its own is the next or the one after. */
const NEIGHBOURS = 5

/** Whether in a long list secrets stand before their IDs, as its beginning told; null: nothing was seen of it yet. */
export interface PairOrder {
  secretsFirst: boolean | null
}

export const newOrder = (): PairOrder => ({ secretsFirst: null })

interface Candidate {
  id: FoundId
  secret: FoundSecret
  cost: number
}

/** @param reach how many bytes apart the two may be */
export function pairUp(
  ids: readonly FoundId[],
  secrets: readonly FoundSecret[],
  textBetween: (from: number, to: number) => string,
  lines: Lines,
  reach: number,
  order: PairOrder,
): Map<FoundId, FoundSecret> {
  const telling = bestNamed(secrets)
  const secretsFirst = comeFirst(ids, telling, lines, order)
  const against = takeTurns(secretsFirst ? telling : ids, secretsFirst ? ids : telling) ? AGAINST_TURNS : AGAINST_ORDER
  const candidates: Candidate[] = []
  let next = 0
  for (const id of ids) {
    while (next < secrets.length && secrets[next]!.start < id.start) next++
    for (const secret of secrets.slice(Math.max(0, next - NEIGHBOURS), next + NEIGHBOURS)) {
      if (Math.abs(secret.start - id.start) > reach) continue
      if (secret.start < id.end && id.start < secret.end && secret.encodings.length === id.encodings.length) continue
      const cost = costOf(id, secret, textBetween, lines)
      if (cost === null) continue
      candidates.push({ id, secret, cost: secret.start < id.start === secretsFirst ? cost : cost + against })
    }
  }
  candidates.sort((a, b) => a.cost - b.cost)
  const pairs = new Map<FoundId, FoundSecret>()
  const used = new Set<FoundSecret>()
  for (const { id, secret } of candidates) {
    if (pairs.has(id) || used.has(secret)) continue
    pairs.set(id, secret)
    used.add(secret)
  }
  pairColumns(ids, secrets, pairs, textBetween, reach)
  return pairs
}

/**
 * All IDs first, then all secrets, or the other way round: variables sorted by name, lists, columns of a table. The last ID
 * is next to the first secret then, but they belong together by their order.
 */
function pairColumns(
  ids: readonly FoundId[],
  secrets: readonly FoundSecret[],
  pairs: Map<FoundId, FoundSecret>,
  textBetween: (from: number, to: number) => string,
  reach: number,
): void {
  if (ids.length < 2 || secrets.length < 2) return
  const idOf = new Map([...pairs].map(([id, secret]) => [secret, id]))
  const runs = runsOf([...ids, ...secrets].sort((a, b) => a.start - b.start))
  for (const [i, run] of runs.entries()) {
    const next = runs[i + 1]
    if (!next || run.length < 2 || run.length !== next.length) continue
    const [of, to] = (run[0]!.what === 'id' ? [run, next] : [next, run]) as [FoundId[], FoundSecret[]]
    const belongTogether =
      of.every((id, at) => Math.abs(to[at]!.start - id.start) <= reach && isIn(to, pairs.get(id))) &&
      to.every((secret) => isIn(of, idOf.get(secret)))
    if (belongTogether && areAlike(of, to, textBetween)) for (const [at, id] of of.entries()) pairs.set(id, to[at]!)
  }
}

const isIn = <T>(items: readonly T[], item: T | undefined) => item === undefined || items.includes(item)

function runsOf<T extends { what: string }>(items: readonly T[]): T[][] {
  const runs: T[][] = []
  for (const item of items) {
    const last = runs.at(-1)
    if (last?.[0]?.what === item.what) last.push(item)
    else runs.push([item])
  }
  return runs
}

/** Longer text stands between no two items of a column. */
const LONGEST_GAP = 200

/**
 * Whether IDs and secrets are set off from each other by the same. Where all secrets have a name, or none has, names,
 * numbers and lengths may differ.
 */
function areAlike(
  ids: readonly FoundId[],
  secrets: readonly FoundSecret[],
  textBetween: (from: number, to: number) => string,
): boolean {
  const gap = (items: readonly { start: number; end: number }[], at: number) =>
    textBetween(items[at]!.end, items[at + 1]!.start)
  const essence = secrets.every(({ name }) => name === secrets[0]!.name) ? marksIn : (text: string) => text
  for (let at = 0; at + 1 < ids.length; at++) {
    const [ofIds, ofSecrets] = [gap(ids, at), gap(secrets, at)]
    if (ofIds.length > LONGEST_GAP || essence(ofIds) !== essence(ofSecrets)) return false
  }
  return true
}

/** A bracket is also how binary formats write the length of a secret: 40. */
const marksIn = (text: string) => text.replace(/[\w\0-\x08\x0e-\x1f\x7f-\xff-]|\((?=\0)|(?<=[\0-\x08])\(/g, '')

/** Those with the best names: others may be anything. */
function bestNamed(secrets: readonly FoundSecret[]): readonly FoundSecret[] {
  const best = (['strong', 'weak', null] as const).find((wanted) => secrets.some(({ name }) => name === wanted))
  return secrets.filter(({ name }) => name === best)
}

/** What it costs to pair a secret with an ID on its other side, */
const AGAINST_ORDER = 250
/** and where one would be left over at either end. */
const AGAINST_TURNS = 2000

/** Whether each of the first is followed by one of the others, and that by the next. */
function takeTurns(first: readonly { start: number }[], others: readonly { start: number }[]): boolean {
  return (
    first.length === others.length &&
    first.every(({ start }, i) => start < others[i]!.start && (i === 0 || others[i - 1]!.start < start))
  )
}

/** So many IDs are a long list, which is seen in parts: the ends of a part say nothing. */
const LONG_LIST = 32

/** Whether secrets stand before their IDs here: the first of all is a secret and the last an ID. */
function comeFirst(ids: readonly FoundId[], secrets: readonly FoundSecret[], lines: Lines, order: PairOrder): boolean {
  const [firstId, firstSecret] = [ids[0], secrets[0]]
  const [lastId, lastSecret] = [ids.at(-1), secrets.at(-1)]
  if (!firstId || !firstSecret || !lastId || !lastSecret) return false
  const begins = firstSecret.start < firstId.start
  if (ids.length < LONG_LIST && !order.secretsFirst) return begins && lastSecret.start < lastId.start
  order.secretsFirst ??= begins
  const closer = linesTo(ids, secrets, lines)
  return closer.before === closer.behind ? order.secretsFirst : closer.before < closer.behind
}

/** How many lines IDs are away from the nearest secrets, together. */
function linesTo(ids: readonly FoundId[], secrets: readonly FoundSecret[], lines: Lines) {
  const sum = { before: 0, behind: 0 }
  let next = 0
  for (const { start } of ids) {
    while (next < secrets.length && secrets[next]!.start < start) next++
    const [before, behind] = [secrets[next - 1], secrets[next]]
    if (!before || !behind) continue
    sum.before += lines.lineOf(start) - lines.lineOf(before.start)
    sum.behind += lines.lineOf(behind.start) - lines.lineOf(start)
  }
  return sum
}

function costOf(
  id: FoundId,
  secret: FoundSecret,
  textBetween: (from: number, to: number) => string,
  lines: Lines,
): number | null {
  const before = secret.start < id.start
  const between = before ? textBetween(secret.end, id.start) : textBetween(id.end, secret.start)
  const distance = Math.abs(lines.lineOf(secret.start) - lines.lineOf(id.start))
  const most = secret.name === 'strong' ? MOST_LINES_NAMED : MOST_LINES
  if (distance > most && !isOneObject(between)) return null
  let cost = distance * 100 + between.length / 10
  // with nothing but signs between, it needs no name
  if (secret.name === null && !/^[^A-Za-z0-9]{0,40}$/.test(between)) cost += 300
  // more than any distance within one section
  if (endsSection(between)) cost += 10_000
  else if (leavesObject(between)) cost += 400
  return cost
}

/** A section header, a document's end, or one object closed and another opened. */
function endsSection(between: string): boolean {
  return /^[ \t]*\[[^\]\n]{1,80}\][ \t]*\r?$/m.test(between) || /^---/m.test(between) || /\}[^{}]*\{/.test(between)
}

/** Whether one of the two lies in an object that the other does not lie in. */
function leavesObject(between: string): boolean {
  const { end, lowest } = depthIn(between)
  return end !== 0 || lowest < 0
}

/** No brace of an enclosing object closes in between, so both lie in one, however long it is. */
function isOneObject(between: string): boolean {
  return depthIn(between).lowest === 0 && !/^[ \t]*\[[^\]\n]{1,80}\][ \t]*\r?$/m.test(between) && /["':=]/.test(between)
}

const [OPEN, CLOSE] = [0x7b, 0x7d]

/** How deep in braces a text ends, counted from its beginning, and the lowest that it comes to. */
function depthIn(text: string): { end: number; lowest: number } {
  let depth = 0
  let lowest = 0
  if (text.includes('{') || text.includes('}'))
    for (let i = 0; i < text.length; i++) {
      const character = text.charCodeAt(i)
      if (character === OPEN) depth++
      else if (character === CLOSE) lowest = Math.min(lowest, --depth)
    }
  return { end: depth, lowest }
}
