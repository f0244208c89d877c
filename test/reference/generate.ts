/** Random requests and policies in which a good part of everything meets. The same seed gives the same cases. */
import type { CaseDocument, CasePolicies, LevelDocument, PolicyDocument, StatementDocument } from './document.ts'

/** Mulberry32: small, fast, and good enough to choose with. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const A = '123456789012'
const B = '210987654321'

const PRINCIPALS = [
  `arn:aws:iam::${A}:user/ana`,
  `arn:aws:iam::${A}:user/ana`,
  `arn:aws:iam::${A}:user/staff/ben`,
  `arn:aws:iam::${B}:user/cleo`,
  `arn:aws:iam::${B}:user/cleo`,
  `arn:aws:sts::${A}:assumed-role/build/run-1`,
  `arn:aws:sts::${A}:assumed-role/build/run-1`,
  `arn:aws:sts::${B}:assumed-role/ship/x`,
  `arn:aws:sts::${A}:federated-user/dora`,
  `arn:aws:iam::${A}:root`,
  `arn:aws:iam::${B}:root`,
  'logs.amazonaws.com',
  { type: 'Anonymous' } as const,
]

const TARGETS: [action: string, ...resources: string[]][] = [
  ['s3:GetObject', 'arn:aws:s3:::pond/frog', 'arn:aws:s3:::pond/ana/notes/1', 'arn:aws:s3:::pond/a:b*c?'],
  ['s3:PutObject', 'arn:aws:s3:::pond/frog', 'arn:aws:s3:::pond/red/frog'],
  ['s3:ListBucket', 'arn:aws:s3:::pond'],
  ['s3:PutBucketPolicy', 'arn:aws:s3:::pond'],
  ['kms:Decrypt', `arn:aws:kms:eu-west-1:${A}:key/k-1`, `arn:aws:kms:eu-west-1:${A}:key/k-1`],
  ['sts:AssumeRole', `arn:aws:iam::${A}:role/build`, `arn:aws:iam::${A}:role/deep/path/build`],
  ['sqs:SendMessage', `arn:aws:sqs:eu-west-1:${A}:jobs`],
  ['iam:PassRole', `arn:aws:iam::${A}:role/build`],
  ['ec2:RunInstances', '*', `arn:aws:ec2:eu-west-1:${A}:instance/*`],
]

const ACTION_PATTERNS = [
  '*',
  '*',
  '*:*',
  's3:*',
  'S3:GET*',
  's3:*Object',
  's3:?etObject',
  's3:*t*b*',
  '*:*e*',
  's*:*',
  'kms:*',
  'kms:Decrypt',
  'sts:AssumeRole',
  'sts:*Role*',
  '?ts:*',
  'sqs:Send*',
  'iam:Pass*',
  'iam:*',
  'ec2:Run?nstances',
  'ec2:*',
  's3:GetObject',
  's3:getobject*',
  's3:PutObject',
  's3:ListBucket',
]

const RESOURCE_PATTERNS = [
  '*',
  '*',
  '*',
  'arn:aws:s3:::*',
  'arn:aws:s3:::pond',
  'arn:aws:s3:::pond/*',
  'arn:aws:s3:::p?nd/*o*',
  'arn:aws:s3:::pond/*/notes/*',
  'arn:aws:s3:::pond/**/?',
  'arn:aws:s3:::POND/*',
  'arn:*:*:*:*:*',
  'arn:aws:*',
  `arn:aws:kms:*:${A}:key/*`,
  `arn:aws:iam::${A}:role/*`,
  `arn:aws:iam::*:role/build`,
  `arn:aws:iam::${A}:role/*/build`,
  `arn:aws:sqs:*`,
  `arn:aws:ec2:*:*:instance/*`,
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: policy variables
  'arn:aws:s3:::pond/${aws:username}/*',
  "arn:aws:s3:::pond/${aws:PrincipalTag/team, 'red'}/*",
  'arn:aws:s3:::pond/${aws:PrincipalTag/team}*',
  'arn:aws:s3:::pond/a:b${*}c${?}',
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: policy variables
]

