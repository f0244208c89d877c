import { NO, YES } from '../policy/tri.ts'
import type { EstatePrincipal } from '../reach/estate.ts'
import { bestHop, isOwnAllow } from '../reach/hops.ts'
import { keysByUser } from './by-user.ts'
import type { Check, Example } from './check.ts'
import { called, REACH_NEEDS, statementCalled, unreadPolicies } from './escalation.ts'
import { allowing, attached } from './example.ts'
import { shell } from './shell.ts'
import { roleSubject, userSubject } from './subjects.ts'
import { IAM_DETAILS, isServiceLinked } from './trust.ts'
import { cut } from './wording.ts'

export const adminShadow: Check = {
  id: 'admin-shadow',
  title: 'Can make itself an administrator',
  severity: 'high',
  group: 'admins',
  why: 'Who may write its own policies, attach AdministratorAccess to itself, change a policy that it has, join a stronger group, or make a role or user and give it everything is an administrator by effect, whatever its policies are called. Nobody counts it as one, so nobody guards it like one.',
  fix: 'Take away the permission to change its own rights, or confine it with a permissions boundary that it cannot remove. Where it has to manage others, let it manage only those in a path of their own, and demand a boundary with iam:PermissionsBoundary.',
  needs: REACH_NEEDS,
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege',
  ],
  *run({ world, snapshot, dossiers }) {
    const graph = world.graph()
    const account = graph.estate.accounts.get(snapshot.accountId)
    if (!account) return
    yield* unreadPolicies(account)
    const keys = keysByUser(dossiers)
    for (const principal of [...account.users, ...account.roles]) {
      if (graph.full[principal.index] !== NO || graph.toAdmin[principal.index] !== YES) continue
      if (principal.role && isServiceLinked(principal.role)) continue
      const step = bestHop(graph, principal.index, 'admin')
      if (!step) continue
      const active = (keys.get(principal.name) ?? []).filter(({ status }) => status === 'active').length
      const reason = step.because.find((reason) => isOwnAllow(principal, reason))
      yield {
        subject: subjectOf(principal),
        because: `${called(principal)} ${step.title}${principal.kind === 'user' && active > 0 ? `; it has ${active === 1 ? 'an active access key' : `${active} active access keys`}` : ''}`,
        evidence: [
          { fact: 'technique', value: step.technique, source: IAM_DETAILS },
          {
            fact: 'allowed',
            value: cut(step.permissions.map(({ action, resource }) => `${action} on ${resource}`).join('; '), 500),
            source: IAM_DETAILS,
          },
          ...(reason
            ? [
                {
                  fact: 'by',
                  value: cut(
                    `${statementCalled({ index: reason.statement, sid: reason.sid })} of ${reason.policy}`,
                    500,
                  ),
                  source: IAM_DETAILS,
                },
              ]
            : []),
        ],
        commands: [
          shell`keyreeve reach paths --from ${principal.arn}`,
          shell`aws iam generate-service-last-accessed-details --arn ${principal.arn} --granularity ACTION_LEVEL`,
        ],
      }
    }
  },
  examples: {
    flagged: [
      one('attaches any policy to itself', ['iam:AttachUserPolicy']),
      one('writes its own inline policy', ['iam:PutUserPolicy']),
      {
        name: 'changes a policy that it has',
        account: {
          users: [{ userName: 'ana', attachedPolicies: [attached('own')] }],
          policies: [{ policyName: 'own', document: allowing(['iam:CreatePolicyVersion']) }],
        },
        flags: ['arn:aws:iam::111122223333:user/ana'],
      },
      {
        name: 'joins the group of the administrators',
        account: {
          users: [
            {
              userName: 'ana',
              inlinePolicies: [{ policyName: 'join', policyDocument: allowing(['iam:AddUserToGroup']) }],
            },
          ],
          groups: [{ groupName: 'admins', inlinePolicies: [{ policyName: 'all', policyDocument: allowing(['*']) }] }],
        },
        flags: ['arn:aws:iam::111122223333:user/ana'],
      },
      {
        name: 'goes back to a version that allowed everything',
        account: {
          users: [{ userName: 'ana', attachedPolicies: [attached('own')] }],
          policies: [
            {
              policyName: 'own',
              defaultVersionId: 'v2',
              versions: [
                { versionId: 'v1', isDefaultVersion: false, createDate: null, document: allowing(['*']) },
                {
                  versionId: 'v2',
                  isDefaultVersion: true,
                  createDate: null,
                  document: allowing(['iam:SetDefaultPolicyVersion']),
                },
              ],
            },
          ],
        },
      },
      {
        name: 'removes the boundary that confines it',
        account: {
          users: [
            {
              userName: 'ana',
              inlinePolicies: [{ policyName: 'all', policyDocument: allowing(['*']) }],
              permissionsBoundary: 'arn:aws:iam::111122223333:policy/limit',
            },
          ],
          policies: [{ policyName: 'limit', document: allowing(['s3:*', 'iam:DeleteUserPermissionsBoundary']) }],
        },
      },
      {
        name: 'a role, too',
        account: {
          roles: [
            {
              roleName: 'ci',
              inlinePolicies: [{ policyName: 'deploy', policyDocument: allowing(['iam:AttachRolePolicy']) }],
            },
          ],
        },
        flags: ['arn:aws:iam::111122223333:role/ci'],
      },
    ],
    clean: [
      {
        name: 'an administrator, which is no shadow',
        account: {
          users: [{ userName: 'ana', inlinePolicies: [{ policyName: 'all', policyDocument: allowing(['*']) }] }],
        },
      },
      {
        name: 'who may attach one harmless policy only',
        account: {
          users: [
            {
              userName: 'ana',
              inlinePolicies: [
                {
                  policyName: 'attach',
                  policyDocument: allowing(['iam:AttachUserPolicy'], {
                    ArnEquals: { 'iam:PolicyARN': 'arn:aws:iam::111122223333:policy/harmless' },
                  }),
                },
              ],
            },
          ],
        },
      },
      {
        name: 'within a boundary',
        account: {
          users: [
            {
              userName: 'ana',
              inlinePolicies: [{ policyName: 'all', policyDocument: allowing(['*']) }],
              permissionsBoundary: 'arn:aws:iam::111122223333:policy/limit',
            },
          ],
          policies: [{ policyName: 'limit', document: allowing(['s3:*', 'iam:Get*', 'iam:List*']) }],
        },
      },
    ],
  },
}

function subjectOf({ user, role }: EstatePrincipal) {
  return user ? userSubject(user) : roleSubject(role!)
}

// for the examples

function one(name: string, actions: string[]): Example {
  return {
    name,
    account: {
      users: [{ userName: 'ana', inlinePolicies: [{ policyName: 'self', policyDocument: allowing(actions) }] }],
    },
    flags: ['arn:aws:iam::111122223333:user/ana'],
  }
}
