import type { Detection } from './detection.ts'
import { at, call, keyOf, user } from './example.ts'
import { hitColumns, isOneOf, read } from './sql.ts'
import { from, times, whoIs } from './words.ts'

const secondFor = (name: string, time = at(1)) =>
  call('iam:CreateAccessKey', user(name), {
    time,
    request: { userName: name },
    response: { accessKey: { accessKeyId: keyOf(`${name}second`), userName: name, status: 'Active' } },
  })

/** The key that a change is about. */
const ABOUT = 'coalesce(target_key, new_access_key)'

export const secondKey: Detection = {
  id: 'second-key',
  code: 'CT15',
  title: 'Second access key created, or a key activated again',
  severity: 'low',
  attack: ['T1098.001'],
  why: 'A second key beside one in use is a rotation, or a back door that nobody will miss. A key that was switched off was switched off for a reason.',
  fix: 'If it was no rotation, deactivate the newer key. Give your rotation an allowance, so that only the others are left.',
  falsePositives: ['rotation, and taking one back'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html'],
  rule: {
    form: 'query',
    kind: 'event',
    steps: (scope) => [
      {
        tables: {
          keys: `SELECT identity_account, user_name, access_key_id AS held_key, min(event_time) AS held_from, max(event_time) AS held_to
FROM {{events}}
WHERE ${read(scope)} AND key_kind = 'long-term' AND user_name IS NOT NULL
GROUP BY identity_account, user_name, access_key_id`,
          ended: `SELECT target_key, event_time AS ended_at
FROM {{events}}
WHERE ${read(scope)} AND ${isOneOf('event_name', ['DeleteAccessKey', 'UpdateAccessKey'])} AND target_key IS NOT NULL
  AND error_code IS NULL AND (event_name = 'DeleteAccessKey' OR regexp_like(request_parameters, '"status" *: *"Inactive"'))`,
        },
        picked: `event_name IN ('CreateAccessKey', 'UpdateAccessKey') AND error_code IS NULL AND identity_type <> 'Root'
  AND (event_name = 'CreateAccessKey' OR regexp_like(request_parameters, '"status" *: *"Active"'))`,
        hits: `SELECT ${hitColumns({ by: ['account_id', 'principal_arn', 'access_key_id', 'event_name'], subject: ABOUT })}
FROM {{picked}} AS e
WHERE event_name = 'UpdateAccessKey' OR event_id IN (
  SELECT changes.event_id
  FROM {{picked}} AS changes
  JOIN {{keys}} AS keys ON keys.user_name = coalesce(changes.target_user, changes.user_name)
    AND keys.identity_account = changes.account_id
    AND keys.held_key <> coalesce(changes.new_access_key, '') AND keys.held_from <= changes.event_time
  LEFT JOIN {{ended}} AS ended ON ended.target_key = keys.held_key AND ended.ended_at >= keys.held_to
    AND ended.ended_at <= changes.event_time
  WHERE ended.target_key IS NULL)
GROUP BY account_id, principal_arn, access_key_id, event_name, ${ABOUT}`,
      },
    ],
  },
  because: (hit) =>
    hit.eventName === 'UpdateAccessKey'
      ? `${whoIs(hit)} activated ${hit.subject ? `the key ${hit.subject}` : 'a key'} again${times(hit)}${from(hit)}`
      : `${whoIs(hit)} made ${hit.subject ? `the key ${hit.subject}` : 'a key'} beside one that is in use${from(hit)}`,
  examples: {
    flagged: [
      { name: 'a second key', events: [call('s3:ListBuckets', user('alice')), secondFor('alice')], hits: 1 },
      {
        name: 'a key activated again',
        events: [
          call('iam:UpdateAccessKey', user('alice'), {
            request: { userName: 'bob', accessKeyId: keyOf('bob'), status: 'Active' },
          }),
        ],
        hits: 1,
      },
    ],
    clean: [
      {
        name: 'a key deactivated',
        events: [
          call('iam:UpdateAccessKey', user('alice'), { request: { accessKeyId: keyOf('alice'), status: 'Inactive' } }),
        ],
      },
      {
        name: 'a new key after the old one was deleted',
        events: [
          call('s3:ListBuckets', user('bob')),
          call('iam:DeleteAccessKey', user('alice'), {
            time: at(0, 1),
            request: { userName: 'bob', accessKeyId: keyOf('bob') },
          }),
          call(
            'iam:CreateAccessKey',
            { ...user('root'), type: 'AssumedRole', userName: undefined },
            { time: at(1), request: { userName: 'bob' } },
          ),
        ],
      },
    ],
  },
}
