/**
 * Who uses a key, for rotations: the store of `trail ingest` where there is one, and CloudTrail's event history for what
 * came after it, or alone.
 */
import { failureOf } from '../aws/failure.ts'
import type { AwsSession } from '../aws/session.ts'
import type { SeenCall, Uses } from '../fix/rotate/journal.ts'
import { consumerId, latest } from '../fix/rotate/silence.ts'
import { homeRegion } from '../model/partition.ts'
import type { Consumer } from '../model/trail.ts'
import type { Engine } from '../trail/engines/engine.ts'
import { agentFamily } from '../trail/names/agents.ts'
import { networkOf } from '../trail/names/networks.ts'
import { rhythmOf } from '../trail/questions/cadence.ts'
import type { KeyCall } from '../trail/questions/key-calls.ts'
import type { Within } from '../trail/questions/scope.ts'
import { isAbout, MARKED, momentsOf, type OwnVerification } from './own-verifications.ts'

export interface RotationEvidence {
  uses(accessKeyId: string, since: string | null): Promise<Uses>
  callsSince(accessKeyId: string, since: string): Promise<{ calls: SeenCall[]; gaps: string[] }>
  close(): Promise<void>
}

export interface EvidenceOptions {
  /** Folder of the store. */
  trail: string
  /** Whose keys they are. */
  accountId: string
  /** null: those that are on. */
  regions: readonly string[] | null
  /** Our own tries of found keys: these calls, and no others, are left out. */
  verifications?: readonly OwnVerification[]
  now(): Date
}

interface Store {
  engine: Engine
  days: Within
  /** Of these it has the account's events without a break; null: of none. */
  covered: Within | null
}

const DAY_MS = 86_400_000
/** As far back as the event history goes. */
const HISTORY_DAYS = 90

export async function openEvidence(session: AwsSession, options: EvidenceOptions): Promise<RotationEvidence> {
  const store = await openTrail(options.trail, options.accountId)
  let asked: Promise<{ regions: readonly string[]; gaps: string[] }> | undefined
  const regionsOnce = () => {
    asked ??= options.regions ? Promise.resolve({ regions: options.regions, gaps: [] }) : regionsOf(session)
    return asked
  }
  const ownOf = (key: string) => (options.verifications ?? []).filter(({ accessKeyId }) => accessKeyId === key)
  const lookUp = async (
    accessKeyId: string,
    from: string,
  ): Promise<{ calls: KeyCall[]; gaps: string[]; denied: boolean }> => {
    const { regions, gaps } = await regionsOnce()
    const answers = await Promise.all(regions.map((region) => lookUpIn(session, { region, accessKeyId, from })))
    return {
      calls: answers.flatMap(({ calls }) => calls).filter((call) => !isOwn(call, ownOf(accessKeyId))),
      gaps: [...gaps, ...summed(answers.flatMap(({ gap }) => (gap === null ? [] : [gap])))],
      denied: answers.length > 0 && answers.every(({ isRead }) => !isRead),
    }
  }
  return {
    async uses(accessKeyId, since) {
      const now = options.now()
      const oldest = new Date(now.getTime() - HISTORY_DAYS * DAY_MS).toISOString()
      const stored = store ? await consumersIn(store, accessKeyId, ownOf(accessKeyId)) : []
      const covered = store?.covered ?? null
      // the store's last day may have gone on after it was read; and a young one does not tell what came before it
      const old = covered !== null && covered.from <= (since ?? oldest) ? covered : null
      const from = latest([since, old?.to ?? null, oldest])!
      const { calls, gaps, denied } = await lookUp(accessKeyId, from)
      if (old && old.to < oldest.slice(0, 10))
        gaps.push(`CloudTrail from ${old.to} to ${oldest.slice(0, 10)} is in no store`)
      const consumers = joined(stored, consumersOf(calls))
      const to = denied ? (covered?.to ?? null) : now.toISOString()
      const begins = old ? old.from : denied ? (covered?.from ?? null) : (since ?? oldest)
      return { source: store ? 'trail' : denied ? 'none' : 'lookup', from: begins, to, gaps, consumers }
    },
    async callsSince(accessKeyId, since) {
      const [stored, { calls, gaps }] = await Promise.all([
        store ? callsIn(store, accessKeyId, since) : [],
        lookUp(accessKeyId, since),
      ])
      const seen = new Map<string, SeenCall>()
      for (const call of [...stored, ...calls])
        if (call.time >= since && !isOwn(call, ownOf(accessKeyId))) seen.set(call.eventId, seenCall(call))
      return { calls: [...seen.values()].sort((a, b) => (a.time < b.time ? -1 : 1)), gaps }
    },
    close: async () => store?.engine.close(),
  }
}

