/** The types of the sandbox's world. */

import type { Bucket } from '../buckets.ts'
import type { QueryExecution } from '../queries.ts'
import type { Secret } from '../secrets.ts'
import type { Workloads } from '../workloads.ts'
import type { Random } from './chance.ts'

export type Partition = 'aws' | 'aws-cn' | 'aws-us-gov'

export interface World {
  partition: Partition
  clock: Clock
  random: Random
  /** Grows with every change: what is derived from the state (sorted lists, counts) is cached by it. */
  revision: number
  organization: Organization | null
  accounts: Map<string, Account>
  /** By ARN; shared by all accounts. */
  awsManagedPolicies: Map<string, ManagedPolicy>
  /** Every long-term access key by its ID, for finding a caller. */
  accessKeys: Map<string, KeyHolder>
  /** Temporary credentials by access key ID. */
  sessions: Map<string, Session>
  /** The key to hand out, and with it the account to start in; null: none in particular. */
  administrator: KeyHolder | null
  /** Of S3, by name. */
  buckets: Map<string, Bucket>
  /** Of Athena, by ID. */
  queries: Map<string, QueryExecution>
  /** Files behind presigned addresses, by path. */
  downloads: Map<string, Download>
}

/** What somebody with its presigned address may fetch for a while. */
export interface Download {
  body: Uint8Array
  contentType: string
  /** `X-Amz-Signature` of the address. */
  signature: string
  /** In the machine's time. */
  expires: number
}

/** The world's time: the machine's, shifted, or standing still. */
export interface Clock {
  frozenAt: number | null
  offsetMs: number
}

export interface KeyHolder {
  account: Account
  /** null: the root user. */
  user: User | null
  key: AccessKey
}

// ---- one account

export interface Account {
  accountId: string
  partition: Partition
  alias: string | null
  createDate: Date
  root: RootUser
  /** By {@link nameKey}: IAM names differ in more than case. */
  users: Map<string, User>
  groups: Map<string, Group>
  roles: Map<string, Role>
  /** Customer managed policies by ARN. */
  policies: Map<string, ManagedPolicy>
  instanceProfiles: Map<string, InstanceProfile>
  /** Every device that exists, assigned or not, by serial number. */
  mfaDevices: Map<string, MfaDevice>
  serverCertificates: Map<string, ServerCertificate>
  samlProviders: Map<string, SamlProvider>
  oidcProviders: Map<string, OidcProvider>
  passwordPolicy: PasswordPolicy | null
  credentialReport: CredentialReport | null
  regions: Map<string, Region>
  alternateContacts: Partial<Record<ContactType, AlternateContact>>
  contactInformation: ContactInformation
}

export interface RootUser {
  /** Without a password nobody can sign in as root (centralized root access). */
  password: Password | null
  accessKeys: AccessKey[]
  mfaDevices: MfaDevice[]
  signingCertificates: SigningCertificate[]
}

/** A console password. */
export interface Password {
  createDate: Date
  lastChanged: Date
  lastUsed: Date | null
  resetRequired: boolean
}

export interface Identity {
  path: string
  arn: string
  createDate: Date
  /** ARNs of managed policies, in the order of their attachment. */
  attachedPolicies: Set<string>
  /** Policy name to document (JSON text as it was put). */
  inlinePolicies: Map<string, string>
}

export interface User extends Identity {
  userName: string
  userId: string
  tags: Tags
  /** Policy ARN. */
  permissionsBoundary: string | null
  groups: Group[]
  password: Password | null
  accessKeys: AccessKey[]
  mfaDevices: MfaDevice[]
  serviceSpecificCredentials: ServiceSpecificCredential[]
  sshPublicKeys: SshPublicKey[]
  signingCertificates: SigningCertificate[]
}

export interface Group extends Identity {
  groupName: string
  groupId: string
  members: Set<User>
}

export interface Role extends Identity {
  roleName: string
  roleId: string
  description: string | null
  /** JSON text. */
  trustPolicy: string
  maxSessionDuration: number
  permissionsBoundary: string | null
  tags: Tags
  lastUsed: { date: Date; region: string } | null
}

export type Tags = Map<string, string>

export interface ManagedPolicy {
  policyName: string
  policyId: string
  arn: string
  path: string
  description: string | null
  createDate: Date
  updateDate: Date
  defaultVersionId: string
  /** Newest last; at most five. */
  versions: PolicyVersion[]
  /** Version numbers are never used again. */
  nextVersion: number
  tags: Tags
}

export interface PolicyVersion {
  versionId: string
  createDate: Date
  /** JSON text. */
  document: string
}

export type KeyStatus = 'Active' | 'Inactive'

export interface AccessKey {
  accessKeyId: string
  secretAccessKey: string
  status: KeyStatus
  createDate: Date
  /** null: never used. */
  lastUsed: KeyUse | null
}

