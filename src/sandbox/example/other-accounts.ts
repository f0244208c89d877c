/** The other accounts of the example organization, in little: what the audited account passes, one of them fails. */
import {
  addAnalyzer,
  addGroup,
  addInstance,
  addMfaDevice,
  addOidcProvider,
  addSigningCertificate,
  addTrail,
  setPasswordPolicy,
} from '../state.ts'
import { allow, policyOf, trustAws, trustOf, trustOidc, trustService } from './documents.ts'
import { addPolicies, addUsers, type Draft, policyNamed } from './draft.ts'
import { addIdentityCenter, addRoles, addServiceLinkedRoles, auditRole, organizationAccessRole } from './roles.ts'

export interface Neighbours {
  organizationId: string
  management: string
  security: string
  production: string
  /** Account of the vendor that also holds a key in production. */
  brightlane: string
}

export function fillManagement(draft: Draft, neighbours: Neighbours): void {
  const { world, account, calendar } = draft
  account.root.password!.lastUsed = calendar.atWork(412)
  addMfaDevice(world, account, 'root', { kind: 'hardware', enableDate: calendar.atWork(1400) })
  addGuards(draft)
  addGroupOf(draft, 'admins', 1400, ['aws:AdministratorAccess'])
  addGroupOf(draft, 'billing', 1400, ['aws:job-function/Billing'])
  addUsers(draft, [
    {
      userName: 'adaeze.okafor',
      who: 'Adaeze Okafor',
      team: 'platform',
      age: 1230,
      groups: ['admins'],
      password: { used: 16, changed: 40 },
      mfa: ['passkey'],
    },
    {
      userName: 'noor.haddad',
      who: 'Noor Haddad',
      team: 'security',
      age: 37,
      groups: ['admins'],
      password: { used: 2, changed: 37 },
      mfa: ['passkey'],
    },
    {
      userName: 'camille.roux',
      who: 'Camille Roux',
      team: 'finance',
      age: 1200,
      groups: ['billing'],
      password: { used: 9, changed: 64 },
      mfa: ['passkey'],
    },
  ])
  addRoles(draft, [
    auditRole([neighbours.security, neighbours.production], neighbours.organizationId, 800),
    supportRole(account.accountId, 800),
  ])
  addIdentityCenter(draft, [['AdministratorAccess', 'aws:AdministratorAccess', 16]], 702)
  addServiceLinkedRoles(draft, [
    ['AWSServiceRoleForOrganizations', 2910],
    ['AWSServiceRoleForSupport', 2930, { hours: 6 }],
    ['AWSServiceRoleForTrustedAdvisor', 2930, { hours: 7 }],
    ['AWSServiceRoleForSSO', 702, 1],
  ])
  addTrail(world, account, 'eu-west-1', 'organization', {
    s3BucketName: 'meridian-organization-trail',
    isMultiRegionTrail: true,
    isOrganizationTrail: true,
    // production's own trail has it; nobody thought of this one
    logFileValidationEnabled: false,
    startLoggingTime: calendar.atWork(1990),
    latestDeliveryTime: calendar.atWork({ minutes: 3 }),
  })
}

export function fillSecurity(draft: Draft, neighbours: Neighbours): void {
  const { world, account, calendar } = draft
  addGuards(draft)
  addAnalyzer(world, account, 'eu-west-1', 'organization-external-access', {
    type: 'ORGANIZATION',
    createdAt: calendar.atWork(790),
    tags: { team: 'security' },
  })
  addRoles(draft, [
    organizationAccessRole(neighbours.management, 1460),
    auditRole([neighbours.production], neighbours.organizationId, 800),
    supportRole(account.accountId, 790),
    {
      roleName: 'guardduty-findings-to-chat',
      age: 400,
      trust: trustOf(trustService('lambda.amazonaws.com')),
      attached: ['aws:service-role/AWSLambdaBasicExecutionRole'],
      used: { hours: 2 },
    },
  ])
  addUsualServiceRoles(draft, 1460)
}

export function fillLogArchive(draft: Draft, neighbours: Neighbours): void {
  addGuards(draft)
  addRoles(draft, [
    organizationAccessRole(neighbours.management, 1460),
    auditRole([neighbours.security, neighbours.production], neighbours.organizationId, 800),
    supportRole(draft.account.accountId, 790),
  ])
  addUsualServiceRoles(draft, 1460)
}

