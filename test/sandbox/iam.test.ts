import * as iam from '@aws-sdk/client-iam'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  addAccessKey,
  addAccount,
  addGroup,
  addMfaDevice,
  addOrganization,
  addPolicy,
  addRole,
  addServiceSpecificCredential,
  addSigningCertificate,
  addUser,
  addUserToGroup,
  attachPolicy,
  joinOrganization,
  setPasswordPolicy,
} from '../../src/sandbox/state.ts'
import { ADMINISTRATOR_ACCESS, ALLOW_ALL, clientsOf, smallWorld, start, thrown } from './start.ts'

const { world, account } = smallWorld()
let stand: Awaited<ReturnType<typeof start>>
let client: iam.IAMClient

beforeAll(async () => {
  stand = await start({ world })
  client = stand.iam
})
afterEach(() => {
  world.clock.offsetMs = 0
})
afterAll(() => stand.sandbox.close())

const S3_READ = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::b/*' }],
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await thrown(promise)).name
}

describe('pages', () => {
  it.each([1, 3, 7, 1000])('pages of %i together are the whole list, in order, none twice', async (MaxItems) => {
    for (let i = 0; i < 20; i++) if (!account.users.has(`page${i}`)) addUser(world, account, `Page${i}`)
    const names: string[] = []
    let Marker: string | undefined
    do {
      const page = await client.send(new iam.ListUsersCommand({ MaxItems, Marker }))
      expect(page.Users!.length).toBeLessThanOrEqual(MaxItems)
      expect(page.IsTruncated).toBe(page.Marker !== undefined)
      names.push(...page.Users!.map(({ UserName }) => UserName!))
      Marker = page.Marker
    } while (Marker)
    expect(names).toEqual([...account.users.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, u]) => u.userName))
  })

  it('a user deleted between two pages costs no other user', async () => {
    for (let i = 0; i < 6; i++) addUser(world, account, `gone${i}`, { path: '/gone/' })
    const first = await client.send(new iam.ListUsersCommand({ PathPrefix: '/gone/', MaxItems: 2 }))
    await client.send(new iam.DeleteUserCommand({ UserName: 'gone1' }))
    const rest = await client.send(new iam.ListUsersCommand({ PathPrefix: '/gone/', Marker: first.Marker }))
    expect(rest.Users?.map(({ UserName }) => UserName)).toEqual(['gone2', 'gone3', 'gone4', 'gone5'])
  })

  it('a marker that is none is refused, and so is a page of 1001', async () => {
    expect(await codeOf(client.send(new iam.ListUsersCommand({ Marker: 'nonsense' })))).toBe('ValidationError')
    expect(await codeOf(client.send(new iam.ListUsersCommand({ MaxItems: 1001 })))).toBe('ValidationError')
    expect(await codeOf(client.send(new iam.ListUsersCommand({ MaxItems: 0 })))).toBe('ValidationError')
  })
})

describe('GetAccountAuthorizationDetails', () => {
  const boundary = addPolicy(world, account, 'boundary', S3_READ, { path: '/limits/', description: 'limits' })
  addPolicy(world, account, 'unattached', S3_READ)
  const group = addGroup(world, account, 'devs', { attachedPolicies: [ADMINISTRATOR_ACCESS] })
  const dora = addUser(world, account, 'dora', {
    groups: [group],
    permissionsBoundary: boundary,
    inlinePolicies: { 'in-line': ALLOW_ALL },
    tags: { team: 'a' },
  })
  addRole(world, account, 'reader', {
    inlinePolicies: { r: S3_READ },
    permissionsBoundary: 'arn:aws:iam::aws:policy/PowerUserAccess',
    lastUsed: { date: new Date('2026-01-02T03:04:05Z'), region: 'eu-west-1' },
  })

  async function all(input: iam.GetAccountAuthorizationDetailsCommandInput) {
    const found = {
      users: [] as iam.UserDetail[],
      groups: [] as iam.GroupDetail[],
      roles: [] as iam.RoleDetail[],
      policies: [] as iam.ManagedPolicyDetail[],
      pages: 0,
    }
    for await (const page of iam.paginateGetAccountAuthorizationDetails({ client }, input)) {
      found.pages++
      found.users.push(...(page.UserDetailList ?? []))
      found.groups.push(...(page.GroupDetailList ?? []))
      found.roles.push(...(page.RoleDetailList ?? []))
      found.policies.push(...(page.Policies ?? []))
    }
    return found
  }

  it('tells users, groups, roles and policies with everything they have', async () => {
    const { users, groups, roles, policies } = await all({ MaxItems: 1000 })
    const user = users.find(({ UserName }) => UserName === 'dora')
    expect(user).toMatchObject({
      Arn: dora.arn,
      GroupList: ['devs'],
      PermissionsBoundary: {
        PermissionsBoundaryArn: boundary.arn,
        PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
      },
      Tags: [{ Key: 'team', Value: 'a' }],
    })
    const document = user!.UserPolicyList![0]!.PolicyDocument!
    expect(document).toMatch(/^%7B%22Version%22/)
    expect(JSON.parse(decodeURIComponent(document))).toEqual(ALLOW_ALL)
    expect(groups[0]?.AttachedManagedPolicies).toEqual([
      { PolicyName: 'AdministratorAccess', PolicyArn: ADMINISTRATOR_ACCESS },
    ])
    expect(roles[0]?.RoleLastUsed).toEqual({ LastUsedDate: new Date('2026-01-02T03:04:05Z'), Region: 'eu-west-1' })
    expect(policies.find(({ PolicyName }) => PolicyName === 'boundary')).toMatchObject({
      Path: '/limits/',
      AttachmentCount: 0,
      PermissionsBoundaryUsageCount: 1,
      PolicyVersionList: [{ VersionId: 'v1', IsDefaultVersion: true }],
    })
  })

  it('of AWS’s own policies only those in use are told: attached, or a boundary', async () => {
    const { policies } = await all({ Filter: ['AWSManagedPolicy'] })
    expect(policies.map(({ PolicyName }) => PolicyName)).toEqual(['AdministratorAccess', 'PowerUserAccess'])
  })

  it('a filter leaves out the rest', async () => {
    const { users, groups, roles, policies } = await all({ Filter: ['Group', 'LocalManagedPolicy'] })
    expect([users.length, roles.length]).toEqual([0, 0])
    expect(groups.map(({ GroupName }) => GroupName)).toEqual(['devs'])
    expect(policies.map(({ PolicyName }) => PolicyName).sort()).toEqual(['boundary', 'unattached'])
  })

  it('pages of 4 together are what one page tells', async () => {
    const one = await all({ MaxItems: 1000 })
    const many = await all({ MaxItems: 4 })
    expect(one.pages).toBe(1)
    const items = one.users.length + one.groups.length + one.roles.length + one.policies.length
    expect(many.pages).toBe(Math.ceil(items / 4))
    expect({ ...many, pages: 1 }).toEqual(one)
  })
})

describe('the credential report', () => {
  const text = async () => {
    const { Content } = await client.send(new iam.GetCredentialReportCommand({}))
    return Buffer.from(Content!).toString()
  }
  const generate = async () => (await client.send(new iam.GenerateCredentialReportCommand({}))).State

  it('is asynchronous: absent, started, in progress, complete', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const slow = smallWorld()
    const { sandbox, iam: other } = await start({ world: slow.world, settings: { credentialReportDelayMs: 150 } })
    const state = async () => (await other.send(new iam.GenerateCredentialReportCommand({}))).State
    const get = () => other.send(new iam.GetCredentialReportCommand({}))
    expect(await thrown(get())).toBeInstanceOf(iam.CredentialReportNotPresentException)
    expect(await state()).toBe('STARTED')
    expect(await state()).toBe('INPROGRESS')
    expect(await thrown(get())).toBeInstanceOf(iam.CredentialReportNotReadyException)
    vi.setSystemTime(Date.now() + 200)
    expect(await state()).toBe('COMPLETE')
    expect((await get()).GeneratedTime).toBeInstanceOf(Date)
    await sandbox.close()
  })

  it('has AWS’s columns and words for every state of a credential', async () => {
    setPasswordPolicy(world, account, { maxPasswordAge: 90 })
    const at = (day: string) => new Date(`2026-03-${day}T01:02:03Z`)
    const full = addUser(world, account, 'report-full', {
      path: '/a/',
      createDate: at('01'),
      password: { lastChanged: at('02'), lastUsed: at('03') },
    })
    addAccessKey(world, account, full, {
      createDate: at('04'),
      lastUsed: { date: at('05'), service: 's3', region: 'eu-west-1' },
    })
    addAccessKey(world, account, full, { createDate: at('06'), status: 'Inactive' })
    addSigningCertificate(world, account, full, { uploadDate: at('07') })
    addMfaDevice(world, account, full)
    addUser(world, account, 'report,bare', { createDate: at('08') })
    addUser(world, account, 'report-fresh', { createDate: at('09'), password: {} })
    addMfaDevice(world, account, 'root', { kind: 'hardware' })
    await generate()
    const lines = (await text()).split('\n')
    expect(lines[0]).toBe(
      'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated',
    )
    expect(lines[1]).toMatch(
      /^<root_account>,arn:aws:iam::111122223333:root,[\dT:+-]+,not_supported,no_information,not_supported,not_supported,true,false,N\/A/,
    )
    const row = (name: string) => lines.find((line) => line.startsWith(name))
    expect(row('report-full')).toBe(
      'report-full,arn:aws:iam::111122223333:user/a/report-full,2026-03-01T01:02:03+00:00,true,2026-03-03T01:02:03+00:00,2026-03-02T01:02:03+00:00,2026-05-31T01:02:03+00:00,true,true,2026-03-04T01:02:03+00:00,2026-03-05T01:02:03+00:00,eu-west-1,s3,false,2026-03-06T01:02:03+00:00,N/A,N/A,N/A,true,2026-03-07T01:02:03+00:00,false,N/A',
    )
    expect(row('"report,bare"')).toContain(',false,N/A,N/A,N/A,false,false,N/A')
    expect(row('report-fresh')).toContain(
      ',true,no_information,2026-03-09T01:02:03+00:00,2026-06-07T01:02:03+00:00,false',
    )
  })

  it('is kept for four hours and expires then', async () => {
    addUser(world, account, 'latecomer')
    expect(await generate()).toBe('COMPLETE')
    expect(await text()).not.toContain('latecomer')
    world.clock.offsetMs = 4 * 3600_000 + 1000
    expect(await thrown(text())).toBeInstanceOf(iam.CredentialReportExpiredException)
    expect(await generate()).toBe('STARTED')
    expect(await text()).toContain('latecomer')
    world.accounts.get('111122223333')!.credentialReport = null
  })

  it('is made anew for every reader when the cache is off', async () => {
    const { world: other, account: own } = smallWorld()
    const off = await start({ world: other, settings: { credentialReportCacheMs: 0 } })
    const next = async () => {
      const states = []
      for (let i = 0; i < 2; i++) states.push((await off.iam.send(new iam.GenerateCredentialReportCommand({}))).State)
      const { Content } = await off.iam.send(new iam.GetCredentialReportCommand({}))
      return { states, text: Buffer.from(Content!).toString() }
    }
    expect((await next()).states).toEqual(['STARTED', 'COMPLETE'])
    addUser(other, own, 'newcomer')
    const second = await next()
    expect(second.states).toEqual(['STARTED', 'COMPLETE'])
    expect(second.text).toContain('newcomer')
    await off.sandbox.close()
  })
})

describe('policies', () => {
  it('a policy has at most five versions, and its default cannot be deleted', async () => {
    const PolicyDocument = JSON.stringify(S3_READ)
    const { Policy } = await client.send(new iam.CreatePolicyCommand({ PolicyName: 'versions', PolicyDocument }))
    const PolicyArn = Policy!.Arn!
    const add = (SetAsDefault: boolean) =>
      client.send(new iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault }))
    for (let i = 0; i < 4; i++) await add(i === 3)
    expect(await thrown(add(false))).toBeInstanceOf(iam.LimitExceededException)
    const drop = (VersionId: string) => client.send(new iam.DeletePolicyVersionCommand({ PolicyArn, VersionId }))
    expect(await thrown(drop('v5'))).toBeInstanceOf(iam.DeleteConflictException)
    await drop('v1')
    await add(false)
    const { Versions } = await client.send(new iam.ListPolicyVersionsCommand({ PolicyArn }))
    expect(Versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion])).toEqual([
      ['v6', false],
      ['v5', true],
      ['v4', false],
      ['v3', false],
      ['v2', false],
    ])
    await client.send(new iam.SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }))
    expect((await client.send(new iam.GetPolicyCommand({ PolicyArn }))).Policy?.DefaultVersionId).toBe('v2')
  })

  it('an attached policy cannot be deleted, and is found by who has it', async () => {
    const { Policy } = await client.send(
      new iam.CreatePolicyCommand({ PolicyName: 'attached', PolicyDocument: JSON.stringify(S3_READ) }),
    )
    const PolicyArn = Policy!.Arn!
    const user = addUser(world, account, 'holder')
    const group = addGroup(world, account, 'holders')
    const role = addRole(world, account, 'holder')
    for (const holder of [user, group, role]) attachPolicy(world, holder, PolicyArn)
    const entities = await client.send(new iam.ListEntitiesForPolicyCommand({ PolicyArn }))
    expect(entities.PolicyUsers).toEqual([{ UserName: 'holder', UserId: user.userId }])
    expect(entities.PolicyGroups).toEqual([{ GroupName: 'holders', GroupId: group.groupId }])
    expect(entities.PolicyRoles).toEqual([{ RoleName: 'holder', RoleId: role.roleId }])
    expect((await client.send(new iam.GetPolicyCommand({ PolicyArn }))).Policy?.AttachmentCount).toBe(3)
    const drop = () => client.send(new iam.DeletePolicyCommand({ PolicyArn }))
    expect(await thrown(drop())).toBeInstanceOf(iam.DeleteConflictException)
    await client.send(new iam.DetachUserPolicyCommand({ UserName: 'holder', PolicyArn }))
    await client.send(new iam.DetachGroupPolicyCommand({ GroupName: 'holders', PolicyArn }))
    await client.send(new iam.DetachRolePolicyCommand({ RoleName: 'holder', PolicyArn }))
    expect(await codeOf(client.send(new iam.DetachUserPolicyCommand({ UserName: 'holder', PolicyArn })))).toBe(
      'NoSuchEntityException',
    )
    await drop()
    expect(await codeOf(client.send(new iam.GetPolicyCommand({ PolicyArn })))).toBe('NoSuchEntityException')
  })

  it('ListPolicies tells local, AWS’s and attached ones apart', async () => {
    const names = async (input: iam.ListPoliciesCommandInput) =>
      (await client.send(new iam.ListPoliciesCommand(input))).Policies?.map(({ PolicyName }) => PolicyName)
    expect(await names({ Scope: 'AWS' })).toEqual(['AdministratorAccess', 'PowerUserAccess', 'SecurityAudit'])
    expect(await names({ Scope: 'AWS', OnlyAttached: true })).toEqual(['AdministratorAccess', 'PowerUserAccess'])
    expect(await names({ Scope: 'Local', PathPrefix: '/limits/' })).toEqual(['boundary'])
    expect(await names({ PolicyUsageFilter: 'PermissionsBoundary' })).toEqual(['boundary', 'PowerUserAccess'])
  })

  it.each([
    ['no JSON', '{'],
    ['no statement', { Version: '2012-10-17' }],
    ['an unknown version', { ...S3_READ, Version: '2020-01-01' }],
    ['an effect of its own', { ...S3_READ, Statement: [{ ...S3_READ.Statement[0], Effect: 'Maybe' }] }],
    ['a principal', { ...S3_READ, Statement: [{ ...S3_READ.Statement[0], Principal: '*' }] }],
    ['no resource', { ...S3_READ, Statement: [{ Effect: 'Allow', Action: 's3:*' }] }],
    ['a resource that is no ARN', { ...S3_READ, Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: 'bucket' }] }],
    [
      'an action without a service',
      { ...S3_READ, Statement: [{ Effect: 'Allow', Action: 'GetObject', Resource: '*' }] },
    ],
    ['the same Sid twice', { ...S3_READ, Statement: [1, 2].map(() => ({ ...S3_READ.Statement[0], Sid: 'A' })) }],
  ])('a policy with %s is MalformedPolicyDocument', async (_, document) => {
    const PolicyDocument = typeof document === 'string' ? document : JSON.stringify(document)
    const put = new iam.PutUserPolicyCommand({ UserName: 'dora', PolicyName: 'bad', PolicyDocument })
    expect(await thrown(client.send(put))).toBeInstanceOf(iam.MalformedPolicyDocumentException)
    expect(account.users.get('dora')?.inlinePolicies.has('bad')).toBe(false)
  })

  it('a trust policy needs a principal that exists, and no resource', async () => {
    const create = (statement: object) =>
      client.send(
        new iam.CreateRoleCommand({
          RoleName: 'trusting',
          AssumeRolePolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', ...statement }],
          }),
        }),
      )
    const bad: object[] = [
      {},
      { Principal: { AWS: 'arn:aws:iam::111122223333:user/nobody' } },
      { Principal: { AWS: 'nonsense' } },
      { Principal: '*', Resource: '*' },
      { Principal: '*', Action: 's3:GetObject' },
    ]
    for (const statement of bad) expect(await codeOf(create(statement))).toBe('MalformedPolicyDocumentException')
    const { Role } = await create({ Principal: { AWS: ['arn:aws:iam::111122223333:user/dora', '999999999999'] } })
    expect(Role?.RoleId).toMatch(/^AROA/)
  })

  it('too large a policy is LimitExceeded', async () => {
    const Resource = Array.from({ length: 100 }, (_, i) => `arn:aws:s3:::bucket-with-a-long-name-${i}/*`)
    const PolicyDocument = JSON.stringify({ ...S3_READ, Statement: [{ ...S3_READ.Statement[0], Resource }] })
    const put = new iam.PutUserPolicyCommand({ UserName: 'dora', PolicyName: 'big', PolicyDocument })
    expect(await thrown(client.send(put))).toBeInstanceOf(iam.LimitExceededException)
  })

  it('a document comes back exactly as it was put, whatever it looks like', async () => {
    const PolicyDocument = `{ "Version":"2012-10-17",\n\t"Statement": {"Sid":"X","Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::é%25 &<'!()*~"} }\r\n`
    await client.send(new iam.PutGroupPolicyCommand({ GroupName: 'devs', PolicyName: 'odd', PolicyDocument }))
    const got = await client.send(new iam.GetGroupPolicyCommand({ GroupName: 'devs', PolicyName: 'odd' }))
    expect(got.PolicyDocument).not.toMatch(/[!'()*\s"]/)
    expect(decodeURIComponent(got.PolicyDocument!)).toBe(PolicyDocument)
  })
})

describe('users, groups and their credentials', () => {
  it('a user can be deleted only when nothing is left of it', async () => {
    const user = addUser(world, account, 'leaver')
    addUserToGroup(world, user, addGroup(world, account, 'leavers'))
    const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName: 'leaver' }))
    await client.send(new iam.CreateLoginProfileCommand({ UserName: 'leaver', Password: 'Correct-Horse-7' }))
    const drop = () => client.send(new iam.DeleteUserCommand({ UserName: 'leaver' }))
    expect((await thrown(drop())).message).toBe('Cannot delete entity, must remove users from group first.')
    await client.send(new iam.RemoveUserFromGroupCommand({ UserName: 'leaver', GroupName: 'leavers' }))
    expect((await thrown(drop())).message).toContain('must delete access keys first')
    await client.send(new iam.DeleteAccessKeyCommand({ UserName: 'leaver', AccessKeyId: AccessKey!.AccessKeyId! }))
    expect((await thrown(drop())).message).toContain('must delete login profile first')
    await client.send(new iam.DeleteLoginProfileCommand({ UserName: 'leaver' }))
    await drop()
    expect(account.users.has('leaver')).toBe(false)
  })

  it('renaming a user takes its keys and groups along', async () => {
    const user = addUser(world, account, 'before')
    const key = addAccessKey(world, account, user)
    addUserToGroup(world, user, account.groups.get('devs')!)
    await client.send(new iam.UpdateUserCommand({ UserName: 'before', NewUserName: 'after', NewPath: '/x/' }))
    const { Users } = await client.send(new iam.GetGroupCommand({ GroupName: 'devs' }))
    expect(Users?.map(({ Arn }) => Arn)).toContain('arn:aws:iam::111122223333:user/x/after')
    const used = await client.send(new iam.GetAccessKeyLastUsedCommand({ AccessKeyId: key.accessKeyId }))
    expect(used.UserName).toBe('after')
    expect(await codeOf(client.send(new iam.GetUserCommand({ UserName: 'before' })))).toBe('NoSuchEntityException')
  })

  it('MFA devices are listed by user and, the virtual ones, for all', async () => {
    const user = addUser(world, account, 'guarded')
    const virtual = addMfaDevice(world, account, user)
    const passkey = addMfaDevice(world, account, user, { kind: 'passkey', name: 'yubi' })
    addMfaDevice(world, account, null, { name: 'spare' })
    const { MFADevices } = await client.send(new iam.ListMFADevicesCommand({ UserName: 'guarded' }))
    expect(MFADevices?.map(({ SerialNumber }) => SerialNumber)).toEqual([virtual.serialNumber, passkey.serialNumber])
    expect(passkey.serialNumber).toMatch(/^arn:aws:iam::111122223333:u2f\/user\/guarded\/yubi-/)
    const list = async (AssignmentStatus: iam.AssignmentStatusType) =>
      (await client.send(new iam.ListVirtualMFADevicesCommand({ AssignmentStatus }))).VirtualMFADevices!
    expect((await list('Assigned')).find(({ User }) => User?.UserName === 'guarded')?.SerialNumber).toBe(
      virtual.serialNumber,
    )
    expect((await list('Unassigned')).map(({ SerialNumber }) => SerialNumber)).toEqual([
      'arn:aws:iam::111122223333:mfa/spare',
    ])
    expect(await list('Any')).toHaveLength((await list('Assigned')).length + 1)
  })

  it('service-specific credentials of all users come in one list; the secret only once', async () => {
    const one = addUser(world, account, 'api-one')
    addServiceSpecificCredential(world, account, one, 'codecommit.amazonaws.com')
    addUser(world, account, 'api-two')
    const created = await client.send(
      new iam.CreateServiceSpecificCredentialCommand({
        UserName: 'api-two',
        ServiceName: 'bedrock.amazonaws.com',
        CredentialAgeDays: 30,
      }),
    )
    const credential = created.ServiceSpecificCredential!
    expect(credential.ServiceCredentialSecret).toBeTruthy()
    expect(credential.ExpirationDate!.getTime()).toBeGreaterThan(Date.now() + 29 * 86_400_000)
    const listed = await client.send(new iam.ListServiceSpecificCredentialsCommand({ AllUsers: true, MaxItems: 1 }))
    expect(listed.IsTruncated).toBe(true)
    const rest = await client.send(
      new iam.ListServiceSpecificCredentialsCommand({ AllUsers: true, Marker: listed.Marker }),
    )
    const all = [...listed.ServiceSpecificCredentials!, ...rest.ServiceSpecificCredentials!]
    expect(all.map(({ UserName, ServiceName }) => [UserName, ServiceName])).toEqual([
      ['api-one', 'codecommit.amazonaws.com'],
      ['api-two', 'bedrock.amazonaws.com'],
    ])
    expect(JSON.stringify(all)).not.toContain(credential.ServiceCredentialSecret)
  })

  it('a password has to follow the password policy', async () => {
    setPasswordPolicy(world, account, { minimumPasswordLength: 14, requireSymbols: true })
    addUser(world, account, 'typist')
    const create = (Password: string) =>
      client.send(new iam.CreateLoginProfileCommand({ UserName: 'typist', Password }))
    expect(await codeOf(create('short-1'))).toBe('PasswordPolicyViolationException')
    expect(await codeOf(create('LongEnoughButPlain1'))).toBe('PasswordPolicyViolationException')
    await create('Long-Enough-And-Fine-1')
    expect(await codeOf(create('Long-Enough-And-Fine-1'))).toBe('EntityAlreadyExistsException')
    account.passwordPolicy = null
    expect(await codeOf(client.send(new iam.GetAccountPasswordPolicyCommand({})))).toBe('NoSuchEntityException')
  })
})

describe('the account', () => {
  it('the summary counts what there is', async () => {
    const { SummaryMap } = await client.send(new iam.GetAccountSummaryCommand({}))
    expect(SummaryMap).toMatchObject({
      Users: account.users.size,
      Roles: account.roles.size,
      Policies: account.policies.size,
      AccountMFAEnabled: 1,
      AccountAccessKeysPresent: 0,
      AccountPasswordPresent: 1,
    })
  })

  it('centralized root access is told to the management account only', async () => {
    const features = () => client.send(new iam.ListOrganizationsFeaturesCommand({}))
    expect(await codeOf(features())).toBe('OrganizationNotFoundException')
    const organization = addOrganization(world, account)
    expect(await codeOf(features())).toBe('ServiceAccessNotEnabledException')
    organization.trustedServices.set('iam.amazonaws.com', new Date())
    await client.send(new iam.EnableOrganizationsRootSessionsCommand({}))
    expect(await features()).toMatchObject({ OrganizationId: organization.id, EnabledFeatures: ['RootSessions'] })
    const member = addAccount(world)
    joinOrganization(world, member, { name: 'member' })
    const other = clientsOf(stand.sandbox, addAccessKey(world, member, addUser(world, member, 'm'))).iam
    const error = await thrown(other.send(new iam.ListOrganizationsFeaturesCommand({})))
    expect(error).toBeInstanceOf(iam.AccountNotManagementOrDelegatedAdministratorException)
  })
})
