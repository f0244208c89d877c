/** What the questions about CloudTrail answer. Times are ISO 8601 in UTC; what is not known is null. */
import type { Severity } from './finding.ts'

/** The events that an answer is about. */
export interface TrailScope {
  /** First and last day with events; null: there are none. */
  from: string | null
  to: string | null
  /** null: not counted, which in Athena would be paid for. */
  events: number | null
}

/** An access key over the time that was asked for. */
export interface KeyActivity {
  accessKeyId: string
  keyKind: 'long-term' | 'temporary' | null
  accountId: string | null
  principal: string | null
  firstSeen: string
  lastSeen: string
  daysActive: number
  calls: number
  errors: number
  /** Refused for want of permission. */
  denied: number
  services: string[]
  regions: string[]
  agents: string[]
  /** Counts of the networks, addresses and user agents; networks are IPv4 /24 and IPv6 /48. */
  networks: number
  addresses: number
  userAgents: number
  /** The most networks within one hour. */
  networksAtOnce: number
  /** Calls that an AWS service made for it, from an instance's credentials, from an address of AWS, with MFA. */
  throughService: number
  fromInstance: number
  fromAws: number
  withMfa: number
  /** As of {@link Consumer}. */
  aws?: AwsPlace[] | undefined
}

/** Where an address of AWS is, by the list that AWS publishes and in its words: `EC2`, `eu-west-1`. */
export interface AwsPlace {
  /** `AMAZON`: of no service that has a name there. */
  service: string
  /** `GLOBAL`: of no one region. */
  region: string
}

export interface UsedAction {
  /** The IAM action; where IAM has none, the event's source and name. */
  action: string
  isIamAction: boolean
  calls: number
  errors: number
  denied: number
  firstSeen: string
  lastSeen: string
  /** Distinct resources that are known, and calls of which it is not known what they were about. */
  resources: number
  unknownResources: number
  /** The most used, 20 at most. */
  topResources: { arn: string; calls: number }[]
  /** As of {@link Consumer}. */
  aws?: AwsPlace[] | undefined
}

/** What a principal is allowed beside what it used. */
export interface GrantedUse {
  principal: string
  /** Actions that it may do and was seen to do. */
  used: string[]
  /** May do, and an event would be there if it had. */
  unused: string[]
  /** May do; whether it did is not known. `unnamed-call`: it called the service, and which action that takes is not known. */
  unknown: { action: string; why: 'data-event' | 'no-event' | 'unnamed-call' }[]
  /** Used with success, and not allowed (any more) as far as the policies tell. */
  usedNotGranted: string[]
}

export const CADENCES = [
  'continuous',
  'daily',
  'workdays',
  'weekly',
  'fortnightly',
  'monthly',
  'quarterly',
  'once',
  'irregular',
] as const
export type Cadence = (typeof CADENCES)[number]

/** Something that uses a key: told apart by network, agent and the services that it calls. */
export interface Consumer {
  network: string | null
  ipClass: string | null
  /** Where in AWS its addresses are; empty: not in AWS; absent: AWS's list was not given, or there were too many. */
  aws?: AwsPlace[] | undefined
  agent: string | null
  /** An example of its user agent, as it calls itself. */
  userAgent: string | null
  invokedBy: string | null
  services: string[]
  calls: number
  errors: number
  addresses: number
  daysActive: number
  firstSeen: string
  lastSeen: string
  cadence: Cadence
  /** When it is to be seen again, by its cadence; null: that cannot be said. */
  nextExpected: string | null
}

export interface ServiceUse {
  accountId: string | null
  service: string
  calls: number
  errors: number
  actions: number
  principals: number
  regions: string[]
  firstSeen: string
  lastSeen: string
}

export interface RootUse {
  accountId: string | null
  action: string
  accessKeyId: string | null
  network: string | null
  agent: string | null
  mfa: boolean | null
  calls: number
  errors: number
  firstSeen: string
  lastSeen: string
}

export interface ErrorUse {
  principal: string | null
  accessKeyId: string | null
  action: string
  errorCode: string
  calls: number
  firstSeen: string
  lastSeen: string
  /** The latest message. */
  message: string | null
}

export interface RoleSession {
  time: string
  role: string
  sessionName: string | null
  /** Who assumed it; null: another account, whose principals the event does not tell. */
  by: string | null
  byAccount: string | null
  byKey: string | null
  /** The keys behind that one, back to the one that was not made by STS. */
  chain: string[]
  sourceIp: string | null
  agent: string | null
  errorCode: string | null
  /** The key that was given out, and what it did. */
  accessKeyId: string | null
  calls: number
  errors: number
  lastSeen: string | null
}

export type ReplayVerdict = 'still-allowed' | 'would-be-denied' | 'cannot-know'

export interface ReplayedCall {
  action: string
  resource: string | null
  calls: number
  lastSeen: string
  verdict: ReplayVerdict
  because: string
}

/** What looks wrong in single calls of a key. */
export interface KeyAlarm {
  /** `CT41` */
  code: string
  title: string
  severity: Severity
  status: 'open' | 'allowed'
  /** Why it is allowed. */
  allowed: { reason: string } | null
  time: string
  because: string
  /** Event IDs, of the first of them. */
  events: string[]
}

/** One key, in an incident. */
export interface KeyStory {
  key: KeyActivity
  /** Open before allowed, the worst first. */
  alarms: KeyAlarm[]
  actions: UsedAction[]
  consumers: Consumer[]
  /** What it changed, newest last: calls that are not read-only and succeeded. */
  changes: { time: string; action: string; resource: string | null; region: string | null; network: string | null }[]
  changesInAll: number
  /** All of these by action, in the order of their names; resources that are known, and an example. */
  changedBy: {
    action: string
    calls: number
    resources: number
    example: string | null
    firstSeen: string
    lastSeen: string
  }[]
  /** Keys that it made, or sessions that it began, and what they did. */
  descendants: { accessKeyId: string; how: string; principal: string | null; calls: number; lastSeen: string | null }[]
  /** Other keys of the same principal, and other principals seen in its networks. */
  otherKeys: { accessKeyId: string; principal: string | null; calls: number; why: 'same-principal' | 'same-network' }[]
}

/** Calls that were not denied and are alike in all that policies can ask for, of one account. */
export interface RecordedCall {
  /** The user, or the role of a session; null: another account's, which the event does not tell. */
  principal: string | null
  principalAccount: string | null
  /** Where it is a long-term one. */
  accessKeyId: string | null
  action: string
  /** null: it is not known on what. */
  resources: string[] | null
  /** By condition key, in lower case; null: the request had none. */
  context: Record<string, string | null>
  calls: number
  lastSeen: string
}
