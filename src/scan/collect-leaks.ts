/** Gathers hits into leaks: each key once, with all its places. */
import type { Leak, LeakClass, LeakEvidence, LeakPlace } from '../model/leak.ts'
import { anchorFinder, type Lent, WINDOW_SIZE } from './anchors.ts'
import type { Whole } from './detectors/hits.ts'
import { withOtherHalves } from './other-halves.ts'
import { type Scanner, wholeOf } from './scanner.ts'
import type { BlobPlace, Hit, Sink } from './source.ts'

export interface LeakCollector extends Sink {
  /** Takes hits that a source found by itself, with the scanner. */
  add(hits: readonly Hit[], place: BlobPlace): void
  /** What was found so far, worst first. */
  leaks(): Leak[]
  /** files: places of kind `file`; blobs: all; bytes: of all of them. */
  readonly counts: { files: number; blobs: number; bytes: number }
  readonly skipped: { what: string; why: string }[]
}

/** Best first. */
const EVIDENCE: readonly LeakEvidence[] = ['pair', 'token', 'named-secret', 'bare-secret', 'id-only']
/** Worst first: what a person should look at. */
const WORST: readonly LeakClass[] = ['plausible', 'impossible', 'canary', 'identifier', 'placeholder']

/** A leak is kept with so many places at most; more are counted, not listed. */
const MOST_PLACES = 10_000
/** Of all leaks together. */
const ALL_PLACES = 200_000
/** Leaks beyond these are not kept. */
const MOST_LEAKS = 50_000
/** Skips beyond these are not kept. */
export const MOST_SKIPPED = 100_000

interface Gathered {
  leak: Leak
  /** Every fingerprint of a secret that was found with the ID; in nearly all cases one. */
  secrets: string[]
  /** The places, once there are so many of them that looking through them takes long. */
  seen: Set<string> | null
}

/** A sink that scans what it is given and gathers hits into leaks. Memory stays bounded whatever comes. */
export function createLeakCollector(scanner: Scanner): LeakCollector {
  const gathered = new Map<string, Gathered>()
  const counts = { files: 0, blobs: 0, bytes: 0 }
  const skipped: { what: string; why: string }[] = []
  const count = (place: BlobPlace) => {
    counts.blobs++
    if (place.kind === 'file') counts.files++
  }
  const skip = (what: string, why: string) => {
    if (skipped.length < MOST_SKIPPED) skipped.push({ what, why })
  }
  const left = { leaks: MOST_LEAKS, places: ALL_PLACES }
  const said = new Set<string>()
  const sayOnce = (what: string) => {
    if (!said.has(what)) skip(what, 'there are too many: scan a part of it')
    said.add(what)
  }
  const add = (hits: readonly Hit[], place: BlobPlace) => {
    for (const hit of hits) gather(gathered, hit, place, left)
    if (left.leaks < 0) sayOnce('leaks beyond the first 50,000')
    if (left.places < 0) sayOnce('places beyond the first 200,000')
  }
  return {
    counts,
    skipped,
    add,
    leaks() {
      const leaks = leaksOf(gathered)
      return isAllThere(leaks, left) ? withOtherHalves(leaks) : leaks
    },
    blob(bytes, place) {
      count(place)
      counts.bytes += bytes.length
      for (const hits of scanner.batches(bytes, place)) add(hits, place)
    },
    together(bytes, ends, placeOf) {
      counts.blobs += ends.length
      counts.bytes += ends.at(-1)! - ends.length
      for (const index of scanner.mayHold(bytes, ends)) {
        const place = placeOf(index)
        const blob = bytes.subarray((ends[index - 1] ?? 0) + 1, ends[index])
        for (const hits of scanner.batches(blob, place)) add(hits, place)
      }
    },
    open(place) {
      count(place)
      const pieces = new PieceScanner(scanner, place, (hits) => add(hits, place))
      return {
        write(piece) {
          counts.bytes += piece.length
          pieces.write(piece)
        },
        end: () => pieces.end(),
      }
    },
    skip,
  }
}

/**
 * Scans a blob that comes in pieces of any size, in windows that overlap so that each find is seen whole in one of
 * them, and taken from that one only.
 */
export class PieceScanner {
  readonly #scanner: Scanner
  readonly #place: BlobPlace
  readonly #take: (hits: Hit[]) => void
  #whole: Whole | null = null
  #buffer: Uint8Array | null = null
  /** What the buffer is, unless somebody else had it. */
  #lent: Lent | null = null
  #used = 0
  /** Of the buffer's first byte: its offset, line and column in the blob. */
  #base = { offset: 0, line: 1, column: 1 }

