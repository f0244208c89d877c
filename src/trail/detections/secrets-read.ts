import type { Detection } from './detection.ts'
import { at, call, user } from './example.ts'
import { whoIs } from './words.ts'

const reads = (count: number, { gap = 1, regions = ['us-east-1'], same = false } = {}) =>
  Array.from({ length: count }, (_, i) =>
    call('secretsmanager:GetSecretValue', user('app'), {
      time: at(0, 0, i * gap),
      region: regions[i % regions.length]!,
      request: { secretId: same ? 'one' : `secret-${i}` },
    }),
  )

export const secretsRead: Detection = {
  id: 'secrets-read',
  code: 'CT39',
  title: 'Many secrets read',
  severity: 'high',
  attack: ['T1555.006'],
  why: 'A program reads the two or three secrets it needs. Whoever reads all of them collects.',
  fix: 'Ask the owner of the caller. If it was nobody, rotate every secret that was read: they are listed in the events.',
  falsePositives: ['programs that copy secrets into a cluster', 'infrastructure code: give them an allowance'],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieve-ct-entries.html'],
  rule: {
    form: 'window',
    where: `error_code IS NULL AND invoked_by IS NULL AND (event_name IN ('GetSecretValue', 'BatchGetSecretValue') AND event_source = 'secretsmanager.amazonaws.com'
      OR event_name IN ('GetParameter', 'GetParameters', 'GetParametersByPath') AND event_source = 'ssm.amazonaws.com' AND regexp_like(request_parameters, '"withDecryption" *: *true'))`,
    per: [['account_id', 'principal_arn']],
    minutes: 60,
    // the same secret in another version is no other secret
    distinct: `coalesce(regexp_extract(request_parameters, '"(secretId|name|names|path)" *: *("[^"]*"|\\[[^\\]]*\\])', 2), request_parameters)`,
    atLeast: 10,
    or: 'count(DISTINCT aws_region) >= 3',
  },
  because: (hit) =>
    `${whoIs(hit)} made ${hit.count} reads of ${hit.distinct} secrets within an hour, from ${hit.sourceIp}`,
  examples: {
    flagged: [
      { name: 'twelve secrets', events: reads(12), hits: 1 },
      { name: 'in three regions', events: reads(3, { regions: ['us-east-1', 'eu-west-1', 'ap-south-1'] }), hits: 1 },
    ],
    clean: [
      { name: 'three secrets', events: reads(3) },
      {
        name: 'one secret in all its versions',
        events: Array.from({ length: 12 }, (_, i) =>
          call('secretsmanager:GetSecretValue', user('app'), {
            time: at(0, 0, i),
            request: { secretId: 'one', versionId: `v${i}` },
          }),
        ),
      },
      { name: 'one secret again and again', events: reads(30, { same: true }) },
    ],
  },
}
