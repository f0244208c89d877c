/**
 * What trees are made of, and which of their entries lead to a blob that matters, or to a tree that was not read.
 *
 * A large folder has thousands of versions, and each has nearly all entries of the one that it is a delta of. So a tree
 * is kept as what it has of its own and what it has from its base; entries are listed only once it is known which lead
 * there, and only those.
 */

/** A list of numbers that grows. */
class Numbers {
  all = new Int32Array(1024)
  length = 0

  push(number: number): void {
    if (this.length === this.all.length) this.makeRoom(1)
    this.all[this.length++] = number
  }

  list(): Int32Array {
    return this.all.slice(0, this.length)
  }

  makeRoom(more: number): void {
    if (this.length + more <= this.all.length) return
    const larger = new Int32Array(Math.max(this.length + more, this.all.length * 2))
    larger.set(this.all)
    this.all = larger
  }
}

/** Trees as another graph has read them, by numbers of its own. */
export interface ReadTrees {
  /** Of each: the one it was made from, its number, and where its pieces begin. */
  base: Int32Array
  number: Int32Array
  start: Int32Array
  pieces: Int32Array
}

/** Numbers per piece of a tree, and per entry of a list. */
const PER_PIECE = 3

const NONE = -1

export class TreeGraph {
  /** By the order in which trees were read: the one it was made from, which was read before, and its number. */
  readonly #base = new Numbers()
  readonly #number = new Numbers()
  /** Where its pieces begin. */
  readonly #start = new Numbers()
  /**
   * An entry: its index in the tree, its name, its target. Entries of the base: the first one's index in the tree, `~` that
   * in the base, and how many they are.
   */
  readonly #pieces = new Numbers()
  /** By number: when it was read last. */
  #readOf = new Int32Array(1024).fill(NONE)
  #lists: Lists | null = null

  /** Begins a tree. What it returns stands for it where it is the base of others. @param base -1: it has none */
  begin(base: number): number {
    this.#base.push(base)
    this.#number.push(NONE)
    this.#start.push(this.#pieces.length)
    return this.#base.length - 1
  }

  /** The tree that was begun last has this many entries of its base. */
  copy(index: number, indexInBase: number, count: number): void {
    this.#piece(index, ~indexInBase, count)
  }

  /** The tree that was begun last has an entry of its own. @param target a tree's number, or a blob's as `~number` */
  entry(index: number, name: number, target: number): void {
    this.#piece(index, name, target)
  }

