/**
 * The integrity of CloudTrail's log files: what its digest files vouch for. Nothing is read here.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
 */
import { createHash, createPublicKey, verify } from 'node:crypto'

/** A digest file as it lies in the bucket. */
export interface DigestFile {
  bucket: string
  key: string
  /** Unpacked: hashes are of unpacked content. */
  content: Buffer
  /** From the object's metadata: hexadecimal, and its algorithm. */
  signature: string | undefined
  algorithm: string | undefined
}

/** Base64 of PKCS #1 DER, by fingerprint, as ListPublicKeys answers for the digest's region. */
export type PublicKeys = ReadonlyMap<string, string>

/** A digest file that was looked into. */
export interface CheckedDigest {
  bucket: string
  key: string
  /** Why it vouches for nothing; null: CloudTrail signed it as it is. */
  fault: string | null
  /** Of deliveries, in milliseconds. */
  from: number
  to: number
  hash: string
  signature: string
  previous: { key: string; hash: unknown; signature: unknown } | null
  /** Hashes of the log files that it names, by `bucket/key`. */
  logs: Map<string, string>
}

/** What is known of a log file before it is read. */
export type Expectation =
  | { verdict: 'named'; hash: string }
  /** It may be whole: nothing says. `isDue`: false while CloudTrail has still time to deliver the digest. */
  | { verdict: 'uncovered'; reason: string; isDue: boolean }
  | { verdict: 'refused'; reason: string }

const HOUR = 3_600_000
/** A digest comes after the end of its hour; one that is later than this is not only late. */
const DELIVERY = 3 * HOUR

/** @returns the digest, with `fault` null only when its signature is right and it lies where it was delivered */
export function checkDigest(file: DigestFile, keys: PublicKeys): CheckedDigest {
  const digest: CheckedDigest = {
    bucket: file.bucket,
    key: file.key,
    fault: null,
    from: Number.NaN,
    to: Number.NaN,
    hash: createHash('sha256').update(file.content).digest('hex'),
    signature: file.signature ?? '',
    previous: null,
    logs: new Map(),
  }
  const faulty = (fault: string): CheckedDigest => ({ ...digest, fault })
  const fields = parsed(file.content)
  if (!fields) return faulty('it is no digest')
  digest.from = Date.parse(String(fields.digestStartTime))
  digest.to = Date.parse(String(fields.digestEndTime))
  for (const log of Array.isArray(fields.logFiles) ? fields.logFiles : []) {
    const { s3Bucket, s3Object, hashValue, hashAlgorithm } = (log ?? {}) as Record<string, unknown>
    if (typeof s3Bucket !== 'string' || typeof s3Object !== 'string') return faulty('it is no digest')
    if (hashAlgorithm !== 'SHA-256' || typeof hashValue !== 'string') return faulty('its hashes are of an unknown kind')
    digest.logs.set(`${s3Bucket}/${s3Object}`, hashValue.toLowerCase())
  }
  if (typeof fields.previousDigestS3Object === 'string' && fields.previousDigestS3Bucket === file.bucket)
    digest.previous = {
      key: fields.previousDigestS3Object,
      hash: fields.previousDigestHashValue,
      signature: fields.previousDigestSignature,
    }
  if (fields.digestS3Bucket !== file.bucket || fields.digestS3Object !== file.key)
    return faulty('it is not where CloudTrail delivered it')
  if (Number.isNaN(digest.from) || Number.isNaN(digest.to)) return faulty('it is no digest')
  if (file.signature === undefined) return faulty('it has no signature')
  if (file.algorithm !== 'SHA256withRSA') return faulty('its signature is of an unknown kind')
  const key = keys.get(String(fields.digestPublicKeyFingerprint))
  if (key === undefined) return faulty('no public key of CloudTrail has its fingerprint')
  return isSigned(signedText(fields, digest.hash), file.signature, key) ? digest : faulty('its signature is wrong')
}

/** The string that CloudTrail signs. */
function signedText(fields: Record<string, unknown>, hash: string): string {
  const { digestEndTime, digestS3Bucket, digestS3Object, previousDigestSignature } = fields
  return `${digestEndTime}\n${digestS3Bucket}/${digestS3Object}\n${hash}\n${previousDigestSignature ?? 'null'}`
}

