import type { Check } from './check.ts'
import { shell } from './shell.ts'
import { DETAILS } from './sources.ts'
import { groupSubject } from './subjects.ts'

export const groupEmpty: Check = {
  id: 'group-empty',
  title: 'Group without users',
  severity: 'info',
  group: 'admins',
  why: 'An empty group gives nobody anything, until someone is added to it without knowing what it allows.',
  fix: 'Delete the group, or note what it is kept for in an exception.',
  needs: ['users', 'groups'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups_manage_delete.html'],
  *run({ snapshot, knowledge }) {
    // with some users missing no group can be called empty; the ledger says so already
    if (knowledge('users').known !== 'all') return
    const used = new Set<string>()
    for (const { groups } of snapshot.users) for (const name of groups) used.add(name)
    for (const group of snapshot.groups) {
      const { groupName, attachedPolicies, inlinePolicies } = group
      if (used.has(groupName)) continue
      const policies = [...attachedPolicies, ...inlinePolicies].map(({ policyName }) => policyName)
      yield {
        subject: groupSubject(group),
        because: policies.length === 0 ? 'no users, no policies' : `no users; would give ${policies.join(', ')}`,
        evidence: [{ fact: 'users', value: 0, source: DETAILS }],
        commands: [
          ...attachedPolicies.map(
            ({ policyArn }) => shell`aws iam detach-group-policy --group-name ${groupName} --policy-arn ${policyArn}`,
          ),
          ...inlinePolicies.map(
            ({ policyName }) =>
              shell`aws iam delete-group-policy --group-name ${groupName} --policy-name ${policyName}`,
          ),
          shell`aws iam delete-group --group-name ${groupName}`,
        ],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'only the group without users',
        account: {
          users: [{ userName: 'ana', groups: ['staff'] }],
          groups: [
            { groupName: 'staff' },
            {
              groupName: 'old-admins',
              attachedPolicies: [
                { policyName: 'AdministratorAccess', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
              ],
            },
          ],
        },
        flags: ['arn:aws:iam::111122223333:group/old-admins'],
      },
    ],
    clean: [
      {
        name: 'a group with a user',
        account: { users: [{ userName: 'ana', groups: ['staff'] }], groups: [{ groupName: 'staff' }] },
      },
      { name: 'an account without groups', account: {} },
    ],
  },
}
