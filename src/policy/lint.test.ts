// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables
import { describe, expect, it } from 'vitest'
import { type LintRule, lintPolicy, type PolicyKind } from './lint.ts'

const lint = (document: unknown, kind: PolicyKind | null = null) =>
  lintPolicy(typeof document === 'string' ? document : JSON.stringify(document, null, 2), kind)
const rules = (document: unknown, kind: PolicyKind | null = null) => lint(document, kind).map(({ rule }) => rule)
const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })
const allow = (Action: string | string[], Resource: string | string[] = '*', rest: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...rest,
})

describe('finds nothing in a policy that is right', () => {
  it.each<[string, object]>([
    [
      'an identity policy',
      policy(allow(['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::b/*'), allow('s3:ListBucket', 'arn:aws:s3:::b')),
    ],
    ['a home folder', policy(allow('s3:*Object', 'arn:aws:s3:::homes/${aws:username}/*'))],
    ['everything of a service', policy(allow('s3:*', ['arn:aws:s3:::b', 'arn:aws:s3:::b/*']))],
    ['actions without resources', policy(allow(['s3:ListAllMyBuckets', 'ec2:DescribeInstances']))],
    [
      'a Deny with NotAction',
      policy({
        Effect: 'Deny',
        NotAction: 'iam:*',
        Resource: '*',
        Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } },
      }),
    ],
    [
      'a bucket policy',
      policy(
        allow('s3:GetObject', 'arn:aws:s3:::b/*', {
          Principal: { AWS: ['111122223333', 'arn:aws:iam::111122223333:role/x'] },
        }),
      ),
    ],
    [
      'a trust policy',
      policy({
        Effect: 'Allow',
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        Principal: { Service: 'ec2.amazonaws.com' },
      }),
    ],
    [
      'set operators with IfExists',
      policy(
        allow('ec2:CreateTags', '*', { Condition: { 'ForAllValues:StringLikeIfExists': { 'aws:TagKeys': ['a*'] } } }),
      ),
    ],
    [
      'one Allow beside a Deny of a part of it',
      policy(allow('s3:*'), { Effect: 'Deny', Action: 's3:Delete*', Resource: '*' }),
    ],
    [
      'the same action with other conditions',
      policy(
        allow('s3:GetObject', '*', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
        allow('s3:GetObject', 'arn:aws:s3:::b/*'),
      ),
    ],
  ])('%s', (_, document) => {
    expect(lint(document)).toEqual([])
  })
})

