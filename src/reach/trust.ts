/** Who may enter a role, by its trust policy: found by asking the engine for each that the policy can mean. */

import type { CompiledPolicy } from '../policy/compile.ts'
import type { Condition } from '../policy/conditions/condition.ts'
import { operatorNamed } from '../policy/conditions/condition.ts'
import { evaluate, weighOnly } from '../policy/evaluate.ts'
import type { Principals, Statement } from '../policy/parse.ts'
import { isAccountId, type Principal, principalOf } from '../policy/principal.ts'
import type { Decision, PolicyInput, RequestPolicies } from '../policy/request.ts'
import { MAYBE, NO, or, type Tri, YES } from '../policy/tri.ts'
import { ALLOW_EVERYTHING } from './admin.ts'
import { accountOfArn, NOBODY } from './ask.ts'
import type { EstatePrincipal } from './estate.ts'
import { doorsOf, namedAt, outsiderMayEnter, STRANGER } from './outsiders.ts'

export type EntrantKind = 'anyone' | 'account' | 'principal' | 'service' | 'oidc' | 'saml' | 'roles-anywhere' | 'other'

/** Somebody whom a trust policy means, in general: an account stands for all that are in it. */
export interface Entrant {
  kind: EntrantKind
  /** ARN, account, service or provider as the policy names it; `*` for anyone. */
  name: string
  principal: Principal
  action: string
  /** A condition names the account, and the statement is for everyone. */
  isByCondition?: true
}

const entrantsByPolicy = new WeakMap<CompiledPolicy, readonly Entrant[]>()

/** Everybody that a trust policy names in an Allow. */
export function entrantsOf(trust: PolicyInput | null): readonly Entrant[] {
  const policy = trust?.policy
  if (!policy) return []
  let found = entrantsByPolicy.get(policy)
  if (!found) {
    const entrants = new Map<string, Entrant>()
    for (const { statement, effect } of policy.statements)
      if (effect !== 'Deny' && statement.principal)
        for (const entrant of [...namedBy(statement.principal), ...namedByConditions(statement)]) {
          const key = `${entrant.action} ${entrant.name}`
          if (!entrants.has(key)) entrants.set(key, entrant)
        }
    found = [...entrants.values()]
    entrantsByPolicy.set(policy, found)
  }
  return found
}

function* namedBy(principals: Principals): Iterable<Entrant> {
  const action = 'sts:AssumeRole'
  for (const name of principals.aws) {
    if (name === '*') yield { kind: 'anyone', name, principal: someoneIn(STRANGER), action }
    else {
      const principal = principalOf(name)
      if (principal?.type === 'Root')
        yield { kind: 'account', name: principal.account, principal: someoneIn(principal.account), action }
      else if (principal) yield { kind: 'principal', name, principal, action }
    }
  }
  for (const service of principals.service)
    yield {
      kind: service === 'rolesanywhere.amazonaws.com' ? 'roles-anywhere' : 'service',
      name: service,
      principal: { type: 'Service', service },
      action,
    }
  for (const provider of principals.federated) {
    const saml = /:saml-provider\//.test(provider)
    yield {
      kind: saml ? 'saml' : 'oidc',
      name: provider,
      principal: { type: 'Federated', provider },
      action: saml ? 'sts:AssumeRoleWithSAML' : 'sts:AssumeRoleWithWebIdentity',
    }
  }
}

/** Accounts whose principals a statement for everyone lets in by their account, or their ARN. */
function* namedByConditions({ principal, conditions }: Statement): Iterable<Entrant> {
  if (!principal?.aws.includes('*')) return
  for (const { operator, key, values } of conditions) {
    if (!/^aws:principal(account|arn)$/i.test(key) || operatorNamed(operator)?.operator?.negated !== false) continue
    for (const value of values) {
      const name = isAccountId(value) ? value : accountOfArn(value)
      if (name !== null)
        yield { kind: 'account', name, principal: someoneIn(name), action: 'sts:AssumeRole', isByCondition: true }
    }
  }
}

function someoneIn(account: string): Principal {
  return { type: 'User', arn: `arn:aws:iam::${account}:user/${NOBODY}`, account, name: NOBODY }
}

/**
 * Whom to ask about for an entrant. Of somebody in an account nobody knows who it is: a user that no policy names, or a
 * session of a role that may be any of them.
 */
