/**
 * The estate: principals of one or several accounts, each with all policies that bound what it can do.
 *
 * What the organization forbids is known only to its management account. Where it was not read, answers are given as if
 * no service control policy stood in the way, and `assumptions` says so once, instead of every answer being conditional.
 */
import { knowledgeOf } from '../model/facts.ts'
import type { Group, OrganizationPolicyLevel, Role, Snapshot, User } from '../model/snapshot.ts'
import type { CompiledPolicy } from '../policy/compile.ts'
import { type Principal, principalOf } from '../policy/principal.ts'
import type { ContextValue, PolicyInput, PolicyLevel, RequestPolicies } from '../policy/request.ts'
import { type Documents, knownDocument, newDocuments } from './documents.ts'

export interface Estate {
  accounts: ReadonlyMap<string, EstateAccount>
  /** Users, roles and root users, account by account. `index` is the place in this list. */
  principals: readonly EstatePrincipal[]
  byArn: ReadonlyMap<string, EstatePrincipal>
  /** What every answer takes for granted because it was not read, a sentence each. */
  assumptions: readonly string[]
  documents: Documents
}

export interface EstateAccount {
  accountId: string
  partition: string
  snapshot: Snapshot
  users: EstatePrincipal[]
  roles: EstatePrincipal[]
  root: EstatePrincipal
  /** Customer managed policies by ARN: the default version first. */
  policies: ReadonlyMap<string, ManagedDocument>
  groups: ReadonlyMap<string, EstateGroup>
  /** By the name that an inline policy has here, who holds it. */
  inline: ReadonlyMap<string, { holder: User | Role | Group; policyName: string }>
  scps: readonly PolicyLevel[] | 'unknown'
  rcps: readonly PolicyLevel[] | 'unknown'
  managementAccount: string | null
  /** Condition keys that are the same for all its principals. */
  context: Readonly<Record<string, ContextValue>>
}

export interface ManagedDocument {
  arn: string
  awsManaged: boolean
  input: PolicyInput
  /** Versions beside the default one. */
  others: readonly { versionId: string; input: PolicyInput }[]
}

export interface EstateGroup {
  name: string
  arn: string
  inputs: readonly PolicyInput[]
  /** Attached policies, by ARN. */
  attached: readonly string[]
}

export interface EstatePrincipal {
  index: number
  kind: 'user' | 'role' | 'root'
  arn: string
  name: string
  account: EstateAccount
  principal: Principal
  /** Without a resource's policy. */
  policies: RequestPolicies
  /** Customer managed policies that apply to it, also through groups. */
  attached: readonly string[]
  groups: readonly EstateGroup[]
  context: Readonly<Record<string, ContextValue>>
  user: User | null
  role: Role | null
  /** Of a role. */
  trust: PolicyInput | null
}

export interface EstateOptions {
  /** What to make of service and resource control policies that were not read. */
  unreadOrganization?: 'assume-none' | 'unknown'
  /** Statements to leave out of every policy, as `statementId` names them. */
  without?: ReadonlySet<string>
  /** Documents of the same snapshots that were read before. */
  documents?: Documents
}

/** The name of one statement: its policy's name and its index. */
export function statementId(policy: string, index: number): string {
  return `${policy}\n${index}`
}

export function openEstate(snapshots: readonly Snapshot[], options: EstateOptions = {}): Estate {
  const documents = options.documents ?? newDocuments()
  const principals: EstatePrincipal[] = []
  const assumptions: string[] = []
  const accounts = new Map<string, EstateAccount>()
  for (const snapshot of snapshots) {
    // the same account twice: the newer one counts
    const other = accounts.get(snapshot.accountId)
    if (other && other.snapshot.collectedAt >= snapshot.collectedAt) continue
    accounts.delete(snapshot.accountId)
    accounts.set(
      snapshot.accountId,
      openAccount(snapshot, { documents, options, assumptions, several: snapshots.length > 1 }),
    )
  }
  for (const { root, users, roles } of accounts.values())
    for (const principal of [root, ...users, ...roles]) {
      principal.index = principals.length
      principals.push(principal)
    }
  const byArn = new Map<string, EstatePrincipal>()
  for (const principal of principals) byArn.set(principal.arn, principal)
  return {
    accounts,
    principals,
    byArn,
    assumptions: [...new Set(assumptions)],
    documents,
  }
}

