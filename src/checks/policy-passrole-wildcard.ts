import type { ParsedPolicy, Statement } from '../policy/parse.ts'
import type { Check } from './check.ts'
import { coversAction, limitsOn } from './limits.ts'
import { reviewPolicies, widest } from './policy-review.ts'
import { isEveryAction, isOnAll, isTakenAway } from './wide-grants.ts'
import { listed } from './wording.ts'

const PASS_ROLE = 'iam:PassRole'

export const policyPassroleWildcard: Check = {
  id: 'policy-passrole-wildcard',
  title: 'A policy allows passing any role to any service',
  severity: 'high',
  group: 'policies',
  why: 'iam:PassRole lends a role to a service. Whoever may pass any role and start an instance, function or job makes it run with the strongest role of the account: the most common way from a small key to administrator. CloudTrail and last-accessed data never show PassRole as used, so nobody misses the limit.',
  fix: 'Name the roles in Resource, and the service with StringEquals on iam:PassedToService.',
  needs: ['policies', 'users', 'groups', 'roles'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html'],
  *run(input) {
    const { partition, accountId } = input.snapshot
    const anyRole = `arn:${partition}:iam::${accountId}:role/*`
    yield* reviewPolicies(input, (policy, wide) => {
      const verdict = widest(
        wide,
        'high',
        'allows',
        (statement) => {
          const found = (statement.action ?? []).filter(
            (pattern) => !isEveryAction(pattern) && coversAction(pattern, PASS_ROLE),
          )
          if (found.length === 0) return found
          return isOnAll(statement, anyRole) && !namesService(statement, policy) ? found : []
        },
        (found) => `allows passing any role to any service (${listed(found)})`,
      )
      return verdict && !isTakenAway(PASS_ROLE, anyRole, policy) ? verdict : null
    })
  },
  examples: {
    flagged: [
      {
        name: 'iam:PassRole on everything',
        account: { policies: [{ policyName: 'pass', document: document('iam:PassRole', '*') }] },
        flags: ['arn:aws:iam::111122223333:policy/pass'],
      },
      {
        name: 'patterns that cover it, in another case',
        account: {
          policies: [
            { policyName: 'a', document: document('IAM:passrole', '*') },
            { policyName: 'b', document: document(['ec2:RunInstances', 'iam:P*'], 'arn:aws:iam::*:role/*') },
            { policyName: 'c', document: document('iam:*', 'arn:aws:iam::111122223333:*') },
          ],
        },
        flags: [
          'arn:aws:iam::111122223333:policy/a',
          'arn:aws:iam::111122223333:policy/b',
          'arn:aws:iam::111122223333:policy/c',
        ],
      },
      {
        name: 'every service in the condition',
        account: {
          policies: [
            {
              policyName: 'pass',
              document: document('iam:PassRole', '*', { StringLike: { 'iam:PassedToService': '*' } }),
            },
          ],
        },
      },
      {
        name: 'a Deny that limits the services for one role only',
        account: {
          policies: [
            {
              policyName: 'pass',
              document: {
                Statement: [
                  { Effect: 'Allow', Action: 'iam:PassRole', Resource: '*' },
                  {
                    Effect: 'Deny',
                    Action: 'iam:PassRole',
                    Resource: 'arn:aws:iam::111122223333:role/app',
                    Condition: { StringNotEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
                  },
                ],
              },
            },
          ],
        },
      },
      {
        name: 'an unrelated condition',
        account: {
          policies: [
            {
              policyName: 'pass',
              document: document('iam:PassRole', '*', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }),
            },
          ],
        },
      },
    ],
    clean: [
      {
        name: 'one role',
        account: {
          policies: [{ policyName: 'pass', document: document('iam:PassRole', 'arn:aws:iam::111122223333:role/app') }],
        },
      },
      {
        name: 'roles of one path',
        account: {
          policies: [
            { policyName: 'pass', document: document('iam:PassRole', 'arn:aws:iam::111122223333:role/app/*') },
          ],
        },
      },
      {
        name: 'one service',
        account: {
          policies: [
            {
              policyName: 'pass',
              document: document('iam:PassRole', '*', {
                StringEquals: { 'iam:passedtoservice': 'lambda.amazonaws.com' },
              }),
            },
          ],
        },
      },
      {
        name: 'a Deny of every other service',
        account: {
          policies: [
            {
              policyName: 'pass',
              document: {
                Statement: [
                  { Effect: 'Allow', Action: 'iam:PassRole', Resource: '*' },
                  {
                    Effect: 'Deny',
                    Action: 'iam:PassRole',
                    Resource: '*',
                    Condition: { StringNotEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
                  },
                ],
              },
            },
          ],
        },
      },
      {
        name: 'a Deny that takes it away',
        account: {
          policies: [
            {
              policyName: 'pass',
              document: {
                Statement: [
                  { Effect: 'Allow', Action: 'iam:*', Resource: '*' },
                  { Effect: 'Deny', Action: 'iam:Pass*', Resource: '*' },
                ],
              },
            },
          ],
        },
      },
    ],
  },
}

/** Whether the role can be passed only to services that the policy names. */
function namesService(statement: Statement, policy: ParsedPolicy): boolean {
  return limitsOn('iam:PassedToService', statement, policy, PASS_ROLE).some(
    ({ values, wildcards, passesWhenMissing }) =>
      !passesWhenMissing && values.every((value) => !wildcards || !/^[*?]/.test(value)),
  )
}

// for the examples

function document(action: string | string[], resource: string, condition?: object) {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: resource, ...(condition && { Condition: condition }) }],
  }
}
