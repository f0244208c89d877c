/** `scan --account` over HTTP, with the unmodified SDK, from the sandbox: what is read, and what becomes of faults. */
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openSession } from '../../src/aws/session.ts'
import { ACCOUNT_CONFIG_CALLS } from '../../src/collect/account-config/config-readers.ts'
import { type AccountScan, type AccountScanOptions, scanAccount } from '../../src/collect/account-config/index.ts'
import { exampleOrganization } from '../../src/sandbox/example/example-organization.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import * as add from '../../src/sandbox/workloads.ts'
import { expand } from '../../src/scan/archives/index.ts'
import { createLeakCollector } from '../../src/scan/collect-leaks.ts'
import { createScanner } from '../../src/scan/scanner.ts'
import type { BlobPlace, Sink } from '../../src/scan/source.ts'
import { plantedAccount, REGION } from './planted-account.ts'

const { world, account, planted } = plantedAccount()
/** Where no scan can look, and none should. */
const OUT_OF_SIGHT = new Set(['secure string'])
const visible = planted.filter(({ what }) => !OUT_OF_SIGHT.has(what))

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ world })
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.setFaults([]))

/** A sink that remembers where it saw which key IDs and secrets, as the detectors would. */
class Eye implements Sink {
  readonly places = new Map<string, BlobPlace[]>()
  readonly skipped: { what: string; why: string }[] = []
  bytes = 0

  blob(bytes: Uint8Array, place: BlobPlace): void {
    this.lines(bytes, () => ({ place, line: 1 }))
  }

  lines(bytes: Uint8Array, at: (line: number) => { place: BlobPlace; line: number }): void {
    this.bytes += bytes.length
    const text = Buffer.from(bytes).toString('latin1')
    for (const { accessKeyId, secretAccessKey } of planted)
      for (const known of [accessKeyId, secretAccessKey]) {
        const offset = text.indexOf(known)
        if (offset < 0) continue
        const { place } = at(text.slice(0, offset).split('\n').length)
        this.places.set(known, [...(this.places.get(known) ?? []), place])
      }
  }

  open(): never {
    throw new Error('nothing of an account is that large')
  }

  skip(what: string, why: string): void {
    this.skipped.push({ what, why })
  }

  sees(what: string): BlobPlace[] {
    return this.places.get(planted.find((pair) => pair.what === what)!.accessKeyId) ?? []
  }
}

async function scan(options: AccountScanOptions = {}): Promise<{ scan: AccountScan; eye: Eye }> {
  const { endpoint, accessKeyId, secretAccessKey } = sandbox
  const session = await openSession({
    endpointUrl: endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
    userAgent: 'keyreeve/0.0.0',
    maxAttempts: 1,
    ...(options.abortSignal ? { abortSignal: options.abortSignal } : {}),
  })
  const eye = new Eye()
  try {
    const named: AccountScanOptions['named'] = ({ bytes, at }) => eye.lines(bytes, at)
    return { scan: await scanAccount(session, eye, { regions: [REGION], named, ...options }), eye }
  } finally {
    session.close()
  }
}

const gapsOf = ({ coverage }: AccountScan) =>
  coverage.filter(({ status }) => status !== 'read' && status !== 'absent' && status !== 'unsupported')

