/** The shape of what `keyreeve trail` prints as JSON. */
import * as z from 'zod'
import { SEVERITIES } from '../model/finding.ts'
import { CADENCES } from '../model/trail.ts'
import { REPORT_SCHEMA_VERSION } from './format.ts'

const isoDate = z.string().describe('ISO 8601, UTC')
const day = z.string().describe('2026-01-31')
const count = z.int().nonnegative()
const text = z.string().nullable()

const document = {
  schemaVersion: z.literal(REPORT_SCHEMA_VERSION),
  scope: z.object({
    from: day.nullable().describe('the first day with events; null: there are none'),
    to: day.nullable(),
    events: count.nullable().describe('null: not counted, as in Athena'),
  }),
}
const seen = { firstSeen: isoDate, lastSeen: isoDate }

const awsPlaces = z
  .array(z.object({ service: z.string(), region: z.string() }))
  .optional()
  .describe("where in AWS its addresses are, in the words of AWS's list; only where that list was given")

const key = z.object({
  accessKeyId: z.string(),
  keyKind: z.enum(['long-term', 'temporary']).nullable(),
  accountId: text,
  principal: text,
  ...seen,
  daysActive: count,
  calls: count,
  errors: count,
  denied: count.describe('refused for want of permission'),
  services: z.array(z.string()),
  regions: z.array(z.string()),
  agents: z.array(z.string()).describe('families of user agents'),
  networks: count.describe('IPv4 /24 and IPv6 /48'),
  addresses: count,
  userAgents: count,
  networksAtOnce: count.describe('the most networks within one hour'),
  throughService: count.describe('calls that an AWS service made for it'),
  fromInstance: count,
  fromAws: count,
  withMfa: count,
  aws: awsPlaces,
})

const usedAction = z.object({
  action: z.string().describe("the IAM action; where IAM has none, the event's source and name"),
  isIamAction: z.boolean(),
  calls: count,
  errors: count,
  denied: count,
  ...seen,
  resources: count.describe('distinct resources that are known'),
  unknownResources: count.describe('calls of which it is not known what they were about'),
  topResources: z.array(z.object({ arn: z.string(), calls: count })),
  aws: awsPlaces,
})

const consumer = z.object({
  network: text,
  ipClass: text,
  aws: awsPlaces,
  agent: text,
  userAgent: text.describe('as it calls itself: hostile text'),
  invokedBy: text,
  services: z.array(z.string()),
  calls: count,
  errors: count,
  addresses: count,
  daysActive: count,
  ...seen,
  cadence: z.enum(CADENCES),
  nextExpected: day.nullable(),
})

const granted = z.object({
  principal: z.string(),
  used: z.array(z.string()),
  unused: z.array(z.string()),
  unknown: z.array(z.object({ action: z.string(), why: z.enum(['data-event', 'no-event', 'unnamed-call']) })),
  usedNotGranted: z.array(z.string()),
})

