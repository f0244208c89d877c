/** Makes an organization, its units, members and policies. */

import { randomString, secondOf, touch } from './chance.ts'
import { LOWER_ALPHANUMERIC } from './ids.ts'
import { documentText } from './values.ts'
import type {
  Account,
  Organization,
  OrganizationAccount,
  OrganizationalUnit,
  OrganizationPolicy,
  OrganizationPolicyType,
  World,
} from './world.ts'

export const FULL_AWS_ACCESS = 'p-FullAWSAccess'
export const RCP_FULL_AWS_ACCESS = 'p-RCPFullAWSAccess'

/** An organization around its management account, with all features and AWS's two policies that allow everything. */
export function addOrganization(
  world: World,
  management: Account,
  options: { createDate?: Date; name?: string; email?: string; featureSet?: Organization['featureSet'] } = {},
): Organization {
  if (world.organization) throw new Error('there is an organization already')
  const id = `o-${randomString(world.random, LOWER_ALPHANUMERIC, 10)}`
  const createDate = options.createDate ?? secondOf(world)
  const organization: Organization = {
    id,
    arn: `arn:${world.partition}:organizations::${management.accountId}:organization/${id}`,
    managementAccountId: management.accountId,
    featureSet: options.featureSet ?? 'ALL',
    rootId: `r-${randomString(world.random, LOWER_ALPHANUMERIC, 4)}`,
    createDate,
    units: new Map(),
    accounts: new Map(),
    policies: new Map(),
    attachments: new Map(),
    enabledPolicyTypes: new Set(),
    features: new Set(),
    trustedServices: new Map(),
    delegatedAdministrators: new Map(),
    tags: new Map(),
    createAccountRequests: new Map(),
  }
  world.organization = organization
  for (const [policyId, name, type, document] of FULL_ACCESS_POLICIES)
    organization.policies.set(policyId, {
      id: policyId,
      arn: `arn:${world.partition}:organizations::aws:policy/${policyTypePath(type)}/${policyId}`,
      name,
      description: 'Allows access to every operation',
      type,
      awsManaged: true,
      content: JSON.stringify(document),
    })
  joinOrganization(world, management, {
    name: options.name ?? 'management',
    email: options.email ?? 'aws@example.com',
    joinedMethod: 'INVITED',
    joinedTimestamp: createDate,
  })
  if (organization.featureSet === 'ALL') {
    enablePolicyType(world, 'SERVICE_CONTROL_POLICY')
    enablePolicyType(world, 'RESOURCE_CONTROL_POLICY')
  }
  return organization
}

const FULL_ACCESS_POLICIES: [string, string, OrganizationPolicyType, object][] = [
  [
    FULL_AWS_ACCESS,
    'FullAWSAccess',
    'SERVICE_CONTROL_POLICY',
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
  ],
  [
    RCP_FULL_AWS_ACCESS,
    'RCPFullAWSAccess',
    'RESOURCE_CONTROL_POLICY',
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] },
  ],
]

const FULL_ACCESS_BY_TYPE: Partial<Record<OrganizationPolicyType, string>> = {
  SERVICE_CONTROL_POLICY: FULL_AWS_ACCESS,
  RESOURCE_CONTROL_POLICY: RCP_FULL_AWS_ACCESS,
}

/** AWS attaches the policy that allows everything to the root, every unit and every account by itself. */
export function enablePolicyType(world: World, type: OrganizationPolicyType): void {
  const organization = organizationOf(world)
  organization.enabledPolicyTypes.add(type)
  const full = FULL_ACCESS_BY_TYPE[type]
  if (full)
    for (const target of [organization.rootId, ...organization.units.keys(), ...organization.accounts.keys()])
      attachOrganizationPolicy(world, full, target)
  touch(world)
}

export function organizationOf(world: World): Organization {
  if (!world.organization) throw new Error('there is no organization')
  return world.organization
}

export interface MembershipOptions {
  name: string
  email?: string
  /** Unit or root; default: the root. */
  parentId?: string
  joinedMethod?: OrganizationAccount['joinedMethod']
  joinedTimestamp?: Date
  status?: OrganizationAccount['status']
}

export function joinOrganization(world: World, account: Account, options: MembershipOptions): OrganizationAccount {
  const organization = organizationOf(world)
  const { accountId } = account
  const member: OrganizationAccount = {
    accountId,
    arn: `arn:${world.partition}:organizations::${organization.managementAccountId}:account/${organization.id}/${accountId}`,
    name: options.name,
    email: options.email ?? `aws+${options.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}@example.com`,
    parentId: options.parentId ?? organization.rootId,
    status: options.status ?? 'ACTIVE',
    joinedMethod: options.joinedMethod ?? 'CREATED',
    joinedTimestamp: options.joinedTimestamp ?? account.createDate,
  }
  organization.accounts.set(accountId, member)
  attachFullAccess(world, accountId)
  touch(world)
  return member
}

export function addOrganizationalUnit(world: World, name: string, parentId?: string): OrganizationalUnit {
  const organization = organizationOf(world)
  const id = `ou-${organization.rootId.slice(2)}-${randomString(world.random, LOWER_ALPHANUMERIC, 8)}`
  const unit: OrganizationalUnit = {
    id,
    arn: `arn:${world.partition}:organizations::${organization.managementAccountId}:ou/${organization.id}/${id}`,
    name,
    parentId: parentId ?? organization.rootId,
  }
  organization.units.set(id, unit)
  attachFullAccess(world, id)
  touch(world)
  return unit
}

function attachFullAccess(world: World, target: string): void {
  for (const type of organizationOf(world).enabledPolicyTypes) {
    const full = FULL_ACCESS_BY_TYPE[type]
    if (full) attachOrganizationPolicy(world, full, target)
  }
}

export function addOrganizationPolicy(
  world: World,
  name: string,
  content: object | string,
  options: { type?: OrganizationPolicyType; description?: string; targets?: Iterable<string> } = {},
): OrganizationPolicy {
  const organization = organizationOf(world)
  const type = options.type ?? 'SERVICE_CONTROL_POLICY'
  const id = `p-${randomString(world.random, LOWER_ALPHANUMERIC, 8)}`
  const policy: OrganizationPolicy = {
    id,
    arn: `arn:${world.partition}:organizations::${organization.managementAccountId}:policy/${organization.id}/${policyTypePath(type)}/${id}`,
    name,
    description: options.description ?? '',
    type,
    awsManaged: false,
    content: documentText(content),
  }
  organization.policies.set(id, policy)
  for (const target of options.targets ?? []) attachOrganizationPolicy(world, id, target)
  touch(world)
  return policy
}

function policyTypePath(type: OrganizationPolicyType): string {
  return type.toLowerCase()
}

export function attachOrganizationPolicy(world: World, policyId: string, targetId: string): void {
  const organization = organizationOf(world)
  const attached = organization.attachments.get(targetId) ?? new Set()
  organization.attachments.set(targetId, attached.add(policyId))
  touch(world)
}
