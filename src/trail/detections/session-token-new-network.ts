import type { Detection } from './detection.ts'
import { at, call, ELSEWHERE, user } from './example.ts'
import { whoIs } from './words.ts'

const work = (time: string, from?: string) => call('s3:ListBuckets', user('alice'), { time, ...(from ? { from } : {}) })

export const sessionTokenNewNetwork: Detection = {
  id: 'session-token-new-network',
  code: 'CT26',
  title: 'IAM user made a session token from a new network',
  severity: 'medium',
  attack: ['T1550.001'],
  why: 'A session token outlives the deactivation of the key it was made with. From a network the user never used, somebody else may be securing its hold.',
  fix: 'Ask the user. If it was somebody else, deactivate the key and deny what was issued before now.',
  falsePositives: ['people who use MFA on the command line, on a journey'],
  references: ['https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html'],
  rule: {
    form: 'first-seen',
    where: "key_kind = 'long-term' AND invoked_by IS NULL AND ip_class IN ('public', 'aws')",
    who: 'principal_arn',
    what: 'network',
    knownDays: 7,
    since: 'caller',
    having: "count_if(event_name = 'GetSessionToken' AND error_code IS NULL) > 0",
  },
  because: (hit) => `${whoIs(hit)} made a session token from ${hit.sourceIp}, a network it never used before`,
  examples: {
    flagged: [
      {
        name: 'elsewhere after two weeks',
        events: [work(at(0)), call('sts:GetSessionToken', user('alice'), { time: at(14), from: ELSEWHERE })],
      },
    ],
    clean: [
      { name: 'at home', events: [work(at(0)), call('sts:GetSessionToken', user('alice'), { time: at(14) })] },
      { name: 'elsewhere without a token', events: [work(at(0)), work(at(14), ELSEWHERE)] },
    ],
  },
}
