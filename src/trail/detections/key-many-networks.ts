import type { Detection } from './detection.ts'
import { at, call, ELSEWHERE, HOME, user } from './example.ts'
import { hitColumns, pairOf, read, reported } from './sql.ts'

const work = (time: string, from: string) => call('s3:ListBuckets', user('app'), { time, from })

/** The half hour of an event: windows of an hour start every half. */
const SLOT = 'CAST(floor(to_unixtime(event_time) / 1800) AS bigint)'

export const keyManyNetworks: Detection = {
  id: 'key-many-networks',
  code: 'CT29',
  title: 'One long-term access key used from several networks at once',
  severity: 'medium',
  attack: ['T1078.004'],
  why: 'Two places within an hour are two holders of one key: two programs that share it, or its owner and somebody else.',
  fix: 'Give each program credentials of its own. If the owner knows only one of the places, rotate the key.',
  falsePositives: [
    'several NAT addresses: quiet after a week',
    'fleets that share a key, which is a finding of its own',
  ],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/securing_access-keys.html'],
  rule: {
    form: 'query',
    kind: 'window',
    steps: (scope) => {
      const own =
        "key_kind = 'long-term' AND invoked_by IS NULL AND ip_class IN ('public', 'aws') AND network IS NOT NULL"
      return [
        {
          tables: {
            alarms: `WITH slots AS (
  SELECT access_key_id AS key_id, network AS net, ${SLOT} AS slot, min(event_time) AS seen_at
  FROM {{events}} WHERE ${read(scope)} AND ${own}
  GROUP BY access_key_id, network, ${SLOT}
), known AS (
  SELECT key_id, net, min(seen_at) AS first_seen, count(*) OVER (PARTITION BY key_id) AS nets
  FROM slots GROUP BY key_id, net
), crowded AS (
  SELECT slots.key_id, window_start
  FROM slots JOIN known ON known.key_id = slots.key_id AND known.net = slots.net
    CROSS JOIN UNNEST(ARRAY[slot, slot - 1]) AS w(window_start)
  WHERE nets > 1 AND ${reported(scope, 'seen_at')}
  GROUP BY slots.key_id, window_start
  HAVING min(slots.net) <> max(slots.net) AND max(first_seen) > min(seen_at) - INTERVAL '7' DAY
)
SELECT key_id, window_start, slot AS in_slot FROM crowded CROSS JOIN UNNEST(ARRAY[window_start, window_start + 1]) AS s(slot)`,
          },
          picked: own,
          among: { value: pairOf('access_key_id', SLOT), table: 'alarms', values: pairOf('key_id', 'in_slot') },
          hits: `SELECT ${hitColumns({ by: ['access_key_id'], distinct: 'count(DISTINCT network)' })}
FROM {{picked}} AS e JOIN {{alarms}} AS alarms ON alarms.key_id = e.access_key_id AND alarms.in_slot = ${SLOT}
GROUP BY window_start, access_key_id`,
        },
      ]
    },
  },
  because: (hit) =>
    `${hit.accessKeyId} was used from ${hit.distinct} networks within an hour, ${hit.sourceIp} among them`,
  examples: {
    flagged: [
      { name: 'two places within ten minutes', events: [work(at(0), HOME), work(at(0, 0, 10), ELSEWHERE)], hits: 1 },
    ],
    clean: [
      { name: 'one place', events: [work(at(0), HOME), work(at(0, 0, 10), '203.0.113.99')] },
      { name: 'two places on two days', events: [work(at(0), HOME), work(at(1), ELSEWHERE)] },
    ],
  },
}