interface Opening {
  documents: Documents
  options: EstateOptions
  assumptions: string[]
  /** More than one account: names of users and roles do not tell which. */
  several: boolean
}

function openAccount(snapshot: Snapshot, opening: Opening): EstateAccount {
  const { accountId, partition, organization } = snapshot
  const { documents, options } = opening
  const without = options.without ?? NONE
  const where = opening.several ? ` in ${accountId}` : ''
  const input = (name: string, document: unknown): PolicyInput => ({
    name,
    policy: document === undefined ? null : leaveOut(documents.compile(document), name, without),
  })
  const policies = new Map<string, ManagedDocument>()
  for (const { arn, awsManaged, versions } of snapshot.policies) {
    const main = versions.find(({ isDefaultVersion }) => isDefaultVersion)
    policies.set(arn, {
      arn,
      awsManaged,
      input: input(arn, main?.document),
      // most have one version
      others:
        versions.length === 1 && main
          ? NO_OTHERS
          : versions
              .filter(({ isDefaultVersion }) => !isDefaultVersion)
              .map(({ versionId, document }) => ({ versionId, input: input(`${arn} (${versionId})`, document) })),
    })
  }
  const unread = new Map<string, PolicyInput>()
  const managed = (arn: string): PolicyInput => {
    const known = policies.get(arn)?.input ?? unread.get(arn)
    if (known) return known
    const made = input(arn, knownDocument(arn))
    unread.set(arn, made)
    return made
  }
  const inline = new Map<string, { holder: User | Role | Group; policyName: string }>()
  const ownInputs = (holder: User | Role | Group, owner: string): PolicyInput[] => {
    const inputs: PolicyInput[] = []
    for (const { policyName, policyDocument } of holder.inlinePolicies) {
      const name = `inline policy ${policyName} of ${owner}${where}`
      inline.set(name, { holder, policyName })
      inputs.push(input(name, policyDocument))
    }
    for (const { policyArn } of holder.attachedPolicies) inputs.push(managed(policyArn))
    return inputs
  }
  const attachedOf = (holder: User | Role | Group): readonly string[] =>
    holder.attachedPolicies.length === 0 ? NOTHING_ATTACHED : holder.attachedPolicies.map(({ policyArn }) => policyArn)
  const groups = new Map<string, EstateGroup>(
    snapshot.groups.map((group) => [
      group.groupName,
      {
        name: group.groupName,
        arn: group.arn,
        inputs: ownInputs(group, `group ${group.groupName}`),
        attached: attachedOf(group),
      },
    ]),
  )
  const account: EstateAccount = {
    accountId,
    partition,
    snapshot,
    users: [],
    roles: [],
    root: undefined as never,
    policies,
    groups,
    inline,
    scps: organizationPolicies(snapshot, 'serviceControlPolicies', opening, input),
    rcps: organizationPolicies(snapshot, 'resourceControlPolicies', opening, input),
    managementAccount: organization?.managementAccountId ?? null,
    context: accountContext(snapshot),
  }
  const { scps, rcps, managementAccount } = account
  const policiesWith = (
    identity: readonly PolicyInput[],
    boundary: RequestPolicies['boundary'],
    limits: Pick<RequestPolicies, 'scps' | 'rcps'> = { scps, rcps },
  ): RequestPolicies => ({
    identity,
    boundary,
    session: null,
    resource: null,
    endpoint: null,
    scps: limits.scps,
    rcps: limits.rcps,
    managementAccount,
  })
  const boundaries = new Map<string, readonly PolicyInput[]>()
  const boundaryOf = (arn: string | null): RequestPolicies['boundary'] => {
    if (arn === null) return null
    let boundary = boundaries.get(arn)
    if (!boundary) {
      boundary = [managed(arn)]
      boundaries.set(arn, boundary)
    }
    return boundary[0]!.policy === null ? 'unknown' : boundary
  }
  const principalOfArn = (arn: string, fallback: Principal): Principal => principalOf(arn) ?? fallback

  account.root = {
    index: -1,
    kind: 'root',
    arn: snapshot.root.arn,
    name: 'root',
    account,
    principal: { type: 'Root', arn: snapshot.root.arn, account: accountId },
    policies: policiesWith([], null),
    attached: [],
    groups: [],
    context: account.context,
    user: null,
    role: null,
    trust: null,
  }
  const givenToUsers = snapshot.users.map((user) => {
    const identity = ownInputs(user, `user ${user.userName}`)
    let attached = attachedOf(user)
    const inGroups: EstateGroup[] = []
    // of thousands of users each is in some groups: no iterators
    for (let i = 0; i < user.groups.length; i++) {
      const name = user.groups[i]!
      const group = groups.get(name)
      if (group) inGroups.push(group)
      else identity.push({ name: `the policies of group ${name}`, policy: null })
    }
    for (let i = 0; i < inGroups.length; i++) {
      const group = inGroups[i]!
      for (let k = 0; k < group.inputs.length; k++) identity.push(group.inputs[k]!)
      if (group.attached.length > 0)
        attached = attached.length === 0 ? group.attached : [...attached, ...group.attached]
    }
    return { user, identity, attached, inGroups }
  })
  for (const role of snapshot.roles)
    account.roles.push({
      index: -1,
      kind: 'role',
      arn: role.arn,
      name: role.roleName,
      account,
      principal: principalOfArn(role.arn, { type: 'Role', arn: role.arn, account: accountId, name: role.roleName }),
      policies: policiesWith(
        ownInputs(role, `role ${role.roleName}`),
        boundaryOf(role.permissionsBoundary),
        // the organization does not limit them
        role.path.startsWith('/aws-service-role/') ? UNLIMITED : undefined,
      ),
      attached: attachedOf(role),
      groups: [],
      // tags of the session may take the place of the role's
      context: account.context,
      user: null,
      role,
      trust: input(`trust policy of role ${role.roleName}${where}`, role.trustPolicy),
    })
  // only now is known which tags are asked about
  const tagKeys = [...documents.principalTagKeys].map((tag) => ({ tag, key: `aws:principaltag/${tag}` }))
  for (const { user, identity, attached, inGroups } of givenToUsers) {
    account.users.push({
      index: -1,
      kind: 'user',
      arn: user.arn,
      name: user.userName,
      account,
      principal: principalOfArn(user.arn, { type: 'User', arn: user.arn, account: accountId, name: user.userName }),
      policies: policiesWith(identity, boundaryOf(user.permissionsBoundary)),
      attached,
      groups: inGroups,
      context: withTags(
        { ...account.context, 'aws:userid': user.userId, 'aws:federatedprovider': null },
        tagKeys,
        user.tags,
      ),
      user,
      role: null,
      trust: null,
    })
  }
  return account
}

