// Looks the records of a CloudTrail log file through: whether each is JSON, and where its values stand; and copies what
// the store is made of, which is less than half. What many records have in common, who called and in which setting, is
// copied apart. src/trail/ingest/log-scanner.ts says what is kept. This is AssemblyScript: scripts/build-anchors.mjs
// compiles it.

const QUOTE: u32 = 0x22
const BACKSLASH: u32 = 0x5c
const OPEN: u32 = 0x7b
const CLOSE: u32 = 0x7d
const OPEN_LIST: u32 = 0x5b
const CLOSE_LIST: u32 = 0x5d
const COLON: u32 = 0x3a
const COMMA: u32 = 0x2c
const SPACE: u32 = 0x20
const DEEPEST: u32 = 200
const NONE: usize = 0

/** The first bytes of memory: what kind of container is open at each depth. */
const STACK: usize = 0
/** Then a table of the bytes that base64 has. */
const BASE64: usize = 256

/** Then the members that are copied: a table with room for as many, found by their names. */
const KEPT: usize = 512
const KEPT_SLOTS: u32 = 128
/** Of each: the object that it is in, the length of its name, the object that it is, its name. */
const KEPT_WIDTH: usize = 64
const KEPT_NAME: usize = 12
/** Then how many numbers each span has given out. What the compiler would place by itself may lie upon these. */
const NUMBERS: usize = KEPT + <usize>KEPT_SLOTS * KEPT_WIDTH
/** What is no object of its own, and copied as it stands. */
const WHOLE: i32 = 0
const DROPPED: i32 = -1
/** A member of the record that is copied to its setting. */
const SETTING: i32 = -2
/** When the caller's session began: taken as a number, so that the callers of many records are alike. */
const CREATED: i32 = -3
/** Objects: the record and its identity have numbers of their own. */
const RECORD: i32 = 1
const IDENTITY: i32 = 2

/**
 * Numbers of each record: where it begins and ends, seconds, flags, where the copy begins and ends and where in it the
 * ID is, when the session began, and of each span where it begins, ends, and the number of its text; of the ID, its
 * hash. The last two spans are the copies of the caller and the setting.
 */
const WIDTH: u32 = (8 + 9 * 3) * 4
const SPANS: usize = 32
const ID: u32 = 0
const TIME: u32 = 1
const KEY: u32 = 6
const CALLER: u32 = 7
const SETTING_SPAN: u32 = 8
const ALL_SPANS: u32 = 9
/** Among the bits of the spans that were seen. */
const CREATED_SEEN: u32 = 1 << 9

/** The texts that have numbers: slots of a hash and a text's address each. A power of two. */
const SLOTS: u32 = 1 << 18
const MOST_TEXTS: u32 = SLOTS - (SLOTS >> 2)
/** Somebody may choose texts that collide: what finds no slot gets a number anew each time. */
const MOST_STEPS: u32 = 64
/** Before a text: the span that it is of, its number, its length. */
const HEAD: usize = 12

/** End of the bytes that may be looked at. */
let limit: usize = 0
let wasEscaped: bool = false
let row: usize = 0
let seen: u32 = 0
let slots: usize = 0
/** Where the texts begin, where the next is added, and where they have to end. */
let firstText: usize = 0
let nextText: usize = 0
let endOfTexts: usize = 0
let texts: u32 = 0
/** Where the next byte is copied to. */
let copy: usize = 0
/** Likewise the caller, and the setting. */
let caller: usize = 0
let setting: usize = 0

/** Where the last call has come to. */
let consumed: usize = 0
export function reached(): usize {
  return consumed
}

