/**
 * One block of memory from which objects get their room, so that a delta's copies are moves within one array. Walking
 * the largest subtree of deltas last keeps the number of live objects at once to a handful: see `pack-walk.ts`.
 */
export class Arena {
  readonly bytes: Buffer
  /** Live pieces, by position: start, end, start, end ... */
  readonly #live: number[] = []

  /** @param size in bytes; only what is used takes memory */
  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size)
  }

  /** Where `size` bytes are free; -1 when there is no such room. */
  take(size: number): number {
    const live = this.#live
    let from = 0
    for (let i = 0; i < live.length; i += 2) {
      if (live[i]! - from >= size) {
        live.splice(i, 0, from, from + size)
        return from
      }
      from = live[i + 1]!
    }
    if (this.bytes.length - from < size) return -1
    live.push(from, from + size)
    return from
  }

  give(start: number): void {
    const live = this.#live
    for (let i = live.length - 2; i >= 0; i -= 2) {
      if (live[i] === start) {
        live.splice(i, 2)
        return
      }
    }
  }

  clear(): void {
    this.#live.length = 0
  }
}
