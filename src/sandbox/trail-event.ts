/**
 * A call as CloudTrail shows it.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
import type { CallRecord } from './call-log.ts'
import { seconds } from './wire/timestamp.ts'

export function eventSource(service: string): string {
  return `${service}.amazonaws.com`
}

export function trailEvent(record: CallRecord): object {
  const arns = record.resources.filter(({ name }) => name.startsWith('arn:'))
  return {
    eventVersion: '1.10',
    userIdentity: userIdentity(record),
    eventTime: seconds(record.time),
    eventSource: eventSource(record.service),
    eventName: record.action,
    awsRegion: record.region,
    sourceIPAddress: record.sourceIp,
    userAgent: record.userAgent,
    ...(record.errorCode !== null && { errorCode: record.errorCode }),
    ...(record.errorMessage !== null && { errorMessage: record.errorMessage }),
    requestParameters: record.requestParameters,
    responseElements: record.responseElements,
    requestID: record.requestId,
    eventID: record.eventId,
    readOnly: record.readOnly,
    ...(arns.length > 0 && {
      resources: arns.map(({ type, name }) => ({ accountId: name.split(':')[4] || record.accountId, type, ARN: name })),
    }),
    eventType: 'AwsApiCall',
    managementEvent: !record.isDataEvent,
    recipientAccountId: record.accountId,
    ...(record.sharedEventId !== null && { sharedEventID: record.sharedEventId }),
    eventCategory: record.isDataEvent ? 'Data' : 'Management',
  }
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html */
function userIdentity({ identity, accountId, accessKeyId }: CallRecord): object {
  if (!identity) return { type: 'Unknown' }
  const { type, principalId, arn, userName, session, role } = identity
  // who came out of another account is not known by name here
  if (identity.accountId !== accountId) return { type: 'AWSAccount', principalId, accountId: identity.accountId }
  return {
    type,
    principalId,
    arn,
    accountId,
    accessKeyId,
    ...(type === 'IAMUser' && { userName }),
    ...(session && {
      sessionContext: {
        ...(role && {
          sessionIssuer: {
            type: 'Role',
            principalId: role.roleId,
            arn: role.arn,
            accountId,
            userName: role.roleName,
          },
        }),
        attributes: {
          creationDate: seconds(session.issuedAt),
          mfaAuthenticated: String(session.mfaAuthenticated),
        },
      },
    }),
  }
}
