/** Accounts without a story: one of any size, made by chance from a seed, and one with nothing in it. */
import {
  type Account,
  addAccessKey,
  addAccount,
  addAnalyzer,
  addGroup,
  addInstance,
  addInstanceProfile,
  addMfaDevice,
  addOidcProvider,
  addPolicy,
  addPolicyVersion,
  addRole,
  addSamlProvider,
  addServerCertificate,
  addServiceSpecificCredential,
  addSigningCertificate,
  addSshPublicKey,
  addTrail,
  addUser,
  addUserToGroup,
  attachPolicy,
  type Group,
  type ManagedPolicy,
  newId,
  newRandom,
  newWorld,
  nextFraction,
  nextInteger,
  putInlinePolicy,
  type Random,
  type Role,
  setPasswordPolicy,
  type User,
  type World,
} from '../state.ts'
import { AWS_MANAGED_POLICIES, awsPolicy } from './aws-managed-policies.ts'
import { newCalendar } from './calendar.ts'
import {
  allow,
  deny,
  type PolicyDocument,
  type PolicyStatement,
  policyOf,
  trustAws,
  trustOf,
  trustOidc,
  trustSaml,
  trustService,
} from './documents.ts'
import { DEFAULT_SEED, letClockRun, type SeededWorld, type SeedOptions } from './seeded-world.ts'

const DAY = 86_400_000

/** One account without an organization, and one administrator with a key in it. */
export function emptyAccount({ now, seed = DEFAULT_SEED }: SeedOptions): SeededWorld {
  const calendar = newCalendar(now, seed)
  const world = newWorld({ seed, now: calendar.now, awsManagedPolicies: AWS_MANAGED_POLICIES })
  const account = addAccount(world)
  const user = addUser(world, account, 'administrator', { attachedPolicies: [awsPolicy('AdministratorAccess')] })
  const key = addAccessKey(world, account, user)
  const administrator = world.accessKeys.get(key.accessKeyId)!
  return letClockRun(Object.assign(world, { administrator, consumers: [] }), calendar)
}

/**
 * One account without an organization, as mixed as real ones are: so many users, about one and a half times as many
 * access keys, half as many roles, three policies for ten users. The first user is the administrator.
 */
export function generatedAccount({ now, users, seed = DEFAULT_SEED }: SeedOptions & { users: number }): SeededWorld {
  if (!Number.isSafeInteger(users) || users < 1) throw new RangeError(`${users} is no number of users`)
  const calendar = newCalendar(now, seed)
  const world = newWorld({ seed, now: calendar.now, awsManagedPolicies: AWS_MANAGED_POLICIES })
  const account = addAccount(world, { alias: `generated-${users}`, createDate: calendar.atWork(3000) })
  const dice = new Dice(newRandom(seed ^ 0xd1ce), calendar.now.getTime())
  const size: Size = {
    users,
    groups: Math.max(2, Math.round(users / 20)),
    roles: Math.max(4, Math.round(users / 2)),
    policies: Math.max(3, Math.round(users * 0.3)),
  }
  const generator: Generator = { world, account, dice, size, policies: [], unattached: [], groups: [], boundary: '' }

  generatePolicies(generator)
  generateGroups(generator)
  const [first] = generateUsers(generator)
  generateRoles(generator)
  generateTheRest(generator)

  const administrator = world.accessKeys.get(first!.accessKeys[0]!.accessKeyId)!
  return letClockRun(Object.assign(world, { administrator, consumers: [] }), calendar)
}

interface Size {
  users: number
  groups: number
  roles: number
  policies: number
}

interface Generator {
  world: World
  account: Account
  dice: Dice
  size: Size
  /** Those that may be attached. */
  policies: ManagedPolicy[]
  /** Of these, the ones that nobody has yet. */
  unattached: ManagedPolicy[]
  groups: Group[]
  /** ARN. */
  boundary: string
}

/** Chance, in the words in which it is needed. */
class Dice {
  readonly #random: Random
  readonly #now: number

  constructor(random: Random, now: number) {
    this.#random = random
    this.#now = now
  }

