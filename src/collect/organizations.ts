/**
 * AWS Organizations: where the account stands and which policies reach it. Only the management account and delegated
 * administrators may ask for most of it: for other accounts that is no denial but how it is.
 */
import type { Organization, OrganizationPolicyLevel } from '../model/snapshot.ts'
import { answer, Oddities, text } from './answer.ts'
import type { Told } from './assemble.ts'
import { policyDocument } from './policy-document.ts'
import { type Call, declare, type Paging, type Run } from './run.ts'

const C = {
  organization: declare('organizations', 'DescribeOrganization'),
  parents: declare('organizations', 'ListParents'),
  unit: declare('organizations', 'DescribeOrganizationalUnit'),
  roots: declare('organizations', 'ListRoots'),
  accounts: declare('organizations', 'ListAccounts'),
  policies: declare('organizations', 'ListPoliciesForTarget'),
  policy: declare('organizations', 'DescribePolicy'),
  features: declare('iam', 'ListOrganizationsFeatures'),
} satisfies Record<string, Call>

export const ORGANIZATIONS_CALLS: readonly Call[] = Object.values(C)

const PAGING: Paging = { token: 'NextToken' }
/** AWS allows five levels of organizational units. */
const MAX_DEPTH = 12
const MANAGEMENT_ONLY = 'only the management account or a delegated administrator can ask'

type Path = NonNullable<Organization['path']>

export async function collectOrganization(run: Run, told: Told): Promise<void> {
  const { answer: page, failure } = await run.ask(C.organization)
  if (failure?.code.startsWith('AWSOrganizationsNotInUse')) {
    run.ledger.read(C.organization.source, { detail: 'the account is in no organization' })
    return
  }
  const described = answer(page?.Organization)
  const id = text(described.Id)
  const managementAccountId = text(described.MasterAccountId) ?? accountInArn(text(described.MasterAccountArn))
  if (!page || !id || !managementAccountId) {
    if (failure) run.note(C.organization, failure)
    else run.ledger.gap(C.organization.source, 'truncated', 'the answer could not be read')
    return
  }
  run.note(C.organization, null)
  const organization: Organization = {
    id,
    arn: text(described.Arn) ?? '',
    managementAccountId,
    path: null,
    accountIds: null,
    serviceControlPolicies: null,
    resourceControlPolicies: null,
    features: null,
  }
  told.organization = organization
  const isManagement = managementAccountId === told.accountId
  await Promise.all([
    readPathAndPolicies(run, organization, told.accountId, isManagement),
    readAccounts(run, organization, isManagement),
    readFeatures(run, organization, isManagement),
  ])
}

/** Notes a failure: for a member account, being denied is how it is. */
function noteFor(run: Run, call: Call, failure: Parameters<Run['note']>[1], isManagement: boolean, pages = 0): void {
  if (failure?.kind === 'denied' && !isManagement && pages === 0)
    run.ledger.gap(call.source, 'unsupported', MANAGEMENT_ONLY)
  else run.note(call, failure, { pages })
}

async function readPathAndPolicies(
  run: Run,
  organization: Organization,
  accountId: string,
  isManagement: boolean,
): Promise<void> {
  const path = await readPath(run, accountId, isManagement)
  if (!path) {
    run.ledger.gap(
      C.policies.source,
      'unsupported',
      isManagement ? 'the path to the account is not known' : MANAGEMENT_ONLY,
    )
    return
  }
  organization.path = path
  const documents = new Map<string, Promise<unknown>>()
  organization.serviceControlPolicies = await readPolicies(run, path, 'SERVICE_CONTROL_POLICY', isManagement, documents)
  organization.resourceControlPolicies = await readPolicies(
    run,
    path,
    'RESOURCE_CONTROL_POLICY',
    isManagement,
    documents,
  )
}

/** From the root down to the account. */
async function readPath(run: Run, accountId: string, isManagement: boolean): Promise<Path | null> {
  const path: Path = [{ id: accountId, name: accountId, type: 'account' }]
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const { answer: page, failure } = await run.ask(C.parents, { ChildId: path[0]!.id })
    if (failure) {
      noteFor(run, C.parents, failure, isManagement, depth)
      return null
    }
    const parent = answer(Array.isArray(page.Parents) ? page.Parents[0] : null)
    const id = text(parent.Id)
    if (!id || path.some((level) => level.id === id)) break
    const isRoot = parent.Type === 'ROOT'
    path.unshift({ id, name: id, type: isRoot ? 'root' : 'organizational-unit' })
    if (isRoot) {
      run.note(C.parents, null)
      await readNames(run, path)
      return path
    }
  }
  run.ledger.gap(C.parents.source, 'truncated', 'the path does not end at the root')
  return null
}

