import { mkdirSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { exampleSnapshot } from '../../checks/example.ts'
import { InputError } from '../../model/errors.ts'
import type { Snapshot } from '../../model/snapshot.ts'
import { loadSnapshots } from './load.ts'

const root = mkdtempSync(join(tmpdir(), 'keyreeve-load-'))
afterAll(() => rmSync(root, { recursive: true }))

let folders = 0
/** Writes the files into a folder of their own. */
function files(contents: Record<string, string | Buffer | object>): string[] {
  const folder = join(root, String(folders++))
  mkdirSync(folder)
  return Object.entries(contents).map(([name, content]) => {
    const path = join(folder, name)
    writeFileSync(path, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content))
    utimesSync(path, new Date('2026-11-05T00:00:00Z'), new Date('2026-11-05T00:00:00Z'))
    return path
  })
}

async function load(contents: Record<string, string | Buffer | object>, asOf?: string) {
  return loadSnapshots(files(contents), { toolVersion: '1.2.3', ...(asOf ? { asOf } : {}) })
}

async function loadOne(contents: Record<string, string | Buffer | object>, asOf?: string): Promise<Snapshot> {
  const { snapshots } = await load(contents, asOf)
  expect(snapshots).toHaveLength(1)
  return snapshots[0]!
}

async function refusal(contents: Record<string, string | Buffer | object>): Promise<string> {
  const error = await load(contents).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(InputError)
  const { message } = error as Error
  expect(message).not.toMatch(/\n/)
  return message
}

const gapsOf = (snapshot: Snapshot, source: string) =>
  snapshot.coverage.filter((line) => line.source === source).map(({ status, detail }) => `${status}: ${detail}`)

const arn = (what: string, account = '111122223333') => `arn:aws:iam::${account}:${what}`
const ALLOW = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] }
const encoded = encodeURIComponent(JSON.stringify(ALLOW))

function details(account = '111122223333') {
  return {
    UserDetailList: [
      {
        Path: '/team/',
        UserName: 'ana',
        UserId: 'AIDAEXAMPLE0000000001',
        Arn: arn('user/team/ana', account),
        CreateDate: '2026-01-01T00:00:00+00:00',
        GroupList: ['devs'],
        AttachedManagedPolicies: [{ PolicyName: 'p', PolicyArn: arn('policy/p', account) }],
        UserPolicyList: [{ PolicyName: 'inline', PolicyDocument: encoded }],
        PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: arn('policy/p', account) },
        Tags: [{ Key: 'team', Value: 'x' }],
      },
    ],
    GroupDetailList: [{ GroupName: 'devs', GroupId: 'AGPA1', Arn: arn('group/devs', account), CreateDate: 1735689600 }],
    RoleDetailList: [
      {
        RoleName: 'app',
        Arn: arn('role/app', account),
        AssumeRolePolicyDocument: JSON.stringify(ALLOW),
        RoleLastUsed: {},
        InstanceProfileList: [{ Arn: arn('instance-profile/app', account), InstanceProfileName: 'app' }],
      },
      { RoleName: 'old', Arn: arn('role/old', account), AssumeRolePolicyDocument: 'no policy at all' },
    ],
    Policies: [
      {
        Arn: arn('policy/p', account),
        DefaultVersionId: 'v2',
        AttachmentCount: 1,
        PolicyVersionList: [
          { VersionId: 'v2', IsDefaultVersion: true, Document: ALLOW, CreateDate: '2026-01-01T02:00:00.123+02:00' },
        ],
      },
    ],
  }
}

const HEADER =
  'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,' +
  'access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,' +
  'access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,' +
  'cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated'

function report(account = '111122223333', user = 'ana', created = '2026-01-01T00:00:00+00:00') {
  return [
    HEADER,
    `<root_account>,${arn('root', account)},2019-01-01T00:00:00+00:00,not_supported,N/A,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A`,
    `${user},${arn(`user/team/${user}`, account)},${created},true,2026-10-01T00:00:00+00:00,N/A,N/A,false,true,2026-02-01T00:00:00+00:00,2026-10-30T00:00:00+00:00,eu-west-1,s3,false,2026-03-01T00:00:00+00:00,N/A,N/A,N/A,true,2020-01-01T00:00:00+00:00,false,N/A`,
  ].join('\n')
}

