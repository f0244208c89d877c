/**
 * Whether somebody from outside can take a role, through each statement of its trust policy: asked of the engine, with
 * all Deny statements and the organization's, for every kind of caller and every value of a condition key that makes a
 * difference. So a fence counts wherever it stands, and only if it holds.
 */
import type { CompiledPolicy, CompiledStatement } from '../policy/compile.ts'
import { operatorNamed } from '../policy/conditions/condition.ts'
import { RequestContext } from '../policy/context.ts'
import { weighOnly } from '../policy/evaluate.ts'
import { commonText } from '../policy/match.ts'
import type { Statement } from '../policy/parse.ts'
import { type Principal, principalOf } from '../policy/principal.ts'
import type { ContextValue, Request, RequestPolicies } from '../policy/request.ts'
import { MAYBE, NO, or, type Tri, YES } from '../policy/tri.ts'
import { ALLOW_EVERYTHING } from './admin.ts'
import { accountOfArn, statementsAbout } from './ask.ts'
import type { EstatePrincipal } from './estate.ts'
import {
  type AskedKeys,
  addressesOfOthers,
  type Freedom,
  keysAsked,
  momentsToTry,
  UNNAMED,
  valuesToTry,
} from './telling-values.ts'

/** One Allow of a trust policy, with every Deny beside it. */
export interface Door {
  statement: Statement
  policy: CompiledPolicy
}

const doorsByPolicy = new WeakMap<CompiledPolicy, readonly Door[]>()

/** The Allow statements of a trust policy that are understood, each by itself. */
export function doorsOf(policy: CompiledPolicy): readonly Door[] {
  let doors = doorsByPolicy.get(policy)
  if (!doors) {
    const denies = policy.statements.filter(({ effect }) => effect === 'Deny')
    doors = policy.statements
      .filter(({ effect, understood }) => effect === 'Allow' && understood)
      .map((allow) => {
        const statements = [allow, ...denies]
        const parsed = { ...policy.parsed, understood: true, statements: statements.map(({ statement }) => statement) }
        return { statement: allow.statement, policy: { parsed, statements } }
      })
    doorsByPolicy.set(policy, doors)
  }
  return doors
}

/** An account and an organization that no policy names. */
export const STRANGER = '000000000000'
const STRANGE_ORGANIZATION = 'o-any0thing0'

/** Somebody of another account who asks for a role with credentials of AWS. */
export interface Outsider {
  /** null: an account that nobody here knows, and that the policies do not name. */
  account: string | null
  /** Organizations of which the account may be, beside none and one that the policies do not name. */
  organizations?: readonly string[]
  /** Is only of these organizations. */
  onlyThere?: boolean
  /** Has a name that no policy has. */
  isNobodyInParticular?: boolean
  /** Knows the external ID. */
  knowsExternalId?: boolean
  /** Can use the networks that are named. */
  isInNetwork?: boolean
}

/** Whether an outsider can take a role through one statement of its trust policy. */
export function outsiderMayEnter(role: EstatePrincipal, door: Door, outsider: Outsider): Tri {
  return answered(role, door, `outsider ${JSON.stringify(outsider)}`, () => {
    const asked = askedAt(role, door, 'sts:AssumeRole')
    const organizations = organizationsOf(outsider, asked)
    let best: Tri = NO
    for (const account of outsider.account === null ? strangeAccounts(asked) : [outsider.account])
      for (const principal of peopleOf(account, role, door, asked, outsider.isNobodyInParticular === true))
        for (const organization of organizations) {
          const settled = {
            ...aboutRole(role),
            'aws:principalorgid': organization,
            ...(organization === null ? { 'aws:principalorgpaths': null } : {}),
          }
          const freedom = freedomOfOutsider(role, outsider, organization, principal, asked)
          best = or(best, tryAll(role, door, { principal, action: 'sts:AssumeRole', settled, freedom, asked }))
          if (best === YES) return best
        }
    return best
  })
}

