/**
 * The graph of a repository's commits and trees, as far as it leads to objects in which something was found. Only read
 * when something was.
 */
import type { Arena } from './arena.ts'
import { type CommitHead, CommitReader } from './commit-header.ts'
import type { Copies } from './delta.ts'
import type { Heads } from './heads.ts'
import { Interner, type Strings } from './interner.ts'
import { looseObjects, loosePath } from './loose.ts'
import { type ObjectStore, readLoose } from './object-store.ts'
import { COMMIT, DamagedObject, isEmptyTree, type ObjectType, TAG, TREE } from './object-type.ts'
import { OidTable } from './oid-table.ts'
import type { Pack } from './pack.ts'
import { alone, MOST_IN_MEMORY, MOST_IN_SECOND, type WalkOptions, walkPack } from './pack-walk.ts'
import type { Shares } from './shares.ts'
import { type EntryStarts, NO_TARGET, TreeReader } from './tree-entries.ts'
import { type ReadTrees, TreeGraph } from './tree-graph.ts'

const TREES: readonly ObjectType[] = [TREE]
const NO_TREES: readonly ObjectType[] = [COMMIT, TAG]
const MATTERING: readonly ObjectType[] = [...NO_TREES, ...TREES]

/** So many tags of tags are followed. */
export const DEEPEST_TAG = 10

/** What a second thread has read of trees: data only, by numbers of its own but for blobs. */
export interface TreesPart {
  /** Object IDs of trees: see {@link OidTable.bytes}. */
  trees: Uint8Array
  names: Strings
  read: ReadTrees
  /** Of each pack, entries whose trees are too large for a second thread, with all that are deltas of them. */
  large: number[][]
}

/** Names and object IDs of tree entries, and what commits say, as numbers of interners. */
export class History {
  readonly trees: OidTable
  readonly commits: OidTable
  readonly names = new Interner()
  /** The blobs in which something was found. */
  readonly blobs: OidTable
  /** Of each commit: its tree, its committer's time in seconds, and where its parents are. -1: not there. */
  commitTree = new Int32Array(1024).fill(-1)
  commitTime = new Float64Array(1024)
  readonly #parents = new Pairs()
  /** Annotated tags and what they are of; of each tag, the number of that. */
  readonly #tags: OidTable
  readonly #tagged: number[] = []
  readonly #graph = new TreeGraph()
  readonly #oidBytes: number
  /** By the first two bytes of an object ID: whether a blob that matters begins so. */
  readonly #mayMatter = new Uint8Array(1 << 16)
  readonly #treeReader: TreeReader
  readonly #commitReader: CommitReader
  /** The one that is read. */
  #commit = -1
  readonly #head: CommitHead

