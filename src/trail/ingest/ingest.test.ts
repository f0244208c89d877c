import { randomBytes } from 'node:crypto'
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { madeUpEvent } from '../../../test/trail/made-up-event.ts'
import { ask, everythingIn, folderWith, ingestFiles, logFile, newStore } from '../../../test/trail/store.ts'
import { openForWriting } from '../store.ts'
import { ingest } from './ingest.ts'
import { localFiles } from './local-files.ts'
import type { LogFile } from './log-file.ts'

const COUNT = 'SELECT count(*) AS n FROM {{events}}'
const events = (count: number) => Array.from({ length: count }, () => madeUpEvent())

describe('ingest takes', () => {
  const three = events(3)
  const forms: Record<string, string | Buffer> = {
    'log.json': logFile(three),
    'log.json.gz': gzipSync(logFile(three)),
    'pretty.json': JSON.stringify({ Records: three }, null, 2),
    'lines.ndjson': three.map((event) => JSON.stringify(event)).join('\n'),
    'list.json': JSON.stringify(three),
    'two-files.json': logFile(three.slice(0, 1)) + logFile(three.slice(1)),
    'lookup-events.json': JSON.stringify({
      Events: three.map((event) => ({ EventId: event.eventID, CloudTrailEvent: JSON.stringify(event) })),
      NextToken: 'more',
    }),
    'event-bridge.ndjson': three
      .map((event) => JSON.stringify({ version: '0', 'detail-type': 'AWS API Call via CloudTrail', detail: event }))
      .join('\n'),
    'filter-log-events.json': JSON.stringify(
      {
        events: three.map((event) => ({ logStreamName: 's', message: JSON.stringify(event) })),
        searchedLogStreams: [],
      },
      null,
      4,
    ),
    'utf-16le.json': Buffer.from(`\ufeff${logFile(three)}`, 'utf16le'),
    'utf-16be.json': Buffer.from(`\ufeff${logFile(three)}`, 'utf16le').swap16(),
    'log-events.json': JSON.stringify({ logEvents: three.map((event) => ({ message: JSON.stringify(event) })) }),
  }
  it.each(Object.keys(forms))('%s', async (name) => {
    const store = newStore()
    const report = await ingestFiles(store, folderWith({ [name]: forms[name]! }))
    expect(report).toMatchObject({ events: 3, bad: 0, duplicates: 0, skipped: [] })
    const ids = await ask(store, 'SELECT event_id FROM {{events}} ORDER BY 1')
    expect(ids.map(({ event_id }) => event_id)).toEqual(three.map(({ eventID }) => eventID).sort())
  })

  it('records that begin in several ways, and are out of the ordinary', async () => {
    const [first, ...others] = Array.from({ length: 6 }, () => madeUpEvent({ eventTime: '2026-01-05T10:20:30.5Z' }))
    const otherwise = others.map(({ eventVersion, ...rest }) => ({ ...rest, eventVersion }))
    const log = logFile([first!, ...otherwise, ...events(2)])
    const store = newStore()
    expect(await ingestFiles(store, folderWith({ 'log.json': log }))).toMatchObject({ events: 8, bad: 0 })
    const broken = log.replace(`"${first!.eventID}"`, '01')
    expect(await ingestFiles(newStore(), folderWith({ 'log.json': broken }))).toMatchObject({ events: 7, bad: 1 })
  })

  it('a folder, without the digests and insights in it', async () => {
    const { mkdirSync } = await import('node:fs')
    const folder = folderWith({ 'a.json': events(2) })
    for (const other of ['CloudTrail-Digest', 'CloudTrail-Insight']) {
      mkdirSync(join(folder, other))
      writeFileSync(join(folder, other, 'x.json'), logFile(events(1)))
    }
    for (const other of ['Digest', 'Insight'])
      writeFileSync(join(folder, `111122223333_CloudTrail-${other}_us-east-1_20260105T1020Z.json`), logFile(events(1)))
    expect(await ingestFiles(newStore(), folder)).toMatchObject({ files: 1, events: 2 })
  })
})

