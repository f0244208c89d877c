import type { Detection } from './detection.ts'
import { call, root, session, user } from './example.ts'
import { ROOT_NAMES } from './sql.ts'
import { didCall } from './words.ts'

export const rootCredentialsChanged: Detection = {
  id: 'root-credentials-changed',
  code: 'CT05',
  title: 'Password, e-mail address or MFA of the root user changed, or its recovery asked for',
  severity: 'high',
  attack: ['T1098'],
  why: 'Whoever has the e-mail address of root can ask for a new password, and so take the whole account over.',
  fix: 'Check that the change was planned. If not, take the e-mail address back first, then password and MFA, with the help of AWS Support.',
  falsePositives: ['the account changes its owner', 'a new MFA device'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-track-root-user.html'],
  rule: {
    form: 'event',
    names: [
      'PasswordUpdated',
      'EmailUpdated',
      'PasswordRecoveryRequested',
      'PasswordRecoveryCompleted',
      'EnableMFADevice',
      'DeactivateMFADevice',
      'DeleteVirtualMFADevice',
      'StartPrimaryEmailUpdate',
      'AcceptPrimaryEmailUpdate',
    ],
    where: `error_code IS NULL AND (event_name IN ('StartPrimaryEmailUpdate', 'AcceptPrimaryEmailUpdate') OR identity_type = 'Root' AND (target_user IS NULL OR target_user IN ${ROOT_NAMES}))`,
  },
  because: (hit) => didCall(hit),
  examples: {
    flagged: [
      {
        name: 'the e-mail address of root changes',
        events: [call('signin:EmailUpdated', root(), { type: 'AwsConsoleSignIn' })],
      },
      {
        name: 'the address of a member account is changed from outside',
        events: [
          call('account:StartPrimaryEmailUpdate', session('admin', 'mallory'), {
            request: { accountId: '444455556666' },
          }),
        ],
      },
      {
        name: 'root gets an MFA device',
        events: [
          call('iam:EnableMFADevice', root(), {
            request: {
              userName: 'AWS ROOT USER',
              serialNumber: 'arn:aws:iam::111122223333:mfa/root-account-mfa-device',
            },
          }),
        ],
      },
    ],
    clean: [
      {
        name: 'root changes the MFA device of a user',
        events: [call('iam:DeactivateMFADevice', root(), { request: { userName: 'alice' } })],
      },
      {
        name: 'a user changes its own MFA device',
        events: [call('iam:EnableMFADevice', user('alice'), { request: { userName: 'alice' } })],
      },
    ],
  },
}
