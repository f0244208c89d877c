/**
 * REST with XML bodies, as S3 speaks it: the bucket is the first part of the path or of the host, the key the rest.
 *
 * https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html and
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
import { parseXML } from '@aws-sdk/xml-builder'
import type { NormalizedSchema } from '@smithy/core/schema'
import { AwsError } from '../aws-error.ts'
import { headerText, prefixed, queryValue, scalar, traitsOf } from './http-bindings.ts'
import type { Codec, Operation, ServiceModel, Shape, WireRequest, WireResponse } from './protocol.ts'
import { escapeXml, xmlElement, xmlMembers } from './xml.ts'

const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n'

export const restXmlCodec: Codec = {
  operationName: (model, request) => operationOf(model, request),
  decode: (operation, request) => decodeRequest(operation, request),
  encode(model, operation, output, requestId) {
    const response: WireResponse = { status: operation.http?.status ?? 200, headers: headersOf(requestId), body: '' }
    if (!operation.output.isStructSchema()) return response
    const rest: Shape = {}
    let inBody = false
    let hasPayload = false
    for (const [name, member] of operation.output.structIterator()) {
      const traits = traitsOf(member)
      const value = output[name]
      if (traits.httpPayload) hasPayload = true
      const isInBody = !traits.httpPayload && !traits.httpHeader && traits.httpPrefixHeaders === undefined
      if (isInBody) inBody = true
      if (value === undefined || value === null) continue
      if (traits.httpHeader) response.headers[traits.httpHeader.toLowerCase()] = headerText(member, value)
      else if (traits.httpPrefixHeaders !== undefined)
        for (const [key, text] of Object.entries(value))
          response.headers[(traits.httpPrefixHeaders + key).toLowerCase()] = String(text)
      else if (traits.httpPayload) Object.assign(response, payloadOf(member, value))
      else rest[name] = value
    }
    if (!hasPayload && inBody) {
      const tag = operation.output.getMergedTraits().xmlName ?? operation.output.getName(false) ?? operation.name
      const inside = xmlMembers(operation.output, rest)
      response.headers['content-type'] = 'application/xml'
      response.body = `${PROLOGUE}<${tag} xmlns="${model.xmlNamespace}">${inside}</${tag}>`
    }
    return response
  },
  encodeError(_model, error, requestId) {
    const { BucketRegion } = error.details
    const body = `${PROLOGUE}<Error><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message><RequestId>${requestId}</RequestId></Error>`
    const headers = { ...headersOf(requestId), 'content-type': 'application/xml' }
    if (typeof BucketRegion === 'string') Object.assign(headers, { 'x-amz-bucket-region': BucketRegion })
    return { status: error.status, headers, body }
  },
  // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  commonErrors: {
    accessDenied: ['AccessDenied', 403],
    throttled: ['SlowDown', 503],
    internal: ['InternalError', 500],
    unknownOperation: ['NotImplemented', 501],
    unknownKey: ['InvalidAccessKeyId', 403],
    missingToken: ['AccessDenied', 403],
    incompleteSignature: ['AuthorizationHeaderMalformed', 400],
    wrongSignature: ['SignatureDoesNotMatch', 403],
    expiredSignature: ['RequestTimeTooSkewed', 403],
    expiredToken: ['ExpiredToken', 400],
    malformed: ['MalformedXML', 400],
    missingMember: ['InvalidRequest', 400],
  },
}

function headersOf(requestId: string): Record<string, string> {
  return { 'x-amz-request-id': requestId }
}

// ---- which operation

interface Address {
  bucket: string | null
  /** null: the bucket itself. */
  key: string | null
}

