/**
 * Events that need another action than their name says. Each line was read in the service's own pages: the list of
 * its actions (https://docs.aws.amazon.com/service-authorization/latest/reference/) and that of its API operations.
 * `null`: no action is asked for.
 */
export const EVENT_ACTIONS: Readonly<Record<string, string | null>> = {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
  's3:ListBuckets': 's3:ListAllMyBuckets',
  's3:ListDirectoryBuckets': 's3express:ListAllMyDirectoryBuckets',
  's3:HeadBucket': 's3:ListBucket',
  's3:ListObjects': 's3:ListBucket',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:ListObjectVersions': 's3:ListBucketVersions',
  's3:ListMultipartUploads': 's3:ListBucketMultipartUploads',
  's3:ListParts': 's3:ListMultipartUploadParts',
  's3:HeadObject': 's3:GetObject',
  's3:SelectObjectContent': 's3:GetObject',
  's3:CopyObject': 's3:PutObject',
  's3:CreateMultipartUpload': 's3:PutObject',
  's3:UploadPart': 's3:PutObject',
  's3:UploadPartCopy': 's3:PutObject',
  's3:CompleteMultipartUpload': 's3:PutObject',
  's3:PostObject': 's3:PutObject',
  's3:DeleteObjects': 's3:DeleteObject',
  's3:DeleteMultipleObjects': 's3:DeleteObject',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:PutBucketEncryption': 's3:PutEncryptionConfiguration',
  's3:DeleteBucketEncryption': 's3:PutEncryptionConfiguration',
  's3:GetBucketLifecycle': 's3:GetLifecycleConfiguration',
  's3:GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
  's3:PutBucketLifecycle': 's3:PutLifecycleConfiguration',
  's3:PutBucketLifecycleConfiguration': 's3:PutLifecycleConfiguration',
  's3:DeleteBucketLifecycle': 's3:PutLifecycleConfiguration',
  's3:GetBucketReplication': 's3:GetReplicationConfiguration',
  's3:PutBucketReplication': 's3:PutReplicationConfiguration',
  's3:DeleteBucketReplication': 's3:PutReplicationConfiguration',
  's3:DeleteBucketTagging': 's3:PutBucketTagging',
  's3:DeleteBucketCors': 's3:PutBucketCORS',
  's3:GetBucketNotificationConfiguration': 's3:GetBucketNotification',
  's3:PutBucketNotificationConfiguration': 's3:PutBucketNotification',
  's3:GetBucketAccelerateConfiguration': 's3:GetAccelerateConfiguration',
  's3:PutBucketAccelerateConfiguration': 's3:PutAccelerateConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  's3:DeletePublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  's3:DeleteBucketPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  's3:DeleteAccountPublicAccessBlock': 's3:PutAccountPublicAccessBlock',
  's3:GetObjectLockConfiguration': 's3:GetBucketObjectLockConfiguration',
  's3:PutObjectLockConfiguration': 's3:PutBucketObjectLockConfiguration',
  's3:GetBucketInventoryConfiguration': 's3:GetInventoryConfiguration',
  's3:ListBucketInventoryConfigurations': 's3:GetInventoryConfiguration',
  's3:PutBucketInventoryConfiguration': 's3:PutInventoryConfiguration',
  's3:DeleteBucketInventoryConfiguration': 's3:PutInventoryConfiguration',
  's3:GetBucketAnalyticsConfiguration': 's3:GetAnalyticsConfiguration',
  's3:ListBucketAnalyticsConfigurations': 's3:GetAnalyticsConfiguration',
  's3:PutBucketAnalyticsConfiguration': 's3:PutAnalyticsConfiguration',
  's3:DeleteBucketAnalyticsConfiguration': 's3:PutAnalyticsConfiguration',
  's3:GetBucketMetricsConfiguration': 's3:GetMetricsConfiguration',
  's3:ListBucketMetricsConfigurations': 's3:GetMetricsConfiguration',
  's3:PutBucketMetricsConfiguration': 's3:PutMetricsConfiguration',
  's3:DeleteBucketMetricsConfiguration': 's3:PutMetricsConfiguration',
  's3:GetBucketIntelligentTieringConfiguration': 's3:GetIntelligentTieringConfiguration',
  's3:ListBucketIntelligentTieringConfigurations': 's3:GetIntelligentTieringConfiguration',
  's3:PutBucketIntelligentTieringConfiguration': 's3:PutIntelligentTieringConfiguration',
  's3:DeleteBucketIntelligentTieringConfiguration': 's3:PutIntelligentTieringConfiguration',
  's3:DeleteBucketOwnershipControls': 's3:PutBucketOwnershipControls',
  // https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html and the list of actions
  'lambda:Invoke': 'lambda:InvokeFunction',
  'lambda:InvokeWithResponseStream': 'lambda:InvokeFunction',
  'lambda:GetLayerVersionByArn': 'lambda:GetLayerVersion',
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
  'sqs:SendMessageBatch': 'sqs:SendMessage',
  'sqs:DeleteMessageBatch': 'sqs:DeleteMessage',
  'sqs:ChangeMessageVisibilityBatch': 'sqs:ChangeMessageVisibility',
  // https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
  'sns:PublishBatch': 'sns:Publish',
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and its neighbours
  'bedrock:Converse': 'bedrock:InvokeModel',
  'bedrock:ConverseStream': 'bedrock:InvokeModelWithResponseStream',
  'bedrock:StartAsyncInvoke': 'bedrock:InvokeModel',
  'bedrock:RetrieveAndGenerateStream': 'bedrock:RetrieveAndGenerate',
  // https://docs.aws.amazon.com/cost-management/latest/userguide/billing-permissions-ref.html
  ...all('budgets:ViewBudget', [
    'budgets:DescribeBudget',
    'budgets:DescribeBudgets',
    'budgets:DescribeBudgetNotificationsForAccount',
    'budgets:DescribeBudgetPerformanceHistory',
    'budgets:DescribeNotificationsForBudget',
    'budgets:DescribeSubscribersForNotification',
  ]),
  ...all('budgets:ModifyBudget', [
    'budgets:CreateBudget',
    'budgets:UpdateBudget',
    'budgets:DeleteBudget',
    'budgets:CreateNotification',
    'budgets:UpdateNotification',
    'budgets:DeleteNotification',
    'budgets:CreateSubscriber',
    'budgets:UpdateSubscriber',
    'budgets:DeleteSubscriber',
  ]),
  // the event source is that of EC2 Auto Scaling: https://docs.aws.amazon.com/autoscaling/application/userguide/logging-using-cloudtrail.html
  'autoscaling:RegisterScalableTarget': 'application-autoscaling:RegisterScalableTarget',
  'autoscaling:DeregisterScalableTarget': 'application-autoscaling:DeregisterScalableTarget',
  'autoscaling:DescribeScalableTargets': 'application-autoscaling:DescribeScalableTargets',
  'autoscaling:DescribeScalingPolicies': 'application-autoscaling:DescribeScalingPolicies',
  // https://docs.aws.amazon.com/batch/latest/APIReference/API_CancelJobs.html and its neighbours
  'batch:CancelJobs': 'batch:CancelJob',
  'batch:TerminateJobs': 'batch:TerminateJob',
  'batch:TerminateServiceJobs': 'batch:TerminateServiceJob',
  // https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateDistributionWithTags.html
  'cloudfront:CreateDistributionWithTags': 'cloudfront:CreateDistribution',
  // https://docs.aws.amazon.com/timestream/latest/developerguide/API_query_Query.html
  'timestream:Query': 'timestream:Select',
  // the HTTP method is the action: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
  ...apiGateway('GET', 'Get', [
    ...['Account', 'ApiKey', 'ApiKeys', 'Authorizer', 'Authorizers', 'BasePathMapping', 'BasePathMappings'],
    ...['ClientCertificate', 'ClientCertificates', 'Deployment', 'Deployments', 'DocumentationPart'],
    ...['DocumentationParts', 'DocumentationVersion', 'DocumentationVersions', 'DomainName', 'DomainNames'],
    ...['DomainNameAccessAssociations', 'Export', 'GatewayResponse', 'GatewayResponses', 'Integration'],
    ...['Integrations', 'IntegrationResponse', 'IntegrationResponses', 'Method', 'MethodResponse', 'Model', 'Models'],
    ...['ModelTemplate', 'RequestValidator', 'RequestValidators', 'Resource', 'Resources', 'RestApi', 'RestApis'],
    ...['Sdk', 'SdkType', 'SdkTypes', 'Stage', 'Stages', 'Tags', 'Usage', 'UsagePlan', 'UsagePlans', 'UsagePlanKey'],
    ...['UsagePlanKeys', 'VpcLink', 'VpcLinks', 'Api', 'Apis', 'ApiMapping', 'ApiMappings', 'Route', 'Routes'],
    ...['RouteResponse', 'RouteResponses'],
  ]),
  'apigateway:ExportApi': 'apigateway:GET',
  ...apiGateway('POST', 'Create', [
    ...['ApiKey', 'Authorizer', 'BasePathMapping', 'Deployment', 'DocumentationPart', 'DocumentationVersion'],
    ...['DomainName', 'DomainNameAccessAssociation', 'Model', 'RequestValidator', 'Resource', 'RestApi', 'Stage'],
    ...['UsagePlan', 'UsagePlanKey', 'VpcLink', 'Api', 'ApiMapping', 'Integration', 'IntegrationResponse', 'Route'],
    ...['RouteResponse'],
  ]),
  ...all('apigateway:POST', [
    'apigateway:GenerateClientCertificate',
    'apigateway:ImportApiKeys',
    'apigateway:ImportRestApi',
    'apigateway:TestInvokeAuthorizer',
    'apigateway:TestInvokeMethod',
  ]),
  ...apiGateway('PUT', 'Put', [
    ...['GatewayResponse', 'Integration', 'IntegrationResponse', 'Method', 'MethodResponse', 'RestApi'],
  ]),
  ...all('apigateway:PUT', ['apigateway:ImportApi', 'apigateway:ImportDocumentationParts', 'apigateway:ReimportApi']),
  ...apiGateway('PATCH', 'Update', [
    ...['Account', 'ApiKey', 'Authorizer', 'BasePathMapping', 'ClientCertificate', 'Deployment', 'DocumentationPart'],
    ...['DocumentationVersion', 'DomainName', 'GatewayResponse', 'Integration', 'IntegrationResponse', 'Method'],
    ...['MethodResponse', 'Model', 'RequestValidator', 'Resource', 'RestApi', 'Stage', 'Usage', 'UsagePlan', 'VpcLink'],
    ...['Api', 'ApiMapping', 'Route', 'RouteResponse'],
  ]),
  ...apiGateway('DELETE', 'Delete', [
    ...['ApiKey', 'Authorizer', 'BasePathMapping', 'ClientCertificate', 'Deployment', 'DocumentationPart'],
    ...['DocumentationVersion', 'DomainName', 'DomainNameAccessAssociation', 'GatewayResponse', 'Integration'],
    ...['IntegrationResponse', 'Method', 'MethodResponse', 'Model', 'RequestValidator', 'Resource', 'RestApi', 'Stage'],
    ...['UsagePlan', 'UsagePlanKey', 'VpcLink', 'AccessLogSettings', 'Api', 'ApiMapping', 'CorsConfiguration', 'Route'],
    ...['RouteRequestParameter', 'RouteResponse', 'RouteSettings'],
  ]),
  ...all('apigateway:DELETE', [
    'apigateway:UntagResource',
    'apigateway:FlushStageAuthorizersCache',
    'apigateway:FlushStageCache',
    'apigateway:ResetAuthorizersCache',
  ]),
  // KMS: https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
  'kms:ReEncrypt': 'kms:ReEncryptFrom',
  // DynamoDB: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
  'dynamodb:ExecuteStatement': null,
  'dynamodb:BatchExecuteStatement': null,
  'dynamodb:ExecuteTransaction': null,
  'dynamodb:TransactGetItems': 'dynamodb:GetItem',
  'dynamodb:TransactWriteItems': null,
  // the console's own events: no IAM action
  'signin:ConsoleLogin': null,
  'signin:CheckMfa': null,
  'signin:GetSigninToken': null,
  'signin:SwitchRole': null,
  'signin:ExitRole': null,
  'signin:RenewRole': null,
  'signin:PasswordRecoveryRequested': null,
  'signin:PasswordRecoveryCompleted': null,
}

/**
 * Of a version of an object, S3 asks for another action:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
export const OF_A_VERSION: Readonly<Record<string, string>> = {
  's3:GetObject': 's3:GetObjectVersion',
  's3:GetObjectAcl': 's3:GetObjectVersionAcl',
  's3:GetObjectAttributes': 's3:GetObjectVersionAttributes',
  's3:GetObjectTagging': 's3:GetObjectVersionTagging',
  's3:GetObjectTorrent': 's3:GetObjectVersionTorrent',
  's3:PutObjectAcl': 's3:PutObjectVersionAcl',
  's3:PutObjectTagging': 's3:PutObjectVersionTagging',
  's3:DeleteObject': 's3:DeleteObjectVersion',
  's3:DeleteObjectTagging': 's3:DeleteObjectVersionTagging',
}

function all(action: string, events: readonly string[]): Record<string, string> {
  return Object.fromEntries(events.map((event) => [event, action]))
}

function apiGateway(method: string, verb: string, things: readonly string[]): Record<string, string> {
  return all(
    `apigateway:${method}`,
    things.map((thing) => `apigateway:${verb}${thing}`),
  )
}
