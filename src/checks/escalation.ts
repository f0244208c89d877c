/** What the checks about escalation have in common: how they name people, steps and the policies behind them. */

import type { Dossier } from '../model/dossier.ts'
import { counted } from '../model/numbers.ts'
import type { Hop } from '../model/reach.ts'
import type { PolicyInput } from '../policy/request.ts'
import type { Estate, EstateAccount, EstatePrincipal } from '../reach/estate.ts'
import type { World } from '../reach/key-reach.ts'
import type { Flag, Unknown } from './check.ts'
import { inlineCommand, nameOf, subjectOf } from './policy-review.ts'
import { shell } from './shell.ts'
import { policySubject } from './subjects.ts'
import { cut, listed } from './wording.ts'

/** Reading who may do what. */
export const REACH_NEEDS = ['users', 'groups', 'roles', 'policies'] as const

/** `user ana`, `role ci` */
export function called({ kind, name }: Pick<EstatePrincipal, 'kind' | 'name'>): string {
  return `${kind} ${name}`
}

/** `user ana and role ci`, `user ana, user ben, user cy and 40 more`. */
export function people(principals: readonly EstatePrincipal[]): string {
  return principals.length <= 3
    ? listed(principals.map(called))
    : `${counted(principals.length, 'principal')} (${listed(principals.map(called))})`
}

/** `role ops-automation` of its ARN; anybody outside by the name that policies give them. */
export function calledByArn(name: string): string {
  if (name === '*') return 'anyone with an AWS account'
  return /^arn:[^:]*:iam::\d{12}:(user|role)\/(?:.*\/)?([^/]+)$/.exec(name)?.slice(1).join(' ') ?? name
}

/** `user ana → role ops (lambda-001) → administrator` */
export function routeText(route: readonly string[], { technique }: Pick<Hop, 'technique'>): string {
  const text = route
    .map((name, i) => `${name === 'admin' ? 'administrator' : calledByArn(name)}${i === 1 ? ` (${technique})` : ''}`)
    .join(' → ')
  return cut(text, 500)
}

/** Where a policy lies, and how to look at it. */
export interface PolicyPlace {
  subject: Flag['subject']
  /** `policy deploy`, `inline policy all of group ops` */
  called: string
  commands: string[]
  /** Tells policies of one holder apart. */
  distinguish?: string
}

/**
 * @param name as the estate names policies
 * @returns null: it is of another account, or AWS's own and not in the snapshot
 */
export function placeOf(estate: Estate, accountId: string, name: string): PolicyPlace | null {
  const account = estate.accounts.get(accountId)
  const inline = account?.inline.get(name)
  if (inline) {
    const { holder, policyName } = inline
    const subject = subjectOf(holder)
    return {
      subject,
      called: `inline policy ${policyName} of ${subject.kind} ${nameOf(holder)}`,
      commands: [inlineCommand(holder, policyName)],
      distinguish: `inline/${policyName}`,
    }
  }
  const managed = account?.snapshot.policies.find(({ arn }) => arn === name)
  if (!managed) return null
  return {
    subject: policySubject(managed),
    called: `policy ${managed.policyName}`,
    commands: [
      shell`aws iam get-policy-version --policy-arn ${managed.arn} --version-id ${managed.defaultVersionId}`,
      shell`aws iam list-entities-for-policy --policy-arn ${managed.arn}`,
    ],
  }
}

/** `statement AllowPass`, `statement 3`: counted from one, as people do. */
export function statementCalled(statement: { index: number | null; sid: string | null } | null): string {
  if (!statement) return ''
  return statement.sid !== null
    ? `statement ${statement.sid}`
    : statement.index !== null
      ? `statement ${statement.index + 1}`
      : ''
}

/** Active keys of users, each with its owner as reach knows it. */
export function* ownersOf(
  dossiers: readonly Dossier[],
  world: World,
): Iterable<{ dossier: Dossier; principal: EstatePrincipal }> {
  for (const dossier of dossiers) {
    if (dossier.status !== 'active' || dossier.owner.kind === 'root') continue
    const principal = world.estate().byArn.get(dossier.owner.arn)
    if (principal) yield { dossier, principal }
  }
}

const unread = new WeakMap<EstateAccount, Unknown[]>()

/** Says which policies of principals are not known or not understood, so that no answer about them is sure. */
export function unreadPolicies(account: EstateAccount): readonly Unknown[] {
  let found = unread.get(account)
  if (!found) {
    const names = new Map<PolicyInput, boolean>()
    let boundaries = 0
    for (const { policies } of [...account.users, ...account.roles]) {
      for (const input of policies.identity) if (!names.has(input)) names.set(input, isUnderstood(input))
      if (policies.boundary === 'unknown') boundaries++
    }
    const missing = [...names].filter(([, understood]) => !understood).map(([{ name }]) => name)
    const parts = [
      ...(missing.length > 0 ? [`${counted(missing.length, 'policy', 'policies')} (${listed(missing)})`] : []),
      ...(boundaries > 0 ? [`the permissions boundary of ${counted(boundaries, 'principal')}`] : []),
    ]
    found = parts.length === 0 ? [] : [{ unknown: `not read, or not understood: ${parts.join(', ')}` }]
    unread.set(account, found)
  }
  return found
}

function isUnderstood({ policy }: PolicyInput): boolean {
  return policy?.parsed.understood === true && policy.parsed.statements.every(({ understood }) => understood)
}