export function fillStaging(draft: Draft, neighbours: Neighbours): void {
  const { world, account, calendar } = draft
  addGuards(draft)
  setPasswordPolicy(world, account, { ...STRONG_PASSWORDS, passwordReusePrevention: 5 })
  addPolicies(draft, {
    deployer: { age: 900, document: policyOf(allow(['lambda:UpdateFunctionCode', 's3:PutObject'])) },
  })
  addGroupOf(draft, 'developers', 2000, ['aws:PowerUserAccess'])
  addGroupOf(draft, 'admins', 2000, ['aws:AdministratorAccess'])
  const github = 'token.actions.githubusercontent.com'
  const provider = addOidcProvider(world, account, github, { createDate: calendar.atWork(880) })
  addRoles(draft, [
    organizationAccessRole(neighbours.management, 2100),
    auditRole([neighbours.security, neighbours.production], neighbours.organizationId, 800),
    supportRole(account.accountId, 790),
    {
      roleName: 'deployer',
      age: 900,
      trust: trustOf(
        trustAws(`arn:aws:iam::${neighbours.production}:root`, {
          StringEquals: { 'aws:PrincipalOrgID': neighbours.organizationId },
        }),
        trustOidc(provider.arn, {
          StringEquals: {
            [`${github}:aud`]: 'sts.amazonaws.com',
            [`${github}:sub`]: 'repo:meridian-outfitters/storefront:environment:staging',
          },
        }),
      ),
      attached: ['deployer'],
      used: { hours: 5 },
    },
  ])
  addUsualServiceRoles(draft, 2100)
  addUsers(draft, [
    {
      userName: 'kwame.mensah',
      who: 'Kwame Mensah',
      team: 'platform',
      age: 1100,
      groups: ['admins'],
      password: { used: 7, changed: 60 },
      mfa: ['virtual'],
    },
    {
      userName: 'liam.byrne',
      who: 'Liam Byrne',
      team: 'storefront',
      age: 1300,
      groups: ['developers'],
      password: { used: 3, changed: 44 },
      mfa: ['passkey'],
    },
    {
      userName: 'samira.benali',
      who: 'Samira Benali',
      team: 'mobile',
      age: 450,
      groups: ['developers'],
      password: { used: 60, changed: 450 },
    },
    {
      userName: 'load-generator',
      who: 'load tests',
      team: 'platform',
      age: 500,
      groups: ['developers'],
      keys: [{ age: 499, used: 77, service: 'ec2', agent: 'go' }],
    },
  ])
  addInstance(world, account, 'eu-west-1', { launchTime: calendar.atWork(9), tags: { Name: 'storefront-staging' } })
}

export function fillSandbox(draft: Draft, neighbours: Neighbours): void {
  const { world, account, calendar } = draft
  addGuards(draft)
  setPasswordPolicy(world, account, { minimumPasswordLength: 8 })
  addGroupOf(draft, 'developers', 1200, ['aws:PowerUserAccess'])
  addRoles(draft, [
    organizationAccessRole(neighbours.management, 1200),
    auditRole([neighbours.security, neighbours.production], neighbours.organizationId, 800),
    supportRole(account.accountId, 790),
    {
      roleName: 'hackday-2024',
      age: 820,
      trust: trustOf(trustService('lambda.amazonaws.com')),
      attached: ['aws:AdministratorAccess'],
      used: 815,
    },
  ])
  addUsualServiceRoles(draft, 1200)
  addUsers(draft, [
    {
      userName: 'chidi.eze',
      who: 'Chidi Eze',
      team: 'payments',
      age: 550,
      groups: ['developers'],
      password: { used: 20, changed: 300 },
      mfa: ['virtual'],
      keys: [{ age: 545, used: 22, service: 's3' }],
    },
    {
      userName: 'duc.nguyen',
      who: 'Nguyễn Minh Đức',
      team: 'search',
      age: 130,
      groups: ['developers'],
      password: { used: 11, changed: 130 },
    },
    {
      userName: 'hackday',
      who: 'everyone at the hack day',
      team: 'storefront',
      age: 825,
      groups: ['developers'],
      password: { used: 812, changed: 825 },
      keys: [{ age: 824, used: 813, service: 'bedrock' }],
      untagged: true,
    },
  ])
  addInstance(world, account, 'eu-central-1', {
    launchTime: calendar.atWork(70),
    metadataOptions: { httpTokens: 'optional' },
    tags: { Name: 'try-out' },
  })
}

