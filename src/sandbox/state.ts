/**
 * The sandbox's world: one AWS organization (or one lone account) in memory, as plain typed data that the service
 * handlers read and write and that an example fills.
 *
 * What belongs together is held by reference (a user's groups, a device's owner), so a rename is one assignment. Maps
 * and Sets rather than objects, because names are hostile input (`__proto__` is a legal user name).
 * INVARIANT: whoever changes the world other than through the constructors here calls {@link touch}.
 */

import type { Bucket } from './buckets.ts'
import type { QueryExecution } from './queries.ts'
import type { Secret } from './secrets.ts'
import type { Workloads } from './workloads.ts'

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

interface Identity {
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

// ---- time and chance

/** The world's time. */
export function nowOf(world: Pick<World, 'clock'>): Date {
  return new Date((world.clock.frozenAt ?? Date.now()) + world.clock.offsetMs)
}

/** Seconds are what IAM keeps. */
export function secondOf(world: Pick<World, 'clock'>): Date {
  return new Date(Math.floor(nowOf(world).getTime() / 1000) * 1000)
}

/** Says that the world has changed. */
export function touch(world: World): void {
  world.revision++
}

/** State of a small seeded generator (sfc32): the same seed makes the same world. Not for cryptography. */
export type Random = [number, number, number, number]

export function newRandom(seed: number): Random {
  const random: Random = [0x9e3779b9, 0x243f6a88, 0xb7e15162, seed | 0]
  for (let i = 0; i < 12; i++) nextUint32(random)
  return random
}

export function nextUint32(random: Random): number {
  const [a, b, c, d] = random
  const t = (a + b + d) | 0
  random[3] = (d + 1) | 0
  random[0] = b ^ (b >>> 9)
  random[1] = (c + (c << 3)) | 0
  random[2] = (((c << 21) | (c >>> 11)) + t) | 0
  return t >>> 0
}

/** From 0 (inclusive) to 1. */
export function nextFraction(random: Random): number {
  return nextUint32(random) / 2 ** 32
}

/** An integer from 0 to `below` - 1. */
export function nextInteger(random: Random, below: number): number {
  return Math.floor(nextFraction(random) * below)
}

export function randomString(random: Random, alphabet: string, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += alphabet[nextInteger(random, alphabet.length)]
  return text
}

export function randomUuid(random: Random): string {
  const hex = randomString(random, '0123456789abcdef', 30)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-a${hex.slice(15, 18)}-${hex.slice(18, 30)}`
}

// ---- identifiers

export const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const LOWER_HEX = '0123456789abcdef'
const LOWER_ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes */
export const ID_PREFIXES = {
  accessKey: 'AKIA',
  session: 'ASIA',
  user: 'AIDA',
  role: 'AROA',
  group: 'AGPA',
  policy: 'ANPA',
  instanceProfile: 'AIPA',
  serverCertificate: 'ASCA',
  sshPublicKey: 'APKA',
  serviceSpecificCredential: 'ACCA',
} as const

export type IdKind = keyof typeof ID_PREFIXES

/**
 * A new identifier. The twelve digits of the account are inside, as in AWS's: after the prefix, base32, a one bit, 40
 * bits of account number, then chance. Access key IDs have 20 characters, the others 21.
 */
export function newId(world: World, kind: IdKind, accountId: string): string {
  const length = kind === 'accessKey' || kind === 'session' ? 16 : 17
  return ID_PREFIXES[kind] + accountBits(accountId) + base32Tail(world.random, accountId, length)
}

/** Eight characters: the one bit and the upper 39 bits of the account number. */
function accountBits(accountId: string): string {
  let bits = (1n << 39n) | (BigInt(accountId) >> 1n)
  let text = ''
  for (let i = 0; i < 8; i++) {
    text = BASE32[Number(bits & 31n)] + text
    bits >>= 5n
  }
  return text
}

/** The account number's last bit, then chance. */
function base32Tail(random: Random, accountId: string, length: number): string {
  const first = (Number(BigInt(accountId) & 1n) << 4) | nextInteger(random, 16)
  return BASE32[first] + randomString(random, BASE32, length - 9)
}

/** The account in an access key ID (or any other ID of IAM's), or null where there is none. */
export function accountOfId(id: string): string | null {
  if (!/^[A-Z]{4}[Q-Z2-7][A-Z2-7]{8,}$/.test(id)) return null
  let bits = 0n
  for (const character of id.slice(4, 13)) bits = (bits << 5n) | BigInt(BASE32.indexOf(character))
  const number = (bits >> 4n) & ((1n << 40n) - 1n)
  return number > 999_999_999_999n ? null : number.toString().padStart(12, '0')
}

export function newSecret(world: World): string {
  return randomString(world.random, BASE64, 40)
}

export function newSessionToken(world: World): string {
  return `FwoGZXIvYXdz${randomString(world.random, BASE64, 340)}==`
}

/** An ID of EC2's or such: `i-0123456789abcdef0`. */
export function newHexId(world: World, prefix: string): string {
  return `${prefix}-0${randomString(world.random, LOWER_HEX, 16)}`
}

export function newAccountId(world: World): string {
  for (;;) {
    const id = `${1 + nextInteger(world.random, 9)}${randomString(world.random, '0123456789', 11)}`
    if (!world.accounts.has(id)) return id
  }
}

/** `iamArn(account, 'user', '/team/', 'alice')`. */
export function iamArn(
  account: Pick<Account, 'accountId' | 'partition'>,
  type: string,
  path: string,
  name: string,
): string {
  return `arn:${account.partition}:iam::${account.accountId}:${type}${path}${name}`
}

export function rootArn(account: Pick<Account, 'accountId' | 'partition'>): string {
  return `arn:${account.partition}:iam::${account.accountId}:root`
}

/** The key of IAM's maps: names are unique whatever their case. */
export function nameKey(name: string): string {
  return name.toLowerCase()
}

/** Credentials come with the region of their home. */
export function defaultRegion(partition: Partition): string {
  return { aws: 'us-east-1', 'aws-cn': 'cn-north-1', 'aws-us-gov': 'us-gov-west-1' }[partition]
}

const REGIONS: Record<Partition, { enabled: string[]; optIn: string[] }> = {
  aws: {
    enabled: [
      'ap-northeast-1',
      'ap-northeast-2',
      'ap-northeast-3',
      'ap-south-1',
      'ap-southeast-1',
      'ap-southeast-2',
      'ca-central-1',
      'eu-central-1',
      'eu-north-1',
      'eu-west-1',
      'eu-west-2',
      'eu-west-3',
      'sa-east-1',
      'us-east-1',
      'us-east-2',
      'us-west-1',
      'us-west-2',
    ],
    optIn: [
      'af-south-1',
      'ap-east-1',
      'ap-south-2',
      'ap-southeast-3',
      'ap-southeast-4',
      'ca-west-1',
      'eu-central-2',
      'eu-south-1',
      'eu-south-2',
      'il-central-1',
      'me-central-1',
      'me-south-1',
    ],
  },
  'aws-cn': { enabled: ['cn-north-1', 'cn-northwest-1'], optIn: [] },
  'aws-us-gov': { enabled: ['us-gov-east-1', 'us-gov-west-1'], optIn: [] },
}

// ---- constructors

export interface WorldOptions {
  /** The same seed makes the same identifiers; by default every world is different. */
  seed?: number
  partition?: Partition
  /** Stops the clock there. */
  now?: Date
  awsManagedPolicies?: Iterable<AwsManagedPolicy>
}

/** A policy of AWS's own, in short. */
export interface AwsManagedPolicy {
  policyName: string
  path?: string
  description?: string
  createDate?: Date
  updateDate?: Date
  /** Such as `v2`; default `v1`. */
  versionId?: string
  document: object
}

export function newWorld(options: WorldOptions = {}): World {
  const world: World = {
    partition: options.partition ?? 'aws',
    clock: { frozenAt: options.now?.getTime() ?? null, offsetMs: 0 },
    random: newRandom(options.seed ?? Math.floor(Math.random() * 2 ** 32)),
    revision: 0,
    organization: null,
    accounts: new Map(),
    awsManagedPolicies: new Map(),
    accessKeys: new Map(),
    sessions: new Map(),
    administrator: null,
    buckets: new Map(),
    queries: new Map(),
    downloads: new Map(),
  }
  for (const policy of options.awsManagedPolicies ?? []) addAwsManagedPolicy(world, policy)
  return world
}

export interface AccountOptions {
  accountId?: string
  alias?: string
  createDate?: Date
  /** Opt-in regions that are enabled. */
  optInRegions?: string[]
  rootPassword?: Partial<Password> | null
}

/** An account that is as AWS hands it out: a root user with a password, the default regions, nothing else. */
export function addAccount(world: World, options: AccountOptions = {}): Account {
  const accountId = options.accountId ?? newAccountId(world)
  if (!/^\d{12}$/.test(accountId)) throw new Error(`account \`${accountId}\` is no 12-digit number`)
  if (world.accounts.has(accountId)) throw new Error(`account \`${accountId}\` exists already`)
  const createDate = options.createDate ?? secondOf(world)
  const regions = new Map<string, Region>()
  const { enabled, optIn } = REGIONS[world.partition]
  for (const name of [...enabled, ...optIn].sort()) {
    const optStatus = enabled.includes(name)
      ? 'ENABLED_BY_DEFAULT'
      : options.optInRegions?.includes(name)
        ? 'ENABLED'
        : 'DISABLED'
    regions.set(name, {
      regionName: name,
      optStatus,
      instances: new Map(),
      trails: new Map(),
      analyzers: new Map(),
      secrets: new Map(),
      workloads: {},
    })
  }
  const account: Account = {
    accountId,
    partition: world.partition,
    alias: options.alias ?? null,
    createDate,
    root: {
      password:
        options.rootPassword === null
          ? null
          : { createDate, lastChanged: createDate, lastUsed: null, resetRequired: false, ...options.rootPassword },
      accessKeys: [],
      mfaDevices: [],
      signingCertificates: [],
    },
    users: new Map(),
    groups: new Map(),
    roles: new Map(),
    policies: new Map(),
    instanceProfiles: new Map(),
    mfaDevices: new Map(),
    serverCertificates: new Map(),
    samlProviders: new Map(),
    oidcProviders: new Map(),
    passwordPolicy: null,
    credentialReport: null,
    regions,
    alternateContacts: {},
    contactInformation: {
      fullName: 'Account Owner',
      companyName: null,
      addressLine1: '1 Example Street',
      city: 'Example',
      postalCode: '00000',
      countryCode: 'US',
      phoneNumber: '+15550100',
    },
  }
  world.accounts.set(accountId, account)
  touch(world)
  return account
}

