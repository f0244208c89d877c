/** Next steps for an access key, as commands. None of them prints a secret. */
import type { Dossier } from '../model/dossier.ts'
import { shell } from './shell.ts'
import { daysSince } from './time.ts'

/** The last use of the key as of now; the audit's may be four hours old. */
export function lastUseOfKey({ accessKeyId }: Dossier): string[] {
  return accessKeyId === null ? [] : [shell`aws iam get-access-key-last-used --access-key-id ${accessKeyId}`]
}

/** Who uses the key: its last use, and its recent calls where that was; CloudTrail answers for one region at a time. */
export function lookAtKey(key: Dossier): string[] {
  if (key.accessKeyId === null) return []
  const events = shell`aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=${key.accessKeyId}`
  const region = key.lastUsed?.region ?? null
  // of global services AWS says the region of the partition's endpoint, `aws-global`, or nothing
  const isRegion = region !== null && /^[a-z]{2,}(-[a-z]+)+-\d+$/.test(region)
  return [...lastUseOfKey(key), isRegion ? `${events} --region ${region}` : events]
}

/** The emergency: stops the key, its user and every session from it, and tells what it did. Root's keys it cannot stop. */
export function revokeKey({ accessKeyId, owner }: Dossier): string[] {
  return owner.kind === 'root' || accessKeyId === null ? [] : [shell`keyreeve revoke ${accessKeyId}`]
}

/** Stops the key; it can be activated again. Root's keys can only be changed by root. */
export function deactivateKey({ accessKeyId, owner }: Dossier): string[] {
  if (owner.kind === 'root') return []
  if (accessKeyId === null) return [shell`aws iam list-access-keys --user-name ${owner.name}`]
  return [shell`aws iam update-access-key --user-name ${owner.name} --access-key-id ${accessKeyId} --status Inactive`]
}

/** Stops the key where nobody would miss it; for a key in use there is no such command, consumers have to move first. */
export function deactivateIdleKey(key: Dossier, now: number, unusedDays: number): string[] {
  return idleDays(key, now) >= unusedDays ? deactivateKey(key) : []
}

/** Days without use; never used counts from creation, unknown as in use. */
export function idleDays({ lastUsed, lastUsedKnown, ageDays }: Dossier, now: number): number {
  if (!lastUsedKnown) return 0
  return lastUsed ? daysSince(lastUsed.date, now) : (ageDays ?? 0)
}

/** Ends the key for good. */
export function deleteKey({ accessKeyId, owner }: Dossier): string[] {
  if (owner.kind === 'root') return []
  if (accessKeyId === null) return [shell`aws iam list-access-keys --user-name ${owner.name}`]
  return [shell`aws iam delete-access-key --user-name ${owner.name} --access-key-id ${accessKeyId}`]
}
