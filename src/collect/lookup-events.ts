/**
 * CloudTrail's event history: the last 90 days of management events, also where there is no trail.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { failureOf } from '../aws/failure.ts'
import type { AwsSession } from '../aws/session.ts'
import type { RemoteLog } from './trail-logs.ts'

export interface LookupOptions {
  regions: readonly string[]
  /** Only the events of this key. */
  accessKeyId?: string | undefined
  /** Only the events with this attribute; goes before `accessKeyId`. */
  attribute?: { key: 'Username' | 'ResourceName'; value: string } | undefined
  /** So many pages of 50 events in each region; what is behind them is skipped with that reason. */
  mostPages?: number | undefined
  /** Days, inclusive. */
  since?: string | undefined
  until?: string | undefined
  /** AWS answers two calls a second in each region of an account; for tests. */
  millisecondsBetween?: number
  abortSignal?: AbortSignal | undefined
  /** A region that could not be read to its end, and why. */
  skip(what: string, why: string): void
}

const BETWEEN = 500

/** The answers, page by page, as log files. */
export async function* lookupEvents(session: AwsSession, options: LookupOptions): AsyncIterable<RemoteLog> {
  for (const region of options.regions) yield* inRegion(session, region, options)
}

async function* inRegion(session: AwsSession, region: string, options: LookupOptions): AsyncIterable<RemoteLog> {
  const { accessKeyId, attribute, since, until, abortSignal, mostPages = Number.POSITIVE_INFINITY } = options
  const { key, value } = attribute ?? { key: 'AccessKeyId', value: accessKeyId }
  const input = {
    MaxResults: 50,
    ...(value ? { LookupAttributes: [{ AttributeKey: key, AttributeValue: value }] } : {}),
    ...(since ? { StartTime: new Date(`${since}T00:00:00Z`) } : {}),
    ...(until ? { EndTime: new Date(`${until}T23:59:59Z`) } : {}),
  }
  let token: string | undefined
  for (let page = 1; ; page++) {
    let answer: Record<string, unknown>
    try {
      const next = token ? { NextToken: token } : {}
      answer = await session.call('cloudtrail', 'LookupEvents', { ...input, ...next }, { region, abortSignal })
    } catch (error) {
      abortSignal?.throwIfAborted()
      options.skip(
        `cloudtrail:LookupEvents in ${region}${page > 1 ? `, from page ${page}` : ''}`,
        failureOf(error).detail,
      )
      return
    }
    yield asLog(answer.Events, region, page)
    if (typeof answer.NextToken !== 'string' || answer.NextToken === '') return
    token = answer.NextToken
    if (page >= mostPages) {
      options.skip(
        `cloudtrail:LookupEvents in ${region}, from page ${page + 1}`,
        'there are more events than are asked for',
      )
      return
    }
    await sleep(options.millisecondsBetween ?? BETWEEN, undefined, abortSignal ? { signal: abortSignal } : {})
  }
}

/** A page is never the same as one of before: what the store has already is told by the events. */
function asLog(events: unknown, region: string, page: number): RemoteLog {
  const found = Array.isArray(events) ? (events as { CloudTrailEvent?: unknown }[]) : []
  const bytes = Buffer.from(JSON.stringify({ Events: found.map(({ CloudTrailEvent }) => ({ CloudTrailEvent })) }))
  return {
    name: `LookupEvents in ${region}, page ${page}`,
    version: new Date().toISOString(),
    size: bytes.length,
    read: async () => bytes,
    stream: async () => Readable.from([bytes]),
  }
}
