/**
 * Scans objects as a pack is walked. What is found in an object is found in its cores, each by itself: of an object that
 * is a delta, only what is around a change is looked at for anchors, and only the cores that its base does not have in
 * the same words. So the outcome is that of scanning each object as a whole.
 */
import { createHash } from 'node:crypto'
import { ANCHOR_END, VALUE_END } from '../detectors/candidate.ts'
import type { Core } from '../detectors/hits.ts'
import type { Parts } from '../parts.ts'
import { BEFORE_ANCHOR } from '../scanner.ts'
import type { Arena } from './arena.ts'
import { copiedFrom, keptPlaces } from './changed-parts.ts'
import type { Copies } from './delta.ts'
import type { Identities } from './identities.ts'
import { type ObjectScanner, placeOfObject } from './object-scanner.ts'

interface ScannedCore extends Core {
  /** What was found there: see `identities.ts`. */
  found: readonly number[]
}

/** What is known of an object while its deltas are made. */
export interface Scanned {
  size: number
  /** Where something may begin. Null: only the object as a whole tells. */
  anchors: readonly number[] | null
  /** Those of them that are worth a close look. */
  worthy: readonly number[]
  cores: readonly ScannedCore[]
  /** In all of them. */
  found: readonly number[]
}

const NOTHING: readonly number[] = []
const NO_CORES: readonly ScannedCore[] = []
const NO_ANCHORS: readonly number[] = []
/** More are not kept for the deltas of an object: they take memory, and such an object is no text of people. */
const MOST_ANCHORS = 100_000

/** Texts of which is kept what was found in them. */
const MOST_KNOWN = 8192

export class BlobScan {
  readonly #scanner: ObjectScanner
  readonly #arena: Arena
  readonly #identities: Identities
  readonly #nameOf: (entry: number) => string
  readonly #known = new Map<string, readonly number[]>()
  readonly #whole: Parts = { count: 1, ends: new Uint32Array(2) }

  /**
   * @param arena in which the objects lie
   * @param nameOf gives the object ID of an entry
   */
  constructor(scanner: ObjectScanner, arena: Arena, identities: Identities, nameOf: (entry: number) => string) {
    this.#scanner = scanner
    this.#identities = identities
    this.#arena = arena
    this.#nameOf = nameOf
  }

  whole(entry: number, at: number, size: number): Scanned {
    const bytes = this.#arena.bytes.subarray(at, at + size)
    if (this.#scanner.onlyWhole(bytes)) return this.#asAWhole(entry, bytes)
    const anchors: number[] = []
    this.#whole.ends[1] = size
    this.#scanner.anchors(bytes, this.#whole, anchors)
    return this.#around(
      anchors,
      anchors.filter((anchor) => this.#scanner.mayGoOn(bytes, anchor)),
      bytes,
      null,
    )
  }

  changed(entry: number, at: number, size: number, base: Scanned, copies: Copies): Scanned {
    if (base.anchors === null) return this.whole(entry, at, size)
    const bytes = this.#arena.bytes.subarray(at, at + size)
    if (this.#scanner.onlyWhole(bytes)) return this.#asAWhole(entry, bytes)
    const anchors = this.#anchorsOf(base.anchors, base.size, copies, bytes)
    return this.#around(anchors, this.#worthyOf(anchors, base, copies, bytes), bytes, { cores: base.cores, copies })
  }

  #asAWhole(entry: number, bytes: Buffer): Scanned {
    const found = new Set<number>()
    this.#scanner.scan(bytes, placeOfObject(this.#nameOf(entry), bytes), (hits) => {
      for (const number of this.#identities.all([hits])) found.add(number)
    })
    return { size: bytes.length, anchors: null, worthy: NO_ANCHORS, cores: NO_CORES, found: [...found] }
  }

