/**
 * Binary property lists (CFBinaryPList.c, Apple): of iOS applications, macOS preferences, saved objects. Dictionaries
 * are written out as `key = value` lines, so that a name stands beside its value.
 */
import type { Input } from './input.ts'
import { u16be, uintBe } from './numbers.ts'
import { damaged } from './unreadable.ts'
import type { Item, Walk } from './walk.ts'

const TRAILER = 32
const MOST_BYTES = 32 * 1024 * 1024
const LATIN = new TextDecoder('latin1')

export function plist(input: Input, item: Item, walk: Walk): void {
  if (input.size > MOST_BYTES) {
    walk.handText(input.pieces(), item, input.size)
    return
  }
  const reader = new PlistReader(input.read(0, input.size))
  walk.handText(reader.lines(), item, input.size)
  let index = 0
  for (const data of reader.data()) {
    index++
    // saved objects keep lists of their own in data values
    if (data.length > 8) walk.visitBytes(data, walk.member(item, `data ${index}`))
  }
}

class PlistReader {
  readonly #bytes: Uint8Array
  readonly #count: number
  readonly #table: number
  readonly #offsetSize: number
  readonly #referenceSize: number

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    const trailer = bytes.length - TRAILER
    if (trailer < 8) throw damaged('its trailer is missing')
    const [offsetSize, referenceSize] = [bytes[trailer + 6]!, bytes[trailer + 7]!]
    const count = uintBe(bytes, trailer + 8, 8)
    const table = uintBe(bytes, trailer + 24, 8)
    const valid = offsetSize >= 1 && offsetSize <= 8 && referenceSize >= 1 && referenceSize <= 8
    if (!valid || table + count * offsetSize > trailer) throw damaged('its trailer is wrong')
    this.#referenceSize = referenceSize
    this.#count = count
    this.#table = table
    this.#offsetSize = offsetSize
  }

  *lines(): Generator<Uint8Array> {
    const encoder = new TextEncoder()
    const told = new Uint8Array(this.#count)
    for (let i = 0; i < this.#count; i++) {
      const offset = this.#offset(i)
      if (this.#bytes[offset]! >> 4 !== 0xd) continue
      for (const { key, value } of this.#entries(offset)) {
        const [name, text] = [this.#textAt(key), this.#textAt(value)]
        if (text === null) continue
        told[key] = told[value] = 1
        yield encoder.encode(`${name ?? ''} = ${text}\n`)
      }
    }
    for (let i = 0; i < this.#count; i++) {
      const text = told[i] ? null : this.#textAt(i)
      if (text !== null) yield encoder.encode(`${text}\n`)
    }
  }

  *data(): Generator<Uint8Array> {
    for (let i = 0; i < this.#count; i++) {
      const offset = this.#offset(i)
      if (this.#bytes[offset]! >> 4 !== 4) continue
      const { start, length } = this.#extent(offset)
      yield this.#bytes.subarray(start, start + length)
    }
  }

  #offset(index: number): number {
    return uintBe(this.#bytes, this.#table + index * this.#offsetSize, this.#offsetSize)
  }

  /** Of a dictionary: which objects its keys and values are. */
  *#entries(offset: number): Generator<{ key: number; value: number }> {
    const { start, length } = this.#extent(offset)
    const size = this.#referenceSize
    for (let i = 0; i < length; i++) {
      const key = uintBe(this.#bytes, start + i * size, size)
      yield { key, value: uintBe(this.#bytes, start + (length + i) * size, size) }
    }
  }

  #textAt(index: number): string | null {
    return index < this.#count ? this.#text(this.#offset(index)) : null
  }

  /** null: no text. */
  #text(offset: number): string | null {
    const type = this.#bytes[offset]! >> 4
    if (type !== 5 && type !== 6) return null
    const { start, length } = this.#extent(offset)
    const size = type === 5 ? length : length * 2
    if (start + size > this.#bytes.length) throw damaged('a text lies outside it')
    if (type === 5) return LATIN.decode(this.#bytes.subarray(start, start + size))
    let text = ''
    for (let i = 0; i < length; i++) text += String.fromCharCode(u16be(this.#bytes, start + i * 2))
    return text
  }

  /** Where an object's content starts, and how many units it has; from 15 on, a number says it. */
  #extent(offset: number): { start: number; length: number } {
    const short = this.#bytes[offset]! & 15
    if (short < 15) return { start: offset + 1, length: short }
    const size = 1 << (this.#bytes[offset + 1]! & 15)
    if (size > 8) throw damaged('a length is wrong')
    return { start: offset + 2 + size, length: uintBe(this.#bytes, offset + 2, size) }
  }
}