/** @param table what texts are kept in, with as many bytes */
export function prepare(table: usize, bytes: usize): void {
  slots = table
  firstText = table + SLOTS * 8
  endOfTexts = table + bytes
  for (let byte: u32 = 0; byte < 256; byte++) {
    const isBase64 =
      (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte == 0x2b || byte == 0x2f
    store<u8>(BASE64 + byte, isBase64 ? 1 : 0)
  }
}

/** Forgets all texts: numbers begin anew. */
export function forget(): void {
  memory.fill(slots, 0, SLOTS * 8)
  memory.fill(NUMBERS, 0, ALL_SPANS * 4)
  nextText = firstText
  texts = 0
}

/** Whether there may be no room for the texts of so many records, which have so many bytes. */
export function isFull(records: u32, bytes: usize): bool {
  const more = records * ALL_SPANS
  return texts + more > MOST_TEXTS || nextText + bytes + <usize>more * (HEAD + 8) > endOfTexts
}

// @ts-ignore: decorator
@inline function slotOf(object: i32, name: usize, length: usize): u32 {
  return (<u32>load<u8>(name) * 31 + <u32>load<u8>(name + length - 1) * 7 + <u32>length + <u32>object * 41) & (KEPT_SLOTS - 1)
}

/** A member of `object` whose name stands at `name` is copied; `whose`: the number of the object that it is. */
export function keep(object: i32, name: usize, length: usize, whose: i32): void {
  let slot = slotOf(object, name, length)
  while (load<i32>(KEPT + slot * KEPT_WIDTH) != 0) slot = (slot + 1) & (KEPT_SLOTS - 1)
  const entry = KEPT + slot * KEPT_WIDTH
  store<i32>(entry, object)
  store<u32>(entry, <u32>length, 4)
  store<i32>(entry, whose, 8)
  memory.copy(entry + KEPT_NAME, name, length)
}

/** What becomes of a member: the number of the object that it is, {@link WHOLE} or {@link DROPPED}. */
function fateOf(object: i32, name: usize, length: usize): i32 {
  if (length == 0) return DROPPED
  let slot = slotOf(object, name, length)
  while (true) {
    const entry = KEPT + slot * KEPT_WIDTH
    const owner = load<i32>(entry)
    if (owner == 0) return DROPPED
    if (owner == object && load<u32>(entry, 4) == <u32>length && isSame(entry + KEPT_NAME, name, length)) return load<i32>(entry, 8)
    slot = (slot + 1) & (KEPT_SLOTS - 1)
  }
}

function isSame(a: usize, b: usize, length: usize): bool {
  let i: usize = 0
  if (length >= 16) {
    for (; i + 16 < length; i += 16) if (!i8x16.all_true(i8x16.eq(v128.load(a + i), v128.load(b + i)))) return false
    i = length - 16
    return i8x16.all_true(i8x16.eq(v128.load(a + i), v128.load(b + i)))
  }
  for (; i + 8 <= length; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false
  for (; i < length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false
  return true
}

/**
 * Takes the records in [at, end), with commas between them, as far as they are whole; `most` at a time. What is kept of
 * them is copied to `copies`, `callers` and `settings`, one behind the other.
 * @returns how many there are; what follows `reached()` is no record, or not whole
 */
export function scan(at: usize, end: usize, out: usize, most: u32, copies: usize, callers: usize, settings: usize): u32 {
  limit = end
  copy = copies
  caller = callers
  setting = settings
  let count: u32 = 0
  consumed = at
  while (count < most && at < end) {
    row = out + <usize>(count * WIDTH)
    seen = 0
    for (let i: usize = 0; i < <usize>WIDTH; i += 4) store<u32>(row + i, 0)
    if (load<u8>(at) != OPEN) break
    const start = copy
    store<u32>(row + SPANS + CALLER * 12, <u32>caller)
    store<u32>(row + SPANS + SETTING_SPAN * 12, <u32>setting)
    store<u8>(caller++, <u8>OPEN)
    store<u8>(setting++, <u8>OPEN)
    const next = members(at, RECORD)
    if (next == NONE || next > end || !hasAll()) break
    store<u32>(row, <u32>at)
    store<u32>(row, <u32>next, 4)
    store<u32>(row, <u32>start, 16)
    store<u32>(row, <u32>copy, 20)
    store<u8>(caller++, <u8>CLOSE)
    store<u8>(setting++, <u8>CLOSE)
    store<u32>(row + SPANS + CALLER * 12, <u32>caller, 4)
    store<u32>(row + SPANS + SETTING_SPAN * 12, <u32>setting, 4)
    if (!numberTexts()) break
    count++
    // a comma, or the end of what there is
    if (next < end && load<u8>(next) != COMMA) {
      count--
      break
    }
    at = next + 1
    consumed = at
  }
  return count
}

/** Whether there is a run of 40 characters of base64, which may be a secret access key, in [from, to). */
export function hasKey(from: usize, to: usize): bool {
  // a run of 40 has in it the whole of one of these 16
  for (let i = from; i + 16 <= to; ) {
    if (!isAllBase64(v128.load(i))) {
      i += 24
      continue
    }
    let start = i
    while (start > from && load<u8>(BASE64 + load<u8>(start - 1)) != 0) start--
    let end = i + 16
    while (end < to && load<u8>(BASE64 + load<u8>(end)) != 0) end++
    // behind a backslash, the first of them may belong to it
    if (end - start == 40 || (start > from && load<u8>(start - 1) == BACKSLASH)) return true
    i = end
  }
  return false
}

// @ts-ignore: decorator
@inline function isAllBase64(bytes: v128): bool {
  const letters = i8x16.lt_u(i8x16.sub(v128.or(bytes, i8x16.splat(0x20)), i8x16.splat(0x61)), i8x16.splat(26))
  // the slash stands before the digits
  const digits = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x2f)), i8x16.splat(11))
  return i8x16.all_true(v128.or(v128.or(letters, digits), i8x16.eq(bytes, i8x16.splat(0x2b))))
}

