/** What is found in a record is what JSON.parse says; whatever is out of the ordinary is left to it. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { madeUpEvent } from '../../../test/trail/made-up-event.ts'
import { instanceIn, wasmMemory } from '../../model/wasm.ts'
import { hashOf } from './chunk.ts'
import { LogScanner, type Span } from './log-scanner.ts'
import { CALLER, RECORD_PARTS, SETTING } from './record-sql.ts'
import { RECORDS_MODULE } from './records-module.ts'

const scanner = LogScanner.make()!
const FIELDS = ['eventSource', 'eventName', 'sourceIPAddress', 'userAgent'] as const
const SPANS = ['source', 'name', 'address', 'agent'] as const

/** What is found in a record; null: it is left to JSON.parse. */
function scan(text: string) {
  // others beside it make no difference
  const file = Buffer.from(`[${GOOD},${text},${GOOD}]`)
  const from = GOOD.length + 2
  const count = scanner.scan(file, 1, file.length - 1)
  if (count !== 3) {
    expect(count).toBe(1)
    return null
  }
  expect(scanner.reached).toBe(file.length - 1)
  const found = scanner.found(1)
  expect([found.from, found.to]).toEqual([from, from + Buffer.byteLength(text)])
  expect(found.id.number).toBe(hashOf(file, found.id.from, found.id.to))
  const textOf = ({ from, to }: Span) => file.toString('utf8', from, to)
  return {
    seconds: found.seconds,
    sessionCreated: found.sessionCreated,
    isAgentEscaped: found.isAgentEscaped,
    id: textOf(found.id),
    texts: SPANS.map((span) => textOf(found[span])),
    key: textOf(found.key),
    numbers: [...SPANS, 'caller' as const, 'setting' as const].map((span) => found[span].number),
  }
}

const GOOD = JSON.stringify(madeUpEvent())
const MOMENT = Date.UTC(2026, 0, 5, 10, 20, 30) / 1000
const recordWith = (fields: object) => JSON.stringify(madeUpEvent(fields as Record<string, unknown>))

