/** `can`: what one principal may do. */
import { type AccessSummary, type CanAnswer, type Extent, RISK_CLASSES, type RiskClass } from '../model/reach.ts'
import { actionNamed, actionNames, askedResource } from '../policy/actions/actions.ts'
import type { CompiledPolicy } from '../policy/compile.ts'
import type { RequestPolicies } from '../policy/request.ts'
import {
  type ActionList,
  actionList,
  type Bound,
  boundOf,
  count,
  has,
  type PolicyReader,
  policyReader,
  set,
} from './action-bits.ts'
import { isAdmin } from './admin.ts'
import { type Ask, accessOf, accountOfArn, candidateResources, decide, resourcePolicyOf } from './ask.ts'
import type { Estate, EstatePrincipal } from './estate.ts'
import { RISKS } from './risks.ts'

/** @param resource null: any */
export function canDo(estate: Estate, principal: EstatePrincipal, action: string, resource: string | null): CanAnswer {
  const written = actionNamed(action)?.name ?? action
  const asked = resource === null ? null : askedResource(action, resource)
  const answer =
    asked === null
      ? anywhere(estate, principal, action)
      : { ...accessOf(decide(principal, askOf(estate, principal, action, asked))), on: null }
  return { principal: principal.arn, action: written, resource, ...answer }
}

export function askOf(estate: Estate, principal: EstatePrincipal, action: string, resource: string): Ask {
  const owner = accountOfArn(resource)
  const other = owner !== null && owner !== principal.account.accountId ? estate.accounts.get(owner) : undefined
  return {
    action,
    resource,
    ...resourcePolicyOf(estate, principal, action, resource),
    ...(other ? { rcps: other.rcps } : {}),
  }
}

const RANK = { allowed: 2, conditional: 1, denied: 0 } as const

/** The best answer that any resource gets, and the patterns of those that get one. */
function anywhere(
  estate: Estate,
  principal: EstatePrincipal,
  action: string,
): Pick<CanAnswer, 'on'> & ReturnType<typeof accessOf> {
  let best: ReturnType<typeof accessOf> | null = null
  const on: Record<'allowed' | 'conditional', string[]> = { allowed: [], conditional: [] }
  for (const { pattern, resource } of candidateResources(principal, action)) {
    const access = accessOf(decide(principal, askOf(estate, principal, action, resource)))
    if (access.decision !== 'denied') on[access.decision].push(pattern)
    if (!best || RANK[access.decision] > RANK[best.decision]) best = access
  }
  const patterns = best!.decision === 'denied' ? [] : on[best!.decision]
  return { ...best!, on: patterns.includes('*') ? ['*'] : patterns }
}

let everyAction: ActionList | undefined

/** All actions of AWS, as bits. */
export function allActions(): ActionList {
  everyAction ??= actionList(actionNames())
  return everyAction
}

const LEVELS = ['List', 'Read', 'Write', 'Tagging', 'Permissions management'] as const

/** Everything a principal may do, in numbers, and what of it hurts. */
export function summaryOf(principal: EstatePrincipal): AccessSummary {
  const list = allActions()
  const bound = boundOf(principal.policies, allPolicies(), list, principal.kind === 'root')
  const allowed = count(bound.sure)
  return {
    principal: principal.arn,
    actions: { allowed, restricted: count(bound.maybe) - allowed },
    levels: levelsIn(bound),
    risks: Object.fromEntries(RISK_CLASSES.map((risk) => [risk, risksOf(risk, list, bound)])) as AccessSummary['risks'],
    admin: (['no', 'conditional', 'yes'] as const)[isAdmin(principal)],
    stoppedBy: stoppedBy(principal, list),
    unknown: unknownOf(principal),
  }
}

let everyLevel: { level: string; bits: Uint32Array }[] | undefined

/** The actions of each access level, as bits of {@link allActions}. */
function bitsByLevel(): { level: string; bits: Uint32Array }[] {
  if (everyLevel) return everyLevel
  const { names, words } = allActions()
  const bits = new Map(LEVELS.map((level) => [level as string, new Uint32Array(words)]))
  for (const [i, name] of names.entries()) set(bits.get(actionNamed(name)!.accessLevel)!, i)
  everyLevel = [...bits].map(([level, of]) => ({ level, bits: of }))
  return everyLevel
}

/** How many actions of each access level a bound over all actions leaves. */
function levelsIn({ sure, maybe }: Bound): Record<string, Extent> {
  return Object.fromEntries(
    bitsByLevel().map(({ level, bits }) => {
      const within = (of: Uint32Array) => count(of.map((word, w) => word & bits[w]!))
      const allowed = within(sure)
      return [level, { allowed, restricted: within(maybe) - allowed }]
    }),
  )
}

/** The access levels of all that a principal may do. */
export function levelsOf(principal: EstatePrincipal): Record<string, Extent> {
  const list = allActions()
  return levelsIn(boundOf(principal.policies, allPolicies(), list, principal.kind === 'root'))
}

let everyPolicy: PolicyReader | undefined

function allPolicies(): PolicyReader {
  everyPolicy ??= policyReader(allActions())
  return everyPolicy
}

function risksOf(risk: RiskClass, list: ActionList, bound: Bound) {
  const found: AccessSummary['risks'][RiskClass] = { allowed: [], restricted: [] }
  for (const action of RISKS[risk]) {
    const i = list.number.get(action.toLowerCase())
    if (i === undefined || !has(bound.maybe, i)) continue
    found[has(bound.sure, i) ? 'allowed' : 'restricted'].push(action)
  }
  return found
}

/** What identity policies would allow, and boundary or organization take away. */
export function stoppedBy(principal: EstatePrincipal, list: ActionList): AccessSummary['stoppedBy'] {
  const { policies } = principal
  const read = policyReader(list)
  const isRoot = principal.kind === 'root'
  const maybe = (of: RequestPolicies) => boundOf(of, read, list, isRoot).maybe
  const found: AccessSummary['stoppedBy'] = []
  let before = maybe({ ...policies, boundary: null, scps: [] })
  const lose = (source: string, policy: string | null, after: Uint32Array) => {
    const lost = before.map((word, w) => word & ~after[w]!)
    before = after
    const actions = count(lost)
    if (actions === 0) return
    const examples = Object.values(RISKS)
      .flat()
      .filter((action) => {
        const i = list.number.get(action.toLowerCase())
        return i !== undefined && has(lost, i)
      })
    found.push({ source, policy, actions, examples: examples.slice(0, 5) })
  }
  if (policies.boundary !== null && policies.boundary !== 'unknown')
    lose('permissions-boundary', policies.boundary[0]?.name ?? null, maybe({ ...policies, scps: [] }))
  if (policies.scps !== 'unknown' && policies.scps.length > 0) lose('scp', null, maybe(policies))
  return found
}

/** Policies that apply, and whose document is not known. */
export function unknownOf({ policies: { identity, boundary, scps } }: EstatePrincipal): string[] {
  return [
    ...identity
      .filter(({ policy }) => policy === null || !isUnderstood(policy))
      .map(({ name, policy }) => `the document of ${name}${policy ? ', which is not understood' : ''}`),
    ...(boundary === 'unknown' ? ['the permissions boundary'] : []),
    ...(scps === 'unknown' ? ['the service control policies'] : []),
  ]
}

function isUnderstood({ parsed, statements }: CompiledPolicy): boolean {
  return parsed.understood && statements.every(({ understood }) => understood)
}
