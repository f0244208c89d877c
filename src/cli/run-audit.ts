/** Accounts in, audit out: what `audit`, `keys` and `demo` share. */
import { audit } from '../audit.ts'
import type { Audit } from '../model/audit.ts'
import type { Config } from '../model/config.ts'
import type { Snapshot } from '../model/snapshot.ts'
import type { AccountUsage } from '../model/usage.ts'
import { accountScansOf, type JoinedScans } from './saved-scans.ts'
import { TOOL } from './version.ts'

/** Keys beyond which a page does not say what each opens: it would be too large for a browser. */
const MOST_KEYS_ON_PAGE = 20_000

/** Whether the reports that are wanted show what keys open: the page does, where there are not too many. */
export function showsReach(formats: readonly { format: string }[], snapshots: readonly Snapshot[]): boolean {
  const keys = snapshots.reduce((sum, { accessKeys }) => sum + accessKeys.length, 0)
  return formats.some(({ format }) => format === 'html') && keys <= MOST_KEYS_ON_PAGE
}

/** Audits the snapshots; accounts audited together trust each other, and notes say what a reader must know. */
export function runAudit(
  snapshots: Snapshot[],
  config: Config,
  {
    only,
    notes = [],
    reach = false,
    scans = null,
    usage = null,
  }: {
    only?: readonly string[] | undefined
    notes?: string[]
    reach?: boolean | string
    scans?: JoinedScans | null
    usage?: readonly AccountUsage[] | null
  } = {},
): Audit {
  const trustedAccounts = [...new Set([...config.trustedAccounts, ...snapshots.map(({ accountId }) => accountId)])]
  const result = audit(snapshots, {
    tool: TOOL,
    config: { ...config, trustedAccounts },
    reach,
    ...(scans && { leaks: scans.leaks, accountScans: accountScansOf(scans) }),
    usage,
    ...(only ? { only } : {}),
  })
  const today = result.collectedAt.slice(0, 10)
  const expired = config.exceptions.filter(({ expires }) => expires < today)
  result.notes.push(
    ...notes,
    ...(scans?.notes ?? []),
    ...expired.map(
      ({ check, subject, expires, owner }) =>
        `the exception of ${owner} for ${check} on ${subject} expired on ${expires}: its findings are open again`,
    ),
  )
  return result
}
