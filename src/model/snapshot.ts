/**
 * A snapshot: everything that was read of one AWS account, and a ledger of what was not.
 *
 * Names are AWS's own, camelCased. Dates are ISO 8601 in UTC (`2026-11-01T00:00:00Z`). `null` means *not known* unless
 * the field says otherwise; whether an empty list means "none" or "not read" is in {@link Snapshot.coverage}.
 * No field can hold a secret.
 */
import * as z from 'zod'

/** Raised when a stored snapshot of an older version can no longer be read as it is. */
export const SNAPSHOT_SCHEMA_VERSION = 1

const isoDate = z.string().describe('ISO 8601, UTC')
const tags = z.record(z.string(), z.string())
/** A policy document as AWS stores it: the parsed JSON, or the text itself where it is no JSON. */
const policyDocument = z.unknown().describe('the policy as JSON, or its text where it is not JSON')

const attachedPolicy = z.object({ policyName: z.string(), policyArn: z.string() })
const inlinePolicy = z.object({ policyName: z.string(), policyDocument })
const lastUsed = z
  .object({ date: isoDate.nullable().describe('null: never used'), region: z.string().nullable() })
  .describe('absent (null) when it is not known')

export const user = z.object({
  userName: z.string(),
  userId: z.string(),
  arn: z.string(),
  path: z.string(),
  createDate: isoDate.nullable(),
  tags,
  groups: z.array(z.string()).describe('group names'),
  attachedPolicies: z.array(attachedPolicy),
  inlinePolicies: z.array(inlinePolicy),
  permissionsBoundary: z.string().nullable().describe('policy ARN; null: none'),
  password: z
    .object({
      enabled: z.boolean(),
      lastUsed: isoDate.nullable().describe('null: never, or not since 2014-10-20'),
      lastChanged: isoDate.nullable(),
      nextRotation: isoDate.nullable(),
    })
    .nullable()
    .describe('console password (login profile); null: not known'),
  mfaActive: z.boolean().nullable(),
})

export const group = z.object({
  groupName: z.string(),
  groupId: z.string(),
  arn: z.string(),
  path: z.string(),
  createDate: isoDate.nullable(),
  attachedPolicies: z.array(attachedPolicy),
  inlinePolicies: z.array(inlinePolicy),
})

export const role = z.object({
  roleName: z.string(),
  roleId: z.string(),
  arn: z.string(),
  path: z.string(),
  createDate: isoDate.nullable(),
  tags,
  trustPolicy: policyDocument,
  attachedPolicies: z.array(attachedPolicy),
  inlinePolicies: z.array(inlinePolicy),
  permissionsBoundary: z.string().nullable(),
  lastUsed: lastUsed.nullable(),
})

export const policyVersion = z.object({
  versionId: z.string(),
  isDefaultVersion: z.boolean(),
  createDate: isoDate.nullable(),
  document: policyDocument,
})

export const managedPolicy = z.object({
  arn: z.string(),
  policyName: z.string(),
  policyId: z.string(),
  path: z.string(),
  awsManaged: z.boolean(),
  createDate: isoDate.nullable(),
  updateDate: isoDate.nullable(),
  attachmentCount: z.number().nullable(),
  permissionsBoundaryUsageCount: z.number().nullable(),
  defaultVersionId: z.string(),
  versions: z.array(policyVersion),
})

export const accessKey = z.object({
  accessKeyId: z.string().nullable().describe('null: only the credential report was read, which has no IDs'),
  slot: z
    .union([z.literal(1), z.literal(2)])
    .nullable()
    .describe('its place in the credential report'),
  userName: z.string().nullable().describe('null: the root user'),
  userArn: z.string(),
  status: z.enum(['Active', 'Inactive', 'Expired']),
  createDate: isoDate.nullable(),
  lastUsed: z
    .object({
      date: isoDate.nullable().describe('null: never used, or not since 2015-04-22'),
      region: z.string().nullable(),
      serviceName: z.string().nullable(),
    })
    .nullable()
    .describe('null: not known'),
})