export interface IdentityOptions {
  path?: string
  createDate?: Date
  attachedPolicies?: Iterable<string | ManagedPolicy>
  inlinePolicies?: Record<string, object | string>
}

export interface UserOptions extends IdentityOptions {
  tags?: Record<string, string>
  permissionsBoundary?: string | ManagedPolicy | null
  groups?: Iterable<Group>
  password?: Partial<Password> | null
}

export function addUser(world: World, account: Account, userName: string, options: UserOptions = {}): User {
  mustBeNew(account.users, userName, 'user')
  const user: User = {
    userName,
    userId: newId(world, 'user', account.accountId),
    ...identity(world, account, 'user', userName, options),
    tags: tagsOf(options.tags),
    permissionsBoundary: arnOf(options.permissionsBoundary),
    groups: [],
    password: null,
    accessKeys: [],
    mfaDevices: [],
    serviceSpecificCredentials: [],
    sshPublicKeys: [],
    signingCertificates: [],
  }
  if (options.password) user.password = newPassword(user.createDate, options.password)
  account.users.set(nameKey(userName), user)
  for (const group of options.groups ?? []) addUserToGroup(world, user, group)
  touch(world)
  return user
}

/** A password, by default as old as its user and never used. */
export function newPassword(createDate: Date, options: Partial<Password> = {}): Password {
  const made = options.createDate ?? createDate
  return { createDate: made, lastChanged: made, lastUsed: null, resetRequired: false, ...options }
}

