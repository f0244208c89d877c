/**
 * SQLite databases (sqlite.org/fileformat2.html) as text: each row as `column = value` lines, long values put together
 * from their overflow pages, UTF-16 made plain. Pages that no table leads to, as of deleted rows, go out as they are.
 */
import { TextDecoder } from 'node:util'
import { copyOf } from '../copy-of.ts'
import type { Input } from './input.ts'
import { u16be, u32be, uintBe } from './numbers.ts'
import { damaged, Unreadable } from './unreadable.ts'
import type { Item, Walk } from './walk.ts'

export function sqlite(input: Input, item: Item, walk: Walk): void {
  walk.handText(new Database(input).text(), item, input.size)
}

interface Table {
  root: number
  columns: string[]
}

const FILE_HEADER = 100
/** Kinds of pages. Rows of a table without row IDs lie in pages as those of an index, inner ones, too. */
const INTERIOR_INDEX = 2
const INTERIOR_TABLE = 5
const LEAF_INDEX = 10
const LEAF_TABLE = 13
/** A value longer than this goes out up to here; the rest of its pages go out as they are. */
const VALUE_BYTES = 16 * 1024 * 1024
const PAGES = 2 ** 28
const TABLES = 10_000
/** Deeper than any tree: a page has at least two children. */
const DEPTH = 64

const KINDS: ReadonlySet<number> = new Set([INTERIOR_INDEX, INTERIOR_TABLE, LEAF_INDEX, LEAF_TABLE])

class Database {
  readonly #input: Input
  readonly #pageSize: number
  readonly #usable: number
  readonly #pages: number
  readonly #decoder: TextDecoder
  /** One bit for each page that has gone out. */
  readonly #done: Uint8Array

