import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  alter,
  digestKey,
  FINGERPRINT,
  logKey,
  makeTrail,
  newKey,
  type StoredObject,
  serveTrail,
  type TrailServer,
} from '../../test/trail/digests.ts'
import { type AwsSession, openSession } from '../aws/session.ts'
import { IntegrityTally } from './integrity-tally.ts'
import { verifiedLogs } from './verified-logs.ts'

const key = newKey()
const another = newKey()
/** A day and some hours: so many log files, and as many digests. */
const FILES = 30
const NEXT_DAY = 6
const WHOLE = makeTrail('2026-01-05T00:00:00Z', FILES, key.privateKey)
const LOG = logKey('2026-01-05T12:30:00Z')
const DIGEST = digestKey(Date.parse('2026-01-05T13:00:00Z'))

let trail: TrailServer
let session: AwsSession
beforeAll(async () => {
  trail = await serveTrail()
  session = await openSession({
    endpointUrl: trail.url,
    region: 'us-east-1',
    userAgent: 'keyreeve/test',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' },
    maxAttempts: 1,
  })
})
beforeEach(() => {
  trail.objects = new Map(WHOLE)
  trail.keys = [{ Fingerprint: FINGERPRINT, Value: key.der }]
  trail.isDenied = () => false
})
afterAll(() => {
  session.close()
  trail.server.close()
})

async function verify(url = 's3://logs', { stream = false, ...days }: { stream?: boolean; since?: string } = {}) {
  const tally = new IntegrityTally()
  const skipped: string[] = []
  const skip = (what: string, why: string) => void skipped.push(`${what.replace('s3://logs/', '')}: ${why}`)
  const read: string[] = []
  for await (const log of verifiedLogs(session, url, { skip, ...days }, tally)) {
    try {
      if (stream) for await (const _ of await log.stream());
      else await log.read()
      read.push(log.name.replace('s3://logs/', ''))
    } catch (error) {
      skip(log.name, (error as Error).message)
    }
  }
  expect(skipped.join()).not.toContain('CANARY')
  return { ...tally.report(), isIncomplete: tally.isIncomplete, skipped, read }
}

const change = (name: string, to: (before: StoredObject) => StoredObject) =>
  trail.objects.set(name, to(trail.objects.get(name)!))

