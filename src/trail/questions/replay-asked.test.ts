/** What a call is asked for beyond what its event says at first sight. */
import { expect, it } from 'vitest'
import { type MadeUpEvent, madeUpEvent } from '../../../test/trail/made-up-event.ts'
import { engineOf } from '../../../test/trail/store.ts'
import { compilePolicy } from '../../policy/compile.ts'
import { parsePolicy } from '../../policy/parse.ts'
import { replay } from './replay.ts'
import { whoIs } from './who.ts'

/** `action resource: verdict`, sorted. */
async function verdicts(events: readonly MadeUpEvent[], ...allowed: [action: string, resource: string][]) {
  const engine = await engineOf(events)
  try {
    const question = { engine, within: { from: '2026-01-01', to: '2026-12-31' } }
    const Statement = allowed.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource }))
    const policies = [{ name: 'p', policy: compilePolicy(parsePolicy({ Version: '2012-10-17', Statement })) }]
    const { calls } = await replay(question, await whoIs(question, 'ci'), policies)
    return [...calls].map(({ action, resource, verdict }) => `${action} ${resource}: ${verdict}`).sort()
  } finally {
    await engine.close()
  }
}

const call = (service: string, eventName: string, requestParameters: object | null, more: object = {}) =>
  madeUpEvent({ eventSource: `${service}.amazonaws.com`, eventName, requestParameters, ...more })

it('cannot know of a call whose action is not known, and says so', async () => {
  const events = [
    call('dynamodb', 'ExecuteStatement', { statement: '***' }),
    call('signin', 'GetSigninToken', null),
    call('ec2', 'SharedSnapshotCopyInitiated', null, { eventType: 'AwsServiceEvent' }),
  ]
  expect(await verdicts(events)).toEqual(['dynamodb.amazonaws.com:ExecuteStatement null: cannot-know'])
})

it('does not take one resource for all that a call needs', async () => {
  const attach = call('ec2', 'AttachVolume', { instanceId: 'i-1', volumeId: 'vol-1' })
  const instance = 'arn:aws:ec2:us-east-1:111122223333:instance/i-1'
  expect(await verdicts([attach], ['ec2:*', 'arn:aws:ec2:*:*:instance/*'])).toEqual([
    `ec2:AttachVolume ${instance}: cannot-know`,
  ])
  expect(await verdicts([attach], ['ec2:*', '*'])).toEqual([`ec2:AttachVolume ${instance}: still-allowed`])
  expect(await verdicts([attach], ['ec2:*', 'arn:aws:ec2:*:*:volume/*'])).toEqual([
    `ec2:AttachVolume ${instance}: would-be-denied`,
  ])
})

it('takes a listener of one kind of load balancer for what it is', async () => {
  const listenerArn = 'arn:aws:elasticloadbalancing:us-east-1:111122223333:listener/app/a/1/2'
  const modify = call('elasticloadbalancing', 'ModifyListener', { listenerArn })
  expect(await verdicts([modify], ['elasticloadbalancing:*', 'arn:aws:elasticloadbalancing:*:*:listener/*'])).toEqual([
    `elasticloadbalancing:ModifyListener ${listenerArn}: still-allowed`,
  ])
})

it('asks for the object that was copied, too', async () => {
  const copy = (source: string) => call('s3', 'CopyObject', { bucketName: 'to', key: 'k', 'x-amz-copy-source': source })
  const events = [copy('/from/a%20"b.csv'), copy('from/old?versionId=v1'), copy('%')]
  expect(
    await verdicts(events, ['s3:PutObject', 'arn:aws:s3:::to/*'], ['s3:GetObject', 'arn:aws:s3:::from/*']),
  ).toEqual([
    's3:GetObject arn:aws:s3:::from/a "b.csv: still-allowed',
    's3:GetObject null: cannot-know',
    's3:GetObjectVersion arn:aws:s3:::from/old: would-be-denied',
    's3:PutObject arn:aws:s3:::to/k: still-allowed',
  ])
})

it('asks for one key to encrypt from and another to encrypt to', async () => {
  const key = (id: string) => `arn:aws:kms:us-east-1:111122223333:key/${id}`
  const events = [call('kms', 'ReEncrypt', {}, { resources: ['x', 'y'].map((id) => ({ ARN: key(id) })) })]
  expect(await verdicts(events, ['kms:ReEncryptFrom', key('x')], ['kms:ReEncryptTo', '*'])).toEqual([
    `kms:ReEncryptFrom ${key('x')}: cannot-know`,
    `kms:ReEncryptTo ${key('x')}: still-allowed`,
  ])
})

it('lets the policy of a log group that everyone writes allow what AWS lets it allow', async () => {
  const events = [
    call('logs', 'CreateLogStream', { logGroupName: '/aws/lambda/f', logStreamName: 's' }),
    call('logs', 'PutRetentionPolicy', { logGroupName: '/aws/lambda/f' }),
  ]
  const group = 'arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/f'
  expect((await verdicts(events, ['logs:*', `${group}:*`])).every((line) => line.endsWith(': still-allowed'))).toBe(
    true,
  )
  expect((await verdicts(events, ['logs:*', group])).every((line) => line.endsWith(': would-be-denied'))).toBe(true)
})

it('names the proposed statement that allows a call', async () => {
  const engine = await engineOf([
    call('sqs', 'PurgeQueue', { queueUrl: 'https://sqs.us-east-1.amazonaws.com/111122223333/q' }),
  ])
  const question = { engine, within: { from: '2026-01-01', to: '2026-12-31' } }
  const document = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: 'arn:aws:sqs:*' }],
  }
  const policies = [{ name: 'p', policy: compilePolicy(parsePolicy(document)) }]
  const { calls } = await replay(question, await whoIs(question, 'ci'), policies)
  await engine.close()
  expect([...calls].map(({ because }) => because)).toEqual(['p, statement 1'])
})
