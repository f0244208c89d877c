/**
 * AWS's own policies, by their real names. The short ones say what AWS's say; the long ones are cut down to what makes
 * them what they are. The list is what the example uses and what a check asks for, not AWS's catalogue of 1,500.
 */
import type { AwsManagedPolicy } from '../state.ts'
import { actionsOf, allow, deny, type PolicyDocument, policyOf } from './documents.ts'

/** Services whose `Describe*`, `Get*` and `List*` the read-only policies grant. */
const READABLE =
  'access-analyzer acm apigateway athena autoscaling backup cloudformation cloudfront cloudtrail cloudwatch codebuild codecommit codepipeline config dynamodb ec2 ecr ecs eks elasticache elasticloadbalancing events glue guardduty iam kinesis kms lambda logs organizations rds redshift route53 s3 securityhub ses sns sqs ssm states tag'.split(
    ' ',
  )

const verbs = (services: readonly string[], ...names: string[]): string[] =>
  services.flatMap((service) => names.map((name) => `${service}:${name}`))

/** What all quarantine policies deny: the moves a thief makes first. They leave reading data open. */
const QUARANTINED = [
  ...actionsOf(
    'iam',
    'AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy ChangePassword CreateAccessKey CreateInstanceProfile CreateLoginProfile CreatePolicyVersion CreateRole CreateUser DetachUserPolicy PassRole PutGroupPolicy PutRolePolicy PutUserPermissionsBoundary PutUserPolicy SetDefaultPolicyVersion UpdateAccessKey UpdateAccountPasswordPolicy UpdateAssumeRolePolicy UpdateLoginProfile UpdateUser',
  ),
  ...actionsOf('ec2', 'RequestSpotInstances RunInstances StartInstances'),
  ...actionsOf(
    'lambda',
    'AddLayerVersionPermission AddPermission CreateFunction GetPolicy ListTags PutProvisionedConcurrencyConfig TagResource UntagResource UpdateFunctionCode',
  ),
  ...actionsOf('organizations', 'CreateAccount CreateOrganization InviteAccountToOrganization'),
  ...actionsOf('lightsail', 'Create* Delete* DownloadDefaultKeyPair GetInstanceAccessDetails Start* Update*'),
]
const QUARANTINED_LATER = [
  'cloudtrail:LookupEvents',
  ...actionsOf(
    's3',
    'DeleteBucket DeleteObject PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration',
  ),
  ...actionsOf(
    'bedrock',
    'CreateFoundationModelAgreement InvokeModel InvokeModelWithResponseStream PutFoundationModelEntitlement',
  ),
  ...actionsOf('ecs', 'CreateCluster CreateService RegisterTaskDefinition'),
  ...actionsOf('sagemaker', 'CreateEndpointConfig CreateNotebookInstance CreateTrainingJob'),
]

