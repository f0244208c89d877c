/**
 * Where in bytes an AWS credential could begin. A fast superset test: almost everywhere the answer is "nowhere", and
 * only around an anchor does anybody look closely.
 *
 * Anchors are told by four bytes each, but for the last two:
 * - `AKIA`, `ASIA`, `ABIA`, `ACCA`: access key IDs; `ABSK`: Bedrock API keys
 * - `cr?t` in either case, of `secret`; `k-?p`, of `bedrock-api-key-`
 * - `A\0` before one of `KSBC`, as two-byte text has it
 * - the four prefixes in base64, at three alignments, and a letter of them as two-byte text in base64
 * - `A` as `%41`, `\x41`, `\u0041`, `\101`, `&#65;`, `&#x41;`, each before another escape
 * - `H4sI`, gzip in base64, and the `DRzS` of `SDRzSU`, in base64 of base64; `UEsD`, a zip in base64
 * - the second half of a prefix in hexadecimal: the `4941` of `414b4941`
 * - the end of a line of wrapped base64 (47 characters or more), written `\n`, too, where an anchor may be broken; up to
 *   26 blanks may begin the next
 * - the prefix of an access key ID in two literals, as in `"AK" + "IA`, where no more than 31 bytes are looked at
 */

import { instanceIn, type WasmMemory, wasmMemory } from '../model/wasm.ts'
import { ANCHORS_MODULE } from './anchors-module.ts'
import * as plain from './anchors-plain.ts'
import type { Parts } from './parts.ts'

export interface AnchorFinder {
  /** Appends to `out` the positions in [from, to) where an anchor begins, in order. */
  find(bytes: Uint8Array, from: number, to: number, out: number[]): void
  /** Whether there is any. */
  has(bytes: Uint8Array, from: number, to: number): boolean
  /**
   * Appends the places in `parts` of a blob where something may begin: anchors of which `mayBegin` is true. Only for
   * what lies in the memory that is lent; false, and nothing appended, where this cannot be done.
   */
  beginnings(blob: Uint8Array, parts: Parts, out: number[]): boolean
  /**
   * Whether [from, to) of a blob may hold forty characters of a value, in one run or in pieces. Only asked for real of
   * what lies in the memory that is lent; true elsewhere.
   */
  mayHoldValue(blob: Uint8Array, from: number, to: number): boolean
  /** How many lines end in [from, to). */
  lineEnds(bytes: Uint8Array, from: number, to: number): number
  /** Memory to read into: what lies at its start is searched without being copied first. Null: there is none. */
  readonly input: Uint8Array | null
  /** Lends another such memory, of {@link WINDOW_SIZE}. Null: there is none, or somebody else has it. */
  borrowWindow(): Lent | null
  /**
   * Lends memory in which many blobs can lie, and are searched without being copied. Null: there is none, or somebody
   * else has it.
   */
  borrow(): Borrowed | null
}

export interface Lent {
  /** What was there before is still there. */
  readonly bytes: Uint8Array
  giveBack(): void
}

export interface Borrowed extends Lent {
  /** What it is a part of, for other WebAssembly modules. */
  readonly memory: WasmMemory
  readonly bytes: Buffer
}

const PLAIN: AnchorFinder = {
  find: plain.findAnchors,
  has: plain.hasAnchor,
  beginnings: () => false,
  mayHoldValue: () => true,
  lineEnds: plain.countLineEnds,
  input: null,
  borrowWindow: () => null,
  borrow: () => null,
}

let best: AnchorFinder | undefined

/** The fastest search that this machine can run: WebAssembly with SIMD, else plain. Made once. */
export function anchorFinder(): AnchorFinder {
  best ??= createFastFinder() ?? PLAIN
  return best
}

/** Bytes before a place that the search may look at: a line of wrapped base64, and its ends. */
const LEAD = 80
/** Bytes behind the last place that it loads. */
const TAIL = 32
/** What is not in the input memory is copied in such pieces: they stay in the processor's cache. */
const PIECE = 256 * 1024
export const INPUT_SIZE = 8 << 20
export const WINDOW_SIZE = 1 << 20

const OUT = 64 * 1024
const OUT_END = OUT + 64 * 1024
/** Parts that do not lie in the memory are copied here. */
const PARTS = OUT_END
const MOST_PARTS = 512
const PIECE_AT = PARTS + 8 * MOST_PARTS
const INPUT_AT = PIECE_AT + LEAD + PIECE + TAIL + LEAD
const WINDOW_AT = INPUT_AT + INPUT_SIZE + LEAD
const OWN_END = WINDOW_AT + WINDOW_SIZE + TAIL
/** In the other memory, with what is lent. Only what is used of it takes memory. */
const LENT_AT = PARTS + 8 * MOST_PARTS + LEAD
const LENT_SIZE = 196 << 20
const LENT_END = LENT_AT + LENT_SIZE + TAIL
/** Shorter ones are searched before a copy is made. */
const SHORT = 96

interface Exports extends Record<string, unknown> {
  anchors(from: number, end: number, out: number, outEnd: number): number
  beginnings(object: number, size: number, parts: number, count: number, out: number, outEnd: number): number
  mayHoldValue(from: number, end: number): number
  lineEnds(from: number, end: number): number
  stopped: { value: number }
}

/** A memory, and the search in it. */
interface Searched {
  memory: WasmMemory
  /** The memory's. */
  buffer: ArrayBuffer
  bytes: Uint8Array
  found: Uint32Array
  exports: Exports
}

