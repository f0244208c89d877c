import type { Check } from './check.ts'
import { accountSubject } from './subjects.ts'
import { IAM_DETAILS, isServiceLinked } from './trust.ts'

export const supportRoleMissing: Check = {
  id: 'support-role-missing',
  title: 'Nobody is set up to work with AWS Support',
  severity: 'low',
  group: 'account',
  why: 'When a key has been stolen, AWS Support is who you talk to. If only the root user or an administrator can open a case, the emergency starts with a search for credentials.',
  fix: 'Create a role for the people who handle incidents, with the AWS managed policy AWSSupportAccess.',
  needs: ['roles', 'users', 'groups'],
  references: [
    'https://docs.aws.amazon.com/awssupport/latest/user/accessing-support.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html',
  ],
  *run({ snapshot }) {
    const { users, groups, roles } = snapshot
    const has = ({ attachedPolicies }: { attachedPolicies: { policyArn: string }[] }) =>
      attachedPolicies.some(({ policyArn }) => policyArn.endsWith(':iam::aws:policy/AWSSupportAccess'))
    if (roles.some((role) => !isServiceLinked(role) && has(role)) || groups.some(has) || users.some(has)) return
    yield {
      subject: accountSubject(snapshot),
      because: 'no role, group or user has the policy AWSSupportAccess',
      evidence: [{ fact: 'attachments of AWSSupportAccess', value: 0, source: IAM_DETAILS }],
      commands: [],
    }
  },
  examples: {
    flagged: [
      { name: 'nobody with AWSSupportAccess', account: { roles: [{ roleName: 'app' }] }, flags: ['111122223333'] },
      {
        name: 'only a policy of our own by that name',
        account: {
          roles: [
            {
              roleName: 'support',
              attachedPolicies: [
                { policyName: 'AWSSupportAccess', policyArn: 'arn:aws:iam::111122223333:policy/AWSSupportAccess' },
              ],
            },
          ],
        },
      },
    ],
    clean: [
      {
        name: 'a role with AWSSupportAccess',
        account: {
          roles: [
            {
              roleName: 'support',
              attachedPolicies: [
                { policyName: 'AWSSupportAccess', policyArn: 'arn:aws:iam::aws:policy/AWSSupportAccess' },
              ],
            },
          ],
        },
      },
      {
        name: 'a group with it, in GovCloud',
        account: {
          partition: 'aws-us-gov',
          groups: [
            {
              groupName: 'support',
              attachedPolicies: [
                { policyName: 'AWSSupportAccess', policyArn: 'arn:aws-us-gov:iam::aws:policy/AWSSupportAccess' },
              ],
            },
          ],
        },
      },
    ],
  },
}
