/**
 * A second opinion: the same decision, written as slowly and as plainly as AWS's documentation puts it, with regular
 * expressions, from the JSON itself, and sharing nothing with `src/policy/`. Everything has to be known.
 */
import type { CaseDocument, CaseRequest, PolicyDocument, StatementDocument } from './document.ts'

export type ReferenceOutcome = 'Allowed' | 'ImplicitlyDenied' | 'ExplicitlyDenied'

const list = <T>(value: T | T[] | undefined): T[] => (value === undefined ? [] : Array.isArray(value) ? value : [value])

export function referenceDecision({ request, policies }: CaseDocument): ReferenceOutcome {
  const caller = callerOf(request)
  const identity = caller.account === null ? [] : policies.identity
  const boundaries = caller.kind === 'root' || caller.account === null ? null : policies.boundary
  let sessions = caller.account === null ? null : policies.session === null ? null : [policies.session]
  if (caller.kind === 'federated-user' && sessions === null) sessions = []
  const scps = caller.account === null || caller.account === policies.managementAccount ? [] : policies.scps
  const service = request.action.split(':')[0]!.toLowerCase()
  const rcpReaches = ['s3', 'sts', 'kms', 'sqs', 'secretsmanager'].includes(service)
  const rcps = rcpReaches && request.resourceAccount !== policies.managementAccount ? policies.rcps : []
  const isRole = /^arn:aws:iam::\d+:role\//.test(request.resource)
  const trust = isRole && service === 'sts'
  const key = service === 'kms' && /^arn:aws:kms:[^:]+:\d+:key\//.test(request.resource)
  const bucketPolicy = /^s3:(Get|Put|Delete)BucketPolicy$/i.test(request.action)
  const spared = bucketPolicy && caller.kind === 'root' && caller.account === request.resourceAccount
  const resource = policies.resource && (!isRole || trust) && !spared ? [policies.resource] : []
  const endpoint = policies.endpoint ? [policies.endpoint] : []

  const statements = (documents: PolicyDocument[], effect: string) =>
    documents.flatMap((document) =>
      list(document.Statement)
        .filter((statement) => statement.Effect === effect)
        .filter((statement) => bodyMatches(statement, document.Version, request, caller))
        .map((statement) => ({ statement, document })),
    )
  const anonymousOrNamed = (statement: StatementDocument) => namedAs(statement.Principal, caller) !== null

  // 1. An explicit deny in any policy
  const plain = [...identity, ...(boundaries ?? []), ...(sessions ?? []), ...scps.flatMap((level) => level.policies)]
  if (statements(plain, 'Deny').length > 0) return 'ExplicitlyDenied'
  const withPrincipals = [...rcps.flatMap((level) => level.policies), ...resource, ...endpoint]
  const hasBoundary = policies.boundary !== null
  for (const { statement } of statements(withPrincipals, 'Deny')) {
    if (statement.Principal !== undefined && anonymousOrNamed(statement)) return 'ExplicitlyDenied'
    if (statement.NotPrincipal !== undefined && (hasBoundary || !isListed(statement.NotPrincipal, caller)))
      return 'ExplicitlyDenied'
  }

  // 2. What the organization and the endpoint leave over
  for (const level of scps) if (statements(level.policies, 'Allow').length === 0) return 'ImplicitlyDenied'
  if (endpoint.length > 0 && !statements(endpoint, 'Allow').some(({ statement }) => anonymousOrNamed(statement)))
    return 'ImplicitlyDenied'

  // 3. Calls that are not for everybody
  if (caller.kind === 'root' && request.action.toLowerCase() === 'sts:assumerole') return 'ImplicitlyDenied'

  // 4. The resource's policy
  const ways = statements(resource, 'Allow').map(({ statement }) => namedAs(statement.Principal, caller))
  const allows = (documents: PolicyDocument[]) => statements(documents, 'Allow').length > 0
  const withinBoundary = boundaries === null || allows(boundaries)
  const withinSession = sessions === null || allows(sessions)
  const own = caller.kind === 'root' || allows(identity)
  const answer = (allowed: boolean): ReferenceOutcome => (allowed ? 'Allowed' : 'ImplicitlyDenied')

  if (caller.account === null) return answer(ways.includes('itself'))
  if (caller.account !== request.resourceAccount)
    return answer(ways.some((way) => way !== null) && own && withinBoundary && withinSession)
  if (ways.includes('itself')) return 'Allowed'
  if (ways.includes('its role') && withinBoundary && withinSession) return 'Allowed'

  // 5. The identity policies, within boundary and session policy
  if ((trust || key) && !ways.includes('its account')) return 'ImplicitlyDenied'
  return answer(own && withinBoundary && withinSession)
}

