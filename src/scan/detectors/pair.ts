/** Which secret belongs to which ID: the nearest in the same section, each secret used once. */
import type { FoundId, FoundSecret } from './find.ts'

export interface Lines {
  /** Line of a byte offset, from 1. */
  lineOf(offset: number): number
}

/** ID and secret further apart than this many lines do not belong together. */
const MOST_LINES = 10
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
  const secretsFirst = comeFirst(ids, secrets, lines, order)
  const candidates: Candidate[] = []
  let next = 0
  for (const id of ids) {
    while (next < secrets.length && secrets[next]!.start < id.start) next++
    for (const secret of secrets.slice(Math.max(0, next - NEIGHBOURS), next + NEIGHBOURS)) {
      if (Math.abs(secret.start - id.start) > reach) continue
      if (secret.start < id.end && id.start < secret.end && secret.encodings.length === id.encodings.length) continue
      const cost = costOf(id, secret, textBetween, lines, secretsFirst)
      if (cost !== null) candidates.push({ id, secret, cost })
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
  return pairs
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
  secretsFirst: boolean,
): number | null {
  const before = secret.start < id.start
  const between = before ? textBetween(secret.end, id.start) : textBetween(id.end, secret.start)
  const distance = Math.abs(lines.lineOf(secret.start) - lines.lineOf(id.start))
  if (distance > MOST_LINES && !isOneObject(between)) return null
  let cost = distance * 100 + between.length / 10
  if (before !== secretsFirst) cost += 250
  if (secret.name === null) cost += 150
  if (endsSection(between)) cost += 1000
  return cost
}

/** A section header, a document's end, or one object closed and another opened. */
function endsSection(between: string): boolean {
  return /^[ \t]*\[[^\]\n]{1,80}\][ \t]*\r?$/m.test(between) || /^---/m.test(between) || /\}[^{}]*\{/.test(between)
}

const [OPEN, CLOSE] = [0x7b, 0x7d]

/** No brace of an enclosing object closes in between, so both lie in one, however long it is. */
function isOneObject(between: string): boolean {
  let depth = 0
  for (let i = 0; i < between.length; i++) {
    const character = between.charCodeAt(i)
    if (character === OPEN) depth++
    else if (character === CLOSE && --depth < 0) return false
  }
  return depth >= 0 && !/^[ \t]*\[[^\]\n]{1,80}\][ \t]*\r?$/m.test(between) && /["':=]/.test(between)
}
