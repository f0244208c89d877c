/**
 * The password policy of the account, all rules in one call: AWS resets what it is not told.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html
 */
import type { PasswordPolicy } from '../../model/snapshot.ts'
import { ABSENT, factOf, passwordPolicyDigest } from '../facts.ts'
import { type Kind, stepOf, subjectOf } from '../kind.ts'

export const passwordPolicy: Kind = {
  checks: [
    'password-policy-missing',
    'password-policy-length',
    'password-policy-reuse',
    'password-policy-expiry',
    'password-policy-lowercase',
    'password-policy-number',
    'password-policy-symbol',
    'password-policy-uppercase',
  ],
  propose({ subject, check }, { snapshot, thresholds }) {
    if (check === 'password-policy-expiry')
      return { cannot: 'an expiry would lock out whoever has an older password: set it when all have changed theirs' }
    const now = snapshot.passwordPolicy
    const wanted: PasswordPolicy = {
      minimumPasswordLength: Math.max(now?.minimumPasswordLength ?? 0, thresholds.passwordMinLength),
      requireSymbols: true,
      requireNumbers: true,
      requireUppercaseCharacters: true,
      requireLowercaseCharacters: true,
      allowUsersToChangePassword: now?.allowUsersToChangePassword ?? true,
      // no new expiry: it would lock out whoever has an older password
      maxPasswordAge: now?.maxPasswordAge ?? null,
      passwordReusePrevention: Math.max(now?.passwordReusePrevention ?? 0, thresholds.passwordReusePrevention),
      hardExpiry: now?.hardExpiry ?? null,
    }
    return {
      steps: [
        stepOf({
          id: 'set-password-policy',
          kind: 'set-password-policy',
          subject: subjectOf(subject),
          change: `Ask for passwords of ${wanted.minimumPasswordLength} characters of four kinds, none of the last ${wanted.passwordReusePrevention}`,
          operations: [{ call: 'iam:UpdateAccountPasswordPolicy', input: inputOf(wanted) }],
          reliesOn: [factOf('password-policy', {}, digest(now))],
          mayBreak: [{ who: 'users at their next change of password', evidence: 'the new rules hold from then on' }],
          verify: [factOf('password-policy', {}, digest(wanted))],
          undo: {
            operations: [
              now
                ? { call: 'iam:UpdateAccountPasswordPolicy', input: inputOf(now) }
                : { call: 'iam:DeleteAccountPasswordPolicy', input: {} },
            ],
            verify: [factOf('password-policy', {}, digest(now))],
          },
        }),
      ],
    }
  },
}

function inputOf(policy: PasswordPolicy): Record<string, unknown> {
  return {
    MinimumPasswordLength: policy.minimumPasswordLength,
    RequireSymbols: policy.requireSymbols,
    RequireNumbers: policy.requireNumbers,
    RequireUppercaseCharacters: policy.requireUppercaseCharacters,
    RequireLowercaseCharacters: policy.requireLowercaseCharacters,
    AllowUsersToChangePassword: policy.allowUsersToChangePassword,
    ...(policy.maxPasswordAge !== null && { MaxPasswordAge: policy.maxPasswordAge }),
    ...(policy.passwordReusePrevention !== null && { PasswordReusePrevention: policy.passwordReusePrevention }),
    ...(policy.hardExpiry && { HardExpiry: true }),
  }
}

function digest(policy: PasswordPolicy | null): string {
  return policy ? passwordPolicyDigest(inputOf(policy)) : ABSENT
}
