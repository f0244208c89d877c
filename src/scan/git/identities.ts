/** What makes two hits the same finding, as a small number: a repository can hold a leak in a million versions. */
import type { Hit } from '../source.ts'

/** More are not told apart: what was found first is kept. */
const MOST = 100_000

export class Identities {
  /** Whether there were more than are kept. */
  isFull = false
  readonly #numbers = new Map<string, number>()

  /** -1: it is one too many. */
  of(hit: Hit): number {
    return this.#numberOf([hit.kind, hit.accessKeyId, hit.secretFingerprint, hit.class, hit.evidence].join('\0'))
  }

  #numberOf(key: string): number {
    let number = this.#numbers.get(key)
    if (number === undefined) {
      if (this.#numbers.size === MOST) {
        this.isFull = true
        return -1
      }
      number = this.#numbers.size
      this.#numbers.set(key, number)
    }
    return number
  }

  /** By the number of each, what makes it: for {@link numbersOf} of others. */
  get keys(): string[] {
    return [...this.#numbers.keys()]
  }

  /** The numbers that these have here; -1: see `of`. */
  numbersOf(keys: readonly string[]): number[] {
    return keys.map((key) => this.#numberOf(key))
  }

  /** Each once. */
  all(batches: Iterable<readonly Hit[]>): number[] {
    const numbers = new Set<number>()
    for (const hits of batches) for (const hit of hits) numbers.add(this.of(hit))
    numbers.delete(-1)
    return [...numbers]
  }
}
