import { NO } from '../policy/tri.ts'
import type { EstatePrincipal } from '../reach/estate.ts'
import { otherAccounts, type World } from '../reach/key-reach.ts'
import { stepTo } from '../reach/steps.ts'
import type { Check } from './check.ts'
import { ownersOf, unreadPolicies } from './escalation.ts'
import { deactivateIdleKey, lookAtKey } from './key-commands.ts'
import { keySource } from './sources.ts'
import { keySubject } from './subjects.ts'
import { IAM_DETAILS, standings } from './trust.ts'
import { listed } from './wording.ts'

export const keyCrossAccount: Check = {
  id: 'key-cross-account',
  title: 'Access key that opens other accounts',
  severity: 'medium',
  group: 'keys',
  why: 'A key that does not expire, in one account, and roles that let it in, in others: whoever finds the key is in all of them. The other accounts cannot see whose key it is, nor rotate it.',
  fix: 'Let the program that needs other accounts run with a role, and let their roles trust that role; people come through IAM Identity Center. Then take sts:AssumeRole on other accounts from the user, and retire the key.',
  needs: ['accessKeys', ...(['users', 'groups', 'roles', 'policies'] as const)],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/tutorial_cross-account-with-roles.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-workloads-use-roles',
  ],
  *run(input) {
    const { world, snapshot, dossiers, now, thresholds } = input
    const standing = standings(input)
    const account = world.estate().accounts.get(snapshot.accountId)
    if (!account) return
    yield* unreadPolicies(account)
    for (const { dossier, principal } of ownersOf(dossiers, world)) {
      // an account that was read says itself whether it lets the key in
      const accounts = otherAccounts(principal).filter(
        (id) => !world.estate().accounts.has(id) || isLetInto(world, principal, id),
      )
      if (accounts.length === 0) continue
      const where = accounts.includes('*')
        ? 'of any account, as far as its own policies say'
        : `of ${accounts.length === 1 ? 'account' : 'accounts'} ${listed(accounts, 5)}`
      yield {
        subject: keySubject(dossier),
        because: `user ${principal.name} may assume roles ${where}`,
        severity: accounts.every((id) => standing(id) === 'ours') ? 'low' : 'medium',
        evidence: [
          { fact: 'other accounts', value: listed(accounts, 20), source: IAM_DETAILS },
          { fact: 'key status', value: 'active', source: keySource(dossier.accessKeyId) },
        ],
        commands: [...lookAtKey(dossier), ...deactivateIdleKey(dossier, now, thresholds.unusedDays)],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'a role of another account, by name',
        account: {
          users: [userOf('deploy', 'arn:aws:iam::444455556666:role/deploy')],
          accessKeys: [{ userName: 'deploy', accessKeyId: 'AKIAEXAMPLEONE' }],
        },
        flags: ['AKIAEXAMPLEONE'],
      },
      {
        name: 'a role of that name in any account, through a group',
        account: {
          users: [{ userName: 'deploy', groups: ['deployers'] }],
          groups: [{ groupName: 'deployers', inlinePolicies: [assuming('arn:aws:iam::*:role/deploy')] }],
          accessKeys: [{ userName: 'deploy' }],
        },
      },
    ],
    clean: [
      {
        name: 'a role of its own account',
        account: {
          users: [userOf('deploy', 'arn:aws:iam::111122223333:role/deploy')],
          accessKeys: [{ userName: 'deploy' }],
        },
      },
      {
        name: 'an inactive key',
        account: {
          users: [userOf('deploy', 'arn:aws:iam::444455556666:role/deploy')],
          accessKeys: [{ userName: 'deploy', status: 'Inactive' }],
        },
      },
      {
        name: 'a boundary that takes it away',
        account: {
          users: [
            {
              ...userOf('deploy', 'arn:aws:iam::444455556666:role/deploy'),
              permissionsBoundary: 'arn:aws:iam::111122223333:policy/limit',
            },
          ],
          policies: [
            {
              policyName: 'limit',
              document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] },
            },
          ],
          accessKeys: [{ userName: 'deploy' }],
        },
      },
    ],
  },
}

function isLetInto(world: World, { index }: EstatePrincipal, accountId: string): boolean {
  const graph = world.graph()
  return graph.steps[index]!.some((step) =>
    step.members.some(
      (target) => graph.nodes[target]!.principal?.account.accountId === accountId && stepTo(step, target) !== NO,
    ),
  )
}

// for the examples

function assuming(Resource: string) {
  return {
    policyName: 'assume',
    policyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource }] },
  }
}

function userOf(userName: string, resource: string) {
  return { userName, inlinePolicies: [assuming(resource)] }
}
