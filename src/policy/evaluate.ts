/**
 * Decides one request, from all policies that apply to it.
 *
 * Every policy type answers for itself what it allows and what it denies: yes, no, or maybe. `evaluate` puts the
 * answers together by AWS's rules:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
 */
import { RCP_SERVICES } from './actions/rcp-services.ts'
import { type CompiledStatement, foldAction, statementsMeaning } from './compile.ts'
import { RequestContext } from './context.ts'
import { explain } from './explain.ts'
import {
  accountOf,
  isOutside,
  isServiceLinked,
  matchPrincipal,
  type PrincipalMatch,
  type PrincipalMatcher,
} from './principal.ts'
import type { Decision, PolicyInput, PolicyLevel, Request, RequestPolicies, Source } from './request.ts'
import { and, MAYBE, NO, not, or, type Tri, triOf, YES } from './tri.ts'

export function evaluate(request: Request, policies: RequestPolicies): Decision {
  return explain(weigh(request, policies))
}

/** One request, prepared for being compared with many statements. */
export interface Question {
  request: Request
  context: RequestContext
  /** In lower case. */
  action: string
  /** `s3:`, in lower case. */
  service: string
  /** Of the principal; null: it has none. */
  account: string | null
  hasBoundary: Tri
  /** Whether voices keep the statements that apply, for an explanation. */
  keepsHits: boolean
}

/** A statement that applies, for sure or perhaps. */
export interface Hit {
  policy: string
  statement: CompiledStatement
  effect: 'Allow' | 'Deny'
  applies: Tri
  /** In which ways a resource's policy allows. */
  ways: PrincipalMatch | null
}

/** What one kind of policy says to the request. */
export interface Voice {
  source: Source
  /** The policy, where there is only one. */
  policy: string | null
  allow: Tri
  deny: Tri
  hits: readonly Hit[]
  /** What of it is not known. */
  unknown: readonly string[]
  /** The ways in which a resource's policy allows: see `PrincipalMatch`. Other policies know none of them. */
  direct: Tri
  role: Tri
  account: Tri
}

/** All voices, and what comes of them. */
export interface Verdict {
  question: Question
  allow: Tri
  deny: Tri
  /** By what the request is granted, before organization and endpoint have their say. */
  grant: Tri
  identity: Voice
  boundary: Voice
  session: Voice
  resource: Voice
  scps: Voice[]
  rcps: Voice[]
  endpoint: Voice
  crossAccount: boolean
  /** Role trust and KMS keys: nothing is allowed unless the resource's policy has a part in it. */
  resourceMustAgree: boolean
  grants: Tri
  serviceLinked: Tri
  /** Decided by a rule that no policy changes. */
  rule: 'always-allowed' | 'never-allowed' | null
}

/** The answers of all policies, put together. */
export function weigh(request: Request, policies: RequestPolicies): Verdict {
  return verdictOn(questionOf(request, policies), policies)
}

/** Whether the request is allowed, and whether it is denied: the same answers, without the statements behind them. */
export function weighOnly(request: Request, policies: RequestPolicies): Pick<Verdict, 'allow' | 'deny'> {
  const question = questionOf(request, policies)
  question.keepsHits = false
  return verdictOn(question, policies)
}

