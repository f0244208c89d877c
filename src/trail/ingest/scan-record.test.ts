/** Both ways to look a record through say the same, and what JSON.parse says. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { madeUpEvent } from '../../../test/trail/made-up-event.ts'
import { LogScanner } from './log-scanner.ts'
import { STRUCTURE } from './record-sql.ts'
import { type Found, ScannedRecord } from './scan-record.ts'

const scanned = new ScannedRecord()
const scanner = LogScanner.make()!
const SPANS = ['id', 'source', 'name', 'address', 'agent', 'key'] as const
const FIELDS = ['eventID', 'eventSource', 'eventName', 'sourceIPAddress', 'userAgent'] as const

function plainOf(found: Found) {
  return {
    from: found.from,
    to: found.to,
    seconds: found.seconds,
    spans: SPANS.map((name) => {
      const { from, to, hash } = found[name]
      return from === to ? 'nothing' : { from, to, hash }
    }),
    isEscaped: found.agent.isEscaped,
  }
}

/** What both ways find in a record; null: it is left to JSON.parse. */
function scan(text: string): ReturnType<typeof plainOf> | null {
  const bytes = Buffer.from(text)
  const slow = scanned.scan(bytes, 0, bytes.length) ? plainOf(scanned) : null
  // others beside it make no difference
  const file = Buffer.from(`[${GOOD},${text},${GOOD}]`)
  const from = GOOD.length + 2
  const count = scanner.scan(file, 1, file.length - 1)
  const shift = (place: number) => place + from
  const expected = slow && {
    ...slow,
    from,
    to: from + bytes.length,
    spans: slow.spans.map((span) =>
      typeof span === 'string' ? span : { ...span, from: shift(span.from), to: shift(span.to) },
    ),
  }
  if (slow === null) expect(count).toBe(1)
  else {
    expect(count).toBe(3)
    expect(plainOf(scanner.found(1))).toEqual(expected)
    expect(scanner.reached).toBe(file.length - 1)
  }
  return slow
}

const GOOD = JSON.stringify(madeUpEvent())
const MOMENT = Date.UTC(2026, 0, 5, 10, 20, 30) / 1000
const recordWith = (fields: object) => JSON.stringify(madeUpEvent(fields as Record<string, unknown>))

describe('a record', () => {
  it('is found with what it is known by', () => {
    const text = recordWith({ userAgent: 'say "hi"' })
    const found = scan(text)!
    expect(found).toMatchObject({ from: 0, to: text.length, seconds: MOMENT, isEscaped: true })
    const bytes = Buffer.from(text)
    const texts = found.spans.map((span) =>
      typeof span === 'string' ? '' : bytes.toString('utf8', span.from, span.to),
    )
    const record = JSON.parse(text)
    expect(texts).toEqual([
      record.eventID,
      's3.amazonaws.com',
      'ListBuckets',
      '198.51.100.7',
      'say \\"hi\\"',
      'AKIAIOSFODNN7EXAMPLE',
    ])
  })

  it('may have a field twice: the first counts', () => {
    const text = GOOD.replace('"readOnly"', '"eventName":"x","userAgent":1,"readOnly"')
    expect(scan(text)!.spans).toEqual(scan(GOOD)!.spans)
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

  it('of which some bytes were changed is understood only where it is JSON, and alike by both', () => {
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
          const bytes = Buffer.from(text)
          for (const [i, field] of FIELDS.entries()) {
            const span = found.spans[i]!
            if (typeof span === 'string') expect(record[field] ?? '').toBe('')
            else if (field !== 'userAgent') expect(bytes.toString('utf8', span.from, span.to)).toBe(record[field])
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

/** Copies of records of one file. */
function copiesOf(...texts: string[]): string[] {
  const file = Buffer.from(texts.join(','))
  expect(scanner.scan(file, 0, file.length)).toBe(texts.length)
  const copies = scanner.copies(texts.length)
  return texts.map((text, i) => {
    const { copy, id } = scanner.found(i)
    const { eventID } = JSON.parse(text)
    expect(copies.toString('utf8', copy.id, copy.id + id.to - id.from)).toBe(eventID)
    return copies.toString('utf8', copy.from, copy.to)
  })
}

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
  const { eventID: _, ...others } = STRUCTURE

  it('has what the store is made of, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(objectOf(others), { minLength: 1, maxLength: 4 }), fc.boolean(), (all, isPretty) => {
        const texts = all.map((fields) => JSON.stringify(madeUpEvent({ ...fields }), null, isPretty ? 2 : 0))
        const copies = copiesOf(...texts)
        for (const [i, text] of texts.entries())
          expect(JSON.parse(copies[i]!)).toEqual(partOf(JSON.parse(text), STRUCTURE))
      }),
      { numRuns: 300 },
    )
  })

  it('keeps both where a member comes twice, and one whose name is escaped', () => {
    const [copy] = copiesOf(
      GOOD.replace('"readOnly"', '"responseElements":{"\\u0075ser":1,"x":2,"user":3},"responseElements":[],"readOnly"'),
    )
    expect(copy).toContain('"responseElements":{"\\u0075ser":1,"user":3},"responseElements":[],')
  })

  it('has nothing of the answer but what names keys, users, roles and policies', () => {
    const responseElements = { credentials: { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', sessionToken: 'hidden' }, items: [] }
    const [copy] = copiesOf(recordWith({ responseElements }))
    expect(JSON.parse(copy!).responseElements).toEqual({ credentials: { accessKeyId: 'ASIAIOSFODNN7EXAMPLE' } })
  })
})

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