/** By the name of the schema file. */
export const TRAIL_DOCUMENTS = {
  'trail-ingest': [
    z.object({
      ...document,
      store: z.string(),
      files: count,
      unchanged: count.describe('files that were read before'),
      bytes: count,
      events: count.describe('new to the store'),
      duplicates: count,
      bad: count,
      badReasons: z.array(z.object({ reason: z.string(), records: count, first: z.string() })),
      skipped: z.array(z.object({ what: z.string(), why: z.string() })),
      painted: count.describe('secret access keys that were taken out'),
      integrity: z
        .object({
          verified: count.describe('log files that are as CloudTrail delivered them'),
          uncovered: z
            .array(z.object({ reason: z.string(), files: count, first: z.string() }))
            .describe('log files that no digest vouches for, by reason; their events are in the store'),
          refused: count.describe('log files that were left out: in `skipped`, with their reasons'),
          missing: count.describe('log files and digests that are named and gone: in `skipped`'),
        })
        .optional()
        .describe('with --verify-integrity; files that are unchanged since they were verified are not counted'),
    }),
    'What keyreeve trail ingest --json prints',
  ],
  'trail-keys': [z.object({ ...document, keys: z.array(key) }), 'What keyreeve trail keys --json prints'],
  'trail-key': [
    z.object({
      ...document,
      key,
      alarms: z
        .array(
          z.object({
            code: z.string(),
            title: z.string(),
            severity: z.enum(SEVERITIES),
            status: z.enum(['open', 'allowed']),
            allowed: z.object({ reason: z.string() }).nullable().describe('the allowance, when the status is allowed'),
            time: isoDate,
            because: z.string(),
            events: z.array(z.string()).describe('IDs of the first of its events'),
          }),
        )
        .describe(
          'what looks wrong in single calls, open before allowed, the worst first; `keyreeve trail detect` also knows what is usual',
        ),
      actions: z.array(usedAction),
      consumers: z.array(consumer),
      changes: z.array(z.object({ time: isoDate, action: z.string(), resource: text, region: text, network: text })),
      changesInAll: count,
      changedBy: z
        .array(
          z.object({
            action: z.string(),
            calls: count,
            resources: count,
            example: text,
            firstSeen: isoDate,
            lastSeen: isoDate,
          }),
        )
        .describe('all changes, by action'),
      descendants: z.array(
        z.object({
          accessKeyId: z.string(),
          how: z.string(),
          principal: text,
          calls: count,
          lastSeen: isoDate.nullable(),
        }),
      ),
      otherKeys: z.array(
        z.object({
          accessKeyId: z.string(),
          principal: text,
          calls: count,
          why: z.enum(['same-principal', 'same-network']),
        }),
      ),
    }),
    'What keyreeve trail KEY --json prints',
  ],
  'trail-usage': [
    z.object({ ...document, subject: z.string(), actions: z.array(usedAction), granted: granted.nullable() }),
    'What keyreeve trail usage --json prints',
  ],
  'trail-consumers': [
    z.object({
      ...document,
      subject: z.string(),
      consumers: z.array(consumer),
      horizon: text.describe('what the time that was ingested cannot tell'),
    }),
    'What keyreeve trail consumers --json prints',
  ],
  'trail-services': [
    z.object({
      ...document,
      services: z.array(
        z.object({
          accountId: text,
          service: z.string(),
          calls: count,
          errors: count,
          actions: count,
          principals: count,
          regions: z.array(z.string()),
          ...seen,
        }),
      ),
    }),
    'What keyreeve trail services --json prints',
  ],
  'trail-root': [
    z.object({
      ...document,
      uses: z.array(
        z.object({
          accountId: text,
          action: z.string(),
          accessKeyId: text,
          network: text,
          agent: text,
          mfa: z.boolean().nullable(),
          calls: count,
          errors: count,
          ...seen,
        }),
      ),
    }),
    'What keyreeve trail root --json prints',
  ],
  'trail-errors': [
    z.object({
      ...document,
      errors: z.array(
        z.object({
          principal: text,
          accessKeyId: text,
          action: z.string(),
          errorCode: z.string(),
          calls: count,
          ...seen,
          message: text,
        }),
      ),
    }),
    'What keyreeve trail errors --json prints',
  ],
  'trail-sessions': [
    z.object({
      ...document,
      sessions: z.array(
        z.object({
          time: isoDate,
          role: z.string(),
          sessionName: text,
          by: text,
          byAccount: text,
          byKey: text,
          chain: z.array(z.string()).describe('the keys behind that one'),
          sourceIp: text,
          agent: text,
          errorCode: text,
          accessKeyId: text.describe('the key that was given out'),
          calls: count,
          errors: count,
          lastSeen: isoDate.nullable(),
        }),
      ),
    }),
    'What keyreeve trail sessions --json prints',
  ],
  'trail-replay': [
    z.object({
      ...document,
      principal: z.string(),
      totals: z.object({ 'still-allowed': count, 'would-be-denied': count, 'cannot-know': count }),
      calls: z.array(
        z.object({
          action: z.string(),
          resource: text,
          calls: count,
          lastSeen: isoDate,
          verdict: z.enum(['still-allowed', 'would-be-denied', 'cannot-know']),
          because: z.string(),
        }),
      ),
      assumptions: z.array(z.string()),
    }),
    'What keyreeve trail replay --json prints',
  ],
} as const

/** The fields of the rows of a list, by its name in the documents; without those that not every row has. */
export function rowFields(list: string): string[] {
  for (const [document] of Object.values(TRAIL_DOCUMENTS)) {
    const field: unknown = (document.shape as Record<string, unknown>)[list]
    if (field instanceof z.ZodArray && field.element instanceof z.ZodObject)
      return Object.entries(field.element.shape as Record<string, z.ZodType>).flatMap(([name, type]) =>
        type instanceof z.ZodOptional ? [] : [name],
      )
  }
  return []
}