async function openTrail(folder: string, accountId: string): Promise<Store | null> {
  const { openStore } = await import('../trail/store.ts')
  const store = await openStore(folder)
  if (store.days === null) return null
  const [{ openDuckDb }, { coveredDays }] = await Promise.all([
    import('../trail/engines/duckdb.ts'),
    import('../trail/questions/covered-days.ts'),
  ])
  const engine = await openDuckDb(store)
  const { days } = store
  return { engine, days, covered: (await coveredDays({ engine, within: days })).get(accountId) ?? null }
}

async function consumersIn(
  { engine, days }: Store,
  accessKeyId: string,
  own: readonly OwnVerification[],
): Promise<Consumer[]> {
  const { consumersOf: ask } = await import('../trail/questions/consumers.ts')
  const params: Record<string, string> = { who: accessKeyId }
  const others = own.map((verification, i) => {
    const { from, to } = momentsOf(verification)
    Object.assign(params, { [`mark${i}`]: `%${MARKED}${verification.mark}%`, [`from${i}`]: from, [`to${i}`]: to })
    return ` AND NOT (event_name = '${TRY}' AND coalesce(user_agent, '') LIKE {{mark${i}}} AND event_time BETWEEN CAST({{from${i}}} AS timestamp) AND CAST({{to${i}}} AS timestamp))`
  })
  return ask(
    { engine, within: days },
    { filter: `access_key_id = {{who}}${others.join('')}`, params, label: accessKeyId, kind: 'key' },
  )
}

const TRY = 'GetCallerIdentity'

/** Whether a call is one of these: the same words in the same moments as in the question to the store. */
function isOwn({ action, userAgent, time }: KeyCall, verifications: readonly OwnVerification[]): boolean {
  if (action !== `sts:${TRY}` || userAgent === null) return false
  return verifications.some((own) => userAgent.includes(`${MARKED}${own.mark}`) && isAbout(time, own))
}

async function callsIn({ engine, days }: Store, accessKeyId: string, since: string): Promise<KeyCall[]> {
  const { keyCalls } = await import('../trail/questions/key-calls.ts')
  return keyCalls({ engine, within: days }, accessKeyId, since)
}

/** The regions that are on; where that cannot be read, those that every account has most of its events in. */
async function regionsOf(session: AwsSession): Promise<{ regions: readonly string[]; gaps: string[] }> {
  try {
    const { Regions } = await session.call('ec2', 'DescribeRegions', {})
    const names = ((Regions ?? []) as { RegionName?: string }[]).flatMap(({ RegionName }) => RegionName ?? [])
    if (names.length > 0) return { regions: names, gaps: [] }
  } catch (error) {
    if (failureOf(error).kind === 'aborted') throw error
  }
  const regions = [...new Set([session.region, homeRegion(session.partition)])]
  return { regions, gaps: [`other regions than ${regions.join(' and ')}: ec2:DescribeRegions could not be read`] }
}

// ---- the event history

/** Pages of 50 events; the newest come first. */
const MOST_PAGES = 20

