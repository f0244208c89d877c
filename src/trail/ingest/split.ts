/**
 * Finds the records in a file, whatever its form: `{"Records":[...]}` as CloudTrail writes it, pretty-printed or not, a
 * list, one record after another, or wrapped by LookupEvents or EventBridge. Bytes come in pieces of any size; no
 * more than one record is held.
 */

import { BACKSLASH, CLOSE, CLOSE_LIST, OPEN, OPEN_LIST, QUOTE } from './json-bytes.ts'

/** CloudTrail's own limit is 256 KB, and 1 MB with enriched events. */
export const LONGEST_RECORD = 4 * 1024 * 1024

export interface RecordSink {
  /**
   * One JSON object, valid until the call returns. It may span lines.
   * @returns the bytes that it takes: fewer, where it is no JSON and another record begins in it
   */
  record(bytes: Buffer, offset: number): number
  /** Something where a record should be. */
  bad(reason: string, offset: number, bytes: number): void
}

/** What CloudTrail puts first into each record, and what stands in no string: the quotes would be escaped. */
export const RECORD_START = Buffer.from('{"eventVersion"')

const WRAPPER = /^\{\s*"(?:Records|[Ee]vents|logEvents)"\s*:\s*\[/
/** Enough to see whether an object wraps records. */
const WRAPPER_HEAD = 64

/** Bytes of a file that are looked through again, behind what is no record: somebody may write many that do not end. */
const MOST_AGAIN = 256 * 1024 * 1024

const IS_BETWEEN = new Uint8Array(256)
for (const byte of [0x20, 0x09, 0x0a, 0x0d, 0x2c, 0xef, 0xbb, 0xbf, 0x1e]) IS_BETWEEN[byte] = 1

export class RecordSplitter {
  private readonly sink: RecordSink
  /** What is left of the pieces before: at most one record and its head. */
  private rest: Buffer = Buffer.alloc(0)
  /** Where `rest` begins in the file. */
  private base = 0
  /** What is open around the records: `[` a list, `{` an object that has them in a list. */
  private around: string
  /** The list of a wrapper has ended: what is left of the wrapper is passed over. */
  private leaving: Progress | null = null
  /** A record too long to hold is being passed over. */
  private passing: Passing | null = null
  /** Bytes that belong to nothing, before the next record. */
  private stray: { from: number; bytes: number } | null = null
  /** How far the object at the start of `rest` was looked through, so that no byte is looked at twice. */
  private progress: Progress = { at: 0, depth: 0, inString: false }
  /** Bytes that were, or will be, looked through once more. */
  private again = 0

  /** @param isWithin what comes is the rest of the list in a wrapper */
  constructor(sink: RecordSink, isWithin = false) {
    this.sink = sink
    this.around = isWithin ? '{[' : ''
  }

  write(piece: Buffer): void {
    this.rest = this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece])
    this.consume(false)
  }

  /** @param cut why the file ended before its time, if it did */
  end(cut?: string): void {
    do this.consume(true)
    while (this.recovers(cut ?? 'the file ends within the record'))
    if (this.passing) this.sink.bad(tooLong, this.passing.from, this.passing.bytes + this.rest.length)
    this.closeStray()
    this.rest = Buffer.alloc(0)
  }

  private consume(last: boolean): void {
    let at = 0
    while (at < this.rest.length) {
      const taken = this.take(at, last)
      at += taken.bytes
      if (taken.wait) break
    }
    if (at === 0) return
    this.rest = Buffer.from(this.rest.subarray(at))
    this.base += at
  }

  /** Takes the next thing. `wait`: what follows is needed first. */
  private take(at: number, last: boolean): { bytes: number; wait: boolean } {
    if (this.passing) return this.pass(this.passing, at)
    if (this.leaving) return this.leave(this.leaving, at)
    const byte = this.rest[at]!
    if (IS_BETWEEN[byte] === 1) return ONE_BYTE
    if (byte === OPEN) {
      const bytes = this.takeObject(at, last)
      return { bytes, wait: bytes === 0 }
    }
    if (byte === OPEN_LIST && this.around === '') {
      this.around = '['
      return ONE_BYTE
    }
    if (byte === CLOSE_LIST && this.around !== '') {
      if (this.around === '{[') this.leaving = { at: 0, depth: 1, inString: false }
      this.around = ''
      return ONE_BYTE
    }
    return { bytes: this.skipStray(at), wait: false }
  }

  /** Passes over a record that is too long, up to what can only be the start of another. */
  private pass(passing: Passing, at: number): { bytes: number; wait: boolean } {
    const next = this.startIn(at)
    const to = next === -1 ? Math.max(at, this.rest.length - RECORD_START.length + 1) : next
    passing.bytes += to - at
    if (next === -1) return { bytes: to - at, wait: true }
    this.sink.bad(tooLong, passing.from, passing.bytes)
    this.again += Math.max(0, passing.seen - passing.bytes)
    this.passing = null
    return { bytes: to - at, wait: false }
  }

  /** Passes over what follows the list of records in its wrapper. */
  private leave(leaving: Progress, at: number): { bytes: number; wait: boolean } {
    const rest = at === 0 ? this.rest : this.rest.subarray(at)
    leaving.at = 0
    const end = endOfObject(rest, leaving)
    if (end === -1) return { bytes: rest.length, wait: false }
    this.leaving = null
    return { bytes: end, wait: false }
  }

  /** Takes the object at `at`, or the head of what wraps records. @returns the bytes taken; 0: more are needed */
  private takeObject(at: number, last: boolean): number {
    this.closeStray()
    if (at > 0) this.progress = { at: 0, depth: 0, inString: false }
    const rest = this.rest
    if (this.progress.at === 0) {
      if (rest.length - at < WRAPPER_HEAD && !last) return 0
      const head = rest.toString('latin1', at, at + WRAPPER_HEAD)
      const wrapper = WRAPPER.exec(head)
      if (wrapper && this.around === '') {
        this.around = '{['
        return wrapper[0].length
      }
    }
    const object = at === 0 ? rest : rest.subarray(at)
    const end = endOfObject(object, this.progress)
    if (end === -1) {
      if (object.length <= LONGEST_RECORD) return 0
      this.passing = { from: this.base + at, bytes: RECORD_START.length, seen: object.length }
      this.progress = { at: 0, depth: 0, inString: false }
      return RECORD_START.length
    }
    this.progress = { at: 0, depth: 0, inString: false }
    if (end > LONGEST_RECORD) {
      this.sink.bad(tooLong, this.base + at, end)
      return end
    }
    const taken = this.sink.record(object.subarray(0, end), this.base + at)
    this.again += end - taken
    return this.again > MOST_AGAIN ? end : taken
  }

  /** Where the next record begins that is looked for behind one that is none; -1: there is none, or there were too many. */
  private startIn(from: number): number {
    return this.again > MOST_AGAIN ? -1 : this.rest.indexOf(RECORD_START, from)
  }

  /** When the last record is not whole: whether others are hidden in it, behind a stray quote. */
  private recovers(reason: string): boolean {
    if (this.rest.length === 0 || this.rest[0] !== OPEN || this.passing) return false
    const next = this.startIn(1)
    const to = next === -1 ? this.rest.length : next
    this.again += this.rest.length - to
    this.sink.bad(reason, this.base, to)
    this.progress = { at: 0, depth: 0, inString: false }
    this.rest = Buffer.from(this.rest.subarray(to))
    this.base += to
    return next !== -1
  }

  private skipStray(at: number): number {
    this.stray ??= { from: this.base + at, bytes: 0 }
    const next = this.rest.indexOf(OPEN, at)
    // the next line may be a record: what is between is one stray thing
    const to = next === -1 ? this.rest.length : next
    this.stray.bytes += to - at
    return to - at
  }

  private closeStray(): void {
    if (this.stray) this.sink.bad('not a record', this.stray.from, this.stray.bytes)
    this.stray = null
  }
}

