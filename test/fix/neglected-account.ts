/** An account with something for every kind of step that needs no organization, and the harness that applies plans to it. */
import { audit } from '../../src/audit.ts'
import type { AwsSession } from '../../src/aws/session.ts'
import { collect } from '../../src/collect/collect.ts'
import { makePlan } from '../../src/fix/make-plan.ts'
import { DEFAULT_CONFIG } from '../../src/model/config.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Plan } from '../../src/model/plan.ts'
import type { Snapshot } from '../../src/model/snapshot.ts'
import type { RecordedUse } from '../../src/model/usage.ts'
import {
  type Account,
  type AwsManagedPolicy,
  addAccessKey,
  addAccount,
  addGroup,
  addMfaDevice,
  addPolicy,
  addPolicyVersion,
  addRole,
  addServiceSpecificCredential,
  addSshPublicKey,
  addTrail,
  addUser,
  addUserToGroup,
  attachPolicy,
  newWorld,
  putInlinePolicy,
  serviceTrust,
  type World,
} from '../../src/sandbox/state.ts'

export const DAY = 86_400_000
export const NOW = new Date('2026-11-01T12:00:00Z')
export const ago = (days: number) => new Date(NOW.getTime() - days * DAY)

export const ALLOW = (Action: string | string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
})
const MANAGED: AwsManagedPolicy[] = [
  { policyName: 'AdministratorAccess', document: ALLOW('*') },
  { policyName: 'ReadOnlyAccess', document: ALLOW('s3:Get*') },
  { policyName: 'BillingAccess', document: ALLOW('ce:Get*') },
]
const ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess'
const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
const BILLING = 'arn:aws:iam::aws:policy/BillingAccess'

/** The account, as it is found. */
export function neglectedAccount(): { world: World; account: Account } {
  const world = newWorld({ seed: 11, now: NOW, awsManagedPolicies: MANAGED })
  const account = addAccount(world, { accountId: '111122223333', createDate: ago(900) })
  const admins = addGroup(world, account, 'admins', { attachedPolicies: [ADMIN] })
  const admin = addUser(world, account, 'ana', { createDate: ago(700), password: { lastUsed: ago(1) } })
  addUserToGroup(world, admin, admins)
  // whoever has a password makes the password policy matter
  addUser(world, account, 'ben', { createDate: ago(100), password: { lastUsed: ago(2) } })
  // the way in for the day when nothing else works
  const breakGlass = addUser(world, account, 'break-glass', {
    createDate: ago(700),
    password: { createDate: ago(700) },
  })
  addUserToGroup(world, breakGlass, admins)
  const idle = addUser(world, account, 'idle-bot', { createDate: ago(400), attachedPolicies: [READ_ONLY, BILLING] })
  addAccessKey(world, account, idle, {
    createDate: ago(400),
    lastUsed: { date: ago(200), service: 's3', region: 'eu-west-1' },
  })
  const off = addUser(world, account, 'half-retired', { createDate: ago(400), attachedPolicies: [READ_ONLY] })
  addAccessKey(world, account, off, { createDate: ago(400), status: 'Inactive' })
  addAccessKey(world, account, off, {
    createDate: ago(100),
    lastUsed: { date: ago(1), service: 's3', region: 'eu-west-1' },
  })
  addRole(world, account, 'forgotten', {
    createDate: ago(500),
    attachedPolicies: [READ_ONLY],
    inlinePolicies: { own: ALLOW('sqs:*') },
    lastUsed: { date: ago(300), region: 'eu-west-1' },
  })
  const dead = addUser(world, account, 'gone', {
    createDate: ago(600),
    attachedPolicies: [BILLING],
    inlinePolicies: { own: ALLOW('sqs:*') },
    password: { createDate: ago(500), lastUsed: ago(300) },
  })
  addUserToGroup(world, dead, addGroup(world, account, 'readers', { attachedPolicies: [READ_ONLY] }))
  addMfaDevice(world, account, dead, { enableDate: ago(400) })
  addSshPublicKey(world, account, dead, { uploadDate: ago(400), status: 'Inactive' })
  addServiceSpecificCredential(world, account, dead, 'codecommit.amazonaws.com', {
    createDate: ago(400),
    status: 'Inactive',
  })
  // may pass any role to any service, by a managed policy at its limit of versions, and by an inline one
  const deployers = addGroup(world, account, 'deployers')
  const deploy = addPolicy(world, account, 'deploy', ALLOW('ec2:Describe*'), { createDate: ago(300) })
  for (const action of ['ec2:RunInstances', 'ec2:StopInstances', 'ec2:StartInstances'])
    addPolicyVersion(world, deploy, ALLOW(action), { createDate: ago(200) })
  addPolicyVersion(world, deploy, ALLOW(['ec2:RunInstances', 'iam:PassRole', 'kms:*']), { createDate: ago(150) })
  attachPolicy(world, deployers, deploy)
  putInlinePolicy(world, deployers, 'pass', ALLOW('iam:P*'))
  addUserToGroup(
    world,
    addUser(world, account, 'dev', { createDate: ago(200), password: { lastUsed: ago(1) } }),
    deployers,
  )
  addRole(world, account, 'app', { createDate: ago(300), lastUsed: { date: ago(1), region: 'eu-west-1' } })
  addRole(world, account, 'timer', {
    createDate: ago(300),
    trustPolicy: serviceTrust('scheduler.amazonaws.com'),
    lastUsed: { date: ago(1), region: 'eu-west-1' },
  })
  addRole(world, account, 'vendor', {
    createDate: ago(300),
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: ['arn:aws:iam::999988887777:root', '111122223333'] },
          Action: 'sts:AssumeRole',
        },
      ],
    },
    lastUsed: { date: ago(3), region: 'eu-west-1' },
  })
  // an administrator that is no human and idle, and a key of its own kind
  addRole(world, account, 'old-pipeline', {
    createDate: ago(500),
    attachedPolicies: [ADMIN],
    trustPolicy: serviceTrust('codebuild.amazonaws.com'),
    lastUsed: { date: ago(400), region: 'eu-west-1' },
  })
  addGroup(world, account, 'old-admins', { attachedPolicies: [ADMIN] })
  addTrail(world, account, 'us-east-1', 'all', { isMultiRegionTrail: true })
  addPolicy(world, account, 'nobodys', ALLOW('sns:Publish'), { createDate: ago(400) })
  return { world, account }
}