export const mfaDevice = z.object({
  serialNumber: z.string(),
  userName: z.string().nullable().describe('null: the root user'),
  kind: z.enum(['virtual', 'hardware', 'passkey', 'sms']).describe('passkey: FIDO2 security key or passkey'),
  enableDate: isoDate.nullable(),
})

export const rootUser = z.object({
  arn: z.string(),
  passwordPresent: z.boolean().nullable(),
  passwordLastUsed: isoDate.nullable().describe('null: never, or not known (see credentialReportRow)'),
  accessKeysPresent: z.boolean().nullable(),
  // No call lists root's hardware keys and passkeys: root has one when its MFA is active and `mfaDevices`, completely
  // read (fact `rootMfaKind`), holds no virtual device of root.
  mfaActive: z.boolean().nullable(),
  signingCertificatesPresent: z.boolean().nullable(),
  credentialReportRow: z.boolean().describe('whether the credential report has a row for root'),
})

export const serviceSpecificCredential = z.object({
  serviceSpecificCredentialId: z.string(),
  userName: z.string(),
  serviceName: z.string().describe('bedrock.amazonaws.com, logs.amazonaws.com, codecommit.amazonaws.com, ...'),
  status: z.enum(['Active', 'Inactive', 'Expired']),
  createDate: isoDate.nullable(),
  expirationDate: isoDate.nullable().describe('null: never expires'),
})

export const sshPublicKey = z.object({
  sshPublicKeyId: z.string(),
  userName: z.string(),
  status: z.enum(['Active', 'Inactive', 'Expired']),
  uploadDate: isoDate.nullable(),
})

export const signingCertificate = z.object({
  userName: z.string().nullable().describe('null: the root user'),
  userArn: z.string(),
  slot: z.union([z.literal(1), z.literal(2)]),
  active: z.boolean(),
  lastRotated: isoDate.nullable(),
})

export const serverCertificate = z.object({
  arn: z.string(),
  serverCertificateName: z.string(),
  serverCertificateId: z.string(),
  uploadDate: isoDate.nullable(),
  expiration: isoDate.nullable(),
})

export const samlProvider = z.object({
  arn: z.string(),
  createDate: isoDate.nullable(),
  validUntil: isoDate.nullable(),
})

export const oidcProvider = z.object({
  arn: z.string(),
  url: z.string().describe('without https://'),
  clientIds: z.array(z.string()).nullable(),
  createDate: isoDate.nullable(),
})

export const instanceProfile = z.object({
  arn: z.string(),
  instanceProfileName: z.string(),
  roleArns: z.array(z.string()),
})

export const passwordPolicy = z.object({
  minimumPasswordLength: z.number(),
  requireSymbols: z.boolean(),
  requireNumbers: z.boolean(),
  requireUppercaseCharacters: z.boolean(),
  requireLowercaseCharacters: z.boolean(),
  allowUsersToChangePassword: z.boolean(),
  maxPasswordAge: z.number().nullable().describe('days; null: passwords do not expire'),
  passwordReusePrevention: z.number().nullable().describe('null: reuse is allowed'),
  hardExpiry: z.boolean().nullable(),
})

export const analyzer = z.object({
  arn: z.string(),
  name: z.string(),
  type: z.string().describe('ACCOUNT, ORGANIZATION, ACCOUNT_UNUSED_ACCESS, ...'),
  status: z.string().describe('ACTIVE, CREATING, DISABLED, FAILED'),
  region: z.string(),
  tags,
})

export const trail = z.object({
  trailArn: z.string(),
  name: z.string(),
  homeRegion: z.string(),
  isMultiRegionTrail: z.boolean(),
  isOrganizationTrail: z.boolean(),
  logFileValidationEnabled: z.boolean(),
  isLogging: z.boolean().nullable(),
  managementEvents: z
    .enum(['all', 'read-only', 'write-only', 'none', 'some'])
    .nullable()
    .describe('which management events it records; some: selectors that leave out event sources'),
  s3BucketName: z.string().nullable(),
  kmsKeyId: z.string().nullable(),
})

