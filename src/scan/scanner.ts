/**
 * Finds the AWS credentials in a blob: anchors first, then a close look at the text around each. What is found leaves
 * as hits, which have no field for a secret.
 */
import { anchorFinder } from './anchors.ts'
import { KNOWN_CANARY_ACCOUNTS } from './canary-accounts.ts'
import {
  type ANCHOR_END,
  mayBegin,
  mayGoOn,
  reachOf,
  type VALUE_END,
  valueEndOf,
  worthALook,
} from './detectors/candidate.ts'
import { type Core, type HandOver, type HitMaker, hitsIn, type Whole } from './detectors/hits.ts'
import { judgeId } from './detectors/key-id.ts'
import { isNamedByFile, mayBeNamed, NAME } from './detectors/named-file.ts'
import { isOwnOutput } from './detectors/own-output.ts'
import { type Packed, packedAround, packedIn, unpack } from './detectors/packed.ts'
import { newOrder } from './detectors/pair.ts'
import { isProgram, isTable } from './detectors/program.ts'
import { remembering } from './detectors/remembering.ts'
import { LineIndex } from './line-index.ts'
import { lowerBound } from './lower-bound.ts'
import { mayBeNarrowed, type Narrowed, narrowed } from './narrowed.ts'
import type { Parts } from './parts.ts'
import type { BlobPlace, Hit } from './source.ts'

export interface ScannerOptions {
  /**
   * At least 16 bytes, secret: the same key gives the same secret the same fingerprint. A function is asked when the
   * first secret is found.
   */
  fingerprintKey: Uint8Array | (() => Uint8Array)
  /** Account IDs of canary services, besides the known ones. */
  canaryAccounts?: readonly string[]
  /** false: only what stands there plainly, without decoding. Default true. */
  encodings?: boolean
  /** The one way out for a secret: see {@link HandOver}. Absent: there is none. */
  handOver?: HandOver
}

export interface Scanner {
  /** All credentials in one blob. The bytes are only read while the call runs. */
  scan(bytes: Uint8Array, place: BlobPlace): Hit[]
  /**
   * The same, some at a time and not quite in order: a blob may hold more than should be in memory at once.
   * @param whole of a blob that comes in pieces, to be given with each of them
   */
  batches(bytes: Uint8Array, place: BlobPlace, whole?: Whole): Iterable<Hit[]>
  /**
   * Of blobs that stand one behind the other, with a byte before each that is a line's end, those in which something may be
   * found: a fast superset.
   * @param ends where each of them ends
   * @returns which of them, in order
   */
  mayHold(bytes: Uint8Array, ends: readonly number[]): number[]
  /**
   * Appends to `out` where in parts of a blob something may begin, in order: a fast superset of what is found. Whether a
   * place is one depends on the {@link BEFORE_ANCHOR} bytes before it and the {@link ANCHOR_END} behind it.
   */
  anchors(bytes: Uint8Array, parts: Parts, out: number[]): void
  /** Whether an anchor is worth a close look: this depends on the {@link VALUE_END} bytes behind it. */
  mayGoOn(bytes: Uint8Array, anchor: number): boolean
  /**
   * The parts of a blob in which finds are looked for, in order. Each find's place lies in one of them.
   * @param worthy all anchors of the blob that are worth a close look
   */
  cores(bytes: Uint8Array, worthy: readonly number[]): Core[]
  /**
   * The finds of one of them, which depend on nothing outside of [core.first, core.last): their lines are counted from
   * its beginning, too.
   */
  scanCore(bytes: Uint8Array, core: Core): Iterable<Hit[]>
  /** ID, secret and what says that they belong together lie within so many bytes. */
  readonly reach: number
}

/** SHA-256, in hexadecimal digits. The module is loaded when it is used first: nearly every commit goes without. */
function hmacOf(secret: string, key: Uint8Array): string {
  const { createHmac } = process.getBuiltinModule('node:crypto')
  return createHmac('sha256', key).update(secret).digest('hex')
}

/** A line of wrapped base64, at whose end an anchor may be broken. */
export const BEFORE_ANCHOR = 96

