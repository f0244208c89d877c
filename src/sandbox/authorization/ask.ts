/** What a call asks for: its own action on each of its resources, and what AWS asks for beside it. */
import { actionNamed, type PolicyInput, type Request, type RequestPolicies } from '../../policy/index.ts'
import type { Bucket } from '../buckets.ts'
import type { Call, Service } from '../call.ts'
import { nameKey, type Role } from '../state.ts'
import { conditionKeys, tagKeys } from './condition-keys.ts'
import { documentOf, policiesOf, principalOf, resourceControlPolicies } from './policies.ts'
import { accountOfResource, resourcesOf } from './resources.ts'

export interface Ask {
  request: Request
  policies: RequestPolicies
}

type Input = Record<string, unknown>

export function asksOf(call: Call, service: Service, input: Input): Ask[] {
  const action = actionNameOf(service, call.action)
  const info = actionNamed(action)
  const asks = resourcesOf(call, service, input, info).map((resource) =>
    ask(call, info?.name ?? action, resource, input),
  )
  if (service.name === 'sts') asks.push(...besideSts(call, input))
  for (const { role, passedTo } of passedRoles(call, service, input))
    asks.push(ask(call, 'iam:PassRole', role.arn, {}, { 'iam:PassedToService': passedTo }))
  return asks
}

/** Operations whose action has another name. */
const RENAMED: Record<string, string> = {
  's3:ListBuckets': 's3:ListAllMyBuckets',
  's3:ListObjects': 's3:ListBucket',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:HeadBucket': 's3:ListBucket',
  's3:HeadObject': 's3:GetObject',
  's3:CopyObject': 's3:PutObject',
  's3:CreateMultipartUpload': 's3:PutObject',
  's3:UploadPart': 's3:PutObject',
  's3:CompleteMultipartUpload': 's3:PutObject',
  's3:DeleteObjects': 's3:DeleteObject',
  'lambda:Invoke': 'lambda:InvokeFunction',
}

function actionNameOf({ actionPrefix }: Service, operation: string): string {
  const name = `${actionPrefix}:${operation}`
  return Object.hasOwn(RENAMED, name) ? RENAMED[name]! : name
}

function ask(call: Call, action: string, resource: string, input: Input, more: Record<string, string> = {}): Ask {
  const resourceAccount = ownerOf(call, resource)
  return {
    request: {
      principal: principalOf(call.caller),
      action,
      resource,
      resourceAccount,
      context: { ...conditionKeys(call, action, resource, input), ...more },
      contextIs: 'closed',
    },
    policies: {
      ...policiesOf(call),
      rcps: resourceControlPolicies(call.world, resourceAccount),
      resource: resourcePolicyOf(call, action, resource),
      endpoint: null,
    },
  }
}

/** Their ARNs name the management account, and who else may read is not said by policies of that account. */
const SHARED_WITH_MEMBERS = new Set(['cloudtrail', 'organizations'])

/** The account that has a say about a resource, beside the caller's. */
function ownerOf(call: Call, resource: string): string {
  // root of a member account is nobody's to grant: the organization has done that
  if (SHARED_WITH_MEMBERS.has(call.service) || call.action === 'AssumeRoot') return call.account.accountId
  return accountOfResource(resource) ?? bucketOf(call, resource)?.accountId ?? call.account.accountId
}

/** A role's trust, a bucket's policy. */
function resourcePolicyOf(call: Call, action: string, resource: string): PolicyInput | null {
  const trust = /^sts:/i.test(action) ? roleOf(call, resource) : null
  if (trust) return { name: `trust policy of ${trust.arn}`, policy: documentOf(trust.trustPolicy) }
  const bucket = bucketOf(call, resource)
  if (!bucket?.policy) return null
  return { name: `bucket policy of ${bucket.name}`, policy: documentOf(bucket.policy) }
}

function bucketOf({ world }: Call, resource: string): Bucket | undefined {
  const [, name] = /^arn:[^:]+:s3:::([^/]+)/.exec(resource) ?? []
  return name === undefined ? undefined : world.buckets.get(name)
}

function roleOf({ world }: Call, arn: string): Role | null {
  const match = /^arn:[^:]+:iam::(\d{12}):role\/(.+)$/.exec(arn)
  const role = match && world.accounts.get(match[1]!)?.roles.get(nameKey(match[2]!.split('/').at(-1)!))
  return role?.arn === arn ? role : null
}

/**
 * Session tags and a source identity have actions of their own, which the caller and the role's trust must allow.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
 */
function besideSts(call: Call, input: Input): Ask[] {
  const asks: Ask[] = []
  const resource = typeof input.RoleArn === 'string' ? input.RoleArn : '*'
  if (tagKeys(input).length > 0) asks.push(ask(call, 'sts:TagSession', resource, input))
  if (typeof input.SourceIdentity === 'string') asks.push(ask(call, 'sts:SetSourceIdentity', resource, input))
  return asks
}

/**
 * Calls that hand a role to a service.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
 */
function passedRoles(call: Call, service: Service, input: Input): { role: Role; passedTo: string }[] {
  const { account } = call
  const named = (name: unknown) => (typeof name === 'string' ? account.roles.get(nameKey(name)) : undefined)
  const inProfile = (profile: unknown) => {
    const { Name, Arn } = (profile ?? {}) as { Name?: string; Arn?: string }
    const name = Name ?? Arn?.split('/').at(-1)
    return name === undefined ? [] : (account.instanceProfiles.get(nameKey(name))?.roles ?? [])
  }
  const to = (passedTo: string, roles: readonly (Role | undefined)[]) =>
    roles.flatMap((role) => (role ? [{ role, passedTo }] : []))
  switch (`${service.name}:${call.action}`) {
    case 'iam:AddRoleToInstanceProfile':
      return to('ec2.amazonaws.com', [named(input.RoleName)])
    case 'ec2:RunInstances':
    case 'ec2:AssociateIamInstanceProfile':
    case 'ec2:ReplaceIamInstanceProfileAssociation':
      return to('ec2.amazonaws.com', inProfile(input.IamInstanceProfile))
    case 'lambda:CreateFunction':
    case 'lambda:UpdateFunctionConfiguration':
      return to('lambda.amazonaws.com', [roleOf(call, String(input.Role ?? '')) ?? undefined])
    case 'cloudformation:CreateStack':
    case 'cloudformation:UpdateStack':
      return to('cloudformation.amazonaws.com', [roleOf(call, String(input.RoleARN ?? '')) ?? undefined])
    case 'cloudtrail:CreateTrail':
    case 'cloudtrail:UpdateTrail':
      return to('cloudtrail.amazonaws.com', [roleOf(call, String(input.CloudWatchLogsRoleArn ?? '')) ?? undefined])
    default:
      return []
  }
}
