/** From the objects in which something was found to the places that people know: paths, commits, messages. */
import type { LeakCollector } from '../collect-leaks.ts'
import type { BlobPlace, Hit } from '../source.ts'
import { Arena } from './arena.ts'
import { type Attribution, attribute, FROM_NOTES, include, type Placed, type Range } from './attribution.ts'
import { catFile } from './cat-file.ts'
import { git } from './git-process.ts'
import { History } from './history.ts'
import type { Identities } from './identities.ts'
import { type HitsAtPlace, NOWHERE, type ObjectScanner } from './object-scanner.ts'
import type { ObjectStore } from './object-store.ts'
import { BLOB, COMMIT, TAG } from './object-type.ts'
import { type Refs, readRefs } from './refs.ts'
import { breath, type FoundObjects } from './scan-objects.ts'
import { headerField, messageLine, signatureOf } from './signature.ts'

/** Of paths and findings together. */
const MOST_PLACES = 100_000
const DEEPEST_TAG = 10

/** One finding at one path, in all the versions of the file that have it. */
interface FoundAtPath {
  placed: Placed
  identity: number
  range: Range
}

export class Places {
  readonly #store: ObjectStore
  readonly #scanner: ObjectScanner
  readonly #collector: LeakCollector
  readonly #identities: Identities
  /** Put before each path: the submodule's name. */
  readonly #prefix: string
  readonly #refs: Refs
  /** Whether HEAD's commit is among those that were looked at. */
  #headIsKnown = false
  readonly #signatures = new Map<string, { author: string | null; date: string | null }>()

  constructor(
    store: ObjectStore,
    scanner: ObjectScanner,
    collector: LeakCollector,
    identities: Identities,
    prefix: string,
  ) {
    this.#store = store
    this.#scanner = scanner
    this.#collector = collector
    this.#identities = identities
    this.#prefix = prefix
    this.#refs = readRefs(store.repository)
  }