function isSigned(text: string, signature: string, key: string): boolean {
  if (!/^(?:[0-9a-f]{2})+$/i.test(signature)) return false
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'pkcs1' })
    return verify('sha256', Buffer.from(text), publicKey, Buffer.from(signature, 'hex'))
  } catch {
    return false
  }
}

function parsed(content: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(content.toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

/** What the digests of some consecutive days say of the log files of one account and region. */
export class Cover {
  readonly #digests: readonly CheckedDigest[]
  readonly #unread: string | null
  /** Digests that others name and that are gone: key, and end of their hour. */
  readonly missing = new Map<string, number>()

  /**
   * @param listed the days' folders of digests, and every digest there is in them, read or not
   * @param unread why digests, or the keys that they are signed with, could not be read; null: all were
   */
  constructor(
    digests: readonly CheckedDigest[],
    listed: { folders: ReadonlySet<string>; keys: ReadonlySet<string> },
    unread: string | null,
  ) {
    this.#unread = unread
    const byKey = new Map(digests.map((digest) => [digest.key, { ...digest }]))
    for (const { previous, fault } of digests) {
      if (!previous || fault !== null) continue
      const before = byKey.get(previous.key)
      if (before) {
        const isSame =
          before.hash === String(previous.hash).toLowerCase() &&
          before.signature.toLowerCase() === String(previous.signature).toLowerCase()
        if (!isSame) before.fault ??= 'it is not the one that the next digest follows'
      } else if (unread === null && listed.folders.has(folderOf(previous.key)) && !listed.keys.has(previous.key))
        this.missing.set(previous.key, timeOf(previous.key) ?? Number.NaN)
    }
    this.#digests = [...byKey.values()]
  }

  /** Digests that vouch for nothing. */
  get faulty(): CheckedDigest[] {
    return this.#digests.filter(({ fault }) => fault !== null)
  }

  /** Every log file that a sound digest names: `bucket/key`. */
  *named(): Iterable<string> {
    for (const { fault, logs } of this.#digests) if (fault === null) yield* logs.keys()
  }

  /**
   * @param log `bucket/key`
   * @param now milliseconds
   */
  expect(log: string, now: number): Expectation {
    let fault: string | null = null
    for (const digest of this.#digests) {
      const hash = digest.logs.get(log)
      if (hash !== undefined && digest.fault === null) return { verdict: 'named', hash }
      if (hash !== undefined) fault = digest.fault
    }
    if (fault !== null) return { verdict: 'refused', reason: `the digest that names it does not count: ${fault}` }
    return this.#unnamed(timeOf(log), now)
  }

  #unnamed(time: number | null, now: number): Expectation {
    const uncovered = (reason: string, isDue = true): Expectation => ({ verdict: 'uncovered', reason, isDue })
    if (this.#unread !== null) return uncovered(`digests could not be read (${this.#unread})`)
    if (time === null) return uncovered('its name tells no hour, and no digest names it')
    const sound = this.#digests.filter((digest) => digest.fault === null)
    // a file is named after the minute of its delivery, or one near it: digests must lie all around it
    if (covers(sound, time - HOUR, time + HOUR))
      return {
        verdict: 'refused',
        reason: 'the digests around its hour do not name it: it was added, or is of a trail without validation',
      }
    if (now - time < DELIVERY && !sound.some(({ to }) => to > time + HOUR))
      return uncovered('the digest of its hour is not delivered yet', false)
    if ([...this.missing.values()].some((end) => time >= end - 2 * HOUR && time <= end + HOUR))
      return uncovered('the digest of its hour is missing')
    if (this.faulty.some(({ key }) => Math.abs((timeOf(key) ?? time) - time) <= 2 * HOUR))
      return uncovered('the digest of its hour does not count')
    if (this.#digests.length === 0) return uncovered('there are no digests of its day: log file validation was off')
    return uncovered('no digest of its hour is there')
  }
}

/** Whether periods leave no hole between two times. */
function covers(digests: readonly CheckedDigest[], from: number, to: number): boolean {
  let reached = from
  for (const digest of [...digests].sort((a, b) => a.from - b.from)) {
    if (digest.from > reached) return false
    reached = Math.max(reached, digest.to)
    if (reached >= to) return true
  }
  return false
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1)
}

/** The time in the name of a log file or digest. */
function timeOf(key: string): number | null {
  const time = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?Z(?:_[^/]*)?\.json(?:\.gz)?$/.exec(key)
  if (!time) return null
  const [, year, month, day, hour, minute, second = '00'] = time
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
