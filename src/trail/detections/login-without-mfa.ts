import type { Detection } from './detection.ts'
import { login, root, session, user } from './example.ts'
import { from, times, whoIs } from './words.ts'

export const loginWithoutMfa: Detection = {
  id: 'login-without-mfa',
  code: 'CT07',
  title: 'Signed in to the console without MFA',
  severity: 'medium',
  attack: ['T1078.004'],
  why: 'A password alone is guessed, reused or phished. Who signs in without a second factor may be anyone who has it.',
  fix: 'Have the user register an MFA device, and deny everything without one by policy.',
  falsePositives: ['federated sessions show no MFA of AWS; they are not flagged'],
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html',
  ],
  rule: {
    form: 'event',
    names: ['ConsoleLogin'],
    where: "identity_type IN ('IAMUser', 'Root') AND console_login_result = 'Success' AND mfa = FALSE",
  },
  because: (hit) => ({
    because: `${whoIs(hit)} signed in without MFA${times(hit)}${from(hit)}`,
    severity: hit.identityType === 'Root' ? 'critical' : 'medium',
  }),
  examples: {
    flagged: [
      { name: 'a user without MFA', events: [login(user('alice'), { mfa: false })] },
      { name: 'root without MFA', events: [login(root(), { mfa: false })] },
    ],
    clean: [
      { name: 'a user with MFA', events: [login(user('alice'))] },
      { name: 'a federated session', events: [login(session('sso', 'alice'), { mfa: false })] },
      { name: 'a failure', events: [login(user('alice'), { mfa: false, success: false })] },
    ],
  },
}
