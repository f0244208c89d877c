import type { Check } from './check.ts'
import { reviewPolicies, widest } from './policy-review.ts'
import { isEveryAction, isOnAll, isTakenAway } from './wide-grants.ts'
import { listed } from './wording.ts'

/** Services whose every action on everything amounts to power over the rest of the account. */
const POWERFUL = new Set(['iam', 'sts', 'organizations', 'kms', 'secretsmanager', 'ssm', 'lambda', 'cloudformation'])

export const policyServiceWildcard: Check = {
  id: 'policy-service-wildcard',
  title: 'A policy allows every action of a service on every resource',
  severity: 'low',
  group: 'policies',
  why: '`service:*` holds everything the service can do today and whatever AWS adds to it tomorrow: reading, deleting, sharing with strangers, changing who may. Few tasks need more than a handful of actions.',
  fix: 'Replace the wildcard by the actions that are used (service last accessed data and CloudTrail tell), and name the resources.',
  needs: ['policies', 'users', 'groups', 'roles'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html',
  ],
  *run(input) {
    const { partition, accountId } = input.snapshot
    yield* reviewPolicies(input, (policy, wide) => {
      let powerful = false
      const verdict = widest(
        wide,
        'low',
        'allows',
        (statement) =>
          (statement.action ?? []).filter((pattern) => {
            const service = wholeService(pattern)
            if (service === null) return false
            // ARNs have a region and an account, one of them, or neither, as the service likes
            return ['*:*:*', `*:${accountId}:*`, `:${accountId}:*`, '::*'].some((rest) => {
              const resources = `arn:${partition}:${service}:${rest}`
              if (!isOnAll(statement, resources) || isTakenAway(pattern, resources, policy)) return false
              if (POWERFUL.has(service)) powerful = true
              return true
            })
          }),
        (found) => `allows ${listed(found)} on every resource`,
      )
      if (!verdict) return null
      return powerful && verdict.severity === 'low' ? { ...verdict, severity: 'medium' } : verdict
    })
  },
  examples: {
    flagged: [
      {
        name: 's3:* on everything',
        account: { policies: [{ policyName: 'store', document: document('s3:*', '*') }] },
        flags: ['arn:aws:iam::111122223333:policy/store'],
      },
      {
        name: 'another case, in a list, on every resource of the service',
        account: {
          policies: [{ policyName: 'store', document: document(['ec2:Describe*', 'S3:*'], 'arn:aws:s3:::*') }],
        },
      },
      {
        name: 'an inline policy',
        account: {
          roles: [
            { roleName: 'app', inlinePolicies: [{ policyName: 'db', policyDocument: document('dynamodb:*', '*') }] },
          ],
        },
        flags: ['arn:aws:iam::111122223333:role/app'],
      },
      {
        name: 'one of several services taken away',
        account: {
          policies: [
            {
              policyName: 'two',
              document: {
                Statement: [
                  { Effect: 'Allow', Action: ['sqs:*', 'sns:*'], Resource: '*' },
                  { Effect: 'Deny', Action: 'SQS:*', Resource: '*' },
                ],
              },
            },
          ],
        },
      },
    ],
    clean: [
      {
        name: 's3:* on one bucket',
        account: {
          policies: [{ policyName: 'store', document: document('s3:*', ['arn:aws:s3:::shop', 'arn:aws:s3:::shop/*']) }],
        },
      },
      {
        name: 's3:Get* on everything',
        account: { policies: [{ policyName: 'read', document: document('s3:Get*', '*') }] },
      },
      {
        name: 'everything, which is told by another check',
        account: { policies: [{ policyName: 'all', document: document('*:*', '*') }] },
      },
      {
        name: 'a Deny of a whole service',
        account: {
          policies: [{ policyName: 'no', document: { Statement: { Effect: 'Deny', Action: 's3:*', Resource: '*' } } }],
        },
      },
      {
        name: 'a policy that AWS wrote',
        account: {
          policies: [{ policyName: 'AmazonS3FullAccess', awsManaged: true, document: document('s3:*', '*') }],
        },
      },
    ],
  },
}

/** The service of `s3:*`; null when the pattern is not all of a service, or more than that. */
function wholeService(pattern: string): string | null {
  if (!pattern.endsWith('*') || isEveryAction(pattern)) return null
  return /^([a-z0-9*?-]+):\*+$/i.exec(pattern)?.[1]?.toLowerCase() ?? null
}

// for the examples

function document(action: string | string[], resource: string | string[]) {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] }
}
