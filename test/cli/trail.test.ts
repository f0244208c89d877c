import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { jsonSchemas } from '../../src/report/schema.ts'
import { madeUpEvent } from '../trail/made-up-event.ts'
import { folderWith } from '../trail/store.ts'
import { keyreeve, type Run } from './keyreeve.ts'

const KEY = 'AKIAIOSFODNN7EXAMPLE'
const HOSTILE = '=cmd|calc\u001b[31m\u202eevil'

const AUTHORIZATION_DETAILS = {
  UserDetailList: [
    {
      Path: '/',
      UserName: 'ci',
      UserId: 'AIDACKCEVSQ6C2EXAMPLE',
      Arn: 'arn:aws:iam::111122223333:user/ci',
      CreateDate: '2025-01-01T00:00:00Z',
      GroupList: [],
      AttachedManagedPolicies: [],
      UserPolicyList: [
        {
          PolicyName: 'work',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Action: ['s3:ListAllMyBuckets', 's3:DeleteBucket', 's3:PutObject'], Resource: '*' },
            ],
          },
        },
      ],
    },
  ],
  GroupDetailList: [],
  RoleDetailList: [],
  Policies: [],
}

let folder: string

function trail(...args: string[]): Promise<Run> {
  return keyreeve(['trail', ...args], { cwd: folder })
}

/** The document on standard output, which must be as its schema says and say nothing besides. */
async function document(schema: string, ...args: string[]): Promise<Record<string, never>> {
  const { stdout } = await trail(...args, '--json')
  const answer = JSON.parse(stdout)
  const validate = new Ajv2020({ allErrors: true }).compile(jsonSchemas({ closed: true })[`${schema}.schema.json`]!)
  expect(validate(answer), JSON.stringify(validate.errors)).toBe(true)
  return answer
}

beforeAll(async () => {
  folder = folderWith({
    'log.json.gz': [
      madeUpEvent({ userAgent: HOSTILE }),
      madeUpEvent({
        eventSource: 'sts.amazonaws.com',
        eventName: 'AssumeRole',
        requestParameters: { roleArn: 'arn:aws:iam::111122223333:role/deploy' },
        responseElements: { credentials: { accessKeyId: 'ASIADEPLOY0000000001' } },
      }),
      madeUpEvent({ eventName: 'GetObject', errorCode: 'AccessDenied', errorMessage: HOSTILE }),
      madeUpEvent({ userIdentity: { type: 'Root', arn: 'arn:aws:iam::111122223333:root', accountId: '111122223333' } }),
    ],
    'policy.json': JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:List*', Resource: '*' }],
    }),
  })
})

