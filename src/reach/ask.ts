/** Asks the engine about a principal of the estate. */
import type { Access } from '../model/reach.ts'
import { actionNamed } from '../policy/actions/actions.ts'
import { type CompiledPolicy, type CompiledStatement, foldAction, statementsMeaning } from '../policy/compile.ts'
import { evaluate, weighOnly } from '../policy/evaluate.ts'
import { matchesWildcard } from '../policy/match.ts'
import { isAccountId } from '../policy/principal.ts'
import type { ContextValue, Decision, PolicyInput, Request, RequestPolicies } from '../policy/request.ts'
import { MAYBE, NO, type Tri, YES } from '../policy/tri.ts'
import type { Estate, EstatePrincipal } from './estate.ts'

export interface Ask {
  action: string
  resource: string
  /** Condition keys, in lower case, that the one who asks can choose, and chooses well. */
  context?: Readonly<Record<string, ContextValue>>
  /** The resource's own policy; absent: it has none, or none that was read. */
  resourcePolicy?: RequestPolicies['resource']
  resourceAccount?: string
  /** Identity policies in place of its own. */
  identity?: readonly PolicyInput[]
  boundary?: RequestPolicies['boundary']
  /** RCPs of the resource's account, where it is another one. */
  rcps?: RequestPolicies['rcps']
}

/** Nothing that allows, and nothing that limits. */
export const NO_POLICIES: RequestPolicies = {
  identity: [],
  boundary: null,
  session: null,
  scps: [],
  rcps: [],
  resource: null,
  endpoint: null,
}

/** The request that asks it. */
export function requestOf(principal: EstatePrincipal, ask: Ask): Request {
  return {
    principal: principal.principal,
    action: ask.action,
    resource: ask.resource,
    resourceAccount: ask.resourceAccount ?? accountOfArn(ask.resource) ?? principal.account.accountId,
    context: contextOf(principal, ask),
    contextIs: 'open',
    contextKeys: 'lower',
  }
}

function contextOf({ context, account }: EstatePrincipal, ask: Ask): Request['context'] {
  const all = ask.context ? { ...context, ...ask.context } : context
  // IAM is in one region only
  const isInIam = foldAction(ask.action).service === 'iam:' && account.partition === 'aws'
  return isInIam && 'aws:requestedregion' in all ? inIam(all) : all
}

const IN_IAM = new WeakMap<Request['context'], Request['context']>()

function inIam(context: Request['context']): Request['context'] {
  let made = IN_IAM.get(context)
  if (!made) {
    made = { ...context, 'aws:requestedregion': 'us-east-1' }
    IN_IAM.set(context, made)
  }
  return made
}

function policiesOf(principal: EstatePrincipal, ask: Ask): RequestPolicies {
  const { policies } = principal
  const { resourcePolicy, identity, boundary, rcps } = ask
  if (resourcePolicy === undefined && identity === undefined && boundary === undefined && rcps === undefined)
    return policies
  const asked: RequestPolicies = { ...policies }
  if (resourcePolicy !== undefined) asked.resource = resourcePolicy
  if (identity !== undefined) asked.identity = identity
  if (boundary !== undefined) asked.boundary = boundary
  if (rcps !== undefined) asked.rcps = rcps
  return asked
}

/** Yes, no, or perhaps; the fast way. */
export function may(principal: EstatePrincipal, ask: Ask): Tri {
  const { allow, deny } = weighOnly(requestOf(principal, ask), policiesOf(principal, ask))
  return deny === YES || allow === NO ? NO : allow === YES && deny === NO ? YES : MAYBE
}

/** The same, with its reasons. */
export function decide(principal: EstatePrincipal, ask: Ask): Decision {
  return evaluate(requestOf(principal, ask), policiesOf(principal, ask))
}

export function accessOf(decision: Decision): Access {
  const { explicit, blockedBy, conditions, unknown, because } = decision
  return { decision: decision.decision, explicitDeny: explicit, blockedBy, conditions, unknown, because }
}

/** The account in an ARN; null where it has none (buckets), or is a wildcard. */
export function accountOfArn(arn: string): string | null {
  let end = -1
  for (let part = 0; part < 4; part++) {
    end = arn.indexOf(':', end + 1)
    if (end === -1 || (part === 0 && !arn.startsWith('arn:'))) return null
  }
  const account = arn.slice(end + 1, end + 13)
  return arn.charCodeAt(end + 13) === COLON && isAccountId(account) ? account : null
}

const COLON = 58

