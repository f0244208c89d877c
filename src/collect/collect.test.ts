import { describe, expect, it } from 'vitest'
import type { AwsSession } from '../aws/session.ts'
import type { KeyreeveError } from '../model/errors.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { type CollectOptions, collect } from './collect.ts'
import { ALL_CALLS, collectionPolicy } from './permissions.ts'

const ACCOUNT = '111122223333'
const arn = (what: string) => `arn:aws:iam::${ACCOUNT}:${what}`
const CREATED = '2026-01-01T00:00:00+00:00'

interface FakeUser {
  name: string
  keys?: { id: string; created: string; status?: string }[]
  /** Whether the credential report knows the user, and his keys. */
  reported?: boolean
  mfa?: 'virtual' | 'hardware'
}

class AwsError extends Error {
  readonly $metadata: { httpStatusCode: number }
  constructor(name: string, httpStatusCode = 400, message = 'CANARY') {
    super(message)
    this.name = name
    this.$metadata = { httpStatusCode }
  }
}

type Answer = Record<string, unknown>
type Answers = Record<string, (input: Answer, region: string, nth: number) => unknown>

const HEADER =
  'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,' +
  'access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,' +
  'access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,' +
  'cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated'

function reportOf(users: FakeUser[], rootKeys = 'false,N/A,N/A,N/A,N/A'): Uint8Array {
  const none = 'false,N/A,N/A,N/A,N/A'
  const certificates = 'false,N/A,false,N/A'
  const rows = users
    .filter(({ reported }) => reported !== false)
    .map(({ name, keys = [], mfa }) => {
      const key = (i: number) => {
        const found = keys[i]
        return found
          ? `${found.status !== 'Inactive'},${found.created},2026-10-0${i + 1}T00:00:00+00:00,eu-west-1,s3`
          : none
      }
      return `${name},${arn(`user/${name}`)},${CREATED},false,N/A,N/A,N/A,${mfa !== undefined},${key(0)},${key(1)},${certificates}`
    })
  const root = `<root_account>,${arn('root')},${CREATED},not_supported,N/A,not_supported,not_supported,true,${rootKeys},${none},${certificates}`
  return Buffer.from([HEADER, root, ...rows].join('\n'))
}

/** An AWS that answers by functions; `answers` replaces some. */
function fakeAws(users: FakeUser[], answers: Answers = {}) {
  const calls: string[] = []
  const counts = new Map<string, number>()
  const userDetails = users.map(({ name }) => ({
    UserName: name,
    Arn: arn(`user/${name}`),
    CreateDate: new Date(CREATED),
  }))
  const byName = (input: Answer) => users.find(({ name }) => name === input.UserName)
  const standard: Answers = {
    'sts:GetCallerIdentity': () => ({ Account: ACCOUNT, Arn: arn('user/auditor') }),
    'iam:GetAccountAuthorizationDetails': ({ Marker, MaxItems }) => {
      const from = Number(Marker ?? 0)
      const to = from + Number(MaxItems)
      const IsTruncated = to < userDetails.length
      return {
        UserDetailList: userDetails.slice(from, to),
        IsTruncated,
        ...(IsTruncated ? { Marker: String(to) } : {}),
      }
    },
    'iam:GenerateCredentialReport': () => ({ State: 'COMPLETE' }),
    'iam:GetCredentialReport': () => ({ Content: reportOf(users), GeneratedTime: new Date('2026-11-01T08:00:00Z') }),
    'iam:ListAccessKeys': (input) => ({
      AccessKeyMetadata: (byName(input)?.keys ?? []).map(({ id, created, status = 'Active' }) => ({
        UserName: input.UserName,
        AccessKeyId: id,
        Status: status,
        CreateDate: new Date(created),
      })),
    }),
    'iam:ListVirtualMFADevices': () => ({
      VirtualMFADevices: users
        .filter(({ mfa }) => mfa === 'virtual')
        .map(({ name }) => ({ SerialNumber: arn(`mfa/${name}`), User: { UserName: name, Arn: arn(`user/${name}`) } })),
    }),
    'iam:ListMFADevices': ({ UserName }) => ({ MFADevices: [{ UserName, SerialNumber: `GAHT${String(UserName)}` }] }),
    'iam:GetAccountSummary': () => ({
      SummaryMap: { AccountMFAEnabled: 1, AccountAccessKeysPresent: 0, Users: users.length },
    }),
    'iam:GetAccountPasswordPolicy': () => {
      throw new AwsError('NoSuchEntityException', 404)
    },
    'ec2:DescribeRegions': () => ({ Regions: [{ RegionName: 'us-east-1' }, { RegionName: 'eu-west-1' }] }),
    'account:GetAlternateContact': () => ({ AlternateContact: { Name: 'CANARY' } }),
    'organizations:DescribeOrganization': () => {
      throw new AwsError('AWSOrganizationsNotInUseException')
    },
  }
  const call = async (service: string, operation: string, input: object, options: { region?: string } = {}) => {
    const name = `${service}:${operation}`
    calls.push(name)
    const nth = (counts.get(name) ?? 0) + 1
    counts.set(name, nth)
    await Promise.resolve()
    const handler = answers[name] ?? standard[name] ?? (() => ({}))
    return handler(input as Answer, options.region ?? 'us-east-1', nth) as Answer
  }
  const session = { region: 'us-east-1', partition: 'aws', call } as unknown as AwsSession
  return { session, calls }
}