interface Caller {
  kind: 'user' | 'role' | 'session' | 'federated-user' | 'root' | 'service' | 'anonymous'
  arn: string | null
  account: string | null
  /** A pattern for the ARNs of its role, whose path a session's ARN doesn't show. */
  role: RegExp | null
  roleArn: string | null
}

function callerOf({ principal }: CaseRequest): Caller {
  if (typeof principal !== 'string') return { kind: 'anonymous', arn: null, account: null, role: null, roleArn: null }
  const session = /^arn:aws:sts::(\d+):assumed-role\/([^/]+)\/.+$/.exec(principal)
  if (session) {
    const role = new RegExp(`^arn:aws:iam::${session[1]}:role/(.*/)?${literalOf(session[2]!)}$`)
    const roleArn = `arn:aws:iam::${session[1]}:role/${session[2]}`
    return { kind: 'session', arn: principal, account: session[1]!, role, roleArn }
  }
  const account = /^arn:aws:(?:iam|sts)::(\d+):/.exec(principal)?.[1] ?? null
  if (account === null) return { kind: 'service', arn: principal, account, role: null, roleArn: null }
  const kind = principal.endsWith(':root') ? 'root' : (/:(user|role|federated-user)\//.exec(principal)![1] as 'user')
  return { kind, arn: principal, account, role: null, roleArn: null }
}

function literalOf(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** How a `Principal` means the caller. */
function namedAs(
  principal: StatementDocument['Principal'],
  caller: Caller,
): 'itself' | 'its role' | 'its account' | null {
  if (principal === undefined) return null
  const names = typeof principal === 'string' ? [principal] : list(principal.AWS)
  if (names.includes('*')) return 'itself'
  if (caller.kind === 'service')
    return typeof principal !== 'string' && list(principal.Service).includes(caller.arn!) ? 'itself' : null
  if (caller.kind === 'anonymous') return null
  const isAccount = names.some((name) => name === caller.account || name === `arn:aws:iam::${caller.account}:root`)
  if (caller.kind === 'root') return isAccount ? 'itself' : null
  if (names.includes(caller.arn!)) return caller.kind === 'role' ? 'its role' : 'itself'
  if (caller.role && names.some((name) => caller.role!.test(name))) return 'its role'
  return isAccount ? 'its account' : null
}

/** Whether `NotPrincipal` leaves the caller out. The generator lists accounts with their principals. */
function isListed(notPrincipal: NonNullable<StatementDocument['NotPrincipal']>, caller: Caller): boolean {
  const names = list(notPrincipal.AWS)
  if (caller.kind === 'service') return list(notPrincipal.Service).includes(caller.arn!)
  if (caller.kind === 'anonymous') return false
  if (caller.kind === 'root') return names.includes(caller.arn!)
  return names.some((name) => name === caller.arn || caller.role?.test(name))
}

function bodyMatches(
  statement: StatementDocument,
  version: string | undefined,
  request: CaseRequest,
  caller: Caller,
): boolean {
  const matchesAction = (pattern: string) => wildcard(pattern, 'i').test(request.action)
  if (statement.Action !== undefined && !list(statement.Action).some(matchesAction)) return false
  if (statement.NotAction !== undefined && list(statement.NotAction).some(matchesAction)) return false
  const matchesResource = (text: string) => {
    const pattern = substituted(text, version, request, caller, true)
    return pattern !== null && new RegExp(`^${pattern}$`, 's').test(request.resource)
  }
  if (statement.Resource !== undefined && !list(statement.Resource).some(matchesResource)) return false
  if (statement.NotResource !== undefined && list(statement.NotResource).some(matchesResource)) return false
  return Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      conditionHolds(operator, key, list<unknown>(values).map(String), version, request, caller),
    ),
  )
}

function wildcard(pattern: string, flags = ''): RegExp {
  return new RegExp(`^${literalOf(pattern).replaceAll('\\*', '.*').replaceAll('\\?', '.')}$`, `s${flags}`)
}

