/** Goes through the policies that people of the account wrote, and reports each where it lies. */

import type { Severity } from '../model/finding.ts'
import { counted } from '../model/numbers.ts'
import type { Group, ManagedPolicy, Role, User } from '../model/snapshot.ts'
import type { ParsedPolicy, Statement } from '../policy/parse.ts'
import type { CheckInput, Flag, Unknown } from './check.ts'
import type { Lookup } from './lookup.ts'
import { shell } from './shell.ts'
import { groupSubject, policySubject, roleSubject, userSubject } from './subjects.ts'
import { IAM_DETAILS, isIdentityCenterRole, isServiceLinked } from './trust.ts'
import { isWide, milder, underConditions } from './wide-grants.ts'
import { cut, listed } from './wording.ts'

/** What is wrong with a document. */
export interface Verdict {
  because: string
  severity: Severity
  /** The fact it stands on: the patterns, as written. */
  fact: string
  value: string
}

export type Principal = User | Group | Role

/** A policy in its place, that allows something far and wide. */
interface Candidate {
  policy: ParsedPolicy
  /** Its Allow statements on wide resources that were understood. */
  wide: Statement[]
  flag(verdict: Verdict): Flag
}

interface Candidates {
  list: Candidate[]
  unread: string[]
}

const cache = new WeakMap<Lookup, Candidates>()

/**
 * Judges the default version of every customer managed policy, attached or not, and every inline policy. A managed
 * policy is reported once, as itself, with the number of those who have it; an inline policy is reported on the
 * principal that holds it. A document that was not understood is said, and never counts as clean.
 *
 * Documents that allow nothing on wide resources are left out before, once for all checks: see `isWide`.
 */
export function* reviewPolicies(
  { snapshot, lookup }: CheckInput,
  judge: (policy: ParsedPolicy, wide: Statement[]) => Verdict | null,
): Iterable<Flag | Unknown> {
  let candidates = cache.get(lookup)
  if (!candidates) {
    candidates = findCandidates(snapshot, lookup)
    cache.set(lookup, candidates)
  }
  const { list, unread } = candidates
  for (const { policy, wide, flag } of list) {
    const verdict = judge(policy, wide)
    if (verdict) yield flag(verdict)
  }
  if (unread.length > 0)
    yield { unknown: `${counted(unread.length, 'policy', 'policies')} could not be understood (${listed(unread)})` }
}

function findCandidates(snapshot: CheckInput['snapshot'], lookup: Lookup): Candidates {
  const list: Candidate[] = []
  const unread: string[] = []
  for (const managed of snapshot.policies) {
    if (managed.awsManaged) continue
    const policy = lookup.document(managed.arn)
    if (!policy || policy.problems.length > 0) unread.push(managed.policyName)
    const wide = policy ? wideAllows(policy) : []
    if (policy && wide.length > 0)
      list.push({ policy, wide, flag: (verdict) => managedFlag(managed, verdict, lookup.attachedTo(managed.arn)) })
  }
  for (const principals of [snapshot.users, snapshot.groups, snapshot.roles])
    for (const principal of principals)
      for (const inline of principal.inlinePolicies) {
        const policy = lookup.inline(inline)
        if (policy.problems.length > 0) unread.push(`${nameOf(principal)}/${inline.policyName}`)
        const wide = wideAllows(policy)
        if (wide.length > 0)
          list.push({ policy, wide, flag: (verdict) => inlineFlag(principal, inline.policyName, verdict) })
      }
  return { list, unread }
}

function wideAllows({ statements }: ParsedPolicy): Statement[] {
  return statements.filter(
    ({ effect, understood, resource, notResource }) =>
      effect === 'Allow' && understood && (notResource !== null || resource?.some(isWide)),
  )
}

/**
 * The verdict of a check that looks for one kind of wide Allow: `find` says what of a statement is too wide. Conditions
 * make it milder; the widest statement counts.
 */
export function widest(
  statements: Statement[],
  severity: Severity,
  fact: string,
  find: (statement: Statement) => string[],
  sentence: (found: string[]) => string,
): Verdict | null {
  let free: string[] | null = null
  let limited: { found: string[]; keys: string[] } | null = null
  for (const statement of statements) {
    const found = find(statement)
    if (found.length === 0) continue
    if (statement.conditions.length === 0) free = free ? [...free, ...found] : found
    else limited ??= { found, keys: statement.conditions.map(({ key }) => key) }
  }
  const found = free ?? limited?.found
  if (!found) return null
  const unique = [...new Set(found)]
  return {
    because: `${sentence(unique)}${free ? '' : underConditions(limited?.keys ?? [])}`,
    severity: free ? severity : milder(severity),
    fact,
    value: cut(unique.join(', '), 500),
  }
}

