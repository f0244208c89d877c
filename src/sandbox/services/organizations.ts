import type * as client from '@aws-sdk/client-organizations'
import { AwsError } from '../aws-error.ts'
import type { Call, Handler, Handlers, Service } from '../call.ts'
import {
  addAccount,
  addOrganization,
  addOrganizationalUnit,
  addOrganizationPolicy,
  addRole,
  attachOrganizationPolicy,
  awsManagedArn,
  type CreateAccountRequest,
  enablePolicyType,
  joinOrganization,
  type Organization,
  type OrganizationAccount,
  type OrganizationalUnit,
  type OrganizationPolicy,
  type OrganizationPolicyType,
  randomString,
  rootArn,
  type World,
} from '../state.ts'
import { checkPolicyDocument } from './iam/policy-document.ts'
import { tokenPage } from './tokens.ts'

const PAGE = 20
const POLICIES_PER_TARGET = 5
/** How long the making of an account takes. */
const CREATE_ACCOUNT_MS = 200

const POLICY_TYPES: readonly string[] = [
  'SERVICE_CONTROL_POLICY',
  'RESOURCE_CONTROL_POLICY',
  'TAG_POLICY',
  'BACKUP_POLICY',
  'AISERVICES_OPT_OUT_POLICY',
  'CHATBOT_POLICY',
  'DECLARATIVE_POLICY_EC2',
]

