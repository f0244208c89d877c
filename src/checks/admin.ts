/**
 * Who is an administrator: told from policy documents, never from names.
 *
 * An administrator may do everything in the account, or may grant itself the rest: `Action: "*"`, `iam:*`, or a
 * `NotAction` that leaves a way to change one's own permissions, on every identity and without conditions. A permissions
 * boundary or an unconditional Deny takes it away only when no such way is left.
 *
 * Service control policies and escalation in several steps are not looked at here.
 */
import type { ManagedPolicy, Snapshot, User } from '../model/snapshot.ts'
import { covers, matchesWildcard } from '../policy/match.ts'
import { type ParsedPolicy, parsePolicy, type Statement } from '../policy/parse.ts'
import type { AppliedPolicy, Lookup } from './lookup.ts'

export interface Admin {
  user: User
  /** The policies that make the user an administrator; at least one. */
  through: AppliedPolicy[]
}

export interface Admins {
  admins: Admin[]
  /** What kept us from knowing of other users, a sentence each. */
  unknown: string[]
}

const cache = new WeakMap<Lookup, Admins>()

/** The users who are administrators; worked out once for each snapshot. */
export function adminsOf(snapshot: Snapshot, lookup: Lookup): Admins {
  let admins = cache.get(lookup)
  if (!admins) {
    admins = findAdmins(snapshot, lookup)
    cache.set(lookup, admins)
  }
  return admins
}

function findAdmins(snapshot: Snapshot, lookup: Lookup): Admins {
  const scope = identityScope(snapshot)
  const admins: Admin[] = []
  const unseen = new Map<string, number>()
  for (const user of snapshot.users) {
    const { through, unknown } = administrationOf(user, scope, lookup)
    if (through.length > 0) admins.push({ user, through })
    else for (const what of unknown) unseen.set(what, (unseen.get(what) ?? 0) + 1)
  }
  return {
    admins,
    unknown: [...unseen].map(
      ([what, count]) =>
        `${what}, so it is not known whether ${count === 1 ? '1 user is an administrator' : `${count} users are administrators`}`,
    ),
  }
}

/** The IAM identities of an account as ARN patterns, by kind. */
interface IdentityScope {
  user: string
  group: string
  role: string
  policy: string
}

function identityScope({ partition, accountId }: Snapshot): IdentityScope {
  const of = (kind: string) => `arn:${partition}:iam::${accountId}:${kind}/*`
  return { user: of('user'), group: of('group'), role: of('role'), policy: of('policy') }
}

/** What lets a principal grant itself, or an identity it can become, everything; any one of them is enough. */
const SELF_GRANTS: readonly [action: string, on: keyof IdentityScope][] = [
  ['iam:attachuserpolicy', 'user'],
  ['iam:putuserpolicy', 'user'],
  ['iam:createaccesskey', 'user'],
  ['iam:createloginprofile', 'user'],
  ['iam:updateloginprofile', 'user'],
  ['iam:attachgrouppolicy', 'group'],
  ['iam:putgrouppolicy', 'group'],
  ['iam:addusertogroup', 'group'],
  ['iam:updateassumerolepolicy', 'role'],
  ['iam:createpolicyversion', 'policy'],
  ['iam:setdefaultpolicyversion', 'policy'],
]

function administrationOf(
  user: User,
  scope: IdentityScope,
  lookup: Lookup,
): { through: AppliedPolicy[]; unknown: string[] } {
  const applied = lookup.policiesOf(user)
  const unknown: string[] = []
  const granting: { from: AppliedPolicy; statements: Statement[] }[] = []
  for (const name of user.groups) if (!lookup.group(name)) unknown.push(`group ${name} is not in the snapshot`)
  for (const from of applied) {
    const policy = from.policy ?? knownPolicy(from.arn)
    if (!policy) unknown.push(`the document of ${from.arn ?? from.policyName} is not in the snapshot`)
    else {
      const { admin, unclear } = digestOf(policy)
      if (admin.length > 0) granting.push({ from, statements: admin })
      else if (unclear) unknown.push(`policy ${from.arn ?? from.policyName} is not understood`)
    }
  }
  if (granting.length === 0) return { through: [], unknown }

  const boundary = user.permissionsBoundary === null ? null : boundaryOf(user.permissionsBoundary, lookup)
  if (boundary === 'unknown')
    return { through: [], unknown: [`the document of boundary ${user.permissionsBoundary} is not in the snapshot`] }
  const denying = applied.flatMap(({ policy }) => (policy ? digestOf(policy).denies : []))
  if (boundary) denying.push(...digestOf(boundary).denies)
  const limits = boundary ? boundary.statements.filter(isPlainAllow) : null

  const left = SELF_GRANTS.filter(
    ([action, on]) =>
      !denying.some((statement) => decides(statement, action, scope[on])) &&
      (limits === null || limits.some((statement) => decides(statement, action, scope[on]))),
  )
  const through = granting
    .filter(({ statements }) =>
      statements.some((statement) => left.some(([action, on]) => decides(statement, action, scope[on]))),
    )
    .map(({ from }) => from)
  return { through, unknown: through.length > 0 ? [] : unknown }
}

