import { counted } from '../../model/numbers.ts'
import type { Detection } from './detection.ts'
import { at, call, ELSEWHERE, user } from './example.ts'
import { DENIED } from './sql.ts'
import { whoIs } from './words.ts'

const ACTIONS = [
  'ListUsers',
  'ListRoles',
  'ListGroups',
  'ListPolicies',
  'GetAccountSummary',
  'ListAccessKeys',
  'ListMFADevices',
  'GetUser',
  'ListSAMLProviders',
  'ListServerCertificates',
  'GetCredentialReport',
  'ListAccountAliases',
]
const denied = (count: number, gap = 1) =>
  ACTIONS.slice(0, count).map((action, i) =>
    call(`iam:${action}`, user('ci'), { time: at(0, 0, i * gap), error: 'AccessDenied', from: ELSEWHERE }),
  )

export const deniedBurst: Detection = {
  id: 'denied-burst',
  code: 'CT33',
  title: 'Many different calls denied: somebody tries what is possible',
  severity: 'medium',
  attack: ['T1580'],
  why: 'Programs know what they may do. Whoever is denied ten different actions within an hour is finding out.',
  fix: 'If a policy was changed just before, take the change back. Otherwise look at where the calls come from, and treat the key as stolen if nobody knows.',
  falsePositives: ['a policy that was narrowed too far', 'the console, for people with few permissions'],
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html',
  ],
  rule: {
    form: 'window',
    where: `error_code IS NOT NULL AND ${DENIED} AND invoked_by IS NULL AND ip_class <> 'aws-service'`,
    per: [['account_id', 'principal_arn', 'access_key_id']],
    minutes: 60,
    distinct: "event_source || ' ' || event_name",
    atLeast: 10,
  },
  because: (hit) =>
    `${whoIs(hit)} was denied ${hit.distinct} different actions within an hour (${counted(hit.count, 'call')}), from ${hit.sourceIp}`,
  examples: {
    flagged: [{ name: 'twelve actions in twelve minutes', events: denied(12), hits: 1 }],
    clean: [
      { name: 'a few', events: denied(4) },
      {
        name: 'one action again and again',
        events: Array.from({ length: 15 }, (_, i) =>
          call('iam:GetUser', user('ci'), { error: 'AccessDenied', time: at(0, 0, i) }),
        ),
      },
      { name: 'twelve over a day', events: denied(12, 120) },
    ],
  },
}