  constructor(oidBytes: number, blobs: Iterable<string>) {
    this.#oidBytes = oidBytes
    this.trees = new OidTable(oidBytes)
    this.commits = new OidTable(oidBytes)
    this.#tags = new OidTable(oidBytes)
    this.blobs = new OidTable(oidBytes)
    for (const blob of blobs) {
      const oid = Buffer.from(blob, 'hex')
      this.blobs.intern(oid, 0)
      this.#mayMatter[(oid[0]! << 8) | oid[1]!] = 1
    }
    this.#treeReader = new TreeReader(
      oidBytes,
      (isTree, bytes, oid) => (isTree ? this.trees.intern(bytes, oid) : this.#blobAt(bytes, oid)),
      (bytes, at, length) => this.names.intern(bytes, at, length),
      this.#graph,
    )
    this.#commitReader = new CommitReader(oidBytes)
    this.#head = {
      tree: (oid) => {
        this.commitTree[this.#commit] = this.trees.intern(oid, 0)
        this.#parents.begin(this.#commit)
      },
      parent: (oid) => this.#parents.add(0, this.commits.intern(oid, 0)),
      time: (seconds) => {
        this.commitTime[this.#commit] = seconds
      },
    }
  }

  #blobAt(bytes: Uint8Array, oid: number): number {
    if (this.#mayMatter[(bytes[oid]! << 8) | bytes[oid + 1]!] === 0) return NO_TARGET
    const blob = this.blobs.find(bytes, oid)
    return blob < 0 ? NO_TARGET : ~blob
  }

  /** Reads these commits, trees and tags; what else is among them does not matter. */
  readSome(store: ObjectStore, oids: Iterable<string>): void {
    for (const oid of oids) {
      const object = store.read(oid)
      if (object) this.#add(object.type, Buffer.from(oid, 'hex'), object.bytes, 0, object.bytes.length, null, false)
    }
  }

  /**
   * Reads all commits, trees and tags, be they reachable or not. Yields now and then.
   * @param heads of all commits and tags of packs, when they were kept
   */
  *read(store: ObjectStore, arena: Arena, heads: Heads | null = null): Generator<number> {
    if (heads) for (const pack of store.packs) this.#addHeads(pack, heads, store)
    for (const pack of store.packs) yield* this.#walk(store, pack, arena, { wanted: heads ? TREES : MATTERING })
    this.#readLoose(store)
  }

  /** Reads all but the trees of packs. Yields now and then. */
  *readCommits(store: ObjectStore, arena: Arena): Generator<number> {
    for (const pack of store.packs) yield* this.#walk(store, pack, arena, { wanted: NO_TREES })
    this.#readLoose(store)
  }

  /** Reads the trees of packs, but for those that another thread takes. Yields now and then. */
  *readTrees(store: ObjectStore, arena: Arena, shares: Shares): Generator<number> {
    for (const [i, pack] of store.packs.entries())
      yield* this.#walk(store, pack, arena, { wanted: TREES, rows: shares.rows(i, pack.count) })
  }

  #readLoose(store: ObjectStore): void {
    for (const objects of store.repository.objectDirs)
      for (const name of looseObjects(objects, this.#oidBytes, () => {})) {
        const object = readLooseOrNull(loosePath(objects, name))
        if (object) this.#add(object.type, Buffer.from(name, 'hex'), object.bytes, 0, object.bytes.length, null, false)
      }
  }

  /**
   * As a second thread: reads the trees that the first does not take.
   * @param packs as the first has them; none in the place of one that is not there
   */
  share(store: ObjectStore, packs: readonly (Pack | undefined)[], arena: Arena, shares: Shares): TreesPart {
    const large = packs.map((pack, i) => {
      const entries: number[] = []
      const rows = pack && shares.rows(i, pack.count)
      const leave = { above: MOST_IN_SECOND, take: (entry: number) => entries.push(entry) }
      if (pack) for (const _ of this.#walk(store, pack, arena, { wanted: TREES, rows, guests: false, leave }));
      return entries
    })
    return { trees: this.trees.bytes(), names: this.names.all(), read: this.#graph.readTrees(), large }
  }

  /** Adds what a second thread has read, and reads what it left. Yields now and then. */
  *add({ trees, names, read, large }: TreesPart, store: ObjectStore, arena: Arena): Generator<number> {
    this.#graph.add(read, this.trees.numbersOf(trees), this.names.numbersOf(names))
    for (const [i, pack] of store.packs.entries()) {
      const rows = large[i]!.map(alone)
      if (rows.length > 0) yield* this.#walk(store, pack, arena, { wanted: TREES, rows, guests: false })
    }
  }

  #walk(
    store: ObjectStore,
    pack: Pack,
    arena: Arena,
    options: Pick<WalkOptions, 'wanted' | 'rows' | 'guests' | 'leave'>,
  ): Generator<number> {
    const oid = Buffer.alloc(this.#oidBytes)
    const visit = (
      entry: number,
      type: ObjectType,
      at: number,
      size: number,
      base: TreeBase | null,
      isBase: boolean,
    ) => {
      if (entry >= 0) pack.index.copyOid(pack.rows[entry]!, oid, 0)
      return this.#add(type, entry < 0 ? null : oid, arena.bytes, at, size, base, isBase)
    }
    return walkPack<Tree | null>(
      pack,
      arena,
      {
        whole: (entry, type, at, size, isBase) => visit(entry, type, at, size, null, isBase),
        changed: (entry, type, at, size, tree, copies, isBase) =>
          visit(entry, type, at, size, tree && { tree, copies }, isBase),
        failed() {}, // told of by whoever scans the objects
      },
      { elsewhere: (name) => store.read(Buffer.from(name).toString('hex')), ...options },
    )
  }

  /**
   * @param oid null: the object is only the base of others
   * @param isBase whether it is one; only then is something returned
   */
  #add(
    type: ObjectType,
    oid: Buffer | null,
    bytes: Uint8Array,
    at: number,
    size: number,
    base: TreeBase | null,
    isBase: boolean,
  ): Tree | null {
    if (type === TREE) {
      const read = this.#graph.begin(base ? base.tree.read : -1)
      this.#treeReader.read(bytes, at, size, base && { starts: base.tree.starts, copies: base.copies })
      if (oid) this.#graph.end(this.trees.intern(oid, 0))
      return isBase ? { read, starts: this.#treeReader.keep() } : null
    }
    if (type === COMMIT && oid) this.#addCommit(this.commits.intern(oid, 0), bytes, at, size)
    const tagged = type === TAG && oid ? this.#commitReader.tagged(bytes, at, size) : null
    if (oid && tagged) this.#tagged[this.#tags.intern(oid, 0)] = this.#tags.intern(tagged, 0)
    return null
  }

  #addHeads(pack: Pack, heads: Heads, store: ObjectStore): void {
    const oid = Buffer.alloc(this.#oidBytes)
    heads.each(pack, (entry, type, bytes, at, length, size) => {
      pack.index.copyOid(pack.rows[entry]!, oid, 0)
      const isCut = length < size && type === COMMIT && !this.#commitReader.isWhole(bytes, at, length)
      const whole = isCut ? store.read(pack.oid(entry)) : null
      if (whole) this.#add(type, oid, whole.bytes, 0, whole.bytes.length, null, false)
      else this.#add(type, oid, bytes, at, length, null, false)
    })
  }

  #addCommit(commit: number, bytes: Uint8Array, at: number, size: number): void {
    if (commit >= this.commitTree.length) this.#growCommits(commit)
    this.#commit = commit
    this.#commitReader.read(bytes, at, size, this.#head)
  }

  #growCommits(commit: number): void {
    const size = Math.max(commit + 1, this.commitTree.length * 2)
    const trees = new Int32Array(size).fill(-1)
    trees.set(this.commitTree)
    this.commitTree = trees
    const times = new Float64Array(size)
    times.set(this.commitTime)
    this.commitTime = times
  }

  /** The number of a commit that is there, or -1. */
  commit(oid: string): number {
    if (oid.length !== this.#oidBytes * 2) return -1
    const commit = this.commits.find(Buffer.from(oid, 'hex'), 0)
    return commit >= 0 && this.hasCommit(commit) ? commit : -1
  }

  /** The number of the commit that a ref leads to, be it through tags, or -1. */
  commitOf(oid: string): number {
    const commit = this.commit(oid)
    if (commit >= 0 || oid.length !== this.#oidBytes * 2) return commit
    let at = this.#tags.find(Buffer.from(oid, 'hex'), 0)
    for (let depth = 0; depth < DEEPEST_TAG; depth++) at = this.#tagged[at] ?? at
    return at < 0 ? -1 : this.commit(this.#tags.text(at))
  }

  hasCommit(commit: number): boolean {
    return (this.commitTree[commit] ?? -1) >= 0
  }

  /** Parents that are there. */
  eachParent(commit: number, take: (parent: number) => void): void {
    this.#parents.each(commit, (_, parent) => {
      if (this.hasCommit(parent)) take(parent)
    })
  }

  /**
   * Commits and trees that some commits lead to and that were not read.
   * @param commits by their numbers; 0: not these
   * @param cutOff commits whose parents are left out on purpose
   */
  missing(commits: Uint8Array, cutOff: Iterable<string>): Missing {
    const cut = new Set(Array.from(cutOff, (oid) => this.commit(oid)))
    const lost = new Uint8Array(this.commits.count)
    const seen = new Uint8Array(this.trees.count)
    const missing: Missing = { count: 0, oid: '' }
    const tell = (table: OidTable, number: number) => {
      if (missing.count++ === 0) missing.oid = table.text(number)
    }
    for (let commit = 0; commit < commits.length; commit++) {
      if (commits[commit] === 0) continue
      if (!cut.has(commit))
        this.#parents.each(commit, (_, parent) => {
          if (this.hasCommit(parent) || lost[parent] === 1) return
          lost[parent] = 1
          tell(this.commits, parent)
        })
      this.#eachUnread(this.commitTree[commit]!, seen, (tree) => tell(this.trees, tree))
    }
    return missing
  }