function meantBy(principal: Principal, role: EstatePrincipal): Principal[] {
  if (principal.type !== 'User' || principal.name !== NOBODY) return [principal]
  const { partition } = role.account
  const { account } = principal
  const user = { ...principal, arn: `arn:${partition}:iam::${account}:user/${NOBODY}` }
  if (!isPersonal(role.trust) || !mayAnyEnter(role, account)) return [user]
  const arn = `arn:${partition}:sts::${account}:assumed-role/${NOBODY}/${NOBODY}`
  return [user, { type: 'AssumedRole', arn, account, roleName: NOBODY, roleArn: null }]
}

/** Whether there can be somebody in an account whom the role lets in, who knows and has all that it takes. */
function mayAnyEnter(role: EstatePrincipal, account: string): boolean {
  const policy = role.trust?.policy
  if (!policy) return false
  if (!policy.parsed.understood) return true
  return doorsOf(policy).some(
    (door) =>
      outsiderMayEnter(role, door, {
        account: account === STRANGER ? null : account,
        organizations: namedAt(role, door).organizations,
        knowsExternalId: true,
        isInNetwork: true,
      }) !== NO,
  )
}

/** Whether a role is passed to it: services, and the identity pools of Cognito, which trust policies name otherwise. */
export function isPassedTo({ principal, name }: Entrant): boolean {
  return principal.type === 'Service' || name === 'cognito-identity.amazonaws.com'
}

/** What the role's side says to somebody whose own side allows everything. */
/** @param alone for who has no policy of its own */
export function entry(role: EstatePrincipal, entrant: Pick<Entrant, 'principal' | 'action'>, alone = false): Tri {
  const { trust, account } = role
  // RCPs may single the role out
  if (!trust?.policy || account.rcps === 'unknown' || account.rcps.length > 0) return askedEntry(role, entrant, alone)
  let answers = entries.get(trust.policy)
  if (!answers) {
    answers = new Map()
    entries.set(trust.policy, answers)
  }
  const key = `${alone} ${account.accountId} ${entrant.action} ${Object.values(entrant.principal).join(' ')}`
  let tri = answers.get(key)
  if (tri === undefined) {
    tri = askedEntry(role, entrant, alone)
    answers.set(key, tri)
  }
  return tri
}

/** Roles have few trust policies among them: what each says is asked once. */
const entries = new WeakMap<CompiledPolicy, Map<string, Tri>>()

function askedEntry(
  role: EstatePrincipal,
  { principal, action }: Pick<Entrant, 'principal' | 'action'>,
  alone: boolean,
): Tri {
  let best: Tri = NO
  for (const one of meantBy(principal, role)) {
    best = or(best, entryOf(role, one, action, alone).tri)
    if (best === YES) break
  }
  return best
}

function entryOf(
  role: EstatePrincipal,
  principal: Principal,
  action: string,
  alone = false,
): { tri: Tri; region: InRegion } {
  return inBestRegion(role, (region) => triOf(weighOnly(...asked(role, principal, action, region, alone))))
}

function triOf({ allow, deny }: { allow: Tri; deny: Tri }): Tri {
  return deny === YES || allow === NO ? NO : allow === YES && deny === NO ? YES : MAYBE
}

/** Where a request for a role is sent, for a trust policy that asks; whoever takes the role chooses it. */
export type InRegion = Readonly<Record<'aws:requestedregion', string>> | undefined

/** The best of all answers that a request for the role can get, in whichever region; usually there is only one. */
export function inBestRegion(role: EstatePrincipal, ask: (region: InRegion) => Tri): { tri: Tri; region: InRegion } {
  let best: { tri: Tri; region: InRegion } = { tri: ask(undefined), region: undefined }
  if (best.tri === YES || !asksForRegion(role.trust)) return best
  for (const name of regionsFor(role)) {
    const region = { 'aws:requestedregion': name }
    const tri = ask(region)
    if (tri > best.tri) best = { tri, region }
    if (tri === YES) break
  }
  return best
}

const regional = new WeakMap<CompiledPolicy, boolean>()

function asksForRegion(trust: PolicyInput | null): boolean {
  const policy = trust?.policy
  if (!policy) return false
  let answer = regional.get(policy)
  if (answer === undefined) {
    answer = policy.parsed.statements.some(({ conditions }) => conditions.some(({ key }) => REGION.test(key)))
    regional.set(policy, answer)
  }
  return answer
}

const REGION = /^aws:requestedregion$/i

