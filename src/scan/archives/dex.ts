/**
 * Android bytecode (source.android.com/docs/core/runtime/dex-format) as text. Its texts are sorted by name: an ID and
 * its secret are far apart. So they go out in the order in which code uses them, after constants with their names.
 */
import { instructionUnits } from './dex-instructions.ts'
import type { Input } from './input.ts'
import { u16le, u32le } from './numbers.ts'
import { damaged, Unreadable } from './unreadable.ts'
import type { Item, Walk } from './walk.ts'

const MOST_BYTES = 64 * 1024 * 1024
/** Code items begin at multiples of it. */
const CODE_ALIGN = 4
const HEADER = 112
const CONST_STRING = 0x1a
const CONST_STRING_JUMBO = 0x1b
const VALUE_STRING = 0x17
const VALUE_ARRAY = 0x1c
const VALUE_ANNOTATION = 0x1d
const VALUE_NULL = 0x1e
const VALUE_BOOLEAN = 0x1f

export function dex(input: Input, item: Item, walk: Walk): void {
  if (input.size > MOST_BYTES || input.size < HEADER) throw damaged('its size is wrong')
  walk.handText(new DexFile(input.read(0, input.size)).lines(), item, input.size)
}

class DexFile {
  readonly #bytes: Uint8Array
  /** Texts that have gone out, and code that has been gone through. */
  readonly #told: Uint8Array
  readonly #codes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#told = new Uint8Array(this.#table(56).count)
    this.#codes = new Uint8Array(bytes.length / CODE_ALIGN + 1)
  }

  *lines(): Generator<Uint8Array> {
    const encoder = new TextEncoder()
    const classes = this.#table(96)
    for (let i = 0; i < classes.count; i++) {
      for (const line of this.#classLines(classes.start + i * 32)) yield encoder.encode(`${line}\n`)
    }
    const strings = this.#table(56)
    for (let i = 0; i < strings.count; i++) if (!this.#told[i]) yield encoder.encode(`${this.#string(i)}\n`)
  }

  /** Count and place of the items of one kind. */
  #table(at: number): { count: number; start: number } {
    const [count, start] = [u32le(this.#bytes, at), u32le(this.#bytes, at + 4)]
    if (start + count * 4 > this.#bytes.length) throw damaged('a table lies outside it')
    return { count, start }
  }

  /** What is damaged in one class does not keep the others from being read. */
  *#classLines(at: number): Generator<string> {
    try {
      const [data, values] = [u32le(this.#bytes, at + 24), u32le(this.#bytes, at + 28)]
      if (data === 0) return
      const cursor = new Cursor(this.#bytes, data)
      const [statics, instances, direct, virtual] = [cursor.number(), cursor.number(), cursor.number(), cursor.number()]
      yield* this.#constants(cursor, statics, values)
      for (let i = 0; i < instances * 2; i++) cursor.number()
      for (let i = 0; i < direct + virtual; i++) {
        cursor.number()
        cursor.number()
        const code = cursor.number()
        if (code !== 0 && !this.#codes[Math.floor(code / CODE_ALIGN)]) yield* this.#codeLines(code)
      }
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
    }
  }

  /** Static fields with their initial values, which stand elsewhere in the same order: `NAME = text`. */
  *#constants(fields: Cursor, count: number, at: number): Generator<string> {
    const values = new Cursor(this.#bytes, at)
    let left = at === 0 ? 0 : values.number()
    for (let i = 0, field = 0; i < count; i++) {
      field += fields.number() // the difference to the one before
      fields.number()
      const string = left-- > 0 ? values.value() : null
      if (string !== null) yield `${this.#fieldName(field)} = ${this.#string(string)}`
    }
  }

  #fieldName(index: number): string {
    const { count, start } = this.#table(80)
    return index < count ? this.#string(u32le(this.#bytes, start + index * 8 + 4)) : ''
  }

  *#codeLines(at: number): Generator<string> {
    this.#codes[Math.floor(at / CODE_ALIGN)] = 1
    const units = u32le(this.#bytes, at + 12)
    const end = Math.min(at + 16 + units * 2, this.#bytes.length)
    for (let next = at + 16; next + 2 <= end; ) {
      const opcode = this.#bytes[next]!
      if (opcode === CONST_STRING) yield this.#string(u16le(this.#bytes, next + 2))
      if (opcode === CONST_STRING_JUMBO) yield this.#string(u32le(this.#bytes, next + 2))
      next += instructionUnits(this.#bytes, next) * 2
    }
  }

  /** Modified UTF-8 with a zero at its end; the length before it counts characters. */
  #string(index: number): string {
    const { count, start } = this.#table(56)
    if (index >= count) return ''
    this.#told[index] = 1
    const cursor = new Cursor(this.#bytes, u32le(this.#bytes, start + index * 4))
    cursor.number()
    const end = this.#bytes.indexOf(0, cursor.at)
    return new TextDecoder().decode(this.#bytes.subarray(cursor.at, end < 0 ? this.#bytes.length : end))
  }
}

class Cursor {
  readonly #bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  byte(): number {
    const byte = this.#bytes[this.at++]
    if (byte === undefined) throw damaged('it is cut off')
    return byte
  }

  /** uleb128: seven bits a byte, lowest first. */
  number(): number {
    let value = 0
    for (let i = 0; i < 5; i++) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return value
    }
    throw damaged('a number does not end')
  }

  /** An encoded value: the text's index where it is one; null of anything else, which is skipped. */
  value(depth = 0): number | null {
    const head = this.byte()
    const [type, argument] = [head & 0x1f, head >> 5]
    if (type === VALUE_NULL || type === VALUE_BOOLEAN) return null
    if (type === VALUE_ARRAY || type === VALUE_ANNOTATION) {
      if (depth > 32) throw damaged('values nested too deep')
      if (type === VALUE_ANNOTATION) this.number()
      for (let left = this.number(); left > 0; left--) {
        if (type === VALUE_ANNOTATION) this.number()
        this.value(depth + 1)
      }
      return null
    }
    let value = 0
    for (let i = 0; i <= argument; i++) value += this.byte() * 2 ** (8 * i)
    return type === VALUE_STRING ? value : null
  }
}
