/** The log files of a bucket, each checked against CloudTrail's digest files before its events are read. */
import { createHash } from 'node:crypto'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { AwsSession } from '../aws/session.ts'
import { type DigestsOfDay, digestsOfDay, publicKeys } from '../collect/trail-digests.ts'
import { type RemoteLog, type TrailLogsOptions, trailLogs } from '../collect/trail-logs.ts'
import { Cover, checkDigest } from '../trail/ingest/integrity.ts'
import { type LogFile, RefusedError } from '../trail/ingest/log-file.ts'
import type { IntegrityTally } from './integrity-tally.ts'

const DAY = 86_400_000
/** A day of digests is needed for the day before and the day after, too. */
const KEPT_DAYS = 4

/** A day of one account and region. */
interface Place {
  bucket: string
  /** Up to and with `AWSLogs/ACCOUNT/`. */
  before: string
  region: string
  /** `2026/01/31` */
  day: string
}

/**
 * Log files that may be read: those that a digest vouches for, which fail with a RefusedError when their content is not
 * what was delivered, and those of which no digest says anything. The others go to `options.skip`, and so do files that
 * a digest names and that are gone.
 * @throws KeyreeveError as `trailLogs` does
 */
export async function* verifiedLogs(
  session: AwsSession,
  url: string,
  options: TrailLogsOptions,
  tally: IntegrityTally,
): AsyncIterable<LogFile> {
  const check = new Check(session, options, tally)
  const watched = { ...options, skip: check.skip }
  for await (const log of trailLogs(session, url, watched)) {
    const file = await check.log(log)
    if (file) yield file
  }
  await check.endDay()
  // days whose log files are all gone are found by their digests
  const digestsUrl = url.replace('/CloudTrail/', '/CloudTrail-Digest/').replace(/\/CloudTrail$/, '/CloudTrail-Digest')
  for await (const { name } of trailLogs(session, digestsUrl, { ...watched, digests: true })) await check.digest(name)
  await check.endDay()
}

class Check {
  readonly #session: AwsSession
  readonly #options: TrailLogsOptions
  readonly #tally: IntegrityTally
  readonly #days = new Map<string, Promise<DigestsOfDay>>()
  /** By region and day. */
  readonly #keys = new Map<string, Promise<Map<string, string> | string>>()
  readonly #done = new Set<string>()
  readonly #unlisted: string[] = []
  #open: { id: string; place: Place; cover: Cover; seen: Set<string> } | null = null

  constructor(session: AwsSession, options: TrailLogsOptions, tally: IntegrityTally) {
    this.#session = session
    this.#options = options
    this.#tally = tally
  }

  readonly skip = (what: string, why: string): void => {
    this.#unlisted.push(what)
    this.#options.skip(what, why)
  }

  /** null: it must not be read, which was said. */
  async log(log: RemoteLog): Promise<LogFile | null> {
    const place = placeOf(log.name)
    if (!place) {
      this.#tally.uncovered(log.name, 'it is not where CloudTrail delivers log files', true)
      return log
    }
    const { cover, seen } = await this.#day(place)
    const name = log.name.slice('s3://'.length)
    seen.add(name)
    const expected = cover.expect(name, Date.now())
    if (expected.verdict === 'named') return this.#checked(log, expected.hash)
    if (expected.verdict === 'uncovered') {
      this.#tally.uncovered(log.name, expected.reason, expected.isDue)
      return log
    }
    this.#tally.refused++
    this.#options.skip(log.name, `left out: ${expected.reason}`)
    return null
  }