export function addGroup(world: World, account: Account, groupName: string, options: IdentityOptions = {}): Group {
  mustBeNew(account.groups, groupName, 'group')
  const group: Group = {
    groupName,
    groupId: newId(world, 'group', account.accountId),
    ...identity(world, account, 'group', groupName, options),
    members: new Set(),
  }
  account.groups.set(nameKey(groupName), group)
  touch(world)
  return group
}

export function addUserToGroup(world: World, user: User, group: Group): void {
  if (!user.groups.includes(group)) user.groups.push(group)
  group.members.add(user)
  touch(world)
}

export function removeUserFromGroup(world: World, user: User, group: Group): void {
  user.groups = user.groups.filter((other) => other !== group)
  group.members.delete(user)
  touch(world)
}

export interface RoleOptions extends IdentityOptions {
  description?: string
  /** Default: EC2 may assume it. */
  trustPolicy?: object | string
  maxSessionDuration?: number
  permissionsBoundary?: string | ManagedPolicy | null
  tags?: Record<string, string>
  lastUsed?: { date: Date; region: string } | null
}

export function addRole(world: World, account: Account, roleName: string, options: RoleOptions = {}): Role {
  mustBeNew(account.roles, roleName, 'role')
  const role: Role = {
    roleName,
    roleId: newId(world, 'role', account.accountId),
    ...identity(world, account, 'role', roleName, options),
    description: options.description ?? null,
    trustPolicy: documentText(options.trustPolicy ?? serviceTrust('ec2.amazonaws.com')),
    maxSessionDuration: options.maxSessionDuration ?? 3600,
    permissionsBoundary: arnOf(options.permissionsBoundary),
    tags: tagsOf(options.tags),
    lastUsed: options.lastUsed ?? null,
  }
  account.roles.set(nameKey(roleName), role)
  touch(world)
  return role
}

/** The trust policy that lets a service assume a role. */
export function serviceTrust(service: string): object {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  }
}

export interface PolicyOptions {
  path?: string
  description?: string
  createDate?: Date
  tags?: Record<string, string>
}

export function addPolicy(
  world: World,
  account: Account,
  policyName: string,
  document: object | string,
  options: PolicyOptions = {},
): ManagedPolicy {
  const path = options.path ?? '/'
  const arn = iamArn(account, 'policy', path, policyName)
  if (account.policies.has(arn)) throw new Error(`policy \`${policyName}\` exists already`)
  const createDate = options.createDate ?? secondOf(world)
  const policy: ManagedPolicy = {
    policyName,
    policyId: newId(world, 'policy', account.accountId),
    arn,
    path,
    description: options.description ?? null,
    createDate,
    updateDate: createDate,
    defaultVersionId: 'v1',
    versions: [{ versionId: 'v1', createDate, document: documentText(document) }],
    nextVersion: 2,
    tags: tagsOf(options.tags),
  }
  account.policies.set(arn, policy)
  touch(world)
  return policy
}

