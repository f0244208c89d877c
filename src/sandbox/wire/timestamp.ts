import type { NormalizedSchema } from '@smithy/core/schema'
import { AwsError } from '../aws-error.ts'

/** Smithy's numbers for the formats of a timestamp; 4 leaves it to the protocol. */
export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds'

export function timestampFormat(schema: NormalizedSchema, otherwise: TimestampFormat): TimestampFormat {
  switch (schema.getSchema()) {
    case 5:
      return 'date-time'
    case 6:
      return 'http-date'
    case 7:
      return 'epoch-seconds'
    default:
      return otherwise
  }
}

/** `2026-11-01T00:00:00Z`, with milliseconds only where there are any. */
export function dateTime(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z')
}

/** `2026-11-01T00:00:00Z`, cut to seconds. */
export function seconds(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z')
}

export function epochSeconds(date: Date): number {
  return date.getTime() / 1000
}

export function formatTimestamp(date: Date, format: TimestampFormat): string {
  if (format === 'date-time') return dateTime(date)
  return format === 'http-date' ? date.toUTCString() : String(epochSeconds(date))
}

/** A date in any of the three formats. */
export function parseTimestamp(value: string | number): Date {
  const number = typeof value === 'number' ? value : /^\d+(\.\d+)?$/.test(value) ? Number(value) : null
  const date = number === null ? new Date(value) : new Date(number * 1000)
  if (Number.isNaN(date.getTime())) throw new AwsError('MalformedInput', 'Invalid timestamp')
  return date
}
