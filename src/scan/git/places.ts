/** From the objects in which something was found to the places that people know: paths, commits, messages. */
import type { LeakCollector } from '../collect-leaks.ts'
import type { BlobPlace, Hit } from '../source.ts'
import { Arena } from './arena.ts'
import {
  type Attribution,
  attribute,
  type Commits,
  commitsIn,
  FROM_NOTES,
  include,
  type Placed,
  type Range,
} from './attribution.ts'
import { catFile } from './cat-file.ts'
import { gapOfHistory } from './gaps.ts'
import { git } from './git-process.ts'
import type { Heads } from './heads.ts'
import { DEEPEST_TAG, History } from './history.ts'
import type { Identities } from './identities.ts'
import { NOWHERE, type ObjectScanner } from './object-scanner.ts'
import type { ObjectStore } from './object-store.ts'
import { BLOB, COMMIT, TAG } from './object-type.ts'
import type { Refs } from './refs.ts'
import { breath, type FoundObjects, type ObjectsScan, type SecondThread } from './scan-objects.ts'
import { Shares } from './shares.ts'
import { headerField, messageLine, signatureOf } from './signature.ts'

/** Of paths and findings together. */
const MOST_PLACES = 100_000
/** From paths to findings: a file with many may lie at many paths. */
const MOST_STEPS = 5_000_000