const NO_OTHERS: ManagedDocument['others'] = []
const NOTHING_ATTACHED: readonly string[] = []
const UNLIMITED: Pick<RequestPolicies, 'scps' | 'rcps'> = { scps: [], rcps: [] }
const NONE: ReadonlySet<string> = new Set()
const filtered = new WeakMap<CompiledPolicy, Map<string, CompiledPolicy>>()

/** The policy without some of its statements; the others keep their index. */
function leaveOut(policy: CompiledPolicy, name: string, without: ReadonlySet<string>): CompiledPolicy {
  if (without.size === 0) return policy
  const gone = policy.statements.filter(({ statement }) => without.has(statementId(name, statement.index)))
  if (gone.length === 0) return policy
  const key = gone.map(({ statement }) => statement.index).join()
  let made = filtered.get(policy)
  if (!made) {
    made = new Map()
    filtered.set(policy, made)
  }
  let rest = made.get(key)
  if (!rest) {
    const statements = policy.statements.filter((statement) => !gone.includes(statement))
    rest = { parsed: { ...policy.parsed, statements: statements.map(({ statement }) => statement) }, statements }
    made.set(key, rest)
  }
  return rest
}

function organizationPolicies(
  snapshot: Snapshot,
  kind: 'serviceControlPolicies' | 'resourceControlPolicies',
  { assumptions, options }: Opening,
  input: (name: string, document: unknown) => PolicyInput,
): readonly PolicyLevel[] | 'unknown' {
  const { organization, accountId } = snapshot
  const { known } = knowledgeOf('organization', snapshot)
  if (organization === null && known === 'all') return []
  // they do not reach the management account
  if (organization?.managementAccountId === accountId) return []
  const levels: OrganizationPolicyLevel[] | null = organization?.[kind] ?? null
  if (levels !== null)
    return levels.map(({ targetId, policies }) => ({
      level: targetId,
      policies: policies.map(({ arn, name, id, document }) =>
        input(arn === '' ? name : arn, document ?? (id.startsWith('p-FullAWSAccess') ? ALLOW_ALL : undefined)),
      ),
    }))
  const what = kind === 'serviceControlPolicies' ? 'service control policies' : 'resource control policies'
  if (options.unreadOrganization === 'unknown') {
    assumptions.push(`the ${what} that reach account ${accountId} were not read`)
    return 'unknown'
  }
  assumptions.push(
    organization === null
      ? `whether account ${accountId} is in an organization was not read: taken as if no ${what} limited it`
      : `the ${what} that reach account ${accountId} were not read (only the management account can): taken as if there were none`,
  )
  return []
}

