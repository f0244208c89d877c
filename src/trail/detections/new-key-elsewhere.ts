import type { Detection } from './detection.ts'
import { at, call, ELSEWHERE, keyOf, user } from './example.ts'
import { hitColumns, read } from './sql.ts'

const created = (time = at(0)) =>
  call('iam:CreateAccessKey', user('alice'), {
    time,
    request: { userName: 'alice' },
    response: { accessKey: { accessKeyId: keyOf('alicenew'), userName: 'alice', status: 'Active' } },
  })
const withNewKey = (from: string, time = at(0, 2)) =>
  call('s3:ListBuckets', { ...user('alice'), accessKeyId: keyOf('alicenew') }, { from, time })

export const newKeyElsewhere: Detection = {
  id: 'new-key-elsewhere',
  code: 'CT14',
  title: 'New access key used from a network that its maker never used',
  severity: 'high',
  attack: ['T1098.001'],
  why: 'Somebody inside made a key and somebody elsewhere used it the same day: that is how access is carried out of a stolen session.',
  fix: 'Ask the maker where the key was put. If it cannot say, deactivate the key.',
  falsePositives: ['a key made at the desk and put on a server or a laptop elsewhere'],
  references: ['https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html'],
  rule: {
    form: 'query',
    kind: 'baseline',
    steps: (scope) => [
      {
        tables: {
          made: `SELECT new_access_key AS made_key, principal_arn AS maker, event_time AS made_at
FROM {{events}}
WHERE ${read(scope)} AND event_name = 'CreateAccessKey' AND error_code IS NULL AND new_access_key IS NOT NULL`,
          known: `SELECT DISTINCT principal_arn AS maker, network AS known_network
FROM {{events}}
WHERE ${read(scope)} AND principal_arn IN (SELECT maker FROM {{made}}) AND network IS NOT NULL
  AND (access_key_id IS NULL OR access_key_id NOT IN (SELECT made_key FROM {{made}}))`,
        },
        picked: `invoked_by IS NULL AND ip_class IN ('public', 'aws')`,
        among: { value: 'access_key_id', table: 'made', values: 'made_key' },
        hits: `SELECT ${hitColumns({ by: ['account_id', 'principal_arn', 'access_key_id'], subject: 'min(maker)' })}
FROM {{picked}} AS e JOIN {{made}} AS made ON e.access_key_id = made.made_key
WHERE e.event_time >= made.made_at AND e.event_time < made.made_at + INTERVAL '1' DAY
  AND NOT EXISTS (SELECT 1 FROM {{known}} AS known WHERE known.maker = made.maker AND known.known_network = e.network)
GROUP BY account_id, principal_arn, access_key_id`,
      },
    ],
  },
  because: (hit) =>
    `the key ${hit.accessKeyId} was used from ${hit.sourceIp} within a day of being made; its maker ${hit.subject} was never seen there`,
  examples: {
    flagged: [{ name: 'used elsewhere two hours later', events: [created(), withNewKey(ELSEWHERE)], hits: 1 }],
    clean: [
      { name: 'used where it was made', events: [created(), withNewKey('203.0.113.40')] },
      { name: 'first used after weeks', events: [created(), withNewKey(ELSEWHERE, at(20))] },
      {
        name: 'used where its maker had been before',
        events: [
          call('s3:ListBuckets', user('alice'), { from: ELSEWHERE, time: at(-3) }),
          created(),
          withNewKey(ELSEWHERE),
        ],
      },
    ],
  },
}
