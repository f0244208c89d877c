/** An event is the same to an incident, whether the store has it or CloudTrail's event history was asked. */
import { expect, it } from 'vitest'
import { type MadeUpEvent, madeUpEvent } from '../../test/trail/made-up-event.ts'
import { engineOf } from '../../test/trail/store.ts'
import { keyEventsIn } from './key-event.ts'
import { RESOURCE_RULES } from './names/resources.ts'
import { keyEvents } from './questions/key-events.ts'

const CI = 'AKIAIOSFODNN7EXAMPLE'
const ROLE = 'arn:aws:iam::111122223333:role/deploy'

const SESSION = {
  type: 'AssumedRole',
  principalId: 'AROAEXAMPLE:release',
  arn: 'arn:aws:sts::111122223333:assumed-role/deploy/release',
  accountId: '111122223333',
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  sessionContext: { sessionIssuer: { type: 'Role', arn: ROLE, userName: 'deploy' } },
}

const EVENTS: MadeUpEvent[] = [
  madeUpEvent(),
  madeUpEvent({
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    requestParameters: { roleArn: ROLE, roleSessionName: 'release' },
    responseElements: { credentials: { accessKeyId: 'ASIAIOSFODNN7EXAMPLE' } },
  }),
  madeUpEvent({
    userIdentity: SESSION,
    eventSource: 'iam.amazonaws.com',
    eventName: 'CreateAccessKey',
    readOnly: false,
    requestParameters: { userName: 'ci' },
    responseElements: { accessKey: { accessKeyId: 'AKIAI44QH8DHBEXAMPLE', userName: 'ci', status: 'Active' } },
  }),
  madeUpEvent({
    userIdentity: SESSION,
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'GetSecretValue',
    awsRegion: 'eu-west-1',
    requestParameters: { secretId: 'prod/db' },
    errorCode: 'AccessDenied',
    sourceIPAddress: '2001:db8::1',
  }),
  madeUpEvent({ eventSource: 'lambda.amazonaws.com', eventName: 'Invoke', requestParameters: { functionName: 'f' } }),
]

/** What the parameter of a rule may be. */
const asked = (path: string, value: string): object =>
  path
    .split('.')
    .reverse()
    .reduce<unknown>((inner, step) => {
      const name = step.replace('[*]', '')
      return step.endsWith('[*]') ? { [name]: [inner, inner] } : { [name]: inner }
    }, value) as object

const SOURCES: { [service: string]: string } = { 'ssm documents': 'ssm', 'logs streams': 'logs' }
const NAMES: { [service: string]: string } = { 'ssm documents': 'SendCommand', 'logs streams': 'PutLogEvents' }

/** For each rule, events that it makes an ARN of. */
const OF_RULES: MadeUpEvent[] = RESOURCE_RULES.flatMap(({ service, parameter, below }) =>
  [
    '/some/name',
    'arn:aws:x:eu-west-1:111122223333:y/z',
    'https://sqs.eu-west-1.amazonaws.com/444455556666/jobs',
    '',
  ].map((value) =>
    madeUpEvent({
      awsRegion: 'cn-north-1',
      eventSource: `${SOURCES[service] ?? service}.amazonaws.com`,
      eventName: NAMES[service] ?? 'Something',
      requestParameters: {
        ...(below && asked(below, 'what is below')),
        ...asked(parameter, value),
        resourceArn: 'arn:a',
      },
    }),
  ),
)

const OTHERS: MadeUpEvent[] = [
  madeUpEvent({
    eventSource: 'dynamodb.amazonaws.com',
    eventName: 'Query',
    requestParameters: { tableName: 't', indexName: 'i' },
  }),
  madeUpEvent({
    eventSource: 'iam.amazonaws.com',
    eventName: 'AttachRolePolicy',
    requestParameters: { roleName: 'app', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
  }),
  madeUpEvent({
    eventSource: 'iam.amazonaws.com',
    eventName: 'CreateUser',
    requestParameters: { userName: 'x' },
    responseElements: { user: { arn: 'arn:aws:iam::111122223333:user/path/x' } },
  }),
  madeUpEvent({
    eventSource: 'lambda.amazonaws.com',
    eventName: 'CreateFunction20150331',
    requestParameters: { functionName: 'f', roleArn: ROLE },
  }),
]

it('the store and the event history say the same', async () => {
  const all = [...EVENTS, ...OTHERS, ...OF_RULES]
  const engine = await engineOf(all)
  const question = { engine, within: { from: '2026-01-01', to: '2026-01-31' } }
  const { events, cut } = await keyEvents(question, [CI, 'ASIAIOSFODNN7EXAMPLE'])
  await engine.close()
  expect(cut).toBe(false)
  const answer = { Events: all.map((event) => ({ CloudTrailEvent: JSON.stringify(event) })) }
  const { events: asked, unreadable } = keyEventsIn(answer)
  expect(unreadable).toBe(0)
  const byId = (list: typeof events) => [...list].sort((a, b) => (a.eventId < b.eventId ? -1 : 1))
  expect(byId(asked)).toEqual(byId(events))
  // what made something comes first, where not all are looked at
  expect(events.slice(0, 2).map(({ newAccessKeyId }) => newAccessKeyId)).not.toContain(null)
})

it('leaves out what is no event, bounds what is long, and paints over a secret in a name', () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzR4nd0mK3y'
  const event = madeUpEvent({
    eventSource: 's3.amazonaws.com',
    eventName: 'CreateBucket',
    requestParameters: { bucketName: secret },
    errorCode: 'x'.repeat(5000),
    userIdentity: ['no object'],
  })
  const { events, unreadable } = keyEventsIn({
    Events: [
      { CloudTrailEvent: JSON.stringify(event) },
      { CloudTrailEvent: '{"eventName":' },
      { CloudTrailEvent: '{"eventName": "x"}' },
      { CloudTrailEvent: 7 },
    ],
  })
  expect(unreadable).toBe(3)
  expect(events).toHaveLength(1)
  expect(events[0]).toMatchObject({ accessKeyId: null, principal: null, action: 's3:CreateBucket' })
  expect(events[0]!.errorCode!.length).toBeLessThan(1000)
  expect(JSON.stringify(events)).not.toContain(secret)
})
