/**
 * Who a role's trust policy lets in, and on what condition.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
import type { Role } from '../model/snapshot.ts'
import type { ParsedPolicy, Statement } from '../policy/parse.ts'
import type { EstatePrincipal } from '../reach/estate.ts'
import { type Door, doorsOf } from '../reach/outsiders.ts'
import type { CheckInput, Flag, Unknown } from './check.ts'
import { appliesTo } from './limits.ts'
import type { Lookup } from './lookup.ts'
import { shell } from './shell.ts'
import { cut, listed } from './wording.ts'

/** The call that tells roles, policies and who has them. */
export const IAM_DETAILS = 'iam:GetAccountAuthorizationDetails'

/** Made by AWS for its services; nobody else can change or assume them. */
export function isServiceLinked({ path }: Pick<Role, 'path'>): boolean {
  return path.startsWith('/aws-service-role/')
}

/** Made by IAM Identity Center from a permission set; changed there, not in IAM. */
export function isIdentityCenterRole({ path, roleName }: Pick<Role, 'path' | 'roleName'>): boolean {
  return path.startsWith('/aws-reserved/sso.amazonaws.com/') || roleName.startsWith('AWSReservedSSO_')
}

/** The actions by which a role is taken: with AWS credentials or as a service, and with an OIDC token. */
export const ASSUME_ROLE = 'sts:AssumeRole'
export const WEB_IDENTITY = 'sts:AssumeRoleWithWebIdentity'
export type AssumeAction = typeof ASSUME_ROLE | typeof WEB_IDENTITY

/** What kind of principal a trust policy lets in; with `aws` goes everyone whom a NotPrincipal leaves. */
export type PrincipalKind = 'aws' | 'service' | 'federated'

/** A role that people made, and the statements of its trust policy that let someone in. */
interface Trusting {
  role: Role
  policy: ParsedPolicy
  grants: Statement[]
}

interface Doors {
  by: Record<PrincipalKind, Trusting[]>
  /** Roles whose trust policy was not, or not wholly, understood. */
  unread: string[]
}

const cache = new WeakMap<Lookup, Doors>()

/**
 * Judges every role that lets in principals of this kind (federated ones by OIDC), and says which trust policies could
 * not be understood. A judge gets all statements that let someone in by the same action.
 */
export function* reviewTrust(
  { snapshot, lookup }: CheckInput,
  kind: PrincipalKind,
  judge: (role: Role, policy: ParsedPolicy, grants: Statement[]) => Iterable<Flag | Unknown>,
): Iterable<Flag | Unknown> {
  let doors = cache.get(lookup)
  if (!doors) {
    doors = findDoors(snapshot.roles, lookup)
    cache.set(lookup, doors)
  }
  for (const { role, policy, grants } of doors.by[kind]) yield* judge(role, policy, grants)
  if (doors.unread.length > 0) yield { unknown: `the trust policy of ${listed(doors.unread)} could not be understood` }
}

/**
 * Like `reviewTrust`, for judges that ask the engine: they get each statement that lets someone in with the Deny
 * statements beside it, and the role with what its organization says.
 */
export function* reviewDoors(
  input: CheckInput,
  kind: PrincipalKind,
  judge: (role: Role, known: EstatePrincipal, doors: Door[]) => Iterable<Flag | Unknown>,
): Iterable<Flag | Unknown> {
  const unknown: string[] = []
  yield* reviewTrust(input, kind, function* (role, _, grants) {
    const known = input.world.estate().byArn.get(role.arn)
    const policy = known?.trust?.policy
    if (!known || !policy) {
      unknown.push(role.roleName)
      return
    }
    const places = new Set(grants.map(({ index }) => index))
    yield* judge(
      role,
      known,
      doorsOf(policy).filter(({ statement }) => places.has(statement.index)),
    )
  })
  if (unknown.length > 0) yield { unknown: `the trust policy of ${listed(unknown)} is not known` }
}

