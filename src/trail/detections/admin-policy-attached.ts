import type { Detection } from './detection.ts'
import { call, user } from './example.ts'
import { didCall } from './words.ts'

const attached = (action: string, policy: string, more = {}) =>
  call(`iam:${action}`, user('alice'), {
    request: { userName: 'bob', policyArn: `arn:aws:iam::aws:policy/${policy}` },
    ...more,
  })

export const adminPolicyAttached: Detection = {
  id: 'admin-policy-attached',
  code: 'CT19',
  title: 'Administrator policy attached',
  severity: 'high',
  attack: ['T1098.003'],
  why: 'AdministratorAccess and IAMFullAccess make a principal an administrator, now or after one more step.',
  fix: 'Ask who attached it. If it was not planned, detach it and look at what both have done since.',
  falsePositives: ['setting up an account'],
  references: ['https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html'],
  rule: {
    form: 'event',
    names: ['AttachUserPolicy', 'AttachRolePolicy', 'AttachGroupPolicy', 'AttachManagedPolicyToPermissionSet'],
    where: `error_code IS NULL AND regexp_like(coalesce(policy_arn, request_parameters), ':aws:policy/(AdministratorAccess|IAMFullAccess)($|")')`,
    subject: "coalesce(target_user, target_role_arn, 'a group or permission set')",
  },
  because: (hit) => didCall(hit, 'to'),
  examples: {
    flagged: [
      { name: 'AdministratorAccess for a user', events: [attached('AttachUserPolicy', 'AdministratorAccess')] },
      { name: 'IAMFullAccess for a user', events: [attached('AttachUserPolicy', 'IAMFullAccess')] },
    ],
    clean: [
      { name: 'a narrow policy', events: [attached('AttachUserPolicy', 'AmazonS3ReadOnlyAccess')] },
      {
        name: 'another whose name begins the same',
        events: [attached('AttachUserPolicy', 'AdministratorAccess-Amplify')],
      },
      { name: 'refused', events: [attached('AttachUserPolicy', 'AdministratorAccess', { error: 'AccessDenied' })] },
    ],
  },
}
