/** The codecs on made-up schemas, for what the services at hand do not use yet. */
import { NormalizedSchema } from '@smithy/core/schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AwsError } from '../aws-error.ts'
import { CODECS } from './codecs.ts'
import { modelOf, requiredMembers } from './model.ts'
import type { Operation, ProtocolName, WireRequest } from './protocol.ts'
import { escapeXml, xmlMembers } from './xml.ts'

/** Smithy's static schemas: kind, namespace, name, traits, and what belongs to the kind. */
const STRING = 0
const NUMBER = 1
const BOOLEAN = 2
const TIMESTAMP = 4
const DATE_TIME = 5
const HTTP_DATE = 6
const BLOB = 21
const listOf = (member: unknown, traits: object | number = 0) => [1, 'x', 'List', traits, member]
const mapOf = (value: unknown, traits: object | number = 0) => [2, 'x', 'Map', traits, STRING, value]
const struct = (members: Record<string, unknown>, required = 0) => [
  3,
  'x',
  'Struct',
  0,
  Object.keys(members),
  Object.values(members),
  required,
]

function operation(input: unknown, output: unknown = struct({}), http?: [string, string, number]): Operation {
  return {
    name: 'DoIt',
    input: NormalizedSchema.of(input as never),
    output: NormalizedSchema.of(output as never),
    http: http ? { method: http[0], path: http[1], status: http[2] } : null,
  }
}

function request(parts: Partial<WireRequest> & { text?: string }): WireRequest {
  const { text = '', ...rest } = parts
  return { method: 'POST', path: '/', query: new URLSearchParams(), headers: {}, body: Buffer.from(text), ...rest }
}

const MODEL = modelOf({}, { protocol: 'awsQuery', version: '1', xmlNamespace: 'urn:x' })

describe('awsQuery', () => {
  const decode = (input: unknown, text: string) => CODECS.awsQuery.decode(operation(input), request({ text }))

  it('reads lists, flattened lists, maps, structures and every kind of value', () => {
    const input = struct({
      Names: listOf(STRING),
      Flat: [listOf(NUMBER), { xmlFlattened: 1 }],
      Renamed: listOf([STRING, { xmlName: 'item' }]),
      Map: mapOf(NUMBER),
      FlatMap: [mapOf(STRING), { xmlFlattened: 1 }],
      Inner: struct({ On: BOOLEAN, When: TIMESTAMP, Bytes: BLOB }),
      Absent: STRING,
    })
    const form = new URLSearchParams({
      'Names.member.2': 'b',
      'Names.member.10': 'c',
      'Names.member.1': 'a',
      'Flat.1': '7',
      'Renamed.item.1': 'r',
      'Map.entry.1.key': '__proto__',
      'Map.entry.1.value': '1',
      'FlatMap.1.key': 'k',
      'FlatMap.1.value': 'v',
      'Inner.On': 'true',
      'Inner.When': '2026-11-01T00:00:00Z',
      'Inner.Bytes': 'aGk=',
    })
    const value = decode(input, form.toString())
    expect(value).toMatchObject({
      Names: ['a', 'b', 'c'],
      Flat: [7],
      Renamed: ['r'],
      FlatMap: { k: 'v' },
      Inner: { On: true, When: new Date('2026-11-01T00:00:00Z'), Bytes: Buffer.from('hi') },
    })
    expect(Object.entries(value.Map as object)).toEqual([['__proto__', 1]])
    expect('Absent' in value).toBe(false)
  })

  it('refuses what is no number, no boolean, no date, and endless nesting', () => {
    const input = struct({ N: NUMBER, B: BOOLEAN, T: TIMESTAMP })
    for (const text of ['N=x', 'N=', 'N=1e999', 'B=yes', 'T=tomorrow', `${'a.'.repeat(100)}b=1`])
      expect(() => decode(input, text)).toThrow(AwsError)
  })

  it('writes attributes, flattened lists, maps and empty lists', () => {
    const output = struct({
      Id: [STRING, { xmlAttribute: 1 }],
      Empty: listOf(STRING),
      Flat: [listOf(STRING), { xmlFlattened: 1 }],
      Map: mapOf(STRING),
      When: TIMESTAMP,
      Bytes: BLOB,
      None: STRING,
    })
    const value = {
      Inner: {
        Id: 'a"<',
        Empty: [],
        Flat: ['x', 'y'],
        Map: { k: 'v' },
        When: new Date(1000),
        Bytes: Buffer.from('hi'),
        None: undefined,
      },
    }
    expect(xmlMembers(NormalizedSchema.of(struct({ Inner: output }) as never), value)).toBe(
      '<Inner Id="a&quot;&lt;"><Empty></Empty><Flat>x</Flat><Flat>y</Flat><Map><entry><key>k</key><value>v</value></entry></Map><When>1970-01-01T00:00:01Z</When><Bytes>aGk=</Bytes></Inner>',
    )
  })

  it('an error of the server is the receiver’s, an error of the client the sender’s', () => {
    const body = (status: number) =>
      CODECS.awsQuery.encodeError(MODEL, new AwsError('Code<', 'm & m', status), 'id').body
    expect(body(400)).toContain('<Type>Sender</Type><Code>Code&lt;</Code><Message>m &amp; m</Message>')
    expect(body(500)).toContain('<Type>Receiver</Type>')
  })

  it('whatever a text holds, what is written is XML 1.0 and says the same, but for what XML cannot say', () => {
    const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' }
    const parse = (xml: string) =>
      xml.replaceAll(/&(?:#x([0-9A-F]+)|#(\d+)|(\w+));/gi, (_, hex, decimal, name) =>
        name ? entities[name]! : String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal)),
      )
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const xml = escapeXml(text)
        expect(xml).not.toMatch(/[<>"]/)
        expect(xml).toMatch(/^[\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u)
        const sayable = text.replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
        expect(parse(xml)).toBe(sayable)
      }),
    )
  })
})

