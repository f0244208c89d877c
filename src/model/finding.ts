/** Findings: what a check says about a fact. */

export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const
export type Severity = (typeof SEVERITIES)[number]

/** Whether a severity is as bad as another, or worse. */
export function isAtLeast(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(threshold)
}

export type SubjectKind =
  | 'access-key'
  | 'root'
  | 'user'
  | 'group'
  | 'role'
  | 'policy'
  | 'account'
  | 'instance'
  | 'resource'
  | 'provider'
  | 'certificate'
  | 'credential'

export interface Subject {
  kind: SubjectKind
  /** What identifies it: access key ID, ARN, instance ID, account ID. */
  id: string
  arn: string | null
  name: string | null
}

/** One fact a finding stands on, and when it was true. */
export interface Evidence {
  fact: string
  value: string | number | boolean | null
  /** The AWS call that told it, as in the coverage ledger. */
  source: string
  asOf: string | null
}

export interface Remedy {
  text: string
  /** Shell commands, ready to be pasted; never with a secret. */
  commands: string[]
}

export interface Finding {
  /** Stable across runs: the check, the account and the subject; never the evidence. */
  fingerprint: string
  check: string
  title: string
  severity: Severity
  status: 'open' | 'accepted'
  accountId: string
  region: string | null
  subject: Subject
  /** One sentence. */
  because: string
  evidence: Evidence[]
  remedy: Remedy
  /** Framework id to control ids, e.g. `{ 'cis-aws-5.0': ['1.13'] }`. */
  frameworks: Record<string, string[]>
  /** The exception that accepts it, when `status` is `accepted`. */
  accepted: { reason: string; owner: string; expires: string } | null
}

/** A check that could not say, for all of an account or for part of it. */
export interface NotEvaluated {
  check: string
  accountId: string
  because: string
  /** `part`: the check ran on what was read. */
  extent: 'all' | 'part'
  /** Whether the only thing missing is something nobody asked for, or that the saved files do not hold. */
  notAsked: boolean
  /** What would tell is no part of the account's data: a scan, or CloudTrail. No audit is incomplete for want of it. */
  otherEvidence?: true
}
