/** What a kind of fix is: findings in, steps out. Pure: it looks at what was read, and at nothing else. */
import type { Thresholds } from '../model/config.ts'
import type { Dossier } from '../model/dossier.ts'
import type { Finding, Subject } from '../model/finding.ts'
import type { Fact, HandOver, Step } from '../model/plan.ts'
import type { Group, ManagedPolicy, Role, Snapshot, User } from '../model/snapshot.ts'
import type { RecordedUse } from '../model/usage.ts'

export interface PlanInput {
  snapshot: Snapshot
  dossiers: readonly Dossier[]
  thresholds: Thresholds
  /** How long something is stopped before it is ended for good, days. */
  graceDays: number
  /** What CloudTrail says of who did what; null: none was read. */
  recorded?: RecordedUse | null
  /** External IDs that third parties gave, by the name of the role that they take. */
  externalIds?: ReadonlyMap<string, string>
}

/** What kinds look things up in. */
export interface Lookup extends PlanInput {
  /** The moment that the plan speaks of, ms: the snapshot's. */
  now: number
  key(subjectId: string): Dossier | undefined
  keysOf(userName: string): readonly Dossier[]
  user(arn: string): User | undefined
  role(arn: string): Role | undefined
  userNamed(name: string): User | undefined
  roleNamed(name: string): Role | undefined
  group(name: string): Group | undefined
  membersOf(groupName: string): readonly User[]
  /** Names of the users, groups and roles that have a managed policy attached, sorted. */
  holdersOf(policyArn: string): readonly string[]
  policy(arn: string): ManagedPolicy | undefined
  /** ARNs of the users and roles that have a managed policy, by a group or as their boundary too, sorted. */
  principalsWith(policyArn: string): string[]
  /** The document, with its statements as a list; null: it was not read, or makes no sense. */
  documentAt(place: Place): PolicyObject | null
  /** Why the document there cannot be changed; null: it can. */
  unchangeable(place: Place): string | null
  /** By what it may do; true also where that is not known for sure. */
  mayBeAdmin(arn: string): boolean
  /** Whether one of the plan's findings is of this check, on this subject. */
  isFound(check: string, subjectId: string): boolean
  /** Works something out once, and remembers it under the name. */
  once<T>(name: string, work: () => T): T
}

export type Proposal =
  /** `byHand`: what a person does instead, one sentence after the other. */
  | { cannot: string; byHand?: readonly string[] }
  | { handOver: Omit<HandOver, 'closes'> }
  /** `stays`: why the finding is still there after the steps. */
  | { steps: Step[]; stays?: string }
  | { edits: Edit[] }

/** A document that a plan changes: of a managed policy, of an inline one, or the trust policy of a role. */
export type Place =
  | { kind: 'managed'; policyArn: string }
  | { kind: 'inline'; holder: 'user' | 'group' | 'role'; name: string; policyName: string }
  | { kind: 'trust'; roleName: string }

/** A policy document as JSON has it. */
export interface PolicyObject {
  Statement: Record<string, unknown>[]
  [member: string]: unknown
}

/**
 * A change of one document. Several findings may be about one: their changes are made together, in the order of `key`,
 * by one step. A change that was made already changes nothing.
 */
export interface Edit {
  place: Place
  key: string
  /** Continues "Change the policy NAME: ...". */
  what: string
  apply(document: PolicyObject): PolicyObject
  reliesOn: Fact[]
  mayBreak: Step['mayBreak']
}

export interface Kind {
  /** Ids of the checks whose findings it closes. */
  checks: readonly string[]
  propose(finding: Finding, lookup: Lookup): Proposal
}

/** A step with what most steps have. */
export function stepOf(
  fields: Pick<Step, 'id' | 'kind' | 'subject' | 'change' | 'operations' | 'verify'> & Partial<Step>,
): Step {
  return { session: null, replaces: null, reliesOn: [], mayBreak: [], undo: null, waitsFor: [], closes: [], ...fields }
}

export function subjectOf({ kind, id, arn, name }: Subject): Step['subject'] {
  return { kind, id, arn, name }
}

const DAY_MS = 86_400_000

/** Whole days from a date to the snapshot. */
export function daysBefore(date: string, now: number): number {
  return Math.floor((now - Date.parse(date)) / DAY_MS)
}

/** The first of them by name, and how many more. */
export function listed(names: readonly string[], most = 5): string {
  const more = names.length - most
  return names.slice(0, most).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