describe('an event counts once', () => {
  it('when the same file is ingested twice', async () => {
    const store = newStore()
    const folder = folderWith({ 'a.json.gz': events(5) })
    await ingestFiles(store, folder)
    expect(await ingestFiles(store, folder)).toMatchObject({ files: 0, unchanged: 1, events: 0 })
    expect(await ask(store, COUNT)).toEqual([{ n: 5 }])
  })

  it('when two sources overlap, in one run and in two', async () => {
    const store = newStore()
    const many = events(10)
    const folder = folderWith({ 'a.json': many.slice(0, 7), 'b.json': many.slice(3) })
    expect(await ingestFiles(store, folder)).toMatchObject({ events: 10, duplicates: 4 })
    const again = folderWith({ 'c.json': [...many, ...events(1)] })
    expect(await ingestFiles(store, again)).toMatchObject({ events: 1, duplicates: 10 })
    expect(await ask(store, COUNT)).toEqual([{ n: 11 }])
  })

  it('when it comes again in another chunk, while the first is being written, and after', async () => {
    const store = newStore()
    const many = events(400)
    const folder = folderWith({ 'a.json': many, 'b.ndjson': many.map((event) => JSON.stringify(event)).join('\n') })
    const { files } = await localFiles([folder])
    const report = await ingest(store, [...files, ...files.map((file) => ({ ...file, name: `again ${file.name}` }))], {
      threads: 2,
      chunkBytes: 20_000,
    })
    expect(report).toMatchObject({ files: 4, events: 400, duplicates: 1200, bad: 0 })
    expect(await ask(store, COUNT)).toEqual([{ n: 400 }])
  })

  it('by its ID and its time, however many are written together, by however many threads, and in whatever runs', async () => {
    const ids = Array.from({ length: 60 }, (_, i) => `ID ${i}`)
    const moments = ['2026-01-05T10:20:30Z', '2026-01-05T10:20:31Z', '2026-01-05T23:00:00Z', '2026-01-06T01:00:00Z']
    // each ID at two times, which lie far apart or near, and each of these twice
    const pairs = [0, 1, 1, 0].flatMap((shift) =>
      ids.map((eventID, i) => madeUpEvent({ eventID, eventTime: moments[(i + shift) % 4], awsRegion: `at-${shift}` })),
    )
    const folder = folderWith({ 'a.json': pairs.slice(0, 130), 'b.json': pairs.slice(130) })
    const { files } = await localFiles([folder])
    const rows = async (runs: LogFile[][], chunkBytes: number, threads: number) => {
      const store = newStore()
      for (const run of runs) await ingest(store, run, { chunkBytes, threads })
      return ask(store, 'SELECT event_id, event_time, aws_region FROM {{events}} ORDER BY 1, 2')
    }
    const expected = await rows([files], 1_000_000, 1)
    expect(expected).toHaveLength(120)
    for (const chunkBytes of [1_000, 5_000, 30_000])
      for (const threads of [1, 3]) {
        expect(await rows([files], chunkBytes, threads)).toEqual(expected)
        expect(
          await rows(
            files.map((file) => [file]),
            chunkBytes,
            threads,
          ),
        ).toEqual(expected)
      }
  })

  it('when a file has grown', async () => {
    const store = newStore()
    const folder = folderWith({ 'a.ndjson': `${JSON.stringify(madeUpEvent())}\n` })
    await ingestFiles(store, folder)
    appendFileSync(join(folder, 'a.ndjson'), `${JSON.stringify(madeUpEvent())}\n`)
    expect(await ingestFiles(store, folder)).toMatchObject({ files: 1, events: 1, duplicates: 1 })
  })
})