const ONE_BYTE = { bytes: 1, wait: false } as const
const tooLong = `longer than ${LONGEST_RECORD / 1024 / 1024} MB`

/** Where it began, bytes of it so far, and those that were looked through to find its end. */
interface Passing {
  from: number
  bytes: number
  seen: number
}

interface Progress {
  at: number
  depth: number
  inString: boolean
}

/** Where the object that begins at 0 ends; -1: it goes on, and `progress` says how far it was looked through. */
export function endOfObject(bytes: Buffer, progress: Progress): number {
  let { at, depth, inString } = progress
  const { length } = bytes
  while (at < length) {
    if (inString) {
      const quote = bytes.indexOf(QUOTE, at)
      if (quote === -1) {
        at = length
        break
      }
      let slash = quote
      while (slash > 0 && bytes[slash - 1] === BACKSLASH) slash--
      inString = (quote - slash) % 2 === 1
      at = quote + 1
      continue
    }
    const byte = bytes[at++]!
    if (byte === QUOTE) inString = true
    else if (byte === OPEN || byte === OPEN_LIST) depth++
    else if ((byte === CLOSE || byte === CLOSE_LIST) && --depth <= 0) return at
  }
  progress.at = at
  progress.depth = depth
  progress.inString = inString
  return -1
}