describe('ec2Query', () => {
  it('names follow EC2’s own rules and lists are always flat', () => {
    const input = struct({
      InstanceIds: [listOf([STRING, { xmlName: 'InstanceId' }]), { ec2QueryName: 'InstanceId', xmlName: 'instanceId' }],
      dryRun: [BOOLEAN, { xmlName: 'dryRun' }],
      Filters: [
        listOf(struct({ Name: STRING, Values: [listOf(STRING), { xmlName: 'Value' }] })),
        { xmlName: 'Filter' },
      ],
    })
    const text = 'InstanceId.1=i-1&InstanceId.2=i-2&DryRun=true&Filter.1.Name=n&Filter.1.Value.1=v&Filter.1.Value.2=w'
    expect(CODECS.ec2Query.decode(operation(input), request({ text }))).toEqual({
      InstanceIds: ['i-1', 'i-2'],
      dryRun: true,
      Filters: [{ Name: 'n', Values: ['v', 'w'] }],
    })
  })
})

describe.each(['awsJson1_0', 'awsJson1_1'] as ProtocolName[])('%s', (protocol) => {
  it('reads and writes by schema and refuses other types', () => {
    const shape = struct({ when: TIMESTAMP, bytes: BLOB, list: listOf(struct({ n: NUMBER })), map: mapOf(BOOLEAN) })
    const codec = CODECS[protocol]
    const it = operation(shape, shape)
    const text = '{"when":1.5,"bytes":"aGk=","list":[{"n":1,"unknown":2},null],"map":{"a":true},"s":null}'
    const value = codec.decode(it, request({ text }))
    expect(value).toEqual({
      when: new Date(1500),
      bytes: Buffer.from('hi'),
      list: [{ n: 1 }],
      map: { a: true },
    })
    const { body, headers } = codec.encode(MODEL, it, value, 'id')
    expect(JSON.parse(String(body))).toEqual({ when: 1.5, bytes: 'aGk=', list: [{ n: 1 }], map: { a: true } })
    expect(headers['content-type']).toBe(`application/x-amz-json-${protocol.slice(-3).replace('_', '.')}`)
    for (const bad of [
      '{"list":{}}',
      '{"map":[]}',
      '{"bytes":1}',
      '{"list":[1]}',
      '{"list":[{"n":"1"}]}',
      '{',
      '[1]',
      '3',
    ])
      expect(() => codec.decode(it, request({ text: bad }))).toThrow(AwsError)
  })
})

