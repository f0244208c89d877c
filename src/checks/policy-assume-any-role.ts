import type { Check } from './check.ts'
import { coversAction } from './limits.ts'
import { reviewPolicies, widest } from './policy-review.ts'
import { isEveryAction, isOnAll, isTakenAway } from './wide-grants.ts'
import { listed } from './wording.ts'

const ASSUME_ROLE = 'sts:AssumeRole'

export const policyAssumeAnyRole: Check = {
  id: 'policy-assume-any-role',
  title: 'A policy allows assuming any role',
  severity: 'medium',
  group: 'policies',
  why: 'With sts:AssumeRole on every role, only the trust policies of the roles stand between a key and all they open, here and in every account that trusts this one as a whole.',
  fix: 'Name the roles in Resource. For a group of roles, use a path or a name with a fixed beginning.',
  needs: ['policies', 'users', 'groups', 'roles'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_permissions-to-switch.html'],
  *run(input) {
    const { partition, accountId } = input.snapshot
    const anyRole = `arn:${partition}:iam::${accountId}:role/*`
    yield* reviewPolicies(input, (policy, wide) => {
      let anywhere = false
      const verdict = widest(
        wide,
        'medium',
        'allows',
        (statement) => {
          const found = (statement.action ?? []).filter(
            (pattern) => !isEveryAction(pattern) && coversAction(pattern, ASSUME_ROLE),
          )
          if (found.length === 0 || !isOnAll(statement, anyRole)) return []
          if (isOnAll(statement, `arn:${partition}:iam::*:role/*`)) anywhere = true
          return found
        },
        (found) =>
          `allows assuming any role ${anywhere ? 'of any account' : 'of this account'} that trusts the account (${listed(found)})`,
      )
      if (!verdict || isTakenAway(ASSUME_ROLE, anyRole, policy)) return null
      return !anywhere && verdict.severity === 'medium' ? { ...verdict, severity: 'low' } : verdict
    })
  },
  examples: {
    flagged: [
      {
        name: 'sts:AssumeRole on everything',
        account: { policies: [{ policyName: 'hop', document: document('sts:AssumeRole', '*') }] },
        flags: ['arn:aws:iam::111122223333:policy/hop'],
      },
      {
        name: 'sts:* in another case, on every role',
        account: { policies: [{ policyName: 'hop', document: document('STS:*', 'arn:aws:iam::*:role/*') }] },
      },
      {
        name: 'every role of this account, inline',
        account: {
          users: [
            {
              userName: 'ana',
              inlinePolicies: [
                {
                  policyName: 'hop',
                  policyDocument: document('sts:Assume*', 'arn:aws:iam::111122223333:role/*'),
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
        name: 'one role',
        account: {
          policies: [{ policyName: 'hop', document: document('sts:AssumeRole', 'arn:aws:iam::444455556666:role/ci') }],
        },
      },
      {
        name: 'the role of one name in every account',
        account: {
          policies: [{ policyName: 'hop', document: document('sts:AssumeRole', 'arn:aws:iam::*:role/audit') }],
        },
      },
      {
        name: 'another action of STS',
        account: { policies: [{ policyName: 'who', document: document('sts:GetCallerIdentity', '*') }] },
      },
    ],
  },
}

// for the examples

function document(action: string, resource: string) {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] }
}
