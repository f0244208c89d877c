import { expect, it } from 'vitest'
import { actionNames } from './actions.ts'
import { eventOf } from './events.ts'

/** Who takes silence about these for a proof that nobody needs them takes mail, streams and queries away. */
it.each([
  ['ses:SendEmail', 'data-event'],
  ['ses:SendRawEmail', 'data-event'],
  ['rds-data:ExecuteStatement', 'data-event'],
  ['cloudwatch:GetMetricData', 'data-event'],
  ['appconfig:GetLatestConfiguration', 'data-event'],
  ['cassandra:Select', 'data-event'],
  ['s3-object-lambda:WriteGetObjectResponse', 'data-event'],
  ['sqs:SendMessage', 'data-event'],
  ['s3:GetObjectVersion', 'data-event'],
  ['firehose:PutRecordBatch', 'no-event'],
  ['events:PutEvents', 'no-event'],
  ['logs:FilterLogEvents', 'no-event'],
  ['es:ESHttpGet', 'no-event'],
  ['aoss:APIAccessAll', 'no-event'],
  ['kafka-cluster:ReadData', 'no-event'],
  ['rds-db:connect', 'no-event'],
  ['elasticfilesystem:ClientMount', 'no-event'],
  ['eks:AccessKubernetesApi', 'no-event'],
  ['iam:PassRole', 'no-event'],
  ['ses:CreateEmailIdentity', 'management-event'],
  ['es:CreateDomain', 'management-event'],
  ['events:PutRule', 'management-event'],
  ['s3:GetBucketPolicy', 'management-event'],
  ['iam:CreateUser', 'management-event'],
  ['kms:Decrypt', 'management-event'],
] as const)('silence about %s: %s', (action, event) => {
  expect(actionNames()).toContain(action)
  expect(eventOf(action)).toBe(event)
})