  /** Trees below one, and itself, that were not read. Those that were seen before are passed over. */
  #eachUnread(root: number, seen: Uint8Array, take: (tree: number) => void): void {
    const waiting: number[] = []
    const wait = (_: number, tree: number) => {
      if (tree < 0 || seen[tree] === 1) return
      seen[tree] = 1
      waiting.push(tree)
    }
    wait(0, root)
    while (waiting.length > 0) {
      const tree = waiting.pop()!
      if (this.#graph.has(tree)) this.#graph.eachEntry(tree, wait)
      else if (!isEmptyTree(this.trees.text(tree))) take(tree)
    }
  }

  /** So many parents of commits there are at most. */
  get parentCount(): number {
    return this.#parents.count
  }

  /** Like `TreeGraph.eachEntry`. */
  eachEntry(tree: number, take: (name: number, target: number) => void): void {
    this.#graph.eachEntry(tree, take)
  }
}

/** How many objects are not there, and one of them. */
export interface Missing {
  count: number
  oid: string
}

/** A tree that is the base of others: what stands for it, and where its entries begin. */
interface Tree {
  read: number
  starts: EntryStarts
}

/** A tree, and what another has from it. */
interface TreeBase {
  tree: Tree
  copies: Copies
}

function readLooseOrNull(path: string) {
  try {
    return readLoose(path, MOST_IN_MEMORY, MATTERING)
  } catch (error) {
    if (error instanceof DamagedObject) return null
    throw error
  }
}

