import { adminsOf, wayOf } from './admin.ts'
import { keysByUser } from './by-user.ts'
import type { Check, Example } from './check.ts'
import { type AccountSketch, attached } from './example.ts'
import type { AppliedPolicy } from './lookup.ts'
import { shell } from './shell.ts'
import { DETAILS } from './sources.ts'
import { userSubject } from './subjects.ts'

export const adminUser: Check = {
  id: 'admin-user',
  title: 'User with administrator rights',
  severity: 'high',
  group: 'admins',
  why: 'An IAM user has credentials that do not expire. When they belong to an administrator, one lost laptop or one committed key gives away everything.',
  fix: 'Let people become administrator for the hour they need it, by a role with MFA or IAM Identity Center, and give machines a role with what they need. What the user really uses, its last-accessed data tells.',
  needs: ['users', 'groups', 'policies'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_job-functions.html#jf_administrator',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html',
  ],
  *run({ snapshot, dossiers, lookup, knowledge }) {
    const keys = keysByUser(dossiers)
    const keysKnown = knowledge('accessKeys').known
    const { admins, unknown } = adminsOf(snapshot, lookup)
    for (const what of unknown) yield { unknown: what }
    for (const { user, through } of admins) {
      const active = (keys.get(user.userName) ?? []).filter(({ status }) => status === 'active').length
      yield {
        subject: userSubject(user),
        because: `administrator by ${through.map(wayOf).join(', ')}${
          active > 0 ? `, with ${active === 1 ? 'an active access key' : `${active} active access keys`}` : ''
        }`,
        evidence: [{ fact: 'administrator by', value: through.map(wayOf).join(', '), source: DETAILS }],
        commands: [
          shell`aws iam generate-service-last-accessed-details --arn ${user.arn}`,
          ...through.map((policy) => removal(user.userName, policy)),
        ],
        // with no key there is at least no file to lose
        ...(active === 0 &&
          (keysKnown === 'all' || (keysKnown === 'part' && user.password !== null)) && { severity: 'medium' as const }),
      }
    }
  },
  examples: {
    flagged: [
      admin('AdministratorAccess attached directly, its document not in the snapshot', {
        attachedPolicies: [
          { policyName: 'AdministratorAccess', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
        ],
      }),
      {
        name: 'a policy with a harmless name, through a group',
        account: {
          users: [{ userName: 'ana', groups: ['readers'] }, { userName: 'ben' }],
          groups: [{ groupName: 'readers', attachedPolicies: [attached('read-only')] }],
          policies: [{ policyName: 'read-only', document: statements(allow('*')) }],
        },
        flags: ['arn:aws:iam::111122223333:user/ana'],
      },
      inline('every action written as *:*', allow('*:*')),
      inline('every action written as ?*', allow('?*')),
      inline('all of IAM, which can grant the rest', allow(['s3:*', 'IAM:*'])),
      inline('all of IAM on every identity', allow('iam:*', 'arn:aws:iam::*:*')),
      {
        name: 'all of IAM in parts, one of them through a group',
        account: {
          users: [
            { userName: 'ana', groups: ['rest'], inlinePolicies: [document(allow(['iam:A*', 'iam:C*', 'iam:P*']))] },
            { userName: 'ben', groups: ['rest'] },
          ],
          groups: [{ groupName: 'rest', inlinePolicies: [document(allow(['iam:S*', 'iam:U*']))] }],
        },
        flags: ['arn:aws:iam::111122223333:user/ana'],
      },
      inline('everything but one service', { Effect: 'Allow', NotAction: 'organizations:*', Resource: '*' }),
      inline('everything on everything but one bucket', {
        Effect: 'Allow',
        Action: '*',
        NotResource: 'arn:aws:s3:::payroll/*',
      }),
      inline('a Deny that asks for MFA', allow('*'), {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      }),
      inline('a Deny of something else', allow('*'), { Effect: 'Deny', Action: 'cloudtrail:*', Resource: '*' }),
      inline('a Deny that leaves ways around it', allow('*'), {
        Effect: 'Deny',
        Action: ['iam:AttachUserPolicy', 'iam:PutUserPolicy'],
        Resource: '*',
      }),
      {
        name: 'a boundary that allows everything but leaving it',
        account: {
          users: [
            {
              userName: 'ana',
              inlinePolicies: [document(allow('*'))],
              permissionsBoundary: attached('limit').policyArn,
            },
          ],
          policies: [
            {
              policyName: 'limit',
              document: statements(allow('*'), {
                Effect: 'Deny',
                Action: 'iam:DeleteUserPermissionsBoundary',
                Resource: '*',
              }),
            },
          ],
        },
      },
      {
        name: 'an administrator in a partition of its own',
        account: {
          partition: 'aws-us-gov',
          users: [
            {
              userName: 'ana',
              attachedPolicies: [
                { policyName: 'AdministratorAccess', policyArn: 'arn:aws-us-gov:iam::aws:policy/AdministratorAccess' },
              ],
            },
          ],
        },
      },
    ],
    clean: [
      { name: 'a user without policies', account: { users: [{ userName: 'ana' }] } },
      inline('everything in one service', allow('s3:*')),
      inline('everything on one bucket', allow('*', 'arn:aws:s3:::payroll/*')),
      inline('everything only from one network', {
        ...allow('*'),
        Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
      }),
      inline('everything but IAM, Organizations and the account', {
        Effect: 'Allow',
        NotAction: ['iam:*', 'organizations:*', 'account:*'],
        Resource: '*',
      }),
      inline('a Deny that takes everything away', allow('*'), { Effect: 'Deny', Action: '*', Resource: '*' }),
      inline('a Deny of all of IAM', allow('*'), { Effect: 'Deny', Action: 'iam:*', Resource: '*' }),
      inline('a Deny of everything but reading', allow('*'), { Effect: 'Deny', NotAction: 's3:Get*', Resource: '*' }),
      {
        name: 'a boundary that stops an administrator',
        account: {
          users: [
            {
              userName: 'ana',
              inlinePolicies: [document(allow('*'))],
              permissionsBoundary: attached('limit').policyArn,
            },
          ],
          policies: [{ policyName: 'limit', document: statements(allow(['s3:*', 'ec2:*'])) }],
        },
      },
      {
        name: 'a boundary that gives nothing by itself',
        account: {
          users: [{ userName: 'ana', permissionsBoundary: 'arn:aws:iam::aws:policy/AdministratorAccess' }],
        },
      },
      {
        name: 'a Deny through a group',
        account: {
          users: [{ userName: 'ana', groups: ['frozen'], inlinePolicies: [document(allow('*'))] }],
          groups: [{ groupName: 'frozen', inlinePolicies: [document({ Effect: 'Deny', Action: '*', Resource: '*' })] }],
        },
      },
      {
        name: 'a policy of our own that is only called AdministratorAccess',
        account: {
          users: [{ userName: 'ana', attachedPolicies: [attached('AdministratorAccess')] }],
          policies: [{ policyName: 'AdministratorAccess', document: statements(allow('s3:GetObject')) }],
        },
      },
    ],
  },
}

/** How to take a policy away from a user. */
function removal(userName: string, { arn, policyName, throughGroup }: AppliedPolicy): string {
  if (throughGroup !== null)
    return shell`aws iam remove-user-from-group --user-name ${userName} --group-name ${throughGroup}`
  if (arn !== null) return shell`aws iam detach-user-policy --user-name ${userName} --policy-arn ${arn}`
  return shell`aws iam delete-user-policy --user-name ${userName} --policy-name ${policyName}`
}

function allow(action: string | string[], resource = '*') {
  return { Effect: 'Allow', Action: action, Resource: resource }
}

function statements(...list: object[]) {
  return { Version: '2012-10-17', Statement: list }
}

function document(...list: object[]) {
  return { policyName: 'own', policyDocument: statements(...list) }
}

function admin(name: string, user: Partial<NonNullable<AccountSketch['users']>[number]>): Example {
  return { name, account: { users: [{ userName: 'ana', ...user }] } }
}

function inline(name: string, ...list: object[]): Example {
  return admin(name, { inlinePolicies: [document(...list)] })
}
