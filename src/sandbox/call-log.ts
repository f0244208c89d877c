/** The last calls, and how many there were of each. */
import { type Caller, callerArn, callerUserId } from './call.ts'

/** Who called, as it was then: users are renamed and deleted. */
export interface CallerIdentity {
  type: 'Root' | 'IAMUser' | 'AssumedRole' | 'FederatedUser' | 'WebIdentityUser'
  principalId: string
  arn: string
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
  sourceIp: string
  userAgent: string
  requestId: string
}

export class CallLog {
  readonly #limit: number
  #records: CallRecord[] = []
  #counts = new Map<string, number>()
  #total = 0

  constructor(limit = 20_000) {
    this.#limit = limit
  }

  add(record: CallRecord): void {
    this.#records.push(record)
    // dropping half at a time keeps this cheap
    if (this.#records.length > this.#limit) this.#records = this.#records.slice(-Math.ceil(this.#limit / 2))
    const name = `${record.service}:${record.action}`
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    this.#total++
  }

  /** The latest calls, oldest first. */
  get records(): readonly CallRecord[] {
    return this.#records
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
