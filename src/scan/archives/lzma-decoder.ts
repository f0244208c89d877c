/**
 * LZMA, as the public-domain specification in the LZMA SDK (lzma-specification.txt) describes it. One decoder serves
 * .lzma, zip, 7z, and, with its resets, LZMA2.
 */
import { damaged, Unreadable } from './unreadable.ts'

const STATES = 12
const TOP = 2 ** 24
const HALF = 1024
/** Where the probabilities of each kind stand in one array. */
const IS_MATCH = 0
const IS_REP = IS_MATCH + (STATES << 4)
const IS_REP_G0 = IS_REP + STATES
const IS_REP_G1 = IS_REP_G0 + STATES
const IS_REP_G2 = IS_REP_G1 + STATES
const IS_REP0_LONG = IS_REP_G2 + STATES
const SLOT = IS_REP0_LONG + (STATES << 4)
const SPECIAL = SLOT + 4 * 64
const ALIGN = SPECIAL + 115
const LENGTH = ALIGN + 16
const CHOICE_2 = 1
const LOW = 2
const MID = LOW + (16 << 3)
const HIGH = MID + (16 << 3)
const REP_LENGTH = LENGTH + HIGH + 256
const LITERAL = REP_LENGTH + HIGH + 256

/** Distance that marks the end of a stream. */
const END = 0xffffffff
/** What one call puts out at most. */
const STEP = 256 * 1024

export interface LzmaProperties {
  lc: number
  lp: number
  pb: number
}

/** From the byte that all its containers have: `(pb * 5 + lp) * 9 + lc`. */
export function lzmaProperties(byte: number): LzmaProperties {
  if (byte >= 9 * 5 * 5) throw damaged('its LZMA properties are wrong')
  return { lc: byte % 9, lp: Math.floor(byte / 9) % 5, pb: Math.floor(byte / 45) }
}

export class LzmaDecoder {
  readonly #dictionary: Uint8Array
  #at = 0
  /** Bytes put out since the last reset of the dictionary. */
  #total = 0
  #probabilities = new Uint16Array(0)
  #lc = 0
  #literalMask = 0
  #positionMask = 0
  #state = 0
  #rep0 = 0
  #rep1 = 0
  #rep2 = 0
  #rep3 = 0
  /** Of a match that did not fit into the last step. */
  #pending = 0
  #range = 0
  #code = 0
  #input: Uint8Array = new Uint8Array(0)
  #next = 0
  #refill: () => Uint8Array = () => new Uint8Array(0)
  #failure: unknown = null
  /** Whether the mark that ends a stream has come. */
  ended = false

  constructor(dictionaryBytes: number) {
    this.#dictionary = new Uint8Array(Math.max(4096, dictionaryBytes))
  }

  resetDictionary(): void {
    this.#total = 0
  }

  setProperties({ lc, lp, pb }: LzmaProperties): void {
    this.#lc = lc
    this.#literalMask = (1 << lp) - 1
    this.#positionMask = (1 << pb) - 1
    this.#probabilities = new Uint16Array(LITERAL + (0x300 << (lc + lp)))
  }

  resetState(): void {
    this.#probabilities.fill(HALF)
    this.#state = 0
    this.#rep0 = this.#rep1 = this.#rep2 = this.#rep3 = 0
    this.#pending = 0
  }

  /** Begins to read compressed bytes: `refill` gives the next ones, none at the end. */
  begin(refill: () => Uint8Array): void {
    this.#refill = refill
    this.#input = new Uint8Array(0)
    this.#next = 0
    this.#range = 0xffffffff
    this.#code = 0
    for (let i = 0; i < 5; i++) this.#code = ((this.#code << 8) | this.#byte()) >>> 0
  }

  /** Input bytes that were given and not used. */
  get unused(): number {
    return this.#input.length - this.#next
  }

