/**
 * A replay decides what cannot differ once, and fetches calls as lines of few rows. Here every event is asked by itself, of the
 * engine, and the answers must be the same.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { madeUpEvent } from '../../../test/trail/made-up-event.ts'
import { engineOf } from '../../../test/trail/store.ts'
import { madeUpMonth } from '../../../test/trino/made-up-month.ts'
import type { ReplayedCall } from '../../model/trail.ts'
import { compilePolicy } from '../../policy/compile.ts'
import { evaluate } from '../../policy/evaluate.ts'
import { parsePolicy } from '../../policy/parse.ts'
import { accountOf, principalOf } from '../../policy/principal.ts'
import type { PolicyInput } from '../../policy/request.ts'
import { keyOf } from '../detections/example.ts'
import type { Engine } from '../engines/engine.ts'
import { type Replay, replay, resourcesOf } from './replay.ts'
import { IS_LET_THROUGH, type Question } from './scope.ts'
import { whoIs } from './who.ts'

const allow = (statement: object) => ({ Effect: 'Allow', ...statement })
const deny = (statement: object) => ({ Effect: 'Deny', ...statement })
const EVERYTHING = allow({ Action: '*', Resource: '*' })

const POLICIES: Record<string, object[]> = {
  'that allows nothing': [],
  'that is broad': [EVERYTHING],
  'of some actions': [allow({ Action: ['s3:*', 'ec2:Describe*'], Resource: '*' })],
  'of some resources': [
    allow({ Action: 's3:*', Resource: ['arn:aws:s3:::b*', 'arn:aws:s3:::builds/0*'] }),
    allow({ Action: 'iam:*', Resource: 'arn:aws:iam::*:user/a*' }),
    allow({ Action: 'sts:AssumeRole', Resource: 'arn:aws:iam::*:role/a*' }),
    allow({ Action: ['kms:Decrypt', 'dynamodb:*'], Resource: '*' }),
  ],
  'for some addresses': [
    allow({ Action: '*', Resource: '*', Condition: { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } } }),
  ],
  'that asks for MFA': [
    EVERYTHING,
    deny({ Action: 'iam:*', Resource: '*', Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } } }),
  ],
  'for one region': [
    EVERYTHING,
    deny({
      NotAction: ['iam:*', 'sts:*'],
      Resource: '*',
      Condition: { StringNotEquals: { 'aws:RequestedRegion': 'us-east-1' } },
    }),
  ],
  'that denies all resources but some': [
    EVERYTHING,
    deny({ Action: 's3:*', NotResource: ['arn:aws:s3:::builds*'] }),
    deny({ Action: 'iam:*', Resource: '*' }),
  ],
  'of all actions but some': [allow({ NotAction: ['iam:*', 'ec2:*'], Resource: '*' })],
  'with variables': [
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: these are policy variables
    allow({ Action: 'iam:*', Resource: 'arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}' }),
    allow({ Action: 's3:*', Resource: 'arn:aws:s3:::${aws:RequestedRegion}*' }),
    allow({
      Action: 'sts:*',
      Resource: '*',
      Condition: { StringEquals: { 'aws:ResourceAccount': '${aws:PrincipalAccount}' } },
    }),
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: these are policy variables
  ],
  'that asks who calls': [
    allow({ Action: '*', Resource: '*', Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/ben*' } } }),
    allow({ Action: 'kms:*', Resource: '*', Condition: { StringEquals: { 'aws:PrincipalTag/team': 'x' } } }),
  ],
  'for some user agents': [
    allow({ Action: '*', Resource: '*', Condition: { StringLike: { 'aws:UserAgent': ['*cli*', 'a\tb*', '\u001b'] } } }),
    deny({ Action: '*', Resource: '*', Condition: { Bool: { 'aws:ViaAWSService': 'true' } } }),
  ],
}

const puts = (key: string, fields: object = {}) =>
  madeUpEvent({ eventName: 'PutObject', requestParameters: { bucketName: 'builds', key }, ...fields })

const FORGED = '\n9\t2026-01-05T10:20:30.000Z\t1\t1\t111122223333\tarn:aws:iam::111122223333:user/\tarn:aws:s3:::forged'

/** What a line cannot hold, and what it can but looks as if it could not. */
const ODD = [
  puts(`line${FORGED}`),
  puts('line', { userAgent: `agent${FORGED}` }),
  ...['two\nlines', 'tab\there', '\u001b', 'a\u001bb', 'bar|and blank', '\u{1f511}', '\uffee'].map((key) => puts(key)),
  ...['tab\there', 'two\nlines', '\u001b', 'a\u001bb'].map((userAgent) => puts('same', { userAgent })),
  ...Array.from({ length: 2100 }, (_, i) => puts(`many/${i % 1050}`)),
  madeUpEvent({
    eventSource: 'ec2.amazonaws.com',
    eventName: 'CreateTags',
    resources: ['i-1', 'i-2'].map((id) => ({ ARN: `arn:aws:ec2:us-east-1:111122223333:instance/${id}` })),
  }),
  madeUpEvent({
    eventSource: 'lambda.amazonaws.com',
    eventName: 'CreateFunction20150331',
    requestParameters: { functionName: 'f', role: 'arn:aws:iam::111122223333:role/deploy' },
  }),
]

