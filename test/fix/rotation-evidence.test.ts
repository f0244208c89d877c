/** What is known of the use of a key: the store where there is one, and the event history for the rest. */
import { describe, expect, it } from 'vitest'
import type { AwsSession } from '../../src/aws/session.ts'
import type { OwnVerification } from '../../src/cli/own-verifications.ts'
import { openEvidence } from '../../src/cli/rotation-evidence.ts'
import { type MadeUpEvent, madeUpEvent } from '../trail/made-up-event.ts'
import { folderWith, ingestFiles, newStore } from '../trail/store.ts'

const KEY = 'AKIAIOSFODNN7EXAMPLE'
const NOW = new Date('2026-11-01T12:00:00Z')
const DAY = 86_400_000
const daysAgo = (days: number) => `${new Date(NOW.getTime() - days * DAY).toISOString().slice(0, 19)}Z`

interface Asked {
  region: string | undefined
  from: string
}

/** A session whose event history has these events; null: it is denied. */
function sessionWith(events: readonly MadeUpEvent[] | null, { pages = 1 } = {}) {
  const asked: Asked[] = []
  const session = {
    region: 'us-east-1',
    partition: 'aws',
    async call(
      _service: string,
      operation: string,
      input: { StartTime: Date; NextToken?: string },
      options: { region?: string },
    ) {
      if (operation === 'DescribeRegions' || events === null)
        throw Object.assign(new Error('no'), { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } })
      asked.push({ region: options.region, from: input.StartTime.toISOString() })
      const page = Number(input.NextToken ?? 0) + 1
      return {
        Events: events.map((event) => ({ EventId: String(event.eventID), CloudTrailEvent: JSON.stringify(event) })),
        ...(page < pages && { NextToken: String(page) }),
      }
    },
  }
  return { session: session as unknown as AwsSession, asked }
}

async function evidenceOf(
  stored: readonly MadeUpEvent[],
  looked: ReturnType<typeof sessionWith>,
  verifications: readonly OwnVerification[] = [],
) {
  const trail = newStore()
  if (stored.length > 0) await ingestFiles(trail, folderWith({ 'log.json': [...stored] }))
  const accountId = '111122223333'
  return openEvidence(looked.session, { trail, accountId, regions: ['us-east-1'], verifications, now: () => NOW })
}

const daily = (from: number, to: number) =>
  Array.from({ length: from - to + 1 }, (_, i) => madeUpEvent({ eventTime: daysAgo(from - i) }))

describe('uses of a key', () => {
  it('from a store, with what came after it from the event history', async () => {
    const looked = sessionWith([madeUpEvent({ eventTime: daysAgo(1) })])
    const evidence = await evidenceOf(daily(120, 10), looked)
    const uses = await evidence.uses(KEY, null)
    await evidence.close()
    expect(uses).toMatchObject({ source: 'trail', from: daysAgo(120).slice(0, 10), gaps: [] })
    expect(uses.consumers).toHaveLength(1)
    expect(uses.consumers[0]).toMatchObject({ network: '198.51.100.0/24', agent: 'aws-cli', cadence: 'daily' })
    expect(Date.parse(uses.consumers[0]!.lastSeen)).toBe(Date.parse(daysAgo(1)))
    expect(looked.asked).toEqual([{ region: 'us-east-1', from: expect.stringMatching(`^${daysAgo(10).slice(0, 10)}`) }])
  })

  it('a young store does not tell of the time before it: the event history does', async () => {
    const looked = sessionWith([])
    const evidence = await evidenceOf(daily(3, 1), looked)
    await evidence.uses(KEY, null)
    await evidence.close()
    expect(looked.asked[0]!.from.slice(0, 10)).toBe(daysAgo(90).slice(0, 10))
  })

  it('a store with days missing tells of what came after them: the event history does of the rest', async () => {
    const looked = sessionWith([])
    const evidence = await evidenceOf([...daily(120, 60), ...daily(20, 1)], looked)
    await evidence.uses(KEY, null)
    await evidence.close()
    expect(looked.asked[0]!.from.slice(0, 10)).toBe(daysAgo(90).slice(0, 10))
  })

  it('the days of another account are no days of this one', async () => {
    const looked = sessionWith([])
    const others = daily(120, 1).map((event) => ({ ...event, recipientAccountId: '444455556666' }))
    const evidence = await evidenceOf([...others, ...daily(3, 1)], looked)
    await evidence.uses(KEY, null)
    await evidence.close()
    expect(looked.asked[0]!.from.slice(0, 10)).toBe(daysAgo(90).slice(0, 10))
  })

  it('an old store leaves a gap, which is said', async () => {
    const evidence = await evidenceOf(daily(300, 200), sessionWith([]))
    const { gaps } = await evidence.uses(KEY, null)
    await evidence.close()
    expect(gaps.join()).toContain('is in no store')
  })

  it('of neither: none, and why', async () => {
    const evidence = await evidenceOf([], sessionWith(null))
    const uses = await evidence.uses(KEY, null)
    expect(uses).toMatchObject({ source: 'none', consumers: [] })
    expect(uses.gaps.join()).toContain('cloudtrail:LookupEvents: AccessDeniedException')
  })

  it('more events than are read are a gap, not an end', async () => {
    const looked = sessionWith([madeUpEvent({ eventTime: daysAgo(1) })], { pages: 1000 })
    const evidence = await evidenceOf([], looked)
    const { gaps, source } = await evidence.uses(KEY, null)
    expect(source).toBe('lookup')
    expect(gaps.join()).toContain('more than 1000 events')
    expect(looked.asked).toHaveLength(20)
  })

  it('regions that cannot be listed are a gap', async () => {
    const { session } = sessionWith([])
    const evidence = await openEvidence(session, {
      trail: newStore(),
      accountId: '111122223333',
      regions: null,
      now: () => NOW,
    })
    expect((await evidence.uses(KEY, null)).gaps.join()).toContain('other regions than us-east-1')
  })

  it('records that are no JSON, or have no time, are passed over', async () => {
    const looked = sessionWith([madeUpEvent({ eventTime: 'soon' }), madeUpEvent({ userIdentity: null, userAgent: 7 })])
    const evidence = await evidenceOf([], looked)
    expect((await evidence.uses(KEY, null)).consumers).toHaveLength(1)
  })
})

