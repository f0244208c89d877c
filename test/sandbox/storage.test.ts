/**
 * S3, what trails bring into it, and Athena. Object keys, listings and errors as
 * https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html has them.
 */
import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena'
import {
  CloudTrailClient,
  CreateTrailCommand,
  GetTrailStatusCommand,
  LookupEventsCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail'
import { CreateAccessKeyCommand, CreateUserCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorizeByPolicies } from '../../src/sandbox/authorization/authorize.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { addAccessKey, addAccount, addRole, addUser } from '../../src/sandbox/state.ts'
import { smallWorld, start, thrown } from './start.ts'

const { world, account } = smallWorld()
const other = addAccount(world, { accountId: '444455556666' })
const otherUser = addUser(world, other, 'olga', {
  inlinePolicies: { all: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } },
})
const otherKey = addAccessKey(world, other, otherUser)

let stand: Awaited<ReturnType<typeof start>>
let s3: S3Client
let settings: ReturnType<typeof settingsOf>

function settingsOf({ endpoint, region, accessKeyId, secretAccessKey }: Sandbox) {
  return { endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 }
}

beforeAll(async () => {
  stand = await start({ world, settings: { trailDelayMs: 0 } })
  settings = settingsOf(stand.sandbox)
  s3 = new S3Client(settings)
})
afterAll(() => stand.sandbox.close())

async function textOf(Bucket: string, Key: string, Range?: string): Promise<string> {
  return (await s3.send(new GetObjectCommand({ Bucket, Key, Range }))).Body!.transformToString()
}