/** The policy of a resource: a role's trust policy where the estate has the role; for KMS keys it must be known. */
export function resourcePolicyOf(
  estate: Estate,
  principal: EstatePrincipal,
  action: string,
  resource: string,
): Pick<Ask, 'resourcePolicy'> {
  const lower = action.toLowerCase()
  if (lower.startsWith('sts:') && /:role\//.test(resource)) {
    const role = estate.byArn.get(resource)
    return { resourcePolicy: role?.trust ?? 'unknown' }
  }
  if (/^arn:[^:]*:kms:[^:]*:[^:]*:key\//.test(resource) && lower.startsWith('kms:'))
    return { resourcePolicy: 'unknown' }
  const owner = accountOfArn(resource)
  if (owner !== null && owner !== principal.account.accountId) return { resourcePolicy: 'unknown' }
  return {}
}

/** Statements of a policy that mean an action. */
export function statementsAbout(policy: CompiledPolicy, written: string): readonly CompiledStatement[] {
  const { action, service } = foldAction(written)
  return statementsMeaning(policy, action, service)
}

/** Statements of boundary and organization that mean an action. */
export function limitsOn({ policies: { boundary, scps } }: EstatePrincipal, action: string): CompiledStatement[] {
  const found: CompiledStatement[] = []
  const read = (inputs: readonly PolicyInput[]) => {
    for (const { policy } of inputs) if (policy) for (const it of statementsAbout(policy, action)) found.push(it)
  }
  if (boundary !== null && boundary !== 'unknown') read(boundary)
  if (scps !== 'unknown') for (const { policies } of scps) read(policies)
  return found
}

/** Statements of every policy that bounds a principal, of those that mean an action. */
export function statementsOn(principal: EstatePrincipal, action: string): CompiledStatement[] {
  const found: CompiledStatement[] = []
  for (const { policy } of principal.policies.identity)
    if (policy) for (const statement of statementsAbout(policy, action)) found.push(statement)
  for (const statement of limitsOn(principal, action)) found.push(statement)
  return found
}

/** More candidates than this are not looked at: the answer is then at least perhaps. */
const MOST_CANDIDATES = 400

export interface Candidate {
  /** As a policy names it. */
  pattern: string
  /** One resource that it means. */
  resource: string
}

/**
 * Resources on which an action may come out differently: one for every resource that a policy names. What lies between
 * them is decided alike.
 */
export function candidateResources(principal: EstatePrincipal, action: string): Candidate[] {
  const types = actionNamed(action)?.resourceTypes
  const everything: Candidate = { pattern: '*', resource: '*' }
  if (types?.length === 0) return [everything]
  const patterns = new Set<string>()
  for (const { statement } of statementsOn(principal, action))
    for (const text of [...(statement.resource ?? []), ...(statement.notResource ?? [])])
      if (patterns.size < MOST_CANDIDATES && text !== '*') patterns.add(text)
  const found = [everything]
  for (const pattern of patterns) {
    const resource = witnessOf(pattern, principal)
    if (!types || types.some(({ arn }) => matchesWildcard(arn, resource))) found.push({ pattern, resource })
    else {
      // a pattern so wide that it says nothing of the type: `arn:aws:iam::111122223333:*`
      const written = variablesIn(pattern, principal)
      for (const { arn } of types) {
        const ofType = witnessOf(arn, principal)
        if (matchesWildcard(written, ofType)) found.push({ pattern, resource: ofType })
      }
    }
  }
  return found
}

/**
 * What stands for a wildcard, and for one whom no policy names: a text that no pattern means unless it means all. So it
 * has no letter that a pattern such as `user/a*` could ask for, and more characters than anybody writes `?`.
 */
export const NOBODY = '~'.repeat(41)

/** One resource that a pattern means, in the account of the one who asks. */
export function witnessOf(pattern: string, principal: EstatePrincipal): string {
  if (/^\*+$/.test(pattern)) return pattern === '*' ? '*' : NOBODY
  const { partition, accountId } = principal.account
  const parts = variablesIn(pattern, principal).split(':')
  if (parts.length < 6 || parts[0] !== 'arn') return parts.join(':').replaceAll('*', NOBODY).replaceAll('?', 'x')
  const rest = parts.slice(5).join(':')
  const [, inPartition, service, region, account] = parts as [string, string, string, string, string]
  const wild = /[*?]/
  return [
    'arn',
    wild.test(inPartition) ? partition : inPartition,
    service.replaceAll('*', NOBODY),
    wild.test(region) ? 'us-east-1' : region,
    wild.test(account) ? accountId : account,
    rest.replaceAll('*', NOBODY).replaceAll('?', 'x'),
  ].join(':')
}

/** A text with the policy variables filled in that are known of the principal. */
export function variablesIn(text: string, { kind, name, context }: EstatePrincipal): string {
  if (!text.includes('${')) return text
  return text.replace(/\$\{\s*([^\s},]+)\s*(?:,[^}]*)?\}/g, (whole, key: string) => {
    const lower = key.toLowerCase()
    if (lower === 'aws:username' && kind === 'user') return name
    const value = context[lower]
    return typeof value === 'string' ? value : whole
  })
}

/** Where, of all resources, an action comes out best. */
export function bestAnywhere(
  principal: EstatePrincipal,
  action: string,
  context?: Ask['context'],
): { tri: Tri; resource: string } {
  let best: { tri: Tri; resource: string } = { tri: NO, resource: '*' }
  for (const { pattern, resource } of candidateResources(principal, action)) {
    const owner = accountOfArn(resource)
    if (owner !== null && owner !== principal.account.accountId) continue
    const tri = may(principal, { action, resource, ...(context ? { context } : {}) })
    if (tri > best.tri) best = { tri, resource: pattern }
    if (best.tri === YES) break
  }
  return best
}