function addressOf({ path, headers }: WireRequest): Address {
  const host = /^(.+)\.(?:localhost|s3[.-].*)(?::\d+)?$/.exec(headers.host ?? '')?.[1]
  const rest = path.replace(/^\//, '')
  const slash = rest.indexOf('/')
  const [bucket, key] = host ? [host, rest] : slash < 0 ? [rest, ''] : [rest.slice(0, slash), rest.slice(slash + 1)]
  return { bucket: bucket === '' ? null : decode(bucket!), key: key === '' ? null : decode(key!) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new AwsError('InvalidURI', "Couldn't parse the specified URI.")
  }
}

/** Operations of an object that no parameter of the query tells apart. */
const PLAIN: Record<string, string> = { GET: 'GetObject', PUT: 'PutObject', DELETE: 'DeleteObject', HEAD: 'HeadObject' }
/** The same with an upload in parts. */
const IN_PARTS: Record<string, string> = {
  GET: 'ListParts',
  PUT: 'UploadPart',
  POST: 'CompleteMultipartUpload',
  DELETE: 'AbortMultipartUpload',
}

function operationOf(model: ServiceModel, request: WireRequest): string | null {
  const { bucket, key } = addressOf(request)
  if (bucket === null) return request.method === 'GET' ? 'ListBuckets' : null
  if (key !== null && request.query.has('uploadId')) return IN_PARTS[request.method] ?? null
  let found: { name: string; constants: number } | null = null
  for (const { name, http } of model.operations.values()) {
    if (http?.method !== request.method || name === 'ListBuckets' || name === 'ListDirectoryBuckets') continue
    const [path, query] = http.path.split('?')
    if ((path === '/{Key+}') !== (key !== null)) continue
    const constants = [...new URLSearchParams(query ?? '')].filter(([name]) => name !== 'x-id')
    const fits = constants.every(
      ([name, value]) => request.query.has(name) && (value === '' || request.query.get(name) === value),
    )
    if (fits && constants.length > (found?.constants ?? -1)) found = { name, constants: constants.length }
  }
  if (found?.constants !== 0 || key === null) return found?.name ?? null
  return request.headers['x-amz-copy-source'] === undefined ? (PLAIN[request.method] ?? null) : 'CopyObject'
}

// ---- the input

function decodeRequest(operation: Operation, request: WireRequest): Shape {
  const input: Shape = {}
  if (!operation.input.isStructSchema()) return input
  const { bucket, key } = addressOf(request)
  for (const [name, member] of operation.input.structIterator()) {
    const traits = traitsOf(member)
    let value: unknown
    if (name === 'Bucket') value = bucket ?? undefined
    else if (name === 'Key') value = key ?? undefined
    else if (traits.httpQuery !== undefined) value = queryValue(member, request.query.getAll(traits.httpQuery))
    else if (traits.httpHeader) value = scalar(member, request.headers[traits.httpHeader.toLowerCase()])
    else if (traits.httpPrefixHeaders !== undefined) value = prefixed(request.headers, traits.httpPrefixHeaders)
    else if (traits.httpPayload) value = decodePayload(member, bodyOf(request))
    if (value !== undefined) input[name] = value
  }
  return input
}

function decodePayload(member: NormalizedSchema, body: Buffer): unknown {
  if (member.isBlobSchema()) return body
  if (member.isStringSchema()) return body.toString('utf8')
  if (body.length === 0) return undefined
  let parsed: unknown
  try {
    parsed = Object.values(parseXML(body.toString('utf8')) as object)[0]
  } catch {
    throw new AwsError('MalformedXML', 'The XML you provided was not well-formed.')
  }
  return decodeXml(member, parsed)
}

const MAX_DEPTH = 32

function decodeXml(schema: NormalizedSchema, value: unknown, depth = 0): unknown {
  if (value === undefined || value === null || depth > MAX_DEPTH) return undefined
  if (schema.isStructSchema()) {
    const source = typeof value === 'object' ? (value as Record<string, unknown>) : {}
    const struct: Shape = {}
    for (const [name, member] of schema.structIterator()) {
      const tag = member.getMergedTraits().xmlName ?? name
      const decoded = Object.hasOwn(source, tag) ? decodeXml(member, source[tag], depth + 1) : undefined
      if (decoded !== undefined) struct[name] = decoded
    }
    return struct
  }
  if (schema.isListSchema()) {
    const item = schema.getValueSchema()
    const tag = item.getMergedTraits().xmlName ?? 'member'
    const inside = schema.getMergedTraits().xmlFlattened ? value : (value as Record<string, unknown>)[tag]
    return [inside ?? []].flat().map((part) => decodeXml(item, part, depth + 1))
  }
  return scalar(schema, String(value))
}

/** The body, taken out of the chunks in which newer SDKs send it, with a checksum behind. */
function bodyOf({ headers, body }: WireRequest): Buffer {
  if (!headers['x-amz-content-sha256']?.startsWith('STREAMING-')) return body
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf('\r\n', at)
    // the size in hexadecimal, with a signature behind a semicolon where chunks are signed
    const size = end < 0 ? Number.NaN : Number.parseInt(body.toString('latin1', at, end), 16)
    if (!(size >= 0) || end + 2 + size > body.length) throw new AwsError('IncompleteBody', 'The body breaks off.')
    if (size === 0) break
    parts.push(body.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
  return Buffer.concat(parts)
}

// ---- the output

function payloadOf(member: NormalizedSchema, value: unknown): Partial<WireResponse> {
  if (member.isBlobSchema()) return { body: value as Uint8Array }
  if (member.isStringSchema()) return { body: String(value) }
  const tag = member.getMergedTraits().xmlName ?? member.getName(false) ?? member.getMemberName()
  return { body: PROLOGUE + xmlElement(member, tag, value) }
}