function searchedMemory(size: number): Searched | null {
  const memory = wasmMemory(size)
  const exports = memory && (instanceIn(memory, ANCHORS_MODULE) as Exports | null)
  if (!memory || !exports) return null
  const { buffer } = memory
  return { memory, buffer, bytes: new Uint8Array(buffer), found: new Uint32Array(buffer), exports }
}

/** Appends what lies in memory[from, to), `shift` away from its place in the blob. */
function search({ exports, found }: Searched, from: number, to: number, shift: number, out: number[]): void {
  for (let at = from; at < to; at = exports.stopped.value) {
    const end = exports.anchors(at, to, OUT, OUT_END)
    for (let i = OUT >> 2; i < end >> 2; i++) out.push(found[i]! + shift)
  }
}

/** In what is lent: near the ends of a blob stand others, which the search must not see. */
function findAmongOthers(lent: Searched, blob: Uint8Array, from: number, to: number, out: number[]): void {
  const at = blob.byteOffset
  const first = Math.max(from, Math.min(to, LEAD))
  const last = Math.max(first, Math.min(to, blob.length - TAIL))
  if (from < first) plain.findAnchors(blob, from, first, out)
  if (first < last) search(lent, at + first, at + last, -at, out)
  if (last < to) plain.findAnchors(blob, last, to, out)
}

/** Null where WebAssembly or its SIMD instructions are missing, or not allowed. */
export function createFastFinder(): AnchorFinder | null {
  const own = searchedMemory(OWN_END)
  if (!own) return null
  const { buffer, bytes, exports } = own
  for (const at of [INPUT_AT, WINDOW_AT]) bytes[at - 1] = 10 // what lies there begins a line
  /** Made when it is first asked for: so much memory makes V8 collect garbage. */
  let lent: Searched | null = null
  let isLentOut = false
  let isWindowOut = false
  // to ask for a buffer takes longer than to compare numbers
  const beginsInOwn = (blob: Uint8Array) =>
    (blob.byteOffset === INPUT_AT || blob.byteOffset === WINDOW_AT) && blob.buffer === buffer
  const isIn = (memory: Searched | null, blob: Uint8Array): memory is Searched =>
    memory !== null && blob.byteOffset >= LENT_AT && blob.buffer === memory.buffer

  /** Copies a piece with what stands around it. @returns where it begins in memory */
  const copy = (blob: Uint8Array, from: number, to: number): number => {
    const lead = Math.min(from, LEAD)
    const start = PIECE_AT + LEAD - lead
    if (lead < LEAD) {
      bytes.fill(0, PIECE_AT, start)
      bytes[start - 1] = 10
    }
    const last = Math.min(blob.length, to + TAIL)
    bytes.set(blob.subarray(from - lead, last), start)
    const end = PIECE_AT + LEAD + (last - from)
    if (last < to + TAIL) bytes.fill(0, end, end + TAIL)
    return PIECE_AT + LEAD
  }
  return {
    input: bytes.subarray(INPUT_AT, INPUT_AT + INPUT_SIZE),
    borrow() {
      if (isLentOut) return null
      lent ??= searchedMemory(LENT_END)
      if (!lent) return null
      isLentOut = true
      return {
        memory: lent.memory,
        bytes: Buffer.from(lent.buffer, LENT_AT, LENT_SIZE),
        giveBack() {
          isLentOut = false
        },
      }
    },
    find(blob, from, to, out) {
      if (beginsInOwn(blob)) {
        const at = blob.byteOffset
        bytes.fill(0, at + blob.length, at + blob.length + TAIL)
        search(own, at + from, at + to, -at, out)
      } else if (isIn(lent, blob)) findAmongOthers(lent, blob, from, to, out)
      else if (to - from < SHORT) plain.findAnchors(blob, from, to, out)
      else
        for (let at = from; at < to; at += PIECE) {
          const end = Math.min(to, at + PIECE)
          const start = copy(blob, at, end)
          search(own, start, start + end - at, at - start, out)
        }
    },
    beginnings(blob, { count, ends }, out) {
      if (!isIn(lent, blob) || (ends.buffer !== lent.buffer && count > MOST_PARTS)) return false
      const { found } = lent
      let at = ends.byteOffset
      if (ends.buffer !== lent.buffer) {
        at = PARTS
        for (let i = 0; i < 2 * count; i++) found[(PARTS >> 2) + i] = ends[i]!
      }
      const end = lent.exports.beginnings(blob.byteOffset, blob.length, at, count, OUT, OUT_END)
      for (let i = OUT >> 2; i < end >> 2; i++) out.push(found[i]!)
      return end > 0
    },
    mayHoldValue(blob, from, to) {
      if (!isIn(lent, blob)) return true
      return lent.exports.mayHoldValue(blob.byteOffset + from, blob.byteOffset + to) === 1
    },
    lineEnds(blob, from, to) {
      if (blob.buffer !== buffer) return plain.countLineEnds(blob, from, to)
      return exports.lineEnds(blob.byteOffset + from, blob.byteOffset + to)
    },
    borrowWindow() {
      if (isWindowOut) return null
      isWindowOut = true
      return {
        bytes: bytes.subarray(WINDOW_AT, WINDOW_AT + WINDOW_SIZE),
        giveBack() {
          isWindowOut = false
        },
      }
    },
    has(blob, from, to) {
      if (to - from < SHORT) return plain.hasAnchor(blob, from, to)
      for (let at = from; at < to; at += PIECE) {
        const end = Math.min(to, at + PIECE)
        const start = copy(blob, at, end)
        if (exports.anchors(start, start + end - at, OUT, OUT + 4) > OUT) return true
      }
      return false
    },
  }
}
