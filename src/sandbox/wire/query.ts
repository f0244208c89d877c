/**
 * The two query protocols: forms in, XML out.
 *
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html and aws-ec2-query-protocol.html
 */
import type { NormalizedSchema } from '@smithy/core/schema'
import { AwsError } from '../aws-error.ts'
import { type FormNode, numbered, parseForm } from './form.ts'
import type { Codec, CommonErrors, Operation, Shape, WireRequest, WireResponse } from './protocol.ts'
import { parseTimestamp } from './timestamp.ts'
import { escapeXml, xmlMembers } from './xml.ts'

/** How the two protocols name what they send. */
interface Dialect {
  memberName(name: string, member: NormalizedSchema): string
  /** `Names.member.1` or, flattened, `Names.1`. */
  flattened(list: NormalizedSchema): boolean
}

const queryDialect: Dialect = {
  memberName: (name, member) => member.getMergedTraits().xmlName ?? name,
  flattened: (list) => Boolean(list.getMergedTraits().xmlFlattened),
}

const ec2Dialect: Dialect = {
  memberName: (name, member) => {
    const { ec2QueryName, xmlName } = member.getMergedTraits() as { ec2QueryName?: string; xmlName?: string }
    return ec2QueryName ?? capitalized(xmlName ?? name)
  },
  flattened: () => true,
}

export const queryCodec: Codec = {
  operationName: (_model, request) => formOf(request).get('Action'),
  decode: (operation, request) => decodeForm(operation, request, queryDialect),
  encode: (model, operation, output, requestId) => {
    const { name } = operation
    const result = operation.output.isStructSchema()
      ? `<${name}Result>${xmlMembers(operation.output, output)}</${name}Result>`
      : ''
    const body = `<${name}Response xmlns="${model.xmlNamespace}">${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${name}Response>`
    return xml(200, body, requestId)
  },
  encodeError: (model, error, requestId) => {
    const namespace = model ? ` xmlns="${model.xmlNamespace}"` : ''
    const body = `<ErrorResponse${namespace}><Error><Type>${error.status < 500 ? 'Sender' : 'Receiver'}</Type><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`
    return xml(error.status, body, requestId)
  },
  commonErrors: {
    accessDenied: ['AccessDenied', 403],
    throttled: ['Throttling', 400],
    internal: ['ServiceFailure', 500],
    unknownOperation: ['InvalidAction', 400],
    unknownKey: ['InvalidClientTokenId', 403],
    missingToken: ['MissingAuthenticationToken', 403],
    incompleteSignature: ['IncompleteSignature', 400],
    wrongSignature: ['SignatureDoesNotMatch', 403],
    expiredSignature: ['SignatureDoesNotMatch', 403],
    expiredToken: ['ExpiredToken', 403],
    malformed: ['MalformedInput', 400],
    missingMember: ['ValidationError', 400],
  } satisfies CommonErrors,
}

export const ec2Codec: Codec = {
  operationName: queryCodec.operationName,
  decode: (operation, request) => decodeForm(operation, request, ec2Dialect),
  encode: (model, operation, output, requestId) => {
    const { name } = operation
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n<${name}Response xmlns="${model.xmlNamespace}/"><requestId>${requestId}</requestId>${xmlMembers(operation.output, output)}</${name}Response>`
    return xml(200, body, requestId)
  },
  encodeError: (_model, error, requestId) => {
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message></Error></Errors><RequestID>${requestId}</RequestID></Response>`
    return xml(error.status, body, requestId)
  },
  commonErrors: {
    accessDenied: ['UnauthorizedOperation', 403],
    throttled: ['RequestLimitExceeded', 503],
    internal: ['InternalError', 500],
    unknownOperation: ['InvalidAction', 400],
    unknownKey: ['AuthFailure', 401],
    missingToken: ['MissingAuthenticationToken', 403],
    incompleteSignature: ['IncompleteSignature', 400],
    wrongSignature: ['AuthFailure', 401],
    expiredSignature: ['RequestExpired', 400],
    expiredToken: ['RequestExpired', 400],
    malformed: ['MalformedQueryString', 400],
    missingMember: ['MissingParameter', 400],
  } satisfies CommonErrors,
}

function xml(status: number, body: string, requestId: string): WireResponse {
  return { status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body }
}

const forms = new WeakMap<WireRequest, URLSearchParams>()

/** The form: the body of a POST, the query of a GET. */
export function formOf(request: WireRequest): URLSearchParams {
  let form = forms.get(request)
  if (!form) {
    form = request.body.length > 0 ? new URLSearchParams(request.body.toString('utf8')) : request.query
    forms.set(request, form)
  }
  return form
}

function decodeForm(operation: Operation, request: WireRequest, dialect: Dialect): Shape {
  const value = decodeNode(operation.input, parseForm(formOf(request)), dialect, true)
  return (value ?? {}) as Shape
}

function decodeNode(schema: NormalizedSchema, node: FormNode, dialect: Dialect, top = false): unknown {
  if (schema.isStructSchema()) {
    if (!top && node.children.size === 0) return node.text === null ? undefined : {}
    const struct: Record<string, unknown> = {}
    for (const [name, member] of schema.structIterator()) {
      const child = node.children.get(dialect.memberName(name, member))
      const value = child && decodeNode(member, child, dialect)
      if (value !== undefined) struct[name] = value
    }
    return struct
  }
  if (schema.isListSchema()) return decodeList(schema, node, dialect)
  if (schema.isMapSchema()) return decodeMap(schema, node, dialect)
  return node.text === null ? undefined : decodeText(schema, node.text)
}

function decodeList(schema: NormalizedSchema, node: FormNode, dialect: Dialect): unknown[] | undefined {
  const item = schema.getValueSchema()
  const itemName = item.getMergedTraits().xmlName ?? 'member'
  const from = dialect.flattened(schema) ? node : (node.children.get(itemName) ?? node.children.get('member') ?? node)
  return numbered(from)
    .map((child) => decodeNode(item, child, dialect))
    .filter((value) => value !== undefined)
}

function decodeMap(schema: NormalizedSchema, node: FormNode, dialect: Dialect): Record<string, unknown> {
  const keyName = schema.getKeySchema().getMergedTraits().xmlName ?? 'key'
  const item = schema.getValueSchema()
  const itemName = item.getMergedTraits().xmlName ?? 'value'
  const from = dialect.flattened(schema) ? node : (node.children.get('entry') ?? node)
  const map = new Map<string, unknown>()
  for (const entry of numbered(from)) {
    const key = entry.children.get(keyName)?.text
    const value = entry.children.get(itemName)
    if (key !== null && key !== undefined && value) map.set(key, decodeNode(item, value, dialect))
  }
  return Object.fromEntries(map)
}

function decodeText(schema: NormalizedSchema, text: string): unknown {
  if (schema.isBooleanSchema()) {
    if (text !== 'true' && text !== 'false') throw new AwsError('MalformedInput', 'Invalid boolean value')
    return text === 'true'
  }
  if (schema.isNumericSchema()) {
    const number = Number(text)
    if (text.trim() === '' || !Number.isFinite(number)) throw new AwsError('MalformedInput', 'Invalid number')
    return number
  }
  if (schema.isTimestampSchema()) return parseTimestamp(text)
  if (schema.isBlobSchema()) return Buffer.from(text, 'base64')
  return text
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
