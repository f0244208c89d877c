/** The coverage ledger: what was asked, and what became of it. */
import type { BrokenOff, Coverage, CoverageStatus } from '../model/snapshot.ts'

export interface LedgerNote {
  region?: string | null
  /** When the answer was true; the ledger's own time when absent. */
  asOf?: string | null
  detail?: string | null
}

export class Ledger {
  readonly lines: Coverage[] = []
  /** What ended the collecting before it was through: the first of several. */
  brokenOff: BrokenOff | null = null
  readonly #now: () => string

  constructor(now: () => string) {
    this.#now = now
  }

  read(source: string, { region = null, asOf = this.#now(), detail = null }: LedgerNote = {}): void {
    this.lines.push({ source, region, status: 'read', asOf, detail })
  }

  gap(source: string, status: Exclude<CoverageStatus, 'read'>, detail: string, region: string | null = null): void {
    this.lines.push({ source, region, status, asOf: null, detail })
  }

  /** Adds a remark to what was read. */
  remark(source: string, detail: string): void {
    const line = this.lines.find((line) => line.source === source && line.status === 'read')
    if (line) line.detail = line.detail ? `${line.detail}; ${detail}` : detail
  }

  has(source: string): boolean {
    return this.lines.some((line) => line.source === source)
  }

  /** Whether the source was read without any gap but those nobody asked for. */
  isWhole(source: string): boolean {
    const lines = this.lines.filter((line) => line.source === source)
    return (
      lines.some(({ status }) => status === 'read') &&
      lines.every(({ status }) => status === 'read' || status === 'absent')
    )
  }
}

/** Whether nothing was denied, throttled or cut off. What nobody asked for, or what is not offered, is no failure. */
export function isComplete(lines: readonly Coverage[]): boolean {
  return lines.every(({ status }) => status === 'read' || status === 'absent' || status === 'unsupported')
}

/** `ana, ben, chi and 94 more`. */
export function shortList(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(', ')
  return names.length > most ? `${shown} and ${names.length - most} more` : shown
}
