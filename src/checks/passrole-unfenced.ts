import { counted } from '../model/numbers.ts'
import { NO, YES } from '../policy/tri.ts'
import { decide } from '../reach/ask.ts'
import { policiesSpeaking } from '../reach/effective.ts'
import type { EstateAccount, EstatePrincipal } from '../reach/estate.ts'
import type { Graph } from '../reach/graph.ts'
import { isOwnAllow } from '../reach/hops.ts'
import { at, isNothing } from '../reach/picks.ts'
import { passable } from '../reach/steps.ts'
import type { Check, CheckInput, Flag } from './check.ts'
import { called, people, placeOf, REACH_NEEDS, unreadPolicies } from './escalation.ts'
import { shell } from './shell.ts'
import { IAM_DETAILS, isServiceLinked } from './trust.ts'
import { listed } from './wording.ts'

/** A service that nobody names: whoever may pass a role to it may pass it to any. */
const ANY_SERVICE = 'any-service.amazonaws.com'

/** One finding for each policy that allows it, whoever has the policy. Administrators may pass what they like. */
export const passroleUnfenced: Check = {
  id: 'passrole-unfenced',
  title: 'An administrator role can be passed to any service',
  severity: 'high',
  group: 'admins',
  why: 'Who may pass a role lends its rights to whatever the service runs. When the role is an administrator and iam:PassedToService names no service, every service that the role comes to trust, today or by a later change of its trust policy, is a way up. This is about what is left after boundaries, Deny and organization policies, with all policies of a principal together.',
  fix: 'Name in Resource the roles that it needs to pass, none of them an administrator, and the service with StringEquals on iam:PassedToService.',
  needs: REACH_NEEDS,
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html',
    'https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html',
  ],
  *run(input) {
    const graph = input.world.graph()
    const account = graph.estate.accounts.get(input.snapshot.accountId)
    if (!account) return
    yield* unreadPolicies(account)
    const strong = account.roles.filter(({ index }) => graph.full[index] === YES || graph.toAdmin[index] === YES)
    for (const [policy, passing] of passingBy(graph, account, strong)) yield flagOf(policy, passing, input)
  },
  examples: {
    flagged: [
      {
        name: 'any role to any service, held by a group',
        account: {
          users: [
            { userName: 'ana', groups: ['developers'] },
            { userName: 'ben', groups: ['developers'] },
          ],
          groups: [{ groupName: 'developers', inlinePolicies: [passing('*')] }],
          roles: [strongRole('ops')],
        },
        flags: ['arn:aws:iam::111122223333:group/developers'],
      },
      {
        name: 'one role, which is an administrator by effect',
        account: {
          users: [{ userName: 'ana', inlinePolicies: [passing('arn:aws:iam::111122223333:role/ops')] }],
          roles: [strongRole('ops', 'iam:AttachRolePolicy')],
        },
        flags: ['arn:aws:iam::111122223333:user/ana'],
      },
    ],
    clean: [
      {
        name: 'one service',
        account: {
          users: [
            {
              userName: 'ana',
              inlinePolicies: [passing('*', { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } })],
            },
          ],
          roles: [strongRole('ops')],
        },
      },
      {
        name: 'roles that are no administrators',
        account: {
          users: [{ userName: 'ana', inlinePolicies: [passing('arn:aws:iam::111122223333:role/app-*')] }],
          roles: [strongRole('ops'), { roleName: 'app-web' }],
        },
      },
      {
        name: 'a Deny in another policy that names the services',
        account: {
          users: [
            {
              userName: 'ana',
              inlinePolicies: [
                passing('*'),
                {
                  policyName: 'fence',
                  policyDocument: {
                    Version: '2012-10-17',
                    Statement: [
                      {
                        Effect: 'Deny',
                        Action: 'iam:PassRole',
                        Resource: '*',
                        Condition: { StringNotEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
                      },
                    ],
                  },
                },
              ],
            },
          ],
          roles: [strongRole('ops')],
        },
      },
      {
        name: 'an administrator, who may do so',
        account: {
          users: [{ userName: 'ana', inlinePolicies: [{ policyName: 'all', policyDocument: allowing('*', '*') }] }],
          roles: [strongRole('ops')],
        },
      },
    ],
  },
}

