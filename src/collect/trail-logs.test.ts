import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AwsSession, openSession } from '../aws/session.ts'
import { lookupEvents } from './lookup-events.ts'
import { type RemoteLog, type TrailLogsOptions, trailLogs } from './trail-logs.ts'

const DAY = (account: string, region: string, date: string) =>
  `org/AWSLogs/o-abcdefghij/${account}/CloudTrail/${region}/${date}/${account}_CloudTrail_${region}_${date.replaceAll('/', '')}T0000Z_x.json.gz`

const KEYS = [
  DAY('111122223333', 'us-east-1', '2026/01/05'),
  DAY('111122223333', 'us-east-1', '2026/02/01'),
  DAY('111122223333', 'eu-west-1', '2026/01/05'),
  DAY('444455556666', 'us-east-1', '2026/01/05'),
  'org/AWSLogs/o-abcdefghij/111122223333/CloudTrail-Digest/us-east-1/2026/01/05/x_CloudTrail-Digest_x.json.gz',
  'org/AWSLogs/o-abcdefghij/111122223333/CloudTrail-Insight/us-east-1/2026/01/05/x.json.gz',
  'other/huge.bin',
]

let server: Server
let session: AwsSession
const listed: string[] = []
let denied: string | null = null
let expired = false

/** As much of S3 as is asked: listing with a delimiter, two keys a page, and the objects. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://localhost')
    const fail = (status: number, code: string) =>
      response
        .writeHead(status, { 'content-type': 'application/xml' })
        .end(`<Error><Code>${code}</Code><Message>CANARY</Message></Error>`)
    if (expired) return fail(400, 'ExpiredToken')
    if (!url.searchParams.has('list-type')) return response.end(`content of ${decodeURIComponent(url.pathname)}`)
    const prefix = url.searchParams.get('prefix') ?? ''
    listed.push(prefix)
    if (denied !== null && prefix.startsWith(denied)) return fail(403, 'AccessDenied')
    const below = KEYS.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
    const items = [...new Set(below.map((key) => (key.includes('/') ? key.slice(0, key.indexOf('/') + 1) : key)))]
    const start = Number(url.searchParams.get('continuation-token') ?? 0)
    const page = items.slice(start, start + 2)
    const more = start + 2 < items.length
    response
      .writeHead(200, { 'content-type': 'application/xml' })
      .end(
        `<ListBucketResult><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${start + 2}</NextContinuationToken>` : ''}${page
          .map((item) =>
            item.endsWith('/')
              ? `<CommonPrefixes><Prefix>${prefix}${item}</Prefix></CommonPrefixes>`
              : `<Contents><Key>${prefix}${item}</Key><ETag>"e"</ETag><Size>10</Size></Contents>`,
          )
          .join('')}</ListBucketResult>`,
      )
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  session = await openSession({
    endpointUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    userAgent: 'keyreeve/test',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' },
    maxAttempts: 1,
  })
})
afterAll(() => {
  session.close()
  server.close()
})

async function all(url: string, options: Partial<TrailLogsOptions> = {}) {
  const logs: RemoteLog[] = []
  const skipped: string[] = []
  listed.length = 0
  for await (const log of trailLogs(session, url, { skip: (what, why) => skipped.push(`${what}: ${why}`), ...options }))
    logs.push(log)
  return { names: logs.map(({ name }) => name.replace('s3://logs/', '')), logs, skipped }
}

describe('log files in a bucket', () => {
  it('are those of every account, region and day, without digests and insights', async () => {
    const { names, logs, skipped } = await all('s3://logs/org')
    expect(names.sort()).toEqual(KEYS.slice(0, 4).sort())
    expect(skipped).toEqual([])
    expect((await logs[0]!.read()).toString()).toBe(`content of ${logs[0]!.name.slice(4)}`)
  })

  it('of some days and regions are found without listing the others', async () => {
    const { names } = await all('s3://logs/org', { since: '2026-01-01', until: '2026-01-31', regions: ['us-east-1'] })
    expect(names.sort()).toEqual([KEYS[0], KEYS[3]].sort())
    expect(listed.filter((prefix) => /eu-west-1|2026\/02|Digest|Insight|^$/.test(prefix))).toEqual([])
  })

  it('in a folder that is denied are a gap, and the others are read', async () => {
    denied = 'org/AWSLogs/o-abcdefghij/444455556666/'
    const { names, skipped } = await all('s3://logs/org')
    denied = null
    expect(names).toHaveLength(3)
    expect(skipped).toEqual([expect.stringMatching(/444455556666\/: AccessDenied/)])
    expect(skipped.join()).not.toContain('CANARY')
  })

  it('end with an error when the credentials do', async () => {
    expired = true
    await expect(all('s3://logs/org')).rejects.toThrow('AWS no longer accepts the credentials')
    expired = false
  })

  it('need an address of a bucket', async () => {
    await expect(all('https://example.com')).rejects.toThrow('that is no bucket')
  })
})

describe('the event history', () => {
  const asked: object[] = []
  const history = {
    async call(_service: string, _operation: string, input: { NextToken?: string }, { region }: { region: string }) {
      asked.push({ ...input, region })
      if (region === 'eu-west-1') throw Object.assign(new Error('CANARY'), { name: 'AccessDeniedException' })
      return input.NextToken
        ? { Events: [{ CloudTrailEvent: '{"b":2}' }] }
        : { Events: [{ CloudTrailEvent: '{"a":1}', Username: 'x' }], NextToken: 'more' }
    },
  } as unknown as AwsSession

  it('is read page by page, of one key, and a region that is denied is a gap', async () => {
    const skipped: string[] = []
    const texts: string[] = []
    const options = {
      regions: ['us-east-1', 'eu-west-1'],
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      millisecondsBetween: 0,
      skip: (what: string, why: string) => skipped.push(`${what}: ${why}`),
    }
    for await (const log of lookupEvents(history, options)) texts.push((await log.read()).toString())
    expect(texts).toEqual([
      '{"Events":[{"CloudTrailEvent":"{\\"a\\":1}"}]}',
      '{"Events":[{"CloudTrailEvent":"{\\"b\\":2}"}]}',
    ])
    expect(asked[0]).toMatchObject({
      region: 'us-east-1',
      LookupAttributes: [{ AttributeKey: 'AccessKeyId', AttributeValue: 'AKIAIOSFODNN7EXAMPLE' }],
    })
    expect(skipped).toEqual([expect.stringMatching(/^cloudtrail:LookupEvents in eu-west-1: AccessDenied/)])
  })
})
