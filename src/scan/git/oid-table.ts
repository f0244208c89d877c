/** Numbers object IDs: equal ones get the same number, from 0 on. They are kept and compared as numbers of 32 bits. */
export class OidTable {
  count = 0
  readonly #words: number
  /** All object IDs, one behind the other. */
  #all: Int32Array
  #table = new Int32Array(1 << 11).fill(-1)
  /** The one that is looked up. */
  readonly #wanted: Int32Array

  /** @param oidBytes how long each is */
  constructor(oidBytes: number) {
    this.#words = oidBytes / 4
    this.#all = new Int32Array(this.#words << 10)
    this.#wanted = new Int32Array(this.#words)
  }

  /** The number of the object ID at `bytes[at]`. */
  intern(bytes: Uint8Array, at: number): number {
    const slot = this.#slotOf(bytes, at)
    const known = this.#table[slot]!
    if (known >= 0) return known
    const number = this.count++
    this.#table[slot] = number
    const start = number * this.#words
    if (start === this.#all.length) {
      const larger = new Int32Array(start * 2)
      larger.set(this.#all)
      this.#all = larger
    }
    // five numbers take longer to hand over than to copy
    for (let i = 0; i < this.#words; i++) this.#all[start + i] = this.#wanted[i]!
    if (this.count * 2 > this.#table.length) this.#rehash()
    return number
  }

  /** The number of the object ID at `bytes[at]`, or -1. */
  find(bytes: Uint8Array, at: number): number {
    return this.#table[this.#slotOf(bytes, at)]!
  }

  /** All of them, one behind the other. */
  bytes(): Uint8Array {
    const numbers = this.count * this.#words
    const bytes = new DataView(new ArrayBuffer(numbers * 4))
    for (let i = 0; i < numbers; i++) bytes.setInt32(i * 4, this.#all[i]!, true)
    return new Uint8Array(bytes.buffer)
  }

  /** The numbers here of all those of another table. @param bytes as that one gives them */
  numbersOf(bytes: Uint8Array): Int32Array {
    const length = this.#words * 4
    const numbers = new Int32Array(bytes.length / length)
    for (let i = 0; i < numbers.length; i++) numbers[i] = this.intern(bytes, i * length)
    return numbers
  }

  /** In hexadecimal digits. */
  text(number: number): string {
    const bytes = Buffer.alloc(this.#words * 4)
    for (let i = 0; i < this.#words; i++) bytes.writeInt32LE(this.#all[number * this.#words + i]!, i * 4)
    return bytes.toString('hex')
  }

  #slotOf(bytes: Uint8Array, at: number): number {
    const words = this.#words
    const wanted = this.#wanted
    for (let i = 0, from = at; i < words; i++, from += 4)
      wanted[i] = bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24)
    const first = wanted[0]!
    const all = this.#all
    const table = this.#table
    const mask = table.length - 1
    // the first bytes of an object ID are as good as random
    for (let slot = first & mask; ; slot = (slot + 1) & mask) {
      const number = table[slot]!
      if (number < 0) return slot
      const start = number * words
      if (all[start] === first && this.#isWanted(start)) return slot
    }
  }

  #isWanted(start: number): boolean {
    for (let i = 1; i < this.#words; i++) if (this.#all[start + i] !== this.#wanted[i]) return false
    return true
  }

  #rehash(): void {
    const table = new Int32Array(this.#table.length * 2).fill(-1)
    const mask = table.length - 1
    for (let number = 0; number < this.count; number++) {
      let slot = this.#all[number * this.#words]! & mask
      while (table[slot]! >= 0) slot = (slot + 1) & mask
      table[slot] = number
    }
    this.#table = table
  }
}
