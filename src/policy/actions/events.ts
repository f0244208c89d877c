/** What CloudTrail shows of an action. */

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

export type ActionEvent = 'management-event' | 'data-event' | 'no-event'

/** `management-event`: a trail of management events has a call of it, if there was one. */
export function eventOf(action: string): ActionEvent {
  if (DATA_EVENTS.some((pattern) => pattern.test(action))) return 'data-event'
  return NO_EVENT.test(action) ? 'no-event' : 'management-event'
}
