/**
 * Policies attached to users directly go to groups. Users with the same policies share a group; the user is seen
 * in the group, and the policies on it, before they leave the user, so that nobody is without them for a moment.
 */
import type { Step } from '../../model/plan.ts'
import type { User } from '../../model/snapshot.ts'
import { digestOf } from '../digest.ts'
import { ABSENT, factOf, PRESENT } from '../facts.ts'
import { type Kind, type Lookup, stepOf, subjectOf } from '../kind.ts'

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const GROUPS_PER_USER = 10
const POLICIES_PER_GROUP = 10

export const directPolicies: Kind = {
  checks: ['user-policy-direct'],
  propose(finding, lookup) {
    const user = lookup.user(finding.subject.arn ?? '')
    if (!user) return { cannot: 'the user is not in the snapshot' }
    if (user.inlinePolicies.length > 0)
      return { cannot: 'it has inline policies: make them managed policies first, or write them into a group' }
    const arns = policiesOf(user)
    if (arns.some((arn) => /\/AWSCompromisedKeyQuarantine/.test(arn)))
      return { cannot: 'AWS has put it into quarantine, which stays on the user: deal with its keys first' }
    if (user.groups.length >= GROUPS_PER_USER)
      return { cannot: `it is in ${GROUPS_PER_USER} groups, and AWS allows no more` }
    if (arns.length > POLICIES_PER_GROUP)
      return { cannot: `a group holds ${POLICIES_PER_GROUP} policies, and it has ${arns.length}` }
    if (
      arns.some((arn) => lookup.isFound('policy-full-admin', user.arn) && /:aws:policy\/AdministratorAccess$/.test(arn))
    )
      return { cannot: 'it is an administrator by a policy of its own: whether it is to stay one comes first' }
    const groupName = groupFor(arns)
    if (lookup.group(groupName)) return { cannot: `there is a group ${groupName} already` }
    const create = createGroup(groupName, arns, lookup)
    const subject = subjectOf(finding.subject)
    const into = join(user, groupName, arns, subject, create.id)
    return { steps: [create, into, leave(user, groupName, arns, subject, into.id)] }
  },
}

function policiesOf(user: User): string[] {
  return user.attachedPolicies.map(({ policyArn }) => policyArn).sort()
}

/** Named after what it gives: the same policies, the same group. */
function groupFor(arns: readonly string[]): string {
  const names = arns.map((arn) => arn.slice(arn.lastIndexOf('/') + 1)).join('-and-')
  return names.length <= 100 ? `with-${names}` : `with-${names.slice(0, 80)}-${digestOf(arns)}`
}

function createGroup(groupName: string, arns: readonly string[], { snapshot, once }: Lookup): Step {
  const sharers = once('users by the group that they would have', () => {
    const counts = new Map<string, number>()
    for (const user of snapshot.users) {
      const name = groupFor(policiesOf(user))
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    return counts
  }).get(groupName)!
  return stepOf({
    id: `create-group:${groupName}`,
    kind: 'create-group',
    subject: { kind: 'group', id: groupName, arn: null, name: groupName },
    change: `Create the group ${groupName} with the policies that ${sharers === 1 ? 'one user has' : `${sharers} users have`} directly`,
    operations: [
      { call: 'iam:CreateGroup', input: { GroupName: groupName } },
      ...arns.map((PolicyArn) => ({ call: 'iam:AttachGroupPolicy', input: { GroupName: groupName, PolicyArn } })),
    ],
    // one that has got the name since is for others
    reliesOn: [factOf('group', { groupName }, ABSENT)],
    verify: arns.map((policyArn) => factOf('group-policy-attached', { groupName, policyArn }, PRESENT)),
    undo: {
      operations: [
        ...arns.map((PolicyArn) => ({ call: 'iam:DetachGroupPolicy', input: { GroupName: groupName, PolicyArn } })),
        { call: 'iam:DeleteGroup', input: { GroupName: groupName } },
      ],
      verify: [factOf('group', { groupName }, ABSENT)],
      // who was put there since would lose what the group gives
      reliesOn: [factOf('group-members', { groupName }, 'none')],
    },
  })
}

/** A step of its own: it is verified before anything leaves the user. */
function join({ userName }: User, groupName: string, arns: readonly string[], subject: Step['subject'], after: string) {
  const member = (value: string) => factOf('group-member', { userName, groupName }, value)
  const input = { UserName: userName, GroupName: groupName }
  return stepOf({
    id: `join-group:${userName}`,
    kind: 'join-group',
    subject,
    change: `Put ${userName} into the group ${groupName}, which gives what it has already`,
    operations: [{ call: 'iam:AddUserToGroup', input }],
    reliesOn: [...attachedTo(userName, arns, PRESENT), member(ABSENT)],
    verify: [member(PRESENT)],
    undo: { operations: [{ call: 'iam:RemoveUserFromGroup', input }], verify: [member(ABSENT)] },
    waitsFor: [{ step: after, days: 0 }],
  })
}

function leave(
  { userName }: User,
  groupName: string,
  arns: readonly string[],
  subject: Step['subject'],
  after: string,
) {
  const changed = (call: 'iam:DetachUserPolicy' | 'iam:AttachUserPolicy') =>
    arns.map((PolicyArn) => ({ call, input: { UserName: userName, PolicyArn } }))
  return stepOf({
    id: `move-policies-to-group:${userName}`,
    kind: 'move-policies-to-group',
    subject,
    change: `Detach from ${userName} what the group ${groupName} gives`,
    operations: changed('iam:DetachUserPolicy'),
    reliesOn: [
      ...attachedTo(userName, arns, PRESENT),
      factOf('group-member', { userName, groupName }, PRESENT),
      // else the user would be without what the group has lost since it was made
      ...arns.map((policyArn) => factOf('group-policy-attached', { groupName, policyArn }, PRESENT)),
    ],
    verify: attachedTo(userName, arns, ABSENT),
    undo: { operations: changed('iam:AttachUserPolicy'), verify: attachedTo(userName, arns, PRESENT) },
    waitsFor: [{ step: after, days: 0 }],
  })
}

function attachedTo(userName: string, arns: readonly string[], value: string) {
  return arns.map((policyArn) => factOf('user-policy-attached', { userName, policyArn }, value))
}
