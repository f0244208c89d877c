/** What CloudTrail shows of an action. */

/**
 * Calls to data are no management events: a trail has them only when it is told to.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
 */
const DATA_EVENTS = [
  /^s3(?:express|-outposts|-object-lambda)?:(?:(?:Get|Put|Delete|Restore|Replicate|WriteGet)Object\w*|ListBucket(?:Versions|MultipartUploads)?|ListMultipartUploadParts|AbortMultipartUpload|BypassGovernanceRetention|CreateSession)$/,
  /^(?:s3tables:(?:Get|Put)TableData|s3vectors:(?:Get|Put|List|Query|Delete)Vectors)$/,
  /^dynamodb:(?:BatchGetItem|GetItem|BatchWriteItem|PutItem|UpdateItem|DeleteItem|Query|Scan|ConditionCheckItem|PartiQL\w+|GetRecords|GetShardIterator|DescribeStream|ListStreams)$/,
  /^(?:lambda:Invoke\w+|sqs:(?:Send|Receive|Delete|ChangeMessageVisibility)\w*|sns:Publish|kinesis:(?:PutRecords?|GetRecords|GetShardIterator|ListShards|SubscribeToShard))$/,
  /^(?:bedrock:(?:Invoke|Retrieve|Converse)\w*|ebs:\w+|execute-api:\w+|appsync:GraphQL|sagemaker:(?:InvokeEndpoint\w*|(?:Batch)?GetRecord|(?:Put|Delete)Record|BatchPutMetrics)|timestream:(?:WriteRecords|Select)|iot:(?:Publish|Connect|Subscribe|Receive))$/,
  /^(?:ses:Send\w+|rds-data:\w+|cassandra:(?:Select|Modify)\w*|swf:(?:Count|PollFor|Record|Request|Respond|Signal|Start|Terminate|ListOpen|ListClosed|GetWorkflowExecutionHistory)\w*|cloudwatch:(?:GetMetric\w+|ListMetrics))$/,
  /^(?:cognito-identity:(?:GetId|GetCredentialsForIdentity|GetOpenIdToken\w*)|appconfig:(?:GetConfiguration|GetLatestConfiguration|StartConfigurationSession)|servicediscovery:DiscoverInstances\w*|verifiedpermissions:IsAuthorized\w*)$/,
  /^(?:codeartifact:(?:Get|List|Publish|Put|ReadFrom)\w+|geo:(?:Get|Search|Calculate|BatchEvaluate|BatchGet|BatchPut|BatchUpdate)\w+|states:(?:SendTask\w+|GetActivityTask))$/,
  /^(?:xray:(?:BatchGetTrace|GetTrace)\w*|cloudfront-keyvaluestore:\w+|cloudtrail-data:\w+|neptune-graph:\w+DataViaQuery|kinesisvideo:(?:GetMedia|PutMedia|ConnectAs|GetDataEndpoint|SendAlexa)\w*|iotsitewise:Batch(?:Get|Put)\w+)$/,
]

/**
 * Actions that are asked for within another call, or that leave no event of their own: of those who speak to a cluster, a
 * file system or a stream, CloudTrail sees nothing.
 */
const NO_EVENT = [
  /^(?:iam:PassRole|.*:(?:Tag|Untag)\w*OnCreate|sts:(?:TagSession|SetSourceIdentity|SetContext)|kms:ReEncryptTo|ec2:CreateTags|logs:PutLogEvents|cloudwatch:PutMetricData|ecr:(?:BatchCheckLayerAvailability|GetDownloadUrlForLayer|UploadLayerPart|InitiateLayerUpload|CompleteLayerUpload)|ssmmessages:|ec2messages:|xray:Put)/,
  /^(?:firehose:PutRecord(?:Batch)?|events:Put(?:Raw|Partner)?Events|events:InvokeApiDestination|logs:(?:GetLog(?:Events|Record|Object|GroupFields)|FilterLogEvents|GetQueryResults|StartLiveTail|Unmask)|osis:Ingest|rum:PutRumEvents|evidently:(?:EvaluateFeature|PutProjectEvents)|mobileanalytics:\w+|mobiletargeting:(?:PutEvents|Send\w+))$/,
  /^(?:kafka-cluster|rds-db|dax|neptune-db|vpc-lattice-svcs|sdb):/,
  /^(?:es:ES\w+|aoss:(?:API|Dashboards)AccessAll|elasticfilesystem:Client\w+|(?:elasticache|memorydb):Connect|eks:AccessKubernetesApi|cloudsearch:(?:document|search|suggest)|aps:(?:GetLabels|GetMetricMetadata|GetSeries|QueryMetrics|RemoteWrite))$/,
  /^(?:lex:(?:Post|Recognize)\w+|personalize:(?:GetRecommendations|GetPersonalizedRanking|Put\w+)|transcribe:StartStream\w+|ivschat:SendEvent|chime:Connect)$/,
]

export type ActionEvent = 'management-event' | 'data-event' | 'no-event'

/** `management-event`: a trail of management events has a call of it, if there was one. */
export function eventOf(action: string): ActionEvent {
  if (DATA_EVENTS.some((pattern) => pattern.test(action))) return 'data-event'
  return NO_EVENT.some((pattern) => pattern.test(action)) ? 'no-event' : 'management-event'
}