export function addPolicyVersion(
  world: World,
  policy: ManagedPolicy,
  document: object | string,
  options: { createDate?: Date; setAsDefault?: boolean } = {},
): PolicyVersion {
  const createDate = options.createDate ?? secondOf(world)
  const version = { versionId: `v${policy.nextVersion++}`, createDate, document: documentText(document) }
  policy.versions.push(version)
  if (options.setAsDefault ?? true) policy.defaultVersionId = version.versionId
  policy.updateDate = createDate
  touch(world)
  return version
}

/** A policy of AWS's own, which every account sees. */
export function addAwsManagedPolicy(world: World, source: AwsManagedPolicy): ManagedPolicy {
  const path = source.path ?? '/'
  const arn = awsManagedArn(world.partition, source.policyName, path)
  const createDate = source.createDate ?? new Date('2015-02-06T18:39:46Z')
  const updateDate = source.updateDate ?? createDate
  const versionId = source.versionId ?? 'v1'
  const policy: ManagedPolicy = {
    policyName: source.policyName,
    policyId: ID_PREFIXES.policy + idFromName(source.policyName),
    arn,
    path,
    description: source.description ?? null,
    createDate,
    updateDate,
    defaultVersionId: versionId,
    versions: [{ versionId, createDate: updateDate, document: documentText(source.document) }],
    nextVersion: Number(versionId.slice(1)) + 1,
    tags: new Map(),
  }
  world.awsManagedPolicies.set(arn, policy)
  touch(world)
  return policy
}

export function awsManagedArn(partition: Partition, policyName: string, path = '/'): string {
  return `arn:${partition}:iam::aws:policy${path}${policyName}`
}

/** AWS's own policies have the same ID everywhere, so chance has no part in it. */
function idFromName(name: string): string {
  let seed = 0
  for (const character of name) seed = (Math.imul(seed, 31) + character.charCodeAt(0)) | 0
  return `I${randomString(newRandom(seed), BASE32, 16)}`
}

export function attachPolicy(world: World, to: User | Group | Role, policy: string | ManagedPolicy): void {
  to.attachedPolicies.add(arnOf(policy)!)
  touch(world)
}

export function putInlinePolicy(
  world: World,
  on: User | Group | Role,
  policyName: string,
  document: object | string,
): void {
  on.inlinePolicies.set(policyName, documentText(document))
  touch(world)
}

export interface AccessKeyOptions {
  accessKeyId?: string
  secretAccessKey?: string
  status?: KeyStatus
  createDate?: Date
  lastUsed?: KeyUse | null
}

/** A key of a user, or of the root user (`user` null). */
export function addAccessKey(
  world: World,
  account: Account,
  user: User | null,
  options: AccessKeyOptions = {},
): AccessKey {
  const key: AccessKey = {
    accessKeyId: options.accessKeyId ?? newId(world, 'accessKey', account.accountId),
    secretAccessKey: options.secretAccessKey ?? newSecret(world),
    status: options.status ?? 'Active',
    createDate: options.createDate ?? secondOf(world),
    lastUsed: options.lastUsed ?? null,
  }
  const keys = (user ?? account.root).accessKeys
  keys.push(key)
  world.accessKeys.set(key.accessKeyId, { account, user, key })
  touch(world)
  return key
}

export function removeAccessKey(world: World, holder: KeyHolder): void {
  const owner = holder.user ?? holder.account.root
  owner.accessKeys = owner.accessKeys.filter((key) => key !== holder.key)
  world.accessKeys.delete(holder.key.accessKeyId)
  touch(world)
}

export interface MfaDeviceOptions {
  kind?: MfaKind
  /** Name of a virtual device or a passkey. */
  name?: string
  serialNumber?: string
  enableDate?: Date
  seed?: string
  tags?: Record<string, string>
}

/** A device of a user, of root, or of nobody (a virtual device before it is enabled). */
export function addMfaDevice(
  world: World,
  account: Account,
  owner: User | 'root' | null,
  options: MfaDeviceOptions = {},
): MfaDevice {
  const kind = options.kind ?? 'virtual'
  const ownerName = owner === 'root' ? 'root-account-mfa-device' : (owner?.userName ?? 'unassigned')
  const name = options.name ?? ownerName
  const tail = randomString(world.random, BASE32, 26)
  const serialNumber =
    options.serialNumber ??
    {
      virtual: iamArn(account, 'mfa', '/', name),
      hardware: `GAHT${randomString(world.random, '0123456789', 8)}`,
      passkey: iamArn(account, 'u2f', owner === 'root' ? '/root/' : `/user/${ownerName}/`, `${name}-${tail}`),
    }[kind]
  if (account.mfaDevices.has(serialNumber)) throw new Error(`MFA device \`${serialNumber}\` exists already`)
  const device: MfaDevice = {
    serialNumber,
    kind,
    name,
    owner,
    enableDate: owner === null ? null : (options.enableDate ?? secondOf(world)),
    seed: kind === 'virtual' ? (options.seed ?? randomString(world.random, BASE32, 64)) : null,
    tags: tagsOf(options.tags),
  }
  account.mfaDevices.set(serialNumber, device)
  if (owner) (owner === 'root' ? account.root : owner).mfaDevices.push(device)
  touch(world)
  return device
}

