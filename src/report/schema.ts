/**
 * The shape of the JSON documents. `schemas/` is made from this, and a test holds the output against it. The reports
 * themselves do not load it.
 */
import * as z from 'zod'
import { SEVERITIES } from '../model/finding.ts'
import { RISK_CLASSES } from '../model/reach.ts'
import { coverage, snapshot } from '../model/snapshot.ts'
import { REPORT_SCHEMA_VERSION } from './format.ts'
import { TRAIL_DOCUMENTS } from './trail-schema.ts'

const isoDate = z.string().describe('ISO 8601, UTC')
const severity = z.enum(SEVERITIES)
const schemaVersion = z.literal(REPORT_SCHEMA_VERSION)
const count = z.int().nonnegative()

const subject = z.object({
  kind: z.enum([
    'access-key',
    'root',
    'user',
    'group',
    'role',
    'policy',
    'account',
    'instance',
    'provider',
    'certificate',
    'credential',
  ]),
  id: z
    .string()
    .describe('access key ID, ARN, instance ID or account ID; without a key ID the ARN of its user and #1 or #2'),
  arn: z.string().nullable(),
  name: z.string().nullable(),
})

const blocked = z.object({
  source: z.string().describe('permissions-boundary, scp'),
  policy: z.string().nullable(),
  actions: count,
  examples: z.array(z.string()),
})

const reachSchema = z.object({
  reachesAdmin: z.enum(['yes', 'conditional', 'no']),
  hops: count.nullable().describe('steps to administrator; 0: it is one; null: there is no way'),
  path: z.array(z.string()).describe('the principals on the shortest way, ending with admin or an administrator'),
  otherAccounts: z.array(z.string()).describe('accounts whose roles its policies name; *: any'),
  sensitiveActions: z.record(
    z.enum(RISK_CLASSES),
    z.object({ allowed: count, restricted: count, examples: z.array(z.string()) }),
  ),
  stoppedBy: z.array(blocked).describe('what its policies allow, and boundary or organization take away'),
  unknown: z.array(z.string()),
})

export const findingSchema = z.object({
  fingerprint: z.string().describe('the same for the same problem in every run'),
  check: z.string(),
  title: z.string(),
  severity,
  status: z.enum(['open', 'accepted']),
  accountId: z.string(),
  region: z.string().nullable(),
  subject,
  because: z.string().describe('one sentence'),
  evidence: z.array(
    z.object({
      fact: z.string(),
      value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
      source: z.string().describe('the AWS call that told it'),
      asOf: isoDate.nullable().describe('when it was true'),
    }),
  ),
  remedy: z.object({ text: z.string(), commands: z.array(z.string()).describe('for a POSIX shell') }),
  frameworks: z
    .record(z.string(), z.array(z.string()))
    .describe('control ids by framework, e.g. "cis-aws-5.0": ["1.13"]'),
  accepted: z
    .object({ reason: z.string(), owner: z.string(), expires: z.string().describe('day, e.g. 2027-01-31') })
    .nullable()
    .describe('the exception, when the status is accepted'),
})

export const notEvaluatedSchema = z.object({
  check: z.string(),
  accountId: z.string(),
  because: z.string(),
  extent: z.enum(['all', 'part']).describe('part: the check ran on what was read'),
  notAsked: z.boolean().describe('only because nobody asked, or the files given do not hold it'),
  otherEvidence: z.literal(true).optional().describe('it needs what another command brings: a scan, or CloudTrail'),
})

const summary = z.object({
  bySeverity: z
    .object({ critical: count, high: count, medium: count, low: count, info: count })
    .describe('open findings'),
  accessKeys: z.object({ total: count, active: count, inactive: count }),
  checks: z.object({ evaluated: count, notEvaluated: count }),
})

/** `audit --json` */
export const auditDocument = z.object({
  schemaVersion,
  tool: z.object({ name: z.string(), version: z.string() }),
  collectedAt: isoDate.nullable().describe('the latest of the accounts'),
  accounts: z.array(
    z.object({
      accountId: z.string(),
      alias: z.string().nullable(),
      partition: z.string(),
      collectedAt: isoDate,
      collectedAtFrom: snapshot.shape.collectedAtFrom,
      complete: z.boolean().describe('false when anything was denied, throttled or cut off'),
      coverage: z.array(coverage),
    }),
  ),
  findings: z.array(findingSchema).describe('open before accepted, worst first'),
  notEvaluated: z.array(notEvaluatedSchema),
  notes: z.array(z.string()).describe('what a reader must know'),
  checks: z
    .array(
      z.object({
        id: z.string(),
        title: z.string(),
        severity,
        group: z.string(),
        why: z.string(),
        fix: z.string(),
        references: z.array(z.string()),
      }),
    )
    .describe('the checks of this run'),
  summary,
})