/** The ID, the time, the source and the name are there and plain, and the address, if it is there, is plain. */
function hasAll(): bool {
  for (let span: u32 = 0; span < 4; span++) {
    const place = row + SPANS + span * 12
    if (load<u32>(place) == load<u32>(place, 4)) return false
  }
  if ((load<u32>(row, 12) & 0b11111) != 0) return false
  const seconds = secondsOf(load<u32>(row + SPANS + 12), load<u32>(row + SPANS + 12, 4))
  store<u32>(row, seconds, 8)
  return seconds != 0
}

/** The same as in src/trail/ingest/chunk.ts. */
function hashOf(from: usize, to: usize): u32 {
  let hash: u32 = 0x811c9dc5
  let i = from
  for (; i + 4 <= to; i += 4) {
    hash = (hash ^ load<u32>(i)) * 0x9e3779b1
    hash ^= hash >>> 15
  }
  for (; i < to; i++) hash = (hash ^ load<u8>(i)) * 0x01000193
  hash ^= hash >>> 15
  return (hash * 0x2c1b3c6d) ^ (hash >>> 12)
}

/** Gives each of the texts its number. @returns false: there is no room for them */
function numberTexts(): bool {
  for (let span: u32 = ID; span < ALL_SPANS; span++) {
    const place = row + SPANS + span * 12
    const from = <usize>load<u32>(place)
    const to = <usize>load<u32>(place, 4)
    if (span == ID) store<u32>(place, hashOf(from, to), 8)
    else if (span != TIME && span != KEY) {
      const number = numberOf(span, from, to - from)
      if (number < 0) return false
      store<i32>(place, number, 8)
    }
  }
  return true
}

/** The number of a text among those of its span; below 0: there is no room for it. */
function numberOf(span: u32, from: usize, length: usize): i32 {
  const hash = textHash(from, length) ^ (span * 0x9e3779b1)
  let slot = hash & (SLOTS - 1)
  let steps: u32 = 0
  for (; steps < MOST_STEPS; steps++) {
    const place = slots + <usize>slot * 8
    const text = <usize>load<u32>(place, 4)
    if (text == 0) break
    if (load<u32>(place) == hash && load<u32>(text) == span && load<u32>(text, 8) == <u32>length && isSame(text + HEAD, from, length))
      return load<i32>(text, 4)
    slot = (slot + 1) & (SLOTS - 1)
  }
  const text = nextText
  if (texts == MOST_TEXTS || text + HEAD + length > endOfTexts) return -1
  const number = load<i32>(NUMBERS + span * 4)
  store<i32>(NUMBERS + span * 4, number + 1)
  store<u32>(text, span)
  store<i32>(text, number, 4)
  store<u32>(text, <u32>length, 8)
  memory.copy(text + HEAD, from, length)
  nextText = (text + HEAD + length + 7) & ~7
  texts++
  if (steps < MOST_STEPS) {
    store<u32>(slots + <usize>slot * 8, hash)
    store<u32>(slots + <usize>slot * 8, <u32>text, 4)
  }
  return number
}