  /** A digest, of a day that may have no log files. */
  async digest(name: string): Promise<void> {
    const place = placeOf(name)
    if (place && !this.#done.has(idOf(place))) await this.#day(place)
  }

  /** Says what the day before lacks. */
  async endDay(): Promise<void> {
    const open = this.#open
    this.#open = null
    if (!open) return
    this.#done.add(open.id)
    const { bucket, before, region, day } = open.place
    const logs = `${bucket}/${before}CloudTrail/${region}/${day}/`
    const digests = `${digestFolder(open.place)}${day}/`
    for (const { key, fault } of open.cover.faulty)
      if (key.startsWith(digests)) this.#options.skip(`s3://${bucket}/${key}`, `this digest does not count: ${fault}`)
    for (const key of open.cover.missing.keys())
      if (key.startsWith(digests)) this.#lack(`s3://${bucket}/${key}`, 'missing: the next digest names it')
    if (this.#unlisted.some((what) => `s3://${logs}`.startsWith(what))) return
    for (const name of new Set(open.cover.named()))
      if (name.startsWith(logs) && !open.seen.has(name)) this.#lack(`s3://${name}`, 'missing: a digest names it')
  }

  #lack(what: string, why: string): void {
    this.#tally.missing++
    this.#options.skip(what, why)
  }

  async #day(place: Place) {
    const id = idOf(place)
    if (this.#open?.id === id) return this.#open
    await this.endDay()
    this.#open = { id, place, cover: await this.#cover(place), seen: new Set() }
    return this.#open
  }

  /** What the digests of a day, the one before and the one after say. */
  async #cover(place: Place): Promise<Cover> {
    const start = Date.parse(`${place.day.replaceAll('/', '-')}T00:00:00Z`)
    const days = [-DAY, 0, DAY].map((apart) => ({ ...place, day: slashed(start + apart) }))
    const found = await Promise.all(days.map((day) => this.#digests(day)))
    const listed = {
      folders: new Set(days.map((day) => `${digestFolder(day)}${day.day}/`)),
      keys: new Set(found.flatMap(({ keys }) => keys)),
    }
    const unread = found.map((day) => day.unread).find((why) => why !== null) ?? null
    if (listed.keys.size === 0) return new Cover([], listed, unread)
    const keys = await this.#publicKeys(place.region, start)
    if (typeof keys === 'string') return new Cover([], listed, keys)
    const digests = found.flatMap((day) => day.digests.map((digest) => checkDigest(digest, keys)))
    return new Cover(digests, listed, unread)
  }

  #publicKeys(region: string, start: number): Promise<Map<string, string> | string> {
    const id = `${region} ${start}`
    let keys = this.#keys.get(id)
    if (!keys) {
      const { abortSignal } = this.#options
      const span = { from: new Date(start - 2 * DAY), to: new Date(start + 3 * DAY) }
      keys = publicKeys(this.#session, { region, ...span, abortSignal })
      this.#keys.set(id, keys)
    }
    return keys
  }

  #digests(place: Place): Promise<DigestsOfDay> {
    const id = idOf(place)
    let day = this.#days.get(id)
    if (!day) {
      const { abortSignal } = this.#options
      day = digestsOfDay(this.#session, { ...place, folder: digestFolder(place), abortSignal })
    }
    this.#days.delete(id)
    this.#days.set(id, day)
    for (const oldest of this.#days.keys()) if (this.#days.size > KEPT_DAYS) this.#days.delete(oldest)
    return day
  }

  /** The file, which can be read only when its unpacked content has the hash. */
  #checked(log: RemoteLog, hash: string): LogFile {
    const judge = async (content: AsyncIterable<Buffer> | Iterable<Buffer>) => {
      if ((await hashOf(content)) === hash) this.#tally.verified++
      else {
        this.#tally.refused++
        throw new RefusedError('left out: it was altered after CloudTrail delivered it')
      }
    }
    return {
      name: log.name,
      // what was read before without this check is read again
      version: `${log.version} verified`,
      size: log.size,
      read: async () => {
        const bytes = await log.read()
        await judge([bytes])
        return bytes
      },
      stream: async () => {
        await judge(await log.stream({ ifUnchanged: true }))
        return log.stream({ ifUnchanged: true })
      },
    }
  }
}

/** SHA-256 of what is packed, or null when it is damaged. */
async function hashOf(content: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<string | null> {
  const hash = createHash('sha256')
  try {
    const unpacker = createGunzip({ chunkSize: 256 * 1024 })
    pipeline(Readable.from(content), unpacker, () => {})
    for await (const piece of unpacker) hash.update(piece as Buffer)
    return hash.digest('hex')
  } catch (error) {
    // a connection that fails says nothing of the file
    if (!String((error as NodeJS.ErrnoException).code).startsWith('Z_')) throw error
    return null
  }
}

function placeOf(name: string): Place | null {
  const parts = /^s3:\/\/([^/]+)\/((?:[^/]+\/)*?)CloudTrail(?:-Digest)?\/([^/]+)\/(\d{4}\/\d\d\/\d\d)\/[^/]+$/.exec(
    name,
  )
  return parts ? { bucket: parts[1]!, before: parts[2]!, region: parts[3]!, day: parts[4]! } : null
}

function digestFolder({ before, region }: Place): string {
  return `${before}CloudTrail-Digest/${region}/`
}

/** `2026/01/31` */
function slashed(time: number): string {
  return new Date(time).toISOString().slice(0, 10).replaceAll('-', '/')
}

function idOf({ bucket, before, region, day }: Place): string {
  return `${bucket}/${before}${region}/${day}`
}