const handlers: Handlers<typeof client> = {
  // ---- the organization

  CreateOrganization({ world, account }, input) {
    if (world.organization?.accounts.has(account.accountId))
      throw fail('AlreadyInOrganizationException', 'The AWS account is already a member of an organization.')
    if (world.organization) throw fail('ConstraintViolationException', 'The sandbox has one organization only.')
    return {
      Organization: organizationShape(
        world,
        addOrganization(world, account, { featureSet: input.FeatureSet ?? 'ALL' }),
      ),
    }
  },

  DescribeOrganization: (call) => ({ Organization: organizationShape(call.world, member(call)) }),

  ListRoots(call, input) {
    const organization = reader(call)
    const [found, more] = page([organization], input)
    return { Roots: found.map((one) => rootShape(call.world, one)), ...more }
  },

  EnablePolicyType(call, input) {
    const organization = manager(call)
    const type = policyType(input.PolicyType)
    checkRoot(organization, input.RootId)
    if (organization.enabledPolicyTypes.has(type))
      throw fail('PolicyTypeAlreadyEnabledException', 'The specified policy type is already enabled.')
    enablePolicyType(call.world, type)
    return { Root: rootShape(call.world, organization) }
  },

  DisablePolicyType(call, input) {
    const organization = manager(call)
    const type = policyType(input.PolicyType)
    checkRoot(organization, input.RootId)
    if (!organization.enabledPolicyTypes.delete(type)) throw notEnabled()
    for (const attached of organization.attachments.values())
      for (const id of attached) if (organization.policies.get(id)?.type === type) attached.delete(id)
    return { Root: rootShape(call.world, organization) }
  },

  // ---- accounts

  ListAccounts(call, input) {
    const [found, more] = page([...reader(call).accounts.values()], input)
    return { Accounts: found.map(accountShape), ...more }
  },

  DescribeAccount: (call, input) => ({ Account: accountShape(findAccount(reader(call), input.AccountId)) }),

  ListAccountsForParent(call, input) {
    const organization = reader(call)
    checkParent(organization, input.ParentId)
    const children = [...organization.accounts.values()].filter(({ parentId }) => parentId === input.ParentId)
    const [found, more] = page(children, input)
    return { Accounts: found.map(accountShape), ...more }
  },

  CreateAccount(call, input) {
    const organization = manager(call)
    const { world } = call
    const id = `car-${randomString(world.random, '0123456789abcdef', 32)}`
    const taken = [...organization.accounts.values()].some(({ email }) => email === input.Email)
    const request: CreateAccountRequest = {
      id,
      accountName: input.AccountName!,
      accountId: null,
      state: taken ? 'FAILED' : 'SUCCEEDED',
      failureReason: taken ? 'EMAIL_ALREADY_EXISTS' : null,
      requestedAt: call.now,
      completedAt: new Date(Date.now() + CREATE_ACCOUNT_MS),
    }
    if (!taken) {
      // with centralized root access, new members have no root credentials at all
      const centralized = organization.features.has('RootCredentialsManagement')
      const account = addAccount(world, centralized ? { rootPassword: null } : {})
      request.accountId = account.accountId
      joinOrganization(world, account, { name: input.AccountName!, email: input.Email! })
      addRole(world, account, input.RoleName ?? 'OrganizationAccountAccessRole', {
        trustPolicy: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { AWS: rootArn(call.account) }, Action: 'sts:AssumeRole' }],
        },
        attachedPolicies: [awsManagedArn(world.partition, 'AdministratorAccess')],
      })
    }
    organization.createAccountRequests.set(id, request)
    return { CreateAccountStatus: requestShape(request) }
  },

  DescribeCreateAccountStatus(call, input) {
    const request = reader(call).createAccountRequests.get(input.CreateAccountRequestId!)
    if (!request)
      throw fail('CreateAccountStatusNotFoundException', `We can't find a create account request with this ID.`)
    return { CreateAccountStatus: requestShape(request) }
  },

  MoveAccount(call, input) {
    const organization = manager(call)
    const account = findAccount(organization, input.AccountId)
    if (account.parentId !== input.SourceParentId)
      throw fail(
        'SourceParentNotFoundException',
        `We can't find a source root or OU with the ParentId that you specified.`,
      )
    if (!isParent(organization, input.DestinationParentId))
      throw fail(
        'DestinationParentNotFoundException',
        `We can't find the destination container (a root or OU) with the ParentId that you specified.`,
      )
    account.parentId = input.DestinationParentId!
  },

  // ---- the tree

  CreateOrganizationalUnit(call, input) {
    const organization = manager(call)
    checkParent(organization, input.ParentId)
    const taken = [...organization.units.values()].some(
      (unit) => unit.parentId === input.ParentId && unit.name === input.Name,
    )
    if (taken) throw fail('DuplicateOrganizationalUnitException', 'An OU with the same name already exists.')
    return { OrganizationalUnit: unitShape(addOrganizationalUnit(call.world, input.Name!, input.ParentId!)) }
  },

  DescribeOrganizationalUnit: (call, input) => ({
    OrganizationalUnit: unitShape(findUnit(reader(call), input.OrganizationalUnitId)),
  }),

  DeleteOrganizationalUnit(call, input) {
    const organization = manager(call)
    const { id } = findUnit(organization, input.OrganizationalUnitId)
    const children = [...organization.units.values(), ...organization.accounts.values()]
    if (children.some(({ parentId }) => parentId === id))
      throw fail('OrganizationalUnitNotEmptyException', 'The specified OU is not empty.')
    organization.units.delete(id)
    organization.attachments.delete(id)
  },

  ListOrganizationalUnitsForParent(call, input) {
    const organization = reader(call)
    checkParent(organization, input.ParentId)
    const children = [...organization.units.values()].filter(({ parentId }) => parentId === input.ParentId)
    const [found, more] = page(children, input)
    return { OrganizationalUnits: found.map(unitShape), ...more }
  },

  ListParents(call, input) {
    const organization = reader(call)
    const child = organization.accounts.get(input.ChildId!) ?? organization.units.get(input.ChildId!)
    if (!child)
      throw fail(
        'ChildNotFoundException',
        `We can't find an organizational unit (OU) or AWS account with the ChildId that you specified.`,
      )
    const Type = child.parentId === organization.rootId ? ('ROOT' as const) : ('ORGANIZATIONAL_UNIT' as const)
    return { Parents: [{ Id: child.parentId, Type }] }
  },

  ListChildren(call, input) {
    const organization = reader(call)
    checkParent(organization, input.ParentId)
    const type = input.ChildType
    if (type !== 'ACCOUNT' && type !== 'ORGANIZATIONAL_UNIT') throw invalidInput('You specified an invalid value.')
    const ids =
      type === 'ACCOUNT'
        ? [...organization.accounts.values()].filter((a) => a.parentId === input.ParentId).map((a) => a.accountId)
        : [...organization.units.values()].filter((unit) => unit.parentId === input.ParentId).map(({ id }) => id)
    const [found, more] = page(ids, input)
    return { Children: found.map((Id) => ({ Id, Type: type })), ...more }
  },

  // ---- policies

  ListPolicies(call, input) {
    const organization = reader(call)
    const type = policyType(input.Filter)
    const [found, more] = page(
      [...organization.policies.values()].filter((policy) => policy.type === type),
      input,
    )
    return { Policies: found.map(summaryShape), ...more }
  },

  DescribePolicy(call, input) {
    const policy = findPolicy(reader(call), input.PolicyId)
    return { Policy: { PolicySummary: summaryShape(policy), Content: policy.content } }
  },

  CreatePolicy(call, input) {
    const organization = manager(call)
    const type = policyType(input.Type)
    checkContent(call.world, type, input.Content!)
    if ([...organization.policies.values()].some((other) => other.type === type && other.name === input.Name))
      throw fail('DuplicatePolicyException', 'A policy with the same name already exists.')
    const policy = addOrganizationPolicy(call.world, input.Name!, input.Content!, {
      type,
      description: input.Description!,
    })
    return { Policy: { PolicySummary: summaryShape(policy), Content: policy.content } }
  },

  UpdatePolicy(call, input) {
    const policy = ownPolicy(manager(call), input.PolicyId)
    if (input.Content !== undefined) {
      checkContent(call.world, policy.type, input.Content)
      policy.content = input.Content
    }
    policy.name = input.Name ?? policy.name
    policy.description = input.Description ?? policy.description
    return { Policy: { PolicySummary: summaryShape(policy), Content: policy.content } }
  },

  DeletePolicy(call, input) {
    const organization = manager(call)
    const { id } = ownPolicy(organization, input.PolicyId)
    if ([...organization.attachments.values()].some((attached) => attached.has(id)))
      throw fail(
        'PolicyInUseException',
        'The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.',
      )
    organization.policies.delete(id)
  },

  AttachPolicy(call, input) {
    const organization = manager(call)
    const policy = findPolicy(organization, input.PolicyId)
    checkTarget(organization, input.TargetId)
    if (!organization.enabledPolicyTypes.has(policy.type)) throw notEnabled()
    const attached = attachedTo(organization, input.TargetId!)
    if (attached.some(({ id }) => id === policy.id))
      throw fail(
        'DuplicatePolicyAttachmentException',
        'The selected policy is already attached to the specified target.',
      )
    if (attached.filter(({ type }) => type === policy.type).length >= POLICIES_PER_TARGET)
      throw constraint(
        'MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
        'You have attained the maximum number of policies attached to a target.',
      )
    attachOrganizationPolicy(call.world, policy.id, input.TargetId!)
  },

  DetachPolicy(call, input) {
    const organization = manager(call)
    const policy = findPolicy(organization, input.PolicyId)
    checkTarget(organization, input.TargetId)
    const attached = attachedTo(organization, input.TargetId!)
    if (!attached.some(({ id }) => id === policy.id))
      throw fail(
        'PolicyNotAttachedException',
        `The policy isn't attached to the specified target in the specified root.`,
      )
    if (policy.type === 'SERVICE_CONTROL_POLICY' && attached.filter(({ type }) => type === policy.type).length === 1)
      throw constraint(
        'MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
        'You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.',
      )
    organization.attachments.get(input.TargetId!)!.delete(policy.id)
  },

  ListPoliciesForTarget(call, input) {
    const organization = reader(call)
    const type = policyType(input.Filter)
    checkTarget(organization, input.TargetId)
    const [found, more] = page(
      attachedTo(organization, input.TargetId!).filter((policy) => policy.type === type),
      input,
    )
    return { Policies: found.map(summaryShape), ...more }
  },

  ListTargetsForPolicy(call, input) {
    const organization = reader(call)
    const { id } = findPolicy(organization, input.PolicyId)
    const ids = [...organization.attachments].filter(([, attached]) => attached.has(id)).map(([target]) => target)
    const [found, more] = page(ids, input)
    return { Targets: found.map((target) => targetShape(organization, target)), ...more }
  },

  // ---- trusted services and delegated administrators

  ListAWSServiceAccessForOrganization(call, input) {
    const [found, more] = page([...reader(call).trustedServices], input)
    return {
      EnabledServicePrincipals: found.map(([ServicePrincipal, DateEnabled]) => ({ ServicePrincipal, DateEnabled })),
      ...more,
    }
  },

  EnableAWSServiceAccess(call, input) {
    manager(call).trustedServices.set(input.ServicePrincipal!, call.now)
  },

  DisableAWSServiceAccess(call, input) {
    manager(call).trustedServices.delete(input.ServicePrincipal!)
  },

  ListDelegatedAdministrators(call, input) {
    const organization = reader(call)
    const ids = new Set(
      [...organization.delegatedAdministrators]
        .filter(([service]) => input.ServicePrincipal === undefined || service === input.ServicePrincipal)
        .flatMap(([, accounts]) => [...accounts]),
    )
    const [found, more] = page([...ids], input)
    return { DelegatedAdministrators: found.map((id) => accountShape(findAccount(organization, id))), ...more }
  },

  RegisterDelegatedAdministrator(call, input) {
    const organization = manager(call)
    findAccount(organization, input.AccountId)
    const accounts = organization.delegatedAdministrators.get(input.ServicePrincipal!) ?? new Set()
    organization.delegatedAdministrators.set(input.ServicePrincipal!, accounts.add(input.AccountId!))
  },

  DeregisterDelegatedAdministrator(call, input) {
    manager(call).delegatedAdministrators.get(input.ServicePrincipal!)?.delete(input.AccountId!)
  },

  // ---- tags

  ListTagsForResource(call, input) {
    const tags = reader(call).tags.get(input.ResourceId!) ?? new Map<string, string>()
    const [found, more] = page([...tags], input)
    return { Tags: found.map(([Key, Value]) => ({ Key, Value })), ...more }
  },

  TagResource(call, input) {
    const organization = manager(call)
    checkTarget(organization, input.ResourceId)
    const tags = organization.tags.get(input.ResourceId!) ?? new Map<string, string>()
    for (const { Key, Value } of input.Tags ?? []) tags.set(Key!, Value!)
    organization.tags.set(input.ResourceId!, tags)
  },

  UntagResource(call, input) {
    const tags = manager(call).tags.get(input.ResourceId!)
    for (const key of input.TagKeys ?? []) tags?.delete(key)
  },
}

