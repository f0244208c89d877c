/** Every check, in the order reports use. */

import { accessAnalyzerMissing } from './access-analyzer-missing.ts'
import { adminCount } from './admin-count.ts'
import { adminMfa } from './admin-mfa.ts'
import { adminShadow } from './admin-shadow.ts'
import { adminUser } from './admin-user.ts'
import type { Check } from './check.ts'
import { federationMissing } from './federation-missing.ts'
import { groupEmpty } from './group-empty.ts'
import { instanceImdsv1 } from './instance-imdsv1.ts'
import { instanceWithoutRole } from './instance-without-role.ts'
import { keyAge } from './key-age.ts'
import { keyCrossAccount } from './key-cross-account.ts'
import { keyCrossAccountUse } from './key-cross-account-use.ts'
import { keyIdInTheOpen } from './key-id-in-the-open.ts'
import { keyInactiveKept } from './key-inactive-kept.ts'
import { keyLeaked } from './key-leaked.ts'
import { keyNeverUsed } from './key-never-used.ts'
import { keyOfConsoleUser } from './key-of-console-user.ts'
import { keyQuarantined } from './key-quarantined.ts'
import { keyShared } from './key-shared.ts'
import { keySilentButScheduled } from './key-silent-but-scheduled.ts'
import { keyThirdParty } from './key-third-party.ts'
import { keyTwoActive } from './key-two-active.ts'
import { keyUnused } from './key-unused.ts'
import { keyUsedOnInstance } from './key-used-on-instance.ts'
import { keyWithoutMfaCondition } from './key-without-mfa-condition.ts'
import { KEYS_IN_CONFIGURATION } from './keys-in-configuration.ts'
import { oidcTrustWide } from './oidc-trust-wide.ts'
import { passroleUnfenced } from './passrole-unfenced.ts'
import { PASSWORD_POLICY_CHECKS } from './password-policy.ts'
import { passwordUnused } from './password-unused.ts'
import { policyAssumeAnyRole } from './policy-assume-any-role.ts'
import { policyCloudshellFull } from './policy-cloudshell-full.ts'
import { policyFullAdmin } from './policy-full-admin.ts'
import { policyFullCloudtrail, policyFullKms } from './policy-full-service.ts'
import { policyNotactionAllow } from './policy-notaction-allow.ts'
import { policyPassroleWildcard } from './policy-passrole-wildcard.ts'
import { policyServiceWildcard } from './policy-service-wildcard.ts'
import { policyUnattached } from './policy-unattached.ts'
import { privilegeEscalation } from './privilege-escalation.ts'
import { roleConfusedDeputy } from './role-confused-deputy.ts'
import { roleTrustDeletedPrincipal } from './role-trust-deleted-principal.ts'
import { roleTrustPublic } from './role-trust-public.ts'
import { roleTrustThirdPartyWithoutExternalId } from './role-trust-third-party-without-external-id.ts'
import { roleTrustUnknownAccount } from './role-trust-unknown-account.ts'
import { roleUnused } from './role-unused.ts'
import { rootAccessKey } from './root-access-key.ts'
import { rootMfa } from './root-mfa.ts'
import { rootMfaHardware } from './root-mfa-hardware.ts'
import { rootSigningCertificate } from './root-signing-certificate.ts'
import { rootUsed } from './root-used.ts'
import { samlProviderExpired } from './saml-provider-expired.ts'
import { securityContactMissing } from './security-contact-missing.ts'
import { serverCertificateExpired } from './server-certificate-expired.ts'
import { serviceCredentialOld } from './service-credential-old.ts'
import { signingCertificateActive } from './signing-certificate-active.ts'
import { sshKeyOld } from './ssh-key-old.ts'
import { supportRoleMissing } from './support-role-missing.ts'
import { analyzerTags, roleTags, userTags } from './tags.ts'
import { trailMissing } from './trail-missing.ts'
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
  adminShadow,
  privilegeEscalation,
  passroleUnfenced,
  adminCount,
  userPolicyDirect,
  userWithoutGroup,
  groupEmpty,
  // keys
  keyQuarantined,
  keyLeaked,
  keyIdInTheOpen,
  keyAge,
  keyUnused,
  keyNeverUsed,
  keyTwoActive,
  keyInactiveKept,
  keyOfConsoleUser,
  keyCrossAccount,
  keyWithoutMfaCondition,
  keyShared,
  keyThirdParty,
  keyCrossAccountUse,
  keyUsedOnInstance,
  keySilentButScheduled,
  serviceCredentialOld,
  sshKeyOld,
  signingCertificateActive,
  serverCertificateExpired,
  // users
  userUnused,
  userDead,
  passwordUnused,
  ...PASSWORD_POLICY_CHECKS,
  // federation
  federationMissing,
  oidcTrustWide,
  samlProviderExpired,
  // workloads
  instanceWithoutRole,
  instanceImdsv1,
  ...KEYS_IN_CONFIGURATION,
  roleUnused,
  // trust
  roleTrustPublic,
  roleTrustThirdPartyWithoutExternalId,
  roleTrustUnknownAccount,
  roleTrustDeletedPrincipal,
  roleConfusedDeputy,
  // policies
  policyFullAdmin,
  policyNotactionAllow,
  policyPassroleWildcard,
  policyServiceWildcard,
  policyAssumeAnyRole,
  policyFullCloudtrail,
  policyFullKms,
  policyCloudshellFull,
  policyUnattached,
  // account
  trailMissing,
  accessAnalyzerMissing,
  supportRoleMissing,
  securityContactMissing,
  // tags, off by default
  userTags,
  roleTags,
  analyzerTags,
]
