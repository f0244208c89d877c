/**
 * Looks a record through once: whether it is JSON, and where in it the few values stand that are needed before the
 * database reads it. Whatever is out of the ordinary is left to JSON.parse.
 */

import { hashOf, latin1 } from './interner.ts'
import { BACKSLASH, CLOSE, CLOSE_LIST, COLON, COMMA, OPEN, OPEN_LIST, QUOTE, SPACE } from './json-bytes.ts'

/** Containers within containers; CloudTrail's have about ten. */
const DEEPEST = 200

/** Bytes that end the plain run of a string: the quote, the backslash, and controls, which JSON forbids. */
const ENDS_RUN = new Uint8Array(256)
ENDS_RUN.fill(1, 0, SPACE)
ENDS_RUN[QUOTE] = 1
ENDS_RUN[BACKSLASH] = 1

/** What may follow a backslash, besides `u`. */
const ESCAPES = new Uint8Array(256)
for (const c of '"\\/bfnrt') ESCAPES[c.charCodeAt(0)] = 1

const ascii = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0))
const EVENT_ID = ascii('eventID')
const EVENT_TIME = ascii('eventTime')
const EVENT_NAME = ascii('eventName')
const USER_AGENT = ascii('userAgent')
const EVENT_SOURCE = ascii('eventSource')
const ACCESS_KEY_ID = ascii('accessKeyId')
const USER_IDENTITY = ascii('userIdentity')
const SOURCE_IP = ascii('sourceIPAddress')
const WORDS = ['true', 'false', 'null'].map(ascii)

/** Where a value's text begins and ends, without its quotes; both 0: the record has none. */
export class Span {
  from = 0
  to = 0
  isEscaped = false
  hash = 0
}

/** Of a record: where in the bytes it stands, and what was found in it. */
export interface Found {
  from: number
  to: number
  /** Since 1970. */
  seconds: number
  id: Span
  source: Span
  name: Span
  address: Span
  agent: Span
  key: Span
}

/** Found by {@link scan}, and valid until the next record. */
export class ScannedRecord implements Found {
  from = 0
  to = 0
  seconds = 0
  readonly id = new Span()
  readonly time = new Span()
  readonly source = new Span()
  readonly name = new Span()
  readonly address = new Span()
  readonly agent = new Span()
  readonly key = new Span()
  private bytes: Uint8Array = new Uint8Array(0)
  private end = 0
  private isEscaped = false
  private readonly isObject = new Uint8Array(DEEPEST)

  /**
   * @returns false: it is no JSON object, or one that JSON.parse has to judge; what was found does not count then
   */
  scan(bytes: Uint8Array, from: number, to: number): boolean {
    this.bytes = bytes
    this.end = to
    for (const span of [this.id, this.time, this.source, this.name, this.address, this.agent, this.key]) {
      span.from = 0
      span.to = 0
      span.isEscaped = false
    }
    if (bytes[from] !== OPEN || this.members(from, true) !== to || !this.hasAll()) return false
    const seconds = secondsOf(bytes, this.time)
    if (seconds === null) return false
    this.from = from
    this.to = to
    this.seconds = seconds
    for (const span of [this.id, this.source, this.name, this.address, this.agent, this.key])
      span.hash = hashOf(bytes, span.from, span.to)
    return true
  }

  private hasAll(): boolean {
    for (const span of [this.id, this.time, this.source, this.name])
      if (span.to === span.from || span.isEscaped) return false
    return !this.address.isEscaped
  }

  /** The members of the record, or of its identity. @returns where it ends; -1: it is not understood */
  private members(open: number, isRecord: boolean): number {
    const { bytes } = this
    let at = this.past(open + 1)
    if (bytes[at] === CLOSE) return at + 1
    for (;;) {
      if (bytes[at] !== QUOTE) return -1
      const key = at + 1
      at = this.stringEnd(at)
      if (at === -1 || this.isEscaped) return -1
      const span = isRecord
        ? this.spanOf(key, at - 1 - key)
        : this.isNamed(key, at - 1 - key, ACCESS_KEY_ID)
          ? this.key
          : null
      at = this.past(at)
      if (bytes[at] !== COLON) return -1
      at = this.past(at + 1)
      const value = at
      if (isRecord && bytes[at] === OPEN && this.isIdentity) at = this.members(at, false)
      else at = this.value(at)
      if (at === -1) return -1
      if (span !== null && !this.note(span, value, at)) return -1
      at = this.past(at)
      const next = bytes[at]
      if (next === CLOSE) return at < this.end ? at + 1 : -1
      if (next !== COMMA) return -1
      at = this.past(at + 1)
    }
  }

  private isIdentity = false

  /** Which of the spans a key of the record is for. */
  private spanOf(key: number, length: number): Span | null {
    this.isIdentity = false
    switch (length) {
      case 7:
        return this.isNamed(key, length, EVENT_ID) ? this.id : null
      case 9:
        if (this.isNamed(key, length, EVENT_TIME)) return this.time
        if (this.isNamed(key, length, EVENT_NAME)) return this.name
        return this.isNamed(key, length, USER_AGENT) ? this.agent : null
      case 11:
        return this.isNamed(key, length, EVENT_SOURCE) ? this.source : null
      case 12:
        this.isIdentity = this.isNamed(key, length, USER_IDENTITY)
        return null
      case 15:
        return this.isNamed(key, length, SOURCE_IP) ? this.address : null
      default:
        return null
    }
  }