function fail(code: string, message: string): AwsError {
  return new AwsError(code, message)
}

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html */
function constraint(Reason: string, message: string): AwsError {
  return new AwsError('ConstraintViolationException', message, 400, { Reason })
}

function invalidInput(message: string): AwsError {
  return new AwsError('InvalidInputException', message, 400, { Reason: 'INVALID_PATTERN' })
}

function notEnabled(): AwsError {
  return fail('PolicyTypeNotEnabledException', 'This operation can be performed only for enabled policy types.')
}

interface Paged {
  MaxResults?: number | undefined
  NextToken?: string | undefined
}

function page<Value>(list: readonly Value[], input: Paged): [Value[], { NextToken?: string }] {
  if (input.MaxResults !== undefined && (input.MaxResults < 1 || input.MaxResults > PAGE))
    throw invalidInput(`You specified an invalid value for MaxResults. It must be between 1 and ${PAGE}.`)
  return tokenPage(list, input, PAGE, () => invalidInput('Invalid NextToken'))
}

/** Any account of the organization may know this. */
function member({ world, account }: Call): Organization {
  if (!world.organization?.accounts.has(account.accountId))
    throw fail('AWSOrganizationsNotInUseException', 'Your account is not a member of an organization.')
  return world.organization
}

/** The management account and delegated administrators may read. */
function reader(call: Call): Organization {
  const organization = member(call)
  const { accountId } = call.account
  const delegated = [...organization.delegatedAdministrators.values()].some((accounts) => accounts.has(accountId))
  if (organization.managementAccountId !== accountId && !delegated) throw denied()
  return organization
}