const OPTIONS: CollectOptions = { toolVersion: '1.0.0', now: () => new Date('2026-11-01T12:00:00Z') }

const linesOf = (snapshot: Snapshot, source: string) =>
  snapshot.coverage
    .filter((line) => line.source === source)
    .map(({ region, status, detail }) => `${region ? `${region} ` : ''}${status}${detail ? `: ${detail}` : ''}`)

const keyed = (name: string, id = `AKIA${name.toUpperCase()}`): FakeUser => ({
  name,
  keys: [{ id, created: '2026-02-02T02:02:02+00:00' }],
})

describe('collecting', () => {
  it('takes no page that says nothing for an empty list', async () => {
    // what the SDK makes of a web page with status 200
    const nothing = () => ({ $metadata: { httpStatusCode: 200 } })
    const { session } = fakeAws([keyed('ana')], {
      'iam:GetAccountAuthorizationDetails': nothing,
      'iam:ListSAMLProviders': nothing,
      'iam:ListOpenIDConnectProviders': () => ({ OpenIDConnectProviderList: [], $metadata: { httpStatusCode: 200 } }),
    })
    const snapshot = await collect(session, OPTIONS)
    expect(snapshot.complete).toBe(false)
    for (const source of ['iam:GetAccountAuthorizationDetails', 'iam:ListSAMLProviders'])
      expect(linesOf(snapshot, source)).toEqual(['truncated: the answer could not be read'])
    expect(linesOf(snapshot, 'iam:ListOpenIDConnectProviders')).toEqual(['read'])
  })

  it('joins the key of the list with its last use in the report', async () => {
    const users: FakeUser[] = [
      {
        name: 'ana',
        keys: [
          { id: 'AKIASECOND', created: '2026-03-03T03:03:03+00:00', status: 'Inactive' },
          { id: 'AKIAFIRST', created: '2026-02-02T02:02:02+00:00' },
        ],
      },
    ]
    const { session } = fakeAws(users, {
      // The list has another order than the report.
      'iam:ListAccessKeys': () => ({
        AccessKeyMetadata: [
          { UserName: 'ana', AccessKeyId: 'AKIAFIRST', Status: 'Active', CreateDate: new Date('2026-02-02T02:02:02Z') },
          {
            UserName: 'ana',
            AccessKeyId: 'AKIASECOND',
            Status: 'Active',
            CreateDate: new Date('2026-03-03T03:03:03Z'),
          },
        ],
      }),
    })
    const snapshot = await collect(session, OPTIONS)
    expect(
      snapshot.accessKeys.map(({ accessKeyId, slot, status, lastUsed }) => [accessKeyId, slot, status, lastUsed?.date]),
    ).toEqual([
      ['AKIAFIRST', 2, 'Active', '2026-10-02T00:00:00Z'],
      // The report says inactive: it is older than the list.
      ['AKIASECOND', 1, 'Active', '2026-10-01T00:00:00Z'],
    ])
    expect(snapshot).toMatchObject({
      complete: true,
      collectedAt: '2026-11-01T12:00:00Z',
      passwordPolicy: null,
      securityContact: true,
    })
    expect(snapshot.coverage.find(({ source }) => source === 'iam:GetCredentialReport')!.asOf).toBe(
      '2026-11-01T08:00:00Z',
    )
    expect(JSON.stringify(snapshot)).not.toContain('CANARY')
  })

  it('does not guess which of two keys of the same second was used', async () => {
    const created = '2026-02-02T02:02:02+00:00'
    const users: FakeUser[] = [
      {
        name: 'ana',
        keys: [
          { id: 'AKIAONE', created },
          { id: 'AKIATWO', created },
        ],
      },
    ]
    const snapshot = await collect(fakeAws(users).session, OPTIONS)
    expect(snapshot.accessKeys.map(({ accessKeyId, slot, lastUsed }) => [accessKeyId, slot, lastUsed])).toEqual([
      ['AKIAONE', null, null],
      ['AKIATWO', null, null],
    ])
    const agreeing = reportOf(users).toString().replace('2026-10-02', '2026-10-01')
    const { session } = fakeAws(users, { 'iam:GetCredentialReport': () => ({ Content: Buffer.from(agreeing) }) })
    expect((await collect(session, OPTIONS)).accessKeys.map(({ slot, lastUsed }) => [slot, lastUsed?.date])).toEqual([
      [1, '2026-10-01T00:00:00Z'],
      [2, '2026-10-01T00:00:00Z'],
    ])
  })

  it('knows users and keys that are newer than the report, and says that their use is not known', async () => {
    const users: FakeUser[] = [keyed('ana'), { ...keyed('ben'), reported: false }]
    const snapshot = await collect(fakeAws(users).session, OPTIONS)
    expect(snapshot.accessKeys.map(({ userName, lastUsed }) => [userName, lastUsed?.date ?? null])).toEqual([
      ['ana', '2026-10-01T00:00:00Z'],
      ['ben', null],
    ])
    expect(linesOf(snapshot, 'iam:GetCredentialReport')).toEqual([
      'read',
      'absent: 1 user is not in the report yet: ben',
      'absent: 1 access key is not in the report yet, so their last use is not known: AKIABEN',
    ])
    expect(snapshot.complete).toBe(true)
  })

  it('keeps within its number of IAM calls, whatever the account', async () => {
    for (const size of [0, 1_000, 1_001, 3_500]) {
      const users = Array.from({ length: size }, (_, i): FakeUser => {
        const name = `user-${i}`
        return {
          ...(i % 3 === 0 ? keyed(name) : { name }),
          ...(i % 5 === 0 ? { mfa: 'virtual' as const } : i % 7 === 0 ? { mfa: 'hardware' as const } : {}),
        }
      })
      const { session, calls } = fakeAws(users, {
        // Not ready at once.
        'iam:GenerateCredentialReport': () => ({ State: 'STARTED' }),
        'iam:GetCredentialReport': (_, __, nth) => {
          if (nth === 1) throw new AwsError('ReportInProgress', 404)
          return { Content: reportOf(users), GeneratedTime: new Date() }
        },
      })
      const snapshot = await collect(session, OPTIONS)
      const withKeys = users.filter(({ keys }) => keys).length
      const withHardware = users.filter(({ mfa }) => mfa === 'hardware').length
      const iamCalls = calls.filter((call) => call.startsWith('iam:')).length
      expect(iamCalls, `${size} users`).toBeLessThanOrEqual(Math.ceil(size / 1_000) + 16 + withKeys + withHardware)
      expect(snapshot.accessKeys).toHaveLength(withKeys)
      expect(snapshot.mfaDevices.filter(({ kind }) => kind === 'hardware')).toHaveLength(withHardware)
    }
  })

  it('asks all users for keys when the report is denied, and says so', async () => {
    const users = [keyed('ana'), { name: 'ben' }]
    const denied = () => {
      throw new AwsError(
        'AccessDenied',
        403,
        'User: CANARY is not authorized because no identity-based policy allows the action',
      )
    }
    const { session, calls } = fakeAws(users, {
      'iam:GenerateCredentialReport': denied,
      'iam:GetCredentialReport': denied,
    })
    const snapshot = await collect(session, OPTIONS)
    expect(calls.filter((call) => call === 'iam:ListAccessKeys')).toHaveLength(2)
    expect(snapshot.accessKeys).toMatchObject([{ accessKeyId: 'AKIAANA', lastUsed: null }])
    expect(linesOf(snapshot, 'iam:GetCredentialReport')).toEqual([
      'denied: AccessDenied: no identity-based policy allows it',
    ])
    expect(snapshot.complete).toBe(false)
    expect(JSON.stringify(snapshot)).not.toContain('CANARY')
  })

  it('takes the last report when it may not have a new one made, and says so', async () => {
    const { session } = fakeAws([keyed('ana')], {
      'iam:GenerateCredentialReport': () => {
        throw new AwsError('AccessDenied', 403)
      },
    })
    const snapshot = await collect(session, OPTIONS)
    expect(snapshot.accessKeys[0]!.lastUsed).not.toBeNull()
    expect(linesOf(snapshot, 'iam:GenerateCredentialReport')).toEqual(['denied: AccessDenied'])
  })

  it('falls back to the report for a user whose keys could not be listed, and names the user', async () => {
    const users = ['ana', 'ben', 'cleo', 'dan', 'eve'].map((name) => keyed(name))
    const { session } = fakeAws(users, {
      'iam:ListAccessKeys': ({ UserName }) => {
        if (UserName !== 'ana') throw new AwsError('Throttling')
        return {
          AccessKeyMetadata: [
            { AccessKeyId: 'AKIAANA', UserName, Status: 'Active', CreateDate: new Date('2026-02-02T02:02:02Z') },
          ],
        }
      },
    })
    const snapshot = await collect(session, OPTIONS)
    expect(snapshot.accessKeys.map(({ accessKeyId }) => accessKeyId)).toEqual(['AKIAANA', null, null, null, null])
    expect(linesOf(snapshot, 'iam:ListAccessKeys')).toEqual([
      'read: 1 user',
      'throttled: 4 users: ben, cleo, dan and 1 more; Throttling',
    ])
  })

  it('stops asking about each user when AWS has throttled ten in a row, and says that it broke off', async () => {
    const users = Array.from({ length: 200 }, (_, i) => keyed(`user-${i}`))
    const { session, calls } = fakeAws(users, {
      'iam:ListAccessKeys': ({ UserName }) => {
        if (UserName !== 'user-0') throw new AwsError('Throttling')
        return { AccessKeyMetadata: [] }
      },
    })
    const snapshot = await collect(session, OPTIONS)
    expect(calls.filter((call) => call === 'iam:ListAccessKeys').length).toBeLessThan(40)
    expect(linesOf(snapshot, 'iam:ListAccessKeys')).toEqual([
      'read: 1 user',
      expect.stringMatching(/^throttled: 199 users: .+ and 196 more; Throttling$/),
    ])
    expect(snapshot.brokenOff).toBe('throttled')
  })

  it.each([
    [new AwsError('ExpiredToken'), 'iam:ListAccessKeys', 'credentials-expired'],
    [new AwsError('ExpiredTokenException'), 'ec2:DescribeInstances', 'credentials-expired'],
    [Object.assign(new Error('CANARY'), { code: 'ECONNRESET' }), 'iam:ListAccessKeys', 'connection-lost'],
    [Object.assign(new Error('CANARY'), { code: 'ECONNRESET' }), 'ec2:DescribeInstances', undefined],
    [new AwsError('AccessDenied', 403), 'iam:ListAccessKeys', undefined],
  ])('says when it broke off, which a mere gap does not: %s at %s', async (error, source, brokenOff) => {
    const { session } = fakeAws([keyed('ana')], {
      [source]: () => {
        throw error
      },
    })
    const snapshot = await collect(session, OPTIONS)
    expect(snapshot.brokenOff).toBe(brokenOff)
    expect(snapshot.complete).toBe(false)
  })

  it('stops asking about each user when AWS denies the first ten', async () => {
    const users = Array.from({ length: 200 }, (_, i) => keyed(`user-${i}`))
    const { session, calls } = fakeAws(users, {
      'iam:ListAccessKeys': () => {
        throw new AwsError('AccessDenied', 403)
      },
    })
    const snapshot = await collect(session, OPTIONS)
    expect(calls.filter((call) => call === 'iam:ListAccessKeys').length).toBeLessThan(40)
    expect(linesOf(snapshot, 'iam:ListAccessKeys')).toEqual([
      'denied: 200 users: user-0, user-1, user-2 and 197 more; AccessDenied',
    ])
    expect(snapshot.accessKeys).toHaveLength(200)
  })

  it('forgets a user who is deleted meanwhile', async () => {
    const { session } = fakeAws([keyed('ana'), keyed('ben')], {
      'iam:ListAccessKeys': ({ UserName }) => {
        if (UserName === 'ana') throw new AwsError('NoSuchEntityException', 404)
        return { AccessKeyMetadata: [] }
      },
    })
    const snapshot = await collect(session, OPTIONS)
    expect(snapshot.users.map(({ userName }) => userName)).toEqual(['ben'])
    expect(snapshot.accessKeys).toEqual([])
    expect(snapshot.complete).toBe(true)
  })

  it('does not believe a report that still shows a deleted root key', async () => {
    const users = [keyed('ana')]
    const Content = reportOf(users, 'true,2020-01-01T00:00:00+00:00,N/A,N/A,N/A')
    const report = { 'iam:GetCredentialReport': () => ({ Content }) }
    const gone = await collect(fakeAws(users, report).session, OPTIONS)
    expect(gone.accessKeys.filter(({ userName }) => userName === null)).toEqual([])
    expect(gone.root.accessKeysPresent).toBe(false)
    const summary = { 'iam:GetAccountSummary': () => ({ SummaryMap: { AccountAccessKeysPresent: 1 } }) }
    const there = await collect(fakeAws(users, { ...report, ...summary }).session, OPTIONS)
    expect(there.accessKeys[0]).toMatchObject({ userName: null, accessKeyId: null, slot: 1, status: 'Active' })
  })

  it('asks for root keys only as root', async () => {
    const { session, calls } = fakeAws([], { 'sts:GetCallerIdentity': () => ({ Account: ACCOUNT, Arn: arn('root') }) })
    expect((await collect(session, OPTIONS)).root.accessKeysPresent).toBe(false)
    expect(calls).toContain('iam:ListAccessKeys')
    const other = fakeAws([])
    await collect(other.session, OPTIONS)
    expect(other.calls).not.toContain('iam:ListAccessKeys')
  })

  it('tells how far it is as soon as it knows how far it will go', async () => {
    const users = Array.from({ length: 30 }, (_, i) => keyed(`user-${i}`))
    const seen: { done: number; total: number | null }[] = []
    await collect(fakeAws(users).session, {
      ...OPTIONS,
      onProgress: ({ done, total }) => void seen.push({ done, total }),
    })
    expect(seen[0]).toEqual({ done: 1, total: null })
    expect(seen.map(({ done }) => done)).toEqual(seen.map((_, i) => i + 1))
    const totals = seen.map(({ total }) => total).filter((total) => total !== null)
    expect(totals.length).toBeGreaterThan(20)
    for (const { done, total } of seen) if (total !== null) expect(done).toBeLessThanOrEqual(total)
    expect(Math.max(...totals)).toBeLessThanOrEqual(seen.length + 8)
  })

  it('keeps a secret that somebody put into a tag out of the snapshot', async () => {
    const secret = Buffer.from(Array.from({ length: 30 }, (_, i) => (i * 89 + 7) % 256)).toString('base64')
    const { session } = fakeAws([], {
      'iam:GetAccountAuthorizationDetails': () => ({
        UserDetailList: [
          {
            UserName: 'ana',
            Arn: arn('user/ana'),
            Tags: [{ Key: 'note', Value: `key: ${secret}` }],
            UserPolicyList: [{ PolicyName: 'p', PolicyDocument: encodeURIComponent(JSON.stringify({ Id: secret })) }],
          },
        ],
      }),
    })
    const snapshot = await collect(session, OPTIONS)
    expect(snapshot.users[0]!.tags.note).toBe('key: [secret removed]')
    expect(JSON.stringify(snapshot)).not.toContain(secret)
  })

  it('gives a marker back as it came, even one that looks like a secret', async () => {
    const marker = Buffer.from(Array.from({ length: 30 }, (_, i) => (i * 89 + 7) % 256)).toString('base64')
    const { session } = fakeAws([], {
      'iam:GetAccountAuthorizationDetails': ({ Marker }) => {
        if (Marker === undefined)
          return {
            UserDetailList: [{ UserName: 'ana', Arn: arn('user/ana') }],
            IsTruncated: true,
            Marker: marker,
          }
        if (Marker !== marker) throw new AwsError('ValidationError', 400)
        return { UserDetailList: [{ UserName: 'ben', Arn: arn('user/ben') }], IsTruncated: false }
      },
    })
    const snapshot = await collect(session, OPTIONS)
    expect(snapshot.users.map(({ userName }) => userName)).toEqual(['ana', 'ben'])
    expect(JSON.stringify(snapshot)).not.toContain(marker)
  })

  it('says that there are MFA devices which it did not list', async () => {
    const users: FakeUser[] = [
      { name: 'ana', mfa: 'virtual' },
      { name: 'ben', mfa: 'hardware' },
    ]
    const inUse = (MFADevicesInUse: number) => ({
      'iam:GetAccountSummary': () => ({ SummaryMap: { AccountMFAEnabled: 1, MFADevicesInUse } }),
    })
    // One of ana, one of ben, one of root.
    expect(linesOf(await collect(fakeAws(users, inUse(3)).session, OPTIONS), 'iam:ListMFADevices')).toEqual([
      'read: 1 user',
    ])
    expect(linesOf(await collect(fakeAws(users, inUse(4)).session, OPTIONS), 'iam:ListMFADevices')).toEqual([
      'read: 1 user; 1 MFA device more in use: of root, or of users who have a virtual one as well',
    ])
  })

  it('lists SSH keys only when it is told to', async () => {
    const { session, calls } = fakeAws([{ name: 'ana' }], {
      'iam:ListSSHPublicKeys': () => ({
        SSHPublicKeys: [{ SSHPublicKeyId: 'APKA1', UserName: 'ana', Status: 'Active' }],
      }),
    })
    expect(linesOf(await collect(session, OPTIONS), 'iam:ListSSHPublicKeys')).toEqual([
      'absent: one call for each user: ask with --ssh-keys',
    ])
    expect(calls).not.toContain('iam:ListSSHPublicKeys')
    expect((await collect(session, { ...OPTIONS, sshKeys: true })).sshPublicKeys).toHaveLength(1)
  })

  it('says which regions were left out, and refuses one that does not exist', async () => {
    const snapshot = await collect(fakeAws([]).session, { ...OPTIONS, regions: ['eu-west-1'] })
    expect(snapshot.regions).toEqual(['eu-west-1'])
    expect(linesOf(snapshot, 'ec2:DescribeInstances')).toEqual([
      'absent: not asked in us-east-1 (--regions)',
      'eu-west-1 read',
    ])
    const misspelt = collect(fakeAws([]).session, { ...OPTIONS, regions: ['eu-wset-1'] })
    await expect(misspelt).rejects.toMatchObject({
      code: 'usage',
      message: '`eu-wset-1` is not an enabled region of this account',
    })
  })

  it('takes a member account that may not ask about its organization for what it is', async () => {
    const denied = () => {
      throw new AwsError('AccessDeniedException', 400)
    }
    const { session, calls } = fakeAws([], {
      'organizations:DescribeOrganization': () => ({
        Organization: { Id: 'o-1', MasterAccountId: '999988887777', Arn: 'arn:o' },
      }),
      'organizations:ListParents': denied,
      'organizations:ListAccounts': denied,
    })
    const snapshot = await collect(session, OPTIONS)
    expect(snapshot.organization).toMatchObject({
      id: 'o-1',
      managementAccountId: '999988887777',
      path: null,
      accountIds: null,
    })
    for (const source of [
      'organizations:ListParents',
      'organizations:ListAccounts',
      'organizations:ListPoliciesForTarget',
    ])
      expect(linesOf(snapshot, source)).toEqual([
        'unsupported: only the management account or a delegated administrator can ask',
      ])
    expect(calls).not.toContain('iam:ListOrganizationsFeatures')
    expect(snapshot.complete).toBe(true)
  })

  it('reads the path, the accounts and the policies of each level as the management account', async () => {
    const parents: Record<string, object> = {
      [ACCOUNT]: { Id: 'ou-1', Type: 'ORGANIZATIONAL_UNIT' },
      'ou-1': { Id: 'r-1', Type: 'ROOT' },
    }
    const { session, calls } = fakeAws([], {
      'organizations:DescribeOrganization': () => ({
        Organization: { Id: 'o-1', MasterAccountId: ACCOUNT, Arn: 'arn:o' },
      }),
      'organizations:ListParents': ({ ChildId }) => ({ Parents: [parents[String(ChildId)]] }),
      'organizations:DescribeOrganizationalUnit': () => ({ OrganizationalUnit: { Name: 'Workloads' } }),
      'organizations:ListRoots': () => ({ Roots: [{ Id: 'r-1', Name: 'Root' }] }),
      'organizations:ListAccounts': ({ NextToken }) =>
        NextToken ? { Accounts: [{ Id: '999988887777' }] } : { Accounts: [{ Id: ACCOUNT }], NextToken: 'more' },
      'organizations:ListPoliciesForTarget': ({ Filter }) => {
        if (Filter === 'RESOURCE_CONTROL_POLICY') throw new AwsError('PolicyTypeNotEnabledException')
        return { Policies: [{ Id: 'p-FullAWSAccess', Arn: 'arn:p', Name: 'FullAWSAccess' }] }
      },
      'organizations:DescribePolicy': () => ({ Policy: { Content: '{"Version":"2012-10-17","Statement":[]}' } }),
      'iam:ListOrganizationsFeatures': () => ({ EnabledFeatures: ['RootSessions'] }),
    })
    const { organization, complete } = await collect(session, OPTIONS)
    expect(organization!.path!.map(({ name }) => name)).toEqual(['Root', 'Workloads', ACCOUNT])
    expect(organization!.accountIds).toEqual([ACCOUNT, '999988887777'])
    expect(organization!.serviceControlPolicies!.map(({ targetId }) => targetId)).toEqual(['r-1', 'ou-1', ACCOUNT])
    expect(organization!.serviceControlPolicies![0]!.policies[0]!.document).toEqual({
      Version: '2012-10-17',
      Statement: [],
    })
    expect(organization!.resourceControlPolicies!.every(({ policies }) => policies.length === 0)).toBe(true)
    expect(organization!.features).toEqual(['RootSessions'])
    expect(calls.filter((call) => call === 'organizations:DescribePolicy')).toHaveLength(1)
    expect(complete).toBe(true)
  })

  it('asks a trail in its home region, and once', async () => {
    const TrailARN = 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/main'
    const asked: string[] = []
    const { session } = fakeAws([], {
      'cloudtrail:ListTrails': () => ({ Trails: [{ TrailARN, HomeRegion: 'eu-west-1' }] }),
      'cloudtrail:DescribeTrails': () => ({
        trailList: [{ TrailARN, Name: 'main', HomeRegion: 'eu-west-1', IsMultiRegionTrail: true }],
      }),
      'cloudtrail:GetTrailStatus': (_, region) => {
        asked.push(region)
        return { IsLogging: true }
      },
      'cloudtrail:GetEventSelectors': () => ({
        EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true }],
      }),
    })
    const { trails } = await collect(session, OPTIONS)
    expect(trails).toMatchObject([{ name: 'main', isLogging: true, managementEvents: 'all', isMultiRegionTrail: true }])
    expect(asked).toEqual(['eu-west-1'])
  })
})