/** A program asks for what is not always there: that fails, and was let through all the same. */
const FAILED = ['NoSuchBucketPolicy', 'AccessDenied'].map((errorCode) =>
  madeUpEvent({ eventName: 'GetBucketPolicy', requestParameters: { bucketName: errorCode.toLowerCase() }, errorCode }),
)

let engine: Engine
let question: Question

beforeAll(async () => {
  engine = await engineOf([...madeUpMonth(), ...ODD, ...FAILED])
  question = { engine, within: { from: '2026-01-01', to: '2026-12-31' } }
})
afterAll(() => engine.close())

const listed = ({ calls, ...rest }: Replay) => ({ ...rest, calls: [...calls] })

const EVENTS = `SELECT action, resource, resource_known, account_id, principal_arn,
  CASE WHEN cardinality(resources) > 1 THEN array_join(resources, chr(10)) END AS resources, event_time,
  CASE WHEN ip_class <> 'aws-service' AND vpc_endpoint IS NULL THEN source_ip END AS "aws:sourceip",
  aws_region AS "aws:requestedregion", CAST(mfa AS varchar) AS "aws:multifactorauthpresent", key_kind,
  vpc_endpoint AS "aws:sourcevpce", user_agent AS "aws:useragent",
  CASE WHEN invoked_by IS NOT NULL THEN 'true' ELSE 'false' END AS "aws:viaawsservice"
FROM {{events}} WHERE ${IS_LET_THROUGH} AND action IS NOT NULL AND `

/** Each event by itself, as far as it tells the resource: the rest is no matter of the engine. */
async function oneByOne(filter: string, policies: PolicyInput[]): Promise<Map<string, number>> {
  const lines = new Map<string, number>()
  for (const row of await engine.query(EVENTS + filter)) {
    const action = String(row.action)
    const principal = principalOf(String(row.principal_arn))
    // a new line within the only resource does not make two of it
    const isOdd = row.resources === null && String(row.resource).includes('\n')
    const resources = isOdd ? [String(row.resource)] : resourcesOf(row, action)
    if (principal === null || resources.includes(null)) continue
    const isTrust = action.startsWith('sts:AssumeRole')
    const answers = resources.map((resource) => {
      const context = Object.entries(row).filter(([key, value]) => key.startsWith('aws:') && value !== null)
      const around = {
        Version: '2012-10-17',
        Statement: [
          allow({ Principal: { AWS: accountOf(principal) }, Action: '*', ...(isTrust ? {} : { Resource: '*' }) }),
        ],
      }
      return evaluate(
        {
          principal,
          action,
          resource: resource!,
          resourceAccount: /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(resource!)?.[1] ?? String(row.account_id),
          context: {
            ...(Object.fromEntries(context) as Record<string, string>),
            ...(row.key_kind === 'long-term' && row['aws:multifactorauthpresent'] === null
              ? { 'aws:multifactorauthpresent': null }
              : {}),
          },
          contextIs: 'open',
        },
        {
          identity: policies,
          boundary: null,
          session: null,
          scps: [],
          rcps: [],
          resource: { name: 'resource', policy: compilePolicy(parsePolicy(around)) },
          endpoint: null,
        },
      ).decision
    })
    const verdict = answers.includes('denied')
      ? 'would-be-denied'
      : answers.includes('conditional')
        ? 'cannot-know'
        : 'still-allowed'
    const line = [action, row.resource, verdict].join(' | ')
    lines.set(line, (lines.get(line) ?? 0) + 1)
  }
  return lines
}

