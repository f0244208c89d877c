/** Looks at every blob, commit and tag of a repository once, and tells in which of them something stands. */
import type { PieceScanner } from '../collect-leaks.ts'
import type { Hit } from '../source.ts'
import { Arena } from './arena.ts'
import { BlobScan, type Scanned } from './blob-scan.ts'
import { catFile } from './cat-file.ts'
import { Heads } from './heads.ts'
import type { TreesPart } from './history.ts'
import { Identities } from './identities.ts'
import { looseObjects, loosePath } from './loose.ts'
import { NOWHERE, type ObjectScanner, placeOfObject } from './object-scanner.ts'
import { type ObjectStore, readLoose, type StoredObject } from './object-store.ts'
import { BLOB, COMMIT, DamagedObject, type ObjectType, TAG } from './object-type.ts'
import type { Pack } from './pack.ts'
import { alone, MOST_IN_MEMORY, MOST_IN_SECOND, type WalkOptions, walkPack } from './pack-walk.ts'
import { Shares } from './shares.ts'

/** A larger object is skipped: a stream of a few bytes can give it. */
const MOST_BYTES = 4 * 1024 * 1024 * 1024

/** What git gives out is put together up to this size, and scanned in pieces beyond. */
const IN_ONE_PIECE = 4 * 1024 * 1024

export const SCANNED_TYPES: readonly ObjectType[] = [BLOB, COMMIT, TAG]

/** Objects in which something stands: their type, and which findings (see `identities.ts`). */
export type FoundObjects = Map<string, { type: ObjectType; identities: Set<number> }>

/** Of findings and the objects that have them, together. */
const MOST_FOUND = 1_000_000

export interface ObjectCounts {
  blobs: number
  commits: number
  tags: number
  /** Of the content of all of them. */
  bytes: number
}

const NOTHING: ObjectCounts = { blobs: 0, commits: 0, tags: 0, bytes: 0 }

export interface ScanObjectsOptions {
  onProgress?: ((done: number, total: number) => void) | undefined
  skip(what: string, why: string): void
  /** Numbers of findings, when others are to have the same. */
  identities?: Identities
  /** Larger objects are asked of git, which gives them out piece by piece. In bytes; `MOST_IN_MEMORY` unless given. */
  mostInMemory?: number
  /** Starts a second thread that takes its share of these packs; null: there is to be none. */
  second?: ((packs: readonly Pack[], shares: Shares) => SecondThread | null) | undefined
}

/** Another thread that goes through the same packs. */
export interface SecondThread {
  /** What it has found, once nothing is left to share. It fails where the thread cannot run. */
  readonly part: Promise<ScannedPart>
  /** Once that is there: what it has read of trees, when nothing is left to share. @param blobs in which something was found */
  trees(blobs: readonly string[], shares: Shares): Promise<TreesPart>
  /** Ends it, whatever it does. */
  stop(): void
}

/** What one thread has found in its share of the packs: data only, and no secrets. */
export interface ScannedPart {
  counts: ObjectCounts
  found: FoundObjects
  /** By the numbers that `found` has: see `Identities.keys`. */
  identities: string[]
  /** Objects for git. */
  left: string[]
  /** Of each pack, entries whose objects are too large for a second thread, with all that are deltas of them. */
  large: number[][]
  /** What was too much to be kept. */
  limits: ReadonlySet<string>
}

export class ObjectsScan {
  readonly found: FoundObjects = new Map()
  readonly counts: ObjectCounts = { ...NOTHING }
  readonly identities: Identities
  /** It waits for what else there is to do, and must be stopped. */
  second: SecondThread | null = null
  /** Of all commits and tags of packs; null: not all were kept. */
  heads: Heads | null = null
  readonly #store: ObjectStore
  readonly #scanner: ObjectScanner
  readonly #options: ScanObjectsOptions
  /** What the reader could not make, for git. */
  readonly #left = new Set<string>()
  readonly #seen: boolean[] = []
  #room = MOST_FOUND
  readonly #limits = new Set<string>()

  constructor(store: ObjectStore, scanner: ObjectScanner, options: ScanObjectsOptions) {
    this.#store = store
    this.#scanner = scanner
    this.#options = options
    this.identities = options.identities ?? new Identities()
  }