/** Of each finding, where in an object it stands. */
type FoundHits = Map<number, { hit: Hit; member: string | null }[]>

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
  readonly #second: SecondThread | null
  readonly #heads: Heads | null
  /** Whether HEAD's commit is among those that were looked at. */
  #headIsKnown = false
  readonly #signatures = new Map<string, { author: string | null; date: string | null }>()

  constructor(
    store: ObjectStore,
    scanner: ObjectScanner,
    collector: LeakCollector,
    identities: Identities,
    prefix: string,
    refs: Refs,
    { second, heads }: Pick<ObjectsScan, 'second' | 'heads'>,
  ) {
    this.#store = store
    this.#scanner = scanner
    this.#collector = collector
    this.#identities = identities
    this.#prefix = prefix
    this.#refs = refs
    this.#second = second
    this.#heads = heads
  }

  /** @param range the objects of a range of commits, when only those were scanned */
  async addAll(found: FoundObjects, range: readonly string[] | null = null): Promise<void> {
    const blobs = [...found].filter(([, { type }]) => type === BLOB).map(([oid]) => oid)
    const history = new History(this.#store.repository.oidBytes, blobs)
    const commits = range ? this.#readSome(history, range) : await this.#readAll(history, blobs)
    const attribution = attribute(history, this.#refs, commits)
    this.#headIsKnown = this.#refs.head !== null && history.commit(this.#refs.head) >= 0
    if (attribution.cutShort)
      this.#collector.skip(this.#store.repository.path, 'not all paths of all versions were followed: too many')
    if (!range) this.#tellGap(history, attribution)
    await this.#addFiles(history, attribution, found)
    await this.#addUnplaced(history, attribution, blobs, found)
    await this.#addMessages(history, attribution, found)
  }

  #tellGap(history: History, { reachable }: Attribution): void {
    const { repository } = this.#store
    const gap = gapOfHistory(history, reachable, repository)
    if (gap !== null) this.#collector.skip(repository.path, gap)
  }

  #readSome(history: History, range: readonly string[]): Commits {
    history.readSome(this.#store, range)
    return commitsIn(history, this.#refs, true)
  }

  async #readAll(history: History, blobs: readonly string[]): Promise<Commits> {
    const store = this.#store
    const arena = Arena.open()
    const go = async (steps: Iterable<unknown>) => {
      for (const _ of steps) await breath()
    }
    try {
      if (!this.#second) {
        await go(history.read(store, arena, this.#heads))
        return commitsIn(history, this.#refs)
      }
      const shares = new Shares(store.packs.length)
      const part = this.#second.trees(blobs, shares)
      await go(history.readCommits(store, arena))
      // meanwhile the other thread takes more of the trees
      const commits = commitsIn(history, this.#refs)
      await go(history.readTrees(store, arena, shares))
      const trees = await part.catch(() => null)
      // when it failed, nobody has read what it had taken
      await go(trees ? history.add(trees, store, arena) : history.read(store, arena))
      return commits
    } finally {
      arena.close()
    }
  }

  async #addFiles(history: History, attribution: Attribution, found: FoundObjects): Promise<void> {
    for (const [blob, byPath] of this.#byBlob(history, attribution, found)) {
      const oid = history.blobs.text(blob)
      for (const [path, all] of byPath) {
        const identities = new Set(all.map(({ identity }) => identity))
        const found = await this.#hitsOf(oid, this.#placeAt(path, all[0]!, history, attribution), identities)
        for (const one of all) this.#add(found, [one.identity], this.#placeAt(path, one, history, attribution))
      }
    }
  }

  /**
   * Each finding at each path, with the newest version of the file that has it: by that version's blob, so that each is
   * read once.
   */
  #byBlob(history: History, { placed }: Attribution, found: FoundObjects): Map<number, Map<string, FoundAtPath[]>> {
    const all = new Map<string, FoundAtPath>()
    let steps = 0
    for (const one of placed)
      for (const identity of found.get(history.blobs.text(one.blob))!.identities) {
        if (++steps > MOST_STEPS) break
        const key = `${identity} ${one.path}`
        const known = all.get(key)
        if (!known) {
          if (all.size < MOST_PLACES) all.set(key, { placed: one, identity, range: { ...one.range } })
        } else {
          if (newerThan(one.range, known.placed.range)) known.placed = one
          include(known.range, one.range)
        }
      }
    if (all.size >= MOST_PLACES || steps > MOST_STEPS)
      this.#collector.skip(this.#store.repository.path, 'places beyond the first 100,000')
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
    const { identities } = found.get(oid)!
    this.#add(await this.#hitsOf(oid, place, identities), identities, place)
  }

  /** Gives the collector the hits of some findings; they may lie deeper in the place, in an archive. */
  #add(found: FoundHits, identities: Iterable<number>, place: BlobPlace): void {
    for (const identity of identities)
      for (const { hit, member } of found.get(identity) ?? []) this.#collector.add([hit], { ...place, member })
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
      const begin = messageLine(bytes)
      this.#scanner.scan(bytes, place, (hits) => this.#addInMessage(hits, place, begin))
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

  /** Scans an object as a whole for some findings: lines and columns are exact. */
  async #hitsOf(oid: string, place: BlobPlace, identities: ReadonlySet<number>): Promise<FoundHits> {
    const found: FoundHits = new Map()
    let count = 0
    const take = (hits: readonly Hit[], { member }: BlobPlace) => {
      for (const hit of hits) {
        const identity = this.#identities.of(hit)
        if (!identities.has(identity)) continue
        const before = found.get(identity)
        if (!before) found.set(identity, [{ hit, member }])
        else if (count < MOST_PLACES) before.push({ hit, member })
        count++
      }
    }
    const bytes = this.#store.read(oid)?.bytes
    if (bytes) this.#scanner.scan(bytes, place, take)
    else
      await catFile(this.#store.repository, [oid], {
        begin: () => this.#scanner.pieces(place, (hits) => take(hits, place)),
        failed() {}, // it was read before; then it is as if it had not changed
      })
    if (count > MOST_PLACES) this.#collector.skip(place.path, 'places in it beyond the first 100,000')
    return found
  }
}

/** Whether the commits of `a` go on for longer than those of `b`. */
function newerThan(a: Range, b: Range): boolean {
  if (a.inHead !== b.inHead) return a.inHead
  if (a.last !== b.last) return a.last > b.last
  return a.lastDangling > b.lastDangling
}

/** The last part of a path of each blob, as some tree has it: the least of several, in whatever order trees were read. */
function namesInTrees(history: History): Map<string, string> {
  const names = new Map<string, string>()
  for (let tree = 0; tree < history.trees.count; tree++)
    history.eachEntry(tree, (name, target) => {
      if (target >= 0) return
      const oid = history.blobs.text(~target)
      const text = history.names.text(name)
      if (!(names.get(oid)! <= text)) names.set(oid, text)
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
