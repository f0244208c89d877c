/**
 * The permissions that collecting needs, generated from what the collectors declare: the policy, and a role with it.
 * All of them only read.
 */
import { rootTaskArn } from '../aws/root-session.ts'
import { KeyreeveError } from '../model/errors.ts'
import { ACCESS_ANALYZER_CALLS } from './access-analyzer.ts'
import { ACCOUNT_CONFIG_CALLS } from './account-config/config-readers.ts'
import { ACCOUNT_CALLS } from './account-contact.ts'
import { CLOUDTRAIL_CALLS } from './cloudtrail.ts'
import { EC2_CALLS, REGIONS_CALL } from './ec2.ts'
import { IAM_CALLS } from './iam/collect-iam.ts'
import { ORGANIZATIONS_CALLS } from './organizations.ts'
import type { Call } from './run.ts'
import { WORKLOAD_CALLS } from './workloads/collect-workloads.ts'

/** Every call that a collector makes. `sts:GetCallerIdentity` needs no permission. */
export const ALL_CALLS: readonly Call[] = [
  ...IAM_CALLS,
  ...ACCOUNT_CALLS,
  ...ORGANIZATIONS_CALLS,
  ...EC2_CALLS,
  ...CLOUDTRAIL_CALLS,
  ...ACCESS_ANALYZER_CALLS,
  ...WORKLOAD_CALLS,
]

export interface CollectionPolicyOptions {
  /** With what `--ssh-keys` asks for. */
  sshKeys?: boolean
  /** With what `--root-keys` asks for, which is for whoever calls from the management account. */
  rootKeys?: boolean
  /** With what `scan --account` reads: configuration, and with it whatever secrets were put there. */
  scanAccount?: boolean
  /** false: without what `--no-workloads` leaves out. */
  workloads?: boolean
}

export interface CollectionPolicy {
  Version: '2012-10-17'
  Statement: {
    Sid: string
    Effect: 'Allow'
    Action: string[]
    Resource: string
    Condition?: Record<string, Record<string, string>>
  }[]
}

/**
 * The smallest policy that lets everything be collected. Half of its actions know no resources, and the others are
 * asked about every user, trail and provider there is: so `*`.
 */
