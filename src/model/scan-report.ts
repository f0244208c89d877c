/** What a scan says: each leak with what to do about it, and what was not looked at. */
import type { Severity } from './finding.ts'
import type { Leak } from './leak.ts'

/** A leak as a person needs it: how bad, whether still open, what to do now. */
export interface AssessedLeak extends Leak {
  severity: Severity
  /** `suppressed`: shown and counted, but no reason to act. */
  status: 'open' | 'suppressed'
  /** Why it is suppressed; null when open. */
  suppressedBecause: string | null
  /** One or two sentences. */
  nextAction: string
  /** For a POSIX shell, with credentials of the key's account. None of them uses or prints a secret. */
  commands: string[]
}

export interface Scanned {
  files: number
  blobs: number
  bytes: number
  /** Files and folders that .gitignore has left out. */
  leftOut: number
  skipped: { what: string; why: string }[]
}

export interface ScanReport {
  tool: { name: string; version: string }
  scanned: Scanned
  /** Open before suppressed, worst first. */
  leaks: AssessedLeak[]
  /** Accounts whose snapshots the leaks were compared with. */
  comparedWith: { accountId: string; collectedAt: string }[]
}