describe('a record', () => {
  it('is found with what it is known by', () => {
    const text = recordWith({ userAgent: 'say "hi"' })
    expect(scan(text)).toMatchObject({
      seconds: MOMENT,
      sessionCreated: 0,
      isAgentEscaped: true,
      id: JSON.parse(text).eventID,
      texts: ['s3.amazonaws.com', 'ListBuckets', '198.51.100.7', 'say \\"hi\\"'],
      key: 'AKIAIOSFODNN7EXAMPLE',
    })
  })

  it('has the numbers of its texts, which others with the same texts have too', () => {
    const first = scan(recordWith({}))!.numbers
    expect(scan(recordWith({ requestParameters: { x: 1 } }))!.numbers).toEqual(first)
    const differing = (fields: object) =>
      scan(recordWith(fields))!.numbers.flatMap((number, i) => (number === first[i] ? [] : [i]))
    expect(differing({ eventSource: 'ec2.amazonaws.com' })).toEqual([0])
    expect(differing({ eventName: 'ListBucket' })).toEqual([1])
    expect(differing({ sourceIPAddress: '198.51.100.8' })).toEqual([2])
    expect(differing({ userAgent: 'aws-cli/2.15.30 Python/3.11.8 Linux/5.15.1' })).toEqual([3])
    expect(differing({ userIdentity: { type: 'IAMUser' } })).toEqual([4])
    expect(differing({ awsRegion: 'us-east-2' })).toEqual([5])
  })

  it.each([
    ['is told in seconds', '2026-01-05T10:20:30Z', MOMENT],
    ['of another form is left to the database', '2026-01-05T10:20:30.5Z', 0],
    ['that is none, too', null, 0],
  ])('when its session began %s', (_, creationDate, sessionCreated) => {
    const userIdentity = { sessionContext: { attributes: { creationDate, mfaAuthenticated: 'true' } } }
    expect(scan(recordWith({ userIdentity }))).toMatchObject({ sessionCreated })
    const attributes = sessionCreated > 0 ? { mfaAuthenticated: 'true' } : { creationDate, mfaAuthenticated: 'true' }
    expect(JSON.parse(callerOf(recordWith({ userIdentity })))).toEqual({
      userIdentity: { sessionContext: { attributes } },
    })
  })

  it('may have an identity, or the time of its session, twice: the first counts', () => {
    const twice = (first: string, second: string) =>
      recordWith({ userIdentity: { sessionContext: { attributes: { creationDate: 'x' } } } }).replace(
        '"creationDate":"x"',
        `"creationDate":${first},"creationDate":${second}`,
      )
    const time = '"2026-01-05T10:20:30Z"'
    expect(scan(twice(time, '"2026-01-06T00:00:00Z"'))).toMatchObject({ sessionCreated: MOMENT })
    expect(scan(twice('null', time))).toMatchObject({ sessionCreated: 0 })
    const [copy] = copiesOf(GOOD.replace('"userIdentity"', '"userIdentity":{"type":"First"},"userIdentity"'))
    expect(copy!.caller).toBe('{"userIdentity":{"type":"First"}}')
    expect(scan(GOOD.replace('"userIdentity"', '"userIdentity":null,"userIdentity"'))!.key).toBe('')
  })

  it('may have a field twice: the first counts', () => {
    const text = GOOD.replace('"readOnly"', '"eventName":"x","userAgent":1,"readOnly"')
    expect(scan(text)!.texts).toEqual(scan(GOOD)!.texts)
  })

  it.each([
    ['with white space', JSON.stringify(madeUpEvent(), null, 2).replaceAll('\n', '\r\n\t')],
    ['without an agent and an address', recordWith({ userAgent: undefined, sourceIPAddress: null })],
    ['with all kinds of values', recordWith({ x: [1, -0.5, 1e9, 1.5e-7, true, false, null, {}, [], 'ü\u2028\\/"\n'] })],
    ['with escaped codes', recordWith({}).replace('ListBuckets"', 'ListBuckets","y":"\\u00fc\\uFFFF\\/\\b"')],
    ['nested, but not too deep', recordWith({ x: JSON.parse(`${'['.repeat(199)}${']'.repeat(199)}`) })],
    ['of the leap day', recordWith({ eventTime: '2024-02-29T23:59:59Z' })],
  ])('%s is understood', (_, text) => {
    expect(scan(text)).not.toBeNull()
  })

  const broken = (what: string | RegExp, by: string) => GOOD.replace(what, by)
  it.each([
    ['without its ID', recordWith({ eventID: undefined })],
    ['with an empty name', recordWith({ eventName: '' })],
    ['with a number for its source', recordWith({ eventSource: 1 })],
    ['with half of a surrogate pair', broken('ListBuckets"', 'ListBuckets","y":"\\ud800"')],
    ['with an escaped ID', broken('"eventID":"', '"eventID":"\\u0041')],
    ['with an escaped key', broken('"readOnly"', '"read\\u004fnly"')],
    ['of a day that never was', recordWith({ eventTime: '2026-02-29T00:00:00Z' })],
    ['of the hour 24', recordWith({ eventTime: '2026-02-20T24:00:00Z' })],
    ['of another form of time', recordWith({ eventTime: '2026-02-20T04:00:00.123Z' })],
    ['with a control in a text', broken('ListBuckets', 'List\u0001Buckets')],
    ['with a leading zero', broken('true', '01')],
    ['with a bare point', broken('true', '1.')],
    ['with a word that is none', broken('true', 'True')],
    ['with a comma too many', broken('true,', 'true,,')],
    ['with a comma at the end', GOOD.replace(/\}$/, ',}')],
    ['with a bracket for a brace', recordWith({ x: { y: 1 } }).replace('"y":1}', '"y":1]')],
    ['with a text that does not end', GOOD.slice(0, -2)],
    ['with a wrong escape', broken('ListBuckets', 'List\\xBuckets')],
    ['nested too deep', recordWith({ x: JSON.parse(`${'['.repeat(300)}${']'.repeat(300)}`) })],
  ])('%s is left to JSON.parse', (_, text) => {
    expect(scan(text)).toBeNull()
  })

  it('of which some bytes were changed is understood only where it is JSON', () => {
    const SIGNS = ['"', '\\', '{', '}', '[', ']', ',', ':', ' ', '\n', '0', '-', 'e', 'u', 'é', '\u0002', 'null', '']
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(...SIGNS)), { minLength: 1, maxLength: 3 }),
        fc.object(),
        (changes, requestParameters) => {
          let text = recordWith({ requestParameters })
          for (const [place, sign] of changes) {
            const at = place % text.length
            text = text.slice(0, at) + sign + text.slice(at + 1)
          }
          const found = scan(text)
          if (found === null) return
          const record = JSON.parse(text)
          expect(found.id).toBe(record.eventID)
          for (const [i, field] of FIELDS.entries()) {
            if (found.texts[i] === '') expect(record[field] ?? '').toBe('')
            else if (field !== 'userAgent') expect(found.texts[i]).toBe(record[field])
          }
          expect(Date.parse(record.eventTime)).toBe(found.seconds * 1000)
        },
      ),
      { numRuns: 1000 },
    )
  })
})

