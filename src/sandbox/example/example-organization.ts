/**
 * The example that the sandbox comes with: the organization of a made-up shop, with eight years of history, in which
 * every check has something to find and something to pass. `story.ts` tells it; this file builds it.
 *
 * Everything follows from the seed and from `now`: the same two make the same organization, to the last identifier.
 */

import { addBucket } from '../buckets.ts'
import {
  type Account,
  addAccount,
  addOrganization,
  addOrganizationalUnit,
  addOrganizationPolicy,
  joinOrganization,
  newAccountId,
  newId,
  newWorld,
  type Organization,
  randomString,
  type World,
} from '../state.ts'
import { AWS_MANAGED_POLICIES } from './aws-managed-policies.ts'
import { type Calendar, newCalendar } from './calendar.ts'
import type { KeyConsumer } from './consumers.ts'
import { deny, policyOf } from './documents.ts'
import type { Draft } from './draft.ts'
import { plantLeaks } from './leaks.ts'
import {
  fillFennel,
  fillLogArchive,
  fillManagement,
  fillPartners,
  fillSandbox,
  fillSecurity,
  fillStaging,
  type Neighbours,
} from './other-accounts.ts'
import { fillProduction } from './production.ts'
import { AUDIT_ROLE } from './roles.ts'
import { DEFAULT_SEED, letClockRun, type SeededWorld, type SeedOptions } from './seeded-world.ts'

const ACCOUNTS = {
  management: { alias: 'meridian-management', age: 2930 },
  security: { alias: 'meridian-security', age: 1460 },
  logArchive: { alias: 'meridian-log-archive', age: 1460 },
  production: { alias: 'meridian-prod', age: 2900 },
  staging: { alias: 'meridian-staging', age: 2100 },
  sandbox: { alias: 'meridian-sandbox', age: 1200 },
  partners: { alias: 'meridian-partners', age: 980 },
  fennel: { alias: 'fennel-shop', age: 2250 },
  pilot: { alias: 'meridian-pilot', age: 660 },
} as const

type AccountName = keyof typeof ACCOUNTS

/** Where root credentials were not removed when that was done for all. */
const ROOT_KEPT = new Set<AccountName>(['management', 'production', 'fennel'])

/** The seeded example organization. */
export function exampleOrganization({ now, seed = DEFAULT_SEED }: SeedOptions): SeededWorld {
  const calendar = newCalendar(now, seed)
  const world = newWorld({ seed, now: calendar.now, awsManagedPolicies: AWS_MANAGED_POLICIES })
  const accounts = openAccounts(world, calendar)
  const organization = formOrganization(world, accounts, calendar)
  const consumers: KeyConsumer[] = []
  const draft = (name: AccountName): Draft => ({ world, account: accounts[name], calendar, consumers })
  const neighbours: Neighbours = {
    organizationId: organization.id,
    management: accounts.management.accountId,
    security: accounts.security.accountId,
    production: accounts.production.accountId,
    brightlane: newAccountId(world),
  }

  const administrator = fillProduction(draft('production'), {
    accountId: accounts.production.accountId,
    organizationId: organization.id,
    accounts: {
      management: accounts.management.accountId,
      security: accounts.security.accountId,
      staging: accounts.staging.accountId,
      fennel: accounts.fennel.accountId,
    },
    strangers: {
      northbeam: newAccountId(world),
      parcelwise: newAccountId(world),
      unknown: newAccountId(world),
    },
    deletedUserId: newId(world, 'user', accounts.production.accountId),
    eksIssuer: `oidc.eks.eu-west-1.amazonaws.com/id/${randomString(world.random, '0123456789ABCDEF', 32)}`,
  })
  fillManagement(draft('management'), neighbours)
  fillSecurity(draft('security'), neighbours)
  fillLogArchive(draft('logArchive'), neighbours)
  fillStaging(draft('staging'), neighbours)
  fillSandbox(draft('sandbox'), neighbours)
  fillPartners(draft('partners'), neighbours)
  fillFennel(draft('fennel'), neighbours)
  plantLeaks(world, accounts.production)
  addLogBucket(world, accounts.production, 'meridian-trail')
  addLogBucket(world, accounts.production, 'meridian-trail-2019')
  addLogBucket(world, accounts.logArchive, 'meridian-organization-trail')

  return letClockRun(Object.assign(world, { administrator, consumers }), calendar)
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html */
function addLogBucket(world: World, account: Account, name: string): void {
  const bucket = addBucket(world, account, 'eu-west-1', name)
  bucket.publicAccessBlock = {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  }
  const cloudTrail = { Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' } }
  bucket.policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { ...cloudTrail, Action: 's3:GetBucketAcl', Resource: bucket.arn },
      {
        ...cloudTrail,
        Action: 's3:PutObject',
        Resource: `${bucket.arn}/AWSLogs/*`,
        Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } },
      },
    ],
  })
}