export const keyRowSchema = z.object({
  accessKeyId: z.string().nullable().describe('null: only the credential report was read, which has no IDs'),
  subjectId: z.string().describe('what findings call it: its ID, or the ARN of its user and #1 or #2'),
  accountId: z.string(),
  owner: z.object({ kind: z.enum(['user', 'root']), name: z.string(), arn: z.string() }),
  status: z.enum(['active', 'inactive']),
  createDate: isoDate.nullable(),
  ageDays: z.number().nullable(),
  lastUsed: z
    .object({ date: isoDate, service: z.string().nullable(), region: z.string().nullable() })
    .nullable()
    .describe('null: never used, or not known: see lastUsedKnown'),
  lastUsedKnown: z.boolean(),
  findings: z.array(z.string()).describe('check ids, worst first'),
  severity: severity.nullable(),
  nextAction: z.string(),
  leaks: z.unknown().nullable(),
  usage: z.unknown().nullable(),
  reach: reachSchema.nullable().describe('what the key opens; null: what its owner may do was not read'),
})

/** `keys --json` */
export const keysDocument = z.object({ schemaVersion, keys: z.array(keyRowSchema).describe('worst first') })

const policySource = z.enum([
  'identity-policy',
  'permissions-boundary',
  'session-policy',
  'scp',
  'rcp',
  'resource-policy',
  'trust-policy',
  'endpoint-policy',
  'default',
])
const reason = z.object({
  source: policySource,
  policy: z.string().nullable().describe('ARN, name or file; null: there is none that allows'),
  sid: z.string().nullable(),
  statement: z.int().nullable().describe('index in the document'),
})
const outcome = z.enum(['Allowed', 'ImplicitlyDenied', 'ExplicitlyDenied', 'Conditional'])

/** `policy decide --json` */
export const policyDecisionDocument = z.object({
  schemaVersion,
  principal: z.string().describe('ARN, name of a service, or * for nobody signed in'),
  action: z.string(),
  resource: z.string(),
  decision: z.enum(['allowed', 'denied', 'conditional']),
  explicitDeny: z.boolean(),
  blockedBy: policySource.nullable().describe('null unless denied'),
  conditions: z
    .array(
      z.object({
        operator: z.string(),
        key: z.string(),
        values: z.array(z.string()),
        effect: z.enum(['Allow', 'Deny']).describe('an Allow needs it to hold, a Deny needs it not to'),
      }),
    )
    .describe('conditions on keys whose values are not known'),
  unknown: z.array(z.string()).describe('what else is not known'),
  because: z.array(reason.extend({ line: z.int().nullable().describe('of the statement in its file') })),
})

/** `policy test --json` */
export const policyTestDocument = z.object({
  schemaVersion,
  passed: count,
  failed: count,
  cases: z.array(
    z.object({
      id: z.string(),
      decision: outcome,
      expected: outcome,
      blockedBy: policySource.nullable(),
      because: z.array(reason),
    }),
  ),
})

/** `policy lint --json` */
export const policyLintDocument = z.object({
  schemaVersion,
  files: z.array(
    z.object({
      file: z.string(),
      findings: z.array(
        z.object({
          rule: z.string(),
          level: z.enum(['error', 'warning']),
          message: z.string(),
          statement: z.int().nullable().describe('index in the document'),
          line: z.int().positive(),
          column: z.int().positive(),
          endLine: z.int().positive(),
          endColumn: z.int().positive(),
        }),
      ),
    }),
  ),
})

const DOCUMENTS = {
  audit: [auditDocument, 'What keyreeve audit --json prints'],
  keys: [keysDocument, 'What keyreeve keys --json prints'],
  'policy-decision': [policyDecisionDocument, 'What keyreeve policy decide --json prints'],
  'policy-test': [policyTestDocument, 'What keyreeve policy test --json prints'],
  'policy-lint': [policyLintDocument, 'What keyreeve policy lint --json prints'],
  snapshot: [snapshot, 'What keyreeve collect writes: everything read of one AWS account'],
  ...TRAIL_DOCUMENTS,
} as const

/**
 * The JSON Schemas by file name.
 * @param closed allow no field but the known ones, to find output that the schemas do not tell of
 */
export function jsonSchemas({ closed = false } = {}): Record<string, object> {
  return Object.fromEntries(
    Object.entries(DOCUMENTS).map(([name, [schema, description]]) => [
      `${name}.schema.json`,
      {
        ...z.toJSONSchema(schema, { io: closed ? 'output' : 'input' }),
        $id: `urn:keyreeve:schema:${name}:1`,
        title: `keyreeve ${name}`,
        description,
      },
    ]),
  )
}