describe('log files that are checked against the digests', () => {
  it.each([{ stream: false }, { stream: true }])('are verified when nothing was touched: %j', async (how) => {
    expect(await verify('s3://logs', how)).toMatchObject({
      verified: FILES,
      uncovered: [],
      refused: 0,
      missing: 0,
      skipped: [],
      isIncomplete: false,
    })
  })

  it('are verified from the folder of one day', async () => {
    const { verified, skipped } = await verify('s3://logs/AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/06/')
    expect({ verified, skipped }).toEqual({ verified: NEXT_DAY, skipped: [] })
  })

  it.each([{ stream: false }, { stream: true }])('are left out when they were altered: %j', async (how) => {
    change(LOG, (log) => alter(log, (text) => text.replace('GetCallerIdentity', 'GetSessionToken')))
    const { verified, refused, skipped, read } = await verify('s3://logs', how)
    expect({ verified, refused, skipped }).toEqual({
      verified: FILES - 1,
      refused: 1,
      skipped: [`${LOG}: left out: it was altered after CloudTrail delivered it`],
    })
    expect(read).not.toContain(LOG)
  })

  it('are left out when they are damaged', async () => {
    change(LOG, ({ body }) => ({ body: body.subarray(0, 40), metadata: {} }))
    expect((await verify()).skipped).toEqual([`${LOG}: left out: it was altered after CloudTrail delivered it`])
  })

  it('are left out when their digest was altered', async () => {
    change(LOG, (log) => alter(log, (text) => text.replace('GetCallerIdentity', 'GetSessionToken')))
    change(DIGEST, (digest) => alter(digest, (text) => text.replace(/"hashValue":"\w+"/, '"hashValue":"00"')))
    const { verified, refused, skipped, read } = await verify()
    expect({ verified, refused, skipped }).toEqual({
      verified: FILES - 1,
      refused: 1,
      skipped: [
        `${LOG}: left out: the digest that names it does not count: its signature is wrong`,
        `${DIGEST}: this digest does not count: its signature is wrong`,
      ],
    })
    expect(read).not.toContain(LOG)
  })

  it('are reported when they are gone', async () => {
    trail.objects.delete(LOG)
    expect(await verify()).toMatchObject({
      verified: FILES - 1,
      missing: 1,
      skipped: [`${LOG}: missing: a digest names it`],
    })
  })

  it('are reported when those of a whole day are gone', async () => {
    for (const name of WHOLE.keys()) if (name.includes('/CloudTrail/us-east-1/2026/01/06/')) trail.objects.delete(name)
    const { verified, missing, skipped } = await verify()
    expect({ verified, missing, skipped: skipped.length }).toEqual({
      verified: FILES - NEXT_DAY,
      missing: NEXT_DAY,
      skipped: NEXT_DAY,
    })
  })

  it('are left out when no digest of a whole span names them', async () => {
    const added = LOG.replace('x.json', 'y.json')
    trail.objects.set(added, WHOLE.get(LOG)!)
    expect(await verify()).toMatchObject({
      verified: FILES,
      refused: 1,
      skipped: [expect.stringContaining(`${added}: left out: the digests around its hour do not name it`)],
    })
  })

  it('are left out when the digests are signed with another key', async () => {
    trail.keys = [{ Fingerprint: FINGERPRINT, Value: another.der }]
    const { verified, read, refused } = await verify()
    expect({ verified, read, refused }).toEqual({ verified: 0, read: [], refused: FILES })
    trail.keys = []
    const { skipped } = await verify()
    expect(skipped).toContain(
      `${LOG}: left out: the digest that names it does not count: no public key of CloudTrail has its fingerprint`,
    )
  })

  it('are left out when their digest is of another chain', async () => {
    // well signed, but not the one that was there: its content is another
    const other = makeTrail('2026-01-05T12:00:00Z', 1, key.privateKey)
    change(DIGEST, () => other.get(DIGEST)!)
    expect((await verify()).skipped).toEqual([
      `${LOG}: left out: the digest that names it does not count: it is not the one that the next digest follows`,
      `${DIGEST}: this digest does not count: it is not the one that the next digest follows`,
    ])
  })

  it('are not covered when their digest is gone, which is reported', async () => {
    trail.objects.delete(DIGEST)
    const { verified, uncovered, missing, skipped, read, isIncomplete } = await verify()
    expect({ verified, uncovered, missing, skipped, isIncomplete }).toEqual({
      verified: FILES - 1,
      uncovered: [{ reason: 'the digest of its hour is missing', files: 1, first: `s3://logs/${LOG}` }],
      missing: 1,
      skipped: [`${DIGEST}: missing: the next digest names it`],
      isIncomplete: true,
    })
    expect(read).toContain(LOG)
  })

  it('are not covered when digests or public keys are denied', async () => {
    trail.isDenied = (what) => what.endsWith('.gz') && what.includes('Digest')
    const denied = await verify()
    expect(denied).toMatchObject({ verified: 0, refused: 0, missing: 0, isIncomplete: true })
    expect(denied.uncovered).toMatchObject([{ reason: 'digests could not be read (AccessDenied)', files: FILES }])
    trail.isDenied = (what) => what.includes('Digest')
    expect((await verify()).uncovered).toMatchObject([{ files: FILES }])
    trail.isDenied = (what) => what === 'ListPublicKeys'
    expect((await verify()).uncovered).toMatchObject([
      { reason: expect.stringMatching(/cloudtrail:ListPublicKeys in us-east-1: AccessDenied/), files: FILES },
    ])
  })

  it('are not covered when validation was off', async () => {
    for (const name of WHOLE.keys()) if (name.includes('Digest')) trail.objects.delete(name)
    expect(await verify()).toMatchObject({
      verified: 0,
      uncovered: [{ reason: 'there are no digests of its day: log file validation was off', files: FILES }],
      isIncomplete: true,
      skipped: [],
    })
  })

  it('are not covered, and no gap, while the digest is not due yet', async () => {
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000
    trail.objects = makeTrail(new Date(hour - 10 * 3_600_000).toISOString(), 11, key.privateKey)
    trail.objects.delete(digestKey(hour + 3_600_000))
    expect(await verify()).toMatchObject({
      verified: 10,
      uncovered: [{ reason: 'the digest of its hour is not delivered yet', files: 1 }],
      isIncomplete: false,
      skipped: [],
    })
  })
})
