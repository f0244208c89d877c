/** The dossier: all evidence about one access key, joined by its ID. */
import type { Leak } from './leak.ts'
import type { Reach } from './reach.ts'
import type { KeyUsage } from './usage.ts'

export interface KeyOwner {
  kind: 'user' | 'root'
  name: string
  arn: string
}

export interface Dossier {
  /** null when only the credential report was read. */
  accessKeyId: string | null
  /** What findings name: the access key ID, or the user's ARN followed by `#1` or `#2`. */
  subjectId: string
  accountId: string
  owner: KeyOwner
  status: 'active' | 'inactive'
  createDate: string | null
  /** Whole days from creation to the snapshot. */
  ageDays: number | null
  /** null when never used, or not known: see `lastUsedKnown`. */
  lastUsed: { date: string; service: string | null; region: string | null } | null
  lastUsedKnown: boolean
  /** Where it lies open; null: no scan was joined. */
  leaks: Leak[] | null
  /** Who used it; null: no CloudTrail was joined, or it says nothing of this key. */
  usage: KeyUsage | null
  /** What it opens; null: what its owner may do was not read. */
  reach: Reach | null
}

/** A dossier with what was found about it: one row of the keys table. */
export interface KeyRow extends Dossier {
  /** Check ids, worst first. */
  findings: string[]
  severity: import('./finding.ts').Severity | null
  nextAction: string
}