/** Only the management account may write. */
function manager(call: Call): Organization {
  const organization = member(call)
  if (organization.managementAccountId !== call.account.accountId) throw denied()
  return organization
}

function denied(): AwsError {
  return fail('AccessDeniedException', `You don't have permissions to access this resource.`)
}

function policyType(type: string | undefined): OrganizationPolicyType {
  if (!POLICY_TYPES.includes(type ?? '')) throw invalidInput('You specified an invalid policy type.')
  return type as OrganizationPolicyType
}

function checkRoot(organization: Organization, id: string | undefined): void {
  if (organization.rootId !== id)
    throw fail('RootNotFoundException', `We can't find a root with the RootId that you specified.`)
}

function isParent(organization: Organization, id: string | undefined): boolean {
  return organization.rootId === id || organization.units.has(id ?? '')
}

function checkParent(organization: Organization, id: string | undefined): void {
  if (!isParent(organization, id))
    throw fail('ParentNotFoundException', `We can't find a root or OU with the ParentId that you specified.`)
}

function checkTarget(organization: Organization, id: string | undefined): void {
  if (!isParent(organization, id) && !organization.accounts.has(id ?? ''))
    throw fail(
      'TargetNotFoundException',
      `We can't find a root, OU, account, or policy with the TargetId that you specified.`,
    )
}

