import type { Check } from './check.ts'
import { nobodySignsIn } from './root.ts'
import { rootSource } from './sources.ts'
import { rootSubject } from './subjects.ts'

export const rootMfa: Check = {
  id: 'root-mfa',
  title: 'The root user signs in without MFA',
  severity: 'critical',
  group: 'root',
  why: 'Whoever gets the root password, or the mailbox that resets it, owns the account. MFA is the second lock on that door.',
  fix: 'Sign in as root and register two passkeys or security keys, kept apart. In an organization, removing the root credentials of member accounts centrally is better still.',
  needs: ['rootMfa'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-mfa-for-root.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html',
    'https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-account-root-user.html',
  ],
  *run({ snapshot }) {
    const { root } = snapshot
    if (nobodySignsIn(snapshot) || root.mfaActive) return
    if (root.mfaActive === null) {
      yield { unknown: 'whether root has MFA is not known' }
      return
    }
    const source = rootSource(snapshot)
    yield {
      subject: rootSubject(snapshot),
      because:
        root.passwordPresent === false
          ? 'no MFA device; root has no password, but other credentials'
          : 'no MFA device is registered',
      evidence: [
        { fact: 'MFA active', value: false, source },
        ...(root.passwordPresent === null ? [] : [{ fact: 'password present', value: root.passwordPresent, source }]),
      ],
    }
  },
  examples: {
    flagged: [
      { name: 'a root user with a password and no MFA', account: { root: { mfaActive: false } } },
      {
        name: 'a root user of whom only the credential report tells',
        account: { root: { mfaActive: false, passwordPresent: null, signingCertificatesPresent: null } },
      },
      {
        name: 'a root user without password and MFA that still has an access key',
        account: { root: { mfaActive: false, passwordPresent: false, accessKeysPresent: true } },
      },
    ],
    clean: [
      { name: 'a root user with MFA', account: {} },
      {
        name: 'a root user in AWS GovCloud (US), who cannot sign in',
        account: { partition: 'aws-us-gov', root: { mfaActive: false } },
      },
      {
        name: 'an account in China, where there is no root user',
        account: { partition: 'aws-cn', root: { mfaActive: false } },
      },
      {
        name: 'a member account whose root credentials were removed centrally',
        account: { root: { mfaActive: false, passwordPresent: false, accessKeysPresent: false } },
      },
    ],
  },
}
