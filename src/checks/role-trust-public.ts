import { NO } from '../policy/tri.ts'
import type { EstatePrincipal } from '../reach/estate.ts'
import { type Door, outsiderMayEnter } from '../reach/outsiders.ts'
import type { Check, Flag } from './check.ts'
import { roleSubject } from './subjects.ts'
import { placeEvidence, reviewDoors, trustCommands } from './trust.ts'

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
    yield* reviewDoors(input, 'aws', function* (role, known, doors) {
      let worst: Flag | null = null
      for (const door of doors) {
        const { statement } = door
        if (!statement.principal?.everyone) continue
        const needs = whatStrangersNeed(known, door)
        if (needs === null || worst?.severity === 'critical' || (worst && needs.length > 0)) continue
        worst = {
          subject: roleSubject(role),
          because:
            needs.length > 0
              ? `trusts principal \`*\`, limited only by ${needs.join(' and ')}`
              : `trusts principal \`*\`${statement.conditions.length > 0 ? ', and its conditions limit neither account nor organization' : ' without a condition'}`,
          severity: needs.length > 0 ? 'high' : 'critical',
          evidence: [placeEvidence(statement)],
          commands: trustCommands(role),
        }
      }
      if (worst) yield worst
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
        name: 'an organization under ForAllValues, which accounts without one pass',
        account: { roles: [open('open', { 'ForAllValues:StringEquals': { 'aws:PrincipalOrgID': 'o-example123' } })] },
      },
      {
        name: 'an ARN whose account is only a piece of text: a path may hold it, too',
        account: { roles: [open('open', { StringLike: { 'aws:PrincipalArn': 'arn:*:111122223333:*' } })] },
      },
      {
        name: 'the network of everybody, in two halves',
        account: { roles: [open('open', { IpAddress: { 'aws:SourceIp': ['0.0.0.0/1', '128.0.0.0/1'] } })] },
      },
      {
        name: 'a Deny for everybody outside the organization that looks at one region only',
        account: {
          roles: [
            fenced({
              StringNotEquals: { 'aws:PrincipalOrgID': 'o-example123', 'aws:RequestedRegion': 'us-east-1' },
            }),
          ],
        },
      },
      {
        name: 'a Deny under ForAnyValue, which spares accounts without an organization',
        account: { roles: [fenced({ 'ForAnyValue:StringNotEquals': { 'aws:PrincipalOrgID': 'o-example123' } })] },
      },
      {
        name: 'a Deny of the accounts of others that any user of a role name escapes',
        account: {
          roles: [
            fenced({
              StringNotEquals: { 'aws:PrincipalAccount': '111122223333' },
              ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/ci' },
            }),
          ],
        },
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
        name: 'conditions that nobody meets at once',
        account: {
          roles: [
            open('open', {
              StringEquals: { 'aws:PrincipalType': 'User' },
              ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' },
            }),
          ],
        },
      },
      {
        name: 'only requests that a service makes for a resource of the account',
        account: { roles: [open('open', { StringEquals: { 'aws:SourceAccount': '111122223333' } })] },
      },
      {
        name: 'an organization under ForAllValues that has to be there',
        account: {
          roles: [
            open('org', {
              'ForAllValues:StringEquals': { 'aws:PrincipalOrgID': 'o-example123' },
              Null: { 'aws:PrincipalOrgID': 'false' },
            }),
          ],
        },
      },
      {
        name: 'two Deny statements that together leave nobody: those with an organization, and those without',
        account: {
          roles: [
            fenced(
              { Null: { 'aws:PrincipalOrgID': 'true' } },
              { StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-example123' } },
            ),
          ],
        },
      },
      {
        name: 'the session of one role, by the role’s ID',
        account: { roles: [open('own', { StringLike: { 'aws:userid': 'AROAEXAMPLE0000000000:*' } })] },
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

/** What a stranger must have to get in; null: nothing helps. */
function whatStrangersNeed(role: EstatePrincipal, door: Door): string[] | null {
  for (const [knowsExternalId, isInNetwork] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const)
    if (outsiderMayEnter(role, door, { account: null, knowsExternalId, isInNetwork }) !== NO)
      return [...(knowsExternalId ? ['an external ID'] : []), ...(isInNetwork ? ['a network'] : [])]
  return null
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

/** Everyone, and a Deny with each of some conditions. */
function fenced(...conditions: object[]) {
  return {
    roleName: 'fenced',
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [
        open('').trustPolicy.Statement,
        ...conditions.map((Condition) => ({ Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole', Condition })),
      ],
    },
  }
}