/** Whether a service can take a role through one statement on behalf of another account's resource. */
export function serviceMayEnterForOthers(role: EstatePrincipal, door: Door, service: string): Tri {
  const action = 'sts:AssumeRole'
  const asked = askedAt(role, door, action)
  const { partition } = role.account
  const freedom = (key: string): Freedom => {
    const clauses = asked.get(key) ?? []
    switch (key) {
      case 'aws:sourceaccount':
        return [null, STRANGER, ...strangeAccounts(asked, 'aws:sourceaccount').slice(1)]
      case 'aws:sourcearn':
        return [null, ...clauses.flatMap(({ values, wildcards }) => values.map((text) => foreignArn(text, wildcards)))]
          .filter((arn, i) => arn !== null || i === 0)
          .concat(`arn:${partition}:${UNNAMED}:us-east-1:${STRANGER}:${UNNAMED}`)
      case 'aws:sourceorgid':
        return [null, ...strangeOrganizations(asked, key)]
      case 'aws:sourceorgpaths':
        return [null, ...strangeOrganizations(asked, key).map((id) => [`${id}/r-any0/`])]
      case 'aws:principalservicename':
        return [service]
      case 'aws:principalservicenameslist':
        return [[service]]
      case 'sts:externalid':
        return 'own'
      default:
        return /^aws:(principal(org|tag)|sourcevpc|userid|resource(org|tag))/.test(key)
          ? [aboutRole(role)[key] ?? null]
          : 'any'
    }
  }
  return answered(role, door, `service ${service}`, () =>
    tryAll(role, door, { principal: { type: 'Service', service }, action, settled: aboutRole(role), freedom, asked }),
  )
}

/** Whether any token of an OIDC provider opens a door, whatever it says. */
export function tokenMayEnter(role: EstatePrincipal, door: Door, provider: string): Tri {
  return answered(role, door, `token ${provider}`, () => {
    const action = 'sts:AssumeRoleWithWebIdentity'
    const asked = askedAt(role, door, action)
    const freedom = (key: string): Freedom => {
      if (key === 'aws:federatedprovider') return [provider]
      if (key === 'aws:currenttime' || key === 'aws:epochtime') {
        const collected = Date.parse(role.account.snapshot.collectedAt)
        return momentsToTry(asked.get(key) ?? [], collected, key === 'aws:epochtime')
      }
      return /^aws:principaltag/.test(key) ? [null] : 'any'
    }
    const principal: Principal = { type: 'Federated', provider }
    return tryAll(role, door, { principal, action, settled: aboutRole(role), freedom, asked })
  })
}

/** Accounts and organizations that a door is for: those its Allow names, and those its Deny statements spare. */
export function namedAt(role: EstatePrincipal, { policy }: Door): { accounts: string[]; organizations: string[] } {
  const accounts = new Set<string>()
  const organizations = new Set<string>()
  for (const { statement, effect } of policy.statements) {
    for (const name of (effect === 'Allow' && statement.principal?.aws) || []) {
      const principal = principalOf(name)
      if (principal && 'account' in principal) accounts.add(principal.account)
    }
    for (const { operator, key, values } of statement.conditions) {
      const lower = key.toLowerCase()
      if ((operatorNamed(operator)?.operator?.negated ?? false) !== (effect === 'Deny')) continue
      for (const value of values)
        if (lower === 'aws:principalaccount' && /^\d{12}$/.test(value)) accounts.add(value)
        else if (lower === 'aws:principalarn') accounts.add(accountOfArn(value) ?? role.account.accountId)
        else if (lower === 'aws:userid') accounts.add(/^(\d{12})(?![^:])/.exec(value)?.[1] ?? role.account.accountId)
        else if (lower === 'aws:principalorgid' || lower === 'aws:principalorgpaths') {
          const id = /^o-[a-z0-9]+(?=\/|$)/.exec(value)?.[0]
          if (id !== undefined) organizations.add(id)
        }
    }
  }
  return { accounts: [...accounts], organizations: [...organizations] }
}

/** One kind of caller. */
interface Attempt {
  principal: Principal
  action: string
  settled: Readonly<Record<string, ContextValue>>
  freedom(key: string): Freedom
  asked: AskedKeys
}

/** So many questions an attempt may take; one that needs more stays undecided. */
const MOST_QUESTIONS = 3_000

/** Settles one key after the other, as long as the answer hangs on them. */
function tryAll(role: EstatePrincipal, door: Door, { principal, action, settled, freedom, asked }: Attempt): Tri {
  const request: Request = {
    principal,
    action,
    resource: role.arn,
    resourceAccount: role.account.accountId,
    context: settled,
    contextIs: 'open',
    contextKeys: 'lower',
  }
  const policies: RequestPolicies = {
    identity: [ALLOW_EVERYTHING],
    boundary: null,
    session: null,
    scps: [],
    rcps: role.account.rcps,
    resource: { name: 'the trust policy', policy: door.policy },
    endpoint: null,
    managementAccount: role.account.managementAccount,
  }
  const follows = new RequestContext({ ...request, context: {} })
  const keys = [...asked.keys()].filter((key) => !(key in settled) && follows.values(key) === undefined)
  let questions = 0
  const ask = (context: Request['context'], depth: number): Tri => {
    if (++questions > MOST_QUESTIONS) return MAYBE
    const tri = triOf(weighOnly({ ...request, context }, policies))
    const key = keys[depth]
    if (tri !== MAYBE || key === undefined) return tri
    let best: Tri = NO
    for (const value of valuesToTry(asked.get(key) ?? [], freedom(key), { ...request, context })) {
      best = or(best, ask({ ...context, [key]: value }, depth + 1))
      if (best === YES) break
    }
    return best
  }
  return ask(settled, 0)
}