/** Regions that its trust policy names, and some that it does not. */
function regionsFor({ trust, account: { snapshot, partition } }: EstatePrincipal): string[] {
  const named = (trust?.policy?.parsed.statements ?? []).flatMap(({ conditions }) =>
    conditions.filter(({ key }) => REGION.test(key)).flatMap(({ values }) => values),
  )
  const some = partition === 'aws-cn' ? ['cn-north-1'] : partition === 'aws-us-gov' ? ['us-gov-west-1'] : SOME_REGIONS
  return [...new Set([...named, ...snapshot.regions, ...some])].filter((name) => /^[a-z]+(-[a-z]+)+-\d$/.test(name))
}

const SOME_REGIONS = [
  'us-east-1',
  'us-west-2',
  'eu-west-1',
  'eu-central-1',
  'ap-southeast-2',
  'sa-east-1',
  'ca-central-1',
]

/** Whether somebody may enter a role, with the reasons. */
export function entryDecision(
  role: EstatePrincipal,
  { principal, action }: Pick<Entrant, 'principal' | 'action'>,
): Decision {
  const [best] = meantBy(principal, role)
    .map((one) => ({ one, ...entryOf(role, one, action) }))
    .sort((a, b) => b.tri - a.tri)
  const decision = evaluate(...asked(role, best!.one, action, best!.region))
  return { ...decision, because: decision.because.filter(({ source }) => source !== 'identity-policy') }
}

function asked(
  role: EstatePrincipal,
  principal: Principal,
  action: string,
  region: InRegion,
  alone = false,
): Parameters<typeof weighOnly> {
  const { account, arn, trust } = role
  const policies: RequestPolicies = {
    identity: alone ? [] : [ALLOW_EVERYTHING],
    boundary: null,
    session: null,
    scps: [],
    rcps: account.rcps,
    resource: trust,
    endpoint: null,
    managementAccount: account.managementAccount,
  }
  const isService = principal.type === 'Service'
  return [
    {
      principal,
      action,
      resource: arn,
      resourceAccount: account.accountId,
      context: {
        'aws:securetransport': 'true',
        // a service acts for whoever uses it here
        ...(isService
          ? {
              'aws:sourceaccount': account.accountId,
              ...('aws:principalorgid' in account.context
                ? { 'aws:sourceorgid': account.context['aws:principalorgid']! }
                : {}),
            }
          : 'account' in principal && principal.account === account.accountId
            ? account.context
            : {}),
        ...region,
      },
      contextIs: 'open',
    },
    policies,
  ]
}

/** What tells principals apart to a trust policy. */
interface TellingApart {
  /** Conditions on who they are; null: there is more, so that each has to be asked about. */
  conditions: Condition[] | null
  /** Whether it names somebody, or a session of it. */
  names(principal: EstatePrincipal): boolean
}

export function tellingApart(trust: PolicyInput | null): TellingApart {
  const statements = trust?.policy?.statements ?? []
  const named = new Set<string>()
  for (const { statement } of statements)
    for (const name of statement.principal?.aws ?? []) {
      const principal = principalOf(name)
      named.add(principal?.type === 'AssumedRole' ? `${principal.account} ${principal.roleName}` : name)
    }
  const isMore = statements.some(
    ({ statement: { notPrincipal, conditions }, understood }) =>
      !understood ||
      notPrincipal !== null ||
      conditions.some(({ values }) => values.some((text) => text.includes('${'))),
  )
  const conditions = statements.flatMap((it) => it.conditions.filter(({ key }) => PERSONAL.test(key)))
  return {
    conditions: isMore ? null : conditions,
    names: ({ kind, arn, name, account }) =>
      named.has(arn) || (kind === 'role' && named.has(`${account.accountId} ${name}`)),
  }
}

/** Condition keys that differ between the principals of one account. */
const PERSONAL = /^aws:(principal(arn|tag|type|isawsservice)|username|userid|federatedprovider)/i

const personal = new WeakMap<CompiledPolicy, boolean>()

/** Whether a trust policy tells principals of one account apart by more than naming them. */
export function isPersonal(trust: PolicyInput | null): boolean {
  const policy = trust?.policy
  if (!policy) return false
  let answer = personal.get(policy)
  if (answer === undefined) {
    answer = tellsApart(trust)
    personal.set(policy, answer)
  }
  return answer
}

function tellsApart(trust: PolicyInput): boolean {
  return (trust.policy?.statements ?? []).some(
    ({ statement, effect }) =>
      statement.conditions.some(
        // the region must suit both sides
        ({ key, values }) => PERSONAL.test(key) || REGION.test(key) || values.some((value) => value.includes('${')),
      ) ||
      (effect !== 'Allow' && statement.principal !== null && !statement.principal.everyone) ||
      (effect !== 'Allow' && statement.notPrincipal !== null),
  )
}
