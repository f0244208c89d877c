/**
 * Trust policies that let in too many get one more condition.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
import type { Finding } from '../../model/finding.ts'
import type { Role } from '../../model/snapshot.ts'
import { isRecord } from '../../policy/parse.ts'
import { type Edit, type Kind, type Lookup, listed, type PolicyObject, type Proposal } from '../kind.ts'
import {
  asElement,
  conditionKeys,
  isAllow,
  mapStatements,
  type StatementObject,
  valuesOf,
  withCondition,
  withoutSid,
} from '../statements.ts'

export const trust: Kind = {
  checks: ['role-confused-deputy', 'role-trust-third-party-without-external-id', 'role-trust-public'],
  propose(finding, lookup) {
    const role = lookup.role(finding.subject.arn ?? '')
    if (!role) return { cannot: 'the role is not in the snapshot' }
    const place = { kind: 'trust' as const, roleName: role.roleName }
    const problem = lookup.unchangeable(place)
    if (problem) return { cannot: problem }
    const document = lookup.documentAt(place)
    if (JSON.stringify(document).match(/"A(?:IDA|ROA)[A-Z0-9]{12,}"/))
      return {
        cannot: 'its trust policy names a deleted principal, with which AWS takes no policy back: clean it first',
      }
    return PROPOSALS[finding.check]!(finding, role, lookup)
  },
}

const PROPOSALS: Record<string, (finding: Finding, role: Role, lookup: Lookup) => Proposal> = {
  'role-confused-deputy': ({ evidence }, role, lookup) => {
    const services = trustedIn(evidence).flatMap((value) => value.split(', '))
    const { accountId } = lookup.snapshot
    return proposal(role, lookup, {
      key: 'aws:SourceAccount',
      what: `${listed(services)} only for resources of this account`,
      kind: 'Service',
      narrowed: (name) => services.includes(name),
      condition: ['aws:SourceAccount', accountId],
      mayBreak: [
        { who: `${listed(services)} for resources of other accounts`, evidence: lastUse(role) },
        {
          who: 'a service that does not say for whom it acts',
          evidence: 'AWS’s own pages show these with the condition',
        },
      ],
    })
  },
  'role-trust-third-party-without-external-id': ({ evidence }, role, lookup) => {
    const [principal] = trustedIn(evidence)
    const externalId = lookup.externalIds?.get(role.roleName)
    if (principal === undefined) return { cannot: 'whom it trusts is not known' }
    if (externalId === undefined)
      return {
        cannot: `the external ID comes from the third party; then: keyreeve plan --role-external-id ${role.roleName}=ID`,
      }
    const account = /\b\d{12}\b/.exec(principal)?.[0] ?? principal
    return proposal(role, lookup, {
      key: `sts:ExternalId ${principal}`,
      what: `${account} only with the external ID that was given`,
      kind: 'AWS',
      narrowed: (name) => name === principal,
      condition: ['sts:ExternalId', externalId],
      mayBreak: assumers(
        role,
        lookup,
        ({ byAccount }) => byAccount === account,
        `account ${account}, until it sends the external ID`,
      ),
    })
  },
  'role-trust-public': (_, role, lookup) => {
    const { organization } = lookup.snapshot
    if (!organization) return { cannot: 'the account is in no organization to which it could be limited: name who may' }
    const ours = organization.accountIds
    const strangers = (lookup.recorded?.assumptions ?? []).filter(
      ({ roleArn, byAccount }) =>
        roleArn === role.arn && byAccount !== null && ours !== null && !ours.includes(byAccount),
    )
    if (strangers.length > 0)
      return {
        cannot: `it is taken from outside the organization, by ${listed([...new Set(strangers.map(({ byAccount }) => byAccount!))])}: name who may`,
      }
    return proposal(role, lookup, {
      key: 'aws:PrincipalOrgID',
      what: 'everyone only from the own organization',
      kind: 'AWS',
      narrowed: (name) => name === '*',
      condition: ['aws:PrincipalOrgID', organization.id],
      mayBreak: assumers(role, lookup, () => true, 'whoever takes it from outside the organization'),
    })
  },
}

function trustedIn(evidence: Finding['evidence']): string[] {
  return evidence.flatMap(({ fact, value }) => (fact === 'trusts' && typeof value === 'string' ? [value] : []))
}

function lastUse({ lastUsed }: Role): string {
  if (lastUsed === null) return 'when it was last used is not known'
  return lastUsed.date === null ? 'it was never used' : `its last use was on ${lastUsed.date.slice(0, 10)}`
}

type Assumption = NonNullable<Lookup['recorded']>['assumptions'][number]

function assumers(role: Role, { recorded }: Lookup, isMeant: (by: Assumption) => boolean, who: string) {
  if (!recorded) return [{ who, evidence: `no CloudTrail was read; ${lastUse(role)}` }]
  const seen = recorded.assumptions.filter((by) => by.roleArn === role.arn && isMeant(by))
  if (seen.length === 0)
    return [{ who, evidence: `from ${recorded.from} to ${recorded.to} CloudTrail has no such use; ${lastUse(role)}` }]
  return seen.map(({ by, byAccount, calls, lastSeen }) => ({
    who: by ?? `account ${byAccount ?? 'that is not known'}`,
    evidence: `it took the role ${calls} times, last on ${lastSeen.slice(0, 10)}`,
  }))
}

interface Narrowing extends Pick<Edit, 'key' | 'what' | 'mayBreak'> {
  kind: 'Service' | 'AWS'
  /** Whether the condition is for this principal. */
  narrowed(name: string): boolean
  condition: [key: string, value: string]
}

function proposal(role: Role, lookup: Lookup, narrowing: Narrowing): Proposal {
  const { key, what, mayBreak, condition } = narrowing
  const place = { kind: 'trust' as const, roleName: role.roleName }
  const apply = (document: PolicyObject) => mapStatements(document, (statement) => limited(statement, narrowing))
  const there = lookup.documentAt(place)!.Statement
  if (there.some((it) => principalsIn(it, narrowing).length > 0 && conditionKeys(it).has(condition[0].toLowerCase())))
    return { cannot: `it has a condition on ${condition[0]} already, which lets too many in: change it by hand` }
  return { edits: [{ place, key, what, apply, reliesOn: [], mayBreak }] }
}

/** Those of a statement's principals that the condition is for. */
function principalsIn(statement: StatementObject, { kind, narrowed }: Narrowing): string[] {
  const { Principal } = statement
  if (!isAllow(statement)) return []
  if (Principal === '*') return kind === 'AWS' && narrowed('*') ? ['*'] : []
  return isRecord(Principal) ? valuesOf(Principal[kind]).filter(narrowed) : []
}

/** Other principals of the statement stay as they are, in a statement of their own. */
function limited(statement: StatementObject, narrowing: Narrowing): StatementObject[] {
  const { kind, condition } = narrowing
  const meant = principalsIn(statement, narrowing)
  if (meant.length === 0) return [statement]
  const { Principal } = statement
  const others = isRecord(Principal) ? { ...Principal } : {}
  const rest = valuesOf(others[kind]).filter((name) => !meant.includes(name))
  if (rest.length > 0) others[kind] = asElement(rest)
  else delete others[kind]
  const own = { ...statement, Principal: Principal === '*' ? '*' : { [kind]: asElement(meant) } }
  if (Object.keys(others).length === 0) return [withCondition(own, 'StringEquals', ...condition)]
  return [{ ...statement, Principal: others }, withCondition(withoutSid(own), 'StringEquals', ...condition)]
}
