import type { Detection } from './detection.ts'
import { at, login, root, user } from './example.ts'
import { from, times } from './words.ts'

export const rootLoginFailure: Detection = {
  id: 'root-login-failure',
  code: 'CT03',
  title: 'Sign-in as root failed',
  severity: 'low',
  attack: ['T1110.001'],
  why: 'Somebody tries the root password. Once may be a typing error; several times within an hour is guessing.',
  fix: 'Ask the holders of the root password. If it was nobody, see that root has a hardware MFA device, and consider removing root credentials of member accounts.',
  falsePositives: ['typing errors'],
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html',
  ],
  rule: {
    form: 'window',
    where: "event_name = 'ConsoleLogin' AND identity_type = 'Root' AND console_login_result = 'Failure'",
    per: [['account_id']],
    minutes: 60,
    atLeast: 1,
  },
  because: (hit) => ({
    because: `sign-in as root failed${times(hit)}${from(hit)}`,
    severity: hit.count >= 3 ? 'high' : 'low',
  }),
  examples: {
    flagged: [
      { name: 'one failure', events: [login(root(), { success: false })], hits: 1 },
      {
        name: 'five failures within minutes, told once',
        events: [0, 2, 4, 6, 8].map((minute) => login(root(), { success: false, time: at(0, 0, minute) })),
        hits: 1,
      },
    ],
    clean: [
      { name: 'root signs in', events: [login(root())] },
      { name: 'a user mistypes its password', events: [login(user('alice'), { success: false })] },
    ],
  },
}
