import { type FirstStep, firstSteps } from '../reach/first-steps.ts'
import type { Check, CheckInput, Flag } from './check.ts'
import { calledByArn, people, placeOf, REACH_NEEDS, routeText, statementCalled, unreadPolicies } from './escalation.ts'
import { allowing, attached } from './example.ts'
import { shell } from './shell.ts'
import { accountSubject, roleSubject, userSubject } from './subjects.ts'
import { IAM_DETAILS, trustCommands } from './trust.ts'
import { underConditions } from './wide-grants.ts'
import { listed } from './wording.ts'

/**
 * One finding for each policy that makes the first step possible, whoever has it; a role that lets people in by its
 * trust policy alone is one finding on the role. Those who can grant it to themselves have a check of their own,
 * `admin-shadow`.
 */
export const privilegeEscalation: Check = {
  id: 'privilege-escalation',
  title: 'A way from other rights to administrator',
  severity: 'high',
  group: 'admins',
  why: 'Whoever gets hold of such a key becomes administrator in one or more steps: by a role it may assume, by a function, an instance or a job that it starts with a stronger role, or by the credentials of another user. What counts is not what a key may do, but how far it can climb.',
  fix: 'Narrow the statement that allows the first step: name the roles and the services in iam:PassRole, the users and roles in what changes them. `keyreeve reach paths` shows every step, and the fewest statements to cut so that no way is left.',
  needs: REACH_NEEDS,
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege',
    'https://pathfinding.cloud/',
  ],
  *run(input) {
    const { world, snapshot } = input
    const account = world.graph().estate.accounts.get(snapshot.accountId)
    if (!account) return
    const { steps, unexplained } = firstSteps(world.graph(), world.toAdmin(), account)
    yield* unreadPolicies(account)
    for (const step of steps) {
      // what hangs on a document that is not known is said above, once
      const isGuess = step.step.unknown.some((phrase) => phrase.startsWith('the document of'))
      if (step.decision === 'allowed' || !isGuess) yield flagOf(step, input)
    }
    if (unexplained.length > 0)
      yield {
        subject: accountSubject(snapshot),
        because: `beside the ways of the other findings, ${people(unexplained)} can become administrator in steps of their own`,
        evidence: [{ fact: 'principals with a way', value: unexplained.length, source: IAM_DETAILS }],
        commands: ['keyreeve reach paths'],
      }
  },
  examples: {
    flagged: [
      {
        name: 'a role for Lambda that a whole group can pass: one finding, on the policy',
        account: {
          users: [
            { userName: 'ana', groups: ['developers'] },
            { userName: 'ben', groups: ['developers'] },
          ],
          groups: [{ groupName: 'developers', attachedPolicies: [attached('deploy')] }],
          policies: [
            {
              policyName: 'deploy',
              document: allowing(['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction']),
            },
          ],
          roles: [strongRole('ops', { Service: 'lambda.amazonaws.com' })],
        },
        flags: ['arn:aws:iam::111122223333:policy/deploy'],
      },
      {
        name: 'a strong role that anyone can assume: one finding, on the role',
        account: {
          users: [{ userName: 'ana' }, { userName: 'ben' }],
          roles: [strongRole('ops', { AWS: '*' })],
        },
        flags: ['arn:aws:iam::111122223333:role/ops'],
      },
      {
        name: 'a strong role that trusts a user',
        account: {
          users: [{ userName: 'ana' }],
          roles: [strongRole('ops', { AWS: 'arn:aws:iam::111122223333:user/ana' })],
        },
        flags: ['arn:aws:iam::111122223333:role/ops'],
      },
      {
        name: 'permissions that only together make the way',
        account: {
          users: [
            {
              userName: 'ana',
              inlinePolicies: [{ policyName: 'pass', policyDocument: allowing(['iam:PassRole']) }],
              attachedPolicies: [attached('functions')],
            },
          ],
          policies: [
            { policyName: 'functions', document: allowing(['lambda:CreateFunction', 'lambda:InvokeFunction']) },
          ],
          roles: [strongRole('ops', { Service: 'lambda.amazonaws.com' })],
        },
      },
      {
        name: 'a key for an administrator',
        account: {
          users: [
            {
              userName: 'helpdesk',
              inlinePolicies: [{ policyName: 'keys', policyDocument: allowing(['iam:CreateAccessKey']) }],
            },
            { userName: 'root-like', inlinePolicies: [{ policyName: 'all', policyDocument: allowing(['*']) }] },
          ],
        },
        flags: ['arn:aws:iam::111122223333:user/helpdesk'],
      },
      {
        name: 'the same inline policy twice: each is to be narrowed where it is',
        account: {
          users: [
            ...['ana', 'ben'].map((userName) => ({
              userName,
              inlinePolicies: [{ policyName: 'keys', policyDocument: allowing(['iam:CreateAccessKey']) }],
            })),
            { userName: 'root-like', inlinePolicies: [{ policyName: 'all', policyDocument: allowing(['*']) }] },
          ],
        },
        flags: ['arn:aws:iam::111122223333:user/ana', 'arn:aws:iam::111122223333:user/ben'],
      },
      {
        name: 'a role that trusts two users of different rights: one finding, on the role',
        account: {
          users: [
            { userName: 'ana' },
            {
              userName: 'ben',
              inlinePolicies: [{ policyName: 'x', policyDocument: allowing(['ssm:SendCommand']) }],
            },
          ],
          roles: [
            strongRole('ops', {
              AWS: ['arn:aws:iam::111122223333:user/ana', 'arn:aws:iam::111122223333:user/ben'],
            }),
          ],
        },
        flags: ['arn:aws:iam::111122223333:role/ops'],
      },
      {
        name: 'only with MFA',
        account: {
          users: [
            {
              userName: 'ana',
              inlinePolicies: [
                {
                  policyName: 'keys',
                  policyDocument: allowing(['iam:CreateAccessKey'], {
                    Bool: { 'aws:MultiFactorAuthPresent': 'true' },
                  }),
                },
              ],
            },
            { userName: 'root-like', inlinePolicies: [{ policyName: 'all', policyDocument: allowing(['*']) }] },
          ],
        },
      },
    ],
    clean: [
      {
        name: 'nobody with more than a little',
        account: { users: [{ userName: 'ana' }], roles: [{ roleName: 'app' }] },
      },
      {
        name: 'an administrator, who has no way to go',
        account: {
          users: [{ userName: 'ana', inlinePolicies: [{ policyName: 'all', policyDocument: allowing(['*']) }] }],
        },
      },
      {
        name: 'a boundary that lets no role be passed',
        account: {
          users: [
            {
              userName: 'ana',
              inlinePolicies: [
                {
                  policyName: 'deploy',
                  policyDocument: allowing(['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction']),
                },
              ],
              permissionsBoundary: 'arn:aws:iam::111122223333:policy/limit',
            },
          ],
          policies: [{ policyName: 'limit', document: allowing(['lambda:*', 's3:*']) }],
          roles: [strongRole('ops', { Service: 'lambda.amazonaws.com' })],
        },
      },
      {
        name: 'a strong role that trusts another service',
        account: {
          users: [
            {
              userName: 'ana',
              inlinePolicies: [
                {
                  policyName: 'deploy',
                  policyDocument: allowing(['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction']),
                },
              ],
            },
          ],
          roles: [strongRole('ops', { Service: 'backup.amazonaws.com' })],
        },
      },
    ],
  },
}

