/** Policies made ready for many questions: everything that can be read off the document beforehand is. */

import { type Condition, compileCondition } from './conditions/condition.ts'
import type { RequestContext } from './context.ts'
import type { ParsedPolicy, Statement } from './parse.ts'
import { compilePattern, globOf, type Pattern } from './pattern.ts'
import { compilePrincipals, type PrincipalMatcher } from './principal.ts'
import { NO, not, type Tri, YES } from './tri.ts'

export interface CompiledPolicy {
  parsed: ParsedPolicy
  statements: readonly CompiledStatement[]
  /** Makes decisions faster; without it, they are the same. */
  index?: StatementIndex
}

export interface CompiledStatement {
  statement: Statement
  effect: 'Allow' | 'Deny' | null
  /** null: the statement says nothing readable about actions. Likewise of resources and principals. */
  actions: ActionMatcher | null
  resources: ResourceMatcher | null
  hasResources: boolean
  principals: PrincipalMatcher | null
  hasPrincipals: boolean
  /** The principals are those to leave out. */
  notPrincipal: boolean
  conditions: readonly Condition[]
  /** False: something in it was not understood, so it can't be said for sure that it applies. */
  understood: boolean
}

const compiled = new WeakMap<ParsedPolicy, CompiledPolicy>()

/** Compiles a policy once; asking again for the same one costs nothing. */
export function compilePolicy(parsed: ParsedPolicy): CompiledPolicy {
  let policy = compiled.get(parsed)
  if (!policy) {
    const variables = parsed.version === '2012-10-17'
    const statements = parsed.statements.map((statement) => compileStatement(statement, variables))
    policy = { parsed, statements, index: new StatementIndex(statements) }
    compiled.set(parsed, policy)
  }
  return policy
}

const indexes = new WeakMap<CompiledPolicy, StatementIndex>()

/**
 * Statements of a policy that mean an action, in order.
 * @param action in lower case  @param service its part before the colon, colon included
 */
export function statementsMeaning(
  policy: CompiledPolicy,
  action: string,
  service: string,
): readonly CompiledStatement[] {
  let index = policy.index ?? indexes.get(policy)
  if (!index) {
    index = new StatementIndex(policy.statements)
    indexes.set(policy, index)
  }
  return index.meaning(action, service)
}

const NONE: readonly CompiledStatement[] = []

/** Statements that may mean actions of one service, and those that mean one of these. */
class ServiceStatements {
  readonly candidates: readonly CompiledStatement[]
  /** The same few actions are asked for again and again. */
  #byAction: Map<string, readonly CompiledStatement[]> | null = null

  constructor(candidates: readonly CompiledStatement[]) {
    this.candidates = candidates
  }

  meaning(action: string, service: string): readonly CompiledStatement[] {
    const known = this.#byAction?.get(action)
    if (known !== undefined) return known
    const { candidates } = this
    let found: CompiledStatement[] | null = null
    let isOfService = false
    for (let i = 0; i < candidates.length; i++) {
      const candidate = candidates[i]!
      const { actions } = candidate
      if (actions !== null) {
        if (actions.services !== null && !actions.services.has(service)) continue
        isOfService = true
        if (!actions.matches(action, service)) continue
      }
      found ??= []
      found.push(candidate)
    }
    // not worth remembering: it is found as fast again
    if (found === null && !isOfService) return NONE
    const kept = found === null ? NONE : found.length === candidates.length ? candidates : found
    this.#byAction ??= new Map()
    if (this.#byAction.size >= MOST_ACTIONS) this.#byAction.clear()
    this.#byAction.set(action, kept)
    return kept
  }
}

/** Which statements to ask about an action, so that a decision asks only those that mean it. */
export class StatementIndex {
  /** By service (`s3:`); null where every statement may mean any. */
  readonly #byService: ReadonlyMap<string, ServiceStatements> | null
  /** For any other service; null: no statement means an action of one. */
  readonly #others: ServiceStatements | null

  constructor(statements: readonly CompiledStatement[]) {
    // a few are asked as fast as they are found
    if (statements.length <= FEW) {
      this.#byService = null
      this.#others = new ServiceStatements(statements)
      return
    }
    const ofAnyService = statements.filter(({ actions }) => actions === null || actions.services === null)
    const services = new Set(statements.flatMap(({ actions }) => [...(actions?.services ?? [])]))
    // a document may hold as many services as statements; an index of everything by everything would not stay small
    if (ofAnyService.length === statements.length || services.size * statements.length > 100_000) {
      this.#byService = null
      this.#others = new ServiceStatements(statements)
      return
    }
    this.#others = ofAnyService.length === 0 ? null : new ServiceStatements(ofAnyService)
    const byService = new Map<string, ServiceStatements>()
    for (const service of services) {
      const candidates = statements.filter(({ actions }) => !actions?.services || actions.services.has(service))
      byService.set(service, new ServiceStatements(candidates))
    }
    this.#byService = byService
  }

