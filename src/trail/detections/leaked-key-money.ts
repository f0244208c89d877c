import type { Detection } from './detection.ts'
import { at, call, ELSEWHERE, user } from './example.ts'
import { hitColumns } from './sql.ts'
import { whoIs } from './words.ts'

/** Which way to money a call is on. */
const WAYS = `CASE
    WHEN event_source IN ('ses.amazonaws.com', 'email.amazonaws.com') AND event_name IN ('GetSendQuota', 'GetAccountSendingEnabled', 'UpdateAccountSendingEnabled', 'GetAccount', 'ListIdentities', 'PutAccountDetails', 'VerifyEmailIdentity', 'CreateEmailIdentity') THEN 'mail'
    WHEN event_source = 'servicequotas.amazonaws.com' THEN 'quotas'
    WHEN event_source = 'bedrock.amazonaws.com' AND regexp_like(event_name, '^(InvokeModel|Converse|PutUseCaseForModelAccess|CreateFoundationModelAgreement|PutFoundationModelEntitlement)') THEN 'models'
    WHEN event_name = 'RunInstances' AND regexp_like(request_parameters, '"instanceType" *: *"(p[2-9]|g[3-9]|trn|inf|dl1|[a-z0-9-]+[.](metal|(16|24|32|48)xlarge))') THEN 'instances'
  END`

const probe = (action: string, minute: number, more = {}) =>
  call(action, user('leaked'), { time: at(0, 0, minute), from: ELSEWHERE, ...more })

export const leakedKeyMoney: Detection = {
  id: 'leaked-key-money',
  code: 'CT43',
  title: 'Long-term key tries how money is made with stolen keys',
  severity: 'high',
  attack: ['T1496'],
  why: "Stolen keys end as spam, as mined coins or as somebody else's language model. Those who do it ask for the same few things first.",
  fix: 'Unless a mail or model team uses this key, deactivate it now and look at what it started, in every region.',
  falsePositives: ['mail teams', 'teams that call models with a key: give them a role'],
  references: ['https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-iam.html'],
  rule: {
    form: 'query',
    kind: 'window',
    steps: () => {
      const by = ['account_id', 'principal_arn', 'access_key_id']
      return [
        {
          picked: `key_kind = 'long-term' AND invoked_by IS NULL
  AND (event_source IN ('ses.amazonaws.com', 'email.amazonaws.com', 'servicequotas.amazonaws.com', 'bedrock.amazonaws.com')
    OR event_name = 'RunInstances')
  AND ${WAYS} IS NOT NULL`,
          hits: `SELECT ${hitColumns({ by, subject: "array_join(array_agg(DISTINCT way ORDER BY way), ', ')", distinct: 'count(DISTINCT aws_region)' })}
FROM (
  SELECT *, ${WAYS} AS way, CAST(floor(to_unixtime(event_time) / 1800) AS bigint) AS slot FROM {{picked}}
) AS probes CROSS JOIN UNNEST(ARRAY[slot, slot - 1]) AS w(window_start)
GROUP BY window_start, ${by.join(', ')}
HAVING count(DISTINCT CASE WHEN way = 'mail' THEN event_name END) >= 2
  OR count(DISTINCT CASE WHEN way = 'quotas' THEN aws_region END) >= 3
  OR count(DISTINCT way) >= 2 OR count_if(way = 'models') > 0 OR count_if(way = 'instances') > 0`,
        },
      ]
    },
  },
  because: (hit) =>
    `${hit.accessKeyId} (${whoIs(hit)}) asked for ${hit.subject} in ${hit.distinct} ${hit.distinct === 1 ? 'region' : 'regions'}, from ${hit.sourceIp}`,
  examples: {
    flagged: [
      {
        name: 'whether mail can be sent',
        events: [probe('ses:GetSendQuota', 0), probe('ses:GetAccountSendingEnabled', 1)],
        hits: 1,
      },
      {
        name: 'quotas in three regions',
        events: ['us-east-1', 'eu-west-1', 'ap-south-1'].map((region, i) =>
          probe('servicequotas:ListServiceQuotas', i, { region }),
        ),
        hits: 1,
      },
      { name: 'a model', events: [probe('bedrock:InvokeModel', 0, { request: { modelId: 'm' } })], hits: 1 },
      {
        name: 'large instances',
        events: [probe('ec2:RunInstances', 0, { request: { instanceType: 'p5.48xlarge', minCount: 8 } })],
        hits: 1,
      },
    ],
    clean: [
      { name: 'one look at the mail quota', events: [probe('ses:GetSendQuota', 0)] },
      { name: 'a small instance', events: [probe('ec2:RunInstances', 0, { request: { instanceType: 't3.micro' } })] },
    ],
  },
}
