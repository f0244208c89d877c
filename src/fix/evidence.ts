/** What CloudTrail proves, and what it does not. */
import type { PrincipalUse } from '../model/usage.ts'
import { daysBefore, type Lookup } from './kind.ts'

/** A quarter: monthly jobs have run three times. */
const EVIDENCE_DAYS = 90
/** CloudTrail delivers within minutes; a day's files may not be complete yet. */
const LATE_DAYS = 2

/** Why it is not proof of anything that CloudTrail does not show something; null: it is. */
export function evidenceGap({ recorded, snapshot, now }: Lookup): string | null {
  if (!recorded) return 'no CloudTrail was read, which would show what is used: `keyreeve trail ingest`'
  const days = daysBefore(recorded.from, now)
  if (days < EVIDENCE_DAYS)
    return `CloudTrail was read of ${days} days without a break, and ${EVIDENCE_DAYS} are needed`
  if (daysBefore(recorded.to, now) > LATE_DAYS) return `CloudTrail was read up to ${recorded.to} only`
  const complete = snapshot.trails.some(
    ({ isMultiRegionTrail, isLogging, managementEvents }) =>
      isMultiRegionTrail && isLogging === true && managementEvents === 'all',
  )
  return complete ? null : 'no trail of the account records all management events of all regions'
}

/** What these were seen to do. */
export function useOf(arns: readonly string[], { recorded, once }: Lookup): PrincipalUse[] {
  const byArn = once(
    'recorded use',
    () => new Map((recorded?.principals ?? []).map((principal) => [principal.principalArn, principal])),
  )
  return arns.flatMap((arn) => byArn.get(arn) ?? [])
}
