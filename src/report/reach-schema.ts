/** The shape of what `reach --json` prints. */
import * as z from 'zod'
import { RISK_CLASSES } from '../model/reach.ts'
import { REPORT_SCHEMA_VERSION } from './format.ts'

const schemaVersion = z.literal(REPORT_SCHEMA_VERSION)
const assumptions = z.array(z.string()).describe('what every answer takes for granted, one sentence each')
const count = z.int().nonnegative()

const condition = z.object({
  operator: z.string(),
  key: z.string(),
  values: z.array(z.string()),
  effect: z.enum(['Allow', 'Deny']).describe('an Allow needs it to hold, a Deny needs it not to'),
})

const reason = z.object({
  source: z.string().describe('identity-policy, permissions-boundary, scp, trust-policy, ...'),
  policy: z.string().nullable().describe('ARN, or inline policy with its owner; null: there is none that allows'),
  sid: z.string().nullable(),
  statement: z.int().nullable().describe('index in the document'),
})

const conditions = z.array(condition).describe('conditions on keys whose values are not known')
const unknown = z.array(z.string()).describe('what else is not known, and may turn the answer')
const because = z.array(reason).describe('the statements that decided')

const access = {
  decision: z.enum(['allowed', 'denied', 'conditional']),
  explicitDeny: z.boolean(),
  blockedBy: z.string().nullable().describe('the kind of policy in the way; null unless denied'),
  conditions,
  unknown,
  because,
}

const on = z.array(z.string()).nullable().describe('where no resource was named: patterns of those it is allowed on')

const canAnswer = z.object({
  principal: z.string().describe('ARN'),
  action: z.string(),
  resource: z.string().nullable().describe('null: any'),
  ...access,
  on,
})

const extent = z.object({ allowed: count, restricted: count.describe('on some resources, or under conditions') })

const summary = z.object({
  principal: z.string().describe('ARN'),
  actions: extent,
  levels: z.record(z.string(), extent).describe('by access level'),
  risks: z.record(z.enum(RISK_CLASSES), z.object({ allowed: z.array(z.string()), restricted: z.array(z.string()) })),
  admin: z.enum(['yes', 'conditional', 'no']).describe('by effect'),
  stoppedBy: z
    .array(
      z.object({
        source: z.string(),
        policy: z.string().nullable(),
        actions: count,
        examples: z.array(z.string()),
      }),
    )
    .describe('what its policies allow, and boundary or organization take away'),
  unknown,
})

/** One answer as it is; several, where a name is in several accounts, as `answers`. */
function oneOrMore<Shape extends z.ZodRawShape>(answer: z.ZodObject<Shape>) {
  return z.union([
    answer.extend({ schemaVersion, assumptions }),
    z.object({ schemaVersion, answers: z.array(answer), assumptions }),
  ])
}

/** `reach can PRINCIPAL ACTION [RESOURCE] --json` */
export const reachCanDocument = oneOrMore(canAnswer)

/** `reach can PRINCIPAL --json` */
export const reachSummaryDocument = oneOrMore(summary)

/** `reach who-can ACTION [RESOURCE] --json` */
export const reachWhoCanDocument = z.object({
  schemaVersion,
  action: z.string(),
  resource: z.string().nullable().describe('null: any'),
  principals: z.array(z.object({ principal: z.string().describe('ARN'), ...access, on })),
  assumptions,
})

const pathDecision = z.enum(['allowed', 'conditional'])

const hop = z.object({
  from: z.string().describe('ARN; for those outside an account, `*` or a provider'),
  to: z.string().describe('ARN, or `admin`: everything'),
  technique: z.string().describe('id of a way: see docs/escalations.md'),
  title: z.string().describe('what is done, in words'),
  permissions: z.array(z.object({ action: z.string(), resource: z.string() })),
  decision: pathDecision,
  conditions,
  unknown,
  because,
  alternatives: z.array(z.string()).describe('other ways to make the same step'),
})

/** `reach paths --json` */
export const reachPathsDocument = z.object({
  schemaVersion,
  admins: z
    .array(z.string())
    .describe('ARNs of all who can do everything, or can grant it to themselves; root left out'),
  shadowAdmins: z.array(z.string()).describe('those of them that cannot yet, but can grant it to themselves'),
  paths: z.array(z.object({ from: z.string(), to: z.string(), decision: pathDecision, hops: z.array(hop) })),
  omitted: count.describe('how many more there are than are listed'),
  sources: z.object({ allowed: count, conditional: count }).describe('principals that reach the target'),
  cut: z
    .array(
      z.object({
        policy: z.string(),
        statement: z.int(),
        sid: z.string().nullable(),
        principal: z.string().nullable().describe('who has the statement; the first by name'),
        closes: count
          .nullable()
          .describe(
            'principals that have no path any more once this one is gone, too; null: not counted in the time there is',
          ),
      }),
    )
    .describe('the fewest statements to remove or narrow so that no path is left'),
  cutIs: z.enum(['exact', 'greedy', 'incomplete', 'none']),
  assumptions,
})
