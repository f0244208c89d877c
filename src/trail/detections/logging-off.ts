import type { Detection, Hit } from './detection.ts'
import { call, user } from './example.ts'
import { requestOf } from './request.ts'
import { DENIED } from './sql.ts'
import { didCall } from './words.ts'

/** What ends or blinds a guard, by service. */
const OFF: Record<string, readonly string[]> = {
  'cloudtrail.amazonaws.com': [
    'StopLogging',
    'DeleteTrail',
    'UpdateTrail',
    'PutEventSelectors',
    'DeleteEventDataStore',
    'StopEventDataStoreIngestion',
  ],
  'config.amazonaws.com': ['StopConfigurationRecorder', 'DeleteConfigurationRecorder', 'DeleteDeliveryChannel'],
  'guardduty.amazonaws.com': [
    'DeleteDetector',
    'UpdateDetector',
    'DeletePublishingDestination',
    'DisassociateFromMasterAccount',
    'DisassociateFromAdministratorAccount',
    'StopMonitoringMembers',
    'DisassociateMembers',
    'DeleteMembers',
  ],
  'securityhub.amazonaws.com': ['DisableSecurityHub'],
  'access-analyzer.amazonaws.com': ['DeleteAnalyzer'],
  'macie2.amazonaws.com': ['DisableMacie'],
  'inspector2.amazonaws.com': ['Disable'],
  'ec2.amazonaws.com': ['DeleteFlowLogs'],
  'route53resolver.amazonaws.com': ['DeleteResolverQueryLogConfig', 'DisassociateResolverQueryLogConfig'],
  's3.amazonaws.com': ['PutBucketLifecycle', 'PutBucketLifecycleConfiguration'],
}

