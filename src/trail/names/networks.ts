/** Where a call came from: `sourceIPAddress` is an address, or the name of the AWS service that made the call. */
import { BlockList, isIPv4, isIPv6 } from 'node:net'

export interface Network {
  /** IPv4 /24, IPv6 /48, or the name of the service; null: not known. */
  network: string | null
  ipClass: 'aws-service' | 'private' | 'aws' | 'public' | null
}

/** Addresses that are not of the public internet: https://www.iana.org/assignments/iana-ipv4-special-registry */
const PRIVATE = new BlockList()
for (const [address, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  PRIVATE.addSubnet(address, bits, 'ipv4')
for (const [address, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(address, bits, 'ipv6')

/**
 * @param source `sourceIPAddress`
 * @param awsRanges the published ranges of AWS; null: not given, then no address is called `aws`
 */
export function networkOf(source: string | null, awsRanges: BlockList | null = null): Network {
  if (source === null || source === '') return { network: null, ipClass: null }
  if (isIPv4(source))
    return { network: `${source.slice(0, source.lastIndexOf('.'))}.0/24`, ipClass: classOf(source, 'ipv4', awsRanges) }
  if (isIPv6(source)) {
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(source)
    if (mapped) return networkOf(mapped[1]!, awsRanges)
    return { network: `${firstGroups(source).join(':')}::/48`, ipClass: classOf(source, 'ipv6', awsRanges) }
  }
  // `AWS Internal`, `ec2.amazonaws.com`, `cloudtrail.amazonaws.com.cn`
  if (source === 'AWS Internal' || /^[\w.-]+\.amazonaws\.com(\.cn)?$/.test(source))
    return { network: source, ipClass: 'aws-service' }
  return { network: null, ipClass: null }
}

function classOf(address: string, family: 'ipv4' | 'ipv6', awsRanges: BlockList | null): Network['ipClass'] {
  if (PRIVATE.check(address, family)) return 'private'
  return awsRanges?.check(address, family) ? 'aws' : 'public'
}

/** The first three groups of an IPv6 address, without leading zeros. */
function firstGroups(address: string): string[] {
  const [before = '', after] = address.replace(/%.*$/, '').toLowerCase().split('::')
  const head = before === '' ? [] : before.split(':')
  const tail = after === undefined || after === '' ? [] : after.split(':')
  const tailLength = tail.reduce((sum, group) => sum + (group.includes('.') ? 2 : 1), 0)
  const zeros = after === undefined ? 0 : 8 - head.length - tailLength
  return [...head, ...Array<string>(Math.max(0, zeros)).fill('0'), ...tail]
    .slice(0, 3)
    .map((group) => group.replace(/^0+(?=.)/, ''))
}