const REACH = 2048
/** Where anchors stand close together, the text is looked at in pieces of about this size. */
const LONGEST_CORE = 1 << 16
/** What is packed is unpacked, and what is packed therein, so many times. */
const DEEPEST_PACKED = 3

export function createScanner({
  fingerprintKey,
  canaryAccounts = [],
  encodings = true,
  handOver,
}: ScannerOptions): Scanner {
  let key = typeof fingerprintKey === 'function' ? null : fingerprintKey
  const keyNow = () => {
    key ??= (fingerprintKey as () => Uint8Array)()
    return key
  }
  const canaries = new Set([...KNOWN_CANARY_ACCOUNTS, ...canaryAccounts])
  const maker: HitMaker = {
    encodings,
    handOver,
    reach: REACH,
    canaryAccounts: canaries,
    judge: remembering((accessKeyId) => judgeId(accessKeyId, canaries)),
    fingerprint: (secret) => hmacOf(secret, keyNow()).slice(0, 32),
  }
  const finder = anchorFinder()
  const batches = function* (bytes: Uint8Array, depth: number, whole?: Whole): Iterable<Hit[]> {
    const wide = encodings ? narrowed(bytes) : null
    if (wide) {
      for (const hits of batches(wide.bytes, depth, whole ?? wholeOf(bytes))) yield hits.map((hit) => inWide(hit, wide))
      return
    }
    const anchors: number[] = []
    finder.find(bytes, 0, bytes.length, anchors)
    const worthy = anchors.filter((anchor) => worthALook(bytes, anchor))
    if (worthy.length === 0) return
    const lines = new LineIndex(bytes)
    // most blobs are asked for nothing more
    const known = whole ?? wholeOf(bytes)
    for (const core of coresOf(worthy, bytes)) yield* inCore(bytes, core, lines, depth, known)
  }
  const inCore = function* (bytes: Uint8Array, core: Core, lines: LineIndex, depth: number, whole: Whole) {
    const hits = hitsIn(bytes, core, lines, maker, whole)
    yield hits.filter(({ offset }) => offset >= core.from && offset < core.to)
    if (encodings && depth < DEEPEST_PACKED) yield* inPacked(bytes, core, lines, depth)
  }
  /** What is found in what is packed stands where that begins. */
  const inPacked = function* (bytes: Uint8Array, core: Core, lines: LineIndex, depth: number): Iterable<Hit[]> {
    for (const packed of packedIn(bytes, core.from, core.to)) {
      const offset = packed.from
      const place = { offset, line: lines.lineOf(offset), column: lines.columnOf(offset) }
      for (const inside of batches(unpack(bytes, packed), depth + 1))
        yield inside.map((hit) => ({ ...hit, ...place, encodings: [...packed.encodings, ...hit.encodings] }))
    }
  }
  /** What its file's name says is read before it, on the same line. */
  const inNamed = function* (bytes: Uint8Array): Iterable<Hit[]> {
    const before = NAME.length
    for (const hits of batches(Buffer.concat([Buffer.from(NAME), bytes]), 0))
      yield hits.map((hit) => ({ ...hit, offset: hit.offset - before, column: hit.column - before }))
  }
  const inBlob = (bytes: Uint8Array, place: BlobPlace, whole?: Whole) =>
    isNamedByFile(bytes, place) ? inNamed(bytes) : batches(bytes, 0, whole)
  return {
    scan: (bytes, place) => [...inBlob(bytes, place)].flat().sort((a, b) => a.offset - b.offset),
    batches: inBlob,
    mayHold(bytes, ends) {
      const anchors: number[] = []
      finder.find(bytes, 0, ends.at(-1) ?? 0, anchors)
      const found: number[] = []
      let next = 0
      let from = 1
      for (let i = 0; i < ends.length; i++) {
        const to = ends[i]!
        // what begins at a line's end between two is of neither
        while (next < anchors.length && anchors[next]! < from) next++
        if ((next < anchors.length && anchors[next]! < to) || mayBeOther(bytes, from, to)) found.push(i)
        from = to + 1
      }
      return found
    },
    anchors(bytes, parts, out) {
      if (finder.beginnings(bytes, parts, out)) return
      const all: number[] = []
      for (let i = 0; i < 2 * parts.count; i += 2) finder.find(bytes, parts.ends[i]!, parts.ends[i + 1]!, all)
      for (const anchor of all) if (mayBegin(bytes, anchor)) out.push(anchor)
    },
    mayGoOn(bytes, anchor) {
      const end = valueEndOf(bytes, anchor)
      return (end < 0 || finder.mayHoldValue(bytes, anchor + 4, end)) && mayGoOn(bytes, anchor)
    },
    cores: (bytes, worthy) => [...coresOf(worthy, bytes)],
    scanCore: (bytes, core) =>
      inCore(bytes, core, new LineIndex(bytes, core.first), 0, { order: newOrder(), inProgram: false, isOwn: false }),
    reach: REACH,
  }
}

