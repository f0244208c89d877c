import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MadeUpEvent, madeUpEvent } from '../../../test/trail/made-up-event.ts'
import { engineOf } from '../../../test/trail/store.ts'
import { compilePolicy } from '../../policy/compile.ts'
import { parsePolicy } from '../../policy/parse.ts'
import type { PolicyInput } from '../../policy/request.ts'
import type { Engine } from '../engines/engine.ts'
import { AwsPlaces } from '../names/aws-places.ts'
import { placesOfGroups } from './aws-places.ts'
import { consumersOf, horizonOf } from './consumers.ts'
import { errorUses } from './errors.ts'
import { keyAlarms } from './key-alarms.ts'
import { keyStory } from './key-story.ts'
import { keyActivities } from './keys.ts'
import { replay } from './replay.ts'
import { rootUses } from './root.ts'
import type { Question } from './scope.ts'
import { servicesInUse } from './services.ts'
import { roleSessions } from './sessions.ts'
import { usedActions } from './usage.ts'
import { whoIs } from './who.ts'

const ACCOUNT = '111122223333'
const CI = 'AKIAIOSFODNN7EXAMPLE'
const OTHER = 'AKIAI44QH8DHBEXAMPLE'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/deploy`

function session(key: string, role = 'deploy', name = 'release'): MadeUpEvent {
  return {
    userIdentity: {
      type: 'AssumedRole',
      principalId: `AROAEXAMPLE:${name}`,
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${name}`,
      accountId: ACCOUNT,
      accessKeyId: key,
      sessionContext: { sessionIssuer: { arn: `arn:aws:iam::${ACCOUNT}:role/${role}`, userName: role } },
    },
  }
}

function assumes(role: string, key: string, fields: MadeUpEvent = {}): MadeUpEvent {
  return madeUpEvent({
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    requestParameters: { roleArn: `arn:aws:iam::${ACCOUNT}:role/${role}`, roleSessionName: 'release' },
    responseElements: { credentials: { accessKeyId: key } },
    ...fields,
  })
}

/** A week of a build: every working day, once a week a report from elsewhere, a chain of roles, a few mistakes. */
const EVENTS: MadeUpEvent[] = [
  ...['05', '06', '07', '08', '09'].flatMap((day) => [
    madeUpEvent({ eventTime: `2026-01-${day}T08:00:00Z` }),
    madeUpEvent({
      eventTime: `2026-01-${day}T08:01:00Z`,
      eventName: 'PutObject',
      readOnly: false,
      requestParameters: { bucketName: 'builds', key: `${day}.zip` },
    }),
  ]),
  ...['06', '13', '20'].map((day) =>
    madeUpEvent({
      eventTime: `2026-01-${day}T02:00:00Z`,
      eventName: 'GetBucketAcl',
      requestParameters: { bucketName: 'reports' },
      sourceIPAddress: '203.0.113.9',
      userAgent: 'Boto3/1.34',
    }),
  ),
  assumes('deploy', 'ASIADEPLOY0000000001', { eventTime: '2026-01-07T08:02:00Z' }),
  assumes('admin', 'ASIAADMIN00000000001', { eventTime: '2026-01-07T08:03:00Z', ...session('ASIADEPLOY0000000001') }),
  madeUpEvent({
    eventTime: '2026-01-07T08:04:00Z',
    ...session('ASIAADMIN00000000001', 'admin'),
    errorCode: 'AccessDenied',
  }),
  madeUpEvent({
    eventTime: '2026-01-07T09:00:00Z',
    eventSource: 'lambda.amazonaws.com',
    eventName: 'CreateFunction20150331',
    readOnly: false,
    requestParameters: { functionName: 'f', role: ROLE },
  }),
  madeUpEvent({
    eventTime: '2026-01-07T09:01:00Z',
    eventName: 'GetObject',
    errorCode: 'AccessDenied',
    errorMessage: 'User is not authorized',
    requestParameters: { bucketName: 'payroll', key: 'all.csv' },
  }),
  madeUpEvent({
    eventTime: '2026-01-08T09:01:00Z',
    userIdentity: {
      type: 'IAMUser',
      arn: `arn:aws:iam::${ACCOUNT}:user/other`,
      accountId: ACCOUNT,
      accessKeyId: OTHER,
      userName: 'other',
    },
  }),
  madeUpEvent({
    eventTime: '2026-01-08T10:00:00Z',
    userIdentity: { type: 'Root', arn: `arn:aws:iam::${ACCOUNT}:root`, accountId: ACCOUNT },
    eventSource: 'signin.amazonaws.com',
    eventName: 'ConsoleLogin',
    eventType: 'AwsConsoleSignIn',
    responseElements: { ConsoleLogin: 'Success' },
    additionalEventData: { MFAUsed: 'No' },
  }),
]

