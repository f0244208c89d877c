import type { Statement } from '../policy/parse.ts'
import { NO } from '../policy/tri.ts'
import { serviceMayEnterForOthers } from '../reach/outsiders.ts'
import type { Check } from './check.ts'
import { roleSubject } from './subjects.ts'
import { IAM_DETAILS, placeEvidence, reviewDoors, trustCommands } from './trust.ts'
import { listed } from './wording.ts'

/**
 * Services that work on behalf of resources which may lie in another account, and whose own documentation shows the
 * role's trust policy with `aws:SourceAccount` or `aws:SourceArn`. The reason is what the service does with the role.
 *
 * Left out on purpose: EC2, Lambda, ECS tasks, EKS and others that take a role only together with iam:PassRole, which
 * does not work across accounts, and act for nothing but the caller's own resource.
 */
const DEPUTIES: Readonly<Record<string, string>> = {
  bedrock: 'runs jobs, agents and knowledge bases with the role',
  codebuild: 'runs whatever a build project says',
  comprehend: 'reads and writes buckets for an analysis job',
  datasync: 'copies to and from a location with the role',
  'hooks.cloudformation': 'runs the code of a CloudFormation hook with the role',
  iot: 'runs rules that write to other services with the role',
  logs: 'delivers to a destination, also for subscriptions of other accounts',
  personalize: 'reads and writes buckets for an import or export job',
  rekognition: 'publishes the outcome of a job to a topic',
  'resources.cloudformation': 'runs the code of a CloudFormation resource type with the role',
  scheduler: 'calls any API of a schedule’s target with the role',
  ssm: 'runs automations and maintenance tasks with the role',
  states: 'calls any API of a state machine with the role',
  transfer: 'reads and writes buckets for a server’s users',
  'vpc-flow-logs': 'writes the flow logs of a network',
}

export const roleConfusedDeputy: Check = {
  id: 'role-confused-deputy',
  title: 'A service can be made to use a role for somebody else',
  severity: 'low',
  group: 'trust',
  why: 'Some services use a role on behalf of a resource. If the trust policy names only the service, a resource of another account may make the service use your role for it (the confused deputy).',
  fix: 'Add StringEquals on aws:SourceAccount with your account ID to the trust policy, and ArnLike on aws:SourceArn with the resources that use the role.',
  needs: ['roles'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html',
    'https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html',
    'https://docs.aws.amazon.com/iot/latest/developerguide/cross-service-confused-deputy-prevention.html',
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions-confused-deputy.html',
  ],
  *run(input) {
    yield* reviewDoors(input, 'service', function* (role, known, doors) {
      const open = new Set<string>()
      const places: Statement[] = []
      for (const door of doors) {
        const services = (door.statement.principal?.service ?? []).filter(
          (name) => Object.hasOwn(DEPUTIES, serviceOf(name)) && serviceMayEnterForOthers(known, door, name) !== NO,
        )
        for (const service of services) open.add(service)
        if (services.length > 0) places.push(door.statement)
      }
      if (open.size === 0) return
      const first = serviceOf([...open][0] ?? '')
      yield {
        subject: roleSubject(role),
        because: `trusts ${listed([...open])}, which ${DEPUTIES[first]}, for resources of any account`,
        evidence: [{ fact: 'trusts', value: [...open].join(', '), source: IAM_DETAILS }, ...places.map(placeEvidence)],
        commands: trustCommands(role),
      }
    })
  },
  examples: {
    flagged: [
      {
        name: 'EventBridge Scheduler without a condition',
        account: { roles: [service('timer', 'scheduler.amazonaws.com')] },
      },
      {
        name: 'a service by its name in a region, in China',
        account: { partition: 'aws-cn', roles: [service('logs', 'logs.cn-north-1.amazonaws.com.cn')] },
      },
      {
        name: 'a source ARN of any account',
        account: {
          roles: [
            service('timer', 'scheduler.amazonaws.com', {
              ArnLike: { 'aws:SourceArn': 'arn:aws:scheduler:us-east-1:*:schedule/*' },
            }),
          ],
        },
      },
      {
        name: 'a source account only if there is one',
        account: {
          roles: [
            service('timer', 'scheduler.amazonaws.com', {
              StringEqualsIfExists: { 'aws:SourceAccount': '111122223333' },
            }),
          ],
        },
      },
      {
        name: 'a source account in one statement, and none in its copy',
        account: {
          roles: [
            {
              roleName: 'timer',
              trustPolicy: {
                Version: '2012-10-17',
                Statement: [
                  ...service('', 'scheduler.amazonaws.com', {
                    StringEquals: { 'aws:SourceAccount': '111122223333' },
                  }).trustPolicy.Statement,
                  ...service('', 'scheduler.amazonaws.com').trustPolicy.Statement,
                ],
              },
            },
          ],
        },
      },
      {
        name: 'a Deny of other accounts that a service passes which names none',
        account: {
          roles: [
            fenced('timer', {
              StringNotEqualsIfExists: { 'aws:SourceAccount': '111122223333' },
              Null: { 'aws:SourceAccount': 'false' },
            }),
          ],
        },
      },
    ],
    clean: [
      {
        name: 'EC2, which takes roles only of its own account',
        account: { roles: [service('app', 'ec2.amazonaws.com')] },
      },
      {
        name: 'a Deny of everybody who does not act for the account',
        account: { roles: [fenced('timer', { StringNotEquals: { 'aws:SourceAccount': '111122223333' } })] },
      },
      {
        name: 'the account of the role, by a variable',
        account: {
          roles: [
            service('timer', 'scheduler.amazonaws.com', {
              StringEquals: { 'aws:SourceAccount': `\${aws:ResourceAccount}` },
            }),
          ],
        },
      },
      { name: 'Lambda', account: { roles: [service('fn', 'lambda.amazonaws.com')] } },
      {
        name: 'a source account',
        account: {
          roles: [
            service('timer', 'scheduler.amazonaws.com', { StringEquals: { 'aws:SourceAccount': '111122223333' } }),
          ],
        },
      },
      {
        name: 'a source ARN of one account, with wildcards elsewhere',
        account: {
          roles: [
            service('timer', 'scheduler.amazonaws.com', {
              ArnLike: { 'aws:SourceArn': 'arn:aws:scheduler:*:111122223333:*' },
            }),
          ],
        },
      },
      {
        name: 'the organization',
        account: {
          roles: [service('timer', 'states.amazonaws.com', { StringEquals: { 'aws:SourceOrgID': 'o-example123' } })],
        },
      },
    ],
  },
}

/** `logs.eu-west-1.amazonaws.com` and `logs.amazonaws.com.cn` are `logs`. */
function serviceOf(principal: string): string {
  return principal
    .toLowerCase()
    .replace(/\.amazonaws\.com(\.cn)?$/, '')
    .replace(/\.[a-z]{2}(-[a-z]+)+-\d$/, '')
}

// for the examples

function service(roleName: string, name: string, condition: object = {}) {
  return {
    roleName,
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: name }, Action: 'sts:AssumeRole', Condition: condition }],
    },
  }
}

/** With a Deny for everyone who meets a condition. */
function fenced(roleName: string, condition: object) {
  const { trustPolicy } = service(roleName, 'scheduler.amazonaws.com')
  const deny = { Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole', Condition: condition }
  return { roleName, trustPolicy: { ...trustPolicy, Statement: [...trustPolicy.Statement, deny] } }
}
