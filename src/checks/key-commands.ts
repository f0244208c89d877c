/** Next steps for an access key, as commands. None of them prints a secret. */
import type { Dossier } from '../model/dossier.ts'
import { shell } from './shell.ts'

/** Who uses the key: its last use as of now, and its recent calls. */
export function lookAtKey({ accessKeyId }: Dossier): string[] {
  if (accessKeyId === null) return []
  return [
    shell`aws iam get-access-key-last-used --access-key-id ${accessKeyId}`,
    shell`aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=${accessKeyId}`,
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
