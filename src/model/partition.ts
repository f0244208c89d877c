/** What differs between AWS's partitions, for those that have customers to whom it matters here. */

/** https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
export const PARTITION_PREFIXES = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
  ['eusc-', 'aws-eusc'],
] as const

/** The partition a region lies in; `aws` where none is known. */
export function partitionOf(region: string | null): string {
  return PARTITION_PREFIXES.find(([prefix]) => region?.startsWith(prefix))?.[1] ?? 'aws'
}

/** Where IAM's own calls, and those of STS's global endpoint, are recorded, and sign-ins of root. */
export function homeRegion(partition: string): string {
  return HOME_REGIONS[partition] ?? 'us-east-1'
}

const HOME_REGIONS: Readonly<Record<string, string>> = { 'aws-cn': 'cn-north-1', 'aws-us-gov': 'us-gov-west-1' }

/**
 * Whether root can sign in to the console. In AWS GovCloud (US) it has access keys at most, and in China there is no
 * such user.
 * https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-account-root-user.html
 * https://docs.amazonaws.cn/en_us/aws/latest/userguide/iam.html
 */
export function rootSignsIn(partition: string): boolean {
  return partition !== 'aws-us-gov' && partition !== 'aws-cn'
}

/** A page of the management console. */
export function consolePage(partition: string, path: string): string {
  return `https://${CONSOLES[partition] ?? 'console.aws.amazon.com'}/${path}`
}

const CONSOLES: Readonly<Record<string, string>> = {
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
}
