/** The last calls, and how many there were of each. */
import { type Caller, callerArn, callerUserId } from './call.ts'

/** Who called, as it was then: users are renamed and deleted. */
export interface CallerIdentity {
  type: 'Root' | 'IAMUser' | 'AssumedRole' | 'FederatedUser' | 'WebIdentityUser'
  principalId: string
  arn: string
  accountId: string
  /** Of the user, or of the session. */
  userName: string
  session: { issuedAt: Date; mfaAuthenticated: boolean } | null
  /** Of an assumed role. */
  role: { roleId: string; arn: string; roleName: string } | null
}

export function identityOf(caller: Caller): CallerIdentity {
  const { principal, session } = caller
  const common = {
    principalId: callerUserId(caller),
    arn: callerArn(caller),
    accountId: caller.account.accountId,
    session: session && { issuedAt: session.issuedAt, mfaAuthenticated: session.mfaAuthenticated },
    role: null,
  }
  switch (principal.kind) {
    case 'root':
      return { type: 'Root', userName: 'root', ...common }
    case 'user':
      return { type: 'IAMUser', userName: principal.user.userName, ...common }
    case 'federated-user':
      return { type: 'FederatedUser', userName: principal.name, ...common }
    case 'web-identity':
      return { type: 'WebIdentityUser', userName: principal.claims.subject, ...common }
    case 'assumed-role': {
      const { roleId, arn, roleName } = principal.role
      return { type: 'AssumedRole', userName: principal.roleSessionName, ...common, role: { roleId, arn, roleName } }
    }
  }
}

export interface CallRecord {
  eventId: string
  time: Date
  /** When it came, in the machine's time, ms. */
  receivedAt: number
  accountId: string | null
  region: string
  /** Signing name of the service. */
  service: string
  action: string
  readOnly: boolean
  accessKeyId: string | null
  /** Who it was, as far as that was found out. */
  identity: CallerIdentity | null
  errorCode: string | null
  errorMessage: string | null
  /** As CloudTrail shows them: without secrets, null where the call came to nothing. */
  requestParameters: object | null
  responseElements: object | null
  resources: readonly RecordedResource[]
  /** Of what lies in a bucket, a function's run: trails bring such only when told to, and nobody can look them up. */
  isDataEvent: boolean
  /** Of a service that is one for all regions: recorded where that service is at home. */
  isGlobal: boolean
  /** The same for both accounts of a call from one into another. */
  sharedEventId: string | null
  sourceIp: string
  userAgent: string
  requestId: string
}

export interface RecordedResource {
  /** `AWS::IAM::User` */
  type: string
  /** A name, an ID or an ARN. */
  name: string
}

/** A record with its place in the order of all, from 1; it goes on after a reset. */
export interface LoggedCall extends CallRecord {
  sequence: number
}

export class CallLog {
  /** What was called before the log began; counted nowhere. */
  readonly past: readonly CallRecord[]
  readonly #limit: number
  #records: LoggedCall[] = []
  #counts = new Map<string, number>()
  #total = 0
  #sequence = 0

  constructor(past: readonly CallRecord[] = [], limit = 20_000) {
    this.past = past
    this.#limit = limit
  }

  add(record: CallRecord): void {
    this.#records.push({ ...record, sequence: ++this.#sequence })
    // dropping half at a time keeps this cheap
    if (this.#records.length > this.#limit) this.#records = this.#records.slice(-Math.ceil(this.#limit / 2))
    const name = `${record.service}:${record.action}`
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    this.#total++
  }

  /** The latest calls, oldest first. */
  get records(): readonly LoggedCall[] {
    return this.#records
  }

  /** The place of the latest; 0: there was none. */
  get last(): number {
    return this.#sequence
  }

  /** How many calls there were in all. */
  get total(): number {
    return this.#total
  }

  /** `iam:ListUsers` to the number of calls. */
  get counts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  reset(): void {
    this.#records = []
    this.#counts = new Map()
    this.#total = 0
  }
}

const READ = /^(Get|List|Describe|Lookup|Simulate|BatchGet|Head|Decode|Validate|Check|Search)/

/** Whether an action only reads, by its name; the two exceptions only prepare a reading. */
export function isReadOnly(action: string): boolean {
  return READ.test(action) || action === 'GenerateCredentialReport' || action === 'GenerateServiceLastAccessedDetails'
}
