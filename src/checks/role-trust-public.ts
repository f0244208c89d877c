import { MAYBE, NO, YES } from '../policy/tri.ts'
import { strangerMayEnter } from '../reach/trust.ts'
import type { Check, Flag } from './check.ts'
import { roleSubject } from './subjects.ts'
import {
  ASSUME_ROLE,
  callerLimits,
  describeConditions,
  IAM_DETAILS,
  isDenied,
  reviewTrust,
  trustCommands,
} from './trust.ts'

export const roleTrustPublic: Check = {
  id: 'role-trust-public',
  title: 'Anyone with an AWS account can assume a role',
  severity: 'critical',
  group: 'trust',
  why: 'A trust policy with the principal `*` lets in every principal of every AWS account in the world; all a stranger needs is an account and the name of the role.',
  fix: 'Name the accounts or roles that need it as principals. Where they are many, keep `*` only together with StringEquals on aws:PrincipalOrgID.',
  needs: ['roles'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html',
  ],
  *run(input) {
    yield* reviewTrust(input, 'aws', function* (role, policy, grants) {
      let worst: Flag | null = null
      for (const statement of grants) {
        if (!statement.principal?.everyone && !statement.notPrincipal) continue
        if (statement.principal && isDenied('*', policy, ASSUME_ROLE)) continue
        const limits = callerLimits(statement, policy, input.snapshot)
        if (limits.organizations || limits.accounts) continue
        const half = [limits.externalId ? 'an external ID' : null, limits.network ? 'a network' : null].filter(Boolean)
        const principal = statement.notPrincipal ? 'everyone but those it names' : 'principal `*`'
        if (worst?.severity === 'critical' || (worst && half.length > 0)) continue
        worst = {
          subject: roleSubject(role),
          because:
            half.length > 0
              ? `trusts ${principal}, limited only by ${half.join(' and ')}`
              : `trusts ${principal}${statement.conditions.length > 0 ? ', and its conditions limit neither account nor organization' : ' without a condition'}`,
          severity: half.length > 0 ? 'high' : 'critical',
          evidence: [
            {
              fact: statement.sid ? `conditions of statement ${statement.sid}` : 'conditions',
              value: describeConditions(statement),
              source: IAM_DETAILS,
            },
          ],
          commands: trustCommands(role),
        }
      }
      if (!worst && !grants.some(({ principal, notPrincipal }) => principal?.everyone || notPrincipal)) return
      // the engine has the last word where it is sure
      const known = input.world.estate().byArn.get(role.arn)
      const entry = known ? strangerMayEnter(known) : MAYBE
      if (worst && entry !== NO) yield worst
      else if (!worst && entry === YES)
        yield {
          subject: roleSubject(role),
          because: 'lets strangers in: its conditions and Deny statements together keep none of them out',
          evidence: [{ fact: 'trust policy', value: 'allows a principal of an unknown account', source: IAM_DETAILS }],
          commands: trustCommands(role),
        }
    })
  },
  examples: {
    flagged: [
      { name: 'the principal *', account: { roles: [open('open')] } },
      { name: 'the principal AWS: *', account: { roles: [open('open', {}, { AWS: ['*'] })] } },
      {
        name: 'a condition that any stranger meets',
        account: { roles: [open('open', { StringEquals: { 'aws:PrincipalType': 'AssumedRole' } })] },
      },
      {
        name: 'an organization that may be any',
        account: { roles: [open('open', { StringLike: { 'aws:PrincipalOrgID': 'o-*' } })] },
      },
      {
        name: 'an organization under IfExists, which accounts without one pass',
        account: { roles: [open('open', { StringEqualsIfExists: { 'aws:PrincipalOrgID': 'o-example123' } })] },
      },
      {
        name: 'the ARN of a role of that name in any account',
        account: { roles: [open('open', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/deploy' } })] },
      },
      {
        name: 'only an external ID',
        account: { roles: [open('open', { StringEquals: { 'sts:ExternalId': 'f3a9-55' } })] },
      },
      {
        name: 'only a network',
        account: { roles: [open('open', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } })] },
      },
    ],
    clean: [
      { name: 'a role for a service', account: { roles: [{ roleName: 'app' }] } },
      {
        name: 'the own organization',
        account: { roles: [open('org', { StringEquals: { 'aws:PrincipalOrgID': 'o-example123' } })] },
      },
      {
        name: 'the organization of the role itself',
        account: { roles: [open('org', { StringEquals: { 'aws:PrincipalOrgID': `\${aws:ResourceOrgID}` } })] },
      },
      {
        name: 'a part of an organization',
        account: {
          roles: [
            open('org', {
              'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': 'o-example123/r-ab12/ou-ab12-1111/*' },
            }),
          ],
        },
      },
      {
        name: 'named accounts, in another case',
        account: {
          roles: [open('shared', { stringequals: { 'AWS:principalaccount': ['444455556666', '111122223333'] } })],
        },
      },
      {
        name: 'roles of one account, by ARN',
        account: {
          roles: [open('shared', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::444455556666:role/ci-*' } })],
        },
      },
      {
        name: 'everyone, less everyone whom a Deny on the account keeps out',
        account: {
          roles: [
            {
              roleName: 'two',
              trustPolicy: {
                Version: '2012-10-17',
                Statement: [
                  { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' },
                  {
                    Effect: 'Deny',
                    Principal: '*',
                    Action: 'sts:*',
                    Condition: { StringNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:*' } },
                  },
                ],
              },
            },
          ],
        },
      },
      {
        name: 'everyone, less everyone outside the organization',
        account: {
          roles: [
            {
              roleName: 'org',
              trustPolicy: {
                Statement: [
                  { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' },
                  {
                    Effect: 'Deny',
                    Principal: '*',
                    Action: 'sts:AssumeRole',
                    Condition: {
                      StringNotEquals: { 'aws:PrincipalOrgID': 'o-example123' },
                      BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
                    },
                  },
                ],
              },
            },
          ],
        },
      },
      {
        name: 'everyone may only tag a session, not assume the role',
        account: {
          roles: [
            {
              roleName: 'tags',
              trustPolicy: { Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sts:TagSession' }] },
            },
          ],
        },
      },
      {
        name: 'a service-linked role, which is not ours to change',
        account: { roles: [{ ...open('AWSServiceRoleForX'), path: '/aws-service-role/x.amazonaws.com/' }] },
      },
    ],
  },
}

// for the examples

function open(roleName: string, condition: object = {}, principal: unknown = '*') {
  return {
    roleName,
    trustPolicy: {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', Condition: condition },
    },
  }
}
