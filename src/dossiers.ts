/** Joins what is known about each access key. Pure. */
import type { Dossier, KeyOwner } from './model/dossier.ts'
import type { AccessKey, Snapshot } from './model/snapshot.ts'
import type { World } from './reach/key-reach.ts'

const DAY = 86_400_000

/**
 * One dossier for each access key of the account, root's included, in the snapshot's order.
 * @param world what keys open; null: not asked
 */
export function buildDossiers(snapshot: Snapshot, world: World | null = null): Dossier[] {
  const now = Date.parse(snapshot.collectedAt)
  return snapshot.accessKeys.map((key) => dossierOf(key, snapshot, now, world))
}

function dossierOf(key: AccessKey, snapshot: Snapshot, now: number, world: World | null): Dossier {
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
    leaks: null,
    usage: null,
    reach: world?.reachOf(owner.arn) ?? null,
  }
}
