/** What the reports of `trail detect` are made of. */
import type { DetectReport } from '../../model/detection.ts'
import { SEVERITIES, type Severity } from '../../model/finding.ts'

export interface DetectionRun extends DetectReport {
  tool: { name: string; version: string }
  engine: 'duckdb' | 'athena'
  /** ISO time; null: all events. */
  since: string | null
  /** What was read of the files given; null: the store was asked. */
  input: { files: number; rejected: number; skipped: { what: string; why: string }[] } | null
}

export const DETECTION_FORMATS = ['terminal', 'json', 'sarif', 'ocsf'] as const
export type DetectionFormat = (typeof DETECTION_FORMATS)[number]

/** Open detections by severity. */
export function openBySeverity({ detections }: DetectReport): Record<Severity, number> {
  const counts = Object.fromEntries(SEVERITIES.map((severity) => [severity, 0])) as Record<Severity, number>
  for (const { status, severity } of detections) if (status === 'open') counts[severity]++
  return counts
}

export function allowedCount({ detections }: DetectReport): number {
  return detections.filter(({ status }) => status === 'allowed').length
}
