import { expect, it } from 'vitest'
import type { UsedAction } from '../model/trail.ts'
import { grantedUse } from './granted-use.ts'

function used(action: string, calls = 1, errors = 0): UsedAction {
  const time = '2026-01-05T00:00:00Z'
  return {
    action,
    isIamAction: true,
    calls,
    errors,
    denied: 0,
    firstSeen: time,
    lastSeen: time,
    resources: 0,
    unknownResources: 0,
    topResources: [],
  }
}

it('keeps apart what was used, what was not, and what no event would tell', () => {
  const granted = ['iam:ListUsers', 'iam:PassRole', 's3:GetBucketPolicy', 's3:GetObject', 's3:ListAllMyBuckets']
  expect(
    grantedUse('arn', granted, [used('s3:ListAllMyBuckets'), used('iam:ListUsers', 2, 2), used('ec2:RunInstances')]),
  ).toEqual({
    principal: 'arn',
    used: ['s3:ListAllMyBuckets'],
    // its calls all failed
    unused: ['iam:ListUsers', 's3:GetBucketPolicy'],
    unknown: [
      { action: 'iam:PassRole', why: 'no-event' },
      { action: 's3:GetObject', why: 'data-event' },
    ],
    usedNotGranted: ['ec2:RunInstances'],
  })
})

it('is not sure of a service that was called by something whose action is not known', () => {
  const calls = [used('cassandra.amazonaws.com:CreateTable'), used('signin.amazonaws.com:ConsoleLogin')]
  expect(grantedUse('arn', ['cassandra:Create', 'iam:ListUsers'], calls)).toEqual({
    principal: 'arn',
    used: [],
    unused: ['iam:ListUsers'],
    unknown: [{ action: 'cassandra:Create', why: 'unnamed-call' }],
    usedNotGranted: [],
  })
})

it('counts a data action as used when a data event says so', () => {
  expect(grantedUse('arn', ['s3:GetObject'], [used('s3:GetObject')]).used).toEqual(['s3:GetObject'])
})
