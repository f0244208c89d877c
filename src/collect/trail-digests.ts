/**
 * CloudTrail's digest files in a bucket, and the public keys that they are signed with. They lie beside the log files,
 * under `CloudTrail-Digest` in place of `CloudTrail`:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
 */
import { gunzipSync } from 'node:zlib'
import { failureOf } from '../aws/failure.ts'
import type { AwsSession } from '../aws/session.ts'
import { credentialsGone, trailLogs } from './trail-logs.ts'

/** A digest file, unpacked; `content` is empty when it was no gzip, or too large. */
export interface StoredDigest {
  bucket: string
  key: string
  content: Buffer
  /** The object's metadata. */
  signature: string | undefined
  algorithm: string | undefined
}

export interface DigestsOfDay {
  /** Every digest there is, read or not. */
  keys: string[]
  digests: StoredDigest[]
  /** Why some, or all, could not be read. */
  unread: string | null
}

/** Packed and unpacked. A digest names the log files of one hour, with some 300 bytes each. */
const MOST_BYTES = 64 * 1024 * 1024
/** Requests at a time. */
const AT_ONCE = 8

/**
 * The digests of a day in one account and region.
 * @param folder up to the region: `AWSLogs/111122223333/CloudTrail-Digest/us-east-1/`
 * @param day `2026/01/31`
 * @throws KeyreeveError when the credentials are no longer accepted
 */
export async function digestsOfDay(
  session: AwsSession,
  {
    bucket,
    folder,
    day,
    abortSignal,
  }: { bucket: string; folder: string; day: string; abortSignal?: AbortSignal | undefined },
): Promise<DigestsOfDay> {
  let unread: string | null = null
  const keys: string[] = []
  const place = `s3://${bucket}/`
  const skip = (_what: string, why: string) => {
    unread = why
  }
  for await (const { name } of trailLogs(session, `${place}${folder}${day}/`, { digests: true, abortSignal, skip }))
    keys.push(name.slice(place.length))
  const digests: StoredDigest[] = []
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    const some = keys.slice(start, start + AT_ONCE)
    for (const read of await Promise.all(some.map((key) => readDigest(session, bucket, key, abortSignal))))
      if (typeof read === 'string') unread = read
      else digests.push(read)
  }
  return { keys, digests, unread }
}

/** The digest, or why it could not be read. */
async function readDigest(
  session: AwsSession,
  bucket: string,
  key: string,
  abortSignal: AbortSignal | undefined,
): Promise<StoredDigest | string> {
  try {
    const answer = await session.call('s3', 'GetObject', { Bucket: bucket, Key: key }, { abortSignal })
    const { signature, 'signature-algorithm': algorithm } = (answer.Metadata ?? {}) as Record<
      string,
      string | undefined
    >
    const pieces: Buffer[] = []
    let length = 0
    for await (const piece of answer.Body as AsyncIterable<Buffer>) {
      length += piece.length
      if (length > MOST_BYTES) return 'too large'
      pieces.push(piece)
    }
    return { bucket, key, content: unpacked(Buffer.concat(pieces)), signature, algorithm }
  } catch (error) {
    abortSignal?.throwIfAborted()
    const failure = failureOf(error)
    if (failure.kind === 'credentials') throw credentialsGone(error)
    return failure.detail
  }
}

function unpacked(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES })
  } catch {
    return Buffer.alloc(0)
  }
}

/**
 * The public keys whose private keys signed digests of a region in a span of time: base64 of DER, by fingerprint; or
 * why they could not be read. Each region has its own.
 * @throws KeyreeveError when the credentials are no longer accepted
 */
export async function publicKeys(
  session: AwsSession,
  { region, from, to, abortSignal }: { region: string; from: Date; to: Date; abortSignal?: AbortSignal | undefined },
): Promise<Map<string, string> | string> {
  const keys = new Map<string, string>()
  let token: string | undefined
  try {
    do {
      const input = { StartTime: from, EndTime: to, ...(token ? { NextToken: token } : {}) }
      const answer = await session.call('cloudtrail', 'ListPublicKeys', input, { region, abortSignal })
      for (const key of Array.isArray(answer.PublicKeyList) ? answer.PublicKeyList : []) {
        const { Fingerprint, Value } = key as { Fingerprint?: unknown; Value?: unknown }
        if (typeof Fingerprint === 'string' && Value instanceof Uint8Array)
          keys.set(Fingerprint, Buffer.from(Value).toString('base64'))
      }
      token = typeof answer.NextToken === 'string' && answer.NextToken !== '' ? answer.NextToken : undefined
    } while (token !== undefined)
    return keys
  } catch (error) {
    abortSignal?.throwIfAborted()
    const failure = failureOf(error)
    if (failure.kind === 'credentials') throw credentialsGone(error)
    return `cloudtrail:ListPublicKeys in ${region}: ${failure.detail}`
  }
}
