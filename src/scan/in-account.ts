/** Joins leaks with accounts by the access key ID, which is no secret. */
import { knowledgeOf } from '../model/facts.ts'
import type { Severity } from '../model/finding.ts'
import type { Leak, LeakInAccount } from '../model/leak.ts'
import type { AccessKey, Snapshot } from '../model/snapshot.ts'

/**
 * Each leak with what the accounts say of its key: status, owner, severity. `inAccount` stays null for what an account
 * cannot say: temporary credentials, secrets alone, keys of other accounts, and keys that were not all read.
 */
export function joinAccounts(leaks: readonly Leak[], snapshots: readonly Snapshot[]): Leak[] {
  const keys = new Map<string, { key: AccessKey; snapshot: Snapshot }>()
  for (const snapshot of snapshots)
    for (const key of snapshot.accessKeys) if (key.accessKeyId !== null) keys.set(key.accessKeyId, { key, snapshot })
  return leaks.map((leak) => ({ ...leak, inAccount: inAccountOf(leak, keys, snapshots) ?? leak.inAccount }))
}

function inAccountOf(
  leak: Leak,
  keys: ReadonlyMap<string, { key: AccessKey; snapshot: Snapshot }>,
  snapshots: readonly Snapshot[],
): LeakInAccount | null {
  if (leak.accessKeyId === null || leak.kind !== 'long-term') return null
  const known = keys.get(leak.accessKeyId)
  if (known) {
    const active = known.key.status === 'Active'
    return {
      accountId: known.snapshot.accountId,
      status: active ? 'active' : 'inactive',
      owner: known.key.userArn,
      severity: severityOf(leak, active),
    }
  }
  const snapshot = snapshots.find(({ accountId }) => accountId === leak.accountId)
  if (!snapshot || !listsAllKeys(snapshot)) return null
  return { accountId: snapshot.accountId, status: 'unknown-key', owner: null, severity: 'low' }
}

/** A key is said to be gone only when every ID was read. */
function listsAllKeys(snapshot: Snapshot): boolean {
  return (
    knowledgeOf('accessKeys', snapshot).known === 'all' &&
    snapshot.accessKeys.every(({ accessKeyId }) => accessKeyId !== null)
  )
}

/** An active key with its secret can be used by whoever reads the place; an ID alone cannot. */
function severityOf({ hasSecret, class: leakClass }: Leak, active: boolean): Severity {
  if (leakClass === 'identifier') return 'info'
  if (!active) return hasSecret ? 'medium' : 'low'
  return hasSecret ? 'critical' : 'high'
}