interface LookedUp {
  calls: KeyCall[]
  isRead: boolean
  gap: { region: string; why: string } | null
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
async function lookUpIn(
  session: AwsSession,
  { region, accessKeyId, from }: { region: string; accessKeyId: string; from: string },
): Promise<LookedUp> {
  const calls: KeyCall[] = []
  let token: unknown
  for (let page = 0; page < MOST_PAGES; page++) {
    let answer: Record<string, unknown>
    try {
      answer = await session.call(
        'cloudtrail',
        'LookupEvents',
        {
          LookupAttributes: [{ AttributeKey: 'AccessKeyId', AttributeValue: accessKeyId }],
          StartTime: new Date(from),
          ...(token === undefined ? {} : { NextToken: token }),
        },
        { region },
      )
    } catch (error) {
      const { kind, detail } = failureOf(error)
      if (kind === 'aborted') throw error
      return { calls, isRead: page > 0, gap: { region, why: `cloudtrail:LookupEvents: ${detail}` } }
    }
    for (const event of (answer.Events ?? []) as { EventId?: string; CloudTrailEvent?: string }[]) {
      const call = callOf(event)
      if (call) calls.push(call)
    }
    token = answer.NextToken
    if (token === undefined) return { calls, isRead: true, gap: null }
  }
  return {
    calls,
    isRead: true,
    gap: { region, why: `more than ${MOST_PAGES * 50} events, of which the latest were read` },
  }
}

function summed(gaps: readonly { region: string; why: string }[]): string[] {
  const regions = new Map<string, string[]>()
  for (const { region, why } of gaps) regions.set(why, [...(regions.get(why) ?? []), region])
  return [...regions].map(
    ([why, names]) =>
      `${why} (${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''})`,
  )
}

function callOf({ EventId, CloudTrailEvent }: { EventId?: string; CloudTrailEvent?: string }): KeyCall | null {
  let event: Record<string, unknown>
  try {
    event = JSON.parse(CloudTrailEvent ?? '') as Record<string, unknown>
  } catch {
    return null
  }
  const time = Date.parse(String(event.eventTime))
  if (Number.isNaN(time)) return null
  const service = String(event.eventSource ?? '').replace(/\.amazonaws\.com(\.cn)?$/, '')
  return {
    eventId: EventId ?? String(event.eventID),
    time: new Date(time).toISOString(),
    service,
    action: `${service}:${String(event.eventName)}`,
    sourceIp: textOf(event.sourceIPAddress),
    userAgent: textOf(event.userAgent),
    invokedBy: textOf((event.userIdentity as { invokedBy?: unknown } | null)?.invokedBy),
    region: textOf(event.awsRegion),
    errorCode: textOf(event.errorCode),
  }
}

/** Text from outside: of bounded length. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, 500) : null
}

function seenCall({ time, action, sourceIp, userAgent, region, errorCode }: KeyCall): SeenCall {
  const { network } = networkOf(sourceIp)
  return { time, action, address: sourceIp, network, agent: agentFamily(userAgent), region, errorCode }
}

/** Consumers as `trail consumers` tells them apart. */
function consumersOf(calls: readonly KeyCall[]): Consumer[] {
  const groups = new Map<string, KeyCall[]>()
  for (const call of calls) {
    const id = [networkOf(call.sourceIp).network, agentFamily(call.userAgent), call.invokedBy].join('|')
    const group = groups.get(id)
    if (group) group.push(call)
    else groups.set(id, [call])
  }
  return [...groups.values()].map((group) => {
    const times = group.map(({ time }) => time).sort()
    const days = [...new Set(times.map((time) => time.slice(0, 10)))]
    const hours = new Set(times.map((time) => time.slice(0, 13))).size
    const { cadence, next } = rhythmOf(days, hours / days.length)
    const [{ sourceIp, userAgent, invokedBy }] = group as [KeyCall]
    return {
      ...networkOf(sourceIp),
      agent: agentFamily(userAgent),
      userAgent,
      invokedBy,
      services: [...new Set(group.map(({ service }) => service))].sort(),
      calls: group.length,
      errors: group.filter(({ errorCode }) => errorCode !== null).length,
      addresses: new Set(group.map((call) => call.sourceIp)).size,
      daysActive: days.length,
      firstSeen: times[0]!,
      lastSeen: times.at(-1)!,
      cadence,
      nextExpected: next,
    }
  })
}

/** Of two tellings of one consumer the longer one has the rhythm, and the later one the last time. */
function joined(stored: readonly Consumer[], looked: readonly Consumer[]): Consumer[] {
  const all = new Map(stored.map((consumer) => [consumerId(consumer), consumer]))
  for (const consumer of looked) {
    const known = all.get(consumerId(consumer))
    all.set(
      consumerId(consumer),
      known ? { ...known, lastSeen: latest([known.lastSeen, consumer.lastSeen])! } : consumer,
    )
  }
  return [...all.values()]
}