const POWER_USER = policyOf(
  { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
  allow([
    'account:GetAccountInformation',
    'account:GetPrimaryEmail',
    'account:ListRegions',
    'iam:CreateServiceLinkedRole',
    'iam:DeleteServiceLinkedRole',
    'iam:ListRoles',
    'organizations:DescribeOrganization',
  ]),
)

const WRITE_LOGS = actionsOf('logs', 'CreateLogGroup CreateLogStream PutLogEvents')
const PULL_IMAGES = actionsOf(
  'ecr',
  'BatchCheckLayerAvailability BatchGetImage GetAuthorizationToken GetDownloadUrlForLayer',
)

/** Path, name, document; the newest version's number; the day it came out. */
const POLICIES: readonly [pathAndName: string, document: PolicyDocument, versionId?: string, updated?: string][] = [
  ['/AdministratorAccess', policyOf(allow('*'))],
  ['/PowerUserAccess', POWER_USER, 'v5', '2023-07-06'],
  ['/ReadOnlyAccess', policyOf(allow(verbs(READABLE, 'Describe*', 'Get*', 'List*'))), 'v162', '2026-09-18'],
  [
    '/SecurityAudit',
    policyOf(
      allow(verbs(READABLE, 'Describe*', 'List*')),
      allow(['iam:GenerateCredentialReport', 'iam:Get*', 's3:GetBucket*', 'sts:GetCallerIdentity']),
    ),
    'v98',
    '2026-08-27',
  ],
  ['/job-function/ViewOnlyAccess', policyOf(allow(verbs(READABLE, 'Describe*', 'List*'))), 'v24', '2026-05-12'],
  [
    '/job-function/Billing',
    policyOf(allow(['aws-portal:*Billing', 'aws-portal:*Usage', 'billing:*', 'budgets:*', 'ce:*', 'cur:*', 'tax:*'])),
    'v12',
    '2024-12-03',
  ],
  [
    '/IAMFullAccess',
    policyOf(
      allow([
        'iam:*',
        'organizations:DescribeAccount',
        'organizations:DescribeOrganization',
        'organizations:ListAccounts',
      ]),
    ),
    'v2',
    '2019-06-21',
  ],
  [
    '/IAMReadOnlyAccess',
    policyOf(
      allow([
        'iam:GenerateCredentialReport',
        'iam:GenerateServiceLastAccessedDetails',
        'iam:Get*',
        'iam:List*',
        'iam:Simulate*',
      ]),
    ),
    'v4',
    '2018-01-25',
  ],
  [
    '/IAMUserChangePassword',
    policyOf(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
      allow('iam:ChangePassword', ['arn:aws:iam::*:user/${aws:username}']),
      allow('iam:GetAccountPasswordPolicy'),
    ),
    'v2',
    '2016-11-15',
  ],
  ['/AWSSupportAccess', policyOf(allow(['support:*', 'supportapp:*'])), 'v1', '2015-02-06'],
  ['/AWSCloudShellFullAccess', policyOf(allow('cloudshell:*')), 'v1', '2020-12-15'],
  ['/AmazonS3FullAccess', policyOf(allow(['s3:*', 's3-object-lambda:*'])), 'v2', '2021-09-27'],
  [
    '/AmazonS3ReadOnlyAccess',
    policyOf(allow(['s3:Describe*', 's3:Get*', 's3:List*', 's3-object-lambda:Get*', 's3-object-lambda:List*'])),
    'v3',
    '2023-08-10',
  ],
  [
    '/AmazonEC2FullAccess',
    policyOf(allow(['autoscaling:*', 'cloudwatch:*', 'ec2:*', 'elasticloadbalancing:*'])),
    'v5',
    '2018-11-27',
  ],
  [
    '/AmazonEC2ReadOnlyAccess',
    policyOf(
      allow(['autoscaling:Describe*', 'cloudwatch:Describe*', 'ec2:Describe*', 'elasticloadbalancing:Describe*']),
    ),
    'v2',
    '2024-02-14',
  ],
  [
    '/AmazonEC2ContainerRegistryReadOnly',
    policyOf(allow([...PULL_IMAGES, ...actionsOf('ecr', 'DescribeImages DescribeRepositories ListImages')])),
    'v3',
    '2019-12-10',
  ],
  ['/AmazonDynamoDBFullAccess', policyOf(allow(['dax:*', 'dynamodb:*'])), 'v15', '2021-01-29'],
  ['/AmazonRDSReadOnlyAccess', policyOf(allow(['rds:Describe*', 'rds:ListTagsForResource'])), 'v9', '2024-04-01'],
  ['/AmazonSQSFullAccess', policyOf(allow('sqs:*'))],
  ['/AmazonSESFullAccess', policyOf(allow('ses:*'))],
  [
    '/AWSLambda_FullAccess',
    policyOf(
      allow(['cloudwatch:GetMetricData', 'lambda:*', 'logs:DescribeLogGroups', 'xray:GetTraceSummaries']),
      allow('iam:PassRole', '*', { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } }),
    ),
    'v3',
    '2026-01-20',
  ],
  [
    '/AWSCodeCommitPowerUser',
    policyOf(allow(actionsOf('codecommit', 'BatchGet* Create* Get* GitPull GitPush List* Merge* Post* Put* Update*'))),
    'v17',
    '2023-05-11',
  ],
  [
    '/CloudWatchReadOnlyAccess',
    policyOf(
      allow([
        'cloudwatch:Describe*',
        'cloudwatch:Get*',
        'cloudwatch:List*',
        'logs:Describe*',
        'logs:FilterLogEvents',
        'logs:Get*',
      ]),
    ),
    'v13',
    '2025-06-10',
  ],
  [
    '/CloudWatchAgentServerPolicy',
    policyOf(
      allow(['cloudwatch:PutMetricData', 'ec2:DescribeTags', 'ec2:DescribeVolumes', ...WRITE_LOGS]),
      allow('ssm:GetParameter', 'arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*'),
    ),
    'v3',
    '2024-02-06',
  ],
  [
    '/AmazonSSMManagedInstanceCore',
    policyOf(
      allow([
        ...actionsOf(
          'ssm',
          'DescribeAssociation GetDocument GetManifest GetParameter GetParameters ListAssociations PutInventory UpdateInstanceInformation',
        ),
        'ssmmessages:CreateControlChannel',
        'ssmmessages:OpenControlChannel',
        'ec2messages:GetMessages',
      ]),
    ),
    'v2',
    '2019-05-23',
  ],
  [
    '/AmazonBedrockLimitedAccess',
    policyOf(
      allow([
        'bedrock:CallWithBearerToken',
        'bedrock:Get*',
        'bedrock:InvokeModel',
        'bedrock:InvokeModelWithResponseStream',
        'bedrock:List*',
      ]),
    ),
    'v3',
    '2025-09-15',
  ],
  [
    '/AmazonEKSClusterPolicy',
    policyOf(
      allow([
        'autoscaling:UpdateAutoScalingGroup',
        'ec2:CreateSecurityGroup',
        'ec2:DescribeInstances',
        'ec2:DescribeSubnets',
        'elasticloadbalancing:Describe*',
        'kms:DescribeKey',
      ]),
    ),
    'v6',
    '2023-02-07',
  ],
  [
    '/AmazonEKSWorkerNodePolicy',
    policyOf(
      allow([
        'ec2:DescribeInstances',
        'ec2:DescribeRouteTables',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
        'eks:DescribeCluster',
      ]),
    ),
    'v3',
    '2023-11-26',
  ],
  [
    '/AmazonEKS_CNI_Policy',
    policyOf(
      allow([
        'ec2:AssignPrivateIpAddresses',
        'ec2:AttachNetworkInterface',
        'ec2:CreateNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
      ]),
    ),
    'v5',
    '2024-03-04',
  ],
  ['/service-role/AWSLambdaBasicExecutionRole', policyOf(allow(WRITE_LOGS)), 'v1', '2015-04-09'],
  [
    '/service-role/AWSLambdaVPCAccessExecutionRole',
    policyOf(
      allow([
        ...WRITE_LOGS,
        ...actionsOf('ec2', 'CreateNetworkInterface DeleteNetworkInterface DescribeNetworkInterfaces'),
      ]),
    ),
    'v3',
    '2024-01-05',
  ],
  [
    '/service-role/AmazonECSTaskExecutionRolePolicy',
    policyOf(allow([...PULL_IMAGES, 'logs:CreateLogStream', 'logs:PutLogEvents'])),
    'v1',
    '2017-11-16',
  ],
  [
    '/service-role/AWSBackupServiceRolePolicyForBackup',
    policyOf(allow(['backup:*Recovery*', 'dynamodb:CreateBackup', 'ec2:CreateSnapshot', 'rds:CreateDBSnapshot'])),
    'v19',
    '2025-02-12',
  ],
  [
    '/service-role/AmazonRDSEnhancedMonitoringRole',
    policyOf(allow(WRITE_LOGS, 'arn:aws:logs:*:*:log-group:RDS*')),
    'v1',
    '2015-11-11',
  ],
  [
    '/service-role/AWS_ConfigRole',
    policyOf(allow(verbs(READABLE, 'Describe*', 'List*')), allow('config:Put*')),
    'v72',
    '2026-07-02',
  ],
  [
    '/aws-service-role/AWSOrganizationsServiceTrustPolicy',
    policyOf(
      allow('iam:DeleteRole', 'arn:aws:iam::*:role/aws-service-role/organizations.amazonaws.com/*'),
      allow('iam:CreateServiceLinkedRole'),
    ),
    'v2',
    '2017-11-01',
  ],
  [
    '/aws-service-role/AWSSupportServiceRolePolicy',
    policyOf(allow(verbs(READABLE, 'Describe*', 'List*'))),
    'v64',
    '2026-09-02',
  ],
  [
    '/aws-service-role/AWSTrustedAdvisorServiceRolePolicy',
    policyOf(allow(verbs(['autoscaling', 'ec2', 'iam', 'rds', 's3'], 'Describe*', 'List*'))),
    'v14',
    '2025-07-30',
  ],
  [
    '/aws-service-role/AutoScalingServiceRolePolicy',
    policyOf(allow(actionsOf('ec2', 'CreateFleet Describe* RunInstances TerminateInstances'))),
    'v8',
    '2025-01-08',
  ],
  [
    '/aws-service-role/AWSElasticLoadBalancingServiceRolePolicy',
    policyOf(allow(actionsOf('ec2', 'AssociateAddress CreateNetworkInterface DescribeSubnets'))),
    'v7',
    '2021-06-17',
  ],
  [
    '/aws-service-role/AmazonRDSServiceRolePolicy',
    policyOf(allow(['cloudwatch:PutMetricData', 'ec2:CreateNetworkInterface', 'rds:CrossRegionCommunication'])),
    'v13',
    '2024-01-19',
  ],
  [
    '/aws-service-role/AmazonECSServiceRolePolicy',
    policyOf(allow(['ec2:DescribeInstances', 'ecs:Poll', 'elasticloadbalancing:RegisterTargets'])),
    'v12',
    '2024-12-02',
  ],
  [
    '/aws-service-role/AccessAnalyzerServiceRolePolicy',
    policyOf(allow(verbs(['ec2', 'iam', 'kms', 'lambda', 's3', 'sqs'], 'Describe*', 'Get*', 'List*'))),
    'v17',
    '2025-11-19',
  ],
  [
    '/aws-service-role/AmazonGuardDutyServiceRolePolicy',
    policyOf(allow(['ec2:Describe*', 'organizations:ListAccounts', 's3:GetBucketPolicy'])),
    'v11',
    '2025-10-22',
  ],
  [
    '/aws-service-role/AWSSSOServiceRolePolicy',
    policyOf(
      allow(
        ['iam:*Role*', 'iam:*SAMLProvider'],
        ['arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*', 'arn:aws:iam::*:saml-provider/AWSSSO_*'],
      ),
    ),
    'v18',
    '2025-02-11',
  ],
  ['/AWSCompromisedKeyQuarantine', policyOf(deny(QUARANTINED.slice(0, 24))), 'v1', '2020-08-11'],
  ['/AWSCompromisedKeyQuarantineV2', policyOf(deny(QUARANTINED)), 'v5', '2024-10-02'],
  ['/AWSCompromisedKeyQuarantineV3', policyOf(deny([...QUARANTINED, ...QUARANTINED_LATER])), 'v2', '2024-08-21'],
]

export const AWS_MANAGED_POLICIES: readonly AwsManagedPolicy[] = POLICIES.map(
  ([pathAndName, document, versionId = 'v1', updated = '2015-02-06']) => {
    const cut = pathAndName.lastIndexOf('/') + 1
    const updateDate = new Date(`${updated}T18:40:${String(pathAndName.length % 60).padStart(2, '0')}Z`)
    return {
      policyName: pathAndName.slice(cut),
      path: pathAndName.slice(0, cut),
      createDate: new Date(Math.min(updateDate.getTime(), Date.parse('2019-06-10T17:21:05Z'))),
      updateDate,
      versionId,
      document,
    }
  },
)

/** `awsPolicy('AdministratorAccess')`: its ARN. Throws for one that is not in the list. */
export function awsPolicy(pathAndName: string): string {
  if (!POLICIES.some(([known]) => known === `/${pathAndName}`))
    throw new Error(`the example knows no AWS managed policy \`${pathAndName}\``)
  return `arn:aws:iam::aws:policy/${pathAndName}`
}
