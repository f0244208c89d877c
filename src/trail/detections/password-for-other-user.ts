import type { Detection } from './detection.ts'
import { call, session, user } from './example.ts'
import { FOR_ANOTHER_USER } from './sql.ts'
import { didCall } from './words.ts'

export const passwordForOtherUser: Detection = {
  id: 'password-for-other-user',
  code: 'CT16',
  title: 'Console password set for another user',
  severity: 'medium',
  attack: ['T1098.001'],
  why: 'Whoever sets the password of a more powerful user can sign in as that user.',
  fix: 'Ask who set it and why; if nobody can say, delete the login profile and end the sessions of the user.',
  falsePositives: ['the help desk', 'a new colleague'],
  references: ['https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html'],
  rule: {
    form: 'event',
    names: ['CreateLoginProfile', 'UpdateLoginProfile'],
    where: `error_code IS NULL AND ${FOR_ANOTHER_USER}`,
    subject: 'target_user',
  },
  because: (hit) => didCall(hit),
  examples: {
    flagged: [
      {
        name: 'a user for another',
        events: [call('iam:UpdateLoginProfile', user('alice'), { request: { userName: 'bob' } })],
      },
      {
        name: 'a role for a user',
        events: [call('iam:CreateLoginProfile', session('admin', 'x'), { request: { userName: 'bob' } })],
      },
    ],
    clean: [
      { name: 'its own', events: [call('iam:UpdateLoginProfile', user('alice'), { request: { userName: 'alice' } })] },
      {
        name: 'there is already one',
        events: [
          call('iam:CreateLoginProfile', user('alice'), {
            request: { userName: 'bob' },
            error: 'EntityAlreadyExistsException',
          }),
        ],
      },
    ],
  },
}