  constructor(scanner: Scanner, place: BlobPlace, take: (hits: Hit[]) => void) {
    this.#scanner = scanner
    this.#place = place
    this.#take = take
  }

  write(piece: Uint8Array): void {
    this.#buffer ??= this.#newBuffer()
    let taken = 0
    while (taken < piece.length) {
      const room = WINDOW_SIZE - this.#used
      const part = piece.subarray(taken, taken + room)
      this.#buffer.set(part, this.#used)
      this.#used += part.length
      taken += part.length
      if (this.#used === WINDOW_SIZE) this.#scan(false)
    }
  }

  end(): void {
    this.#scan(true)
    this.#buffer = null
    this.#lent?.giveBack()
    this.#lent = null
  }

  #newBuffer(): Uint8Array {
    this.#lent = anchorFinder().borrowWindow()
    return this.#lent?.bytes ?? new Uint8Array(WINDOW_SIZE)
  }

  #scan(last: boolean): void {
    if (!this.#buffer || this.#used === 0) return
    const bytes = this.#buffer.subarray(0, this.#used)
    const { reach } = this.#scanner
    const from = this.#base.offset === 0 ? 0 : reach
    const to = last ? this.#used : this.#used - reach
    // of what does not fit in one window, nobody has seen the rest yet
    this.#whole ??= last ? wholeOf(bytes) : { ...wholeOf(bytes), isOwn: false }
    for (const batch of this.#scanner.batches(bytes, this.#place, this.#whole)) {
      const hits = batch.filter(({ offset }) => offset >= from && offset < to).map((hit) => this.#inBlob(hit))
      if (hits.length > 0) this.#take(hits)
    }
    if (!last) this.#advance(to - reach)
  }

  #inBlob(hit: Hit): Hit {
    const { offset, line, column } = this.#base
    return {
      ...hit,
      offset: hit.offset + offset,
      line: hit.line + line - 1,
      column: hit.line === 1 ? hit.column + column - 1 : hit.column,
    }
  }

  /** Lets go of the first `by` bytes, an even number so that two-byte text stays in step. */
  #advance(by: number): void {
    const lines = anchorFinder().lineEnds(this.#buffer!, 0, by)
    const lastEnd = lines === 0 ? -1 : this.#buffer!.lastIndexOf(10, by - 1)
    const { offset, line, column } = this.#base
    this.#base = { offset: offset + by, line: line + lines, column: lastEnd === -1 ? column + by : by - lastEnd }
    this.#buffer!.copyWithin(0, by, this.#used)
    this.#used -= by
  }
}

function gather(
  gathered: Map<string, Gathered>,
  hit: Hit,
  place: BlobPlace,
  left: { leaks: number; places: number },
): void {
  const key = hit.accessKeyId ?? `secret ${hit.secretFingerprint}`
  let entry = gathered.get(key)
  if (!entry) {
    if (--left.leaks < 0) return
    entry = { leak: leakOf(hit), secrets: [], seen: null }
    gathered.set(key, entry)
  }
  const { leak, secrets } = entry
  if (hit.secretFingerprint !== null && !secrets.includes(hit.secretFingerprint) && secrets.length < MOST_SECRETS)
    secrets.push(hit.secretFingerprint)
  // where the ID is public nothing is to be done, and nobody would allow it there: it lies elsewhere, too
  if (hit.class === 'identifier' && leak.class !== 'identifier') return
  if (worse(hit, leak)) {
    if (leak.class === 'identifier' && hit.class !== 'identifier') forgetPlaces(entry, left)
    Object.assign(leak, judgementOf(hit), { secretFingerprint: hit.secretFingerprint ?? leak.secretFingerprint })
  }
  leak.secretFingerprint ??= hit.secretFingerprint
  leak.hasSecret ||= hit.secretFingerprint !== null
  leak.hasSessionToken ||= hit.hasSessionToken
  leak.expiration ??= hit.expiration
  if (leak.places.length >= MOST_PLACES) return
  // one is kept of each, whatever comes; of the others not even that they were seen
  if (left.places <= 0 && leak.places.length > 0) {
    left.places = -1
    return
  }
  const found = placeOf(hit, place)
  if (isSeen(entry, found)) return
  left.places--
  leak.places.push(found)
}

function forgetPlaces(entry: Gathered, left: { places: number }): void {
  // below zero, some were left out already
  if (left.places >= 0) left.places += entry.leak.places.length
  entry.leak.places = []
  entry.seen = null
}

/** With one secret more each time, an ID would take ever longer. */
const MOST_SECRETS = 1000
/** A set for each of many leaks takes more memory than the leak. */
const FEW_PLACES = 8