/** Keys, the values they may have in a request, and conditions on them. */
const KEYS: Record<string, { values: (string | string[])[]; operators: string[]; wanted: string[] }> = {
  'aws:PrincipalTag/team': {
    values: ['red', 'blue', 'Red', '*', ''],
    operators: [
      'StringEquals',
      'StringNotEquals',
      'StringLike',
      'StringNotLike',
      'StringEqualsIgnoreCase',
      'StringNotEqualsIgnoreCase',
    ],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables
    wanted: ['red', 'r*', '?ed', '*', 'RED', '${aws:username}', '${*}', "${s3:prefix, 'blue'}"],
  },
  's3:prefix': {
    values: ['ana', 'home/ana', 'red'],
    operators: ['StringEquals', 'StringLike', 'StringNotLike'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables
    wanted: ['home/*', '${aws:username}', '*${aws:PrincipalTag/team}', 'an?'],
  },
  'aws:TagKeys': {
    values: [['one'], ['one', 'two'], ['three', 'Two', 'one']],
    operators: [
      'ForAllValues:StringEquals',
      'ForAnyValue:StringEquals',
      'ForAllValues:StringNotLike',
      'ForAnyValue:StringNotEquals',
      'ForAllValues:StringLike',
      'ForAnyValue:StringLike',
    ],
    wanted: ['one', 'two', 't*', '*'],
  },
  'aws:SourceIp': {
    values: ['203.0.113.9', '10.1.2.3', '2001:db8::17', '198.51.100.200'],
    operators: ['IpAddress', 'NotIpAddress'],
    wanted: ['203.0.113.0/24', '10.0.0.0/8', '2001:db8::/32', '203.0.113.9', '0.0.0.0/0', '198.51.100.129/25'],
  },
  'aws:MultiFactorAuthPresent': { values: ['true', 'false'], operators: ['Bool'], wanted: ['true', 'false', 'True'] },
  's3:max-keys': {
    values: ['5', '10', '10.0', '-3', '99999999'],
    operators: [
      'NumericEquals',
      'NumericNotEquals',
      'NumericLessThan',
      'NumericLessThanEquals',
      'NumericGreaterThan',
      'NumericGreaterThanEquals',
    ],
    wanted: ['10', '5', '9.5', '0'],
  },
  'aws:CurrentTime': {
    values: ['2026-01-02T03:04:05Z', '2024-02-29', '1767323045'],
    operators: ['DateLessThan', 'DateGreaterThan', 'DateEquals', 'DateLessThanEquals', 'DateNotEquals'],
    wanted: ['2026-01-02T03:04:05Z', '2025-01-01T00:00:00+02:00', '1767323045'],
  },
  'aws:SourceArn': {
    values: [`arn:aws:sns:eu-west-1:${A}:news`, `arn:aws:s3:::pond`, 'nonsense'],
    operators: ['ArnLike', 'ArnEquals', 'ArnNotLike', 'ArnNotEquals'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables
    wanted: [`arn:aws:sns:*:${A}:*`, 'arn:aws:s3:::p*', 'arn:*:*:*:*:*', 'arn:aws:s3:::${aws:PrincipalTag/team}'],
  },
  'aws:PrincipalArn': {
    values: [],
    operators: ['ArnLike', 'StringNotLike', 'StringEquals'],
    wanted: [`arn:aws:iam::${A}:role/build`, `arn:aws:iam::${A}:*`, `arn:aws:iam::*:user/*`],
  },
  'aws:PrincipalAccount': {
    values: [],
    operators: ['StringEquals', 'StringNotEquals'],
    wanted: [A, B, 'anonymous'],
  },
  'aws:PrincipalServiceName': {
    values: [],
    operators: ['StringEquals', 'StringNotLike'],
    wanted: ['logs.amazonaws.com', 'logs.*', 's3.amazonaws.com'],
  },
  'aws:PrincipalOrgID': { values: ['o-1', 'o-2'], operators: ['StringEquals', 'StringNotEquals'], wanted: ['o-1'] },
}

const NAMED = [
  '*',
  A,
  `arn:aws:iam::${A}:root`,
  `arn:aws:iam::${B}:root`,
  `arn:aws:iam::${A}:user/ana`,
  `arn:aws:iam::${A}:user/staff/ben`,
  `arn:aws:iam::${B}:user/cleo`,
  `arn:aws:iam::${A}:role/build`,
  `arn:aws:iam::${A}:role/deep/build`,
  `arn:aws:sts::${A}:assumed-role/build/run-1`,
  `arn:aws:sts::${A}:assumed-role/build/run-2`,
  `arn:aws:iam::${B}:role/ship`,
  `arn:aws:sts::${A}:federated-user/dora`,
  `arn:aws:iam::${A}:user/*`,
  'AIDAEXAMPLEEXAMPLEEXA',
]

export class Generator {
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = randomFrom(seed)
  }

  chance(probability: number): boolean {
    return this.#random() < probability
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!
  }

  some<T>(list: readonly T[], most: number): T[] {
    return Array.from({ length: 1 + Math.floor(this.#random() * most) }, () => this.pick(list))
  }

  /** One value stands alone half of the time. */
  #written(values: string[]): string | string[] {
    return values.length === 1 && this.chance(0.5) ? values[0]! : values
  }

  case(): CaseDocument {
    const [action, ...resources] = this.pick(TARGETS)
    const context: Record<string, string | string[]> = {}
    for (const [key, { values }] of Object.entries(KEYS))
      if (values.length > 0 && this.chance(0.6)) context[this.chance(0.1) ? key.toUpperCase() : key] = this.pick(values)
    return {
      request: {
        principal: this.pick(PRINCIPALS),
        action: this.chance(0.1) ? action.toUpperCase() : action,
        resource: this.pick(resources),
        resourceAccount: A,
        context,
      },
      policies: this.policies(action),
    }
  }

  policies(action: string): CasePolicies {
    return {
      identity: Array.from({ length: this.pick([0, 1, 1, 1, 2, 3]) }, () => this.policy(action)),
      resource: this.chance(0.6) ? this.policy(action, action === 'sts:AssumeRole' ? 'trust' : 'resource') : null,
      boundary: this.chance(0.3) ? [this.policy(action)] : null,
      session: this.chance(0.25) ? this.policy(action) : null,
      scps: this.#levels(action, false),
      rcps: this.#levels(action, true),
      endpoint: this.chance(0.15) ? this.#endpointPolicy(action) : null,
      managementAccount: this.chance(0.1) ? A : null,
    }
  }

  /** At an endpoint that may be a gateway, nobody but everybody can be named. */
  #endpointPolicy(action: string): PolicyDocument {
    const policy = this.policy(action, 'resource')
    if (action.startsWith('s3:'))
      for (const statement of policy.Statement as StatementDocument[])
        if (statement.Principal !== undefined) statement.Principal = '*'
    return policy
  }

  #levels(action: string, rcp: boolean): LevelDocument[] {
    if (!this.chance(0.35)) return []
    return ['root', 'ou', 'account'].slice(0, this.pick([1, 2, 3])).map((level) => {
      const policies = this.some([0], 1).map(() => this.policy(action, rcp ? 'rcp' : 'plain'))
      if (!rcp && this.chance(0.7))
        policies.push({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })
      return { level, policies }
    })
  }

  policy(action: string, kind: 'plain' | 'resource' | 'trust' | 'rcp' = 'plain'): PolicyDocument {
    const Statement = this.some([0], 3).map(() => this.statement(action, kind))
    if (this.chance(0.08)) return this.chance(0.5) ? { Statement } : { Version: '2008-10-17', Statement }
    return { Version: '2012-10-17', Statement }
  }

  statement(action: string, kind: 'plain' | 'resource' | 'trust' | 'rcp'): StatementDocument {
    const statement: StatementDocument = { Effect: kind === 'rcp' || this.chance(0.2) ? 'Deny' : 'Allow' }
    const isDeny = statement.Effect === 'Deny'
    // a Deny of everything would leave nothing to decide
    const actions = this.chance(0.4) ? [action, ...this.some(ACTION_PATTERNS, 2)] : this.some(ACTION_PATTERNS, 3)
    statement[this.chance(0.2) ? 'NotAction' : 'Action'] = this.#written(actions)
    if (kind !== 'trust') {
      const patterns = isDeny ? RESOURCE_PATTERNS.slice(3) : RESOURCE_PATTERNS
      statement[this.chance(0.2) ? 'NotResource' : 'Resource'] = this.#written(this.some(patterns, 3))
    }
    if (kind === 'rcp') statement.Principal = '*'
    else if (kind !== 'plain') this.#addPrincipal(statement, kind)
    if (this.chance(isDeny ? 0.7 : 0.35)) statement.Condition = this.#condition()
    return statement
  }

  #addPrincipal(statement: StatementDocument, kind: 'resource' | 'trust'): void {
    if (statement.Effect === 'Deny' && kind === 'resource' && this.chance(0.4)) {
      // with their accounts: without, AWS says no more than that it "might" deny
      statement.NotPrincipal = {
        AWS: [A, B, `arn:aws:iam::${A}:root`, `arn:aws:iam::${B}:root`, ...this.some(NAMED.slice(4, 8), 3)],
      }
      return
    }
    if (this.chance(0.2)) statement.Principal = '*'
    else if (this.chance(0.15)) statement.Principal = { Service: 'logs.amazonaws.com', AWS: this.some(NAMED, 1) }
    else statement.Principal = { AWS: this.#written(this.some(NAMED, 3)) }
  }

  #condition(): NonNullable<StatementDocument['Condition']> {
    const condition: NonNullable<StatementDocument['Condition']> = {}
    for (const key of this.some(Object.keys(KEYS), 2)) {
      const { operators, wanted } = KEYS[key]!
      const isNull = this.chance(0.12)
      let operator = isNull ? 'Null' : this.pick(operators)
      // of ForAnyValue with IfExists, AWS's pages say two things
      if (!isNull && !operator.startsWith('ForAnyValue') && this.chance(0.25)) operator += 'IfExists'
      const values = isNull ? [this.pick(['true', 'false'])] : this.some(wanted, 2)
      condition[operator] = {
        ...condition[operator],
        [this.chance(0.1) ? key.toLowerCase() : key]: this.#written(values),
      }
    }
    return condition
  }
}
