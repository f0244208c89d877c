/** The condition keys of one request. */
import { accountOf, type Principal } from './principal.ts'
import type { ContextValue, Request } from './request.ts'

/** Values of a key; null: absent; undefined: not known. */
export type KeyValues = readonly string[] | null | undefined

/** Looks keys up, in lower case, and reads the request's context only when the first one is asked for. */
export class RequestContext {
  readonly request: Request
  #given: Map<string, readonly string[] | null> | null = null

  constructor(request: Request) {
    this.request = request
  }

  /** @param key in lower case */
  values(key: string): KeyValues {
    const given = this.#givenFor(key)
    if (given !== undefined) return given
    const derive = DERIVED[key]
    if (derive) {
      const value = derive(this.request)
      return value === undefined || value === null ? value : [value]
    }
    return this.request.contextIs === 'closed' ? null : undefined
  }

  #givenFor(key: string): KeyValues {
    const { context, contextKeys } = this.request
    if (contextKeys === 'lower') {
      if (!Object.hasOwn(context, key)) return undefined
      const value = context[key]!
      return typeof value === 'string' ? [value] : value
    }
    this.#given ??= readContext(context)
    return this.#given.get(key)
  }
}

function readContext(context: Readonly<Record<string, ContextValue>>): Map<string, readonly string[] | null> {
  const given = new Map<string, readonly string[] | null>()
  for (const key of Object.keys(context)) {
    const value = context[key]!
    given.set(folded(key), typeof value === 'string' ? [value] : value)
  }
  return given
}

/** The same few keys come again and again. */
const lowerCase = new Map<string, string>()

function folded(key: string): string {
  let lower = lowerCase.get(key)
  if (lower === undefined) {
    lower = key.toLowerCase()
    if (lowerCase.size >= 4_096) lowerCase.clear()
    lowerCase.set(key, lower)
  }
  return lower
}

/**
 * Keys whose values follow from the request itself; null where AWS doesn't send the key.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
const DERIVED: Record<string, (request: Request) => string | null | undefined> = {
  __proto__: null as never,
  'aws:principalarn': principalArn,
  'aws:principalaccount': ({ principal }) => (principal.type === 'Anonymous' ? 'anonymous' : accountOf(principal)),
  'aws:principalorgid': ofTheAccount,
  'aws:principalorgpaths': ofTheAccount,
  'aws:principaltype': ({ principal }) => PRINCIPAL_TYPE[principal.type],
  'aws:username': ({ principal }) => (principal.type === 'User' ? principal.name : null),
  'aws:principalisawsservice': ({ principal }) =>
    principal.type === 'Anonymous' || principal.type === 'Federated' ? null : String(principal.type === 'Service'),
  'aws:principalservicename': ({ principal }) => (principal.type === 'Service' ? principal.service : null),
  'aws:principalservicenameslist': ({ principal }) => (principal.type === 'Service' ? undefined : null),
  'aws:userid': (request) =>
    request.principal.type === 'Anonymous'
      ? 'anonymous'
      : request.principal.type === 'Root'
        ? request.principal.account
        : unless(request),
  'aws:sourcearn': ofTheSource,
  'aws:sourceaccount': ofTheSource,
  'aws:sourceorgid': ofTheSource,
  'aws:sourceorgpaths': ofTheSource,
  'aws:resourceaccount': ({ resourceAccount }) => (resourceAccount === '' ? undefined : resourceAccount),
}

/** A key that the request may have, and was not told. */
function unless({ contextIs }: Request): null | undefined {
  return contextIs === 'closed' ? null : undefined
}

/** Only accounts are in organizations. */
function ofTheAccount(request: Request): null | undefined {
  return accountOf(request.principal) === null ? null : unless(request)
}

/** For whom a service acts; nobody else acts for anybody. */
function ofTheSource(request: Request): null | undefined {
  return request.principal.type === 'Service' ? unless(request) : null
}

const PRINCIPAL_TYPE: Record<Principal['type'], string | null> = {
  User: 'User',
  Role: 'AssumedRole',
  AssumedRole: 'AssumedRole',
  FederatedUser: 'FederatedUser',
  Root: 'Account',
  Anonymous: 'Anonymous',
  Service: null,
  Federated: null,
}

/** For a session it is the ARN of its role, of which the session's ARN doesn't show the path. */
function principalArn({ principal, contextIs }: Request): string | null | undefined {
  switch (principal.type) {
    case 'AssumedRole':
      if (principal.roleArn !== null || contextIs === 'open') return principal.roleArn ?? undefined
      return `arn:${principal.arn.split(':', 2)[1]}:iam::${principal.account}:role/${principal.roleName}`
    case 'Service':
    case 'Federated':
    case 'Anonymous':
      return null
    default:
      return principal.arn
  }
}
