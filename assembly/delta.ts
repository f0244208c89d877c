// Follows the instructions of a git delta: how to make an object from another one. What they mean, and the same in plain
// TypeScript, is in src/scan/git/delta.ts. This is AssemblyScript: scripts/build-anchors.mjs compiles it.

/** Copies up to this length take a few wide moves, which is faster than a call. */
const SHORT: u32 = 128

/** Behind `to + length`, 15 bytes may be overwritten. */
// @ts-ignore: decorator
@inline function move(to: usize, from: usize, length: u32): void {
  if (length > SHORT) {
    memory.copy(to, from, length)
    return
  }
  for (let i: u32 = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i))
}

/**
 * Follows the instructions in [at, end). Nothing outside [out, out + outSize) is written, but for the 15 bytes behind,
 * and nothing outside [base, base + baseSize) taken over. Copies that belong together are joined and written to three
 * lists of `most` numbers, one behind the other from `lists` on: where each lies in the new object, where in the base,
 * and how long it is.
 * @returns how many copies there are; -1 when the instructions do not make exactly `outSize` bytes; -2 when there are
 *   more copies than there is room for
 */
export function apply(
  at: usize, end: usize, base: usize, baseSize: u32, out: usize, outSize: u32, lists: usize, most: u32,
): i32 {
  const room = <usize>most << 2
  const outEnd: u64 = <u64>out + <u64>outSize
  let target = out
  let count: u32 = 0
  let lastAt: u32 = 0, lastFrom: u32 = 0, lastLength: u32 = 0
  while (at < end) {
    const op = <u32>load<u8>(at++)
    if (op < 128) {
      if (op == 0 || <u64>at + <u64>op > <u64>end || <u64>target + <u64>op > outEnd) return -1 // 0 is reserved
      move(target, at, op)
      at += op
      target += op
      continue
    }
    let from: u32 = 0, length: u32 = 0
    if (op & 1) from = <u32>load<u8>(at++)
    if (op & 2) from |= <u32>load<u8>(at++) << 8
    if (op & 4) from |= <u32>load<u8>(at++) << 16
    if (op & 8) from |= <u32>load<u8>(at++) << 24
    if (op & 16) length = <u32>load<u8>(at++)
    if (op & 32) length |= <u32>load<u8>(at++) << 8
    if (op & 64) length |= <u32>load<u8>(at++) << 16
    if (length == 0) length = 0x10000
    if (at > end || <u64>from + <u64>length > <u64>baseSize || <u64>target + <u64>length > outEnd) return -1
    const place = <u32>(target - out)
    if (count > 0 && lastAt + lastLength == place && lastFrom + lastLength == from) {
      lastLength += length
    } else {
      if (count == most) return -2
      lastAt = place
      lastFrom = from
      lastLength = length
      count++
    }
    const entry = lists + (<usize>(count - 1) << 2)
    store<u32>(entry, lastAt)
    store<u32>(entry + room, lastFrom)
    store<u32>(entry + room + room, lastLength)
    move(target, base + from, length)
    target += length
  }
  return <u64>target == outEnd ? <i32>count : -1
}

/**
 * Writes the parts of the new object that lie near a change, as pairs of u32, to `out`, where there is room for one more
 * than there are copies. The same as `changedParts` in src/scan/git/changed-parts.ts.
 * @returns how many there are
 */
export function parts(
  lists: usize, most: u32, count: u32, size: u32, baseSize: u32, before: u32, behind: u32, out: usize,
): u32 {
  const room = <usize>most << 2
  let written: u32 = 0
  let first: u32 = 0, last: u32 = 0 // of the part that is growing, once there is one
  let isOpen = false
  let done: u32 = 0 // where the last copy ends
  let doneInBase: u32 = 0
  for (let i: u32 = 0; i <= count; i++) {
    const copy = lists + (<usize>i << 2)
    const at = i < count ? load<u32>(copy) : size
    const from = i < count ? load<u32>(copy + room) : baseSize
    // nothing changed at a begin, or an end, that both have
    const isSame = (i == 0 || i == count) && count > 0 && at == done && from == doneInBase
    if (!isSame) {
      const begin = done > before ? done - before : 0
      const end = size - at > behind ? at + behind : size
      if (isOpen && last >= begin) {
        if (end > last) last = end
      } else {
        if (isOpen) {
          store<u32>(out + (<usize>written << 3), first)
          store<u32>(out + (<usize>written << 3), last, 4)
          written++
        }
        first = begin
        last = end
        isOpen = true
      }
    }
    if (i < count) {
      const length = load<u32>(copy + room + room)
      done = at + length
      doneInBase = from + length
    }
  }
  if (isOpen) {
    store<u32>(out + (<usize>written << 3), first)
    store<u32>(out + (<usize>written << 3), last, 4)
    written++
  }
  return written
}
