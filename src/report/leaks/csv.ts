/** `scan --format csv`: a row for each place of each leak. */
import type { LeakPlace } from '../../model/leak.ts'
import type { AssessedLeak, ScanReport } from '../../model/scan-report.ts'
import { type Columns, csv } from '../csv.ts'

interface Row {
  leak: AssessedLeak
  place: LeakPlace | null
}

const COLUMNS: Columns<Row> = {
  severity: ({ leak }) => leak.severity,
  status: ({ leak }) => leak.status,
  suppressed_because: ({ leak }) => leak.suppressedBecause,
  credential: ({ leak }) => leak.kind,
  access_key_id: ({ leak }) => leak.accessKeyId,
  account_id: ({ leak }) => leak.accountId,
  class: ({ leak }) => leak.class,
  reason: ({ leak }) => leak.reason,
  evidence: ({ leak }) => leak.evidence,
  has_secret: ({ leak }) => leak.hasSecret,
  secret_fingerprint: ({ leak }) => leak.secretFingerprint,
  has_session_token: ({ leak }) => leak.hasSessionToken,
  expiration: ({ leak }) => leak.expiration,
  other_half_in: ({ leak }) => leak.otherHalf?.file ?? null,
  in_account_status: ({ leak }) => leak.inAccount?.status ?? null,
  owner: ({ leak }) => leak.inAccount?.owner ?? null,
  next_action: ({ leak }) => leak.nextAction,
  place_kind: ({ place }) => place?.kind ?? null,
  path: ({ place }) => place?.path ?? null,
  member: ({ place }) => place?.member ?? null,
  line: ({ place }) => place?.line ?? null,
  column: ({ place }) => place?.column ?? null,
  encodings: ({ place }) => place?.encodings.join(' ') ?? null,
  commit: ({ place }) => place?.commit ?? null,
  author: ({ place }) => place?.author ?? null,
  date: ({ place }) => place?.date ?? null,
  in_head: ({ place }) => place?.inHead ?? null,
  reachable: ({ place }) => place?.reachable ?? null,
  region: ({ place }) => place?.region ?? null,
  allowed: ({ place }) => place?.allowed ?? null,
  fingerprint: ({ leak }) => leak.fingerprint,
}

/** In chunks. What was skipped is a row, too: a list without it would look complete. */
export function* leaksCsv({ leaks, scanned }: ScanReport): Iterable<string> {
  yield* csv(
    COLUMNS,
    leaks.flatMap((leak): Row[] => leak.places.map((place) => ({ leak, place }))),
  )
  const columns = Object.keys(COLUMNS)
  const skipped: Columns<{ what: string; why: string }> = Object.fromEntries(
    columns.map((column) => [column, ({ what, why }) => SKIPPED[column]?.(what, why) ?? null]),
  )
  // without the header, which stands above already
  const [, ...rows] = csv(skipped, scanned.skipped)
  yield* rows
}

const SKIPPED: Record<string, (what: string, why: string) => string> = {
  status: () => 'skipped',
  reason: (_, why) => why,
  path: (what) => what,
}
