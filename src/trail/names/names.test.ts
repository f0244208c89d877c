import { BlockList } from 'node:net'
import { describe, expect, it } from 'vitest'
import { actionNamed, serviceNames } from '../../policy/actions/actions.ts'
import { actionOf } from './actions.ts'
import { agentFamily } from './agents.ts'
import { EVENT_ACTIONS } from './event-actions.ts'
import { networkOf } from './networks.ts'
import { PASSED_ROLES } from './passed-roles.ts'
import { RESOURCE_RULES } from './resources.ts'
import { servicePrefix } from './services.ts'

describe('the IAM action of an event', () => {
  it.each([
    ['s3.amazonaws.com', 'ListBuckets', 's3:ListAllMyBuckets'],
    ['s3.amazonaws.com', 'HeadObject', 's3:GetObject'],
    ['s3.amazonaws.com', 'GetBucketAcl', 's3:GetBucketAcl'],
    ['lambda.amazonaws.com', 'GetFunction20150331v2', 'lambda:GetFunction'],
    ['lambda.amazonaws.com', 'ListFunctions20150331', 'lambda:ListFunctions'],
    ['lambda.amazonaws.com', 'Invoke', 'lambda:InvokeFunction'],
    ['cloudfront.amazonaws.com', 'CreateDistribution2020_05_31', 'cloudfront:CreateDistribution'],
    ['monitoring.amazonaws.com', 'DescribeAlarms', 'cloudwatch:DescribeAlarms'],
    ['email.amazonaws.com', 'GetSendQuota', 'ses:GetSendQuota'],
    ['tagging.amazonaws.com', 'GetResources', 'tag:GetResources'],
    ['apigateway.amazonaws.com', 'GetRestApis', 'apigateway:GET'],
    ['sts.amazonaws.com', 'AssumeRole', 'sts:AssumeRole'],
    ['apigateway.amazonaws.com', 'GetUsagePlanKeys', 'apigateway:GET'],
    ['apigateway.amazonaws.com', 'CreateRoute', 'apigateway:POST'],
    ['apigateway.amazonaws.com', 'ImportApi', 'apigateway:PUT'],
    ['apigateway.amazonaws.com', 'FlushStageCache', 'apigateway:DELETE'],
    ['apigateway.amazonaws.com', 'CreateRoutingRule', 'apigateway:CreateRoutingRule'],
    ['apigateway.amazonaws.com', 'TagResource', null],
    ['autoscaling.amazonaws.com', 'RegisterScalableTarget', 'application-autoscaling:RegisterScalableTarget'],
    ['bedrock.amazonaws.com', 'Converse', 'bedrock:InvokeModel'],
    ['bedrock.amazonaws.com', 'ConverseStream', 'bedrock:InvokeModelWithResponseStream'],
    ['budgets.amazonaws.com', 'DescribeBudgets', 'budgets:ViewBudget'],
    ['cloudcontrolapi.amazonaws.com', 'GetResource', 'cloudformation:GetResource'],
    ['rdsdata.amazonaws.com', 'ExecuteStatement', 'rds-data:ExecuteStatement'],
    ['sns.amazonaws.com', 'PublishBatch', 'sns:Publish'],
    ['sqs.amazonaws.com', 'SendMessageBatch', 'sqs:SendMessage'],
    ['s3.amazonaws.com', 'DeleteBucketOwnershipControls', 's3:PutBucketOwnershipControls'],
    ['dynamodb.amazonaws.com', 'ExecuteStatement', null],
    ['signin.amazonaws.com', 'ConsoleLogin', null],
    ['s3.amazonaws.com', 'NoSuchCall', null],
    ['toString', 'constructor', null],
  ])('%s %s: %s', (source, name, action) => {
    expect(actionOf(source, name)).toBe(action)
  })

  it('is an action that AWS has, for every line of the table', () => {
    expect(Object.values(EVENT_ACTIONS).filter((action) => action !== null && !actionNamed(action))).toEqual([])
  })

  it('stands in the table only where its name does not say it', () => {
    const needless = Object.entries(EVENT_ACTIONS).filter(([event, action]) => action !== null && actionNamed(event))
    expect(needless.map(([event]) => event)).toEqual([])
  })

  it('passes a role only in calls that AWS has', () => {
    expect(Object.keys(PASSED_ROLES).filter((action) => !actionNamed(action))).toEqual([])
  })

  it('has a service that IAM knows', () => {
    const known = new Set(serviceNames())
    expect(
      RESOURCE_RULES.map(({ service }) => service.replace(/ .*/, '')).filter((service) => !known.has(service)),
    ).toEqual([])
    expect(servicePrefix('streams.dynamodb.amazonaws.com')).toBe('dynamodb')
    expect(servicePrefix('s3.amazonaws.com.cn')).toBe('s3')
  })
})

describe('the network of a source address', () => {
  it.each([
    ['198.51.100.7', '198.51.100.0/24', 'public'],
    ['10.1.2.3', '10.1.2.0/24', 'private'],
    ['172.31.0.9', '172.31.0.0/24', 'private'],
    ['100.64.1.1', '100.64.1.0/24', 'private'],
    ['2001:db8:1234:5678::1', '2001:db8:1234::/48', 'public'],
    ['2001:0db8::1', '2001:db8:0::/48', 'public'],
    ['::1', '0:0:0::/48', 'private'],
    ['fd00:1::2', 'fd00:1:0::/48', 'private'],
    ['::ffff:198.51.100.7', '198.51.100.0/24', 'public'],
    ['ec2.amazonaws.com', 'ec2.amazonaws.com', 'aws-service'],
    ['AWS Internal', 'AWS Internal', 'aws-service'],
    ['somewhere', null, null],
    ['', null, null],
    ['300.1.1.1', null, null],
  ])('%s', (source, network, ipClass) => {
    expect(networkOf(source)).toEqual({ network, ipClass })
  })

  it('is of AWS where the published ranges say so', () => {
    const ranges = new BlockList()
    ranges.addSubnet('198.51.100.0', 24, 'ipv4')
    expect(networkOf('198.51.100.7', ranges).ipClass).toBe('aws')
  })
})

describe('the family of a user agent', () => {
  it.each([
    ['aws-cli/2.15.30 Python/3.11.8 Linux/5.15.0 exe/x86_64.ubuntu.22 prompt/off command/s3.ls', 'aws-cli'],
    ['Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#6.1.79 lang/python#3.12.2', 'boto3'],
    ['APN/1.0 HashiCorp/1.0 Terraform/1.7.5 (+https://www.terraform.io) aws-sdk-go-v2/1.26.0', 'terraform'],
    ['aws-sdk-go-v2/1.26.0 os/linux lang/go#1.21.8', 'aws-sdk-go'],
    ['aws-sdk-nodejs/2.1580.0 linux/v18.19.1 promise', 'aws-sdk-js'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/122.0.0.0', 'browser'],
    ['console.amazonaws.com', 'aws-service'],
    ['[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11]', 'console'],
    ['TruffleHog', 'trufflehog'],
    ['my program', 'other'],
  ])('%s: %s', (agent, family) => {
    expect(agentFamily(agent)).toBe(family)
  })

  it('is found in bounded time, whatever the text', () => {
    expect(agentFamily('a'.repeat(1_000_000))).toBe('other')
    expect(agentFamily(null)).toBeNull()
  })
})