  private isNamed(at: number, length: number, name: Uint8Array): boolean {
    if (length !== name.length) return false
    for (let i = 0; i < length; i++) if (this.bytes[at + i] !== name[i]) return false
    return true
  }

  /** @returns false: it is neither text nor null */
  private note(span: Span, from: number, to: number): boolean {
    // the first counts, as it does for the database
    if (span.to !== 0) return true
    if (this.bytes[from] !== QUOTE) {
      if (to - from !== 4 || this.bytes[from] !== 0x6e) return false
      span.from = to
      span.to = to
      span.isEscaped = false
      return true
    }
    span.from = from + 1
    span.to = to - 1
    span.isEscaped = this.isEscaped
    return true
  }

  private past(at: number): number {
    const { bytes } = this
    while (bytes[at]! <= SPACE) {
      const byte = bytes[at]
      if (byte !== SPACE && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
      at++
    }
    return at
  }

  /** Where the value at `at` ends; -1: it is not understood. */
  private value(at: number): number {
    const { bytes, isObject } = this
    let depth = 0
    for (;;) {
      const byte = bytes[at]!
      if (byte === QUOTE) at = this.stringEnd(at)
      else if (byte === OPEN || byte === OPEN_LIST) {
        if (depth === DEEPEST) return -1
        isObject[depth++] = byte === OPEN ? 1 : 0
        at = this.past(at + 1)
        if (byte === OPEN) {
          if (bytes[at] !== CLOSE) {
            at = this.memberName(at)
            if (at === -1) return -1
            continue
          }
        } else if (bytes[at] !== CLOSE_LIST) continue
        depth--
        at++
      } else at = this.wordEnd(at)
      if (at === -1 || at > this.end) return -1
      while (depth > 0) {
        at = this.past(at)
        const next = bytes[at]!
        if (next === COMMA) {
          at = this.past(at + 1)
          if (isObject[depth - 1] === 1) {
            at = this.memberName(at)
            if (at === -1) return -1
          }
          break
        }
        if (next !== (isObject[depth - 1] === 1 ? CLOSE : CLOSE_LIST)) return -1
        depth--
        at++
      }
      if (depth === 0) return at
    }
  }

  /** @returns where the value of the member begins */
  private memberName(at: number): number {
    if (this.bytes[at] !== QUOTE) return -1
    const end = this.stringEnd(at)
    if (end === -1) return -1
    const colon = this.past(end)
    return this.bytes[colon] === COLON ? this.past(colon + 1) : -1
  }

  /** Behind the closing quote of the string at `at`. */
  private stringEnd(at: number): number {
    const { bytes, end } = this
    this.isEscaped = false
    at++
    for (;;) {
      while (ENDS_RUN[bytes[at]!] === 0) at++
      if (at >= end) return -1
      if (bytes[at] === QUOTE) return at + 1
      if (bytes[at] !== BACKSLASH) return -1
      this.isEscaped = true
      const escaped = bytes[at + 1]!
      if (ESCAPES[escaped] === 1) at += 2
      else if (escaped === 0x75 && this.isPlainCode(at + 2)) at += 6
      else return -1
    }
  }

  /** Four hexadecimal digits, and no half of a surrogate pair. */
  private isPlainCode(at: number): boolean {
    let code = 0
    for (let i = 0; i < 4; i++) {
      const digit = HEX[this.bytes[at + i]!]!
      if (digit === 255) return false
      code = code * 16 + digit
    }
    return code < 0xd800 || code > 0xdfff
  }

  /** Behind the number, `true`, `false` or `null` at `at`. */
  private wordEnd(at: number): number {
    const { bytes } = this
    for (const word of WORDS)
      if (bytes[at] === word[0]) {
        for (let i = 1; i < word.length; i++) if (bytes[at + i] !== word[i]) return -1
        return at + word.length
      }
    if (bytes[at] === 0x2d) at++
    if (bytes[at] === 0x30) at++
    else if (!isDigit(bytes[at]!)) return -1
    else while (isDigit(bytes[at]!)) at++
    if (bytes[at] === 0x2e) {
      if (!isDigit(bytes[++at]!)) return -1
      while (isDigit(bytes[at]!)) at++
    }
    if (bytes[at] === 0x65 || bytes[at] === 0x45) {
      at++
      if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++
      if (!isDigit(bytes[at]!)) return -1
      while (isDigit(bytes[at]!)) at++
    }
    return at
  }
}

const HEX = new Uint8Array(256).fill(255)
for (let i = 0; i < 16; i++) {
  HEX[i.toString(16).charCodeAt(0)] = i
  HEX[i.toString(16).toUpperCase().charCodeAt(0)] = i
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** Seconds since 1970 of `2026-01-05T10:20:30Z`, as CloudTrail writes it; null: it is something else. */
function secondsOf(bytes: Uint8Array, { from, to }: Span): number | null {
  if (to - from !== 20) return null
  const text = latin1(bytes, from, to)
  if (!/^(?:19[7-9]\d|20\d\d|2100)-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return null
  const millis = Date.parse(text)
  // 2026-02-30 and the hour 24 would be taken for other days
  return Number.isNaN(millis) || new Date(millis).toISOString() !== text.replace('Z', '.000Z') ? null : millis / 1000
}