function verdictOn(question: Question, policies: RequestPolicies): Verdict {
  const { request } = question
  const { principal } = request
  const { account } = question
  const crossAccount = account !== null && account !== request.resourceAccount
  const isTrust = question.service === 'sts:' && isRole(request.resource)
  const isKey = question.service === 'kms:' && /^arn:[^:]*:kms:[^:]*:[^:]*:key\//.test(request.resource)
  const serviceLinked = isServiceLinked(principal)

  const identity = identityVoice(question, policies)
  const boundary = limitVoice('permissions-boundary', question, principal.type === 'Root' ? null : policies.boundary)
  const session = limitVoice(
    'session-policy',
    question,
    // a federated user's session has nothing but what its session policy lets through
    principal.type === 'FederatedUser' && policies.session === null ? [] : policies.session,
  )
  const resource = cannotLockOut(question)
    ? NO_RESOURCE_POLICY['resource-policy']
    : resourceVoice(isTrust ? 'trust-policy' : 'resource-policy', question, policies.resource)
  const isLimited = serviceLinked !== YES
  const scps = isLimited && scpsApply(account, policies) ? levelVoices('scp', question, policies.scps) : NO_LEVELS
  const rcps = isLimited && rcpsApply(question, policies) ? levelVoices('rcp', question, policies.rcps) : NO_LEVELS
  const endpoint = endpointVoice(question, policies.endpoint)
  const grants = isKey && policies.grants === 'unknown' && GRANTABLE.has(question.action) ? MAYBE : NO

  // identity policies within boundary and session policy
  const caller = and(identity.allow, and(boundary.allow, session.allow))
  const named = or(resource.direct, or(resource.role, resource.account))
  const resourceMustAgree = isTrust || isKey
  let grant: Tri
  if (account === null) grant = resource.direct
  else if (crossAccount) grant = and(caller, named)
  else {
    const ownGrant = or(resource.direct, and(resource.role, and(boundary.allow, session.allow)))
    grant = or(ownGrant, resourceMustAgree ? and(caller, resource.account) : caller)
  }
  grant = or(grant, grants)

  let allow = and(grant, endpoint.allow)
  let deny = or(or(identity.deny, or(boundary.deny, session.deny)), or(resource.deny, endpoint.deny))
  for (const scp of scps) {
    allow = and(allow, or(scp.allow, serviceLinked))
    deny = or(deny, and(scp.deny, not(serviceLinked)))
  }
  for (const rcp of rcps) deny = or(deny, and(rcp.deny, not(serviceLinked)))

  const rule = ruleOf(question)
  if (rule === 'never-allowed') allow = NO
  if (rule === 'always-allowed') {
    allow = YES
    deny = NO
  }
  return {
    question,
    allow,
    deny,
    grant,
    identity,
    boundary,
    session,
    resource,
    scps,
    rcps,
    endpoint,
    crossAccount,
    resourceMustAgree,
    grants,
    serviceLinked,
    rule,
  }
}

/**
 * What the policy of a bucket says to the root user of its account about the policy itself does not count.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
 */
function cannotLockOut({ request: { principal, resourceAccount }, action }: Question): boolean {
  return (
    principal.type === 'Root' &&
    principal.account === resourceAccount &&
    /^s3(express)?:(get|put|delete)bucketpolicy$/.test(action)
  )
}

function isRole(resource: string): boolean {
  return resource.includes(':role/') && /^arn:[^:]*:iam:[^:]*:[^:]*:role\//.test(resource)
}

/** @param policies of these, only whether there is a boundary counts */
export function questionOf(request: Request, policies: Pick<RequestPolicies, 'boundary'>): Question {
  const { action, service } = foldAction(request.action)
  return {
    request,
    context: new RequestContext(request),
    action,
    service,
    account: accountOf(request.principal),
    hasBoundary: policies.boundary === 'unknown' ? MAYBE : triOf(policies.boundary !== null),
    keepsHits: true,
  }
}

/**
 * Calls which no policy decides.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: not with the root user's credentials
 */
function ruleOf({ action, account, request: { principal } }: Question): Verdict['rule'] {
  if (!action.startsWith('sts:')) return null
  if (action === 'sts:getcalleridentity') return account === null ? 'never-allowed' : 'always-allowed'
  if (action === 'sts:getsessiontoken')
    return principal.type === 'User' || principal.type === 'Root' ? 'always-allowed' : 'never-allowed'
  return action === 'sts:assumerole' && principal.type === 'Root' ? 'never-allowed' : null
}

