import { counted } from '../model/numbers.ts'
import { compilePolicy } from '../policy/compile.ts'
import type { ParsedPolicy, Statement } from '../policy/parse.ts'
import { boundOf, count, policyReader } from '../reach/action-bits.ts'
import { NO_POLICIES } from '../reach/ask.ts'
import { allActions } from '../reach/can.ts'
import type { Check, CheckInput, Flag, Unknown } from './check.ts'
import {
  IDENTITY_CENTER_FIX,
  isOurs,
  nameOf,
  type Principal,
  reviewPolicies,
  subjectOf,
  type Verdict,
} from './policy-review.ts'
import { shell } from './shell.ts'
import { IAM_DETAILS, isIdentityCenterRole } from './trust.ts'
import { fullAccessOf, milder, underConditions } from './wide-grants.ts'
import { listed } from './wording.ts'

/**
 * Policies of our own are reported as policies (inline ones on whom they lie with), AWS managed ones such as
 * AdministratorAccess on each principal that has them: that is where they can be taken away, and accepted one by one.
 * Roles of Identity Center are where administrators belong; they are reported mildly.
 */
export const policyFullAdmin: Check = {
  id: 'policy-full-admin',
  title: 'A policy allows every action on every resource',
  severity: 'high',
  group: 'policies',
  why: 'Whoever gets hold of a key or session with such a policy owns the account: all data, all users, all logs. Hardly anybody needs it in daily work.',
  fix: 'Look up what its holders used in the last months, give them a policy of that, and keep one role with full access for emergencies, behind MFA and an alarm.',
  needs: ['policies', 'users', 'groups', 'roles'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html',
  ],
  *run(input) {
    yield* reviewPolicies(
      input,
      (policy, wide) => verdictOn(policy, input.snapshot.partition) ?? verdictByEffect(policy, wide),
    )
    yield* attachedAwsPolicies(input)
  },
  examples: {
    flagged: [
      {
        name: 'a customer managed policy',
        account: { policies: [{ policyName: 'all', document: allow('*', '*') }] },
        flags: ['arn:aws:iam::111122223333:policy/all'],
      },
      { name: 'the action *:*', account: { policies: [{ policyName: 'all', document: allow('*:*', '*') }] } },
      {
        name: 'lists, and a resource that stands for every ARN',
        account: { policies: [{ policyName: 'all', document: allow(['s3:Get*', '*'], ['arn:aws:*']) }] },
      },
      {
        name: 'an empty NotAction',
        account: {
          policies: [{ policyName: 'all', document: { Statement: { Effect: 'Allow', NotAction: [], Resource: '*' } } }],
        },
      },
      {
        name: 'all letters of the alphabet, over two statements',
        account: {
          policies: [
            {
              policyName: 'all',
              document: both(
                allow(
                  [...'abcdefghijklm'].map((letter) => `${letter}*`),
                  '*',
                ),
                allow(
                  [...'nopqrstuvwxyz0123456789'].map((letter) => `${letter}*`),
                  '*',
                ),
              ),
            },
          ],
        },
      },
      {
        name: 'everything but a service that does not exist',
        account: {
          policies: [
            {
              policyName: 'all',
              document: {
                Version: '2012-10-17',
                Statement: [{ Effect: 'Allow', NotAction: ['no-such-service:*'], Resource: '*' }],
              },
            },
          ],
        },
      },
      {
        name: 'under a condition',
        account: {
          policies: [
            {
              policyName: 'all',
              document: allow('*', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
            },
          ],
        },
      },
      {
        name: 'with a Deny that takes away a little',
        account: { policies: [{ policyName: 'all', document: both(allow('*', '*'), deny('organizations:*', '*')) }] },
      },
      {
        name: 'an inline policy of a user, a group and a role',
        account: {
          users: [{ userName: 'ana', inlinePolicies: [{ policyName: 'all', policyDocument: allow('*', '*') }] }],
          groups: [{ groupName: 'ops', inlinePolicies: [{ policyName: 'all', policyDocument: allow('*', '*') }] }],
          roles: [{ roleName: 'ci', inlinePolicies: [{ policyName: 'all', policyDocument: allow('*', '*') }] }],
        },
        flags: [
          'arn:aws:iam::111122223333:user/ana',
          'arn:aws:iam::111122223333:group/ops',
          'arn:aws:iam::111122223333:role/ci',
        ],
      },
      {
        name: 'AdministratorAccess, on each who has it',
        account: {
          policies: [{ policyName: 'AdministratorAccess', awsManaged: true, document: allow('*', '*') }],
          groups: [{ groupName: 'ops', attachedPolicies: [administrator()] }],
          roles: [
            { roleName: 'ci', attachedPolicies: [administrator()] },
            { roleName: 'break-glass', attachedPolicies: [administrator()], permissionsBoundary: null },
          ],
        },
        flags: [
          'arn:aws:iam::111122223333:group/ops',
          'arn:aws:iam::111122223333:role/ci',
          'arn:aws:iam::111122223333:role/break-glass',
        ],
      },
      {
        name: 'AdministratorAccess whose document was not saved',
        account: { roles: [{ roleName: 'ci', attachedPolicies: [administrator()] }] },
      },
    ],
    clean: [
      {
        name: 'a policy of a few actions',
        account: { policies: [{ policyName: 'few', document: allow(['s3:GetObject'], '*') }] },
      },
      {
        name: 'every action on one bucket',
        account: { policies: [{ policyName: 'bucket', document: allow('*', 'arn:aws:s3:::shop/*') }] },
      },
      {
        name: 'an Allow that a Deny takes away altogether',
        account: { policies: [{ policyName: 'off', document: both(allow('*', '*'), deny('*', '*')) }] },
      },
      {
        name: 'an Allow of which a Deny leaves a short list',
        account: {
          policies: [
            {
              policyName: 'few',
              document: both(allow('*', '*'), { Effect: 'Deny', NotAction: ['s3:*', 'sts:*'], Resource: '*' }),
            },
          ],
        },
      },
      {
        name: 'a version with full access that is not the default',
        account: {
          policies: [
            {
              policyName: 'few',
              defaultVersionId: 'v2',
              versions: [
                { versionId: 'v1', isDefaultVersion: false, createDate: null, document: allow('*', '*') },
                { versionId: 'v2', isDefaultVersion: true, createDate: null, document: allow('s3:GetObject', '*') },
              ],
            },
          ],
        },
      },
      { name: 'a Deny of everything', account: { policies: [{ policyName: 'no', document: deny('*', '*') }] } },
      {
        name: 'a service-linked role, which is not ours to change',
        account: {
          policies: [{ policyName: 'Wide', awsManaged: true, document: allow('*', '*') }],
          roles: [
            {
              roleName: 'AWSServiceRoleForX',
              path: '/aws-service-role/x.amazonaws.com/',
              attachedPolicies: [{ policyName: 'Wide', policyArn: 'arn:aws:iam::aws:policy/Wide' }],
            },
          ],
        },
      },
    ],
  },
}

function verdictOn(policy: ParsedPolicy, partition: string): Verdict | null {
  const access = fullAccessOf(policy, partition)
  if (!access) return null
  const { conditionKeys, denied, withoutIam } = access
  const less = conditionKeys.length > 0 || withoutIam
  return {
    because: `allows every action on every resource${underConditions(conditionKeys)}${denied.length > 0 ? `, less what it denies: ${listed(denied)}` : ''}`,
    severity: less ? milder('high') : 'high',
    fact: 'allows',
    value: '* on *',
  }
}

/** Statements that come to every action there is, none of them by a plain `*`. */
function verdictByEffect(policy: ParsedPolicy, wide: readonly Statement[]): Verdict | null {
  // a statement that names its services cannot be about all of them
  if (!wide.some(({ action, notAction }) => notAction !== null || action?.some((it) => /^[^:]*[*?]/.test(it))))
    return null
  const list = allActions()
  const input = { name: 'policy', policy: compilePolicy(policy) }
  const { sure } = boundOf({ ...NO_POLICIES, identity: [input] }, policyReader(list), list)
  if (count(sure) < list.names.length) return null
  return {
    because: 'allows every action that AWS has on every resource, by statements that together leave none out',
    severity: 'high',
    fact: 'allows',
    value: `${list.names.length} of ${list.names.length} actions`,
  }
}

/** AWS managed policies with full access, on each principal that has one. */
function* attachedAwsPolicies({ snapshot, lookup }: CheckInput): Iterable<Flag | Unknown> {
  const unread = new Set<string>()
  const seen = new Map<string, 'full' | 'less' | 'unread'>()
  for (const principals of [snapshot.users, snapshot.groups, snapshot.roles])
    for (const principal of principals) {
      if (!isOurs(principal)) continue
      for (const { policyArn, policyName } of principal.attachedPolicies) {
        if (!policyArn.includes(':iam::aws:policy/')) continue
        let kind = seen.get(policyArn)
        if (!kind) {
          const document = lookup.document(policyArn)
          if (document) kind = fullAccessOf(document, snapshot.partition) ? 'full' : 'less'
          else kind = policyArn.endsWith(':policy/AdministratorAccess') ? 'full' : 'unread'
          seen.set(policyArn, kind)
        }
        if (kind === 'unread') unread.add(policyName)
        else if (kind === 'full') yield awsFlag(principal, policyArn, policyName, snapshot.partition, lookup)
      }
    }
  if (unread.size > 0)
    yield {
      unknown: `${counted(unread.size, 'AWS managed policy', 'AWS managed policies')} of the attached ones are not in the snapshot (${listed([...unread])})`,
    }
}

function awsFlag(
  principal: Principal,
  policyArn: string,
  policyName: string,
  partition: string,
  lookup: CheckInput['lookup'],
): Flag {
  const boundary = 'permissionsBoundary' in principal ? principal.permissionsBoundary : null
  const limit = boundary === null ? null : lookup.document(boundary)
  const stopped = limit !== null && fullAccessOf(limit, partition) === null
  const permissionSet = 'roleName' in principal && isIdentityCenterRole(principal)
  return {
    subject: subjectOf(principal),
    traits: ['attached'],
    because: `has ${policyName}${boundary === null ? '' : `, ${stopped ? 'limited by the boundary' : 'with the boundary'} ${boundary.slice(boundary.lastIndexOf('/') + 1)}`}`,
    severity: permissionSet || stopped ? 'low' : 'high',
    evidence: [
      { fact: 'attached policy', value: policyArn, source: IAM_DETAILS },
      ...(boundary === null ? [] : [{ fact: 'boundary', value: boundary, source: IAM_DETAILS }]),
    ],
    distinguish: policyName,
    ...(permissionSet
      ? { fix: IDENTITY_CENTER_FIX }
      : 'groupName' in principal
        ? { commands: [shell`aws iam get-group --group-name ${nameOf(principal)}`] }
        : { commands: [shell`aws iam generate-service-last-accessed-details --arn ${principal.arn}`] }),
  }
}

// for the examples

function allow(action: string | string[], resource: string | string[], condition?: object) {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: resource, ...(condition && { Condition: condition }) }],
  }
}

function deny(action: string, resource: string) {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: action, Resource: resource }] }
}

function both(
  first: { Statement: object[] },
  second: { Statement: object[] } | { Effect: string; NotAction: string[]; Resource: string },
) {
  return {
    Version: '2012-10-17',
    Statement: [...first.Statement, ...('Statement' in second ? second.Statement : [second])],
  }
}

function administrator() {
  return { policyName: 'AdministratorAccess', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }
}
