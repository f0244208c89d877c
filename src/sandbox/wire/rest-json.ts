/**
 * REST with JSON bodies: the operation is the method and the path.
 *
 * https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
 */
import type { NormalizedSchema } from '@smithy/core/schema'
import { headerText, prefixed, queryValue, scalar, traitsOf } from './http-bindings.ts'
import {
  decodeJson,
  encodeJson,
  errorMembers,
  isObject,
  type JsonOptions,
  parseJsonBody,
  serialization,
} from './json.ts'
import type { Codec, Operation, ServiceModel, Shape, WireRequest } from './protocol.ts'

const OPTIONS: JsonOptions = { jsonName: true }

export const restJsonCodec: Codec = {
  operationName: (model, request) => routeOf(model, request)?.name ?? null,
  decode: (operation, request) => decodeRequest(operation, request),
  encode: (_model, operation, output, requestId) => {
    const headers: Record<string, string> = { 'content-type': 'application/json', 'x-amzn-requestid': requestId }
    let status = operation.http?.status ?? 200
    let body: string | Uint8Array = ''
    const rest: Shape = {}
    let payload = false
    if (!operation.output.isStructSchema()) return { status, headers, body }
    for (const [name, member] of operation.output.structIterator()) {
      const traits = traitsOf(member)
      const value = output[name]
      if (traits.httpPayload) payload = true
      if (value === undefined || value === null) continue
      if (traits.httpHeader) headers[traits.httpHeader.toLowerCase()] = headerText(member, value)
      else if (traits.httpPrefixHeaders !== undefined)
        for (const [key, text] of Object.entries(value))
          headers[(traits.httpPrefixHeaders + key).toLowerCase()] = String(text)
      else if (traits.httpResponseCode) status = Number(value)
      else if (traits.httpPayload) body = payloadOf(member, value)
      else rest[name] = value
    }
    if (!payload && status !== 204) body = JSON.stringify(encodeJson(operation.output, rest, OPTIONS) ?? {})
    return { status, headers, body }
  },
  encodeError: (model, error, requestId) => ({
    status: error.status,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': error.code,
    },
    body: JSON.stringify(errorMembers(model, error)),
  }),
  commonErrors: {
    accessDenied: ['AccessDeniedException', 403],
    throttled: ['ThrottlingException', 429],
    internal: ['InternalServerException', 500],
    unknownOperation: ['UnknownOperationException', 404],
    unknownKey: ['UnrecognizedClientException', 403],
    missingToken: ['MissingAuthenticationTokenException', 403],
    incompleteSignature: ['IncompleteSignatureException', 403],
    wrongSignature: ['InvalidSignatureException', 403],
    expiredSignature: ['InvalidSignatureException', 403],
    expiredToken: ['ExpiredTokenException', 403],
    malformed: ['SerializationException', 400],
    missingMember: ['ValidationException', 400],
  },
}

// ---- which operation

interface Route {
  operation: Operation
  method: string
  /** Literal text, `{label}` or `{label+}`. */
  segments: string[]
  /** Constants in the query that the operation asks for. */
  query: [string, string][]
}

const routes = new WeakMap<ServiceModel, Route[]>()

function routesOf(model: ServiceModel): Route[] {
  let list = routes.get(model)
  if (!list) {
    list = [...model.operations.values()].flatMap((operation) => {
      if (!operation.http) return []
      const [path, query] = operation.http.path.split('?')
      const constants = [...new URLSearchParams(query ?? '')]
      return [{ operation, method: operation.http.method, segments: segmentsOf(path!), query: constants }]
    })
    // the most literal route wins: /analyzer/x before /analyzer/{name}
    list.sort((a, b) => b.query.length - a.query.length || literals(b) - literals(a))
    routes.set(model, list)
  }
  return list
}

function literals({ segments }: Route): number {
  return segments.filter((segment) => !segment.startsWith('{')).length
}

function segmentsOf(path: string): string[] {
  return path.replace(/^\//, '').replace(/\/$/, '').split('/')
}

function routeOf(model: ServiceModel, request: WireRequest): Operation | null {
  const segments = segmentsOf(request.path)
  const match = routesOf(model).find(
    (route) =>
      route.method === request.method &&
      labelsOf(route.segments, segments) !== null &&
      route.query.every(
        ([name, value]) => request.query.has(name) && (value === '' || request.query.get(name) === value),
      ),
  )
  return match?.operation ?? null
}

/** The labels' values, or null where the path is another one. */
function labelsOf(template: string[], segments: string[]): Map<string, string> | null {
  const labels = new Map<string, string>()
  for (const [index, part] of template.entries()) {
    if (part.endsWith('+}')) {
      const rest = segments.slice(index, segments.length - (template.length - index - 1))
      if (rest.length === 0) return null
      labels.set(part.slice(1, -2), rest.map(decodeSegment).join('/'))
      return labels
    }
    const segment = segments[index]
    if (segment === undefined) return null
    if (part.startsWith('{')) labels.set(part.slice(1, -1), decodeSegment(segment))
    else if (part !== segment) return null
  }
  return template.length === segments.length ? labels : null
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw serialization('The path is not percent-encoded UTF-8')
  }
}

// ---- the input

function decodeRequest(operation: Operation, request: WireRequest): Shape {
  const input: Shape = {}
  if (!operation.input.isStructSchema() || !operation.http) return input
  const labels = labelsOf(segmentsOf(operation.http.path.split('?')[0]!), segmentsOf(request.path)) ?? new Map()
  let body: unknown
  for (const [name, member] of operation.input.structIterator()) {
    const traits = traitsOf(member)
    let value: unknown
    if (traits.httpLabel) value = scalar(member, labels.get(name))
    else if (traits.httpQuery !== undefined) value = queryValue(member, request.query.getAll(traits.httpQuery))
    else if (traits.httpQueryParams) value = Object.fromEntries(request.query)
    else if (traits.httpHeader) value = scalar(member, request.headers[traits.httpHeader.toLowerCase()])
    else if (traits.httpPrefixHeaders !== undefined) value = prefixed(request.headers, traits.httpPrefixHeaders)
    else if (traits.httpPayload) value = decodePayload(member, request.body)
    else {
      body ??= parseJsonBody(request.body)
      if (!isObject(body)) throw serialization('The request body is no JSON object')
      const wire = (member.getMergedTraits().jsonName as string | undefined) ?? name
      value = Object.hasOwn(body, wire) ? decodeJson(member, body[wire], OPTIONS) : undefined
    }
    if (value !== undefined) input[name] = value
  }
  return input
}

function decodePayload(member: NormalizedSchema, body: Buffer): unknown {
  if (member.isBlobSchema()) return body
  if (member.isStringSchema()) return body.toString('utf8')
  return body.length === 0 ? undefined : decodeJson(member, parseJsonBody(body), OPTIONS)
}

function payloadOf(member: NormalizedSchema, value: unknown): string | Uint8Array {
  if (member.isBlobSchema()) return value as Uint8Array
  return member.isStringSchema() ? String(value) : JSON.stringify(encodeJson(member, value, OPTIONS))
}
