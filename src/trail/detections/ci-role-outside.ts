import type { Detection } from './detection.ts'
import { at, call, ELSEWHERE, HOME, keyOf, session } from './example.ts'
import { hitColumns, read } from './sql.ts'
import { times, whoIs } from './words.ts'

const KEY = keyOf('cibuild', 'ASIA')
const assumed = (from = HOME) =>
  call(
    'sts:AssumeRoleWithWebIdentity',
    { type: 'WebIdentityUser', principalId: 'repo:acme/app', userName: 'repo:acme/app' },
    {
      from,
      request: { roleArn: 'arn:aws:iam::111122223333:role/deploy', roleSessionName: 'build' },
      response: { credentials: { accessKeyId: KEY, expiration: 'Jan 5, 2026, 10:00:00 AM' } },
      readOnly: true,
    },
  )
const deploys = (from: string) =>
  call('lambda:ListFunctions', session('deploy', 'build', { key: KEY }), { from, time: at(0, 0, 5) })

export const ciRoleOutside: Detection = {
  id: 'ci-role-outside',
  code: 'CT36',
  title: 'Session of a web identity used from another network than it was made in',
  severity: 'high',
  attack: ['T1078.004'],
  why: 'A build assumes its role and works from the same runner. From elsewhere, the credentials were carried out of the build.',
  fix: 'Revoke the sessions of the role and look at what the build ran: a changed dependency, a pull request from outside.',
  falsePositives: ['self-hosted runners behind several addresses: quiet once the role was assumed from them'],
  references: ['https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html'],
  rule: {
    form: 'query',
    kind: 'baseline',
    steps: (scope) => [
      {
        tables: {
          made: `SELECT new_access_key AS made_key, target_role_arn AS role_arn, network AS made_in
FROM {{events}}
WHERE ${read(scope)} AND event_name = 'AssumeRoleWithWebIdentity' AND error_code IS NULL`,
        },
        picked: `invoked_by IS NULL AND ip_class IN ('public', 'aws')`,
        among: { value: 'access_key_id', table: 'made', values: 'made_key' },
        hits: `SELECT ${hitColumns({ by: ['account_id', 'principal_arn', 'access_key_id'], subject: 'min(made_in)' })}
FROM {{picked}} AS e JOIN {{made}} AS made ON made.made_key = e.access_key_id
WHERE e.network <> made.made_in
  AND NOT EXISTS (SELECT 1 FROM {{made}} AS homes WHERE homes.role_arn = made.role_arn AND homes.made_in = e.network)
GROUP BY account_id, principal_arn, access_key_id`,
      },
    ],
  },
  because: (hit) =>
    `${whoIs(hit)} was assumed with a web identity in ${hit.subject} and used${times(hit)} from ${hit.sourceIp}`,
  examples: {
    flagged: [{ name: 'the session is used elsewhere', events: [assumed(), deploys(ELSEWHERE)], hits: 1 }],
    clean: [
      { name: 'on the runner', events: [assumed(), deploys('203.0.113.12')] },
      { name: 'where other builds run', events: [assumed(ELSEWHERE), assumed(), deploys(ELSEWHERE)] },
    ],
  },
}