  constructor(input: Input) {
    const header = input.read(0, FILE_HEADER)
    const stated = u16be(header, 16)
    this.#input = input
    this.#pageSize = stated === 1 ? 65_536 : stated
    this.#usable = this.#pageSize - header[20]!
    if (this.#pageSize < 512 || (this.#pageSize & (this.#pageSize - 1)) !== 0 || this.#usable < 480) {
      throw damaged('its page size is wrong')
    }
    this.#decoder = new TextDecoder(['utf-8', 'utf-8', 'utf-16le', 'utf-16be'][u32be(header, 56)] ?? 'utf-8')
    this.#pages = Math.floor(input.size / this.#pageSize)
    if (this.#pages > PAGES) throw damaged('it has too many pages')
    this.#done = new Uint8Array((this.#pages >> 3) + 1)
  }

  *text(): Generator<Uint8Array> {
    const encoder = new TextEncoder()
    // the schema is a table itself, on the first page; its text tells the columns of the others
    const schema: Table = { root: 1, columns: ['type', 'name', 'tbl_name', 'rootpage', 'sql'] }
    const tables = [schema]
    for (const table of tables) {
      for (const row of this.#rows(table.root, 0)) {
        if (row instanceof Uint8Array) {
          yield row
          yield encoder.encode('\n')
          continue
        }
        if (table === schema && tables.length < TABLES) tables.push(...tableOf(row))
        yield encoder.encode(linesOf(row, table.columns))
      }
    }
    for (let page = 1; page <= this.#pages; page++) {
      if (!this.#isDone(page)) yield this.#input.read((page - 1) * this.#pageSize, this.#pageSize)
    }
    yield* this.#input.pieces(this.#pages * this.#pageSize)
  }

  /** Rows of the tree below a page, and what was deleted in it. What is damaged is left to be looked at as it is. */
  *#rows(number: number, depth: number): Generator<Value[] | Uint8Array> {
    if (depth > DEPTH || !(number >= 1 && number <= this.#pages) || this.#isDone(number)) return
    const page = copyOf(this.#input.read((number - 1) * this.#pageSize, this.#pageSize))
    const start = number === 1 ? FILE_HEADER : 0
    const kind = page[start]!
    if (!KINDS.has(kind)) return
    const isLeaf = kind === LEAF_TABLE || kind === LEAF_INDEX
    const pointers = start + (isLeaf ? 8 : 12)
    const end = pointers + u16be(page, start + 3) * 2
    if (end > page.length) return
    this.#setDone(number)
    // cells that share their bytes are an attack: rows of one page are together no larger than it
    let left = page.length
    for (let pointer = pointers; pointer < end && left > 0; pointer += 2) {
      const at = u16be(page, pointer)
      if (!isLeaf) yield* this.#rows(at + 4 <= page.length ? u32be(page, at) : 0, depth + 1)
      if (kind === INTERIOR_TABLE) continue
      const row = this.#row(page, isLeaf ? at : at + 4, kind)
      left -= row?.local ?? 1
      yield row?.values ?? page.subarray(at, at + 4096)
    }
    if (!isLeaf) yield* this.#rows(u32be(page, start + 8), depth + 1)
    if (kind !== INTERIOR_TABLE) yield* deleted(page, start, end)
  }

  /** null: damaged. */
  #row(page: Uint8Array, at: number, kind: number): { values: Value[]; local: number } | null {
    try {
      const length = varint(page, at)
      const begin = kind === LEAF_TABLE ? varint(page, length.next).next : length.next
      const { payload, local } = this.#payload(page, begin, length.value, kind)
      return { values: record(payload, this.#decoder), local }
    } catch (error) {
      if (error instanceof Unreadable) return null
      throw error
    }
  }

  /** The record of a cell: what does not fit into its page is in a chain of others (section 1.6 there). */
  #payload(page: Uint8Array, at: number, length: number, kind: number): { payload: Uint8Array; local: number } {
    const most = kind === LEAF_TABLE ? this.#usable - 35 : Math.floor(((this.#usable - 12) * 64) / 255) - 23
    if (length <= most) return { payload: within(page, at, length), local: length }
    const least = Math.floor(((this.#usable - 12) * 32) / 255) - 23
    const rest = least + ((length - least) % (this.#usable - 4))
    const local = rest <= most ? rest : least
    const parts = [within(page, at, local)]
    let left = Math.min(length, VALUE_BYTES) - local
    for (let next = u32be(page, at + local); left > 0; ) {
      if (!(next >= 1 && next <= this.#pages) || this.#isDone(next)) break
      this.#setDone(next)
      const overflow = copyOf(this.#input.read((next - 1) * this.#pageSize, this.#pageSize))
      const part = overflow.subarray(4, Math.min(this.#usable, 4 + left))
      parts.push(part)
      left -= part.length
      next = u32be(overflow, 0)
    }
    return { payload: Buffer.concat(parts), local }
  }

  #isDone(page: number): boolean {
    return (this.#done[page >> 3]! & (1 << (page & 7))) !== 0
  }

  #setDone(page: number): void {
    this.#done[page >> 3]! |= 1 << (page & 7)
  }
}

/** A number as text, text, bytes as they are, or null. */
type Value = string | { raw: Uint8Array } | null

/** Section 2.1 there: a header of types, then the values. */
function record(payload: Uint8Array, decoder: TextDecoder): Value[] {
  const header = varint(payload, 0)
  const values: Value[] = []
  let at = header.value
  for (let next = header.next; next < header.value; ) {
    const type = varint(payload, next)
    next = type.next
    const size = sizeOf(type.value)
    // a value that is cut off goes out as far as it is there
    const bytes = payload.subarray(at, at + size)
    at += size
    if (type.value < 12) values.push(type.value >= 1 && type.value <= 6 ? String(uintBe(bytes, 0, bytes.length)) : null)
    else values.push(type.value % 2 === 1 ? decoder.decode(bytes) : { raw: bytes })
  }
  return values
}

function sizeOf(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2)
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0][type]!
}

/** Seven bits a byte, highest first; the ninth has eight. */
function varint(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0
  for (let i = 0; i < 9; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) throw damaged('a number is cut off')
    if (i === 8) return { value: value * 256 + byte, next: at + 9 }
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) return { value, next: at + i + 1 }
  }
  throw damaged('a number does not end')
}

function within(page: Uint8Array, at: number, length: number): Uint8Array {
  if (at + length > page.length) throw damaged('a row lies outside its page')
  return page.subarray(at, at + length)
}

/** What deleted rows have left behind, until something is written over it: between pointers and rows, and between rows. */
function* deleted(page: Uint8Array, start: number, end: number): Generator<Uint8Array> {
  const content = u16be(page, start + 5) || 65_536
  if (content > end) yield page.subarray(end, content)
  // each free block begins with the place of the next, always farther on, and its own size
  for (let block = u16be(page, start + 1), before = 0; block > before && block + 4 <= page.length; ) {
    yield page.subarray(block + 4, block + u16be(page, block + 2))
    before = block
    block = u16be(page, block)
  }
}

function tableOf([type, , , root, sql]: Value[]): Table[] {
  if (type !== 'table' || typeof root !== 'string' || typeof sql !== 'string') return []
  return [{ root: Number(root), columns: columnsOf(sql) }]
}

const WITHOUT_ROWID = /\bWITHOUT\s+ROWID\b[^)]*$/i
const PRIMARY_KEY = /\bPRIMARY\s+KEY\b/i

/** The names in `CREATE TABLE name (first TEXT, "second" ...)`, in the order in which rows have their values. */
function columnsOf(sql: string): string[] {
  const definitions = listIn(sql)
  const columns = definitions.map(nameIn)
  if (!WITHOUT_ROWID.test(sql)) return columns
  // those of the primary key come first (section 2.4 there)
  const keys = definitions.filter((definition) => PRIMARY_KEY.test(definition))
  const key = keys.flatMap((definition) =>
    /^\s*(?:PRIMARY|CONSTRAINT)\s/i.test(definition) ? listIn(definition) : [definition],
  )
  return [...new Set([...key.map(nameIn), ...columns])]
}

const nameIn = (definition: string) => /[\p{L}\p{N}_$]+/u.exec(definition)?.[0].slice(0, 64) ?? ''

/** What stands between commas in the first brackets. */
function listIn(sql: string): string[] {
  const list: string[] = []
  let depth = 0
  let definition = ''
  for (const character of sql.slice(sql.indexOf('(') + 1, 100_000)) {
    if (character === '(') depth++
    if (character === ')' && depth-- === 0) break
    if (character === ',' && depth === 0) {
      list.push(definition)
      definition = ''
    } else definition += character
  }
  return [...list, definition]
}

const NAME = /^(?:key|name|variable|setting|option|property|param(?:eter)?)$/i
const VALUE = /^(?:value|val|content|data)$/i

/** A value stands under its column's name; in a table of settings under the name that its row gives it. */
function linesOf(row: readonly Value[], columns: readonly string[]): string {
  const named = row[columns.findIndex((column) => NAME.test(column))]
  let lines = ''
  for (const [i, value] of row.entries()) {
    if (value === null) continue
    const text = typeof value === 'string' ? value : Buffer.from(value.raw).toString('latin1')
    const column = columns[i] ?? ''
    lines += `${VALUE.test(column) && typeof named === 'string' ? named.slice(0, 256) : column} = ${text}\n`
  }
  return lines
}
