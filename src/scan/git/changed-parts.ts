/** Which parts of an object made by a delta can hold something that its base does not. */

import { lowerBound } from '../lower-bound.ts'
import type { Parts } from '../parts.ts'
import type { Copies } from './delta.ts'

/**
 * The parts of the new object within `before` bytes before a change and `behind` behind it, in order. A change is what the delta inserts, a seam between two copies, and a begin or end that the base does not have.
 */
export function changedParts(
  copies: Copies,
  size: number,
  baseSize: number,
  before: number,
  behind: number,
  parts: Parts,
): void {
  parts.count = 0
  const { count, at, from, length } = copies
  const add = (begin: number, end: number) => {
    begin = Math.max(0, begin - before)
    end = Math.min(size, end + behind)
    const next = 2 * parts.count
    if (next > 0 && parts.ends[next - 1]! >= begin) {
      parts.ends[next - 1] = Math.max(parts.ends[next - 1]!, end)
      return
    }
    if (next === parts.ends.length) {
      const more = new Uint32Array(2 * next)
      more.set(parts.ends)
      parts.ends = more
    }
    parts.ends[next] = begin
    parts.ends[next + 1] = end
    parts.count++
  }
  if (count === 0) {
    add(0, size)
    return
  }
  if (at[0] !== 0 || from[0] !== 0) add(0, at[0]!)
  for (let i = 1; i < count; i++) add(at[i - 1]! + length[i - 1]!, at[i]!)
  const end = at[count - 1]! + length[count - 1]!
  if (end !== size || from[count - 1]! + length[count - 1]! !== baseSize) add(end, size)
}

/** Appends where those of the base's `places` (in order) are in the new object that were copied to its [begin, end). */
export function keptPlaces(
  places: readonly number[],
  copies: Copies,
  begin: number,
  end: number,
  kept: number[],
): void {
  if (places.length === 0 || begin >= end) return
  const { count, at, from, length } = copies
  for (let i = Math.max(0, lastAtOrBefore(begin, copies)); i < count && at[i]! < end; i++) {
    const by = at[i]! - from[i]!
    const last = Math.min(end, at[i]! + length[i]!) - by
    for (let k = lowerBound(places, Math.max(begin, at[i]!) - by); k < places.length && places[k]! < last; k++)
      kept.push(places[k]! + by)
  }
}

/** Where in the base the new object's [begin, end) lies, when one copy has all of it; else -1. */
export function copiedFrom(begin: number, end: number, copies: Copies): number {
  const i = lastAtOrBefore(begin, copies)
  return i >= 0 && end <= copies.at[i]! + copies.length[i]! ? begin - copies.at[i]! + copies.from[i]! : -1
}

/** The last copy that begins at or before a place of the new object; -1: none does. */
function lastAtOrBefore(place: number, { at, count }: Copies): number {
  let low = 0
  let high = count - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (at[middle]! <= place) low = middle + 1
    else high = middle - 1
  }
  return high
}
