import { NO, YES } from '../policy/tri.ts'
import { unknownOf } from '../reach/can.ts'
import { firstRoute } from '../reach/levels.ts'
import { levelsFor } from '../reach/paths.ts'
import type { Check } from './check.ts'
import { DETAILS } from './sources.ts'
import { principalSubject } from './subjects.ts'

export const privilegeEscalation: Check = {
  id: 'privilege-escalation',
  title: 'A user or role can become administrator through others',
  severity: 'high',
  group: 'admins',
  why: 'Each permission looks harmless: pass a role, start a function, create a key. Together they are a way to administrator, and whoever gets hold of a key at its beginning gets to its end.',
  fix: 'Take one step of the way out: name the roles that may be passed, narrow the policy that the last step uses, or add a permissions boundary. `keyreeve reach paths` shows all ways with their statements, and the fewest to change.',
  needs: ['users', 'groups', 'roles', 'policies'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html',
    'https://pathfinding.cloud/',
  ],
  *run({ snapshot, world }) {
    const graph = world.graph()
    const found = world.toAdmin()
    const account = graph.estate.accounts.get(snapshot.accountId)
    if (!account) return
    for (const principal of [...account.users, ...account.roles]) {
      const { index, name, kind } = principal
      const unseen = found.sure.level[index] === -1 && found.any.level[index]! > 0 ? unknownOf(principal) : []
      if (unseen.length > 0)
        yield { unknown: `whether ${kind} ${name} becomes administrator: ${unseen[0]} is not known` }
      // who is an administrator, or makes itself one, is for other checks
      if (graph.full[index] !== NO || graph.toAdmin[index] === YES || found.sure.level[index]! <= 0) continue
      const route = firstRoute(graph, levelsFor(found, index)!, index)
      const names = route.slice(1).map((step) => (step === 'admin' ? 'administrator' : nameOf(graph.nodes[step]!.name)))
      if (names.at(-1) !== 'administrator') names.push('administrator')
      const steps = route.length - 1
      yield {
        subject: principalSubject(principal),
        because: `${kind} ${name} becomes administrator in ${steps === 1 ? '1 step' : `${steps} steps`}: ${names.join(', then ')}`,
        evidence: [{ fact: 'path', value: [name, ...names].join(' → '), source: DETAILS }],
        commands: [`keyreeve reach paths --from ${principal.arn}`],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'passing a strong role to a function of its own',
        account: {
          users: [
            {
              userName: 'deploy',
              inlinePolicies: [inline(['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction'])],
            },
          ],
          roles: [{ roleName: 'ops', trustPolicy: trusts('lambda.amazonaws.com'), inlinePolicies: [inline('*')] }],
        },
        flags: ['arn:aws:iam::111122223333:user/deploy'],
      },
      {
        name: 'permissions split over two policies',
        account: {
          users: [
            { userName: 'deploy', inlinePolicies: [inline('iam:PassRole', 'a'), inline('ec2:RunInstances', 'b')] },
            { userName: 'half', inlinePolicies: [inline('iam:PassRole')] },
          ],
          roles: [
            {
              roleName: 'ops',
              trustPolicy: trusts('ec2.amazonaws.com'),
              inlinePolicies: [inline('*')],
            },
          ],
          instanceProfiles: [{ instanceProfileName: 'ops', roleArns: ['arn:aws:iam::111122223333:role/ops'] }],
        },
        flags: ['arn:aws:iam::111122223333:user/deploy'],
      },
      {
        name: 'a key for an administrator',
        account: {
          users: [
            { userName: 'helpdesk', inlinePolicies: [inline('iam:CreateAccessKey')] },
            { userName: 'boss', inlinePolicies: [inline('*')] },
          ],
        },
        flags: ['arn:aws:iam::111122223333:user/helpdesk'],
      },
    ],
    clean: [
      {
        name: 'the role trusts another service',
        account: {
          users: [
            {
              userName: 'deploy',
              inlinePolicies: [inline(['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction'])],
            },
          ],
          roles: [{ roleName: 'ops', trustPolicy: trusts('glue.amazonaws.com'), inlinePolicies: [inline('*')] }],
        },
      },
      {
        name: 'a boundary that leaves out the step',
        account: {
          users: [
            {
              userName: 'helpdesk',
              inlinePolicies: [inline('iam:CreateAccessKey')],
              permissionsBoundary: 'arn:aws:iam::111122223333:policy/only-s3',
            },
            { userName: 'boss', inlinePolicies: [inline('*')] },
          ],
          policies: [
            {
              policyName: 'only-s3',
              document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] },
            },
          ],
        },
      },
      { name: 'an administrator', account: { users: [{ userName: 'boss', inlinePolicies: [inline('*')] }] } },
    ],
  },
}

function nameOf(arn: string): string {
  return /:(user|role)\/(.*)$/.exec(arn)?.slice(1).join(' ') ?? arn
}

// for the examples

function inline(Action: string | string[], policyName = 'inline') {
  return {
    policyName,
    policyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] },
  }
}

function trusts(Service: string) {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
  }
}
