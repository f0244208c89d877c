/** What plans ask of CloudTrail. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type MadeUpEvent, madeUpEvent } from '../../../test/trail/made-up-event.ts'
import { engineOf } from '../../../test/trail/store.ts'
import type { Engine } from '../engines/engine.ts'
import { recordedCalls } from './recorded-calls.ts'
import { recordedUse } from './recorded-use.ts'

const ACCOUNT = '111122223333'
const CI = `arn:aws:iam::${ACCOUNT}:user/ci`
const ROLE = `arn:aws:iam::${ACCOUNT}:role/vendor`
const PASSED = `arn:aws:iam::${ACCOUNT}:role/app`

const EVENTS: MadeUpEvent[] = [
  madeUpEvent(),
  madeUpEvent({ eventTime: '2026-01-06T10:20:30Z' }),
  madeUpEvent({ eventName: 'DeleteBucket', errorCode: 'AccessDenied' }),
  // let through, and there was none: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
  madeUpEvent({ eventName: 'GetBucketPolicy', errorCode: 'NoSuchBucketPolicy' }),
  madeUpEvent({
    eventSource: 'lambda.amazonaws.com',
    eventName: 'CreateFunction20150331',
    requestParameters: { functionName: 'nightly', role: PASSED },
  }),
  madeUpEvent({
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    userIdentity: { type: 'AWSAccount', principalId: 'AROAEXAMPLE:x', accountId: '999988887777' },
    requestParameters: { roleArn: ROLE, roleSessionName: 'x' },
  }),
]

let engine: Engine
const question = () => ({ engine, within: { from: '2026-01-01', to: '2026-01-31' } })
beforeAll(async () => {
  engine = await engineOf(EVENTS)
})
afterAll(() => engine.close())

it('who used what, passed which role, and took which: only what was let through', async () => {
  const use = await recordedUse(question(), ACCOUNT)
  expect(use).toMatchObject({ accountId: ACCOUNT, from: '2026-01-05', to: '2026-01-06', regions: ['us-east-1'] })
  expect(use.principals.map(({ principalArn }) => principalArn)).toEqual([CI])
  const [ci] = use.principals
  expect(ci!.actions.map(({ action, calls }) => [action, calls])).toEqual([
    ['lambda:CreateFunction', 1],
    ['s3:GetBucketPolicy', 1],
    ['s3:ListAllMyBuckets', 2],
  ])
  expect(ci!.passedRoles).toMatchObject([{ roleArn: PASSED, calls: 1 }])
  expect(use.assumptions).toMatchObject([{ roleArn: ROLE, by: null, byAccount: '999988887777', calls: 1 }])
})

it('distinct calls with their counts, what policies ask for, and those of other accounts that take a role', async () => {
  const { calls, complete } = await recordedCalls(question(), ACCOUNT, [
    'aws:multifactorauthpresent',
    'aws:requestedregion',
  ])
  expect(complete).toBe(true)
  expect(calls.find(({ action }) => action === 's3:ListAllMyBuckets')).toMatchObject({
    principal: CI,
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    resources: ['*'],
    // a long-term key: the request says nothing of MFA
    context: { 'aws:multifactorauthpresent': null, 'aws:requestedregion': 'us-east-1' },
    calls: 2,
  })
  expect(calls.find(({ action }) => action === 'iam:PassRole')).toMatchObject({ principal: CI, resources: [PASSED] })
  expect(calls.find(({ action }) => action === 'sts:AssumeRole')).toMatchObject({
    principal: null,
    principalAccount: '999988887777',
    resources: [ROLE],
  })
  expect(calls.some(({ action }) => action === 's3:DeleteBucket')).toBe(false)
  expect(calls.some(({ action }) => action === 's3:GetBucketPolicy')).toBe(true)
})
