import type { Detection } from './detection.ts'
import { at, call, user } from './example.ts'
import { isOneOf } from './sql.ts'
import { whoIs } from './words.ts'

const asks = (count: number, action = 'GetPasswordData', request: object = {}) =>
  Array.from({ length: count }, (_, i) =>
    call(`ec2:${action}`, user('app'), {
      time: at(0, 0, i),
      request: { instanceId: `i-0123456789abcde${i}${i}`, ...request },
      error: 'Client.UnauthorizedOperation',
    }),
  )

export const passwordDataRead: Detection = {
  id: 'password-data-read',
  code: 'CT40',
  title: 'Passwords or user data of several instances asked for',
  severity: 'high',
  attack: ['T1552'],
  why: 'User data is full of secrets, and GetPasswordData is the way to Windows administrators. Nobody needs many of them at once.',
  fix: 'Ask the owner of the caller. If it was nobody, change the passwords and the secrets that stand in user data.',
  falsePositives: ['scanners of your own'],
  references: ['https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetPasswordData.html'],
  rule: {
    form: 'window',
    where: `${isOneOf('event_name', ['GetPasswordData', 'DescribeInstanceAttribute'])} AND event_source = 'ec2.amazonaws.com' AND invoked_by IS NULL AND (event_name = 'GetPasswordData' OR event_name = 'DescribeInstanceAttribute' AND regexp_like(request_parameters, '"attribute" *: *"userData"'))`,
    per: [['account_id', 'principal_arn']],
    minutes: 60,
    distinct: 'request_parameters',
    atLeast: 3,
  },
  because: (hit) =>
    `${whoIs(hit)} asked for ${hit.eventName === 'GetPasswordData' ? 'passwords' : 'user data'} of ${hit.distinct} instances within an hour, from ${hit.sourceIp}`,
  examples: {
    flagged: [
      { name: 'passwords of five', events: asks(5), hits: 1 },
      { name: 'user data of four', events: asks(4, 'DescribeInstanceAttribute', { attribute: 'userData' }), hits: 1 },
    ],
    clean: [
      { name: 'one password', events: asks(1) },
      { name: 'other attributes', events: asks(6, 'DescribeInstanceAttribute', { attribute: 'instanceType' }) },
    ],
  },
}
