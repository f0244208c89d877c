/**
 * Policy documents, parsed without losing anything: what is not understood is kept and said, never dropped, because a
 * dropped condition widens an Allow.
 *
 * Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */

/** A policy document with its statements in order. */
export interface ParsedPolicy {
  /** `2012-10-17`, `2008-10-17`, or null when absent (which means 2008-10-17: no policy variables). */
  version: string | null
  statements: Statement[]
  /** False when the document as a whole was not understood: it may say more than its statements do. */
  understood: boolean
  problems: PolicyProblem[]
}

export interface PolicyProblem {
  /** Index of the statement; null: the document itself. */
  statement: number | null
  message: string
}

export interface Statement {
  /** Its place in the document. */
  index: number
  sid: string | null
  effect: 'Allow' | 'Deny' | null
  /** Patterns as written; null when the element is absent. */
  action: string[] | null
  notAction: string[] | null
  resource: string[] | null
  notResource: string[] | null
  principal: Principals | null
  notPrincipal: Principals | null
  conditions: ConditionClause[]
  /** False when something in it was not understood: an evaluator must answer "unknown" for what it might decide. */
  understood: boolean
  /** Elements that are there but not understood, so that what is read of them may be less than what they say. */
  doubtful: string[]
}

/** The `Principal` element. `"*"` is `aws: ['*']` with `everyone` true; so is `{"AWS": "*"}`. */
export interface Principals {
  everyone: boolean
  aws: string[]
  service: string[]
  federated: string[]
  canonicalUser: string[]
}

/** One operator on one key. All clauses of a statement must hold. */
export interface ConditionClause {
  /** As written, e.g. `ForAllValues:StringLikeIfExists`. */
  operator: string
  key: string
  values: string[]
}

const KNOWN_ELEMENTS = new Set([
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Principal',
  'NotPrincipal',
  'Condition',
])

/** No document of AWS may be longer, so no pattern in one; matching a longer one could take minutes. */
const MAX_PATTERN = 20_480
const DOCUMENT_ELEMENTS = new Set(['Version', 'Id', 'Statement'])
const VERSIONS = new Set(['2012-10-17', '2008-10-17'])

/**
 * Parses a document: an object, or its JSON text (plain or percent-encoded, as the IAM API answers).
 * Never throws: a document that is no policy has no statements and says why.
 */
export function parsePolicy(document: unknown): ParsedPolicy {
  const problems: PolicyProblem[] = []
  const value = typeof document === 'string' ? jsonOf(document) : document
  if (!isRecord(value)) {
    problems.push({ statement: null, message: 'the document is no JSON object' })
    return { version: null, statements: [], understood: false, problems }
  }
  const wrong = (message: string) => problems.push({ statement: null, message })
  const version = typeof value.Version === 'string' ? value.Version : null
  if (value.Version !== undefined && version === null) wrong('`Version` is no string')
  if (version !== null && !VERSIONS.has(version)) wrong(`\`Version\` is neither 2012-10-17 nor 2008-10-17`)
  for (const element of Object.keys(value))
    if (!DOCUMENT_ELEMENTS.has(element)) wrong(`unknown element \`${element}\` of the document`)
  if (value.Statement === undefined) wrong('`Statement` is missing')
  const understood = problems.length === 0
  const list = value.Statement === undefined ? [] : Array.isArray(value.Statement) ? value.Statement : [value.Statement]
  const statements = list.map((item, index) => parseStatement(item, index, problems))
  return { version, statements, understood, problems }
}

/** The JSON in a policy text, percent-decoded where it is encoded (RFC 3986); undefined when there is none. */
function jsonOf(text: string): unknown {
  for (const decode of [(t: string) => t, decodeURIComponent]) {
    try {
      return JSON.parse(decode(text))
    } catch {
      // the next way
    }
  }
  return undefined
}