let engine: Engine
let question: Question

beforeAll(async () => {
  engine = await engineOf(EVENTS)
  question = { engine, within: { from: '2026-01-01', to: '2026-01-31' } }
})
afterAll(() => engine.close())

describe('keys', () => {
  it('tells of each long-term key when and from where it was used', async () => {
    const [other, ci] = await keyActivities(question)
    expect(ci).toMatchObject({
      accessKeyId: CI,
      principal: `arn:aws:iam::${ACCOUNT}:user/ci`,
      firstSeen: '2026-01-05T08:00:00.000Z',
      lastSeen: '2026-01-20T02:00:00.000Z',
      daysActive: 7,
      calls: 16,
      errors: 1,
      denied: 1,
      services: ['lambda', 's3', 'sts'],
      agents: ['aws-cli', 'boto3'],
      networks: 2,
      networksAtOnce: 1,
    })
    expect(other!.accessKeyId).toBe(OTHER)
  })

  it('tells of temporary keys when asked, and nothing of other days', async () => {
    expect((await keyActivities(question, { temporary: true })).map(({ accessKeyId }) => accessKeyId)).toContain(
      'ASIAADMIN00000000001',
    )
    expect(await keyActivities({ engine, within: { from: '2025-01-01', to: '2025-12-31' } })).toEqual([])
  })
})

describe('usage', () => {
  it('counts actions and resources, and infers iam:PassRole', async () => {
    const actions = await usedActions(question, await whoIs(question, CI))
    expect(actions.map(({ action, calls }) => [action, calls])).toEqual([
      ['iam:PassRole', 1],
      ['lambda:CreateFunction', 1],
      ['s3:GetBucketAcl', 3],
      ['s3:GetObject', 1],
      ['s3:ListAllMyBuckets', 5],
      ['s3:PutObject', 5],
      ['sts:AssumeRole', 1],
    ])
    expect(actions[0]!.topResources).toEqual([{ arn: ROLE, calls: 1 }])
    expect(actions[5]).toMatchObject({ resources: 5, unknownResources: 0 })
    expect(actions[3]).toMatchObject({ denied: 1, errors: 1 })
  })

  it('finds a principal by its name, and says when there is none', async () => {
    expect((await whoIs(question, 'ci')).label).toBe(`arn:aws:iam::${ACCOUNT}:user/ci`)
    expect((await whoIs(question, `arn:aws:sts::${ACCOUNT}:assumed-role/deploy/x`)).label).toBe(ROLE)
    await expect(whoIs(question, 'c%')).rejects.toThrow('no such key, user or role')
  })

  it('finds the role of a session, whose ARN does not name the path that the role has', async () => {
    const fields = session('ASIAPATHS00000000001', 'a_b')
    const { sessionContext } = fields.userIdentity as { sessionContext: { sessionIssuer: { arn: string } } }
    const arn = `arn:aws:iam::${ACCOUNT}:role/team/ci/a_b`
    sessionContext.sessionIssuer.arn = arn
    const other = await engineOf([madeUpEvent(fields), madeUpEvent(session('ASIAPATHS00000000002', 'axb'))])
    const asked = (name: string) => whoIs({ ...question, engine: other }, name)
    for (const name of ['release', 'earlier'])
      expect((await asked(`arn:aws:sts::${ACCOUNT}:assumed-role/a_b/${name}`)).label).toBe(arn)
    // of another account, and of none that is in the events
    for (const [account, role] of [
      ['444455556666', 'a_b'],
      [ACCOUNT, 'other'],
    ])
      expect((await asked(`arn:aws:sts::${account}:assumed-role/${role}/x`)).label).toBe(
        `arn:aws:iam::${account}:role/${role}`,
      )
    await other.close()
  })
})

