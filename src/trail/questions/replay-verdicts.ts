/** What proposed policies say to calls that were made. What cannot differ is decided once. */
import type { ReplayVerdict } from '../../model/trail.ts'
import { actionNamed } from '../../policy/actions/actions.ts'
import { type CompiledStatement, compilePolicy, type ResourceMatcher, serviceOf } from '../../policy/compile.ts'
import type { Condition } from '../../policy/conditions/condition.ts'
import { RequestContext } from '../../policy/context.ts'
import { evaluate } from '../../policy/evaluate.ts'
import { parsePolicy } from '../../policy/parse.ts'
import { accountOf, type Principal } from '../../policy/principal.ts'
import type { ContextValue, Decision, PolicyInput, Request, RequestPolicies } from '../../policy/request.ts'

export interface Verdict {
  verdict: ReplayVerdict
  because: string
}

/** A call, or some that are alike. */
export interface ReplayCall {
  action: string
  /** null: who called is not known. */
  principal: Principal | null
  accountId: string
  /** As far as the events tell. */
  resources: readonly string[]
  /** Whether that is all of it. */
  isKnown: boolean
  /** Of condition keys in lower case. */
  context: Readonly<Record<string, ContextValue>>
}

export class Verdicts {
  readonly #policies: readonly PolicyInput[]
  readonly #actions = new Map<string, ActionFacts>()
  readonly #surroundings = new Map<string, RequestPolicies>()

  /** @param policies the identity policies that the principal would have */
  constructor(policies: readonly PolicyInput[]) {
    this.#policies = policies
  }

