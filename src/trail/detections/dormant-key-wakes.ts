import type { Detection } from './detection.ts'
import { at, call, user } from './example.ts'
import { hitColumns, pairOf, read } from './sql.ts'

const work = (days: number) => call('s3:ListBuckets', user('yearly'), { time: at(days) })

export const dormantKeyWakes: Detection = {
  id: 'dormant-key-wakes',
  code: 'CT35',
  title: 'Access key used again after more than 90 days of silence',
  severity: 'medium',
  attack: ['T1078.004'],
  why: 'A key that nobody needs is a key that nobody watches. When it wakes, somebody has found it.',
  fix: 'Ask the owner. If it is a yearly job, give it a role in place of a key; if nobody knows, deactivate the key.',
  falsePositives: ['jobs that run once a quarter or a year'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html'],
  rule: {
    form: 'query',
    kind: 'baseline',
    steps: (scope) => [
      {
        tables: {
          wakes: `SELECT key_id, active_day, day_before
FROM (
  SELECT key_id, active_day, lag(active_day) OVER (PARTITION BY key_id ORDER BY active_day) AS day_before
  FROM (
    SELECT access_key_id AS key_id, day AS active_day
    FROM {{events}} WHERE ${read(scope)} AND key_kind = 'long-term'
    GROUP BY access_key_id, day
  ) AS days
) AS gaps
WHERE date_diff('day', day_before, active_day) > 90`,
        },
        picked: 'TRUE',
        among: { value: pairOf('access_key_id', 'day'), table: 'wakes', values: pairOf('key_id', 'active_day') },
        hits: `SELECT ${hitColumns({ by: ['account_id', 'access_key_id', 'principal_arn'], subject: 'CAST(min(day_before) AS varchar)' })}
FROM {{picked}} AS e JOIN {{wakes}} AS wakes ON wakes.key_id = e.access_key_id AND wakes.active_day = e.day
GROUP BY account_id, access_key_id, principal_arn, active_day`,
      },
    ],
  },
  needsHistory: { days: 91, extent: 'all' },
  because: (hit) =>
    `${hit.accessKeyId} was used from ${hit.sourceIp} on ${hit.firstTime.slice(0, 10)}, the first time since ${hit.subject}`,
  examples: {
    flagged: [{ name: 'after 120 days', events: [work(0), work(120)], hits: 1 }],
    clean: [
      { name: 'every month', events: [work(0), work(30), work(60), work(90), work(120)] },
      { name: 'once', events: [work(0)] },
    ],
  },
}
