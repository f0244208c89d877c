/** EC2, as far as identities go: regions, instances with their profile and metadata options, launch templates. */
import type * as client from '@aws-sdk/client-ec2'
import { AwsError } from '../aws-error.ts'
import { type Call, callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import { type Instance, type InstanceProfile, nameKey, newHexId } from '../state.ts'
import { type WorkloadKinds, workloadsOf } from '../workloads.ts'
import { tokenPage } from './tokens.ts'

interface FilterShape {
  Name?: string | undefined
  Values?: string[] | undefined
}

const STATE_CODES: Record<Instance['state'], number> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
}

const handlers: Handlers<typeof client> = {
  DescribeRegions({ account }, input) {
    const regions = [...account.regions.values()].filter(
      ({ regionName, optStatus }) =>
        (input.AllRegions || optStatus !== 'DISABLED') &&
        (!input.RegionNames?.length || input.RegionNames.includes(regionName)) &&
        passes(input.Filters, { 'region-name': regionName, 'opt-in-status': OPT_IN[optStatus] }, new Map()),
    )
    const unknown = input.RegionNames?.find((name) => !account.regions.has(name))
    if (unknown !== undefined) throw new AwsError('InvalidParameterValue', `Invalid region names (${unknown})`)
    return {
      Regions: regions.map(({ regionName, optStatus }) => ({
        RegionName: regionName,
        Endpoint: `ec2.${regionName}.amazonaws.com`,
        OptInStatus: OPT_IN[optStatus],
      })),
    }
  },

  DescribeInstances(call, input) {
    if (input.MaxResults !== undefined && (input.MaxResults < 5 || input.MaxResults > 1000))
      throw new AwsError(
        'InvalidParameterValue',
        `Value ( ${input.MaxResults} ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.`,
      )
    const { instances } = callRegion(call)
    const chosen = input.InstanceIds?.length
      ? input.InstanceIds.map((id) => findInstance(call, id))
      : [...instances.values()]
    const matching = chosen.filter((instance) => passes(input.Filters, filterValues(instance), instance.tags))
    const [found, more] = tokenPage(matching, input, 1000, invalidToken)
    return { Reservations: found.map((instance) => reservation(call, instance)), ...more }
  },

  ModifyInstanceMetadataOptions(call, input) {
    const instance = findInstance(call, input.InstanceId)
    const { metadataOptions: options } = instance
    const { HttpTokens, HttpEndpoint, HttpPutResponseHopLimit: hops, InstanceMetadataTags } = input
    if (hops !== undefined && (hops < 1 || hops > 64))
      throw new AwsError('InvalidParameterValue', 'HttpPutResponseHopLimit must be between 1 and 64')
    if (HttpTokens === 'optional' || HttpTokens === 'required') options.httpTokens = HttpTokens
    if (HttpEndpoint === 'enabled' || HttpEndpoint === 'disabled') options.httpEndpoint = HttpEndpoint
    if (InstanceMetadataTags === 'enabled' || InstanceMetadataTags === 'disabled')
      options.instanceMetadataTags = InstanceMetadataTags
    if (hops !== undefined) options.httpPutResponseHopLimit = hops
    return {
      InstanceId: instance.instanceId,
      InstanceMetadataOptions: { State: 'pending' as const, ...metadataShape(instance) },
    }
  },

  DescribeIamInstanceProfileAssociations(call, input) {
    const associated = [...callRegion(call).instances.values()].filter(
      ({ associationId, instanceId, state }) =>
        associationId !== null &&
        (!input.AssociationIds?.length || input.AssociationIds.includes(associationId)) &&
        passes(
          input.Filters,
          { 'instance-id': instanceId, state: state === 'terminated' ? '' : 'associated' },
          new Map(),
        ),
    )
    const [found, more] = tokenPage(associated, input, 1000, invalidToken)
    return { IamInstanceProfileAssociations: found.map((instance) => association(instance, 'associated')), ...more }
  },

  AssociateIamInstanceProfile(call, input) {
    const instance = findInstance(call, input.InstanceId)
    const profile = findProfile(call, input.IamInstanceProfile)
    if (instance.instanceProfile)
      throw new AwsError('IncorrectState', `There is an existing association for instance ${instance.instanceId}`)
    instance.instanceProfile = profile
    instance.associationId = newHexId(call.world, 'iip-assoc')
    return { IamInstanceProfileAssociation: association(instance, 'associating') }
  },

  ReplaceIamInstanceProfileAssociation(call, input) {
    const instance = findAssociated(call, input.AssociationId)
    instance.instanceProfile = findProfile(call, input.IamInstanceProfile)
    instance.associationId = newHexId(call.world, 'iip-assoc')
    return { IamInstanceProfileAssociation: association(instance, 'associating') }
  },

  DisassociateIamInstanceProfile(call, input) {
    const instance = findAssociated(call, input.AssociationId)
    const answer = association(instance, 'disassociating')
    instance.instanceProfile = null
    instance.associationId = null
    return { IamInstanceProfileAssociation: answer }
  },

  DescribeInstanceAttribute(call, input) {
    const instance = findInstance(call, input.InstanceId)
    if (input.Attribute === 'userData') {
      const { userData } = instance
      return {
        InstanceId: instance.instanceId,
        UserData: userData === null ? {} : { Value: Buffer.from(userData).toString('base64') },
      }
    }
    if (input.Attribute === 'instanceType')
      return { InstanceId: instance.instanceId, InstanceType: { Value: instance.instanceType } }
    throw new AwsError('InvalidParameterValue', `The sandbox does not have the attribute ${input.Attribute}`)
  },

  DescribeLaunchTemplates(call, input) {
    const chosen = templates(call).filter(
      ({ template: { LaunchTemplateId: id = '', LaunchTemplateName: name = '', Tags = [] } }) =>
        (!input.LaunchTemplateIds?.length || input.LaunchTemplateIds.includes(id)) &&
        (!input.LaunchTemplateNames?.length || input.LaunchTemplateNames.includes(name)) &&
        passes(
          input.Filters,
          { 'launch-template-name': name },
          new Map(Tags.map(({ Key = '', Value = '' }) => [Key, Value])),
        ),
    )
    const [found, more] = tokenPage(chosen, input, TEMPLATES_PAGE, invalidToken)
    return { LaunchTemplates: found.map(({ template }) => template), ...more }
  },

  DescribeLaunchTemplateVersions(call, input) {
    const versions = chosenTemplates(call, input).flatMap((launchTemplate) =>
      launchTemplate.versions.filter((version) => isChosen(launchTemplate, version, input)),
    )
    const [found, more] = tokenPage(versions, input, TEMPLATES_PAGE, invalidToken)
    return { LaunchTemplateVersions: found, ...more }
  },

  DescribeTags(call, input) {
    const tags = [
      ...[...callRegion(call).instances.values()].flatMap(({ instanceId, tags }) =>
        [...tags].map(([Key, Value]) => ({ ResourceId: instanceId, ResourceType: 'instance' as const, Key, Value })),
      ),
      ...templates(call).flatMap(({ template }) =>
        (template.Tags ?? []).map((tag) => ({
          ResourceId: template.LaunchTemplateId,
          ResourceType: 'launch-template' as const,
          ...tag,
        })),
      ),
    ].filter(({ ResourceId = '', ResourceType, Key = '', Value = '' }) =>
      passes(
        input.Filters,
        { 'resource-id': ResourceId, 'resource-type': ResourceType, key: Key, value: Value },
        new Map([[Key, Value]]),
      ),
    )
    const [found, more] = tokenPage(tags, input, 1000, invalidToken)
    return { Tags: found, ...more }
  },
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeLaunchTemplateVersions.html */
const TEMPLATES_PAGE = 200

type LaunchTemplate = WorkloadKinds['launchTemplate']

function templates(call: Call): LaunchTemplate[] {
  return [...workloadsOf(callRegion(call), 'launchTemplate').values()]
}

/** The template that was named; or all, when only the latest or the default version of each is wanted. */
function chosenTemplates(call: Call, input: client.DescribeLaunchTemplateVersionsCommandInput): LaunchTemplate[] {
  const { LaunchTemplateId: id, LaunchTemplateName: name, Versions = [] } = input
  if (id === undefined && name === undefined) {
    if (Versions.length > 0 && Versions.every((version) => version === '$Latest' || version === '$Default'))
      return templates(call)
    throw new AwsError('MissingParameter', 'Either a launch template ID or a launch template name must be given')
  }
  const found = templates(call).filter(({ template }) =>
    id === undefined ? template.LaunchTemplateName === name : template.LaunchTemplateId === id,
  )
  if (found.length === 0)
    throw new AwsError('InvalidLaunchTemplateId.NotFound', `The launch template ${id ?? name} does not exist`)
  return found
}

function isChosen(
  { template }: LaunchTemplate,
  { VersionNumber = 0 }: client.LaunchTemplateVersion,
  { Versions = [], MinVersion, MaxVersion }: client.DescribeLaunchTemplateVersionsCommandInput,
): boolean {
  const named = Versions.some(
    (version) =>
      version === String(VersionNumber) ||
      (version === '$Latest' && VersionNumber === template.LatestVersionNumber) ||
      (version === '$Default' && VersionNumber === template.DefaultVersionNumber),
  )
  return (
    (Versions.length === 0 || named) &&
    VersionNumber >= Number(MinVersion ?? 0) &&
    VersionNumber <= Number(MaxVersion ?? Infinity)
  )
}

function invalidToken(): AwsError {
  return new AwsError('InvalidNextToken', 'The token is invalid.')
}

const OPT_IN = { ENABLED: 'opted-in', ENABLED_BY_DEFAULT: 'opt-in-not-required', DISABLED: 'not-opted-in' } as const

function findInstance(call: Call, id: string | undefined): Instance {
  if (!/^i-[0-9a-f]{8,17}$/.test(id ?? '')) throw new AwsError('InvalidInstanceID.Malformed', `Invalid id: "${id}"`)
  const instance = callRegion(call).instances.get(id!)
  if (!instance) throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`)
  return instance
}

function findAssociated(call: Call, associationId: string | undefined): Instance {
  const instance = [...callRegion(call).instances.values()].find(
    (candidate) => candidate.associationId === associationId,
  )
  if (!instance || associationId === undefined)
    throw new AwsError('InvalidAssociationID.NotFound', `An invalid association-id of '${associationId}' was given`)
  return instance
}

function findProfile(
  { account }: Call,
  profile: { Arn?: string | undefined; Name?: string | undefined } | undefined,
): InstanceProfile {
  const name = profile?.Name ?? profile?.Arn?.split('/').at(-1) ?? ''
  const found = account.instanceProfiles.get(nameKey(name))
  if (!found || (profile?.Arn !== undefined && found.arn !== profile.Arn))
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name`,
    )
  return found
}

