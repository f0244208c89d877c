/** What makes two hits the same finding, as a small number: a repository can hold a leak in a million versions. */
import type { Hit } from '../source.ts'

export class Identities {
  readonly #numbers = new Map<string, number>()

  of(hit: Hit): number {
    const key = [hit.kind, hit.accessKeyId, hit.secretFingerprint, hit.class, hit.evidence].join('\0')
    let number = this.#numbers.get(key)
    if (number === undefined) {
      number = this.#numbers.size
      this.#numbers.set(key, number)
    }
    return number
  }

  /** Each once. */
  all(hits: readonly Hit[]): number[] {
    return [...new Set(hits.map((hit) => this.of(hit)))]
  }
}
