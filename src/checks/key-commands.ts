/** Next steps for an access key, as commands. None of them prints a secret. */
import type { Dossier } from '../model/dossier.ts'
import { shell } from './shell.ts'

/** The last use of the key as of now; the audit's may be four hours old. */
export function lastUseOfKey({ accessKeyId }: Dossier): string[] {
  return accessKeyId === null ? [] : [shell`aws iam get-access-key-last-used --access-key-id ${accessKeyId}`]
}

/** Who uses the key: its last use, and its recent calls. */
export function lookAtKey(key: Dossier): string[] {
  if (key.accessKeyId === null) return []
  return [
    ...lastUseOfKey(key),
    shell`aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=${key.accessKeyId}`,
  ]
}

/** Stops the key; it can be activated again. Root's keys can only be changed by root. */
export function deactivateKey({ accessKeyId, owner }: Dossier): string[] {
  if (owner.kind === 'root') return []
  if (accessKeyId === null) return [shell`aws iam list-access-keys --user-name ${owner.name}`]
  return [shell`aws iam update-access-key --user-name ${owner.name} --access-key-id ${accessKeyId} --status Inactive`]
}

/** Ends the key for good. */
export function deleteKey({ accessKeyId, owner }: Dossier): string[] {
  if (owner.kind === 'root') return []
  if (accessKeyId === null) return [shell`aws iam list-access-keys --user-name ${owner.name}`]
  return [shell`aws iam delete-access-key --user-name ${owner.name} --access-key-id ${accessKeyId}`]
}
