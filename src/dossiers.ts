/** Joins what is known about each access key. Pure. */
import type { Dossier, KeyOwner } from './model/dossier.ts'
import type { Leak } from './model/leak.ts'
import type { AccessKey, Snapshot } from './model/snapshot.ts'
import type { AccountUsage, KeyUsage } from './model/usage.ts'
import type { World } from './reach/key-reach.ts'

const DAY = 86_400_000

/** What else is known of the keys, beside the account itself; null: not asked. */
export interface OtherEvidence {
  /** What keys open. */
  world: World | null
  /** Only what this key opens; null: what each does. */
  reachOf?: string | null
  leaks: readonly Leak[] | null
  usage: AccountUsage | null
}

const NONE: OtherEvidence = { world: null, leaks: null, usage: null }

/** One dossier for each access key of the account, root's included, in the snapshot's order. */
export function buildDossiers(snapshot: Snapshot, other: OtherEvidence = NONE): Dossier[] {
  const now = Date.parse(snapshot.collectedAt)
  const leaks = other.leaks && leaksByKey(other.leaks)
  const asked = ({ accessKeyId }: AccessKey) => other.reachOf == null || accessKeyId === other.reachOf
  const usage = new Map(other.usage?.keys.map((key) => [key.accessKeyId, key]))
  return snapshot.accessKeys.map((key) => dossierOf(key, snapshot, now, asked(key) ? other.world : null, leaks, usage))
}

function leaksByKey(leaks: readonly Leak[]): Map<string | null, Leak[]> {
  const byKey = new Map<string | null, Leak[]>()
  for (const leak of leaks) {
    const found = byKey.get(leak.accessKeyId)
    if (found) found.push(leak)
    else byKey.set(leak.accessKeyId, [leak])
  }
  return byKey
}

function dossierOf(
  key: AccessKey,
  snapshot: Snapshot,
  now: number,
  world: World | null,
  leaks: ReadonlyMap<string | null, Leak[]> | null,
  usage: ReadonlyMap<string, KeyUsage>,
): Dossier {
  const owner: KeyOwner =
    key.userName === null
      ? { kind: 'root', name: '<root_account>', arn: snapshot.root.arn }
      : { kind: 'user', name: key.userName, arn: key.userArn }
  const { lastUsed } = key
  return {
    accessKeyId: key.accessKeyId,
    subjectId: key.accessKeyId ?? `${key.userArn}#${key.slot ?? 1}`,
    accountId: snapshot.accountId,
    owner,
    status: key.status === 'Active' ? 'active' : 'inactive',
    createDate: key.createDate,
    ageDays: key.createDate === null ? null : Math.max(0, Math.floor((now - Date.parse(key.createDate)) / DAY)),
    lastUsed: lastUsed?.date ? { date: lastUsed.date, service: lastUsed.serviceName, region: lastUsed.region } : null,
    lastUsedKnown: lastUsed !== null,
    leaks: leaks && key.accessKeyId !== null ? (leaks.get(key.accessKeyId) ?? []) : null,
    usage: (key.accessKeyId !== null && usage.get(key.accessKeyId)) || null,
    reach: world?.reachOf(owner.arn) ?? null,
  }
}
