import type { Detection } from './detection.ts'
import { at, ELSEWHERE, login, user } from './example.ts'
import { whoIs } from './words.ts'

export const loginFailures: Detection = {
  id: 'login-failures',
  code: 'CT08',
  title: 'Many sign-ins failed: passwords are guessed',
  severity: 'medium',
  attack: ['T1110.003'],
  why: 'Many failures from one address, over one user or over many, are how passwords are guessed.',
  fix: 'See whether one of the tries succeeded from the same address. Require MFA, and end password sign-in where there is federation.',
  falsePositives: ['expired passwords', 'a script with an old password'],
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html',
  ],
  rule: {
    form: 'window',
    where: "event_name = 'ConsoleLogin' AND console_login_result = 'Failure' AND coalesce(identity_type, '') <> 'Root'",
    per: [['source_ip'], ['account_id', 'principal_arn']],
    minutes: 60,
    atLeast: 5,
    or: 'count(DISTINCT user_name) >= 3',
  },
  because: (hit) =>
    hit.subject === 'source_ip'
      ? `${hit.count} sign-ins from ${hit.sourceIp} failed`
      : `${hit.count} sign-ins as ${whoIs(hit)} failed`,
  examples: {
    flagged: [
      {
        name: 'one user, six failures',
        events: [1, 2, 3, 4, 5, 6].map((minute) =>
          login(user('alice'), { success: false, time: at(0, 0, minute), from: ELSEWHERE }),
        ),
      },
      {
        name: 'three users from one address',
        events: ['alice', 'bob', 'carol'].map((name, i) =>
          login(user(name), { success: false, time: at(0, 0, i), from: ELSEWHERE }),
        ),
      },
    ],
    clean: [
      {
        name: 'two failures',
        events: [1, 2].map((minute) => login(user('alice'), { success: false, time: at(0, 0, minute) })),
      },
      {
        name: 'six failures over a week',
        events: [1, 2, 3, 4, 5, 6].map((day) => login(user('alice'), { success: false, time: at(day) })),
      },
    ],
  },
}
