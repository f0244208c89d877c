/**
 * The shape of the JSON documents. `schemas/` is made from this, and a test holds the output against it. The reports
 * themselves do not load it.
 */
import * as z from 'zod'
import { SEVERITIES } from '../model/finding.ts'
import { incident, plannedDocument } from '../model/incident.ts'
import { LEAK_CLASSES, PLACE_KINDS, VERIFICATION_STATUSES } from '../model/leak.ts'
import { outcomesDocument, planSchema } from '../model/plan.ts'
import { POLICY_SOURCES, RISK_CLASSES } from '../model/reach.ts'
import { rehearsalSchema } from '../model/rehearsal.ts'
import { savedLeak } from '../model/saved-scan.ts'
import { coverage, snapshot } from '../model/snapshot.ts'
import { REPORT_SCHEMA_VERSION } from './format.ts'
import { reachCanDocument, reachPathsDocument, reachSummaryDocument, reachWhoCanDocument } from './reach-schema.ts'
import { rotationsDocument } from './rotations-schema.ts'
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
    'resource',
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
  levels: z
    .record(z.string(), z.object({ allowed: count, restricted: count }))
    .describe('actions by access level; restricted: on some resources, or under conditions'),
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
  otherEvidence: z.literal(true).optional().describe('what would tell is a scan, or CloudTrail'),
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
  leaks: z.array(savedLeak).nullable().describe('where the key lies open; null: no scan was joined'),
  usage: z.unknown().nullable(),
  reach: reachSchema.nullable().describe('what the key opens; null: what its owner may do was not read'),
})

/** `keys --json` */
export const keysDocument = z.object({ schemaVersion, keys: z.array(keyRowSchema).describe('worst first') })

const policySource = z.enum(POLICY_SOURCES)
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

const leakPlace = z.object({
  kind: z.enum(PLACE_KINDS),
  path: z.string().describe('a file; a path in a repository; an ARN; - is standard input'),
  line: z.int().positive().nullable(),
  column: z.int().positive().nullable().describe('in bytes'),
  member: z.string().nullable().describe('what lies inside path; members of nested archives are joined by !/'),
  encodings: z.array(z.string()).describe('how it was written there, outermost first; empty: plainly'),
  commit: z.string().nullable().describe('the first commit that has it there'),
  author: z.string().nullable(),
  date: z.string().nullable(),
  lastCommit: z.string().nullable(),
  inHead: z.boolean().nullable(),
  reachable: z.boolean().nullable().describe('false: only a dangling object or a reflog leads there'),
  region: z.string().nullable(),
  allowed: z.string().nullable().describe('the reason in an allow comment beside it'),
})

export const leakSchema = z.object({
  fingerprint: z.string().describe('the same for the same credential wherever it lies'),
  kind: z.enum(['long-term', 'temporary', 'bedrock-api-key', 'secret']),
  accessKeyId: z.string().nullable().describe('null: a secret alone, or a bearer key'),
  accountId: z.string().nullable().describe('decoded from the ID'),
  class: z.enum(LEAK_CLASSES),
  reason: z.string().describe('why that class'),
  evidence: z.enum(['pair', 'named-secret', 'bare-secret', 'token', 'id-only']),
  hasSecret: z.boolean(),
  secretFingerprint: z.string().nullable().describe('keyed; the same secret gives the same value in one workspace'),
  hasSessionToken: z.boolean(),
  expiration: isoDate.nullable().describe('of temporary credentials, where it stands beside them'),
  inAccount: z
    .object({
      accountId: z.string(),
      status: z.enum(['active', 'inactive', 'unknown-key']),
      owner: z.string().nullable().describe('ARN'),
      severity,
    })
    .nullable()
    .describe('null: not compared with a snapshot, or it cannot tell'),
  verified: z
    .object({
      status: z.enum(VERIFICATION_STATUSES),
      arn: z.string().nullable().describe('whose it is'),
      accountId: z.string().nullable(),
      code: z.string().nullable().describe("AWS's error code"),
      at: isoDate,
    })
    .optional()
    .describe('what sts:GetCallerIdentity said to the key (--verify); absent: it was not tried'),
  otherHalf: z
    .object({ fingerprint: z.string().describe('of the other leak'), file: z.string() })
    .optional()
    .describe('of an ID alone its secret, of a secret alone its ID, probably: in a file of the same folder'),
  places: z.array(leakPlace),
  severity,
  status: z.enum(['open', 'suppressed']),
  suppressedBecause: z.string().nullable(),
  nextAction: z.string(),
  commands: z.array(z.string()).describe('for a POSIX shell'),
})

