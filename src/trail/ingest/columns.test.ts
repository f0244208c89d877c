/** What becomes of a record's fields. */
import { describe, expect, it } from 'vitest'
import { type MadeUpEvent, madeUpEvent } from '../../../test/trail/made-up-event.ts'
import { engineOf } from '../../../test/trail/store.ts'

const ACCOUNT = '111122223333'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/app`

const SESSION = {
  type: 'AssumedRole',
  principalId: 'AROACKCEVSQ6C2EXAMPLE:i-0abc',
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/app/i-0abc`,
  accountId: ACCOUNT,
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  sessionContext: {
    sessionIssuer: { type: 'Role', arn: `arn:aws:iam::${ACCOUNT}:role/path/app`, userName: 'app' },
    attributes: { creationDate: '2026-01-05T09:00:00Z', mfaAuthenticated: 'true' },
    ec2RoleDelivery: '2.0',
  },
}

/** Each with the columns that are expected of it. */
const CASES: [string, MadeUpEvent, Record<string, unknown>][] = [
  [
    'a user with a long-term key',
    { userAgent: 'Boto3/1.34' },
    {
      event_time: '2026-01-05T10:20:30.000Z',
      day: '2026-01-05',
      account_id: ACCOUNT,
      service: 's3',
      action: 's3:ListAllMyBuckets',
      network: '198.51.100.0/24',
      ip_class: 'public',
      agent_family: 'boto3',
      principal_arn: `arn:aws:iam::${ACCOUNT}:user/ci`,
      user_name: 'ci',
      access_key_id: 'AKIAIOSFODNN7EXAMPLE',
      key_kind: 'long-term',
      mfa: null,
      ec2_delivery: false,
      resource: null,
      resource_known: false,
      resources: '',
    },
  ],
  [
    'a session of a role',
    { userIdentity: SESSION },
    {
      principal_arn: `arn:aws:iam::${ACCOUNT}:role/path/app`,
      session_name: 'i-0abc',
      principal_id: 'AROACKCEVSQ6C2EXAMPLE',
      key_kind: 'temporary',
      mfa: true,
      session_created: '2026-01-05T09:00:00.000Z',
      ec2_delivery: true,
    },
  ],
  [
    'a session without its issuer',
    { userIdentity: { ...SESSION, sessionContext: {} } },
    { principal_arn: ROLE, session_name: 'i-0abc', mfa: null },
  ],
  [
    'credentials from STS',
    {
      eventSource: 'sts.amazonaws.com',
      eventName: 'AssumeRole',
      requestParameters: { roleArn: 'arn:aws:iam::444455556666:role/far', roleSessionName: 's' },
      responseElements: { credentials: { accessKeyId: 'ASIANEWKEY0000000001', sessionToken: 'x' } },
    },
    {
      new_access_key: 'ASIANEWKEY0000000001',
      target_role_arn: 'arn:aws:iam::444455556666:role/far',
      external_account: '444455556666',
      resource: 'arn:aws:iam::444455556666:role/far',
      resource_known: true,
    },
  ],
  [
    'a caller of another account',
    { userIdentity: { type: 'AWSAccount', principalId: 'AROAEXAMPLE:x', accountId: '444455556666' } },
    { identity_account: '444455556666', external_account: '444455556666', principal_arn: null },
  ],
  [
    'who comes by an identity provider',
    { userIdentity: { type: 'WebIdentityUser', principalId: 'accounts.example.com:app:user', userName: 'user' } },
    { principal_id: 'accounts.example.com:app:user', session_name: null, user_name: 'user', principal_arn: null },
  ],
  [
    'an access key made for another user',
    {
      eventSource: 'iam.amazonaws.com',
      eventName: 'CreateAccessKey',
      requestParameters: { userName: 'other' },
      responseElements: { accessKey: { accessKeyId: 'AKIANEWKEY0000000001', userName: 'other', status: 'Active' } },
    },
    {
      target_user: 'other',
      new_access_key: 'AKIANEWKEY0000000001',
      // users have paths, which the request does not say
      resource: `arn:aws:iam::${ACCOUNT}:user/other`,
      resource_known: false,
    },
  ],
  [
    'a key that is switched off',
    {
      eventSource: 'iam.amazonaws.com',
      eventName: 'UpdateAccessKey',
      requestParameters: { userName: 'ci', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', status: 'Inactive' },
    },
    { target_key: 'AKIAIOSFODNN7EXAMPLE', target_user: 'ci' },
  ],
  [
    'a policy that is attached to a role',
    {
      eventSource: 'iam.amazonaws.com',
      eventName: 'AttachRolePolicy',
      requestParameters: { roleName: 'app', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
    },
    { policy_arn: 'arn:aws:iam::aws:policy/AdministratorAccess', target_role_arn: ROLE, external_account: null },
  ],
  [
    'a console log-in with MFA',
    {
      eventSource: 'signin.amazonaws.com',
      eventName: 'ConsoleLogin',
      eventType: 'AwsConsoleSignIn',
      additionalEventData: { MFAUsed: 'Yes' },
      responseElements: { ConsoleLogin: 'Success' },
    },
    { mfa: true, console_login_result: 'Success', action: null, additional: '{"MFAUsed":"Yes"}' },
  ],
  [
    'an object in a bucket',
    { eventName: 'GetObject', requestParameters: { bucketName: 'b', key: 'a/b.csv' } },
    { resource: 'arn:aws:s3:::b/a/b.csv', resource_known: true },
  ],
  [
    'a bucket in China',
    { eventName: 'GetBucketAcl', awsRegion: 'cn-north-1', requestParameters: { bucketName: 'b' } },
    { resource: 'arn:aws-cn:s3:::b' },
  ],
  [
    'several instances',
    {
      eventSource: 'ec2.amazonaws.com',
      eventName: 'StopInstances',
      requestParameters: { instancesSet: { items: [{ instanceId: 'i-1' }, { instanceId: 'i-2' }] } },
    },
    {
      resources: `arn:aws:ec2:us-east-1:${ACCOUNT}:instance/i-1\narn:aws:ec2:us-east-1:${ACCOUNT}:instance/i-2`,
      resource_known: true,
    },
  ],
  [
    'a queue',
    {
      eventSource: 'sqs.amazonaws.com',
      eventName: 'PurgeQueue',
      requestParameters: { queueUrl: 'https://sqs.us-east-1.amazonaws.com/111122223333/jobs' },
    },
    { resource: `arn:aws:sqs:us-east-1:${ACCOUNT}:jobs` },
  ],
  [
    'a parameter, whose name begins with the slash',
    { eventSource: 'ssm.amazonaws.com', eventName: 'GetParameter', requestParameters: { name: '/prod/db' } },
    { resource: `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/prod/db` },
  ],
  [
    'a key by its alias, which may be any key',
    { eventSource: 'kms.amazonaws.com', eventName: 'Decrypt', requestParameters: { keyId: 'alias/x' } },
    { resource_known: false },
  ],
  [
    'a secret by its name, whose ARN ends in six more characters',
    { eventSource: 'secretsmanager.amazonaws.com', eventName: 'GetSecretValue', requestParameters: { secretId: 'db' } },
    { resource: `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:db`, resource_known: false },
  ],
  [
    'a secret by its ARN',
    {
      eventSource: 'secretsmanager.amazonaws.com',
      eventName: 'GetSecretValue',
      requestParameters: { secretId: `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:db-AbCdEf` },
    },
    { resource_known: true },
  ],
  [
    'resources that the event has',
    {
      requestParameters: { bucketName: 'other' },
      resources: [
        { ARN: 'arn:aws:s3:::b/k', type: 'AWS::S3::Object' },
        { ARN: 'arn:aws:s3:::b', accountId: ACCOUNT },
      ],
    },
    { resource: 'arn:aws:s3:::b/k', resources: 'arn:aws:s3:::b/k\narn:aws:s3:::b', resource_known: true },
  ],
  [
    'a service without a rule, by an ARN in its request',
    {
      eventSource: 'codestar-connections.amazonaws.com',
      eventName: 'GetConnection',
      requestParameters: { resourceArn: `arn:aws:codestar-connections:us-east-1:${ACCOUNT}:connection/x` },
    },
    { resource: `arn:aws:codestar-connections:us-east-1:${ACCOUNT}:connection/x` },
  ],
  [
    'a function that gets a role',
    {
      eventSource: 'lambda.amazonaws.com',
      eventName: 'CreateFunction20150331',
      requestParameters: { functionName: 'f', role: ROLE },
    },
    { action: 'lambda:CreateFunction', passed_role: ROLE, passed_roles: ROLE },
  ],
  [
    'a task that gets two roles',
    {
      eventSource: 'ecs.amazonaws.com',
      eventName: 'RegisterTaskDefinition',
      requestParameters: { taskRoleArn: ROLE, executionRoleArn: `${ROLE}-pull` },
    },
    { passed_role: ROLE, passed_roles: `${ROLE}\n${ROLE}-pull` },
  ],
  [
    'a person in the console, as it was written until 2020',
    {
      userIdentity: {
        type: 'Root',
        principalId: ACCOUNT,
        arn: `arn:aws:iam::${ACCOUNT}:root`,
        accountId: ACCOUNT,
        invokedBy: 'signin.amazonaws.com',
      },
    },
    { invoked_by: null, from_console: true },
  ],
  [
    'a version of an object, for which S3 asks another action',
    { eventName: 'GetObject', requestParameters: { bucketName: 'b', key: 'k', versionId: 'v1' } },
    { action: 's3:GetObjectVersion' },
  ],
  [
    'the head of a version',
    { eventName: 'HeadObject', requestParameters: { bucketName: 'b', key: 'k', versionId: 'v1' } },
    { action: 's3:GetObjectVersion' },
  ],
  [
    'an object without a version',
    { eventName: 'HeadObject', requestParameters: { bucketName: 'b', key: 'k', versionId: '' } },
    { action: 's3:GetObject' },
  ],
  [
    "an object in another account's bucket, which comes second",
    {
      eventName: 'GetObject',
      resources: [
        { ARN: 'arn:aws:s3:::b/k', type: 'AWS::S3::Object' },
        { ARN: 'arn:aws:s3:::b', accountId: '444455556666' },
      ],
    },
    { external_account: '444455556666' },
  ],
  [
    // https://docs.aws.amazon.com/kms/latest/developerguide/ct-reencrypt.html
    'data encrypted anew, from a key of another account',
    {
      eventSource: 'kms.amazonaws.com',
      eventName: 'ReEncrypt',
      resources: [
        { accountId: ACCOUNT, type: 'AWS::KMS::Key', ARN: `arn:aws:kms:us-east-1:${ACCOUNT}:key/a` },
        { accountId: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
        { accountId: '444455556666', type: 'AWS::KMS::Key', ARN: 'arn:aws:kms:us-east-1:444455556666:key/b' },
      ],
    },
    { external_account: '444455556666' },
  ],
  [
    // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    'a session that says when it began in the basic notation of ISO 8601',
    {
      userIdentity: { ...SESSION, sessionContext: { attributes: { creationDate: '20260105T090000Z' } } },
    },
    { session_created: '2026-01-05T09:00:00.000Z' },
  ],
  [
    'a group of logs, which is asked for with what follows its name',
    { eventSource: 'logs.amazonaws.com', eventName: 'PutRetentionPolicy', requestParameters: { logGroupName: '/app' } },
    { resource: `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/app:log-stream:`, resource_known: true },
  ],
  [
    'a stream of logs',
    {
      eventSource: 'logs.amazonaws.com',
      eventName: 'CreateLogStream',
      requestParameters: { logGroupName: '/app', logStreamName: 'a/b' },
    },
    { resource: `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/app:log-stream:a/b`, resource_known: true },
  ],
  [
    'tags of a group of logs, which are asked for with its name alone',
    {
      eventSource: 'logs.amazonaws.com',
      eventName: 'TagResource',
      requestParameters: { resourceArn: `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/app` },
    },
    { resource: `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/app` },
  ],
  [
    'a function by a part of its ARN',
    {
      eventSource: 'lambda.amazonaws.com',
      eventName: 'GetFunction20150331v2',
      requestParameters: { functionName: '444455556666:function:f' },
    },
    { resource_known: false },
  ],
  [
    'a function by its name',
    {
      eventSource: 'lambda.amazonaws.com',
      eventName: 'GetFunction20150331v2',
      requestParameters: { functionName: 'f' },
    },
    { resource: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:f`, resource_known: true },
  ],
  [
    'a version of a parameter',
    { eventSource: 'ssm.amazonaws.com', eventName: 'GetParameter', requestParameters: { name: 'db:3' } },
    { resource_known: false },
  ],
  [
    'parameters, one of a version',
    { eventSource: 'ssm.amazonaws.com', eventName: 'GetParameters', requestParameters: { names: ['db', 'key:3'] } },
    { resource_known: false },
  ],
  [
    'parameters',
    { eventSource: 'ssm.amazonaws.com', eventName: 'GetParameters', requestParameters: { names: ['db', 'key'] } },
    { resource_known: true },
  ],
  [
    'a document, which is no parameter',
    { eventSource: 'ssm.amazonaws.com', eventName: 'GetDocument', requestParameters: { name: 'AWS-RunShellScript' } },
    { resource: `arn:aws:ssm:us-east-1:${ACCOUNT}:document/AWS-RunShellScript`, resource_known: false },
  ],
  [
    'an index of a table',
    {
      eventSource: 'dynamodb.amazonaws.com',
      eventName: 'Query',
      requestParameters: { tableName: 't', indexName: 'i' },
      resources: [{ ARN: `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/t`, accountId: ACCOUNT }],
    },
    { resource: `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/t/index/i`, resource_known: true },
  ],
  [
    'request parameters too long to keep',
    { requestParameters: { text: 'x'.repeat(40_000) } },
    { request_parameters: '{"omitted":"longer than 32768 characters"}' },
  ],
]

describe('in the store', async () => {
  const events = CASES.map(([, fields]) => madeUpEvent(fields))
  const engine = await engineOf(events)
  const rows = await engine.query('SELECT * FROM {{events}}')
  await engine.close()
  it.each(CASES.map(([name, , expected], i) => [name, expected, events[i]!.eventID] as const))(
    '%s',
    (_, expected, id) => {
      expect(rows.find(({ event_id }) => event_id === id)).toMatchObject(expected)
    },
  )
})
