/** Every detection, in the order of its code. */
import { adminPolicyAttached } from './admin-policy-attached.ts'
import { assumeRoot } from './assume-root.ts'
import { attackTool } from './attack-tool.ts'
import { callerIdentityFirst } from './caller-identity-first.ts'
import { ciRoleOutside } from './ci-role-outside.ts'
import { decoyOrDisabledKey } from './decoy-or-disabled-key.ts'
import { deniedBurst } from './denied-burst.ts'
import type { Detection } from './detection.ts'
import { dormantKeyWakes } from './dormant-key-wakes.ts'
import { externalAccountAssumes } from './external-account-assumes.ts'
import { federationToken } from './federation-token.ts'
import { guardrailRemoved } from './guardrail-removed.ts'
import { identityProviderChanged } from './identity-provider-changed.ts'
import { instanceCredentialsOutside } from './instance-credentials-outside.ts'
import { keyForOtherUser } from './key-for-other-user.ts'
import { keyManyNetworks } from './key-many-networks.ts'
import { keyNewNetwork } from './key-new-network.ts'
import { keyQuarantined } from './key-quarantined.ts'
import { leakedKeyMoney } from './leaked-key-money.ts'
import { loggingOff } from './logging-off.ts'
import { loginFailures } from './login-failures.ts'
import { loginNewNetwork } from './login-new-network.ts'
import { loginWithoutMfa } from './login-without-mfa.ts'
import { mfaFailures } from './mfa-failures.ts'
import { mfaRemoved } from './mfa-removed.ts'
import { newKeyElsewhere } from './new-key-elsewhere.ts'
import { newRegionOrService } from './new-region-or-service.ts'
import { organizationChanged } from './organization-changed.ts'
import { passwordDataRead } from './password-data-read.ts'
import { passwordForOtherUser } from './password-for-other-user.ts'
import { passwordPolicyWeakened } from './password-policy-weakened.ts'
import { policyWidened } from './policy-widened.ts'
import { rolesAnywhereChanged } from './roles-anywhere-changed.ts'
import { rootAccessKeyCreated } from './root-access-key-created.ts'
import { rootActivity } from './root-activity.ts'
import { rootConsoleLogin } from './root-console-login.ts'
import { rootCredentialsChanged } from './root-credentials-changed.ts'
import { rootLoginFailure } from './root-login-failure.ts'
import { secondKey } from './second-key.ts'
import { secretsRead } from './secrets-read.ts'
import { sessionTokenNewNetwork } from './session-token-new-network.ts'
import { signinToken } from './signin-token.ts'
import { trustOpened } from './trust-opened.ts'
import { userCreated } from './user-created.ts'
import { userLoginBesideSso } from './user-login-beside-sso.ts'

export const DETECTIONS: readonly Detection[] = [
  rootActivity,
  rootConsoleLogin,
  rootLoginFailure,
  rootAccessKeyCreated,
  rootCredentialsChanged,
  assumeRoot,
  loginWithoutMfa,
  loginFailures,
  mfaFailures,
  loginNewNetwork,
  signinToken,
  userLoginBesideSso,
  keyForOtherUser,
  newKeyElsewhere,
  secondKey,
  passwordForOtherUser,
  userCreated,
  mfaRemoved,
  adminPolicyAttached,
  policyWidened,
  trustOpened,
  identityProviderChanged,
  rolesAnywhereChanged,
  guardrailRemoved,
  federationToken,
  sessionTokenNewNetwork,
  keyQuarantined,
  keyNewNetwork,
  keyManyNetworks,
  instanceCredentialsOutside,
  attackTool,
  callerIdentityFirst,
  deniedBurst,
  newRegionOrService,
  dormantKeyWakes,
  ciRoleOutside,
  decoyOrDisabledKey,
  externalAccountAssumes,
  secretsRead,
  passwordDataRead,
  loggingOff,
  organizationChanged,
  leakedKeyMoney,
  passwordPolicyWeakened,
]
