import {
  ResourceNotFoundException as AnalyzerNotFound,
  CreateAnalyzerCommand,
  GetAnalyzerCommand,
  paginateListAnalyzers,
} from '@aws-sdk/client-accessanalyzer'
import {
  ResourceNotFoundException as ContactNotFound,
  GetAlternateContactCommand,
  PutAlternateContactCommand,
  paginateListRegions,
} from '@aws-sdk/client-account'
import {
  CreateTrailCommand,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  LookupEventsCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  TrailNotFoundException,
} from '@aws-sdk/client-cloudtrail'
import {
  AssociateIamInstanceProfileCommand,
  DescribeInstancesCommand,
  DescribeRegionsCommand,
  ModifyInstanceMetadataOptionsCommand,
  paginateDescribeInstances,
} from '@aws-sdk/client-ec2'
import {
  CreateUserCommand,
  DeleteConflictException,
  DeleteUserCommand,
  EntityAlreadyExistsException,
  GetContextKeysForCustomPolicyCommand,
  GetUserCommand,
  MalformedPolicyDocumentException,
  NoSuchEntityException,
  PutUserPolicyCommand,
  TagUserCommand,
} from '@aws-sdk/client-iam'
import {
  AccessDeniedException,
  AttachPolicyCommand,
  CreateOrganizationalUnitCommand,
  CreatePolicyCommand,
  DescribeOrganizationCommand,
  DescribePolicyCommand,
  ListAccountsCommand,
  ListPoliciesForTargetCommand,
  ListRootsCommand,
  PolicyNotFoundException,
  paginateListAccounts,
} from '@aws-sdk/client-organizations'
import { GetAccessKeyInfoCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  addAccessKey,
  addAccount,
  addInstance,
  addInstanceProfile,
  addOrganization,
  addRole,
  addUser,
  joinOrganization,
} from '../../src/sandbox/state.ts'
import { ALLOW_ALL, clientsOf, smallWorld, start, thrown } from './start.ts'

const { world, account } = smallWorld()
let stand: Awaited<ReturnType<typeof start>>

beforeAll(async () => {
  addOrganization(world, account)
  stand = await start({ world })
})
afterAll(() => stand.sandbox.close())

describe('awsQuery', () => {
  it('a user comes back as it was created, with its tags', async () => {
    const Tags = [
      { Key: 'team', Value: 'plattform / ü' },
      { Key: 'empty', Value: '' },
    ]
    const { User } = await stand.iam.send(new CreateUserCommand({ UserName: 'anna', Path: '/eng/', Tags }))
    expect(User).toMatchObject({
      UserName: 'anna',
      Path: '/eng/',
      Arn: 'arn:aws:iam::111122223333:user/eng/anna',
      Tags,
    })
    expect(User?.UserId).toMatch(/^AIDA[A-Z2-7]{17}$/)
    expect(User?.CreateDate).toBeInstanceOf(Date)
    const got = await stand.iam.send(new GetUserCommand({ UserName: 'anna' }))
    expect(got.User).toEqual(User)
  })

  it('errors arrive as the SDK’s exception classes', async () => {
    await stand.iam.send(new CreateUserCommand({ UserName: 'twice' }))
    const missing = await thrown(stand.iam.send(new GetUserCommand({ UserName: 'nobody' })))
    expect(missing).toBeInstanceOf(NoSuchEntityException)
    expect(missing.message).toBe('The user with name nobody cannot be found.')
    expect(missing.$metadata?.httpStatusCode).toBe(404)
    const twice = await thrown(stand.iam.send(new CreateUserCommand({ UserName: 'TWICE' })))
    expect(twice).toBeInstanceOf(EntityAlreadyExistsException)
    const bad = new PutUserPolicyCommand({ UserName: 'twice', PolicyName: 'p', PolicyDocument: '{' })
    expect(await thrown(stand.iam.send(bad))).toBeInstanceOf(MalformedPolicyDocumentException)
    await stand.iam.send(new PutUserPolicyCommand({ ...bad.input, PolicyDocument: JSON.stringify(ALLOW_ALL) }))
    const conflict = await thrown(stand.iam.send(new DeleteUserCommand({ UserName: 'twice' })))
    expect(conflict).toBeInstanceOf(DeleteConflictException)
  })

  it('a missing or wrong parameter is a ValidationError that names it', async () => {
    const missing = await thrown(stand.iam.send(new CreateUserCommand({} as never)))
    expect(missing.name).toBe('ValidationError')
    expect(missing.message).toContain("Value null at 'userName'")
    const wrong = await thrown(stand.iam.send(new CreateUserCommand({ UserName: 'no blanks' })))
    expect(wrong.message).toContain("Value 'no blanks' at 'userName'")
  })

  it('an operation that the sandbox does not have is InvalidAction', async () => {
    const command = new GetContextKeysForCustomPolicyCommand({ PolicyInputList: ['{}'] })
    expect((await thrown(stand.iam.send(command))).name).toBe('InvalidAction')
  })

  it('STS says who calls, and whose a key is by its ID alone', async () => {
    const identity = await stand.sts.send(new GetCallerIdentityCommand({}))
    expect(identity).toMatchObject({
      Account: '111122223333',
      Arn: 'arn:aws:iam::111122223333:user/sandbox-administrator',
    })
    const { Account } = await stand.sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: stand.sandbox.accessKeyId }))
    expect(Account).toBe('111122223333')
  })

  it('any tag value that AWS allows makes the round trip', async () => {
    await stand.iam.send(new CreateUserCommand({ UserName: 'tagged' }))
    const allowed = fc
      .string({
        unit: fc.oneof(
          fc.constantFrom(...' _.:/=+-@aZ9éß漢𝒳\u00a0\u3000\u2028'),
          fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }),
        ),
        maxLength: 40,
      })
      .filter((text) => /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text))
    await fc.assert(
      fc.asyncProperty(allowed, async (Value) => {
        await stand.iam.send(new TagUserCommand({ UserName: 'tagged', Tags: [{ Key: 'k', Value }] }))
        const { User } = await stand.iam.send(new GetUserCommand({ UserName: 'tagged' }))
        expect(User?.Tags).toEqual([{ Key: 'k', Value }])
      }),
      { numRuns: 60 },
    )
  })
})

