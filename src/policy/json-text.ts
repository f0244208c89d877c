/** JSON with the place of everything in it, and without forgetting keys that are there twice. */

export interface Place {
  /** Counted from 1, in UTF-16 code units, as editors do. */
  line: number
  column: number
}

export interface JsonNode {
  /** What it stands for; objects have no prototype, and of keys that are there twice the last one counts. */
  value: unknown
  start: number
  end: number
  /** Of an object, in order; keys may repeat. */
  members: readonly JsonMember[]
  /** Of a list. */
  items: readonly JsonNode[]
}

export interface JsonMember {
  key: string
  start: number
  end: number
  node: JsonNode
}

/** Text that is no JSON. */
export class JsonSyntaxError extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.name = 'JsonSyntaxError'
    this.offset = offset
  }
}

const DEEPEST = 100

/** Reads JSON; throws a `JsonSyntaxError`. */
export function readJson(text: string): JsonNode {
  const reader = new Reader(text)
  const node = reader.value(0)
  reader.end()
  return node
}

/** Finds lines by bisection, so that asking for many places of a large text stays cheap. */
export function placesIn(text: string): (offset: number) => Place {
  const starts = [0]
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) starts.push(i + 1)
  return (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - starts[low]! + 1 }
  }
}

const NONE: readonly never[] = []
const WHITE_SPACE = /[ \t\r\n]*/y
const SPECIAL = /["\\\u0000-\u001f]/g
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
    // a byte order mark
    if (text.charCodeAt(0) === 0xfeff) this.#at = 1
  }

  value(depth: number): JsonNode {
    this.#skip()
    const start = this.#at
    if (depth > DEEPEST) throw new JsonSyntaxError(`nested more than ${DEEPEST} deep`, start)
    switch (this.#text[start]) {
      case '{':
        return this.#object(start, depth)
      case '[':
        return this.#list(start, depth)
      case '"':
        return this.#string()
      case undefined:
        throw new JsonSyntaxError('the text ends too early', start)
      default: {
        const text = this.#token(NUMBER) ?? this.#token(WORD)
        if (text === null) throw this.#unexpected('a value')
        return { value: JSON.parse(text), start, end: this.#at, members: NONE, items: NONE }
      }
    }
  }

  end(): void {
    this.#skip()
    if (this.#at < this.#text.length) throw this.#unexpected('the end')
  }

  #object(start: number, depth: number): JsonNode {
    const members: JsonMember[] = []
    const value: Record<string, unknown> = Object.create(null)
    this.#at++
    this.#skip()
    while (this.#text[this.#at] !== '}') {
      if (members.length > 0) this.#expect(',')
      this.#skip()
      if (this.#text[this.#at] !== '"') throw this.#unexpected('a key in quotes')
      const name = this.#string()
      this.#expect(':')
      const node = this.value(depth + 1)
      members.push({ key: name.value as string, start: name.start, end: name.end, node })
      value[name.value as string] = node.value
      this.#skip()
    }
    this.#at++
    return { value, start, end: this.#at, members, items: NONE }
  }

  #list(start: number, depth: number): JsonNode {
    const items: JsonNode[] = []
    this.#at++
    this.#skip()
    while (this.#text[this.#at] !== ']') {
      if (items.length > 0) this.#expect(',')
      items.push(this.value(depth + 1))
      this.#skip()
    }
    this.#at++
    return { value: items.map((item) => item.value), start, end: this.#at, members: NONE, items }
  }

  /** Piece by piece: one regular expression for all of it would overflow on a text of many megabytes. */
  #string(): JsonNode {
    const start = this.#at++
    for (;;) {
      SPECIAL.lastIndex = this.#at
      const special = SPECIAL.exec(this.#text)
      if (special === null) throw new JsonSyntaxError('a text in quotes does not end', start)
      this.#at = special.index
      if (special[0] === '"') break
      if (special[0] !== '\\') throw new JsonSyntaxError('a text in quotes has a control character', this.#at)
      if (this.#token(ESCAPE) === null) throw new JsonSyntaxError('there is no such escape', this.#at)
    }
    this.#at++
    const value = JSON.parse(this.#text.slice(start, this.#at)) as string
    return { value, start, end: this.#at, members: NONE, items: NONE }
  }

  #token(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    const text = pattern.exec(this.#text)?.[0] ?? null
    if (text !== null) this.#at += text.length
    return text
  }

  #skip(): void {
    this.#token(WHITE_SPACE)
  }

  #expect(character: string): void {
    this.#skip()
    if (this.#text[this.#at] !== character) throw this.#unexpected(`\`${character}\``)
    this.#at++
  }

  #unexpected(wanted: string): JsonSyntaxError {
    const found = this.#text[this.#at]
    const what = found === undefined ? 'the text ends' : `there is \`${found}\``
    return new JsonSyntaxError(`${what} where ${wanted} should be`, this.#at)
  }
}
