/** Which AWS call told a fact, for evidence. */
import type { Snapshot } from '../model/snapshot.ts'

export const DETAILS = 'iam:GetAccountAuthorizationDetails'
export const REPORT = 'iam:GetCredentialReport'
export const SUMMARY = 'iam:GetAccountSummary'

/** Which call told a key's status and age: without an ID it can only have been the credential report. */
export function keySource(accessKeyId: string | null): string {
  return accessKeyId === null ? REPORT : 'iam:ListAccessKeys'
}

/** Which call told when keys were last used. */
export function lastUsedSource(snapshot: Snapshot): string {
  return wasRead(snapshot, REPORT) ? REPORT : 'iam:GetAccessKeyLastUsed'
}

/** Which call told what root has: the account summary, which is fresh, or else the report. */
export function rootSource(snapshot: Snapshot): string {
  return wasRead(snapshot, SUMMARY) ? SUMMARY : REPORT
}

/** Whether anything of a source is in the snapshot. */
export function wasRead({ coverage }: Snapshot, source: string): boolean {
  return coverage.some((line) => line.source === source && (line.status === 'read' || line.status === 'truncated'))
}