  /** @param range the objects of a range of commits, when only those were scanned */
  async addAll(found: FoundObjects, range: readonly string[] | null = null): Promise<void> {
    const blobs = [...found].filter(([, { type }]) => type === BLOB).map(([oid]) => oid)
    const history = new History(this.#store.repository.oidBytes, blobs)
    if (range) history.readSome(this.#store, range)
    else await this.#readAll(history)
    const attribution = attribute(history, this.#refs, range !== null)
    this.#headIsKnown = this.#refs.head !== null && history.commit(this.#refs.head) >= 0
    if (attribution.cutShort)
      this.#collector.skip(this.#store.repository.path, 'not all paths of all versions were followed: too many')
    await this.#addFiles(history, attribution, found)
    await this.#addUnplaced(history, attribution, blobs, found)
    await this.#addMessages(history, attribution, found)
  }

  async #readAll(history: History): Promise<void> {
    const arena = Arena.open()
    try {
      for (const _ of history.read(this.#store, arena)) await breath()
    } finally {
      arena.close()
    }
  }

  async #addFiles(history: History, attribution: Attribution, found: FoundObjects): Promise<void> {
    for (const [blob, byPath] of this.#byBlob(history, attribution, found)) {
      const oid = history.blobs.text(blob)
      for (const [path, all] of byPath) {
        const found = this.#byIdentity(await this.#hitsOf(oid, this.#placeAt(path, all[0]!, history, attribution)))
        for (const one of all) this.#add(found.get(one.identity) ?? [], this.#placeAt(path, one, history, attribution))
      }
    }
  }

  /**
   * Each finding at each path, with the newest version of the file that has it: by that version's blob, so that each is
   * read once.
   */
  #byBlob(history: History, { placed }: Attribution, found: FoundObjects): Map<number, Map<string, FoundAtPath[]>> {
    const all = new Map<string, FoundAtPath>()
    for (const one of placed)
      for (const identity of found.get(history.blobs.text(one.blob))!.identities) {
        const key = `${identity} ${one.path}`
        const known = all.get(key)
        if (!known) {
          if (all.size < MOST_PLACES) all.set(key, { placed: one, identity, range: { ...one.range } })
        } else {
          if (newerThan(one.range, known.placed.range)) known.placed = one
          include(known.range, one.range)
        }
      }
    if (all.size >= MOST_PLACES) this.#collector.skip(this.#store.repository.path, 'places beyond the first 100,000')
    const byBlob = new Map<number, Map<string, FoundAtPath[]>>()
    for (const one of all.values()) {
      const byPath = getOrSet(byBlob, one.placed.blob, () => new Map<string, FoundAtPath[]>())
      getOrSet(byPath, one.placed.path, () => []).push(one)
    }
    return byBlob
  }

  #placeAt(path: string, { range }: FoundAtPath, history: History, { order, reachable }: Attribution): BlobPlace {
    const isReachable = range.first >= 0
    const first = order[isReachable ? range.first : range.firstDangling]!
    const last = order[isReachable ? range.last : range.lastDangling]!
    const commit = history.commits.text(first)
    const isNote = reachable[first] === FROM_NOTES
    return {
      ...NOWHERE,
      kind: isNote ? 'message' : 'git',
      path: isNote ? `${this.#prefix}note on ${path.replaceAll('/', '')}` : this.#prefix + path,
      commit,
      ...this.#signature(commit, 'author'),
      lastCommit: range.inHead && this.#refs.head !== null ? this.#refs.head : history.commits.text(last),
      inHead: this.#headIsKnown ? range.inHead : null,
      reachable: isReachable,
    }
  }

  /** Blobs that no commit has: staged ones, those that a ref names, and what was left behind. */
  async #addUnplaced(
    history: History,
    { placed }: Attribution,
    blobs: readonly string[],
    found: FoundObjects,
  ): Promise<void> {
    const known = new Set(placed.map(({ blob }) => blob))
    const unplaced = blobs.filter((oid) => !known.has(history.blobs.find(Buffer.from(oid, 'hex'), 0)))
    if (unplaced.length === 0) return
    const wanted = new Set(unplaced)
    const staged = this.#stagedPaths(wanted)
    const named = new Map(this.#refs.named.map(({ name, oid }) => [oid, name]))
    const inTrees = namesInTrees(history)
    for (const oid of unplaced) {
      const alive = staged.get(oid) ?? named.get(oid)
      const path = alive ?? inTrees.get(oid) ?? `blob ${oid}`
      const place = { ...NOWHERE, path: this.#prefix + path, inHead: false, reachable: alive !== undefined }
      await this.#addKnown(oid, place, found)
    }
  }

  async #addKnown(oid: string, place: BlobPlace, found: FoundObjects): Promise<void> {
    const hits = this.#byIdentity(await this.#hitsOf(oid, place))
    for (const identity of found.get(oid)!.identities) this.#add(hits.get(identity) ?? [], place)
  }

  /** A blob can hold a million findings, so they are not looked for one by one. */
  #byIdentity(found: readonly HitsAtPlace[]): Map<number, HitsAtPlace[]> {
    const byIdentity = new Map<number, HitsAtPlace[]>()
    for (const { hits, place } of found)
      for (const hit of hits) {
        const all = getOrSet(byIdentity, this.#identities.of(hit), (): HitsAtPlace[] => [])
        const last = all.at(-1)
        if (last?.place === place) last.hits.push(hit)
        else all.push({ hits: [hit], place })
      }
    return byIdentity
  }

  /** Gives the collector hits, which may lie deeper in the place, in an archive. */
  #add(found: readonly HitsAtPlace[], place: BlobPlace): void {
    for (const { hits, place: inside } of found) this.#collector.add(hits, { ...place, member: inside.member })
  }

