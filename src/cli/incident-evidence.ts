/** Events for an incident: those of the workspace's store, and CloudTrail's event history in every region at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AwsSession } from '../aws/session.ts'
import type { Evidence } from '../fix/revoke/revoke.ts'
import { KeyreeveError } from '../model/errors.ts'
import type { IncidentSubject, KeyEvent } from '../model/incident.ts'
import { homeRegion } from '../model/partition.ts'

export interface EvidenceOptions {
  /** ISO 8601 */
  since: string
  /** Only these; undefined: all that are enabled. */
  regions: readonly string[] | undefined
  /** The store's folder. */
  trail: string
  /** Between two questions to one region: AWS answers two a second. */
  millisecondsBetween: number
  abortSignal: AbortSignal
}

/** Pages of 50 events, of one key in one region. */
const MOST_PAGES = 40

type Asked = { accessKeyId: string } | { attribute: { key: 'Username' | 'ResourceName'; value: string } }

export function evidenceOf(session: AwsSession, options: EvidenceOptions): Evidence {
  const gaps = new Set<string>()
  const inStore = new Set<string>()
  const lookUp = lookingUp(session, options, gaps)
  return {
    async *eventsOf(keys) {
      const unasked = keys.filter((key) => !inStore.has(key))
      for (const key of unasked) inStore.add(key)
      yield* merged([ofStore(unasked, options, gaps), lookUp(keys.map((accessKeyId) => ({ accessKeyId })))])
    },
    async *eventsOfPrincipal({ userName, arn }: IncidentSubject) {
      const attribute =
        userName !== null
          ? ({ key: 'Username', value: userName } as const)
          : ({ key: 'ResourceName', value: arn ?? '' } as const)
      yield* lookUp([{ attribute }])
    },
    gaps: () => [...gaps],
  }
}

/** Asks the event history of every region at once. */
function lookingUp(session: AwsSession, options: EvidenceOptions, gaps: Set<string>) {
  let regions: Promise<readonly string[]> | undefined
  return async function* (asked: readonly Asked[]): AsyncIterable<KeyEvent> {
    regions ??= regionsOf(session, options, gaps)
    yield* merged((await regions).map((region) => inRegion(session, region, asked, options, gaps)))
  }
}

async function regionsOf(session: AwsSession, options: EvidenceOptions, gaps: Set<string>): Promise<readonly string[]> {
  // where IAM's own events are, and those of STS's global endpoint
  const home = homeRegion(session.partition)
  if (options.regions) return [...new Set([...options.regions])]
  try {
    const { Regions } = await session.call('ec2', 'DescribeRegions', {}, { abortSignal: options.abortSignal })
    const names = (Regions as { RegionName?: string }[]).flatMap(({ RegionName }) => RegionName ?? [])
    return [...new Set([home, session.region, ...names])]
  } catch (error) {
    options.abortSignal.throwIfAborted()
    const { failureOf } = await import('../aws/failure.ts')
    gaps.add(
      `CloudTrail was asked in ${home} and ${session.region} only: ec2:DescribeRegions: ${failureOf(error).detail}`,
    )
    return [...new Set([home, session.region])]
  }
}

async function* inRegion(
  session: AwsSession,
  region: string,
  asked: readonly Asked[],
  { since, millisecondsBetween, abortSignal }: EvidenceOptions,
  gaps: Set<string>,
): AsyncIterable<KeyEvent> {
  const [{ lookupEvents }, { keyEventsIn }] = await Promise.all([
    import('../collect/lookup-events.ts'),
    import('../trail/key-event.ts'),
  ])
  for (const [i, what] of asked.entries()) {
    if (i > 0) await sleep(millisecondsBetween, undefined, { signal: abortSignal })
    const pages = lookupEvents(session, {
      regions: [region],
      ...what,
      since: since.slice(0, 10),
      mostPages: MOST_PAGES,
      millisecondsBetween,
      abortSignal,
      skip: (call, why) => gaps.add(`${call}: ${why}`),
    })
    for await (const page of pages) {
      const { events, unreadable } = keyEventsIn(JSON.parse(Buffer.from(await page.read()).toString('utf8')))
      if (unreadable > 0) gaps.add(`${unreadable} events of CloudTrail in ${region} could not be read`)
      yield* events.filter(({ time }) => time >= since)
    }
  }
}

async function* ofStore(
  keys: readonly string[],
  { trail, since, abortSignal }: EvidenceOptions,
  gaps: Set<string>,
): AsyncIterable<KeyEvent> {
  if (keys.length === 0) return
  try {
    const { openStore } = await import('../trail/store.ts')
    const store = await openStore(trail, { from: since.slice(0, 10) })
    if (store.days === null) return
    const [{ openDuckDb }, { keyEvents }] = await Promise.all([
      import('../trail/engines/duckdb.ts'),
      import('../trail/questions/key-events.ts'),
    ])
    const engine = await openDuckDb(store)
    try {
      const { events, cut } = await keyEvents({ engine, within: store.days, signal: abortSignal }, keys)
      if (cut) gaps.add(`the store \`${trail}\` has more events of these keys than were looked at`)
      yield* events
    } finally {
      await engine.close()
    }
  } catch (error) {
    abortSignal.throwIfAborted()
    if (!(error instanceof KeyreeveError)) throw error
    gaps.add(`the store \`${trail}\` was not read: ${error.message}`)
  }
}

/** All of them at once, in the order in which they come. */
async function* merged<T>(sources: readonly AsyncIterable<T>[]): AsyncIterable<T> {
  const readers = new Map(sources.map((source, i) => [i, source[Symbol.asyncIterator]()]))
  const next = (i: number) =>
    readers
      .get(i)!
      .next()
      .then((result) => ({ i, result }))
  const waiting = new Map([...readers.keys()].map((i) => [i, next(i)]))
  try {
    while (waiting.size > 0) {
      const { i, result } = await Promise.race(waiting.values())
      if (result.done) waiting.delete(i)
      else {
        waiting.set(i, next(i))
        yield result.value
      }
    }
  } finally {
    // who has seen enough lets the others close what they opened
    for (const reader of readers.values()) reader.return?.().catch(() => undefined)
  }
}

/** An event of a temporary key, or the one that gave it out: whose session it is. */
export async function firstEventOf(
  accessKeyId: string,
  session: AwsSession,
  options: EvidenceOptions,
): Promise<KeyEvent | null> {
  for await (const event of evidenceOf(session, options).eventsOf([accessKeyId]))
    if (event.accessKeyId === accessKeyId && event.principal !== null) return event
  // a session that was not used yet is only in the event of its beginning, which names it as a resource
  const attribute = { key: 'ResourceName', value: accessKeyId } as const
  for await (const event of lookingUp(session, options, new Set())([{ attribute }]))
    if (event.newAccessKeyId === accessKeyId) return { ...event, principal: event.role ?? event.principal }
  return null
}