function isSeen(entry: Gathered, found: LeakPlace): boolean {
  const { places } = entry.leak
  if (!entry.seen) {
    if (places.length < FEW_PLACES) return places.some((place) => isSamePlace(place, found))
    entry.seen = new Set(places.map(placeId))
  }
  const id = placeId(found)
  if (entry.seen.has(id)) return true
  entry.seen.add(id)
  return false
}

const PLACE_FIELDS = ['kind', 'path', 'member', 'commit', 'line', 'column', 'region'] as const

function isSamePlace(a: LeakPlace, b: LeakPlace): boolean {
  return PLACE_FIELDS.every((field) => a[field] === b[field])
}

function placeId(place: LeakPlace): string {
  return JSON.stringify(PLACE_FIELDS.map((field) => place[field]))
}

/** Better evidence first; with the same evidence the more serious class. */
function worse(a: Pick<Hit, 'class' | 'evidence'>, b: Pick<Hit, 'class' | 'evidence'>): boolean {
  const byClass = WORST.indexOf(a.class) - WORST.indexOf(b.class)
  return byClass !== 0 ? byClass < 0 : EVIDENCE.indexOf(a.evidence) < EVIDENCE.indexOf(b.evidence)
}

function judgementOf({ class: leakClass, reason, evidence, kind }: Hit) {
  return { class: leakClass, reason, evidence, kind }
}

function leakOf(hit: Hit): Leak {
  return {
    fingerprint: leakFingerprint(hit.accessKeyId, hit.secretFingerprint),
    ...judgementOf(hit),
    accessKeyId: hit.accessKeyId,
    accountId: hit.accountId,
    hasSecret: hit.secretFingerprint !== null,
    secretFingerprint: hit.secretFingerprint,
    hasSessionToken: hit.hasSessionToken,
    expiration: hit.expiration,
    inAccount: null,
    places: [],
  }
}

/**
 * The same on every machine for a leak with an ID, which is no secret; for a secret alone, the same wherever the
 * fingerprint key is.
 */
export function leakFingerprint(accessKeyId: string | null, secretFingerprint: string | null): string {
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256')
    .update(`keyreeve leak\0${accessKeyId ?? `secret ${secretFingerprint}`}`)
    .digest('hex')
    .slice(0, 32)
}

function placeOf({ line, column, encodings, allowed }: Hit, place: BlobPlace): LeakPlace {
  return { ...place, line, column, encodings, allowed }
}

function leaksOf(gathered: ReadonlyMap<string, Gathered>): Leak[] {
  const all = [...gathered.values()]
  const byIdAndSecret = new Map<string, Leak>()
  for (const { leak, secrets } of all)
    if (leak.accessKeyId !== null) for (const secret of secrets) byIdAndSecret.set(secret, leak)
  const leaks: Leak[] = []
  const more = new Map<Leak, LeakPlace[]>()
  for (const { leak } of all) {
    // a secret that elsewhere stands beside its ID is a place of that key
    const owner = leak.accessKeyId === null ? byIdAndSecret.get(leak.secretFingerprint ?? '') : undefined
    if (owner) more.set(owner, [...(more.get(owner) ?? []), ...leak.places])
    else leaks.push(leak)
  }
  return leaks
    .map((leak) => ({ ...leak, places: [...leak.places, ...(more.get(leak) ?? [])].sort(byPlace) }))
    .sort(byWorst)
}

/** Whether no leak and no place of one was left out. */
function isAllThere(leaks: readonly Leak[], left: { leaks: number; places: number }): boolean {
  return left.leaks >= 0 && left.places >= 0 && leaks.every(({ places }) => places.length < MOST_PLACES)
}

function byWorst(a: Leak, b: Leak): number {
  return (
    WORST.indexOf(a.class) - WORST.indexOf(b.class) ||
    EVIDENCE.indexOf(a.evidence) - EVIDENCE.indexOf(b.evidence) ||
    compare(a.accessKeyId ?? '~', b.accessKeyId ?? '~') ||
    compare(a.fingerprint, b.fingerprint)
  )
}

/** What nobody has allowed first; what is there now before what only history has. */
function byPlace(a: LeakPlace, b: LeakPlace): number {
  return (
    Number(a.allowed !== null) - Number(b.allowed !== null) ||
    Number(b.inHead ?? true) - Number(a.inHead ?? true) ||
    Number(b.reachable ?? true) - Number(a.reachable ?? true) ||
    compare(a.path, b.path) ||
    compare(a.member ?? '', b.member ?? '') ||
    compare(a.date ?? '', b.date ?? '') ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0)
  )
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
