import type { Detection } from './detection.ts'
import { call, session, user } from './example.ts'
import { from, times, whoIs } from './words.ts'

export const signinToken: Detection = {
  id: 'signin-token',
  code: 'CT11',
  title: 'API credentials turned into a console session',
  severity: 'medium',
  attack: ['T1550.001'],
  why: 'With stolen API credentials, GetSigninToken opens the console, where everything is easier to find, and no MFA is asked for.',
  fix: 'Ask the holder of the credentials. If it was not they, end the sessions of the role and rotate the key behind it.',
  falsePositives: ['aws-vault, Leapp and other tools that open the console', 'identity brokers of your own'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html'],
  rule: {
    form: 'event',
    names: ['GetSigninToken'],
    // the access portal of IAM Identity Center is written in Java
    where:
      "event_source = 'signin.amazonaws.com' AND error_code IS NULL AND strpos(coalesce(user_agent, ''), 'Jersey/') = 0",
  },
  because: (hit) => `${whoIs(hit)} opened a console session with API credentials${times(hit)}${from(hit)}`,
  examples: {
    flagged: [
      {
        name: 'with a Python script',
        events: [call('signin:GetSigninToken', session('admin', 'work'), { agent: 'python-requests/2.32.5' })],
      },
    ],
    clean: [
      {
        name: 'the access portal',
        events: [
          call('signin:GetSigninToken', session('AWSReservedSSO_Admin_0', 'alice'), {
            agent: 'Jersey/2.46 (HttpUrlConnection 17.0.13)',
          }),
        ],
      },
      { name: 'another call', events: [call('sts:GetCallerIdentity', user('alice'))] },
    ],
  },
}
