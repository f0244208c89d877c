/**
 * Users that must sign in with MFA: without it they can register a device, and nothing else. By a group, so that no
 * policy is attached to a user. Our own words for what AWS describes on
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
 *
 * With `BoolIfExists` the Deny also meets requests that carry no such key: all that are signed with a long-term access
 * key. So users whose keys are in use are left out.
 */
import type { Step } from '../../model/plan.ts'
import type { User } from '../../model/snapshot.ts'
import { documentDigest } from '../digest.ts'
import { ABSENT, factOf, PRESENT } from '../facts.ts'
import { daysBefore, type Kind, type Lookup, stepOf, subjectOf } from '../kind.ts'
import { scheduledUse } from '../scheduled.ts'
import { GROUPS_PER_USER } from './groups.ts'

const NAME = 'keyreeve-require-mfa'

export function mfaPolicy(partition: string): object {
  const own = [`arn:${partition}:iam::*:user/\${aws:username}`, `arn:${partition}:iam::*:user/*/\${aws:username}`]
  const register = ['iam:EnableMFADevice', 'iam:GetUser', 'iam:ListMFADevices', 'iam:ResyncMFADevice']
  return {
    Version: '2012-10-17',
    Statement: [
      { Sid: 'SeeDevices', Effect: 'Allow', Action: ['iam:GetMFADevice', 'iam:ListVirtualMFADevices'], Resource: '*' },
      {
        Sid: 'MakeDevice',
        Effect: 'Allow',
        Action: 'iam:CreateVirtualMFADevice',
        Resource: `arn:${partition}:iam::*:mfa/*`,
      },
      { Sid: 'RegisterOwnDevice', Effect: 'Allow', Action: register, Resource: own },
      {
        Sid: 'NothingElseWithoutMfa',
        Effect: 'Deny',
        NotAction: [
          'iam:CreateVirtualMFADevice',
          'iam:GetMFADevice',
          'iam:ListVirtualMFADevices',
          ...register,
          'sts:GetSessionToken',
        ],
        Resource: '*',
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      },
    ],
  }
}

export const requireMfa: Kind = {
  checks: ['admin-mfa', 'key-without-mfa-condition', 'user-console-mfa'],
  propose({ subject, check }, lookup) {
    const user = lookup.user(subject.arn ?? '')
    if (!user) return { cannot: 'the user is not in the snapshot' }
    const { userName, groups } = user
    if (groups.includes(NAME)) return { cannot: `it is in the group ${NAME} already: it has to register its device` }
    if (user.arn === lookup.snapshot.callerArn)
      return { cannot: 'it is who made the plan, and could not apply it to the end: let another do that' }
    const inUse = keysInUse(userName, lookup)
    if (inUse.length > 0)
      return { cannot: `its key ${inUse[0]} is in use, and would be denied everything: give the program a role first` }
    if (user.password?.enabled === false && lookup.keysOf(userName).every(({ status }) => status !== 'active'))
      return { cannot: 'it has no credential of which MFA could be demanded' }
    if (groups.length >= GROUPS_PER_USER)
      return { cannot: `it is in ${GROUPS_PER_USER} groups, and AWS allows no more` }
    const before = preparation(lookup)
    if ('cannot' in before) return before
    const steps = [
      ...before.steps,
      requireStep(user, subjectOf({ ...subject, kind: 'user', id: user.arn, name: userName }), before.steps),
    ]
    if (check === 'key-without-mfa-condition') return { steps }
    return { steps, stays: `${userName} can do nothing more until it has registered a device, which closes it` }
  },
}

/** Of this user: used lately, or still to be used, or it is not known. */
function keysInUse(userName: string, { keysOf, now, thresholds }: Lookup): string[] {
  return keysOf(userName)
    .filter(({ status }) => status === 'active')
    .filter(
      (key) =>
        !key.lastUsedKnown ||
        (key.lastUsed !== null && daysBefore(key.lastUsed.date, now) < thresholds.unusedDays) ||
        scheduledUse(key, now) !== null,
    )
    .map(({ accessKeyId, subjectId }) => accessKeyId ?? subjectId)
}

function arnOf({ snapshot: { partition, accountId } }: Lookup): string {
  return `arn:${partition}:iam::${accountId}:policy/${NAME}`
}

