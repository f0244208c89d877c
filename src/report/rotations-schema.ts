/** The shape of what `keyreeve rotate` prints as JSON. */
import * as z from 'zod'
import { REPORT_SCHEMA_VERSION } from './format.ts'

const isoDate = z.string().describe('ISO 8601, UTC')
const text = z.string().nullable()

export const rotationsDocument = z.object({
  schemaVersion: z.literal(REPORT_SCHEMA_VERSION),
  rotations: z.array(
    z.object({
      accountId: z.string(),
      userName: text.describe('null: root, or not known'),
      accessKeyId: text.describe('the key that goes; null: none was found'),
      newAccessKeyId: text,
      mode: z
        .enum(['rotate', 'retire'])
        .nullable()
        .describe('retire: no new key is made, as the user has another; null: nothing was begun'),
      phase: z
        .enum([
          'begun',
          'creating',
          'made',
          'taking-back',
          'waiting',
          'deactivating',
          'inactive',
          'reactivating',
          'deleting',
          'ended',
        ])
        .nullable(),
      outcome: z
        .enum(['done', 'waits', 'refused', 'stopped', 'would', 'aborted'])
        .nullable()
        .describe('of this run; null: only the journal was read'),
      because: text.describe('what it waits for, or why it stopped'),
      until: isoDate.nullable().describe('when there is more to do, if nothing else is seen before'),
      waitsDays: z.int().nonnegative().nullable(),
      begunAt: isoDate.nullable(),
      switchedAt: isoDate.nullable().describe('when every destination had the new key'),
      deactivatedAt: isoDate.nullable(),
      endedAt: isoDate.nullable(),
      deliveries: z.array(
        z.object({
          to: z.string(),
          state: z.enum(['open', 'delivering', 'delivered', 'put-back', 'kept']),
          verified: z.enum(['read-back', 'accepted']).nullable(),
        }),
      ),
      brokenCalls: z
        .array(z.object({ time: isoDate, action: z.string(), address: text, agent: text, errorCode: text }))
        .describe('calls for which the old key was activated again'),
    }),
  ),
  untouched: z
    .array(z.object({ userName: z.string(), accessKeyId: z.string(), ageDays: z.int(), because: z.string() }))
    .describe('keys that are due and have no destination'),
})