const ALLOW_ALL = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }

/** Condition keys that follow from the account. Whoever makes a request can always make it over TLS. */
function accountContext(snapshot: Snapshot): Record<string, ContextValue> {
  const { organization } = snapshot
  const context: Record<string, ContextValue> = { 'aws:securetransport': 'true' }
  if (organization) {
    context['aws:principalorgid'] = organization.id
    if (organization.path)
      context['aws:principalorgpaths'] = [
        `${[organization.id, ...organization.path.filter(({ type }) => type !== 'account').map(({ id }) => id)].join('/')}/`,
      ]
  } else if (knowledgeOf('organization', snapshot).known === 'all') {
    context['aws:principalorgid'] = null
    context['aws:principalorgpaths'] = null
  }
  return context
}

/** Adds what the tags of a user say to the keys that some policy asks about. */
function withTags(
  context: Record<string, ContextValue>,
  keys: readonly { tag: string; key: string }[],
  tags: Record<string, string>,
): Record<string, ContextValue> {
  for (const { key } of keys) context[key] = null
  if (keys.length === 0) return context
  for (const name of Object.keys(tags)) {
    const tag = name.toLowerCase()
    const asked = keys.find((it) => it.tag === tag)
    if (asked) context[asked.key] = tags[name]!
  }
  return context
}

/** The principals that a person may mean: by ARN, by the ID of an access key, or by name. */
export function findPrincipals(estate: Estate, text: string): EstatePrincipal[] {
  const exact = estate.byArn.get(text)
  if (exact) return [exact]
  if (/^(AKIA|ASIA)[A-Z0-9]{12,124}$/.test(text)) {
    for (const { snapshot } of estate.accounts.values()) {
      const key = snapshot.accessKeys.find(({ accessKeyId }) => accessKeyId === text)
      const owner = key && estate.byArn.get(key.userArn)
      if (owner) return [owner]
    }
    return []
  }
  const session = principalOf(text)
  if (session?.type === 'AssumedRole')
    return estate.principals.filter(
      ({ kind, name, account }) =>
        kind === 'role' && name === session.roleName && account.accountId === session.account,
    )
  const [kind, rest] = /^(user|role)\/(?:.*\/)?([^/]+)$/.exec(text)?.slice(1) ?? [null, text]
  return estate.principals.filter((principal) => principal.name === rest && (kind === null || principal.kind === kind))
}
