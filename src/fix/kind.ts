/** What a kind of fix is: findings in, steps out. Pure: it looks at what was read, and at nothing else. */
import type { Thresholds } from '../model/config.ts'
import type { Dossier } from '../model/dossier.ts'
import type { Finding, Subject } from '../model/finding.ts'
import type { Step } from '../model/plan.ts'
import type { Group, ManagedPolicy, Role, Snapshot, User } from '../model/snapshot.ts'

export interface PlanInput {
  snapshot: Snapshot
  dossiers: readonly Dossier[]
  thresholds: Thresholds
  /** How long something is stopped before it is ended for good, days. */
  graceDays: number
}

/** What kinds look things up in. */
export interface Lookup extends PlanInput {
  /** The moment that the plan speaks of, ms: the snapshot's. */
  now: number
  key(subjectId: string): Dossier | undefined
  user(arn: string): User | undefined
  role(arn: string): Role | undefined
  group(name: string): Group | undefined
  policy(arn: string): ManagedPolicy | undefined
  /** By what it may do; true also where that is not known for sure. */
  mayBeAdmin(arn: string): boolean
}

export type Proposal = { steps: Step[] } | { cannot: string }

export interface Kind {
  /** Ids of the checks whose findings it closes. */
  checks: readonly string[]
  propose(finding: Finding, lookup: Lookup): Proposal
}

/** A step with what most steps have. */
export function stepOf(
  fields: Pick<Step, 'id' | 'kind' | 'subject' | 'change' | 'operations' | 'verify'> & Partial<Step>,
): Step {
  return { session: null, reliesOn: [], mayBreak: [], undo: null, waitsFor: [], closes: [], ...fields }
}

export function subjectOf({ kind, id, arn, name }: Subject): Step['subject'] {
  return { kind, id, arn, name }
}

const DAY_MS = 86_400_000

/** Whole days from a date to the snapshot. */
export function daysBefore(date: string, now: number): number {
  return Math.floor((now - Date.parse(date)) / DAY_MS)
}
