import { counted } from '../../model/numbers.ts'
import type { Detection } from './detection.ts'
import { at, call, ELSEWHERE, user } from './example.ts'

const work = (time: string, from?: string) => call('s3:ListBuckets', user('app'), { time, ...(from ? { from } : {}) })

export const keyNewNetwork: Detection = {
  id: 'key-new-network',
  code: 'CT28',
  title: 'Long-term access key used from a new network',
  severity: 'medium',
  attack: ['T1078.004'],
  why: 'A long-term key sits in one place and calls from one place. A network it never used is a move, or a copy in other hands.',
  fix: 'Ask the owner of the key. If it did not move, rotate the key and look at what came from the new network.',
  falsePositives: ['a server that moved', 'laptops', 'addresses that providers change: networks are /24 and /48'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/securing_access-keys.html'],
  rule: {
    form: 'first-seen',
    where: "key_kind = 'long-term' AND invoked_by IS NULL AND ip_class IN ('public', 'aws')",
    who: 'access_key_id',
    what: 'network',
    knownDays: 7,
    since: 'caller',
    atMost: 20,
  },
  because: (hit) =>
    `${hit.accessKeyId} was used from ${hit.sourceIp}, a network it never used before (${counted(hit.count, 'call')}, first ${hit.eventName})`,
  examples: {
    flagged: [{ name: 'elsewhere after two weeks', events: [work(at(0)), work(at(14), ELSEWHERE)], hits: 1 }],
    clean: [
      { name: 'the same network', events: [work(at(0)), work(at(14), '203.0.113.200')] },
      { name: 'a key that is new itself', events: [work(at(0)), work(at(1), ELSEWHERE)] },
      { name: 'by a service', events: [work(at(0)), work(at(14), 'cloudformation.amazonaws.com')] },
    ],
  },
}
