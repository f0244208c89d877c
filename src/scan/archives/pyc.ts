/**
 * Compiled Python (`.pyc`) as text: each text in it on a line of its own. Python's marshal puts nothing between them but
 * a letter that tells the next value's type, so that an ID and its secret end inside of words.
 * Source: CPython's Python/marshal.c; the header before it: PEP 552, PEP 3147.
 */
import { PREFIXES } from '../detectors/key-id.ts'
import type { Input } from './input.ts'
import { u32le } from './numbers.ts'
import { damaged } from './unreadable.ts'
import type { Item, Walk } from './walk.ts'

const MOST_BYTES = 64 * 1024 * 1024

/** Of a text: after `z` and `Z` its length stands in one byte, after the others in four. */
const SHORT = kinds('zZ')
const LONG = kinds('aAust')
const CODE = 0x63
/** Set in the type of what is referred to later. */
const FLAG = 0x80
/** Longer texts go out as they are, with what stands around them. */
const LONGEST_TEXT = 64 * 1024
const NEWLINE = 0x0a

function kinds(letters: string): ReadonlySet<number> {
  return new Set([...letters].map((letter) => letter.charCodeAt(0)))
}

/** Where the code begins that a module is: behind a header of 8, 12 or 16 bytes; null: these are no such module. */
export function codeOfPyc(head: Uint8Array): number | null {
  if (head.length < 21 || head[2] !== 0x0d || head[3] !== NEWLINE) return null
  // a module takes no arguments: no text has these zeros
  const isCode = (at: number) => (head[at]! & ~FLAG) === CODE && u32le(head, at + 1) === 0
  // the newest headers have flags; older ones the time of the source, and then its size
  if (isCode(16) && u32le(head, 4) <= 3) return 16
  return isCode(12) ? 12 : isCode(8) ? 8 : null
}

export function pyc(input: Input, item: Item, walk: Walk): void {
  if (input.size > MOST_BYTES) throw damaged('its size is wrong')
  const bytes = input.read(0, input.size)
  walk.handText(mayHoldId(bytes) ? textsApart(bytes, codeOfPyc(bytes) ?? 0) : [bytes], item, input.size)
}

/** Hosts and images have thousands of such files, and to take one apart takes long. */
function mayHoldId(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return PREFIXES.some((prefix) => text.includes(prefix))
}

/** All bytes from `from` on; where a text begins, a line does, and it ends with the text. */
function* textsApart(bytes: Uint8Array, from: number): Generator<Uint8Array> {
  const lineEnd = Uint8Array.of(NEWLINE)
  let done = from
  for (let at = from; at < bytes.length; ) {
    const text = textAt(bytes, at)
    if (text === null) {
      at++
      continue
    }
    yield bytes.subarray(done, at)
    yield lineEnd
    yield bytes.subarray(text.from, text.to)
    yield lineEnd
    done = at = text.to
  }
  yield bytes.subarray(done)
}

/** The text that is written from its type on; null: there is none, or not one that could be read. */
function textAt(bytes: Uint8Array, at: number): { from: number; to: number } | null {
  const kind = bytes[at]! & ~FLAG
  const isShort = SHORT.has(kind)
  if (!isShort && !LONG.has(kind)) return null
  const from = at + (isShort ? 2 : 5)
  if (from > bytes.length) return null
  const length = isShort ? bytes[at + 1]! : u32le(bytes, at + 1)
  const to = from + length
  if (length === 0 || length > LONGEST_TEXT || to > bytes.length) return null
  for (let i = from; i < to; i++) if (!isReadable(bytes[i]!)) return null
  return { from, to }
}

/** Text that may lie over lines, and beyond ASCII. */
const isReadable = (byte: number) =>
  (byte >= 0x20 && byte !== 0x7f) || byte === 0x09 || byte === NEWLINE || byte === 0x0d
