/**
 * Signature Version 4, checked: the same canonical request is signed again with the secret that the world knows.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { Sha256Node } from '@smithy/core/checksum'
import { HttpRequest } from '@smithy/core/protocols'
import { SignatureV4 } from '@smithy/signature-v4'
import type { WireRequest } from './wire/protocol.ts'

/** What a request says about its signature. */
export interface SignedScope {
  accessKeyId: string
  /** `20261101` */
  date: string
  region: string
  service: string
  signedHeaders: string[]
  signature: string
  /** When it was signed. */
  time: Date
  sessionToken: string | null
  /** Seconds that a presigned request is good for; null for a signed header. */
  expires: number | null
}

export type SignatureProblem = { kind: 'missing' } | { kind: 'incomplete'; message: string }

const ALGORITHM = 'AWS4-HMAC-SHA256'

/** Reads the `Authorization` header, or the query of a presigned request. */
export function readScope(request: WireRequest): SignedScope | SignatureProblem {
  const header = request.headers.authorization
  if (header) return readHeader(header, request)
  if (request.query.has('X-Amz-Signature')) return readPresigned(request)
  return { kind: 'missing' }
}

export function isProblem(scope: SignedScope | SignatureProblem): scope is SignatureProblem {
  return 'kind' in scope
}

function readHeader(header: string, request: WireRequest): SignedScope | SignatureProblem {
  if (!header.startsWith(`${ALGORITHM} `)) return incomplete(`Authorization header requires '${ALGORITHM}'`)
  const parts = new Map<string, string>()
  for (const part of header.slice(ALGORITHM.length).split(',')) {
    const equals = part.indexOf('=')
    if (equals > 0) parts.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim())
  }
  for (const name of ['Credential', 'Signature', 'SignedHeaders'])
    if (!parts.get(name)) return incomplete(`Authorization header requires '${name}' parameter`)
  const date = request.headers['x-amz-date']
  if (!date) return incomplete(`Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header`)
  return scopeOf({
    credential: parts.get('Credential')!,
    signedHeaders: parts.get('SignedHeaders')!,
    signature: parts.get('Signature')!,
    date,
    sessionToken: request.headers['x-amz-security-token'] ?? null,
    expires: null,
  })
}

function readPresigned({ query }: WireRequest): SignedScope | SignatureProblem {
  const value = (name: string) => query.get(`X-Amz-${name}`) ?? ''
  if (value('Algorithm') !== ALGORITHM) return incomplete(`AWS query-string parameters must include '${ALGORITHM}'`)
  const expires = Number(value('Expires'))
  if (!Number.isInteger(expires) || expires < 1 || expires > 604_800)
    return incomplete('X-Amz-Expires must be a number of seconds, at most a week')
  return scopeOf({
    credential: value('Credential'),
    signedHeaders: value('SignedHeaders'),
    signature: value('Signature'),
    date: value('Date'),
    sessionToken: query.get('X-Amz-Security-Token'),
    expires,
  })
}

interface ScopeParts {
  credential: string
  signedHeaders: string
  signature: string
  date: string
  sessionToken: string | null
  expires: number | null
}

function scopeOf(parts: ScopeParts): SignedScope | SignatureProblem {
  const [accessKeyId, date, region, service, terminator, ...rest] = parts.credential.split('/')
  if (!accessKeyId || !date || !region || !service || terminator !== 'aws4_request' || rest.length > 0)
    return incomplete(`Credential must have exactly 5 slash-delimited elements`)
  const time = parseAmzDate(parts.date)
  if (!time) return incomplete(`Date must be in ISO-8601 'basic format'`)
  if (!parts.date.startsWith(date)) return incomplete('Date in Credential scope does not match YYYYMMDD from the date')
  return {
    accessKeyId,
    date,
    region,
    service,
    signedHeaders: parts.signedHeaders.toLowerCase().split(';'),
    signature: parts.signature,
    time,
    sessionToken: parts.sessionToken,
    expires: parts.expires,
  }
}

function incomplete(message: string): SignatureProblem {
  return { kind: 'incomplete', message }
}

function parseAmzDate(text: string): Date | null {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (!match) return null
  const [, year, month, day, hour, minute, second] = match
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(date.getTime()) ? null : date
}

/** `20261101T000000Z` */
export function amzDate(date: Date): string {
  return date.toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
}

/** Whether the request was signed with this secret and not changed since. */
export async function signatureMatches(
  request: WireRequest,
  scope: SignedScope,
  secretAccessKey: string,
): Promise<boolean> {
  if (!scope.signedHeaders.includes('host') || !bodyMatches(request)) return false
  const headers: Record<string, string> = {}
  for (const name of scope.signedHeaders) {
    const value = request.headers[name]
    if (value === undefined) return false
    headers[name] = value
  }
  const signer = new SignatureV4({
    credentials: { accessKeyId: scope.accessKeyId, secretAccessKey },
    region: scope.region,
    service: scope.service,
    sha256: Sha256Node as never,
    applyChecksum: false,
    // S3 alone signs its path as it is
    uriEscapePath: scope.service !== 's3',
  })
  const options = { signingDate: scope.time, signableHeaders: new Set(scope.signedHeaders) }
  const query = queryRecord(request.query)
  const target = new HttpRequest({
    method: request.method,
    path: request.path,
    query,
    headers,
    ...(request.body.length > 0 && { body: request.body }),
  })
  if (scope.expires !== null) {
    for (const name of ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature'])
      delete query[`X-Amz-${name}`]
    const signed = await signer.presign(target, { ...options, expiresIn: scope.expires })
    return equal(String(signed.query?.['X-Amz-Signature']), scope.signature)
  }
  const declared = request.headers['x-amz-content-sha256']
  if (declared !== undefined && headers['x-amz-content-sha256'] === undefined) target.body = request.body
  const signed = await signer.sign(target, options)
  const [, signature] = /Signature=([0-9a-f]+)/.exec(String(signed.headers.authorization)) ?? []
  return equal(signature ?? '', scope.signature)
}

/** A body that the header describes otherwise was changed on its way. */
function bodyMatches({ headers, body }: WireRequest): boolean {
  const declared = headers['x-amz-content-sha256']
  if (!declared || !/^[0-9a-f]{64}$/.test(declared)) return true
  return createHash('sha256').update(body).digest('hex') === declared
}

function queryRecord(query: URLSearchParams): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = {}
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name)
    Object.defineProperty(record, name, {
      value: values.length === 1 ? values[0]! : values,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  return record
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
