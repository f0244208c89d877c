import type { Detection } from './detection.ts'
import { call, user } from './example.ts'
import { times } from './words.ts'

const QUARANTINE = 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3'

export const keyQuarantined: Detection = {
  id: 'key-quarantined',
  code: 'CT27',
  title: 'AWS quarantined a user because its key leaked',
  severity: 'critical',
  attack: ['T1552.001'],
  why: 'AWS attaches this policy when it found the access key in public. It stops some of the worst and leaves most of what the key can do.',
  fix: 'Deactivate the key now, make a new one where it is needed, look at everything the key did, and only then detach the policy.',
  falsePositives: [],
  references: ['https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV3.html'],
  rule: {
    form: 'event',
    names: ['AttachUserPolicy', 'PutUserPolicy'],
    where: "error_code IS NULL AND strpos(coalesce(policy_arn, request_parameters), 'AWSCompromisedKeyQuarantine') > 0",
    subject: 'target_user',
  },
  because: (hit) =>
    `the user ${hit.subject ?? ''} was put into quarantine${times(hit)}: one of its access keys is public`,
  examples: {
    flagged: [
      {
        name: 'the policy is attached',
        events: [call('iam:AttachUserPolicy', user('aws'), { request: { userName: 'ci', policyArn: QUARANTINE } })],
      },
    ],
    clean: [
      {
        name: 'it is detached',
        events: [call('iam:DetachUserPolicy', user('alice'), { request: { userName: 'ci', policyArn: QUARANTINE } })],
      },
      {
        name: 'another policy',
        events: [
          call('iam:AttachUserPolicy', user('alice'), {
            request: { userName: 'ci', policyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
          }),
        ],
      },
    ],
  },
}
