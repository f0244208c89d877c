/**
 * CloudTrail's log files in a bucket: those of one trail, or of an organization's. They lie by account, region and day,
 * and only such folders are listed, never the whole bucket:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 */
import type { Readable } from 'node:stream'
import { failureOf } from '../aws/failure.ts'
import type { AwsSession } from '../aws/session.ts'
import { KeyreeveError } from '../model/errors.ts'

/** A log file that is fetched when it is read. */
export interface RemoteLog {
  /** `s3://bucket/key` */
  name: string
  /** Its ETag. */
  version: string
  size: number
  read(): Promise<Buffer>
  /** `ifUnchanged`: fails when it is no longer what was listed. */
  stream(options?: { ifUnchanged?: boolean }): Promise<Readable>
}

export interface TrailLogsOptions {
  /** Days, inclusive: `2026-01-31`. */
  since?: string | undefined
  until?: string | undefined
  /** Only these; absent: all. */
  regions?: readonly string[] | undefined
  /** The digest files instead. */
  digests?: boolean
  abortSignal?: AbortSignal | undefined
  /** A folder or file that could not be read, and why. */
  skip(what: string, why: string): void
}

/** The names of folders on the way to log files. Digests and Insights have others. */
const FOLDER = /^(?:AWSLogs|o-[a-z0-9]{10,32}|\d{12}|[a-z]{2}(?:-[a-z]+){1,3}-\d|\d{4}|\d{2})$/
const LOG_FILE = /_CloudTrail_[^/]+\.json(?:\.gz)?$/
const DIGEST_FILE = /_CloudTrail-Digest_[^/]+\.json\.gz$/
/** What is read whole; the rest is streamed. */
const HELD = 64 * 1024 * 1024

/**
 * @param url `s3://bucket`, or any folder below
 * @throws KeyreeveError when the address is none, the bucket does not exist, or the credentials are no longer accepted
 */
export async function* trailLogs(
  session: AwsSession,
  url: string,
  options: TrailLogsOptions,
): AsyncIterable<RemoteLog> {
  const place = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(url)
  if (!place) throw new KeyreeveError('usage', 'that is no bucket', { hint: 'write it as s3://bucket/prefix' })
  const prefix = place[2] ?? ''
  const bucket = new LogBucket(session, place[1]!, options)
  yield* bucket.logs(prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`)
}

// INVARIANT: not named `Bucket`: the bundler would rename the keys `Bucket` of the requests in it
class LogBucket {
  readonly #session: AwsSession
  readonly #name: string
  readonly #options: TrailLogsOptions
  /** The folder above the regions. */
  readonly #kind: 'CloudTrail' | 'CloudTrail-Digest'
  /** The credentials are gone: nothing more can be read. */
  #ended: KeyreeveError | null = null

  constructor(session: AwsSession, name: string, options: TrailLogsOptions) {
    this.#session = session
    this.#name = name
    this.#options = options
    this.#kind = options.digests ? 'CloudTrail-Digest' : 'CloudTrail'
  }

  async *logs(prefix: string): AsyncIterable<RemoteLog> {
    if (!this.#isWanted(prefix)) return
    let token: string | undefined
    do {
      const page = await this.#list(prefix, token)
      if (page === null) return
      for (const item of asList(page.Contents)) {
        const log = this.#logOf(item)
        if (log) yield log
        if (this.#ended) throw this.#ended
      }
      for (const folder of asList(page.CommonPrefixes)) {
        const below = String(folder.Prefix)
        const name = below.split('/').at(-2) ?? ''
        if (FOLDER.test(name) || name === this.#kind) yield* this.logs(below)
      }
      token =
        page.IsTruncated === true && typeof page.NextContinuationToken === 'string'
          ? page.NextContinuationToken
          : undefined
    } while (token !== undefined)
  }

  /** Whether a folder can have what is asked for: of a year, a month or a day, and of a region. */
  #isWanted(prefix: string): boolean {
    const place = /(?:^|\/)CloudTrail(?:-Digest)?\/([a-z0-9-]+)\/(?:(\d{4})\/(?:(\d\d)\/(?:(\d\d)\/)?)?)?$/.exec(prefix)
    if (!place) return true
    const [, region, ...date] = place
    const { since, until, regions } = this.#options
    if (regions && !regions.includes(region!)) return false
    const time = date.filter((part) => part !== undefined).join('-')
    if (time === '') return true
    return (
      (since === undefined || time >= since.slice(0, time.length)) &&
      (until === undefined || time <= until.slice(0, time.length))
    )
  }

  /** null: it could not be listed, which was said. */
  async #list(prefix: string, token: string | undefined): Promise<Record<string, unknown> | null> {
    const input = { Bucket: this.#name, Prefix: prefix, Delimiter: '/', ...(token ? { ContinuationToken: token } : {}) }
    try {
      return await this.#session.call('s3', 'ListObjectsV2', input, { abortSignal: this.#options.abortSignal })
    } catch (error) {
      this.#options.abortSignal?.throwIfAborted()
      const failure = failureOf(error)
      if (failure.code === 'NoSuchBucket')
        throw new KeyreeveError('aws', `there is no bucket \`${this.#name}\``, { cause: error })
      if (failure.kind === 'credentials') throw credentialsGone(error)
      this.#options.skip(`s3://${this.#name}/${prefix}`, failure.detail)
      return null
    }
  }

  #logOf({ Key, ETag, Size }: Record<string, unknown>): RemoteLog | null {
    const key = String(Key)
    if (!(this.#options.digests ? DIGEST_FILE : LOG_FILE).test(key)) return null
    const size = Number(Size)
    return {
      name: `s3://${this.#name}/${key}`,
      version: String(ETag),
      size,
      read: async () => {
        const body = await this.#get(key)
        const pieces: Buffer[] = []
        let length = 0
        for await (const piece of body) {
          length += (piece as Buffer).length
          if (length > HELD) throw new Error('larger than it was listed')
          pieces.push(piece as Buffer)
        }
        return Buffer.concat(pieces)
      },
      stream: ({ ifUnchanged = false } = {}) => this.#get(key, ifUnchanged ? String(ETag) : undefined),
    }
  }

  async #get(key: string, etag?: string): Promise<Readable> {
    try {
      const answer = await this.#session.call(
        's3',
        'GetObject',
        { Bucket: this.#name, Key: key, ...(etag ? { IfMatch: etag } : {}) },
        { abortSignal: this.#options.abortSignal },
      )
      return answer.Body as Readable
    } catch (error) {
      const failure = failureOf(error)
      if (failure.kind === 'credentials') this.#ended = credentialsGone(error)
      throw Object.assign(new Error('not read'), { code: failure.code })
    }
  }
}

/** For when AWS no longer accepts the credentials half-way. */
export function credentialsGone(error: unknown): KeyreeveError {
  return new KeyreeveError('credentials', 'AWS no longer accepts the credentials', {
    cause: error,
    hint: 'renew them and run the same command again: what was read stays, and is not read again',
  })
}

function asList(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? (value as Record<string, unknown>[]) : []
}
