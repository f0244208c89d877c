import type { Detection } from './detection.ts'
import { at, call, ELSEWHERE, session } from './example.ts'
import { hitColumns, reported } from './sql.ts'
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
  falsePositives: ['instances that go out through your own proxy or network: allow its network, with a reason'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html'],
  rule: {
    form: 'query',
    kind: 'event',
    sql: (scope) => {
      const by = ['account_id', 'principal_arn', 'access_key_id', 'network']
      const outside = "ip_class = 'public' AND invoked_by IS NULL AND vpc_endpoint IS NULL"
      return `SELECT ${hitColumns({ by, subject: "'instance'" })}
FROM {{events}}
WHERE ${reported(scope)} AND ${outside} AND key_kind = 'temporary'
  AND (ec2_delivery OR regexp_like(session_name, '^i-[0-9a-f]{8,17}$'))
GROUP BY ${by.join(', ')}
UNION ALL
SELECT ${hitColumns({ by, subject: "'function or container'" })}
FROM {{events}}
WHERE ${reported(scope)} AND ${outside} AND key_kind = 'temporary'
  AND NOT regexp_like(coalesce(user_agent, ''), 'exec-env/AWS_')
  AND access_key_id IN (
    SELECT access_key_id FROM {{events}}
    WHERE ${reported(scope)} AND key_kind = 'temporary' AND regexp_like(user_agent, 'exec-env/AWS_(Lambda|ECS)'))
GROUP BY ${by.join(', ')}`
    },
  },
  because: (hit) =>
    `credentials of ${hit.subject === 'instance' ? 'instance ' : 'the workload '}${whoIs(hit)} were used${times(hit)} from ${hit.sourceIp}, which is outside AWS`,
  examples: {
    flagged: [
      { name: 'an instance role elsewhere', events: [call('s3:ListBuckets', instance, { from: ELSEWHERE })] },
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
      { name: "a person's role", events: [call('s3:ListBuckets', session('admin', 'alice'), { from: ELSEWHERE })] },
    ],
  },
}