export interface ServiceSpecificCredentialOptions {
  status?: ServiceSpecificCredential['status']
  createDate?: Date
  expirationDate?: Date | null
}

/** Services whose credential is an API key rather than a user name and a password. */
export const API_KEY_SERVICES: readonly string[] = ['bedrock.amazonaws.com', 'logs.amazonaws.com']

export function addServiceSpecificCredential(
  world: World,
  account: Account,
  user: User,
  serviceName: string,
  options: ServiceSpecificCredentialOptions = {},
): ServiceSpecificCredential {
  const apiKey = API_KEY_SERVICES.includes(serviceName)
  const suffix = `${user.userName}-at-${account.accountId}`
  const number = user.serviceSpecificCredentials.filter((c) => c.serviceName === serviceName).length
  const credential: ServiceSpecificCredential = {
    serviceSpecificCredentialId: newId(world, 'serviceSpecificCredential', account.accountId),
    serviceName,
    serviceUserName: apiKey ? null : number === 0 ? suffix : `${user.userName}+${number}-at-${account.accountId}`,
    serviceCredentialAlias: apiKey ? suffix : null,
    secret: randomString(world.random, BASE64, apiKey ? 120 : 44),
    status: options.status ?? 'Active',
    createDate: options.createDate ?? secondOf(world),
    expirationDate: options.expirationDate ?? null,
  }
  user.serviceSpecificCredentials.push(credential)
  touch(world)
  return credential
}

export function addSshPublicKey(
  world: World,
  account: Account,
  user: User,
  options: Partial<Omit<SshPublicKey, 'sshPublicKeyId'>> = {},
): SshPublicKey {
  const key: SshPublicKey = {
    sshPublicKeyId: newId(world, 'sshPublicKey', account.accountId),
    fingerprint: Array.from({ length: 16 }, () => randomString(world.random, LOWER_HEX, 2)).join(':'),
    body: `ssh-rsa AAAAB3NzaC1yc2E${randomString(world.random, BASE64, 352)}`,
    status: 'Active',
    uploadDate: secondOf(world),
    ...options,
  }
  user.sshPublicKeys.push(key)
  touch(world)
  return key
}

/** A signing certificate (X.509) of a user, or of root (`user` null). */
export function addSigningCertificate(
  world: World,
  account: Account,
  user: User | null,
  options: Partial<Omit<SigningCertificate, 'certificateId'>> = {},
): SigningCertificate {
  const certificate: SigningCertificate = {
    certificateId: randomString(world.random, BASE32, 32),
    body: fakeCertificate(world),
    status: 'Active',
    uploadDate: secondOf(world),
    ...options,
  }
  ;(user ?? account.root).signingCertificates.push(certificate)
  touch(world)
  return certificate
}

export interface ServerCertificateOptions {
  path?: string
  body?: string
  chain?: string | null
  uploadDate?: Date
  /** Default: a year after the upload. */
  expiration?: Date
  tags?: Record<string, string>
}

export function addServerCertificate(
  world: World,
  account: Account,
  serverCertificateName: string,
  options: ServerCertificateOptions = {},
): ServerCertificate {
  const path = options.path ?? '/'
  mustBeNew(account.serverCertificates, serverCertificateName, 'server certificate')
  const uploadDate = options.uploadDate ?? secondOf(world)
  const certificate: ServerCertificate = {
    serverCertificateName,
    serverCertificateId: newId(world, 'serverCertificate', account.accountId),
    arn: iamArn(account, 'server-certificate', path, serverCertificateName),
    path,
    body: options.body ?? fakeCertificate(world),
    chain: options.chain ?? null,
    uploadDate,
    expiration: options.expiration ?? new Date(uploadDate.getTime() + 365 * 86_400_000),
    tags: tagsOf(options.tags),
  }
  account.serverCertificates.set(nameKey(serverCertificateName), certificate)
  touch(world)
  return certificate
}

