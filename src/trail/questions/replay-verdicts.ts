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

/** What calls of an action have in common that differ only in their resources. */
export interface AskedAlike {
  action: string
  /** null: who called is not known. */
  principal: Principal | null
  accountId: string
  /** Whether the resources that the events tell are all of them. */
  isKnown: boolean
  /** Of condition keys in lower case. */
  context: Readonly<Record<string, ContextValue>>
}

/** Says of calls that are alike what becomes of each. */
export interface AlikeCalls {
  /** @param resources as far as the events tell */
  on(resources: readonly string[]): Verdict
}

export class Verdicts {
  readonly #policies: readonly PolicyInput[]
  readonly #actions = new Map<string, ActionFacts>()
  readonly #surroundings = new Map<string, RequestPolicies>()

  /** @param policies the identity policies that the principal would have */
  constructor(policies: readonly PolicyInput[]) {
    this.#policies = policies
  }

  ofAlike({ action, principal, accountId, isKnown, context }: AskedAlike): AlikeCalls {
    if (principal === null) return { on: () => NOBODY }
    const facts = this.#factsOf(action)
    const request = { principal, action, context, contextIs: 'open', contextKeys: 'lower' } as const
    const decide = new AlikeRequests(facts, request, accountId, this.#around(principal, action))
    if (!facts.takesResources) {
      const verdict = decide.verdictOn(EVERYTHING)
      return { on: () => verdict }
    }
    if (!isKnown) return { on: ({ length }) => (length > 0 ? facts.withoutFullArn : facts.withoutResource) }
    const known = this.#ofKnown(action, facts, decide)
    if (facts.required.length < 2) return known
    return {
      on(resources) {
        const verdict = known.on(resources)
        return verdict.verdict === 'would-be-denied' || facts.hasAllRequired(resources) ? verdict : facts.withoutAll
      },
    }
  }

  #ofKnown(action: string, facts: ActionFacts, decide: AlikeRequests): AlikeCalls {
    return {
      on(resources) {
        if (resources.length === 0) return facts.withoutResource
        if (resources.length === 1)
          return facts.isFor(resources[0]!) ? decide.verdictOn(resources[0]!) : facts.withoutFullArn
        const asked = resources.filter((resource) => facts.isFor(resource))
        if (asked.length === 0) return facts.withoutFullArn
        if (asked.length === 1) return decide.verdictOn(asked[0]!)
        if (!isForOne(action)) return verdictOf(asked.map((one) => decide.on(one)))
        const [first, ...others] = asked.map((one) => decide.verdictOn(one))
        return others.every(({ verdict }) => verdict === first!.verdict) ? first! : ONE_OF_SEVERAL
      },
    }
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

const SOME_RESOURCES: Verdict = {
  verdict: 'cannot-know',
  because: 'the event does not say all resources that the call is asked for',
}
const ONE_OF_SEVERAL: Verdict = {
  verdict: 'cannot-know',
  because: 'the event does not say for which of the resources',
}

/** One key is re-encrypted from, the other to: the event has both, in no certain order. */
const isForOne = (action: string) => action === 'kms:ReEncryptFrom' || action === 'kms:ReEncryptTo'

/** The words for a decision come when they are asked for. */
type Decided = [decision: Decision, verdict?: Verdict]

/** Requests that differ only in the resource; each is decided when no other of the same sign was. */
class AlikeRequests {
  readonly #facts: ActionFacts
  readonly #request: Omit<Request, 'resource' | 'resourceAccount'>
  readonly #accountId: string
  readonly #around: RequestPolicies
  #place: ResourcePlace | null = null
  #sign = ''
  #context: RequestContext | null = null
  #ofPlace: Decided | null = null

  constructor(
    facts: ActionFacts,
    request: Omit<Request, 'resource' | 'resourceAccount'>,
    accountId: string,
    around: RequestPolicies,
  ) {
    this.#facts = facts
    this.#request = request
    this.#accountId = accountId
    this.#around = around
  }

  on(resource: string): Decision {
    return this.#decided(resource)[0]
  }

  verdictOn(resource: string): Verdict {
    const decided = this.#decided(resource)
    decided[1] ??= verdictOf([decided[0]])
    return decided[1]
  }

  #decided(resource: string): Decided {
    const facts = this.#facts
    const place = facts.placeOf(resource)
    if (place !== this.#place) {
      const request = this.#requestFor(resource, place)
      this.#place = place
      this.#context = new RequestContext(request)
      this.#sign = facts.signOf(request, place, this.#context)
      this.#ofPlace = null
    }
    if (this.#ofPlace !== null) return this.#ofPlace
    const sign = this.#sign + facts.matchesOf(resource, this.#context!)
    let decided = facts.decided.get(sign)
    if (!decided) {
      decided = [evaluate(this.#requestFor(resource, place), this.#around)]
      facts.decided.set(sign, decided)
    }
    if (!facts.tellsResourcesApart) this.#ofPlace = decided
    return decided
  }

  #requestFor(resource: string, { account }: ResourcePlace): Request {
    return { ...this.#request, resource, resourceAccount: account ?? this.#accountId }
  }
}

/** What the engine's own rules look at in an ARN. */
interface ResourcePlace {
  account: string | undefined
  rule: string
  /** All ARNs that begin so are of this place; null: only the one. */
  start: string | null
  /** Whether the action can be asked for all of them; false: it is to be found out for each. */
  fits: boolean
}

/** What policies say of one action, and which resources it takes. */
class ActionFacts {
  readonly decided = new Map<string, Decided>()
  readonly withoutResource: Verdict
  readonly withoutFullArn: Verdict
  readonly withoutAll: Verdict
  /** The kinds of resources of which a call needs one each, as patterns; those that stand for one another together. */
  readonly required: readonly (readonly string[])[]
  readonly takesResources: boolean
  readonly tellsResourcesApart: boolean
  readonly #kinds: readonly string[]
  readonly #matchers: readonly ResourceMatcher[]
  readonly #conditions: readonly Condition[]
  #place: ResourcePlace | null = null

  constructor(action: string, policies: readonly PolicyInput[]) {
    this.#kinds = kindsOf(action)
    this.takesResources = this.#kinds.length > 0
    const lower = action.toLowerCase()
    const touching = policies
      .flatMap(({ policy }) => policy?.statements ?? [])
      .filter(({ actions }) => actions === null || actions.matches(lower, serviceOf(lower)))
    this.#matchers = touching.flatMap(({ resources }) => resources ?? []).filter((matcher) => !matcher.isForAll)
    this.tellsResourcesApart = this.#matchers.length > 0
    this.#conditions = touching.flatMap(({ conditions }) => conditions)
    const isAllKnown = policies.every(({ policy }) => policy !== null)
    this.withoutResource = isAllKnown ? withoutResource(touching, UNKNOWN_RESOURCE) : UNKNOWN_RESOURCE
    this.withoutFullArn = isAllKnown ? withoutResource(touching, PART_OF_ARN) : UNKNOWN_RESOURCE
    this.withoutAll = isAllKnown ? withoutResource(touching, SOME_RESOURCES) : UNKNOWN_RESOURCE
    this.required = requiredOf(action)
  }

  /**
   * With {@link matchesOf} all that a decision about the action can hang on: what each part of the policies makes of the
   * request, and what the engine's own rules look at. Requests of the same signs are decided alike.
   */
  signOf({ principal, resourceAccount }: Request, { rule }: ResourcePlace, context: RequestContext): string {
    let sign = `${principal.type} ${accountOf(principal)} ${resourceAccount} ${rule} `
    for (const condition of this.#conditions) sign += condition.holds(context)
    return `${sign} `
  }

  matchesOf(resource: string, context: RequestContext): string {
    let sign = ''
    for (const matcher of this.#matchers) sign += matcher.matches(resource, context)
    return sign
  }

  hasAllRequired(resources: readonly string[]): boolean {
    return this.required.every((kinds) => resources.some((resource) => kinds.some((kind) => fits(kind, resource))))
  }

  isFor(resource: string): boolean {
    return this.placeOf(resource).fits || this.#kinds.some((kind) => fits(kind, resource))
  }

  /** Resources come in order, and most are where the one before was. */
  placeOf(resource: string): ResourcePlace {
    const last = this.#place
    if (last !== null && last.start !== null && resource.startsWith(last.start)) return last
    const start = startOf(resource)
    this.#place = {
      account: /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(resource)?.[1],
      rule: /^arn:[^:]*:(iam:[^:]*:[^:]*:role|kms:[^:]*:[^:]*:key)\//.exec(resource)?.[1]?.slice(0, 3) ?? '',
      start,
      fits: start !== null && this.#kinds.some((kind) => kind.endsWith('*') && fits(kind, start)),
    }
    return this.#place
  }
}

/**
 * How all ARNs of the same account and kind begin: to the slash behind the fifth colon, or that colon. null: other ARNs
 * that begin so are not of the same.
 */
function startOf(arn: string): string | null {
  const before = /^arn:[^:]*:([^:]*):[^:]*:[^:]*:/.exec(arn)
  if (before === null) return null
  const end = before[0].length
  const slash = arn.indexOf('/', end)
  if (slash !== -1) return arn.slice(0, slash + 1)
  return before[1] === 'iam' || before[1] === 'kms' ? null : arn.slice(0, end)
}

/** The ARNs of the resources that an action can be asked for, as patterns. */
export function kindsOf(action: string): readonly string[] {
  return (actionNamed(action)?.resourceTypes ?? []).map(({ arn }) => arn)
}

/** Actions on one resource of any kind: a stream or a table has tags, never both in one call. */
const OF_ANY_KIND = /:(?:Tag|Untag|ListTags|ChangeTags|(?:Get|Put|Delete)ResourcePolicy)/

function requiredOf(action: string): string[][] {
  const groups = new Map<string, string[]>()
  if (OF_ANY_KIND.test(action)) return []
  for (const { name, arn, required } of actionNamed(action)?.resourceTypes ?? []) {
    if (!required) continue
    // a listener is one of an application's or of a network's load balancer
    const group = name.replace(/\/.*$/, '')
    groups.set(group, [...(groups.get(group) ?? []), arn])
  }
  return [...groups.values()]
}

/**
 * What of the resources an action is asked for; null: for one that is not known.
 * @param kinds see {@link kindsOf}
 * @param resources of the event; null: it does not tell
 */
export function askedOf(kinds: readonly string[], resources: readonly string[] | null): readonly string[] | null {
  if (kinds.length === 0) return [EVERYTHING]
  if (resources === null) return null
  const fitting = resources.filter((arn) => kinds.some((kind) => fits(kind, arn)))
  return fitting.length > 0 ? fitting : null
}

const EVERYTHING = '*'

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
  // what stands for the resource's policy lets everything pass
  const reason = because.find(({ source }) => source === 'identity-policy') ?? because[0]
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
