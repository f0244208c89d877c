/**
 * Who is an administrator: told from policy documents, never from names.
 *
 * An administrator may do everything in the account, or may grant itself the rest: `Action: "*"`, `iam:*`, or a
 * `NotAction` that leaves a way to change one's own permissions, on every identity and without conditions; or every way
 * to grant oneself more, put together from several statements. A permissions boundary or an unconditional Deny takes it
 * away only when no such way is left.
 *
 * Service control policies and escalation in several steps are not looked at here.
 */
import type { Group, Snapshot, User } from '../model/snapshot.ts'
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
  const reachOf = reachIn(snapshot)
  const groups = new Map<string, Given>()
  const givenByGroup = (name: string): Given => {
    let given = groups.get(name)
    if (!given) {
      const group = lookup.group(name)
      given = group
        ? givenTo(group, reachOf, lookup)
        : { ...NOTHING, unknown: [`group ${name} is not in the snapshot`] }
      groups.set(name, given)
    }
    return given
  }
  const admins: Admin[] = []
  const unseen = new Map<string, number>()
  for (const user of snapshot.users) {
    let { admin, allow, deny, unknown } = givenTo(user, reachOf, lookup)
    for (const name of user.groups) {
      const group = givenByGroup(name)
      admin |= group.admin
      allow |= group.allow
      deny |= group.deny
      if (group.unknown.length > 0) unknown = [...unknown, ...group.unknown]
    }
    // all of it in parts, `iam:[a-m]*` here and the rest there, is no less
    const inParts = admin === 0 && allow === EVERY_GRANT
    let left = (inParts ? EVERY_GRANT : admin) & ~deny
    if (left !== 0 && user.permissionsBoundary !== null) {
      const boundary = lookup.document(user.permissionsBoundary) ?? knownPolicy(user.permissionsBoundary)
      if (boundary) left &= reachOf(boundary).allow & ~reachOf(boundary).deny
      else {
        left = 0
        unknown = [`the document of boundary ${user.permissionsBoundary} is not in the snapshot`]
      }
    }
    if (left !== 0)
      admins.push({
        user,
        through: lookup.policiesOf(user).filter(({ policy, arn }) => {
          const document = policy ?? knownPolicy(arn)
          if (document === null) return false
          const reach = reachOf(document)
          return ((inParts ? reach.allow : reach.admin) & left) !== 0
        }),
      })
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

/** What lets a principal grant itself, or an identity it can become, everything; any one of them is enough. */
const SELF_GRANTS: readonly [action: string, on: 'user' | 'group' | 'role' | 'policy'][] = [
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

const EVERY_GRANT = (1 << SELF_GRANTS.length) - 1

/** Sets of {@link SELF_GRANTS}, a bit for each, that a document decides without conditions, on every identity. */
interface Reach {
  /** Allowed by a statement about all of IAM, or about everything but some actions. */
  admin: number
  /** Allowed by any statement; what a boundary leaves. */
  allow: number
  deny: number
  /** Whether something that may allow was not understood. */
  unclear: boolean
}

/** Works out the reach of documents, of each once. */
function reachIn({ partition, accountId }: Snapshot): (policy: ParsedPolicy) => Reach {
  const known = new Map<ParsedPolicy, Reach>()
  const requests = SELF_GRANTS.map(([action, on]) => [action, `arn:${partition}:iam::${accountId}:${on}/*`] as const)
  const decided = (statement: Statement): number => {
    if (!mayBeAboutIam(statement)) return 0
    return requests.reduce(
      (set, [action, identities], i) => (decides(statement, action, identities) ? set | (1 << i) : set),
      0,
    )
  }
  return (policy) => {
    let reach = known.get(policy)
    if (reach) return reach
    reach = { admin: 0, allow: 0, deny: 0, unclear: policy.problems.some(({ statement }) => statement === null) }
    for (const statement of policy.statements) {
      if (!statement.understood) reach.unclear ||= statement.effect !== 'Deny'
      else if (statement.conditions.length > 0) continue
      else if (statement.effect === 'Deny') reach.deny |= decided(statement)
      else if (statement.effect === 'Allow') {
        const set = decided(statement)
        reach.allow |= set
        if (isSweeping(statement)) reach.admin |= set
      }
    }
    known.set(policy, reach)
    return reach
  }
}

/** Tells the many statements about other services apart by the first character of their patterns. */
function mayBeAboutIam({ action }: Statement): boolean {
  return action === null || action.some((pattern) => /^[iI*?]/.test(pattern))
}

/** Whether a statement is about all of IAM, or about everything but some actions. */
function isSweeping({ action, notAction }: Statement): boolean {
  if (notAction !== null) return true
  return action?.some((pattern) => covers(pattern.toLowerCase(), 'iam:*')) ?? false
}

/** What the policies of a user or group itself come to. */
interface Given extends Pick<Reach, 'admin' | 'allow' | 'deny'> {
  /** What may give more, and was not seen or not understood. */
  unknown: readonly string[]
}

const NOTHING: Given = { admin: 0, allow: 0, deny: 0, unknown: [] }

function givenTo(holder: User | Group, reachOf: (policy: ParsedPolicy) => Reach, lookup: Lookup): Given {
  if (holder.inlinePolicies.length === 0 && holder.attachedPolicies.length === 0) return NOTHING
  const given = { admin: 0, allow: 0, deny: 0, unknown: NOTHING.unknown }
  const add = (policy: ParsedPolicy | null, name: string) => {
    if (!policy) {
      given.unknown = [...given.unknown, `the document of ${name} is not in the snapshot`]
      return
    }
    const { admin, allow, deny, unclear } = reachOf(policy)
    given.admin |= admin
    given.allow |= allow
    given.deny |= deny
    if (unclear) given.unknown = [...given.unknown, `policy ${name} is not understood`]
  }
  for (const policy of holder.inlinePolicies) add(lookup.inline(policy), policy.policyName)
  for (const { policyArn } of holder.attachedPolicies)
    add(lookup.document(policyArn) ?? knownPolicy(policyArn), policyArn)
  return given
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

/** `AdministratorAccess through group admins`, `inline policy root-like`. */
export function wayOf({ policyName, kind, throughGroup }: AppliedPolicy): string {
  const what = kind === 'inline' ? `inline policy ${policyName}` : policyName
  return throughGroup === null ? what : `${what} through group ${throughGroup}`
}