  #stagedPaths(wanted: ReadonlySet<string>): Map<string, string> {
    const paths = new Map<string, string>()
    if (this.#store.repository.worktree === null) return paths
    try {
      for (const line of git(this.#store.repository, ['ls-files', '--stage', '-z']).toString('utf8').split('\0')) {
        const match = /^\d+ ([0-9a-f]+) \d\t(.*)$/s.exec(line)
        if (match && wanted.has(match[1]!)) paths.set(match[1]!, match[2]!)
      }
    } catch {
      // no index, or none that git can read: the blobs are reported without a path
    }
    return paths
  }

  async #addMessages(history: History, { reachable }: Attribution, found: FoundObjects): Promise<void> {
    const tags = [...found].some(([, { type }]) => type === TAG) ? this.#reachableTags() : new Set<string>()
    for (const [oid, { type }] of found) {
      if (type !== COMMIT && type !== TAG) continue
      const bytes = this.#store.read(oid)?.bytes
      if (!bytes) {
        await this.#addKnown(oid, { ...NOWHERE, kind: 'message', path: `${this.#prefix}object ${oid}` }, found)
        continue
      }
      const hits = this.#scanner.scan(bytes, () => oid)
      const place: BlobPlace =
        type === COMMIT
          ? {
              ...NOWHERE,
              kind: 'message',
              path: `${this.#prefix}commit message`,
              commit: oid,
              ...this.#signature(oid, 'author'),
              lastCommit: oid,
              reachable: (reachable[history.commit(oid)] ?? 0) !== 0,
            }
          : {
              ...NOWHERE,
              kind: 'message',
              path: `${this.#prefix}tag ${headerField(bytes, 'tag') ?? oid}`,
              commit: headerField(bytes, 'type') === 'commit' ? headerField(bytes, 'object') : null,
              ...this.#signature(oid, 'tagger'),
              reachable: tags.has(oid),
            }
      this.#addInMessage(hits, place, messageLine(bytes))
    }
  }

  /** Lines are counted from where the message begins; before that are names and dates. */
  #addInMessage(hits: readonly Hit[], place: BlobPlace, begin: number): void {
    const inMessage = hits.filter(({ line }) => line >= begin)
    const before = hits.filter(({ line }) => line < begin)
    this.#collector.add(
      inMessage.map((hit) => ({ ...hit, line: hit.line - begin + 1 })),
      place,
    )
    this.#collector.add(before, { ...place, member: 'header' })
  }

  #reachableTags(): Set<string> {
    const tags = new Set<string>()
    for (const { oid } of this.#refs.named) {
      let next: string | null = oid
      for (let depth = 0; next !== null && depth < DEEPEST_TAG; depth++) {
        const object = this.#store.read(next)
        if (object?.type !== TAG) break
        tags.add(next)
        next = headerField(object.bytes, 'object')
      }
    }
    return tags
  }

  #signature(oid: string, field: 'author' | 'tagger'): { author: string | null; date: string | null } {
    return getOrSet(this.#signatures, oid, () => {
      const bytes = this.#store.read(oid)?.bytes
      return (bytes && signatureOf(bytes, field)) ?? { author: null, date: null }
    })
  }

  /** Scans an object as a whole: lines and columns are exact. */
  async #hitsOf(oid: string, place: BlobPlace): Promise<HitsAtPlace[]> {
    const bytes = this.#store.read(oid)?.bytes
    if (bytes) return this.#scanner.scanAt(bytes, place)
    const hits: Hit[] = []
    await catFile(this.#store.repository, [oid], {
      begin: () => this.#scanner.pieces(place, (more) => hits.push(...more)),
      failed() {}, // it was read before; then it is as if it had not changed
    })
    return [{ hits, place }]
  }
}

/** Whether the commits of `a` go on for longer than those of `b`. */
function newerThan(a: Range, b: Range): boolean {
  if (a.inHead !== b.inHead) return a.inHead
  if (a.last !== b.last) return a.last > b.last
  return a.lastDangling > b.lastDangling
}

/** The last part of a path of each blob, as some tree has it. */
function namesInTrees(history: History): Map<string, string> {
  const names = new Map<string, string>()
  for (let tree = 0; tree < history.trees.count; tree++)
    history.eachEntry(tree, (name, target) => {
      if (target < 0) names.set(history.blobs.text(~target), history.names.text(name))
    })
  return names
}

function getOrSet<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}