describe('bad input', () => {
  it('a record of the wrong shape is set aside with its reason, and the others are kept', async () => {
    const store = newStore()
    const folder = folderWith({
      'a.json': `{"Records":[${JSON.stringify(madeUpEvent())},{"eventVersion":"1.09",nonsense},${JSON.stringify(madeUpEvent({ eventID: null }))},${JSON.stringify(madeUpEvent({ eventTime: 'yesterday' }))},${JSON.stringify(madeUpEvent())}]}`,
    })
    const report = await ingestFiles(store, folder)
    expect(report).toMatchObject({ events: 2, bad: 3 })
    expect(report.badReasons.map(({ reason }) => reason).sort()).toEqual([
      'eventTime is no time',
      'not JSON',
      'without eventID',
    ])
    const [rejected] = readdirSync(join(store, 'rejected'))
    const lines = readFileSync(join(store, 'rejected', rejected!), 'utf8')
      .trim()
      .split('\n')
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ file: join(folder, 'a.json'), reason: 'not JSON', offset: expect.any(Number) }),
    )
  })

  it('fields of another type than they should be are unknown, and the event is kept', async () => {
    const store = newStore()
    const odd = madeUpEvent({
      userIdentity: 'me',
      resources: 'none',
      readOnly: 'perhaps',
      userAgent: { a: 1 },
      requestParameters: [1],
    })
    expect(await ingestFiles(store, folderWith({ 'a.json': [odd] }))).toMatchObject({ events: 1, bad: 0 })
    expect(await ask(store, 'SELECT principal_arn, read_only, resource FROM {{events}}')).toEqual([
      { principal_arn: null, read_only: null, resource: null },
    ])
  })

  it('of a field that is there twice, the first counts', async () => {
    const store = newStore()
    const record = JSON.stringify(madeUpEvent())
    const odd = [
      record.replace('"awsRegion"', '"awsRegion":"us-east-1","awsRegion"'),
      record
        .replace('"readOnly"', '"awsRegion":"eu-west-1","eventName":"GetObject","readOnly"')
        .replace('"eventID":"', '"eventID":"x'),
    ]
    const report = await ingestFiles(
      store,
      folderWith({ 'a.json': `{"Records":[${odd.join(',')},${JSON.stringify(madeUpEvent())}]}` }),
    )
    expect(report).toMatchObject({ events: 3, duplicates: 0, bad: 0 })
    expect(await ask(store, 'SELECT DISTINCT aws_region, action FROM {{events}}')).toEqual([
      { aws_region: 'us-east-1', action: 's3:ListAllMyBuckets' },
    ])
  })

  it.each([
    ['its own', { requestParameters: 'X' }, {}],
    ['that of its caller', {}, { userName: 'X' }],
    ['that of its setting', { managementEvent: 'X' }, {}],
  ])('a number that is none to the database, %s, is unknown, and the events are kept', async (_, fields, identity) => {
    const store = newStore()
    const attributes = { creationDate: '2026-01-05T09:00:00Z' }
    const odd = madeUpEvent({
      ...fields,
      userIdentity: { arn: 'arn:aws:iam::111122223333:user/ci', sessionContext: { attributes }, ...identity },
    })
    const records = [madeUpEvent(), odd, madeUpEvent()].map((event) => JSON.stringify(event).replace('"X"', '1e999'))
    const report = await ingestFiles(store, folderWith({ 'a.json': `{"Records":[${records.join(',')}]}` }))
    expect(report).toMatchObject({ events: 3, bad: 0, duplicates: 0 })
    expect(
      await ask(
        store,
        `SELECT principal_arn, aws_region, CAST(session_created AS VARCHAR) AS created FROM {{events}} WHERE event_id = '${odd.eventID}'`,
      ),
    ).toEqual([
      { principal_arn: 'arn:aws:iam::111122223333:user/ci', aws_region: 'us-east-1', created: '2026-01-05 09:00:00' },
    ])
  })

  it('when a session began is told in whatever form, and only where it is a time', async () => {
    const store = newStore()
    const times = [
      '2026-01-05T09:00:00Z',
      '2026-01-05T09:00:00.5Z',
      '2026-01-05 09:00:01',
      '1970-01-01T00:00:00Z',
      'x',
      1,
    ]
    const file = times.map((creationDate) =>
      madeUpEvent({ userIdentity: { sessionContext: { attributes: { creationDate } } } }),
    )
    await ingestFiles(store, folderWith({ 'a.json': file }))
    const rows = await ask(store, 'SELECT CAST(session_created AS VARCHAR) AS t FROM {{events}} ORDER BY 1 NULLS LAST')
    expect(rows.map(({ t }) => t)).toEqual([
      '1970-01-01 00:00:00',
      '2026-01-05 09:00:00',
      '2026-01-05 09:00:00.5',
      '2026-01-05 09:00:01',
      null,
      null,
    ])
  })

  it('times of other forms are taken, in UTC', async () => {
    const store = newStore()
    const times = [
      '2026-01-05T10:20:30.123456Z',
      '2026-01-05T01:00:00+02:00',
      '2026-01-05 10:20',
      '2026-02-30T00:00:00Z',
    ]
    const report = await ingestFiles(
      store,
      folderWith({ 'a.json': times.map((eventTime) => madeUpEvent({ eventTime })) }),
    )
    expect(report.badReasons).toEqual([{ reason: 'eventTime is no time', records: 1, first: expect.any(String) }])
    const rows = await ask(
      store,
      'SELECT CAST(event_time AS VARCHAR) AS t, CAST(day AS VARCHAR) AS d FROM {{events}} ORDER BY 1',
    )
    expect(rows).toEqual([
      { t: '2026-01-04 23:00:00', d: '2026-01-04' },
      { t: '2026-01-05 10:20:00', d: '2026-01-05' },
      { t: '2026-01-05 10:20:30.123456', d: '2026-01-05' },
    ])
  })

  it('of a truncated gzip, what is whole is kept, and the file is read again when it is whole', async () => {
    const store = newStore()
    const many = Array.from({ length: 400 }, () => madeUpEvent({ requestID: randomBytes(40).toString('hex') }))
    const whole = gzipSync(logFile(many))
    const folder = folderWith({ 'a.json.gz': whole.subarray(0, whole.length >> 1) })
    const report = await ingestFiles(store, folder)
    expect(report.events).toBeGreaterThan(50)
    expect(report.events).toBeLessThan(400)
    expect(report.skipped).toEqual([
      { what: expect.stringContaining('a.json.gz'), why: 'the compressed data is cut off' },
    ])
    writeFileSync(join(folder, 'a.json.gz'), whole)
    await ingestFiles(store, folder)
    expect(await ask(store, COUNT)).toEqual([{ n: 400 }])
  })

  it('a file that ends within a record loses that record alone', async () => {
    const text = logFile(events(3))
    const report = await ingestFiles(newStore(), folderWith({ 'a.json': text.slice(0, -100) }))
    expect(report).toMatchObject({ events: 2, bad: 1 })
    expect(report.badReasons[0]!.reason).toBe('the file ends within the record')
  })

  it('a stray quote hides no other record', async () => {
    const [first, second, third] = events(3).map((event) => JSON.stringify(event))
    const report = await ingestFiles(
      newStore(),
      folderWith({ 'a.json': `{"Records":[${first},\n${second!.replace('"awsRegion"', '"aws"Region"')},\n${third}]}` }),
    )
    expect(report.events).toBe(2)
    expect(report.bad).toBeGreaterThan(0)
  })

  it('what is between records is passed over, and nothing else', async () => {
    const lines = events(6).map((event) => JSON.stringify(event))
    lines.splice(3, 0, 'some words', '{}', '] }')
    const store = newStore()
    const report = await ingestFiles(store, folderWith({ 'lines.ndjson': lines.join('\n') }))
    expect(report).toMatchObject({ events: 6, bad: 3 })
  })

  it('a lost quote costs its record alone, though it turns the texts of the others inside out', async () => {
    const lines = events(6).map((event) => JSON.stringify({ ...event, requestParameters: { key: '}]' } }))
    for (const lost of ['"awsRegion', '"key":"}]"', 'ListBuckets"']) {
      const text = [lines[0], lines[1]!.replace(lost, lost.replace('"', '')), ...lines.slice(2)].join('\n')
      const report = await ingestFiles(newStore(), folderWith({ 'lines.ndjson': text }))
      expect(report.events).toBe(5)
      expect(report.bad).toBeGreaterThan(0)
    }
  })

  it('many records that do not end are passed over in bounded time', async () => {
    const start = '{"eventVersion"'
    const files = { 'open.json': start.repeat(100_000), 'many.ndjson': `${start}:1}x`.repeat(20_000) }
    const report = await ingestFiles(newStore(), folderWith(files))
    expect(report.events).toBe(0)
    expect(report.bad).toBeGreaterThan(0)
  }, 20_000)

  it('a record too long is passed over in bounded memory, and those after it are kept', async () => {
    const [first, last] = events(2).map((event) => JSON.stringify(event))
    const long = `{"eventVersion":"1.09","x":"${'a{\\"'.repeat(2_000_000)}"}`
    const report = await ingestFiles(newStore(), folderWith({ 'a.json': `{"Records":[${first},${long},${last}]}` }))
    expect(report).toMatchObject({ events: 2, bad: 1 })
    expect(report.badReasons).toEqual([{ reason: 'longer than 4 MB', records: 1, first: expect.any(String) }])
  })

  it('bytes that are no UTF-8 and half surrogate pairs are replaced', async () => {
    const store = newStore()
    const text = logFile([madeUpEvent({ userAgent: 'caf\xe9' }), madeUpEvent({ userAgent: 'half \ud800' })])
    const folder = folderWith({ 'a.json': Buffer.from(text.replace('\ud800', '\\ud800'), 'latin1') })
    expect(await ingestFiles(store, folder)).toMatchObject({ events: 2, bad: 0 })
    expect(await ask(store, 'SELECT user_agent FROM {{events}} ORDER BY 1')).toEqual([
      { user_agent: 'caf\ufffd' },
      { user_agent: 'half \ufffd' },
    ])
  })

  it('events of impossible times are set aside', async () => {
    const report = await ingestFiles(
      newStore(),
      folderWith({
        'a.json': [
          madeUpEvent(),
          madeUpEvent({ eventTime: '1970-01-01T00:00:00Z' }),
          madeUpEvent({ eventTime: '2199-01-01T00:00:00Z' }),
        ],
      }),
    )
    expect(report.events).toBe(1)
    expect(report.badReasons.map(({ reason }) => reason).sort()).toEqual([
      'eventTime is before CloudTrail began',
      'eventTime is in the future',
    ])
  })

  it('what is no log at all is counted, not a crash', async () => {
    const folder = folderWith({
      'empty.json': '',
      'text.json': 'hello',
      'zero.json.gz': gzipSync(''),
      'random.json': randomBytes(10_000),
      'deep.json': '['.repeat(50_000),
      'number.json': '42',
      'no-gzip.json.gz': Buffer.from([0x1f, 0x8b, 1, 2, 3]),
    })
    expect(await ingestFiles(newStore(), folder)).toMatchObject({ events: 0 })
  })
})

