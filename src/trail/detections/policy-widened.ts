import type { Detection } from './detection.ts'
import { call, user } from './example.ts'
import { policyIn, wideGrantOf } from './request.ts'
import { didCall } from './words.ts'

const put = (statement: object, action = 'PutUserPolicy') =>
  call(`iam:${action}`, user('alice'), {
    request: {
      userName: 'bob',
      policyName: 'more',
      policyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    },
  })

export const policyWidened: Detection = {
  id: 'policy-widened',
  code: 'CT20',
  title: 'Policy now allows what makes its holder powerful',
  severity: 'medium',
  attack: ['T1098.003'],
  why: 'Who may change users, keys and policies on all resources can give itself everything.',
  fix: 'Compare the policy with what it was before. Narrow it to the resources that are needed, or take the change back.',
  falsePositives: ['planned changes', 'administrators'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html'],
  rule: {
    form: 'event',
    names: [
      'PutUserPolicy',
      'PutRolePolicy',
      'PutGroupPolicy',
      'CreatePolicy',
      'CreatePolicyVersion',
      'SetDefaultPolicyVersion',
    ],
    where: "event_source = 'iam.amazonaws.com' AND error_code IS NULL",
    needsRequest: true,
  },
  because: (hit) => {
    if (hit.eventName === 'SetDefaultPolicyVersion')
      return { because: `${didCall(hit, 'on')}: the version in force was exchanged for another`, severity: 'low' }
    const policy = policyIn(hit, 'policyDocument')
    if (policy === null)
      return {
        because: `${didCall(hit, 'on')}; its document was not logged in full and could not be judged`,
        severity: 'low',
      }
    const grant = wideGrantOf(policy)
    if (grant === null) return null
    return {
      because: `${didCall(hit, 'on')}: it allows ${grant.what} on all resources`,
      severity: grant.isEverything ? 'high' : 'medium',
    }
  },
  examples: {
    flagged: [
      { name: 'everything', events: [put({ Effect: 'Allow', Action: '*', Resource: '*' })] },
      { name: 'all but a service', events: [put({ Effect: 'Allow', NotAction: 's3:*', Resource: '*' })] },
      {
        name: 'keys of every user',
        events: [put({ Effect: 'Allow', Action: ['iam:create*'], Resource: '*' }, 'PutRolePolicy')],
      },
      {
        name: 'everything of an account in AWS GovCloud (US)',
        events: [put({ Effect: 'Allow', Action: '*', Resource: 'arn:aws-us-gov:*' })],
      },
      {
        name: 'another version in force',
        events: [
          call('iam:SetDefaultPolicyVersion', user('alice'), {
            request: { policyArn: 'arn:aws:iam::111122223333:policy/p', versionId: 'v1' },
          }),
        ],
      },
    ],
    clean: [
      {
        name: 'reading a bucket',
        events: [put({ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::orders/*' })],
      },
      {
        name: 'its own keys',
        events: [
          put({ Effect: 'Allow', Action: 'iam:CreateAccessKey', Resource: 'arn:aws:iam::111122223333:user/bob' }),
        ],
      },
      { name: 'a Deny', events: [put({ Effect: 'Deny', Action: '*', Resource: '*' })] },
    ],
  },
}