function managedFlag(managed: ManagedPolicy, verdict: Verdict, holders: readonly Principal[]): Flag {
  const { arn, defaultVersionId, attachmentCount, permissionsBoundaryUsageCount } = managed
  const count = Math.max(holders.length, attachmentCount ?? 0)
  // a boundary gives nothing; it is as wide as it is so that other policies decide
  const boundary = count === 0 && (permissionsBoundaryUsageCount ?? 0) > 0
  const whose = boundary
    ? `only a permissions boundary (of ${counted(permissionsBoundaryUsageCount!, 'principal')}), which gives nothing by itself`
    : count === 0
      ? 'attached to nobody now'
      : `attached to ${counted(count, 'principal')}${holders.length > 0 ? ` (${listed(holders.map(nameOf))})` : ''}`
  return {
    subject: policySubject(managed),
    traits: count > 0 ? ['customer-managed', 'attached'] : ['customer-managed'],
    because: `${verdict.because}; ${whose}`,
    severity: boundary ? 'info' : count === 0 ? milder(verdict.severity) : verdict.severity,
    evidence: [
      { fact: verdict.fact, value: verdict.value, source: IAM_DETAILS },
      { fact: 'attachments', value: count, source: IAM_DETAILS },
      ...(boundary ? [{ fact: 'boundary of', value: permissionsBoundaryUsageCount, source: IAM_DETAILS }] : []),
    ],
    commands: [
      shell`aws iam get-policy-version --policy-arn ${arn} --version-id ${defaultVersionId}`,
      ...(count > 0 || boundary ? [shell`aws iam list-entities-for-policy --policy-arn ${arn}`] : []),
    ],
  }
}

function inlineFlag(principal: Principal, policyName: string, verdict: Verdict): Flag {
  return {
    subject: subjectOf(principal),
    traits: ['attached'],
    because: `inline policy ${policyName} ${verdict.because}`,
    severity: verdict.severity,
    evidence: [{ fact: `${verdict.fact} of ${policyName}`, value: verdict.value, source: IAM_DETAILS }],
    commands: [inlineCommand(principal, policyName)],
    // an inline policy and a managed one are different doors, even by the same name
    distinguish: `inline/${policyName}`,
    ...('roleName' in principal && isIdentityCenterRole(principal) ? { fix: IDENTITY_CENTER_FIX } : {}),
  }
}

export const IDENTITY_CENTER_FIX =
  'IAM Identity Center keeps this role: change the permission set there, and provision it again.'

/** Whether it is one of those that people of the account can change. */
export function isOurs(principal: Principal): boolean {
  return !('roleName' in principal && isServiceLinked(principal))
}

export function subjectOf(principal: Principal) {
  if ('userName' in principal) return userSubject(principal)
  return 'roleName' in principal ? roleSubject(principal) : groupSubject(principal)
}

export function nameOf(principal: Principal): string {
  if ('userName' in principal) return principal.userName
  return 'roleName' in principal ? principal.roleName : principal.groupName
}

/** Shows an inline policy. */
export function inlineCommand(principal: Principal, policyName: string): string {
  if ('userName' in principal)
    return shell`aws iam get-user-policy --user-name ${principal.userName} --policy-name ${policyName}`
  return 'roleName' in principal
    ? shell`aws iam get-role-policy --role-name ${principal.roleName} --policy-name ${policyName}`
    : shell`aws iam get-group-policy --group-name ${principal.groupName} --policy-name ${policyName}`
}

/** Takes a managed policy off a principal. */
export function detachCommand(principal: Principal, policyArn: string): string {
  if ('userName' in principal)
    return shell`aws iam detach-user-policy --user-name ${principal.userName} --policy-arn ${policyArn}`
  return 'roleName' in principal
    ? shell`aws iam detach-role-policy --role-name ${principal.roleName} --policy-arn ${policyArn}`
    : shell`aws iam detach-group-policy --group-name ${principal.groupName} --policy-arn ${policyArn}`
}
