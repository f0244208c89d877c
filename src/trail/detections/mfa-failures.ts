import type { Detection } from './detection.ts'
import { at, ELSEWHERE, login, user } from './example.ts'
import { whoIs } from './words.ts'

export const mfaFailures: Detection = {
  id: 'mfa-failures',
  code: 'CT09',
  title: 'MFA failed again and again',
  severity: 'high',
  attack: ['T1621'],
  why: 'Whoever comes as far as the second factor has the password already.',
  fix: 'Ask the user. If it was somebody else, change the password at once.',
  falsePositives: ['a clock that is wrong', 'typing errors'],
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html',
  ],
  rule: {
    form: 'window',
    where: "event_name = 'ConsoleLogin' AND console_login_result = 'Failure' AND mfa",
    per: [['account_id', 'principal_arn']],
    minutes: 60,
    atLeast: 3,
  },
  because: (hit) => `${whoIs(hit)} failed at MFA ${hit.count} times, from ${hit.sourceIp}`,
  examples: {
    flagged: [
      {
        name: 'three codes that are wrong',
        events: [1, 2, 3].map((minute) =>
          login(user('alice'), { success: false, time: at(0, 0, minute), from: ELSEWHERE }),
        ),
      },
    ],
    clean: [
      {
        name: 'one wrong code',
        events: [login(user('alice'), { success: false }), login(user('alice'), { time: at(0, 0, 1) })],
      },
      {
        name: 'wrong passwords without MFA',
        events: [1, 2, 3].map((minute) => login(user('alice'), { success: false, mfa: false, time: at(0, 0, minute) })),
      },
    ],
  },
}