/** Of a record, what the structure has. */
function partOf(value: unknown, structure: unknown): unknown {
  const isObject = (of: unknown) => typeof of === 'object' && of !== null && !Array.isArray(of)
  if (!isObject(value) || !isObject(structure)) return value
  const types = structure as Record<string, unknown>
  return Object.fromEntries(
    Object.entries(value as object).flatMap(([name, of]) =>
      Object.hasOwn(types, name) ? [[name, partOf(of, types[name])]] : [],
    ),
  )
}

/** Copies of records of one file, with those of their callers and settings. */
function copiesOf(...texts: string[]): { own: string; caller: string; setting: string }[] {
  const file = Buffer.from(texts.join(','))
  expect(scanner.scan(file, 0, file.length)).toBe(texts.length)
  const copies = scanner.copies(texts.length)
  return texts.map((text, i) => {
    const { copy, id, caller, setting } = scanner.found(i)
    const { eventID } = JSON.parse(text)
    expect(copies.toString('utf8', copy.id, copy.id + id.to - id.from)).toBe(eventID)
    return {
      own: copies.toString('utf8', copy.from, copy.to),
      caller: scanner.bytes.toString('utf8', caller.from, caller.to),
      setting: scanner.bytes.toString('utf8', setting.from, setting.to),
    }
  })
}

const callerOf = (text: string) => copiesOf(text)[0]!.caller

