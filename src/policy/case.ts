/**
 * Cases: a request, the policies around it, and the decision that is expected. The unit tests of people who write
 * policies.
 */
import { distance } from 'fastest-levenshtein'
import { InputError } from '../model/errors.ts'
import { POLICY_SOURCES } from '../model/reach.ts'
import { askedResource } from './actions/actions.ts'
import { compilePolicy } from './compile.ts'
import { evaluate } from './evaluate.ts'
import { isRecord, parsePolicy } from './parse.ts'
import { type Principal, principalOf } from './principal.ts'
import type { ContextValue, Decision, PolicyInput, PolicyLevel, Request, RequestPolicies, Source } from './request.ts'

export interface PolicyCase {
  id: string
  name: string | null
  request: Request
  policies: RequestPolicies
  /** null: the case asks, and expects nothing. */
  expected: Expected | null
}

export interface Expected {
  decision: Outcome
  blockedBy: Source | null
}

export const OUTCOMES = ['Allowed', 'ImplicitlyDenied', 'ExplicitlyDenied', 'Conditional'] as const
export type Outcome = (typeof OUTCOMES)[number]

export interface CaseResult {
  id: string
  decision: Outcome
  expected: Outcome
  blockedBy: Source | null
  expectedBlockedBy: Source | null
  because: Decision['because']
  conditions: Decision['conditions']
  unknown: string[]
  passed: boolean
}

/** Runs one case. */
export function runCase({ id, request, policies, expected }: PolicyCase & { expected: Expected }): CaseResult {
  const { decision, explicit, blockedBy, because, conditions, unknown } = evaluate(request, policies)
  const outcome = outcomeOf({ decision, explicit })
  const passed = outcome === expected.decision && (expected.blockedBy === null || expected.blockedBy === blockedBy)
  return {
    id,
    decision: outcome,
    expected: expected.decision,
    blockedBy,
    expectedBlockedBy: expected.blockedBy,
    because,
    conditions,
    unknown,
    passed,
  }
}

export function outcomeOf({ decision, explicit }: Pick<Decision, 'decision' | 'explicit'>): Outcome {
  if (decision === 'allowed') return 'Allowed'
  if (decision === 'conditional') return 'Conditional'
  return explicit ? 'ExplicitlyDenied' : 'ImplicitlyDenied'
}

/** Says what is wrong with a case, and where: `request.principal`: ... */
function problem(path: string, message: string): InputError {
  return new InputError(path === '' ? message : `\`${path}\` ${message}`)
}

/** Reads a list of cases, or one case; throws an `InputError` that names the first thing wrong. */
export function readCases(value: unknown): PolicyCase[] {
  const list = Array.isArray(value) ? value : isRecord(value) && Array.isArray(value.cases) ? value.cases : [value]
  return list.map((item, index) => {
    try {
      return readCase(item, index)
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      const id = isRecord(item) && typeof item.id === 'string' ? item.id : `number ${index + 1}`
      throw new InputError(`case ${id}: ${error.message}`)
    }
  })
}

/** Reads one case; throws an `InputError` that names the first thing wrong. */
export function readCase(value: unknown, index = 0): PolicyCase {
  if (!isRecord(value)) throw problem('', 'is no object')
  return {
    id: value.id === undefined ? String(index + 1) : text(value, 'id', ''),
    name: value.name === undefined ? null : text(value, 'name', ''),
    request: readRequest(value.request, value.mode),
    policies: readPolicies(value.policies ?? {}),
    expected: value.expected === undefined ? null : readExpected(value.expected),
  }
}

function readRequest(value: unknown, mode: unknown): Request {
  if (!isRecord(value)) throw problem('request', 'is no object')
  known(value, 'request', [
    'principal',
    'action',
    'resource',
    'resourceAccount',
    'context',
    'contextIs',
    'awsManagedKey',
  ])
  const principal = readPrincipal(value.principal)
  const action = text(value, 'action', 'request')
  if (!/^[^\s:*?]+:[^\s:*?]+$/.test(action))
    throw problem('request.action', `\`${action}\` is no action like s3:GetObject`)
  const written = text(value, 'resource', 'request')
  // a bare name would fit any `*` of a policy, and be no question that AWS is ever asked
  if (written !== '*' && !written.startsWith('arn:'))
    throw problem('request.resource', `\`${written}\` is no ARN, nor \`*\` for an action that knows no resources`)
  const resource = askedResource(action, written)
  const contextIs = value.contextIs ?? (mode === undefined || mode === 'strict' ? 'closed' : mode)
  if (contextIs !== 'closed' && contextIs !== 'open')
    throw problem(value.contextIs === undefined ? 'mode' : 'request.contextIs', 'is neither strict nor open')
  return {
    principal,
    action,
    resource,
    resourceAccount: readResourceAccount(value.resourceAccount, resource, principal),
    context: readContext(value.context ?? {}),
    contextIs,
    ...(value.awsManagedKey === true && { awsManagedKey: true }),
  }
}

/** Told, or read off the ARN, or else the caller's own. */
function readResourceAccount(value: unknown, resource: string, principal: Principal): string {
  if (typeof value === 'string' && /^\d{12}$/.test(value)) return value
  if (value !== undefined && value !== null) throw problem('request.resourceAccount', 'is no account of 12 digits')
  const inArn = resource.split(':')[4]
  if (inArn !== undefined && /^\d{12}$/.test(inArn)) return inArn
  return 'account' in principal ? principal.account : ''
}

