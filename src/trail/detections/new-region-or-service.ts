import type { Detection, Steps } from './detection.ts'
import { at, call, user } from './example.ts'
import { hitColumns, newPairs } from './sql.ts'
import { didCall, from } from './words.ts'

const work = (time: string, region = 'eu-west-1', action = 'ec2:DescribeInstances') =>
  call(action, user('app'), { time, region })

export const newRegionOrService: Detection = {
  id: 'new-region-or-service',
  code: 'CT34',
  title: 'Account active in a new region, or a key in a new service',
  severity: 'low',
  attack: ['T1535'],
  why: 'Intruders work where nobody looks: in regions that an account never used, and with services that a key never called.',
  fix: 'Ask whether something new was launched. Close regions that you do not use with an organization policy.',
  falsePositives: ['something new is launched'],
  references: ['https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html'],
  rule: {
    form: 'query',
    kind: 'baseline',
    steps: (scope) => {
      const own = "invoked_by IS NULL AND ip_class <> 'aws-service' AND coalesce(event_type, '') <> 'AwsServiceEvent'"
      const region = { where: own, who: 'account_id', what: 'aws_region', subject: "'region ' || fresh.what" }
      const service = {
        where: `${own} AND key_kind = 'long-term' AND error_code IS NULL`,
        who: 'access_key_id',
        what: 'event_source',
        subject: "'service ' || fresh.what",
        atMost: 20,
      }
      const by = ['account_id', 'principal_arn', 'access_key_id', 'event_name']
      const enabled: Steps = {
        picked: "event_name = 'EnableRegion' AND error_code IS NULL",
        hits: `SELECT ${hitColumns({ by, subject: "'enabled'" })}
FROM {{picked}} AS e
GROUP BY ${by.join(', ')}`,
      }
      return [
        newPairs({ ...region, knownDays: 7, since: 'caller' }, scope),
        newPairs({ ...service, knownDays: 7, since: 'caller' }, scope),
        enabled,
      ]
    },
  },
  needsHistory: { days: 7, extent: 'part' },
  because: (hit) => {
    const [kind, name] = (hit.subject ?? '').split(' ', 2) as [string, string | undefined]
    if (kind === 'enabled') return { because: didCall({ ...hit, subject: null }), severity: 'medium' }
    return kind === 'region'
      ? {
          because: `account ${hit.accountId} is active in ${name}, where it never was: ${hit.eventName}${from(hit)}`,
          severity: 'medium',
        }
      : `${hit.accessKeyId} called ${name} for the first time: ${hit.eventName}${from(hit)}`
  },
  examples: {
    flagged: [
      { name: 'a new region', events: [work(at(0)), work(at(14), 'ap-south-1')], hits: 1 },
      {
        name: 'a new service of a key',
        events: [work(at(0)), work(at(14), 'eu-west-1', 'bedrock:ListFoundationModels')],
        hits: 1,
      },
      {
        name: 'a region is enabled',
        events: [call('account:EnableRegion', user('alice'), { request: { regionName: 'me-south-1' } })],
      },
    ],
    clean: [
      { name: 'the same as ever', events: [work(at(0)), work(at(14))] },
      { name: 'both new, nothing known of the days before', events: [work(at(0)), work(at(1), 'ap-south-1')] },
    ],
  },
}
