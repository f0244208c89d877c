/** Usage: what CloudTrail says of an access key, in the time that was ingested. */

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
  networks: string[]
  userAgents: string[]
}

/** What was ingested of one account's CloudTrail, and what it says. */
export interface AccountUsage {
  accountId: string
  /** The first and last day that the store holds events of. */
  from: string
  to: string
  keys: KeyUsage[]
}