describe('calls since a moment', () => {
  it('from both, each once, with what failed', async () => {
    const both = madeUpEvent({ eventTime: daysAgo(2), errorCode: 'InvalidClientTokenId' })
    const early = madeUpEvent({ eventTime: daysAgo(5) })
    const late = madeUpEvent({
      eventTime: daysAgo(1),
      eventName: 'GetCallerIdentity',
      eventSource: 'sts.amazonaws.com',
    })
    const evidence = await evidenceOf([both, early], sessionWith([both, late]))
    const { calls, gaps } = await evidence.callsSince(KEY, daysAgo(3))
    await evidence.close()
    expect(gaps).toEqual([])
    expect(calls.map(({ action, errorCode, address }) => [action, errorCode, address])).toEqual([
      [expect.stringContaining('s3:'), 'InvalidClientTokenId', '198.51.100.7'],
      ['sts:GetCallerIdentity', null, '198.51.100.7'],
    ])
  })
})

describe("keyreeve's own try of a key", () => {
  const mark = 'a1b2c3d4'.repeat(4)
  const own: OwnVerification = { accessKeyId: KEY, at: daysAgo(2), mark }
  const tried = (more: Partial<MadeUpEvent> = {}) =>
    madeUpEvent({
      eventTime: daysAgo(2),
      eventSource: 'sts.amazonaws.com',
      eventName: 'GetCallerIdentity',
      userAgent: `aws-sdk-js/3.1 keyreeve/0.1.0 verification/${mark}`,
      ...more,
    })
  const others = [
    tried({ userAgent: `aws-sdk-js/3.1 keyreeve/0.1.0 verification/${'0'.repeat(32)}` }),
    tried({ userAgent: 'aws-sdk-js/3.1 keyreeve/0.1.0' }),
    tried({ eventTime: daysAgo(1) }),
    tried({ eventName: 'AssumeRole' }),
  ]
  const callsOf = async (stored: MadeUpEvent[], looked: MadeUpEvent[], verifications = [own]) => {
    const evidence = await evidenceOf(stored, sessionWith(looked), verifications)
    const { consumers } = await evidence.uses(KEY, null)
    const { calls } = await evidence.callsSince(KEY, daysAgo(3))
    await evidence.close()
    return { used: consumers.reduce((sum, consumer) => sum + consumer.calls, 0), calls: calls.length }
  }

  it('is no use of it', async () => {
    expect(await callsOf([], [tried()])).toEqual({ used: 0, calls: 0 })
    expect(await callsOf([tried()], [])).toEqual({ used: 0, calls: 0 })
  })

  it('and nothing else is left out: no other mark, moment, call, key or caller', async () => {
    expect(await callsOf([], [...others, tried()])).toEqual({ used: 4, calls: 4 })
    expect(await callsOf([...others, tried()], [])).toEqual({ used: 4, calls: 4 })
    const ofAnother = [{ ...own, accessKeyId: 'AKIAI44QH8DHBEXAMPLE' }]
    expect(await callsOf([], [tried()], ofAnother)).toEqual({ used: 1, calls: 1 })
    expect(await callsOf([tried()], [], ofAnother)).toEqual({ used: 1, calls: 1 })
    const withoutAgent = madeUpEvent({ eventTime: daysAgo(2), userAgent: undefined })
    expect(await callsOf([withoutAgent, tried()], [])).toEqual({ used: 1, calls: 1 })
  })
})
