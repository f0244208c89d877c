/** Whether IAM would take a policy document, and how it sends one back. */
import { type ParsedPolicy, parsePolicy } from '../../../policy/index.ts'
import { AwsError } from '../../aws-error.ts'
import { nameKey, type World } from '../../state.ts'
import { limitExceeded } from './find.ts'

export type DocumentKind = 'identity' | 'trust'

function malformed(message: string): AwsError {
  return new AwsError('MalformedPolicyDocument', message)
}

/** Throws `MalformedPolicyDocument` where IAM does. */
export function checkPolicyDocument(world: World, document: string, kind: DocumentKind): void {
  let value: unknown
  try {
    value = JSON.parse(document)
  } catch {
    throw malformed(kind === 'trust' ? 'This policy contains invalid Json' : 'Syntax errors in policy.')
  }
  const policy = parsePolicy(value)
  if (policy.version !== null && !['2012-10-17', '2008-10-17'].includes(policy.version))
    throw malformed('The policy must contain a valid version string')
  if (policy.problems.length > 0 || policy.statements.length === 0) throw malformed('Syntax errors in policy.')
  checkSids(policy)
  if (kind === 'trust') checkTrust(world, policy)
  else checkIdentity(policy)
}

function checkSids({ statements }: ParsedPolicy): void {
  const sids = statements.flatMap(({ sid }) => (sid ? [sid] : []))
  if (new Set(sids).size < sids.length) throw malformed('Statement IDs (SID) in a single policy must be unique.')
  if (sids.some((sid) => !/^[A-Za-z0-9]*$/.test(sid)))
    throw malformed(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    )
}

const ACTION = /^(\*|[a-zA-Z0-9-]+:[\w*?-]+)$/
const RESOURCE = /^(\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+|\$\{.*|.*[*?].*)$/s

function checkIdentity({ statements }: ParsedPolicy): void {
  for (const { principal, notPrincipal, action, notAction, resource, notResource } of statements) {
    if (principal || notPrincipal) throw malformed('Policy document should not specify a principal.')
    checkActions(action, notAction)
    if (resource && notResource) throw malformed('Syntax errors in policy.')
    const resources = resource ?? notResource
    if (!resources || resources.length === 0) throw malformed('Policy statement must contain resources.')
    const strange = resources.find((entry) => !RESOURCE.test(entry))
    if (strange !== undefined) throw malformed(`Resource ${strange.slice(0, 200)} must be in ARN format or "*".`)
  }
}

function checkActions(action: string[] | null, notAction: string[] | null): void {
  if (action && notAction) throw malformed('Syntax errors in policy.')
  const actions = action ?? notAction
  if (!actions || actions.length === 0) throw malformed('Policy statement must contain actions.')
  if (actions.some((entry) => !ACTION.test(entry)))
    throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
}

function checkTrust(world: World, { statements }: ParsedPolicy): void {
  for (const { principal, notPrincipal, action, notAction, resource, notResource } of statements) {
    if (resource || notResource) throw malformed('Has prohibited field Resource')
    if (!principal && !notPrincipal) throw malformed('Missing required field Principal')
    checkActions(action, notAction)
    if (action?.some((entry) => entry !== '*' && !/^sts:/i.test(entry)))
      throw malformed('AssumeRole policy may only specify STS AssumeRole actions.')
    for (const entry of (principal ?? notPrincipal)!.aws)
      if (!isPrincipal(world, entry)) throw malformed(`Invalid principal in policy: "AWS":"${entry.slice(0, 200)}"`)
  }
}

/** A principal of an account that the world knows has to exist; others are taken at their word. */
function isPrincipal(world: World, principal: string): boolean {
  if (principal === '*' || /^\d{12}$/.test(principal) || /^A(IDA|ROA)[A-Z0-9]{12,}$/.test(principal)) return true
  const match = /^arn:aws[a-z-]*:(iam|sts)::(\d{12}):(root$|user\/|role\/|assumed-role\/|federated-user\/)(.*)$/.exec(
    principal,
  )
  if (!match) return false
  const [, , accountId, type, rest] = match
  const account = world.accounts.get(accountId!)
  if (!account) return true
  const name = nameKey(rest!.split('/').at(-1)!)
  if (type === 'user/') return account.users.get(name)?.arn === principal
  if (type === 'role/') return account.roles.get(name)?.arn === principal
  return true
}

/** White space does not count against IAM's limits. */
export function documentSize(document: string): number {
  return document.replaceAll(/\s/g, '').length
}

const MANAGED_LIMIT = 6144
const INLINE_LIMITS = { user: 2048, group: 5120, role: 10_240 } as const

export function checkManagedSize(document: string): void {
  if (documentSize(document) > MANAGED_LIMIT)
    throw limitExceeded(`Cannot exceed quota for PolicySize: ${MANAGED_LIMIT}`)
}

/** The limit is for all inline policies of a principal together. */
export function checkInlineSize(type: keyof typeof INLINE_LIMITS, name: string, documents: Iterable<string>): void {
  let size = 0
  for (const document of documents) size += documentSize(document)
  const limit = INLINE_LIMITS[type]
  if (size > limit) throw limitExceeded(`Maximum policy size of ${limit} bytes exceeded for ${type} ${name}`)
}

/** IAM sends documents percent-encoded (RFC 3986). */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document.replaceAll(/\p{Surrogate}/gu, '\ufffd')).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