function openAccounts(world: World, calendar: Calendar): Record<AccountName, Account> {
  const open = (name: AccountName): Account => {
    const { alias, age } = ACCOUNTS[name]
    const account = addAccount(world, {
      alias,
      createDate: calendar.atWork(age),
      ...(!ROOT_KEPT.has(name) && { rootPassword: null }),
    })
    account.contactInformation = {
      fullName: 'Ingrid Solberg',
      companyName: name === 'fennel' ? 'Fennel Lda' : 'Meridian Outfitters SA',
      addressLine1: 'Rua do Exemplo 1',
      city: 'Lisboa',
      postalCode: '1000-001',
      countryCode: 'PT',
      phoneNumber: '+351210000000',
    }
    return account
  }
  return Object.fromEntries(Object.keys(ACCOUNTS).map((name) => [name, open(name as AccountName)])) as Record<
    AccountName,
    Account
  >
}

function formOrganization(world: World, accounts: Record<AccountName, Account>, calendar: Calendar): Organization {
  const organization = addOrganization(world, accounts.management, {
    createDate: calendar.atWork(2910),
    name: 'meridian-management',
    email: 'aws@meridian-outfitters.example',
  })
  const security = addOrganizationalUnit(world, 'Security').id
  const workloads = addOrganizationalUnit(world, 'Workloads').id
  const production = addOrganizationalUnit(world, 'Production', workloads).id
  const staging = addOrganizationalUnit(world, 'Staging', workloads).id
  const sandbox = addOrganizationalUnit(world, 'Sandbox').id
  const partners = addOrganizationalUnit(world, 'Partners').id
  const acquired = addOrganizationalUnit(world, 'Acquired').id
  const suspended = addOrganizationalUnit(world, 'Suspended').id

  const join = (name: AccountName, parentId: string, joined?: number): void => {
    const { alias } = ACCOUNTS[name]
    joinOrganization(world, accounts[name], {
      name: alias,
      email: `aws+${alias}@meridian-outfitters.example`,
      parentId,
      status: name === 'pilot' ? 'SUSPENDED' : 'ACTIVE',
      joinedMethod: joined === undefined ? 'CREATED' : 'INVITED',
      joinedTimestamp: joined === undefined ? accounts[name].createDate : calendar.atWork(joined),
    })
  }
  join('security', security)
  join('logArchive', security)
  join('production', production)
  join('staging', staging)
  join('sandbox', sandbox)
  join('partners', partners)
  join('fennel', acquired, 330)
  join('pilot', suspended)

  addGuardrails(world, { workloads, sandbox, partners, suspended, staging, security })
  organization.features.add('RootCredentialsManagement').add('RootSessions')
  for (const [service, age] of TRUSTED_SERVICES) organization.trustedServices.set(service, calendar.atWork(age))
  for (const service of ['access-analyzer.amazonaws.com', 'guardduty.amazonaws.com', 'iam.amazonaws.com'])
    organization.delegatedAdministrators.set(service, new Set([accounts.security.accountId]))
  // from before there was a security account; it lets production read the organization
  organization.delegatedAdministrators.set('backup.amazonaws.com', new Set([accounts.production.accountId]))
  organization.tags.set(accounts.production.accountId, new Map([['environment', 'production']]))
  return organization
}

