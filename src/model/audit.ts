/** The result of an audit: what every report is made from. */
import type { KeyRow } from './dossier.ts'
import type { Finding, NotEvaluated, Severity } from './finding.ts'
import type { Coverage } from './snapshot.ts'

export interface AuditedAccount {
  accountId: string
  alias: string | null
  partition: string
  collectedAt: string
  collectedAtFrom: 'clock' | 'as-of' | 'file-time' | 'credential-report'
  complete: boolean
  coverage: Coverage[]
}

export interface Audit {
  tool: { name: string; version: string }
  /** The latest `collectedAt` of the accounts. */
  collectedAt: string
  accounts: AuditedAccount[]
  /** Worst first, then by check, account and subject. */
  findings: Finding[]
  notEvaluated: NotEvaluated[]
  /** What a reader must know: where dates come from, expired exceptions. One sentence each. */
  notes: string[]
  /** Every key of every account, worst first. */
  keys: KeyRow[]
  /** What each check says of itself, for reports; by check id. */
  checks: Record<string, CheckSummary>
  summary: {
    bySeverity: Record<Severity, number>
    accessKeys: { total: number; active: number; inactive: number }
    checks: { evaluated: number; notEvaluated: number }
  }
}

export interface CheckSummary {
  id: string
  title: string
  severity: Severity
  group: string
  why: string
  /** How to fix it, in general. */
  fix: string
  references: readonly string[]
}