describe('exports of the AWS CLI', () => {
  it('become one snapshot: details and report', async () => {
    const snapshot = await loadOne({ 'a.txt': details(), 'b.txt': report() })
    expect(snapshot).toMatchObject({
      accountId: '111122223333',
      partition: 'aws',
      collectedAt: '2026-11-05T00:00:00Z',
      collectedAtFrom: 'file-time',
      complete: true,
      tool: { version: '1.2.3' },
      instanceProfiles: [{ instanceProfileName: 'app', roleArns: [arn('role/app')] }],
    })
    expect(snapshot.users[0]).toEqual({
      userName: 'ana',
      userId: 'AIDAEXAMPLE0000000001',
      arn: arn('user/team/ana'),
      path: '/team/',
      createDate: '2026-01-01T00:00:00Z',
      tags: { team: 'x' },
      groups: ['devs'],
      attachedPolicies: [{ policyName: 'p', policyArn: arn('policy/p') }],
      inlinePolicies: [{ policyName: 'inline', policyDocument: ALLOW }],
      permissionsBoundary: arn('policy/p'),
      password: { enabled: true, lastUsed: '2026-10-01T00:00:00Z', lastChanged: null, nextRotation: null },
      mfaActive: false,
    })
    expect(snapshot.groups[0]!.createDate).toBe('2025-01-01T00:00:00Z')
    expect(snapshot.roles.map(({ trustPolicy, lastUsed }) => [trustPolicy, lastUsed])).toEqual([
      [ALLOW, { date: null, region: null }],
      ['no policy at all', null],
    ])
    expect(snapshot.policies[0]).toMatchObject({ policyName: 'p', versions: [{ createDate: '2026-01-01T00:00:00Z' }] })
    expect(snapshot.accessKeys.map(({ accessKeyId, slot, status }) => [accessKeyId, slot, status])).toEqual([
      [null, 1, 'Active'],
      [null, 2, 'Inactive'],
    ])
    expect(snapshot.signingCertificates).toEqual([
      { userName: 'ana', userArn: arn('user/team/ana'), slot: 1, active: true, lastRotated: '2020-01-01T00:00:00Z' },
    ])
  })

  it('leave out nothing in silence: what is not in the files is absent', async () => {
    const snapshot = await loadOne({ 'a.json': details() })
    expect(snapshot.accessKeys).toEqual([])
    for (const source of ['iam:GetCredentialReport', 'iam:ListAccessKeys', 'ec2:DescribeInstances'])
      expect(gapsOf(snapshot, source)).toEqual(['absent: not in the files'])
    expect(snapshot.complete).toBe(true)
  })

  it('of several accounts become several snapshots', async () => {
    const { snapshots } = await load({
      'a.json': details('111122223333'),
      'b.json': details('444455556666'),
      'b.csv': report('444455556666'),
      'c.csv': report('777788889999'),
    })
    expect(snapshots.map(({ accountId, users, accessKeys }) => [accountId, users.length, accessKeys.length])).toEqual([
      ['111122223333', 1, 0],
      ['444455556666', 1, 2],
      ['777788889999', 1, 2],
    ])
  })

  it('with two accounts in one file are refused', async () => {
    const mixed = { ...details(), RoleDetailList: details('444455556666').RoleDetailList }
    expect(await refusal({ 'mixed.json': mixed })).toMatch(/mixed\.json` mixes accounts 111122223333 and 444455556666$/)
  })

  it('are read page by page, and say when the last page is missing', async () => {
    const page = { ...details(), IsTruncated: true, Marker: 'm' }
    const last = {
      UserDetailList: [{ UserName: 'ben', Arn: arn('user/ben') }],
      GroupDetailList: [],
      IsTruncated: false,
    }
    const whole = await loadOne({ 'pages.json': `${JSON.stringify(page)}\n${JSON.stringify(last)}\n` })
    expect(whole.users.map(({ userName }) => userName)).toEqual(['ana', 'ben'])
    expect(gapsOf(whole, 'iam:GetAccountAuthorizationDetails')).toEqual(['read: null'])
    const cut = await loadOne({ 'page.json': page })
    expect(gapsOf(cut, 'iam:GetAccountAuthorizationDetails')).toContain('truncated: the export says that there is more')
    expect(cut.complete).toBe(false)
  })

  it('that were filtered say what is missing', async () => {
    const { Policies, GroupDetailList, ...filtered } = details()
    const snapshot = await loadOne({ 'a.json': { ...filtered, Policies: [] } })
    expect(gapsOf(snapshot, 'iam:GetAccountAuthorizationDetails')).toEqual([
      'read: null',
      'truncated: the export has no GroupDetailList',
      'truncated: it does not hold what it names: group devs, arn:aws:iam::111122223333:policy/p',
    ])
    expect([Policies, GroupDetailList].every(Boolean)).toBe(true)
  })

  it('of the report as base64 JSON say themselves when they were true', async () => {
    const Content = Buffer.from(report()).toString('base64')
    const json = { Content, ReportFormat: 'text/csv', GeneratedTime: '2026-11-03T10:20:30.5+00:00' }
    const { snapshots, notes } = await load({ 'report.json': json, 'a.json': details() })
    expect(snapshots[0]).toMatchObject({ collectedAt: '2026-11-03T10:20:30Z', collectedAtFrom: 'credential-report' })
    expect(notes).toEqual([])
    const bare = await loadOne({ 'report.b64': Content })
    expect(bare.accessKeys).toHaveLength(2)
  })

  it('are true at --as-of, and else at their modification time, which is said', async () => {
    expect(await loadOne({ 'a.json': details() }, '2026-10-01')).toMatchObject({
      collectedAt: '2026-10-01T00:00:00Z',
      collectedAtFrom: 'as-of',
    })
    const { notes } = await load({ 'a.json': details() })
    expect(notes).toEqual([expect.stringContaining('modification time, 2026-11-05T00:00:00Z')])
    await expect(load({ 'a.json': details() }, 'yesterday')).rejects.toThrow('the as-of date is no date')
  })

  it('of other calls add what they tell', async () => {
    const Device = { SerialNumber: arn('mfa/ana'), User: { Arn: arn('user/team/ana'), UserName: 'ana' } }
    const snapshot = await loadOne({
      'a.json': details(),
      'b.csv': report(),
      'keys.json': {
        AccessKeyMetadata: [
          {
            UserName: 'ana',
            AccessKeyId: 'AKIAEXAMPLE000000001',
            Status: 'Inactive',
            CreateDate: '2026-02-01T00:00:00+00:00',
          },
          {
            UserName: 'ana',
            AccessKeyId: 'AKIAEXAMPLE000000002',
            Status: 'Active',
            CreateDate: '2026-11-04T00:00:00+00:00',
          },
        ],
      },
      'mfa.json': { VirtualMFADevices: [Device] },
      'summary.json': { SummaryMap: { AccountMFAEnabled: 1, AccountAccessKeysPresent: 0 } },
      'policy.json': { PasswordPolicy: { MinimumPasswordLength: 14, RequireSymbols: true } },
      'aliases.json': { AccountAliases: ['example'] },
      'oidc.json': { OpenIDConnectProviderList: [{ Arn: arn('oidc-provider/token.actions.githubusercontent.com') }] },
      'ec2.json': {
        Reservations: [
          {
            OwnerId: '111122223333',
            Instances: [
              { InstanceId: 'i-1', State: { Name: 'running' }, Placement: { AvailabilityZone: 'us-west-2-lax-1a' } },
              { InstanceId: 'i-2', State: { Name: 'terminated' }, Placement: { AvailabilityZone: 'eu-west-1a' } },
            ],
          },
        ],
      },
      'me.json': { UserId: 'x', Account: '111122223333', Arn: arn('user/me') },
    })
    expect(
      snapshot.accessKeys.map(({ accessKeyId, slot, status, lastUsed }) => [accessKeyId, slot, status, lastUsed?.date]),
    ).toEqual([
      ['AKIAEXAMPLE000000001', 1, 'Inactive', '2026-10-30T00:00:00Z'],
      ['AKIAEXAMPLE000000002', null, 'Active', undefined],
    ])
    expect(snapshot).toMatchObject({
      alias: 'example',
      callerArn: arn('user/me'),
      root: { mfaActive: true, accessKeysPresent: false },
      passwordPolicy: { minimumPasswordLength: 14, requireSymbols: true, maxPasswordAge: null },
      mfaDevices: [{ userName: 'ana', kind: 'virtual' }],
      oidcProviders: [{ url: 'token.actions.githubusercontent.com', clientIds: null }],
      instances: [{ instanceId: 'i-1', region: 'us-west-2' }],
      regions: ['us-west-2'],
    })
    expect(snapshot.users[0]!.mfaActive).toBe(true)
  })

  it('that name no account belong to the only one there is, and are refused when there are two', async () => {
    expect((await loadOne({ 'a.json': details(), 'b.json': { AccountAliases: ['x'] } })).alias).toBe('x')
    expect(await refusal({ 'b.json': { AccountAliases: ['x'] } })).toMatch(/nothing tells which account/)
    expect(
      await refusal({ 'a.json': details(), 'c.json': details('444455556666'), 'b.json': { AccountAliases: ['x'] } }),
    ).toMatch(/nothing tells which account/)
  })

  it('drop a report row of a user who was deleted, or made again since', async () => {
    const deleted = await loadOne({ 'a.json': details(), 'b.csv': report('111122223333', 'gone') })
    expect(deleted.accessKeys).toEqual([])
    expect(gapsOf(deleted, 'iam:GetCredentialReport')).toContain('absent: 1 user is not in the report yet: ana')
    const again = await loadOne({
      'a.json': details(),
      'b.csv': report('111122223333', 'ana', '2025-05-05T00:00:00+00:00'),
    })
    expect(again.accessKeys).toEqual([])
    expect(again.users[0]!.password).toBeNull()
  })

  it('are read from gzip, UTF-16 of PowerShell, a list, and a folder with other things in it', async () => {
    expect((await loadOne({ 'a.gz': gzipSync(JSON.stringify(details())) })).users).toHaveLength(1)
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(JSON.stringify(details()), 'utf16le')])
    expect((await loadOne({ 'a.json': utf16 })).users).toHaveLength(1)
    expect((await loadOne({ 'a.json': [details()] })).users).toHaveLength(1)
    const [first] = files({ 'a.json': details(), 'notes.txt': 'hello', '.hidden': 'x' })
    const { snapshots, notes } = await loadSnapshots([join(first!, '..')], { toolVersion: '1' })
    expect(snapshots).toHaveLength(1)
    expect(notes[0]).toMatch(/^left out .*notes\.txt` is neither JSON nor a credential report$/)
  })
})