describe('awsJson1.1', () => {
  it('the organization, its root and its policies are told', async () => {
    const { Organization } = await stand.organizations.send(new DescribeOrganizationCommand({}))
    expect(Organization).toMatchObject({ MasterAccountId: '111122223333', FeatureSet: 'ALL' })
    const { Roots } = await stand.organizations.send(new ListRootsCommand({}))
    const rootId = Roots![0]!.Id!
    const { Policy } = await stand.organizations.send(
      new CreatePolicyCommand({
        Name: 'guard',
        Description: 'd',
        Type: 'SERVICE_CONTROL_POLICY',
        Content: JSON.stringify(ALLOW_ALL),
      }),
    )
    const PolicyId = Policy!.PolicySummary!.Id!
    await stand.organizations.send(new AttachPolicyCommand({ PolicyId, TargetId: rootId }))
    const { Policies } = await stand.organizations.send(
      new ListPoliciesForTargetCommand({ TargetId: rootId, Filter: 'SERVICE_CONTROL_POLICY' }),
    )
    expect(Policies?.map(({ Name }) => Name)).toEqual(['FullAWSAccess', 'guard'])
    const unknown = new DescribePolicyCommand({ PolicyId: 'p-doesnotexist' })
    expect(await thrown(stand.organizations.send(unknown))).toBeInstanceOf(PolicyNotFoundException)
  })

  it('the pages of ListAccounts together are all accounts, none twice', async () => {
    for (let i = 0; i < 45; i++) joinOrganization(world, addAccount(world), { name: `member ${i}` })
    const ids: (string | undefined)[] = []
    let pages = 0
    for await (const { Accounts } of paginateListAccounts({ client: stand.organizations }, {})) {
      pages++
      ids.push(...(Accounts ?? []).map(({ Id }) => Id))
    }
    expect(pages).toBe(3)
    expect(new Set(ids).size).toBe(46)
    expect(ids).toHaveLength(46)
  })

  it('a member account may describe the organization and not list its accounts', async () => {
    const member = addAccount(world)
    joinOrganization(world, member, { name: 'outsider' })
    const { organizations } = clientsOf(stand.sandbox, addAccessKey(world, member, addUser(world, member, 'm')))
    const { Organization } = await organizations.send(new DescribeOrganizationCommand({}))
    expect(Organization?.MasterAccountId).toBe('111122223333')
    expect(await thrown(organizations.send(new ListAccountsCommand({})))).toBeInstanceOf(AccessDeniedException)
  })

  it('any string makes the round trip', async () => {
    const { Roots } = await stand.organizations.send(new ListRootsCommand({}))
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(text, fc.uuid(), async (name, id) => {
        const Name = `${name}${id}`
        const command = new CreateOrganizationalUnitCommand({ ParentId: Roots![0]!.Id!, Name })
        const { OrganizationalUnit } = await stand.organizations.send(command)
        expect(OrganizationalUnit?.Name).toBe(Name)
      }),
      { numRuns: 60 },
    )
  })

  it('a trail is created, logs, keeps its selectors and is seen from other regions', async () => {
    const { cloudtrail } = stand
    await cloudtrail.send(
      new CreateTrailCommand({
        Name: 'main',
        S3BucketName: 'logs',
        IsMultiRegionTrail: true,
        EnableLogFileValidation: true,
      }),
    )
    expect((await cloudtrail.send(new GetTrailStatusCommand({ Name: 'main' }))).IsLogging).toBe(false)
    await cloudtrail.send(new StartLoggingCommand({ Name: 'main' }))
    const status = await cloudtrail.send(new GetTrailStatusCommand({ Name: 'main' }))
    expect(status.IsLogging).toBe(true)
    expect(status.StartLoggingTime).toBeInstanceOf(Date)
    const AdvancedEventSelectors = [
      { Name: 'all', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] },
    ]
    await cloudtrail.send(new PutEventSelectorsCommand({ TrailName: 'main', AdvancedEventSelectors }))
    const selectors = await cloudtrail.send(new GetEventSelectorsCommand({ TrailName: 'main' }))
    expect(selectors.AdvancedEventSelectors).toEqual(AdvancedEventSelectors)
    const elsewhere = clientsOf(stand.sandbox, stand.sandbox, 'eu-west-1').cloudtrail
    const { trailList } = await elsewhere.send(new DescribeTrailsCommand({}))
    expect(trailList).toMatchObject([{ Name: 'main', HomeRegion: 'us-east-1', LogFileValidationEnabled: true }])
    const missing = await thrown(cloudtrail.send(new GetTrailStatusCommand({ Name: 'nope' })))
    expect(missing).toBeInstanceOf(TrailNotFoundException)
  })

  it('LookupEvents tells the calls of one access key, the newest first, in pages', async () => {
    const key = addAccessKey(world, account, addUser(world, account, 'watched'))
    const { sts } = clientsOf(stand.sandbox, key)
    for (let i = 0; i < 3; i++) await sts.send(new GetCallerIdentityCommand({}))
    await thrown(clientsOf(stand.sandbox, key).iam.send(new GetUserCommand({ UserName: 'nobody' })))
    const LookupAttributes = [{ AttributeKey: 'AccessKeyId' as const, AttributeValue: key.accessKeyId }]
    const events = []
    let NextToken: string | undefined
    do {
      const page = await stand.cloudtrail.send(new LookupEventsCommand({ LookupAttributes, MaxResults: 2, NextToken }))
      events.push(...(page.Events ?? []))
      NextToken = page.NextToken
    } while (NextToken)
    expect(events.map(({ EventName }) => EventName)).toEqual(['GetUser', ...Array(3).fill('GetCallerIdentity')])
    const event = JSON.parse(events[0]!.CloudTrailEvent!)
    expect(event).toMatchObject({
      errorCode: 'NoSuchEntity',
      eventSource: 'iam.amazonaws.com',
      sourceIPAddress: '127.0.0.1',
      userIdentity: { type: 'IAMUser', userName: 'watched', accessKeyId: key.accessKeyId },
    })
  })
})