  async all(): Promise<void> {
    const { repository, packs } = this.#store
    for (const { path, why } of this.#store.unusable) this.#options.skip(path, why)
    const total = packs.reduce((sum, pack) => sum + pack.count, 0)
    const shares = new Shares(packs.length)
    const second = this.#options.second?.(packs, shares) ?? null
    this.second = second
    // of what a second thread scans, nothing is seen here
    if (!second) this.heads = new Heads()
    const arena = Arena.open()
    let done = 0
    const tell = (more: number) => {
      done += more
      this.#options.onProgress?.(Math.min(done + shares.done, total), total)
    }
    const walk = (pack: Pack, rows: WalkOptions['rows'], guests = true) =>
      this.#walk(pack, arena, { rows, guests }, tell)
    try {
      for (const [i, pack] of packs.entries()) await walk(pack, shares.rows(i, pack.count))
      const part = second && (await second.part.catch(() => 'failed' as const))
      if (part === 'failed') {
        // what it had taken, nobody has looked at
        this.second = null
        Object.assign(this.counts, NOTHING)
        for (const pack of packs) await walk(pack, undefined)
      } else if (part) {
        this.#add(part)
        for (const [i, pack] of packs.entries()) await walk(pack, part.large[i]!.map(alone), false)
      }
      for (const objects of repository.objectDirs) await this.#looseIn(objects)
    } finally {
      arena.close()
    }
    await this.#askGit()
  }

  /**
   * As a second thread: looks at what the first does not take.
   * @param packs as the first has them; none in the place of one that is not there
   */
  async share(packs: readonly (Pack | undefined)[], shares: Shares): Promise<ScannedPart> {
    const large: number[][] = []
    const arena = Arena.open()
    for (const [i, pack] of packs.entries()) {
      const entries: number[] = []
      large.push(entries)
      if (!pack) continue
      const leave = { above: MOST_IN_SECOND, take: (entry: number) => entries.push(entry) }
      await this.#walk(pack, arena, { rows: shares.rows(i, pack.count), guests: false, leave }, (done) =>
        shares.add(done),
      )
    }
    arena.close()
    const { counts, found, identities } = this
    return { counts, found, identities: identities.keys, left: [...this.#left], large, limits: this.#reached() }
  }

  /** What another thread has found. */
  #add({ counts, found, identities, left, limits }: ScannedPart): void {
    for (const field of ['blobs', 'commits', 'tags', 'bytes'] as const) this.counts[field] += counts[field]
    const numbers = this.identities.numbersOf(identities)
    for (const [oid, object] of found)
      this.#found(
        oid,
        object.type,
        [...object.identities].map((identity) => numbers[identity]!),
      )
    for (const oid of left) this.#left.add(oid)
    for (const limit of limits) this.#limits.add(limit)
  }

  /** Looks at these objects only. */
  async some(oids: readonly string[]): Promise<void> {
    let done = 0
    for (const oid of oids) {
      const object = this.#store.read(oid)
      if (!object) this.#left.add(oid)
      else this.#whole(oid, object)
      this.#options.onProgress?.(++done, oids.length)
      if (done % 256 === 0) await breath()
    }
    await this.#askGit()
  }

