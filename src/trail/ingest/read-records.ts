/** From the bytes of a log file to records: at once where the file is as CloudTrail writes it. */
import { isUtf8 } from 'node:buffer'
import type { Batch, FileState } from './batch.ts'
import { factsOf, recordsIn, toLine } from './record.ts'
import { LONGEST_RECORD, RECORD_START, RecordSplitter } from './split.ts'

/** Takes records. */
export interface RecordTaker {
  /** A batch with room for so many bytes. */
  room(bytes: number): Batch
  /** Something that is no record, or none that can be kept. */
  reject(state: FileState, reason: string, offset: number, bytes: number, facts: object): void
}

const LIST_START = Buffer.from('{"Records":[{"eventVersion"')
const NEWLINE = 0x0a
const BRACE = 0x7d
const CLOSE_LIST = 0x5d
const COMMA = 0x2c

/**
 * Records of a file as CloudTrail writes it: one line, each record beginning with its version, which no string can
 * contain. Nothing is looked at but the places between records; whether each is JSON, its reader will say.
 * @returns false: the file is of another form, and nothing was taken
 */
export function readLogFile(bytes: Buffer, state: FileState, taker: RecordTaker): boolean {
  const end = endOfList(bytes)
  if (end === -1 || !bytes.subarray(0, LIST_START.length).equals(LIST_START)) return false
  if (bytes.subarray(0, end).includes(NEWLINE)) return false
  const cuts = [LIST_START.length - RECORD_START.length]
  for (let at = bytes.indexOf(RECORD_START, LIST_START.length); at !== -1; ) {
    if (bytes[at - 1] !== COMMA || bytes[at - 2] !== BRACE) return false
    cuts.push(at)
    at = bytes.indexOf(RECORD_START, at + RECORD_START.length)
  }
  cuts.push(end)
  for (let i = 1; i < cuts.length; i++) if (cuts[i]! - cuts[i - 1]! > LONGEST_RECORD) return false
  if (!isUtf8(bytes)) return false
  addRanges(bytes, cuts, state, taker)
  return true
}

/** Where the list ends, before `]}` and white space; -1: it does not. */
function endOfList(bytes: Buffer): number {
  let at = bytes.length
  while (at > 0 && (bytes[at - 1] === NEWLINE || bytes[at - 1] === 0x20 || bytes[at - 1] === 0x0d)) at--
  return bytes[at - 1] === BRACE && bytes[at - 2] === CLOSE_LIST && bytes[at - 3] === BRACE ? at - 2 : -1
}

/** As many records at a time as a batch takes. */
function addRanges(bytes: Buffer, cuts: readonly number[], state: FileState, taker: RecordTaker): void {
  for (let first = 0; first < cuts.length - 1; ) {
    const from = cuts[first]!
    const batch = taker.room(cuts[first + 1]! - from)
    let last = first + 1
    while (last < cuts.length - 1 && batch.fits(cuts[last + 1]! - from)) last++
    batch.add(state, bytes.subarray(from, last === cuts.length - 1 ? cuts[last]! : cuts[last]! - 1), last - first, from)
    state.events += last - first
    first = last
  }
}

/** Reads a file of any form. `write` takes its bytes in pieces; `end` says why it is cut off, if it is. */
export function readAnyFile(state: FileState, taker: RecordTaker): RecordSplitter {
  return new RecordSplitter({
    record(bytes, offset) {
      if (bytes.subarray(0, RECORD_START.length).equals(RECORD_START) && isUtf8(bytes))
        addLine(withoutNewlines(bytes), offset, state, taker)
      else addParsed(bytes, offset, state, taker)
    },
    bad(reason, offset, length) {
      taker.reject(state, reason, offset, length, {})
    },
  })
}

/** Parses a record and writes it anew: what is wrong with it is found, what wraps it falls away. */
export function addParsed(bytes: Buffer, offset: number, state: FileState, taker: RecordTaker): void {
  const reject = (reason: string) => taker.reject(state, reason, offset, bytes.length, factsOf(bytes))
  let value: unknown
  try {
    // bytes that are no UTF-8 become U+FFFD
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    reject('not JSON')
    return
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
}

function addLine(line: Buffer, offset: number, state: FileState, taker: RecordTaker): void {
  taker.room(line.length).add(state, line, 1, offset)
  state.events++
}

/** Line ends stand only between the tokens of JSON: within strings they are escaped. */
function withoutNewlines(bytes: Buffer): Buffer {
  if (!bytes.includes(NEWLINE) && !bytes.includes(0x0d)) return bytes
  const line = Buffer.from(bytes)
  for (let i = 0; i < line.length; i++) if (line[i] === NEWLINE || line[i] === 0x0d) line[i] = 0x20
  return line
}
