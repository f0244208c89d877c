/**
 * Scans objects as a pack is walked. Of an object that is a delta, only the parts around what changed are looked at;
 * what was found in its base and was copied with its surroundings is taken over. As soon as anything is found in a
 * changed part, or anything found before is not copied whole, the object is scanned as a whole. So the outcome is that
 * of scanning each object as a whole.
 */
import type { Scanner } from '../scanner.ts'
import type { BlobPlace, Hit } from '../source.ts'
import { changedParts, whereCopied } from './changed-parts.ts'
import type { Copies } from './delta.ts'

/** What is known of an object while its deltas are made. */
export interface Scanned {
  size: number
  /** No anchor stands in it, so its deltas can only have what their own changes bring. */
  clean: boolean
  hits: readonly Hit[]
}

/** An anchor, with all that its recognition looks at around it, is shorter. */
const LONGEST_ANCHOR = 128
/** Changed parts that make up more of an object than this are not worth looking at one by one. */
const MOST_IN_PARTS = 0.5

const NO_HITS: readonly Hit[] = []

export class BlobScan {
  readonly #scanner: Scanner
  readonly #memory: Buffer
  readonly #parts: number[] = []
  readonly #places: number[] = []

  /** @param memory in which the objects lie */
  constructor(scanner: Scanner, memory: Buffer) {
    this.#scanner = scanner
    this.#memory = memory
  }

  whole(at: number, size: number): Scanned {
    if (!this.#isWide(at, size) && !this.#mayHold(at, 0, size)) return { size, clean: true, hits: NO_HITS }
    return { size, clean: false, hits: this.#scan(at, 0, size) }
  }

  changed(at: number, size: number, base: Scanned, copies: Copies): Scanned {
    if (this.#isWide(at, size)) return this.whole(at, size)
    const parts = this.#parts
    if (base.clean) {
      changedParts(copies, size, base.size, LONGEST_ANCHOR, parts)
      if (!this.#anyMayHold(at)) return { size, clean: true, hits: NO_HITS }
    }
    const { reach } = this.#scanner
    changedParts(copies, size, base.size, reach, parts)
    const quiet = !this.#anyMayHold(at)
    // what stands within reach of a change, with all that stands within its own reach
    changedParts(copies, size, base.size, 2 * reach, parts)
    if (!quiet && lengthOf(parts) > size * MOST_IN_PARTS) return { size, clean: false, hits: this.#scan(at, 0, size) }
    const kept = base.hits.length === 0 ? NO_HITS : this.#keptOf(base, copies, size)
    if (!kept || (!quiet && this.#foundInParts(at))) return { size, clean: false, hits: this.#scan(at, 0, size) }
    return { size, clean: false, hits: kept }
  }

  /**
   * Text of two bytes a character is recognized at its beginning, and parts of it are not; so such an object is always
   * scanned as a whole. It begins with a byte order mark, or an ASCII character beside a zero.
   */
  #isWide(at: number, size: number): boolean {
    if (size < 2) return false
    const first = this.#memory[at]!
    const second = this.#memory[at + 1]!
    return first === 0 || second === 0 || (first >= 0xfe && second >= 0xfe)
  }

  #mayHold(at: number, from: number, to: number): boolean {
    return this.#scanner.mayHold(this.#memory, at + from, at + to)
  }

  #anyMayHold(at: number): boolean {
    const parts = this.#parts
    for (let i = 0; i < parts.length; i += 2) if (this.#mayHold(at, parts[i]!, parts[i + 1]!)) return true
    return false
  }

  #foundInParts(at: number): boolean {
    const parts = this.#parts
    for (let i = 0; i < parts.length; i += 2) {
      const [from, to] = [parts[i]!, parts[i + 1]!]
      if (this.#scan(at, from, to).length > 0) return true
    }
    return false
  }

  #scan(at: number, from: number, to: number): Hit[] {
    return this.#scanner.scan(this.#memory.subarray(at + from, at + to), NOWHERE)
  }

  /** The base's hits where they are now; null when one of them was not copied with its surroundings. */
  #keptOf(base: Scanned, copies: Copies, size: number): Hit[] | null {
    const kept: Hit[] = []
    const places = this.#places
    for (const hit of base.hits) {
      places.length = 0
      whereCopied(hit.offset, 2 * this.#scanner.reach, copies, size, base.size, places)
      if (places.length === 0) return null
      for (const offset of places) kept.push(offset === hit.offset ? hit : { ...hit, offset })
    }
    return kept
  }
}

function lengthOf(parts: readonly number[]): number {
  let length = 0
  for (let i = 0; i < parts.length; i += 2) length += parts[i + 1]! - parts[i]!
  return length
}

/** Where an object lies is looked up only when something is found in it. */
export const NOWHERE: BlobPlace = {
  kind: 'git',
  path: '',
  member: null,
  commit: null,
  author: null,
  date: null,
  lastCommit: null,
  inHead: null,
  reachable: null,
  region: null,
}
