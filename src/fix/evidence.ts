/** What CloudTrail proves, and what it does not. */
import { homeRegion } from '../model/partition.ts'
import type { Snapshot } from '../model/snapshot.ts'
import type { PrincipalUse, RecordedUse } from '../model/usage.ts'
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
  const unread = unreadRegion(recorded, snapshot)
  if (unread !== null) return unread
  const complete = snapshot.trails.some(
    ({ isMultiRegionTrail, isLogging, managementEvents }) =>
      isMultiRegionTrail && isLogging === true && managementEvents === 'all',
  )
  return complete ? null : 'no trail of the account records all management events of all regions'
}

/**
 * Log files lie in a folder for each region: some of them may not have been read. The events of IAM are in one region,
 * and where AWS says that something was used there are events.
 */
function unreadRegion({ from, to, regions }: RecordedUse, snapshot: Snapshot): string | null {
  const home = homeRegion(snapshot.partition)
  if (!regions.includes(home)) return `CloudTrail was read without an event of ${home}, where those of IAM are`
  const uses = [...snapshot.accessKeys, ...snapshot.roles].flatMap(({ lastUsed }) => lastUsed ?? [])
  const unread = uses.find(
    ({ date, region }) =>
      date !== null &&
      region !== null &&
      date.slice(0, 10) >= from &&
      date.slice(0, 10) < to &&
      !regions.includes(region),
  )
  return unread
    ? `CloudTrail was read without an event of ${unread.region}, where something was used on ${unread.date!.slice(0, 10)}`
    : null
}

/** What these were seen to do. */
export function useOf(arns: readonly string[], { recorded, once }: Lookup): PrincipalUse[] {
  const byArn = once(
    'recorded use',
    () => new Map((recorded?.principals ?? []).map((principal) => [principal.principalArn, principal])),
  )
  return arns.flatMap((arn) => byArn.get(arn) ?? [])
}
