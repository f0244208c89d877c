/** Which parts of an object made by a delta can hold something that its base does not. */
import type { Copies } from './delta.ts'

/**
 * The parts of the new object within `widen` bytes of a change, in order, as from, to, from, to ... A change is what the
 * delta inserts, a seam between two copies, and a begin or end that the base does not have.
 */
export function changedParts(copies: Copies, size: number, baseSize: number, widen: number, parts: number[]): void {
  parts.length = 0
  const { count, at, from, length } = copies
  const add = (begin: number, end: number) => {
    begin = Math.max(0, begin - widen)
    end = Math.min(size, end + widen)
    const last = parts.length - 1
    if (last > 0 && parts[last]! >= begin) parts[last] = Math.max(parts[last]!, end)
    else parts.push(begin, end)
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

/**
 * Where something that stands at `offset` in the base stands in the new object, with `margin` bytes around it unchanged
 * (or up to the begin or end, where both have it): appended to `places`. Nothing is, when it was not copied that way.
 */
export function whereCopied(
  offset: number,
  margin: number,
  copies: Copies,
  size: number,
  baseSize: number,
  places: number[],
): void {
  const { count, at, from, length } = copies
  for (let i = 0; i < count; i++) {
    const begin = from[i]!
    const end = begin + length[i]!
    if (offset < begin || offset >= end) continue
    const left = offset - margin >= begin || (begin === 0 && at[i] === 0)
    const right = offset + margin <= end || (end === baseSize && at[i]! + length[i]! === size)
    if (left && right) places.push(at[i]! + offset - begin)
  }
}