  on(call: ReplayCall): Verdict {
    const { principal } = call
    if (principal === null) return NOBODY
    const facts = this.#factsOf(call.action)
    const resources = facts.resourcesAsked(call.isKnown ? call.resources : null)
    if (resources === null) return call.resources.length > 0 ? facts.withoutFullArn : facts.withoutResource
    if (resources.length > 1)
      return verdictOf(resources.map((resource) => this.#decided(facts, call, principal, resource)[0]))
    const decided = this.#decided(facts, call, principal, resources[0]!)
    decided[1] ??= verdictOf([decided[0]])
    return decided[1]
  }

  #decided(facts: ActionFacts, call: ReplayCall, principal: Principal, resource: string): Decided {
    const { action, context } = call
    const resourceAccount = accountIn(resource) ?? call.accountId
    const request: Request = {
      principal,
      action,
      resource,
      resourceAccount,
      context,
      contextIs: 'open',
      contextKeys: 'lower',
    }
    const sign = facts.sign(request)
    let decided = facts.decided.get(sign)
    if (!decided) {
      decided = [evaluate(request, this.#around(principal, action))]
      facts.decided.set(sign, decided)
    }
    return decided
  }

  #factsOf(action: string): ActionFacts {
    let facts = this.#actions.get(action)
    if (!facts) {
      facts = new ActionFacts(action, this.#policies)
      this.#actions.set(action, facts)
    }
    return facts
  }

  /**
   * Only the identity policies are proposed. Whatever else had a say let the call pass: boundary and organization
   * policies count as silent, and the resource's policy as one that leaves it to the account, as key and trust policies do.
   */
  #around(principal: Principal, action: string): RequestPolicies {
    const account = accountOf(principal)
    const isTrust = /^sts:AssumeRole/i.test(action)
    const key = `${isTrust} ${account}`
    let around = this.#surroundings.get(key)
    if (!around) {
      const statement = {
        Effect: 'Allow',
        Principal: { AWS: account },
        Action: '*',
        ...(isTrust ? {} : { Resource: '*' }),
      }
      const delegates = { Version: '2012-10-17', Statement: [statement] }
      around = {
        identity: this.#policies,
        boundary: null,
        session: null,
        scps: [],
        rcps: [],
        resource: { name: "the resource's policy", policy: compilePolicy(parsePolicy(delegates)) },
        endpoint: null,
      }
      this.#surroundings.set(key, around)
    }
    return around
  }
}

const NOBODY: Verdict = { verdict: 'cannot-know', because: 'who called is not known' }
const UNKNOWN_RESOURCE: Verdict = { verdict: 'cannot-know', because: 'the event does not say on which resource' }
const PART_OF_ARN: Verdict = {
  verdict: 'cannot-know',
  because: 'the event does not say the full ARN of the resource',
}

/** The words for a decision come when they are asked for. */
type Decided = [decision: Decision, verdict?: Verdict]

/** What policies say of one action, and which resources it takes. */
class ActionFacts {
  readonly decided = new Map<string, Decided>()
  readonly withoutResource: Verdict
  readonly withoutFullArn: Verdict
  readonly #kinds: readonly string[]
  readonly #matchers: readonly ResourceMatcher[]
  readonly #conditions: readonly Condition[]

  constructor(action: string, policies: readonly PolicyInput[]) {
    this.#kinds = kindsOf(action)
    const lower = action.toLowerCase()
    const touching = policies
      .flatMap(({ policy }) => policy?.statements ?? [])
      .filter(({ actions }) => actions === null || actions.matches(lower, serviceOf(lower)))
    this.#matchers = touching.flatMap(({ resources }) => resources ?? [])
    this.#conditions = touching.flatMap(({ conditions }) => conditions)
    const isAllKnown = policies.every(({ policy }) => policy !== null)
    this.withoutResource = isAllKnown ? withoutResource(touching, UNKNOWN_RESOURCE) : UNKNOWN_RESOURCE
    this.withoutFullArn = isAllKnown ? withoutResource(touching, PART_OF_ARN) : UNKNOWN_RESOURCE
  }

  /**
   * All that a decision about the action can hang on: what each part of the policies makes of the request, and what the
   * engine's own rules look at. Requests of the same sign are decided alike.
   */
  sign(request: Request): string {
    const { principal, resource, resourceAccount } = request
    const rule = /^arn:[^:]*:(iam:[^:]*:[^:]*:role|kms:[^:]*:[^:]*:key)\//.exec(resource)?.[1]?.slice(0, 3)
    let sign = `${principal.type} ${accountOf(principal)} ${resourceAccount} ${rule ?? ''} `
    const context = new RequestContext(request)
    for (const matcher of this.#matchers) sign += matcher.matches(resource, context)
    for (const condition of this.#conditions) sign += condition.holds(context)
    return sign
  }

  resourcesAsked(resources: readonly string[] | null): readonly string[] | null {
    return askedOf(this.#kinds, resources)
  }
}

function accountIn(arn: string): string | undefined {
  return /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1]
}

/** The ARNs of the resources that an action can be asked for, as patterns. */
export function kindsOf(action: string): readonly string[] {
  return (actionNamed(action)?.resourceTypes ?? []).map(({ arn }) => arn)
}

/**
 * What of the resources an action is asked for; null: for one that is not known.
 * @param kinds see {@link kindsOf}
 * @param resources of the event; null: it does not tell
 */
export function askedOf(kinds: readonly string[], resources: readonly string[] | null): readonly string[] | null {
  if (kinds.length === 0) return EVERYTHING
  if (resources === null) return null
  const fitting = resources.filter((arn) => kinds.some((kind) => fits(kind, arn)))
  return fitting.length > 0 ? fitting : null
}

const EVERYTHING = ['*']

const expressions = new Map<string, RegExp>()

function fits(pattern: string, arn: string): boolean {
  let expression = expressions.get(pattern)
  if (!expression) {
    const text = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
    expression = new RegExp(`^${text}$`, 's')
    expressions.set(pattern, expression)
  }
  return expression.test(arn)
}

function verdictOf(decisions: readonly Decision[]): Verdict {
  const denied = decisions.find(({ decision }) => decision === 'denied')
  if (denied)
    return {
      verdict: 'would-be-denied',
      because: denied.explicit ? `a Deny in ${denied.because[0]?.policy ?? 'the policy'}` : 'nothing allows it',
    }
  const open = decisions.find(({ decision }) => decision === 'conditional')
  if (open)
    return {
      verdict: 'cannot-know',
      because: [...open.conditions.map(({ key, operator }) => `${key} ${operator}`), ...open.unknown].join(', '),
    }
  return { verdict: 'still-allowed', because: reasonOf(decisions[0]!) }
}

function reasonOf({ because }: Decision): string {
  const [reason] = because
  if (!reason || reason.policy === null) return 'allowed'
  return `${reason.policy}${reason.statement === null ? '' : `, statement ${reason.statement + 1}`}`
}

/** Where it is not known what a call was about, only what holds for every resource is certain. */
function withoutResource(touching: readonly CompiledStatement[], otherwise: Verdict): Verdict {
  const allows = touching.filter(({ effect }) => effect !== 'Deny')
  const denies = touching.filter(({ effect }) => effect !== 'Allow')
  if (allows.length === 0) return { verdict: 'would-be-denied', because: 'nothing allows it' }
  const isWide = (of: CompiledStatement) =>
    of.understood && of.effect !== null && of.statement.resource?.includes('*') === true && of.conditions.length === 0
  if (denies.length === 0 && allows.some(isWide))
    return { verdict: 'still-allowed', because: 'allowed on every resource' }
  if (denies.some(isWide)) return { verdict: 'would-be-denied', because: 'a Deny on every resource' }
  return otherwise
}
