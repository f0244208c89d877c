/** Looks at every blob, commit and tag of a repository once, and tells in which of them something stands. */
import type { PieceScanner } from '../collect-leaks.ts'
import type { Hit } from '../source.ts'
import { Arena } from './arena.ts'
import { BlobScan, type Scanned } from './blob-scan.ts'
import { catFile } from './cat-file.ts'
import { Identities } from './identities.ts'
import { looseObjects, loosePath } from './loose.ts'
import { NOWHERE, type ObjectScanner } from './object-scanner.ts'
import { type ObjectStore, readLoose, type StoredObject } from './object-store.ts'
import { BLOB, COMMIT, DamagedObject, type ObjectType, TAG } from './object-type.ts'
import type { Pack } from './pack.ts'
import { MOST_IN_MEMORY, walkPack } from './pack-walk.ts'

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

export interface ScanObjectsOptions {
  onProgress?: ((done: number, total: number) => void) | undefined
  skip(what: string, why: string): void
  /** Numbers of findings, when others are to have the same. */
  identities?: Identities
  /** Larger objects are asked of git, which gives them out piece by piece. In bytes; `MOST_IN_MEMORY` unless given. */
  mostInMemory?: number
}

export class ObjectsScan {
  readonly found: FoundObjects = new Map()
  readonly counts: ObjectCounts = { blobs: 0, commits: 0, tags: 0, bytes: 0 }
  readonly identities: Identities
  readonly #store: ObjectStore
  readonly #scanner: ObjectScanner
  readonly #options: ScanObjectsOptions
  /** What the reader could not make, for git. */
  readonly #left = new Set<string>()
  readonly #seen: boolean[] = []
  #room = MOST_FOUND
  #isCut = false

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
    let done = 0
    const arena = Arena.open()
    try {
      for (const pack of packs)
        for (const more of this.#walk(pack, arena)) {
          done += more
          this.#options.onProgress?.(Math.min(done, total), total)
          await breath()
        }
    } finally {
      arena.close()
    }
    for (const objects of repository.objectDirs) {
      let looked = 0
      const unreadable = (folder: string, code: string) => this.#options.skip(folder, `it cannot be read (${code})`)
      for (const oid of looseObjects(objects, repository.oidBytes, unreadable)) {
        this.#loose(objects, oid)
        if (++looked % 256 === 0) await breath()
      }
    }
    await this.#askGit()
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
    this.#scanner.scan(bytes, NOWHERE, (hits) => this.#found(oid, type, this.identities.all([hits])))
  }

  #walk(pack: Pack, arena: Arena): Generator<number> {
    const blobScan = new BlobScan(this.#scanner, arena, this.identities)
    const take = (entry: number, type: ObjectType, scanned: Scanned): Scanned => {
      if (entry >= 0) {
        this.#count(type, scanned.size)
        if (scanned.found.length > 0) this.#found(pack.oid(entry), type, scanned.found)
      }
      return scanned
    }
    return walkPack<Scanned>(
      pack,
      arena,
      {
        whole: (entry, type, at, size) => take(entry, type, blobScan.whole(at, size)),
        changed: (entry, type, at, size, base, copies) => take(entry, type, blobScan.changed(at, size, base, copies)),
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
      },
    )
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

  #tellLimits(): void {
    const why = 'there are too many: scan a part of it'
    if (this.identities.isFull) this.#options.skip('findings beyond the first 100,000 of a history', why)
    if (this.#isCut) this.#options.skip('versions of files beyond the first million with findings', why)
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
          ? gathered((bytes) => this.#scanner.scan(bytes, NOWHERE, take))
          : this.#scanner.pieces(NOWHERE, take)
      },
      failed: (oid, why) => {
        const oids = damaged.get(why)
        if (oids) oids.push(oid)
        else damaged.set(why, [oid])
      },
    })
    this.#tellLimits()
    for (const [why, oids] of damaged) this.#options.skip(namesOf(oids), why === 'missing' ? 'damaged or missing' : why)
  }

  #found(oid: string, type: ObjectType, identities: readonly number[]): void {
    const kept = identities.filter((identity) => this.#mayKeep(identity))
    if (kept.length === 0) return
    const before = this.found.get(oid)
    if (before) for (const identity of kept) before.identities.add(identity)
    else this.found.set(oid, { type, identities: new Set(kept) })
  }

  /** One object is kept of each finding, whatever comes; of others not more than fit into memory. */
  #mayKeep(identity: number): boolean {
    if (this.#room > 0) this.#room--
    else if (this.#seen[identity]) {
      this.#isCut = true
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
