/**
 * Who uses each access key of the example: the truth behind "last used", which an account alone never tells.
 *
 * Only data: whoever makes trail records of the example's history starts from here. All addresses and network numbers
 * are from the ranges that are kept for documentation (RFC 5737, RFC 3849, RFC 5398).
 */

export type NetworkKind = 'office' | 'home' | 'mobile' | 'ci' | 'vendor' | 'aws' | 'hosting' | 'warehouse'

export interface Network {
  name: string
  kind: NetworkKind
  cidrs: readonly string[]
  asn: number
  country: string
}

export const NETWORKS = {
  officeLisbon: {
    name: 'Meridian office, Lisbon',
    kind: 'office',
    cidrs: ['198.51.100.16/28', '2001:db8:10::/56'],
    asn: 64500,
    country: 'PT',
  },
  officeDublin: {
    name: 'Meridian office, Dublin',
    kind: 'office',
    cidrs: ['198.51.100.48/28'],
    asn: 64501,
    country: 'IE',
  },
  warehouse: { name: 'warehouse, Zaragoza', kind: 'warehouse', cidrs: ['198.51.100.96/29'], asn: 64502, country: 'ES' },
  natProduction: {
    name: 'meridian-prod NAT, eu-west-1',
    kind: 'aws',
    cidrs: ['203.0.113.10/32', '203.0.113.11/32'],
    asn: 64496,
    country: 'IE',
  },
  natSydney: {
    name: 'meridian-prod NAT, ap-southeast-2',
    kind: 'aws',
    cidrs: ['203.0.113.20/32'],
    asn: 64496,
    country: 'AU',
  },
  githubActions: { name: 'GitHub Actions runners', kind: 'ci', cidrs: ['192.0.2.128/26'], asn: 64497, country: 'US' },
  dataCentre: {
    name: 'old data centre, Madrid',
    kind: 'office',
    cidrs: ['198.51.100.128/27'],
    asn: 64503,
    country: 'ES',
  },
  brightlane: { name: 'Brightlane Analytics', kind: 'vendor', cidrs: ['192.0.2.16/29'], asn: 64504, country: 'US' },
  helpdock: { name: 'Helpdock', kind: 'vendor', cidrs: ['192.0.2.32/29'], asn: 64505, country: 'US' },
  homeTokyo: {
    name: 'home of Yuki Tanaka, Osaka',
    kind: 'home',
    cidrs: ['2001:db8:a1::/64'],
    asn: 64506,
    country: 'JP',
  },
  homeLagos: {
    name: 'home of Olumide Adeyemi, Lagos',
    kind: 'home',
    cidrs: ['192.0.2.80/32'],
    asn: 64507,
    country: 'NG',
  },
  homePorto: {
    name: 'homes of staff, Porto',
    kind: 'home',
    cidrs: ['192.0.2.84/30', '2001:db8:b2::/56'],
    asn: 64508,
    country: 'PT',
  },
  phones: {
    name: 'phones of customers',
    kind: 'mobile',
    cidrs: ['203.0.113.128/26', '2001:db8:c000::/36'],
    asn: 64509,
    country: 'ES',
  },
  unknownHosting: {
    name: 'a rented server nobody here knows',
    kind: 'hosting',
    cidrs: ['203.0.113.201/32', '203.0.113.214/32'],
    asn: 64510,
    country: 'MD',
  },
} as const satisfies Record<string, Network>

export type NetworkName = keyof typeof NETWORKS

export const AGENTS = {
  cli: 'aws-cli/2.31.9 md/awscrt#0.27.6 ua/2.1 os/macos#24.6.0 md/arch#arm64 lang/python#3.13.7 md/pyimpl#CPython',
  cliLinux: 'aws-cli/2.28.21 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0-79-generic md/arch#x86_64 lang/python#3.13.5',
  cliOld: 'aws-cli/1.16.140 Python/2.7.18 Linux/4.15.0-213-generic botocore/1.12.130',
  boto3:
    'Boto3/1.40.21 md/Botocore#1.40.21 ua/2.1 os/linux#5.15.0 md/arch#x86_64 lang/python#3.12.11 md/pyimpl#CPython',
  boto3Notebook:
    'Boto3/1.38.5 md/Botocore#1.38.5 ua/2.1 os/windows#10 md/arch#amd64 lang/python#3.11.9 md/pyimpl#CPython',
  javascript: 'aws-sdk-js/3.879.0 ua/2.1 os/linux#6.1.0 lang/js md/nodejs#22.18.0',
  java: 'aws-sdk-java/2.32.31 md/io#async md/http#NettyNio ua/2.1 os/Linux#5.15.0 lang/java#17.0.16',
  javaOld: 'aws-sdk-java/1.11.327 Linux/3.10.0 OpenJDK_64-Bit_Server_VM/25.232-b09 java/1.8.0_232',
  php: 'aws-sdk-php/3.356.8 ua/2.1 OS/Linux#5.10.0 lang/php#8.2.29 GuzzleHttp/7',
  go: 'aws-sdk-go-v2/1.38.3 ua/2.1 os/linux lang/go#1.24.6 md/GOARCH#amd64 md/GOOS#linux',
  android: 'aws-sdk-android/2.79.0 Linux/5.15.149 Dalvik/2.1.0/0 es_ES',
  terraform: 'APN/1.0 HashiCorp/1.0 Terraform/1.12.2 (+https://www.terraform.io) terraform-provider-aws/6.11.0',
  python: 'python-requests/2.32.4',
} as const

export type AgentName = keyof typeof AGENTS

/** How often a consumer comes. */
export type Cadence =
  | { every: 'minutes'; minutes: number }
  | { every: 'hour' }
  | { every: 'day' | 'week' }
  | { every: 'month' | 'quarter'; onDay: number }
  /** People: now and then, on weekdays. */
  | { every: 'workday'; callsPerDay: number }
  /** Came once or for a while, without a rhythm. */
  | { every: 'never-again'; calls: number }

/** One user of one key: a person, a job, a vendor, a thief. */
export interface KeyConsumer {
  accessKeyId: string
  accountId: string
  who: string
  network: NetworkName
  agent: AgentName
  cadence: Cadence
  /** IAM actions. */
  actions: readonly string[]
  region: string
  firstSeen: Date
  lastSeen: Date
  /** Whether the owners of the account know of this consumer. */
  known: boolean
}
