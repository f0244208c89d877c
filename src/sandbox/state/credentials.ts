/** Makes what one signs in with: keys, devices, certificates, providers, instance profiles, and the password policy. */

import { randomString, secondOf, touch } from './chance.ts'
import { BASE32, BASE64, iamArn, LOWER_HEX, nameKey, newId, newSecret } from './ids.ts'
import { mustBeNew, tagsOf } from './values.ts'
import type {
  AccessKey,
  Account,
  InstanceProfile,
  KeyHolder,
  KeyStatus,
  KeyUse,
  MfaDevice,
  MfaKind,
  OidcProvider,
  PasswordPolicy,
  Role,
  SamlProvider,
  ServerCertificate,
  ServiceSpecificCredential,
  SigningCertificate,
  SshPublicKey,
  User,
  World,
} from './world.ts'

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
