/** Makes CloudTrail records from the few fields an example cares about; the rest is filled in, unremarkable. */

/** The account of every example. */
export const ACCOUNT = '111122223333'
export const OTHER_ACCOUNT = '444455556666'

/** Addresses that are nobody's: https://www.rfc-editor.org/rfc/rfc5737 */
export const HOME = '203.0.113.10'
export const ELSEWHERE = '198.51.100.77'
export const THIRD_PLACE = '192.0.2.55'

/** A time, `2026-01-05T09:00:00Z` and so many days, hours and minutes. */
export function at(days: number, hours = 0, minutes = 0, seconds = 0): string {
  const start = Date.UTC(2026, 0, 5, 9)
  return `${new Date(start + (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000).toISOString().slice(0, 19)}Z`
}

/** The access key ID of a name: long-term, or temporary. Made up here, so that none is written down anywhere. */
export function keyOf(name: string, kind: 'AKIA' | 'ASIA' = 'AKIA'): string {
  return `${kind}${`EXAMPLE${name.toUpperCase().replace(/[^A-Z]/g, '')}`.padEnd(16, 'X').slice(0, 16)}`
}

export interface CallOptions {
  /** Default {@link at}(0). */
  time?: string
  from?: string
  agent?: string
  region?: string
  request?: object | null
  response?: object | null
  error?: string
  errorMessage?: string
  readOnly?: boolean
  resources?: { arn: string; type?: string }[]
  /** `additionalEventData`. */
  additional?: object
  /** `recipientAccountId`. */
  account?: string
  /** `eventType`. */
  type?: string
  invokedBy?: string
}

const CLI = 'aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0 lang/python#3.13.7'

let serial = 0

/** One record. `call('iam:CreateUser', user('alice'), { request: { userName: 'bob' } })` */
export function call(action: string, identity: object, options: CallOptions = {}): object {
  const [service, eventName] = action.split(':') as [string, string]
  const { time = at(0), from = HOME, agent = CLI, region = 'us-east-1', account = ACCOUNT } = options
  const { request = null, response = null, error, errorMessage, resources, additional, invokedBy } = options
  serial++
  return {
    eventVersion: '1.11',
    userIdentity: invokedBy ? { ...identity, invokedBy } : identity,
    eventTime: time,
    eventSource: `${service}.amazonaws.com`,
    eventName,
    awsRegion: region,
    sourceIPAddress: from,
    userAgent: agent,
    ...(error ? { errorCode: error, errorMessage: errorMessage ?? 'refused' } : {}),
    requestParameters: request,
    responseElements: error ? null : response,
    ...(additional ? { additionalEventData: additional } : {}),
    requestID: `00000000-0000-4000-9000-${String(serial).padStart(12, '0')}`,
    eventID: `00000000-0000-4000-8000-${String(serial).padStart(12, '0')}`,
    readOnly: options.readOnly ?? /^(Get|List|Describe|Batch|Lookup|Head)/.test(eventName),
    ...(resources
      ? { resources: resources.map(({ arn, type = 'AWS::IAM::User' }) => ({ ARN: arn, type, accountId: account })) }
      : {}),
    eventType: options.type ?? 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  }
}

/** An IAM user with its long-term key. */
export function user(name: string, account = ACCOUNT): object {
  return {
    type: 'IAMUser',
    principalId: `AIDA${`EXAMPLE${name.toUpperCase()}`
      .replace(/[^A-Z]/g, '')
      .padEnd(17, 'X')
      .slice(0, 17)}`,
    arn: `arn:aws:iam::${account}:user/${name}`,
    accountId: account,
    accessKeyId: keyOf(name),
    userName: name,
  }
}

/** A session of a role. */
export function session(
  role: string,
  sessionName: string,
  { account = ACCOUNT, key = keyOf(`${role}${sessionName}`, 'ASIA'), ec2 = false, path = '/' } = {},
): object {
  const roleId = `AROA${`EXAMPLE${role.toUpperCase()}`
    .replace(/[^A-Z]/g, '')
    .padEnd(17, 'X')
    .slice(0, 17)}`
  return {
    type: 'AssumedRole',
    principalId: `${roleId}:${sessionName}`,
    arn: `arn:aws:sts::${account}:assumed-role/${role}/${sessionName}`,
    accountId: account,
    accessKeyId: key,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: roleId,
        arn: `arn:aws:iam::${account}:role${path}${role}`,
        accountId: account,
        userName: role,
      },
      attributes: { creationDate: at(0), mfaAuthenticated: 'false' },
      ...(ec2 ? { ec2RoleDelivery: '2.0' } : {}),
    },
  }
}

export function root(account = ACCOUNT): object {
  return {
    type: 'Root',
    principalId: account,
    arn: `arn:aws:iam::${account}:root`,
    accountId: account,
    accessKeyId: keyOf('root', 'ASIA'),
  }
}

/** A sign-in to the console, which has no access key. */
export function login(
  identity: object,
  { mfa = true, success = true, ...options }: CallOptions & { mfa?: boolean; success?: boolean } = {},
): object {
  const { accessKeyId: _, ...person } = identity as { accessKeyId?: string }
  return {
    ...call('signin:ConsoleLogin', person, {
      agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
      type: 'AwsConsoleSignIn',
      additional: {
        LoginTo: 'https://console.aws.amazon.com/console/home',
        MobileVersion: 'No',
        MFAUsed: mfa ? 'Yes' : 'No',
      },
      ...options,
    }),
    ...(success ? {} : { errorMessage: 'Failed authentication' }),
    responseElements: { ConsoleLogin: success ? 'Success' : 'Failure' },
    readOnly: false,
  }
}

/** A role that a service or another caller took, with the key ID of the session that was made. */
export function assumeRole(
  identity: object,
  role: string,
  options: CallOptions & { key?: string; roleAccount?: string } = {},
): object {
  const { key = keyOf(`${role}session`, 'ASIA'), roleAccount = options.account ?? ACCOUNT, ...rest } = options
  const arn = `arn:aws:iam::${roleAccount}:role/${role}`
  return call('sts:AssumeRole', identity, {
    request: { roleArn: arn, roleSessionName: 'work', durationSeconds: 3600 },
    response: {
      credentials: { accessKeyId: key, expiration: 'Jan 6, 2026, 9:00:00 AM' },
      assumedRoleUser: {
        assumedRoleId: `AROAEXAMPLE:work`,
        arn: `arn:aws:sts::${roleAccount}:assumed-role/${role}/work`,
      },
    },
    resources: [{ arn, type: 'AWS::IAM::Role' }],
    readOnly: true,
    ...rest,
  })
}
