import type * as iam from '@aws-sdk/client-iam'
import { AwsError } from '../../aws-error.ts'
import type { Call, Handlers } from '../../call.ts'
import { addMfaDevice, iamArn, type MfaDevice, rootArn, type User } from '../../state.ts'
import { consecutiveCodes } from '../../totp.ts'
import {
  alreadyExists,
  deleteConflict,
  findUser,
  limitExceeded,
  noSuchEntity,
  page,
  pageOfList,
  userOrCaller,
} from './find.ts'
import { fullUserShape } from './shapes.ts'
import { tagCalls, tagList, tagsFrom } from './tags.ts'

const DEVICES_PER_USER = 8

export const mfa: Handlers<typeof iam> = {
  CreateVirtualMFADevice(call, input) {
    const name = input.VirtualMFADeviceName!
    const serialNumber = iamArn(call.account, 'mfa', input.Path ?? '/', name)
    if (call.account.mfaDevices.has(serialNumber))
      throw alreadyExists('MFADevice entity at the same path and name already exists.')
    const tags = tagsFrom(input.Tags)
    const device = addMfaDevice(call.world, call.account, null, { name, serialNumber })
    device.tags = tags
    const uri = `otpauth://totp/Amazon%20Web%20Services:${encodeURIComponent(name)}@${call.account.accountId}?secret=${device.seed}&issuer=Amazon%20Web%20Services`
    return {
      VirtualMFADevice: {
        SerialNumber: serialNumber,
        Base32StringSeed: Buffer.from(device.seed!),
        // AWS draws it as a picture; what the picture says is enough here
        QRCodePNG: Buffer.from(uri),
      },
    }
  },

  EnableMFADevice(call, input) {
    const user = findUser(call, input.UserName)
    const device = call.account.mfaDevices.get(input.SerialNumber!)
    if (device?.owner) throw alreadyExists(`MFA Device is already in use.`)
    if (user.mfaDevices.length >= DEVICES_PER_USER)
      throw limitExceeded(`Cannot exceed quota for MFADevicesPerUser: ${DEVICES_PER_USER}`)
    if (input.SerialNumber!.startsWith('arn:')) {
      if (!device) throw noSuchEntity(`VirtualMFADevice with serial number ${input.SerialNumber} does not exist.`)
      checkCodes(device, input.AuthenticationCode1!, input.AuthenticationCode2!)
      device.owner = user
      device.enableDate = call.now
      user.mfaDevices.push(device)
    } else {
      addMfaDevice(call.world, call.account, user, { kind: 'hardware', serialNumber: input.SerialNumber! })
    }
  },

  ResyncMFADevice(call, input) {
    const device = deviceOf(call, findUser(call, input.UserName), input.SerialNumber)
    checkCodes(device, input.AuthenticationCode1!, input.AuthenticationCode2!)
  },

  DeactivateMFADevice(call, input) {
    const user = userOrCaller(call, input.UserName)
    const device = deviceOf(call, user, input.SerialNumber)
    const owner = user ?? call.account.root
    owner.mfaDevices = owner.mfaDevices.filter((other) => other !== device)
    device.owner = null
    device.enableDate = null
    // only a virtual device goes on existing
    if (device.kind !== 'virtual') call.account.mfaDevices.delete(device.serialNumber)
  },

  DeleteVirtualMFADevice(call, input) {
    const device = findDevice(call, input.SerialNumber)
    if (device.owner) throw deleteConflict('MFA VirtualDevice in use. Must deactivate first.')
    call.account.mfaDevices.delete(device.serialNumber)
  },

  GetMFADevice(call, input) {
    const device =
      input.UserName === undefined
        ? findDevice(call, input.SerialNumber)
        : deviceOf(call, findUser(call, input.UserName), input.SerialNumber)
    return {
      ...(device.owner && device.owner !== 'root' && { UserName: device.owner.userName }),
      SerialNumber: device.serialNumber,
      EnableDate: device.enableDate ?? undefined,
    }
  },

  ListMFADevices(call, input) {
    const user = userOrCaller(call, input.UserName)
    const [found, more] = pageOfList((user ?? call.account.root).mfaDevices, input)
    const MFADevices = found.map(({ serialNumber, enableDate }) => ({
      UserName: user?.userName ?? 'root',
      SerialNumber: serialNumber,
      EnableDate: enableDate ?? undefined,
    }))
    return { MFADevices, ...more }
  },

  ListVirtualMFADevices(call, input) {
    const { AssignmentStatus = 'Any' } = input
    const wanted = ({ kind, owner }: MfaDevice) =>
      kind === 'virtual' && (AssignmentStatus === 'Any' || (AssignmentStatus === 'Assigned') === (owner !== null))
    const [found, more] = page(call, call.account.mfaDevices, input, wanted)
    return { VirtualMFADevices: found.map((device) => virtualShape(call, device)), ...more }
  },

  ...tagCalls('MFADevice', 'SerialNumber', findDevice),
}

function checkCodes({ seed }: MfaDevice, first: string, second: string): void {
  if (seed !== null && !consecutiveCodes(seed, first, second, Date.now()))
    throw new AwsError('InvalidAuthenticationCode', 'Authentication code for device is not valid.', 403)
}

function findDevice(call: Call, serialNumber: string | undefined): MfaDevice {
  const device = call.account.mfaDevices.get(serialNumber ?? '')
  if (!device) throw noSuchEntity(`VirtualMFADevice with serial number ${serialNumber} does not exist.`)
  return device
}

function deviceOf(call: Call, user: User | null, serialNumber: string | undefined): MfaDevice {
  const device = (user ?? call.account.root).mfaDevices.find((candidate) => candidate.serialNumber === serialNumber)
  if (!device) throw noSuchEntity(`MFADevice with serial number ${serialNumber} does not exist.`)
  return device
}

function virtualShape(call: Call, { serialNumber, enableDate, owner, tags }: MfaDevice) {
  return {
    SerialNumber: serialNumber,
    EnableDate: enableDate ?? undefined,
    User: owner === null ? undefined : owner === 'root' ? rootShape(call) : fullUserShape(owner),
    ...(tags.size > 0 && { Tags: tagList(tags) }),
  }
}

/** Root as a "user": its ARN is what tells. */
function rootShape({ account }: Call) {
  return {
    Path: '/',
    UserName: '',
    UserId: account.accountId,
    Arn: rootArn(account),
    CreateDate: account.createDate,
    ...(account.root.password?.lastUsed && { PasswordLastUsed: account.root.password.lastUsed }),
  }
}
