/** The account that is audited unless another is asked for: the web shop of Meridian Outfitters. */
import {
  type Account,
  addAnalyzer,
  addGroup,
  addInstance,
  addInstanceProfile,
  addMfaDevice,
  addOidcProvider,
  addSamlProvider,
  addServerCertificate,
  addTrail,
  type InstanceOptions,
  type KeyHolder,
  nameKey,
  setPasswordPolicy,
} from '../state.ts'
import type { When } from './calendar.ts'
import { addPolicies, addSketchedKey, addUsers, type Draft, policyNamed } from './draft.ts'
import { productionPolicies } from './production-policies.ts'
import { productionRoles, type Surroundings } from './production-roles.ts'
import { PRODUCTION_ADMINISTRATOR, PRODUCTION_GROUPS, PRODUCTION_USERS } from './production-users.ts'
import { addProductionWorkloads } from './production-workloads.ts'
import { addIdentityCenter, addRoles, addServiceLinkedRoles } from './roles.ts'

const DAY = 86_400_000

/** @returns the administrator's key */
export function fillProduction(draft: Draft, around: Surroundings): KeyHolder {
  const { account } = draft
  addPolicies(draft, productionPolicies(account.accountId, around.accounts))
  addGroups(draft)
  addUsers(draft, PRODUCTION_USERS)
  addRoot(draft)
  addFederation(draft, around)
  addRoles(draft, productionRoles(around))
  addIdentityCenter(
    draft,
    [
      ['AdministratorAccess', 'aws:AdministratorAccess', { hours: 28 }],
      ['ViewOnlyAccess', 'aws:job-function/ViewOnlyAccess', 9],
    ],
    700,
  )
  addServiceLinkedRoles(draft, [
    ['AWSServiceRoleForOrganizations', 2900],
    ['AWSServiceRoleForSupport', 2900, { hours: 6 }],
    ['AWSServiceRoleForTrustedAdvisor', 2900, { hours: 5 }],
    ['AWSServiceRoleForSSO', 700, 25],
    ['AWSServiceRoleForAccessAnalyzer', 800, { hours: 1 }],
    ['AWSServiceRoleForAmazonGuardDuty', 790, { minutes: 20 }],
    ['AWSServiceRoleForAutoScaling', 1480, { minutes: 45 }],
    ['AWSServiceRoleForElasticLoadBalancing', 1500, { hours: 2 }],
    ['AWSServiceRoleForRDS', 1300, 3],
    ['AWSServiceRoleForECS', 880, { minutes: 3 }],
  ])
  addInstances(draft)
  addProductionWorkloads(draft)
  addServerCertificates(draft)
  addAccountSettings(draft)
  return administratorOf(draft, account)
}

function administratorOf({ world }: Draft, account: Account): KeyHolder {
  const user = account.users.get(nameKey(PRODUCTION_ADMINISTRATOR))!
  return world.accessKeys.get(user.accessKeys[0]!.accessKeyId)!
}

function addGroups(draft: Draft): void {
  const { world, account, calendar } = draft
  for (const { groupName, age, attached = [], inline = {} } of PRODUCTION_GROUPS)
    addGroup(world, account, groupName, {
      createDate: calendar.atWork(age),
      attachedPolicies: attached.map((name) => policyNamed(draft, name)),
      inlinePolicies: inline,
    })
}

/** The key that everyone forgot, made in the week the account was opened. */
function addRoot(draft: Draft): void {
  const { world, account, calendar } = draft
  const { root } = account
  root.password = {
    createDate: account.createDate,
    lastChanged: calendar.atWork(1380),
    lastUsed: calendar.atWork(212),
    resetRequired: false,
  }
  addMfaDevice(world, account, 'root', { kind: 'virtual', enableDate: calendar.atWork(1380) })
  addSketchedKey(
    draft,
    null,
    { who: 'script that moved the first pictures' },
    {
      age: 2897,
      used: 1610,
      service: 's3',
      region: 'us-east-1',
      network: 'dataCentre',
      agent: 'cliOld',
      cadence: { every: 'never-again', calls: 4200 },
    },
  )
}

function addFederation({ world, account, calendar }: Draft, { eksIssuer }: Surroundings): void {
  const { now } = calendar
  addSamlProvider(world, account, 'okta', {
    createDate: calendar.atWork(640),
    validUntil: new Date(now.getTime() + 2900 * DAY),
  })
  addSamlProvider(world, account, 'okta-2019', {
    createDate: calendar.atWork(2300),
    validUntil: new Date(now.getTime() - 474 * DAY),
  })
  addOidcProvider(world, account, 'token.actions.githubusercontent.com', { createDate: calendar.atWork(885) })
  addOidcProvider(world, account, 'app.terraform.io', {
    clientIds: ['aws.workload.identity'],
    createDate: calendar.atWork(902),
  })
  addOidcProvider(world, account, eksIssuer, { createDate: calendar.atWork(499) })
}

interface InstanceSketch {
  name: string
  region: string
  role: string | null
  up: When
  type: string
  state?: 'stopped' | 'terminated'
  /** Whether the old metadata service still answers. */
  imdsv1?: true
  public?: true
}

