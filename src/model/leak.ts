/**
 * Leaks: access keys found where they should not be. No field can hold a secret: what is kept of one is a keyed
 * fingerprint.
 */

export const LEAK_CLASSES = ['plausible', 'placeholder', 'impossible', 'identifier', 'canary'] as const
/**
 * - `plausible`: could be a real credential
 * - `placeholder`: an example, a test word, a run of one character
 * - `impossible`: AWS gives out no such ID (its fifth character, or the account it decodes to)
 * - `identifier`: the ID stands where IDs are public: a presigned URL, a log, a report
 * - `canary`: of an account that is known to belong to a canary service; using it sets off an alarm
 */
export type LeakClass = (typeof LEAK_CLASSES)[number]

/**
 * How sure it is that a usable credential lies there, best first.
 * - `pair`: ID and secret belong together (near each other, or in one section, object or row)
 * - `named-secret`: a secret under a name that says what it is, without an ID
 * - `bare-secret`: 40 characters beside an ID, without a name
 * - `token`: a bearer credential that needs no ID (a Bedrock API key)
 * - `id-only`: an ID without a secret
 */
export type LeakEvidence = 'pair' | 'named-secret' | 'bare-secret' | 'token' | 'id-only'

export type LeakKind = 'long-term' | 'temporary' | 'bedrock-api-key' | 'secret'

export const PLACE_KINDS = ['file', 'git', 'archive', 'message', 'environment', 'account'] as const
export type PlaceKind = (typeof PLACE_KINDS)[number]

/** One place where a leak lies. What does not apply, or is not known, is null. */
export interface LeakPlace {
  kind: PlaceKind
  /** A file; a path in a repository; a resource's ARN or `lambda:function/NAME`; `process PID` ... */
  path: string
  /** Both from 1. */
  line: number | null
  column: number | null
  /** What lies inside `path`: members of nested archives joined by `!/`, a variable's name, a version. */
  member: string | null
  /** How it was written there, outermost first: `base64`, `percent`, `utf-16le`, `gzip` ...; empty: plainly. */
  encodings: string[]
  /** git: the first commit that has it there, its author and date, and the last one that has it. */
  commit: string | null
  author: string | null
  date: string | null
  lastCommit: string | null
  inHead: boolean | null
  /** null unless in git; false: only a dangling object or a reflog leads there. */
  reachable: boolean | null
  /** In the account's configuration: where. */
  region: string | null
  /** The reason given in an allow comment beside it; null: none. */
  allowed: string | null
}

/** What is not known, or does not apply, of most places. */
export const NO_DETAILS = {
  member: null,
  commit: null,
  author: null,
  date: null,
  lastCommit: null,
  inHead: null,
  reachable: null,
  region: null,
} as const satisfies Partial<LeakPlace>

/**
 * Whether git has it, and no commit is known that does: it is staged, or a ref names it itself. Where only that was looked
 * at, as for a hook, `inHead` is null, and commits may have it.
 */
export function isUncommitted({ kind, commit, reachable }: Pick<LeakPlace, 'kind' | 'commit' | 'reachable'>): boolean {
  return kind === 'git' && commit === null && reachable === true
}

export interface Leak {
  /** Stable across moves, rebases and renames: what baselines hold. */
  fingerprint: string
  kind: LeakKind
  /** null: a secret alone, or a bearer key. */
  accessKeyId: string | null
  /** Decoded from the ID; null where the ID does not say. */
  accountId: string | null
  class: LeakClass
  /** Why that class, in a few words. */
  reason: string
  evidence: LeakEvidence
  hasSecret: boolean
  /** Keyed (HMAC): the same secret gives the same value in one workspace, and says nothing elsewhere. */
  secretFingerprint: string | null
  hasSessionToken: boolean
  /** ISO 8601; of temporary credentials, where it stands beside them. */
  expiration: string | null
  /** What the account says of it; null: not compared with a snapshot. */
  inAccount: LeakInAccount | null
  /** What AWS said when the key was tried; absent: it was not. */
  verified?: LeakVerification | undefined
  /** Of an ID alone its secret, of a secret alone its ID, probably: in a file beside it. Absent: none was found. */
  otherHalf?: LeakOtherHalf | undefined
  places: LeakPlace[]
}

export interface LeakOtherHalf {
  /** Of the other leak. */
  fingerprint: string
  /** Its file's name, in the same folder. */
  file: string
}

export const VERIFICATION_STATUSES = ['works', 'wrong-secret', 'refused', 'expired', 'not-known'] as const

/** `sts:GetCallerIdentity` with the key itself. */
export interface LeakVerification {
  /**
   * - `works`: AWS took it
   * - `wrong-secret`: the key is active, but this is not its secret
   * - `refused`: there is no such active key, in this partition
   * - `expired`: temporary credentials that are over
   * - `not-known`: AWS could not be asked
   */
  status: (typeof VERIFICATION_STATUSES)[number]
  /** Whose it is; null unless it works. */
  arn: string | null
  accountId: string | null
  /** AWS's error code; null when it works. */
  code: string | null
  /** ISO 8601, UTC. */
  at: string
}

export interface LeakInAccount {
  accountId: string
  /** `unknown-key`: of this account, but it has no such key (any more). */
  status: 'active' | 'inactive' | 'unknown-key'
  /** The owner's ARN. */
  owner: string | null
  severity: import('./finding.ts').Severity
}