const TRUSTED_SERVICES = [
  ['cloudtrail.amazonaws.com', 2000],
  ['backup.amazonaws.com', 1900],
  ['sso.amazonaws.com', 700],
  ['guardduty.amazonaws.com', 790],
  ['access-analyzer.amazonaws.com', 800],
  ['iam.amazonaws.com', 240],
] as const

const REGIONS_IN_USE = ['eu-west-1', 'eu-central-1', 'us-east-1', 'ap-southeast-2']

/** Services without a region of their own, which a lock on regions must leave alone. */
const GLOBAL_SERVICES =
  'account:* budgets:* ce:* cloudfront:* iam:* organizations:* route53:* sts:* support:* waf:* access-analyzer:*'.split(
    ' ',
  )

/** Service control policies, and one resource control policy. */
function addGuardrails(
  world: World,
  units: Record<'workloads' | 'sandbox' | 'partners' | 'suspended' | 'staging' | 'security', string>,
): void {
  const { rootId } = world.organization!
  addOrganizationPolicy(
    world,
    'stay-in-the-organization',
    policyOf({ Sid: 'Stay', ...deny('organizations:LeaveOrganization') }),
    {
      description: 'No account leaves by itself',
      targets: [rootId],
    },
  )
  addOrganizationPolicy(
    world,
    'protect-the-trail',
    policyOf({
      Sid: 'Trail',
      ...deny(
        ['cloudtrail:DeleteTrail', 'cloudtrail:PutEventSelectors', 'cloudtrail:StopLogging', 'cloudtrail:UpdateTrail'],
        '*',
        { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/OrganizationAccountAccessRole' } },
      ),
    }),
    { description: 'Nobody stops or changes CloudTrail', targets: [rootId] },
  )
  addOrganizationPolicy(
    world,
    'regions-in-use',
    policyOf({
      Sid: 'Regions',
      Effect: 'Deny',
      NotAction: GLOBAL_SERVICES,
      Resource: '*',
      Condition: {
        StringNotEquals: { 'aws:RequestedRegion': REGIONS_IN_USE },
        // whoever audits has to see that nothing is in the other regions
        ArnNotLike: { 'aws:PrincipalArn': [`arn:aws:iam::*:role/${AUDIT_ROLE}`, 'arn:aws:iam::*:user/noor.haddad'] },
      },
    }),
    { description: 'Only the regions that Meridian uses', targets: [units.workloads, units.sandbox, units.partners] },
  )
  addOrganizationPolicy(
    world,
    'no-root',
    policyOf({ Sid: 'Root', ...deny('*', '*', { StringLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:root' } }) }),
    { description: 'Root does nothing', targets: [units.staging, units.sandbox, units.partners, units.security] },
  )
  addOrganizationPolicy(
    world,
    'sandbox-limits',
    policyOf(
      { Sid: 'NoKeys', ...deny(['iam:CreateAccessKey', 'iam:CreateUser']) },
      { Sid: 'NoCommitments', ...deny(['ec2:PurchaseReservedInstancesOffering', 'savingsplans:*']) },
    ),
    { description: 'No users, no keys, no commitments in the sandbox', targets: [units.sandbox] },
  )
  addOrganizationPolicy(world, 'closed', policyOf({ Sid: 'Closed', ...deny('*') }), {
    description: 'Suspended accounts do nothing',
    targets: [units.suspended],
  })
  addOrganizationPolicy(
    world,
    'encrypted-transport',
    policyOf({
      Sid: 'Encrypted',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: '*',
      Condition: { BoolIfExists: { 'aws:SecureTransport': 'false' } },
    }),
    { type: 'RESOURCE_CONTROL_POLICY', description: 'Buckets answer over TLS only', targets: [rootId] },
  )
}
