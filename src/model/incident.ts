/**
 * The record of an emergency: what a key did, what was changed to stop it, and what is left to do. No field can hold a
 * secret. Times are ISO 8601 in UTC.
 */
import * as z from 'zod'

export const INCIDENT_SCHEMA_VERSION = 1

export const MEASURE_KINDS = [
  'deactivate-key',
  'deny-user',
  'deny-user-managed',
  'cut-user-sessions',
  'cut-role-sessions',
  'deny-role',
  'deny-by-scp',
  'delete-root-key',
] as const
export type MeasureKind = (typeof MEASURE_KINDS)[number]

export const MEASURE_STATES = ['done', 'already', 'gone', 'refused', 'unsure', 'open', 'undone'] as const
export type MeasureState = (typeof MEASURE_STATES)[number]

export const SUBJECT_KINDS = ['access-key', 'session', 'root-key', 'user', 'role'] as const

const isoDate = z.string().describe('ISO 8601, UTC')
const count = z.int().nonnegative()

const measureRecord = z.object({
  id: z.string(),
  kind: z.enum(MEASURE_KINDS),
  change: z.string().describe('what it does, as a sentence'),
  state: z
    .enum(MEASURE_STATES)
    .describe(
      'done: seen in AWS; already: it was so before; gone: what it is about is no more; refused: AWS said no; unsure: not seen yet, or not readable; undone: taken back',
    ),
  at: isoDate.nullable().describe('when AWS answered the call'),
  because: z.string().nullable(),
  command: z.string().nullable().describe('what a person with more rights runs, where it was not done'),
})

const proof = z.object({
  claim: z.string(),
  how: z.string().describe('iam:SimulatePrincipalPolicy, a call with the key ...'),
  result: z.enum(['proven', 'disproven', 'unknown']),
  at: isoDate,
  detail: z.string().nullable(),
})

const usedAction = z.object({
  action: z.string(),
  calls: count,
  denied: count,
  firstSeen: isoDate,
  lastSeen: isoDate,
  resources: z.array(z.string()).describe('20 at most'),
})

const derived = z.object({
  accessKeyId: z.string(),
  kind: z.enum(['session', 'access-key']),
  madeBy: z.string().describe('the key that made it'),
  how: z.string().describe('sts:AssumeRole, iam:CreateAccessKey ...'),
  role: z.string().nullable(),
  userName: z.string().nullable(),
  at: isoDate,
  calls: count,
  lastSeen: isoDate.nullable(),
})

const made = z.object({
  what: z.string().describe('access-key, user, role, policy, trust, password, mfa-device, provider, other'),
  name: z.string(),
  action: z.string().nullable(),
  at: isoDate,
  by: z.string().nullable().describe('the key that made it; null: not known, it is only new'),
  source: z.enum(['cloudtrail', 'iam']),
})

const leftToDo = z.object({ what: z.string(), why: z.string().nullable(), command: z.string().nullable() })

export const incident = z.object({
  schemaVersion: z.literal(INCIDENT_SCHEMA_VERSION),
  incidentId: z.string(),
  tool: z.object({ name: z.string(), version: z.string() }),
  accountId: z.string(),
  partition: z.string(),
  subject: z.object({
    kind: z.enum(SUBJECT_KINDS),
    id: z.string().describe('access key ID or ARN'),
    accessKeyIds: z.array(z.string()),
    userName: z.string().nullable(),
    roleName: z.string().nullable(),
    arn: z.string().nullable(),
  }),
  callerArn: z.string().nullable(),
  startedAt: isoDate,
  updatedAt: isoDate,
  state: z
    .enum(['contained', 'incomplete', 'undone'])
    .describe('contained: the key is dead, and everything that was wanted was done'),
  since: isoDate.describe('from when on CloudTrail was asked'),
  firstDenyMs: z.number().nullable().describe('from the start of the process to the first answer that denies, ms'),
  measures: z.array(measureRecord),
  proofs: z.array(proof),
  activity: z.object({
    events: count,
    firstSeen: isoDate.nullable(),
    lastSeen: isoDate.nullable(),
    denied: count,
    actions: z.array(usedAction),
    networks: z.array(
      z.object({ network: z.string(), calls: count, addresses: z.array(z.string()), agents: z.array(z.string()) }),
    ),
    regions: z.array(z.string()),
    touched: z.array(z.string()).describe('resources, 500 at most'),
  }),
  derived: z.array(derived).describe('sessions and keys that began with it'),
  roles: z.array(
    z.object({
      arn: z.string(),
      because: z.enum(['assumed', 'could-assume', 'asked-for']),
      cut: z.boolean(),
    }),
  ),
  made: z.array(made).describe('what is new: by the key and what came of it, or by its date alone'),
  places: z.array(z.string()).describe('where scans found the key'),
  timeline: z.array(z.object({ at: isoDate, who: z.string(), what: z.string(), outcome: z.string().nullable() })),
  leftToDo: z.array(leftToDo),
  gaps: z.array(z.string()).describe('what could not be read'),
})

/** What a revocation would do, without doing it. */
export const plannedDocument = z.object({
  schemaVersion: z.literal(INCIDENT_SCHEMA_VERSION),
  accountId: z.string(),
  subject: incident.shape.subject,
  planned: z
    .array(z.object({ id: z.string(), change: measureRecord.shape.change }))
    .describe('at once; each role that CloudTrail says was assumed is cut as well'),
  warnings: z.array(z.string()).describe('what speaks against it, by the newest snapshot of the workspace'),
})

export type Incident = z.infer<typeof incident>
export type Planned = z.infer<typeof plannedDocument>
export type MeasureRecord = z.infer<typeof measureRecord>
export type Proof = z.infer<typeof proof>
export type Derived = z.infer<typeof derived>
export type Made = z.infer<typeof made>
export type LeftToDo = z.infer<typeof leftToDo>
export type IncidentSubject = Incident['subject']

/** One event of CloudTrail, of a key or of what came of it. No parameters, only names. */
export interface KeyEvent {
  eventId: string
  time: string
  region: string | null
  /** `iam:CreateUser`. */
  action: string
  readOnly: boolean
  errorCode: string | null
  accessKeyId: string | null
  principal: string | null
  /** userIdentity.type */
  identityType: string | null
  userName: string | null
  sourceIp: string | null
  network: string | null
  agent: string | null
  resources: string[]
  /** The role that was assumed, or changed. */
  role: string | null
  targetUser: string | null
  /** ID of the credentials that the call made. */
  newAccessKeyId: string | null
}