interface Passing {
  principals: EstatePrincipal[]
  roles: Set<EstatePrincipal>
}

/** Who may pass a strong role to any service, by the policy that allows it. */
function passingBy(graph: Graph, account: EstateAccount, strong: readonly EstatePrincipal[]): Map<string, Passing> {
  const found = new Map<string, Passing>()
  const known = new Map<object, Map<string, { roles: EstatePrincipal[]; policy: string | null }>>()
  if (strong.length === 0) return found
  for (const principal of [...account.users, ...account.roles]) {
    if (graph.full[principal.index] !== NO || graph.toAdmin[principal.index] === YES) continue
    if (principal.role && isServiceLinked(principal.role)) continue
    const pick = passable(graph.ground, principal, ANY_SERVICE)
    if (isNothing(pick)) continue
    // what is allowed to several may be allowed by different policies
    const byPolicies = known.get(pick) ?? new Map()
    known.set(pick, byPolicies)
    const policies = policiesSpeaking(graph.ground.effective, principal)
    let answer = byPolicies.get(policies)
    if (!answer) {
      const roles = strong.filter((role) => role !== principal && at(pick, role.index) === YES)
      answer = { roles, policy: roles[0] ? policyThatPasses(principal, roles[0]) : null }
      byPolicies.set(policies, answer)
    }
    if (answer.policy === null) continue
    const passing = found.get(answer.policy) ?? { principals: [], roles: new Set() }
    found.set(answer.policy, passing)
    passing.principals.push(principal)
    for (const role of answer.roles) passing.roles.add(role)
  }
  return found
}

function policyThatPasses(principal: EstatePrincipal, role: EstatePrincipal): string | null {
  const { because } = decide(principal, {
    action: 'iam:PassRole',
    resource: role.arn,
    context: { 'iam:passedtoservice': ANY_SERVICE },
  })
  return because.find((reason) => isOwnAllow(principal, reason))?.policy ?? null
}

function flagOf(policy: string, { principals, roles }: Passing, { world, snapshot }: CheckInput): Flag {
  const place = placeOf(world.estate(), snapshot.accountId, policy)
  const [first] = principals
  const strong = [...roles]
  return {
    subject: place?.subject ?? {
      kind: 'policy',
      id: policy,
      arn: policy,
      name: policy.slice(policy.lastIndexOf('/') + 1),
    },
    because: `by ${place?.called ?? policy}, ${people(principals)} may pass ${strong.length === 1 ? called(strong[0]!) : `${counted(strong.length, 'role')} (${listed(strong.map(({ name }) => name))})`} to any service, ${strong.length === 1 ? 'which is an administrator' : 'all of them administrators'}`,
    evidence: [
      {
        fact: 'may pass',
        value: listed(
          strong.map(({ arn }) => arn),
          10,
        ),
        source: IAM_DETAILS,
      },
      { fact: 'principals', value: principals.length, source: IAM_DETAILS },
    ],
    commands: [...(place?.commands ?? []), shell`keyreeve reach can ${first!.arn} iam:PassRole ${strong[0]!.arn}`],
    ...(place?.distinguish === undefined ? {} : { distinguish: place.distinguish }),
  }
}

// for the examples

function allowing(Action: string, Resource: string, Condition?: object) {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) }] }
}

function passing(resource: string, condition?: object) {
  return { policyName: 'pass', policyDocument: allowing('iam:PassRole', resource, condition) }
}

function strongRole(roleName: string, action = '*') {
  return {
    roleName,
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    inlinePolicies: [{ policyName: 'strong', policyDocument: allowing(action, '*') }],
  }
}
