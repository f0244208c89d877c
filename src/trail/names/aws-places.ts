/** Which service and region of AWS an address belongs to, by the list that AWS publishes. */
import { isIPv4, isIPv6 } from 'node:net'
import type { AwsPlace } from '../../model/trail.ts'

export interface AwsPrefix extends AwsPlace {
  family: 'ipv4' | 'ipv6'
  address: string
  length: number
}

/** In AWS's list every range stands for itself as well, under this name. */
const ANY_SERVICE = 'AMAZON'

const WIDTH = { ipv4: 32, ipv6: 128 }

export class AwsPlaces {
  private readonly places = new Map<string, AwsPlace[]>()
  /** The longest first. */
  private readonly lengths: Record<AwsPrefix['family'], number[]>

  constructor(prefixes: readonly AwsPrefix[]) {
    const lengths = { ipv4: new Set<number>(), ipv6: new Set<number>() }
    for (const { family, address, length, service, region } of prefixes) {
      const key = keyOf(family, bitsOf(address), length)
      const there = this.places.get(key)
      if (!there) this.places.set(key, [{ service, region }])
      else if (!there.some((place) => place.service === service && place.region === region))
        there.push({ service, region })
      lengths[family].add(length)
    }
    const longestFirst = (set: Set<number>) => [...set].sort((a, b) => b - a)
    this.lengths = { ipv4: longestFirst(lengths.ipv4), ipv6: longestFirst(lengths.ipv6) }
  }

  /** Of the narrowest range that names a service, or else of the narrowest; empty: the address is in none. */
  of(address: string): AwsPlace[] {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
    const family = isIPv4(plain) ? 'ipv4' : isIPv6(plain) ? 'ipv6' : null
    if (family === null) return []
    const bits = bitsOf(plain)
    let unnamed: AwsPlace[] = []
    for (const length of this.lengths[family]) {
      const places = this.places.get(keyOf(family, bits, length)) ?? []
      const named = places.filter(({ service }) => service !== ANY_SERVICE)
      if (named.length > 0) return named
      if (unnamed.length === 0) unnamed = places
    }
    return unnamed
  }
}

function keyOf(family: AwsPrefix['family'], bits: bigint, length: number): string {
  return `${family} ${length} ${bits >> BigInt(WIDTH[family] - length)}`
}

/** @param address a valid one */
function bitsOf(address: string): bigint {
  if (isIPv4(address)) return joined(address.split('.').map(Number), 8n)
  const [before = '', after] = address.replace(/%.*$/, '').split('::')
  const head = groupsOf(before)
  const tail = groupsOf(after ?? '')
  return joined([...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail], 16n)
}

/** The groups of a part of an IPv6 address; the last may be written as an IPv4 address. */
function groupsOf(part: string): number[] {
  return part
    .split(':')
    .filter((group) => group !== '')
    .flatMap((group) => {
      if (!group.includes('.')) return [Number.parseInt(group, 16)]
      const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
      return [a * 256 + b, c * 256 + d]
    })
}

function joined(parts: readonly number[], width: bigint): bigint {
  return parts.reduce((bits, part) => (bits << width) | BigInt(part), 0n)
}
