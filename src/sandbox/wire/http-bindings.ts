/**
 * What the REST protocols have in common: members of an input or output may be parts of the query and of the headers.
 *
 * https://smithy.io/2.0/spec/http-bindings.html
 */
import type { NormalizedSchema } from '@smithy/core/schema'
import { AwsError } from '../aws-error.ts'
import { formatTimestamp, parseTimestamp, timestampFormat } from './timestamp.ts'

export interface HttpTraits {
  httpLabel?: unknown
  httpQuery?: string
  httpQueryParams?: unknown
  httpHeader?: string
  httpPrefixHeaders?: string
  httpPayload?: unknown
  httpResponseCode?: unknown
}

export function traitsOf(member: NormalizedSchema): HttpTraits {
  return member.getMergedTraits() as HttpTraits
}

export function queryValue(member: NormalizedSchema, values: string[]): unknown {
  if (values.length === 0) return undefined
  if (!member.isListSchema()) return scalar(member, values[0])
  const item = member.getValueSchema()
  return values.map((value) => scalar(item, value))
}

export function prefixed(headers: Record<string, string>, prefix: string): Record<string, string> {
  const lower = prefix.toLowerCase()
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(lower))
      .map(([name, value]) => [name.slice(lower.length), value]),
  )
}

export function scalar(schema: NormalizedSchema, text: string | undefined): unknown {
  if (text === undefined) return undefined
  if (schema.isBooleanSchema()) return text === 'true'
  if (schema.isNumericSchema()) {
    const number = Number(text)
    if (text === '' || !Number.isFinite(number)) throw new AwsError('ValidationException', 'Invalid number')
    return number
  }
  if (schema.isTimestampSchema()) return parseTimestamp(text)
  return text
}

export function headerText(member: NormalizedSchema, value: unknown): string {
  return member.isTimestampSchema()
    ? formatTimestamp(value as Date, timestampFormat(member, 'http-date'))
    : String(value)
}