/** A policy's text as the source of a regular expression; null: a variable in it has no value. */
function substituted(
  text: string,
  version: string | undefined,
  request: CaseRequest,
  caller: Caller,
  wildcards: boolean,
): string | null {
  let missing = false
  const literal = (part: string) =>
    wildcards ? literalOf(part).replaceAll('\\*', '.*').replaceAll('\\?', '.') : literalOf(part)
  if (version !== '2012-10-17') return literal(text)
  const pattern = text
    .split(/(\$\{[^}]*\})/)
    .map((part) => {
      const variable = /^\$\{([^}]*)\}$/.exec(part)?.[1]
      if (variable === undefined) return literal(part)
      if (['*', '?', '$'].includes(variable)) return literalOf(variable)
      const [key, fallback] = variable.split(/,\s*/)
      const values = contextValues(key!, request, caller)
      if (values?.length === 1) return literalOf(values[0]!)
      if (values === null && fallback !== undefined) return literalOf(fallback.replace(/^'|'$/g, ''))
      missing = true
      return ''
    })
    .join('')
  return missing ? null : pattern
}

function contextValues(key: string, request: CaseRequest, caller: Caller): string[] | null {
  for (const [name, value] of Object.entries(request.context))
    if (name.toLowerCase() === key.toLowerCase()) return list(value)
  switch (key.toLowerCase()) {
    case 'aws:principalarn':
      return caller.account === null ? null : [caller.roleArn ?? caller.arn!]
    case 'aws:principalaccount':
      return caller.kind === 'anonymous' ? ['anonymous'] : caller.account === null ? null : [caller.account]
    case 'aws:principalservicename':
      return caller.kind === 'service' ? [caller.arn!] : null
    case 'aws:username':
      return caller.kind === 'user' ? [caller.arn!.split('/').at(-1)!] : null
    default:
      return null
  }
}

function conditionHolds(
  written: string,
  key: string,
  wanted: string[],
  version: string | undefined,
  request: CaseRequest,
  caller: Caller,
): boolean {
  const actual = contextValues(key, request, caller)
  if (written === 'Null') return wanted.includes(String(actual === null))
  const [, qualifier, name, ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(written)!
  const negated = name!.includes('Not')
  const positive = name!.replace('Not', '')
  const one = (value: string) => wanted.some((text) => test(positive, value, text)) !== negated
  const test = (operator: string, value: string, text: string): boolean => {
    const pattern = substituted(text, version, request, caller, /Like|Arn/.test(operator))
    switch (operator) {
      case 'StringEquals':
      case 'StringLike':
        return pattern !== null && new RegExp(`^${pattern}$`, 's').test(value)
      case 'StringEqualsIgnoreCase':
        return pattern !== null && new RegExp(`^${pattern}$`, 'si').test(value)
      case 'ArnEquals':
      case 'ArnLike': {
        if (pattern === null) return false
        // a colon is no special character, so the pattern can be taken apart
        const [patterns, parts] = [pattern.split(':'), value.split(':')]
        if (parts.length < 6) return false
        const head = patterns.slice(0, 5).every((part, i) => new RegExp(`^${part}$`, 's').test(parts[i]!))
        return head && new RegExp(`^${patterns.slice(5).join(':')}$`, 's').test(parts.slice(5).join(':'))
      }
      case 'Bool':
        return value.toLowerCase() === text.toLowerCase()
      case 'IpAddress':
        return inRange(value, text)
      default:
        return compares(operator, value, text)
    }
  }
  if (qualifier === 'ForAllValues') return actual === null || actual.every(one)
  if (qualifier === 'ForAnyValue') return actual?.some(one) ?? false
  if (actual === null) return ifExists !== undefined || negated
  return one(actual[0]!)
}

function compares(operator: string, value: string, text: string): boolean {
  const number = (t: string) => (operator.startsWith('Date') && t.includes('-') ? Date.parse(t) / 1000 : Number(t))
  const [a, b] = [number(value), number(text)]
  if (operator.endsWith('LessThan')) return a < b
  if (operator.endsWith('LessThanEquals')) return a <= b
  if (operator.endsWith('GreaterThan')) return a > b
  if (operator.endsWith('GreaterThanEquals')) return a >= b
  if (operator.endsWith('Equals')) return a === b
  throw new Error(`no such operator: ${operator}`)
}

/** As strings of bits. */
function inRange(address: string, range: string): boolean {
  const [network, length] = range.split('/')
  const [a, b] = [bits(address), bits(network!)]
  const prefix = length === undefined ? b.length : Number(length)
  return a.length === b.length && a.slice(0, prefix) === b.slice(0, prefix)
}

function bits(address: string): string {
  if (!address.includes(':'))
    return address
      .split('.')
      .map((n) => Number(n).toString(2).padStart(8, '0'))
      .join('')
  const [head, tail = ''] = address.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const zeros = address.includes('::') ? 8 - groups(head!).length - groups(tail).length : 0
  return [...groups(head!), ...Array(zeros).fill('0'), ...groups(tail)]
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('')
}
