/** Every question, as it is asked of both engines. A new question has its line here: `questions-proven.test.ts` looks. */
import { compilePolicy } from '../../src/policy/compile.ts'
import { parsePolicy } from '../../src/policy/parse.ts'
import { ACCOUNT, keyOf } from '../../src/trail/detections/example.ts'
import { AwsPlaces } from '../../src/trail/names/aws-places.ts'
import { accountUsages } from '../../src/trail/questions/account-usage.ts'
import { placesOfGroups } from '../../src/trail/questions/aws-places.ts'
import { allConsumers, consumersOf } from '../../src/trail/questions/consumers.ts'
import { coveredDays } from '../../src/trail/questions/covered-days.ts'
import { errorUses } from '../../src/trail/questions/errors.ts'
import { keyAlarms } from '../../src/trail/questions/key-alarms.ts'
import { keyCalls } from '../../src/trail/questions/key-calls.ts'
import { keyEvents } from '../../src/trail/questions/key-events.ts'
import { keyStory } from '../../src/trail/questions/key-story.ts'
import { keyActivities } from '../../src/trail/questions/keys.ts'
import { recordedCalls } from '../../src/trail/questions/recorded-calls.ts'
import { recordedUse } from '../../src/trail/questions/recorded-use.ts'
import { CONTEXT_COLUMNS, replay } from '../../src/trail/questions/replay.ts'
import { rootUses } from '../../src/trail/questions/root.ts'
import type { Question } from '../../src/trail/questions/scope.ts'
import { servicesInUse } from '../../src/trail/questions/services.ts'
import { isSeen, roleSessions } from '../../src/trail/questions/sessions.ts'
import { usedActions } from '../../src/trail/questions/usage.ts'
import { type Who, whoIs } from '../../src/trail/questions/who.ts'
import type { MadeUpEvent } from '../trail/made-up-event.ts'
import { madeUpEvent } from '../trail/made-up-event.ts'

const KEY = keyOf('ana')

/** Texts that a block of calls cannot hold as they are, in a week of their own. */
export const ODD_EVENTS: readonly MadeUpEvent[] = [
  ...['two\nlines', 'tab\there', '\u001b', '\u{1f511}', '\uffee'].map((key) => ({ key, userAgent: 'aws-cli/2' })),
  ...['tab\there', 'two\nlines', '\u001b', 'TruffleHog'].map((userAgent) => ({ key: 'same', userAgent })),
  ...Array.from({ length: 1100 }, (_, i) => ({ key: `many/${i}`, userAgent: 'aws-cli/2' })),
].map(({ key, userAgent }) =>
  madeUpEvent({
    eventTime: '2026-05-05T10:20:30Z',
    eventName: 'PutObject',
    userAgent,
    requestParameters: { bucketName: 'odd', key },
    userIdentity: {
      type: 'IAMUser',
      arn: `arn:aws:iam::${ACCOUNT}:user/odd`,
      accountId: ACCOUNT,
      accessKeyId: keyOf('odd'),
      userName: 'odd',
    },
  }),
)

const EVERYWHERE = new AwsPlaces(
  ['0.0.0.0', '128.0.0.0'].map((address) => ({
    family: 'ipv4',
    address,
    length: 1,
    service: 'EC2',
    region: 'eu-west-1',
  })),
)

const EVERYBODY: Who = { filter: 'principal_arn IS NOT NULL', params: {}, label: 'all', kind: 'principal' }

function replayed(who: Who | string, ...Statement: object[]) {
  const policies = [{ name: 'proposed', policy: compilePolicy(parsePolicy({ Version: '2012-10-17', Statement })) }]
  return async (question: Question) => {
    const { calls, ...rest } = await replay(
      question,
      typeof who === 'string' ? await whoIs(question, who) : who,
      policies,
    )
    return { ...rest, calls: [...calls] }
  }
}

export const ASKED: Record<string, (question: Question) => Promise<unknown>> = {
  'trail keys': (question) => keyActivities(question),
  'trail keys --temporary': (question) => keyActivities(question, { temporary: true }),
  'trail KEY': (question) => keyStory(question, KEY),
  'the alarms of a key': (question) => keyAlarms(question, keyOf('odd')),
  'trail usage KEY': async (question) => usedActions(question, await whoIs(question, KEY)),
  'trail usage KEY, and where in AWS it is used': async (question) =>
    usedActions(question, await whoIs(question, KEY), EVERYWHERE),
  'trail usage PRINCIPAL': async (question) => usedActions(question, await whoIs(question, 'ben')),
  'trail consumers KEY': async (question) => consumersOf(question, await whoIs(question, KEY)),
  'where in AWS calls came from': async (question) => {
    const who = { filter: "key_kind = 'long-term'", params: {} }
    const placesOf = await placesOfGroups(question, EVERYWHERE, ['access_key_id', 'network'], who)
    return [keyOf('ana'), keyOf('ben')].map((access_key_id) => placesOf({ access_key_id, network: '198.51.100.0/24' }))
  },
  'trail services': servicesInUse,
  'trail root': rootUses,
  'trail errors': errorUses,
  'trail sessions ROLE': (question) => roleSessions(question, 'app'),
  'whether a role was ever seen': async (question) => [
    { app: await isSeen(question, 'app'), nobody: await isSeen(question, 'nobody') },
  ],
  'trail replay': replayed('ana', { Effect: 'Allow', Action: ['s3:*', 'kms:*'], Resource: '*' }),
  'trail replay, of everybody': replayed(EVERYBODY, { Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::o*' }),
  'trail replay, with conditions': replayed(
    EVERYBODY,
    {
      Effect: 'Allow',
      Action: '*',
      Resource: '*',
      Condition: {
        IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '198.51.100.0/24'] },
        StringLike: { 'aws:UserAgent': ['aws-cli*', '*\n*', '\u001b'], 'aws:PrincipalArn': '*:user/*' },
      },
    },
    {
      Effect: 'Deny',
      Action: 'iam:*',
      Resource: '*',
      Condition: {
        Bool: { 'aws:MultiFactorAuthPresent': 'false', 'aws:ViaAWSService': 'false' },
        StringEquals: { 'aws:RequestedRegion': 'us-east-1', 'aws:SourceVpce': 'vpce-1' },
      },
    },
  ),
  'the usage that dossiers and checks join': accountUsages,
  'the consumers of every key': async (question) => [...(await allConsumers(question))],
  'what rotate waits for: the calls of a key': (question) => keyCalls(question, KEY, '2026-01-03T10:00:00Z'),
  'what revoke follows: the events of keys': (question) => keyEvents(question, [KEY, keyOf('ben'), keyOf('app')]),
  'what a plan is rehearsed with': (question) => recordedCalls(question, ACCOUNT, Object.keys(CONTEXT_COLUMNS)),
  'of which days silence is a proof': async (question) => [...(await coveredDays(question))],
  'what a plan counts on': (question) => recordedUse(question, ACCOUNT),
}
