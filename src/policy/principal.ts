/** Who makes a request, and which `Principal` elements mean them. */
import type { Principals } from './parse.ts'
import { MAYBE, NO, type Tri, YES } from './tri.ts'

export type Principal =
  | UserPrincipal
  | RolePrincipal
  | SessionPrincipal
  | FederatedUserPrincipal
  | RootPrincipal
  | ServicePrincipal
  | FederatedPrincipal
  | AnonymousPrincipal

export interface UserPrincipal {
  type: 'User'
  arn: string
  account: string
  /** Name without its path: `aws:username`. */
  name: string
}

/** A role itself: stands for any of its sessions, whatever the name of the session. */
export interface RolePrincipal {
  type: 'Role'
  arn: string
  account: string
  name: string
}

/** A session of a role. */
export interface SessionPrincipal {
  type: 'AssumedRole'
  arn: string
  account: string
  roleName: string
  /** With its path, which the session's ARN doesn't have; null: not known, and the role goes by its name. */
  roleArn: string | null
}

/** A session from `sts:GetFederationToken`. */
export interface FederatedUserPrincipal {
  type: 'FederatedUser'
  arn: string
  account: string
  /** The IAM user who asked for the token; null: not known. */
  userArn: string | null
}

/** The account's root user. */
export interface RootPrincipal {
  type: 'Root'
  arn: string
  account: string
}

/** An AWS service that acts for itself: `cloudtrail.amazonaws.com`. */
export interface ServicePrincipal {
  type: 'Service'
  service: string
}

/** Somebody from a SAML or OIDC provider who asks for a role. */
export interface FederatedPrincipal {
  type: 'Federated'
  /** ARN of the provider, or its name (`cognito-identity.amazonaws.com`). */
  provider: string
}

/** An unsigned request. */
export interface AnonymousPrincipal {
  type: 'Anonymous'
}

/**
 * The principal of an ARN, of a service's name, or of `*` (anonymous). null when it is none of these.
 * A role's ARN stands for the role's sessions.
 */
export function principalOf(text: string): Principal | null {
  // by far the most, of whom an account of 10,000 asks one by one
  if (text.startsWith('arn:')) return principalOfArn(text)
  if (text === '*') return { type: 'Anonymous' }
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|aws\.internal)$/.test(text))
    return { type: 'Service', service: text }
  if (/^\d{12}$/.test(text)) return { type: 'Root', arn: `arn:aws:iam::${text}:root`, account: text }
  return null
}

/** `arn:PARTITION:iam::ACCOUNT:REST`, or of STS. */
function principalOfArn(text: string): Principal | null {
  const afterPartition = text.indexOf(':', 4)
  if (afterPartition <= 4) return null
  const isIam = text.startsWith(':iam::', afterPartition)
  if (!isIam && !text.startsWith(':sts::', afterPartition)) return null
  const start = afterPartition + 6
  const account = text.slice(start, start + 12)
  if (text.charCodeAt(start + 12) !== COLON || !isAccountId(account)) return null
  const rest = text.slice(start + 13)
  if (rest === '') return null
  const slash = rest.indexOf('/')
  const kind = slash === -1 ? rest : rest.slice(0, slash)
  const path = slash === -1 ? '' : rest.slice(slash + 1)
  const last = path.slice(path.lastIndexOf('/') + 1)
  if (isIam) {
    if (rest === 'root') return { type: 'Root', arn: text, account }
    if (last === '') return null
    if (kind === 'user') return { type: 'User', arn: text, account, name: last }
    if (kind === 'role') return { type: 'Role', arn: text, account, name: last }
    if (kind === 'oidc-provider' || kind === 'saml-provider') return { type: 'Federated', provider: text }
    return null
  }
  if (last === '') return null
  if (kind === 'assumed-role') {
    const end = path.indexOf('/')
    if (end <= 0) return null
    return { type: 'AssumedRole', arn: text, account, roleName: path.slice(0, end), roleArn: null }
  }
  return kind === 'federated-user' ? { type: 'FederatedUser', arn: text, account, userArn: null } : null
}

const COLON = 58

/** Twelve digits. */
export function isAccountId(text: string): boolean {
  if (text.length !== 12) return false
  for (let i = 0; i < 12; i++) {
    const code = text.charCodeAt(i)
    if (code < 48 || code > 57) return false
  }
  return true
}

/** The account a principal belongs to; null for services, providers and the anonymous. */
export function accountOf(principal: Principal): string | null {
  return 'account' in principal ? principal.account : null
}

/**
 * Whether it is a service-linked role, which SCPs and RCPs do not restrict. They have a path of their own; a session's
 * ARN doesn't show it, and the prefix of the name is no proof.
 */
export function isServiceLinked(principal: Principal): Tri {
  if (principal.type === 'Role') return principal.arn.includes(':role/aws-service-role/') ? YES : NO
  if (principal.type !== 'AssumedRole') return NO
  if (principal.roleArn !== null) return principal.roleArn.includes(':role/aws-service-role/') ? YES : NO
  return principal.roleName.startsWith('AWSServiceRoleFor') ? MAYBE : NO
}