describe('consumers', () => {
  it('are told apart, each with its cadence and when it is due again', async () => {
    const consumers = await consumersOf(question, await whoIs(question, CI))
    expect(
      consumers.map(({ network, agent, cadence, nextExpected }) => [network, agent, cadence, nextExpected]),
    ).toEqual([
      ['198.51.100.0/24', 'aws-cli', 'daily', '2026-01-10'],
      ['203.0.113.0/24', 'boto3', 'weekly', '2026-01-27'],
    ])
  })

  it('say what too short a time cannot tell', () => {
    expect(horizonOf({ from: '2026-01-01', to: '2026-01-30', events: 1 })).toContain('once a month')
    expect(horizonOf({ from: '2026-01-01', to: '2026-01-03', events: 1 })).toContain('once a week')
    expect(horizonOf({ from: '2026-01-01', to: '2026-06-03', events: 1 })).toBeNull()
  })
})

describe("AWS's addresses", () => {
  const range = { family: 'ipv4', address: '203.0.113.0', length: 24, service: 'EC2', region: 'eu-west-1' } as const
  const places = new AwsPlaces([range, { ...range, service: 'AMAZON' }])

  it('are told of consumers and keys, with service and region', async () => {
    const consumers = await consumersOf(question, await whoIs(question, CI), places)
    expect(consumers.map(({ network, aws }) => [network, aws])).toEqual([
      ['198.51.100.0/24', []],
      ['203.0.113.0/24', [{ service: 'EC2', region: 'eu-west-1' }]],
    ])
    const keys = await keyActivities(question, { awsPlaces: places })
    expect(keys.map(({ accessKeyId, aws }) => [accessKeyId, aws?.length])).toContainEqual([CI, 1])
    const story = (await keyStory(question, CI, { awsPlaces: places }))!
    expect(story.consumers).toEqual(consumers)
    expect(story.key).toEqual(keys.find(({ accessKeyId }) => accessKeyId === CI))
  })

  it('are told of each action, and of the roles that were passed by it', async () => {
    const who = await whoIs(question, CI)
    const used = await usedActions(question, who, places)
    const of = async (filter: string, params: Record<string, string>) => {
      const found = await consumersOf(
        question,
        { ...who, filter: `${who.filter} AND ${filter}`, params: { ...who.params, ...params } },
        places,
      )
      return found.some(({ aws }) => aws?.length) ? [{ service: 'EC2', region: 'eu-west-1' }] : []
    }
    for (const { action, aws } of used) expect(aws).toEqual(await of('action = {{action}}', { action }))
    expect(new Set(used.map(({ aws }) => aws!.length))).toEqual(new Set([0, 1]))
    expect(used.map(({ aws, ...rest }) => rest)).toEqual(await usedActions(question, who))
  })

  it('are not known, rather than none, without the list', async () => {
    const [consumer] = await consumersOf(question, await whoIs(question, CI))
    expect(consumer).not.toHaveProperty('aws')
  })

  it('are not known of what has more addresses than are looked up', async () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => ({
      access_key_id: i < 10 ? 'AKIAFEW' : 'AKIAMANY',
      source_ip: '203.0.113.1',
    }))
    const engine: Engine = { name: 'duckdb', query: async () => rows, close: async () => {} }
    const who = { filter: 'true', params: {} }
    const placesOf = await placesOfGroups({ ...question, engine }, places, ['access_key_id'], who)
    expect(['AKIAFEW', 'AKIAMANY', 'AKIALATER'].map((access_key_id) => placesOf({ access_key_id })?.length)).toEqual([
      1,
      undefined,
      undefined,
    ])
  })
})

