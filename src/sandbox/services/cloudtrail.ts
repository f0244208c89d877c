import type * as client from '@aws-sdk/client-cloudtrail'
import { AwsError } from '../aws-error.ts'
import { type Call, callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import type { CallRecord } from '../call-log.ts'
import { addTrail, type Trail } from '../state.ts'
import { deliverTrails } from '../trail-delivery.ts'
import { eventSource, trailEvent } from '../trail-event.ts'
import { tokenPage } from './tokens.ts'

const TRAILS_PER_REGION = 5
/** How far back the event history goes. */
const HISTORY_MS = 90 * 86_400_000

const handlers: Handlers<typeof client> = {
  ListTrails(call, input) {
    const [found, more] = tokenPage(visibleTrails(call), input, 1000, invalidToken)
    return {
      Trails: found.map(({ arn, name, homeRegion }) => ({ TrailARN: arn, Name: name, HomeRegion: homeRegion })),
      ...more,
    }
  },

  DescribeTrails(call, input) {
    const shadows = input.includeShadowTrails ?? true
    const names = input.trailNameList ?? []
    const trails = visibleTrails(call).filter(
      (trail) =>
        (shadows || trail.homeRegion === call.region) &&
        (names.length === 0 || names.includes(trail.name) || names.includes(trail.arn)),
    )
    return { trailList: trails.map(shape) }
  },

  GetTrail: (call, input) => ({ Trail: shape(find(call, input.Name)) }),

  GetTrailStatus(call, input) {
    deliverTrails(call)
    const trail = find(call, input.Name)
    return {
      IsLogging: trail.isLogging,
      ...(trail.latestDeliveryError !== null && { LatestDeliveryError: trail.latestDeliveryError }),
      ...(trail.latestDeliveryTime && { LatestDeliveryTime: trail.latestDeliveryTime }),
      ...(trail.startLoggingTime && { StartLoggingTime: trail.startLoggingTime }),
      ...(trail.stopLoggingTime && { StopLoggingTime: trail.stopLoggingTime }),
      LatestDeliveryAttemptTime: '',
      LatestNotificationAttemptTime: '',
      LatestNotificationAttemptSucceeded: '',
      LatestDeliveryAttemptSucceeded: '',
      TimeLoggingStarted: trail.startLoggingTime?.toISOString() ?? '',
      TimeLoggingStopped: trail.stopLoggingTime?.toISOString() ?? '',
    }
  },

  GetEventSelectors(call, input) {
    const trail = find(call, input.TrailName)
    return {
      TrailARN: trail.arn,
      ...(trail.advancedEventSelectors.length > 0
        ? {
            AdvancedEventSelectors: trail.advancedEventSelectors.map(({ name, fieldSelectors }) => ({
              ...(name !== null && { Name: name }),
              FieldSelectors: fieldSelectors.map(({ field, operators }) => ({ Field: field, ...operators })),
            })),
          }
        : {
            EventSelectors: trail.eventSelectors.map((selector) => ({
              ReadWriteType: selector.readWriteType,
              IncludeManagementEvents: selector.includeManagementEvents,
              DataResources: selector.dataResources.map(({ type, values }) => ({ Type: type, Values: values })),
              ExcludeManagementEventSources: selector.excludeManagementEventSources,
            })),
          }),
    }
  },

  PutEventSelectors(call, input) {
    const trail = findOwn(call, input.TrailName)
    if (input.AdvancedEventSelectors?.length) {
      trail.eventSelectors = []
      trail.advancedEventSelectors = input.AdvancedEventSelectors.map(({ Name, FieldSelectors }) => ({
        name: Name ?? null,
        fieldSelectors: (FieldSelectors ?? []).map(({ Field, ...operators }) => ({
          field: Field!,
          operators: operators as Record<string, string[]>,
        })),
      }))
    } else {
      trail.advancedEventSelectors = []
      trail.eventSelectors = (input.EventSelectors ?? []).map((selector) => ({
        readWriteType: selector.ReadWriteType ?? 'All',
        includeManagementEvents: selector.IncludeManagementEvents ?? true,
        dataResources: (selector.DataResources ?? []).map(({ Type, Values }) => ({
          type: Type ?? '',
          values: Values ?? [],
        })),
        excludeManagementEventSources: selector.ExcludeManagementEventSources ?? [],
      }))
    }
    return {
      TrailARN: trail.arn,
      ...(input.EventSelectors && { EventSelectors: input.EventSelectors }),
      ...(input.AdvancedEventSelectors && { AdvancedEventSelectors: input.AdvancedEventSelectors }),
    }
  },

  CreateTrail(call, input) {
    const name = input.Name!
    checkName(name)
    const { trails } = callRegion(call)
    if (trails.has(name))
      throw new AwsError(
        'TrailAlreadyExistsException',
        `Trail ${name} already exists for customer: ${call.account.accountId}`,
      )
    if (trails.size >= TRAILS_PER_REGION)
      throw new AwsError(
        'MaximumNumberOfTrailsExceededException',
        `User: ${call.account.accountId} already has ${TRAILS_PER_REGION} trails in ${call.region}.`,
      )
    const multiRegion = input.IsMultiRegionTrail ?? false
    if (multiRegion && input.IncludeGlobalServiceEvents === false)
      throw new AwsError(
        'InvalidParameterCombinationException',
        'Multi-Region trail must include global service events.',
      )
    const trail = addTrail(call.world, call.account, call.region, name, {
      s3BucketName: input.S3BucketName!,
      s3KeyPrefix: input.S3KeyPrefix ?? null,
      isMultiRegionTrail: multiRegion,
      isOrganizationTrail: input.IsOrganizationTrail ?? false,
      includeGlobalServiceEvents: input.IncludeGlobalServiceEvents ?? true,
      logFileValidationEnabled: input.EnableLogFileValidation ?? false,
      kmsKeyId: input.KmsKeyId ?? null,
      cloudWatchLogsLogGroupArn: input.CloudWatchLogsLogGroupArn ?? null,
      cloudWatchLogsRoleArn: input.CloudWatchLogsRoleArn ?? null,
      snsTopicName: input.SnsTopicName ?? null,
      isLogging: false,
      startLoggingTime: null,
      tags: Object.fromEntries((input.TagsList ?? []).map(({ Key, Value }) => [Key!, Value ?? ''])),
    })
    return changedShape(trail)
  },

  UpdateTrail(call, input) {
    const trail = findOwn(call, input.Name)
    trail.s3BucketName = input.S3BucketName ?? trail.s3BucketName
    trail.s3KeyPrefix = input.S3KeyPrefix ?? trail.s3KeyPrefix
    trail.isMultiRegionTrail = input.IsMultiRegionTrail ?? trail.isMultiRegionTrail
    trail.isOrganizationTrail = input.IsOrganizationTrail ?? trail.isOrganizationTrail
    trail.includeGlobalServiceEvents = input.IncludeGlobalServiceEvents ?? trail.includeGlobalServiceEvents
    trail.logFileValidationEnabled = input.EnableLogFileValidation ?? trail.logFileValidationEnabled
    trail.kmsKeyId = input.KmsKeyId ?? trail.kmsKeyId
    trail.cloudWatchLogsLogGroupArn = input.CloudWatchLogsLogGroupArn ?? trail.cloudWatchLogsLogGroupArn
    trail.cloudWatchLogsRoleArn = input.CloudWatchLogsRoleArn ?? trail.cloudWatchLogsRoleArn
    trail.snsTopicName = input.SnsTopicName ?? trail.snsTopicName
    return changedShape(trail)
  },

  DeleteTrail(call, input) {
    callRegion(call).trails.delete(findOwn(call, input.Name).name)
  },

  StartLogging(call, input) {
    const trail = findOwn(call, input.Name)
    if (!trail.isLogging) trail.deliveredUpTo = call.log.last
    trail.isLogging = true
    trail.startLoggingTime = call.now
  },

  StopLogging(call, input) {
    const trail = findOwn(call, input.Name)
    trail.isLogging = false
    trail.stopLoggingTime = call.now
  },

  LookupEvents(call, input) {
    const wanted = (input.LookupAttributes ?? []).map(({ AttributeKey, AttributeValue }) => ({
      key: AttributeKey ?? '',
      value: AttributeValue ?? '',
    }))
    if (wanted.length > 1) throw new AwsError('InvalidLookupAttributesException', 'You can only specify one attribute.')
    const attribute = wanted[0]
    if (attribute && !Object.hasOwn(LOOKUPS, attribute.key))
      throw new AwsError('InvalidLookupAttributesException', `${attribute.key} is no lookup attribute.`)
    const events = [...call.log.past, ...call.log.records].filter(
      (record) =>
        record.accountId === call.account.accountId &&
        record.region === call.region &&
        !record.isDataEvent &&
        call.now.getTime() - record.time.getTime() <= HISTORY_MS &&
        (!input.StartTime || record.time >= input.StartTime) &&
        (!input.EndTime || record.time <= input.EndTime) &&
        (!attribute || LOOKUPS[attribute.key]!(record).includes(attribute.value)),
    )
    // the newest first; what comes in between two pages must not shift them
    const entries = events.toReversed()
    const size = Math.min(input.MaxResults ?? 50, 50)
    const start =
      input.NextToken === undefined
        ? 0
        : entries.findIndex(({ eventId }) => eventId === decodeToken(input.NextToken!)) + 1
    if (input.NextToken !== undefined && start === 0) throw invalidToken()
    const found = entries.slice(start, start + size)
    const last = found.at(-1)
    return {
      Events: found.map(eventShape),
      ...(last && start + size < entries.length && { NextToken: Buffer.from(last.eventId).toString('base64') }),
    }
  },
}

/** What a record can be found by. */
const LOOKUPS: Record<string, (record: CallRecord) => readonly string[]> = {
  AccessKeyId: ({ accessKeyId }) => [accessKeyId ?? ''],
  EventId: ({ eventId }) => [eventId],
  EventName: ({ action }) => [action],
  EventSource: ({ service }) => [eventSource(service)],
  ReadOnly: ({ readOnly }) => [String(readOnly)],
  Username: ({ identity }) => [identity?.userName ?? ''],
  ResourceName: ({ resources }) => resources.map(({ name }) => name),
  ResourceType: ({ resources }) => resources.map(({ type }) => type),
}

function decodeToken(token: string): string {
  return Buffer.from(token, 'base64').toString('utf8')
}

function eventShape(record: CallRecord) {
  return {
    EventId: record.eventId,
    EventName: record.action,
    ReadOnly: String(record.readOnly),
    ...(record.accessKeyId !== null && { AccessKeyId: record.accessKeyId }),
    EventTime: new Date(Math.floor(record.time.getTime() / 1000) * 1000),
    EventSource: eventSource(record.service),
    Username: record.identity?.userName ?? '',
    Resources: record.resources.map(({ type, name }) => ({ ResourceType: type, ResourceName: name })),
    CloudTrailEvent: JSON.stringify(trailEvent(record)),
  }
}

/** The trails of the region, the multi-region ones of all others, and the organization's. */
function visibleTrails({ world, account, region }: Call): Trail[] {
  const own = [...account.regions.values()].flatMap(({ trails }) => [...trails.values()])
  const { organization } = world
  const isMember =
    organization?.accounts.has(account.accountId) && organization.managementAccountId !== account.accountId
  const management = isMember ? world.accounts.get(organization!.managementAccountId) : undefined
  const shared = [...(management?.regions.values() ?? [])]
    .flatMap(({ trails }) => [...trails.values()])
    .filter(({ isOrganizationTrail }) => isOrganizationTrail)
  return [...own, ...shared].filter((trail) => trail.homeRegion === region || trail.isMultiRegionTrail)
}

function find(call: Call, nameOrArn: string | undefined): Trail {
  const trail = visibleTrails(call).find(
    ({ name, arn, homeRegion }) => arn === nameOrArn || (name === nameOrArn && homeRegion === call.region),
  )
  if (!trail) {
    if (!nameOrArn?.startsWith('arn:')) checkName(nameOrArn ?? '')
    throw new AwsError('TrailNotFoundException', `Unknown trail: ${nameOrArn} for the user: ${call.account.accountId}`)
  }
  return trail
}

function findOwn(call: Call, nameOrArn: string | undefined): Trail {
  const trail = find(call, nameOrArn)
  if (trail.homeRegion !== call.region)
    throw new AwsError(
      'InvalidHomeRegionException',
      `The trail ${trail.name} was created in the ${trail.homeRegion} Region, and it can only be changed there.`,
    )
  if (!callRegion(call).trails.has(trail.name))
    throw new AwsError(
      'CloudTrailAccessNotEnabledException',
      'Only the management account may change an organization trail.',
    )
  return trail
}

function checkName(name: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$/.test(name))
    throw new AwsError('InvalidTrailNameException', `Trail name or ARN is not valid: ${name}`)
}

