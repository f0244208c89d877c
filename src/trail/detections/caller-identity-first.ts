import type { Detection } from './detection.ts'
import { at, call, user } from './example.ts'

const who = (time: string, name = 'app') => call('sts:GetCallerIdentity', user(name), { time })

export const callerIdentityFirst: Detection = {
  id: 'caller-identity-first',
  code: 'CT32',
  title: 'Access key asked for the first time who it is',
  severity: 'low',
  attack: ['T1087.004'],
  why: 'GetCallerIdentity is the first call of everyone who found a key: it works without any permission and tells the account.',
  fix: 'Look at where the call came from and what followed it.',
  falsePositives: ['a new deployment', 'a new version of a tool'],
  references: ['https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html'],
  rule: {
    form: 'first-seen',
    where: "key_kind = 'long-term' AND event_name = 'GetCallerIdentity' AND invoked_by IS NULL",
    who: 'access_key_id',
    what: 'event_name',
    knownDays: 7,
    since: 'store',
  },
  because: (hit) => `${hit.accessKeyId} asked for the first time who it is, from ${hit.sourceIp}`,
  examples: {
    flagged: [
      {
        name: 'a key that only worked until now',
        events: [call('s3:ListBuckets', user('app'), { time: at(0) }), who(at(20))],
      },
      {
        name: 'a key never seen before',
        events: [call('s3:ListBuckets', user('other'), { time: at(0) }), who(at(20))],
      },
    ],
    clean: [
      { name: 'its habit', events: [who(at(0)), who(at(20))] },
      { name: 'nothing is known yet of the days before', events: [who(at(0))] },
    ],
  },
}
