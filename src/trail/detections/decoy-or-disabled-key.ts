import { counted } from '../../model/numbers.ts'
import type { Detection, Steps } from './detection.ts'
import { at, call, ELSEWHERE, keyOf, user } from './example.ts'
import { hitColumns, isOneOf, listOf, read } from './sql.ts'

const ended = (action: 'UpdateAccessKey' | 'DeleteAccessKey', status?: string, time = at(0)) =>
  call(`iam:${action}`, user('admin'), {
    time,
    request: { userName: 'old', accessKeyId: keyOf('old'), ...(status ? { status } : {}) },
  })
const used = (time = at(1)) => call('s3:ListBuckets', user('old'), { time, from: ELSEWHERE })

export const decoyOrDisabledKey: Detection = {
  id: 'decoy-or-disabled-key',
  code: 'CT37',
  title: 'Decoy, deactivated or deleted access key used',
  severity: 'critical',
  attack: ['T1078.004'],
  why: 'Nobody has a reason to use a decoy, and a key that was deactivated or deleted must not work. Whoever tries holds a copy.',
  fix: 'For a decoy, find out where it lay: somebody reads there. For a deactivated key, find the program that still has it, or the thief.',
  falsePositives: ['a forgotten program goes on using a key after its rotation'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html'],
  rule: {
    form: 'query',
    kind: 'event',
    steps: (scope, { decoyKeys }) => {
      const by = ['account_id', 'principal_arn', 'access_key_id']
      const decoys: Steps = {
        picked: `access_key_id IN ${listOf(decoyKeys)}`,
        hits: `SELECT ${hitColumns({ by, subject: "'decoy'" })}
FROM {{picked}} AS e
GROUP BY ${by.join(', ')}`,
      }
      const ended: Steps = {
        tables: {
          changes: `SELECT target_key AS changed_key, event_time AS changed_at, event_name AS change,
  event_name = 'UpdateAccessKey' AND regexp_like(request_parameters, '"status" *: *"Active"') AS activates
FROM {{events}}
WHERE ${read(scope)} AND ${isOneOf('event_name', ['UpdateAccessKey', 'DeleteAccessKey'])} AND error_code IS NULL AND target_key IS NOT NULL`,
        },
        picked: 'TRUE',
        among: { value: 'access_key_id', table: 'changes', values: 'changed_key' },
        // IAM takes some seconds to tell every region
        hits: `SELECT ${hitColumns({ by, subject: "CASE WHEN max(change) = 'DeleteAccessKey' OR min(change) = 'DeleteAccessKey' THEN 'deleted' ELSE 'deactivated' END" })}
FROM {{picked}} AS e JOIN {{changes}} AS changes ON changes.changed_key = e.access_key_id
WHERE NOT changes.activates AND e.event_time > changes.changed_at + INTERVAL '5' MINUTE
  AND NOT EXISTS (
    SELECT 1 FROM {{changes}} AS again
    WHERE again.changed_key = e.access_key_id AND again.activates
      AND again.changed_at >= changes.changed_at AND again.changed_at <= e.event_time)
GROUP BY ${by.join(', ')}`,
      }
      return decoyKeys.length > 0 ? [decoys, ended] : [ended]
    },
  },
  because: (hit) =>
    `the ${hit.subject} key ${hit.accessKeyId} was used from ${hit.sourceIp} (${counted(hit.count, 'call')}, first ${hit.eventName})`,
  examples: {
    flagged: [
      { name: 'a decoy', events: [used()], context: { decoyKeys: [keyOf('old')] }, hits: 1 },
      { name: 'after it was deactivated', events: [ended('UpdateAccessKey', 'Inactive'), used()], hits: 1 },
      { name: 'after it was deleted', events: [ended('DeleteAccessKey'), used()], hits: 1 },
    ],
    clean: [
      { name: 'before it was deactivated', events: [used(at(-1)), ended('UpdateAccessKey', 'Inactive')] },
      {
        name: 'after it was activated again',
        events: [ended('UpdateAccessKey', 'Inactive'), ended('UpdateAccessKey', 'Active', at(0, 1)), used()],
      },
      { name: 'some seconds later', events: [ended('UpdateAccessKey', 'Inactive'), used(at(0, 0, 0, 20))] },
    ],
  },
}