describe('restJson1', () => {
  it('an alternate contact is put, got and missing', async () => {
    const contact = {
      AlternateContactType: 'SECURITY' as const,
      Name: 'Ünï "quoted" <&>\u0001',
      Title: 'CISO',
      EmailAddress: 'sec@example.com',
      PhoneNumber: '+1 555 0100',
    }
    const get = new GetAlternateContactCommand({ AlternateContactType: 'SECURITY' })
    expect(await thrown(stand.account.send(get))).toBeInstanceOf(ContactNotFound)
    await stand.account.send(new PutAlternateContactCommand(contact))
    expect((await stand.account.send(get)).AlternateContact).toEqual(contact)
  })

  it('the pages of ListRegions together are all regions', async () => {
    const names: (string | undefined)[] = []
    for await (const { Regions } of paginateListRegions({ client: stand.account, pageSize: 10 }, {}))
      names.push(...(Regions ?? []).map(({ RegionName }) => RegionName))
    expect(names).toEqual([...account.regions.keys()])
  })

  it('an analyzer is made, listed and got by the name in the path', async () => {
    const command = new CreateAnalyzerCommand({
      analyzerName: 'outside',
      type: 'ACCOUNT_UNUSED_ACCESS',
      configuration: { unusedAccess: { unusedAccessAge: 45 } },
      tags: { owner: 'sec' },
    })
    await stand.accessAnalyzer.send(command)
    const { analyzer } = await stand.accessAnalyzer.send(new GetAnalyzerCommand({ analyzerName: 'outside' }))
    expect(analyzer).toMatchObject({
      name: 'outside',
      status: 'ACTIVE',
      tags: { owner: 'sec' },
      configuration: { unusedAccess: { unusedAccessAge: 45 } },
    })
    expect(analyzer?.createdAt).toBeInstanceOf(Date)
    const names = []
    for await (const page of paginateListAnalyzers({ client: stand.accessAnalyzer }, { type: 'ACCOUNT_UNUSED_ACCESS' }))
      names.push(...(page.analyzers ?? []).map(({ name }) => name))
    expect(names).toEqual(['outside'])
    const missing = await thrown(stand.accessAnalyzer.send(new GetAnalyzerCommand({ analyzerName: 'a b/c' })))
    expect(missing).toBeInstanceOf(AnalyzerNotFound)
    expect(missing).toMatchObject({ resourceId: 'a b/c', resourceType: 'analyzer' })
  })
})

