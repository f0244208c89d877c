/** Roles of any account of the example. */
import { addRole, addSamlProvider, type Role, randomString, rootArn } from '../state.ts'
import type { When } from './calendar.ts'
import { allow, type PolicyDocument, policyOf, trustAws, trustOf, trustSaml, trustService } from './documents.ts'
import { type Draft, policyNamed } from './draft.ts'

/** Ages in days. */
export interface RoleSketch {
  roleName: string
  age: number
  trust: PolicyDocument
  path?: string
  description?: string
  attached?: readonly string[]
  inline?: Record<string, PolicyDocument>
  boundary?: string
  /** Absent: never. */
  used?: When
  region?: string
  untagged?: true
}

export function addRoles(draft: Draft, sketches: readonly RoleSketch[]): Role[] {
  const { world, account, calendar } = draft
  return sketches.map(
    ({ roleName, age, trust, path, description, attached, inline, boundary, used, region, untagged }) =>
      addRole(world, account, roleName, {
        createDate: calendar.atWork(age),
        trustPolicy: trust,
        attachedPolicies: (attached ?? []).map((name) => policyNamed(draft, name)),
        inlinePolicies: inline ?? {},
        permissionsBoundary: boundary === undefined ? null : policyNamed(draft, boundary),
        lastUsed: used === undefined ? null : { date: calendar.atWork(used), region: region ?? 'eu-west-1' },
        tags: untagged ? {} : { 'managed-by': path?.startsWith('/service-role/') ? 'console' : 'terraform' },
        ...(path !== undefined && { path }),
        ...(description !== undefined && { description }),
      }),
  )
}

/** The roles and the provider that IAM Identity Center puts into an account for its permission sets. */
export function addIdentityCenter(
  draft: Draft,
  permissionSets: readonly [name: string, policy: string, used?: When][],
  age: number,
): void {
  const { world, account, calendar } = draft
  const instance = randomString(world.random, '0123456789abcdef', 16)
  const provider = addSamlProvider(world, account, `AWSSSO_${instance}_DO_NOT_DELETE`, {
    createDate: calendar.atWork(age),
    validUntil: new Date(calendar.now.getTime() + 35_800 * 86_400_000),
  })
  addRoles(
    draft,
    permissionSets.map(([name, policy, used]) => ({
      roleName: `AWSReservedSSO_${name}_${instance}`,
      path: '/aws-reserved/sso.amazonaws.com/eu-west-1/',
      age,
      trust: trustOf(trustSaml(provider.arn)),
      attached: [policy],
      untagged: true,
      ...(used !== undefined && { used }),
    })),
  )
}

/** Name, service, policy: the roles that AWS's services make for themselves. */
const SERVICE_LINKED = {
  AWSServiceRoleForOrganizations: ['organizations.amazonaws.com', 'AWSOrganizationsServiceTrustPolicy'],
  AWSServiceRoleForSupport: ['support.amazonaws.com', 'AWSSupportServiceRolePolicy'],
  AWSServiceRoleForTrustedAdvisor: ['trustedadvisor.amazonaws.com', 'AWSTrustedAdvisorServiceRolePolicy'],
  AWSServiceRoleForSSO: ['sso.amazonaws.com', 'AWSSSOServiceRolePolicy'],
  AWSServiceRoleForAccessAnalyzer: ['access-analyzer.amazonaws.com', 'AccessAnalyzerServiceRolePolicy'],
  AWSServiceRoleForAmazonGuardDuty: ['guardduty.amazonaws.com', 'AmazonGuardDutyServiceRolePolicy'],
  AWSServiceRoleForAutoScaling: ['autoscaling.amazonaws.com', 'AutoScalingServiceRolePolicy'],
  AWSServiceRoleForElasticLoadBalancing: [
    'elasticloadbalancing.amazonaws.com',
    'AWSElasticLoadBalancingServiceRolePolicy',
  ],
  AWSServiceRoleForRDS: ['rds.amazonaws.com', 'AmazonRDSServiceRolePolicy'],
  AWSServiceRoleForECS: ['ecs.amazonaws.com', 'AmazonECSServiceRolePolicy'],
} as const

export type ServiceLinkedRoleName = keyof typeof SERVICE_LINKED

/** Roles that AWS's services make for themselves; nobody can change or misuse them. */
export function addServiceLinkedRoles(
  draft: Draft,
  sketches: readonly [roleName: ServiceLinkedRoleName, age: number, used?: When][],
): void {
  addRoles(
    draft,
    sketches.map(([roleName, age, used]) => {
      const [service, policy] = SERVICE_LINKED[roleName]
      return {
        roleName,
        age,
        path: `/aws-service-role/${service}/`,
        trust: trustOf(trustService(service)),
        attached: [`aws:aws-service-role/${policy}`],
        untagged: true,
        region: 'us-east-1',
        ...(used !== undefined && { used }),
      }
    }),
  )
}

/** The way in that Organizations leaves in every account it makes. */
export function organizationAccessRole(managementAccountId: string, age: number): RoleSketch {
  return {
    roleName: 'OrganizationAccountAccessRole',
    age,
    trust: trustOf(trustAws(`arn:aws:iam::${managementAccountId}:root`)),
    attached: ['aws:AdministratorAccess'],
    used: Math.min(age, 120),
    untagged: true,
  }
}

/** Name of the role in every account that the auditor of the example may assume. */
export const AUDIT_ROLE = 'meridian-audit'

export function auditRole(trusted: readonly string[], organizationId: string, age: number): RoleSketch {
  return {
    roleName: AUDIT_ROLE,
    age,
    description: 'Read-only, for security',
    trust: trustOf(
      trustAws(
        trusted.map((accountId) => rootArn({ accountId, partition: 'aws' })),
        { StringEquals: { 'aws:PrincipalOrgID': organizationId } },
      ),
    ),
    attached: ['aws:SecurityAudit'],
    inline: { 'what-security-audit-leaves-out': policyOf(allow(BEYOND_SECURITY_AUDIT)) },
    used: 1,
  }
}

/** What an audit and a scan of the account's configuration read, and `SecurityAudit` does not hold. */
const BEYOND_SECURITY_AUDIT = [
  'access-analyzer:Get*',
  'account:Get*',
  'amplify:Get*',
  'batch:Describe*',
  'cloudformation:Get*',
  'cloudtrail:Get*',
  'codebuild:BatchGet*',
  'codecommit:BatchGet*',
  'codecommit:Get*',
  'ec2:GetLaunchTemplateData',
  'elasticbeanstalk:Describe*',
  'glue:Get*',
  'lambda:Get*',
  'ssm:Get*',
]
