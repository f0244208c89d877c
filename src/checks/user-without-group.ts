import type { Check } from './check.ts'
import { shell } from './shell.ts'
import { DETAILS } from './sources.ts'
import { userSubject } from './subjects.ts'

export const userWithoutGroup: Check = {
  id: 'user-without-group',
  title: 'User is in no group',
  severity: 'low',
  group: 'admins',
  why: 'Groups say what a user is for. A user in none has either permissions that were given one by one, or none at all.',
  fix: 'Add the user to the group of its job; if no group fits, make one. Remove the user if nobody needs it.',
  needs: ['users'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups_manage_add-remove-users.html',
  ],
  *run({ snapshot }) {
    for (const user of snapshot.users) {
      if (user.groups.length > 0) continue
      const own = user.attachedPolicies.length + user.inlinePolicies.length
      yield {
        subject: userSubject(user),
        because:
          own === 0
            ? 'in no group, and without a policy'
            : `in no group; ${own === 1 ? '1 policy is' : `${own} policies are`} its own`,
        evidence: [{ fact: 'groups', value: 0, source: DETAILS }],
        commands: ['aws iam list-groups', shell`aws iam list-attached-user-policies --user-name ${user.userName}`],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'only the user in no group',
        account: {
          users: [{ userName: 'ana' }, { userName: 'ben', groups: ['staff'] }],
          groups: [{ groupName: 'staff' }],
        },
        flags: ['arn:aws:iam::111122223333:user/ana'],
      },
    ],
    clean: [
      {
        name: 'a user in a group',
        account: { users: [{ userName: 'ana', groups: ['staff'] }], groups: [{ groupName: 'staff' }] },
      },
      { name: 'an account without users', account: {} },
    ],
  },
}
