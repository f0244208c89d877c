import type { Detection } from './detection.ts'
import { call, user } from './example.ts'
import { requestOf } from './request.ts'
import { didCall } from './words.ts'

/** CIS AWS Foundations Benchmark, control 1.8. */
const MIN_LENGTH = 14

export const passwordPolicyWeakened: Detection = {
  id: 'password-policy-weakened',
  code: 'CT44',
  title: 'Password policy deleted or weak',
  severity: 'medium',
  attack: ['T1556'],
  why: 'Without a policy AWS asks for eight characters. Who weakens it makes way for passwords that can be guessed.',
  fix: 'Set the policy again, with at least 14 characters.',
  falsePositives: [],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html'],
  rule: {
    form: 'event',
    names: ['DeleteAccountPasswordPolicy', 'UpdateAccountPasswordPolicy'],
    where: "event_source = 'iam.amazonaws.com' AND error_code IS NULL",
    needsRequest: true,
  },
  because: (hit) => {
    if (hit.eventName === 'DeleteAccountPasswordPolicy') return didCall(hit)
    const length = requestOf(hit)?.minimumPasswordLength
    // what the call leaves out falls back to its default, which is six
    const asked = typeof length === 'number' ? length : 6
    return asked >= MIN_LENGTH ? null : `${didCall(hit)}: ${asked} characters are enough now`
  },
  examples: {
    flagged: [
      { name: 'deleted', events: [call('iam:DeleteAccountPasswordPolicy', user('mallory'))] },
      {
        name: 'six characters',
        events: [call('iam:UpdateAccountPasswordPolicy', user('mallory'), { request: { minimumPasswordLength: 6 } })],
      },
      {
        name: 'no length at all',
        events: [call('iam:UpdateAccountPasswordPolicy', user('mallory'), { request: { requireNumbers: true } })],
      },
    ],
    clean: [
      {
        name: 'a strong one',
        events: [call('iam:UpdateAccountPasswordPolicy', user('alice'), { request: { minimumPasswordLength: 16 } })],
      },
    ],
  },
}
