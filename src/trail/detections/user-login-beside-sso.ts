import type { Detection } from './detection.ts'
import { at, login, session, user } from './example.ts'
import { hitColumns, read } from './sql.ts'
import { from, times, whoIs } from './words.ts'

export const userLoginBesideSso: Detection = {
  id: 'user-login-beside-sso',
  code: 'CT12',
  title: 'IAM user signed in to the console of an account that people reach by single sign-on',
  severity: 'medium',
  attack: ['T1078.004'],
  why: 'Where people come by IAM Identity Center, a sign-in with name and password goes around its rules: MFA, leavers, conditional access.',
  fix: 'Remove the password of the user, or keep it as a break-glass user with an allowance and an alarm of its own.',
  falsePositives: ['break-glass users'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html'],
  rule: {
    form: 'query',
    kind: 'event',
    steps: (scope) => {
      const by = ['account_id', 'principal_arn', 'identity_type', 'event_name']
      return [
        {
          tables: {
            by_sso: `SELECT DISTINCT account_id
FROM {{events}}
WHERE ${read(scope)} AND strpos(session_issuer_arn, '/AWSReservedSSO_') > 0`,
          },
          picked: `event_name = 'ConsoleLogin' AND identity_type = 'IAMUser' AND console_login_result = 'Success'`,
          among: { value: 'account_id', table: 'by_sso', values: 'account_id' },
          hits: `SELECT ${hitColumns({ by })}
FROM {{picked}} AS e
GROUP BY ${by.join(', ')}`,
        },
      ]
    },
  },
  because: (hit) =>
    `${whoIs(hit)} signed in with a password${times(hit)}${from(hit)}; others reach account ${hit.accountId} by single sign-on`,
  examples: {
    flagged: [
      {
        name: 'a user beside single sign-on',
        events: [
          login(session('AWSReservedSSO_Admin_0', 'alice', { path: '/aws-reserved/sso.amazonaws.com/' })),
          login(user('bob'), { time: at(0, 1) }),
        ],
        hits: 1,
      },
    ],
    clean: [
      { name: 'an account without single sign-on', events: [login(user('bob'))] },
      {
        name: 'only single sign-on',
        events: [login(session('AWSReservedSSO_Admin_0', 'alice', { path: '/aws-reserved/sso.amazonaws.com/' }))],
      },
    ],
  },
}
