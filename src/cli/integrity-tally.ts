/** What the digests of CloudTrail said of the log files of one ingest. */
export class IntegrityTally {
  verified = 0
  refused = 0
  missing = 0
  /** Something that should be vouched for is not. */
  isIncomplete = false
  readonly #uncovered = new Map<string, { files: number; first: string }>()

  /** @param isDue whether a digest should be there by now */
  uncovered(file: string, reason: string, isDue: boolean): void {
    const known = this.#uncovered.get(reason)
    if (known) known.files++
    else this.#uncovered.set(reason, { files: 1, first: file })
    if (isDue) this.isIncomplete = true
  }

  report() {
    return {
      verified: this.verified,
      uncovered: [...this.#uncovered].map(([reason, of]) => ({ reason, ...of })),
      refused: this.refused,
      missing: this.missing,
    }
  }
}
