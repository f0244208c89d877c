/** What IAM says of an account as a whole. */
import type * as iam from '@aws-sdk/client-iam'
import { AwsError } from '../../aws-error.ts'
import type { Call, Handlers } from '../../call.ts'
import { type Organization, setPasswordPolicy } from '../../state.ts'
import { alreadyExists, noSuchEntity } from './find.ts'
import { usages } from './shapes.ts'

export const account: Handlers<typeof iam> = {
  ListAccountAliases: ({ account: { alias } }) => ({
    AccountAliases: alias === null ? [] : [alias],
    IsTruncated: false,
  }),

  CreateAccountAlias({ world, account }, input) {
    const taken = [...world.accounts.values()].some((other) => other !== account && other.alias === input.AccountAlias)
    if (taken) throw alreadyExists(`The account alias ${input.AccountAlias} already exists.`)
    account.alias = input.AccountAlias!
  },

  DeleteAccountAlias({ account }, input) {
    if (account.alias !== input.AccountAlias)
      throw noSuchEntity(`The account alias ${input.AccountAlias} does not exist.`)
    account.alias = null
  },

  GetAccountPasswordPolicy({ account }) {
    const policy = account.passwordPolicy
    if (!policy) throw noSuchEntity(`The Password Policy with domain name ${account.accountId} cannot be found.`)
    return {
      PasswordPolicy: {
        MinimumPasswordLength: policy.minimumPasswordLength,
        RequireSymbols: policy.requireSymbols,
        RequireNumbers: policy.requireNumbers,
        RequireUppercaseCharacters: policy.requireUppercaseCharacters,
        RequireLowercaseCharacters: policy.requireLowercaseCharacters,
        AllowUsersToChangePassword: policy.allowUsersToChangePassword,
        ExpirePasswords: policy.maxPasswordAge !== null,
        ...(policy.maxPasswordAge !== null && { MaxPasswordAge: policy.maxPasswordAge }),
        ...(policy.passwordReusePrevention !== null && { PasswordReusePrevention: policy.passwordReusePrevention }),
        ...(policy.maxPasswordAge !== null && { HardExpiry: policy.hardExpiry }),
      },
    }
  },

  /** What is not given goes back to its default. */
  UpdateAccountPasswordPolicy({ world, account }, input) {
    setPasswordPolicy(world, account, {
      minimumPasswordLength: input.MinimumPasswordLength ?? 6,
      requireSymbols: input.RequireSymbols ?? false,
      requireNumbers: input.RequireNumbers ?? false,
      requireUppercaseCharacters: input.RequireUppercaseCharacters ?? false,
      requireLowercaseCharacters: input.RequireLowercaseCharacters ?? false,
      allowUsersToChangePassword: input.AllowUsersToChangePassword ?? false,
      maxPasswordAge: input.MaxPasswordAge ?? null,
      passwordReusePrevention: input.PasswordReusePrevention ?? null,
      hardExpiry: input.HardExpiry ?? false,
    })
  },

  DeleteAccountPasswordPolicy({ account }) {
    if (!account.passwordPolicy) throw noSuchEntity(`The account policy with name PasswordPolicy cannot be found.`)
    account.passwordPolicy = null
  },

  GetAccountSummary: (call) => ({ SummaryMap: summary(call) }),

  ListOrganizationsFeatures(call) {
    const organization = managedOrganization(call)
    return { OrganizationId: organization.id, EnabledFeatures: [...organization.features] }
  },

  EnableOrganizationsRootCredentialsManagement: (call) => setFeature(call, 'RootCredentialsManagement', true),
  DisableOrganizationsRootCredentialsManagement: (call) => setFeature(call, 'RootCredentialsManagement', false),
  EnableOrganizationsRootSessions: (call) => setFeature(call, 'RootSessions', true),
  DisableOrganizationsRootSessions: (call) => setFeature(call, 'RootSessions', false),
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html */
function summary(call: Call): Record<string, number> {
  const { account } = call
  const { root } = account
  const devices = [...account.mfaDevices.values()]
  const local = [...account.policies.values()]
  return {
    Users: account.users.size,
    UsersQuota: 5000,
    Groups: account.groups.size,
    GroupsQuota: 300,
    Roles: account.roles.size,
    RolesQuota: 1000,
    Policies: local.length,
    PoliciesQuota: 1500,
    PolicyVersionsInUse: local.reduce((sum, policy) => sum + policy.versions.length, 0) + awsManagedInUse(call),
    PolicyVersionsInUseQuota: 10_000,
    VersionsPerPolicyQuota: 5,
    PolicySizeQuota: 6144,
    InstanceProfiles: account.instanceProfiles.size,
    InstanceProfilesQuota: 1000,
    ServerCertificates: account.serverCertificates.size,
    ServerCertificatesQuota: 20,
    Providers: account.samlProviders.size + account.oidcProviders.size,
    MFADevices: devices.length,
    MFADevicesInUse: devices.filter(({ owner }) => owner !== null && owner !== 'root').length,
    AccountMFAEnabled: root.mfaDevices.length > 0 ? 1 : 0,
    AccountAccessKeysPresent: root.accessKeys.length > 0 ? 1 : 0,
    AccountSigningCertificatesPresent: root.signingCertificates.length > 0 ? 1 : 0,
    AccountPasswordPresent: root.password === null ? 0 : 1,
    AccessKeysPerUserQuota: 2,
    SigningCertificatesPerUserQuota: 2,
    GroupsPerUserQuota: 10,
    AttachedPoliciesPerUserQuota: 10,
    AttachedPoliciesPerGroupQuota: 10,
    AttachedPoliciesPerRoleQuota: 10,
    UserPolicySizeQuota: 2048,
    GroupPolicySizeQuota: 5120,
    RolePolicySizeQuota: 10_240,
    AssumeRolePolicySizeQuota: 2048,
    GlobalEndpointTokenVersion: 1,
  }
}

function awsManagedInUse(call: Call): number {
  return [...usages(call).keys()].filter((arn) => call.world.awsManagedPolicies.has(arn)).length
}

/** Only the management account (or a delegated administrator of IAM's) may know. */
function managedOrganization({ world, account }: Call): Organization {
  const { organization } = world
  if (!organization?.accounts.has(account.accountId))
    throw new AwsError(
      'OrganizationNotFoundException',
      'The request was rejected because the account is not a member of an organization.',
    )
  const delegated = organization.delegatedAdministrators.get('iam.amazonaws.com')?.has(account.accountId)
  if (organization.managementAccountId !== account.accountId && !delegated)
    throw new AwsError(
      'AccountNotManagementOrDelegatedAdministratorException',
      'The request was rejected because the account making the request is not the management account or delegated administrator account for centralized root access.',
    )
  if (!organization.trustedServices.has('iam.amazonaws.com') && organization.features.size === 0)
    throw new AwsError(
      'ServiceAccessNotEnabledException',
      'The request was rejected because trusted access is not enabled for IAM in Organizations.',
    )
  return organization
}

function setFeature(call: Call, feature: 'RootCredentialsManagement' | 'RootSessions', on: boolean) {
  const organization = managedOrganization(call)
  if (on) organization.features.add(feature)
  else organization.features.delete(feature)
  return { OrganizationId: organization.id, EnabledFeatures: [...organization.features] }
}