describe('the store', () => {
  it('stays as it was when an ingest does not come to its end', async () => {
    const store = newStore()
    await ingestFiles(store, folderWith({ 'a.json': events(4) }))
    const before = readFileSync(join(store, 'manifest.json'), 'utf8')
    const { files } = await localFiles([folderWith({ 'b.json': events(4) })])
    const failing = (async function* cut() {
      yield* files
      throw new Error('power failure')
    })()
    await expect(ingest(store, failing, { threads: 1 })).rejects.toThrow('power failure')
    expect(readFileSync(join(store, 'manifest.json'), 'utf8')).toBe(before)
    expect(await ask(store, COUNT)).toEqual([{ n: 4 }])
  })

  it('keeps what came before the credentials expired, and counts nothing twice when it goes on', async () => {
    const store = newStore()
    const { files } = await localFiles([folderWith({ 'a.json': events(4), 'b.json': events(5) })])
    const expiring = (async function* cut() {
      yield files[0]!
      throw new Error('the credentials have expired')
    })()
    await expect(ingest(store, expiring, { threads: 1, checkpoints: true })).rejects.toThrow('expired')
    expect(await ask(store, COUNT)).toEqual([{ n: 4 }])
    expect(await ingest(store, files, { threads: 1, checkpoints: true })).toMatchObject({
      unchanged: 1,
      events: 5,
      duplicates: 0,
    })
    expect(await ask(store, COUNT)).toEqual([{ n: 9 }])
  })

  it('takes events of versions that are not known yet, with fields that are not', async () => {
    const store = newStore()
    await ingestFiles(store, folderWith({ 'a.json': [madeUpEvent({ eventVersion: '9.99', newField: { deep: [1] } })] }))
    expect(await ask(store, 'SELECT action FROM {{events}}')).toEqual([{ action: 's3:ListAllMyBuckets' }])
  })

  it('is written by one ingest at a time, and by the next when the first is gone', async () => {
    const store = newStore()
    const writer = await openForWriting(store)
    await expect(openForWriting(store)).rejects.toThrow('another ingest')
    await writer.close()
    writeFileSync(
      join(store, 'ingest.lock'),
      JSON.stringify({ pid: 2 ** 22 + 1, host: (await import('node:os')).hostname() }),
    )
    await (await openForWriting(store)).close()
  })

  it.each([2, 9])('is sorted by key and time within each of %i days', async (days) => {
    const store = newStore()
    const many = Array.from({ length: 300 }, (_, i) =>
      madeUpEvent({
        eventTime: new Date(Date.UTC(2026, 0, 1 + (i % days), 0, 0, (i * 7919) % 86_400))
          .toISOString()
          .replace('.000', ''),
        userIdentity: i % 11 === 0 ? { type: 'AWSService' } : { accessKeyId: `AKIA${(i * 31) % 17}` },
      }),
    )
    await ingestFiles(store, folderWith({ 'a.json': many }))
    expect(readdirSync(join(store, 'events'))).toHaveLength(days)
    const rows = await ask(
      store,
      'SELECT CAST(day AS VARCHAR) AS day, access_key_id, CAST(event_time AS VARCHAR) AS event_time FROM {{events}}',
    )
    expect(rows).toHaveLength(300)
    for (const day of new Set(rows.map((row) => row.day))) {
      const order = rows
        .filter((row) => row.day === day)
        .map(({ access_key_id: key, event_time: time }) => `${key ?? 'none'} ${time}`)
      expect(order).toEqual([...order].sort())
    }
  })

  it('takes a year of days at once, however few events each has', async () => {
    const store = newStore()
    const days = Array.from({ length: 365 }, (_, day) => new Date(Date.UTC(2025, 0, 1 + day, 12)).toISOString())
    const year = days.flatMap((eventTime) => [madeUpEvent({ eventTime }), madeUpEvent({ eventTime })])
    expect(await ingestFiles(store, folderWith({ 'year.json.gz': year }))).toMatchObject({ events: 730, bad: 0 })
    expect(await ask(store, 'SELECT count(DISTINCT day) AS n FROM {{events}}')).toEqual([{ n: 365 }])
  })

  it('keeps a day in a folder, for queries by day', async () => {
    const store = newStore()
    const two = [madeUpEvent(), madeUpEvent({ eventTime: '2026-01-06T00:00:00Z' })]
    await ingestFiles(store, folderWith({ 'a.json': two }))
    expect(readdirSync(join(store, 'events')).sort()).toEqual(['day=2026-01-05', 'day=2026-01-06'])
    expect(await ask(store, "SELECT count(*) AS n FROM {{events}} WHERE day = DATE '2026-01-06'")).toEqual([{ n: 1 }])
  })

  it('has no secret access key in it that stands behind an escape, and the event is kept', async () => {
    const store = newStore()
    const key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
    const notes = [`\n${key}`, `é${key}`, `"${key}"`, `\\${key}`, `\\n${key.slice(1)}`]
    const records = notes.map((note) => madeUpEvent({ requestParameters: { note } }))
    const folder = folderWith({ 'a.json': logFile(records).replaceAll('é', '\\u00e9') })
    expect(await ingestFiles(store, folder)).toMatchObject({ events: notes.length, bad: 0, painted: 5 })
    const rows = await ask(store, 'SELECT request_parameters FROM {{events}}')
    expect(rows.filter((row) => String(row.request_parameters).includes(key))).toEqual([])
  })

  it('keeps an event that is full of quotes and braces around its secrets', async () => {
    const store = newStore()
    const secret = `Canary${randomBytes(9).toString('hex')}`
    const texts = [
      { note: `{"key":"-----BEGIN PRIVATE KEY-----\n${secret}"${secret}`, keyId: 'k1' },
      { environment: { A: `x}${secret}` }, keyId: 'k2' },
      { environment: { A: `x{"${secret}` }, keyId: 'k3' },
      // the code of the control character ends as a token begins
      { note: `\u001fwoG${secret}${'a'.repeat(60)}`, keyId: 'k4' },
    ]
    const records = texts.map((requestParameters) =>
      madeUpEvent({ eventSource: 'kms.amazonaws.com', eventName: 'Decrypt', requestParameters }),
    )
    expect(await ingestFiles(store, folderWith({ 'a.json': records }))).toMatchObject({ events: texts.length, bad: 0 })
    const rows = await ask(store, 'SELECT request_parameters AS given, resource FROM {{events}} ORDER BY resource')
    expect(rows.map(({ given }) => JSON.parse(String(given)))).toEqual([
      { note: '{"key":"[secret removed]', keyId: 'k1' },
      { environment: {}, keyId: 'k2' },
      { environment: {}, keyId: 'k3' },
      { omitted: 'had a secret' },
    ])
    expect(everythingIn(store).includes(secret)).toBe(false)
  })

  it('has no secret in it, wherever an event may hold one', async () => {
    const store = newStore()
    const base64 = () => randomBytes(30).toString('base64').replaceAll('+', 'A').slice(0, 40)
    const canary = () => `Canary${randomBytes(9).toString('hex')}`
    const secrets = {
      byShape: base64(),
      password: canary(),
      environment: canary(),
      lambda: canary(),
      token: `IQoJ${randomBytes(200).toString('base64')}`,
      url: canary(),
      apiKey: canary(),
      message: base64(),
      agent: base64(),
      userData: canary(),
      bad: canary(),
    }
    const records = [
      madeUpEvent({
        eventSource: 'ecs.amazonaws.com',
        eventName: 'RegisterTaskDefinition',
        requestParameters: {
          containerDefinitions: [{ environment: [{ name: 'DB_PASSWORD', value: secrets.environment }], image: 'web' }],
        },
      }),
      madeUpEvent({ requestParameters: { note: `x ${secrets.byShape} y`, masterUserPassword: secrets.password } }),
      madeUpEvent({ requestParameters: { environment: { variables: { A: secrets.lambda } } } }),
      madeUpEvent({
        eventSource: 'sts.amazonaws.com',
        eventName: 'AssumeRole',
        responseElements: { credentials: { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', sessionToken: secrets.token } },
        requestParameters: { webIdentityToken: secrets.token, uri: `https://me:${secrets.url}@example.com/` },
      }),
      madeUpEvent({
        requestParameters: { apiKey: secrets.apiKey, userData: secrets.userData },
        userAgent: `x ${secrets.agent}`,
      }),
      madeUpEvent({ errorCode: 'InvalidParameter', errorMessage: `the key ${secrets.message} is wrong` }),
      madeUpEvent({ eventID: null, requestParameters: { password: secrets.bad } }),
    ]
    expect(await ingestFiles(store, folderWith({ 'a.json': records }))).toMatchObject({ events: 6, bad: 1 })
    const rows = JSON.stringify(await ask(store, 'SELECT * FROM {{events}}'))
    for (const [where, secret] of Object.entries(secrets)) {
      expect(rows.includes(secret), where).toBe(false)
      expect(everythingIn(store).includes(secret), where).toBe(false)
    }
    expect(rows).toContain('ASIAIOSFODNN7EXAMPLE')
    expect(rows).toContain('"image')
  })
})