/** Looks like a certificate; nothing here checks one. */
function fakeCertificate(world: World): string {
  const lines = Array.from({ length: 12 }, () => randomString(world.random, BASE64, 64))
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----`
}

export interface SamlProviderOptions {
  metadataDocument?: string
  createDate?: Date
  validUntil?: Date
  tags?: Record<string, string>
}

export function addSamlProvider(
  world: World,
  account: Account,
  name: string,
  options: SamlProviderOptions = {},
): SamlProvider {
  const arn = iamArn(account, 'saml-provider', '/', name)
  if (account.samlProviders.has(arn)) throw new Error(`SAML provider \`${name}\` exists already`)
  const createDate = options.createDate ?? secondOf(world)
  const provider: SamlProvider = {
    arn,
    name,
    metadataDocument:
      options.metadataDocument ??
      `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com/${name}">${'<!-- example -->'.repeat(70)}</EntityDescriptor>`,
    createDate,
    validUntil: options.validUntil ?? new Date(createDate.getTime() + 3650 * 86_400_000),
    tags: tagsOf(options.tags),
  }
  account.samlProviders.set(arn, provider)
  touch(world)
  return provider
}

export interface OidcProviderOptions {
  clientIds?: string[]
  thumbprints?: string[]
  createDate?: Date
  tags?: Record<string, string>
}