const INSTANCES: readonly InstanceSketch[] = [
  { name: 'storefront-web-1', region: 'eu-west-1', role: 'storefront-web', up: 12, type: 'm7g.large' },
  { name: 'storefront-web-2', region: 'eu-west-1', role: 'storefront-web', up: 12, type: 'm7g.large' },
  { name: 'orders-worker-1', region: 'eu-west-1', role: 'orders-worker', up: 40, type: 'c7g.large' },
  { name: 'eks-node-a', region: 'eu-west-1', role: 'eks-node', up: 19, type: 'm6i.xlarge' },
  { name: 'eks-node-b', region: 'eu-west-1', role: 'eks-node', up: 19, type: 'm6i.xlarge' },
  { name: 'bastion', region: 'eu-west-1', role: 'bastion', up: 611, type: 't3.micro', imdsv1: true, public: true },
  { name: 'picture-server', region: 'eu-west-1', role: null, up: 930, type: 't3.large' },
  { name: 'legacy-erp', region: 'us-east-1', role: null, up: 1251, type: 'm5.xlarge', imdsv1: true },
  {
    name: 'reports',
    region: 'us-east-1',
    role: 'orders-worker',
    up: 380,
    type: 't3.medium',
    state: 'stopped',
    imdsv1: true,
  },
  { name: 'storefront-web-apac-1', region: 'ap-southeast-2', role: 'storefront-web', up: 33, type: 'm7g.medium' },
  { name: 'storefront-web-apac-2', region: 'ap-southeast-2', role: 'storefront-web', up: 33, type: 'm7g.medium' },
  {
    name: 'load-test-7',
    region: 'ap-southeast-2',
    role: null,
    up: { hours: 9 },
    type: 'c7i.large',
    state: 'terminated',
    imdsv1: true,
  },
]

function addInstances({ world, account, calendar }: Draft): void {
  for (const { name, region, role, up, type, state, imdsv1, public: reachable } of INSTANCES) {
    const options: InstanceOptions = {
      instanceType: type,
      state: state ?? 'running',
      launchTime: calendar.atWork(up),
      publicIpAddress: reachable ? '203.0.113.77' : null,
      instanceProfile: role === null ? null : profileOf({ world, account, calendar, consumers: [] }, role),
      metadataOptions: { httpTokens: imdsv1 ? 'optional' : 'required' },
      userData: name === 'legacy-erp' ? erpUserData(account) : null,
      tags: { Name: name, environment: 'production' },
    }
    addInstance(world, account, region, options)
  }
}

function profileOf({ world, account }: Draft, roleName: string) {
  const role = account.roles.get(nameKey(roleName))
  if (!role) throw new Error(`account ${account.accountId} has no role \`${roleName}\``)
  return (
    account.instanceProfiles.get(nameKey(roleName)) ??
    addInstanceProfile(world, account, roleName, { createDate: role.createDate, role })
  )
}

/** The start script of the old ERP, with the key of `erp-bridge` in it: somewhere a scan should look. */
function erpUserData(account: Account): string {
  const [key] = account.users.get(nameKey('erp-bridge'))!.accessKeys
  return `#!/bin/bash
yum -y install awscli
mkdir -p /opt/erp/.aws
cat > /opt/erp/.aws/credentials <<CREDENTIALS
[default]
aws_access_key_id = ${key!.accessKeyId}
aws_secret_access_key = ${key!.secretAccessKey}
CREDENTIALS
/opt/erp/bin/start --region us-east-1
`
}

function addServerCertificates({ world, account, calendar }: Draft): void {
  const add = (name: string, uploaded: number, expiresIn: number) =>
    addServerCertificate(world, account, name, {
      path: '/cloudfront/',
      uploadDate: calendar.atWork(uploaded),
      expiration: new Date(calendar.now.getTime() + expiresIn * DAY),
    })
  add('shop-2021', 1830, -1465)
  add('partners-2025', 400, -35)
  add('shop-2026', 150, 247)
}

/** Regions nobody thought of when analyzers were rolled out; they were opened to the shop later. */
const WITHOUT_ANALYZER = new Set(['ap-southeast-2', 'sa-east-1'])

function addAccountSettings({ world, account, calendar }: Draft): void {
  setPasswordPolicy(world, account, {
    minimumPasswordLength: 12,
    requireNumbers: true,
    requireLowercaseCharacters: true,
    requireUppercaseCharacters: true,
    requireSymbols: false,
    allowUsersToChangePassword: true,
    passwordReusePrevention: 24,
  })
  for (const region of account.regions.values())
    if (region.optStatus !== 'DISABLED' && !WITHOUT_ANALYZER.has(region.regionName))
      addAnalyzer(world, account, region.regionName, 'external-access', {
        createdAt: calendar.atWork(800),
        tags: region.regionName.startsWith('eu-') ? { team: 'security' } : {},
      })
  addAnalyzer(world, account, 'eu-west-1', 'unused-access', {
    type: 'ACCOUNT_UNUSED_ACCESS',
    createdAt: calendar.atWork(60),
    unusedAccessAge: 90,
  })
  addTrail(world, account, 'eu-west-1', 'meridian-prod', {
    s3BucketName: 'meridian-trail',
    isMultiRegionTrail: true,
    logFileValidationEnabled: true,
    kmsKeyId: `arn:aws:kms:eu-west-1:${account.accountId}:key/8d2f0b4c-5c1e-4f58-9a53-b07c6a1f2e90`,
    cloudWatchLogsLogGroupArn: `arn:aws:logs:eu-west-1:${account.accountId}:log-group:cloudtrail:*`,
    cloudWatchLogsRoleArn: account.roles.get('cloudtrail-to-logs')!.arn,
    startLoggingTime: calendar.atWork(2000),
    latestDeliveryTime: calendar.atWork({ minutes: 4 }),
  })
  addTrail(world, account, 'us-east-1', 'first-trail', {
    s3BucketName: 'meridian-trail-2019',
    isLogging: false,
    startLoggingTime: calendar.atWork(2600),
    stopLoggingTime: calendar.atWork(2000),
    latestDeliveryTime: calendar.atWork(2000),
  })
  account.alternateContacts.SECURITY = {
    name: 'Dalia Cohen',
    title: 'Head of Security',
    emailAddress: 'security@meridian-outfitters.example',
    phoneNumber: '+351210000000',
  }
}
