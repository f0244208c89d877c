import { MAYBE, NO, type Tri, YES } from '../policy/tri.ts'
import { may } from '../reach/ask.ts'
import { unknownOf } from '../reach/can.ts'
import type { Check } from './check.ts'
import { DETAILS } from './sources.ts'
import { principalSubject } from './subjects.ts'

/** A service that nobody fences in by name: what is allowed for it is allowed for any. */
const ANY_SERVICE = 'any-service.amazonaws.com'

export const passroleUnfenced: Check = {
  id: 'passrole-unfenced',
  title: 'A user or role may pass any role to any service',
  severity: 'medium',
  group: 'admins',
  why: 'Counted over all policies, boundary and Deny included, it may lend every role of the account to every service. Each service it may use, and each strong role that is made later, is a way up.',
  fix: 'Name the roles in Resource, and the service with StringEquals on iam:PassedToService.',
  needs: ['users', 'groups', 'roles', 'policies'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html'],
  *run({ snapshot, world }) {
    const graph = world.graph()
    const account = graph.estate.accounts.get(snapshot.accountId)
    if (!account) return
    const resource = `arn:${account.partition}:iam::${account.accountId}:role/any~thing`
    const known = new Map<string, Tri>()
    for (const principal of [...account.users, ...account.roles]) {
      const { index, kind, name } = principal
      if (graph.full[index] !== NO || principal.role?.path.startsWith('/aws-service-role/')) continue
      const { classOf, isShared } = graph.ground.effective
      const key = isShared[classOf[index]!] ? `${classOf[index]}` : `own ${index}`
      let passes = known.get(key)
      if (passes === undefined) {
        passes = may(principal, { action: 'iam:PassRole', resource, context: { 'iam:passedtoservice': ANY_SERVICE } })
        known.set(key, passes)
      }
      const unseen = passes === MAYBE ? unknownOf(principal) : []
      if (unseen.length > 0) yield { unknown: `whether ${kind} ${name} may pass any role: ${unseen[0]} is not known` }
      if (passes === YES)
        yield {
          subject: principalSubject(principal),
          because: `${kind} ${name} may pass any role to any service`,
          evidence: [{ fact: 'iam:PassRole', value: 'on every role, to every service', source: DETAILS }],
          commands: [`keyreeve reach can ${principal.arn} iam:PassRole`],
        }
    }
  },
  examples: {
    flagged: [
      {
        name: 'iam:PassRole on everything, through a group',
        account: {
          users: [{ userName: 'kim', groups: ['dev'] }],
          groups: [{ groupName: 'dev', inlinePolicies: [inline({ Action: 'iam:Pass*', Resource: '*' })] }],
        },
        flags: ['arn:aws:iam::111122223333:user/kim'],
      },
    ],
    clean: [
      {
        name: 'one service',
        account: {
          users: [
            {
              userName: 'kim',
              inlinePolicies: [
                inline({
                  Action: 'iam:PassRole',
                  Resource: '*',
                  Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
                }),
              ],
            },
          ],
        },
      },
      {
        name: 'roles of one path',
        account: {
          users: [
            {
              userName: 'kim',
              inlinePolicies: [inline({ Action: 'iam:PassRole', Resource: 'arn:aws:iam::111122223333:role/app/*' })],
            },
          ],
        },
      },
      {
        name: 'a Deny in another policy',
        account: {
          users: [
            {
              userName: 'kim',
              inlinePolicies: [
                inline({ Action: 'iam:PassRole', Resource: '*' }),
                { ...inline({ Effect: 'Deny', Action: 'iam:*', Resource: '*' }), policyName: 'no-iam' },
              ],
            },
          ],
        },
      },
    ],
  },
}

// for the examples

function inline(statement: object) {
  return {
    policyName: 'inline',
    policyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] },
  }
}