/**
 * How a `Principal` element means a caller. It decides what else is needed in the same account:
 * `direct` grants on its own, past the boundary and the session policy; `role` grants to the role's sessions within
 * both; `account` only hands the decision to the account's identity policies.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
export interface PrincipalMatch {
  direct: Tri
  role: Tri
  account: Tri
}

/** A `Principal` or `NotPrincipal` element, ready to be asked. */
export interface PrincipalMatcher {
  everyone: boolean
  arns: ReadonlySet<string>
  accounts: ReadonlySet<string>
  /** Account and name of each role that is named, for callers of whom only the session is known. */
  roleNames: ReadonlySet<string>
  /** Likewise of each role of which a session is named. */
  sessionRoles: ReadonlySet<string>
  services: ReadonlySet<string>
  federated: ReadonlySet<string>
  /** Canonical user IDs are accounts under a name which can't be read from a principal's ARN. */
  canonical: boolean
}

const ROOT = /^arn:[^:]+:iam::(\d{12}):root$/

export function compilePrincipals(principals: Principals): PrincipalMatcher {
  const arns = new Set<string>()
  const accounts = new Set<string>()
  const roleNames = new Set<string>()
  const sessionRoles = new Set<string>()
  for (const name of principals.aws) {
    const account = /^\d{12}$/.test(name) ? name : ROOT.exec(name)?.[1]
    if (account !== undefined) accounts.add(account)
    // a wildcard within an ARN never matches, and a session called `*` can't exist
    else if (!/[*?]/.test(name)) {
      arns.add(name)
      const named = principalOf(name)
      if (named?.type === 'Role') roleNames.add(`${named.account}/${named.name}`)
      if (named?.type === 'AssumedRole') sessionRoles.add(`${named.account}/${named.roleName}`)
    }
  }
  return {
    everyone: principals.everyone,
    arns,
    accounts,
    roleNames,
    sessionRoles,
    services: new Set(principals.service),
    federated: new Set(principals.federated),
    canonical: principals.canonicalUser.length > 0,
  }
}

const NOBODY: PrincipalMatch = { direct: NO, role: NO, account: NO }
const DIRECT: PrincipalMatch = { direct: YES, role: NO, account: NO }
const THROUGH_ROLE: PrincipalMatch = { direct: NO, role: YES, account: NO }
const THROUGH_ACCOUNT: PrincipalMatch = { direct: NO, role: NO, account: YES }
const PERHAPS_ACCOUNT: PrincipalMatch = { direct: NO, role: NO, account: MAYBE }

/** The strongest way in which an element means a caller. */
export function matchPrincipal(matcher: PrincipalMatcher, principal: Principal): PrincipalMatch {
  if (matcher.everyone) return DIRECT
  switch (principal.type) {
    case 'Anonymous':
      return NOBODY
    case 'Service':
      return matcher.services.has(principal.service) ? DIRECT : NOBODY
    case 'Federated':
      return matcher.federated.has(principal.provider) ? DIRECT : NOBODY
    case 'Root':
      if (matcher.accounts.has(principal.account)) return DIRECT
      break
    case 'User':
      if (matcher.arns.has(principal.arn)) return DIRECT
      break
    case 'Role':
      // a policy may name one session of the role, and nobody has said what this one is called
      if (matcher.sessionRoles.size > 0 && matcher.sessionRoles.has(`${principal.account}/${principal.name}`))
        return {
          direct: MAYBE,
          role: matcher.arns.has(principal.arn) ? YES : NO,
          account: matcher.accounts.has(principal.account) ? YES : NO,
        }
      if (matcher.arns.has(principal.arn)) return THROUGH_ROLE
      break
    case 'AssumedRole':
      if (matcher.arns.has(principal.arn)) return DIRECT
      if (namesRoleOf(matcher, principal)) return THROUGH_ROLE
      break
    case 'FederatedUser':
      if (matcher.arns.has(principal.arn)) return DIRECT
      // the user's own grants reach the session within its session policy
      if (principal.userArn !== null && matcher.arns.has(principal.userArn)) return THROUGH_ROLE
      break
  }
  if (matcher.accounts.has(principal.account)) return THROUGH_ACCOUNT
  return matcher.canonical ? PERHAPS_ACCOUNT : NOBODY
}

/** Role names are unique within an account, so a name is enough where the path is not known. */
export function namesRoleOf(matcher: PrincipalMatcher, session: SessionPrincipal): boolean {
  return session.roleArn === null
    ? matcher.roleNames.size > 0 && matcher.roleNames.has(`${session.account}/${session.roleName}`)
    : matcher.arns.has(session.roleArn)
}

/**
 * Whether a Deny with `NotPrincipal` reaches a caller. AWS checks the account, then the role, then the session, so all
 * of them need to be listed; when only some are, it "might" deny. It always denies callers with a permissions boundary.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
export function isOutside(matcher: PrincipalMatcher, principal: Principal, hasBoundary: Tri): Tri {
  const outside = matcher.everyone ? NO : notListed(matcher, principal)
  return outside > hasBoundary ? outside : hasBoundary
}

function notListed(matcher: PrincipalMatcher, principal: Principal): Tri {
  if (principal.type === 'Anonymous') return YES
  if (principal.type === 'Service') return matcher.services.has(principal.service) ? NO : YES
  if (principal.type === 'Federated') return matcher.federated.has(principal.provider) ? NO : YES
  const account = matcher.accounts.has(principal.account)
  if (principal.type === 'Root') return account ? NO : matcher.canonical ? MAYBE : YES
  if (principal.type === 'AssumedRole') {
    if (namesRoleOf(matcher, principal)) return account ? NO : MAYBE
    return matcher.arns.has(principal.arn) ? MAYBE : YES
  }
  if (matcher.arns.has(principal.arn)) return account ? NO : MAYBE
  return principal.type === 'Role' && matcher.sessionRoles.has(`${principal.account}/${principal.name}`) ? MAYBE : YES
}
