/** Identifiers, secrets and ARNs in the form that AWS gives them: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */

import { nextInteger, type Random, randomString } from './chance.ts'
import type { Account, World } from './world.ts'

export const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
export const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
export const LOWER_HEX = '0123456789abcdef'
export const LOWER_ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyz0123456789'

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
