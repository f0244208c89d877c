/** What a principal is allowed beside what it was seen to do. */
import type { GrantedUse, UsedAction } from '../model/trail.ts'
import { actionNamed } from '../policy/actions/actions.ts'

/**
 * Calls to data are no management events: a trail has them only when it is told to.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
 */
const DATA_EVENTS = [
  /^s3(?:express)?:(?:(?:Get|Put|Delete|Restore|Replicate)Object\w*|ListBucket(?:Versions|MultipartUploads)?|ListMultipartUploadParts|AbortMultipartUpload|BypassGovernanceRetention|CreateSession)$/,
  /^dynamodb:(?:BatchGetItem|GetItem|BatchWriteItem|PutItem|UpdateItem|DeleteItem|Query|Scan|ConditionCheckItem|PartiQL\w+|GetRecords|GetShardIterator|DescribeStream|ListStreams)$/,
  /^(?:lambda:Invoke\w+|sqs:(?:Send|Receive|Delete|ChangeMessageVisibility)\w*|sns:Publish|kinesis:(?:PutRecords?|GetRecords|SubscribeToShard))$/,
  /^(?:bedrock:(?:Invoke|Retrieve|Converse)\w*|ebs:\w+|execute-api:\w+|appsync:GraphQL|sagemaker:InvokeEndpoint\w*|timestream:(?:WriteRecords|Select)|iot:(?:Publish|Connect|Subscribe|Receive))$/,
]

/** Actions that are asked for within another call, or that leave no event of their own. */
const NO_EVENT =
  /^(?:iam:PassRole|.*:(?:Tag|Untag)\w*OnCreate|sts:(?:TagSession|SetSourceIdentity|SetContext)|kms:ReEncryptTo|ec2:CreateTags|logs:PutLogEvents|cloudwatch:PutMetricData|ecr:(?:BatchCheckLayerAvailability|GetDownloadUrlForLayer|UploadLayerPart|InitiateLayerUpload|CompleteLayerUpload)|ssmmessages:|ec2messages:|xray:Put)/

/**
 * @param granted actions that it may do, in IAM's spelling, at least on something or under conditions
 * @param used what was seen of it
 */
export function grantedUse(principal: string, granted: readonly string[], used: readonly UsedAction[]): GrantedUse {
  const seen = new Set(used.filter(({ calls, errors }) => calls > errors).map(({ action }) => action))
  const may = new Set(granted)
  const result: GrantedUse = { principal, used: [], unused: [], unknown: [], usedNotGranted: [] }
  for (const action of granted) {
    if (seen.has(action)) result.used.push(action)
    else if (isData(action)) result.unknown.push({ action, why: 'data-event' })
    else if (NO_EVENT.test(action)) result.unknown.push({ action, why: 'no-event' })
    else result.unused.push(action)
  }
  result.usedNotGranted = [...seen].filter((action) => !may.has(action) && actionNamed(action) !== undefined).sort()
  return result
}

function isData(action: string): boolean {
  return DATA_EVENTS.some((pattern) => pattern.test(action))
}
