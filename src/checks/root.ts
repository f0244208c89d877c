/** What the checks of the root user share. */
import type { RootUser } from '../model/snapshot.ts'

/**
 * Whether root is known to have no credential at all, as in a member account whose root credentials were removed
 * centrally: nobody can sign in, so there is nothing that MFA would protect.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-access-management.html
 */
export function hasNoCredentials(root: RootUser): boolean {
  return root.passwordPresent === false && root.accessKeysPresent === false && root.signingCertificatesPresent === false
}