/** The policy and the group, where they are not there yet. */
function preparation(lookup: Lookup): { steps: Step[] } | { cannot: string } {
  const document = mfaPolicy(lookup.snapshot.partition)
  const policyArn = arnOf(lookup)
  const digest = documentDigest(document)
  const there = lookup.policy(policyArn)
  const standard = there?.versions.find(({ isDefaultVersion }) => isDefaultVersion)
  if (there && (!standard || documentDigest(standard.document) !== digest))
    return { cannot: `there is a policy ${NAME} that says something else` }
  const group = lookup.group(NAME)
  if (group && !group.attachedPolicies.some((policy) => policy.policyArn === policyArn))
    return { cannot: `there is a group ${NAME} without the policy of that name` }
  const policy = there ? null : createPolicy(policyArn, document, digest)
  return { steps: [...(policy ? [policy] : []), ...(group ? [] : [createGroup(policyArn, policy)])] }
}

function createPolicy(policyArn: string, document: object, digest: string): Step {
  return stepOf({
    id: `create-policy:${NAME}`,
    kind: 'create-policy',
    subject: { kind: 'policy', id: policyArn, arn: policyArn, name: NAME },
    change: `Create the policy ${NAME}: without MFA, nothing but registering a device`,
    operations: [{ call: 'iam:CreatePolicy', input: { PolicyName: NAME, PolicyDocument: JSON.stringify(document) } }],
    reliesOn: [factOf('policy', { policyArn }, ABSENT)],
    verify: [factOf('policy-document', { policyArn }, digest)],
    undo: {
      operations: [{ call: 'iam:DeletePolicy', input: { PolicyArn: policyArn } }],
      verify: [factOf('policy', { policyArn }, ABSENT)],
    },
  })
}

function createGroup(PolicyArn: string, policy: Step | null): Step {
  const of = { groupName: NAME, policyArn: PolicyArn }
  return stepOf({
    id: `create-group:${NAME}`,
    kind: 'create-group',
    subject: { kind: 'group', id: NAME, arn: null, name: NAME },
    change: `Create the group ${NAME} with the policy ${NAME}`,
    operations: [
      { call: 'iam:CreateGroup', input: { GroupName: NAME } },
      { call: 'iam:AttachGroupPolicy', input: { GroupName: NAME, PolicyArn } },
    ],
    reliesOn: [factOf('group', { groupName: NAME }, ABSENT)],
    verify: [factOf('group-policy-attached', of, PRESENT)],
    undo: {
      operations: [
        { call: 'iam:DetachGroupPolicy', input: { GroupName: NAME, PolicyArn } },
        { call: 'iam:DeleteGroup', input: { GroupName: NAME } },
      ],
      verify: [factOf('group', { groupName: NAME }, ABSENT)],
      // who was put there since would lose what the group gives
      reliesOn: [factOf('group-members', { groupName: NAME }, 'none')],
    },
    waitsFor: policy ? [{ step: policy.id, days: 0 }] : [],
  })
}

function requireStep({ userName, mfaActive }: User, subject: Step['subject'], before: readonly Step[]): Step {
  const input = { UserName: userName, GroupName: NAME }
  const member = (value: string) => factOf('group-member', { userName, groupName: NAME }, value)
  const group = before.find(({ kind }) => kind === 'create-group')
  return stepOf({
    id: `require-mfa:${userName}`,
    kind: 'require-mfa',
    subject,
    change: `Demand MFA of ${userName}, by the group ${NAME}`,
    operations: [{ call: 'iam:AddUserToGroup', input }],
    reliesOn: [factOf('user', { userName }, PRESENT), member(ABSENT)],
    mayBreak: [
      {
        who: userName,
        evidence: mfaActive
          ? 'it has to sign in again with its device'
          : 'it has no device yet, and must register one at its next sign-in',
      },
      {
        who: `programs with keys of ${userName}`,
        evidence: 'a long-term key carries no MFA; none of its keys is in use',
      },
    ],
    verify: [member(PRESENT)],
    undo: { operations: [{ call: 'iam:RemoveUserFromGroup', input }], verify: [member(ABSENT)] },
    waitsFor: group ? [{ step: group.id, days: 0 }] : [],
  })
}