export interface KeyUse {
  date: Date
  /** Service namespace, such as `s3`. */
  service: string
  region: string
}

export type MfaKind = 'virtual' | 'hardware' | 'passkey'

export interface MfaDevice {
  serialNumber: string
  kind: MfaKind
  name: string
  /** null: exists, but is nobody's. */
  owner: User | 'root' | null
  enableDate: Date | null
  /** Base32 seed of a virtual device. */
  seed: string | null
  tags: Tags
}

/** A long-term credential for one service: CodeCommit, Keyspaces, Bedrock API keys, CloudWatch Logs API keys. */
export interface ServiceSpecificCredential {
  serviceSpecificCredentialId: string
  serviceName: string
  /** Basic credentials; null for an API key, which has an alias instead. */
  serviceUserName: string | null
  serviceCredentialAlias: string | null
  /** The password or the API key: answered once, when it is made. */
  secret: string
  status: KeyStatus | 'Expired'
  createDate: Date
  expirationDate: Date | null
}

export interface SshPublicKey {
  sshPublicKeyId: string
  fingerprint: string
  body: string
  status: KeyStatus
  uploadDate: Date
}

export interface SigningCertificate {
  certificateId: string
  body: string
  status: KeyStatus
  uploadDate: Date
}

export interface ServerCertificate {
  serverCertificateName: string
  serverCertificateId: string
  arn: string
  path: string
  body: string
  chain: string | null
  uploadDate: Date
  expiration: Date
  tags: Tags
}

export interface SamlProvider {
  arn: string
  name: string
  metadataDocument: string
  createDate: Date
  validUntil: Date
  tags: Tags
}

export interface OidcProvider {
  arn: string
  /** Without `https://`. */
  url: string
  clientIds: string[]
  thumbprints: string[]
  createDate: Date
  tags: Tags
}

export interface InstanceProfile {
  instanceProfileName: string
  instanceProfileId: string
  arn: string
  path: string
  createDate: Date
  /** None or one. */
  roles: Role[]
  tags: Tags
}

export interface PasswordPolicy {
  minimumPasswordLength: number
  requireSymbols: boolean
  requireNumbers: boolean
  requireUppercaseCharacters: boolean
  requireLowercaseCharacters: boolean
  allowUsersToChangePassword: boolean
  /** Days; null: passwords never expire. */
  maxPasswordAge: number | null
  passwordReusePrevention: number | null
  hardExpiry: boolean
}

/** The report is made in the background and then kept for four hours. */
export interface CredentialReport {
  /** Of this time it speaks. */
  generatedAt: Date
  /** When it can be had, in the machine's time (a world whose clock stands still waits too). */
  readyAt: number
  content: string
  fetched: boolean
}

export type ContactType = 'SECURITY' | 'BILLING' | 'OPERATIONS'

export interface AlternateContact {
  name: string
  title: string
  emailAddress: string
  phoneNumber: string
}

export interface ContactInformation {
  fullName: string
  companyName: string | null
  addressLine1: string
  city: string
  postalCode: string
  countryCode: string
  phoneNumber: string
}

// ---- one region of an account

export type RegionOptStatus = 'ENABLED' | 'ENABLED_BY_DEFAULT' | 'DISABLED'

export interface Region {
  regionName: string
  optStatus: RegionOptStatus
  instances: Map<string, Instance>
  /** Trails whose home this region is, by name. */
  trails: Map<string, Trail>
  analyzers: Map<string, Analyzer>
  /** Of Secrets Manager, by name. */
  secrets: Map<string, Secret>
  /** What runs with roles, other than instances: `workloads.ts`. */
  workloads: Workloads
}

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped'

export interface Instance {
  instanceId: string
  imageId: string
  instanceType: string
  state: InstanceState
  launchTime: Date
  vpcId: string
  subnetId: string
  privateIpAddress: string
  publicIpAddress: string | null
  keyName: string | null
  instanceProfile: InstanceProfile | null
  /** Of the instance profile; null without one. */
  associationId: string | null
  metadataOptions: MetadataOptions
  /** As the instance gets it: not in base64. */
  userData: string | null
  tags: Tags
}

/** IMDS; `httpTokens: 'required'` is IMDSv2 only. */
export interface MetadataOptions {
  httpTokens: 'optional' | 'required'
  httpEndpoint: 'enabled' | 'disabled'
  httpPutResponseHopLimit: number
  instanceMetadataTags: 'enabled' | 'disabled'
}