function textHash(from: usize, length: usize): u32 {
  let hash: u64 = 0xcbf29ce484222325 ^ <u64>length
  const end = from + length
  if (length < 8) for (let i = from; i < end; i++) hash = (hash ^ load<u8>(i)) * 0x100000001b3
  else {
    for (let i = from; i + 8 < end; i += 8) {
      hash = (hash ^ load<u64>(i)) * 0x9e3779b97f4a7c15
      hash ^= hash >>> 32
    }
    hash ^= load<u64>(end - 8)
  }
  hash = (hash ^ (hash >>> 29)) * 0xbf58476d1ce4e5b9
  return <u32>(hash >>> 32)
}

/** Takes an object whose members are not all kept. @returns where it ends; NONE: it is not understood */
function members(open: usize, object: i32): usize {
  let at = past(open + 1)
  store<u8>(copy++, <u8>OPEN)
  const first = copy
  if (load<u8>(at) == CLOSE) {
    store<u8>(copy++, <u8>CLOSE)
    return at + 1
  }
  while (true) {
    if (load<u8>(at) != QUOTE) return NONE
    const key = at + 1
    at = stringEnd(at)
    if (at == NONE || (wasEscaped && object <= IDENTITY)) return NONE
    const length = at - 1 - key
    const span = object == RECORD ? spanOf(key, length) : object == IDENTITY && isAccessKey(key, length) ? 6 : -1
    // an escaped name may be any
    const fate = wasEscaped ? WHOLE : fateOf(object, key, length)
    at = past(at)
    if (load<u8>(at) != COLON) return NONE
    at = past(at + 1)
    const from = at
    if (fate == IDENTITY) at = identity(key, length, at)
    else if (fate > WHOLE && load<u8>(at) == OPEN) {
      // the name with its quotes and the colon; what is in the object follows by itself
      copyName(key, length, first)
      at = members(at, fate)
    } else {
      at = value(at)
      if (at == NONE) return NONE
      if (fate == SETTING) toSetting(key, length, from, at)
      else if (fate != DROPPED && !(fate == CREATED && noteCreated(from, at))) {
        copyName(key, length, first)
        if (span == 0) noteCopy(copy + 1)
        put(from, at - from)
      }
    }
    if (at == NONE) return NONE
    if (span >= 0 && !note(span, from, at)) return NONE
    at = past(at)
    const next = <u32>load<u8>(at)
    if (next == CLOSE) {
      store<u8>(copy++, <u8>CLOSE)
      return at < limit ? at + 1 : NONE
    }
    if (next != COMMA) return NONE
    at = past(at + 1)
  }
}

/** Copies the identity to the caller. @returns where it ends; NONE: it is not understood */
function identity(name: usize, length: usize, from: usize): usize {
  // the first counts, as it does for the database
  if (caller != load<u32>(row + SPANS + CALLER * 12) + 1) return value(from)
  const kept = copy
  copy = caller
  copyName(name, length, caller)
  let at: usize
  if (load<u8>(from) == OPEN) at = members(from, IDENTITY)
  else {
    at = value(from)
    if (at != NONE) put(from, at - from)
  }
  caller = copy
  copy = kept
  return at
}

function toSetting(name: usize, length: usize, from: usize, to: usize): void {
  const kept = copy
  copy = setting
  copyName(name, length, load<u32>(row + SPANS + SETTING_SPAN * 12) + 1)
  put(from, to - from)
  setting = copy
  copy = kept
}

/** @returns false: it is no plain time */
function noteCreated(from: usize, to: usize): bool {
  if ((seen & CREATED_SEEN) != 0) return true // the first counts
  seen |= CREATED_SEEN
  const seconds = load<u8>(from) == QUOTE ? secondsOf(from + 1, to - 1) : 0
  store<u32>(row, seconds, 28)
  return seconds != 0
}

/** `"name":`, behind a comma unless it is the first. */
// @ts-ignore: decorator
@inline function copyName(name: usize, length: usize, first: usize): void {
  if (copy != first) store<u8>(copy++, <u8>COMMA)
  put(name - 1, length + 2)
  store<u8>(copy++, <u8>COLON)
}

/** Copies, some bytes too many: what follows is written over them. */
// @ts-ignore: decorator
@inline function put(from: usize, length: usize): void {
  for (let i: usize = 0; i < length; i += 16) v128.store(copy + i, v128.load(from + i))
  copy += length
}