describe('restJson1', () => {
  const input = struct({
    name: [STRING, 1],
    path: [STRING, 1],
    kinds: [listOf(STRING), { httpQuery: 'kind' }],
    limit: [NUMBER, { httpQuery: 'limit' }],
    token: [STRING, { httpHeader: 'X-Token' }],
    meta: [mapOf(STRING), { httpPrefixHeaders: 'x-meta-' }],
    renamed: [STRING, { jsonName: 'wire' }],
    when: DATE_TIME,
  })
  const output = struct({
    status: [NUMBER, { httpResponseCode: 1 }],
    at: [HTTP_DATE, { httpHeader: 'X-At' }],
    meta: [mapOf(STRING), { httpPrefixHeaders: 'x-meta-' }],
    file: [BLOB, { httpPayload: 1 }],
  })
  const get = operation(input, output, ['POST', '/things/{name}/files/{path+}', 201])

  it('reads labels, queries, headers and the body', () => {
    const value = CODECS.restJson1.decode(
      get,
      request({
        path: '/things/a%2Fb/files/x/y%20z',
        query: new URLSearchParams('kind=1&kind=2&limit=5'),
        headers: { 'x-token': 't', 'x-meta-a': '1' },
        text: '{"wire":"w","when":"2026-11-01T00:00:00Z"}',
      }),
    )
    expect(value).toEqual({
      name: 'a/b',
      path: 'x/y z',
      kinds: ['1', '2'],
      limit: 5,
      token: 't',
      meta: { a: '1' },
      renamed: 'w',
      when: new Date('2026-11-01T00:00:00Z'),
    })
  })

  it('writes the status, headers and a payload as it is', () => {
    const value = { status: 206, at: new Date(0), meta: { b: '2' }, file: Buffer.from([0, 255]) }
    expect(CODECS.restJson1.encode(MODEL, get, value, 'id')).toMatchObject({
      status: 206,
      headers: { 'x-at': 'Thu, 01 Jan 1970 00:00:00 GMT', 'x-meta-b': '2' },
      body: Buffer.from([0, 255]),
    })
  })

  it('finds the most literal route', () => {
    const route = (name: string, method: string, path: string) => [
      9,
      'x',
      name,
      { http: [method, path, 200] },
      struct({}),
      struct({}),
    ]
    const model = modelOf(
      {
        Get$: route('Get', 'GET', '/things/{name}'),
        Special$: route('Special', 'GET', '/things/special'),
        List$: route('List', 'GET', '/things'),
        Invoke$: route('Invoke', 'POST', '/things/{name}'),
        Tagged$: route('Tagged', 'GET', '/things/{name}?tagged'),
      },
      { protocol: 'restJson1', version: '1' },
    )
    const name = (method: string, path: string, query = '') =>
      CODECS.restJson1.operationName(model, request({ method, path, query: new URLSearchParams(query) }))
    expect(name('GET', '/things')).toBe('List')
    expect(name('GET', '/things/')).toBe('List')
    expect(name('GET', '/things/a%2Fb')).toBe('Get')
    expect(name('GET', '/things/special')).toBe('Special')
    expect(name('GET', '/things/a', 'tagged')).toBe('Tagged')
    expect(name('POST', '/things/a')).toBe('Invoke')
    expect(name('DELETE', '/things/a')).toBeNull()
    expect(name('GET', '/things/a/b')).toBeNull()
  })
})

it('the members that a structure requires are the first of its list', () => {
  expect(requiredMembers(NormalizedSchema.of(struct({ a: STRING, b: STRING, c: STRING }, 2) as never))).toEqual([
    'a',
    'b',
  ])
})
