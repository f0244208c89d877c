/** Records that are not as CloudTrail writes them to its files: unwrapped, checked, and written anew. */

/** What the store cannot do without. */
const NEEDED = ['eventID', 'eventTime', 'eventSource', 'eventName'] as const

/** CloudTrail began on 2013-11-13: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-document-history.html */
export const EARLIEST = Date.UTC(2013, 10, 1) * 1000

/** The latest time, in microseconds since 1970, that an event can have: clocks differ. */
export function latest(): number {
  return (Date.now() + 86_400_000) * 1000
}

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
  for (const list of ['Records', 'Events', 'events', 'logEvents', 'records'])
    if (Array.isArray(object[list])) return recordsIn(object[list], depth + 1)
  // https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html
  if (typeof object.CloudTrailEvent === 'string') return fromText(object.CloudTrailEvent, depth)
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
  if (isObject(object.detail) && 'detail-type' in object) return recordsIn(object.detail, depth + 1)
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html, and the answer of FilterLogEvents
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
  const micros = microsOfText(eventTime)
  if (micros === null) return 'eventTime is no time'
  if (micros < EARLIEST) return 'eventTime is before CloudTrail began'
  if (micros > latest()) return 'eventTime is in the future'
  return null
}

const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i

/** Microseconds since 1970 of a time in ISO 8601, in UTC where it names no zone; null: it is none. */
export function microsOfText(text: string): number | null {
  const parts = TIME.exec(text)
  if (!parts) return null
  const [, day, minute, second = '00', fraction = '', zone = 'Z'] = parts
  const millis = Date.parse(`${day}T${minute}:${second}Z`)
  // 2026-02-30 would be taken for a day in March
  if (Number.isNaN(millis) || new Date(millis).toISOString().slice(0, 10) !== day) return null
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? []
  const ahead = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
  return (millis - ahead) * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'))
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
