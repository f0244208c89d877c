/** What a detection is. To add one: copy the nearest file, fill it in, add a line to `index.ts`. */
import type { Severity } from '../../model/finding.ts'

/**
 * What looks wrong in CloudTrail. It says which events, in SQL over the flat columns that means the same on DuckDB and
 * on Trino; the templates of `sql.ts` make whole queries of it. It knows no other detection.
 */
export interface Detection {
  /** kebab-case; never changes, as allowances and other programs name it. */
  id: string
  /** `CT01` to `CT44`. */
  code: string
  /** What was seen, as a heading: "Root user made a change". */
  title: string
  severity: Severity
  /** MITRE ATT&CK techniques: https://attack.mitre.org/techniques/enterprise/ */
  attack: readonly string[]
  /** Why it matters, in a sentence or two. */
  why: string
  /** What to do when it comes up. */
  fix: string
  /** Who does this honestly. */
  falsePositives: readonly string[]
  references: readonly string[]
  rule: Rule
  /**
   * So many days must be known before the last event, or there is no baseline to judge all of it by, or part of it.
   * `first-seen` rules say it themselves.
   */
  needsHistory?: { days: number; extent: 'all' | 'part' }
  /** One sentence about this hit, lower case, no final period. `null`: on a second look it is none. */
  because(hit: Hit, context: DetectionContext): string | Verdict | null
  examples: { flagged: readonly Example[]; clean: readonly Example[] }
}

/** A sentence with another severity than the detection's own. */
export interface Verdict {
  because: string
  severity: Severity
}

/** What the configuration knows and CloudTrail does not. */
export interface DetectionContext {
  /** Account IDs that are ours, or whom we let in. */
  trustedAccounts: readonly string[]
  /** Access key IDs that nobody has a reason to use. */
  decoyKeys: readonly string[]
}

/** Conditions are SQL over the columns of one event; a text with single quotes needs them doubled. */
export type Rule = EventRule | WindowRule | FirstSeenRule | HabitRule | QueryRule

/** Each event by itself. All such rules run in one pass over the events. */
export interface EventRule {
  form: 'event'
  /** `eventName`s; the rule looks at no others. Absent: any, which costs more. */
  names?: readonly string[]
  /** What else must hold. */
  where: string
  /** A pattern that the user agent, in small letters, must have; only without `names`. */
  agent?: string
  /** What the event is about, as an SQL expression; events about the same are one hit. Default: {@link SUBJECT}. */
  subject?: string
  /** Whether `because` reads the request parameters. */
  needsRequest?: true
  /** Different calls about the same are one hit too. */
  anyCall?: true
}

/** So many events within some minutes, of the same caller or address. */
export interface WindowRule {
  form: 'window'
  where: string
  /** Columns that must be the same: `source_ip`. Several lists are counted each by itself. */
  per: readonly (readonly string[])[]
  minutes: number
  /** What is counted once, as an SQL expression: different targets, say. Absent: every event. */
  distinct?: string
  atLeast: number
  /** More that the group must show, as an SQL condition over aggregates, beside or in place of `atLeast`. */
  or?: string
}

/** Something that a caller never did in the days before. */
export interface FirstSeenRule {
  form: 'first-seen'
  /** The events that make up what is known of a caller. */
  where: string
  /** The caller, as an SQL expression: `access_key_id`. */
  who: string
  /** What is new for it: `network`. */
  what: string
  /** For so many days the caller must have been known already: there is nothing new about a new caller. */
  knownDays: number
  /** Whether the days count from the caller's first event or from the first one of the whole store. */
  since: 'caller' | 'store'
  /** A caller that has shown more of `what` than this changes all the time: one more says nothing. */
  atMost?: number
  /** What the events of this `what` must show, as an SQL condition over aggregates. */
  having?: string
}

/** Something that a caller does, unless it has been its habit for some days. */
export interface HabitRule {
  form: 'habit'
  where: string
  who: string
  what: string
  /** After so many days of doing it, a caller is expected to. */
  settledDays: number
  /** Flagged whatever the habit, as an SQL condition. */
  always?: string
}

/** Queries of its own, for what no template fits. */
export interface QueryRule {
  form: 'query'
  kind: 'event' | 'window' | 'baseline'
  /** The rows of all of these together. */
  steps(scope: Scope, context: DetectionContext): Steps[]
}

/**
 * A query in two steps: the small tables of the first are made with the fewest columns; only of the events that the
 * second picks all that a hit tells is read, for all rules at once where the engine can do that.
 */
export interface Steps {
  /** By name, for `{{name}}`: queries over `{{events}}` and the tables before. */
  tables?: Readonly<Record<string, string>>
  /** Which of the events that are reported are looked at, as an SQL condition. */
  picked: string
  /** Of these, only those of which `value` is one of the values in a table: without rows in it, none. SQL expressions. */
  among?: { value: string; table: string; values: string }
  /** Gives rows of `hitColumns`, from the tables and from `{{picked}}`; it does not begin with WITH. */
  hits: string
}

/** Which events are looked at. Days are `2026-01-31`, times ISO 8601 in UTC; null: no bound. */
export interface Scope {
  /** The first day that is read: baselines need the days before. */
  fromDay: string | null
  /** Only what happened from then on is reported. */
  since: string | null
}

/** What an event is about, where its rule does not say. */
export const SUBJECT = 'coalesce(target_user, target_role_arn, policy_arn, target_key)'

/** One group of events that a rule picked out. */
export interface Hit {
  accountId: string | null
  /** Role ARN for sessions. */
  principal: string | null
  accessKeyId: string | null
  identityType: string | null
  sessionName: string | null
  eventSource: string | null
  eventName: string | null
  subject: string | null
  sourceIp: string | null
  userAgent: string | null
  region: string | null
  errorCode: string | null
  /** The request parameters, where the rule needs them. */
  request: string | null
  /** How many different things, where the rule counts them; else addresses. */
  distinct: number
  /** How many the events came from. Where there is one only, it stands above. */
  addresses: number
  /** None, one, or several, which is 2. Where there is one only of agents and sessions, it stands above. */
  networks: number
  agents: number
  sessions: number
  count: number
  firstTime: string
  lastTime: string
  /** The first of them, at most `MAX_EVENT_IDS`. */
  eventIds: string[]
}

/** A few CloudTrail records that show what a detection flags, or does not. */
export interface Example {
  /** What is the case, as a phrase. */
  name: string
  /** CloudTrail records as AWS delivers them: see `example.ts`. */
  events: readonly object[]
  /** How many hits there must be; absent: at least one. */
  hits?: number
  context?: Partial<DetectionContext>
}

/** Whether it judges single events, counts in a window, or compares with what was seen before. */
export function kindOf({ rule }: Detection): 'event' | 'window' | 'baseline' {
  if (rule.form === 'query') return rule.kind
  if (rule.form === 'first-seen' || rule.form === 'habit') return 'baseline'
  return rule.form
}