describe('a snapshot of our own', () => {
  const own = () => exampleSnapshot({ users: [{ userName: 'ana' }], accessKeys: [{ userName: 'ana' }] })

  it('is read back as it was', async () => {
    expect(await loadOne({ 's.json': own() })).toEqual(own())
    const { snapshots } = await load({ 's.json': [own(), { ...own(), accountId: '444455556666' }] })
    expect(snapshots).toHaveLength(2)
  })

  it('of the same account is taken once, the newest', async () => {
    const older = { ...own(), collectedAt: '2026-01-01T00:00:00Z', alias: 'older' }
    const { snapshots, notes } = await load({ 'a.json': own(), 'b.json': older })
    expect(snapshots.map(({ alias }) => alias)).toEqual(['example'])
    expect(notes[0]).toMatch(/more than once/)
  })

  it('of the same account is taken whole, even where one that was broken off is newer', async () => {
    const partial = { ...own(), collectedAt: '2027-01-01T00:00:00Z', alias: 'partial', brokenOff: 'interrupted' }
    for (const files of [
      { 'a.json': own(), 'b.json': partial },
      { 'a.json': partial, 'b.json': own() },
    ]) {
      const { snapshots, notes } = await load(files)
      expect(snapshots.map(({ alias }) => alias)).toEqual(['example'])
      expect(notes).toEqual([expect.stringContaining('the newest holds only part of it')])
    }
    expect((await load({ 'a.json': partial })).notes).toEqual([expect.stringContaining('collecting was interrupted')])
  })

  it('says which field is wrong, and not what is in it', async () => {
    const broken = own()
    ;(broken.users[0] as unknown as Record<string, unknown>).arn = { CANARY: 'CANARY' }
    expect(await refusal({ 's.json': broken })).toMatch(/is no valid snapshot: `users\[0\]\.arn`: expected string$/)
    expect(await refusal({ 's.json': { ...own(), schemaVersion: 9 } })).toMatch(/newer keyreeve \(schema version 9\)/)
    expect(await refusal({ 's.json': { ...own(), collectedAt: 'CANARY' } })).not.toMatch(/CANARY/)
    expect(await refusal({ 's.json': { ...own(), accountId: 'CANARY' } })).not.toMatch(/CANARY/)
  })

  it('with a date that is none is refused, and other ways to write one are understood', async () => {
    const withKey = (createDate: string) => exampleSnapshot({ accessKeys: [{ userName: 'ana', createDate }] })
    expect(await refusal({ 's.json': withKey('CANARY') })).toMatch(/`accessKeys\[0\]\.createDate` is no date$/)
    const { accessKeys } = await loadOne({ 's.json': withKey('2026-01-01T02:00:00.5+02:00') })
    expect(accessKeys[0]!.createDate).toBe('2026-01-01T00:00:00Z')
    const tagged = exampleSnapshot({ users: [{ userName: 'ana', tags: { createDate: 'a tag is free' } }] })
    expect((await loadOne({ 's.json': tagged })).users[0]!.tags).toEqual({ createDate: 'a tag is free' })
  })

  it('loses unknown fields', async () => {
    const extra = { ...own(), secret: 'CANARY', users: own().users.map((user) => ({ ...user, secret: 'CANARY' })) }
    expect(JSON.stringify(await loadOne({ 's.json': extra }))).not.toContain('CANARY')
  })
})