describe('sessions', () => {
  it('are chained back to the key they began with', async () => {
    const [only, ...more] = await roleSessions(question, 'admin')
    expect(more).toEqual([])
    expect(only).toMatchObject({
      by: ROLE,
      byKey: 'ASIADEPLOY0000000001',
      chain: [CI],
      accessKeyId: 'ASIAADMIN00000000001',
      calls: 1,
      errors: 1,
    })
  })

  it('of a role are not those of another whose name ends or looks alike', async () => {
    const assumed = (role: string) =>
      madeUpEvent({
        eventSource: 'sts.amazonaws.com',
        eventName: 'AssumeRole',
        requestParameters: { roleArn: `arn:aws:iam::111122223333:role/${role}` },
      })
    const other = await engineOf(['a_b', 'axb', 'ci/a_b', 'ci-a_b'].map(assumed))
    const of = async (role: string) =>
      (await roleSessions({ ...question, engine: other }, role)).map(({ role }) => role.split('role/')[1]).sort()
    expect(await of('a_b')).toEqual(['a_b', 'ci/a_b'])
    expect(await of('arn:aws:iam::111122223333:role/a_b')).toEqual(['a_b'])
    // as it is shown
    expect(await of('role/a_b')).toEqual(['a_b', 'ci/a_b'])
    expect(await of('role/ci/a_b')).toEqual(['ci/a_b'])
    await other.close()
  })

  // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html has
  // sharedEventID: an event in each account
  it('of a role in another account are told once, where both accounts have them', async () => {
    const role = 'arn:aws:iam::444455556666:role/far'
    const far = { requestParameters: { roleArn: role }, recipientAccountId: '444455556666' }
    const byAccount = { userIdentity: { type: 'AWSAccount', principalId: 'AIDACKCEVSQ6C2EXAMPLE', accountId: ACCOUNT } }
    const [known, unknown] = ['ASIAFARAWAY000000001', 'ASIAFARAWAY000000002']
    const other = await engineOf([
      assumes('far', known!, { ...far, ...byAccount, sharedEventID: 'a' }),
      assumes('far', known!, { ...far, recipientAccountId: ACCOUNT, sharedEventID: 'a' }),
      assumes('far', unknown!, { ...far, ...byAccount }),
    ])
    const sessions = await roleSessions({ ...question, engine: other }, 'far')
    await other.close()
    expect(sessions.map(({ accessKeyId, byKey }) => [accessKeyId, byKey]).sort()).toEqual([
      [known, CI],
      [unknown, null],
    ])
  })

  it('are of whom the identity provider names', async () => {
    const assumed = (eventName: string, userIdentity: object) =>
      madeUpEvent({
        eventSource: 'sts.amazonaws.com',
        eventName,
        userIdentity,
        requestParameters: { roleArn: 'arn:aws:iam::111122223333:role/build' },
      })
    const other = await engineOf([
      assumed('AssumeRoleWithWebIdentity', { type: 'WebIdentityUser', userName: 'repo:acme/app:ref:main' }),
      assumed('AssumeRoleWithSAML', { type: 'SAMLUser', userName: 'alice@example.com' }),
    ])
    const sessions = await roleSessions({ ...question, engine: other }, 'build')
    await other.close()
    expect(sessions.map(({ by }) => by).sort()).toEqual(['alice@example.com', 'repo:acme/app:ref:main'])
  })
})

it('services, root and errors are counted', async () => {
  expect((await servicesInUse(question)).map(({ service, calls }) => [service, calls])).toEqual([
    ['s3', 16],
    ['sts', 2],
    ['lambda', 1],
    ['signin', 1],
  ])
  expect(await rootUses(question)).toMatchObject([
    { action: 'signin.amazonaws.com:ConsoleLogin', mfa: false, calls: 1 },
  ])
  expect(
    (await errorUses(question)).map(({ accessKeyId, action, errorCode }) => [accessKeyId, action, errorCode]),
  ).toEqual([
    [null, 's3:ListAllMyBuckets', 'AccessDenied'],
    [CI, 's3:GetObject', 'AccessDenied'],
  ])
})