function findDoors(roles: Role[], lookup: Lookup): Doors {
  const doors: Doors = { by: { aws: [], service: [], federated: [] }, unread: [] }
  for (const role of roles) {
    if (isServiceLinked(role)) continue
    const policy = lookup.trust(role)
    if (policy.problems.length > 0) doors.unread.push(role.roleName)
    const grants = grantsOf(policy, ASSUME_ROLE)
    if (grants.some(({ principal, notPrincipal }) => notPrincipal || principal?.aws.length))
      doors.by.aws.push({ role, policy, grants })
    if (grants.some(({ principal }) => principal?.service.length)) doors.by.service.push({ role, policy, grants })
    if (!policy.statements.some(({ principal }) => principal?.federated.length)) continue
    const tokens = grantsOf(policy, WEB_IDENTITY)
    if (tokens.length > 0) doors.by.federated.push({ role, policy, grants: tokens })
  }
  return doors
}

function grantsOf(policy: ParsedPolicy, action: AssumeAction): Statement[] {
  return policy.statements.filter(
    (statement) => statement.effect === 'Allow' && statement.understood && appliesTo(statement, action),
  )
}

/** The account of a principal: an ARN's, or a bare account ID; null where it names none. */
export function accountOf(principal: string): string | null {
  const id = principal.startsWith('arn:') ? principal.split(':', 5)[4] : principal
  return id !== undefined && /^\d{12}$/.test(id) ? id : null
}

/** A unique ID in place of an ARN: AWS puts it there when the role or user is deleted. */
export function isUniqueId(principal: string): boolean {
  return /^(AROA|AIDA)[A-Z0-9]{12,}$/.test(principal)
}

/** What we know of an account: ours, surely not ours, or it may be of our organization, whose accounts were not read. */
export type Standing = 'ours' | 'external' | 'unknown'

/** Tells the standing of accounts. */
export function standings({ snapshot, config, knowledge }: CheckInput): (accountId: string) => Standing {
  const { organization } = snapshot
  const ours = new Set([
    snapshot.accountId,
    ...config.trustedAccounts,
    ...(organization?.accountIds ?? []),
    ...(organization ? [organization.managementAccountId] : []),
  ])
  const complete = organization ? organization.accountIds !== null : knowledge('organization').known === 'all'
  return (accountId) => (ours.has(accountId) ? 'ours' : complete ? 'external' : 'unknown')
}

/** Whether a statement has an account, or somebody of it, among its principals. */
export function isNamed(account: string, { statement }: Door): boolean {
  return statement.principal?.aws.some((name) => accountOf(name) === account) ?? false
}

/** The principal by which a statement means an account. */
export function nameFor(account: string, { statement }: Door): string {
  const names = statement.principal?.aws ?? []
  return names.find((name) => accountOf(name) === account) ?? names[0] ?? account
}

/** Where a statement stands: `statement 2 (vendor)`. */
export function placeOf({ index, sid }: Statement): string {
  return `statement ${index + 1}${sid === null ? '' : ` (${cut(sid, 64)})`}`
}

/** The statement that lets somebody in, as evidence. */
export function placeEvidence(statement: Statement): Flag['evidence'][number] {
  return { fact: `conditions of ${placeOf(statement)}`, value: describeConditions(statement), source: IAM_DETAILS }
}

/** The conditions of a statement in one line, as evidence; an external ID is nobody else's business. */
export function describeConditions({ conditions }: Statement): string {
  const clauses = conditions.map(({ operator, key, values }) =>
    key.toLowerCase() === 'sts:externalid' ? `${operator} ${key}` : `${operator} ${key}: ${values.join(', ')}`,
  )
  return cut(clauses.join('; '), 500) || 'none'
}

/** Reads a trust policy into a file, opens it for a person to change, and puts it back. */
export function trustCommands({ roleName }: Role): string[] {
  return [
    shell`aws iam get-role --role-name ${roleName} --query Role.AssumeRolePolicyDocument --output json > trust.json`,
    shell`"\${EDITOR:-vi}" trust.json`,
    shell`aws iam update-assume-role-policy --role-name ${roleName} --policy-document file://trust.json`,
  ]
}