describe('an endpoint that answers oddly', () => {
  const odd: unknown[] = [
    null,
    undefined,
    'text',
    [],
    { IsTruncated: true },
    { IsTruncated: true, Marker: 'same', NextToken: 'same', nextToken: 'same' },
    {
      UserDetailList: 'x',
      AccessKeyMetadata: 7,
      SummaryMap: [],
      PasswordPolicy: 'x',
      Reservations: [null],
      Regions: [{}],
    },
    {
      Organization: { Id: 1 },
      Parents: {},
      trailList: [{}],
      analyzers: [1],
      Content: Buffer.from('garbage'),
      State: 3,
    },
  ]
  const sources = [...new Set(ALL_CALLS.map(({ service, operation }) => `${service}:${operation}`))]

  it.each(sources)('at %s crashes nothing and never goes round in circles', async (source) => {
    for (const answer of odd) {
      const { session, calls } = fakeAws([keyed('ana'), { name: 'ben', mfa: 'hardware' }], { [source]: () => answer })
      const snapshot = await collect(session, { ...OPTIONS, sshKeys: true })
      expect(snapshot.accountId).toBe(ACCOUNT)
      expect(calls.length).toBeLessThan(60)
    }
  })

  it.each(sources)('at %s with an error gives a gap, and never the message', async (source) => {
    for (const [error, status] of [
      [new AwsError('AccessDenied', 403), 'denied'],
      [new AwsError('ThrottlingException'), 'throttled'],
      [new AwsError('InternalFailure', 500), 'truncated'],
      [Object.assign(new Error('CANARY'), { code: 'ECONNRESET' }), 'truncated'],
      [new SyntaxError('CANARY'), 'truncated'],
    ] as const) {
      const { session, calls } = fakeAws([keyed('ana'), { name: 'ben', mfa: 'hardware' }], {
        [source]: () => {
          throw error
        },
      })
      const snapshot = await collect(session, { ...OPTIONS, sshKeys: true })
      expect(JSON.stringify(snapshot)).not.toContain('CANARY')
      if (!calls.includes(source)) continue
      const ledgerName = ALL_CALLS.find((call) => `${call.service}:${call.operation}` === source)!.source
      const statuses = snapshot.coverage.filter((line) => line.source === ledgerName).map((line) => line.status)
      expect(statuses, `${source} ${error.name}`).toContain(status)
      expect(snapshot.complete).toBe(false)
    }
  })
})