/** Calls that also do harmless things: whether this one switches something off. null: it cannot be told. */
const ONLY_WHEN: Record<string, (request: Record<string, unknown>) => boolean> = {
  UpdateTrail: (request) =>
    request.isMultiRegionTrail === false ||
    request.includeGlobalServiceEvents === false ||
    request.enableLogFileValidation === false,
  PutEventSelectors: (request) => {
    if (Array.isArray(request.advancedEventSelectors)) return !request.advancedEventSelectors.some(takesAllManagement)
    const selectors = request.eventSelectors
    if (!Array.isArray(selectors)) return false
    return (
      selectors.length === 0 ||
      selectors.some(
        (selector) => selector?.includeManagementEvents === false || selector?.readWriteType === 'ReadOnly',
      )
    )
  },
  UpdateDetector: (request) => request.enable === false,
  PutBucketLifecycle: (request) => keepsLogsShort(request),
  PutBucketLifecycleConfiguration: (request) => keepsLogsShort(request),
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedEventSelector.html */
function takesAllManagement(selector: { fieldSelectors?: unknown } | null): boolean {
  const fields: unknown[] = Array.isArray(selector?.fieldSelectors) ? selector.fieldSelectors : []
  const isManagement = (field: unknown) =>
    /"field":"eventCategory"/.test(JSON.stringify(field)) && /"Management"/.test(JSON.stringify(field))
  return fields.some(isManagement) && !fields.some((field) => /"field":"readOnly"/.test(JSON.stringify(field)))
}

/** A bucket for logs, by its name, whose objects go within 90 days. */
function keepsLogsShort(request: Record<string, unknown>): boolean {
  if (!/cloudtrail|audit(?!ion)|(?<![a-z])(?:trail|log|logging)s?(?![a-z])/i.test(String(request.bucketName ?? '')))
    return false
  const days = [...JSON.stringify(request).matchAll(/"Expiration":\{[^}]*"Days":"?(\d+)/gi)].map((match) =>
    Number(match[1]),
  )
  return days.some((count) => count < 90)
}

function isOff(hit: Hit): boolean {
  const judge = ONLY_WHEN[hit.eventName ?? '']
  if (!judge) return true
  const request = requestOf(hit)
  return request !== null && judge(request)
}

export const loggingOff: Detection = {
  id: 'logging-off',
  code: 'CT41',
  title: 'Logging or a guard switched off',
  severity: 'high',
  attack: ['T1562.008'],
  why: 'Who does not want to be seen switches off what sees. Also a try that was refused tells what somebody is about.',
  fix: 'Switch it on again, protect it with an organization policy, and look at what the caller did before and after.',
  falsePositives: ['something is decommissioned', 'infrastructure code that replaces a trail'],
  references: ['https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-iam.html'],
  rule: {
    form: 'event',
    names: [...new Set(Object.values(OFF).flat())],
    where: `(error_code IS NULL OR ${DENIED}) AND invoked_by IS NULL AND (${Object.entries(OFF)
      .map(
        ([source, names]) =>
          `event_source = '${source}' AND event_name IN (${names.map((name) => `'${name}'`).join(', ')})`,
      )
      .join(' OR ')})`,
    needsRequest: true,
    subject: 'CAST(NULL AS varchar)',
  },
  because: (hit) => {
    if (!isOff(hit)) return null
    const request = requestOf(hit)
    const name = request?.name ?? request?.trailName ?? request?.detectorId ?? request?.bucketName
    const isTrail = hit.eventName === 'StopLogging' || hit.eventName === 'DeleteTrail'
    return {
      because: didCall({ ...hit, subject: typeof name === 'string' ? name : null }, 'on'),
      severity: hit.errorCode !== null ? 'medium' : isTrail ? 'critical' : 'high',
    }
  },
  examples: {
    flagged: [
      {
        name: 'a trail is stopped',
        events: [call('cloudtrail:StopLogging', user('mallory'), { request: { name: 'main' } })],
      },
      {
        name: 'a try that was refused',
        events: [call('cloudtrail:DeleteTrail', user('mallory'), { request: { name: 'main' }, error: 'AccessDenied' })],
      },
      {
        name: 'no management events any more',
        events: [
          call('cloudtrail:PutEventSelectors', user('mallory'), {
            request: { trailName: 'main', eventSelectors: [{ readWriteType: 'All', includeManagementEvents: false }] },
          }),
        ],
      },
      {
        name: 'only the data of one bucket',
        events: [
          call('cloudtrail:PutEventSelectors', user('mallory'), {
            request: {
              trailName: 'main',
              advancedEventSelectors: [{ fieldSelectors: [{ field: 'eventCategory', equals: ['Data'] }] }],
            },
          }),
        ],
      },
      {
        name: 'only what reads',
        events: [
          call('cloudtrail:PutEventSelectors', user('mallory'), {
            request: {
              trailName: 'main',
              advancedEventSelectors: [
                {
                  fieldSelectors: [
                    { field: 'eventCategory', equals: ['Management'] },
                    { field: 'readOnly', equals: ['true'] },
                  ],
                },
              ],
            },
          }),
        ],
      },
      {
        name: 'GuardDuty is disabled',
        events: [call('guardduty:UpdateDetector', user('mallory'), { request: { detectorId: 'd', enable: false } })],
      },
      {
        name: 'logs are kept for a day',
        events: [
          call('s3:PutBucketLifecycle', user('mallory'), {
            request: {
              bucketName: 'acme-cloudtrail',
              LifecycleConfiguration: { Rule: { Status: 'Enabled', Expiration: { Days: 1 } } },
            },
          }),
        ],
      },
    ],
    clean: [
      {
        name: 'event selectors for everything',
        events: [
          call('cloudtrail:PutEventSelectors', user('alice'), {
            request: { trailName: 'main', eventSelectors: [{ readWriteType: 'All', includeManagementEvents: true }] },
          }),
        ],
      },
      {
        name: 'advanced selectors for management events and data',
        events: [
          call('cloudtrail:PutEventSelectors', user('alice'), {
            request: {
              trailName: 'main',
              advancedEventSelectors: [
                { fieldSelectors: [{ field: 'eventCategory', equals: ['Management'] }] },
                { fieldSelectors: [{ field: 'eventCategory', equals: ['Data'] }] },
              ],
            },
          }),
        ],
      },
      {
        name: 'GuardDuty gets another setting',
        events: [
          call('guardduty:UpdateDetector', user('alice'), {
            request: { detectorId: 'd', findingPublishingFrequency: 'ONE_HOUR' },
          }),
        ],
      },
      {
        name: 'a trail that does not exist',
        events: [
          call('cloudtrail:StopLogging', user('alice'), { request: { name: 'x' }, error: 'TrailNotFoundException' }),
        ],
      },
      {
        name: 'objects of other buckets expire',
        events: [
          call('s3:PutBucketLifecycle', user('alice'), {
            request: { bucketName: 'product-catalog', LifecycleConfiguration: { Rule: { Expiration: { Days: 1 } } } },
          }),
          call('s3:PutBucketLifecycle', user('alice'), {
            request: { bucketName: 'blog-trailers', LifecycleConfiguration: { Rule: { Expiration: { Days: 1 } } } },
          }),
          call('s3:PutBucketLifecycle', user('alice'), {
            request: { bucketName: 'cache', LifecycleConfiguration: { Rule: { Expiration: { Days: 1 } } } },
          }),
        ],
      },
    ],
  },
}