function flagOf(found: FirstStep, { world, snapshot }: CheckInput): Flag {
  const { by, sources, isPublic, step, statement, route, decision } = found
  const perhaps = decision === 'conditional'
  const who = isPublic
    ? `anyone with an AWS account${sources.length > 0 ? `, among them ${people(sources)},` : ''}`
    : people(sources)
  const through = route.slice(1, -1).map(calledByArn)
  const when = perhaps
    ? step.conditions.length > 0
      ? underConditions(step.conditions.map(({ key }) => key))
      : `; not known: ${listed(step.unknown)}`
    : ''
  const flag: Omit<Flag, 'subject' | 'because'> = {
    severity: isPublic && !perhaps ? 'critical' : !perhaps ? 'high' : step.unknown.length > 0 ? 'low' : 'medium',
    evidence: [
      { fact: 'way', value: routeText(route, step), source: IAM_DETAILS },
      { fact: 'principals', value: sources.length, source: IAM_DETAILS },
    ],
  }
  const can = `${who} can ${perhaps ? 'perhaps ' : ''}become administrator`
  const path = through.length === 0 ? '' : `, through ${listed(through, 5)}`
  if (by && 'trustOf' in by)
    return {
      ...flag,
      subject: roleSubject(by.trustOf.role!),
      because: `${can} by assuming it${through.length > 1 ? `, and from there ${listed(through.slice(1), 5)}` : ''}${when}`,
      commands: trustCommands(by.trustOf.role!),
      fix: 'Name in the trust policy the few who need this role, and no others; or take from the role what makes it an administrator.',
      distinguish: 'trust',
    }
  const place = by && placeOf(world.estate(), snapshot.accountId, by.policy)
  const [source] = sources
  const paths = source ? [shell`keyreeve reach paths --from ${source.arn}`] : []
  if (place) {
    const where = statementCalled(statement)
    return {
      ...flag,
      subject: place.subject,
      because: `by ${place.called}, ${can}${path}: ${step.title}${when}`,
      evidence: [...flag.evidence, { fact: 'statement to narrow', value: where || place.called, source: IAM_DETAILS }],
      commands: [...place.commands, ...paths],
      ...(place.distinguish === undefined ? {} : { distinguish: place.distinguish }),
      fix: `Narrow ${where || 'what it allows'} in ${place.called}: of all that these ways need, it is what most of them share.`,
    }
  }
  return {
    ...flag,
    subject: source ? subjectOfSource(source) : accountSubject(snapshot),
    because: `${can}${path}: ${step.title}${when}`,
    commands: paths,
    distinguish: by ? by.policy : step.to,
  }
}

function subjectOfSource({ user, role, account }: FirstStep['sources'][number]): Flag['subject'] {
  return user ? userSubject(user) : role ? roleSubject(role) : accountSubject(account.snapshot)
}

// for the examples

function strongRole(roleName: string, Principal: object) {
  return {
    roleName,
    trustPolicy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }] },
    inlinePolicies: [{ policyName: 'all', policyDocument: allowing(['*']) }],
  }
}
