/**
 * JSON from files people saved: one value, or several in a row (pages of an answer, `>>`). Errors say where, never
 * what: the text may hold a secret, and V8's own messages quote it.
 */
import { InputError } from '../../model/errors.ts'

/** The values of a JSON text. `name` is what errors call it. */
export function parseJsonValues(text: string, name: string): unknown[] {
  try {
    return [JSON.parse(text)]
  } catch {
    return valuesInARow(text, name)
  }
}

function valuesInARow(text: string, name: string): unknown[] {
  const values: unknown[] = []
  let at = skipBlank(text, 0)
  do {
    const { end, problem } = scanValue(text, at)
    if (problem === 'ended') {
      throw new InputError(`${name} is cut off: it ends within its JSON, in ${position(text, end)}`, {
        hint: 'save it again, whole',
      })
    }
    if (problem) throw new InputError(`${name} is not JSON: unexpected character in ${position(text, end)}`)
    values.push(parseOne(text.slice(at, end), name))
    at = skipBlank(text, end)
  } while (at < text.length)
  return values
}

function parseOne(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InputError(`${name} is not JSON`)
  }
}

function position(text: string, offset: number): string {
  let line = 1
  let start = 0
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++
    start = at + 1
  }
  return `line ${line}, column ${offset - start + 1}`
}

const NOT_BLANK = /[^\x20\t\r\n]/g
const NUMBER = /-?(?:0|[1-9]\d{0,400})(?:\.\d{1,400})?(?:[eE][+-]?\d{1,9})?/y

function skipBlank(text: string, at: number): number {
  NOT_BLANK.lastIndex = at
  return NOT_BLANK.exec(text)?.index ?? text.length
}

interface Scanned {
  end: number
  problem: 'ended' | 'unexpected' | null
}

/** Where the value that begins at `at` ends, or where it stops being JSON. Its stack is data, so depth is no problem. */
export function scanValue(text: string, at: number): Scanned {
  const open: ('}' | ']')[] = []
  let expects: 'value' | 'value or ]' | 'key' | 'key or }' | 'comma' = 'value'
  for (;;) {
    at = skipBlank(text, at)
    const char = text[at]
    if (char === undefined) return { end: at, problem: 'ended' }
    const mayClose =
      expects === 'comma' || (expects === 'value or ]' && char === ']') || (expects === 'key or }' && char === '}')
    if (char === ',' && expects === 'comma') {
      expects = open.at(-1) === '}' ? 'key' : 'value'
      at++
      continue
    }
    if (mayClose) {
      if (char !== open.pop()) return { end: at, problem: 'unexpected' }
      at++
    } else if (expects === 'key' || expects === 'key or }') {
      const key = scanString(text, at)
      if (key.problem) return key
      at = skipBlank(text, key.end)
      if (at >= text.length) return { end: at, problem: 'ended' }
      if (text[at] !== ':') return { end: at, problem: 'unexpected' }
      at++
      expects = 'value'
      continue
    } else if (char === '{' || char === '[') {
      open.push(char === '{' ? '}' : ']')
      expects = char === '{' ? 'key or }' : 'value or ]'
      at++
      continue
    } else {
      const scalar = char === '"' ? scanString(text, at) : scanWord(text, at)
      if (scalar.problem) return scalar
      at = scalar.end
    }
    if (open.length === 0) return { end: at, problem: null }
    expects = 'comma'
  }
}

function scanString(text: string, start: number): Scanned {
  if (text[start] !== '"') return { end: start, problem: 'unexpected' }
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) return { end: at + 1, problem: null }
    if (code < 32) return { end: at, problem: 'unexpected' }
    if (code !== 92) continue
    at++
    if (at >= text.length) break
    if (text[at] === 'u') {
      const digits = text.slice(at + 1, at + 5)
      if (digits.length < 4 && /^[\dA-Fa-f]*$/.test(digits)) break
      if (!/^[\dA-Fa-f]{4}$/.test(digits)) return { end: at, problem: 'unexpected' }
      at += 4
    } else if (!'"\\/bfnrt'.includes(text[at]!)) return { end: at, problem: 'unexpected' }
  }
  return { end: text.length, problem: 'ended' }
}

function scanWord(text: string, at: number): Scanned {
  const rest = text.slice(at, at + 6)
  for (const word of ['true', 'false', 'null']) {
    if (rest.startsWith(word)) return { end: at + word.length, problem: null }
    if (at + rest.length === text.length && word.startsWith(rest)) return { end: text.length, problem: 'ended' }
  }
  NUMBER.lastIndex = at
  if (NUMBER.test(text)) {
    const end = NUMBER.lastIndex
    const isCut = end + 3 > text.length && /^(?:\.|[eE][+-]?)$/.test(text.slice(end))
    return isCut ? { end: text.length, problem: 'ended' } : { end, problem: null }
  }
  return rest === '-' ? { end: text.length, problem: 'ended' } : { end: at, problem: 'unexpected' }
}
