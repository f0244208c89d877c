/** The roles of the production account. */

import {
  actionsOf,
  allow,
  type PolicyDocument,
  policyOf,
  trustAws,
  trustOf,
  trustOidc,
  trustSaml,
  trustService,
} from './documents.ts'
import { auditRole, organizationAccessRole, type RoleSketch } from './roles.ts'

export interface Surroundings {
  accountId: string
  organizationId: string
  accounts: { management: string; security: string; staging: string; fennel: string }
  /** Accounts of other companies: two vendors, and one that nobody remembers. */
  strangers: { northbeam: string; parcelwise: string; unknown: string }
  /** What AWS writes into a trust policy in place of a user who is gone. */
  deletedUserId: string
  eksIssuer: string
}

export function productionRoles(around: Surroundings): readonly RoleSketch[] {
  const { accountId, accounts, strangers } = around
  const oidc = (url: string) => `arn:aws:iam::${accountId}:oidc-provider/${url}`
  const saml = (name: string) => `arn:aws:iam::${accountId}:saml-provider/${name}`
  const root = (id: string) => `arn:aws:iam::${id}:root`
  const inOrganization = { StringEquals: { 'aws:PrincipalOrgID': around.organizationId } }
  const fromHere = { StringEquals: { 'aws:SourceAccount': accountId } }
  const github = 'token.actions.githubusercontent.com'
  const terraform = 'app.terraform.io'
  const pod = (serviceAccount: string) => ({
    StringEquals: {
      [`${around.eksIssuer}:aud`]: 'sts.amazonaws.com',
      [`${around.eksIssuer}:sub`]: `system:serviceaccount:${serviceAccount}`,
    },
  })
  return [
    // ---- instances, containers, functions
    {
      roleName: 'storefront-web',
      age: 1480,
      trust: trustOf(trustService('ec2.amazonaws.com')),
      attached: ['aws:AmazonSSMManagedInstanceCore', 'aws:CloudWatchAgentServerPolicy'],
      inline: { assets: policyOf(allow('s3:GetObject', 'arn:aws:s3:::meridian-web-assets/*')) },
      used: { minutes: 3 },
    },
    {
      roleName: 'orders-worker',
      age: 1250,
      trust: trustOf(trustService('ec2.amazonaws.com')),
      attached: ['orders-table', 'aws:AmazonSSMManagedInstanceCore'],
      used: { minutes: 5 },
    },
    {
      roleName: 'bastion',
      age: 2200,
      trust: trustOf(trustService('ec2.amazonaws.com')),
      attached: ['aws:AmazonEC2ReadOnlyAccess'],
      used: { hours: 2 },
    },
    {
      roleName: 'eks-node',
      age: 500,
      trust: trustOf(trustService('ec2.amazonaws.com')),
      attached: ['aws:AmazonEKSWorkerNodePolicy', 'aws:AmazonEKS_CNI_Policy', 'aws:AmazonEC2ContainerRegistryReadOnly'],
      used: { minutes: 1 },
    },
    {
      roleName: 'eks-cluster',
      age: 500,
      trust: trustOf(trustService('eks.amazonaws.com')),
      attached: ['aws:AmazonEKSClusterPolicy'],
      used: { minutes: 12 },
    },
    {
      roleName: 'payments-pod',
      age: 420,
      trust: trustOf(trustOidc(oidc(around.eksIssuer), pod('payments:checkout'))),
      attached: ['payment-secrets-read'],
      used: { minutes: 9 },
    },
    {
      roleName: 'reports-pod',
      age: 260,
      trust: trustOf(
        trustOidc(oidc(around.eksIssuer), { StringEquals: { [`${around.eksIssuer}:aud`]: 'sts.amazonaws.com' } }),
      ),
      attached: ['analytics-read'],
      used: { hours: 4 },
    },
    {
      roleName: 'storefront-task',
      age: 880,
      trust: trustOf(
        trustService('ecs-tasks.amazonaws.com', {
          ArnLike: { 'aws:SourceArn': `arn:aws:ecs:eu-west-1:${accountId}:*` },
          ...fromHere,
        }),
      ),
      attached: ['orders-table'],
      used: { minutes: 2 },
    },
    {
      roleName: 'ecs-task-execution',
      age: 880,
      trust: trustOf(trustService('ecs-tasks.amazonaws.com')),
      attached: ['aws:service-role/AmazonECSTaskExecutionRolePolicy'],
      used: { minutes: 40 },
    },
    {
      roleName: 'storefront-lambda',
      age: 1400,
      trust: trustOf(trustService('lambda.amazonaws.com')),
      attached: ['aws:service-role/AWSLambdaBasicExecutionRole', 'orders-table'],
      boundary: 'pipeline-role-boundary',
      used: { minutes: 1 },
    },
    {
      roleName: 'image-resize',
      age: 930,
      trust: trustOf(trustService('lambda.amazonaws.com')),
      attached: ['aws:service-role/AWSLambdaBasicExecutionRole', 'customer-pictures'],
      used: { minutes: 2 },
    },
    {
      roleName: 'mail-sender',
      age: 700,
      trust: trustOf(trustService('lambda.amazonaws.com')),
      attached: ['aws:service-role/AWSLambdaVPCAccessExecutionRole', 'mail-send'],
      used: { minutes: 11 },
    },
    // the second hop: may attach any policy to any `ops-*` role, and is one
    {
      roleName: 'ops-automation',
      age: 880,
      description: 'Nightly clean-up functions',
      trust: trustOf(trustService('lambda.amazonaws.com')),
      attached: ['ops-automation', 'aws:service-role/AWSLambdaBasicExecutionRole'],
      used: { hours: 2 },
    },
    {
      roleName: 'ops-snapshot-cleaner',
      age: 870,
      trust: trustOf(trustService('lambda.amazonaws.com')),
      attached: ['aws:service-role/AWSLambdaBasicExecutionRole'],
      inline: { snapshots: policyOf(allow(actionsOf('ec2', 'DeleteSnapshot DescribeSnapshots'))) },
      used: { hours: 8 },
    },

    // ---- services that act for the account, with and without a guard against being used by others
    {
      roleName: 'cloudtrail-to-logs',
      age: 2000,
      trust: trustOf(
        trustService('cloudtrail.amazonaws.com', {
          StringEquals: { 'aws:SourceArn': `arn:aws:cloudtrail:eu-west-1:${accountId}:trail/meridian-prod` },
        }),
      ),
      inline: { deliver: writeLogs(accountId, 'cloudtrail') },
      used: { minutes: 6 },
    },
    {
      roleName: 'vpc-flow-logs',
      age: 1500,
      trust: trustOf(trustService('vpc-flow-logs.amazonaws.com', fromHere)),
      inline: { deliver: writeLogs(accountId, 'vpc') },
      used: { minutes: 8 },
    },
    {
      roleName: 'config-recorder',
      age: 1980,
      trust: trustOf(trustService('config.amazonaws.com')),
      attached: ['aws:service-role/AWS_ConfigRole'],
      used: { minutes: 30 },
    },
    {
      roleName: 'events-to-queue',
      age: 640,
      trust: trustOf(trustService('events.amazonaws.com')),
      inline: { send: policyOf(allow('sqs:SendMessage', `arn:aws:sqs:eu-west-1:${accountId}:*`)) },
      used: { hours: 1 },
    },
    {
      roleName: 'nightly-scheduler',
      age: 350,
      trust: trustOf(trustService('scheduler.amazonaws.com', fromHere)),
      inline: {
        invoke: policyOf(allow('lambda:InvokeFunction', `arn:aws:lambda:eu-west-1:${accountId}:function:ops-*`)),
      },
      used: { hours: 9 },
    },
    {
      roleName: 'refund-workflow',
      age: 410,
      trust: trustOf(trustService('states.amazonaws.com')),
      inline: {
        steps: policyOf(allow('lambda:InvokeFunction', `arn:aws:lambda:eu-west-1:${accountId}:function:refund-*`)),
      },
      used: { hours: 3 },
    },
    {
      roleName: 'sns-delivery-status',
      age: 1600,
      trust: trustOf(trustService('sns.amazonaws.com')),
      inline: { deliver: writeLogs(accountId, 'sns') },
      used: { hours: 13 },
    },
    {
      roleName: 's3-replication',
      age: 720,
      trust: trustOf(
        trustService('s3.amazonaws.com', {
          ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::meridian-orders-export' },
          ...fromHere,
        }),
      ),
      inline: {
        replicate: policyOf(
          allow(actionsOf('s3', 'GetObjectVersionForReplication ReplicateObject'), 'arn:aws:s3:::meridian-*'),
        ),
      },
      used: { minutes: 50 },
    },
    {
      roleName: 'backup-service',
      path: '/service-role/',
      age: 720,
      trust: trustOf(trustService('backup.amazonaws.com')),
      attached: ['aws:service-role/AWSBackupServiceRolePolicyForBackup'],
      used: { hours: 7 },
    },
    {
      roleName: 'rds-monitoring',
      age: 1300,
      trust: trustOf(trustService('monitoring.rds.amazonaws.com')),
      attached: ['aws:service-role/AmazonRDSEnhancedMonitoringRole'],
      used: { minutes: 1 },
    },
    {
      roleName: 'cloudformation-execution',
      age: 700,
      trust: trustOf(trustService('cloudformation.amazonaws.com')),
      attached: ['aws:PowerUserAccess'],
      used: 5,
    },
    {
      roleName: 'codebuild-storefront',
      path: '/service-role/',
      age: 1150,
      trust: trustOf(trustService('codebuild.amazonaws.com')),
      attached: ['terraform-state'],
      used: 131,
    },

    // ---- pipelines that sign in with a token
    {
      roleName: 'github-deploy-storefront',
      age: 330,
      trust: trustOf(
        trustOidc(oidc(github), {
          StringEquals: {
            [`${github}:aud`]: 'sts.amazonaws.com',
            [`${github}:sub`]: 'repo:meridian-outfitters/storefront:environment:production',
          },
        }),
      ),
      attached: ['storefront-deploy'],
      used: 12,
    },
    {
      roleName: 'github-deploy-infra',
      age: 420,
      trust: trustOf(
        trustOidc(oidc(github), {
          StringEquals: { [`${github}:aud`]: 'sts.amazonaws.com' },
          StringLike: { [`${github}:sub`]: 'repo:meridian-outfitters/*' },
        }),
      ),
      attached: ['infra-deploy'],
      used: { hours: 21 },
    },
    {
      roleName: 'github-publish-assets',
      age: 880,
      trust: trustOf(trustOidc(oidc(github), { StringEquals: { [`${github}:aud`]: 'sts.amazonaws.com' } })),
      attached: ['storefront-deploy'],
      used: 44,
    },
    {
      roleName: 'terraform-cloud-plan',
      age: 900,
      trust: trustOf(
        trustOidc(oidc(terraform), {
          StringEquals: { [`${terraform}:aud`]: 'aws.workload.identity' },
          StringLike: {
            [`${terraform}:sub`]:
              'organization:meridian-outfitters:project:production:workspace:network:run_phase:plan',
          },
        }),
      ),
      attached: ['aws:ReadOnlyAccess', 'terraform-state'],
      used: 2,
    },
    {
      roleName: 'terraform-cloud-apply',
      age: 900,
      trust: trustOf(
        trustOidc(oidc(terraform), {
          StringEquals: { [`${terraform}:aud`]: 'aws.workload.identity' },
          StringLike: { [`${terraform}:sub`]: '*' },
        }),
      ),
      attached: ['terraform-cloud-run', 'terraform-state'],
      used: 2,
    },

    // ---- people who sign in through the company
    {
      roleName: 'okta-developer',
      age: 640,
      trust: trustOf(trustSaml(saml('okta'))),
      attached: ['developer-base', 'developer-production-fence'],
      used: { hours: 3 },
    },
    {
      roleName: 'okta-analyst',
      age: 640,
      trust: trustOf(trustSaml(saml('okta'))),
      attached: ['analytics-read'],
      used: 1,
    },
    {
      roleName: 'okta-support',
      age: 640,
      trust: trustOf(trustSaml(saml('okta'))),
      attached: ['support-desk'],
      used: 4,
    },
    {
      roleName: 'okta-finance-2019',
      age: 2300,
      trust: trustOf(trustSaml(saml('okta-2019'))),
      attached: ['finance-reports'],
      used: 660,
    },

    // ---- other accounts of the organization
    organizationAccessRole(accounts.management, 2900),
    {
      roleName: 'shared-artifacts',
      age: 590,
      trust: trustOf(trustAws('*', inOrganization)),
      inline: { read: policyOf(allow('s3:GetObject', 'arn:aws:s3:::meridian-artifacts/*')) },
      used: 1,
    },
    {
      roleName: 'fennel-catalogue-import',
      age: 310,
      trust: trustOf(trustAws(root(accounts.fennel), inOrganization)),
      inline: { write: policyOf(allow('s3:PutObject', 'arn:aws:s3:::meridian-catalogue/fennel/*')) },
      used: 6,
    },

    // ---- other companies, and worse
    {
      roleName: 'northbeam-monitoring',
      age: 510,
      trust: trustOf(trustAws(root(strangers.northbeam), { StringEquals: { 'sts:ExternalId': 'nb-7f3c1e92' } })),
      attached: ['aws:CloudWatchReadOnlyAccess'],
      used: { minutes: 4 },
    },
    {
      roleName: 'parcelwise-tracking',
      age: 600,
      trust: trustOf(trustAws(root(strangers.parcelwise))),
      attached: ['parcel-status-write'],
      used: { minutes: 19 },
    },
    {
      roleName: 'migration-2023',
      age: 1170,
      trust: trustOf(trustAws(root(strangers.unknown), { StringEquals: { 'sts:ExternalId': 'migration' } })),
      attached: ['aws:AmazonS3ReadOnlyAccess', 'aws:AmazonRDSReadOnlyAccess'],
      used: 1090,
      untagged: true,
    },
    {
      roleName: 'partner-feed-reader',
      age: 700,
      trust: trustOf(trustAws('*')),
      attached: ['partner-feed-read'],
      used: 2,
    },
    {
      roleName: 'dms-migration',
      age: 1190,
      trust: trustOf(trustAws([around.deletedUserId, root(accountId)])),
      attached: ['orders-table'],
      used: 1100,
      untagged: true,
    },

    // ---- people's own
    auditRole([accounts.security, accountId], around.organizationId, 800),
    {
      roleName: 'support-cases',
      age: 800,
      description: 'Opens cases with AWS Support',
      trust: trustOf(trustAws(root(accountId), { Bool: { 'aws:MultiFactorAuthPresent': 'true' } })),
      attached: ['aws:AWSSupportAccess'],
      used: 33,
    },
    {
      roleName: 'data-platform',
      age: 690,
      trust: trustOf(trustAws(root(accountId), { Bool: { 'aws:MultiFactorAuthPresent': 'true' } })),
      attached: ['data-platform-builder'],
      used: 8,
    },
    {
      roleName: 'redshift-trial',
      age: 430,
      trust: trustOf(trustService('redshift.amazonaws.com')),
      attached: ['aws:AmazonS3ReadOnlyAccess'],
      used: 395,
      untagged: true,
    },
    {
      roleName: 'load-test',
      age: 1190,
      trust: trustOf(trustService('ec2.amazonaws.com')),
      attached: ['aws:AmazonEC2FullAccess'],
      untagged: true,
    },
  ]
}

function writeLogs(accountId: string, group: string): PolicyDocument {
  return policyOf(
    allow(actionsOf('logs', 'CreateLogStream PutLogEvents'), `arn:aws:logs:*:${accountId}:log-group:${group}*`),
  )
}