export function fillPartners(draft: Draft, neighbours: Neighbours): void {
  addGuards(draft)
  addPolicies(draft, {
    'partner-exchange': {
      age: 950,
      document: policyOf(allow(['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::meridian-partner-exchange/*')),
    },
  })
  addRoles(draft, [
    organizationAccessRole(neighbours.management, 980),
    auditRole([neighbours.security, neighbours.production], neighbours.organizationId, 800),
    supportRole(draft.account.accountId, 790),
    // the vendor's key in production could have been this
    {
      roleName: 'brightlane-exchange',
      age: 120,
      trust: trustOf(
        trustAws(`arn:aws:iam::${neighbours.brightlane}:role/collector`, {
          StringEquals: { 'sts:ExternalId': 'bl-51c09aa4' },
        }),
      ),
      attached: ['partner-exchange'],
      used: { hours: 30 },
    },
  ])
  addUsualServiceRoles(draft, 980)
}

/** Bought last year, never brought into line: one of everything that an account can lack. */
export function fillFennel(draft: Draft, neighbours: Neighbours): void {
  const { world, account, calendar } = draft
  account.root.password!.lastUsed = calendar.atWork(12)
  addSigningCertificate(world, account, null, { uploadDate: calendar.atWork(2200) })
  addRoles(draft, [auditRole([neighbours.security, neighbours.production], neighbours.organizationId, 300)])
  addServiceLinkedRoles(draft, [
    ['AWSServiceRoleForSupport', 2250, { hours: 8 }],
    ['AWSServiceRoleForTrustedAdvisor', 2250, { hours: 9 }],
    ['AWSServiceRoleForOrganizations', 330],
  ])
  addUsers(draft, [
    {
      userName: 'owner',
      who: 'former owner',
      team: 'fennel',
      age: 2250,
      attached: ['aws:AdministratorAccess'],
      password: { used: 41, changed: 2250 },
      keys: [{ age: 2240, used: 41, service: 'ec2' }],
      untagged: true,
    },
    {
      userName: 'webshop',
      who: 'shop server',
      team: 'fennel',
      age: 2100,
      attached: ['aws:AmazonS3FullAccess'],
      keys: [
        { age: 2100, used: { minutes: 10 }, service: 's3', agent: 'php', cadence: { every: 'minutes', minutes: 5 } },
      ],
      untagged: true,
    },
  ])
  addInstance(world, account, 'eu-west-1', {
    instanceType: 't2.medium',
    launchTime: calendar.atWork(1480),
    publicIpAddress: '203.0.113.90',
    metadataOptions: { httpTokens: 'optional' },
    tags: { Name: 'shop' },
  })
}

const STRONG_PASSWORDS = {
  minimumPasswordLength: 16,
  requireSymbols: true,
  requireNumbers: true,
  requireUppercaseCharacters: true,
  requireLowercaseCharacters: true,
  allowUsersToChangePassword: true,
  maxPasswordAge: 90,
  passwordReusePrevention: 24,
}

/** What the baseline of every account of Meridian's has. */
function addGuards({ world, account, calendar }: Draft): void {
  setPasswordPolicy(world, account, STRONG_PASSWORDS)
  for (const region of account.regions.values())
    if (region.optStatus !== 'DISABLED')
      addAnalyzer(world, account, region.regionName, 'external-access', {
        createdAt: calendar.atWork(790),
        tags: { team: 'security' },
      })
  account.alternateContacts.SECURITY = {
    name: 'Dalia Cohen',
    title: 'Head of Security',
    emailAddress: 'security@meridian-outfitters.example',
    phoneNumber: '+351210000000',
  }
}

function addUsualServiceRoles(draft: Draft, age: number): void {
  addIdentityCenter(draft, [['ViewOnlyAccess', 'aws:job-function/ViewOnlyAccess', 3]], Math.min(age, 700))
  addServiceLinkedRoles(draft, [
    ['AWSServiceRoleForOrganizations', age],
    ['AWSServiceRoleForSupport', age, { hours: 6 }],
    ['AWSServiceRoleForTrustedAdvisor', age, { hours: 7 }],
    ['AWSServiceRoleForSSO', Math.min(age, 700), 40],
    ['AWSServiceRoleForAccessAnalyzer', Math.min(age, 790), { hours: 2 }],
    ['AWSServiceRoleForAmazonGuardDuty', Math.min(age, 780), { minutes: 15 }],
  ])
}

function supportRole(accountId: string, age: number) {
  return {
    roleName: 'support-cases',
    age,
    description: 'Opens cases with AWS Support',
    trust: trustOf(trustAws(`arn:aws:iam::${accountId}:root`, { Bool: { 'aws:MultiFactorAuthPresent': 'true' } })),
    attached: ['aws:AWSSupportAccess'],
    used: 50,
  }
}

function addGroupOf(draft: Draft, groupName: string, age: number, attached: readonly string[]): void {
  addGroup(draft.world, draft.account, groupName, {
    createDate: draft.calendar.atWork(age),
    attachedPolicies: attached.map((name) => policyNamed(draft, name)),
  })
}
