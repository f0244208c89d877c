import type { Detection } from './detection.ts'
import { login, root, user } from './example.ts'
import { from, times } from './words.ts'

export const rootConsoleLogin: Detection = {
  id: 'root-console-login',
  code: 'CT02',
  title: 'Root user signed in to the console',
  severity: 'high',
  attack: ['T1078.004'],
  why: 'The root user should stay unused: whoever is signed in as root can do everything, and on a standalone account nothing can stop it.',
  fix: 'Ask the few people who have access to the root password. If nobody signed in, change the password and its MFA device, and look at what the session did.',
  falsePositives: ['break-glass drills', 'tasks that only root can do'],
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html',
  ],
  rule: {
    form: 'event',
    names: ['ConsoleLogin'],
    where: "identity_type = 'Root' AND console_login_result = 'Success'",
  },
  because: (hit) => `root signed in${times(hit)}${from(hit)}`,
  examples: {
    flagged: [{ name: 'root signs in', events: [login(root())] }],
    clean: [
      { name: 'root mistypes its password', events: [login(root(), { success: false })] },
      { name: 'a user signs in', events: [login(user('alice'))] },
    ],
  },
}
