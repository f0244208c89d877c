/** What a JSON value that somebody saved is, told by its fields: names of files prove nothing. */
import { type Answer, isAnswer } from '../answer.ts'

/** What the files can hold: our own snapshot, or what `aws ... --output json` prints. */
export type SavedKind =
  | 'snapshot'
  | 'authorization-details'
  | 'credential-report'
  | 'access-keys'
  | 'virtual-mfa-devices'
  | 'mfa-devices'
  | 'account-summary'
  | 'account-aliases'
  | 'password-policy'
  | 'saml-providers'
  | 'oidc-providers'
  | 'server-certificates'
  | 'service-specific-credentials'
  | 'ssh-public-keys'
  | 'instances'
  | 'caller-identity'

/** By the field that only this answer has. */
const BY_FIELD: readonly (readonly [field: string, kind: SavedKind])[] = [
  ['UserDetailList', 'authorization-details'],
  ['GroupDetailList', 'authorization-details'],
  ['RoleDetailList', 'authorization-details'],
  ['AccessKeyMetadata', 'access-keys'],
  ['VirtualMFADevices', 'virtual-mfa-devices'],
  ['MFADevices', 'mfa-devices'],
  ['SummaryMap', 'account-summary'],
  ['AccountAliases', 'account-aliases'],
  ['PasswordPolicy', 'password-policy'],
  ['SAMLProviderList', 'saml-providers'],
  ['OpenIDConnectProviderList', 'oidc-providers'],
  ['ServerCertificateMetadataList', 'server-certificates'],
  ['ServiceSpecificCredentials', 'service-specific-credentials'],
  ['SSHPublicKeys', 'ssh-public-keys'],
  ['Reservations', 'instances'],
]

/** What the value is, or null when it is nothing we know. */
export function recognise(value: Answer): SavedKind | null {
  if (Object.hasOwn(value, 'schemaVersion') && Object.hasOwn(value, 'coverage')) return 'snapshot'
  for (const [field, kind] of BY_FIELD) if (Object.hasOwn(value, field)) return kind
  if (typeof value.Content === 'string' && ('GeneratedTime' in value || 'ReportFormat' in value))
    return 'credential-report'
  if (typeof value.Account === 'string' && typeof value.Arn === 'string') return 'caller-identity'
  // `get-account-authorization-details --filter LocalManagedPolicy`; `list-policies` has no versions and is not enough.
  if (
    Array.isArray(value.Policies) &&
    value.Policies.some((policy) => isAnswer(policy) && 'PolicyVersionList' in policy)
  ) {
    return 'authorization-details'
  }
  return null
}