/** Whether more may be found in a blob than its bytes show: by its name, or as it is two-byte text. */
const mayBeOther = (bytes: Uint8Array, from: number, to: number) =>
  mayBeNamed(to - from) || mayBeNarrowed(bytes[from]!, bytes[from + 1]!)

/** What is known of a blob by its beginning. */
export function wholeOf(bytes: Uint8Array): Whole {
  return { order: newOrder(), inProgram: isProgram(bytes) || isTable(bytes), isOwn: isOwnOutput(bytes) }
}

function inWide(hit: Hit, { start, encoding }: Narrowed): Hit {
  return { ...hit, offset: start + hit.offset * 2, encodings: [encoding, ...hit.encodings] }
}

/**
 * The parts of a blob in which finds are looked for. Each find's place lies in one of them: they do not overlap, and
 * reach as far from their anchors as a find can. As much again around them is looked at, for what belongs to a find.
 */
function* coresOf(anchors: readonly number[], bytes: Uint8Array): Iterable<Core> {
  let core: Core | null = null
  for (const { at, ...next } of coresOfEach(anchors, bytes)) {
    if (!core || next.from > core.to) {
      if (core) yield core
      core = next
    } else if (at - core.from < Math.max(LONGEST_CORE, (core.last - core.from) / 2)) {
      // what is packed makes a part long anyway, and is better read once
      core.to = Math.max(core.to, next.to)
      core.first = Math.min(core.first, next.first)
      core.last = Math.max(core.last, next.last)
    } else {
      // the next one takes over in the middle
      yield { ...core, to: at }
      core = { ...next, from: at }
    }
  }
  if (core) yield core
}

/** In the order of where they begin. */
function* coresOfEach(anchors: readonly number[], bytes: Uint8Array): Iterable<Core & { at: number }> {
  let waiting: (Core & { at: number })[] = []
  let packedTo = 0
  for (const at of anchors) {
    const packed = at < packedTo ? null : packedAround(bytes, at)
    packedTo = packed?.to ?? packedTo
    waiting.push({ at, ...(packed ? coreOfPacked(packed, bytes) : coreAround(bytes, at)) })
    if (waiting.length < MOST_WAITING) continue
    waiting.sort((a, b) => a.from - b.from)
    // what comes begins behind this
    const next = lowerBound(
      waiting.map(({ from }) => from),
      at - REACH,
    )
    yield* waiting.slice(0, next)
    waiting = waiting.slice(next)
  }
  yield* waiting.sort((a, b) => a.from - b.from)
}

/** Within the reach of an anchor there are never so many others. */
const MOST_WAITING = 4096

function coreAround(bytes: Uint8Array, at: number): Core {
  const reach = reachOf(bytes, at, REACH)
  return {
    from: Math.max(0, at - reach),
    to: Math.min(bytes.length, at + reach),
    first: Math.max(0, at - 2 * reach),
    last: Math.min(bytes.length, at + 2 * reach),
  }
}

/** Of what is packed, all is looked at, and nothing around it but the characters that part it from the rest. */
function coreOfPacked({ from, to }: Packed, bytes: Uint8Array): Core {
  return { from, to: from + 1, first: Math.max(0, from - 1), last: Math.min(bytes.length, to + 1) }
}
