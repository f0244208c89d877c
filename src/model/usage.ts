/** Usage: what CloudTrail says of an access key, in the time that was ingested. */
import type { Consumer } from './trail.ts'

export interface KeyUsage {
  accessKeyId: string
  accountId: string | null
  principalArn: string | null
  firstSeen: string
  lastSeen: string
  daysActive: number
  calls: number
  errors: number
  services: string[]
  regions: string[]
  /** IPv4 /24 and IPv6 /48, the busiest first, 50 at most. */
  networks: string[]
  /** Families of user agents. */
  userAgents: string[]
  /** The most networks within one hour. */
  networksAtOnce: number
  /** Calls from instances, tasks and functions: through a VPC endpoint, or said by the agent. */
  fromWorkloads: number
  /** Accounts, other than the owner's, whose trails have calls of this key. */
  otherAccounts: string[]
  /** What uses it, the busiest first, 50 at most. */
  consumers: Consumer[]
}

/** What the root user did, by action. */
export interface RootUsage {
  action: string
  calls: number
  lastSeen: string
}

/** What was ingested of one account's CloudTrail, and what it says. */
export interface AccountUsage {
  accountId: string
  /** The first and last of the newest days that the store holds without a break. */
  from: string
  to: string
  keys: KeyUsage[]
  /** By the root user itself, the latest first. */
  root: RootUsage[]
}

/** What the trail of an account says of who did what: for plans that take rights away. */
export interface RecordedUse {
  accountId: string
  /** The first and last of the newest days that the store holds without a break: of those, silence is a proof. */
  from: string
  to: string
  /** Those of which the store has events of the account. */
  regions: string[]
  /** Users and roles; sessions count as their role. Calls that failed count, unless they were denied. */
  principals: PrincipalUse[]
  /** Who took which role of the account, with success. */
  assumptions: { roleArn: string; by: string | null; byAccount: string | null; calls: number; lastSeen: string }[]
}

export interface PrincipalUse {
  principalArn: string
  /** IAM actions that were let through at least once. */
  actions: { action: string; calls: number; lastSeen: string }[]
  /** Roles that it handed to services. */
  passedRoles: { roleArn: string; calls: number; lastSeen: string }[]
}
