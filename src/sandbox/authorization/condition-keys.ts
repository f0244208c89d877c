/**
 * What AWS sends with a request, for conditions.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
 */
import { type Call, callerUserId } from '../call.ts'
import { type Account, nameKey, type SessionPrincipal, type Tags, type World } from '../state.ts'
import { organizationPath } from './policies.ts'
import { accountOfResource } from './resources.ts'

type Context = Record<string, string | string[]>
type Input = Record<string, unknown>

export function conditionKeys(call: Call, action: string, resource: string, input: Input): Context {
  return {
    ...ofRequest(call),
    ...ofCaller(call),
    ...ofTags(input),
    ...ofResource(call, resource),
    ...(action.startsWith('iam:') ? ofIam(input) : {}),
    ...(action.startsWith('sts:') ? ofSts(call, input) : {}),
  }
}

function ofRequest({ now, region, sourceIp, userAgent }: Call): Context {
  return {
    'aws:CurrentTime': now.toISOString(),
    'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
    'aws:RequestedRegion': region,
    'aws:SourceIp': sourceIp,
    'aws:UserAgent': userAgent,
    // the sandbox speaks plain HTTP on the loopback, and stands for an endpoint that speaks TLS
    'aws:SecureTransport': 'true',
    'aws:ViaAWSService': 'false',
  }
}

function ofCaller({ world, caller, now }: Call): Context {
  const { account, principal, session } = caller
  // what a provider says of its user, before there is a session of the account
  if (principal.kind === 'web-identity') return ofToken(principal)
  const keys: Context = { 'aws:userid': callerUserId(caller), ...ofOrganization(world, account) }
  if (principal.kind === 'user') keys['aws:username'] = principal.user.userName
  for (const [key, value] of principalTags(caller)) keys[`aws:PrincipalTag/${key}`] = value
  if (!session) return keys
  keys['aws:TokenIssueTime'] = session.issuedAt.toISOString()
  // long-term keys have no such key at all, which is what `BoolIfExists` is for
  keys['aws:MultiFactorAuthPresent'] = String(session.mfaAuthenticated)
  if (session.mfaAuthenticated)
    keys['aws:MultiFactorAuthAge'] = String(Math.floor((now.getTime() - session.issuedAt.getTime()) / 1000))
  if (session.isRootTask) keys['aws:AssumedRoot'] = 'true'
  if (session.sourceIdentity !== null) keys['aws:SourceIdentity'] = session.sourceIdentity
  return keys
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif */
function ofToken({ provider, claims }: Extract<SessionPrincipal, { kind: 'web-identity' }>): Context {
  return {
    [`${provider.url}:aud`]: claims.audience,
    [`${provider.url}:sub`]: claims.subject,
    ...(claims.authenticationMethods.length > 0 && { [`${provider.url}:amr`]: claims.authenticationMethods }),
  }
}

function principalTags({ principal, session }: Call['caller']): Tags {
  const own =
    principal.kind === 'user' ? principal.user.tags : principal.kind === 'assumed-role' ? principal.role.tags : []
  return new Map([...own, ...(session?.sessionTags ?? [])])
}

function ofOrganization({ organization }: World, { accountId }: Account): Context {
  if (!organization?.accounts.has(accountId)) return {}
  return {
    'aws:PrincipalOrgID': organization.id,
    'aws:PrincipalOrgPaths': [
      `${[organization.id, ...organizationPath(organization, accountId).slice(0, -1)].join('/')}/`,
    ],
    'aws:PrincipalOrgMasterAccountId': organization.managementAccountId,
  }
}

interface TagShape {
  Key?: string
  Value?: string
}

function tagsIn({ Tags, TagSpecifications }: Input): TagShape[] {
  const given = Array.isArray(Tags) ? (Tags as TagShape[]) : []
  const specified = Array.isArray(TagSpecifications) ? (TagSpecifications as { Tags?: TagShape[] }[]) : []
  return [...given, ...specified.flatMap(({ Tags = [] }) => Tags)]
}

export function tagKeys(input: Input): string[] {
  return tagsIn(input).flatMap(({ Key }) => (Key === undefined ? [] : [Key]))
}

function ofTags(input: Input): Context {
  const keys: Context = {}
  for (const { Key, Value } of tagsIn(input)) if (Key !== undefined) keys[`aws:RequestTag/${Key}`] = Value ?? ''
  const names = Array.isArray(input.TagKeys) ? (input.TagKeys as string[]) : tagKeys(input)
  return names.length > 0 ? { ...keys, 'aws:TagKeys': names } : keys
}

function ofResource({ world, account }: Call, resource: string): Context {
  const owner = world.accounts.get(accountOfResource(resource) ?? '') ?? account
  const keys: Context = {}
  const { organization } = world
  if (organization?.accounts.has(owner.accountId)) keys['aws:ResourceOrgID'] = organization.id
  for (const [key, value] of tagsOfResource(owner, resource)) {
    keys[`aws:ResourceTag/${key}`] = value
    keys[`iam:ResourceTag/${key}`] = value
    if (resource.includes(':ec2:')) keys[`ec2:ResourceTag/${key}`] = value
  }
  return keys
}

function tagsOfResource(account: Account, resource: string): Tags {
  const type = resource.split(':')[5]?.split('/')[0]
  const name = nameKey(resource.split('/').at(-1)!)
  const region = account.regions.get(resource.split(':')[3] ?? '')
  const found =
    type === 'user'
      ? account.users.get(name)
      : type === 'role'
        ? account.roles.get(name)
        : type === 'policy'
          ? account.policies.get(resource)
          : type === 'instance-profile'
            ? account.instanceProfiles.get(name)
            : type === 'instance'
              ? region?.instances.get(resource.split('/').at(-1)!)
              : undefined
  return found?.tags ?? new Map()
}

function ofIam({ PolicyArn, PermissionsBoundary, AWSServiceName, ServiceName }: Input): Context {
  const keys: Context = {}
  if (typeof PolicyArn === 'string') keys['iam:PolicyARN'] = PolicyArn
  if (typeof PermissionsBoundary === 'string') keys['iam:PermissionsBoundary'] = PermissionsBoundary
  if (typeof AWSServiceName === 'string') keys['iam:AWSServiceName'] = AWSServiceName
  if (typeof ServiceName === 'string') keys['iam:ServiceSpecificCredentialServiceName'] = ServiceName
  return keys
}

function ofSts({ caller }: Call, input: Input): Context {
  const keys: Context = {}
  const copy = (key: string, value: unknown) => {
    if (typeof value === 'string') keys[key] = value
  }
  copy('sts:ExternalId', input.ExternalId)
  copy('sts:RoleSessionName', input.RoleSessionName)
  copy('sts:SourceIdentity', input.SourceIdentity)
  copy('sts:TaskPolicyArn', (input.TaskPolicyArn as { arn?: string } | undefined)?.arn)
  if (Array.isArray(input.TransitiveTagKeys)) keys['sts:TransitiveTagKeys'] = input.TransitiveTagKeys as string[]
  // a wrong code is refused by the operation itself
  if (typeof input.TokenCode === 'string' && !caller.session) {
    keys['aws:MultiFactorAuthPresent'] = 'true'
    keys['aws:MultiFactorAuthAge'] = '0'
  }
  return keys
}