  chance(probability: number): boolean {
    return nextFraction(this.#random) < probability
  }

  integer(from: number, to: number): number {
    return from + nextInteger(this.#random, to - from + 1)
  }

  pick<T>(list: readonly T[]): T {
    return list[nextInteger(this.#random, list.length)]!
  }

  /** Up to `count` different ones. */
  some<T>(list: readonly T[], count: number): T[] {
    const chosen = new Set<T>()
    for (let i = 0; i < count; i++) chosen.add(this.pick(list))
    return [...chosen]
  }

  /** Days, with a fraction. */
  days(from: number, to: number): number {
    return from + nextFraction(this.#random) * (to - from)
  }

  ago(days: number): Date {
    return new Date(Math.floor((this.#now - days * DAY) / 1000) * 1000)
  }
}

// ---- policies

/** Service to actions and a resource. */
const SERVICES: readonly [service: string, reads: string, writes: string, resource: string][] = [
  [
    's3',
    'GetObject ListBucket GetBucketPolicy',
    'PutObject DeleteObject PutBucketPolicy',
    'arn:aws:s3:::generated-#/*',
  ],
  [
    'ec2',
    'DescribeInstances DescribeImages DescribeVpcs',
    'RunInstances StopInstances CreateTags',
    'arn:aws:ec2:*:@:instance/*',
  ],
  [
    'lambda',
    'GetFunction ListFunctions',
    'InvokeFunction UpdateFunctionCode CreateFunction',
    'arn:aws:lambda:eu-west-1:@:function:fn-#',
  ],
  ['dynamodb', 'GetItem Query Scan', 'PutItem UpdateItem DeleteItem', 'arn:aws:dynamodb:eu-west-1:@:table/table-#'],
  ['sqs', 'GetQueueUrl ReceiveMessage', 'SendMessage DeleteMessage', 'arn:aws:sqs:*:@:queue-#'],
  ['sns', 'ListTopics GetTopicAttributes', 'Publish Subscribe', 'arn:aws:sns:*:@:topic-#'],
  ['kms', 'DescribeKey ListAliases', 'Decrypt Encrypt GenerateDataKey', 'arn:aws:kms:*:@:key/*'],
  ['secretsmanager', 'DescribeSecret GetSecretValue', 'PutSecretValue', 'arn:aws:secretsmanager:*:@:secret:app-#-*'],
  ['ssm', 'GetParameter GetParameters', 'PutParameter StartSession', 'arn:aws:ssm:*:@:parameter/app/#/*'],
  ['logs', 'DescribeLogGroups FilterLogEvents', 'CreateLogStream PutLogEvents', 'arn:aws:logs:*:@:log-group:/app/*'],
  [
    'cloudformation',
    'DescribeStacks GetTemplate',
    'CreateStack UpdateStack',
    'arn:aws:cloudformation:*:@:stack/app-*/*',
  ],
  ['iam', 'GetRole GetUser ListRoles ListUsers', 'CreateRole TagRole', 'arn:aws:iam::@:role/app-*'],
]

const CONDITIONS = [
  { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  { IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '2001:db8::/32'] } },
  { StringEquals: { 'aws:RequestedRegion': ['eu-west-1', 'us-east-1'] } },
  { StringLike: { 'aws:PrincipalTag/team': 'team-*' }, BoolIfExists: { 'aws:ViaAWSService': 'false' } },
] as const

/** What makes a check speak up. */
const FAULTY: readonly (() => PolicyDocument)[] = [
  () => policyOf(allow('*')),
  () => policyOf(allow('iam:PassRole'), allow(['lambda:CreateFunction', 'lambda:InvokeFunction'])),
  () => policyOf({ Effect: 'Allow', NotAction: ['iam:*', 'organizations:*'], Resource: '*' }),
  () => policyOf(allow('sts:AssumeRole')),
  () => policyOf(allow('kms:*')),
  () => policyOf(allow('cloudtrail:*')),
  () => policyOf(allow(['iam:CreatePolicyVersion', 'iam:GetPolicy'])),
  () => policyOf(allow('iam:*'), deny('*', '*', { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } })),
]

function statementBy({ dice, account }: Generator): PolicyStatement {
  const [service, reads, writes, pattern] = dice.pick(SERVICES)
  const names = dice.chance(0.08)
    ? ['*']
    : dice.chance(0.2)
      ? dice.some(['Get*', 'List*', 'Describe*', 'Put*'], 3)
      : dice.some([...reads.split(' '), ...(dice.chance(0.5) ? writes.split(' ') : [])], 6)
  const actions = names.map((name) => `${service}:${name}`)
  const resource = () => pattern.replace('@', account.accountId).replace('#', String(dice.integer(1, 400)))
  const resources = dice.chance(0.35) ? '*' : Array.from({ length: dice.integer(1, 3) }, resource)
  const make = dice.chance(0.08) ? deny : allow
  const statement = make(actions.length === 1 ? actions[0]! : actions, resources)
  if (dice.chance(0.3)) statement.Sid = `S${dice.integer(1, 99_999)}`
  if (dice.chance(0.18)) statement.Condition = dice.pick(CONDITIONS)
  return statement
}

function documentBy(generator: Generator, most: number): PolicyDocument {
  return policyOf(...Array.from({ length: generator.dice.integer(1, most) }, () => statementBy(generator)))
}

function generatePolicies(generator: Generator): void {
  const { world, account, dice, size } = generator
  const boundary = addPolicy(
    world,
    account,
    'developer-boundary',
    policyOf(allow(['dynamodb:*', 'ec2:*', 'iam:Get*', 'iam:List*', 'lambda:*', 'logs:*', 's3:*', 'sts:AssumeRole'])),
    { createDate: dice.ago(1500) },
  )
  generator.boundary = boundary.arn
  for (let i = 1; i < size.policies; i++) {
    const faulty = i % 8 === 1 ? FAULTY[Math.floor(i / 8) % FAULTY.length] : undefined
    const age = dice.days(30, 1500)
    const policy = addPolicy(
      world,
      account,
      `${dice.pick(['app', 'team', 'ci', 'data'])}-${i}`,
      faulty ? faulty() : documentBy(generator, 6),
      {
        path: dice.chance(0.1) ? '/teams/' : '/',
        createDate: dice.ago(age),
      },
    )
    const more = dice.chance(0.3) ? dice.integer(1, 4) : 0
    for (let k = 1; k <= more; k++)
      addPolicyVersion(world, policy, documentBy(generator, 3), {
        createDate: dice.ago(age / (k + 1)),
        // a faulty one stays the one that counts
        setAsDefault: !faulty,
      })
    // one in ten stays unattached
    if (dice.chance(0.9)) generator.policies.push(policy)
  }
  generator.unattached = [...generator.policies]
}

/** A policy of the account: first those that nobody has. */
function someCustomerPolicy({ dice, policies, unattached }: Generator): ManagedPolicy | undefined {
  return unattached.pop() ?? (policies.length > 0 ? dice.pick(policies) : undefined)
}

const COMMON_AWS_POLICIES = [
  'AmazonS3ReadOnlyAccess',
  'AmazonEC2ReadOnlyAccess',
  'ReadOnlyAccess',
  'SecurityAudit',
  'PowerUserAccess',
  'CloudWatchReadOnlyAccess',
  'AmazonDynamoDBFullAccess',
  'AWSCloudShellFullAccess',
].map(awsPolicy)

function attachSome(generator: Generator, to: User | Group | Role, aws: number, customer: number): void {
  const { world, dice } = generator
  if (dice.chance(aws)) attachPolicy(world, to, dice.pick(COMMON_AWS_POLICIES))
  if (!dice.chance(customer)) return
  const policy = someCustomerPolicy(generator)
  if (policy) attachPolicy(world, to, policy)
}

// ---- groups and users

function generateGroups(generator: Generator): void {
  const { world, account, dice, size } = generator
  for (let i = 0; i < size.groups; i++) {
    const name = i === 0 ? 'admins' : i === 1 ? 'everyone' : `${dice.pick(['dev', 'ops', 'data', 'support'])}-${i}`
    const group = addGroup(world, account, name, { createDate: dice.ago(dice.days(400, 2000)) })
    if (i === 0) attachPolicy(world, group, awsPolicy('AdministratorAccess'))
    else if (i === 1) attachPolicy(world, group, awsPolicy('IAMUserChangePassword'))
    else attachSome(generator, group, 0.5, 0.5)
    if (dice.chance(0.2)) putInlinePolicy(world, group, 'inline', documentBy(generator, 2))
    generator.groups.push(group)
  }
}

const FIRST_NAMES =
  'adaeze ana aroha ben carmen chidi dalia emil fatima grace hana ines jun kofi lea mateo noor olu priya quinn rosa sami tevita uma vera wen xenia yuki zanele'.split(
    ' ',
  )
const LAST_NAMES =
  'abara berg costa diaz eze fonseca gupta haddad ito jensen kaya lopez mbeki novak okoro park quispe rossi silva tanaka usman vega wolf xu yilmaz zhou'.split(
    ' ',
  )
const MACHINES = ['svc-ci', 'svc-etl', 'svc-backup', 'svc-mail', 'svc-import']

function generateUsers(generator: Generator): User[] {
  const { world, account, dice, size, groups } = generator
  const [admins, everyone, ...others] = groups
  return Array.from({ length: size.users }, (_, i) => {
    const machine = i > 0 && dice.chance(0.3)
    const userName =
      i === 0
        ? 'administrator'
        : machine
          ? `${dice.pick(MACHINES)}-${i}`
          : `${dice.pick(FIRST_NAMES)}.${dice.pick(LAST_NAMES)}-${i}`
    const age = dice.days(1, 1500)
    const user = addUser(world, account, userName, {
      createDate: dice.ago(age),
      path: dice.chance(0.1) ? '/teams/' : '/',
      permissionsBoundary: i > 0 && dice.chance(0.05) ? generator.boundary : null,
      tags: dice.chance(0.3) ? { team: `team-${dice.integer(1, 30)}`, stage: dice.pick(['dev', 'test', 'prod']) } : {},
    })
    if (i === 0 || dice.chance(0.005)) addUserToGroup(world, user, admins!)
    if (!machine) addUserToGroup(world, user, everyone!)
    if (others.length > 0) for (const group of dice.some(others, dice.integer(0, 3))) addUserToGroup(world, user, group)
    attachSome(generator, user, 0.06, 0.15)
    if (dice.chance(0.08)) putInlinePolicy(world, user, 'inline', documentBy(generator, 2))
    generateCredentials(generator, user, { age, machine, administrator: i === 0 })
    return user
  })
}

interface Holder {
  age: number
  machine: boolean
  administrator: boolean
}

function generateCredentials(
  { world, account, dice }: Generator,
  user: User,
  { age, machine, administrator }: Holder,
): void {
  if (dice.chance(machine ? 0.05 : 0.85)) {
    const changed = dice.days(0, age)
    user.password = {
      createDate: user.createDate,
      lastChanged: dice.ago(changed),
      lastUsed: dice.chance(0.8) ? dice.ago(dice.days(0, changed)) : null,
      resetRequired: false,
    }
    if (dice.chance(0.7))
      addMfaDevice(world, account, user, {
        kind: dice.chance(0.75) ? 'virtual' : dice.chance(0.8) ? 'passkey' : 'hardware',
        enableDate: dice.ago(dice.days(0, age)),
      })
  }
  // one and a half keys a user on the average
  const keys = administrator ? 1 : dice.chance(0.8) ? (dice.chance(0.875) ? 2 : 1) : 0
  for (let i = 0; i < keys; i++) {
    const made = dice.days(0, age)
    addAccessKey(world, account, user, {
      status: administrator || dice.chance(i === 0 ? 0.85 : 0.4) ? 'Active' : 'Inactive',
      createDate: dice.ago(made),
      lastUsed: dice.chance(0.85)
        ? {
            date: dice.ago(dice.chance(0.6) ? dice.days(0, Math.min(made, 30)) : dice.days(0, made)),
            service: dice.pick(SERVICES)[0],
            region: dice.pick(['eu-west-1', 'us-east-1', 'ap-southeast-2']),
          }
        : null,
    })
  }
  if (dice.chance(0.02)) addSshPublicKey(world, account, user, { uploadDate: dice.ago(dice.days(0, age)) })
  if (dice.chance(0.01)) addSigningCertificate(world, account, user, { uploadDate: dice.ago(dice.days(0, age)) })
  if (dice.chance(0.03))
    addServiceSpecificCredential(
      world,
      account,
      user,
      dice.pick(['codecommit.amazonaws.com', 'bedrock.amazonaws.com', 'logs.amazonaws.com']),
      {
        createDate: dice.ago(dice.days(0, age)),
      },
    )
}

// ---- roles

function generateRoles(generator: Generator): void {
  const { world, account, dice, size } = generator
  const github = addOidcProvider(world, account, 'token.actions.githubusercontent.com', { createDate: dice.ago(1400) })
  const company = addSamlProvider(world, account, 'company', { createDate: dice.ago(1400) })
  const deleted = newId(world, 'user', account.accountId)
  const root = `arn:aws:iam::${account.accountId}:root`
  const users = [...account.users.values()]
  const services = ['lambda', 'ecs-tasks', 'codebuild', 'cloudformation', 'config', 'sns', 'events']
  const claim = (value: string) => ({
    StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' },
    StringLike: { 'token.actions.githubusercontent.com:sub': value },
  })
  const trusts: readonly [weight: number, make: () => PolicyStatement][] = [
    [40, () => trustService(`${dice.pick(services)}.amazonaws.com`)],
    [15, () => trustAws(root, dice.chance(0.3) ? { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } : undefined)],
    [15, () => trustAws(dice.some(users, 3).map(({ arn }) => arn))],
    [
      6,
      () =>
        trustOidc(
          github.arn,
          claim(dice.chance(0.7) ? `repo:example/app-${dice.integer(1, 99)}:ref:refs/heads/main` : 'repo:example/*'),
        ),
    ],
    [4, () => trustSaml(company.arn)],
    [
      3,
      () =>
        trustAws(
          'arn:aws:iam::999988887777:root',
          dice.chance(0.5) ? { StringEquals: { 'sts:ExternalId': `x-${dice.integer(1, 1e6)}` } } : undefined,
        ),
    ],
    [1, () => trustAws(deleted)],
    [1, () => trustAws('*')],
  ]
  const bag = trusts.flatMap(([weight, make]) => Array<() => PolicyStatement>(weight).fill(make))
  for (let i = 0; i < size.roles; i++) {
    const instance = i % 8 === 0
    const age = dice.days(1, 1500)
    const role = addRole(world, account, `${['app', 'deploy', 'etl', 'ops'][i % 4]}-${i}`, {
      createDate: dice.ago(age),
      trustPolicy: trustOf(instance ? trustService('ec2.amazonaws.com') : dice.pick(bag)()),
      permissionsBoundary: dice.chance(0.05) ? generator.boundary : null,
      tags: dice.chance(0.4) ? { team: `team-${dice.integer(1, 30)}` } : {},
      lastUsed: dice.chance(0.7) ? { date: dice.ago(dice.days(0, Math.min(age, 500))), region: 'eu-west-1' } : null,
    })
    attachSome(generator, role, 0.35, 0.45)
    if (dice.chance(0.35)) putInlinePolicy(world, role, 'inline', documentBy(generator, 2))
    if (instance) addInstanceProfile(world, account, role.roleName, { createDate: role.createDate, role })
  }
  // as far as chance has left a policy that was to be attached
  const roles = [...account.roles.values()]
  for (const policy of generator.unattached.splice(0)) {
    const role = dice.pick(roles)
    if (role.attachedPolicies.size < 10) attachPolicy(world, role, policy)
  }
}

// ---- everything else, of which no account has much

function generateTheRest({ world, account, dice, size }: Generator): void {
  setPasswordPolicy(world, account, {
    minimumPasswordLength: 10,
    requireNumbers: true,
    requireLowercaseCharacters: true,
  })
  addMfaDevice(world, account, 'root', { enableDate: dice.ago(900) })
  addTrail(world, account, 'us-east-1', 'main', {
    isMultiRegionTrail: true,
    logFileValidationEnabled: true,
    startLoggingTime: dice.ago(1500),
    latestDeliveryTime: dice.ago(0.003),
  })
  for (const region of ['us-east-1', 'eu-west-1'])
    addAnalyzer(world, account, region, 'external-access', { createdAt: dice.ago(300) })
  addServerCertificate(world, account, 'old', { uploadDate: dice.ago(900), expiration: dice.ago(530) })
  const profiles = [...account.instanceProfiles.values()]
  for (let i = 0; i < Math.max(3, Math.min(2000, Math.round(size.users / 10))); i++)
    addInstance(world, account, dice.pick(['us-east-1', 'eu-west-1', 'ap-southeast-2']), {
      launchTime: dice.ago(dice.days(0, 900)),
      instanceProfile: profiles.length > 0 && dice.chance(0.7) ? dice.pick(profiles) : null,
      metadataOptions: { httpTokens: dice.chance(0.6) ? 'required' : 'optional' },
      tags: { Name: `instance-${i}` },
    })
}