function findAccount(organization: Organization, id: string | undefined): OrganizationAccount {
  const account = organization.accounts.get(id ?? '')
  if (!account)
    throw fail(
      'AccountNotFoundException',
      `We can't find an AWS account with the AccountId that you specified, or the account whose credentials you used to make this request isn't a member of an organization.`,
    )
  return account
}

function findUnit(organization: Organization, id: string | undefined): OrganizationalUnit {
  const unit = organization.units.get(id ?? '')
  if (!unit)
    throw fail(
      'OrganizationalUnitNotFoundException',
      `We can't find an OU with the OrganizationalUnitId that you specified.`,
    )
  return unit
}

function findPolicy(organization: Organization, id: string | undefined): OrganizationPolicy {
  const policy = organization.policies.get(id ?? '')
  if (!policy) throw fail('PolicyNotFoundException', `We can't find a policy with the PolicyId that you specified.`)
  return policy
}

function ownPolicy(organization: Organization, id: string | undefined): OrganizationPolicy {
  const policy = findPolicy(organization, id)
  if (policy.awsManaged)
    throw new AwsError(
      'InvalidInputException',
      'You specified a policy that is managed by AWS and cannot be modified.',
      400,
      { Reason: 'IMMUTABLE_POLICY' },
    )
  return policy
}

function attachedTo(organization: Organization, target: string): OrganizationPolicy[] {
  return [...(organization.attachments.get(target) ?? [])].flatMap((id) => organization.policies.get(id) ?? [])
}

const CONTENT_LIMIT = 5120