export const instance = z.object({
  instanceId: z.string(),
  region: z.string(),
  arn: z.string(),
  state: z.string().describe('running, stopped, ...'),
  launchTime: isoDate.nullable(),
  instanceProfileArn: z.string().nullable().describe('null: no instance profile'),
  httpTokens: z.enum(['required', 'optional']).nullable().describe('required: IMDSv2 only'),
  httpEndpoint: z.enum(['enabled', 'disabled']).nullable(),
  tags,
})

/** Kinds of things that run with a role, beside instances. */
export const WORKLOAD_KINDS = [
  'amplify-app',
  'app-runner-service',
  'batch-job-definition',
  'build-project',
  'container-service',
  'container-task',
  'glue-dev-endpoint',
  'glue-job',
  'glue-session',
  'lambda-function',
  'launch-template',
  'managed-instance',
  'notebook-instance',
  'stack',
  'stack-set',
  'state-machine',
  'studio-domain',
  'studio-user-profile',
  'task-definition',
] as const

export const WORKLOAD_FEATURES = ['execute-command', 'lifecycle-config', 'running'] as const

/** Something that can run with a role of the account. What it runs, and its settings, are not kept. */
export const workload = z.object({
  kind: z.enum(WORKLOAD_KINDS),
  arn: z.string().describe('as policies name it'),
  name: z.string(),
  region: z.string(),
  roleArns: z.array(z.string()).describe('roles whose credentials it has; empty: none'),
  clusterArn: z.string().nullable().describe('of container tasks and services: their cluster'),
  features: z
    .array(z.enum(WORKLOAD_FEATURES))
    .describe('execute-command: a shell can be opened in it; lifecycle-config: it runs a script when it starts'),
})

const organizationPolicyLevel = z.object({
  targetId: z.string().describe('root, OU or account id'),
  policies: z.array(z.object({ id: z.string(), arn: z.string(), name: z.string(), document: policyDocument })),
})

export const organization = z.object({
  id: z.string(),
  arn: z.string(),
  managementAccountId: z.string(),
  path: z
    .array(z.object({ id: z.string(), name: z.string(), type: z.enum(['root', 'organizational-unit', 'account']) }))
    .nullable()
    .describe('from the organization root down to this account; null: only the management account can tell'),
  accountIds: z.array(z.string()).nullable().describe('every account of the organization; null: not known'),
  serviceControlPolicies: z.array(organizationPolicyLevel).nullable().describe('per level of path, root first'),
  resourceControlPolicies: z.array(organizationPolicyLevel).nullable(),
  features: z.array(z.string()).nullable().describe('centralized root access: RootCredentialsManagement, RootSessions'),
})

export const COVERAGE_STATUSES = ['read', 'denied', 'throttled', 'unsupported', 'truncated', 'absent'] as const

/**
 * One line of the ledger. A source may have several lines: one for what was read, one for what was not.
 * - `read`: answered in full
 * - `denied`: AWS said no
 * - `throttled`: AWS was too busy, after all retries
 * - `unsupported`: not offered there (region, partition, endpoint, or for accounts of this kind)
 * - `truncated`: cut off by an error, the network or Ctrl-C; what came before is in the snapshot
 * - `absent`: never asked, or not in the saved files
 */
export const coverage = z.object({
  source: z.string().describe('the AWS call, e.g. iam:ListAccessKeys'),
  region: z.string().nullable(),
  status: z.enum(COVERAGE_STATUSES),
  asOf: isoDate.nullable().describe('when the answer was true; a credential report may be 4 hours older than the call'),
  detail: z.string().nullable(),
})

