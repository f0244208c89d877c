import { covers } from '../policy/match.ts'
import type { Check } from './check.ts'
import { reviewPolicies, widest } from './policy-review.ts'
import { everyArn, isOnAll, isTakenAway } from './wide-grants.ts'
import { listed } from './wording.ts'

export const policyNotactionAllow: Check = {
  id: 'policy-notaction-allow',
  title: 'A policy allows everything but a list (Allow with NotAction)',
  severity: 'high',
  group: 'policies',
  why: 'Allow with NotAction reads like a prohibition and is the opposite: it grants every action of every service that the list forgets, and every action that AWS adds later.',
  fix: 'List what is allowed with Action. To forbid something, use Deny.',
  needs: ['policies', 'users', 'groups', 'roles'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html'],
  *run(input) {
    const everything = everyArn(input.snapshot.partition)
    yield* reviewPolicies(input, (policy, wide) => {
      // who cannot change IAM cannot give itself the rest
      const tame = (excluded: string[]) => excluded.some((pattern) => covers(pattern.toLowerCase(), 'iam:*'))
      let withIam = false
      const verdict = widest(
        wide,
        'high',
        'allows all but',
        (statement) => {
          const { notAction } = statement
          if (!notAction || notAction.length === 0 || !isOnAll(statement, everything)) return []
          if (!tame(notAction)) withIam = true
          return notAction
        },
        (found) => `allows every action but ${listed(found)} on every resource`,
      )
      if (!verdict || isTakenAway('*', everything, policy)) return null
      return !withIam && verdict.severity === 'high' ? { ...verdict, severity: 'medium' } : verdict
    })
  },
  examples: {
    flagged: [
      {
        name: 'everything but the bill',
        account: { policies: [{ policyName: 'most', document: allBut(['aws-portal:*']) }] },
      },
      {
        name: 'everything but IAM, like a power user',
        account: { policies: [{ policyName: 'power', document: allBut(['iam:*', 'organizations:*']) }] },
      },
      {
        name: 'an inline policy, under a condition',
        account: {
          users: [
            {
              userName: 'ana',
              inlinePolicies: [
                {
                  policyName: 'most',
                  policyDocument: allBut('iam:*', '*', { StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } }),
                },
              ],
            },
          ],
        },
        flags: ['arn:aws:iam::111122223333:user/ana'],
      },
    ],
    clean: [
      {
        name: 'Deny with NotAction, which grants nothing',
        account: {
          policies: [
            {
              policyName: 'mfa',
              document: {
                Statement: {
                  Effect: 'Deny',
                  NotAction: ['iam:EnableMFADevice'],
                  Resource: '*',
                  Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
                },
              },
            },
          ],
        },
      },
      {
        name: 'NotAction on one bucket',
        account: {
          policies: [
            { policyName: 'bucket', document: allBut('s3:DeleteBucket', ['arn:aws:s3:::shop', 'arn:aws:s3:::shop/*']) },
          ],
        },
      },
      {
        name: 'a NotAction that a Deny takes away',
        account: {
          policies: [
            {
              policyName: 'off',
              document: {
                Statement: [
                  { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' },
                  { Effect: 'Deny', Action: '*', Resource: '*' },
                ],
              },
            },
          ],
        },
      },
    ],
  },
}

// for the examples

function allBut(notAction: string | string[], resource: string | string[] = '*', condition?: object) {
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', NotAction: notAction, Resource: resource, ...(condition && { Condition: condition }) },
    ],
  }
}
