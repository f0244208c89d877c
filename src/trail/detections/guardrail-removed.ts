import type { Detection } from './detection.ts'
import { call, session, user } from './example.ts'
import { didCall } from './words.ts'

export const guardrailRemoved: Detection = {
  id: 'guardrail-removed',
  code: 'CT24',
  title: 'Permissions boundary or organization policy removed',
  severity: 'high',
  attack: ['T1098'],
  why: 'Boundaries and organization policies hold even administrators back. Without them, what was granted generously becomes real.',
  fix: 'Check whether the change was planned; if not, put the guardrail back and look at what was done without it.',
  falsePositives: ['migrations', 'infrastructure code that replaces a policy'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html'],
  rule: {
    form: 'event',
    names: [
      'DeleteUserPermissionsBoundary',
      'DeleteRolePermissionsBoundary',
      'DetachPolicy',
      'DisablePolicyType',
      'DeletePolicy',
    ],
    where:
      "error_code IS NULL AND (event_source = 'iam.amazonaws.com' AND event_name IN ('DeleteUserPermissionsBoundary', 'DeleteRolePermissionsBoundary') OR event_source = 'organizations.amazonaws.com' AND event_name IN ('DetachPolicy', 'DisablePolicyType', 'DeletePolicy'))",
  },
  because: (hit) => didCall(hit),
  examples: {
    flagged: [
      {
        name: 'the boundary of a user',
        events: [call('iam:DeleteUserPermissionsBoundary', user('alice'), { request: { userName: 'bob' } })],
      },
      {
        name: 'an SCP detached',
        events: [
          call('organizations:DetachPolicy', session('admin', 'x'), { request: { policyId: 'p-1', targetId: 'r-1' } }),
        ],
      },
    ],
    clean: [
      {
        name: 'an IAM policy deleted',
        events: [
          call('iam:DeletePolicy', user('alice'), { request: { policyArn: 'arn:aws:iam::111122223333:policy/p' } }),
        ],
      },
      {
        name: 'a boundary set',
        events: [call('iam:PutUserPermissionsBoundary', user('alice'), { request: { userName: 'bob' } })],
      },
    ],
  },
}
