/** What `trail detect` found in CloudTrail. */
import type { Severity } from './finding.ts'

/** Something that looks wrong. */
export interface Detected {
  /** The same for the same thing in every run. */
  fingerprint: string
  /** Id and code of the detection. */
  id: string
  code: string
  title: string
  severity: Severity
  status: 'open' | 'allowed'
  /** Why it is allowed. */
  allowed: { reason: string } | null
  /** MITRE ATT&CK techniques. */
  attack: readonly string[]
  /** Of the first event, and of the last. */
  time: string
  lastTime: string
  /** ARN; of the role, where a session acted. */
  principal: string | null
  sessionName: string | null
  accessKeyId: string | null
  accountId: string | null
  region: string | null
  /** One of them, where there are several. */
  sourceIp: string | null
  userAgent: string | null
  /** How many events there are; `events` has the IDs of the first hundred. */
  count: number
  events: string[]
  /** One sentence. */
  because: string
}

export interface NotJudged {
  id: string
  code: string
  because: string
  /** `part`: what needs no history was looked for. */
  extent: 'all' | 'part'
}

/** What a detection looks for, for reports. */
export interface DetectionSummary {
  id: string
  code: string
  title: string
  severity: Severity
  kind: 'event' | 'window' | 'baseline'
  attack: readonly string[]
  why: string
  fix: string
  falsePositives: readonly string[]
  references: readonly string[]
}

export interface DetectReport {
  /** How many events there are in the time that was looked at. */
  events: number
  /** Of the first and last of them; null: there are none. */
  from: string | null
  to: string | null
  /** Open before allowed, worst first. */
  detections: Detected[]
  /** What could not be judged, and why. */
  notEvaluated: NotJudged[]
  /** Those that were looked for. */
  rules: DetectionSummary[]
}
