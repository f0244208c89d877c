import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { madeUpEvent } from '../../../test/trail/made-up-event.ts'
import { folderWith } from '../../../test/trail/store.ts'
import { openDuckDb } from '../engines/duckdb.ts'
import { networkOf } from '../names/networks.ts'
import { openStore } from '../store.ts'
import { rangesIn, readAwsPlaces, readAwsRanges } from './aws-ranges.ts'
import { ingest } from './ingest.ts'
import { localFiles } from './local-files.ts'

// the form is that of https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-syntax.html, the ranges are made up
const RANGES = JSON.stringify({
  syncToken: '0',
  createDate: '2026-01-01-00-00-00',
  prefixes: [
    { ip_prefix: '203.0.113.0/25', region: 'eu-west-1', network_border_group: 'eu-west-1', service: 'AMAZON' },
    { ip_prefix: '203.0.113.0/25', region: 'eu-west-1', network_border_group: 'eu-west-1', service: 'EC2' },
  ],
  ipv6_prefixes: [
    { ipv6_prefix: '2001:db8:77::/48', region: 'eu-west-1', network_border_group: 'eu-west-1', service: 'EC2' },
  ],
})

describe("AWS's address ranges", () => {
  it.each([
    ['203.0.113.9', 'aws'],
    ['203.0.113.200', 'public'],
    ['2001:db8:77::1', 'aws'],
    ['2001:db8:78::1', 'public'],
    ['10.0.0.1', 'private'],
  ])('%s is %s', (address, ipClass) => {
    expect(networkOf(address, rangesIn(RANGES, 'f')).ipClass).toBe(ipClass)
  })

  it('refuses a service that is no name', async () => {
    const prefixes = [{ ip_prefix: '203.0.113.0/25', service: 'EC2\u001b[31m', region: 'eu-west-1' }]
    const file = join(mkdtempSync(join(tmpdir(), 'keyreeve-ranges-')), 'ranges.json')
    writeFileSync(file, JSON.stringify({ prefixes, ipv6_prefixes: [] }))
    await expect(readAwsPlaces(file)).rejects.toThrow(/is not a list of AWS's address ranges/)
  })

  it.each(['', '{', '[]', '{"prefixes":[]}', '{"prefixes":[{"ip_prefix":"1.2.3.4/0"}],"ipv6_prefixes":[]}'])(
    'refuses %j',
    (text) => {
      expect(() => rangesIn(text, 'f')).toThrow(/`f`/)
    },
  )

  it('says when a file that was named is not there', async () => {
    await expect(readAwsRanges(join(tmpdir(), 'no', 'such.json'))).rejects.toThrow(/there is no/)
    await expect(readAwsPlaces(tmpdir())).rejects.toThrow(/there is no file/)
  })

  it('tell events from AWS when they are ingested', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keyreeve-ranges-'))
    writeFileSync(join(folder, 'ip-ranges.json'), RANGES)
    const logs = folderWith({
      'log.json': [madeUpEvent({ sourceIPAddress: '203.0.113.9' }), madeUpEvent({ sourceIPAddress: '198.51.100.1' })],
    })
    const { files } = await localFiles([logs])
    await ingest(join(folder, 'store'), files, { awsRanges: await readAwsRanges(join(folder, 'ip-ranges.json')) })
    const engine = await openDuckDb(await openStore(join(folder, 'store')))
    expect(await engine.query('SELECT source_ip, ip_class FROM {{events}} ORDER BY source_ip')).toEqual([
      { source_ip: '198.51.100.1', ip_class: 'public' },
      { source_ip: '203.0.113.9', ip_class: 'aws' },
    ])
    await engine.close()
  })
})
