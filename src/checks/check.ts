/** What a check is. To add one: copy the nearest file, fill it in, add a line to `index.ts`. */
import type { Config, Thresholds } from '../model/config.ts'
import type { Dossier } from '../model/dossier.ts'
import type { Fact, Knowledge } from '../model/facts.ts'
import type { Severity, Subject } from '../model/finding.ts'
import type { Leak } from '../model/leak.ts'
import type { Coverage, Snapshot } from '../model/snapshot.ts'
import type { AccountUsage } from '../model/usage.ts'
import type { World } from '../reach/key-reach.ts'
import type { AccountSketch } from './example.ts'
import type { Lookup } from './lookup.ts'

export const CHECK_GROUPS = [
  'root',
  'mfa',
  'admins',
  'keys',
  'users',
  'federation',
  'workloads',
  'trust',
  'policies',
  'account',
  'tags',
] as const
export type CheckGroup = (typeof CHECK_GROUPS)[number]

/** Evidence that other commands bring: `scan`, `scan --account` and `trail ingest`. */
export type OtherEvidence = 'leaks' | 'accountScan' | 'usage'

/** A check reads facts and says what is wrong. It knows no other check, does no I/O and reads no clock. */
export interface Check {
  id: string
  /** What is wrong, as a heading: "Active access key is no longer used". */
  title: string
  severity: Severity
  group: CheckGroup
  /** Why it matters, in a sentence or two. */
  why: string
  /** How to fix it, in general. */
  fix: string
  /** Without these the answer is "not evaluated, because …". */
  needs: readonly (Fact | OtherEvidence)[]
  /** Pages of AWS's documentation and the like. */
  references: readonly string[]
  /** Off unless the configuration switches it on. */
  off?: true
  run(input: CheckInput): Iterable<Flag | Unknown>
  examples: { flagged: readonly Example[]; clean: readonly Example[] }
}

export interface CheckInput {
  snapshot: Snapshot
  /** The only clock: `snapshot.collectedAt` in milliseconds. */
  now: number
  thresholds: Thresholds
  config: Config
  /** One for each access key of the account, root's included. */
  dossiers: Dossier[]
  /** What scans found; null: none was made. */
  leaks: readonly Leak[] | null
  /** What a scan of this account's configuration read, and what it did not; null: none was made. */
  accountScan: readonly Coverage[] | null
  /** What CloudTrail says of this account; null: none of it was ingested. */
  usage: AccountUsage | null
  lookup: Lookup
  /** What principals may really do, and who can become whom; worked out when a check first asks. */
  world: World
  /** Whether a fact is known, for what a check can use but does not need. */
  knowledge(fact: Fact): Knowledge
}

/** One thing that is wrong. The runner adds the rest of the finding. */
export interface Flag {
  subject: Subject
  /** One sentence, lower case, no final period: "not used since 2026-01-03 (324 days)". */
  because: string
  /** The facts it stands on; the runner adds when they were true. */
  evidence: { fact: string; value: string | number | boolean | null; source: string }[]
  /** Ready commands for this subject. */
  commands?: string[]
  /** What to do with this subject, where `fix` is too general. */
  fix?: string
  region?: string
  /** Tells two flags of one check on the same subject apart, e.g. the policy name; part of the fingerprint. */
  distinguish?: string
  /** The number that the check compares with its limit: some controls draw the line elsewhere. */
  measure?: number
  /** What else some controls ask for: whose it is, of what kind. */
  traits?: readonly FlagTrait[]
  /** Where this case is worse or milder than the check in general. */
  severity?: Severity
}

/** Of a credential, whose user can sign in to the console; of a policy; of the trails of an account. */
export type FlagTrait = 'console' | 'customer-managed' | 'attached' | 'untrailed' | 'unrecorded' | 'unvalidated'

/** Something the check could not judge: "the last use of 3 keys is not known". */
export interface Unknown {
  unknown: string
  /** It hangs only on a source that nobody asked for. */
  notAsked?: boolean
}

/** A small made-up account that shows what a check flags, or does not. */
export interface Example {
  /** What is the case, as a phrase: "a key of 200 days". */
  name: string
  account: AccountSketch
  leaks?: readonly Leak[]
  accountScan?: readonly Coverage[]
  usage?: AccountUsage
  /** The subject ids that must be flagged, no more and no fewer; absent: at least one. */
  flags?: readonly string[]
  config?: Partial<Omit<Config, 'thresholds'>> & { thresholds?: Partial<Thresholds> }
}