/** https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html */
function scpsApply(account: string | null, { managementAccount }: RequestPolicies): boolean {
  return account !== null && account !== managementAccount
}

const RCP_PREFIXES: ReadonlySet<string> = new Set([...RCP_SERVICES].map((service) => `${service}:`))

/** https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html */
function rcpsApply({ request, service, action }: Question, { managementAccount }: RequestPolicies): boolean {
  return (
    request.resourceAccount !== managementAccount &&
    RCP_PREFIXES.has(service) &&
    action !== 'kms:retiregrant' &&
    !(request.awsManagedKey && service === 'kms:')
  )
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations */
const GRANTABLE = new Set(
  [
    'Encrypt',
    'Decrypt',
    'GenerateDataKey',
    'GenerateDataKeyWithoutPlaintext',
    'GenerateDataKeyPair',
    'GenerateDataKeyPairWithoutPlaintext',
    'GenerateMac',
    'VerifyMac',
    'ReEncryptFrom',
    'ReEncryptTo',
    'Sign',
    'Verify',
    'DeriveSharedSecret',
    'CreateGrant',
    'DescribeKey',
    'GetPublicKey',
    'RetireGrant',
  ].map((name) => `kms:${name.toLowerCase()}`),
)

/** Most voices have nothing to say, and share these. */
const NO_HITS: readonly Hit[] = []
const NOTHING_UNKNOWN: readonly string[] = []

/** Where there is no policy of a kind: it limits nothing. */
const NO_LIMIT: Record<'permissions-boundary' | 'session-policy' | 'endpoint-policy', Voice> = {
  'permissions-boundary': unlimited('permissions-boundary'),
  'session-policy': unlimited('session-policy'),
  'endpoint-policy': unlimited('endpoint-policy'),
}

const NO_RESOURCE_POLICY: Record<'resource-policy' | 'trust-policy', Voice> = {
  'resource-policy': voiceOf('resource-policy'),
  'trust-policy': voiceOf('trust-policy'),
}

const NO_LEVELS: Voice[] = []

function identityVoice(question: Question, policies: RequestPolicies): Voice {
  const voice = voiceOf('identity-policy')
  if (question.account === null) return voice
  for (const input of policies.identity) hear(voice, input, question)
  if (question.request.principal.type === 'Root') voice.allow = YES
  return voice
}

/** What policies allow, and what they deny. */
export type Says = Pick<Voice, 'allow' | 'deny'>

/** What some identity policies say by themselves, whoever else has a say. */
export function identitySays(question: Question, inputs: readonly PolicyInput[]): Says {
  const voice = voiceOf('identity-policy')
  for (const input of inputs) hear(voice, input, question)
  return voice
}

/** A boundary or session policy: without one, nothing is limited. */
function limitVoice(
  source: 'permissions-boundary' | 'session-policy',
  question: Question,
  inputs: readonly PolicyInput[] | null | 'unknown',
): Voice {
  if (inputs === null || question.account === null) return NO_LIMIT[source]
  const voice = voiceOf(source)
  if (inputs === 'unknown') doubt(voice, UNKNOWN[source])
  else {
    if (inputs.length === 1) voice.policy = inputs[0]!.name
    for (const input of inputs) hear(voice, input, question)
  }
  return voice
}

function levelVoices(source: 'scp' | 'rcp', question: Question, levels: readonly PolicyLevel[] | 'unknown'): Voice[] {
  if (levels === 'unknown') {
    const voice = voiceOf(source)
    doubt(voice, UNKNOWN[source])
    return [voice]
  }
  if (levels.length === 0) return NO_LEVELS
  const voices: Voice[] = []
  for (const { policies } of levels) {
    const voice = voiceOf(source)
    if (policies.length === 1) voice.policy = policies[0]!.name
    for (const input of policies) hear(voice, input, question)
    voices.push(voice)
  }
  return voices
}

function endpointVoice(question: Question, input: PolicyInput | null | 'unknown'): Voice {
  if (input === null) return NO_LIMIT['endpoint-policy']
  const voice = voiceOf('endpoint-policy')
  if (input === 'unknown') doubt(voice, UNKNOWN['endpoint-policy'])
  else {
    voice.policy = input.name
    hear(voice, input, question)
  }
  return voice
}

function resourceVoice(
  source: 'resource-policy' | 'trust-policy',
  question: Question,
  input: PolicyInput | null | 'unknown',
): Voice {
  if (input === null) return NO_RESOURCE_POLICY[source]
  // a role has no policy for what is done to it, only for who may become it
  if (source === 'resource-policy' && isRole(question.request.resource)) return NO_RESOURCE_POLICY[source]
  const voice = voiceOf(source)
  if (input === 'unknown') doubt(voice, UNKNOWN[source])
  else {
    voice.policy = input.name
    hear(voice, input, question)
  }
  if (voice.unknown.length > 0) {
    voice.direct = or(voice.direct, MAYBE)
    voice.role = or(voice.role, MAYBE)
    voice.account = or(voice.account, MAYBE)
  }
  return voice
}

const UNKNOWN = {
  'permissions-boundary': 'the permissions boundary',
  'session-policy': 'the session policy',
  scp: 'the service control policies',
  rcp: 'the resource control policies',
  'resource-policy': 'the policy of the resource',
  'trust-policy': 'the trust policy of the role',
  'endpoint-policy': 'the policy of the VPC endpoint',
}

function voiceOf(source: Source): Voice {
  return {
    source,
    policy: null,
    allow: NO,
    deny: NO,
    hits: NO_HITS,
    unknown: NOTHING_UNKNOWN,
    direct: NO,
    role: NO,
    account: NO,
  }
}

function addHit(voice: Voice, hit: Hit): void {
  if (voice.hits === NO_HITS) voice.hits = [hit]
  else (voice.hits as Hit[]).push(hit)
}

function unlimited(source: Source): Voice {
  const voice = voiceOf(source)
  voice.allow = YES
  return voice
}

/** What is not known may allow, and may deny. */
function doubt(voice: Voice, unknown: string): void {
  voice.unknown = [...voice.unknown, unknown]
  voice.allow = or(voice.allow, MAYBE)
  voice.deny = or(voice.deny, MAYBE)
}

/** Adds what one policy says. */
function hear(voice: Voice, { name, policy }: PolicyInput, question: Question): void {
  if (policy === null) {
    doubt(voice, `the document of ${name}`)
    return
  }
  if (!policy.parsed.understood) doubt(voice, `the document of ${name}, which is not understood`)
  const inWays = voice.source === 'resource-policy' || voice.source === 'trust-policy'
  for (const statement of statementsMeaning(policy, question.action, question.service)) {
    const body = bodyApplies(statement, voice.source, question)
    if (body === NO) continue
    // a statement whose effect can't be read may have either
    const certainty = statement.effect === null ? MAYBE : body
    if (statement.effect !== 'Deny' && voice.source !== 'rcp') {
      const ways = allowReaches(statement, voice.source, question)
      const applies = and(certainty, or(ways.direct, or(ways.role, ways.account)))
      if (applies !== NO) {
        let inThese: PrincipalMatch | null = null
        if (inWays) {
          inThese = {
            direct: and(certainty, ways.direct),
            role: and(certainty, ways.role),
            account: and(certainty, ways.account),
          }
          voice.direct = or(voice.direct, inThese.direct)
          voice.role = or(voice.role, inThese.role)
          voice.account = or(voice.account, inThese.account)
        }
        if (question.keepsHits) addHit(voice, { policy: name, statement, effect: 'Allow', applies, ways: inThese })
        voice.allow = or(voice.allow, applies)
      }
    }
    if (statement.effect !== 'Allow') {
      const applies = and(certainty, denyReaches(statement, voice.source, question))
      if (applies !== NO) {
        if (question.keepsHits) addHit(voice, { policy: name, statement, effect: 'Deny', applies, ways: null })
        voice.deny = or(voice.deny, applies)
      }
    }
  }
}

/** Whether a statement that means the action means the request, but for the one who makes it. */
function bodyApplies(statement: CompiledStatement, source: Source, question: Question): Tri {
  const { resources, conditions } = statement
  let applies: Tri = statement.understood && isValidIn(statement, source) ? YES : MAYBE
  if (resources !== null) {
    applies = and(applies, resources.matches(question.request.resource, question.context))
    if (applies === NO) return NO
  }
  for (const condition of conditions) {
    applies = and(applies, condition.holds(question.context))
    if (applies === NO) return NO
  }
  return applies
}

/**
 * Whether AWS would have accepted the statement in this kind of policy. One that it would not can't be relied on.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function isValidIn(statement: CompiledStatement, source: Source): boolean {
  switch (source) {
    case 'trust-policy':
      return statement.hasPrincipals && !statement.hasResources && !statement.notPrincipal
    // some services' resource policies name no resource, e.g. those of ECR repositories
    case 'resource-policy':
      return statement.hasPrincipals
    case 'endpoint-policy':
      return statement.hasPrincipals && statement.hasResources
    case 'rcp':
      return statement.hasPrincipals && statement.hasResources && !statement.notPrincipal
    default:
      return !statement.hasPrincipals && statement.hasResources
  }
}

const ANYONE: PrincipalMatch = { direct: YES, role: NO, account: NO }
const WHO_KNOWS: PrincipalMatch = { direct: MAYBE, role: MAYBE, account: MAYBE }

/** How an Allow means the caller. */
function allowReaches(statement: CompiledStatement, source: Source, question: Question): PrincipalMatch {
  const { hasPrincipals, principals, notPrincipal } = statement
  if (!hasPrincipals) return takesPrincipals(source) ? WHO_KNOWS : ANYONE
  if (principals === null || notPrincipal) return WHO_KNOWS
  const match = matchPrincipal(principals, question.request.principal)
  return source === 'endpoint-policy' && isUnclearAtEndpoint(match, principals, question) ? WHO_KNOWS : match
}

/**
 * An endpoint of S3 or DynamoDB may be a gateway. There, `Principal` is to be `*`, and an account means its root user
 * alone.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html#vpc-endpoint-policies-gateway
 */
function isUnclearAtEndpoint(
  { direct, role, account }: PrincipalMatch,
  { everyone }: PrincipalMatcher,
  { service, request: { principal } }: Question,
): boolean {
  const mayBeGateway = service === 's3:' || service === 'dynamodb:'
  return mayBeGateway && !everyone && principal.type !== 'Root' && or(direct, or(role, account)) !== NO
}

function denyReaches(statement: CompiledStatement, source: Source, question: Question): Tri {
  const { request, hasBoundary } = question
  const { hasPrincipals, principals, notPrincipal } = statement
  if (!hasPrincipals) return takesPrincipals(source) ? MAYBE : YES
  if (principals === null) return MAYBE
  if (notPrincipal) return isOutside(principals, request.principal, hasBoundary)
  const match = matchPrincipal(principals, request.principal)
  if (source === 'endpoint-policy' && isUnclearAtEndpoint(match, principals, question)) return MAYBE
  return or(match.direct, or(match.role, match.account))
}

/** Whether a statement means the caller. */
export function reaches(
  statement: CompiledStatement,
  source: Source,
  effect: 'Allow' | 'Deny',
  question: Question,
): Tri {
  if (effect === 'Deny') return denyReaches(statement, source, question)
  const ways = allowReaches(statement, source, question)
  return or(ways.direct, or(ways.role, ways.account))
}

function takesPrincipals(source: Source): boolean {
  return source === 'resource-policy' || source === 'trust-policy' || source === 'endpoint-policy' || source === 'rcp'
}
