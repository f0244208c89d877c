/**
 * Reads what history needs of the head of a commit or tag, from its bytes: a repository has very many commits, and making
 * strings of them takes several times as long. Source: git's formats, as `git cat-file commit` and `tag` show them.
 */

const LINE_END = 10
const SPACE = 32

const TREE_FIELD = Buffer.from('tree ')
const PARENT_FIELD = Buffer.from('parent ')
const OBJECT_FIELD = Buffer.from('object ')
const COMMITTER_FIELD = Buffer.from('committer ')

/** No head is longer, unless it is forged. */
const LONGEST_HEAD = 64 * 1024
const MOST_DIGITS = 12

const NO_DIGIT = 255
const DIGIT_OF = new Uint8Array(256).fill(NO_DIGIT)
for (let digit = 0; digit < 16; digit++) DIGIT_OF[digit.toString(16).charCodeAt(0)] = digit

export interface CommitHead {
  /** Called first. Object IDs are valid until the call returns. */
  tree(oid: Uint8Array): void
  parent(oid: Uint8Array): void
  /** In seconds. Not called when no committer is named. */
  time(seconds: number): void
}

export class CommitReader {
  readonly #oid: Uint8Array

  constructor(oidBytes: number) {
    this.#oid = new Uint8Array(oidBytes)
  }

  /** Tells what stands in the commit at `bytes[at, at + size)`; nothing when it does not begin as one. */
  read(bytes: Uint8Array, at: number, size: number, head: CommitHead): void {
    const end = at + Math.min(size, LONGEST_HEAD)
    const digits = this.#oid.length * 2
    const begin = at + TREE_FIELD.length + digits + 1
    if (!this.#field(TREE_FIELD, bytes, at, end) || bytes[begin - 1] !== LINE_END) return
    head.tree(this.#oid)
    for (let line = begin; this.#field(PARENT_FIELD, bytes, line, end); line += PARENT_FIELD.length + digits + 1)
      head.parent(this.#oid)
    const committer = lineOf(COMMITTER_FIELD, bytes, begin, end)
    if (committer >= 0) head.time(timeIn(bytes, committer, end))
  }

  /** Whether all that is read of a commit stands in its first bytes. */
  isWhole(bytes: Uint8Array, at: number, size: number): boolean {
    const end = at + size
    const committer = lineOf(COMMITTER_FIELD, bytes, at, end)
    return committer >= 0 && bytes.subarray(committer, end).includes(LINE_END)
  }

  /** What the tag at `bytes[at, at + size)` is of, valid until something else is read; null when it does not begin as one. */
  tagged(bytes: Uint8Array, at: number, size: number): Uint8Array | null {
    return this.#field(OBJECT_FIELD, bytes, at, at + size) ? this.#oid : null
  }

  /** Whether a line begins so, and an object ID comes, which is then in `#oid`; and that is not the end. */
  #field(field: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
    const oid = this.#oid
    const from = at + field.length
    if (from + oid.length * 2 >= end || !beginsWith(field, bytes, at)) return false
    for (let i = 0; i < oid.length; i++) {
      const high = DIGIT_OF[bytes[from + i * 2]!]!
      const low = DIGIT_OF[bytes[from + i * 2 + 1]!]!
      if (high === NO_DIGIT || low === NO_DIGIT) return false
      oid[i] = (high << 4) | low
    }
    return true
  }
}

function beginsWith(wanted: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false
  return true
}

/** Where the first line of the head begins that begins so; -1: there is none before the message. */
function lineOf(field: Uint8Array, bytes: Uint8Array, begin: number, end: number): number {
  let at = begin
  while (at + field.length <= end && bytes[at] !== LINE_END) {
    if (beginsWith(field, bytes, at)) return at
    while (at < end && bytes[at] !== LINE_END) at++
    at++
  }
  return -1
}

/** The time in a line like `committer NAME <MAIL> SECONDS ZONE`; 0 when it is not there. */
function timeIn(bytes: Uint8Array, line: number, end: number): number {
  let at = line
  while (at < end && bytes[at] !== LINE_END) at++
  if (at === end) return 0
  const zone = at - 5
  const sign = bytes[zone]
  if (sign !== 0x2b && sign !== 0x2d) return 0
  for (let i = zone + 1; i < at; i++) if (!isDecimal(bytes[i]!)) return 0
  if (bytes[zone - 1] !== SPACE) return 0
  let seconds = 0
  let weight = 1
  let digit = zone - 2
  for (; digit > line && isDecimal(bytes[digit]!); digit--) {
    seconds += (bytes[digit]! - 0x30) * weight
    weight *= 10
  }
  const count = zone - 2 - digit
  const isTime = count > 0 && count <= MOST_DIGITS && bytes[digit] === SPACE && bytes[digit - 1] === 0x3e
  return isTime ? seconds : 0
}

function isDecimal(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
