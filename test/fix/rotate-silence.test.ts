/** When a key may be stopped, as a pure question: facts in, an answer out. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isStranger } from '../../src/fix/rotate/advance.ts'
import { type Rotation, type RotationEntry, rotationOf, type Uses } from '../../src/fix/rotate/journal.ts'
import { type KeyFacts, plusDays, readinessOf } from '../../src/fix/rotate/silence.ts'
import { CADENCES, type Cadence, type Consumer } from '../../src/model/trail.ts'

const BEGUN = '2026-11-01T12:00:00.000Z'
const day = (days: number) => plusDays(BEGUN, days)

function consumer(fields: Partial<Consumer> = {}): Consumer {
  return {
    network: '198.51.100.0/24',
    ipClass: 'public',
    agent: 'boto3',
    userAgent: null,
    invokedBy: null,
    services: ['s3'],
    calls: 9,
    errors: 0,
    addresses: 1,
    daysActive: 9,
    firstSeen: day(-90),
    lastSeen: day(-1),
    cadence: 'daily',
    nextExpected: null,
    ...fields,
  }
}

const uses = (consumers: Consumer[], fields: Partial<Uses> = {}): Uses => ({
  source: 'lookup',
  from: day(-90),
  to: BEGUN,
  gaps: [],
  consumers,
  ...fields,
})

function rotation(known: Uses): Rotation {
  const terms = {
    accountId: '1',
    userName: 'bot',
    keyId: 'OLD',
    otherKeyId: null,
    to: [],
    graceDays: 7,
    silenceDays: 35,
  }
  const entries: RotationEntry[] = [
    { at: BEGUN, event: 'begin', mode: 'rotate', ...terms },
    { at: BEGUN, event: 'known', uses: known },
    { at: BEGUN, event: 'created', accessKeyId: 'NEW' },
    { at: BEGUN, event: 'proven' },
    { at: BEGUN, event: 'switched' },
  ]
  return rotationOf(entries)!
}

function facts(seen: Consumer[], used: { old?: string; new?: string } = {}): KeyFacts {
  return {
    old: { uses: uses([]), lastUsed: { date: used.old ?? day(-1), service: 's3' } },
    new: { uses: uses(seen), lastUsed: { date: used.new ?? null, service: 's3' } },
  }
}

it('is ready when every consumer has moved and the longest rhythm has passed in silence', () => {
  const weekly = consumer({ agent: 'terraform', cadence: 'weekly' })
  const one = rotation(uses([consumer(), weekly]))
  const seen = [consumer({ lastSeen: day(7) }), { ...weekly, lastSeen: day(7) }]
  expect(readinessOf(one, facts(seen), day(7.9)).isReady).toBe(false)
  expect(readinessOf(one, facts(seen), day(8.1)).isReady).toBe(true)
  expect(readinessOf(one, facts(seen, { old: day(5) }), day(8.1)).isReady).toBe(false)
  expect(readinessOf(one, facts([seen[0]!]), day(8.1)).consumers).toMatchObject([
    { standing: 'moved' },
    { standing: 'expected' },
  ])
})

it('a consumer with the same program elsewhere has moved, unless that is another consumer', () => {
  const here = consumer()
  const there = consumer({ network: '203.0.113.0/24' })
  const standing = (known: Consumer[], seen: Consumer[]) =>
    readinessOf(rotation(uses(known)), facts(seen), day(1)).consumers.map(({ standing: is }) => is)
  expect(standing([here], [there])).toEqual(['moved'])
  expect(standing([here, there], [there])).toEqual(['expected', 'moved'])
  expect(standing([here], [{ ...there, services: ['ec2'] }])).toEqual(['expected'])
})

it('our own proof of the new key is nobody’s use of it', () => {
  const mine = consumer({ agent: 'keyreeve', lastSeen: day(0), services: ['sts'] })
  const known = [consumer({ agent: 'keyreeve', services: ['sts'] })]
  expect(readinessOf(rotation(uses(known)), facts([mine]), day(1)).consumers).toMatchObject([{ standing: 'expected' }])
})

it('where CloudTrail is not read, short or says nothing, it waits for the silence that was asked for, and says so', () => {
  for (const known of [
    uses([consumer()], { source: 'none' }),
    uses([consumer()], { gaps: ['eu-west-1 was denied'] }),
    uses([consumer()], { from: day(-5) }),
    uses([]),
  ]) {
    const at = (days: number) =>
      readinessOf(rotation(known), facts([consumer({ lastSeen: day(3) })], { new: day(3) }), day(days))
    expect(at(34).isReady).toBe(false)
    expect(at(34).quietDays).toBe(35)
    expect(at(36).isReady).toBe(true)
  }
})

it('a new key that nobody uses is no reason to stop the old one', () => {
  const one = rotation(uses([]))
  expect(readinessOf(one, facts([]), day(40))).toMatchObject({ isReady: false, isNewKeyUnused: true })
  expect(readinessOf(one, facts([], { new: day(2) }), day(40)).isReady).toBe(true)
  expect(readinessOf(one, facts([]), day(71)).isReady).toBe(true)
})

const cadence = fc.constantFrom<Cadence>(...CADENCES)
const someConsumer = fc
  .record({ cadence, agent: fc.constantFrom('boto3', 'terraform', 'aws-cli'), last: fc.integer({ min: -90, max: -1 }) })
  .map(({ last, ...fields }) => consumer({ ...fields, lastSeen: day(last) }))

it('it never becomes ready sooner by knowing of one consumer more, nor by a later use of the old key', () => {
  fc.assert(
    fc.property(
      fc.array(someConsumer, { maxLength: 4 }),
      someConsumer,
      fc.array(someConsumer, { maxLength: 3 }),
      fc.integer({ min: 0, max: 120 }),
      fc.integer({ min: 0, max: 60 }),
      (known, more, seen, now, use) => {
        const isReady = (consumers: Consumer[], old?: string) =>
          readinessOf(rotation(uses(consumers)), facts(seen, old ? { old, new: day(1) } : { new: day(1) }), day(now))
            .isReady
        // knowing none at all is no knowledge
        if (known.length > 0 && isReady([...known, { ...more, network: 'x' }])) expect(isReady(known)).toBe(true)
        if (isReady(known, day(use))) expect(isReady(known)).toBe(true)
      },
    ),
    { seed: 1, numRuns: 300 },
  )
})

it('within a week of its use no key in rhythm of a week or longer is stopped, whatever else is known', () => {
  fc.assert(
    fc.property(fc.array(someConsumer, { maxLength: 3 }), fc.integer({ min: 0, max: 100 }), (known, use) => {
      const weekly = consumer({ agent: 'weekly', cadence: 'weekly' })
      const one = rotation(uses([...known, weekly]))
      expect(readinessOf(one, facts([weekly], { old: day(use) }), day(use + 7)).isReady).toBe(false)
    }),
    { seed: 1 },
  )
})

it('a call from a network and of a program that never used the key is a stranger’s, and no reason to activate it', () => {
  const known = uses([consumer(), consumer({ network: '203.0.113.0/24', agent: 'terraform' })])
  const call = (network: string | null, agent: string | null) => ({
    time: day(40),
    action: 's3:GetObject',
    address: null,
    network,
    agent,
    region: null,
    errorCode: 'InvalidClientTokenId',
  })
  expect(isStranger(call('192.0.2.0/24', 'python-http'), known)).toBe(true)
  // a job that has moved, another program of the same office, and what is not known
  expect(isStranger(call('192.0.2.0/24', 'terraform'), known)).toBe(false)
  expect(isStranger(call('198.51.100.0/24', 'aws-cli'), known)).toBe(false)
  expect(isStranger(call(null, 'python-http'), known)).toBe(false)
  expect(isStranger(call('192.0.2.0/24', 'python-http'), uses([]))).toBe(false)
  expect(isStranger(call('192.0.2.0/24', 'python-http'), null)).toBe(false)
})

it("a last use that is keyreeve's own try of the key counts, as it hides the one before, and is called so", () => {
  const own = { ...facts([], { old: day(1) }), old: { ...facts([], { old: day(1) }).old, isOwnUse: true } }
  const one = rotation(uses([]))
  expect(readinessOf(one, own, day(2))).toEqual({
    ...readinessOf(one, facts([], { old: day(1) }), day(2)),
    isLastUseOwn: true,
  })
  expect(readinessOf(one, facts([], { old: day(1) }), day(2)).isLastUseOwn).toBe(false)
})