function parseStatement(item: unknown, index: number, problems: PolicyProblem[]): Statement {
  const statement: Statement = {
    index,
    sid: null,
    effect: null,
    action: null,
    notAction: null,
    resource: null,
    notResource: null,
    principal: null,
    notPrincipal: null,
    conditions: [],
    understood: true,
    doubtful: [],
  }
  const wrong: Wrong = (message, element) => {
    statement.understood = false
    if (element !== undefined && !statement.doubtful.includes(element)) statement.doubtful.push(element)
    problems.push({ statement: index, message })
  }
  if (!isRecord(item)) {
    wrong('the statement is no object')
    return statement
  }
  for (const element in item)
    if (!KNOWN_ELEMENTS.has(element) && Object.hasOwn(item, element)) wrong(`unknown element \`${element}\``)
  if (typeof item.Sid === 'string') statement.sid = item.Sid
  if (item.Effect === 'Allow' || item.Effect === 'Deny') statement.effect = item.Effect
  else wrong('`Effect` is neither Allow nor Deny')
  statement.action = stringsOf(item.Action, 'Action', wrong)
  statement.notAction = stringsOf(item.NotAction, 'NotAction', wrong)
  statement.resource = stringsOf(item.Resource, 'Resource', wrong)
  statement.notResource = stringsOf(item.NotResource, 'NotResource', wrong)
  if (item.Principal !== undefined)
    statement.principal = parsePrincipal(item.Principal, (message) => wrong(message, 'Principal'))
  if (item.NotPrincipal !== undefined)
    statement.notPrincipal = parsePrincipal(item.NotPrincipal, (message) => wrong(message, 'NotPrincipal'))
  if (item.Condition !== undefined)
    statement.conditions = parseConditions(item.Condition, (message) => wrong(message, 'Condition'))
  if ((statement.action === null) === (statement.notAction === null))
    wrong('needs `Action` or `NotAction`, and not both')
  if (statement.resource !== null && statement.notResource !== null) wrong('has both `Resource` and `NotResource`')
  if (statement.principal !== null && statement.notPrincipal !== null) wrong('has both `Principal` and `NotPrincipal`')
  if (statement.notPrincipal !== null && statement.effect === 'Allow') wrong('`NotPrincipal` does not go with Allow')
  return statement
}

type Wrong = (message: string, element?: string) => void

/** What an element lists. Every statement of an account has two: it allocates nothing but the list. */
function stringsOf(value: unknown, element: string, wrong: Wrong): string[] | null {
  if (value === undefined) return null
  const list: unknown = typeof value === 'string' ? [value] : value
  if (!Array.isArray(list)) {
    wrong(`\`${element}\` is neither a string nor a list of strings`, element)
    return []
  }
  let isLong = false
  for (let i = 0; i < list.length; i++) {
    const text: unknown = list[i]
    if (typeof text !== 'string') {
      wrong(`\`${element}\` is neither a string nor a list of strings`, element)
      return []
    }
    if (text.length > MAX_PATTERN) isLong = true
  }
  if (!isLong) return list as string[]
  wrong(`\`${element}\` has a value longer than AWS takes`, element)
  return []
}

function parsePrincipal(value: unknown, wrong: (message: string) => void): Principals {
  const principals: Principals = { everyone: false, aws: [], service: [], federated: [], canonicalUser: [] }
  if (value === '*') return { ...principals, everyone: true, aws: ['*'] }
  if (!isRecord(value)) {
    wrong('`Principal` is neither "*" nor an object')
    return principals
  }
  const lists: Record<string, string[]> = {
    AWS: principals.aws,
    Service: principals.service,
    Federated: principals.federated,
    CanonicalUser: principals.canonicalUser,
  }
  for (const [kind, names] of Object.entries(value)) {
    const list = Object.hasOwn(lists, kind) ? lists[kind] : undefined
    if (!list) wrong(`unknown kind of principal \`${kind}\``)
    else
      for (const name of Array.isArray(names) ? names : [names])
        if (typeof name === 'string') list.push(name)
        else wrong(`a principal of kind \`${kind}\` is no string`)
  }
  principals.everyone = principals.aws.includes('*')
  return principals
}

function parseConditions(value: unknown, wrong: (message: string) => void): ConditionClause[] {
  const clauses: ConditionClause[] = []
  if (!isRecord(value)) {
    wrong('`Condition` is no object')
    return clauses
  }
  for (const [operator, keys] of Object.entries(value)) {
    if (!isRecord(keys)) {
      wrong(`condition \`${operator}\` is no object`)
      continue
    }
    for (const [key, raw] of Object.entries(keys)) {
      const values: string[] = []
      for (const v of Array.isArray(raw) ? raw : [raw])
        if (typeof v === 'string' || typeof v === 'number' || typeof v === 'boolean') values.push(String(v))
        else wrong(`a value of condition key \`${key}\` is no string`)
      clauses.push({ operator, key, values })
    }
  }
  return clauses
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
