/** Answers about access: who can do what, and who can become whom. */

/** Where what decides a request may stand; `default`: no policy says anything. */
export const POLICY_SOURCES = [
  'identity-policy',
  'permissions-boundary',
  'session-policy',
  'scp',
  'rcp',
  'resource-policy',
  'trust-policy',
  'endpoint-policy',
  'default',
] as const
export type PolicySource = (typeof POLICY_SOURCES)[number]

/** A statement that decided, and its place. */
export interface AccessReason {
  source: PolicySource
  /** ARN of a managed policy, or an inline policy's name with its owner; null when no policy is the reason. */
  policy: string | null
  sid: string | null
  /** Index in the document. */
  statement: number | null
}

export interface AccessCondition {
  operator: string
  key: string
  values: string[]
  /** Of its statement: an Allow needs the condition to hold, a Deny needs it not to. */
  effect: 'Allow' | 'Deny'
}

export type AccessDecision = 'allowed' | 'denied' | 'conditional'

export interface Access {
  decision: AccessDecision
  explicitDeny: boolean
  /** The kind of policy that stands in the way; null unless denied. */
  blockedBy: string | null
  conditions: AccessCondition[]
  /** What is not known, and may turn the answer. */
  unknown: string[]
  because: AccessReason[]
}

/** `reach can PRINCIPAL ACTION [RESOURCE]`. */
export interface CanAnswer extends Access {
  principal: string
  action: string
  /** null: any. */
  resource: string | null
  /** Where no resource was named: patterns of those it is allowed, or perhaps allowed, on. */
  on: string[] | null
}

export const RISK_CLASSES = [
  'credential-exposure',
  'data-access',
  'permission-management',
  'resource-exposure',
  'destruction',
  'audit-tampering',
] as const
export type RiskClass = (typeof RISK_CLASSES)[number]

/** Actions that are allowed, and those that are allowed on some resources or under conditions only. */
export interface Extent {
  allowed: number
  restricted: number
}

/** `reach can PRINCIPAL`. */
export interface AccessSummary {
  principal: string
  actions: Extent
  /** By access level: List, Read, Write, Tagging, Permissions management. */
  levels: Record<string, Extent>
  risks: Record<RiskClass, { allowed: string[]; restricted: string[] }>
  /** Whether it is an administrator by effect. */
  admin: 'yes' | 'conditional' | 'no'
  /** What its identity policies allow, and boundary or organization take away: the widest first. */
  stoppedBy: { source: string; policy: string | null; actions: number; examples: string[] }[]
  unknown: string[]
}

/** `reach who-can ACTION [RESOURCE]`. */
export interface WhoCanAnswer {
  action: string
  resource: string | null
  principals: (Access & { principal: string; on: string[] | null })[]
}

/** One step: what the one before does, to become the one after. */
export interface Hop {
  from: string
  /** A principal, or `admin`: everything. */
  to: string
  technique: string
  title: string
  permissions: { action: string; resource: string }[]
  decision: 'allowed' | 'conditional'
  conditions: AccessCondition[]
  unknown: string[]
  because: AccessReason[]
  /** Other techniques that make the same step. */
  alternatives: string[]
}

export interface AttackPath {
  from: string
  to: string
  decision: 'allowed' | 'conditional'
  hops: Hop[]
}

/** A statement to remove or to narrow. */
export interface CutStatement {
  policy: string
  statement: number
  sid: string | null
  /** Who has the statement; the first by name where there are several. */
  principal: string | null
  /** How many principals have no path any more once this statement is gone too; null: not tried. */
  closes: number | null
}

/** `reach paths`. */
export interface PathsAnswer {
  /** Who can do everything, or can grant itself that. Root users are left out: they always can. */
  admins: string[]
  /** Those of them that can't yet, but can grant it to themselves. */
  shadowAdmins: string[]
  paths: AttackPath[]
  /** How many more there are than are listed. */
  omitted: number
  /** How many principals that are no administrators reach the target. */
  sources: { allowed: number; conditional: number }
  cut: CutStatement[]
  /**
   * `exact`: no smaller one exists; `greedy`: it closes all paths, a smaller one may exist; `incomplete`: paths may be
   * left; `none`: not asked for.
   */
  cutIs: 'exact' | 'greedy' | 'incomplete' | 'none'
}

/** What an access key opens, in a few lines. */
export interface Reach {
  reachesAdmin: 'yes' | 'conditional' | 'no'
  /** To administrator, by the shortest path; 0: it is one. null: there is no path. */
  hops: number | null
  /** The shortest path in words: `lambda-001 → arn:aws:iam::…:role/x`. */
  path: string[]
  /** Accounts beside its own whose roles it may assume, as far as its own policies say. */
  otherAccounts: string[]
  /** Actions by access level: List, Read, Write, Tagging, Permissions management. */
  levels: Record<string, Extent>
  /** Sensitive actions by risk class, of those allowed without conditions on every resource; then how many more. */
  sensitiveActions: Record<RiskClass, { allowed: number; restricted: number; examples: string[] }>
  /** What its policies would allow and something else takes away. */
  stoppedBy: { source: string; policy: string | null; actions: number; examples: string[] }[]
  /** What is not known and might change this. */
  unknown: string[]
}
