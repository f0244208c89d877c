/** All strings of an interner, one behind the other: where each begins, and where the last one ends. */
export interface Strings {
  bytes: Uint8Array
  starts: Float64Array
}

/** Numbers byte strings: equal ones get the same number, from 0 on. Less memory than a Map, and no strings are made. */
export class Interner {
  count = 0
  /** All strings, one behind the other. */
  #bytes: Buffer = Buffer.allocUnsafeSlow(1 << 16)
  #starts = new Float64Array(1 << 10)
  #table = new Int32Array(1 << 11).fill(-1)

  /** The number of `bytes[at, at + length)`. */
  intern(bytes: Uint8Array, at: number, length: number): number {
    let slot = this.#slotOf(bytes, at, length)
    const known = this.#table[slot]!
    if (known >= 0) return known
    if (this.count * 2 >= this.#table.length) {
      this.#rehash()
      slot = this.#slotOf(bytes, at, length)
    }
    const number = this.count++
    this.#table[slot] = number
    this.#append(number, bytes, at, length)
    return number
  }

  all(): Strings {
    const starts = this.#starts.slice(0, this.count + 1)
    return { bytes: Uint8Array.from(this.#bytes.subarray(0, starts[this.count])), starts }
  }

  /** The numbers here of all strings of another one. */
  numbersOf({ bytes, starts }: Strings): Int32Array {
    const numbers = new Int32Array(starts.length - 1)
    for (let i = 0; i < numbers.length; i++) numbers[i] = this.intern(bytes, starts[i]!, starts[i + 1]! - starts[i]!)
    return numbers
  }

  /** Read as UTF-8. */
  text(number: number): string {
    return this.#bytes.toString('utf8', this.#starts[number]!, this.#end(number))
  }

  #end(number: number): number {
    return this.#starts[number + 1]!
  }

  #slotOf(bytes: Uint8Array, at: number, length: number): number {
    const mask = this.#table.length - 1
    for (let slot = hashOf(bytes, at, length) & mask; ; slot = (slot + 1) & mask) {
      const number = this.#table[slot]!
      if (number < 0 || this.#equals(number, bytes, at, length)) return slot
    }
  }

  #equals(number: number, bytes: Uint8Array, at: number, length: number): boolean {
    const start = this.#starts[number]!
    if (this.#end(number) - start !== length) return false
    const own = this.#bytes
    for (let i = 0; i < length; i++) if (own[start + i] !== bytes[at + i]) return false
    return true
  }

  #append(number: number, bytes: Uint8Array, at: number, length: number): void {
    if (number + 2 > this.#starts.length) {
      const starts = new Float64Array(this.#starts.length * 2)
      starts.set(this.#starts)
      this.#starts = starts
    }
    const start = this.#starts[number]!
    if (start + length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, start + length))
      this.#bytes.copy(larger, 0, 0, start)
      this.#bytes = larger
    }
    for (let i = 0; i < length; i++) this.#bytes[start + i] = bytes[at + i]!
    this.#starts[number + 1] = start + length
  }

  #rehash(): void {
    this.#table = new Int32Array(this.#table.length * 2).fill(-1)
    const mask = this.#table.length - 1
    for (let number = 0; number < this.count; number++) {
      const start = this.#starts[number]!
      let slot = hashOf(this.#bytes, start, this.#end(number) - start) & mask
      while (this.#table[slot]! >= 0) slot = (slot + 1) & mask
      this.#table[slot] = number
    }
  }
}

/** FNV-1a over the first and last bytes: enough for names. */
function hashOf(bytes: Uint8Array, at: number, length: number): number {
  let hash = 0x811c9dc5 ^ length
  const head = Math.min(length, 8)
  for (let i = 0; i < head; i++) hash = Math.imul(hash ^ bytes[at + i]!, 0x01000193)
  for (let i = Math.max(head, length - 8); i < length; i++) hash = Math.imul(hash ^ bytes[at + i]!, 0x01000193)
  return (hash ^ (hash >>> 15)) & 0x7fffffff
}
