/** Turns the example's tables into an account of the world. */
import {
  type AccessKey,
  type Account,
  addAccessKey,
  addMfaDevice,
  addPolicy,
  addPolicyVersion,
  addServiceSpecificCredential,
  addSigningCertificate,
  addSshPublicKey,
  addUser,
  type Group,
  type ManagedPolicy,
  type MfaKind,
  nameKey,
  type User,
  type UserOptions,
  type World,
} from '../state.ts'
import { awsPolicy } from './aws-managed-policies.ts'
import type { Calendar, When } from './calendar.ts'
import type { AgentName, Cadence, KeyConsumer, NetworkName } from './consumers.ts'
import type { PolicyDocument } from './documents.ts'
import type { PolicySketch } from './production-policies.ts'

/** An account being drawn. */
export interface Draft {
  world: World
  account: Account
  calendar: Calendar
  consumers: KeyConsumer[]
}

/** A user in a line or two. Ages in days. */
export interface UserSketch {
  userName: string
  age: number
  /** The person, or what the machine does. */
  who: string
  team: string
  path?: string
  groups?: readonly string[]
  /** Names of customer managed policies, or `aws:` and the path and name of one of AWS's. */
  attached?: readonly string[]
  inline?: Record<string, PolicyDocument>
  boundary?: string
  /** `used` null: never. */
  password?: { used: When | null; changed: number; resetRequired?: true }
  mfa?: readonly MfaKind[]
  keys?: readonly KeySketch[]
  credentials?: readonly { service: string; age: number; expires?: number; inactive?: true }[]
  sshKeys?: readonly { age: number; inactive?: true }[]
  signingCertificates?: readonly { age: number; inactive?: true }[]
  untagged?: true
}

export interface KeySketch {
  age: number
  inactive?: true
  /** Absent: never used. */
  used?: When
  service?: string
  region?: string
  network?: NetworkName
  agent?: AgentName
  cadence?: Cadence
  actions?: readonly string[]
  /** Where several use one key; the last use is the latest of theirs. */
  consumers?: readonly ConsumerSketch[]
}

export interface ConsumerSketch {
  who: string
  network: NetworkName
  agent: AgentName
  cadence: Cadence
  actions: readonly string[]
  region?: string
  /** Days since the first use; default: as long as the key. */
  since?: number
  used: When
  unknown?: true
}

export function policyNamed(draft: Draft, name: string): string {
  if (name.startsWith('aws:')) return awsPolicy(name.slice(4))
  for (const policy of draft.account.policies.values()) if (policy.policyName === name) return policy.arn
  throw new Error(`account ${draft.account.accountId} has no policy \`${name}\``)
}

export function groupNamed(draft: Draft, name: string): Group {
  const group = draft.account.groups.get(nameKey(name))
  if (!group) throw new Error(`account ${draft.account.accountId} has no group \`${name}\``)
  return group
}

export function addPolicies(draft: Draft, sketches: Record<string, PolicySketch>): ManagedPolicy[] {
  const { world, account, calendar } = draft
  return Object.entries(sketches).map(([name, { document, description, path, age, revised, former = [] }]) => {
    const [first, ...later] = [...former, document]
    const policy = addPolicy(world, account, name, first!, {
      createDate: calendar.atWork(age),
      ...(path !== undefined && { path }),
      ...(description !== undefined && { description }),
    })
    later.forEach((version, i) => {
      // evenly from the policy's making to its last revision
      const days = age - ((age - (revised ?? 0)) * (i + 1)) / later.length
      addPolicyVersion(world, policy, version, { createDate: calendar.atWork(days) })
    })
    return policy
  })
}

export function addUsers(draft: Draft, sketches: readonly UserSketch[]): User[] {
  return sketches.map((sketch) => addSketchedUser(draft, sketch))
}

function addSketchedUser(draft: Draft, sketch: UserSketch): User {
  const { world, account, calendar } = draft
  const { password } = sketch
  const options: UserOptions = {
    createDate: calendar.atWork(sketch.age),
    tags: sketch.untagged ? {} : { team: sketch.team, owner: tagValue(sketch.who) },
    groups: (sketch.groups ?? []).map((name) => groupNamed(draft, name)),
    attachedPolicies: (sketch.attached ?? []).map((name) => policyNamed(draft, name)),
    inlinePolicies: sketch.inline ?? {},
    permissionsBoundary: sketch.boundary === undefined ? null : policyNamed(draft, sketch.boundary),
  }
  if (sketch.path !== undefined) options.path = sketch.path
  const user = addUser(world, account, sketch.userName, options)
  if (password)
    user.password = {
      createDate: user.createDate,
      lastChanged: later(calendar.atWork(password.changed), user.createDate),
      lastUsed: password.used === null ? null : calendar.atWork(password.used),
      resetRequired: password.resetRequired ?? false,
    }
  for (const [i, kind] of (sketch.mfa ?? []).entries())
    addMfaDevice(world, account, user, {
      kind,
      name: i === 0 ? sketch.userName : `${sketch.userName}-${i + 1}`,
      enableDate: later(calendar.atWork(Math.max(1, sketch.age - 1 - 40 * i)), user.createDate),
    })
  for (const key of sketch.keys ?? []) addSketchedKey(draft, user, sketch, key)
  for (const { service, age, expires, inactive } of sketch.credentials ?? [])
    addServiceSpecificCredential(world, account, user, service, {
      status: inactive ? 'Inactive' : 'Active',
      createDate: calendar.atWork(age),
      expirationDate: expires === undefined ? null : new Date(calendar.now.getTime() + expires * 86_400_000),
    })
  for (const { age, inactive } of sketch.sshKeys ?? [])
    addSshPublicKey(world, account, user, {
      uploadDate: calendar.atWork(age),
      status: inactive ? 'Inactive' : 'Active',
    })
  for (const { age, inactive } of sketch.signingCertificates ?? [])
    addSigningCertificate(world, account, user, {
      uploadDate: calendar.atWork(age),
      status: inactive ? 'Inactive' : 'Active',
    })
  return user
}

