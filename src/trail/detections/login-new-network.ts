import type { Detection } from './detection.ts'
import { at, ELSEWHERE, login, user } from './example.ts'
import { whoIs } from './words.ts'

export const loginNewNetwork: Detection = {
  id: 'login-new-network',
  code: 'CT10',
  title: 'Signed in to the console from a new network',
  severity: 'medium',
  attack: ['T1078.004'],
  why: 'People sign in from a few networks. A new one is a journey, or somebody else with the password.',
  fix: 'Ask the person. If it was somebody else, change the password, remove foreign MFA devices and end the sessions.',
  falsePositives: ['journeys', 'VPNs', 'mobile networks'],
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html',
  ],
  rule: {
    form: 'first-seen',
    where: "event_name = 'ConsoleLogin' AND console_login_result = 'Success'",
    who: "coalesce(principal_arn, '') || ' ' || coalesce(session_name, '')",
    what: 'network',
    knownDays: 7,
    since: 'caller',
    atMost: 20,
  },
  because: (hit) => `${whoIs(hit)} signed in from ${hit.sourceIp}, a network it never used before`,
  examples: {
    flagged: [
      {
        name: 'another network after two weeks',
        events: [login(user('alice'), { time: at(0) }), login(user('alice'), { time: at(14), from: ELSEWHERE })],
      },
    ],
    clean: [
      {
        name: 'always the same network',
        events: [login(user('alice'), { time: at(0) }), login(user('alice'), { time: at(14), from: '203.0.113.99' })],
      },
      { name: 'the first sign-in of a new person', events: [login(user('alice'), { time: at(14), from: ELSEWHERE })] },
    ],
  },
}
