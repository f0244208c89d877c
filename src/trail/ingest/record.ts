/** Records that are not as CloudTrail writes them to its files: unwrapped, checked, and written anew. */

/** What the store cannot do without. */
const NEEDED = ['eventID', 'eventTime', 'eventSource', 'eventName'] as const

/** CloudTrail began on 2013-11-13: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-document-history.html */
export const EARLIEST = '2013-11-01'

export type Record = { [key: string]: unknown }

/**
 * The records in a JSON value: itself, those of a wrapper, or those in the answer of LookupEvents, in EventBridge's
 * envelope, or in CloudWatch Logs.
 * @returns strings are reasons why something is no record
 */
export function recordsIn(value: unknown, depth = 0): (Record | string)[] {
  if (typeof value === 'string') return fromText(value, depth)
  if (Array.isArray(value)) return depth > 4 ? ['nested too deep'] : value.flatMap((item) => recordsIn(item, depth + 1))
  if (typeof value !== 'object' || value === null) return ['not a record']
  if (depth > 4) return ['nested too deep']
  const object = value as Record
  for (const list of ['Records', 'Events', 'logEvents', 'records'])
    if (Array.isArray(object[list])) return recordsIn(object[list], depth + 1)
  // https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html
  if (typeof object.CloudTrailEvent === 'string') return fromText(object.CloudTrailEvent, depth)
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
  if (isObject(object.detail) && 'detail-type' in object) return recordsIn(object.detail, depth + 1)
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
  if (typeof object.message === 'string' && object.eventName === undefined) return fromText(object.message, depth)
  const fault = faultOf(object)
  return [fault ?? object]
}

function fromText(text: string, depth: number): (Record | string)[] {
  try {
    return recordsIn(JSON.parse(text), depth + 1)
  } catch {
    return ['not JSON']
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What is wrong with a record; null: nothing. */
function faultOf(record: Record): string | null {
  const missing = NEEDED.filter((name) => record[name] === undefined || record[name] === null || record[name] === '')
  if (missing.length > 0) return `without ${missing.join(', ')}`
  const wrong = NEEDED.filter((name) => typeof record[name] !== 'string')
  if (wrong.length > 0) return `${wrong.join(', ')} is no text`
  return faultOfTime(record.eventTime as string)
}

function faultOfTime(eventTime: string): string | null {
  const time = Date.parse(eventTime)
  if (Number.isNaN(time) || !/^\d{4}-\d\d-\d\d[T ]/.test(eventTime)) return 'eventTime is no time'
  if (time < Date.parse(EARLIEST)) return 'eventTime is before CloudTrail began'
  if (time > Date.now() + 86_400_000) return 'eventTime is in the future'
  return null
}

/** A record as one line of JSON that every parser accepts. */
export function toLine(record: Record): string {
  // half a surrogate pair is no Unicode: JSON.stringify writes it as an escape, other parsers refuse it
  return JSON.stringify(record).replace(/\\\\|\\ud[89a-f][0-9a-f]{2}/g, (code) => (code === '\\\\' ? code : '\\ufffd'))
}

const FACTS: [string, RegExp][] = [
  ['eventID', /"eventID"\s*:\s*"([0-9a-f-]{36})"/i],
  ['eventTime', /"eventTime"\s*:\s*"([0-9TZ:.-]{10,30})"/],
  ['eventSource', /"eventSource"\s*:\s*"([a-z0-9.-]{1,60}\.amazonaws\.com)"/],
  ['awsRegion', /"awsRegion"\s*:\s*"([a-z]{2}(?:-[a-z]+){1,3}-\d)"/],
  ['recipientAccountId', /"recipientAccountId"\s*:\s*"(\d{12})"/],
]

/** What can be told of a record that was rejected, without repeating anything that may hold a secret. */
export function factsOf(bytes: Uint8Array): { [name: string]: string } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 65_536)).toString('latin1')
  return Object.fromEntries(
    FACTS.flatMap(([name, pattern]) => {
      const found = pattern.exec(text)?.[1]
      return found ? [[name, found]] : []
    }),
  )
}
