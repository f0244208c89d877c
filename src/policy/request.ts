/** A question to the engine, what it needs to answer it, and the answer. */
import type { PolicySource as Source } from '../model/reach.ts'
import type { CompiledPolicy } from './compile.ts'
import type { Principal } from './principal.ts'

export type { Source }

/** One request to AWS. */
export interface Request {
  /** Who asks: see `parsePrincipal`. */
  principal: Principal
  /** `s3:GetObject`, in any case. */
  action: string
  /** The resource's ARN; `*` for an action that knows no resources (`s3:ListAllMyBuckets`). */
  resource: string
  /** The account that owns the resource. Bucket ARNs don't say, so it has to be told. */
  resourceAccount: string
  /**
   * Condition keys, in any case, with what AWS would send. `null` says that the key is known to be absent. Keys which
   * follow from the rest of the request (`aws:PrincipalArn`, `aws:username`...) need not be given.
   */
  context: Readonly<Record<string, ContextValue>>
  /**
   * What a key that is not listed means. `closed`: it is absent from the request. `open`: nobody knows, and a decision
   * that hangs on it is conditional.
   */
  contextIs: 'closed' | 'open'
  /** All keys of `context` are in lower case already, which saves looking. */
  contextKeys?: 'lower'
  /** The resource is a KMS key that AWS manages (`alias/aws/s3`); RCPs do not reach those. */
  awsManagedKey?: boolean
}

export type ContextValue = string | readonly string[] | null

/** A policy under the name by which a person knows it. */
export interface PolicyInput {
  /** ARN of a managed policy, or an inline policy's name with its owner. */
  name: string
  /** null: it applies, but its document is not known. So what it allows or denies isn't either. */
  policy: CompiledPolicy | null
}

/** What is attached to the organization's root, to one organizational unit, or to the account. */
export interface PolicyLevel {
  level: string
  policies: readonly PolicyInput[]
}

/** All policies that take part in one decision. */
export interface RequestPolicies {
  /** Inline, attached, and those of every group. */
  identity: readonly PolicyInput[]
  /** The permissions boundary of the user, or of the session's role. null: it has none. */
  boundary: readonly PolicyInput[] | null | 'unknown'
  /** Policies given when the session was made. null: none were. */
  session: readonly PolicyInput[] | null | 'unknown'
  /** SCPs of the principal's account, from the root down to the account. Empty: it is in no organization. */
  scps: readonly PolicyLevel[] | 'unknown'
  /** RCPs of the resource's account, likewise. */
  rcps: readonly PolicyLevel[] | 'unknown'
  /** The resource's own policy; for `sts:AssumeRole` the role's trust policy. null: it has none. */
  resource: PolicyInput | null | 'unknown'
  /** The policy of the VPC endpoint through which the request comes. null: it comes through none. */
  endpoint: PolicyInput | null | 'unknown'
  /** KMS grants of the key: without them known, a principal that no policy allows may still have access. */
  grants?: 'none' | 'unknown'
  /** SCPs do not restrict the principals of this account, nor RCPs its resources. */
  managementAccount?: string | null
}

/** The engine's answer, with its reasons. */
export interface Decision {
  /** `conditional`: it depends on exactly `conditions` and `unknown`. */
  decision: 'allowed' | 'denied' | 'conditional'
  /** Denied by a Deny statement; nothing can allow it. */
  explicit: boolean
  /** Which kind of policy stands in the way; `default` when nothing allows the request at all. null unless denied. */
  blockedBy: Source | null
  /** Conditions on keys whose values are not known. */
  conditions: Dependency[]
  /** Other things that are not known, each a phrase: `the permissions boundary`. */
  unknown: string[]
  /** The statements that decided. */
  because: Reason[]
}

/** A condition that decides the answer. */
export interface Dependency {
  /** As written, e.g. `StringEqualsIfExists`. */
  operator: string
  key: string
  values: string[]
  /** Effect of its statement: an Allow needs it to hold, a Deny needs it not to. */
  effect: 'Allow' | 'Deny'
}

export interface Reason {
  source: Source
  /** Name or ARN; null when no policy is the reason: there is none that allows. */
  policy: string | null
  sid: string | null
  /** Index of the statement in its document. */
  statement: number | null
}
