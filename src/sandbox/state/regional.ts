/** Makes what lies in a region: instances, trails, analyzers. */

import { nextInteger, secondOf, touch } from './chance.ts'
import { newHexId } from './ids.ts'
import { tagsOf } from './values.ts'
import type {
  Account,
  Analyzer,
  Instance,
  InstanceProfile,
  InstanceState,
  MetadataOptions,
  Region,
  Trail,
  World,
} from './world.ts'

export function regionOf(account: Account, regionName: string): Region {
  const region = account.regions.get(regionName)
  if (!region) throw new Error(`there is no region \`${regionName}\``)
  return region
}

export interface InstanceOptions {
  imageId?: string
  instanceType?: string
  state?: InstanceState
  launchTime?: Date
  publicIpAddress?: string | null
  keyName?: string | null
  instanceProfile?: InstanceProfile | null
  metadataOptions?: Partial<MetadataOptions>
  userData?: string | null
  tags?: Record<string, string>
}

export function addInstance(
  world: World,
  account: Account,
  regionName: string,
  options: InstanceOptions = {},
): Instance {
  const region = regionOf(account, regionName)
  const instance: Instance = {
    instanceId: newHexId(world, 'i'),
    imageId: options.imageId ?? newHexId(world, 'ami'),
    instanceType: options.instanceType ?? 't3.medium',
    state: options.state ?? 'running',
    launchTime: options.launchTime ?? secondOf(world),
    vpcId: newHexId(world, 'vpc'),
    subnetId: newHexId(world, 'subnet'),
    privateIpAddress: `10.0.${nextInteger(world.random, 256)}.${1 + nextInteger(world.random, 254)}`,
    publicIpAddress: options.publicIpAddress ?? null,
    keyName: options.keyName ?? null,
    instanceProfile: options.instanceProfile ?? null,
    associationId: options.instanceProfile ? newHexId(world, 'iip-assoc') : null,
    metadataOptions: {
      httpTokens: 'required',
      httpEndpoint: 'enabled',
      httpPutResponseHopLimit: 2,
      instanceMetadataTags: 'disabled',
      ...options.metadataOptions,
    },
    userData: options.userData ?? null,
    tags: tagsOf(options.tags),
  }
  region.instances.set(instance.instanceId, instance)
  touch(world)
  return instance
}

export function addTrail(
  world: World,
  account: Account,
  homeRegion: string,
  name: string,
  options: Partial<Omit<Trail, 'name' | 'arn' | 'homeRegion' | 'tags'>> & { tags?: Record<string, string> } = {},
): Trail {
  const { tags, ...rest } = options
  const trail: Trail = {
    name,
    arn: `arn:${account.partition}:cloudtrail:${homeRegion}:${account.accountId}:trail/${name}`,
    homeRegion,
    s3BucketName: `${account.accountId}-cloudtrail`,
    s3KeyPrefix: null,
    isMultiRegionTrail: false,
    isOrganizationTrail: false,
    includeGlobalServiceEvents: true,
    logFileValidationEnabled: false,
    kmsKeyId: null,
    cloudWatchLogsLogGroupArn: null,
    cloudWatchLogsRoleArn: null,
    snsTopicName: null,
    isLogging: true,
    startLoggingTime: secondOf(world),
    stopLoggingTime: null,
    latestDeliveryTime: null,
    latestDeliveryError: null,
    deliveredUpTo: 0,
    eventSelectors: [
      { readWriteType: 'All', includeManagementEvents: true, dataResources: [], excludeManagementEventSources: [] },
    ],
    advancedEventSelectors: [],
    ...rest,
    tags: tagsOf(tags),
  }
  regionOf(account, homeRegion).trails.set(name, trail)
  touch(world)
  return trail
}

export function addAnalyzer(
  world: World,
  account: Account,
  regionName: string,
  analyzerName: string,
  options: Partial<Pick<Analyzer, 'type' | 'status' | 'createdAt' | 'unusedAccessAge'>> & {
    tags?: Record<string, string>
  } = {},
): Analyzer {
  const { tags, ...rest } = options
  const analyzer: Analyzer = {
    analyzerName,
    arn: `arn:${account.partition}:access-analyzer:${regionName}:${account.accountId}:analyzer/${analyzerName}`,
    type: 'ACCOUNT',
    status: 'ACTIVE',
    createdAt: secondOf(world),
    unusedAccessAge: rest.type?.includes('UNUSED_ACCESS') ? 90 : null,
    ...rest,
    tags: tagsOf(tags),
  }
  regionOf(account, regionName).analyzers.set(analyzerName, analyzer)
  touch(world)
  return analyzer
}
