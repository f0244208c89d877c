/** What makes two hits the same finding, as a small number: a repository can hold a leak in a million versions. */
import type { Hit } from '../source.ts'

export class Identities {
  readonly #numbers = new Map<string, number>()

  of(hit: Hit): number {
    return this.#numberOf([hit.kind, hit.accessKeyId, hit.secretFingerprint, hit.class, hit.evidence].join('\0'))
  }

  #numberOf(key: string): number {
    let number = this.#numbers.get(key)
    if (number === undefined) {
      number = this.#numbers.size
      this.#numbers.set(key, number)
    }
    return number
  }

  /** By the number of each, what makes it: for {@link numbersOf} of others. */
  get keys(): string[] {
    return [...this.#numbers.keys()]
  }

  /** The numbers that these have here. */
  numbersOf(keys: readonly string[]): number[] {
    return keys.map((key) => this.#numberOf(key))
  }

  /** Each once. */
  all(hits: readonly Hit[]): number[] {
    return [...new Set(hits.map((hit) => this.of(hit)))]
  }
}
