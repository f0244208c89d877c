/** An event is the same to an incident, whether the store has it or CloudTrail's event history was asked. */
import { expect, it } from 'vitest'
import { type MadeUpEvent, madeUpEvent } from '../../test/trail/made-up-event.ts'
import { engineOf } from '../../test/trail/store.ts'
import { keyEventsIn } from './key-event.ts'
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

it('the store and the event history say the same', async () => {
  const engine = await engineOf(EVENTS)
  const question = { engine, within: { from: '2026-01-01', to: '2026-01-31' } }
  const { events, cut } = await keyEvents(question, [CI, 'ASIAIOSFODNN7EXAMPLE'])
  await engine.close()
  expect(cut).toBe(false)
  const answer = { Events: EVENTS.map((event) => ({ CloudTrailEvent: JSON.stringify(event) })) }
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
