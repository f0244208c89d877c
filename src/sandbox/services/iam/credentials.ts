/** Access keys, passwords, service-specific credentials, SSH keys and signing certificates. */
import { createHash } from 'node:crypto'
import type * as iam from '@aws-sdk/client-iam'
import { AwsError } from '../../aws-error.ts'
import type { Call, Handlers } from '../../call.ts'
import { derived } from '../../derived.ts'
import {
  type AccessKey,
  API_KEY_SERVICES,
  addAccessKey,
  addServiceSpecificCredential,
  addSigningCertificate,
  addSshPublicKey,
  type KeyStatus,
  nameKey,
  newPassword,
  newSecret,
  type Password,
  type PasswordPolicy,
  removeAccessKey,
  type ServiceSpecificCredential,
  type SigningCertificate,
  type SshPublicKey,
  type User,
} from '../../state.ts'
import {
  alreadyExists,
  findUser,
  invalidInput,
  keysOf,
  limitExceeded,
  mustBeUser,
  noSuchEntity,
  pageOfEntries,
  pageOfList,
  passwordOwner,
  userOrCaller,
} from './find.ts'

const KEYS_PER_USER = 2
const SSH_KEYS_PER_USER = 5
const CERTIFICATES_PER_USER = 2
const CREDENTIALS_PER_SERVICE = 2

const CREDENTIAL_SERVICES = ['codecommit.amazonaws.com', 'cassandra.amazonaws.com', ...API_KEY_SERVICES]