function counted(calls: readonly ReplayedCall[]): Map<string, number> {
  const lines = new Map<string, number>()
  for (const { action, resource, verdict, calls: count } of calls) {
    const line = [action, resource, verdict].join(' | ')
    lines.set(line, (lines.get(line) ?? 0) + count)
  }
  return lines
}

/** A line without its verdict. */
const callOf = (line: string) => line.slice(0, line.lastIndexOf(' | '))

describe('each call has the verdict that its events have one by one, under a policy', () => {
  it.each(Object.entries(POLICIES))('%s', async (_, Statement) => {
    const document = parsePolicy({ Version: '2012-10-17', Statement })
    const policies = [{ name: 'proposed', policy: compilePolicy(document) }]
    const everybody = { filter: 'principal_arn IS NOT NULL', params: {}, label: 'all', kind: 'principal' } as const
    const { calls, totals } = listed(await replay(question, everybody, policies))
    const expected = await oneByOne(everybody.filter, policies)
    const decided = new Set([...expected.keys()].map(callOf))
    const found = [...counted(calls)].filter(([line]) => decided.has(callOf(line)))
    expect(new Map(found.sort())).toEqual(new Map([...expected].sort()))
    expect(decided.size).toBeGreaterThan(1050)
    expect(Object.values(totals).reduce((sum, count) => sum + count, 0)).toBe(
      calls.reduce((sum, call) => sum + call.calls, 0),
    )
  })
})

it('lists a call once, what would be denied first, then by number, action and resource', async () => {
  const policies = [
    { name: 'p', policy: compilePolicy(parsePolicy({ Statement: [allow({ Action: 's3:*', Resource: '*' })] })) },
  ]
  const { calls } = listed(await replay(question, await whoIs(question, 'ci'), policies))
  const names = calls.map(({ action, resource, because }) => `${action} ${resource} ${because}`)
  expect(new Set(names).size).toBe(names.length)
  const rank = ['would-be-denied', 'cannot-know', 'still-allowed']
  const inOrder = calls.toSorted(
    (a, b) =>
      rank.indexOf(a.verdict) - rank.indexOf(b.verdict) ||
      b.calls - a.calls ||
      (a.action < b.action ? -1 : a.action > b.action ? 1 : 0) ||
      ((a.resource ?? '') < (b.resource ?? '') ? -1 : (a.resource ?? '') > (b.resource ?? '') ? 1 : 0),
  )
  expect(names).toEqual(inOrder.map(({ action, resource, because }) => `${action} ${resource} ${because}`))
  expect(calls.find(({ resource }) => resource?.endsWith('/two\nlines'))).toMatchObject({
    verdict: 'still-allowed',
    lastSeen: '2026-01-05T10:20:30.000Z',
  })
  expect(calls.filter(({ resource }) => resource?.includes('/many/'))).toHaveLength(1050)
})

