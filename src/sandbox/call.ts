/** One call on its way through the sandbox, and the record that remains of it. */
import type { CommandIO } from '@smithy/types'
import { AwsError } from './aws-error.ts'
import type { CallLog } from './call-log.ts'
import { type Account, type Region, rootArn, type Session, type SessionPrincipal, type World } from './state.ts'
import type { ModelSettings } from './wire/model.ts'

/** Who calls, and by which key. */
export interface Caller {
  account: Account
  accessKeyId: string
  principal: SessionPrincipal
  /** null: a long-term key. */
  session: Session | null
}

/** What a handler gets. */
export interface Call {
  world: World
  account: Account
  caller: Caller
  region: string
  /** Signing name of the service, such as `access-analyzer`. */
  service: string
  action: string
  now: Date
  requestId: string
  sourceIp: string
  userAgent: string
  /** Under which the caller reached the sandbox: `http://127.0.0.1:4566`. */
  origin: string
  settings: SandboxSettings
  log: CallLog
}

/** What can be set about how the sandbox behaves. */
export interface SandboxSettings {
  /** How long a credential report is kept; AWS: four hours. */
  credentialReportCacheMs: number
  /** How long the making of one takes. */
  credentialReportDelayMs: number
  /** How long a change takes until it is seen; 0: it is seen at once. */
  consistencyDelayMs: number
  /** How long after a call its record is in the bucket of a trail; AWS: about five minutes. */
  trailDelayMs: number
  /** The largest page of `GetAccountAuthorizationDetails`, in items. */
  maxAuthorizationDetails: number
}

export const DEFAULT_SETTINGS: SandboxSettings = {
  credentialReportCacheMs: 4 * 3600_000,
  credentialReportDelayMs: 300,
  consistencyDelayMs: 0,
  trailDelayMs: 2000,
  maxAuthorizationDetails: 1000,
}

/** The operations of a service as functions, typed by its SDK client. */
export type Handlers<Client> = {
  [Name in keyof Client as Name extends `${infer Operation}Command`
    ? Operation extends '' | '$'
      ? never
      : Operation
    : never]?: Client[Name] extends abstract new (
    ...args: never
  ) => CommandIO<infer Input, infer Output>
    ? (call: Call, input: Input) => Answer<Omit<Output, '$metadata'>>
    : never
}

// what answers nothing may return nothing
// biome-ignore lint/suspicious/noConfusingVoidType: a function without a return is meant
type Answer<Output> = Output | (Record<string, never> extends Output ? void : never)

// biome-ignore lint/suspicious/noConfusingVoidType: as above
export type Handler = (call: Call, input: never) => object | void

export interface Service {
  /** Signing name. */
  name: string
  /** Prefix of its actions in policies. */
  actionPrefix: string
  model: ModelSettings
  /** Before the dot in `X-Amz-Target`. */
  targetPrefixes: string[]
  /** One for all regions. */
  global: boolean
  /** Other codes than its protocol's. */
  errors?: { throttled?: [code: string, status: number] }
  /** What a service checks of every input, by member names. */
  validate?(input: Record<string, unknown>): void
  /** Loaded on the first call: EC2's schemas alone take a quarter of a second. */
  load(): Promise<{ client: object; handlers: Record<string, Handler | undefined> }>
}

/** The one place where a call is allowed or refused by policies: why it is refused, in AWS's words, or null. */
export type Authorize = (call: Call, service: Service, input: Record<string, unknown>) => string | null

/** `arn:aws:iam::123456789012:user/alice`, `arn:aws:sts::123456789012:assumed-role/deploy/ci`. */
export function callerArn({ account, principal }: Pick<Caller, 'account' | 'principal'>): string {
  const sts = `arn:${account.partition}:sts::${account.accountId}`
  switch (principal.kind) {
    case 'user':
      return principal.user.arn
    case 'root':
      return rootArn(account)
    case 'assumed-role':
      return `${sts}:assumed-role/${principal.role.roleName}/${principal.roleSessionName}`
    case 'federated-user':
      return `${sts}:federated-user/${principal.name}`
    case 'web-identity':
      return principal.provider.arn
  }
}

/** The unique ID behind `aws:userid`. */
export function callerUserId({ account, principal }: Pick<Caller, 'account' | 'principal'>): string {
  switch (principal.kind) {
    case 'user':
      return principal.user.userId
    case 'root':
      return account.accountId
    case 'assumed-role':
      return `${principal.role.roleId}:${principal.roleSessionName}`
    case 'federated-user':
      return `${account.accountId}:${principal.name}`
    case 'web-identity':
      return `${principal.provider.arn}:${principal.claims.audience}:${principal.claims.subject}`
  }
}

/** The region of a regional call; a region that is off is not there. */
export function callRegion({ account, region }: Call): Region {
  const found = account.regions.get(region)
  if (!found) throw new AwsError('InvalidRegion', `There is no region ${region}`)
  return found
}