describe('without a fault', () => {
  it('finds every key that was planted, in all regions, and makes every call that it declares', async () => {
    sandbox.resetCalls()
    const { scan: result, eye } = await scan({ regions: [REGION, 'us-east-1'] })
    expect(visible.filter(({ accessKeyId }) => !eye.places.has(accessKeyId)).map(({ what }) => what)).toEqual([])
    expect(visible.filter(({ secretAccessKey }) => !eye.places.has(secretAccessKey)).map(({ what }) => what)).toEqual(
      [],
    )
    expect(result.coverage.filter(({ status }) => status !== 'read')).toMatchObject([
      { source: 'account configuration', status: 'absent' },
    ])
    expect(result).toMatchObject({ complete: true, accountId: '111122223333', regions: [REGION, 'us-east-1'] })
    const made = new Set(Object.keys(sandbox.calls().counts).map((call) => call.split(':')[1]))
    for (const { operation } of ACCOUNT_CONFIG_CALLS) expect(made, operation).toContain(operation)
    expect(eye.skipped).toEqual([])
  })

  it('says where: the ARN, the region, and the variable, version or file', async () => {
    const { eye } = await scan({ regions: [REGION, 'us-east-1'] })
    const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:111122223333:${resource}`
    const where = (what: string) => eye.sees(what).map(({ path, member }) => `${path} ${member}`)
    const [template] = [...account.regions.get(REGION)!.workloads.launchTemplate!.keys()]
    expect(where('function environment')).toEqual([`${arn('lambda', 'function:report')} environment/AWS_ACCESS_KEY_ID`])
    expect(where('function code')).toEqual([`${arn('lambda', 'function:report')} code`])
    expect(where('layer, old version')).toEqual([`${arn('lambda', 'layer:shared')} version 1/code`])
    expect(where('layer, new version')).toEqual([`${arn('lambda', 'layer:shared')} version 2/code`])
    expect(where('layer of another account')).toEqual([
      `arn:aws:lambda:${REGION}:444455556666:layer:agent version 1/code`,
    ])
    expect(where('launch template, old version')).toEqual([
      `${arn('ec2', `launch-template/${template}`)} version 1/user data`,
    ])
    expect(where('launch template, new version')).toEqual([
      `${arn('ec2', `launch-template/${template}`)} version 2/user data`,
    ])
    expect(where('instance tags')).toMatchObject([expect.stringMatching(/:instance\/i-\w+ tags\/AWS_ACCESS_KEY_ID$/)])
    expect(where('task definition')).toEqual([
      `${arn('ecs', 'task-definition/web:1')} containerDefinitions/web/environment/AWS_ACCESS_KEY_ID`,
    ])
    expect(where('parameters')).toEqual([`${arn('ssm', 'parameter/shop/AWS_ACCESS_KEY_ID')} null`])
    expect(where('repository, next')).toEqual([`${arn('codecommit', 'shop')} next/env.sh`])
    expect(where('repository, main')).toEqual([`${arn('codecommit', 'shop')} main/deploy/prod/env.sh`])
    expect(where('beanstalk environment')).toEqual([
      `${arn('elasticbeanstalk', 'environment/legacy/prod')} environment/AWS_ACCESS_KEY_ID`,
    ])
    expect(where('stack parameters')[0]).toMatch(/:stack\/network\/[\w-]+ parameters\/AWS_ACCESS_KEY_ID$/)
    expect(eye.sees('user data in another region')).toMatchObject([{ kind: 'account', region: 'us-east-1' }])
  })

  it('asks for no secret that AWS keeps', async () => {
    sandbox.resetCalls()
    const { eye } = await scan()
    expect(eye.places.has(planted.find(({ what }) => what === 'secure string')!.secretAccessKey)).toBe(false)
    for (const call of Object.keys(sandbox.calls().counts)) expect(call).toMatch(/:(Get|List|Describe|BatchGet)/)
  })

  it('says which regions it did not look into, and refuses one that is not there', async () => {
    const { scan: result } = await scan()
    expect(result.coverage.find(({ source }) => source === 'account configuration')!.detail).toContain('(--regions)')
    await expect(scan({ regions: ['eu-west-9'] })).rejects.toThrow('is not an enabled region of this account')
  })
})

describe.each(['deny', 'throttle', 'truncate'])('%s', (kind) => {
  const expected = { deny: 'denied', throttle: 'throttled' }[kind] ?? 'truncated'

  it.each(ACCOUNT_CONFIG_CALLS)('at $source is a gap that names it and the region', async ({ source, operation }) => {
    const service = source.split(':')[0]!
    sandbox.setFaults([`${kind}:${service}:${operation}`])
    const { scan: result, eye } = await scan()
    const gaps = gapsOf(result)
    expect(gaps).toMatchObject([{ source, region: REGION, status: expected }])
    expect(result.complete).toBe(false)
    // No other service suffers, and nothing of what AWS or the network said beyond a code is kept.
    const untouched = service === 'ssm' ? 'function environment' : 'document'
    expect(eye.sees(untouched)).toHaveLength(1)
    expect(secretsIn(inspect({ result, skipped: eye.skipped }, { depth: 10 }))).toEqual([])
  })
})

function secretsIn(text: string): string[] {
  return planted.filter(({ secretAccessKey }) => text.includes(secretAccessKey)).map(({ what }) => what)
}

const BORROWED = `arn:aws:lambda:${REGION}:444455556666:layer:agent:1`

it('a layer that another account keeps to itself is a gap that names it', async () => {
  const region = 'eu-north-1'
  const arn = `arn:aws:lambda:${region}:444455556666:layer:secret:3`
  add.addFunction(world, account, region, 'lender', { Role: 'r', Layers: [{ Arn: arn }], code: { 'a.mjs': '' } })
  const { scan: result } = await scan({ regions: [region] })
  expect(gapsOf(result)).toMatchObject([
    { source: 'lambda:GetLayerVersion', region, status: 'denied', detail: expect.stringContaining(`layer ${arn}`) },
  ])
})

describe('bounds', () => {
  it('code that is too large is left out, and that is said', async () => {
    const { eye } = await scan({ limits: { codeBytes: 100 } })
    expect(eye.sees('function code')).toEqual([])
    expect(eye.sees('function environment')).toHaveLength(1)
    expect(eye.skipped).toEqual([
      { what: `report: code (${REGION})`, why: expect.stringContaining('too large') },
      { what: `layer shared:2: code (${REGION})`, why: expect.stringContaining('larger than') },
      { what: `layer shared:1: code (${REGION})`, why: expect.stringContaining('larger than') },
      { what: `layer ${BORROWED}: code (${REGION})`, why: expect.stringContaining('larger than') },
    ])
  })

  it('all code together has a bound, too', async () => {
    const { eye } = await scan({ limits: { allCodeBytes: 0 } })
    expect(eye.skipped).toEqual(
      ['report', 'layer shared:2', 'layer shared:1', `layer ${BORROWED}`].map((name) => ({
        what: `${name}: code (${REGION})`,
        why: expect.stringContaining('in one scan'),
      })),
    )
  })

  it('a repository with more files than that says how many are missing', async () => {
    const { eye } = await scan({ limits: { repositoryFiles: 1 } })
    expect(eye.skipped).toMatchObject([{ why: 'too many: clone it, and scan the clone' }, {}])
  })

  it('of a task definition with many revisions, the newest are read', async () => {
    const region = 'eu-north-1'
    for (let i = 0; i < 12; i++)
      add.addTaskDefinition(world, account, region, 'jobs', { environment: { N: String(i) } })
    sandbox.resetCalls()
    const { eye } = await scan({ regions: [region], limits: { versions: 5 } })
    expect(sandbox.calls().counts['ecs:DescribeTaskDefinition']).toBe(5)
    expect(eye.skipped).toEqual([{ what: `7 older revisions of jobs (${region})`, why: 'only the newest are read' }])
  })

  it('a function from an image says what to do instead', async () => {
    const region = 'eu-west-3'
    add.addFunction(world, account, region, 'from-image', {
      Role: 'r',
      imageUri: 'example.com/image:1',
      PackageType: 'Image',
    })
    const { eye } = await scan({ regions: [region] })
    expect(eye.skipped).toMatchObject([{ why: expect.stringContaining('docker save') }])
  })
})

it('interrupted, it keeps what it has and says what it has not', async () => {
  const controller = new AbortController()
  let asked = 0
  const { scan: result } = await scan({
    abortSignal: controller.signal,
    onProgress: () => {
      if (++asked === 12) controller.abort()
    },
  })
  expect(result.complete).toBe(false)
  expect(gapsOf(result).every(({ detail }) => detail?.includes('interrupted'))).toBe(true)
})

it('without credentials that count, it does not begin', async () => {
  sandbox.setFaults(['deny:sts:GetCallerIdentity'])
  await expect(scan()).rejects.toMatchObject({ code: 'credentials' })
})

it('in the example organization it finds what somebody left there, as pairs, and nothing else', async () => {
  const example = exampleOrganization({ now: new Date('2026-11-23T14:30:00Z') })
  const served = await startSandbox({ world: example })
  const { endpoint, region, accessKeyId, secretAccessKey } = served
  const session = await openSession({
    endpointUrl: endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    userAgent: 'keyreeve/0.0.0',
  })
  try {
    const scanner = createScanner({ fingerprintKey: Buffer.alloc(32, 1) })
    const collector = createLeakCollector(scanner)
    const regions = ['ap-southeast-2', 'eu-west-1', 'us-east-1']
    const { complete } = await scanAccount(session, collector, {
      regions,
      unpack: (bytes, place) => expand(bytes, place, collector),
      named({ bytes, at }) {
        for (const hit of scanner.scan(bytes, at(1).place)) collector.add([hit], at(hit.line).place)
      },
    })
    expect(complete).toBe(true)
    const owners = collector.leaks().map(({ accessKeyId, evidence }) => {
      const holder = example.accessKeys.get(accessKeyId ?? '')
      return `${holder?.user?.userName} ${evidence}`
    })
    expect(owners.sort()).toEqual(
      'cdn-refresh dns-updater erp-bridge image-resize-legacy inventory-api jenkins returns-portal search-indexer ses-smtp translation-sync'
        .split(' ')
        .map((name) => `${name} pair`),
    )
  } finally {
    session.close()
    await served.close()
  }
})