describe('finds', () => {
  it.each<[string, LintRule, object, PolicyKind?]>([
    ['an action with a slip of the pen', 'unknown-action', policy(allow('s3:GetObjetc'))],
    ['a service with one', 'unknown-action', policy(allow('ce2:RunInstances'))],
    ['a pattern that means no action', 'unknown-action', policy(allow('s3:Fetch*'))],
    ['an action without service', 'unknown-action', policy(allow('GetObject'))],
    [
      'an unknown action in NotAction',
      'unknown-action',
      policy({ Effect: 'Allow', NotAction: 'iam:CreateUsers', Resource: '*' }),
    ],
    [
      'an action on objects with the ARN of a bucket',
      'resource-mismatch',
      policy(allow('s3:GetObject', 'arn:aws:s3:::b')),
    ],
    [
      'an action on buckets with the ARN of objects',
      'resource-mismatch',
      policy(allow('s3:ListBucket', 'arn:aws:s3:::b/*')),
    ],
    ['an action without resources on one', 'resource-mismatch', policy(allow('s3:ListAllMyBuckets', 'arn:aws:s3:::b'))],
    [
      'the ARN of another service',
      'resource-mismatch',
      policy(allow('sqs:SendMessage', 'arn:aws:sns:eu-west-1:111122223333:x')),
    ],
    ['a resource that is no ARN', 'no-arn', policy(allow('s3:*', ['arn:aws:s3:::b', 'b/*']))],
    [
      'a set operator that there is not',
      'unknown-operator',
      policy(allow('s3:*', '*', { Condition: { 'ForAnyValues:StringEquals': { 'aws:TagKeys': 'a' } } })),
    ],
    [
      'Null with IfExists',
      'unknown-operator',
      policy(allow('s3:*', '*', { Condition: { NullIfExists: { 'aws:TagKeys': 'true' } } })),
    ],
    ['an element with another case', 'grammar', policy({ ...allow('s3:*'), condition: {} })],
    ['a missing effect', 'grammar', policy({ Action: 's3:*', Resource: '*' })],
    ['an empty list of actions', 'grammar', policy(allow([]))],
    ['no statements', 'grammar', policy()],
    ['the same Sid twice', 'grammar', policy(allow('s3:Get*', '*', { Sid: 'A' }), allow('s3:Put*', '*', { Sid: 'A' }))],
    ['a principal in an identity policy', 'wrong-kind', policy(allow('s3:*', '*', { Principal: '*' })), 'identity'],
    ['no resource in an identity policy', 'wrong-kind', policy({ Effect: 'Allow', Action: 's3:*' })],
    [
      'a resource in a trust policy',
      'wrong-kind',
      policy(allow('sts:AssumeRole', '*', { Principal: { AWS: '111122223333' } })),
    ],
    ['an Allow in an RCP', 'wrong-kind', policy(allow('s3:*', '*', { Principal: '*' })), 'rcp'],
    [
      'a wildcard in a principal',
      'principal',
      policy(allow('s3:*', '*', { Principal: { AWS: 'arn:aws:iam::111122223333:role/*' } })),
    ],
    ['a name as principal', 'principal', policy(allow('s3:*', '*', { Principal: { AWS: 'ana' } }))],
    ['a deleted principal', 'principal', policy(allow('s3:*', '*', { Principal: { AWS: 'AROAQQQQQQQQQQQQQQQQQ' } }))],
    [
      'a variable in the account of an ARN',
      'variable',
      policy(allow('sqs:*', 'arn:aws:sqs:*:${aws:PrincipalAccount}:x')),
    ],
    ['a variable that does not end', 'variable', policy(allow('s3:*', 'arn:aws:s3:::homes/${aws:username/*'))],
    [
      'a variable as number',
      'variable',
      policy(allow('s3:*', '*', { Condition: { NumericLessThan: { 's3:max-keys': '${a:b}' } } })),
    ],
    ['an old version', 'version', { Version: '2008-10-17', Statement: allow('s3:*') }],
    ['no version', 'version', { Statement: allow('s3:*') }],
    ['an action that another one covers', 'redundant', policy(allow(['s3:Get*', 's3:GetObject']))],
    [
      'a resource that another one covers',
      'redundant',
      policy(allow('s3:Get*', ['arn:aws:s3:::b/*', 'arn:aws:s3:::b/c/*'])),
    ],
    [
      'a statement that says less than another',
      'redundant',
      policy(allow('s3:Get*', 'arn:aws:s3:::b/*'), allow('s3:*')),
    ],
    [
      'a statement with one more condition',
      'redundant',
      policy(allow('s3:*'), allow('s3:*', '*', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } })),
    ],
    [
      'an Allow that is always denied',
      'unreachable',
      policy(allow('s3:GetObject', 'arn:aws:s3:::b/*'), { Effect: 'Deny', Action: 's3:*', Resource: '*' }),
    ],
  ])('%s', (_, rule, document, kind) => {
    expect(rules(document, kind)).toContain(rule)
  })

  it('a key that is there twice, and text that is no JSON', () => {
    expect(
      rules(
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}',
      ),
    ).toEqual(['duplicate-key'])
    expect(rules('{"Version": "2012-10-17", "Statement": [}')).toEqual(['syntax'])
  })

  it('policy variables that are plain text in an old version, as an error', () => {
    const [mistake] = lint({ Version: '2008-10-17', Statement: allow('s3:*', 'arn:aws:s3:::homes/${aws:username}/*') })
    expect(mistake).toMatchObject({ rule: 'version', level: 'error' })
  })
})

it('says what was probably meant', () => {
  const messages = lint(
    policy(allow(['s3:GetObjcet', 'ecc2:RunInstances'], '*', { Condition: { StringLik: { 's3:prefix': 'a' } } })),
  ).map(({ message }) => message)
  for (const meant of ['`s3:GetObject`', '`ec2`', '`StringLike`'])
    expect(
      messages.some((message) => message.includes(`did you mean ${meant}?`)),
      meant,
    ).toBe(true)
})

it('an action like no other may be new, which is no error', () => {
  expect(lint(policy(allow('s3:TeleportBucketToMars')))).toMatchObject([{ rule: 'unknown-action', level: 'warning' }])
})

it('names line and column', () => {
  const text =
    '{\n  "Version": "2012-10-17",\n  "Statement": {\n    "Effect": "Allow",\n    "Action": ["s3:Put*",\n      "s3:Gett"],\n    "Resource": "*"\n  }\n}'
  expect(lint(text)).toMatchObject([
    { rule: 'unknown-action', start: { line: 6, column: 7 }, end: { line: 6, column: 16 } },
  ])
})

describe('hostile documents', () => {
  it.each<[string, string]>([
    ['nesting without end', '['.repeat(1_000_000)],
    ['nested objects', '{"a":'.repeat(200_000)],
    ['a text of a megabyte', `"${'x'.repeat(1_000_000)}"`],
    [
      'names that mean something to JavaScript',
      '{"__proto__": {"x": 1}, "Statement": [{"__proto__": [], "constructor": 1}]}',
    ],
    ['nothing', ''],
    ['null', 'null'],
    ['statements that are none', '{"Version": "2012-10-17", "Statement": [1, null, [], "x"]}'],
  ])('%s is a mistake and nothing worse', (_, text) => {
    expect(lint(text).some(({ level }) => level === 'error')).toBe(true)
  })

  it('a megabyte of statements takes seconds at most', () => {
    const started = process.cpuUsage().user
    const document = policy(
      ...Array.from({ length: 4_000 }, (_, i) =>
        allow(['s3:Get*', 's3:*a*b*c*d*'], [`arn:aws:s3:::b${i}/*`, `arn:aws:s3:::${'*a'.repeat(60)}`]),
      ),
    )
    expect(JSON.stringify(document).length).toBeGreaterThan(800_000)
    lint(document)
    expect(process.cpuUsage().user - started).toBeLessThan(10_000_000)
  })
})