/** Service control policies have the grammar of identity policies; of the others JSON is all that is asked. */
function checkContent(world: World, type: OrganizationPolicyType, content: string): void {
  const malformed = () =>
    fail(
      'MalformedPolicyDocumentException',
      'The provided policy document does not meet the requirements of the specified policy type.',
    )
  if (content.length > CONTENT_LIMIT)
    throw fail('ConstraintViolationException', 'You have exceeded the maximum policy size.')
  try {
    JSON.parse(content)
    if (type === 'SERVICE_CONTROL_POLICY') checkPolicyDocument(world, content, 'identity')
  } catch {
    throw malformed()
  }
}

// ---- shapes

function policyTypes({ enabledPolicyTypes }: Organization) {
  return [...enabledPolicyTypes].map((Type) => ({ Type, Status: 'ENABLED' as const }))
}

function organizationShape(world: World, organization: Organization) {
  const { id, arn, featureSet, managementAccountId } = organization
  const management = organization.accounts.get(managementAccountId)
  return {
    Id: id,
    Arn: arn,
    FeatureSet: featureSet,
    MasterAccountArn:
      management?.arn ??
      `arn:${world.partition}:organizations::${managementAccountId}:account/${id}/${managementAccountId}`,
    MasterAccountId: managementAccountId,
    MasterAccountEmail: management?.email ?? '',
    AvailablePolicyTypes: policyTypes(organization),
  }
}

function rootShape(world: World, organization: Organization) {
  const { id, rootId, managementAccountId } = organization
  return {
    Id: rootId,
    Arn: `arn:${world.partition}:organizations::${managementAccountId}:root/${id}/${rootId}`,
    Name: 'Root',
    PolicyTypes: policyTypes(organization),
  }
}

function accountShape(account: OrganizationAccount) {
  return {
    Id: account.accountId,
    Arn: account.arn,
    Email: account.email,
    Name: account.name,
    Status: account.status,
    State: account.status === 'PENDING_CLOSURE' ? ('PENDING_CLOSURE' as const) : account.status,
    JoinedMethod: account.joinedMethod,
    JoinedTimestamp: account.joinedTimestamp,
  }
}

function unitShape({ id, arn, name }: OrganizationalUnit) {
  return { Id: id, Arn: arn, Name: name }
}

function summaryShape(policy: OrganizationPolicy) {
  return {
    Id: policy.id,
    Arn: policy.arn,
    Name: policy.name,
    Description: policy.description,
    Type: policy.type,
    AwsManaged: policy.awsManaged,
  }
}

function targetShape(organization: Organization, id: string) {
  const account = organization.accounts.get(id)
  if (account) return { TargetId: id, Arn: account.arn, Name: account.name, Type: 'ACCOUNT' as const }
  const unit = organization.units.get(id)
  if (unit) return { TargetId: id, Arn: unit.arn, Name: unit.name, Type: 'ORGANIZATIONAL_UNIT' as const }
  const arn = `${organization.arn.replace(':organization/', ':root/')}/${id}`
  return { TargetId: id, Arn: arn, Name: 'Root', Type: 'ROOT' as const }
}

function requestShape(request: CreateAccountRequest) {
  const done = request.completedAt !== null && Date.now() >= request.completedAt.getTime()
  return {
    Id: request.id,
    AccountName: request.accountName,
    State: done ? request.state : ('IN_PROGRESS' as const),
    RequestedTimestamp: request.requestedAt,
    ...(done && { CompletedTimestamp: request.completedAt! }),
    ...(done && request.accountId !== null && { AccountId: request.accountId }),
    ...(done && request.failureReason !== null && { FailureReason: request.failureReason as 'EMAIL_ALREADY_EXISTS' }),
  }
}

export const organizations: Service = {
  name: 'organizations',
  actionPrefix: 'organizations',
  model: { protocol: 'awsJson1_1', version: '2016-11-28' },
  targetPrefixes: ['AWSOrganizationsV20161128'],
  global: true,
  errors: { throttled: ['TooManyRequestsException', 400] },
  load: async () => ({
    client: await import('@aws-sdk/client-organizations'),
    handlers: handlers as Record<string, Handler>,
  }),
}
