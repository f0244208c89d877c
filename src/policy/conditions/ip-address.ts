/**
 * Addresses and CIDR ranges, IPv4 (RFC 4632) and IPv6 (RFC 4291). Without a prefix length a range is one address.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress
 */
import { MAYBE, NO, type Tri, triOf } from '../tri.ts'
import type { Operator, Test } from './operator.ts'

function within(whenNoAddress: Tri) {
  return ({ text }: { text: string }): Test => {
    const range = rangeOf(text)
    if (!range) return () => MAYBE
    return (value) => {
      const address = addressOf(value)
      return address ? triOf(contains(range, address)) : whenNoAddress
    }
  }
}

/** Bytes: 4 or 16. */
type Address = readonly number[]

export interface Range {
  address: Address
  bits: number
}

function contains({ address, bits }: Range, other: Address): boolean {
  if (address.length !== other.length) return false
  for (let i = 0, left = bits; left > 0; i++, left -= 8) {
    const mask = left >= 8 ? 0xff : (0xff << (8 - left)) & 0xff
    if ((address[i]! & mask) !== (other[i]! & mask)) return false
  }
  return true
}

/** How two ranges lie: the second in the first, the first in the second only, or apart. */
export function overlapOf(range: Range, other: Range): 'around' | 'inside' | null {
  if (range.bits <= other.bits) return contains(range, other.address) ? 'around' : null
  return contains(other, range.address) ? 'inside' : null
}

export function rangeOf(text: string): Range | null {
  const slash = text.indexOf('/')
  const address = addressOf(slash === -1 ? text : text.slice(0, slash))
  if (!address) return null
  if (slash === -1) return { address, bits: address.length * 8 }
  const length = text.slice(slash + 1)
  const bits = Number(length)
  return /^\d{1,3}$/.test(length) && bits <= address.length * 8 ? { address, bits } : null
}

export function addressOf(text: string): Address | null {
  return text.includes(':') ? ipv6Of(text) : ipv4Of(text)
}

function ipv4Of(text: string): Address | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  const bytes = match?.slice(1).map(Number)
  return bytes?.every((byte) => byte <= 255) ? bytes : null
}

function ipv6Of(text: string): Address | null {
  const halves = text.split('::')
  if (halves.length > 2 || text.length > 45) return null
  const [head, tail] = halves.map(bytesOfGroups)
  if (!head || tail === null) return null
  if (tail === undefined) return head.length === 16 ? head : null
  const missing = 16 - head.length - tail.length
  return missing >= 2 ? [...head, ...new Array<number>(missing).fill(0), ...tail] : null
}

/** `2001:db8`, whose last group may be an IPv4 address. */
function bytesOfGroups(text: string): number[] | null {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
    } else {
      const v4 = i === groups.length - 1 ? ipv4Of(group) : null
      if (!v4) return null
      bytes.push(...v4)
    }
  }
  return bytes
}

const IP = { wildcards: false, variables: false } as const

export const ipAddressOperators: Operator[] = [
  { ...IP, name: 'IpAddress', negated: false, compile: within(NO) },
  // AWS doesn't say whether what is no address is outside of a range
  { ...IP, name: 'NotIpAddress', negated: true, compile: within(MAYBE) },
]
