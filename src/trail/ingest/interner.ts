/** A number for each distinct text, found by its bytes. */

/** Steps from one slot to the next before a text is looked for by another way: someone may choose texts that collide. */
const MOST_STEPS = 32

export class Interner {
  private slots = new Int32Array(1024).fill(-1)
  private hashes = new Int32Array(1024)
  private ends = new Uint32Array(512)
  private bytes = Buffer.allocUnsafeSlow(16_384)
  private words = wordsOf(this.bytes)
  /** What texts were looked for in last, and its words. */
  private given: Uint8Array = this.bytes
  private givenWords = this.words
  /** Those that found no slot. */
  private readonly crowded = new Map<string, number>()
  /** How many texts there are. */
  size = 0

  /** The text of a number. */
  textOf(code: number): string {
    return this.bytes.toString('utf8', this.startOf(code), this.ends[code]!)
  }

  /** Which of two comes first, by their bytes, as the database has it: below 0, the first. */
  compare(a: number, b: number): number {
    let [i, j] = [this.startOf(a), this.startOf(b)]
    const [endOfA, endOfB] = [this.ends[a]!, this.ends[b]!]
    for (; i < endOfA && j < endOfB; i++, j++)
      if (this.bytes[i] !== this.bytes[j]) return this.bytes[i]! - this.bytes[j]!
    return endOfA - i - (endOfB - j)
  }

  /** The number of the text, which is new if it is {@link size} as it was before. */
  codeOf(bytes: Uint8Array, from: number, to: number, hash = hashOf(bytes, from, to)): number {
    let slot = hash & (this.slots.length - 1)
    for (let step = 0; step < MOST_STEPS; step++) {
      const code = this.slots[slot]!
      if (code === -1) return this.add(bytes, from, to, hash, slot)
      if (this.hashes[slot] === hash && this.is(code, bytes, from, to)) return code
      slot = (slot + 1) & (this.slots.length - 1)
    }
    const text = latin1(bytes, from, to)
    const known = this.crowded.get(text)
    if (known !== undefined) return known
    const code = this.append(bytes, from, to)
    this.crowded.set(text, code)
    return code
  }

  clear(): void {
    this.slots.fill(-1)
    this.crowded.clear()
    this.size = 0
  }

  private is(code: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.startOf(code)
    const length = this.ends[code]! - start
    if (length !== to - from) return false
    if (this.given !== bytes) {
      this.given = bytes
      this.givenWords = wordsOf(bytes)
    }
    const { words, givenWords } = this
    let i = 0
    for (; i + 4 <= length; i += 4) if (words.getInt32(start + i) !== givenWords.getInt32(from + i)) return false
    for (; i < length; i++) if (this.bytes[start + i] !== bytes[from + i]) return false
    return true
  }

  private startOf(code: number): number {
    return code === 0 ? 0 : this.ends[code - 1]!
  }

  private add(bytes: Uint8Array, from: number, to: number, hash: number, slot: number): number {
    const code = this.append(bytes, from, to)
    this.slots[slot] = code
    this.hashes[slot] = hash
    if (this.size * 2 > this.slots.length) this.grow()
    return code
  }

  private append(bytes: Uint8Array, from: number, to: number): number {
    const code = this.size++
    const start = this.startOf(code)
    const end = start + to - from
    if (end > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, this.bytes.length * 2))
      this.bytes.copy(larger, 0, 0, start)
      this.bytes = larger
      this.words = wordsOf(larger)
    }
    this.bytes.set(bytes.subarray(from, to), start)
    if (code === this.ends.length) {
      const larger = new Uint32Array(code * 2)
      larger.set(this.ends)
      this.ends = larger
    }
    this.ends[code] = end
    return code
  }

  private grow(): void {
    const [slots, hashes] = [this.slots, this.hashes]
    this.slots = new Int32Array(slots.length * 2).fill(-1)
    this.hashes = new Int32Array(slots.length * 2)
    for (let i = 0; i < slots.length; i++) {
      if (slots[i] === -1) continue
      let slot = hashes[i]! & (this.slots.length - 1)
      while (this.slots[slot] !== -1) slot = (slot + 1) & (this.slots.length - 1)
      this.slots[slot] = slots[i]!
      this.hashes[slot] = hashes[i]!
    }
  }
}

/** Four bytes at a time, wherever they begin. */
function wordsOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** The same as in assembly/records.ts. */
export function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5
  let i = from
  for (; i + 4 <= to; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    hash = Math.imul(hash ^ word, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  for (; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  // low bits alone choose the slot
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b3c6d) ^ (hash >>> 12)
}

export function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')
}
