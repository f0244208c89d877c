/** Every check, in the order reports use. */
import { adminCount } from './admin-count.ts'
import { adminMfa } from './admin-mfa.ts'
import { adminUser } from './admin-user.ts'
import type { Check } from './check.ts'
import { groupEmpty } from './group-empty.ts'
import { keyAge } from './key-age.ts'
import { keyInactiveKept } from './key-inactive-kept.ts'
import { keyNeverUsed } from './key-never-used.ts'
import { keyOfConsoleUser } from './key-of-console-user.ts'
import { keyQuarantined } from './key-quarantined.ts'
import { keyTwoActive } from './key-two-active.ts'
import { keyUnused } from './key-unused.ts'
import { PASSWORD_POLICY_CHECKS } from './password-policy.ts'
import { passwordUnused } from './password-unused.ts'
import { rootAccessKey } from './root-access-key.ts'
import { rootMfa } from './root-mfa.ts'
import { rootMfaHardware } from './root-mfa-hardware.ts'
import { rootSigningCertificate } from './root-signing-certificate.ts'
import { rootUsed } from './root-used.ts'
import { serverCertificateExpired } from './server-certificate-expired.ts'
import { serviceCredentialOld } from './service-credential-old.ts'
import { signingCertificateActive } from './signing-certificate-active.ts'
import { sshKeyOld } from './ssh-key-old.ts'
import { userConsoleMfa } from './user-console-mfa.ts'
import { userDead } from './user-dead.ts'
import { userMfaPhishingResistant } from './user-mfa-phishing-resistant.ts'
import { userPolicyDirect } from './user-policy-direct.ts'
import { userUnused } from './user-unused.ts'
import { userWithoutGroup } from './user-without-group.ts'

export const CHECKS: readonly Check[] = [
  // root
  rootAccessKey,
  rootMfa,
  rootMfaHardware,
  rootUsed,
  rootSigningCertificate,
  // mfa
  userConsoleMfa,
  userMfaPhishingResistant,
  adminMfa,
  // admins
  adminUser,
  adminCount,
  userPolicyDirect,
  userWithoutGroup,
  groupEmpty,
  // keys
  keyQuarantined,
  keyAge,
  keyUnused,
  keyNeverUsed,
  keyTwoActive,
  keyInactiveKept,
  keyOfConsoleUser,
  serviceCredentialOld,
  sshKeyOld,
  signingCertificateActive,
  serverCertificateExpired,
  // users
  userUnused,
  userDead,
  passwordUnused,
  ...PASSWORD_POLICY_CHECKS,
]