/** Names are a nicety: without them the ids stay. */
async function readNames(run: Run, path: Path): Promise<void> {
  await Promise.all(
    path.map(async (level) => {
      if (level.type === 'organizational-unit') {
        const { answer: page, failure } = await run.ask(C.unit, { OrganizationalUnitId: level.id })
        level.name = text(answer(page?.OrganizationalUnit).Name) ?? level.id
        if (failure) run.note(C.unit, failure)
      }
      if (level.type === 'root') {
        const { answer: page, failure } = await run.ask(C.roots)
        const roots = Array.isArray(page?.Roots) ? page.Roots.map(answer) : []
        level.name = text(roots.find(({ Id }) => Id === level.id)?.Name) ?? level.id
        if (failure) run.note(C.roots, failure)
      }
    }),
  )
}

async function readPolicies(
  run: Run,
  path: Path,
  Filter: string,
  isManagement: boolean,
  documents: Map<string, Promise<unknown>>,
): Promise<OrganizationPolicyLevel[] | null> {
  const levels: OrganizationPolicyLevel[] = []
  for (const { id: TargetId } of path) {
    const found: { id: string; arn: string; name: string }[] = []
    const { failure, pages } = await run.pages(
      C.policies,
      { TargetId, Filter },
      (page) => found.push(...policySummaries(page)),
      { paging: PAGING },
    )
    // A type that is not enabled in the organization restricts nothing.
    const isOff = failure?.code.startsWith('PolicyTypeNotEnabled') || failure?.code.startsWith('PolicyTypeNotAvailable')
    if (failure && !isOff) {
      noteFor(run, C.policies, failure, isManagement, pages)
      return null
    }
    const policies = await Promise.all(
      found.map(async (policy) => ({ ...policy, document: await documentOf(run, policy.id, documents) })),
    )
    levels.push({ targetId: TargetId, policies })
  }
  run.ledger.read(C.policies.source, { detail: Filter })
  return levels
}

function policySummaries(page: Record<string, unknown>): { id: string; arn: string; name: string }[] {
  const all = Array.isArray(page.Policies) ? page.Policies : []
  return all.map(answer).flatMap(({ Id, Arn, Name }) => {
    const id = text(Id)
    return id ? [{ id, arn: text(Arn) ?? '', name: text(Name) ?? id }] : []
  })
}

/** The document of a policy; each is asked for once, however many levels it hangs on. */
function documentOf(run: Run, PolicyId: string, documents: Map<string, Promise<unknown>>): Promise<unknown> {
  let document = documents.get(PolicyId)
  if (!document) {
    document = run.ask(C.policy, { PolicyId }).then(({ answer: page, failure }) => {
      if (failure) run.note(C.policy, failure)
      return policyDocument(answer(page?.Policy).Content)
    })
    documents.set(PolicyId, document)
  }
  return document
}

async function readAccounts(run: Run, organization: Organization, isManagement: boolean): Promise<void> {
  const accountIds: string[] = []
  const { failure, pages } = await run.pages(C.accounts, {}, (page) => accountIds.push(...idsOf(page)), {
    paging: PAGING,
  })
  noteFor(run, C.accounts, failure, isManagement, pages)
  // Half a list would make the other half strangers.
  if (!failure) organization.accountIds = accountIds
}

function idsOf(page: Record<string, unknown>): string[] {
  return (Array.isArray(page.Accounts) ? page.Accounts : [])
    .map((account) => text(answer(account).Id))
    .filter((id) => id !== null)
}

async function readFeatures(run: Run, organization: Organization, isManagement: boolean): Promise<void> {
  if (!isManagement) {
    run.ledger.gap(C.features.source, 'unsupported', MANAGEMENT_ONLY)
    return
  }
  const { answer: page, failure } = await run.ask(C.features)
  // Root access cannot be centralized before IAM has trusted access.
  if (failure?.code === 'ServiceAccessNotEnabledException') {
    run.ledger.read(C.features.source, { detail: 'IAM has no trusted access to the organization' })
    organization.features = []
    return
  }
  const odd = new Oddities()
  organization.features = page ? enabledFeatures(page, odd) : null
  run.note(C.features, failure, { odd })
}

function enabledFeatures(page: Record<string, unknown>, odd: Oddities): string[] {
  return odd.list(page.EnabledFeatures, 'EnabledFeatures').filter((feature) => typeof feature === 'string')
}

function accountInArn(arn: string | null): string | null {
  return /:account\/o-[a-z0-9]+\/(\d{12})$/.exec(arn ?? '')?.[1] ?? null
}
