/** The packed answer against one made with a map. */
import { expect, it } from 'vitest'
import type { ReplayedCall } from '../../model/trail.ts'
import { Answer, type DecidedCall } from './replay-answer.ts'
import type { Verdict } from './replay-verdicts.ts'

const VERDICTS: readonly Verdict[] = [
  { verdict: 'still-allowed', because: 'proposed, statement 1' },
  { verdict: 'would-be-denied', because: 'nothing allows it' },
  { verdict: 'cannot-know', because: 'aws:SourceIp IpAddress' },
  { verdict: 'cannot-know', because: 'aws:RequestedRegion StringEquals' },
]
const RANK = ['would-be-denied', 'cannot-know', 'still-allowed']

/** Some numbers that come again and again, in another order each time. */
function callsOf(list: number, count: number, different: number): DecidedCall[] {
  return Array.from({ length: count }, (_, i) => {
    const number = (i * 7919 + list * 104_729) % different
    return {
      resource: number === 0 ? null : `arn:aws:s3:::${'\u{1f511}é\n'.slice(0, number % 5)}${number}`,
      calls: 1 + (number % 3),
      lastSeen: Date.UTC(2026, 0, 1 + ((list + i) % 28), 1, 2, 3, i % 1000),
      verdict: { ...VERDICTS[(number * 31 + (i % 2)) % VERDICTS.length]! },
    }
  })
}

/** What the answer is to be, made the simple way. */
function plainly(lists: readonly (readonly [action: string, calls: readonly DecidedCall[]])[]): ReplayedCall[] {
  const lines = new Map<string, ReplayedCall>()
  for (const [action, calls] of lists)
    for (const { resource, calls: count, lastSeen, verdict } of calls) {
      const key = JSON.stringify([action, resource, verdict])
      const time = new Date(lastSeen).toISOString()
      const line = lines.get(key) ?? { action, resource, calls: 0, lastSeen: time, ...verdict }
      line.calls += count
      if (time > line.lastSeen) line.lastSeen = time
      lines.set(key, line)
    }
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return [...lines.values()].sort(
    (a, b) =>
      RANK.indexOf(a.verdict) - RANK.indexOf(b.verdict) ||
      b.calls - a.calls ||
      compare(a.action, b.action) ||
      compare(a.resource ?? '', b.resource ?? '') ||
      compare(a.because, b.because),
  )
}

it('lists what comes in many parts once, and in order', async () => {
  const lists = [
    ...Array.from({ length: 9 }, (_, i) => ['s3:GetObject', callsOf(i, 30_000, 20_011)] as const),
    ...Array.from({ length: 3 }, (_, i) => ['s3:PutObject', callsOf(i, 50_000, 1_000_003)] as const),
    ['kms:Decrypt', callsOf(1, 1, 10)] as const,
    ['iam:PassRole', []] as const,
  ]
  const expected = plainly(lists)
  const answer = new Answer()
  for (const [action, calls] of lists)
    answer.add(
      action,
      [...calls].map((call) => ({ ...call })),
    )
  const calls = await answer.calls(async () => {})
  expect(calls.length).toBe(expected.length)
  // to compare objects one by one takes seconds
  expect(JSON.stringify([...calls]) === JSON.stringify(expected)).toBe(true)
  expect([...calls].slice(0, 10), 'a second time').toEqual(expected.slice(0, 10))
  expect(Object.values(answer.totals).reduce((sum, count) => sum + count, 0)).toBe(
    expected.reduce((sum, { calls: count }) => sum + count, 0),
  )
})