/** `scan --json` */
export const scanDocument = z.object({
  schemaVersion,
  tool: z.object({ name: z.string(), version: z.string() }),
  comparedWith: z.array(z.object({ accountId: z.string(), collectedAt: isoDate })),
  scanned: z.object({
    files: count,
    blobs: count,
    bytes: count,
    leftOut: count.describe('files and folders that .gitignore has left out'),
    skipped: z.array(z.object({ what: z.string(), why: z.string() })),
  }),
  leaks: z.array(leakSchema).describe('open before suppressed, worst first'),
})

const detected = z.object({
  fingerprint: z.string().describe('the same for the same thing in every run'),
  id: z.string().describe("the detection's name"),
  code: z.string().regex(/^CT\d\d$/),
  title: z.string(),
  severity,
  status: z.enum(['open', 'allowed']),
  allowed: z.object({ reason: z.string() }).nullable().describe('the allowance, when the status is allowed'),
  attack: z.array(z.string()).describe('MITRE ATT&CK techniques'),
  time: isoDate.describe('of the first event'),
  lastTime: isoDate,
  principal: z.string().nullable().describe('ARN; of the role, where a session acted'),
  sessionName: z.string().nullable(),
  accessKeyId: z.string().nullable(),
  accountId: z.string().nullable(),
  region: z.string().nullable(),
  sourceIp: z.string().nullable().describe('one of them, where there are several'),
  userAgent: z.string().nullable(),
  count: count.describe('how many events'),
  events: z.array(z.string()).describe('their IDs, the first hundred'),
  because: z.string().describe('one sentence'),
})

/** `trail detect --json` */
export const trailDetectDocument = z.object({
  schemaVersion,
  tool: z.object({ name: z.string(), version: z.string() }),
  engine: z.enum(['duckdb', 'athena']),
  since: isoDate.nullable().describe('only what happened from then on is reported; null: all'),
  events: count,
  from: isoDate.nullable(),
  to: isoDate.nullable(),
  detections: z.array(detected).describe('open before allowed, worst first'),
  notEvaluated: z.array(
    z.object({
      id: z.string(),
      code: z.string(),
      because: z.string(),
      extent: z.enum(['all', 'part']).describe('part: what needs no history was looked for'),
    }),
  ),
  input: z
    .object({
      files: count,
      rejected: count.describe('records that could not be read'),
      skipped: z.array(z.object({ what: z.string(), why: z.string() })),
    })
    .nullable()
    .describe('what was read of the files given; null: the store was asked'),
  summary: z.object({
    bySeverity: z
      .object({ critical: count, high: count, medium: count, low: count, info: count })
      .describe('open detections'),
    allowed: count,
  }),
})

const DOCUMENTS = {
  incident: [incident, 'What `keyreeve revoke --json` prints, and what lies in .keyreeve/incidents/.'],
  'revoke-dry-run': [plannedDocument, 'What keyreeve revoke --dry-run --json prints'],
  audit: [auditDocument, 'What keyreeve audit --json prints'],
  keys: [keysDocument, 'What keyreeve keys --json prints'],
  'policy-decision': [policyDecisionDocument, 'What keyreeve policy decide --json prints'],
  'policy-test': [policyTestDocument, 'What keyreeve policy test --json prints'],
  'policy-lint': [policyLintDocument, 'What keyreeve policy lint --json prints'],
  'reach-can': [reachCanDocument, 'What keyreeve reach can PRINCIPAL ACTION --json prints'],
  'reach-summary': [reachSummaryDocument, 'What keyreeve reach can PRINCIPAL --json prints'],
  'reach-who-can': [reachWhoCanDocument, 'What keyreeve reach who-can --json prints'],
  'reach-paths': [reachPathsDocument, 'What keyreeve reach paths --json prints'],
  rotate: [rotationsDocument, 'What keyreeve rotate --json prints'],
  scan: [scanDocument, 'What keyreeve scan --json prints'],
  'trail-detect': [trailDetectDocument, 'What keyreeve trail detect --json prints'],
  apply: [outcomesDocument, 'What keyreeve apply --json and keyreeve undo --json print'],
  plan: [planSchema, 'What keyreeve plan writes: typed steps, with no secret in them'],
  rehearsal: [rehearsalSchema, 'What keyreeve apply --rehearse --json prints'],
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