export function collectionPolicy({
  sshKeys = false,
  workloads = true,
  scanAccount = false,
  rootKeys = false,
}: CollectionPolicyOptions = {}): CollectionPolicy {
  // a session of root's is asked for with a statement of its own
  const chosen = { sshKeys, workloads, rootKeys: false }
  const calls = ALL_CALLS.filter(({ option }) => option === undefined || chosen[option])
  const policy = policyFor('KeyreeveCollect', [...calls, ...(scanAccount ? ACCOUNT_CONFIG_CALLS : [])])
  if (rootKeys) policy.Statement.push(ROOT_KEYS)
  return policy
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html */
const ROOT_KEYS: CollectionPolicy['Statement'][number] = {
  Sid: 'KeyreeveRootKeys',
  Effect: 'Allow',
  Action: ['sts:AssumeRoot'],
  Resource: '*',
  Condition: { StringLike: { 'sts:TaskPolicyArn': rootTaskArn('*', 'IAMAuditRootUserCredentials') } },
}

/** The smallest policy that lets `scan --account` read everything that it looks into. */
export function accountScanPolicy(): CollectionPolicy {
  return policyFor('KeyreeveScanAccount', [REGIONS_CALL, ...ACCOUNT_CONFIG_CALLS])
}

function policyFor(Sid: string, calls: readonly Call[]): CollectionPolicy {
  const Action = [...new Set(calls.flatMap(({ actions }) => actions))].sort()
  return { Version: '2012-10-17', Statement: [{ Sid, Effect: 'Allow', Action, Resource: '*' }] }
}

export interface AuditRoleOptions extends CollectionPolicyOptions {
  /** The account that may assume the role; a parameter without a default when absent. */
  trustedAccountId?: string
  /** What the one who assumes it must say. */
  externalId?: string
}

/** The audit role with the policy, as Terraform or as a CloudFormation template. */
export function auditRole(format: 'terraform' | 'cloudformation', options: AuditRoleOptions = {}): string {
  const { trustedAccountId, externalId } = options
  if (trustedAccountId !== undefined && !/^\d{12}$/.test(trustedAccountId)) {
    throw new KeyreeveError('usage', 'the trusted account is no account ID', { hint: 'an account ID has 12 digits' })
  }
  if (externalId !== undefined && !/^[\w+=,.@:/-]{2,1224}$/.test(externalId)) {
    throw new KeyreeveError('usage', 'the external ID is none that AWS accepts', {
      hint: '2 to 1224 letters, digits and + = , . @ : / -',
    })
  }
  return format === 'terraform' ? terraform(options) : cloudFormation(options)
}

const DESCRIPTION = 'Read-only access for keyreeve audit'

function terraform({ trustedAccountId, externalId, ...policyOptions }: AuditRoleOptions): string {
  const [statement] = collectionPolicy(policyOptions).Statement
  const actions = statement!.Action.map((action) => `        "${action}",`).join('\n')
  return `# The role that keyreeve audits with: it can read what keyreeve collects, and nothing else.
${hclVariable('trusted_account_id', 'The account that may assume the role', trustedAccountId)}
${externalId === undefined ? '' : `${hclVariable('external_id', 'What the one who assumes the role must say', externalId)}\n`}
data "aws_partition" "current" {}

resource "aws_iam_role" "keyreeve_audit" {
  name                 = "keyreeve-audit"
  description          = "${DESCRIPTION}"
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:\${data.aws_partition.current.partition}:iam::\${var.trusted_account_id}:root" }${
        externalId === undefined ? '' : '\n      Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }'
      }
    }]
  })
}

resource "aws_iam_role_policy" "keyreeve_collect" {
  name = "keyreeve-collect"
  role = aws_iam_role.keyreeve_audit.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "${statement!.Sid}"
      Effect = "Allow"
      Action = [
${actions}
      ]
      Resource = "*"
    }]
  })
}

output "keyreeve_role_arn" {
  value = aws_iam_role.keyreeve_audit.arn
}
`
}

function hclVariable(name: string, description: string, value: string | undefined): string {
  const fallback = value === undefined ? '' : `\n  default     = "${value}"`
  return `
variable "${name}" {
  type        = string
  description = "${description}"${fallback}
}`
}

function cloudFormation({ trustedAccountId, externalId, ...policyOptions }: AuditRoleOptions): string {
  const [statement] = collectionPolicy(policyOptions).Statement
  const actions = statement!.Action.map((action) => `                  - ${action}`).join('\n')
  return `# The role that keyreeve audits with: it can read what keyreeve collects, and nothing else.
# aws cloudformation deploy --stack-name keyreeve-audit --template-file FILE --capabilities CAPABILITY_NAMED_IAM
AWSTemplateFormatVersion: '2010-09-09'
Description: ${DESCRIPTION}
Parameters:
  TrustedAccountId:
    Type: String
    Description: The account that may assume the role
    AllowedPattern: '^[0-9]{12}$'${trustedAccountId === undefined ? '' : `\n    Default: '${trustedAccountId}'`}
  ExternalId:
    Type: String
    Description: What the one who assumes the role must say; empty for nothing
    Default: '${externalId ?? ''}'
Conditions:
  HasExternalId: !Not [!Equals [!Ref ExternalId, '']]
Resources:
  KeyreeveAudit:
    Type: AWS::IAM::Role
    Properties:
      RoleName: keyreeve-audit
      Description: ${DESCRIPTION}
      MaxSessionDuration: 3600
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Action: sts:AssumeRole
            Principal:
              AWS: !Sub 'arn:\${AWS::Partition}:iam::\${TrustedAccountId}:root'
            Condition: !If
              - HasExternalId
              - StringEquals:
                  sts:ExternalId: !Ref ExternalId
              - !Ref AWS::NoValue
      Policies:
        - PolicyName: keyreeve-collect
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Sid: ${statement!.Sid}
                Effect: Allow
                Action:
${actions}
                Resource: '*'
Outputs:
  RoleArn:
    Value: !GetAtt KeyreeveAudit.Arn
`
}