function triOf({ allow, deny }: { allow: Tri; deny: Tri }): Tri {
  return deny === YES || allow === NO ? NO : allow === YES && deny === NO ? YES : MAYBE
}

const answers = new WeakMap<CompiledPolicy, Map<string, Tri>>()

/** Roles have few trust policies among them: what each says is asked once, where nothing singles the role out. */
function answered(role: EstatePrincipal, { policy }: Door, who: string, ask: () => Tri): Tri {
  const { account } = role
  if (account.rcps === 'unknown' || account.rcps.length > 0 || Object.keys(role.role?.tags ?? {}).length > 0)
    return ask()
  let known = answers.get(policy)
  if (!known) {
    known = new Map()
    answers.set(policy, known)
  }
  const key = `${account.accountId} ${account.snapshot.collectedAt} ${who}`
  let tri = known.get(key)
  if (tri === undefined) {
    tri = ask()
    known.set(key, tri)
  }
  return tri
}

/** Keys on which the answer may hang: of the door, and of the organization's policies for the role. */
function askedAt({ account: { rcps } }: EstatePrincipal, { policy }: Door, action: string): AskedKeys {
  const statements: CompiledStatement[] = [...policy.statements]
  if (rcps !== 'unknown')
    for (const { policies } of rcps)
      for (const input of policies) if (input.policy) statements.push(...statementsAbout(input.policy, action))
  return keysAsked(statements)
}

/** Condition keys that follow from the role that is asked for. */
function aboutRole({ account, role }: EstatePrincipal): Record<string, ContextValue> {
  const context: Record<string, ContextValue> = { 'aws:securetransport': 'true' }
  const { organization } = account.snapshot
  // that of another account would differ from it as much
  const id = 'aws:principalorgid' in account.context ? account.context['aws:principalorgid']! : 'o-own0unknown0'
  context['aws:resourceorgid'] = organization?.id ?? id
  for (const [name, value] of Object.entries(role?.tags ?? {})) {
    context[`aws:resourcetag/${name.toLowerCase()}`] = value
    context[`iam:resourcetag/${name.toLowerCase()}`] = value
  }
  return context
}

function organizationsOf(outsider: Outsider, asked: AskedKeys): (string | null)[] {
  const { organizations = [], onlyThere = false } = outsider
  if (onlyThere) return [...organizations]
  const isAsked = asked.has('aws:principalorgid') || asked.has('aws:principalorgpaths')
  return isAsked ? [null, ...strangeOrganizations(asked, 'aws:principalorgid'), ...organizations] : [null]
}

/** Organizations that anybody may found, as far as the key's conditions leave the ID open. */
function strangeOrganizations(asked: AskedKeys, key: string): string[] {
  const open = valuesOfWildcards(asked, key).map((text) => text.split('/', 1)[0]!)
  return [...new Set([STRANGE_ORGANIZATION, ...open.filter((id) => /[*?]/.test(id)).map(without)])]
}

function without(pattern: string): string {
  return pattern.replaceAll('*', STRANGE_ORGANIZATION.slice(2)).replaceAll('?', 'x')
}

/** Accounts that anybody may have, as far as conditions leave the ID open. */
function strangeAccounts(asked: AskedKeys, key = 'aws:principalaccount'): string[] {
  const open = [
    ...valuesOfWildcards(asked, key),
    ...valuesOfWildcards(asked, 'aws:principalarn').map((arn) => arn.split(':')[4] ?? ''),
  ]
  const made = open.flatMap((pattern) => {
    const account = pattern.replace('*', '0'.repeat(Math.max(0, 13 - pattern.length))).replaceAll(/[*?]/g, '0')
    return /[*?]/.test(pattern) && /^\d{12}$/.test(account) ? [account] : []
  })
  return [...new Set([STRANGER, ...made])]
}

function valuesOfWildcards(asked: AskedKeys, key: string): string[] {
  return (asked.get(key) ?? []).flatMap(({ values, wildcards }) =>
    wildcards ? values.filter((text) => /[*?]/.test(text)) : [],
  )
}

