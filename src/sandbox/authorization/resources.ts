/**
 * The resources that a call asks for, as ARNs, by what the Service Authorization Reference says its action is about.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 *
 * Where a call creates something, the ARN is the one that it will have. EC2 asks for more kinds of resources when an
 * instance is started (image, subnet, volume...); here it asks for the instance alone.
 */
import type { ActionInfo } from '../../policy/index.ts'
import type { Call, Service } from '../call.ts'
import { iamArn, nameKey, rootArn } from '../state.ts'

type Input = Record<string, unknown>
/** null: this input names no such resource. */
type Resolve = (call: Call, input: Input) => string | string[] | null

/** The account that an ARN names; null: none, as those of buckets. */
export function accountOfResource(arn: string): string | null {
  const account = arn.split(':', 5)[4] ?? ''
  return /^\d{12}$/.test(account) ? account : null
}

export function resourcesOf(call: Call, service: Service, input: Input, info: ActionInfo | null): string[] {
  if (!info || info.resourceTypes.length === 0) return ['*']
  // what the last access and the simulator are asked about
  const named = service.name === 'iam' ? text(input.Arn ?? input.PolicySourceArn) : null
  if (named !== null) return [named]
  const byType = RESOURCES[service.name] ?? {}
  const found = info.resourceTypes.flatMap(
    ({ name }) => (Object.hasOwn(byType, name) ? byType[name]!(call, input) : null) ?? [],
  )
  // of an action with several types a call names one (a user, group or role) or all (a policy and where it goes)
  return found.length > 0 ? [...new Set(found)] : ['*']
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function iam(type: string, member: string, held?: (call: Call, name: string) => { arn: string } | undefined): Resolve {
  return (call, input) => {
    const name = text(input[member])
    if (name === null) return null
    return held?.(call, name)?.arn ?? iamArn(call.account, type, text(input.Path) ?? '/', name)
  }
}

const user = iam('user', 'UserName', ({ account }, name) => account.users.get(nameKey(name)))

/** A user named, or the owner of a key, or the caller itself: `CreateAccessKey` without a name is about one's own. */
function userOrCaller(call: Call, input: Input): string | string[] | null {
  const { principal } = call.caller
  if (call.action === 'GetAccessKeyLastUsed') {
    const holder = call.world.accessKeys.get(text(input.AccessKeyId) ?? '')
    if (holder?.account === call.account) return holder.user?.arn ?? rootArn(call.account)
  }
  return user(call, input) ?? (principal.kind === 'user' ? principal.user.arn : rootArn(call.account))
}

function regional(service: string, path: (name: string) => string, ...members: string[]): Resolve {
  return ({ account, region }, input) => {
    for (const member of members) {
      const name = text(input[member])
      if (name?.startsWith('arn:')) return name
      if (name !== null) return `arn:${account.partition}:${service}:${region}:${account.accountId}:${path(name)}`
    }
    return null
  }
}

function instances({ account, region }: Call, input: Input): string[] {
  const ids = [input.InstanceIds, input.InstanceId].flat().filter((id) => typeof id === 'string')
  const arn = (id: string) => `arn:${account.partition}:ec2:${region}:${account.accountId}:instance/${id}`
  return ids.length > 0 ? ids.map(arn) : [arn('*')]
}

/** An entity of the organization by its ID, where that is known. */
function organizational(...members: string[]): Resolve {
  return ({ world: { organization } }, input) => {
    const ids = members.flatMap((member) => text(input[member]) ?? [])
    if (!organization) return null
    const arns = ids.flatMap((id) => {
      if (id === organization.rootId)
        return [organization.arn.replace(/:organization\/(.*)$/, (_, org) => `:root/${org}/${id}`)]
      return (organization.accounts.get(id) ?? organization.units.get(id) ?? organization.policies.get(id))?.arn ?? []
    })
    return arns.length > 0 ? arns : null
  }
}

function bucket({ account }: Call, input: Input): string | null {
  const name = text(input.Bucket)
  return name === null ? null : `arn:${account.partition}:s3:::${name}`
}

function object(call: Call, input: Input): string | string[] | null {
  const held = bucket(call, input)
  if (held === null) return null
  const keys = [input.Key, ((input.Delete as Input | undefined)?.Objects as Input[] | undefined)?.map(({ Key }) => Key)]
    .flat()
    .filter((key) => typeof key === 'string')
  return keys.length > 0 ? keys.map((key) => `${held}/${key}`) : null
}

function secretNamed({ account, region }: Call, id: string): string | null {
  const secrets = account.regions.get(region)?.secrets
  return secrets?.get(id)?.arn ?? [...(secrets?.values() ?? [])].find(({ arn }) => arn === id)?.arn ?? null
}

/** By signing name of the service and name of the resource type. */
const RESOURCES: Record<string, Record<string, Resolve>> = {
  iam: {
    user: userOrCaller,
    group: iam('group', 'GroupName', ({ account }, name) => account.groups.get(nameKey(name))),
    role: iam('role', 'RoleName', ({ account }, name) => account.roles.get(nameKey(name))),
    policy: (call, input) => text(input.PolicyArn) ?? iam('policy', 'PolicyName')(call, input),
    'instance-profile': iam('instance-profile', 'InstanceProfileName', ({ account }, name) =>
      account.instanceProfiles.get(nameKey(name)),
    ),
    mfa: (call, input) => text(input.SerialNumber) ?? iam('mfa', 'VirtualMFADeviceName')(call, input),
    'server-certificate': iam('server-certificate', 'ServerCertificateName', ({ account }, name) =>
      account.serverCertificates.get(nameKey(name)),
    ),
    'saml-provider': (call, input) => text(input.SAMLProviderArn) ?? iam('saml-provider', 'Name')(call, input),
    'oidc-provider': ({ account }, input) => {
      const url = text(input.Url)
      return (
        text(input.OpenIDConnectProviderArn) ??
        (url === null ? null : iamArn(account, 'oidc-provider', '/', url.replace(/^https:\/\//, '')))
      )
    },
  },
  sts: {
    role: (_, input) => text(input.RoleArn),
    'federated-user': ({ account }, input) => {
      const name = text(input.Name)
      return name === null ? null : `arn:${account.partition}:sts::${account.accountId}:federated-user/${name}`
    },
    'root-user': ({ account }, input) => {
      const target = text(input.TargetPrincipal)
      if (target === null) return null
      return /^\d{12}$/.test(target) ? `arn:${account.partition}:iam::${target}:root` : target
    },
  },
  ec2: { instance: instances },
  cloudtrail: { trail: regional('cloudtrail', (name) => `trail/${name}`, 'Name', 'TrailName', 'ResourceId') },
  'access-analyzer': {
    Analyzer: regional('access-analyzer', (name) => `analyzer/${name}`, 'analyzerName', 'analyzerArn'),
  },
  organizations: {
    policy: organizational('PolicyId'),
    account: organizational('AccountId', 'TargetId', 'ChildId', 'ResourceId'),
    organizationalunit: organizational('OrganizationalUnitId', 'ParentId', 'TargetId', 'DestinationParentId'),
    root: organizational('RootId', 'ParentId', 'TargetId'),
  },
  account: {},
  s3: { object, bucket },
  lambda: { function: regional('lambda', (name) => `function:${name}`, 'FunctionName') },
  cloudformation: { stack: regional('cloudformation', (name) => `stack/${name}/*`, 'StackName') },
  codebuild: { project: regional('codebuild', (name) => `project/${name}`, 'name', 'projectName') },
  secretsmanager: {
    Secret: (call, input) => {
      const held = secretNamed(call, text(input.SecretId) ?? '')
      return held ?? regional('secretsmanager', (name) => `secret:${name}-??????`, 'SecretId', 'Name')(call, input)
    },
  },
  ssm: { parameter: regional('ssm', (name) => `parameter/${name.replace(/^\//, '')}`, 'Name') },
}
