/** From the bytes of a log file to records: at once where the file is as CloudTrail writes it. */
import { isUtf8 } from 'node:buffer'
import type { Chunk, FileState } from './chunk.ts'
import { CLOSE, CLOSE_LIST, COMMA, NEWLINE, SPACE } from './json-bytes.ts'
import { logScanner } from './log-scanner.ts'
import { EARLIEST, factsOf, latest, microsOfText, type Record, recordsIn, toLine } from './record.ts'
import { paintSecrets } from './redact-bytes.ts'
import { endOfObject, LONGEST_RECORD, RECORD_START, type RecordSink, RecordSplitter } from './split.ts'

/** Takes records. */
export interface RecordTaker {
  /** A chunk with room for so many bytes and records. */
  room(bytes: number, records?: number): Chunk
  /** Waits where there is more than is good, and lets others have their turn; to be called every so often. */
  pause(): Promise<void>
  /** Secret access keys that were taken out. */
  painted(count: number): void
  /** Something that is no record, or none that can be kept. */
  reject(state: FileState, reason: string, offset: number, bytes: number, facts: object): void
}

const LIST_START = Buffer.from('{"Records":[{"eventVersion"')

/** Bytes that are looked through before others have their turn. */
const TURN = 512 * 1024

/**
 * Records of a file as CloudTrail writes it: one line, each record beginning with its version, which no string can
 * contain.
 * @returns false: the file is of another form, and nothing was taken
 */
export async function readLogFile(bytes: Buffer, state: FileState, taker: RecordTaker): Promise<boolean> {
  const end = endOfList(bytes)
  if (end === -1 || !bytes.subarray(0, LIST_START.length).equals(LIST_START)) return false
  if (!isUtf8(bytes)) return false
  let turn = TURN
  for (let at = LIST_START.length - RECORD_START.length; at < end; ) {
    const next = takeWhole(bytes, at, end, state, taker) ?? takeOdd(bytes, at, end, state, taker)
    if (next === null) {
      const splitter = readAnyFile(state, taker, at)
      splitter.write(bytes.subarray(at))
      splitter.end()
      return true
    }
    at = next
    if (at < turn) continue
    turn = at + TURN
    await taker.pause()
  }
  return true
}

/** Takes some records that are in order. @returns where the next begins; null: the first is not in order */
function takeWhole(bytes: Buffer, at: number, end: number, state: FileState, taker: RecordTaker): number | null {
  const odd: Place[] = []
  const next = takeScanned(bytes, at, end, 0, state, taker, odd)
  // may begin another chunk
  for (const { from, to } of odd) addParsed(bytes.subarray(from, to), from, state, taker)
  return next
}

interface Place {
  from: number
  to: number
}

/**
 * Takes some records that are in order, of the part of a file from `base` on.
 * @param odd is told of those that JSON.parse has to judge
 * @returns where the next begins; null: the first is not in order
 */
function takeScanned(
  bytes: Buffer,
  at: number,
  end: number,
  base: number,
  state: FileState,
  taker: RecordTaker,
  odd: Place[],
): number | null {
  const scanner = logScanner()
  if (scanner === null) return null
  let records = scanner.scan(bytes, at, end)
  if (scanner.mayHaveKey()) {
    const painted = paintSecrets(bytes, at, at + scanner.reached)
    taker.painted(painted)
    if (painted > 0) records = scanner.scan(bytes, at, end)
  }
  if (records === 0) return null
  const copies = scanner.copies(records)
  const chunk = taker.room(copies.length + scanner.commonBytes(records), records)
  const held = chunk.hold(copies)
  const newest = latest()
  for (let i = 0; i < records; i++) {
    const found = scanner.found(i)
    const micros = found.seconds * 1e6
    if (micros < EARLIEST || micros > newest) odd.push({ from: found.from, to: found.to })
    else chunk.add(state, bytes, base, found, scanner.bytes, held)
  }
  return at + scanner.reached
}

/** Takes a record that stands alone. @returns false: JSON.parse is to judge it */
function takeOne(bytes: Buffer, offset: number, state: FileState, taker: RecordTaker): boolean {
  const odd: Place[] = []
  return takeScanned(bytes, 0, bytes.length, offset, state, taker, odd) !== null && odd.length === 0
}