  /** Those near a change, and those of the base that are where nothing changed. */
  #anchorsOf(ofBase: readonly number[], baseSize: number, copies: Copies, bytes: Buffer): readonly number[] {
    // a change alters the anchors behind it as far as they look back, and those before it as far as they look ahead
    const parts = this.#arena.changedParts(bytes.length, baseSize, ANCHOR_END, BEFORE_ANCHOR)
    const near: number[] = []
    this.#scanner.anchors(bytes, parts, near)
    if (ofBase.length === 0) return near.length === 0 ? NO_ANCHORS : near
    const { count, ends } = parts
    const anchors: number[] = []
    let done = 0
    let next = 0
    for (let i = 0; i < 2 * count; i += 2) {
      keptPlaces(ofBase, copies, done, ends[i]!, anchors)
      done = ends[i + 1]!
      for (; next < near.length && near[next]! < done; next++) anchors.push(near[next]!)
    }
    keptPlaces(ofBase, copies, done, bytes.length, anchors)
    return anchors.length === 0 ? NO_ANCHORS : anchors
  }

  #worthyOf(anchors: readonly number[], base: Scanned, copies: Copies, bytes: Buffer): readonly number[] {
    if (anchors.length === 0) return NO_ANCHORS
    const { count, ends } = this.#arena.changedParts(bytes.length, base.size, VALUE_END, BEFORE_ANCHOR)
    const worthy: number[] = []
    let done = 0
    let next = 0
    for (let i = 0; i < 2 * count; i += 2) {
      keptPlaces(base.worthy, copies, done, ends[i]!, worthy)
      while (next < anchors.length && anchors[next]! < ends[i]!) next++
      done = ends[i + 1]!
      for (; next < anchors.length && anchors[next]! < done; next++)
        if (this.#scanner.mayGoOn(bytes, anchors[next]!)) worthy.push(anchors[next]!)
    }
    keptPlaces(base.worthy, copies, done, bytes.length, worthy)
    return worthy
  }

  /** Of files that are alike, and of branches, the same text comes again without being a copy in a delta. */
  #foundIn(core: Core, bytes: Buffer): readonly number[] {
    const text = bytes.subarray(core.first, core.last)
    const key = `${core.from - core.first} ${core.to - core.first} ${createHash('sha256').update(text).digest('base64')}`
    const known = this.#known.get(key)
    if (known) return known
    const found = this.#identities.all(this.#scanner.scanCore(bytes, core))
    if (this.#known.size === MOST_KNOWN) this.#known.clear()
    this.#known.set(key, found)
    return found
  }

  #around(
    anchors: readonly number[],
    worthy: readonly number[],
    bytes: Buffer,
    base: { cores: readonly ScannedCore[]; copies: Copies } | null,
  ): Scanned {
    const size = bytes.length
    if (worthy.length === 0) return { size, anchors, worthy: NO_ANCHORS, cores: NO_CORES, found: NOTHING }
    const cores = this.#scanner.cores(bytes, worthy).map(({ from, to, first, last }): ScannedCore => {
      const core = { from, to, first, last }
      return { ...core, found: (base && knownIn(core, base)) ?? this.#foundIn(core, bytes) }
    })
    const found = allOf(cores)
    return anchors.length > MOST_ANCHORS
      ? { size, anchors: null, worthy: NO_ANCHORS, cores: NO_CORES, found }
      : { size, anchors, worthy, cores, found }
  }
}

/** Each once. */
function allOf(cores: readonly ScannedCore[]): readonly number[] {
  const found = cores.filter((core) => core.found.length > 0)
  if (found.length === 0) return NOTHING
  return found.length === 1 ? found[0]!.found : [...new Set(found.flatMap((core) => core.found))]
}

/** What was found in the same core of the base; null when there is none that was copied whole. */
function knownIn(
  core: Core,
  { cores, copies }: { cores: readonly ScannedCore[]; copies: Copies },
): readonly number[] | null {
  const first = copiedFrom(core.first, core.last, copies)
  if (first < 0) return null
  const by = first - core.first
  let low = 0
  let high = cores.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const known = cores[middle]!
    if (known.from === core.from + by)
      return known.first === first && known.last === core.last + by && known.to === core.to + by ? known.found : null
    if (known.from < core.from + by) low = middle + 1
    else high = middle - 1
  }
  return null
}
