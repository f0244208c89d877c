import type { Detection, Steps } from './detection.ts'
import { at, call, ELSEWHERE, HOME, session } from './example.ts'
import { hitColumns, read, reported } from './sql.ts'
import { times, whoIs } from './words.ts'

const instance = session('web', 'i-0123456789abcdef0', { ec2: true })
const lambda = session('worker', 'thumbnails')
const LAMBDA = 'aws-sdk-nodejs/3.901.0 exec-env/AWS_Lambda_nodejs22.x'

export const instanceCredentialsOutside: Detection = {
  id: 'instance-credentials-outside',
  code: 'CT30',
  title: 'Credentials of an instance, function or container used from outside AWS',
  severity: 'high',
  attack: ['T1552.005'],
  why: 'Credentials that AWS gives to a workload are used by that workload, in AWS. From an address elsewhere, somebody has copied them.',
  fix: 'Revoke the sessions of the role, find the hole by which they were read (IMDSv1, a server-side request forgery, a shell), and require IMDSv2.',
  falsePositives: [
    'instances that move to another address, or go out through a proxy of their own: allow its network, with a reason',
  ],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html'],
  rule: {
    form: 'query',
    kind: 'event',
    steps: (scope) => {
      const direct = "key_kind = 'temporary' AND invoked_by IS NULL AND ip_class IN ('public', 'aws', 'private')"
      const isInstance = "(ec2_delivery OR regexp_like(session_name, '^i-[0-9a-f]{8,17}$'))"
      const by = ['account_id', 'principal_arn', 'session_name', 'network']
      const instances: Steps = {
        tables: {
          outside: `WITH used AS (
  SELECT ${by.join(', ')}, min(ip_class) AS ip_class, count(vpc_endpoint) AS by_endpoint,
    min(event_time) AS first_seen, max(event_time) AS last_seen
  FROM {{events}}
  WHERE ${read(scope)} AND ${direct} AND ${isInstance}
  GROUP BY ${by.join(', ')}
), shared AS (
  SELECT network AS shared_network, count(DISTINCT session_name) AS instances FROM used GROUP BY network
), homes AS (
  SELECT principal_arn AS role_arn, session_name AS instance, min(first_seen) AS home_since, count(*) AS places
  FROM used GROUP BY principal_arn, session_name
)
SELECT principal_arn AS out_role, session_name AS out_session, network AS out_network, places
FROM used
JOIN shared ON shared_network = network
JOIN homes ON role_arn = principal_arn AND instance = session_name
WHERE ip_class IN ('public', 'aws') AND by_endpoint = 0 AND instances < 3 AND (places = 1 OR first_seen > home_since)
  AND ${reported(scope, 'last_seen')}`,
        },
        picked: direct,
        among: { value: 'session_name', table: 'outside', values: 'out_session' },
        hits: `SELECT ${hitColumns({ by, subject: "CASE WHEN max(places) > 1 THEN 'moved' ELSE 'only' END" })}
FROM {{picked}} AS e
  JOIN {{outside}} AS outside ON out_role = e.principal_arn AND out_session = e.session_name AND out_network = e.network
GROUP BY ${by.join(', ')}`,
      }
      const workloads: Steps = {
        tables: {
          workloads: `SELECT DISTINCT access_key_id AS work_key, network AS work_network
FROM {{events}}
WHERE ${reported(scope)} AND key_kind = 'temporary' AND strpos(user_agent, 'exec-env/AWS_') > 0
  AND regexp_like(user_agent, 'exec-env/AWS_(Lambda|ECS)')`,
        },
        picked: `key_kind = 'temporary' AND invoked_by IS NULL AND ip_class IN ('public', 'aws') AND vpc_endpoint IS NULL
  AND strpos(coalesce(user_agent, ''), 'exec-env/AWS_') = 0 AND strpos(coalesce(user_agent, ''), 'awslambda-worker/') <> 1`,
        among: { value: 'access_key_id', table: 'workloads', values: 'work_key' },
        hits: `SELECT ${hitColumns({ by: ['account_id', 'principal_arn', 'access_key_id'], subject: "'workload'" })}
FROM {{picked}} AS e
WHERE NOT EXISTS (
  SELECT 1 FROM {{workloads}} AS home WHERE home.work_key = e.access_key_id AND home.work_network = e.network)
GROUP BY account_id, principal_arn, access_key_id`,
      }
      return [instances, workloads]
    },
  },
  because: (hit) => {
    if (hit.subject === 'only')
      return {
        because: `credentials of instance ${whoIs(hit)} were seen from ${hit.sourceIp} only, which no other instance uses: its own address, or a copy elsewhere`,
        severity: 'low',
      }
    const whose = hit.subject === 'workload' ? 'the function or container' : 'instance'
    return `credentials of ${whose} ${whoIs(hit)} were used${times(hit)} from ${hit.sourceIp}, another network than where they belong`
  },
  examples: {
    flagged: [
      {
        name: 'an instance role elsewhere',
        events: [
          call('s3:ListBuckets', instance, { from: '10.0.1.5' }),
          call('s3:ListBuckets', instance, { from: ELSEWHERE, time: at(0, 1) }),
        ],
        hits: 1,
      },
      {
        name: 'an instance role from an address of its own',
        events: [call('s3:ListBuckets', instance, { from: ELSEWHERE })],
      },
      {
        name: 'the key of a function elsewhere',
        events: [
          call('dynamodb:ListTables', lambda, { from: '10.0.3.7', agent: LAMBDA }),
          call('sts:GetCallerIdentity', lambda, { from: ELSEWHERE, time: at(0, 0, 5) }),
        ],
        hits: 1,
      },
    ],
    clean: [
      { name: 'within the network', events: [call('s3:ListBuckets', instance, { from: '10.0.1.5' })] },
      {
        name: 'by a service',
        events: [call('s3:ListBuckets', instance, { from: 'ssm.amazonaws.com', invokedBy: 'ssm.amazonaws.com' })],
      },
      {
        name: 'a function that also calls with another program, and what runs it',
        events: [
          call('dynamodb:ListTables', lambda, { from: ELSEWHERE, agent: LAMBDA }),
          call('sts:GetCallerIdentity', lambda, { from: ELSEWHERE, time: at(0, 0, 5) }),
          call('logs:CreateLogStream', lambda, { from: HOME, agent: 'awslambda-worker/1.0 rusoto/0.48.0 linux' }),
        ],
      },
      { name: "a person's role", events: [call('s3:ListBuckets', session('admin', 'alice'), { from: ELSEWHERE })] },
    ],
  },
}
