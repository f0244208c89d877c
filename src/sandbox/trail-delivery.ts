/**
 * Trails bring what was called into their buckets, as files of CloudTrail's, some time after the calls.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 *
 * Nothing runs in the background: whoever looks at a bucket or at a trail's status lets come what is due.
 */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { evaluate } from '../policy/index.ts'
import { documentOf } from './authorization/policies.ts'
import { type Bucket, putObject } from './buckets.ts'
import type { Call } from './call.ts'
import type { CallLog, CallRecord, LoggedCall } from './call-log.ts'
import { type Account, type AdvancedEventSelector, nowOf, type Trail, type World } from './state.ts'
import { eventSource, trailEvent } from './trail-event.ts'

type Delivery = Pick<Call, 'world' | 'log' | 'settings'>

/** Puts everything that is due into the buckets of all trails that log. */
export function deliverTrails({ world, log, settings }: Delivery): void {
  const until = Date.now() - settings.trailDelayMs
  for (const { account, trail } of loggingTrails(world)) deliver(world, account, trail, log, until)
}

function* loggingTrails(world: World): Iterable<{ account: Account; trail: Trail }> {
  for (const account of world.accounts.values())
    for (const region of account.regions.values())
      for (const trail of region.trails.values()) if (trail.isLogging) yield { account, trail }
}

function deliver(world: World, account: Account, trail: Trail, log: CallLog, until: number): void {
  const due = newerThan(log.records, trail.deliveredUpTo).filter(({ receivedAt }) => receivedAt <= until)
  const last = due.at(-1)
  if (!last) return
  const bucket = world.buckets.get(trail.s3BucketName)
  trail.latestDeliveryError = bucket ? (mayDeliver(account, trail, bucket) ? null : 'AccessDenied') : 'NoSuchBucket'
  // what cannot be delivered is kept for a next time
  if (!bucket || trail.latestDeliveryError) return
  trail.deliveredUpTo = last.sequence
  put(world, account, trail, bucket, due)
}

/** Puts what was called before the world began into the buckets of all trails that log. */
export function deliverPast(world: World, records: readonly CallRecord[]): void {
  for (const { account, trail } of loggingTrails(world)) {
    const bucket = world.buckets.get(trail.s3BucketName)
    if (bucket) put(world, account, trail, bucket, records)
  }
}

function put(world: World, account: Account, trail: Trail, bucket: Bucket, due: readonly CallRecord[]): void {
  for (const records of filesOf(due.filter((record) => takes(world, account, trail, record)))) {
    putObject(world, bucket, keyOf(world, trail, records), bodyOf(records), {
      contentType: 'application/json',
      contentEncoding: 'gzip',
    })
    trail.latestDeliveryTime = nowOf(world)
  }
}

/** Records stand in the order of their places. */
function newerThan(records: readonly LoggedCall[], sequence: number): readonly LoggedCall[] {
  let from = records.length
  while (from > 0 && records[from - 1]!.sequence > sequence) from--
  return records.slice(from)
}

/** By the bucket's policy: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html */
function mayDeliver({ accountId }: Account, trail: Trail, bucket: Bucket): boolean {
  if (bucket.policy === null) return false
  const decision = evaluate(
    {
      principal: { type: 'Service', service: 'cloudtrail.amazonaws.com' },
      action: 's3:PutObject',
      resource: `${bucket.arn}/${prefixOf(trail)}AWSLogs/${accountId}/CloudTrail/x`,
      resourceAccount: bucket.accountId,
      context: {
        's3:x-amz-acl': 'bucket-owner-full-control',
        'aws:SourceArn': trail.arn,
        'aws:SourceAccount': accountId,
      },
      contextIs: 'closed',
    },
    {
      identity: [],
      boundary: null,
      session: null,
      scps: [],
      rcps: [],
      resource: { name: `bucket policy of ${bucket.name}`, policy: documentOf(bucket.policy) },
      endpoint: null,
    },
  )
  return decision.decision === 'allowed'
}

/** Whether a trail's selectors and its reach take a call. */
function takes(world: World, account: Account, trail: Trail, record: CallRecord): boolean {
  const isMember = trail.isOrganizationTrail && world.organization?.accounts.has(record.accountId ?? '')
  if (record.accountId !== account.accountId && !isMember) return false
  if (record.isGlobal && !trail.includeGlobalServiceEvents) return false
  if (record.region !== trail.homeRegion && !trail.isMultiRegionTrail) return false
  if (trail.advancedEventSelectors.length > 0)
    return trail.advancedEventSelectors.some((selector) => selects(selector, record))
  return trail.eventSelectors.some((selector) => {
    if (selector.readWriteType !== 'All' && (selector.readWriteType === 'ReadOnly') !== record.readOnly) return false
    if (!record.isDataEvent)
      return (
        selector.includeManagementEvents &&
        !selector.excludeManagementEventSources.includes(eventSource(record.service))
      )
    return selector.dataResources.some(({ values }) =>
      record.resources.some(({ name }) => values.some((value) => name.startsWith(value))),
    )
  })
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html */
function selects({ fieldSelectors }: AdvancedEventSelector, record: CallRecord): boolean {
  const fields: Record<string, readonly string[]> = {
    eventCategory: [record.isDataEvent ? 'Data' : 'Management'],
    readOnly: [String(record.readOnly)],
    eventSource: [eventSource(record.service)],
    eventName: [record.action],
    'resources.type': record.resources.map(({ type }) => type),
    'resources.ARN': record.resources.map(({ name }) => name),
  }
  return fieldSelectors.every(({ field, operators }) => {
    const values = fields[field] ?? []
    return Object.entries(operators).every(([operator, wanted]) => {
      const test = OPERATORS[operator.replace(/^Not/, '')]
      const hit = test !== undefined && values.some((value) => wanted.some((text) => test(value, text)))
      return operator.startsWith('Not') ? !hit : hit
    })
  })
}

const OPERATORS: Record<string, (value: string, text: string) => boolean> = {
  Equals: (value, text) => value === text,
  StartsWith: (value, text) => value.startsWith(text),
  EndsWith: (value, text) => value.endsWith(text),
}

/** One file for each account, region and day. */
function filesOf(records: readonly CallRecord[]): CallRecord[][] {
  const files = new Map<string, CallRecord[]>()
  for (const record of records) {
    const key = `${record.accountId} ${record.region} ${record.time.toISOString().slice(0, 10)}`
    const file = files.get(key)
    if (file) file.push(record)
    else files.set(key, [record])
  }
  return [...files.values()]
}

function prefixOf({ s3KeyPrefix }: Trail): string {
  return s3KeyPrefix === null ? '' : `${s3KeyPrefix}/`
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-name-format.html */
function keyOf(world: World, trail: Trail, records: readonly CallRecord[]): string {
  const { accountId, region, time, eventId } = records[0]!
  const organization = trail.isOrganizationTrail && world.organization ? `${world.organization.id}/` : ''
  const [day, clock] = time.toISOString().split('T')
  const minute = `${day!.replaceAll('-', '')}T${clock!.slice(0, 5).replace(':', '')}Z`
  const unique = createHash('sha256')
    .update(eventId)
    .digest('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .slice(0, 16)
  return `${prefixOf(trail)}AWSLogs/${organization}${accountId}/CloudTrail/${region}/${day!.replaceAll('-', '/')}/${accountId}_CloudTrail_${region}_${minute}_${unique}.json.gz`
}

function bodyOf(records: readonly CallRecord[]): Uint8Array {
  return gzipSync(JSON.stringify({ Records: records.map(trailEvent) }))
}
