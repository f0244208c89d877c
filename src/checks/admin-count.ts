import { adminsOf } from './admin.ts'
import type { Check } from './check.ts'
import { DETAILS } from './sources.ts'
import { accountSubject } from './subjects.ts'

const ADMIN = { policyName: 'AdministratorAccess', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }

export const adminCount: Check = {
  id: 'admin-count',
  title: 'Too many administrators',
  severity: 'medium',
  group: 'admins',
  why: 'Every administrator is one more way to lose the whole account, and with many of them nobody notices one more.',
  fix: 'Keep two or three, for the day everything else fails. Give the others what their work needs, through groups or roles.',
  needs: ['users', 'groups', 'policies'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-users-federation-idp',
  ],
  *run({ snapshot, lookup, thresholds }) {
    const { admins, unknown } = adminsOf(snapshot, lookup)
    if (admins.length <= thresholds.maxAdmins) {
      for (const what of unknown) yield { unknown: what }
      return
    }
    const names = admins.map(({ user }) => user.userName).sort()
    const shown = names.slice(0, 10).join(', ')
    yield {
      subject: accountSubject(snapshot),
      because: `${unknown.length > 0 ? 'at least ' : ''}${names.length} users are administrators (limit ${thresholds.maxAdmins}): ${shown}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`,
      evidence: [{ fact: 'administrators', value: names.length, source: DETAILS }],
    }
  },
  examples: {
    flagged: [
      {
        name: 'four administrators',
        account: { users: ['ana', 'ben', 'chi', 'dov'].map((userName) => ({ userName, attachedPolicies: [ADMIN] })) },
        flags: ['111122223333'],
      },
      {
        name: 'two administrators where one is allowed',
        account: { users: ['ana', 'ben'].map((userName) => ({ userName, attachedPolicies: [ADMIN] })) },
        config: { thresholds: { maxAdmins: 1 } },
      },
      {
        name: 'four administrators, and a policy that nobody could read',
        account: {
          users: [
            ...['ana', 'ben', 'chi', 'dov'].map((userName) => ({ userName, attachedPolicies: [ADMIN] })),
            {
              userName: 'eva',
              attachedPolicies: [{ policyName: 'lost', policyArn: 'arn:aws:iam::111122223333:policy/lost' }],
            },
          ],
        },
      },
    ],
    clean: [
      {
        name: 'three administrators',
        account: { users: ['ana', 'ben', 'chi'].map((userName) => ({ userName, attachedPolicies: [ADMIN] })) },
      },
      {
        name: 'many users who are no administrators',
        account: { users: ['a', 'b', 'c', 'd', 'e'].map((userName) => ({ userName })) },
      },
    ],
  },
}
