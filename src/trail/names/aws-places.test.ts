import { describe, expect, it } from 'vitest'
import { AwsPlaces, type AwsPrefix } from './aws-places.ts'

// how ranges overlap is as in https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-syntax.html; they are made up
const prefix = (family: AwsPrefix['family'], range: string, service: string, region: string): AwsPrefix => {
  const [address = '', length] = range.split('/')
  return { family, address, length: Number(length), service, region }
}
const PLACES = new AwsPlaces([
  prefix('ipv4', '203.0.113.0/24', 'AMAZON', 'eu-west-1'),
  prefix('ipv4', '203.0.113.0/25', 'AMAZON', 'eu-west-1'),
  prefix('ipv4', '203.0.113.0/25', 'EC2', 'eu-west-1'),
  prefix('ipv4', '203.0.113.64/26', 'S3', 'eu-west-1'),
  prefix('ipv4', '203.0.113.64/26', 'EC2', 'eu-west-1'),
  prefix('ipv4', '203.0.113.65/32', 'AMAZON', 'us-east-1'),
  prefix('ipv4', '128.0.0.0/1', 'AMAZON', 'GLOBAL'),
  prefix('ipv6', '2001:db8:77::/48', 'EC2', 'eu-north-1'),
])

describe('the place of an address in AWS', () => {
  it.each([
    ['a range of one service', '203.0.113.9', ['EC2 eu-west-1']],
    ['the narrowest range wins, with all its services', '203.0.113.70', ['S3 eu-west-1', 'EC2 eu-west-1']],
    [
      'a service that is named tells more than a narrower range without',
      '203.0.113.65',
      ['S3 eu-west-1', 'EC2 eu-west-1'],
    ],
    ['a range without a service that is named', '203.0.113.200', ['AMAZON eu-west-1']],
    ['the first half of all addresses', '198.51.100.1', ['AMAZON GLOBAL']],
    ['outside', '100.0.0.1', []],
    ['IPv6', '2001:db8:77::1', ['EC2 eu-north-1']],
    ['IPv6 in full', '2001:0DB8:0077:0:0:0:0:1', ['EC2 eu-north-1']],
    ['IPv6 outside', '2001:db8:78::', []],
    ['IPv6 that begins with zeros', '::1', []],
    ['IPv4 written as IPv6', '::ffff:203.0.113.9', ['EC2 eu-west-1']],
    ['an IPv6 address with a zone', 'fe80::1%eth0', []],
    ['a name', 'ec2.amazonaws.com', []],
    ['nothing', '', []],
  ])('%s', (_, address, places) => {
    expect(PLACES.of(address).map(({ service, region }) => `${service} ${region}`)).toEqual(places)
  })
})
