/** The policies that apply to a caller, in the engine's form. */
import {
  type CompiledPolicy,
  compilePolicy,
  type PolicyInput,
  type PolicyLevel,
  type Principal,
  parsePolicy,
  type RequestPolicies,
} from '../../policy/index.ts'
import { type Call, type Caller, callerArn } from '../call.ts'
import type { Account, Group, Organization, OrganizationPolicyType, Role, Session, User, World } from '../state.ts'

const compiled = new Map<string, CompiledPolicy>()
const KEPT = 10_000

/** A document, compiled; the same text is compiled once. */
export function documentOf(text: string): CompiledPolicy {
  let policy = compiled.get(text)
  if (!policy) {
    if (compiled.size >= KEPT) compiled.clear()
    policy = compilePolicy(parsePolicy(text))
    compiled.set(text, policy)
  }
  return policy
}

export function principalOf(caller: Caller): Principal {
  const { account, principal } = caller
  const { accountId } = account
  const arn = callerArn(caller)
  switch (principal.kind) {
    case 'user':
      return { type: 'User', arn, account: accountId, name: principal.user.userName }
    case 'root':
      return { type: 'Root', arn, account: accountId }
    case 'assumed-role':
      return {
        type: 'AssumedRole',
        arn,
        account: accountId,
        roleName: principal.role.roleName,
        roleArn: principal.role.arn,
      }
    case 'federated-user':
      return { type: 'FederatedUser', arn, account: accountId, userArn: principal.user?.arn ?? null }
    case 'web-identity':
      return { type: 'Federated', provider: principal.provider.arn }
  }
}

type CallerPolicies = Pick<RequestPolicies, 'identity' | 'boundary' | 'session' | 'scps' | 'managementAccount'>

export function policiesOf({ world, caller }: Call): CallerPolicies {
  const holder = holderOf(caller)
  return {
    identity: holder ? identityPolicies(world, caller.account, holder) : [],
    boundary: holder && boundaryOf(world, caller.account, holder),
    session: caller.session && sessionPolicies(world, caller.account, caller.session),
    scps: serviceControlPolicies(world, caller.account.accountId),
    managementAccount: world.organization?.managementAccountId ?? null,
  }
}

/** Whose identity policies count: the role's of a session, the user's of a user's session; none: root, a token. */
function holderOf({ principal }: Caller): User | Role | null {
  if (principal.kind === 'assumed-role') return principal.role
  return principal.kind === 'root' || principal.kind === 'web-identity' ? null : principal.user
}

/** What is attached to it and written into it, and for a user the same of every group. */
export function identityPolicies(world: World, account: Account, holder: User | Role | Group): PolicyInput[] {
  const of = (identity: User | Role | Group): PolicyInput[] => [
    ...[...identity.attachedPolicies].map((arn) => managed(world, account, arn)),
    ...[...identity.inlinePolicies].map(([name, text]) => ({
      name: `${name} of ${identity.arn}`,
      policy: documentOf(text),
    })),
  ]
  return [...of(holder), ...('groups' in holder ? holder.groups.flatMap(of) : [])]
}

export function boundaryOf(world: World, account: Account, { permissionsBoundary }: User | Role): PolicyInput[] | null {
  return permissionsBoundary === null ? null : [managed(world, account, permissionsBoundary)]
}

/** A managed policy's default version. What is not there (deleted since) is an empty policy: it allows nothing. */
function managed(world: World, account: Account, arn: string): PolicyInput {
  const policy = account.policies.get(arn) ?? world.awsManagedPolicies.get(arn)
  const version = policy?.versions.find(({ versionId }) => versionId === policy.defaultVersionId)
  return { name: arn, policy: documentOf(version?.document ?? '{"Statement":[]}') }
}

/** null: the session was made without any, and is not narrowed. */
function sessionPolicies(world: World, account: Account, session: Session): PolicyInput[] | null {
  const policies = [
    ...session.sessionPolicies.map((text, i) => ({ name: `session policy ${i + 1}`, policy: documentOf(text) })),
    ...session.sessionPolicyArns.map((arn) => managed(world, account, arn)),
  ]
  return policies.length > 0 ? policies : null
}

export function serviceControlPolicies(world: World, accountId: string): PolicyLevel[] {
  return levelsOf(world, accountId, 'SERVICE_CONTROL_POLICY')
}

export function resourceControlPolicies(world: World, accountId: string): PolicyLevel[] {
  return levelsOf(world, accountId, 'RESOURCE_CONTROL_POLICY')
}

/** Root, units and account, from the top down; empty where the account or the kind of policy takes no part. */
function levelsOf({ organization }: World, accountId: string, type: OrganizationPolicyType): PolicyLevel[] {
  if (!organization?.accounts.has(accountId) || !organization.enabledPolicyTypes.has(type)) return []
  return organizationPath(organization, accountId).map((level) => ({
    level,
    policies: [...(organization.attachments.get(level) ?? [])].flatMap((id) => {
      const policy = organization.policies.get(id)
      return policy?.type === type ? [{ name: policy.arn, policy: documentOf(policy.content) }] : []
    }),
  }))
}

/** Ids from the organization's root down to the account. */
export function organizationPath(organization: Organization, accountId: string): string[] {
  const path = [accountId]
  let parent = organization.accounts.get(accountId)?.parentId
  while (parent !== undefined) {
    path.unshift(parent)
    parent = organization.units.get(parent)?.parentId
  }
  return path
}
