import type { Detection } from './detection.ts'
import { at, call, session, user } from './example.ts'
import { from, whoIs } from './words.ts'

const TERRAFORM = 'APN/1.0 HashiCorp/1.0 Terraform/1.13.3 terraform-provider-aws/6.14.1'

export const userCreated: Detection = {
  id: 'user-created',
  code: 'CT17',
  title: 'IAM user created by hand by someone who does not usually',
  severity: 'medium',
  attack: ['T1136.003'],
  why: 'A new user is the simplest way to stay. Where infrastructure is code, users do not come by hand.',
  fix: 'Ask who made it. If nobody did, deactivate its keys, delete its password, and look at what it did.',
  falsePositives: ['setting up an account', 'administrators in their first days'],
  references: ['https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html'],
  rule: {
    form: 'habit',
    where:
      "event_name = 'CreateUser' AND event_source = 'iam.amazonaws.com' AND error_code IS NULL AND invoked_by IS NULL AND NOT regexp_like(lower(coalesce(user_agent, '')), 'terraform|cloudformation|pulumi|opentofu|crossplane|aws-cdk')",
    who: 'principal_arn',
    what: 'event_name',
    settledDays: 7,
  },
  because: (hit) => `${whoIs(hit)} made ${hit.count === 1 ? 'a user' : `${hit.count} users`}${from(hit)}`,
  examples: {
    flagged: [
      { name: 'by hand', events: [call('iam:CreateUser', user('alice'), { request: { userName: 'mallory' } })] },
    ],
    clean: [
      {
        name: 'by Terraform',
        events: [
          call('iam:CreateUser', session('terraform', 'ci'), { request: { userName: 'app' }, agent: TERRAFORM }),
        ],
      },
      {
        name: 'refused',
        events: [
          call('iam:CreateUser', user('alice'), {
            request: { userName: 'mallory' },
            error: 'AccessDenied',
            time: at(1),
          }),
        ],
      },
    ],
  },
}