describe('the copy of a record', () => {
  const value = fc.oneof(
    fc.constantFrom(null, '', 'AKIAIOSFODNN7EXAMPLE', 1, true, [], {}, [{ ARN: 'a', x: 1 }], 'ü\u2028\\"'),
    // an escaped name is kept
    fc.object({ key: fc.stringMatching(/^[a-z]{0,4}$/) }),
  )
  const objectOf = (structure: object): fc.Arbitrary<object> =>
    fc.record(
      {
        ...Object.fromEntries(
          Object.entries(structure).map(([name, type]) => [
            name,
            // of the identity, anything but text is left to JSON.parse
            name === 'accessKeyId'
              ? fc.constantFrom(null, '', 'AKIAIOSFODNN7EXAMPLE')
              : typeof type === 'string' || Array.isArray(type)
                ? value
                : fc.oneof(value, objectOf(type)),
          ]),
        ),
        arns: value,
        tlsDetails: value,
        '': value,
      },
      { requiredKeys: [] },
    )
  const { eventID: _, ...others } = { ...RECORD_PARTS, ...CALLER, ...SETTING }

  it('has what the store is made of, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(objectOf(others), { minLength: 1, maxLength: 4 }), fc.boolean(), (all, isPretty) => {
        const texts = all.map((fields) => JSON.stringify(madeUpEvent({ ...fields }), null, isPretty ? 2 : 0))
        const copies = copiesOf(...texts)
        for (const [i, text] of texts.entries())
          for (const [copy, structure] of [
            [copies[i]!.own, RECORD_PARTS],
            [copies[i]!.caller, CALLER],
            [copies[i]!.setting, SETTING],
          ] as const)
            expect(JSON.parse(copy)).toEqual(partOf(JSON.parse(text), structure))
      }),
      { numRuns: 300 },
    )
  })

  it('keeps both where a member comes twice, and one whose name is escaped', () => {
    const [copy] = copiesOf(
      GOOD.replace('"readOnly"', '"responseElements":{"\\u0075ser":1,"x":2,"user":3},"responseElements":[],"readOnly"'),
    )
    expect(copy!.own).toContain('"responseElements":{"\\u0075ser":1,"user":3},"responseElements":[]')
  })

  it('has nothing of the answer but what names keys, users, roles and policies', () => {
    const responseElements = { credentials: { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', sessionToken: 'hidden' }, items: [] }
    const [copy] = copiesOf(recordWith({ responseElements }))
    expect(JSON.parse(copy!.own).responseElements).toEqual({ credentials: { accessKeyId: 'ASIAIOSFODNN7EXAMPLE' } })
  })
})

describe('the members that are kept', () => {
  it('may fill their whole table: nothing else is in it', () => {
    const MB = 1024 * 1024
    const memory = wasmMemory(12 * MB)!
    const bytes = Buffer.from(memory.buffer)
    const module = instanceIn(memory, RECORDS_MODULE) as Record<string, (...of: number[]) => number>
    module.prepare!(6 * MB, 2 * MB + (MB >> 1))
    module.forget!()
    const others = Array.from({ length: 126 }, (_, i) => `member${i}`)
    for (const name of ['eventID', ...others]) module.keep!(1, MB, bytes.write(name, MB), 0)
    const kept = Object.fromEntries(others.map((name, i) => [name, i]))
    for (const eventName of ['GetObject', 'PutObject', 'ListObjects']) {
      const length = bytes.write(recordWith({ eventName, ...kept }), MB)
      bytes.fill(0, MB + length, MB + length + 64)
      expect(module.scan!(MB, MB + length, 16_384, 1, 2 * MB, 3 * MB, 4 * MB)).toBe(1)
      const copyEnd = bytes.readUInt32LE(16_384 + 20)
      const { eventID: _, ...copied } = JSON.parse(bytes.toString('utf8', 2 * MB, copyEnd))
      expect(copied).toEqual(kept)
      module.forget!()
    }
  })
})

