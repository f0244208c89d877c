/** The rules for console passwords: one check for each, so that each can be switched off or accepted by itself. */
import type { Thresholds } from '../model/config.ts'
import type { PasswordPolicy } from '../model/snapshot.ts'
import type { Check, CheckInput, Example } from './check.ts'
import { daysAgo } from './example.ts'
import { shell } from './shell.ts'
import { accountSubject } from './subjects.ts'

const SOURCE = 'iam:GetAccountPasswordPolicy'

const REFERENCES = [
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html',
  'https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html',
]

const FIX =
  'Set the rule for the whole account. AWS resets every rule that the command leaves out, so it repeats those that are good. Users meet the new rules at their next change of password; but a shorter maximum age ends older passwords at once, and with hard expiry their users are locked out until an administrator sets a new one.'

const PASSWORD = { enabled: true, lastUsed: daysAgo(2), lastChanged: daysAgo(30), nextRotation: null }
const USERS = [{ userName: 'ana', password: PASSWORD }]

/**
 * Whether it is known that no IAM user has a password: then the policy holds for nobody. The credential report tells;
 * without it the policy is judged by itself.
 */
function nobodyHasPassword({ snapshot, knowledge }: CheckInput): boolean {
  return (
    knowledge('passwords').known === 'all' &&
    knowledge('users').known === 'all' &&
    snapshot.users.every(({ password }) => password?.enabled === false)
  )
}

/** The whole command: what it does not name, AWS resets. */
function setPolicy(policy: PasswordPolicy | null, { thresholds, config }: CheckInput): string {
  const length = Math.max(policy?.minimumPasswordLength ?? 0, thresholds.passwordMinLength)
  // whoever switched the check of expiry off does not want one to be set
  const expires = config.checks['password-policy-expiry'] !== false
  const age = expires
    ? Math.min(policy?.maxPasswordAge || thresholds.passwordMaxAgeDays, thresholds.passwordMaxAgeDays)
    : policy?.maxPasswordAge
  const reuse = Math.max(policy?.passwordReusePrevention ?? 0, thresholds.passwordReusePrevention)
  return [
    shell`aws iam update-account-password-policy --minimum-password-length ${length}`,
    '--require-symbols --require-numbers --require-uppercase-characters --require-lowercase-characters',
    (policy?.allowUsersToChangePassword ?? true)
      ? '--allow-users-to-change-password'
      : '--no-allow-users-to-change-password',
    ...(age ? [shell`--max-password-age ${age}`] : []),
    shell`--password-reuse-prevention ${reuse}`,
    ...(policy?.hardExpiry ? ['--hard-expiry'] : []),
  ].join(' ')
}

export const passwordPolicyMissing: Check = {
  id: 'password-policy-missing',
  title: 'No password policy is set',
  severity: 'medium',
  group: 'users',
  why: "Without a policy of your own only AWS's default holds: eight characters, old passwords allowed again, never a change.",
  fix: 'Set a password policy for the account, or let people sign in through IAM Identity Center and remove their passwords.',
  needs: ['passwordPolicy'],
  references: [...REFERENCES, 'https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-7'],
  *run(input) {
    const { snapshot } = input
    if (snapshot.passwordPolicy || nobodyHasPassword(input)) return
    yield {
      subject: accountSubject(snapshot),
      because: "no password policy is set, so AWS's default holds: 8 characters, reuse allowed, no expiry",
      evidence: [{ fact: 'password policy', value: null, source: SOURCE }],
      commands: [setPolicy(null, input)],
    }
  },
  examples: {
    flagged: [
      { name: 'a console user and no policy', account: { users: USERS, passwordPolicy: null } },
      {
        name: 'no policy, and nobody knows who has a password',
        account: { users: USERS, passwordPolicy: null, denied: ['iam:GetCredentialReport'] },
      },
    ],
    clean: [
      { name: 'a policy', account: { users: USERS } },
      { name: 'an account without users', account: { passwordPolicy: null } },
      {
        name: 'an account whose users have no passwords',
        account: { users: [{ userName: 'deploy' }], passwordPolicy: null },
      },
    ],
  },
}

interface Rule {
  id: string
  title: string
  why: string
  severity: Check['severity']
  control: number
  fact: string
  /** What is wrong, or null; only asked when there is a policy. */
  broken(policy: PasswordPolicy, thresholds: Thresholds): string | null
  value(policy: PasswordPolicy): number | boolean | null
  /** What controls measure, where they draw the line in different places. */
  measure?(policy: PasswordPolicy): number
  /** Policies at the very edge, and beyond. */
  bad: [name: string, policy: Partial<PasswordPolicy>][]
  good: [name: string, policy: Partial<PasswordPolicy>][]
}