describe('S3', () => {
  it('keeps objects under any key, with their metadata', async () => {
    const Bucket = 'objects'
    await s3.send(new CreateBucketCommand({ Bucket }))
    for (const Key of ['plain.txt', 'a//b/', 'ü & <x>?#%.txt', '/leading']) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: `of ${Key}`, Metadata: { by: 'me' } }))
      expect(await textOf(Bucket, Key)).toBe(`of ${Key}`)
    }
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'plain.txt' }))
    expect(head).toMatchObject({ ContentLength: 12, Metadata: { by: 'me' } })
    expect(await textOf(Bucket, 'plain.txt', 'bytes=3-7')).toBe('plain')
    expect(await textOf(Bucket, 'plain.txt', 'bytes=-3')).toBe('txt')
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/plain.txt` }))
    expect(await textOf(Bucket, 'copy')).toBe('of plain.txt')
    expect((await thrown(s3.send(new GetObjectCommand({ Bucket, Key: 'nothing' })))).name).toBe('NoSuchKey')
    expect((await thrown(s3.send(new DeleteBucketCommand({ Bucket })))).name).toBe('BucketNotEmpty')
    const Objects = [{ Key: 'copy' }, { Key: 'a//b/' }]
    const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
    expect(Deleted).toEqual(Objects)
  })

  it('takes a stream that comes in chunks, with its checksum behind', async () => {
    const Bucket = 'objects'
    const Body = Readable.from([Buffer.from('one '), Buffer.from('two')])
    await s3.send(new PutObjectCommand({ Bucket, Key: 'stream', Body, ContentLength: 7, ChecksumAlgorithm: 'CRC32' }))
    expect(await textOf(Bucket, 'stream')).toBe('one two')
  })

  it('lists in pages, in the order of bytes, and folds what shares a prefix', async () => {
    const Bucket = 'listed'
    await s3.send(new CreateBucketCommand({ Bucket }))
    const keys = ['a/1', 'a/2', 'b/x/1', 'b/y', 'c', 'é', 'Z']
    for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
    const found: string[] = []
    let ContinuationToken: string | undefined
    do {
      const page = await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 2, ContinuationToken }))
      found.push(...(page.Contents ?? []).map(({ Key }) => Key!))
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken)
    expect(found).toEqual(['Z', 'a/1', 'a/2', 'b/x/1', 'b/y', 'c', 'é'])
    const folded = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }))
    expect(folded.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['a/', 'b/'])
    expect(folded.Contents?.map(({ Key }) => Key)).toEqual(['Z', 'c', 'é'])
    const under = await s3.send(new ListObjectsCommand({ Bucket, Prefix: 'b/', Delimiter: '/' }))
    expect(under.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['b/x/'])
  })

  it('has names that are unique over accounts, and a region for each bucket', async () => {
    const { endpoint } = stand.sandbox
    const theirs = new S3Client({ endpoint, region: 'eu-west-1', credentials: otherKey, maxAttempts: 1 })
    const create = (Bucket: string, LocationConstraint: 'eu-west-1' | 'eu-west-2') =>
      theirs.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }))
    expect((await thrown(create('theirs', 'eu-west-2'))).name).toBe('IllegalLocationConstraintException')
    expect((await thrown(create('listed', 'eu-west-1'))).name).toBe('BucketAlreadyExists')
    await create('theirs', 'eu-west-1')
    expect((await theirs.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toEqual(['theirs'])
    const location = await s3.send(new GetBucketLocationCommand({ Bucket: 'theirs' }))
    expect(location.LocationConstraint).toBe('eu-west-1')
    const elsewhere = await thrown(s3.send(new HeadBucketCommand({ Bucket: 'theirs' })))
    expect(elsewhere.$metadata?.httpStatusCode).toBe(301)
    // as clients that follow do
    const following = new S3Client({ ...settings, followRegionRedirects: true })
    await following.send(new ListObjectsV2Command({ Bucket: 'theirs' }))
  })

  it('refuses by the bucket policy, and lets others in by it', async () => {
    const { sandbox } = await start({ world: smallWorld().world, authorize: authorizeByPolicies })
    const guarded = addAccount(sandbox.world, { accountId: '777788889999' })
    const guest = addUser(sandbox.world, guarded, 'guest', {
      inlinePolicies: {
        s3: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] },
      },
    })
    const owner = new S3Client(settingsOf(sandbox))
    const theirs = new S3Client({ ...settingsOf(sandbox), credentials: addAccessKey(sandbox.world, guarded, guest) })
    const Bucket = 'guarded'
    await owner.send(new CreateBucketCommand({ Bucket }))
    await owner.send(new PutObjectCommand({ Bucket, Key: 'open/x', Body: 'x' }))
    await owner.send(new PutObjectCommand({ Bucket, Key: 'shut/x', Body: 'x' }))
    const get = (client: S3Client, Key: string) => client.send(new GetObjectCommand({ Bucket, Key }))
    expect((await thrown(get(theirs, 'open/x'))).name).toBe('AccessDenied')
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: guest.arn },
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::${Bucket}/open/*`,
        },
        { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/shut/*` },
      ],
    })
    await owner.send(new PutBucketPolicyCommand({ Bucket, Policy }))
    expect((await owner.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toBe(Policy)
    await get(theirs, 'open/x')
    expect((await thrown(get(theirs, 'shut/x'))).name).toBe('AccessDenied')
    expect((await thrown(get(owner, 'shut/x'))).name).toBe('AccessDenied')
    await sandbox.close()
  })
})

describe('CloudTrail', () => {
  const forCloudTrail = (bucket: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'cloudtrail.amazonaws.com' },
          Action: 's3:PutObject',
          Resource: `arn:aws:s3:::${bucket}/AWSLogs/*`,
          Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } },
        },
      ],
    })

  async function eventsIn(Bucket: string): Promise<Record<string, unknown>[]> {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }))
    const files = await Promise.all(
      Contents.map(async ({ Key }) => {
        expect(Key).toMatch(
          /^AWSLogs\/\d{12}\/CloudTrail\/[a-z0-9-]+\/\d{4}\/\d\d\/\d\d\/\d{12}_CloudTrail_[a-z0-9-]+_\d{8}T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz$/,
        )
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
        return JSON.parse(gunzipSync(await Body!.transformToByteArray()).toString()).Records
      }),
    )
    return files.flat()
  }

  it('brings files into the bucket of a trail once its policy lets it, and nothing is lost until then', async () => {
    const Bucket = 'logs'
    await s3.send(new CreateBucketCommand({ Bucket }))
    await stand.cloudtrail.send(
      new CreateTrailCommand({ Name: 'all-regions', S3BucketName: Bucket, IsMultiRegionTrail: true }),
    )
    await stand.sts.send(new GetCallerIdentityCommand({}))
    await stand.cloudtrail.send(new StartLoggingCommand({ Name: 'all-regions' }))
    await stand.iam.send(new CreateUserCommand({ UserName: 'logged' }))
    await new CloudTrailClient({ ...settings, region: 'eu-west-1' }).send(new LookupEventsCommand({}))
    const status = () => stand.cloudtrail.send(new GetTrailStatusCommand({ Name: 'all-regions' }))
    expect((await status()).LatestDeliveryError).toBe('AccessDenied')
    expect(await eventsIn(Bucket)).toEqual([])
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: forCloudTrail(Bucket) }))
    const events = await eventsIn(Bucket)
    const names = events.map(({ eventName }) => eventName)
    expect(names).toEqual(expect.arrayContaining(['CreateUser', 'LookupEvents', 'PutBucketPolicy']))
    // before the trail logged; and data events, which it was not told to take
    for (const name of ['GetCallerIdentity', 'ListObjectsV2', 'GetObject']) expect(names).not.toContain(name)
    expect(events.find(({ eventName }) => eventName === 'CreateUser')).toMatchObject({
      eventSource: 'iam.amazonaws.com',
      awsRegion: 'us-east-1',
      recipientAccountId: account.accountId,
      requestParameters: { userName: 'logged' },
      responseElements: { user: { userName: 'logged', path: '/' } },
    })
    expect((await status()).LatestDeliveryError).toBeUndefined()
    // each event once, however often somebody looks
    const ids = (await eventsIn(Bucket)).map(({ eventID }) => eventID)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('brings data events to trails that are told to take them', async () => {
    const Bucket = 'data-logs'
    await s3.send(new CreateBucketCommand({ Bucket }))
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: forCloudTrail(Bucket) }))
    await stand.cloudtrail.send(new CreateTrailCommand({ Name: 'data', S3BucketName: Bucket }))
    await stand.cloudtrail.send(
      new PutEventSelectorsCommand({
        TrailName: 'data',
        EventSelectors: [
          {
            ReadWriteType: 'WriteOnly',
            IncludeManagementEvents: false,
            DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::objects/'] }],
          },
        ],
      }),
    )
    await stand.cloudtrail.send(new StartLoggingCommand({ Name: 'data' }))
    await s3.send(new PutObjectCommand({ Bucket: 'objects', Key: 'seen', Body: 'x' }))
    await s3.send(new PutObjectCommand({ Bucket: 'listed', Key: 'unseen', Body: 'x' }))
    await textOf('objects', 'seen')
    const events = await eventsIn(Bucket)
    expect(events.map(({ eventName, requestParameters }) => [eventName, requestParameters])).toEqual([
      ['PutObject', expect.objectContaining({ bucketName: 'objects', key: 'seen' })],
    ])
  })

  const lookUp = async (
    AttributeKey: 'ResourceName' | 'AccessKeyId' | 'EventName',
    AttributeValue: string,
    client = stand.cloudtrail,
  ) => {
    const { Events = [] } = await client.send(
      new LookupEventsCommand({ LookupAttributes: [{ AttributeKey, AttributeValue }] }),
    )
    return Events.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent!))
  }

  it('finds events by what they are about, and tells of a key that is refused', async () => {
    const { AccessKey } = await stand.iam.send(new CreateAccessKeyCommand({ UserName: 'logged' }))
    const { AccessKeyId, SecretAccessKey } = AccessKey!
    expect((await lookUp('ResourceName', AccessKeyId!)).map(({ eventName }) => eventName)).toEqual(['CreateAccessKey'])
    await stand.iam.send(new UpdateAccessKeyCommand({ UserName: 'logged', AccessKeyId, Status: 'Inactive' }))
    const credentials = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey! }
    await thrown(new STSClient({ ...settings, credentials }).send(new GetCallerIdentityCommand({})))
    expect(await lookUp('AccessKeyId', AccessKeyId!)).toMatchObject([
      { eventName: 'GetCallerIdentity', errorCode: 'InvalidClientTokenId', userIdentity: { userName: 'logged' } },
    ])
  })

  it('tells both accounts of a role that is taken from one by the other', async () => {
    const role = addRole(world, other, 'guest', {
      trustPolicy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: account.accountId }, Action: 'sts:AssumeRole' }],
      },
    })
    const taken = await stand.sts.send(new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: 'here' }))
    const [ours] = await lookUp('EventName', 'AssumeRole')
    const [theirs] = await lookUp(
      'EventName',
      'AssumeRole',
      new CloudTrailClient({ ...settings, credentials: otherKey }),
    )
    const accessKeyId = taken.Credentials!.AccessKeyId
    expect(ours).toMatchObject({ recipientAccountId: account.accountId, userIdentity: { type: 'IAMUser' } })
    expect(theirs).toMatchObject({
      recipientAccountId: other.accountId,
      userIdentity: { type: 'AWSAccount', accountId: account.accountId },
      responseElements: { credentials: { accessKeyId } },
      sharedEventID: ours.sharedEventID,
    })
    expect(theirs.eventID).not.toBe(ours.eventID)
  })

  it('holds no secret', async () => {
    const canary = 'canary-0123456789-secret'
    const secrets = new SecretsManagerClient(settings)
    await secrets.send(new CreateSecretCommand({ Name: 'with-canary', SecretString: canary }))
    const records = JSON.stringify(stand.sandbox.calls().records)
    expect(records).toContain('with-canary')
    expect(records).not.toContain(canary)
    const known = [...world.accessKeys.values()].map(({ key }) => key.secretAccessKey)
    const sessions = [...world.sessions.values()].flatMap((session) => [session.secretAccessKey, session.sessionToken])
    expect(known.length).toBeGreaterThan(2)
    for (const secret of [...known, ...sessions]) expect(records.includes(secret)).toBe(false)
  })
})

it('Athena runs what it is asked, over nothing but the query', async () => {
  const athena = new AthenaClient(settings)
  await s3.send(new CreateBucketCommand({ Bucket: 'results' }))
  const run = async (QueryString: string) => {
    const { QueryExecutionId } = await athena.send(
      new StartQueryExecutionCommand({ QueryString, ResultConfiguration: { OutputLocation: 's3://results/' } }),
    )
    for (;;) {
      const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }))
      const { State, StateChangeReason } = QueryExecution!.Status!
      if (State === 'RUNNING') await new Promise((resolve) => setTimeout(resolve, 20))
      else if (State === 'FAILED') return { failed: StateChangeReason! }
      else {
        const { ResultSet } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId }))
        const rows = ResultSet!.Rows!.map(({ Data }) => Data!.map(({ VarCharValue }) => VarCharValue ?? null))
        return { rows, file: await textOf('results', `${QueryExecutionId}.csv`) }
      }
    }
  }
  expect(await run(`SELECT 6 * 7 AS answer, NULL AS nothing, 'a"b' AS text`)).toEqual({
    rows: [
      ['answer', 'nothing', 'text'],
      ['42', null, 'a"b'],
    ],
    file: '"answer","nothing","text"\n"42",,"a""b"\n',
  })
  expect((await run('SELEC nonsense')).failed).toMatch(/syntax error/)
  expect((await run(`SELECT * FROM read_text('/etc/passwd')`)).failed).toMatch(/disabled|permission/i)
})
