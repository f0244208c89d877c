import type { Check } from './check.ts'
import { detachCommand, IDENTITY_CENTER_FIX, isOurs, type Principal, subjectOf } from './policy-review.ts'
import { IAM_DETAILS, isIdentityCenterRole } from './trust.ts'

export const policyCloudshellFull: Check = {
  id: 'policy-cloudshell-full',
  title: 'Somebody has AWSCloudShellFullAccess',
  severity: 'low',
  group: 'policies',
  why: 'It allows moving files between CloudShell and the user’s computer, and CloudShell has the internet: a quiet way to carry data out, from a machine that your own monitoring does not see.',
  fix: 'Detach it, and allow CloudShell without cloudshell:GetFileDownloadUrls and GetFileUploadUrls to those who need it.',
  needs: ['users', 'groups', 'roles'],
  references: [
    'https://docs.aws.amazon.com/cloudshell/latest/userguide/sec-auth-with-identities.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html',
  ],
  *run({ snapshot }) {
    for (const principals of [snapshot.users, snapshot.groups, snapshot.roles] as Principal[][])
      for (const principal of principals) {
        const policy = principal.attachedPolicies.find(({ policyArn }) =>
          policyArn.endsWith(':iam::aws:policy/AWSCloudShellFullAccess'),
        )
        if (!policy || !isOurs(principal)) continue
        yield {
          subject: subjectOf(principal),
          because: 'has the policy AWSCloudShellFullAccess',
          evidence: [{ fact: 'attached policy', value: policy.policyArn, source: IAM_DETAILS }],
          ...('roleName' in principal && isIdentityCenterRole(principal)
            ? { fix: IDENTITY_CENTER_FIX }
            : { commands: [detachCommand(principal, policy.policyArn)] }),
        }
      }
  },
  examples: {
    flagged: [
      {
        name: 'a user, a group and a role, in any partition',
        account: {
          users: [{ userName: 'ana', attachedPolicies: [cloudshell('aws')] }],
          groups: [{ groupName: 'dev', attachedPolicies: [cloudshell('aws')] }],
          roles: [{ roleName: 'dev', attachedPolicies: [cloudshell('aws-us-gov')] }],
        },
        flags: [
          'arn:aws:iam::111122223333:user/ana',
          'arn:aws:iam::111122223333:group/dev',
          'arn:aws:iam::111122223333:role/dev',
        ],
      },
    ],
    clean: [
      {
        name: 'a policy of our own by that name',
        account: {
          users: [
            {
              userName: 'ana',
              attachedPolicies: [
                {
                  policyName: 'AWSCloudShellFullAccess',
                  policyArn: 'arn:aws:iam::111122223333:policy/AWSCloudShellFullAccess',
                },
              ],
            },
          ],
        },
      },
    ],
  },
}

// for the examples

function cloudshell(partition: string) {
  return {
    policyName: 'AWSCloudShellFullAccess',
    policyArn: `arn:${partition}:iam::aws:policy/AWSCloudShellFullAccess`,
  }
}
