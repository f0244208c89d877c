/**
 * Reading answers: what AWS, or a file somebody saved, says is of doubtful type until it has been looked at.
 * Nothing here throws; what is not as documented is noted in {@link Oddities}, so that it becomes a gap.
 */

/** A JSON object, or an answer of the SDK, nothing known about it. */
export type Answer = Record<string, unknown>

/** Whether it is an object with fields (not a list, not null, not a date). */
export function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/** The object, or an empty one. */
export function answer(value: unknown): Answer {
  return isAnswer(value) ? value : {}
}

/** The text, or null. */
export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** The number, or null; numbers that came as text count. */
export function number(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value)
  return null
}

/** True or false, or null; `true`, `TRUE` and so on as text count. */
export function flag(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return null
  const word = value.toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : null
}

/** `2026-11-01T00:00:00`, from the start of the text: months, days and hours that exist. Many dates are read. */
function isMoment(text: string): boolean {
  for (let i = 0; i < 19; i++) {
    const code = text.charCodeAt(i)
    if (i === 4 || i === 7) {
      if (code !== 45) return false
    } else if (i === 10) {
      if (code !== 84) return false
    } else if (i === 13 || i === 16) {
      if (code !== 58) return false
    } else if (code < 48 || code > 57) return false
  }
  const two = (at: number) => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528
  const month = two(5)
  const day = two(8)
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && two(11) <= 23 && two(14) <= 59 && two(17) <= 59
}

/**
 * The date as ISO 8601 in UTC to the second (`2026-11-01T00:00:00Z`), or null where it is none. Takes what AWS and its
 * clients write: dates, text with any offset, seconds since 1970 (`cli_timestamp_format = none`, JSON protocols).
 */
export function isoDate(value: unknown): string | null {
  if (typeof value === 'string') {
    if (value.length === 25 && value.endsWith('+00:00') && isMoment(value)) return `${value.slice(0, 19)}Z`
    if (value.length === 20 && value.endsWith('Z') && isMoment(value)) return value
    if (!/^\d{4}-\d\d-\d\d/.test(value) || value.length > 40) return null
    return fromMillis(Date.parse(value))
  }
  if (value instanceof Date) return fromMillis(value.getTime())
  if (typeof value === 'number') return fromMillis(value * 1000)
  return null
}

function fromMillis(millis: number): string | null {
  // Years of four digits only: others have another form in ISO 8601, and no account is that old.
  if (!(millis >= 0 && millis < 253_402_300_800_000)) return null
  return `${new Date(millis).toISOString().slice(0, 19)}Z`
}

/** Tags as AWS lists them (`[{Key, Value}]`) as a record. */
export function tagRecord(value: unknown, odd: Oddities): Record<string, string> {
  const tags: Record<string, string> = {}
  for (const tag of odd.list(value, 'Tags')) {
    const { Key, Value } = answer(tag)
    if (typeof Key !== 'string') odd.note('Tags')
    else if (Key !== '__proto__') tags[Key] = text(Value) ?? ''
    // That one would set the prototype: define it instead.
    else Object.defineProperty(tags, Key, { value: text(Value) ?? '', enumerable: true, configurable: true })
  }
  return tags
}

/** Collects what was not as AWS documents it: how often, and where first. It never holds the content. */
export class Oddities {
  count = 0
  readonly places: string[] = []
  #list = ''
  #index = -1

  /** Names the entry that is being read, for the notes to come. */
  at(list: string, index: number): void {
    this.#list = list
    this.#index = index
  }

  note(field?: string): void {
    this.count++
    if (this.places.length >= 3) return
    const entry = this.#index < 0 ? this.#list : `${this.#list}[${this.#index}]`
    const place = entry && field ? `${entry}.${field}` : entry || field || 'the answer'
    if (!this.places.includes(place)) this.places.push(place)
  }

  addAll(other: Oddities): void {
    this.count += other.count
    this.places.push(...other.places.slice(0, 3 - this.places.length))
  }

  /** The list; empty when it is absent, and noted when it is something else. */
  list(value: unknown, field: string): readonly unknown[] {
    if (Array.isArray(value)) return value
    if (value !== undefined && value !== null) this.note(field)
    return []
  }

  /** One sentence for the ledger, or null when all was well. */
  sentence(): string | null {
    if (this.count === 0) return null
    const more = this.count > this.places.length ? ', ...' : ''
    return `${this.count} ${this.count === 1 ? 'value is' : 'values are'} not as documented: ${this.places.join(', ')}${more}`
  }
}
