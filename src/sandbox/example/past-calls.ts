/**
 * The example's past as CloudTrail saw it: every consumer of every key, in its rhythm. Thinned out: who comes every
 * minute is shown every few hours, and the first and the last call are always there.
 */
import type { CallRecord } from '../call-log.ts'
import { type Account, newRandom, nextInteger, type Random, randomUuid, type World } from '../state.ts'
import { AGENTS, type Cadence, type KeyConsumer, NETWORKS } from './consumers.ts'
import type { SeededWorld } from './seeded-world.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** Two quarters and more: what comes once in three months comes three times. */
const DAYS = 200

/** All calls, the oldest first; the same world gives the same ones, but for those of the day it was made on. */
export function pastCalls({ consumers, ...world }: SeededWorld, now: Date): CallRecord[] {
  const calls = consumers.flatMap((consumer, i) => {
    const random = newRandom(i + 1)
    const from = Math.max(consumer.firstSeen.getTime(), now.getTime() - DAYS * DAY_MS)
    return momentsOf(consumer, from, random).flatMap((time) => callOf(world, consumer, time, random) ?? [])
  })
  return calls.sort((a, b) => a.time.getTime() - b.time.getTime())
}

function momentsOf({ cadence, lastSeen }: KeyConsumer, from: number, random: Random): number[] {
  const end = lastSeen.getTime()
  const found = [end]
  if (cadence.every === 'never-again') {
    const others = Math.min(cadence.calls, MOST_AT_ONCE) - 1
    for (let i = 1; i <= others && from < end; i++) found.push(end - Math.floor(((end - from) * i) / others))
    return found
  }
  for (let time = before(cadence, end, random); time >= from; time = before(cadence, time, random)) found.push(time)
  return found
}

/** How many calls are shown of who came for a while. */
const MOST_AT_ONCE = 9

type Rhythm = Exclude<Cadence, { every: 'never-again' }>

/** The one before. Jobs keep their time to the minute; people begin their mornings and afternoons with it. */
function before(cadence: Rhythm, time: number, random: Random): number {
  switch (cadence.every) {
    case 'minutes':
    case 'hour':
      return time - 6 * HOUR_MS - nextInteger(random, 2 * MINUTE_MS)
    case 'day':
      return time - DAY_MS - nextInteger(random, 2 * MINUTE_MS)
    case 'week':
      return time - 7 * DAY_MS - nextInteger(random, 2 * MINUTE_MS)
    case 'month':
    case 'quarter': {
      const date = new Date(time)
      date.setUTCMonth(date.getUTCMonth() - (cadence.every === 'month' ? 1 : 3))
      return date.getTime()
    }
    case 'workday':
      return halfDayBefore(time) + nextInteger(random, 40 * MINUTE_MS)
  }
}

/** The latest 09:00 or 14:00 UTC of a weekday that lies an hour or more before. */
function halfDayBefore(time: number): number {
  const midnight = Math.floor(time / DAY_MS) * DAY_MS
  for (let day = midnight; ; day -= DAY_MS) {
    const weekday = new Date(day).getUTCDay()
    if (weekday === 0 || weekday === 6) continue
    for (const hour of [14, 9]) if (day + (hour + 1) * HOUR_MS <= time) return day + hour * HOUR_MS
  }
}

/** Calls that no trail shows, or only with data events, which the example's trails do not take. */
const UNSEEN =
  /^(iam:PassRole|s3:(Get|Put|Delete)Object|s3:ListBucket|dynamodb:(Query|GetItem|PutItem)|lambda:InvokeFunction|es:.*|sqs:(Send|Receive|Delete)Message|firehose:Put.*|cloudwatch:GetMetricData)$/

/** Operations whose events have a version behind their names. */
const VERSIONED: Record<string, string> = {
  'lambda:CreateFunction': 'CreateFunction20150331',
  'lambda:ListFunctions': 'ListFunctions20150331',
  'lambda:PublishVersion': 'PublishVersion20150331',
  'lambda:UpdateFunctionCode': 'UpdateFunctionCode20150331v2',
}

/** Whoever does nothing that a trail shows asks at least once who it is, as SDKs and scripts do. */
const AT_LEAST = 'sts:GetCallerIdentity'

function callOf(world: World, consumer: KeyConsumer, time: number, random: Random): CallRecord | null {
  const seen = consumer.actions.filter((action) => !UNSEEN.test(action))
  const actions = seen.length > 0 ? seen : [AT_LEAST]
  const action = actions[nextInteger(random, actions.length)]!
  const [service, operation] = action.split(':') as [string, string]
  const holder = world.accessKeys.get(consumer.accessKeyId)
  if (!holder) return null
  const { account, user } = holder
  const isGlobal = service === 'iam' || service === 'route53' || service === 'cloudfront'
  return {
    eventId: randomUuid(random),
    time: new Date(Math.floor(time / 1000) * 1000),
    receivedAt: time,
    accountId: account.accountId,
    region: isGlobal ? 'us-east-1' : consumer.region,
    service: service === 'ses' ? 'email' : service,
    action: VERSIONED[action] ?? operation,
    readOnly: /^(Get|List|Describe|Filter)/.test(operation),
    accessKeyId: consumer.accessKeyId,
    identity: {
      type: user ? 'IAMUser' : 'Root',
      principalId: user?.userId ?? account.accountId,
      arn: user?.arn ?? `arn:${account.partition}:iam::${account.accountId}:root`,
      accountId: account.accountId,
      userName: user?.userName ?? 'root',
      session: null,
      role: null,
    },
    errorCode: null,
    errorMessage: null,
    requestParameters: PARAMETERS[action]?.(account) ?? null,
    responseElements: null,
    resources: [],
    isDataEvent: false,
    isGlobal,
    sharedEventId: null,
    sourceIp: addressIn(consumer, random),
    userAgent: AGENTS[consumer.agent],
    requestId: randomUuid(random),
  }
}

/** What was asked for, where that tells something. */
const PARAMETERS: Record<string, (account: Account) => object> = {
  'cloudfront:CreateInvalidation': () => ({ distributionId: 'E2QWRUHEXAMPLE' }),
  'lambda:CreateFunction': ({ partition, accountId }) => ({
    functionName: 'health-probe',
    runtime: 'python3.13',
    role: `arn:${partition}:iam::${accountId}:role/ops-automation`,
  }),
  'lambda:PublishVersion': () => ({ functionName: 'storefront-api' }),
  'lambda:UpdateFunctionCode': () => ({ functionName: 'storefront-api' }),
}

/** One of the network's addresses; those of IPv6 in their first 64 bits. */
function addressIn({ network }: KeyConsumer, random: Random): string {
  const { cidrs } = NETWORKS[network]
  const [base, length] = cidrs[nextInteger(random, cidrs.length)]!.split('/') as [string, string]
  if (base.includes(':')) return `${base}${1 + nextInteger(random, 4)}`
  const [a, b, c, d] = base.split('.').map(Number) as [number, number, number, number]
  return `${a}.${b}.${c}.${d + nextInteger(random, Math.min(4, 2 ** (32 - Number(length))))}`
}
