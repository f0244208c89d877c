/** Credentials besides passwords, as the IAM lists answer them. */
import type {
  AccessKey,
  MfaDevice,
  ServerCertificate,
  ServiceSpecificCredential,
  SshPublicKey,
} from '../../model/snapshot.ts'
import { type Answer, answer, isoDate, type Oddities, text } from '../answer.ts'

/** An access key as `iam:ListAccessKeys` tells it. */
export interface ListedKey {
  accessKeyId: string
  /** null: the root user. */
  userName: string | null
  status: AccessKey['status']
  createDate: string | null
}

/** `AccessKeyMetadata` of `iam:ListAccessKeys`. */
export function listedKeys(page: Answer, odd: Oddities): ListedKey[] {
  return entries(page.AccessKeyMetadata, 'AccessKeyMetadata', odd, (key) => {
    const accessKeyId = text(key.AccessKeyId)
    const status = credentialStatus(key.Status)
    if (!accessKeyId || !status) return null
    return { accessKeyId, userName: text(key.UserName), status, createDate: isoDate(key.CreateDate) }
  })
}

/** `MFADevices` of `iam:ListMFADevices`. */
export function mfaDevices(page: Answer, odd: Oddities): MfaDevice[] {
  return entries(page.MFADevices, 'MFADevices', odd, (device) => {
    const serialNumber = text(device.SerialNumber)
    if (!serialNumber) return null
    return {
      serialNumber,
      userName: text(device.UserName),
      kind: mfaKind(serialNumber),
      enableDate: isoDate(device.EnableDate),
    }
  })
}

/** `VirtualMFADevices` of `iam:ListVirtualMFADevices`; devices that belong to nobody are left out. */
export function virtualMfaDevices(page: Answer, odd: Oddities): MfaDevice[] {
  return entries(page.VirtualMFADevices, 'VirtualMFADevices', odd, (device) => {
    const serialNumber = text(device.SerialNumber)
    if (!serialNumber) return null
    const owner = answer(device.User)
    const ofRoot = text(owner.Arn)?.endsWith(':root') || serialNumber.endsWith(':mfa/root-account-mfa-device')
    const userName = ofRoot ? null : (text(owner.UserName) ?? nameInArn(text(owner.Arn)))
    if (!ofRoot && userName === null) return undefined
    return { serialNumber, userName, kind: 'virtual', enableDate: isoDate(device.EnableDate) }
  })
}

/**
 * Only the serial number tells what an MFA device is: virtual ones have ARNs with `mfa/`, FIDO2 keys and passkeys with
 * `u2f/` (or `fido`, `passkey`), text messages with `sms-mfa/`; hardware tokens have the number on their back.
 */
export function mfaKind(serialNumber: string): MfaDevice['kind'] {
  const [, resource] = /^arn:[^:]*:iam::\d*:([^/]+)\//.exec(serialNumber) ?? []
  if (resource === 'mfa') return 'virtual'
  if (resource === 'sms-mfa') return 'sms'
  if (resource && /^(u2f|fido|passkey)/i.test(resource)) return 'passkey'
  return 'hardware'
}

/** `ServiceSpecificCredentials` of `iam:ListServiceSpecificCredentials`. */
export function serviceSpecificCredentials(page: Answer, odd: Oddities): ServiceSpecificCredential[] {
  return entries(page.ServiceSpecificCredentials, 'ServiceSpecificCredentials', odd, (credential) => {
    const serviceSpecificCredentialId = text(credential.ServiceSpecificCredentialId)
    const userName = text(credential.UserName)
    const status = credentialStatus(credential.Status)
    if (!serviceSpecificCredentialId || !userName || !status) return null
    return {
      serviceSpecificCredentialId,
      userName,
      serviceName: text(credential.ServiceName) ?? '',
      status,
      createDate: isoDate(credential.CreateDate),
      expirationDate: isoDate(credential.ExpirationDate),
    }
  })
}

/** `SSHPublicKeys` of `iam:ListSSHPublicKeys`. */
export function sshPublicKeys(page: Answer, odd: Oddities): SshPublicKey[] {
  return entries(page.SSHPublicKeys, 'SSHPublicKeys', odd, (key) => {
    const sshPublicKeyId = text(key.SSHPublicKeyId)
    const userName = text(key.UserName)
    const status = credentialStatus(key.Status)
    if (!sshPublicKeyId || !userName || !status) return null
    return { sshPublicKeyId, userName, status, uploadDate: isoDate(key.UploadDate) }
  })
}

/** `ServerCertificateMetadataList` of `iam:ListServerCertificates`. */
export function serverCertificates(page: Answer, odd: Oddities): ServerCertificate[] {
  return entries(page.ServerCertificateMetadataList, 'ServerCertificateMetadataList', odd, (certificate) => {
    const arn = text(certificate.Arn)
    if (!arn) return null
    return {
      arn,
      serverCertificateName: text(certificate.ServerCertificateName) ?? nameInArn(arn) ?? '',
      serverCertificateId: text(certificate.ServerCertificateId) ?? '',
      uploadDate: isoDate(certificate.UploadDate),
      expiration: isoDate(certificate.Expiration),
    }
  })
}

/** Converts each entry of a list; `null` is noted as odd, `undefined` left out in silence. */
export function entries<T>(
  value: unknown,
  list: string,
  odd: Oddities,
  convert: (entry: Answer) => T | null | undefined,
): T[] {
  const converted: T[] = []
  odd.at('', -1)
  odd.list(value, list).forEach((entry, index) => {
    odd.at(list, index)
    const one = convert(answer(entry))
    if (one === null) odd.note()
    else if (one !== undefined) converted.push(one)
  })
  odd.at('', -1)
  return converted
}

function credentialStatus(value: unknown): AccessKey['status'] | null {
  return value === 'Active' || value === 'Inactive' || value === 'Expired' ? value : null
}

function nameInArn(arn: string | null): string | null {
  return arn?.includes('/') ? arn.slice(arn.lastIndexOf('/') + 1) : null
}
