/** A record as CloudTrail writes it, for tests and examples. */
import { createHash } from 'node:crypto'

export interface MadeUpEvent {
  [field: string]: unknown
}

let serial = 0

/** An event of the user `ci` in account 111122223333, with what is given in place of its fields. */
export function madeUpEvent(fields: MadeUpEvent = {}): MadeUpEvent {
  serial++
  const id = createHash('sha256').update(String(serial)).digest('hex')
  return {
    eventVersion: '1.09',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDACKCEVSQ6C2EXAMPLE',
      arn: 'arn:aws:iam::111122223333:user/ci',
      accountId: '111122223333',
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      userName: 'ci',
    },
    eventTime: '2026-01-05T10:20:30Z',
    eventSource: 's3.amazonaws.com',
    eventName: 'ListBuckets',
    awsRegion: 'us-east-1',
    sourceIPAddress: '198.51.100.7',
    userAgent: 'aws-cli/2.15.30 Python/3.11.8 Linux/5.15.0',
    requestParameters: null,
    responseElements: null,
    eventID: `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-a${id.slice(17, 20)}-${id.slice(20, 32)}`,
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '111122223333',
    eventCategory: 'Management',
    ...fields,
  }
}
