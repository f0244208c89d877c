/** What CloudTrail shows of an action. */

/**
 * Calls to data are no management events: a trail has them only when it is told to.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
 */
const DATA_EVENTS = [
  /^s3(?:express)?:(?:(?:Get|Put|Delete|Restore|Replicate)Object\w*|ListBucket(?:Versions|MultipartUploads)?|ListMultipartUploadParts|AbortMultipartUpload|BypassGovernanceRetention|CreateSession)$/,
  /^dynamodb:(?:BatchGetItem|GetItem|BatchWriteItem|PutItem|UpdateItem|DeleteItem|Query|Scan|ConditionCheckItem|PartiQL\w+|GetRecords|GetShardIterator|DescribeStream|ListStreams)$/,
  /^(?:lambda:Invoke\w+|sqs:(?:Send|Receive|Delete|ChangeMessageVisibility)\w*|sns:Publish|kinesis:(?:PutRecords?|GetRecords|SubscribeToShard))$/,
  /^(?:appconfig:(?:GetLatestConfiguration|StartConfigurationSession)|cassandra:(?:Select|Modify)\w*|cloudfront-keyvaluestore:\w+|cloudwatch:(?:GetMetric\w+|ListMetrics)|codeartifact:(?:Get|List|Publish|Put|ReadFrom)\w+|dax:\w+|geo:(?:Get|Search|Calculate|BatchEvaluate|BatchGet|BatchPut|BatchUpdate)\w+|rds-data:\w+|s3-object-lambda:\w+|s3-outposts:(?:Get|Put|Delete)Object\w*|s3tables:\w+TableData|s3vectors:\w+Vectors|servicediscovery:DiscoverInstances\w*|ses:Send\w+|states:(?:SendTask\w+|GetActivityTask)|swf:(?:Poll|Respond|Record|Count)\w+|verifiedpermissions:IsAuthorized\w*)$/,
  /^(?:bedrock:(?:Invoke|Retrieve|Converse)\w*|ebs:\w+|execute-api:\w+|appsync:GraphQL|sagemaker:InvokeEndpoint\w*|timestream:(?:WriteRecords|Select)|iot:(?:Publish|Connect|Subscribe|Receive))$/,
]

/** Actions that are asked for within another call, or that leave no event of their own. */
const NO_EVENT =
  /^(?:iam:PassRole|.*:(?:Tag|Untag)\w*OnCreate|sts:(?:TagSession|SetSourceIdentity|SetContext)|kms:ReEncryptTo|ec2:CreateTags|logs:PutLogEvents|cloudwatch:PutMetricData|ecr:(?:BatchCheckLayerAvailability|GetDownloadUrlForLayer|UploadLayerPart|InitiateLayerUpload|CompleteLayerUpload)|ssmmessages:|ec2messages:|xray:Put|events:Put(?:Partner)?Events|firehose:PutRecord|es:ESHttp|aoss:(?:API|Dashboards)AccessAll|kafka-cluster:|elasticfilesystem:Client|rds-db:|neptune-db:|mobiletargeting:(?:Send|PutEvents)|personalize:Get(?:Recommendations|PersonalizedRanking)|rum:PutRumEvents|sagemaker:(?:BatchPutMetrics|PutRecord|GetRecord|BatchGetRecord|DeleteRecord))/

export type ActionEvent = 'management-event' | 'data-event' | 'no-event'

/** `management-event`: a trail of management events has a call of it, if there was one. */
export function eventOf(action: string): ActionEvent {
  if (DATA_EVENTS.some((pattern) => pattern.test(action))) return 'data-event'
  return NO_EVENT.test(action) ? 'no-event' : 'management-event'
}