const RULES: readonly Rule[] = [
  {
    id: 'password-policy-length',
    title: 'Password policy allows short passwords',
    why: 'Length is what makes a password hard to guess; every character more costs an attacker dozens of times the work.',
    severity: 'medium',
    control: 15,
    fact: 'minimum password length',
    broken: ({ minimumPasswordLength }, { passwordMinLength }) =>
      minimumPasswordLength < passwordMinLength
        ? `${minimumPasswordLength} characters are enough (should be ${passwordMinLength})`
        : null,
    value: ({ minimumPasswordLength }) => minimumPasswordLength,
    measure: ({ minimumPasswordLength }) => minimumPasswordLength,
    bad: [
      ['13 characters', { minimumPasswordLength: 13 }],
      ['6 characters, the least that AWS allows', { minimumPasswordLength: 6 }],
    ],
    good: [['14 characters', { minimumPasswordLength: 14 }]],
  },
  {
    id: 'password-policy-reuse',
    title: 'Password policy lets users take old passwords again',
    why: 'When an old password leaks, it must not be the next one too.',
    severity: 'low',
    control: 16,
    fact: 'passwords remembered',
    broken: ({ passwordReusePrevention: kept }, { passwordReusePrevention: wanted }) =>
      (kept ?? 0) < wanted
        ? `${kept ? `only the last ${kept} passwords are refused` : 'any old password can be used again'} (should be ${wanted})`
        : null,
    value: ({ passwordReusePrevention }) => passwordReusePrevention,
    measure: ({ passwordReusePrevention }) => passwordReusePrevention ?? 0,
    bad: [
      ['23 passwords remembered', { passwordReusePrevention: 23 }],
      ['no password remembered', { passwordReusePrevention: null }],
    ],
    good: [['24 passwords remembered', { passwordReusePrevention: 24 }]],
  },
  {
    id: 'password-policy-expiry',
    title: 'Password policy lets passwords live too long',
    why: 'A password that was stolen and not noticed works until it is changed. With MFA for everyone this matters less; then accept it with an exception.',
    severity: 'low',
    control: 17,
    fact: 'maximum password age',
    // AWS answers 0 where passwords do not expire
    broken: ({ maxPasswordAge }, { passwordMaxAgeDays }) =>
      !maxPasswordAge
        ? `passwords never expire (should be after ${passwordMaxAgeDays} days)`
        : maxPasswordAge > passwordMaxAgeDays
          ? `passwords expire after ${maxPasswordAge} days (should be after ${passwordMaxAgeDays})`
          : null,
    value: ({ maxPasswordAge }) => maxPasswordAge,
    measure: ({ maxPasswordAge }) => maxPasswordAge || Infinity,
    bad: [
      ['an age of 91 days', { maxPasswordAge: 91 }],
      ['no expiry', { maxPasswordAge: null }],
      ['an age of 0, which is no expiry', { maxPasswordAge: 0 }],
    ],
    good: [
      ['an age of 90 days', { maxPasswordAge: 90 }],
      ['an age of 30 days', { maxPasswordAge: 30 }],
    ],
  },
  characters('uppercase', 'an uppercase letter', 11, 'requireUppercaseCharacters'),
  characters('lowercase', 'a lowercase letter', 12, 'requireLowercaseCharacters'),
  characters('symbol', 'a symbol', 13, 'requireSymbols'),
  characters('number', 'a digit', 14, 'requireNumbers'),
]

function characters(
  kind: string,
  words: string,
  control: number,
  field: 'requireUppercaseCharacters' | 'requireLowercaseCharacters' | 'requireSymbols' | 'requireNumbers',
): Rule {
  return {
    id: `password-policy-${kind}`,
    title: `Password policy does not ask for ${words}`,
    why: `Passwords of one kind of characters are tried first by anyone who guesses. Asking for ${words} is a small part of it; length and MFA do more.`,
    severity: 'low',
    control,
    fact: `asks for ${words}`,
    broken: (policy) => (policy[field] ? null : `no password needs ${words}`),
    value: (policy) => policy[field],
    bad: [[`a policy without ${words}`, { [field]: false }]],
    good: [[`a policy with ${words}`, { [field]: true }]],
  }
}

function checkOf({ broken, value, measure, bad, good, control, fact, ...rule }: Rule): Check {
  const example = ([name, passwordPolicy]: Rule['bad'][number]): Example => ({
    name,
    account: { users: USERS, passwordPolicy },
  })
  return {
    ...rule,
    group: 'users',
    fix: FIX,
    needs: ['passwordPolicy'],
    references: [
      ...REFERENCES,
      `https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-${control}`,
    ],
    *run(input) {
      const { snapshot, thresholds } = input
      const policy = snapshot.passwordPolicy
      // no policy at all is one finding, not eight
      if (!policy || nobodyHasPassword(input)) return
      const because = broken(policy, thresholds)
      if (because === null) return
      yield {
        subject: accountSubject(snapshot),
        because,
        ...(measure && { measure: measure(policy) }),
        evidence: [{ fact, value: value(policy), source: SOURCE }],
        commands: [setPolicy(policy, input)],
      }
    },
    examples: {
      flagged: bad.map(example),
      clean: [
        ...good.map(example),
        { name: 'no policy at all, which is another matter', account: { users: USERS, passwordPolicy: null } },
        ...bad.slice(0, 1).map(([name, passwordPolicy]) => ({
          name: `${name}, in an account whose users have no passwords`,
          account: { users: [{ userName: 'deploy' }], passwordPolicy },
        })),
      ],
    },
  }
}

export const PASSWORD_POLICY_CHECKS: readonly Check[] = [passwordPolicyMissing, ...RULES.map(checkOf)]