/** Takes the record that ends where another can only begin. @returns where that is; null: it is not at its place */
function takeOdd(bytes: Buffer, at: number, end: number, state: FileState, taker: RecordTaker): number | null {
  const start = bytes.indexOf(RECORD_START, at + 1)
  const next = start === -1 || start >= end ? end + 1 : start
  if (next <= end && (bytes[next - 1] !== COMMA || bytes[next - 2] !== CLOSE)) return null
  if (next - 1 - at > LONGEST_RECORD) return null
  const record = bytes.subarray(at, next - 1)
  // of another form, a record may begin in other ways
  if (record.includes(NEWLINE)) return null
  if (isFollowed(record)) {
    const splitter = readAnyFile(state, taker, at)
    splitter.write(record)
    splitter.end()
  } else addParsed(record, at, state, taker)
  return next
}

/** Whether behind the object that the bytes begin with, another follows, which begins in another way. */
function isFollowed(bytes: Buffer): boolean {
  const end = endOfObject(bytes, { at: 0, depth: 0, inString: false })
  return end !== -1 && /^\s*,\s*\{/.test(bytes.toString('latin1', end, end + 64))
}

/** Where the list ends, before `]}` and white space; -1: it does not. */
function endOfList(bytes: Buffer): number {
  let at = bytes.length
  while (at > 0 && (bytes[at - 1] === NEWLINE || bytes[at - 1] === SPACE || bytes[at - 1] === 0x0d)) at--
  return bytes[at - 1] === CLOSE && bytes[at - 2] === CLOSE_LIST && bytes[at - 3] === CLOSE ? at - 2 : -1
}

/**
 * Reads a file of any form, or what is left from `base` on of one as CloudTrail writes it. `write` takes the bytes in
 * pieces; `end` says why they are cut off, if they are.
 */
export function readAnyFile(state: FileState, taker: RecordTaker, base = 0): RecordSplitter {
  const sink: RecordSink = {
    record(bytes, at) {
      if (isUtf8(bytes) && takeOne(bytes, base + at, state, taker)) return bytes.length
      return addParsed(bytes, base + at, state, taker)
    },
    bad(reason, at, length) {
      taker.reject(state, reason, base + at, length, {})
    },
  }
  return new RecordSplitter(sink, base > 0)
}

/**
 * Parses a record and writes it anew: what is wrong with it is found, what wraps it falls away.
 * @returns the bytes that it takes: what is no JSON, because a quote of it is lost, say, ends where another begins
 */
export function addParsed(bytes: Buffer, offset: number, state: FileState, taker: RecordTaker): number {
  const reject = (reason: string, to = bytes.length) =>
    taker.reject(state, reason, offset, to, factsOf(bytes.subarray(0, to)))
  let value: unknown
  try {
    // bytes that are no UTF-8 become U+FFFD
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    const next = bytes.indexOf(RECORD_START, 1)
    const to = next === -1 ? bytes.length : next
    reject('not JSON', to)
    return to
  }
  for (const record of recordsIn(value)) {
    if (typeof record === 'string') {
      reject(record)
      continue
    }
    try {
      addLine(Buffer.from(toLine(record)), offset, state, taker)
    } catch {
      reject('nested too deep')
    }
  }
  return bytes.length
}

/** Adds a record that {@link toLine} has written. */
function addLine(line: Buffer, offset: number, state: FileState, taker: RecordTaker): void {
  if (takeOne(line, offset, state, taker)) return
  taker.painted(paintSecrets(line))
  const record = JSON.parse(line.toString('utf8')) as Record
  const identity = record.userIdentity as { accessKeyId?: unknown } | null | undefined
  taker.room(line.length).addParsed(state, line, offset, {
    eventID: record.eventID as string,
    micros: microsOfText(record.eventTime as string)!,
    eventSource: record.eventSource as string,
    eventName: record.eventName as string,
    sourceIPAddress: textOf(record.sourceIPAddress),
    userAgent: textOf(record.userAgent),
    accessKeyId: textOf(identity?.accessKeyId),
  })
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