describe('texts', () => {
  it('are forgotten when they are too many, and have numbers again', () => {
    const window = (round: number) => {
      const records = Array.from({ length: 900 }, (_, i) =>
        recordWith({ userAgent: `agent ${round * 900 + i}`, userIdentity: { arn: `arn ${round * 900 + i}` } }),
      )
      const file = Buffer.from(records.join(','))
      const numbers: number[] = []
      for (let at = 0; at < file.length; at += scanner.reached)
        for (let i = 0, count = scanner.scan(file, at, file.length); i < count; i++)
          numbers.push(scanner.found(i).agent.number)
      return { numbers, since: scanner.found(0).since }
    }
    const { since } = window(0)
    let round = 1
    for (; window(round).since === since; round++) expect(round).toBeLessThan(300)
    // some windows are of the time before
    const { numbers } = window(round + 1)
    expect(new Set(numbers).size).toBe(900)
    expect(Math.max(...numbers)).toBeLessThan(3 * 900)
    expect(window(round + 1).numbers).toEqual(numbers)
  })

  it('that somebody chose to collide are told apart', () => {
    const texts = collidingTexts(300)
    const [head, tail] = recordWith({ userAgent: 'AGENT' }).split('AGENT')
    const part = (text: Buffer) => [Buffer.from(head!), text, Buffer.from(tail!)]
    const file = Buffer.concat(
      [...texts, ...texts].flatMap((text, i) => (i > 0 ? [Buffer.from(','), ...part(text)] : part(text))),
    )
    const numbers = new Map<number, string>()
    let records = 0
    for (let at = 0; at < file.length; at += scanner.reached)
      for (let i = 0, count = scanner.scan(file, at, file.length); i < count; i++, records++) {
        const { agent } = scanner.found(i)
        const text = file.toString('latin1', agent.from, agent.to)
        expect(numbers.get(agent.number) ?? text).toBe(text)
        numbers.set(agent.number, text)
      }
    expect(records).toBe(600)
    // those that found no slot have a number for each time
    expect(numbers.size).toBeGreaterThan(300)
  })
})

/** Texts of 16 bytes with the same hash: the last 8 are mixed in as they are. */
function collidingTexts(count: number): Buffer[] {
  const first = Buffer.from('agent 0 of many ')
  const wanted = mixed(first) ^ first.readBigUInt64LE(8)
  const texts = [first]
  for (let i = 1; texts.length < count; i++) {
    const text = Buffer.alloc(16)
    text.write(String(i).padStart(8, 'x'))
    text.writeBigUInt64LE(wanted ^ mixed(text), 8)
    if (text.every((byte) => byte >= 0x20 && byte !== 0x22 && byte !== 0x5c)) texts.push(text)
  }
  return texts
}

function mixed(text: Buffer): bigint {
  const start = 0xcbf29ce484222325n ^ BigInt(text.length)
  const product = BigInt.asUintN(64, (start ^ text.readBigUInt64LE(0)) * 0x9e3779b97f4a7c15n)
  return product ^ (product >> 32n)
}

describe('a file', () => {
  it('is looked through in windows, whatever stands at their ends', () => {
    const records = Array.from({ length: 3000 }, (_, i) => recordWith({ x: 'y'.repeat(i % 400) }))
    const file = Buffer.from(`[${records.join(',')}]`)
    const found: string[] = []
    for (let at = 1; at < file.length - 1; at += scanner.reached) {
      const count = scanner.scan(file, at, file.length - 1)
      expect(count).toBeGreaterThan(0)
      for (let i = 0; i < count; i++) {
        const { from, to } = scanner.found(i)
        found.push(file.toString('utf8', from, to))
      }
    }
    expect(found).toEqual(records)
  })

  it('may have a record longer than the window', () => {
    const long = recordWith({ x: 'y'.repeat(3_000_000) })
    const file = Buffer.from(`${long},${GOOD}`)
    expect(scanner.scan(file, 0, file.length)).toBe(2)
    expect(scanner.found(0).to).toBe(long.length)
  })

  it('may have a secret access key where 40 characters of base64 stand alone, or behind an escape', () => {
    const key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
    const has = (text: string) => {
      const file = Buffer.from(recordWith({ x: text }))
      expect(scanner.scan(file, 0, file.length)).toBe(1)
      return scanner.mayHaveKey()
    }
    expect(has(key)).toBe(true)
    expect(has(`\n${key}`)).toBe(true)
    expect(has(`a${key}`)).toBe(false)
    expect(has('nothing of the kind')).toBe(false)
    for (let before = 0; before < 60; before++) {
      expect(has(`${'.'.repeat(before)}${key}`)).toBe(true)
      expect(has(`${'.'.repeat(before)}${'a'.repeat(before)}.${key}`)).toBe(true)
      expect(has(`${'.'.repeat(before)}${key}a`)).toBe(false)
    }
  })
})