export const snapshot = z.object({
  schemaVersion: z.literal(SNAPSHOT_SCHEMA_VERSION),
  tool: z.object({ name: z.string(), version: z.string() }),
  collectedAt: isoDate,
  collectedAtFrom: z
    .enum(['clock', 'as-of', 'file-time', 'credential-report'])
    .describe('where collectedAt comes from: the run, --as-of, or what a saved file says'),
  complete: z.boolean().describe('false when anything was denied, throttled or cut off'),
  brokenOff: z
    .enum(['interrupted', 'credentials-expired', 'throttled', 'connection-lost'])
    .optional()
    .describe('why collecting ended before it was through; absent: it did not'),
  accountId: z.string(),
  partition: z.string().describe('aws, aws-cn, aws-us-gov'),
  alias: z.string().nullable(),
  callerArn: z.string().nullable().describe('who collected it'),
  organization: organization.nullable(),
  summary: z.record(z.string(), z.number()).nullable().describe('iam:GetAccountSummary'),
  securityContact: z.boolean().nullable().describe('whether a security contact is registered'),
  passwordPolicy: passwordPolicy.nullable().describe('null: none is set (or not read: see coverage)'),
  root: rootUser,
  users: z.array(user),
  groups: z.array(group),
  roles: z.array(role),
  policies: z.array(managedPolicy),
  accessKeys: z.array(accessKey),
  mfaDevices: z.array(mfaDevice),
  serviceSpecificCredentials: z.array(serviceSpecificCredential),
  sshPublicKeys: z.array(sshPublicKey),
  signingCertificates: z.array(signingCertificate),
  serverCertificates: z.array(serverCertificate),
  samlProviders: z.array(samlProvider),
  oidcProviders: z.array(oidcProvider),
  instanceProfiles: z.array(instanceProfile),
  regions: z.array(z.string()).describe('enabled regions that were asked'),
  analyzers: z.array(analyzer),
  trails: z.array(trail),
  instances: z.array(instance),
  workloads: z
    .array(workload)
    .optional()
    .describe(
      'what can run with a role, beside instances; absent: not asked for (--no-workloads), or not in the files',
    ),
  coverage: z.array(coverage),
})

export type User = z.infer<typeof user>
export type Group = z.infer<typeof group>
export type Role = z.infer<typeof role>
export type PolicyVersion = z.infer<typeof policyVersion>
export type ManagedPolicy = z.infer<typeof managedPolicy>
export type AttachedPolicy = z.infer<typeof attachedPolicy>
export type InlinePolicy = z.infer<typeof inlinePolicy>
export type AccessKey = z.infer<typeof accessKey>
export type MfaDevice = z.infer<typeof mfaDevice>
export type RootUser = z.infer<typeof rootUser>
export type ServiceSpecificCredential = z.infer<typeof serviceSpecificCredential>
export type SshPublicKey = z.infer<typeof sshPublicKey>
export type SigningCertificate = z.infer<typeof signingCertificate>
export type ServerCertificate = z.infer<typeof serverCertificate>
export type SamlProvider = z.infer<typeof samlProvider>
export type OidcProvider = z.infer<typeof oidcProvider>
export type InstanceProfile = z.infer<typeof instanceProfile>
export type PasswordPolicy = z.infer<typeof passwordPolicy>
export type Analyzer = z.infer<typeof analyzer>
export type Trail = z.infer<typeof trail>
export type Instance = z.infer<typeof instance>
export type Workload = z.infer<typeof workload>
export type WorkloadKind = Workload['kind']
export type WorkloadFeature = Workload['features'][number]
export type Organization = z.infer<typeof organization>
export type OrganizationPolicyLevel = z.infer<typeof organizationPolicyLevel>
export type Coverage = z.infer<typeof coverage>
export type CoverageStatus = Coverage['status']
export type Snapshot = z.infer<typeof snapshot>
export type BrokenOff = NonNullable<Snapshot['brokenOff']>
