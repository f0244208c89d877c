/**
 * Deltas: how to make an object from another one, its base. Source: gitformat-pack(5), "Deltified representation".
 */

/** What a delta took unchanged from its base, in the order of the new object; pieces that belong together are joined. */
export class Copies {
  count = 0
  /** Where each lies in the new object, where in the base, and how long it is. */
  at = new Int32Array(256)
  from = new Int32Array(256)
  length = new Int32Array(256)

  add(at: number, from: number, length: number): void {
    const last = this.count - 1
    if (last >= 0) {
      const before = this.length[last]!
      if (this.at[last]! + before === at && this.from[last]! + before === from) {
        this.length[last] = before + length
        return
      }
    }
    if (this.count === this.at.length) this.#grow()
    this.at[this.count] = at
    this.from[this.count] = from
    this.length[this.count++] = length
  }

  #grow(): void {
    const grown = (old: Int32Array) => {
      const larger = new Int32Array(old.length * 2)
      larger.set(old)
      return larger
    }
    this.at = grown(this.at)
    this.from = grown(this.from)
    this.length = grown(this.length)
  }
}

/** Reads the two sizes at the beginning of a delta: of the base, and of what it makes. */
export class DeltaSizes {
  base = 0
  result = 0
  /** Where the instructions begin. */
  at = 0

  /** False when the delta is cut short. */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    this.at = at
    this.base = this.#number(bytes, end)
    this.result = this.#number(bytes, end)
    return this.at <= end
  }

  #number(bytes: Uint8Array, end: number): number {
    let value = 0
    let weight = 1
    for (;;) {
      if (this.at >= end || weight > 2 ** 49) {
        this.at = end + 1
        return 0
      }
      const byte = bytes[this.at++]!
      value += (byte & 127) * weight
      weight *= 128
      if (byte < 128) return value
    }
  }
}

/** Below this, a loop is faster than a call. */
const SHORT = 16

/**
 * Follows the instructions in `memory[at, end)`. Everything lies in one array; nothing outside
 * `memory[out, out + outSize)` is written, and nothing outside `memory[base, base + baseSize)` copied.
 * False when they do not make exactly `outSize` bytes.
 */
export function applyDelta(
  memory: Buffer,
  at: number,
  end: number,
  base: number,
  baseSize: number,
  out: number,
  outSize: number,
  copies: Copies,
): boolean {
  copies.count = 0
  const outEnd = out + outSize
  let target = out
  while (at < end) {
    const op = memory[at++]!
    if (op < 128) {
      if (op === 0 || at + op > end || target + op > outEnd) return false // 0 is reserved
      if (op < SHORT) for (let i = 0; i < op; i++) memory[target + i] = memory[at + i]!
      else memory.copyWithin(target, at, at + op)
      at += op
      target += op
      continue
    }
    let from = 0
    let length = 0
    if (op & 1) from = memory[at++]!
    if (op & 2) from |= memory[at++]! << 8
    if (op & 4) from |= memory[at++]! << 16
    if (op & 8) from += memory[at++]! * 0x1000000
    if (op & 16) length = memory[at++]!
    if (op & 32) length |= memory[at++]! << 8
    if (op & 64) length |= memory[at++]! << 16
    if (length === 0) length = 0x10000
    if (at > end || from + length > baseSize || target + length > outEnd) return false
    copies.add(target - out, from, length)
    memory.copyWithin(target, base + from, base + from + length)
    target += length
  }
  return target === outEnd
}