  #whole(oid: string, { type, bytes }: StoredObject): void {
    if (!SCANNED_TYPES.includes(type)) return
    this.#count(type, bytes.length)
    this.#scanner.scan(bytes, placeOfObject(oid, bytes), (hits) => this.#found(oid, type, this.identities.all([hits])))
  }

  async #walk(
    pack: Pack,
    arena: Arena,
    which: Pick<WalkOptions, 'rows' | 'guests' | 'leave'>,
    onDone: (entries: number) => void,
  ): Promise<void> {
    const nameOf = (entry: number) => (entry < 0 ? 'of another pack' : pack.oid(entry))
    this.heads?.begin(pack)
    const blobScan = new BlobScan(this.#scanner, arena, this.identities, nameOf)
    const take = (entry: number, type: ObjectType, at: number, scanned: Scanned): Scanned => {
      if (entry >= 0) {
        this.#count(type, scanned.size)
        if (type !== BLOB && this.heads?.add(entry, type, arena.bytes, at, scanned.size) === false) this.heads = null
        if (scanned.found.length > 0) this.#found(pack.oid(entry), type, scanned.found)
      }
      return scanned
    }
    const walk = walkPack<Scanned>(
      pack,
      arena,
      {
        whole: (entry, type, at, size) => take(entry, type, at, blobScan.whole(entry, at, size)),
        changed: (entry, type, at, size, base, copies) =>
          take(entry, type, at, blobScan.changed(entry, at, size, base, copies)),
        failed: (entry, why) => {
          const oid = pack.oid(entry)
          // a large one git gives out piece by piece; a circle it would follow, too
          if (why === 'circle') this.#options.skip(`object ${oid}`, 'its deltas lead back to itself')
          else this.#left.add(oid)
        },
      },
      {
        wanted: SCANNED_TYPES,
        elsewhere: (oid) => this.#store.read(Buffer.from(oid).toString('hex')),
        mostInMemory: this.#options.mostInMemory,
        ...which,
      },
    )
    for (const done of walk) {
      onDone(done)
      await breath()
    }
  }

  async #looseIn(objects: string): Promise<void> {
    const unreadable = (folder: string, code: string) => this.#options.skip(folder, `it cannot be read (${code})`)
    let looked = 0
    for (const oid of looseObjects(objects, this.#store.repository.oidBytes, unreadable)) {
      this.#loose(objects, oid)
      if (++looked % 256 === 0) await breath()
    }
  }

  #loose(objects: string, oid: string): void {
    try {
      const object = readLoose(loosePath(objects, oid), this.#options.mostInMemory ?? MOST_IN_MEMORY)
      if (object) this.#whole(oid, object)
    } catch (error) {
      if (!(error instanceof DamagedObject)) throw error
      this.#left.add(oid)
    }
  }

  /** What this reader could not make: git may have another copy, or more patience. */
  async #askGit(): Promise<void> {
    const left = [...this.#left]
    const damaged = new Map<string, string[]>()
    await catFile(this.#store.repository, left, {
      begin: (oid, type, size) => {
        if (!SCANNED_TYPES.includes(type)) return null
        if (size > MOST_BYTES) {
          this.#options.skip(`object ${oid}`, 'too large')
          return null
        }
        this.#count(type, size)
        const take = (hits: Hit[]) => this.#found(oid, type, this.identities.all([hits]))
        return size <= IN_ONE_PIECE
          ? gathered((bytes) => this.#scanner.scan(bytes, placeOfObject(oid, bytes), take))
          : this.#scanner.pieces(NOWHERE, take)
      },
      failed: (oid, why) => {
        const oids = damaged.get(why)
        if (oids) oids.push(oid)
        else damaged.set(why, [oid])
      },
    })
    for (const limit of this.#reached()) this.#options.skip(limit, 'there are too many: scan a part of it')
    for (const [why, oids] of damaged) this.#options.skip(namesOf(oids), why === 'missing' ? 'damaged or missing' : why)
  }

  #found(oid: string, type: ObjectType, identities: readonly number[]): void {
    const kept = identities.filter((identity) => this.#mayKeep(identity))
    if (kept.length === 0) return
    const before = this.found.get(oid)
    if (before) for (const identity of kept) before.identities.add(identity)
    else this.found.set(oid, { type, identities: new Set(kept) })
  }

  #reached(): ReadonlySet<string> {
    if (this.identities.isFull) this.#limits.add('findings in history beyond the first 100,000')
    return this.#limits
  }

  /** One object is kept of each finding, whatever comes; of others not more than fit into memory. */
  #mayKeep(identity: number): boolean {
    if (identity < 0) return false
    if (this.#room > 0) this.#room--
    else if (this.#seen[identity]) {
      this.#limits.add('versions of files beyond a million findings in them')
      return false
    }
    this.#seen[identity] = true
    return true
  }

  #count(type: ObjectType, size: number): void {
    if (type === BLOB) this.counts.blobs++
    else if (type === COMMIT) this.counts.commits++
    else this.counts.tags++
    this.counts.bytes += size
  }
}

/** A few object IDs, and how many more there are. */
function namesOf(oids: readonly string[]): string {
  const shown = oids.slice(0, 3).join(', ')
  return oids.length === 1 ? `object ${shown}` : `${oids.length} objects (${shown}${oids.length > 3 ? ', …' : ''})`
}

/** Puts pieces together. */
function gathered(take: (bytes: Buffer) => void): Pick<PieceScanner, 'write' | 'end'> {
  const pieces: Uint8Array[] = []
  return { write: (piece) => pieces.push(Uint8Array.from(piece)), end: () => take(Buffer.concat(pieces)) }
}

/** Lets timers and signals have their turn. */
export function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