export interface Trail {
  name: string
  arn: string
  homeRegion: string
  s3BucketName: string
  s3KeyPrefix: string | null
  isMultiRegionTrail: boolean
  isOrganizationTrail: boolean
  includeGlobalServiceEvents: boolean
  logFileValidationEnabled: boolean
  kmsKeyId: string | null
  cloudWatchLogsLogGroupArn: string | null
  cloudWatchLogsRoleArn: string | null
  snsTopicName: string | null
  isLogging: boolean
  startLoggingTime: Date | null
  stopLoggingTime: Date | null
  latestDeliveryTime: Date | null
  /** Code of S3's answer to the last try; null: it went well. */
  latestDeliveryError: string | null
  /** Place of the last call in the log that was delivered, or passed over. */
  deliveredUpTo: number
  eventSelectors: EventSelector[]
  advancedEventSelectors: AdvancedEventSelector[]
  tags: Tags
}

export interface EventSelector {
  readWriteType: 'All' | 'ReadOnly' | 'WriteOnly'
  includeManagementEvents: boolean
  dataResources: { type: string; values: string[] }[]
  excludeManagementEventSources: string[]
}

export interface AdvancedEventSelector {
  name: string | null
  fieldSelectors: { field: string; operators: Record<string, string[]> }[]
}

export type AnalyzerType =
  | 'ACCOUNT'
  | 'ORGANIZATION'
  | 'ACCOUNT_UNUSED_ACCESS'
  | 'ORGANIZATION_UNUSED_ACCESS'
  | 'ACCOUNT_INTERNAL_ACCESS'
  | 'ORGANIZATION_INTERNAL_ACCESS'

export interface Analyzer {
  analyzerName: string
  arn: string
  type: AnalyzerType
  status: 'ACTIVE' | 'CREATING' | 'DISABLED' | 'FAILED'
  createdAt: Date
  /** Days, for the kinds that look for unused access. */
  unusedAccessAge: number | null
  tags: Tags
}

// ---- temporary credentials

/** What `AssumeRole`, `GetSessionToken` and `GetFederationToken` gave out. */
export interface Session {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  account: Account
  issuedAt: Date
  expiration: Date
  principal: SessionPrincipal
  /** Root's for one task, made by `AssumeRoot`: only what the task's policy allows. */
  isRootTask: boolean
  /** Session policies as JSON texts, and ARNs of managed ones; they narrow. */
  sessionPolicies: string[]
  sessionPolicyArns: string[]
  sessionTags: Tags
  sourceIdentity: string | null
  mfaAuthenticated: boolean
  /** The access key that asked for it. */
  issuedTo: string | null
  region: string
}

export type SessionPrincipal =
  | { kind: 'assumed-role'; role: Role; roleSessionName: string }
  | { kind: 'user'; user: User }
  | { kind: 'root' }
  | { kind: 'federated-user'; name: string; user: User | null }
  // a caller of `AssumeRoleWithWebIdentity`, which has a token and no key
  | { kind: 'web-identity'; provider: OidcProvider; claims: WebIdentityClaims }

/** What an identity token says that AWS reads. */
export interface WebIdentityClaims {
  subject: string
  audience: string
  authenticationMethods: string[]
}

// ---- the organization

export interface Organization {
  id: string
  arn: string
  managementAccountId: string
  featureSet: 'ALL' | 'CONSOLIDATED_BILLING'
  rootId: string
  createDate: Date
  units: Map<string, OrganizationalUnit>
  accounts: Map<string, OrganizationAccount>
  policies: Map<string, OrganizationPolicy>
  /** Root, unit or account ID to the IDs of the policies attached there. */
  attachments: Map<string, Set<string>>
  enabledPolicyTypes: Set<OrganizationPolicyType>
  /** Centralized root access. */
  features: Set<'RootCredentialsManagement' | 'RootSessions'>
  /** Service principals with trusted access, and when it was given. */
  trustedServices: Map<string, Date>
  /** Service principal to the account that administers it. */
  delegatedAdministrators: Map<string, Set<string>>
  tags: Map<string, Tags>
  createAccountRequests: Map<string, CreateAccountRequest>
}

export interface OrganizationalUnit {
  id: string
  arn: string
  name: string
  parentId: string
}

export interface OrganizationAccount {
  accountId: string
  arn: string
  name: string
  email: string
  parentId: string
  status: 'ACTIVE' | 'SUSPENDED' | 'PENDING_CLOSURE'
  joinedMethod: 'INVITED' | 'CREATED'
  joinedTimestamp: Date
}

export type OrganizationPolicyType =
  | 'SERVICE_CONTROL_POLICY'
  | 'RESOURCE_CONTROL_POLICY'
  | 'TAG_POLICY'
  | 'BACKUP_POLICY'
  | 'AISERVICES_OPT_OUT_POLICY'
  | 'CHATBOT_POLICY'
  | 'DECLARATIVE_POLICY_EC2'

export interface OrganizationPolicy {
  id: string
  arn: string
  name: string
  description: string
  type: OrganizationPolicyType
  awsManaged: boolean
  /** JSON text. */
  content: string
}

export interface CreateAccountRequest {
  id: string
  accountName: string
  accountId: string | null
  state: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED'
  failureReason: string | null
  requestedAt: Date
  completedAt: Date | null
}