/** Where the ID stands in the copy: the first counts. */
function noteCopy(at: usize): void {
  if (load<u32>(row, 24) == 0) store<u32>(row, <u32>at, 24)
}

/** Which of the spans a key of the record is for: its first eight bytes, as one number, tell nearly all. */
function spanOf(key: usize, length: usize): i32 {
  if (length == 7) return load<u32>(key) == 0x6e657665 && load<u32>(key + 3) == 0x4449746e ? 0 : -1 // even ntID
  if (length == 9) {
    const head = load<u64>(key)
    const last = <u32>load<u8>(key + 8)
    if (head == 0x6d6954746e657665) return last == 0x65 ? 1 : -1 // eventTim e
    if (head == 0x6d614e746e657665) return last == 0x65 ? 3 : -1 // eventNam e
    return head == 0x6e65674172657375 && last == 0x74 ? 5 : -1 // userAgen t
  }
  // eventSou ntSource
  if (length == 11) return load<u64>(key) == 0x756f53746e657665 && load<u64>(key + 3) == 0x656372756f53746e ? 2 : -1
  // sourceIP PAddress
  if (length == 15) return load<u64>(key) == 0x5049656372756f73 && load<u64>(key + 7) == 0x7373657264644150 ? 4 : -1
  return -1
}

function isAccessKey(key: usize, length: usize): bool {
  // accessKe essKeyId
  return length == 11 && load<u64>(key) == 0x654b737365636361 && load<u64>(key + 3) == 0x644979654b737365
}

function note(span: i32, from: usize, to: usize): bool {
  const bit: u32 = 1 << span
  if ((seen & bit) != 0) return true // the first counts, as it does for the database
  seen |= bit
  const place = row + SPANS + <usize>span * 12
  if (load<u8>(from) != QUOTE) {
    // null is as good as nothing
    return to - from == 4 && load<u8>(from) == 0x6e
  }
  store<u32>(place, <u32>from + 1)
  store<u32>(place, <u32>to - 1, 4)
  if (wasEscaped) store<u32>(row, load<u32>(row, 12) | bit, 12)
  return true
}

// @ts-ignore: decorator
@inline function past(at: usize): usize {
  let byte = <u32>load<u8>(at)
  while (byte <= SPACE && (byte == SPACE || byte == 0x0a || byte == 0x0d || byte == 0x09)) byte = <u32>load<u8>(++at)
  return at
}

function value(start: usize): usize {
  let at = start
  let depth: u32 = 0
  while (true) {
    const byte = <u32>load<u8>(at)
    if (byte == QUOTE) at = stringEnd(at)
    else if (byte == OPEN || byte == OPEN_LIST) {
      if (depth == DEEPEST) return NONE
      store<u8>(STACK + depth++, byte == OPEN ? 1 : 0)
      at = past(at + 1)
      if (byte == OPEN) {
        if (load<u8>(at) != CLOSE) {
          at = memberName(at)
          if (at == NONE) return NONE
          continue
        }
      } else if (load<u8>(at) != CLOSE_LIST) continue
      depth--
      at++
    } else at = wordEnd(at)
    if (at == NONE || at > limit) return NONE
    while (depth > 0) {
      at = past(at)
      const next = <u32>load<u8>(at)
      const isObject = load<u8>(STACK + depth - 1) == 1
      if (next == COMMA) {
        at = past(at + 1)
        if (isObject) {
          at = memberName(at)
          if (at == NONE) return NONE
        }
        break
      }
      if (next != (isObject ? CLOSE : CLOSE_LIST)) return NONE
      depth--
      at++
    }
    if (depth == 0) return at
  }
  return NONE
}

/** @returns where the value of the member begins */
function memberName(at: usize): usize {
  if (load<u8>(at) != QUOTE) return NONE
  const end = stringEnd(at)
  if (end == NONE) return NONE
  const colon = past(end)
  return load<u8>(colon) == COLON ? past(colon + 1) : NONE
}

