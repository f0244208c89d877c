/** The customer managed policies of the production account. */
import { actionsOf, allow, deny, type PolicyDocument, policyOf } from './documents.ts'

export interface PolicySketch {
  document: PolicyDocument
  description?: string
  path?: string
  /** Days since it was made. */
  age: number
  /** Days since the newest version came. */
  revised?: number
  /** Versions before the newest. */
  former?: PolicyDocument[]
}

export function productionPolicies(accountId: string, accounts: { staging: string }): Record<string, PolicySketch> {
  const iam = (what: string) => `arn:aws:iam::${accountId}:${what}`
  const table = (name: string) => `arn:aws:dynamodb:eu-west-1:${accountId}:table/${name}`
  const lambda = (name: string) => `arn:aws:lambda:eu-west-1:${accountId}:function:${name}`
  const bucket = (name: string) => [`arn:aws:s3:::meridian-${name}`, `arn:aws:s3:::meridian-${name}/*`]
  const readObjects = (name: string) => allow(['s3:GetObject', 's3:ListBucket'], bucket(name))
  const writeObjects = (name: string) => allow(['s3:GetObject', 's3:PutObject', 's3:ListBucket'], bucket(name))

  return {
    // ---- the way of ci-deploy to administrator
    'ci-deploy': {
      age: 1420,
      revised: 410,
      document: policyOf(
        {
          Sid: 'Functions',
          ...allow(
            actionsOf(
              'lambda',
              'CreateFunction GetFunction InvokeFunction ListFunctions PublishVersion UpdateFunctionCode',
            ),
          ),
        },
        // "so that the pipeline stops failing"
        { Sid: 'Pass', ...allow('iam:PassRole') },
        { Sid: 'Assets', ...allow(['s3:PutObject', 's3:DeleteObject', 's3:ListBucket'], bucket('web-assets')) },
        { Sid: 'Cache', ...allow('cloudfront:CreateInvalidation') },
      ),
      former: [
        policyOf(
          allow(actionsOf('lambda', 'UpdateFunctionCode PublishVersion'), lambda('storefront-*')),
          allow('iam:PassRole', iam('role/storefront-lambda'), {
            StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' },
          }),
        ),
      ],
    },
    'ops-automation': {
      age: 880,
      description: 'Nightly clean-up functions of the platform team',
      document: policyOf(
        allow(actionsOf('ec2', 'CreateTags DeleteSnapshot DescribeInstances DescribeSnapshots StopInstances')),
        // meant for the clean-up roles; `ops-automation` itself is one of them
        allow(actionsOf('iam', 'AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies'), iam('role/ops-*')),
      ),
    },

    // ---- too wide, each in its own way
    'legacy-automation': {
      age: 2650,
      description: 'Terraform, before the pipeline',
      document: policyOf(allow('*')),
    },
    'media-team-storage': { age: 1210, document: policyOf(allow('s3:*', '*')) },
    'data-platform-builder': {
      age: 690,
      revised: 230,
      description: 'Everything the data platform needs, and nothing of IAM',
      document: policyOf({ Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' }),
      former: [policyOf(allow(['athena:*', 'glue:*', 's3:*']))],
    },
    'cross-account-operator': {
      age: 540,
      document: policyOf(allow('sts:AssumeRole'), allow('organizations:DescribeOrganization')),
    },
    'audit-log-admin': {
      age: 1100,
      document: policyOf(allow('cloudtrail:*'), allow(['s3:GetObject', 's3:ListBucket'], bucket('trail'))),
    },
    'crypto-admin': { age: 760, document: policyOf(allow('kms:*')) },
    'eks-operator': {
      age: 500,
      document: policyOf(allow(actionsOf('eks', 'AccessKubernetesApi Describe* List* UpdateNodegroupConfig')), {
        Sid: 'PassNodeRoles',
        ...allow('iam:PassRole', iam('role/*')),
      }),
    },

    // ---- as it should be
    'storefront-deploy': {
      age: 330,
      description: 'What GitHub Actions needs to deploy the web shop',
      document: policyOf(
        allow(actionsOf('lambda', 'GetFunction PublishVersion UpdateAlias UpdateFunctionCode'), lambda('storefront-*')),
        allow('iam:PassRole', iam('role/storefront-lambda'), {
          StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' },
        }),
        writeObjects('web-assets'),
        allow('cloudfront:CreateInvalidation', `arn:aws:cloudfront::${accountId}:distribution/*`),
      ),
    },
    'infra-deploy': {
      age: 420,
      document: policyOf(
        allow(actionsOf('cloudformation', 'CreateChangeSet DescribeChangeSet DescribeStacks ExecuteChangeSet')),
        allow('iam:PassRole', iam('role/cloudformation-execution'), {
          StringEquals: { 'iam:PassedToService': 'cloudformation.amazonaws.com' },
        }),
      ),
    },
    'staging-deployer': {
      age: 610,
      document: policyOf(allow('sts:AssumeRole', `arn:aws:iam::${accounts.staging}:role/deployer`)),
    },
    'mfa-self-service': {
      age: 900,
      description: 'Without MFA nothing but setting up MFA',
      document: policyOf(
        allow(
          actionsOf(
            'iam',
            'ChangePassword CreateVirtualMFADevice EnableMFADevice GetUser ListMFADevices ResyncMFADevice',
          ),
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
          ['arn:aws:iam::*:mfa/${aws:username}', 'arn:aws:iam::*:user/${aws:username}'],
        ),
        allow('iam:ListVirtualMFADevices'),
        {
          Sid: 'NothingElseWithoutMFA',
          Effect: 'Deny',
          NotAction: [
            ...actionsOf('iam', 'ChangePassword CreateVirtualMFADevice EnableMFADevice GetUser ListMFADevices'),
            ...actionsOf('iam', 'ListVirtualMFADevices ResyncMFADevice'),
            'sts:GetSessionToken',
          ],
          Resource: '*',
          Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
        },
      ),
    },
    'developer-base': {
      age: 1300,
      revised: 96,
      document: policyOf(
        allow([
          ...actionsOf('lambda', 'Get* InvokeFunction List*'),
          ...actionsOf('logs', 'Describe* FilterLogEvents Get* StartQuery'),
          ...actionsOf('cloudwatch', 'Describe* Get* List*'),
          ...actionsOf('dynamodb', 'Describe* List*'),
          'ecs:Describe*',
          'ecs:List*',
          'sqs:GetQueueAttributes',
          'sqs:ListQueues',
        ]),
        allow(['dynamodb:GetItem', 'dynamodb:Query'], table('feature-*')),
        writeObjects('dev-artifacts'),
      ),
      former: [policyOf(allow(['lambda:*', 'logs:*'])), policyOf(allow(['lambda:Get*', 'lambda:List*', 'logs:*']))],
    },
    'developer-production-fence': {
      age: 940,
      document: policyOf(
        deny(actionsOf('dynamodb', 'DeleteItem DeleteTable PutItem UpdateItem'), table('orders')),
        deny(['s3:DeleteBucket', 's3:PutBucketPolicy']),
      ),
    },
    'office-network-only': {
      age: 480,
      description: 'Keys of machines work from the places where the machines are',
      document: policyOf(
        deny('*', '*', {
          NotIpAddress: { 'aws:SourceIp': ['198.51.100.0/24', '203.0.113.8/29', '203.0.113.20/32'] },
          Bool: { 'aws:ViaAWSService': 'false' },
        }),
      ),
    },
    'contractor-boundary': {
      age: 420,
      description: 'The most a contractor can have',
      path: '/boundaries/',
      document: policyOf(
        allow([...actionsOf('athena', 'Get* List* StartQueryExecution'), 'glue:GetTable', 'glue:GetTables']),
        allow(['s3:GetObject', 's3:ListBucket'], bucket('analytics')),
        allow('s3:PutObject', 'arn:aws:s3:::meridian-analytics/results/*'),
        allow(['iam:ChangePassword', 'iam:GetUser'], iam('user/*')),
      ),
    },
    'pipeline-role-boundary': {
      age: 330,
      description: 'The most a role made by a pipeline can have',
      path: '/boundaries/',
      document: policyOf(
        allow(actionsOf('dynamodb', 'GetItem PutItem Query UpdateItem')),
        allow(actionsOf('logs', 'CreateLogGroup CreateLogStream PutLogEvents')),
        allow(['s3:GetObject', 's3:PutObject', 'sqs:ReceiveMessage', 'sqs:SendMessage']),
      ),
    },

    // ---- what machines and vendors need
    'orders-table': {
      age: 1250,
      document: policyOf(
        allow(actionsOf('dynamodb', 'BatchWriteItem GetItem PutItem Query UpdateItem'), table('orders')),
      ),
    },
    'orders-export-read': { age: 1130, document: policyOf(readObjects('orders-export')) },
    'partner-feed-read': { age: 700, document: policyOf(readObjects('partner-feed')) },
    'parcel-status-write': {
      age: 600,
      document: policyOf(allow('sqs:SendMessage', `arn:aws:sqs:eu-west-1:${accountId}:parcel-status`)),
    },
    'billing-reconcile': {
      age: 1500,
      document: policyOf(
        allow(['ce:GetCostAndUsage', 'cur:DescribeReportDefinitions']),
        writeObjects('finance-ledger'),
      ),
    },
    'vat-filing': { age: 1180, document: policyOf(readObjects('finance-ledger')) },
    'warehouse-sync': {
      age: 980,
      document: policyOf(
        allow(actionsOf('dynamodb', 'BatchGetItem GetItem Query UpdateItem'), table('stock')),
        allow(actionsOf('sqs', 'DeleteMessage ReceiveMessage'), `arn:aws:sqs:eu-west-1:${accountId}:warehouse-*`),
      ),
    },
    'inventory-api': {
      age: 1010,
      document: policyOf(allow(actionsOf('dynamodb', 'GetItem Query Scan UpdateItem'), table('stock'))),
    },
    'customer-pictures': { age: 1600, document: policyOf(writeObjects('customer-pictures')) },
    'analytics-events-put': {
      age: 860,
      document: policyOf(
        allow(
          actionsOf('firehose', 'PutRecord PutRecordBatch'),
          `arn:aws:firehose:eu-west-1:${accountId}:deliverystream/app-*`,
        ),
      ),
    },
    'analytics-read': {
      age: 1020,
      document: policyOf(
        allow([
          ...actionsOf('athena', 'Get* List* StartQueryExecution'),
          ...actionsOf('glue', 'GetDatabases GetTables'),
        ]),
        allow(['s3:GetObject', 's3:ListBucket', 's3:PutObject'], bucket('analytics')),
        allow(actionsOf('sagemaker', 'CreateTrainingJob DescribeTrainingJob ListTrainingJobs')),
      ),
    },
    'mail-send': {
      age: 1700,
      document: policyOf(
        allow(['ses:SendEmail', 'ses:SendRawEmail'], '*', {
          StringLike: { 'ses:FromAddress': '*@meridian-outfitters.example' },
        }),
      ),
    },
    'dns-records': {
      age: 1330,
      document: policyOf(
        allow(['route53:ChangeResourceRecordSets', 'route53:ListResourceRecordSets'], 'arn:aws:route53:::hostedzone/*'),
      ),
    },
    'log-shipper': {
      age: 910,
      document: policyOf(
        allow(
          actionsOf('logs', 'CreateLogStream DescribeLogStreams PutLogEvents'),
          `arn:aws:logs:eu-west-1:${accountId}:log-group:/datacentre/*`,
        ),
      ),
    },
    'backup-offsite': { age: 720, document: policyOf(writeObjects('offsite-backup')) },
    'search-index-write': {
      age: 640,
      document: policyOf(
        allow(['es:ESHttpPost', 'es:ESHttpPut'], `arn:aws:es:eu-west-1:${accountId}:domain/catalogue/*`),
      ),
    },
    'payment-secrets-read': {
      age: 560,
      document: policyOf(
        allow('secretsmanager:GetSecretValue', `arn:aws:secretsmanager:eu-west-1:${accountId}:secret:payments/*`),
        allow('kms:Decrypt', `arn:aws:kms:eu-west-1:${accountId}:key/*`, {
          StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' },
        }),
      ),
    },
    'terraform-state': {
      age: 1390,
      document: policyOf(
        writeObjects('terraform-state'),
        allow(actionsOf('dynamodb', 'DeleteItem GetItem PutItem'), table('terraform-lock')),
      ),
    },
    'terraform-cloud-run': {
      age: 900,
      revised: 52,
      document: policyOf(
        allow([
          ...actionsOf('ec2', 'CreateSecurityGroup CreateTags Describe* ModifyVpcAttribute'),
          ...actionsOf('rds', 'AddTagsToResource Describe* ModifyDBInstance'),
          ...actionsOf('route53', 'ChangeResourceRecordSets Get* List*'),
        ]),
      ),
    },
    'support-desk': {
      age: 850,
      document: policyOf(
        allow(actionsOf('dynamodb', 'GetItem Query'), table('orders')),
        allow(['cognito-idp:AdminGetUser', 'cognito-idp:ListUsers']),
      ),
    },
    'finance-reports': {
      age: 1240,
      document: policyOf(allow(['budgets:ViewBudget', 'ce:Get*', 'cur:Describe*']), readObjects('finance-ledger')),
    },

    // ---- nobody has them
    'developer-2021': { age: 1850, document: policyOf(allow(['dynamodb:Get*', 'lambda:Get*', 's3:Get*'])) },
    'load-test': {
      age: 1190,
      document: policyOf(allow(['ec2:DescribeInstances', 'ec2:RunInstances', 'ec2:TerminateInstances'])),
    },
    'redshift-trial': { age: 430, document: policyOf(allow(['redshift:Describe*', 'redshift:GetClusterCredentials'])) },
  }
}