describe('ec2Query', () => {
  const profile = addInstanceProfile(world, account, 'web', { role: addRole(world, account, 'web') })
  const instances = Array.from({ length: 23 }, (_, i) =>
    addInstance(world, account, 'eu-west-1', {
      instanceProfile: i % 2 === 0 ? profile : null,
      metadataOptions: { httpTokens: i % 3 === 0 ? 'optional' : 'required' },
      tags: { Name: `web ${i} <&>`, env: i < 5 ? 'prod' : 'test' },
    }),
  )
  const there = () => clientsOf(stand.sandbox, stand.sandbox, 'eu-west-1').ec2

  it('the pages of DescribeInstances together are all instances of the region', async () => {
    const ids: (string | undefined)[] = []
    for await (const { Reservations } of paginateDescribeInstances({ client: there(), pageSize: 5 }, {}))
      ids.push(
        ...(Reservations ?? []).flatMap(({ Instances }) => (Instances ?? []).map(({ InstanceId }) => InstanceId)),
      )
    expect(ids).toEqual(instances.map(({ instanceId }) => instanceId))
    expect((await stand.ec2.send(new DescribeInstancesCommand({}))).Reservations).toEqual([])
  })

  it('filters choose by tag, state and metadata options', async () => {
    const Filters = [
      { Name: 'tag:env', Values: ['pr*'] },
      { Name: 'metadata-options.http-tokens', Values: ['optional'] },
      { Name: 'instance-state-name', Values: ['running', 'stopped'] },
    ]
    const { Reservations } = await there().send(new DescribeInstancesCommand({ Filters }))
    const found = Reservations?.flatMap(({ Instances }) => Instances ?? [])
    expect(found?.map(({ InstanceId }) => InstanceId)).toEqual([instances[0]!.instanceId, instances[3]!.instanceId])
    expect(found?.[0]?.IamInstanceProfile?.Arn).toBe(profile.arn)
    expect(found?.[0]?.Tags).toContainEqual({ Key: 'Name', Value: 'web 0 <&>' })
    expect(found?.[0]?.LaunchTime).toBeInstanceOf(Date)
  })

  it('metadata options and the instance profile can be changed', async () => {
    const InstanceId = instances[3]!.instanceId
    await there().send(
      new ModifyInstanceMetadataOptionsCommand({ InstanceId, HttpTokens: 'required', HttpPutResponseHopLimit: 1 }),
    )
    const IamInstanceProfile = { Name: 'web' }
    await there().send(new AssociateIamInstanceProfileCommand({ InstanceId, IamInstanceProfile }))
    const { Reservations } = await there().send(new DescribeInstancesCommand({ InstanceIds: [InstanceId] }))
    expect(Reservations![0]!.Instances![0]).toMatchObject({
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      IamInstanceProfile: { Arn: profile.arn },
    })
  })

  it('errors have EC2’s own codes', async () => {
    const command = new DescribeInstancesCommand({ InstanceIds: ['i-00000000000000000'] })
    expect((await thrown(there().send(command))).name).toBe('InvalidInstanceID.NotFound')
    const few = new DescribeInstancesCommand({ MaxResults: 2 })
    expect((await thrown(there().send(few))).name).toBe('InvalidParameterValue')
  })

  it('regions that are off are listed only on demand', async () => {
    const enabled = (await stand.ec2.send(new DescribeRegionsCommand({}))).Regions
    expect(enabled).toHaveLength(17)
    const all = (await stand.ec2.send(new DescribeRegionsCommand({ AllRegions: true }))).Regions
    expect(all?.find(({ RegionName }) => RegionName === 'me-south-1')?.OptInStatus).toBe('not-opted-in')
  })
})