/** Behind the closing quote of the string at `open`. */
function stringEnd(open: usize): usize {
  let at = open + 1
  wasEscaped = false
  while (true) {
    const bytes = v128.load(at)
    const ends = v128.or(
      v128.or(i8x16.eq(bytes, i8x16.splat(<i8>QUOTE)), i8x16.eq(bytes, i8x16.splat(<i8>BACKSLASH))),
      i8x16.lt_u(bytes, i8x16.splat(<i8>SPACE)),
    )
    const mask = i8x16.bitmask(ends)
    if (mask == 0) {
      at += 16
      if (at >= limit) return NONE
      continue
    }
    at += ctz(mask)
    if (at >= limit) return NONE
    const byte = <u32>load<u8>(at)
    if (byte == QUOTE) return at + 1
    if (byte != BACKSLASH) return NONE
    wasEscaped = true
    const escaped = <u32>load<u8>(at + 1)
    if (isEscape(escaped)) at += 2
    else if (escaped == 0x75 && isPlainCode(at + 2)) at += 6
    else return NONE
  }
}

function isEscape(byte: u32): bool {
  // " \ / b f n r t
  return byte == 0x22 || byte == 0x5c || byte == 0x2f || byte == 0x62 || byte == 0x66 || byte == 0x6e || byte == 0x72 || byte == 0x74
}

function isPlainCode(at: usize): bool {
  let code: u32 = 0
  for (let i: usize = 0; i < 4; i++) {
    const byte = <u32>load<u8>(at + i)
    const lower = byte | 0x20
    if (isDigit(byte)) code = code * 16 + byte - 0x30
    else if (lower >= 0x61 && lower <= 0x66) code = code * 16 + lower - 0x57
    else return false
  }
  return code < 0xd800 || code > 0xdfff
}

function wordEnd(start: usize): usize {
  let at = start
  const word = load<u32>(at)
  if (word == 0x65757274 || word == 0x6c6c756e) return at + 4 // true, null
  if (word == 0x736c6166) return load<u8>(at + 4) == 0x65 ? at + 5 : NONE // fals e
  if (load<u8>(at) == 0x2d) at++
  if (load<u8>(at) == 0x30) at++
  else {
    if (!isDigit(load<u8>(at))) return NONE
    while (isDigit(load<u8>(at))) at++
  }
  if (load<u8>(at) == 0x2e) {
    if (!isDigit(load<u8>(++at))) return NONE
    while (isDigit(load<u8>(at))) at++
  }
  if ((load<u8>(at) | 0x20) == 0x65) {
    at++
    if (load<u8>(at) == 0x2b || load<u8>(at) == 0x2d) at++
    if (!isDigit(load<u8>(at))) return NONE
    while (isDigit(load<u8>(at))) at++
  }
  return at
}

// @ts-ignore: decorator
@inline function isDigit(byte: u32): bool {
  return byte >= 0x30 && byte <= 0x39
}

// @ts-ignore: decorator
@inline function two(at: usize): u32 {
  return (<u32>load<u8>(at) - 48) * 10 + <u32>load<u8>(at + 1) - 48
}

/** The seconds since 1970 of `2026-01-05T10:20:30Z`; 0: it is something else, or 1970 itself. */
function secondsOf(from: usize, to: usize): u32 {
  if (to - from != 20) return 0
  for (let i: usize = 0; i < 20; i++) {
    const byte = <u32>load<u8>(from + i)
    const sign: u32 = i == 4 || i == 7 ? 0x2d : i == 10 ? 0x54 : i == 13 || i == 16 ? 0x3a : i == 19 ? 0x5a : 0
    if (sign == 0 ? !isDigit(byte) : byte != sign) return 0
  }
  const year = two(from) * 100 + two(from + 2)
  const month = two(from + 5)
  const day = two(from + 8)
  const hour = two(from + 11)
  const minute = two(from + 14)
  const second = two(from + 17)
  if (year < 1970 || year > 2100 || month < 1 || month > 12 || day < 1) return 0
  if (hour > 23 || minute > 59 || second > 59) return 0
  const isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  const days: u32 = month == 2 ? (isLeap ? 29 : 28) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
  if (day > days) return 0
  // the year begins in March, so that the day that comes and goes is its last
  const y = month <= 2 ? year - 1 : year
  const dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
  const date = y * 365 + y / 4 - y / 100 + y / 400 + dayOfYear - 719468
  return date * 86400 + hour * 3600 + minute * 60 + second
}