/** Adds a key and those who use it. */
export function addSketchedKey(
  draft: Draft,
  user: User | null,
  owner: Pick<UserSketch, 'who' | 'password'>,
  sketch: KeySketch,
): AccessKey {
  const { world, account, calendar } = draft
  const createDate = later(calendar.atWork(sketch.age), minutesAfter((user ?? account).createDate))
  const key = addAccessKey(world, account, user, { status: sketch.inactive ? 'Inactive' : 'Active', createDate })
  const region = sketch.region ?? 'eu-west-1'
  const person = owner.password !== undefined
  const consumers = sketch.consumers ?? (sketch.used === undefined ? [] : [consumerOf(owner.who, person, sketch)])
  const drawn = consumers.map((consumer): KeyConsumer => {
    const at = consumer.cadence.every === 'workday' ? calendar.atWork : calendar.atNight
    const lastSeen = later(at(consumer.used), createDate)
    return {
      accessKeyId: key.accessKeyId,
      accountId: account.accountId,
      who: consumer.who,
      network: consumer.network,
      agent: consumer.agent,
      cadence: consumer.cadence,
      actions: consumer.actions,
      region: consumer.region ?? region,
      firstSeen: earlier(consumer.since === undefined ? minutesAfter(createDate) : at(consumer.since), lastSeen),
      lastSeen,
      known: !consumer.unknown,
    }
  })
  draft.consumers.push(...drawn)
  const latest = drawn.reduce<KeyConsumer | null>((a, b) => (a && a.lastSeen >= b.lastSeen ? a : b), null)
  if (latest)
    key.lastUsed = {
      date: latest.lastSeen,
      service: latest.actions[0]!.split(':')[0]!,
      region: latest.region,
    }
  return key
}

function consumerOf(who: string, person: boolean, sketch: KeySketch): ConsumerSketch {
  const service = sketch.service ?? 's3'
  return {
    who,
    network: sketch.network ?? (person ? 'officeLisbon' : 'natProduction'),
    agent: sketch.agent ?? (person ? 'cli' : 'boto3'),
    cadence: sketch.cadence ?? (person ? { every: 'workday', callsPerDay: 30 } : { every: 'hour' }),
    actions: sketch.actions ?? usualActions(service),
    used: sketch.used!,
  }
}

function usualActions(service: string): readonly string[] {
  const actions = USUAL_ACTIONS[service]
  if (!actions) throw new Error(`the example does not know what people do with \`${service}\``)
  return actions
}

const USUAL_ACTIONS: Record<string, readonly string[]> = {
  s3: ['s3:GetObject', 's3:ListBucket'],
  sts: ['sts:GetCallerIdentity'],
  ec2: ['ec2:DescribeInstances'],
  iam: ['iam:ListUsers', 'iam:GetUser'],
  lambda: ['lambda:ListFunctions', 'lambda:InvokeFunction'],
  logs: ['logs:FilterLogEvents'],
  dynamodb: ['dynamodb:Query', 'dynamodb:GetItem'],
  cloudwatch: ['cloudwatch:GetMetricData'],
  athena: ['athena:StartQueryExecution', 'athena:GetQueryResults'],
  ecs: ['ecs:DescribeServices'],
  eks: ['eks:DescribeCluster'],
  ce: ['ce:GetCostAndUsage'],
  ses: ['ses:SendRawEmail'],
  sqs: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'],
  route53: ['route53:ChangeResourceRecordSets'],
  es: ['es:ESHttpPost'],
  firehose: ['firehose:PutRecordBatch'],
  codecommit: ['codecommit:GitPull', 'codecommit:GitPush'],
  cloudfront: ['cloudfront:CreateInvalidation'],
  bedrock: ['bedrock:InvokeModel'],
}

/** What IAM takes as a tag's value. */
function tagValue(text: string): string {
  return text.replaceAll(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '')
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b
}

function minutesAfter(date: Date): Date {
  return new Date(date.getTime() + 7 * 60_000)
}
