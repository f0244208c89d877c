/** All objects of a repository, wherever they lie: single ones by object ID. For all of them, `pack-walk.ts` is faster. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { applyDelta, Copies, DeltaSizes } from './delta.ts'
import { createInflater, inflateOrNull } from './inflate.ts'
import { looseHeader, loosePath, readLooseFile } from './loose.ts'
import { DamagedObject, type ObjectType, OFS_DELTA, REF_DELTA } from './object-type.ts'
import { Pack } from './pack.ts'
import type { Repository } from './repository.ts'

/** git itself makes chains of at most 4095. */
const LONGEST_CHAIN = 10_000
/** Of all deltas of one chain together. */
const MOST_CHAIN_BYTES = 256 * 1024 * 1024

export interface StoredObject {
  type: ObjectType
  bytes: Buffer
}

export class ObjectStore {
  readonly repository: Repository
  /** Packs that cannot be used, and why; complete once `packs` was asked for. */
  readonly unusable: { path: string; why: string }[] = []
  readonly #most: number
  #packs: Pack[] | null = null

  /** @param most how many bytes an object may have to be read at once */
  constructor(repository: Repository, most: number) {
    this.repository = repository
    this.#most = most
  }

  /** Opened when they are asked for first: a commit's new objects are loose. */
  get packs(): readonly Pack[] {
    this.#packs ??= this.#open()
    return this.#packs
  }

  #open(): Pack[] {
    const attempt = <T>(path: string, make: () => T) => {
      try {
        return make()
      } catch (error) {
        this.unusable.push({ path, why: whyOf(error) })
        return null
      }
    }
    const inflater = createInflater()
    return this.repository.objectDirs
      .map((objects) => join(objects, 'pack'))
      .flatMap((folder) => attempt(folder, () => packsIn(folder)) ?? [])
      .map((path) => attempt(path, () => new Pack(path, this.repository.oidBytes, inflater)))
      .filter((pack) => pack !== null)
  }

  /** Whether there is such an object; it may be damaged. */
  has(oid: string): boolean {
    const name = Buffer.from(oid, 'hex')
    return (
      this.packs.some((pack) => pack.index.find(name) >= 0) ||
      this.repository.objectDirs.some((objects) => existsSync(loosePath(objects, oid)))
    )
  }

  /** Null when there is no such object, or it is damaged or too large everywhere. */
  read(oid: string): StoredObject | null {
    return this.#read(oid, new Set())
  }

  #read(oid: string, inProgress: Set<string>): StoredObject | null {
    if (inProgress.has(oid) || inProgress.size > LONGEST_CHAIN) return null
    const loose = this.#loose(oid)
    if (loose) return loose
    const name = Buffer.from(oid, 'hex')
    for (const pack of this.packs) {
      const entry = pack.find(name)
      const object = entry < 0 ? null : this.#fromPack(pack, entry, oid, inProgress)
      if (object) return object
    }
    return null
  }

  #loose(oid: string): StoredObject | null {
    for (const objects of this.repository.objectDirs) {
      try {
        const object = readLoose(loosePath(objects, oid), this.#most)
        if (object) return object
      } catch (error) {
        if (!(error instanceof DamagedObject)) throw error
      }
    }
    return null
  }

  #fromPack(pack: Pack, entry: number, oid: string, inProgress: Set<string>): StoredObject | null {
    const deltas: Buffer[] = []
    let total = 0
    for (let at = entry; ; ) {
      if (!pack.readHeader(at) || pack.header.size > this.#most) return null
      const { type, baseOffset } = pack.header
      const baseOid = pack.header.baseOid
      const isDelta = type === OFS_DELTA || type === REF_DELTA
      const base = type === OFS_DELTA ? pack.at(baseOffset) : type === REF_DELTA ? pack.find(baseOid) : -1
      const baseName = type === REF_DELTA && base < 0 ? Buffer.from(baseOid).toString('hex') : null
      if (isDelta) pack.readHeader(at) // looking up the base may have moved the pages
      const bytes = pack.inflated(at)
      if (!bytes) return null
      if (!isDelta) return afterDeltas({ type: type as ObjectType, bytes }, deltas, this.#most)
      deltas.push(bytes)
      total += bytes.length
      if (deltas.length > LONGEST_CHAIN || total > MOST_CHAIN_BYTES) return null
      if (base >= 0) at = base
      else if (baseName === null) return null
      else {
        const elsewhere = this.#read(baseName, new Set([...inProgress, oid]))
        return elsewhere && afterDeltas(elsewhere, deltas, this.#most)
      }
    }
  }

  close(): void {
    for (const pack of this.#packs ?? []) pack.close()
  }
}

/** Follows deltas, the last one first. */
function afterDeltas(object: StoredObject, deltas: Buffer[], most: number): StoredObject | null {
  let { bytes } = object
  const sizes = new DeltaSizes()
  const copies = new Copies()
  for (const delta of deltas.reverse()) {
    if (!sizes.read(delta, 0, delta.length) || sizes.base !== bytes.length || sizes.result > most) return null
    // applyDelta works within one array: base, delta and result one behind the other
    const memory = Buffer.allocUnsafe(bytes.length + delta.length + sizes.result)
    memory.set(bytes, 0)
    memory.set(delta, bytes.length)
    const out = bytes.length + delta.length
    if (!applyDelta(memory, bytes.length + sizes.at, out, 0, bytes.length, out, sizes.result, copies)) return null
    bytes = memory.subarray(out)
  }
  return { type: object.type, bytes }
}

/**
 * Null when there is no such file.
 * @param wanted of other types there is null, too: what they hold is not looked at; all are wanted unless given
 * @throws DamagedObject
 */
export function readLoose(path: string, most: number, wanted?: readonly ObjectType[]): StoredObject | null {
  const compressed = readLooseFile(path, most)
  if (!compressed) return null
  const { type, size, start } = looseHeader(compressed)
  if (wanted && !wanted.includes(type)) return null
  if (size > most) throw new DamagedObject('too large')
  const content = inflateOrNull(compressed, start + size)
  if (content?.length !== start + size) throw new DamagedObject('its compression is damaged')
  return { type, bytes: content.subarray(start) }
}

/** The packs of a folder: whatever has an index, as for git, and what should have one. */
function packsIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  const packs = readdirSync(folder)
    .filter((name) => name.endsWith('.idx') || (name.startsWith('pack-') && name.endsWith('.pack')))
    .map((name) => join(folder, name.replace(/\.idx$/, '.pack')))
  return [...new Set(packs)].sort()
}

function whyOf(error: unknown): string {
  if (error instanceof DamagedObject) return error.message
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'the pack or its index is missing'
  if (code !== undefined) return `it cannot be read (${code})`
  throw error
}