function association(instance: Instance, state: 'associated' | 'associating' | 'disassociating') {
  return {
    AssociationId: instance.associationId!,
    InstanceId: instance.instanceId,
    IamInstanceProfile: profileShape(instance.instanceProfile!),
    State: state,
  }
}

function profileShape({ arn, instanceProfileId }: InstanceProfile) {
  return { Arn: arn, Id: instanceProfileId }
}

function metadataShape({ metadataOptions }: Instance) {
  return {
    HttpTokens: metadataOptions.httpTokens,
    HttpPutResponseHopLimit: metadataOptions.httpPutResponseHopLimit,
    HttpEndpoint: metadataOptions.httpEndpoint,
    HttpProtocolIpv6: 'disabled' as const,
    InstanceMetadataTags: metadataOptions.instanceMetadataTags,
  }
}

function reservation({ account, region }: Call, instance: Instance) {
  return {
    ReservationId: `r-${instance.instanceId.slice(2)}`,
    OwnerId: account.accountId,
    Groups: [],
    Instances: [
      {
        InstanceId: instance.instanceId,
        ImageId: instance.imageId,
        State: { Code: STATE_CODES[instance.state], Name: instance.state },
        InstanceType: instance.instanceType as client._InstanceType,
        LaunchTime: instance.launchTime,
        Placement: { AvailabilityZone: `${region}a`, Tenancy: 'default' as const },
        VpcId: instance.vpcId,
        SubnetId: instance.subnetId,
        PrivateIpAddress: instance.privateIpAddress,
        PrivateDnsName: `ip-${instance.privateIpAddress.replaceAll('.', '-')}.${region}.compute.internal`,
        ...(instance.publicIpAddress !== null && { PublicIpAddress: instance.publicIpAddress }),
        PublicDnsName: '',
        ...(instance.keyName !== null && { KeyName: instance.keyName }),
        ...(instance.instanceProfile && { IamInstanceProfile: profileShape(instance.instanceProfile) }),
        MetadataOptions: { State: 'applied' as const, ...metadataShape(instance) },
        Monitoring: { State: 'disabled' as const },
        Architecture: 'x86_64' as const,
        Hypervisor: 'xen' as const,
        RootDeviceName: '/dev/xvda',
        RootDeviceType: 'ebs' as const,
        VirtualizationType: 'hvm' as const,
        AmiLaunchIndex: 0,
        BlockDeviceMappings: [],
        NetworkInterfaces: [],
        SecurityGroups: [],
        ProductCodes: [],
        Tags: [...instance.tags].map(([Key, Value]) => ({ Key, Value })),
      },
    ],
  }
}

