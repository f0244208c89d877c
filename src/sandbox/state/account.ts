/** Makes worlds, accounts, users, groups, roles and policies. */

import { newRandom, randomString, secondOf, touch } from './chance.ts'
import { BASE32, ID_PREFIXES, iamArn, nameKey, newAccountId, newId } from './ids.ts'
import { arnOf, documentText, mustBeNew, tagsOf } from './values.ts'
import type {
  Account,
  Group,
  Identity,
  ManagedPolicy,
  Partition,
  Password,
  PolicyVersion,
  Region,
  Role,
  User,
  World,
} from './world.ts'

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
