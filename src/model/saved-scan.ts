/** A scan as the workspace keeps it: where it looked, what it found, what it could not see. No field holds a secret. */
import * as z from 'zod'
import { SEVERITIES } from './finding.ts'
import { LEAK_CLASSES, type Leak, PLACE_KINDS, VERIFICATION_STATUSES } from './leak.ts'
import { coverage } from './snapshot.ts'

export const SAVED_SCAN_VERSION = 1

const text = z.string().max(10_000)
const maybe = text.nullable()
const position = z.int().positive().nullable()
const flag = z.boolean().nullable()

const place = z.object({
  kind: z.enum(PLACE_KINDS),
  path: text,
  line: position,
  column: position,
  member: maybe,
  encodings: z.array(text).max(20),
  commit: maybe,
  author: maybe,
  date: maybe,
  lastCommit: maybe,
  inHead: flag,
  reachable: flag,
  region: maybe,
  allowed: maybe,
})

/** A leak as documents have it. */
export const savedLeak = z.object({
  fingerprint: text,
  kind: z.enum(['long-term', 'temporary', 'bedrock-api-key', 'secret']),
  accessKeyId: z
    .string()
    .regex(/^A[A-Z]{3}[A-Z0-9]{12,124}$/)
    .nullable(),
  accountId: z
    .string()
    .regex(/^\d{12}$/)
    .nullable(),
  class: z.enum(LEAK_CLASSES),
  reason: text,
  evidence: z.enum(['pair', 'named-secret', 'bare-secret', 'token', 'id-only']),
  hasSecret: z.boolean(),
  secretFingerprint: maybe,
  hasSessionToken: z.boolean(),
  expiration: maybe,
  inAccount: z
    .object({
      accountId: text,
      status: z.enum(['active', 'inactive', 'unknown-key']),
      owner: maybe,
      severity: z.enum(SEVERITIES),
    })
    .nullable(),
  verified: z
    .object({
      status: z.enum(VERIFICATION_STATUSES),
      arn: maybe,
      accountId: maybe,
      code: maybe,
      at: text,
    })
    .optional(),
  otherHalf: z.object({ fingerprint: text, file: text }).optional(),
  places: z.array(place),
})

export const savedScan = z.object({
  kind: z.literal('keyreeve-scan'),
  schemaVersion: z.literal(SAVED_SCAN_VERSION),
  tool: z.object({ name: text, version: text }),
  scannedAt: text.describe('ISO 8601, UTC'),
  targets: z
    .array(z.object({ kind: z.enum(['path', 'account', 'host', 'stdin']), name: text }))
    .describe('an absolute path, an account ID, a host name'),
  complete: z.boolean(),
  coverage: z.array(coverage).describe('of an account: what was read, and what was not'),
  skipped: z.array(z.object({ what: text, why: text })),
  leaks: z.array(savedLeak),
})

export type ScanTarget = SavedScan['targets'][number]
export interface SavedScan extends Omit<z.infer<typeof savedScan>, 'leaks'> {
  leaks: Leak[]
}
