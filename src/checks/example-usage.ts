/** What CloudTrail says, in examples: one key, used by one program every day, with what is given in place of that. */
import type { Consumer } from '../model/trail.ts'
import type { AccountUsage, KeyUsage } from '../model/usage.ts'
import { daysAgo, EXAMPLE_ACCOUNT } from './example.ts'

export const EXAMPLE_KEY = 'AKIAEXAMPLE000000001'

export function exampleConsumer(fields: Partial<Consumer> = {}): Consumer {
  return {
    network: '198.51.100.0/24',
    ipClass: 'public',
    agent: 'boto3',
    userAgent: 'Boto3/1.34.69',
    invokedBy: null,
    services: ['s3'],
    calls: 1000,
    errors: 0,
    addresses: 1,
    daysActive: 30,
    firstSeen: daysAgo(30),
    lastSeen: daysAgo(1),
    cadence: 'daily',
    nextExpected: daysAgo(0).slice(0, 10),
    ...fields,
  }
}

export function exampleUsage(key: Partial<KeyUsage> = {}, account: Partial<AccountUsage> = {}): AccountUsage {
  return {
    accountId: EXAMPLE_ACCOUNT,
    from: daysAgo(30).slice(0, 10),
    to: daysAgo(0).slice(0, 10),
    root: [],
    keys: [
      {
        accessKeyId: EXAMPLE_KEY,
        accountId: EXAMPLE_ACCOUNT,
        principalArn: `arn:aws:iam::${EXAMPLE_ACCOUNT}:user/ana`,
        firstSeen: daysAgo(30),
        lastSeen: daysAgo(1),
        daysActive: 30,
        calls: 1000,
        errors: 0,
        services: ['s3'],
        regions: ['eu-west-1'],
        networks: ['198.51.100.0/24'],
        userAgents: ['boto3'],
        networksAtOnce: 1,
        fromWorkloads: 0,
        otherAccounts: [],
        consumers: [exampleConsumer()],
        ...key,
      },
    ],
    ...account,
  }
}

/** The account of those examples. */
export const EXAMPLE_KEY_ACCOUNT = {
  users: [{ userName: 'ana' }],
  accessKeys: [{ userName: 'ana', accessKeyId: EXAMPLE_KEY, createDate: daysAgo(60) }],
}