function boundaryOf(arn: string, lookup: Lookup): ParsedPolicy | 'unknown' {
  return lookup.document(arn) ?? knownPolicy(arn) ?? 'unknown'
}

/** What matters of a document here, worked out once for each. */
interface Digest {
  /** Statements that make an administrator unless something takes it away. */
  admin: Statement[]
  /** Unconditional Deny statements. */
  denies: Statement[]
  /** Whether something that may allow was not understood. */
  unclear: boolean
}

const digests = new WeakMap<ParsedPolicy, Digest>()

function digestOf(policy: ParsedPolicy): Digest {
  let digest = digests.get(policy)
  if (!digest) {
    digest = {
      admin: policy.statements.filter((statement) => isPlainAllow(statement) && isSweeping(statement)),
      denies: policy.statements.filter(
        ({ effect, understood, conditions }) => effect === 'Deny' && understood && conditions.length === 0,
      ),
      unclear:
        policy.statements.some(({ effect, understood }) => effect !== 'Deny' && !understood) ||
        policy.problems.some(({ statement }) => statement === null),
    }
    digests.set(policy, digest)
  }
  return digest
}

function isPlainAllow({ effect, understood, conditions }: Statement): boolean {
  return effect === 'Allow' && understood && conditions.length === 0
}

/** Whether a statement is about all of IAM, or about everything but some actions. */
function isSweeping({ action, notAction }: Statement): boolean {
  if (notAction !== null) return true
  return action?.some((pattern) => covers(pattern.toLowerCase(), 'iam:*')) ?? false
}

/** Whether a statement decides an action (lower case) on all identities of a kind, given as a pattern. */
function decides(statement: Statement, action: string, identities: string): boolean {
  const { action: actions, notAction, resource, notResource } = statement
  const acts =
    actions !== null
      ? actions.some((pattern) => matchesWildcard(pattern.toLowerCase(), action))
      : notAction !== null && !notAction.some((pattern) => matchesWildcard(pattern.toLowerCase(), action))
  if (!acts) return false
  return resource !== null
    ? resource.some((pattern) => covers(pattern, identities))
    : notResource !== null && !notResource.some((pattern) => covers(pattern, identities))
}

/** Policies of AWS whose document is known without reading it; their ARN cannot be taken by anyone else. */
const KNOWN_POLICIES: Record<string, ParsedPolicy> = {
  AdministratorAccess: allowing('*'),
  IAMFullAccess: allowing('iam:*'),
}

function allowing(action: string): ParsedPolicy {
  return parsePolicy({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] })
}

function knownPolicy(arn: string | null): ParsedPolicy | null {
  const name = /^arn:aws[a-z-]*:iam::aws:policy\/(\w+)$/.exec(arn ?? '')?.[1]
  return name !== undefined && Object.hasOwn(KNOWN_POLICIES, name) ? KNOWN_POLICIES[name]! : null
}

/** Whether a statement allows every action on every resource without conditions (CIS: full `*:*`). */
export function allowsEverything(statement: Statement): boolean {
  const { action, resource } = statement
  // as text, `?*:?*` is matched by the patterns that every action matches: `*`, `*:*`, `?*`, ...
  return (
    isPlainAllow(statement) &&
    (action?.some((pattern) => covers(pattern, '?*:?*')) ?? false) &&
    (resource?.some((pattern) => covers(pattern, 'arn:?*:?*:*:*:*')) ?? false)
  )
}

/** Whether a managed policy is full administration, also where the snapshot has only its ARN. */
export function isAdministratorAccess({ arn }: Pick<ManagedPolicy, 'arn'>): boolean {
  return knownPolicy(arn) === KNOWN_POLICIES.AdministratorAccess
}

/** `AdministratorAccess through group admins`, `inline policy root-like`. */
export function wayOf({ policyName, kind, throughGroup }: AppliedPolicy): string {
  const what = kind === 'inline' ? `inline policy ${policyName}` : policyName
  return throughGroup === null ? what : `${what} through group ${throughGroup}`
}
