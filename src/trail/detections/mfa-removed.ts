import type { Detection } from './detection.ts'
import { call, user } from './example.ts'
import { FOR_ANOTHER_USER } from './sql.ts'
import { didCall } from './words.ts'

export const mfaRemoved: Detection = {
  id: 'mfa-removed',
  code: 'CT18',
  title: 'MFA device removed, or one added for another user',
  severity: 'high',
  attack: ['T1556.006'],
  why: 'Without its MFA device a user is protected by a password alone; with a foreign one, somebody else can pass as it.',
  fix: 'Ask the user. If it knows nothing, remove the foreign device, change the password, and end the sessions.',
  falsePositives: ['a new phone'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_disable.html'],
  rule: {
    form: 'event',
    names: ['DeactivateMFADevice', 'DeleteVirtualMFADevice', 'EnableMFADevice'],
    where: `error_code IS NULL AND identity_type <> 'Root' AND (event_name <> 'EnableMFADevice' OR ${FOR_ANOTHER_USER})`,
  },
  because: (hit) => didCall(hit),
  examples: {
    flagged: [
      {
        name: 'a device deactivated',
        events: [call('iam:DeactivateMFADevice', user('alice'), { request: { userName: 'alice' } })],
      },
      {
        name: 'a foreign device',
        events: [call('iam:EnableMFADevice', user('alice'), { request: { userName: 'bob' } })],
      },
    ],
    clean: [
      {
        name: 'its own new device',
        events: [call('iam:EnableMFADevice', user('alice'), { request: { userName: 'alice' } })],
      },
    ],
  },
}