describe('an interrupted run', () => {
  it('keeps what was read, says what was not, and leaves no promise behind', async () => {
    const users = Array.from({ length: 50 }, (_, i) => keyed(`user-${i}`))
    const stop = new AbortController()
    let asked = 0
    const { session } = fakeAws(users, {
      'iam:ListAccessKeys': () => {
        if (++asked === 20) stop.abort()
        if (stop.signal.aborted) throw stop.signal.reason
        return { AccessKeyMetadata: [] }
      },
    })
    const snapshot = await collect(session, { ...OPTIONS, abortSignal: stop.signal, concurrency: 4 })
    expect(snapshot.users).toHaveLength(50)
    expect(snapshot.complete).toBe(false)
    expect(linesOf(snapshot, 'iam:ListAccessKeys')[1]).toMatch(/^truncated: 31 users: .*; interrupted$/)
  })

  it('before the account is known is an error', async () => {
    const stop = new AbortController()
    stop.abort()
    const { session } = fakeAws([], {
      'sts:GetCallerIdentity': () => {
        throw stop.signal.reason
      },
    })
    await expect(collect(session, { ...OPTIONS, abortSignal: stop.signal })).rejects.toMatchObject({
      code: 'interrupted',
    })
  })

  it('that lost the network is not taken for a region without the service', async () => {
    const lost = () => {
      throw Object.assign(new Error('CANARY'), { code: 'ENOTFOUND' })
    }
    const there = await collect(fakeAws([], { 'accessanalyzer:ListAnalyzers': lost }).session, OPTIONS)
    expect(linesOf(there, 'access-analyzer:ListAnalyzers')[0]).toBe('eu-west-1 unsupported: no such host (ENOTFOUND)')
    expect(there.complete).toBe(true)
    const { session } = fakeAws([], {
      'accessanalyzer:ListAnalyzers': lost,
      'sts:GetCallerIdentity': (_, __, nth) => (nth === 1 ? { Account: ACCOUNT, Arn: arn('user/a') } : lost()),
    })
    const gone = await collect(session, OPTIONS)
    expect(linesOf(gone, 'access-analyzer:ListAnalyzers')[0]).toBe('eu-west-1 truncated: no such host (ENOTFOUND)')
    expect(gone.complete).toBe(false)
  })
})

