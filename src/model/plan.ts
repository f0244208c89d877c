/**
 * Plans: what is to be changed, on what facts that relies, who might break, and how it is taken back. No field can hold
 * a secret. A plan that is read from a file is input like any other: `planSchema` says what is taken.
 */
import * as z from 'zod'

export const PLAN_SCHEMA_VERSION = 1

export const STEP_KINDS = [
  'deactivate-key',
  'delete-key',
  'delete-root-key',
  'quarantine-user',
  'quarantine-role',
  'remove-user',
  'remove-role',
  'delete-policy',
  'set-password-policy',
  'create-policy',
  'create-group',
  'join-group',
  'move-policies-to-group',
  'require-mfa',
  'drop-policy-version',
  'change-policy',
  'change-trust',
  'detach-policy',
] as const
export type StepKind = (typeof STEP_KINDS)[number]

/** Something that AWS can be asked, with the answer that is expected. */
const fact = z.object({
  fact: z.string().describe('what is asked: access-key-status, policy-attached ...'),
  of: z.record(z.string(), z.string()).describe('of what: userName, accessKeyId, policyArn ...'),
  value: z.string().describe('the answer; documents are told apart by their digest'),
})

/** One call to AWS. */
const operation = z.object({
  call: z.string().describe('iam:UpdateAccessKey'),
  input: z.record(z.string(), z.unknown()),
})

const step = z.object({
  id: z.string().regex(/^[\w:+=,.@/-]{1,512}$/),
  kind: z.enum(STEP_KINDS),
  subject: z.object({
    kind: z.string(),
    id: z.string(),
    arn: z.string().nullable(),
    name: z.string().nullable(),
  }),
  change: z.string().describe('what it does, as a sentence'),
  session: z
    .object({ rootOf: z.string(), task: z.string() })
    .nullable()
    .describe('null: the credentials of the run; else root of that account, by sts:AssumeRoot for that task'),
  operations: z.array(operation).min(1),
  replaces: z.string().nullable().describe('of steps that change a document: the document as it was; else null'),
  reliesOn: z.array(fact).describe('asked again just before it acts; another answer stops it'),
  mayBreak: z.array(z.object({ who: z.string(), evidence: z.string() })),
  verify: z.array(fact).min(1).describe('what must be so afterwards'),
  undo: z
    .object({
      operations: z.array(operation),
      verify: z.array(fact),
      reliesOn: z
        .array(fact)
        .optional()
        .describe('must be so before it is taken back, beside what `verify` of the step says'),
    })
    .nullable()
    .describe('null: it cannot be taken back'),
  waitsFor: z.array(
    z.object({ step: z.string(), days: z.number().describe('how long that step must have been done') }),
  ),
  closes: z.array(z.string()).describe('fingerprints of findings'),
})

/** What another command does better than a step: it waits for what it cannot know, and is run again and again. */
const handOver = z.object({
  subject: step.shape.subject,
  command: z.array(z.string()).min(1).describe('argument by argument, ready to be run'),
  because: z.string(),
  mayBreak: step.shape.mayBreak,
  closes: step.shape.closes,
})

export const planSchema = z.object({
  schemaVersion: z.literal(PLAN_SCHEMA_VERSION),
  planId: z.string().regex(/^[0-9a-f]{16}$/),
  accountId: z.string().regex(/^\d{12}$/),
  snapshot: z.object({ collectedAt: z.string(), digest: z.string() }),
  steps: z.array(step),
  handOvers: z.array(handOver).describe('left to other commands; `apply` does not do them'),
  cannot: z.array(
    z.object({
      fingerprint: z.string(),
      check: z.string(),
      subject: z.string(),
      because: z.string(),
      byHand: z.array(z.string()).optional().describe('what a person does instead, one sentence after the other'),
    }),
  ),
})

const ofStep = z.string().describe('the ID of the step')

/** What became of a step in one run. */
const outcome = z.discriminatedUnion('outcome', [
  z.object({
    step: ofStep,
    outcome: z
      .enum(['done', 'was-done', 'already', 'undone'])
      .describe('was-done: by an earlier run; already: it was so before the plan'),
  }),
  z.object({
    step: ofStep,
    outcome: z.literal('waits'),
    for: z.string().describe('another step, or credentials'),
    until: z.string().nullable().describe('ISO 8601, UTC; null: that is not known'),
  }),
  z.object({
    step: ofStep,
    outcome: z.literal('refused').describe('nothing was changed, or what was changed is taken back'),
    because: z.string(),
  }),
  z.object({ step: ofStep, outcome: z.literal('stopped').describe('somebody ended the run between two calls') }),
  z.object({
    step: ofStep,
    outcome: z.literal('interrupted').describe('it is not known what is true: another run finds out'),
    because: z.string(),
  }),
])

/** What a run of `apply` or `undo` says. */
export const outcomesDocument = z.object({
  schemaVersion: z.literal(PLAN_SCHEMA_VERSION),
  planId: planSchema.shape.planId,
  steps: z.array(outcome).describe('in the order in which they were tried; none after one that stopped the run'),
})

export type Outcome = z.infer<typeof outcome>
export type Outcomes = z.infer<typeof outcomesDocument>
export type Fact = z.infer<typeof fact>
export type Operation = z.infer<typeof operation>
export type Step = z.infer<typeof step>
export type HandOver = z.infer<typeof handOver>
export type Plan = z.infer<typeof planSchema>