/** What CloudTrail says: a quarter in which `dev` used a little. */
export function recordedUpTo({ accountId, collectedAt }: Snapshot): RecordedUse {
  const lastSeen = collectedAt
  const day = (ago: number) => new Date(Date.parse(collectedAt) - ago * DAY).toISOString().slice(0, 10)
  return {
    accountId,
    from: day(120),
    to: day(0),
    regions: ['eu-west-1', 'us-east-1'],
    principals: [
      {
        principalArn: `arn:aws:iam::${accountId}:user/dev`,
        actions: [
          { action: 'ec2:RunInstances', calls: 12, lastSeen },
          { action: 'kms:DescribeKey', calls: 4, lastSeen },
        ],
        passedRoles: [{ roleArn: `arn:aws:iam::${accountId}:role/app`, calls: 12, lastSeen }],
      },
    ],
    assumptions: [],
  }
}

export async function auditNow(session: AwsSession): Promise<{ snapshot: Snapshot } & ReturnType<typeof audit>> {
  const snapshot = await collect(session, { toolVersion: '0.0.0', sshKeys: true })
  return { snapshot, ...audit([snapshot], { tool: { name: 'keyreeve', version: '0.0.0' } }) }
}

export async function planNow(
  session: AwsSession,
  change: (findings: Finding[]) => Finding[] = (findings) => findings,
): Promise<Plan> {
  const audited = await auditNow(session)
  return planOf({ ...audited, findings: change(audited.findings) })
}

export function planOf({ snapshot, findings, keys }: Awaited<ReturnType<typeof auditNow>>): Plan {
  return makePlan(findings, {
    snapshot,
    dossiers: keys,
    thresholds: DEFAULT_CONFIG.thresholds,
    graceDays: 14,
    recorded: recordedUpTo(snapshot),
    externalIds: new Map([['vendor', 'f3a9-55']]),
  })
}

/** What of the account a plan may change, as plain data. */
export function stateOf({ root, users, groups, roles, policies, passwordPolicy }: Account) {
  const identity = (held: { attachedPolicies: Set<string>; inlinePolicies: Map<string, string> }) => ({
    attached: [...held.attachedPolicies].sort(),
    inline: [...held.inlinePolicies].sort(),
  })
  return {
    rootKeys: root.accessKeys.map(({ accessKeyId, status }) => [accessKeyId, status]),
    users: [...users.values()].map((user) => ({
      name: user.userName,
      ...identity(user),
      groups: user.groups.map(({ groupName }) => groupName).sort(),
      keys: user.accessKeys.map(({ accessKeyId, status }) => [accessKeyId, status]),
    })),
    groups: [...groups.values()].map((group) => ({ name: group.groupName, ...identity(group) })),
    roles: [...roles.values()].map((role) => ({ name: role.roleName, ...identity(role), trust: role.trustPolicy })),
    policies: [...policies.values()].map(({ arn, versions, defaultVersionId }) => [
      arn,
      JSON.parse(versions.find(({ versionId }) => versionId === defaultVersionId)!.document),
    ]),
    passwordPolicy,
  }
}