describe('credentials that do not work', () => {
  it.each([
    ['InvalidClientTokenId', 'credentials', 'the AWS credentials are not valid (InvalidClientTokenId)', 'GovCloud'],
    ['ExpiredToken', 'credentials', 'the AWS credentials have expired (ExpiredToken)', 'log in again'],
    ['SignatureDoesNotMatch', 'credentials', 'the AWS credentials are not valid (SignatureDoesNotMatch)', 'the clock'],
    ['AccessDenied', 'credentials', 'AWS denies every call with these credentials (AccessDenied)'],
    ['InternalFailure', 'aws', 'AWS does not answer as it should (InternalFailure)'],
  ])('(%s) are one line', async (name, code, message, hint = '') => {
    const { session } = fakeAws([], {
      'sts:GetCallerIdentity': () => {
        throw new AwsError(name, name === 'InternalFailure' ? 500 : 403, 'x-amz-security-token:CANARY')
      },
    })
    const error = await collect(session, OPTIONS).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code, message })
    expect((error as KeyreeveError).hint ?? '').toContain(hint)
    expect(String((error as Error).stack)).not.toContain('CANARY')
    expect((error as Error).cause).toBeUndefined()
  })
})

it('makes no call that the policy does not allow, and the policy allows no other', async () => {
  const denied = () => {
    throw new AwsError('AccessDenied', 403)
  }
  const { session, calls } = fakeAws([keyed('ana'), { name: 'ben', mfa: 'hardware' }], {
    'cloudtrail:ListTrails': denied,
    'cloudtrail:DescribeTrails': () => ({ trailList: [{ TrailARN: 'arn:t', HomeRegion: 'us-east-1' }] }),
    'iam:ListOpenIDConnectProviders': () => ({ OpenIDConnectProviderList: [{ Arn: arn('oidc-provider/x') }] }),
    'organizations:DescribeOrganization': () => ({ Organization: { Id: 'o-1', MasterAccountId: ACCOUNT } }),
    'organizations:ListParents': ({ ChildId }) => ({
      Parents: [ChildId === 'ou-1' ? { Id: 'r-1', Type: 'ROOT' } : { Id: 'ou-1', Type: 'ORGANIZATIONAL_UNIT' }],
    }),
    'organizations:ListPoliciesForTarget': () => ({ Policies: [{ Id: 'p-1' }] }),
  })
  await collect(session, { ...OPTIONS, sshKeys: true, workloads: false })
  const made = new Set(
    calls
      .filter((call) => call !== 'sts:GetCallerIdentity')
      .map((call) => call.replace('accessanalyzer', 'access-analyzer')),
  )
  expect([...made].sort()).toEqual(collectionPolicy({ sshKeys: true, workloads: false }).Statement[0]!.Action)
})