describe('hostile input', () => {
  it.each([
    ['an empty file', '', /is empty$/],
    ['blanks', ' \n ', /is empty$/],
    ['binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1]), /is binary/],
    ['HTML', '<!DOCTYPE html><html>403</html>', /is HTML or XML/],
    ['plain text', 'An error occurred (AccessDenied)', /is neither JSON nor a credential report$/],
    ['unrelated JSON', { hello: 'CANARY' }, /is JSON, but neither a snapshot nor an AWS CLI export that we know$/],
    ['an empty object', {}, /is JSON, but neither/],
    ['null', '[null]', /is JSON, but neither/],
    ['a report of ours', { findings: [], tool: {} }, /is JSON, but a report and no snapshot$/],
    ['list-policies', { Policies: [{ PolicyName: 'x', Arn: arn('policy/x') }] }, /is JSON, but neither/],
    ['truncated JSON', JSON.stringify(details()).slice(0, 500), /is cut off: it ends within its JSON, in line 1/],
    ['truncated gzip', gzipSync(JSON.stringify(details())).subarray(0, 80), /is gzip, but cut off or damaged$/],
    ['a truncated report', report().slice(0, -40), /is cut off: \d+ fields/],
    ['a list that is none', { ...details(), UserDetailList: 'x' }, /`UserDetailList` is no list$/],
    ['details of nobody', { UserDetailList: [], RoleDetailList: [] }, /nothing tells which account/],
    ['another base64', { Content: 'Q0FOQVJZ', ReportFormat: 'text/csv' }, /`Content` that is no credential report$/],
  ])('such as %s is one line', async (_, content, expected) => {
    const message = await refusal({ 'x.json': content })
    expect(message).toMatch(expected)
    expect(message).not.toContain('CANARY')
  })

  it('such as a file that is not there, or a name with escape codes, is one line', async () => {
    const path = join(root, 'no\u001b[31m\nsuch')
    await expect(loadSnapshots([path], { toolVersion: '1' })).rejects.toThrow(
      /no\\u001b\[31m\\u000asuch` does not exist$/,
    )
    await expect(loadSnapshots([], { toolVersion: '1' })).rejects.toThrow(InputError)
  })

  it('such as a file of half a gigabyte is refused before it is read', async () => {
    const [path] = files({ 'huge.json': '{' })
    truncateSync(path!, 600_000_000)
    await expect(loadSnapshots([path!], { toolVersion: '1' })).rejects.toThrow(/is larger than 500 MB$/)
  })

  it('such as a gzip bomb is refused at the same size', async () => {
    const bomb = gzipSync(Buffer.alloc(510_000_000, 0x20), { level: 1 })
    expect(await refusal({ 'bomb.gz': bomb })).toMatch(/is larger than 500 MB$/)
  })

  it('such as odd fields becomes a gap that says where', async () => {
    const odd = details()
    Object.assign(odd.UserDetailList[0]!, { GroupList: 'devs', Tags: { CANARY: 1 } })
    ;(odd.UserDetailList as unknown[]).push(null, 'x', { UserName: 'no arn' })
    const snapshot = await loadOne({ 'a.json': odd })
    expect(snapshot.users).toHaveLength(1)
    const [, gap] = gapsOf(snapshot, 'iam:GetAccountAuthorizationDetails')
    expect(gap).toBe(
      'truncated: 5 values are not as documented: UserDetailList[0].Tags, UserDetailList[0].GroupList, UserDetailList[1], ...',
    )
    expect(snapshot.complete).toBe(false)
  })

  it('such as nesting without end neither crashes nor stays', async () => {
    const deep = `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`
    const text = JSON.stringify(details()).replace(JSON.stringify(encoded), () => deep)
    const snapshot = await loadOne({ 'a.json': text })
    expect(snapshot.users[0]!.inlinePolicies[0]!.policyDocument).toMatch(/^\(not kept/)
    expect(() => JSON.stringify(snapshot)).not.toThrow()
    const own = JSON.stringify(exampleSnapshot({ roles: [{ roleName: 'r', trustPolicy: 'HERE' }] })).replace(
      '"HERE"',
      deep,
    )
    expect((await loadOne({ 's.json': own })).roles[0]!.trustPolicy).toMatch(/^\(not kept/)
  })

  it('such as __proto__ changes nothing of ours', async () => {
    const text = JSON.stringify(details())
      .replace('"Tags":[', '"Tags":[{"Key":"__proto__","Value":"x"},')
      .replace('{"UserDetailList"', '{"__proto__":{"polluted":1},"UserDetailList"')
    const snapshot = await loadOne({ 'a.json': text, 'b.json': '{"SummaryMap":{"__proto__":1,"Users":1}}' })
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(Object.entries(snapshot.users[0]!.tags)).toEqual([
      ['__proto__', 'x'],
      ['team', 'x'],
    ])
    expect(snapshot.summary).toEqual({ Users: 1 })
  })

  it('such as the same user twice gives the user once', async () => {
    const twice = details()
    twice.UserDetailList.push({ ...twice.UserDetailList[0]! })
    expect((await loadOne({ 'a.json': twice })).users).toHaveLength(1)
  })

  it('such as a secret in an unknown field gets nowhere', async () => {
    const text = JSON.stringify(details()).replaceAll('{"', '{"SecretAccessKey":"CANARY","')
    const snapshot = await loadOne({
      'a.json': text,
      'b.json': {
        AccessKeyMetadata: [
          { UserName: 'ana', AccessKeyId: 'AKIAEXAMPLE000000001', Status: 'Active', SecretAccessKey: 'CANARY' },
        ],
      },
    })
    const { roles, policies, users, ...rest } = snapshot
    // A policy is kept as it is written: there the field is no longer unknown.
    const withoutDocuments = { ...rest, users: users.map((user) => ({ ...user, inlinePolicies: [] })) }
    expect(JSON.stringify(withoutDocuments)).not.toContain('CANARY')
    expect([roles.length, policies.length]).toEqual([2, 1])
    const created = { AccessKey: { AccessKeyId: 'AKIAEXAMPLE000000001', SecretAccessKey: 'CANARY' } }
    expect(await refusal({ 'created.json': created })).not.toContain('CANARY')
  })
})
