/**
 * Scans objects as a pack is walked. Of an object that is a delta, only the parts around what changed are looked at;
 * what was found in its base and was copied with its surroundings is taken over. As soon as anything is found in a
 * changed part, or anything found before is not copied whole, the object is scanned as a whole. So the outcome is that
 * of scanning each object as a whole.
 */
import type { Hit } from '../source.ts'
import { changedParts, whereCopied } from './changed-parts.ts'
import type { Copies } from './delta.ts'
import type { ObjectScanner } from './object-scanner.ts'

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
  readonly #scanner: ObjectScanner
  readonly #memory: Buffer
  readonly #parts: number[] = []
  readonly #places: number[] = []

  /** @param memory in which the objects lie */
  constructor(scanner: ObjectScanner, memory: Buffer) {
    this.#scanner = scanner
    this.#memory = memory
  }

  whole(at: number, size: number): Scanned {
    const bytes = this.#memory.subarray(at, at + size)
    if (!this.#scanner.onlyWhole(bytes) && !this.#scanner.mayHold(bytes)) return { size, clean: true, hits: NO_HITS }
    return this.#scanned(bytes)
  }

  changed(at: number, size: number, base: Scanned, copies: Copies): Scanned {
    const bytes = this.#memory.subarray(at, at + size)
    if (this.#scanner.onlyWhole(bytes)) return this.#scanned(bytes)
    const parts = this.#parts
    if (base.clean) {
      changedParts(copies, size, base.size, LONGEST_ANCHOR, parts)
      if (!this.#anyMayHold(bytes)) return { size, clean: true, hits: NO_HITS }
    }
    const { reach } = this.#scanner
    changedParts(copies, size, base.size, reach, parts)
    if (this.#anyMayFind(bytes)) {
      // what stands within reach of a change, with all that stands within its own reach
      changedParts(copies, size, base.size, 2 * reach, parts)
      if (lengthOf(parts) > size * MOST_IN_PARTS || this.#foundInParts(bytes)) return this.#scanned(bytes)
    }
    const hits = base.hits.length === 0 ? NO_HITS : this.#keptOf(base, copies, size)
    return hits ? { size, clean: false, hits } : this.#scanned(bytes)
  }

  #scanned(bytes: Buffer): Scanned {
    return { size: bytes.length, clean: false, hits: this.#scanner.scan(bytes) }
  }

  #anyMayHold(bytes: Buffer): boolean {
    const parts = this.#parts
    for (let i = 0; i < parts.length; i += 2) if (this.#scanner.mayHold(bytes, parts[i]!, parts[i + 1]!)) return true
    return false
  }

  #anyMayFind(bytes: Buffer): boolean {
    const parts = this.#parts
    for (let i = 0; i < parts.length; i += 2) if (this.#scanner.mayFind(bytes, parts[i]!, parts[i + 1]!)) return true
    return false
  }

  #foundInParts(bytes: Buffer): boolean {
    const parts = this.#parts
    for (let i = 0; i < parts.length; i += 2)
      if (this.#scanner.scanPart(bytes.subarray(parts[i]!, parts[i + 1]!)).length > 0) return true
    return false
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