it('a call that failed needs its permission, unless it failed because it was denied', async () => {
  const Statement = [EVERYTHING, deny({ Action: 's3:GetBucketPolicy', Resource: '*' })]
  const policies = [{ name: 'p', policy: compilePolicy(parsePolicy({ Version: '2012-10-17', Statement })) }]
  const { calls } = listed(await replay(question, await whoIs(question, 'ci'), policies))
  expect(calls.filter(({ action }) => action === 's3:GetBucketPolicy')).toMatchObject([
    { resource: 'arn:aws:s3:::nosuchbucketpolicy', verdict: 'would-be-denied', calls: 1 },
  ])
})

it('is the same when there are too many events for one answer, or for one row of it', async () => {
  const policies = [
    { name: 'p', policy: compilePolicy(parsePolicy({ Statement: [allow({ Action: 's3:*', Resource: '*' })] })) },
  ]
  const dividing: Engine = {
    ...engine,
    async query(sql, params) {
      const rows = await engine.query(sql, params)
      return /^\s*SELECT CAST\(day/.test(sql) ? rows.map((row) => ({ ...row, calls: 1e6 })) : rows
    },
  }
  const who = { filter: 'principal_arn IS NOT NULL', params: {}, label: 'all', kind: 'principal' } as const
  const divided = await replay({ ...question, engine: dividing }, who, policies)
  expect(listed(divided)).toEqual(listed(await replay(question, who, policies)))
})

it('knows that a long-term key brings no MFA', async () => {
  const needsMfa = (operator: string) => [
    EVERYTHING,
    deny({ Action: 's3:*', Resource: '*', Condition: { [operator]: { 'aws:MultiFactorAuthPresent': 'false' } } }),
  ]
  const verdicts = async (Statement: object[]) => {
    const policies = [{ name: 'p', policy: compilePolicy(parsePolicy({ Version: '2012-10-17', Statement })) }]
    const { calls } = listed(await replay(question, await whoIs(question, keyOf('ana')), policies))
    return new Set(calls.filter(({ action }) => action.startsWith('s3:')).map(({ verdict }) => verdict))
  }
  // a Deny that does not say IfExists is the well-known hole
  expect(await verdicts(needsMfa('BoolIfExists'))).toEqual(new Set(['would-be-denied']))
  expect(await verdicts(needsMfa('Bool'))).toEqual(new Set(['still-allowed']))
})

it('stops when it is told to, also between the events', async () => {
  const control = new AbortController()
  const slow: Engine = {
    ...engine,
    async query(sql, params) {
      const rows = await engine.query(sql, params)
      setImmediate(() => control.abort(new Error('enough')))
      return rows
    },
  }
  const policies = [{ name: 'p', policy: compilePolicy(parsePolicy({ Statement: [EVERYTHING] })) }]
  const who = { filter: 'principal_arn IS NOT NULL', params: {}, label: 'all', kind: 'principal' } as const
  await expect(replay({ ...question, engine: slow, signal: control.signal }, who, policies)).rejects.toThrow('enough')
})

it('cancels what it asked ahead when something else fails', async () => {
  let ahead: AbortSignal | undefined
  const failing: Engine = {
    ...engine,
    async query(sql, params, signal) {
      if (/UNNEST\(passed_roles\)/.test(sql)) {
        ahead = signal
        return new Promise(() => {})
      }
      if (/action = \{\{action\}\}/.test(sql)) throw new Error('throttled')
      const rows = await engine.query(sql, params, signal)
      // not as many as the lines are: each call is asked for by itself then
      return /AS lines/.test(sql) ? rows.map((row) => ({ ...row, calls: -1 })) : rows
    },
  }
  const policies = [{ name: 'p', policy: compilePolicy(parsePolicy({ Statement: [EVERYTHING] })) }]
  const who = { filter: 'principal_arn IS NOT NULL', params: {}, label: 'all', kind: 'principal' } as const
  await expect(replay({ ...question, engine: failing }, who, policies)).rejects.toThrow('throttled')
  expect(ahead?.aborted).toBe(true)
})
