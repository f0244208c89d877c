import type { Detection } from './detection.ts'
import { at, call, ELSEWHERE, HOME, keyOf, session } from './example.ts'
import { hitColumns, read, reported } from './sql.ts'
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
    sql: (scope) => `WITH made AS (
  SELECT new_access_key AS made_key, target_role_arn AS role_arn, network AS made_in
  FROM {{events}}
  WHERE ${read(scope)} AND event_name = 'AssumeRoleWithWebIdentity' AND error_code IS NULL
), homes AS (
  SELECT DISTINCT role_arn AS home_role, made_in AS home FROM made
)
SELECT ${hitColumns({ by: ['account_id', 'principal_arn', 'access_key_id'], subject: 'min(made_in)' })}
FROM (SELECT * FROM {{events}} WHERE ${reported(scope)} AND access_key_id IN (SELECT made_key FROM made)) AS e
  JOIN made ON made.made_key = e.access_key_id
WHERE e.invoked_by IS NULL AND e.ip_class IN ('public', 'aws') AND e.network <> made.made_in
  AND NOT EXISTS (SELECT 1 FROM homes WHERE homes.home_role = made.role_arn AND homes.home = e.network)
GROUP BY account_id, principal_arn, access_key_id`,
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