/** Lists of pairs of numbers, by number, in two arrays. */
class Pairs {
  #start = new Int32Array(1024).fill(-1)
  #count = new Int32Array(1024)
  #pairs = new Int32Array(4096)
  #used = 0
  #current = 0

  /** Begins the list of an owner; an earlier one of its is forgotten. */
  begin(owner: number): void {
    if (owner >= this.#start.length) {
      const size = Math.max(owner + 1, this.#start.length * 2)
      const start = new Int32Array(size).fill(-1)
      start.set(this.#start)
      this.#start = start
      const count = new Int32Array(size)
      count.set(this.#count)
      this.#count = count
    }
    this.#current = owner
    this.#start[owner] = this.#used
    this.#count[owner] = 0
  }

  add(first: number, second: number): void {
    if (this.#used + 2 > this.#pairs.length) {
      const pairs = new Int32Array(this.#pairs.length * 2)
      pairs.set(this.#pairs)
      this.#pairs = pairs
    }
    this.#pairs[this.#used++] = first
    this.#pairs[this.#used++] = second
    this.#count[this.#current]!++
  }

  /** Of all owners together, also what is forgotten. */
  get count(): number {
    return this.#used / 2
  }

  each(owner: number, take: (first: number, second: number) => void): void {
    const start = this.#start[owner] ?? -1
    if (start < 0) return
    const end = start + this.#count[owner]! * 2
    for (let i = start; i < end; i += 2) take(this.#pairs[i]!, this.#pairs[i + 1]!)
  }
}