  /** Bytes that were stored as they are. */
  *store(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
    const dictionary = this.#dictionary
    for (const piece of pieces) {
      for (let from = 0; from < piece.length; ) {
        if (this.#at === dictionary.length) this.#at = 0
        const part = piece.subarray(from, from + dictionary.length - this.#at)
        dictionary.set(part, this.#at)
        this.#at += part.length
        from += part.length
      }
      this.#total += piece.length
      yield piece
    }
  }

  /** The next bytes, `most` of them at most; none at the mark that ends a stream. Valid until the next call. */
  decode(most: number): Uint8Array {
    if (this.#failure !== null) throw this.#failure
    if (this.#at === this.#dictionary.length) this.#at = 0
    const start = this.#at
    try {
      this.#run(Math.min(this.#dictionary.length, start + STEP, start + most))
    } catch (error) {
      // first what came before the damage
      if (this.#at === start) throw error
      this.#failure = error
    }
    return this.#dictionary.subarray(start, this.#at)
  }

  #run(until: number): void {
    const probabilities = this.#probabilities
    if (this.#pending > 0) this.#copy(this.#pending, until)
    while (this.#at < until) {
      const position = this.#total & this.#positionMask
      const state = this.#state
      if (this.#bit(probabilities, IS_MATCH + (state << 4) + position) === 0) {
        this.#literal(probabilities)
        continue
      }
      let length: number
      if (this.#bit(probabilities, IS_REP + state) === 1) {
        if (this.#total === 0) throw damaged('its LZMA stream is wrong')
        if (this.#bit(probabilities, IS_REP_G0 + state) === 0) {
          if (this.#bit(probabilities, IS_REP0_LONG + (state << 4) + position) === 0) {
            this.#state = state < 7 ? 9 : 11
            this.#copy(1, until)
            continue
          }
        } else this.#swapDistances(probabilities, state)
        length = this.#length(probabilities, REP_LENGTH, position)
        this.#state = state < 7 ? 8 : 11
      } else {
        this.#rep3 = this.#rep2
        this.#rep2 = this.#rep1
        this.#rep1 = this.#rep0
        length = this.#length(probabilities, LENGTH, position)
        this.#state = state < 7 ? 7 : 10
        this.#rep0 = this.#distance(probabilities, length)
        if (this.#rep0 === END) {
          this.ended = true
          return
        }
      }
      this.#copy(length + 2, until)
    }
  }

  #literal(probabilities: Uint16Array): void {
    const dictionary = this.#dictionary
    const at = this.#at
    const before = this.#total === 0 ? 0 : dictionary[at === 0 ? dictionary.length - 1 : at - 1]!
    const context = ((this.#total & this.#literalMask) << this.#lc) + (before >> (8 - this.#lc))
    const base = LITERAL + 0x300 * context
    let symbol = 1
    if (this.#state >= 7) {
      let from = at - this.#rep0 - 1
      if (from < 0) from += dictionary.length
      let match = dictionary[from]!
      do {
        const expected = (match >> 7) & 1
        match <<= 1
        const bit = this.#bit(probabilities, base + ((1 + expected) << 8) + symbol)
        symbol = (symbol << 1) | bit
        if (bit !== expected) break
      } while (symbol < 0x100)
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(probabilities, base + symbol)
    dictionary[at] = symbol & 0xff
    this.#at = at + 1
    this.#total++
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6
  }

  #swapDistances(probabilities: Uint16Array, state: number): void {
    let distance: number
    if (this.#bit(probabilities, IS_REP_G1 + state) === 0) distance = this.#rep1
    else {
      if (this.#bit(probabilities, IS_REP_G2 + state) === 0) distance = this.#rep2
      else {
        distance = this.#rep3
        this.#rep3 = this.#rep2
      }
      this.#rep2 = this.#rep1
    }
    this.#rep1 = this.#rep0
    this.#rep0 = distance
  }

  #length(probabilities: Uint16Array, coder: number, position: number): number {
    if (this.#bit(probabilities, coder) === 0) return this.#tree(probabilities, coder + LOW + (position << 3), 3)
    if (this.#bit(probabilities, coder + CHOICE_2) === 0) {
      return 8 + this.#tree(probabilities, coder + MID + (position << 3), 3)
    }
    return 16 + this.#tree(probabilities, coder + HIGH, 8)
  }

  #distance(probabilities: Uint16Array, length: number): number {
    const slot = this.#tree(probabilities, SLOT + Math.min(length, 3) * 64, 6)
    if (slot < 4) return slot
    const direct = (slot >> 1) - 1
    const high = ((2 | (slot & 1)) << direct) >>> 0
    if (slot < 14) return high + this.#reverseTree(probabilities, SPECIAL + high - slot, direct)
    let middle = 0
    for (let i = 0; i < direct - 4; i++) middle = middle * 2 + this.#directBit()
    return high + middle * 16 + this.#reverseTree(probabilities, ALIGN, 4)
  }

  #copy(length: number, until: number): void {
    const dictionary = this.#dictionary
    if (this.#rep0 >= this.#total || this.#rep0 >= dictionary.length) throw damaged('its LZMA stream is wrong')
    let at = this.#at
    let from = at - this.#rep0 - 1
    if (from < 0) from += dictionary.length
    const count = Math.min(length, until - at)
    for (const end = at + count; at < end; at++) {
      dictionary[at] = dictionary[from]!
      if (++from === dictionary.length) from = 0
    }
    this.#at = at
    this.#total += count
    this.#pending = length - count
  }

  #bit(probabilities: Uint16Array, index: number): 0 | 1 {
    if (this.#range < TOP) {
      this.#range = (this.#range << 8) >>> 0
      this.#code = ((this.#code << 8) | this.#byte()) >>> 0
    }
    const probability = probabilities[index]!
    const bound = (this.#range >>> 11) * probability
    if (this.#code < bound) {
      this.#range = bound
      probabilities[index] = probability + ((2048 - probability) >> 5)
      return 0
    }
    this.#range -= bound
    this.#code -= bound
    probabilities[index] = probability - (probability >> 5)
    return 1
  }

  #directBit(): 0 | 1 {
    if (this.#range < TOP) {
      this.#range = (this.#range << 8) >>> 0
      this.#code = ((this.#code << 8) | this.#byte()) >>> 0
    }
    this.#range >>>= 1
    if (this.#code < this.#range) return 0
    this.#code -= this.#range
    return 1
  }

  #tree(probabilities: Uint16Array, base: number, bits: number): number {
    let symbol = 1
    for (let i = 0; i < bits; i++) symbol = (symbol << 1) | this.#bit(probabilities, base + symbol)
    return symbol - (1 << bits)
  }

  #reverseTree(probabilities: Uint16Array, base: number, bits: number): number {
    let symbol = 1
    let value = 0
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit(probabilities, base + symbol)
      symbol = (symbol << 1) | bit
      value |= bit << i
    }
    return value
  }

  #byte(): number {
    if (this.#next === this.#input.length) {
      this.#input = this.#refill()
      this.#next = 0
      if (this.#input.length === 0) throw new Unreadable('truncated')
    }
    return this.#input[this.#next++]!
  }
}
