/** Made-up log files with their digests, signed as CloudTrail signs, and a server that has them. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync, gzipSync } from 'node:zlib'

export const BUCKET = 'logs'
const ACCOUNT = '111122223333'
const REGION = 'us-east-1'
export const FINGERPRINT = '31e8b5433410dfb61a9dc45cc65b22ff'
const HOUR = 3_600_000

export interface StoredObject {
  body: Buffer
  metadata: Record<string, string>
}

export function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { privateKey, der: publicKey.export({ format: 'der', type: 'pkcs1' }).toString('base64') }
}

export function logKey(time: string): string {
  const day = time.slice(0, 10).replaceAll('-', '/')
  const stamp = time.slice(0, 16).replaceAll(/[-:]/g, '')
  return `AWSLogs/${ACCOUNT}/CloudTrail/${REGION}/${day}/${ACCOUNT}_CloudTrail_${REGION}_${stamp}Z_${stamp}x.json.gz`
}

export function digestKey(end: number): string {
  const time = new Date(end).toISOString()
  const day = time.slice(0, 10).replaceAll('-', '/')
  const stamp = time.slice(0, 19).replaceAll(/[-:]/g, '')
  return `AWSLogs/${ACCOUNT}/CloudTrail-Digest/${REGION}/${day}/${ACCOUNT}_CloudTrail-Digest_${REGION}_t_${REGION}_${stamp}Z.json.gz`
}

const hex = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const iso = (time: number) => `${new Date(time).toISOString().slice(0, 19)}Z`

/** One log file an hour, half past, and a digest of each hour, chained. */
export function makeTrail(from: string, hours: number, key: KeyObject): Map<string, StoredObject> {
  const objects = new Map<string, StoredObject>()
  let before: { object: string; hash: string; signature: string } | null = null
  for (let hour = 0; hour < hours; hour++) {
    const start = Date.parse(from) + hour * HOUR
    const log = logKey(iso(start + HOUR / 2))
    const event = { eventID: `e-${start}`, eventTime: iso(start), eventName: 'GetCallerIdentity' }
    const content = Buffer.from(JSON.stringify({ Records: [{ ...event, eventSource: 'sts.amazonaws.com' }] }))
    objects.set(log, { body: gzipSync(content), metadata: {} })
    const object = digestKey(start + HOUR)
    const digest: Buffer = Buffer.from(
      JSON.stringify({
        awsAccountId: ACCOUNT,
        digestStartTime: iso(start),
        digestEndTime: iso(start + HOUR),
        digestS3Bucket: BUCKET,
        digestS3Object: object,
        digestPublicKeyFingerprint: FINGERPRINT,
        digestSignatureAlgorithm: 'SHA256withRSA',
        previousDigestS3Bucket: before && BUCKET,
        previousDigestS3Object: before?.object ?? null,
        previousDigestHashValue: before?.hash ?? null,
        previousDigestHashAlgorithm: before && 'SHA-256',
        previousDigestSignature: before?.signature ?? null,
        logFiles: [{ s3Bucket: BUCKET, s3Object: log, hashValue: hex(content), hashAlgorithm: 'SHA-256' }],
      }),
    )
    const text: string = `${iso(start + HOUR)}\n${BUCKET}/${object}\n${hex(digest)}\n${before?.signature ?? 'null'}`
    const signature: string = sign('sha256', Buffer.from(text), key).toString('hex')
    objects.set(object, {
      body: gzipSync(digest),
      metadata: { signature, 'signature-algorithm': 'SHA256withRSA' },
    })
    before = { object, hash: hex(digest), signature }
  }
  return objects
}

/** Another content under the same name. */
export function alter({ body, metadata }: StoredObject, change: (text: string) => string): StoredObject {
  return { body: gzipSync(change(gunzipSync(body).toString())), metadata }
}

export interface TrailServer {
  server: Server
  url: string
  objects: Map<string, StoredObject>
  /** What ListPublicKeys answers. */
  keys: { Fingerprint: string; Value: string }[]
  /** Whether a key, prefix or `ListPublicKeys` is denied. */
  isDenied(what: string): boolean
}

/** As much of S3 and CloudTrail as verifying needs. */
export async function serveTrail(): Promise<TrailServer> {
  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://localhost')
    const fail = (status: number, code: string) =>
      response
        .writeHead(status, { 'content-type': 'application/xml' })
        .end(`<Error><Code>${code}</Code><Message>CANARY</Message></Error>`)
    if (String(request.headers['x-amz-target']).endsWith('ListPublicKeys')) {
      const type = { 'content-type': 'application/x-amz-json-1.1' }
      if (trail.isDenied('ListPublicKeys'))
        return response.writeHead(400, type).end('{"__type":"AccessDeniedException","message":"CANARY"}')
      return response.writeHead(200, type).end(JSON.stringify({ PublicKeyList: trail.keys }))
    }
    const prefix = url.searchParams.get('prefix') ?? ''
    const key = decodeURIComponent(url.pathname).slice(BUCKET.length + 2)
    if (trail.isDenied(key || prefix)) return fail(403, 'AccessDenied')
    if (!url.searchParams.has('list-type')) {
      const found = trail.objects.get(key)
      if (!found) return fail(404, 'NoSuchKey')
      for (const [name, value] of Object.entries(found.metadata)) response.setHeader(`x-amz-meta-${name}`, value)
      return response.end(found.body)
    }
    const below = [...trail.objects.keys()].filter((name) => name.startsWith(prefix)).sort()
    const rests = below.map((name) => name.slice(prefix.length))
    const items = [...new Set(rests.map((rest) => (rest.includes('/') ? rest.slice(0, rest.indexOf('/') + 1) : rest)))]
    const rows = items.map((item) => {
      if (item.endsWith('/')) return `<CommonPrefixes><Prefix>${prefix}${item}</Prefix></CommonPrefixes>`
      const { length } = trail.objects.get(prefix + item)!.body
      return `<Contents><Key>${prefix}${item}</Key><ETag>"e"</ETag><Size>${length}</Size></Contents>`
    })
    return response
      .writeHead(200, { 'content-type': 'application/xml' })
      .end(`<ListBucketResult><IsTruncated>false</IsTruncated>${rows.join('')}</ListBucketResult>`)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const trail: TrailServer = { server, url, objects: new Map(), keys: [], isDenied: () => false }
  return trail
}