function readPrincipal(value: unknown): Principal {
  if (isRecord(value)) {
    if (value.type === 'Anonymous') return { type: 'Anonymous' }
    const arn = value.arn ?? value.service ?? value.provider
    const principal = typeof arn === 'string' ? principalOf(arn) : null
    if (principal?.type === 'AssumedRole' && typeof value.roleArn === 'string')
      return { ...principal, roleArn: value.roleArn }
    if (principal?.type === 'FederatedUser' && typeof value.userArn === 'string')
      return { ...principal, userArn: value.userArn }
    if (value.type === 'Federated' && typeof value.provider === 'string')
      return { type: 'Federated', provider: value.provider }
    if (principal) return principal
  }
  const principal = typeof value === 'string' ? principalOf(value) : null
  if (principal) return principal
  throw problem('request.principal', 'is no ARN of a principal, name of a service, or {"type": "Anonymous"}')
}

function readContext(value: unknown): Record<string, ContextValue> {
  if (!isRecord(value)) throw problem('request.context', 'is no object')
  const context: Record<string, ContextValue> = Object.create(null)
  const seen = new Set<string>()
  for (const [key, entry] of Object.entries(value)) {
    if (seen.has(key.toLowerCase()))
      throw problem('request.context', `\`${key}\` is there twice (case does not matter)`)
    seen.add(key.toLowerCase())
    if (entry === null) context[key] = null
    else if (Array.isArray(entry)) context[key] = entry.map((item) => contextText(key, item))
    else context[key] = contextText(key, entry)
  }
  return context
}

function contextText(key: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw problem('request.context', `\`${key}\` is neither a text nor a list of texts`)
}

function readPolicies(value: unknown): RequestPolicies {
  if (!isRecord(value)) throw problem('policies', 'is no object')
  known(value, 'policies', [
    'identity',
    'boundary',
    'session',
    'scps',
    'rcps',
    'resource',
    'endpoint',
    'grants',
    'managementAccount',
  ])
  const { grants, managementAccount } = value
  if (grants !== undefined && grants !== 'none' && grants !== 'unknown')
    throw problem('policies.grants', 'is neither none nor unknown')
  if (managementAccount !== undefined && managementAccount !== null && typeof managementAccount !== 'string')
    throw problem('policies.managementAccount', 'is no account')
  return {
    identity: inputs(value.identity ?? [], 'identity'),
    boundary: optional(value.boundary, 'boundary'),
    session: optional(value.session, 'session'),
    scps: levels(value.scps ?? [], 'scps'),
    rcps: levels(value.rcps ?? [], 'rcps'),
    resource: single(value.resource, 'resource'),
    endpoint: single(value.endpoint, 'endpoint'),
    ...(grants !== undefined && { grants }),
    ...(managementAccount !== undefined && { managementAccount }),
  }
}

function inputs(value: unknown, name: string): PolicyInput[] {
  return Array.isArray(value) ? value.map((item, index) => input(item, `${name}[${index}]`)) : [input(value, name)]
}

function optional(value: unknown, name: string): PolicyInput[] | null | 'unknown' {
  if (value === undefined || value === null) return null
  return value === 'unknown' ? 'unknown' : inputs(value, name)
}

function single(value: unknown, name: string): PolicyInput | null | 'unknown' {
  if (value === undefined || value === null) return null
  return value === 'unknown' ? 'unknown' : input(value, name)
}

/** A document, or `{ name, document }`, in which a document of null is not known. */
function input(value: unknown, name: string): PolicyInput {
  if (isRecord(value) && typeof value.name === 'string' && 'document' in value)
    return { name: value.name, policy: value.document === null ? null : compilePolicy(parsePolicy(value.document)) }
  if (!isRecord(value)) throw problem(`policies.${name}`, 'is no policy document')
  return { name, policy: compilePolicy(parsePolicy(value)) }
}

function levels(value: unknown, name: string): PolicyLevel[] | 'unknown' {
  if (value === 'unknown') return 'unknown'
  if (!Array.isArray(value)) throw problem(`policies.${name}`, 'is no list of levels')
  return value.map((level, index) => {
    if (!isRecord(level) || !Array.isArray(level.policies))
      throw problem(`policies.${name}[${index}]`, 'is no {level, policies}')
    const title = typeof level.level === 'string' ? level.level : String(index)
    return { level: title, policies: level.policies.map((item, i) => input(item, `${name}[${title}][${i}]`)) }
  })
}

function readExpected(value: unknown): Expected {
  if (!isRecord(value)) throw problem('expected', 'is no object')
  const { decision, blockedBy = null } = value
  if (!OUTCOMES.includes(decision as Outcome)) throw problem('expected.decision', `is none of ${OUTCOMES.join(', ')}`)
  if (blockedBy !== null && !POLICY_SOURCES.some((source) => source === blockedBy))
    throw problem('expected.blockedBy', `is none of ${POLICY_SOURCES.join(', ')}`)
  return { decision: decision as Outcome, blockedBy: blockedBy as Source | null }
}

function text(value: Record<string, unknown>, key: string, path: string): string {
  const found = value[key]
  if (typeof found === 'string' && found !== '') return found
  throw problem(path === '' ? key : `${path}.${key}`, 'is missing')
}

/** Further fields are welcome as notes, but one that is only misspelt would silently change what a case says. */
function known(value: Record<string, unknown>, path: string, fields: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (fields.includes(key)) continue
    const meant = fields.find((field) => distance(key.toLowerCase(), field.toLowerCase()) <= 2)
    if (meant !== undefined) throw problem(path, `does not know \`${key}\`; did you mean \`${meant}\`?`)
  }
}