/** Users and roles of an account that the policies may tell apart. */
function peopleOf(
  account: string,
  role: EstatePrincipal,
  { policy }: Door,
  asked: AskedKeys,
  onlyUnnamed: boolean,
): Principal[] {
  const { partition, accountId } = role.account
  const found = new Map<string, Principal>()
  const add = (arn: string) => {
    const principal = principalOf(arn)
    if (principal && principal.type !== 'Root' && 'account' in principal && principal.account === account)
      found.set(arn, principal)
  }
  const start = `arn:${partition}:iam::${account}:`
  for (const kind of ['role', 'user']) add(`${start}${kind}/${UNNAMED}`)
  if (onlyUnnamed) return [...found.values()]
  for (const { statement } of policy.statements) for (const name of statement.principal?.aws ?? []) add(name)
  for (const { values, wildcards } of asked.get('aws:principalarn') ?? [])
    for (const written of values) {
      const text = written.replace(/\$\{([^}]*)\}/g, (_, inside: string) =>
        /^\s*aws:principalaccount/i.test(inside) ? account : /^\s*aws:resourceaccount/i.test(inside) ? accountId : '*',
      )
      if (!wildcards && text === written) add(text)
      else
        for (const kind of ['role', 'user'])
          for (const end of ['*', `*${UNNAMED}`]) add(commonText(text, `${start}${kind}/${end}`) ?? '')
    }
  for (const { values, wildcards } of asked.get('aws:username') ?? [])
    for (const text of values) add(`${start}user/${wildcards ? text.replaceAll('*', 'x').replaceAll('?', 'x') : text}`)
  return [...found.values()]
}

function freedomOfOutsider(
  { account }: EstatePrincipal,
  outsider: Outsider,
  organization: string | null,
  principal: Principal,
  asked: AskedKeys,
): (key: string) => Freedom {
  const { knowsExternalId = false, isInNetwork = false } = outsider
  return (key) => {
    const clauses = asked.get(key) ?? []
    switch (key) {
      case 'sts:externalid':
        return knowsExternalId ? 'any' : 'own'
      case 'aws:sourceip':
        return isInNetwork ? { anyAnd: addressesOfOthers(clauses) } : addressesOfOthers(clauses)
      case 'aws:sourcevpc':
      case 'aws:sourcevpce':
      case 'aws:sourcevpcarn':
      case 'aws:vpceaccount':
      case 'aws:vpceorgid':
      case 'aws:vpceorgpaths':
        return isInNetwork ? 'any' : 'own'
      case 'aws:currenttime':
      case 'aws:epochtime':
        return momentsToTry(clauses, Date.parse(account.snapshot.collectedAt), key === 'aws:epochtime')
      // sessions do not last long enough to be from before
      case 'aws:tokenissuetime':
        return [null, ...momentsToTry(clauses, Date.parse(account.snapshot.collectedAt), false)]
      case 'aws:principalorgpaths':
        return pathsIn(
          organization!,
          clauses.flatMap(({ values }) => values),
        )
      case 'aws:userid':
        return idsOf(
          principal,
          clauses.flatMap(({ values }) => values),
        )
      default:
        // a direct call has no source, and nobody has what an issuer or another account would have to give
        if (/^aws:(source(arn|account|owner|org)|principalservicename|resource(org|tag))/.test(key)) return [null]
        if (key.startsWith('iam:resourcetag/')) return [null]
        return /^(aws|sts):/.test(key) ? 'any' : 'own'
    }
  }
}

/** Places in an organization that patterns tell apart. */
function pathsIn(organization: string, patterns: readonly string[]): ContextValue[] {
  const fitting = patterns.flatMap((pattern) => commonText(pattern, `${organization}/*`) ?? [])
  return [`${organization}/r-any0/ou-any0-any0thing/`, ...fitting].map((path) => [path])
}

/** Nobody chooses the ID of a user or role, only the name of a session. */
function idsOf({ type }: Principal, patterns: readonly string[]): ContextValue[] {
  const id = type === 'User' ? 'AIDAZZZZZZZZZZZZZZZZZ' : 'AROAZZZZZZZZZZZZZZZZZ'
  const own = type === 'User' ? id : `${id}:${UNNAMED}`
  return [own, ...patterns.flatMap((pattern) => commonText(pattern, type === 'User' ? id : `${id}:*`) ?? [])]
}

/**
 * A resource of another account that a pattern matches; null: there is none. Part by part, whatever the operator: a name
 * that takes a colon into itself is possible only on paper.
 */
function foreignArn(text: string, wildcards: boolean): string | null {
  if (!wildcards || !/[*?]/.test(text)) return null
  const parts = text.split(':')
  if (parts.length < 6 && !text.endsWith('*')) return null
  while (parts.length < 6) parts.push('*')
  const [, , service, , account = ''] = parts as string[]
  // names of buckets are nobody's but their owner's
  const isOpen = account === '' && service === 's3' ? /^[*?]/.test(parts[5]!) : commonText(account, STRANGER) !== null
  if (!isOpen) return null
  return parts
    .map((part, i) => (i === 4 && account !== '' ? STRANGER : part.replaceAll('*', UNNAMED).replaceAll('?', 'x')))
    .join(':')
}
