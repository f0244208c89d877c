/** The dossier: all evidence about one access key, joined by its ID. */
import type { Reach } from './reach.ts'

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
  leaks: null
  usage: null
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