/** `url` with or without `https://`. */
export function addOidcProvider(
  world: World,
  account: Account,
  url: string,
  options: OidcProviderOptions = {},
): OidcProvider {
  const host = url.replace(/^https:\/\//, '')
  const arn = iamArn(account, 'oidc-provider', '/', host)
  if (account.oidcProviders.has(arn)) throw new Error(`OIDC provider \`${host}\` exists already`)
  const provider: OidcProvider = {
    arn,
    url: host,
    clientIds: options.clientIds ?? ['sts.amazonaws.com'],
    thumbprints: options.thumbprints ?? [randomString(world.random, LOWER_HEX, 40)],
    createDate: options.createDate ?? secondOf(world),
    tags: tagsOf(options.tags),
  }
  account.oidcProviders.set(arn, provider)
  touch(world)
  return provider
}

export function addInstanceProfile(
  world: World,
  account: Account,
  instanceProfileName: string,
  options: { path?: string; createDate?: Date; role?: Role; tags?: Record<string, string> } = {},
): InstanceProfile {
  mustBeNew(account.instanceProfiles, instanceProfileName, 'instance profile')
  const path = options.path ?? '/'
  const profile: InstanceProfile = {
    instanceProfileName,
    instanceProfileId: newId(world, 'instanceProfile', account.accountId),
    arn: iamArn(account, 'instance-profile', path, instanceProfileName),
    path,
    createDate: options.createDate ?? secondOf(world),
    roles: options.role ? [options.role] : [],
    tags: tagsOf(options.tags),
  }
  account.instanceProfiles.set(nameKey(instanceProfileName), profile)
  touch(world)
  return profile
}

export function setPasswordPolicy(world: World, account: Account, options: Partial<PasswordPolicy> = {}): void {
  account.passwordPolicy = {
    minimumPasswordLength: 6,
    requireSymbols: false,
    requireNumbers: false,
    requireUppercaseCharacters: false,
    requireLowercaseCharacters: false,
    allowUsersToChangePassword: false,
    maxPasswordAge: null,
    passwordReusePrevention: null,
    hardExpiry: false,
    ...options,
  }
  touch(world)
}

export function regionOf(account: Account, regionName: string): Region {
  const region = account.regions.get(regionName)
  if (!region) throw new Error(`there is no region \`${regionName}\``)
  return region
}

export interface InstanceOptions {
  imageId?: string
  instanceType?: string
  state?: InstanceState
  launchTime?: Date
  publicIpAddress?: string | null
  keyName?: string | null
  instanceProfile?: InstanceProfile | null
  metadataOptions?: Partial<MetadataOptions>
  userData?: string | null
  tags?: Record<string, string>
}

export function addInstance(
  world: World,
  account: Account,
  regionName: string,
  options: InstanceOptions = {},
): Instance {
  const region = regionOf(account, regionName)
  const instance: Instance = {
    instanceId: newHexId(world, 'i'),
    imageId: options.imageId ?? newHexId(world, 'ami'),
    instanceType: options.instanceType ?? 't3.medium',
    state: options.state ?? 'running',
    launchTime: options.launchTime ?? secondOf(world),
    vpcId: newHexId(world, 'vpc'),
    subnetId: newHexId(world, 'subnet'),
    privateIpAddress: `10.0.${nextInteger(world.random, 256)}.${1 + nextInteger(world.random, 254)}`,
    publicIpAddress: options.publicIpAddress ?? null,
    keyName: options.keyName ?? null,
    instanceProfile: options.instanceProfile ?? null,
    associationId: options.instanceProfile ? newHexId(world, 'iip-assoc') : null,
    metadataOptions: {
      httpTokens: 'required',
      httpEndpoint: 'enabled',
      httpPutResponseHopLimit: 2,
      instanceMetadataTags: 'disabled',
      ...options.metadataOptions,
    },
    userData: options.userData ?? null,
    tags: tagsOf(options.tags),
  }
  region.instances.set(instance.instanceId, instance)
  touch(world)
  return instance
}

export function addTrail(
  world: World,
  account: Account,
  homeRegion: string,
  name: string,
  options: Partial<Omit<Trail, 'name' | 'arn' | 'homeRegion' | 'tags'>> & { tags?: Record<string, string> } = {},
): Trail {
  const { tags, ...rest } = options
  const trail: Trail = {
    name,
    arn: `arn:${account.partition}:cloudtrail:${homeRegion}:${account.accountId}:trail/${name}`,
    homeRegion,
    s3BucketName: `${account.accountId}-cloudtrail`,
    s3KeyPrefix: null,
    isMultiRegionTrail: false,
    isOrganizationTrail: false,
    includeGlobalServiceEvents: true,
    logFileValidationEnabled: false,
    kmsKeyId: null,
    cloudWatchLogsLogGroupArn: null,
    cloudWatchLogsRoleArn: null,
    snsTopicName: null,
    isLogging: true,
    startLoggingTime: secondOf(world),
    stopLoggingTime: null,
    latestDeliveryTime: null,
    latestDeliveryError: null,
    deliveredUpTo: 0,
    eventSelectors: [
      { readWriteType: 'All', includeManagementEvents: true, dataResources: [], excludeManagementEventSources: [] },
    ],
    advancedEventSelectors: [],
    ...rest,
    tags: tagsOf(tags),
  }
  regionOf(account, homeRegion).trails.set(name, trail)
  touch(world)
  return trail
}

export function addAnalyzer(
  world: World,
  account: Account,
  regionName: string,
  analyzerName: string,
  options: Partial<Pick<Analyzer, 'type' | 'status' | 'createdAt' | 'unusedAccessAge'>> & {
    tags?: Record<string, string>
  } = {},
): Analyzer {
  const { tags, ...rest } = options
  const analyzer: Analyzer = {
    analyzerName,
    arn: `arn:${account.partition}:access-analyzer:${regionName}:${account.accountId}:analyzer/${analyzerName}`,
    type: 'ACCOUNT',
    status: 'ACTIVE',
    createdAt: secondOf(world),
    unusedAccessAge: rest.type?.includes('UNUSED_ACCESS') ? 90 : null,
    ...rest,
    tags: tagsOf(tags),
  }
  regionOf(account, regionName).analyzers.set(analyzerName, analyzer)
  touch(world)
  return analyzer
}

export const FULL_AWS_ACCESS = 'p-FullAWSAccess'
export const RCP_FULL_AWS_ACCESS = 'p-RCPFullAWSAccess'

/** An organization around its management account, with all features and AWS's two policies that allow everything. */
export function addOrganization(
  world: World,
  management: Account,
  options: { createDate?: Date; name?: string; email?: string; featureSet?: Organization['featureSet'] } = {},
): Organization {
  if (world.organization) throw new Error('there is an organization already')
  const id = `o-${randomString(world.random, LOWER_ALPHANUMERIC, 10)}`
  const createDate = options.createDate ?? secondOf(world)
  const organization: Organization = {
    id,
    arn: `arn:${world.partition}:organizations::${management.accountId}:organization/${id}`,
    managementAccountId: management.accountId,
    featureSet: options.featureSet ?? 'ALL',
    rootId: `r-${randomString(world.random, LOWER_ALPHANUMERIC, 4)}`,
    createDate,
    units: new Map(),
    accounts: new Map(),
    policies: new Map(),
    attachments: new Map(),
    enabledPolicyTypes: new Set(),
    features: new Set(),
    trustedServices: new Map(),
    delegatedAdministrators: new Map(),
    tags: new Map(),
    createAccountRequests: new Map(),
  }
  world.organization = organization
  for (const [policyId, name, type, document] of FULL_ACCESS_POLICIES)
    organization.policies.set(policyId, {
      id: policyId,
      arn: `arn:${world.partition}:organizations::aws:policy/${policyTypePath(type)}/${policyId}`,
      name,
      description: 'Allows access to every operation',
      type,
      awsManaged: true,
      content: JSON.stringify(document),
    })
  joinOrganization(world, management, {
    name: options.name ?? 'management',
    email: options.email ?? 'aws@example.com',
    joinedMethod: 'INVITED',
    joinedTimestamp: createDate,
  })
  if (organization.featureSet === 'ALL') {
    enablePolicyType(world, 'SERVICE_CONTROL_POLICY')
    enablePolicyType(world, 'RESOURCE_CONTROL_POLICY')
  }
  return organization
}

const FULL_ACCESS_POLICIES: [string, string, OrganizationPolicyType, object][] = [
  [
    FULL_AWS_ACCESS,
    'FullAWSAccess',
    'SERVICE_CONTROL_POLICY',
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
  ],
  [
    RCP_FULL_AWS_ACCESS,
    'RCPFullAWSAccess',
    'RESOURCE_CONTROL_POLICY',
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] },
  ],
]

const FULL_ACCESS_BY_TYPE: Partial<Record<OrganizationPolicyType, string>> = {
  SERVICE_CONTROL_POLICY: FULL_AWS_ACCESS,
  RESOURCE_CONTROL_POLICY: RCP_FULL_AWS_ACCESS,
}