describe('keyreeve trail', () => {
  it('reads log files, and says what it read', async () => {
    expect(await document('trail-ingest', 'ingest', 'log.json.gz')).toMatchObject({ events: 4, bad: 0 })
    const again = await trail('ingest', 'log.json.gz')
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect(again.stdout).toContain('0 new events')
    // neither a commit nor a scan takes the store up
    expect(readFileSync(join(folder, '.keyreeve/.gitignore'), 'utf8')).toBe('*\n')
  })

  it('says where it could not put the events', async () => {
    const { code, stderr } = await trail('ingest', 'log.json.gz', '--store', 'policy.json/store')
    expect(code).toBe(2)
    expect(stderr).toContain('the folder `policy.json/store` cannot be made (ENOTDIR)')
    expect(stderr).toContain('name another with `--store`')
  })

  it.each([
    ['trail-keys', ['keys']],
    ['trail-key', [KEY]],
    ['trail-usage', ['usage', KEY]],
    ['trail-consumers', ['consumers', KEY]],
    ['trail-services', ['services']],
    ['trail-root', ['root']],
    ['trail-errors', ['errors', '--since', '30d']],
    ['trail-sessions', ['sessions', 'deploy']],
    ['trail-replay', ['replay', '--policy', 'policy.json', '--principal', 'ci']],
  ])('%s.schema.json tells what it prints', async (schema, args) => {
    expect(await document(schema, ...args)).toMatchObject({
      scope: { from: '2026-01-05', to: '2026-01-05', events: 4 },
    })
  })

  it("says where in AWS a key is used, by AWS's list", async () => {
    const range = { ip_prefix: '198.51.100.0/24', service: 'EC2', region: 'eu-west-1' }
    writeFileSync(join(folder, 'ranges.json'), JSON.stringify({ prefixes: [range], ipv6_prefixes: [] }))
    const ranges = ['--aws-ip-ranges', 'ranges.json']
    const places = [{ service: 'EC2', region: 'eu-west-1' }]
    expect(await document('trail-consumers', 'consumers', KEY, ...ranges)).toMatchObject({
      consumers: [{ aws: places }, { aws: places }],
    })
    expect(await document('trail-key', KEY, ...ranges)).toMatchObject({
      key: { aws: places },
      consumers: [{ aws: places }, { aws: places }],
    })
    const usage: Record<string, unknown> = await document('trail-usage', 'usage', KEY, ...ranges)
    expect(usage).toMatchObject({ actions: (usage.actions as unknown[]).map(() => ({ aws: places })) })
    expect(await document('trail-keys', 'keys', ...ranges)).toMatchObject({ keys: [{ aws: places }] })
    for (const args of [['consumers', KEY], [KEY], ['keys'], ['usage', KEY]])
      expect((await trail(...args, ...ranges)).stdout).toContain('EC2 eu-west-1')
    expect(await trail('keys', '--aws-ip-ranges', 'policy.json')).toMatchObject({ code: 2, stdout: '' })
  })

  it('makes a hostile user agent harmless for the terminal and for spreadsheets', async () => {
    const text = await trail('consumers', KEY)
    expect(text.stdout).not.toMatch(/[\u001b\u202e]/)
    expect(text.stdout).toContain('\\x1b')
    const csv = await trail('consumers', KEY, '--format', 'csv')
    expect(csv.stdout).toContain("'=cmd")
    expect(csv.stdout).not.toMatch(/[\u001b\u202e]/)
  })

  it('ends with 1 when the policy would have denied a call', async () => {
    expect((await trail('replay', '--policy', 'policy.json', '--principal', KEY)).code).toBe(1)
  })

  it('puts what was used beside what is granted', async () => {
    writeFileSync(join(folder, 'account.json'), JSON.stringify(AUTHORIZATION_DETAILS))
    const args = ['usage', 'ci', '--granted', '--snapshot', 'account.json', '--as-of', '2026-01-06']
    const { granted } = await document('trail-usage', ...args)
    expect(granted).toMatchObject({
      used: ['s3:ListAllMyBuckets'],
      unused: ['s3:DeleteBucket'],
      unknown: [{ action: 's3:PutObject', why: 'data-event' }],
      usedNotGranted: ['sts:AssumeRole'],
    })
  })

  it('joins what it read in the audit of the account', async () => {
    const { AKIA } = { AKIA: KEY }
    const usage = JSON.parse(readFileSync(join(folder, '.keyreeve/trail/usage.json'), 'utf8'))
    expect(usage.accounts[0].keys[0]).toMatchObject({ accessKeyId: AKIA, calls: 3 })
    expect(usage.accounts[0].root).toMatchObject([{ action: 's3:ListAllMyBuckets' }])
  })

  it('explains what is missing', async () => {
    expect((await trail('keys', '--store', 'nowhere')).stderr).toContain('keyreeve trail ingest FOLDER')
    expect((await trail('usage', 'nobody')).stderr).toContain('no such key, user or role')
    expect(await trail('AKIANOTSEEN000000000')).toMatchObject({ code: 2, stdout: '' })
    expect((await trail('ingest')).stderr).toContain('nothing to read was named')
    expect((await trail('ingest', 'not-there')).stderr).toContain('there is no `not-there`')
  })

  it('fits a narrow terminal', async () => {
    const { stdout } = await keyreeve(['trail', 'keys'], { cwd: folder, env: { COLUMNS: '50' } })
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(50)
  })
})
