/** What the checks of the root user share. */
import { rootSignsIn } from '../model/partition.ts'
import type { RootUser, Snapshot } from '../model/snapshot.ts'

/**
 * Whether root is known to have no credential at all, as in a member account whose root credentials were removed
 * centrally.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-access-management.html
 */
function hasNoCredentials(root: RootUser): boolean {
  return root.passwordPresent === false && root.accessKeysPresent === false && root.signingCertificatesPresent === false
}

/** Whether it is known that nobody signs in as root: there is nothing that MFA would protect. */
export function nobodySignsIn({ root, partition }: Snapshot): boolean {
  return hasNoCredentials(root) || !rootSignsIn(partition)
}
