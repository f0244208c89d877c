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
): Map<FoundId, FoundSecret> {
  const secretsFirst = comeFirst(ids, secrets)
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

/** Whether secrets stand before their IDs here: the first of all is a secret and the last an ID. */
function comeFirst(ids: readonly FoundId[], secrets: readonly FoundSecret[]): boolean {
  const [firstId, firstSecret] = [ids[0], secrets[0]]
  const [lastId, lastSecret] = [ids.at(-1), secrets.at(-1)]
  if (!firstId || !firstSecret || !lastId || !lastSecret) return false
  return firstSecret.start < firstId.start && lastSecret.start < lastId.start
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

/** No brace of an enclosing object closes in between, so both lie in one, however long it is. */
function isOneObject(between: string): boolean {
  let depth = 0
  for (const character of between) {
    if (character === '{') depth++
    else if (character === '}' && --depth < 0) return false
  }
  return depth >= 0 && !/^[ \t]*\[[^\]\n]{1,80}\][ \t]*\r?$/m.test(between) && /["':=]/.test(between)
}
