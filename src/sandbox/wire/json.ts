/**
 * JSON bodies by schema, and the two awsJson protocols.
 *
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
import type { NormalizedSchema } from '@smithy/core/schema'
import { AwsError } from '../aws-error.ts'
import type { Codec, CommonErrors, ServiceModel, Shape, WireRequest, WireResponse } from './protocol.ts'
import { epochSeconds, formatTimestamp, parseTimestamp, timestampFormat } from './timestamp.ts'

export interface JsonOptions {
  /** restJson1 renames members (`jsonName`); awsJson does not. */
  jsonName: boolean
}

const MAX_DEPTH = 64

export function parseJsonBody(body: Buffer): unknown {
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw serialization('The request body is no JSON')
  }
}

export function decodeJson(schema: NormalizedSchema, value: unknown, options: JsonOptions, depth = 0): unknown {
  if (value === null || value === undefined) return undefined
  if (depth > MAX_DEPTH) throw serialization('The request is nested too deeply')
  if (schema.isDocumentSchema()) return value
  if (schema.isStructSchema()) {
    if (!isObject(value)) throw wrongType(value, 'structure')
    const struct: Record<string, unknown> = {}
    for (const [name, member] of schema.structIterator()) {
      const wire = jsonNameOf(name, member, options)
      if (!Object.hasOwn(value, wire)) continue
      const decoded = decodeJson(member, value[wire], options, depth + 1)
      if (decoded !== undefined) struct[name] = decoded
    }
    return struct
  }
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) throw wrongType(value, 'list')
    const item = schema.getValueSchema()
    return value.map((part) => decodeJson(item, part, options, depth + 1)).filter((part) => part !== undefined)
  }
  if (schema.isMapSchema()) {
    if (!isObject(value)) throw wrongType(value, 'map')
    const item = schema.getValueSchema()
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [name, decodeJson(item, part, options, depth + 1)]),
    )
  }
  return decodeScalar(schema, value)
}

function decodeScalar(schema: NormalizedSchema, value: unknown): unknown {
  if (schema.isTimestampSchema()) {
    if (typeof value !== 'number' && typeof value !== 'string') throw wrongType(value, 'timestamp')
    return parseTimestamp(value)
  }
  if (schema.isBlobSchema()) {
    if (typeof value !== 'string') throw wrongType(value, 'blob')
    return Buffer.from(value, 'base64')
  }
  if (schema.isBooleanSchema() && typeof value !== 'boolean') throw wrongType(value, 'Boolean')
  if (schema.isNumericSchema() && typeof value !== 'number') throw wrongType(value, 'number')
  if (schema.isStringSchema() && typeof value !== 'string') throw wrongType(value, 'String')
  return value
}

/** `STRING_VALUE can not be converted to a Boolean`, as AWS says it. */
function wrongType(value: unknown, wanted: string): AwsError {
  const got = Array.isArray(value)
    ? 'Start of list'
    : typeof value === 'object'
      ? 'Start of structure or map'
      : `${typeof value === 'boolean' ? String(value).toUpperCase() : (typeof value).toUpperCase()}_VALUE`
  return serialization(`${got} can not be converted to a ${wanted}`)
}

export function serialization(message: string): AwsError {
  return new AwsError('SerializationException', message)
}

export function encodeJson(schema: NormalizedSchema, value: unknown, options: JsonOptions): unknown {
  if (value === null || value === undefined) return undefined
  if (schema.isStructSchema()) {
    const source = value as Record<string, unknown>
    const struct: Record<string, unknown> = {}
    for (const [name, member] of schema.structIterator())
      if (source[name] !== undefined && source[name] !== null)
        struct[jsonNameOf(name, member, options)] = encodeJson(member, source[name], options)
    return struct
  }
  if (schema.isListSchema()) {
    const item = schema.getValueSchema()
    return (value as unknown[]).map((part) => encodeJson(item, part, options))
  }
  if (schema.isMapSchema()) {
    const item = schema.getValueSchema()
    return Object.fromEntries(
      Object.entries(value as object).map(([name, part]) => [name, encodeJson(item, part, options)]),
    )
  }
  if (schema.isTimestampSchema()) {
    const format = timestampFormat(schema, 'epoch-seconds')
    return format === 'epoch-seconds' ? epochSeconds(value as Date) : formatTimestamp(value as Date, format)
  }
  if (schema.isBlobSchema()) return Buffer.from(value as Uint8Array).toString('base64')
  return value
}

function jsonNameOf(name: string, member: NormalizedSchema, { jsonName }: JsonOptions): string {
  return (jsonName ? (member.getMergedTraits().jsonName as string | undefined) : undefined) ?? name
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const JSON_ERRORS: CommonErrors = {
  accessDenied: ['AccessDeniedException', 400],
  throttled: ['ThrottlingException', 400],
  internal: ['InternalFailure', 500],
  unknownOperation: ['UnknownOperationException', 400],
  unknownKey: ['UnrecognizedClientException', 400],
  missingToken: ['MissingAuthenticationTokenException', 400],
  incompleteSignature: ['IncompleteSignatureException', 400],
  wrongSignature: ['InvalidSignatureException', 400],
  expiredSignature: ['InvalidSignatureException', 400],
  expiredToken: ['ExpiredTokenException', 400],
  malformed: ['SerializationException', 400],
  missingMember: ['ValidationException', 400],
}

export function jsonCodec(version: '1.0' | '1.1'): Codec {
  const contentType = `application/x-amz-json-${version}`
  const options: JsonOptions = { jsonName: false }
  return {
    operationName: (_model, request) => targetOf(request)?.operation ?? null,
    decode: (operation, request) => {
      const value = parseJsonBody(request.body)
      return (operation.input.isStructSchema() ? (decodeJson(operation.input, value, options) ?? {}) : {}) as Shape
    },
    encode: (_model, operation, output, requestId) => {
      const value = operation.output.isStructSchema() ? encodeJson(operation.output, output, options) : undefined
      return json(200, value === undefined ? '' : JSON.stringify(value), contentType, requestId)
    },
    encodeError: (model, error, requestId) => {
      const body = { __type: error.code, ...errorMembers(model, error) }
      return json(error.status, JSON.stringify(body), contentType, requestId)
    },
    commonErrors: JSON_ERRORS,
  }
}

/** `X-Amz-Target: AWSOrganizationsV20161128.ListAccounts`; CloudTrail's is longer and has more dots. */
export function targetOf(request: WireRequest): { prefix: string; operation: string } | null {
  const target = request.headers['x-amz-target']
  const dot = target?.lastIndexOf('.') ?? -1
  return target && dot > 0 ? { prefix: target.slice(0, dot), operation: target.slice(dot + 1) } : null
}

/** The message under the name that the error's shape gives it, and its other members. */
export function errorMembers(model: ServiceModel | null, error: AwsError): Record<string, unknown> {
  let messageName = 'message'
  const schema = model?.errors.get(error.code)
  if (schema) for (const [name] of schema.structIterator()) if (name === 'Message') messageName = name
  return { [messageName]: error.message, ...error.details }
}

function json(status: number, body: string, contentType: string, requestId: string): WireResponse {
  return { status, headers: { 'content-type': contentType, 'x-amzn-requestid': requestId }, body }
}
