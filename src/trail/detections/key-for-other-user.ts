import type { Detection } from './detection.ts'
import { call, keyOf, session, user } from './example.ts'
import { FOR_ANOTHER_USER } from './sql.ts'
import { from, times, whoIs } from './words.ts'

export const keyForOtherUser: Detection = {
  id: 'key-for-other-user',
  code: 'CT13',
  title: 'Access key created for another user',
  severity: 'medium',
  attack: ['T1098.001'],
  why: 'A key of another user is a back door: it stays when the own access is taken away, and it can do what the other may.',
  fix: 'Ask who made it and why. If nobody can say, deactivate the key and look at what it did.',
  falsePositives: ['IAM administrators', 'programs that rotate keys: give them an allowance'],
  references: ['https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html'],
  rule: {
    form: 'event',
    names: ['CreateAccessKey'],
    where: `error_code IS NULL AND ${FOR_ANOTHER_USER}`,
    subject: 'target_user',
  },
  because: (hit) => `${whoIs(hit)} made an access key for user ${hit.subject}${times(hit)}${from(hit)}`,
  examples: {
    flagged: [
      {
        name: 'a user for another',
        events: [
          call('iam:CreateAccessKey', user('alice'), {
            request: { userName: 'bob' },
            response: { accessKey: { accessKeyId: keyOf('bobnew'), userName: 'bob', status: 'Active' } },
          }),
        ],
      },
      {
        name: 'a name that contains the own',
        events: [call('iam:CreateAccessKey', user('bob'), { request: { userName: 'bobby' } })],
      },
      {
        name: 'a role for a user',
        events: [call('iam:CreateAccessKey', session('admin', 'x'), { request: { userName: 'bob' } })],
      },
    ],
    clean: [
      { name: 'its own', events: [call('iam:CreateAccessKey', user('alice'), { request: { userName: 'alice' } })] },
      { name: 'its own, without a name', events: [call('iam:CreateAccessKey', user('alice'))] },
      {
        name: 'refused',
        events: [call('iam:CreateAccessKey', user('alice'), { request: { userName: 'bob' }, error: 'AccessDenied' })],
      },
    ],
  },
}
