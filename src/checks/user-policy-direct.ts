import type { Check } from './check.ts'
import { isQuarantine } from './quarantine.ts'
import { shell } from './shell.ts'
import { DETAILS } from './sources.ts'
import { userSubject } from './subjects.ts'

const READ_ONLY = { policyName: 'ReadOnlyAccess', policyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }

export const userPolicyDirect: Check = {
  id: 'user-policy-direct',
  title: 'User has permissions of its own instead of through a group',
  severity: 'low',
  group: 'admins',
  why: 'Permissions given one by one are forgotten one by one: nobody sees any more who may do what, and a change of job does not take them away.',
  fix: 'Give the permissions to a group, add the user to it, see that it works, and only then take them from the user.',
  needs: ['users'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-2',
  ],
  *run({ snapshot }) {
    for (const user of snapshot.users) {
      // a quarantine of AWS is attached directly and must stay
      const attached = user.attachedPolicies.filter((policy) => !isQuarantine(policy))
      const { inlinePolicies, userName } = user
      if (attached.length === 0 && inlinePolicies.length === 0) continue
      yield {
        subject: userSubject(user),
        because: [
          ...(attached.length > 0 ? [`attached: ${attached.map(({ policyName }) => policyName).join(', ')}`] : []),
          ...(inlinePolicies.length > 0
            ? [`inline: ${inlinePolicies.map(({ policyName }) => policyName).join(', ')}`]
            : []),
        ].join('; '),
        evidence: [
          { fact: 'policies attached', value: attached.length, source: DETAILS },
          { fact: 'inline policies', value: inlinePolicies.length, source: DETAILS },
        ],
        commands: [
          shell`aws iam list-groups-for-user --user-name ${userName}`,
          ...attached.map(
            ({ policyArn }) => shell`aws iam detach-user-policy --user-name ${userName} --policy-arn ${policyArn}`,
          ),
          ...inlinePolicies.map(
            ({ policyName }) => shell`aws iam delete-user-policy --user-name ${userName} --policy-name ${policyName}`,
          ),
        ],
      }
    }
  },
  examples: {
    flagged: [
      { name: 'an attached policy', account: { users: [{ userName: 'ana', attachedPolicies: [READ_ONLY] }] } },
      {
        name: 'an inline policy of a user in a group',
        account: {
          users: [
            {
              userName: 'ana',
              groups: ['staff'],
              inlinePolicies: [{ policyName: 'extra', policyDocument: { Version: '2012-10-17', Statement: [] } }],
            },
            { userName: 'ben', groups: ['staff'] },
          ],
          groups: [{ groupName: 'staff' }],
        },
        flags: ['arn:aws:iam::111122223333:user/ana'],
      },
    ],
    clean: [
      {
        name: 'permissions through a group, and a boundary',
        account: {
          users: [{ userName: 'ana', groups: ['staff'], permissionsBoundary: READ_ONLY.policyArn }],
          groups: [{ groupName: 'staff', attachedPolicies: [READ_ONLY] }],
        },
      },
      {
        name: 'a quarantine by AWS',
        account: {
          users: [
            {
              userName: 'ana',
              attachedPolicies: [
                {
                  policyName: 'AWSCompromisedKeyQuarantineV3',
                  policyArn: 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3',
                },
              ],
            },
          ],
        },
      },
    ],
  },
}
