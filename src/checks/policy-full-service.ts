/** Two services whose full control undoes the protection of everything else: the log, and the encryption keys. */
import { covers } from '../policy/match.ts'
import type { Check } from './check.ts'
import { reviewPolicies, widest } from './policy-review.ts'
import { isEveryAction, isOnAll, isTakenAway } from './wide-grants.ts'
import { listed } from './wording.ts'

export const policyFullCloudtrail: Check = fullServiceCheck({
  id: 'policy-full-cloudtrail',
  service: 'cloudtrail',
  title: 'A policy allows full control of CloudTrail',
  severity: 'medium',
  why: 'The first thing an attacker does with such a key is to stop the trail: from then on nobody can say what was done. Only the people who run the trail need these actions.',
  fix: 'Allow what is needed, mostly cloudtrail:LookupEvents, Get*, List* and Describe*; keep StopLogging, DeleteTrail, UpdateTrail and PutEventSelectors for one role, and deny them to all others in the organization.',
  reference: 'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html',
})

export const policyFullKms: Check = fullServiceCheck({
  id: 'policy-full-kms',
  service: 'kms',
  title: 'A policy allows full control of every KMS key',
  severity: 'medium',
  why: 'kms:* on every key opens all encrypted data that its key policy leaves to IAM, and includes scheduling keys for deletion, which makes that data unreadable for good.',
  fix: 'Allow the cryptographic actions (Decrypt, GenerateDataKey, ...) on the keys that are needed, and give key administration to a separate role.',
  reference: 'https://docs.aws.amazon.com/kms/latest/developerguide/iam-policies-best-practices.html',
})

function fullServiceCheck(about: {
  id: string
  service: string
  title: string
  severity: 'medium'
  why: string
  fix: string
  reference: string
}): Check {
  const { id, service, title, severity, why, fix, reference } = about
  const document = (action: string | string[], resource: string) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: resource }],
  })
  return {
    id,
    title,
    severity,
    group: 'policies',
    why,
    fix,
    needs: ['policies', 'users', 'groups', 'roles'],
    references: [reference],
    *run(input) {
      const { partition, accountId } = input.snapshot
      const resources = `arn:${partition}:${service}:*:${accountId}:*`
      yield* reviewPolicies(input, (policy, wide) => {
        const verdict = widest(
          wide,
          severity,
          'allows',
          (statement) =>
            isOnAll(statement, resources)
              ? (statement.action ?? []).filter(
                  (pattern) =>
                    pattern.includes('*') && !isEveryAction(pattern) && covers(pattern.toLowerCase(), `${service}:*`),
                )
              : [],
          (found) => `allows ${listed(found)} on every resource`,
        )
        return verdict && !isTakenAway(`${service}:*`, resources, policy) ? verdict : null
      })
    },
    examples: {
      flagged: [
        {
          name: `${service}:* on everything`,
          account: { policies: [{ policyName: 'full', document: document(`${service}:*`, '*') }] },
          flags: ['arn:aws:iam::111122223333:policy/full'],
        },
        {
          name: 'another case and a wider pattern, inline',
          account: {
            groups: [
              {
                groupName: 'ops',
                inlinePolicies: [
                  {
                    policyName: 'full',
                    policyDocument: document(['s3:Get*', `${service.slice(0, 2).toUpperCase()}*:*`], '*'),
                  },
                ],
              },
            ],
          },
          flags: ['arn:aws:iam::111122223333:group/ops'],
        },
        {
          name: 'every resource of the service in this account',
          account: {
            policies: [
              { policyName: 'full', document: document(`${service}:*`, `arn:aws:${service}:*:111122223333:*`) },
            ],
          },
        },
      ],
      clean: [
        {
          name: 'reading only',
          account: { policies: [{ policyName: 'read', document: document(`${service}:Describe*`, '*') }] },
        },
        {
          name: 'one resource',
          account: {
            policies: [
              {
                policyName: 'one',
                document: document(`${service}:*`, `arn:aws:${service}:eu-west-1:111122223333:thing/main`),
              },
            ],
          },
        },
        {
          name: 'a Deny that takes it away',
          account: {
            policies: [
              {
                policyName: 'off',
                document: {
                  Statement: [
                    { Effect: 'Allow', Action: `${service}:*`, Resource: '*' },
                    { Effect: 'Deny', Action: `${service}:*`, Resource: '*' },
                  ],
                },
              },
            ],
          },
        },
      ],
    },
  }
}