export const credentials: Handlers<typeof iam> = {
  CreateAccessKey(call, input) {
    const user = userOrCaller(call, input.UserName)
    if (keysOf(call, user).length >= KEYS_PER_USER)
      throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${KEYS_PER_USER}`)
    const key = addAccessKey(call.world, call.account, user)
    return { AccessKey: { ...keyShape(key, user), SecretAccessKey: key.secretAccessKey } }
  },

  ListAccessKeys(call, input) {
    const user = userOrCaller(call, input.UserName)
    const [found, more] = pageOfList(keysOf(call, user), input)
    return { AccessKeyMetadata: found.map((key) => keyShape(key, user)), ...more }
  },

  UpdateAccessKey(call, input) {
    findKey(call, input.UserName, input.AccessKeyId).key.status = statusOf(input.Status)
  },

  DeleteAccessKey(call, input) {
    const { key, user } = findKey(call, input.UserName, input.AccessKeyId)
    removeAccessKey(call.world, { account: call.account, user, key })
  },

  GetAccessKeyLastUsed(call, input) {
    const holder = call.world.accessKeys.get(input.AccessKeyId!)
    // keys of other accounts and keys that are no more are refused alike
    if (holder?.account !== call.account)
      throw new AwsError('AccessDenied', `Not authorized to get the last use of access key ${input.AccessKeyId}`, 403)
    const { lastUsed } = holder.key
    return {
      ...(holder.user && { UserName: holder.user.userName }),
      AccessKeyLastUsed: {
        LastUsedDate: lastUsed?.date,
        ServiceName: lastUsed?.service ?? 'N/A',
        Region: lastUsed?.region ?? 'N/A',
      },
    }
  },

  // ---- passwords

  CreateLoginProfile(call, input) {
    const { owner, named } = passwordOwner(call, input.UserName)
    if (owner.password) throw alreadyExists(`Login Profile for user ${named} already exists.`)
    // root gets none yet: its owner sets one by password recovery
    if (owner !== call.account.root) checkPassword(call.account.passwordPolicy, input.Password ?? '')
    owner.password = newPassword(call.now, { resetRequired: input.PasswordResetRequired ?? false })
    return { LoginProfile: loginProfile(owner, named) }
  },

  GetLoginProfile(call, input) {
    const { owner, named } = passwordOwner(call, input.UserName)
    return { LoginProfile: loginProfile(owner, named) }
  },

  UpdateLoginProfile(call, input) {
    const user = findUser(call, input.UserName)
    loginProfile(user, user.userName)
    const password = user.password!
    if (input.Password !== undefined) {
      checkPassword(call.account.passwordPolicy, input.Password)
      password.lastChanged = call.now
    }
    if (input.PasswordResetRequired !== undefined) password.resetRequired = input.PasswordResetRequired
  },

  DeleteLoginProfile(call, input) {
    const { owner, named } = passwordOwner(call, input.UserName)
    loginProfile(owner, named)
    owner.password = null
  },

  // ---- service-specific credentials

  CreateServiceSpecificCredential(call, input) {
    const user = findUser(call, input.UserName)
    const service = input.ServiceName!
    if (!CREDENTIAL_SERVICES.includes(service))
      throw new AwsError(
        'NotSupportedService',
        `No such service ${service} is supported for Service Specific Credentials`,
        404,
      )
    if (user.serviceSpecificCredentials.filter((c) => c.serviceName === service).length >= CREDENTIALS_PER_SERVICE)
      throw limitExceeded(`Cannot exceed quota for ServiceSpecificCredentialsPerUser: ${CREDENTIALS_PER_SERVICE}`)
    const age = input.CredentialAgeDays
    if (age !== undefined && !API_KEY_SERVICES.includes(service))
      throw invalidInput(`CredentialAgeDays is not supported for ${service}`)
    const expirationDate = age === undefined ? null : new Date(call.now.getTime() + age * 86_400_000)
    const credential = addServiceSpecificCredential(call.world, call.account, user, service, { expirationDate })
    return { ServiceSpecificCredential: newCredentialShape(credential, user) }
  },

  ListServiceSpecificCredentials(call, input) {
    const { ServiceName } = input
    const wanted = ([, { credential }]: readonly [string, OwnedCredential]) =>
      ServiceName === undefined || credential.serviceName === ServiceName
    const entries = input.AllUsers ? allCredentials(call) : credentialEntries([mustBeUser(call, input.UserName)])
    if (input.AllUsers && input.UserName !== undefined)
      throw invalidInput('UserName and AllUsers cannot be given together')
    const [found, more] = pageOfEntries(entries.filter(wanted), input)
    return {
      ServiceSpecificCredentials: found.map(({ credential, user }) => credentialShape(credential, user)),
      ...more,
    }
  },

  UpdateServiceSpecificCredential(call, input) {
    findCredential(call, input.UserName, input.ServiceSpecificCredentialId).status = statusOf(input.Status)
  },

  ResetServiceSpecificCredential(call, input) {
    const user = mustBeUser(call, input.UserName)
    const credential = findCredential(call, input.UserName, input.ServiceSpecificCredentialId)
    credential.secret = newSecret(call.world)
    return { ServiceSpecificCredential: newCredentialShape(credential, user) }
  },

  DeleteServiceSpecificCredential(call, input) {
    const user = mustBeUser(call, input.UserName)
    const gone = findCredential(call, input.UserName, input.ServiceSpecificCredentialId)
    user.serviceSpecificCredentials = user.serviceSpecificCredentials.filter((credential) => credential !== gone)
  },

  // ---- SSH keys

  UploadSSHPublicKey(call, input) {
    const user = findUser(call, input.UserName)
    const body = input.SSHPublicKeyBody!.trim()
    if (!/^(ssh-rsa |-----BEGIN )/.test(body))
      throw new AwsError('InvalidPublicKey', 'The public key is malformed or otherwise invalid.')
    if (user.sshPublicKeys.length >= SSH_KEYS_PER_USER)
      throw limitExceeded(`Cannot exceed quota for SSHPublicKeysPerUser: ${SSH_KEYS_PER_USER}`)
    if (user.sshPublicKeys.some((key) => key.body === body))
      throw new AwsError('DuplicateSSHPublicKey', 'The SSH public key is already associated with the user.')
    const digest = createHash('md5').update(body).digest('hex')
    const key = addSshPublicKey(call.world, call.account, user, {
      body,
      fingerprint: digest.match(/../g)!.join(':'),
    })
    return { SSHPublicKey: sshKeyShape(key, user) }
  },

  GetSSHPublicKey(call, input) {
    const user = findUser(call, input.UserName)
    return { SSHPublicKey: sshKeyShape(findSshKey(user, input.SSHPublicKeyId), user) }
  },

  ListSSHPublicKeys(call, input) {
    const user = mustBeUser(call, input.UserName)
    const [found, more] = pageOfList(user.sshPublicKeys, input)
    const SSHPublicKeys = found.map(({ sshPublicKeyId, status, uploadDate }) => ({
      UserName: user.userName,
      SSHPublicKeyId: sshPublicKeyId,
      Status: status,
      UploadDate: uploadDate,
    }))
    return { SSHPublicKeys, ...more }
  },

  UpdateSSHPublicKey(call, input) {
    findSshKey(findUser(call, input.UserName), input.SSHPublicKeyId).status = statusOf(input.Status)
  },

  DeleteSSHPublicKey(call, input) {
    const user = findUser(call, input.UserName)
    const gone = findSshKey(user, input.SSHPublicKeyId)
    user.sshPublicKeys = user.sshPublicKeys.filter((key) => key !== gone)
  },

  // ---- signing certificates

  UploadSigningCertificate(call, input) {
    const user = userOrCaller(call, input.UserName)
    const body = input.CertificateBody!.trim()
    if (!/^-----BEGIN CERTIFICATE-----\s[\s\S]+-----END CERTIFICATE-----$/.test(body))
      throw new AwsError('MalformedCertificate', 'Unable to parse certificate.')
    const certificates = certificatesOf(call, user)
    if (certificates.length >= CERTIFICATES_PER_USER)
      throw limitExceeded(`Cannot exceed quota for SigningCertificatesPerUser: ${CERTIFICATES_PER_USER}`)
    if (certificates.some((certificate) => certificate.body === body))
      throw new AwsError('DuplicateCertificate', 'The certificate is already associated with the user.', 409)
    return { Certificate: certificateShape(addSigningCertificate(call.world, call.account, user, { body }), user) }
  },

  ListSigningCertificates(call, input) {
    const user = userOrCaller(call, input.UserName)
    const [found, more] = pageOfList(certificatesOf(call, user), input)
    return { Certificates: found.map((certificate) => certificateShape(certificate, user)), ...more }
  },

  UpdateSigningCertificate(call, input) {
    findCertificate(call, input.UserName, input.CertificateId).certificate.status = statusOf(input.Status)
  },

  DeleteSigningCertificate(call, input) {
    const { user, certificate: gone } = findCertificate(call, input.UserName, input.CertificateId)
    const owner = user ?? call.account.root
    owner.signingCertificates = owner.signingCertificates.filter((certificate) => certificate !== gone)
  },
}

/** Throws `PasswordPolicyViolation` for a password that the account's policy does not allow. */
export function checkPassword(policy: PasswordPolicy | null, password: string): void {
  const demands: [boolean, string][] = [
    [password.length >= (policy?.minimumPasswordLength ?? 8), 'be long enough'],
    [!policy?.requireUppercaseCharacters || /[A-Z]/.test(password), 'have at least one uppercase letter'],
    [!policy?.requireLowercaseCharacters || /[a-z]/.test(password), 'have at least one lowercase letter'],
    [!policy?.requireNumbers || /\d/.test(password), 'have at least one number'],
    [!policy?.requireSymbols || /[^\w\s]/.test(password), 'have at least one symbol'],
  ]
  const broken = demands.find(([holds]) => !holds)
  if (broken)
    throw new AwsError(
      'PasswordPolicyViolation',
      `Password does not conform to the account password policy: it should ${broken[1]}`,
    )
}

function statusOf(status: string | undefined): KeyStatus {
  return status === 'Active' ? 'Active' : 'Inactive'
}

function keyShape(key: AccessKey, user: User | null) {
  return {
    ...(user && { UserName: user.userName }),
    UserName: user?.userName,
    AccessKeyId: key.accessKeyId,
    Status: key.status,
    CreateDate: key.createDate,
  }
}

function findKey(
  call: Call,
  userName: string | undefined,
  id: string | undefined,
): { key: AccessKey; user: User | null } {
  const user = userOrCaller(call, userName)
  const key = keysOf(call, user).find(({ accessKeyId }) => accessKeyId === id)
  if (!key) throw noSuchEntity(`The Access Key with id ${id} cannot be found.`)
  return { key, user }
}

function loginProfile({ password }: { password: Password | null }, named: string) {
  if (!password) throw noSuchEntity(`Login Profile for User ${named} cannot be found.`)
  return {
    UserName: named,
    CreateDate: password.createDate,
    PasswordResetRequired: password.resetRequired,
  }
}

interface OwnedCredential {
  credential: ServiceSpecificCredential
  user: User
}

function credentialEntries(users: Iterable<User>): [string, OwnedCredential][] {
  const entries = [...users].flatMap((user) =>
    user.serviceSpecificCredentials.map((credential): [string, OwnedCredential] => [
      `${nameKey(user.userName)} ${credential.serviceSpecificCredentialId}`,
      { credential, user },
    ]),
  )
  return entries.sort(([a], [b]) => (a < b ? -1 : 1))
}

function allCredentials({ world, account }: Call): [string, OwnedCredential][] {
  return derived(world, account, 'service-specific credentials', () => credentialEntries(account.users.values()))
}

function credentialShape(credential: ServiceSpecificCredential, user: User) {
  return {
    UserName: user.userName,
    Status: credential.status,
    ServiceUserName: credential.serviceUserName ?? undefined,
    ServiceCredentialAlias: credential.serviceCredentialAlias ?? undefined,
    CreateDate: credential.createDate,
    ExpirationDate: credential.expirationDate ?? undefined,
    ServiceSpecificCredentialId: credential.serviceSpecificCredentialId,
    ServiceName: credential.serviceName,
  }
}

/** Only now is the secret told. */
function newCredentialShape(credential: ServiceSpecificCredential, user: User) {
  return {
    ...credentialShape(credential, user),
    ...(credential.serviceUserName === null
      ? { ServiceCredentialSecret: credential.secret }
      : { ServicePassword: credential.secret }),
  }
}

function findCredential(call: Call, userName: string | undefined, id: string | undefined): ServiceSpecificCredential {
  const user = mustBeUser(call, userName)
  const credential = user.serviceSpecificCredentials.find((c) => c.serviceSpecificCredentialId === id)
  if (!credential) throw noSuchEntity(`No such credential ${id} exists`)
  return credential
}

function sshKeyShape(key: SshPublicKey, user: User) {
  return {
    UserName: user.userName,
    SSHPublicKeyId: key.sshPublicKeyId,
    Fingerprint: key.fingerprint,
    SSHPublicKeyBody: key.body,
    Status: key.status,
    UploadDate: key.uploadDate,
  }
}

function findSshKey(user: User, id: string | undefined): SshPublicKey {
  const key = user.sshPublicKeys.find(({ sshPublicKeyId }) => sshPublicKeyId === id)
  if (!key) throw noSuchEntity(`The Public Key with id ${id} cannot be found.`)
  return key
}

function certificatesOf({ account }: Call, user: User | null): SigningCertificate[] {
  return (user ?? account.root).signingCertificates
}

function findCertificate(call: Call, userName: string | undefined, id: string | undefined) {
  const user = userOrCaller(call, userName)
  const certificate = certificatesOf(call, user).find(({ certificateId }) => certificateId === id)
  if (!certificate) throw noSuchEntity(`The Certificate with id ${id} cannot be found.`)
  return { user, certificate }
}

function certificateShape({ certificateId, body, status, uploadDate }: SigningCertificate, user: User | null) {
  return {
    UserName: user?.userName,
    CertificateId: certificateId,
    CertificateBody: body,
    Status: status,
    UploadDate: uploadDate,
  }
}