function filterValues(instance: Instance): Record<string, string> {
  return {
    'instance-id': instance.instanceId,
    'instance-state-name': instance.state,
    'instance-state-code': String(STATE_CODES[instance.state]),
    'instance-type': instance.instanceType,
    'image-id': instance.imageId,
    'vpc-id': instance.vpcId,
    'subnet-id': instance.subnetId,
    'private-ip-address': instance.privateIpAddress,
    'ip-address': instance.publicIpAddress ?? '',
    'key-name': instance.keyName ?? '',
    'iam-instance-profile.arn': instance.instanceProfile?.arn ?? '',
    'iam-instance-profile.id': instance.instanceProfile?.instanceProfileId ?? '',
    'metadata-options.http-tokens': instance.metadataOptions.httpTokens,
    'metadata-options.http-endpoint': instance.metadataOptions.httpEndpoint,
    'metadata-options.http-put-response-hop-limit': String(instance.metadataOptions.httpPutResponseHopLimit),
  }
}

/** All filters must hold, each with one of its values; `*` and `?` are wildcards. */
function passes(
  filters: FilterShape[] | undefined,
  values: Record<string, string>,
  tags: Map<string, string>,
): boolean {
  return (filters ?? []).every(({ Name = '', Values = [] }) => {
    const fits = (value: string) => Values.some((pattern) => wildcard(pattern, value))
    if (Name === 'tag-key') return [...tags.keys()].some(fits)
    if (Name.startsWith('tag:')) return tags.has(Name.slice(4)) && fits(tags.get(Name.slice(4))!)
    if (!Object.hasOwn(values, Name)) throw new AwsError('InvalidParameterValue', `The filter '${Name}' is invalid`)
    return fits(values[Name]!)
  })
}

function wildcard(pattern: string, value: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === value
  const expression = pattern
    .replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${expression}$`, 's').test(value)
}

export const ec2: Service = {
  name: 'ec2',
  actionPrefix: 'ec2',
  model: { protocol: 'ec2Query', version: '2016-11-15', xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15' },
  targetPrefixes: [],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-ec2'),
    handlers: handlers as Record<string, Handler>,
  }),
}