describe('the story of a key', () => {
  it('says what it did, from where, what it made, and what is near it', async () => {
    const story = (await keyStory(question, CI))!
    expect(story.changesInAll).toBe(6)
    expect(story.changes.at(-1)).toMatchObject({ action: 's3:PutObject', resource: 'arn:aws:s3:::builds/09.zip' })
    expect(story.descendants.map(({ accessKeyId, calls }) => [accessKeyId, calls])).toEqual([
      ['ASIADEPLOY0000000001', 1],
      ['ASIAADMIN00000000001', 1],
    ])
    expect(story.otherKeys).toMatchObject([{ accessKeyId: OTHER, why: 'same-network' }])
  })

  it('is the same whether or not the events of the key are held in memory', async () => {
    const { keep, ...plain } = engine
    expect(keep).toBeDefined()
    const story = await keyStory(question, CI)
    expect(await keyStory({ ...question, engine: plain }, CI)).toEqual(story)
    expect(await keyStory({ ...question, engine: { ...plain, keep: async () => null } }, CI)).toEqual(story)
  })

  it('knows an allowance as expired when the days asked for end after it, though the key was silent since', async () => {
    const settings = (expires: string) => ({
      allowances: [{ detection: '*', accessKey: CI, reason: 'a drill', expires }],
      trustedAccounts: [],
      decoyKeys: [],
    })
    const statuses = async (to: string, expires: string) => {
      const engine = await engineOf([
        madeUpEvent({ userAgent: 'TruffleHog', userIdentity: { accessKeyId: CI } }),
        madeUpEvent({ eventTime: '2026-01-30T00:00:00Z' }),
      ])
      const asked = { engine, within: { from: '2026-01-01', to } }
      const alarms = await keyAlarms(asked, CI, settings(expires))
      await engine.close()
      return alarms.map(({ status }) => status)
    }
    expect(await statuses('2026-01-30', '2026-01-10')).toEqual(['open'])
    expect(await statuses('2026-01-08', '2026-01-10')).toEqual(['allowed'])
  })

  it('is none of a key that is in no event', async () => {
    expect(await keyStory(question, 'AKIANOTSEEN000000000')).toBeNull()
  })
})

describe('replay', () => {
  const policy = (...statements: object[]): PolicyInput[] => [
    { name: 'proposed.json', policy: compilePolicy(parsePolicy({ Version: '2012-10-17', Statement: statements })) },
  ]
  const verdicts = async (policies: PolicyInput[]) => {
    const { calls } = await replay(question, await whoIs(question, CI), policies)
    return Object.fromEntries(
      [...calls].map(({ action, resource, verdict }) => [`${action} ${resource ?? ''}`.trim(), verdict]),
    )
  }

  it('tells what would still be allowed and what would be denied', async () => {
    const found = await verdicts(
      policy(
        { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' },
        { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::builds/*' },
        { Effect: 'Deny', Action: 's3:PutObject', Resource: 'arn:aws:s3:::builds/09.zip' },
        { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: ROLE },
      ),
    )
    expect(found).toMatchObject({
      's3:ListAllMyBuckets': 'still-allowed',
      's3:PutObject arn:aws:s3:::builds/05.zip': 'still-allowed',
      's3:PutObject arn:aws:s3:::builds/09.zip': 'would-be-denied',
      's3:GetBucketAcl arn:aws:s3:::reports': 'would-be-denied',
      [`sts:AssumeRole ${ROLE}`]: 'still-allowed',
      [`iam:PassRole ${ROLE}`]: 'would-be-denied',
    })
    // it failed, so nothing is lost with it
    expect(Object.keys(found).filter((call) => call.includes('payroll'))).toEqual([])
  })

  it('knows what was asked from where, when a condition asks', async () => {
    const found = await verdicts(
      policy({
        Effect: 'Allow',
        Action: 's3:*',
        Resource: '*',
        Condition: { IpAddress: { 'aws:SourceIp': '198.51.100.0/24' } },
      }),
    )
    expect(found).toMatchObject({
      's3:ListAllMyBuckets': 'still-allowed',
      's3:GetBucketAcl arn:aws:s3:::reports': 'would-be-denied',
    })
  })

  it('does not guess what no event tells', async () => {
    const found = await verdicts(
      policy({
        Effect: 'Allow',
        Action: 's3:*',
        Resource: '*',
        Condition: { StringEquals: { 'aws:PrincipalTag/team': 'build' } },
      }),
    )
    expect(found['s3:ListAllMyBuckets']).toBe('cannot-know')
  })
})