function invalidToken(): AwsError {
  return new AwsError('InvalidNextTokenException', 'Invalid NextToken.')
}

function shape(trail: Trail) {
  return {
    ...changedShape(trail),
    HomeRegion: trail.homeRegion,
    HasCustomEventSelectors:
      trail.advancedEventSelectors.length > 0 ||
      trail.eventSelectors.some(({ dataResources }) => dataResources.length > 0),
    HasInsightSelectors: false,
  }
}

function changedShape(trail: Trail) {
  return {
    Name: trail.name,
    S3BucketName: trail.s3BucketName,
    ...(trail.s3KeyPrefix !== null && { S3KeyPrefix: trail.s3KeyPrefix }),
    ...(trail.snsTopicName !== null && { SnsTopicName: trail.snsTopicName }),
    IncludeGlobalServiceEvents: trail.includeGlobalServiceEvents,
    IsMultiRegionTrail: trail.isMultiRegionTrail,
    TrailARN: trail.arn,
    LogFileValidationEnabled: trail.logFileValidationEnabled,
    ...(trail.cloudWatchLogsLogGroupArn !== null && { CloudWatchLogsLogGroupArn: trail.cloudWatchLogsLogGroupArn }),
    ...(trail.cloudWatchLogsRoleArn !== null && { CloudWatchLogsRoleArn: trail.cloudWatchLogsRoleArn }),
    ...(trail.kmsKeyId !== null && { KmsKeyId: trail.kmsKeyId }),
    IsOrganizationTrail: trail.isOrganizationTrail,
  }
}

export const cloudtrail: Service = {
  name: 'cloudtrail',
  actionPrefix: 'cloudtrail',
  model: { protocol: 'awsJson1_1', version: '2013-11-01' },
  // boto3 says the long one
  targetPrefixes: ['CloudTrail_20131101', 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101'],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-cloudtrail'),
    handlers: handlers as Record<string, Handler>,
  }),
}
