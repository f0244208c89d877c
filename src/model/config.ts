/** What a user can set: thresholds, severities, checks on or off, exceptions. Parsed by `cli/config.ts`. */
import type { Severity } from './finding.ts'

export interface Thresholds {
  /** An active key older than this is due for rotation. CIS 1.13: 90. */
  keyMaxAgeDays: number
  /** A credential that was not used for so many days, or more, is unused. CIS 1.11: 45. */
  unusedDays: number
  /** Grace before a key that was never used is reported. */
  keyNeverUsedGraceDays: number
  /** How long two active keys may live side by side during a rotation. */
  rotationGraceDays: number
  /** How long a deactivated key may be kept. */
  inactiveKeyKeptDays: number
  /** Root used more recently than this is reported. */
  rootUsedDays: number
  /** A role unused for longer is unused. */
  roleUnusedDays: number
  /** More administrators than this are too many. */
  maxAdmins: number
  serviceCredentialMaxAgeDays: number
  sshKeyMaxAgeDays: number
  passwordMinLength: number
  passwordReusePrevention: number
  passwordMaxAgeDays: number
}

export const DEFAULT_THRESHOLDS: Thresholds = {
  keyMaxAgeDays: 90,
  unusedDays: 45,
  keyNeverUsedGraceDays: 7,
  rotationGraceDays: 7,
  inactiveKeyKeptDays: 30,
  rootUsedDays: 90,
  roleUnusedDays: 90,
  maxAdmins: 3,
  serviceCredentialMaxAgeDays: 90,
  sshKeyMaxAgeDays: 90,
  passwordMinLength: 14,
  passwordReusePrevention: 24,
  passwordMaxAgeDays: 90,
}

/** An accepted finding. It comes back when the exception expires. */
export interface Exception {
  /** Check id, or `*`. */
  check: string
  /** Subject id, ARN or name; `*` matches any run of characters. */
  subject: string
  /** Account id; absent: every account. */
  account?: string
  reason: string
  owner: string
  /** Day of expiry, `2027-01-31`. */
  expires: string
}

/**
 * A detection that is our own doing: a rotation, known automation, a drill. It must hold of every event of the
 * detection, and at least one of the fields from `account` to `network` has to be given.
 */
export interface Allowance {
  /** Id or code of a detection, or `*`. */
  detection: string
  account?: string
  /** ARN or name of the user or role; `*` matches any run of characters. */
  principal?: string
  accessKey?: string
  /** Role session name, with `*`. */
  session?: string
  /** Any caller can claim any user agent: best together with another field. */
  userAgent?: string
  /** Address or network, `203.0.113.0/24`. */
  network?: string
  reason: string
  /** Day of expiry, `2027-01-31`. */
  expires?: string
}

/** A company that works for us, and the addresses it is known to call from. */
export interface Vendor {
  name: string
  /** Addresses or networks, `203.0.113.0/24`. */
  networks: string[]
}

/** Where the new key of a user goes, for `keyreeve rotate`. */
export interface RotationSetting {
  user: string
  /** Absent: in every account. */
  account?: string
  /** Destinations, `secretsmanager:NAME` and the like. */
  to: string[]
  graceDays?: number
  silenceDays?: number
}

export interface Config {
  thresholds: Thresholds
  /** Severity by check id. */
  severities: Record<string, Severity>
  /** Checks switched on or off by id. */
  checks: Record<string, boolean>
  exceptions: Exception[]
  /** Account ids that belong to us although they are not in the organization or the input. */
  trustedAccounts: string[]
  /** What CloudTrail may show without an alarm. */
  allowances: Allowance[]
  /** Access key IDs that were laid out as decoys: nobody has a reason to use them. */
  decoyKeys: string[]
  /** Whose networks are not ours: a key that is used from there is in other hands. */
  vendors: Vendor[]
  /** Tag keys that users, roles and analyzers must carry (for the tag checks). */
  requiredTags: string[]
  rotations: RotationSetting[]
}

export const DEFAULT_CONFIG: Config = {
  thresholds: DEFAULT_THRESHOLDS,
  severities: {},
  checks: {},
  exceptions: [],
  trustedAccounts: [],
  allowances: [],
  decoyKeys: [],
  vendors: [],
  requiredTags: [],
  rotations: [],
}
