/** What became of a plan in the sandbox. */
import * as z from 'zod'
import { SEVERITIES } from './finding.ts'

export const REHEARSAL_SCHEMA_VERSION = 1

const deniedCall = z.object({
  principal: z.string(),
  accessKeyId: z.string().nullable(),
  action: z.string(),
  resource: z.string().nullable().describe('null: it is not known on what'),
  calls: z.int(),
  lastSeen: z.string(),
  because: z.string().describe('the policy and its statement, or that the key or the principal is gone'),
})

const replaySummary = z.object({
  calls: z.int().describe('recorded calls that were asked again'),
  unexplained: z.int().describe('calls that were let through and would be denied today, too: not judged'),
  denied: z.array(deniedCall).describe('what succeeded, and would be denied after the plan; the most frequent first'),
  unsure: z.array(deniedCall).describe('what succeeded, and hangs on something that CloudTrail does not tell'),
})

const rehearsedFinding = z.object({
  fingerprint: z.string(),
  check: z.string(),
  severity: z.enum(SEVERITIES),
  subject: z.string(),
  because: z.string(),
})

export const rehearsalSchema = z.object({
  schemaVersion: z.literal(REHEARSAL_SCHEMA_VERSION),
  planId: z.string(),
  accountId: z.string(),
  steps: z.array(
    z.object({
      step: z.string(),
      change: z.string(),
      outcome: z.enum(['done', 'was-done', 'already', 'undone', 'waits', 'refused', 'stopped', 'interrupted']),
      because: z.string().nullable(),
    }),
  ),
  findings: z.object({
    closed: z.array(rehearsedFinding),
    promised: z.array(rehearsedFinding).describe('what the plan says it closes, and which stays'),
    opened: z.array(rehearsedFinding).describe('what was not there before'),
    open: z.int().describe('findings that remain, those that were accepted aside'),
  }),
  replay: replaySummary
    .extend({ from: z.string(), to: z.string(), complete: z.boolean() })
    .nullable()
    .describe('null: no CloudTrail was read'),
  left: z.array(z.string()).describe('what of the snapshot the sandbox does not have'),
})

export type DeniedCall = z.infer<typeof deniedCall>
export type ReplaySummary = z.infer<typeof replaySummary>
export type RehearsedFinding = z.infer<typeof rehearsedFinding>
export type Rehearsal = z.infer<typeof rehearsalSchema>