  #piece(first: number, second: number, third: number): void {
    const pieces = this.#pieces
    pieces.makeRoom(PER_PIECE)
    const { all } = pieces
    all[pieces.length++] = first
    all[pieces.length++] = second
    all[pieces.length++] = third
  }

  /** The tree that was begun last is this one; it is forgotten as what was so before. */
  end(tree: number): void {
    const read = this.#number.length - 1
    this.#number.all[read] = tree
    if (tree >= this.#readOf.length) {
      const larger = new Int32Array(Math.max(tree + 1, this.#readOf.length * 2)).fill(NONE)
      larger.set(this.#readOf)
      this.#readOf = larger
    }
    this.#readOf[tree] = read
  }

  /** All that was read. */
  readTrees(): ReadTrees {
    return {
      base: this.#base.list(),
      number: this.#number.list(),
      start: this.#start.list(),
      pieces: this.#pieces.list(),
    }
  }

  /**
   * Adds what another graph has read.
   * @param trees the numbers here of its trees, and `names` of its names; blobs have the same numbers in both
   */
  add({ base, number, start, pieces }: ReadTrees, trees: Int32Array, names: Int32Array): void {
    const before = this.#base.length
    for (let read = 0; read < base.length; read++) {
      this.begin(base[read]! < 0 ? NONE : before + base[read]!)
      const end = start[read + 1] ?? pieces.length
      for (let piece = start[read]!; piece < end; piece += PER_PIECE) {
        const [index, second, third] = [pieces[piece]!, pieces[piece + 1]!, pieces[piece + 2]!]
        if (second < 0) this.#piece(index, second, third)
        else this.#piece(index, names[second]!, third < 0 ? third : trees[third]!)
      }
      if (number[read]! >= 0) this.end(trees[number[read]!]!)
    }
  }

  /** Whether a tree was read. */
  has(tree: number): boolean {
    return (this.#readOf[tree] ?? NONE) !== NONE
  }

  /**
   * The entries of a tree that may lead to a blob that matters, or to a tree that was not read, in its order: a name, and
   * a tree, or a blob as `~number`.
   * Once it was asked, nothing can be added.
   */
  eachEntry(tree: number, take: (name: number, target: number) => void): void {
    this.#lists ??= this.#list()
    const read = this.#readOf[tree] ?? NONE
    if (read === NONE) return
    const { starts, entries } = this.#lists
    const end = starts[read + 1]!
    for (let i = starts[read]!; i < end; i += PER_PIECE) take(entries[i + 1]!, entries[i + 2]!)
  }

  #list(): Lists {
    const count = this.#base.length
    const matters = this.#matters()
    const starts = new Int32Array(count + 1)
    const list = new Numbers()
    for (let read = 0; read < count; read++) {
      starts[read] = list.length
      if (matters[read] === 1) this.#listOne(read, matters, starts, list)
    }
    starts[count] = list.length
    return { starts, entries: list.all }
  }

  #listOne(read: number, matters: Uint8Array, starts: Int32Array, list: Numbers): void {
    const pieces = this.#pieces.all
    const base = this.#base.all[read]!
    const end = this.#end(read)
    for (let piece = this.#start.all[read]!; piece < end; piece += PER_PIECE) {
      const index = pieces[piece]!
      const second = pieces[piece + 1]!
      const third = pieces[piece + 2]!
      if (second < 0) takeOver(index, ~second, third, starts[base]!, starts[base + 1]!, list)
      else if (third < 0 || !this.has(third) || matters[this.#readOf[third]!] === 1) {
        list.push(index)
        list.push(second)
        list.push(third)
      }
    }
  }

  #end(read: number): number {
    return read + 1 < this.#start.length ? this.#start.all[read + 1]! : this.#pieces.length
  }

  /**
   * Which trees, as they were read, may lead there: those with such an entry; those that have one of these as a folder;
   * and what is made from one of these, though it may have left out just that entry.
   */
  #matters(): Uint8Array {
    const count = this.#base.length
    const matters = new Uint8Array(count)
    const waiting: number[] = []
    const mark = (read: number) => {
      if (matters[read] === 1) return
      matters[read] = 1
      waiting.push(read)
    }
    const made = listsBy(this.#base.all.subarray(0, count), count)
    const { owner, target } = this.#folders(mark)
    const within = listsBy(target, this.#readOf.length)
    while (waiting.length > 0) {
      const read = waiting.pop()!
      for (let other = made.first[read]!; other >= 0; other = made.next[other]!) mark(other)
      const tree = this.#number.all[read]!
      if (tree === NONE) continue
      for (let use = within.first[tree]!; use >= 0; use = within.next[use]!) mark(owner[use]!)
    }
    return matters
  }

  /** All folders of trees as these have them of their own, and whose they are. Tells of trees that have what matters. */
  #folders(hasIt: (read: number) => void): { owner: Int32Array; target: Int32Array } {
    const pieces = this.#pieces.all
    const owner = new Int32Array(this.#pieces.length / PER_PIECE)
    const target = new Int32Array(owner.length)
    let folders = 0
    for (let read = 0; read < this.#base.length; read++) {
      const end = this.#end(read)
      for (let piece = this.#start.all[read]!; piece < end; piece += PER_PIECE) {
        if (pieces[piece + 1]! < 0) continue
        const to = pieces[piece + 2]!
        if (to < 0 || !this.has(to)) hasIt(read)
        else {
          owner[folders] = read
          target[folders++] = to
        }
      }
    }
    return { owner: owner.subarray(0, folders), target: target.subarray(0, folders) }
  }
}

interface Lists {
  /** Where the entries of each tree begin, by when it was read; then where the last one's end. */
  starts: Int32Array
  /** Of each: its index in the tree, its name, its target. */
  entries: Int32Array
}

/** Appends those of `list[begin, end)` that are among `count` entries from `first` on, as if these began at `index`. */
function takeOver(index: number, first: number, count: number, begin: number, end: number, list: Numbers): void {
  let low = 0
  let high = (end - begin) / PER_PIECE
  while (low < high) {
    const middle = (low + high) >> 1
    if (list.all[begin + middle * PER_PIECE]! < first) low = middle + 1
    else high = middle
  }
  list.makeRoom(end - begin)
  const { all } = list
  let to = list.length
  for (let i = begin + low * PER_PIECE; i < end && all[i]! < first + count; i += PER_PIECE) {
    all[to++] = all[i]! - first + index
    all[to++] = all[i + 1]!
    all[to++] = all[i + 2]!
  }
  list.length = to
}

/** Linked lists of the positions in `keys` that have the same key. Negative ones are in none. */
function listsBy(keys: Int32Array, count: number): { first: Int32Array; next: Int32Array } {
  const first = new Int32Array(count).fill(NONE)
  const next = new Int32Array(keys.length).fill(NONE)
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = keys[i]!
    if (key < 0) continue
    next[i] = first[key]!
    first[key] = i
  }
  return { first, next }
}