/** AWS attaches the policy that allows everything to the root, every unit and every account by itself. */
export function enablePolicyType(world: World, type: OrganizationPolicyType): void {
  const organization = organizationOf(world)
  organization.enabledPolicyTypes.add(type)
  const full = FULL_ACCESS_BY_TYPE[type]
  if (full)
    for (const target of [organization.rootId, ...organization.units.keys(), ...organization.accounts.keys()])
      attachOrganizationPolicy(world, full, target)
  touch(world)
}

export function organizationOf(world: World): Organization {
  if (!world.organization) throw new Error('there is no organization')
  return world.organization
}

export interface MembershipOptions {
  name: string
  email?: string
  /** Unit or root; default: the root. */
  parentId?: string
  joinedMethod?: OrganizationAccount['joinedMethod']
  joinedTimestamp?: Date
  status?: OrganizationAccount['status']
}

export function joinOrganization(world: World, account: Account, options: MembershipOptions): OrganizationAccount {
  const organization = organizationOf(world)
  const { accountId } = account
  const member: OrganizationAccount = {
    accountId,
    arn: `arn:${world.partition}:organizations::${organization.managementAccountId}:account/${organization.id}/${accountId}`,
    name: options.name,
    email: options.email ?? `aws+${options.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}@example.com`,
    parentId: options.parentId ?? organization.rootId,
    status: options.status ?? 'ACTIVE',
    joinedMethod: options.joinedMethod ?? 'CREATED',
    joinedTimestamp: options.joinedTimestamp ?? account.createDate,
  }
  organization.accounts.set(accountId, member)
  attachFullAccess(world, accountId)
  touch(world)
  return member
}

export function addOrganizationalUnit(world: World, name: string, parentId?: string): OrganizationalUnit {
  const organization = organizationOf(world)
  const id = `ou-${organization.rootId.slice(2)}-${randomString(world.random, LOWER_ALPHANUMERIC, 8)}`
  const unit: OrganizationalUnit = {
    id,
    arn: `arn:${world.partition}:organizations::${organization.managementAccountId}:ou/${organization.id}/${id}`,
    name,
    parentId: parentId ?? organization.rootId,
  }
  organization.units.set(id, unit)
  attachFullAccess(world, id)
  touch(world)
  return unit
}

function attachFullAccess(world: World, target: string): void {
  for (const type of organizationOf(world).enabledPolicyTypes) {
    const full = FULL_ACCESS_BY_TYPE[type]
    if (full) attachOrganizationPolicy(world, full, target)
  }
}

export function addOrganizationPolicy(
  world: World,
  name: string,
  content: object | string,
  options: { type?: OrganizationPolicyType; description?: string; targets?: Iterable<string> } = {},
): OrganizationPolicy {
  const organization = organizationOf(world)
  const type = options.type ?? 'SERVICE_CONTROL_POLICY'
  const id = `p-${randomString(world.random, LOWER_ALPHANUMERIC, 8)}`
  const policy: OrganizationPolicy = {
    id,
    arn: `arn:${world.partition}:organizations::${organization.managementAccountId}:policy/${organization.id}/${policyTypePath(type)}/${id}`,
    name,
    description: options.description ?? '',
    type,
    awsManaged: false,
    content: documentText(content),
  }
  organization.policies.set(id, policy)
  for (const target of options.targets ?? []) attachOrganizationPolicy(world, id, target)
  touch(world)
  return policy
}

function policyTypePath(type: OrganizationPolicyType): string {
  return type.toLowerCase()
}

export function attachOrganizationPolicy(world: World, policyId: string, targetId: string): void {
  const organization = organizationOf(world)
  const attached = organization.attachments.get(targetId) ?? new Set()
  organization.attachments.set(targetId, attached.add(policyId))
  touch(world)
}

// ---- small things

function identity(world: World, account: Account, type: string, name: string, options: IdentityOptions): Identity {
  const path = options.path ?? '/'
  return {
    path,
    arn: iamArn(account, type, path, name),
    createDate: options.createDate ?? secondOf(world),
    attachedPolicies: new Set([...(options.attachedPolicies ?? [])].map((policy) => arnOf(policy)!)),
    inlinePolicies: new Map(
      Object.entries(options.inlinePolicies ?? {}).map(([policyName, document]) => [
        policyName,
        documentText(document),
      ]),
    ),
  }
}

function mustBeNew(map: Map<string, unknown>, name: string, what: string): void {
  if (map.has(nameKey(name))) throw new Error(`${what} \`${name}\` exists already`)
}

function arnOf(policy: string | ManagedPolicy | null | undefined): string | null {
  return typeof policy === 'object' ? (policy?.arn ?? null) : (policy ?? null)
}

export function tagsOf(tags: Record<string, string> = {}): Tags {
  return new Map(Object.entries(tags))
}

/** A policy document as the text that is kept. */
export function documentText(document: object | string): string {
  return typeof document === 'string' ? document : JSON.stringify(document)
}
