/**
 * How two threads share the entries of packs: each takes the next few that nobody has, so that both end at about the
 * same time, whatever the entries cost.
 */

/** Entries in a row that are taken at once: what is near each other in a pack lies in the same pages. */
const ROW = 64

export class Shares {
  /** For the other thread: of each pack, how many rows are taken; then how many entries the other thread has done. */
  readonly memory: SharedArrayBuffer
  readonly #numbers: Int32Array

  /** @param packs how many there are; or the memory of the other thread's shares */
  constructor(packs: number | SharedArrayBuffer) {
    this.memory = typeof packs === 'number' ? new SharedArrayBuffer(4 * (packs + 1)) : packs
    this.#numbers = new Int32Array(this.memory)
  }

  /** The rows of a pack of so many entries that the other thread does not take: where each begins and ends. */
  *rows(pack: number, count: number): Generator<readonly [number, number]> {
    for (;;) {
      const from = ROW * Atomics.add(this.#numbers, pack, 1)
      if (from >= count) return
      yield [from, Math.min(count, from + ROW)]
    }
  }

  /** Tells the other thread of entries that are done. */
  add(done: number): void {
    Atomics.add(this.#numbers, this.#numbers.length - 1, done)
  }

  /** What the other thread has told. */
  get done(): number {
    return Atomics.load(this.#numbers, this.#numbers.length - 1)
  }
}
