import { NO, YES } from '../policy/tri.ts'
import { hop } from '../reach/hops.ts'
import type { Check } from './check.ts'
import { DETAILS } from './sources.ts'
import { principalSubject } from './subjects.ts'

export const adminShadow: Check = {
  id: 'admin-shadow',
  title: 'A user or role can make itself administrator',
  severity: 'high',
  group: 'admins',
  why: 'It has no administrator policy and is on no list of administrators, but one call of its own gives it everything: it may write or attach its own policies, or those of its groups.',
  fix: 'Take the permission away, limit it to other identities and to certain policies (iam:PolicyARN), or set a permissions boundary that it cannot remove.',
  needs: ['users', 'groups', 'roles', 'policies'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html',
    'https://pathfinding.cloud/',
  ],
  *run({ snapshot, world }) {
    const graph = world.graph()
    const account = graph.estate.accounts.get(snapshot.accountId)
    if (!account) return
    for (const principal of [...account.users, ...account.roles]) {
      const { index, kind, name, arn } = principal
      if (graph.full[index] !== NO || graph.toAdmin[index] !== YES) continue
      const step = hop(graph, index, 'admin')
      const way = step ? `it ${step.title.replace(': its own', '')}` : 'it grants itself everything'
      const because = [...new Set((step?.because ?? []).flatMap(({ policy }) => policy ?? []))]
      yield {
        subject: principalSubject(principal),
        because: `${kind} ${name} makes itself administrator: ${way}${step ? ` (${step.technique})` : ''}`,
        evidence: [{ fact: 'allowed by', value: because.join(', '), source: DETAILS }],
        commands: [`keyreeve reach paths --from ${arn}`],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'attaching policies to itself',
        account: {
          users: [{ userName: 'kim', inlinePolicies: [inline('iam:AttachUserPolicy', '*')] }],
          roles: [
            {
              roleName: 'ops-1',
              inlinePolicies: [inline('iam:AttachRolePolicy', 'arn:aws:iam::111122223333:role/ops-*')],
            },
          ],
        },
        flags: ['arn:aws:iam::111122223333:role/ops-1', 'arn:aws:iam::111122223333:user/kim'],
      },
      {
        name: 'writing the policy of its own group',
        account: {
          users: [{ userName: 'kim', groups: ['dev'] }, { userName: 'lee' }],
          groups: [{ groupName: 'dev', inlinePolicies: [inline('iam:PutGroupPolicy', '*')] }],
        },
        flags: ['arn:aws:iam::111122223333:user/kim'],
      },
      {
        name: 'a new version of its own policy',
        account: {
          users: [
            {
              userName: 'kim',
              attachedPolicies: [{ policyName: 'own', policyArn: 'arn:aws:iam::111122223333:policy/own' }],
            },
          ],
          policies: [
            {
              policyName: 'own',
              document: inline('iam:CreatePolicyVersion', 'arn:aws:iam::111122223333:policy/own').policyDocument,
            },
          ],
        },
        flags: ['arn:aws:iam::111122223333:user/kim'],
      },
    ],
    clean: [
      {
        name: 'only other users',
        account: {
          users: [
            { userName: 'kim', inlinePolicies: [inline('iam:PutUserPolicy', 'arn:aws:iam::111122223333:user/app-*')] },
          ],
        },
      },
      {
        name: 'a boundary that stays',
        account: {
          users: [
            {
              userName: 'kim',
              inlinePolicies: [inline('iam:PutUserPolicy', '*')],
              permissionsBoundary: 'arn:aws:iam::111122223333:policy/limit',
            },
          ],
          policies: [
            {
              policyName: 'limit',
              document: inline(['iam:PutUserPolicy', 's3:*'], '*').policyDocument,
            },
          ],
        },
      },
      {
        name: 'an administrator in the open',
        account: { users: [{ userName: 'boss', inlinePolicies: [inline('*', '*')] }] },
      },
    ],
  },
}

// for the examples

function inline(Action: string | string[], Resource: string) {
  return {
    policyName: 'inline',
    policyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] },
  }
}
