/**
 * What a session of `AssumeRoot` may do, by the task that it was made for.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/security-iam-awsmanpol.html
 */
const AUDIT = [
  'iam:GetAccessKeyLastUsed',
  'iam:GetLoginProfile',
  'iam:GetUser',
  'iam:ListAccessKeys',
  'iam:ListMFADevices',
  'iam:ListSigningCertificates',
]

const TASKS: Record<string, readonly string[]> = {
  IAMAuditRootUserCredentials: AUDIT,
  IAMCreateRootUserPassword: ['iam:CreateLoginProfile', 'iam:GetLoginProfile'],
  IAMDeleteRootUserCredentials: [
    ...AUDIT,
    'iam:DeactivateMFADevice',
    'iam:DeleteAccessKey',
    'iam:DeleteLoginProfile',
    'iam:DeleteSigningCertificate',
    'iam:DeleteVirtualMFADevice',
  ],
  S3UnlockBucketPolicy: ['s3:DeleteBucketPolicy', 's3:GetBucketPolicy', 's3:ListAllMyBuckets', 's3:PutBucketPolicy'],
  SQSUnlockQueuePolicy: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:ListQueues', 'sqs:SetQueueAttributes'],
}

/** The session policy of a task by the ARN of its policy; null: there is no such task. */
export function policyOfTask(arn: string): string | null {
  const name = /^arn:[^:]+:iam::aws:policy\/root-task\/(\w+)$/.exec(arn)?.[1]
  if (name === undefined || !Object.hasOwn(TASKS, name)) return null
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: TASKS[name], Resource: '*' }],
  })
}