  meaning(action: string, service: string): readonly CompiledStatement[] {
    const statements = this.#byService?.get(service) ?? this.#others
    return statements === null ? NONE : statements.meaning(action, service)
  }
}

const FEW = 3

/** So many actions of a service a policy remembers. */
const MOST_ACTIONS = 256

function compileStatement(statement: Statement, variables: boolean): CompiledStatement {
  const { action, notAction, resource, notResource, principal, notPrincipal, doubtful } = statement
  const actions = oneOf(action, notAction)
  const resources = oneOf(resource, notResource)
  const principals = oneOf(principal, notPrincipal)
  const isDoubtful = (element: string, orElse?: string) =>
    doubtful.length > 0 && (doubtful.includes(element) || (orElse !== undefined && doubtful.includes(orElse)))
  return {
    statement,
    effect: isDoubtful('Effect') ? null : statement.effect,
    actions: actions && !isDoubtful('Action', 'NotAction') ? new ActionMatcher(actions, action === null) : null,
    resources:
      resources && !isDoubtful('Resource', 'NotResource')
        ? new ResourceMatcher(resources, resource === null, variables)
        : null,
    hasResources: resource !== null || notResource !== null,
    principals: principals && !isDoubtful('Principal', 'NotPrincipal') ? compilePrincipals(principals) : null,
    hasPrincipals: principal !== null || notPrincipal !== null,
    notPrincipal: notPrincipal !== null,
    // of conditions that are read only in part none can be relied on: a value may be missing
    conditions: isDoubtful('Condition')
      ? []
      : statement.conditions.map((clause) => compileCondition(clause, variables)),
    understood: statement.understood,
  }
}

/** An element and its `Not…`: the one that is there, null when both or none are. */
function oneOf<T>(element: T | null, notElement: T | null): T | null {
  return element === null ? notElement : notElement === null ? element : null
}

/**
 * `Action` or `NotAction`, in any case, with wildcards anywhere. Patterns are kept by the service they name, so that a
 * policy of a thousand patterns asks a dozen.
 */
export class ActionMatcher {
  readonly #not: boolean
  readonly #literals: ReadonlySet<string>
  #byService: Map<string, ((action: string) => boolean)[]> | null = null
  #anyService: ((action: string) => boolean)[] | null = null
  #everything = false
  /** Services whose actions it can match (`s3:`); null: any. */
  readonly services: ReadonlySet<string> | null

  constructor(patterns: readonly string[], not: boolean) {
    this.#not = not
    const literals = new Set<string>()
    const services = new Set<string>()
    for (const written of patterns) {
      const pattern = written.toLowerCase()
      const isLiteral = !pattern.includes('*') && !pattern.includes('?')
      if (!isLiteral && /^\*+$/.test(pattern)) this.#everything = true
      else {
        services.add(serviceOf(pattern))
        if (isLiteral) literals.add(pattern)
        else this.#add(pattern)
      }
    }
    this.#literals = literals
    this.services = not || this.#everything || this.#anyService !== null ? null : services
  }

  #add(pattern: string): void {
    const glob = globOf(pattern)
    const service = serviceOf(pattern)
    if (service === '' || /[*?]/.test(service)) {
      this.#anyService ??= []
      this.#anyService.push(glob)
    } else {
      this.#byService ??= new Map()
      const globs = this.#byService.get(service)
      if (globs) globs.push(glob)
      else this.#byService.set(service, [glob])
    }
  }

  /** @param action in lower case  @param service its part before the colon, colon included */
  matches(action: string, service: string): boolean {
    return this.#lists(action, service) !== this.#not
  }

  #lists(action: string, service: string): boolean {
    if (this.#everything || this.#literals.has(action)) return true
    const globs = this.#byService?.get(service)
    if (globs) for (const glob of globs) if (glob(action)) return true
    if (this.#anyService !== null) for (const glob of this.#anyService) if (glob(action)) return true
    return false
  }
}

/** An action as the engine compares it. */
export interface FoldedAction {
  /** In lower case. */
  action: string
  /** `s3:`, in lower case. */
  service: string
}

/** The same few thousand actions are asked for again and again. */
const folded = new Map<string, FoldedAction>()

/** @param written in any case */
export function foldAction(written: string): FoldedAction {
  let known = folded.get(written)
  if (!known) {
    const action = written.toLowerCase()
    known = { action, service: serviceOf(action) }
    if (folded.size >= 4_096) folded.clear()
    folded.set(written, known)
  }
  return known
}

/** `s3:`; empty where there is no colon. */
export function serviceOf(action: string): string {
  return action.slice(0, action.indexOf(':') + 1)
}

/** `Resource` or `NotResource`. */
export class ResourceMatcher {
  readonly #not: boolean
  readonly patterns: readonly Pattern[]
  /** `Resource: '*'`: it tells no resources apart. */
  readonly isForAll: boolean

  constructor(texts: readonly string[], not: boolean, variables: boolean) {
    this.#not = not
    this.isForAll = !not && texts.includes('*')
    this.patterns = texts.map((text) => compileResource(text, variables))
  }

  matches(resource: string, context: RequestContext): Tri {
    let listed: Tri = NO
    for (const pattern of this.patterns) {
      const match = pattern.matches(resource, context)
      if (match > listed) listed = match
      if (listed === YES) break
    }
    return this.#not ? not(listed) : listed
  }
}

/** A variable stands in the resource part of an ARN only; before that it has no meaning and matches nothing. */
function compileResource(text: string, variables: boolean): Pattern {
  const pattern = compilePattern(text, { variables, wildcards: true })
  if (!pattern.template.hasVariables) return pattern
  const before = text.slice(0, text.search(/\$\{(?![*?$]\})/))
  return before.split(':').length > 5 ? pattern : { template: pattern.template, matches: () => NO }
}
